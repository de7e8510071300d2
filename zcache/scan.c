// SPDX-License-Identifier: GPL-2.0-only
/*
 * All pages of ours that are with the remote tier, pool after pool.
 *
 * No lock is held between two calls, and during one a reference of a single tmem pool:
 * who destroys that pool waits for the call to return, and for the pins it has taken.
 */
#include "internal.h"

static void next_pool(struct zcache_scan *scan, u32 pool)
{
	scan->pool = pool;
	scan->in_pool = (struct tmem_scan){};
}

/* Pages on a backing device are remote to tmem; they are not the tier's. */
static unsigned int keep_tiers(struct tmem_page **pages, unsigned int count)
{
	unsigned int i, kept = 0;

	for (i = 0; i < count; i++) {
		if (tmem_page_host(pages[i]) & ZCACHE_HOST_OURS)
			tmem_page_unpin(pages[i], TMEM_REMOTE);
		else
			pages[kept++] = pages[i];
	}
	return kept;
}

/* Moves on to the next pool when this one has no more. */
static unsigned int scan_pool(struct tmem_pool *pool, struct zcache_scan *scan,
			      struct tmem_page **pages, unsigned int max)
{
	bool persistent = tmem_pool_flags(pool) & TMEM_POOL_PERSISTENT;
	u32 nr = tmem_pool_id(pool);

	if (nr != scan->pool)
		next_pool(scan, nr);
	while (persistent == scan->persistent) {
		unsigned int kept, count = tmem_scan_remote(pool, &scan->in_pool, pages, max);

		if (!count)
			break;
		kept = keep_tiers(pages, count);
		if (kept)
			return kept;
	}
	next_pool(scan, nr + 1);
	return 0;
}

/**
 * zcache_remote_scan() - pages of ours that are with the remote tier
 * @scan:	where the scan is
 * @pages:	filled with remote descriptors, each pinned for the caller
 * @max:	how many at most, not zero
 *
 * Every page that is with the tier from the first call to the last is returned exactly
 * once, as tmem_scan_remote() says; pages of pools that come meanwhile may be missed.
 * The scan may be given up at any time.  The destruction of a pool waits for the pins.
 *
 * Context: may sleep; no lock that is held while a pool is destroyed.
 * Return: how many; 0: that was all.
 */
unsigned int zcache_remote_scan(struct zcache_scan *scan, struct tmem_page **pages,
				unsigned int max)
{
	struct tmem_pool *pool;
	unsigned int count = 0;

	while (!count && (pool = tmem_pool_next(TMEM_LOCAL_CLIENT, scan->pool))) {
		count = scan_pool(pool, scan, pages, max);
		tmem_pool_put(pool);
	}
	return count;
}
EXPORT_SYMBOL_GPL(zcache_remote_scan);
