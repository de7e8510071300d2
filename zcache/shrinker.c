// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shrinker: under memory pressure frames that must stay are packed better, and then
 * ephemeral frames go back to the kernel, oldest first.  Neither sleeps nor allocates,
 * so any reclaim context will do.
 *
 * Before a program is killed for want of memory more of them go: whether reclaim is tried once
 * more depends on the page cache alone (should_reclaim_retry() in mm/page_alloc.c).
 */
#include "internal.h"

#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/shrinker.h>
#include <linux/swap.h>

/*
 * Reclaim asks a cache for 4 / seeks of the part of the page cache that it scans
 * (do_shrink_slab() in mm/shrinker.c).  Ephemeral pages have mostly come from the page cache:
 * if the store gave as much whenever that turns over, a loop over more files than fit would drop
 * what it is about to read.  So the store gives little as long as there are clean pages.  But
 * even who scans all asks for no more than a 64th, and then somebody is killed; so what is left
 * counts the more the smaller the page cache is beside it, up to what caches of four seeks give.
 * The batch is small so that a small store gives, too.
 */
#define EPH_SEEKS	256
#define EPH_WEIGHT	(EPH_SEEKS / 4UL)
#define EPH_BATCH	32

/* What goes each time that a program would be killed else, and at least so many pages. */
#define OOM_PART	4
#define OOM_LEAST	256UL

static struct shrinker *eph_shrinker;

static unsigned long droppable(void)
{
	return atomic_long_read(&zcache_frame_pages[ZBUD_EPHEMERAL]) + zcache_spare_pages();
}

static unsigned long count_objects(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long pages = droppable();

	pages *= clamp(pages / (zcache_page_cache() + 1), 1UL, EPH_WEIGHT);
	pages += zcache_repack_gain(ZBUD_PERSISTENT, ZCACHE_REPACK_IN_NEED);
	pages += zcache_repack_gain(ZBUD_LENT, ZCACHE_REPACK_IN_NEED);
	return pages ?: SHRINK_EMPTY;
}

static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long freed;

	zcache_count(shrink_calls);
	/* Costs nobody a page, so it comes first. */
	freed = zcache_repack(ZBUD_PERSISTENT, ZCACHE_REPACK_IN_NEED, sc->nr_to_scan);
	if (freed < sc->nr_to_scan)
		freed += zcache_repack(ZBUD_LENT, ZCACHE_REPACK_IN_NEED,
				       sc->nr_to_scan - freed);
	if (freed < sc->nr_to_scan)
		freed += zcache_evict_pages(sc->nr_to_scan - freed);
	/* Else reclaim sees no progress: programs are made to wait, or killed. */
	mm_account_reclaimed_pages(freed);
	return freed ? freed : SHRINK_STOP;
}

static int before_oom(struct notifier_block *nb, unsigned long unused, void *freed)
{
	unsigned long pages = zcache_evict_pages(max(droppable() / OOM_PART, OOM_LEAST));

	zcache_count_add(oom_pageframes, pages);
	*(unsigned long *)freed += pages;
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = {
	.notifier_call = before_oom,
};

int zcache_shrinker_init(void)
{
	int err;

	eph_shrinker = shrinker_alloc(0, "zcache-ephemeral");
	if (!eph_shrinker)
		return -ENOMEM;
	eph_shrinker->count_objects = count_objects;
	eph_shrinker->scan_objects = scan_objects;
	eph_shrinker->seeks = EPH_SEEKS;
	eph_shrinker->batch = EPH_BATCH;
	err = register_oom_notifier(&oom_notifier);
	if (err) {
		shrinker_free(eph_shrinker);
		return err;
	}
	shrinker_register(eph_shrinker);
	return 0;
}

void zcache_shrinker_exit(void)
{
	unregister_oom_notifier(&oom_notifier);
	shrinker_free(eph_shrinker);
}
