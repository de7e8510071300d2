// SPDX-License-Identifier: GPL-2.0-only
/*
 * selfshrink: pages that were swapped out go back to plain memory when there is enough of
 * it again, some at a time, as long as no new ones come.
 */
#include "native.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/workqueue.h>

/* While pages are being swapped out, and this many times after, nothing is taken back. */
#define INERTIA		3

static bool selfshrink = true;
module_param(selfshrink, bool, 0644);
MODULE_PARM_DESC(selfshrink, "take stored pages back while memory is free (default Y)");

static unsigned int selfshrink_percent = 5;
module_param(selfshrink_percent, uint, 0644);
MODULE_PARM_DESC(selfshrink_percent, "how many of them at a time (default 5)");

static unsigned int selfshrink_seconds = 5;
module_param(selfshrink_seconds, uint, 0644);
MODULE_PARM_DESC(selfshrink_seconds, "time between (default 5)");

static void shrink(struct work_struct *work);
static DECLARE_DELAYED_WORK(shrink_work, shrink);
static unsigned long last_pages;	/* of shrink_work alone, as is the next */
static unsigned int waits;

static void again(void)
{
	unsigned int seconds = clamp(READ_ONCE(selfshrink_seconds), 1u, 3600u);

	queue_delayed_work(system_unbound_wq, &shrink_work, seconds * HZ);
}

/* How many to take back now: they must not push others out. */
static unsigned long wanted(unsigned long pages)
{
	unsigned int percent = clamp(READ_ONCE(selfshrink_percent), 1u, 100u);
	unsigned long part = DIV_ROUND_UP(pages * percent, 100);

	if (pages > last_pages)
		waits = INERTIA;
	else if (waits)
		waits--;
	if (waits || si_mem_available() < 4 * (long)part)
		return 0;
	return part;
}

static void shrink(struct work_struct *work)
{
	unsigned long pages = frontswap_curr_pages(), part;

	if (READ_ONCE(selfshrink) && pages) {
		part = wanted(pages);
		if (part) {
			frontswap_shrink(pages - part);
			native_count_add(shrunk, part);
		}
	}
	last_pages = frontswap_curr_pages();
	again();
}

void native_shrink_start(void)
{
	if (IS_ENABLED(CONFIG_FRONTSWAP))
		again();
}

void native_shrink_stop(void)
{
	cancel_delayed_work_sync(&shrink_work);
}
