// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the free memory of the machine where it is told to: takes pages while there is more
 * free, gives some back while there is less.  It goes by the zone that programs and the
 * store get most of their memory from, and by its min watermark of the moment: the kernel
 * raises it for a while when kinds of memory get mixed.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmstat.h>

/* From below the watermarks, too: what is wanted may be there. */
#define HOLD_GFP	(GFP_NOWAIT | __GFP_NORETRY | __GFP_NOWARN | __GFP_MEMALLOC)
#define HOLD_BATCH	256	/* pages at once */
#define HOLD_MS		2
#define PHASE		msecs_to_jiffies(200)

static struct task_struct *holder;
static LIST_HEAD(held);
static unsigned long held_pages;
static unsigned int wanted_percent[2];
static unsigned long most_held;
static unsigned long least_free;

/* The largest zone; movable memory is of no use to the store. */
static struct zone *watched(void)
{
	struct zone *zones = NODE_DATA(0)->node_zones, *best = zones;
	int i;

	for (i = 0; i < ZONE_MOVABLE; i++)
		if (zone_managed_pages(&zones[i]) > zone_managed_pages(best))
			best = &zones[i];
	return best;
}

static bool hold_one(void)
{
	struct page *page = held_pages < most_held ? alloc_page(HOLD_GFP) : NULL;

	if (!page)
		return false;
	list_add(&page->lru, &held);
	WRITE_ONCE(held_pages, held_pages + 1);
	return true;
}

static bool release_one(void)
{
	struct page *page = list_first_entry_or_null(&held, struct page, lru);

	if (!page)
		return false;
	list_del(&page->lru);
	WRITE_ONCE(held_pages, held_pages - 1);
	__free_page(page);
	return true;
}

static int hold(void *unused)
{
	while (!kthread_should_stop()) {
		unsigned int percent = wanted_percent[jiffies / PHASE % 2];
		unsigned long wanted = min_wmark_pages(watched()) * percent / 100;
		unsigned long free = zone_page_state(watched(), NR_FREE_PAGES);
		unsigned int i;

		WRITE_ONCE(least_free, min(least_free, free));
		if (free > wanted) {
			for (i = 0; i < min(free - wanted, (unsigned long)HOLD_BATCH); i++)
				if (!hold_one())
					break;
		} else if (free < wanted) {
			for (i = 0; i < min(wanted - free, (unsigned long)HOLD_BATCH); i++)
				if (!release_one())
					break;
		}
		msleep(HOLD_MS);
	}
	while (release_one())
		cond_resched();
	return 0;
}

/*
 * hold_start free=PERCENT low=PERCENT max=PAGES: so much of the min watermark stays free in
 * turn, until hold_stop.  Without the last, whatever is freed would be taken for good, until
 * nothing is left.
 */
int zt_hold_start(struct zt_args *args)
{
	u64 free = zt_arg(args, "free", 0);
	u64 low = zt_arg(args, "low", free);
	u64 max = zt_arg(args, "max", 0);
	int err = zt_args_done(args);

	if (err)
		return err;
	if (holder || !free || !max)
		return -EINVAL;
	wanted_percent[0] = free;
	wanted_percent[1] = low;
	most_held = max;
	least_free = ULONG_MAX;
	holder = kthread_run(hold, NULL, "zt_holder");
	if (!IS_ERR(holder))
		return 0;
	err = PTR_ERR(holder);
	holder = NULL;
	return err;
}

/* hold_show */
int zt_hold_show(struct zt_args *args)
{
	int err = zt_args_done(args);

	zt_result("held", READ_ONCE(held_pages));
	zt_result("least_free", READ_ONCE(least_free));
	return err;
}

void zt_hold_exit(void)
{
	if (holder)
		kthread_stop(holder);
	holder = NULL;
}

/* hold_stop */
int zt_hold_stop(struct zt_args *args)
{
	int err = zt_args_done(args);

	if (!err)
		zt_hold_exit();
	return err;
}
