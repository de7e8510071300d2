// SPDX-License-Identifier: GPL-2.0-only
/* asks: does the kernel allocate shrinkers itself, with room for our pointer?   expect: v6.7 */
#include <linux/mm.h>
#include <linux/shrinker.h>

struct shrinker *probe(void *mine);
struct shrinker *probe(void *mine)
{
	struct shrinker *s = shrinker_alloc(0, "mine-%d", 1);

	s->private_data = mine;
	shrinker_register(s);
	return s;
}
