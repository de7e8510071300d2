// SPDX-License-Identifier: GPL-2.0-only
/* Flush: forget pages.  Never allocates, never sleeps, waits for nobody. */
#include "internal.h"

/**
 * zcache_flush_page() - forget a page
 * @pool:	where
 * @oid:	object
 * @index:	page number in the object
 *
 * Context: any, interrupts on or off, foreign spin locks held.
 * Return: whether there was one.
 */
bool zcache_flush_page(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index)
{
	return tmem_flush_page(pool->tmem, oid, index);
}
EXPORT_SYMBOL_GPL(zcache_flush_page);

/**
 * zcache_flush_range() - forget a range of pages of an object
 * @pool:	where
 * @oid:	object
 * @first:	first page number
 * @last:	last page number
 *
 * Context: any; takes time in proportion to the pages found.
 * Return: how many there were.
 */
unsigned long zcache_flush_range(struct zcache_pool *pool, const struct tmem_oid *oid,
				 u32 first, u32 last)
{
	return tmem_flush_range(pool->tmem, oid, first, last);
}
EXPORT_SYMBOL_GPL(zcache_flush_range);
