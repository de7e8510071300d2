// SPDX-License-Identifier: GPL-2.0-only
/* asks: is there struct kmem_cache_args, with freeptr_offset?   expect: v6.12 */
#include <linux/slab.h>
struct kmem_cache *probe(void);
struct kmem_cache *probe(void)
{
	struct kmem_cache_args args = { .use_freeptr_offset = true, .freeptr_offset = 8 };

	return __kmem_cache_create_args("probe", 16, &args, SLAB_TYPESAFE_BY_RCU);
}
