// SPDX-License-Identifier: GPL-2.0-only
/* asks: do embedded shrinkers have a name?   expect: v6.0, gone in v6.7 */
#include <linux/mm.h>
#include <linux/shrinker.h>

int probe(struct shrinker *s);
int probe(struct shrinker *s)
{
	return register_shrinker(s, "mine-%d", 1);
}
