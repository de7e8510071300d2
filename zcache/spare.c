// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spare page frames: what gets have emptied and ephemeral pages will want again.
 *
 * A get takes an ephemeral page out, and it comes back when the kernel evicts it.  If its frame
 * went to the kernel meanwhile, and another had to be had from there, the store would get
 * smaller whenever memory is short; and from blocks of memory that are for movable pages it
 * would take the next one, and the next: for each, kswapd evicts as many pages as such a block has
 * (boost_watermark() in mm/page_alloc.c).
 */
#include "internal.h"

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/vmstat.h>

/* At most that part of what is in use is kept without being used. */
#define SPARE_PART	8

/* Pages of the page cache may go for them as long as it has that part of what is in use. */
#define CACHE_PART	2
#define FILL_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

static DEFINE_SPINLOCK(spare_lock);	/* order 11: the two below */
static LIST_HEAD(spare_pages);		/* by page->lru, which is ours */
static unsigned long spare_nr;

static unsigned long eph_pages(void)
{
	return atomic_long_read(&zcache_frame_pages[ZBUD_EPHEMERAL]);
}

/* What is used and what is spare stay within the limit together. */
static bool may_have_more(void)
{
	lockdep_assert_held(&spare_lock);
	return spare_nr < eph_pages() / SPARE_PART &&
	       zcache_limit_allows(ZBUD_EPHEMERAL, spare_nr + 1);
}

/**
 * zcache_spare_pages() - how many there are
 *
 * Context: any.
 */
unsigned long zcache_spare_pages(void)
{
	return READ_ONCE(spare_nr);
}

/**
 * zcache_spare_give() - keep a page frame of an ephemeral frame
 * @page: the caller's; ours if it is kept
 *
 * Context: any, interrupts on or off.
 * Return: whether it is kept.
 */
bool zcache_spare_give(struct page *page)
{
	unsigned long flags;
	bool keep;

	spin_lock_irqsave(&spare_lock, flags);
	keep = may_have_more();
	if (keep) {
		list_add(&page->lru, &spare_pages);
		WRITE_ONCE(spare_nr, spare_nr + 1);
	}
	spin_unlock_irqrestore(&spare_lock, flags);
	return keep;
}

/**
 * zcache_spare_take() - take a page frame
 * @over: only if there are more than there should be
 *
 * Context: any, interrupts on or off.
 * Return: a page frame, the caller's; NULL.
 */
struct page *zcache_spare_take(bool over)
{
	struct page *page = NULL;
	unsigned long flags;

	if (!READ_ONCE(spare_nr))
		return NULL;
	spin_lock_irqsave(&spare_lock, flags);
	if (spare_nr && (!over || spare_nr > eph_pages() / SPARE_PART)) {
		page = list_first_entry(&spare_pages, struct page, lru);
		list_del(&page->lru);
		WRITE_ONCE(spare_nr, spare_nr - 1);
	}
	spin_unlock_irqrestore(&spare_lock, flags);
	return page;
}

/**
 * zcache_page_cache() - how many file pages reclaim might still find
 *
 * Context: any.
 */
unsigned long zcache_page_cache(void)
{
	return global_node_page_state(NR_ACTIVE_FILE) + global_node_page_state(NR_INACTIVE_FILE);
}

static bool page_cache_is_large(void)
{
	return zcache_page_cache() >= eph_pages() / CACHE_PART;
}

/**
 * zcache_spare_fill() - see to it that there are enough for one frame
 *
 * Page cache is reclaimed for it: call it for pages that are known to be wanted again.
 *
 * Context: may sleep, and wait for memory.
 */
void zcache_spare_fill(void)
{
	unsigned int nr = zbud_frame_pages(zcache_zbud);

	might_sleep();
	/* A store that is too small to have any would take a page and give it back each time. */
	if (eph_pages() / SPARE_PART < nr)
		return;
	while (READ_ONCE(spare_nr) < nr && zcache_limit_allows(ZBUD_EPHEMERAL, nr) &&
	       page_cache_is_large()) {
		struct page *page = alloc_page(FILL_GFP);

		if (!page)
			return;
		zcache_count(frames_allocated);
		if (!zcache_spare_give(page)) {
			__free_page(page);
			zcache_count(frames_freed);
			return;
		}
	}
}
