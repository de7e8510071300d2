// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frees leave holes.  Puts fill them, but when few puts follow, a worker empties the
 * sparsest frames into the others and gives them back; so does the shrinker.
 */
#include "internal.h"

#include <linux/jiffies.h>

/* Look after that many frees on a CPU, a moment later: more are likely to follow. */
#define REPACK_FREES	512
#define REPACK_DELAY	msecs_to_jiffies(100)

static DEFINE_PER_CPU(unsigned int, frees);

static void repack(struct work_struct *work);
static DECLARE_DELAYED_WORK(repack_work, repack);

/**
 * zcache_repack_gain() - page frames that repacking might give back
 * @kind:	of which kind
 * @worth:	what makes it worth while
 *
 * Context: any.
 * Return: a guess; 0 if it is not worth while.
 */
unsigned long zcache_repack_gain(enum zbud_kind kind, enum zcache_repack_worth worth)
{
	struct zbud_usage usage;
	unsigned long wasted;

	zbud_usage(zcache_zbud, kind, &usage);
	if (usage.pages <= usage.bytes >> PAGE_SHIFT)
		return 0;
	wasted = usage.pages - (usage.bytes >> PAGE_SHIFT);
	return wasted > usage.pages >> worth ? wasted : 0;
}

/**
 * zcache_repack() - give page frames back by packing better
 * @kind:	which kind
 * @worth:	what makes it worth while
 * @pages:	how many are wanted
 *
 * Context: interrupts on; does not sleep or allocate.
 * Return: how many were given back.
 */
unsigned long zcache_repack(enum zbud_kind kind, enum zcache_repack_worth worth,
			    unsigned long pages)
{
	unsigned long done = 0;

	while (done < pages && zcache_repack_gain(kind, worth)) {
		unsigned int freed = zbud_repack(zcache_zbud, kind);

		if (!freed)
			break;
		done += freed;
	}
	return done;
}

static void repack(struct work_struct *work)
{
	enum zbud_kind kind;

	for (kind = 0; kind < ZBUD_KINDS; kind++)
		while (zcache_repack(kind, ZCACHE_REPACK_AT_LEISURE, 64))
			cond_resched();
}

/**
 * zcache_repack_hint() - a page was freed
 *
 * Context: any, interrupts on or off.
 */
void zcache_repack_hint(void)
{
	if (this_cpu_inc_return(frees) % REPACK_FREES == 0)
		queue_delayed_work(zcache_wq, &repack_work, REPACK_DELAY);
}

void zcache_repack_exit(void)
{
	cancel_delayed_work_sync(&repack_work);
}
