// SPDX-License-Identifier: GPL-2.0-only
/* asks: are there helpers to insert into a red-black tree?   expect: v5.12 */
#include <linux/rbtree.h>

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return a < b;
}

void probe(struct rb_node *node, struct rb_root_cached *tree);
void probe(struct rb_node *node, struct rb_root_cached *tree)
{
	rb_add_cached(node, tree, less);
}
