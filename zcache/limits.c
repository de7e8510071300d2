// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits and tunables: module parameters, checked when written, in
 * /sys/module/zcache/parameters/.
 */
#include "internal.h"
#include "common/param.h"

#include <linux/module.h>

/* 75 % and 1 to 150 % are the original's zv_page_count_policy_percent. */
BOUNDED_PARAM(pers_max_percent, 75, 1, 150, 0644,
	      "most page frames for persistent pages, percent of RAM (default 75)");
BOUNDED_PARAM(pers_max_mib, 0, 0, UINT_MAX, 0644,
	      "most page frames for persistent pages, MiB, 0: only the percentage counts");
BOUNDED_PARAM(eph_max_percent, 50, 0, 100, 0644,
	      "most page frames for ephemeral pages, percent of RAM (default 50)");
BOUNDED_PARAM(eph_max_mib, 0, 0, UINT_MAX, 0644,
	      "most page frames for ephemeral pages, MiB, 0: only the percentage counts");

/* Less than all even at most: what is lent cannot be had back at once. */
BOUNDED_PARAM(lent_max_percent, 50, 0, 90, 0644,
	      "most page frames for persistent pages of other machines, percent of RAM (default 50)");
BOUNDED_PARAM(lent_max_mib, 0, 0, UINT_MAX, 0644,
	      "most page frames for persistent pages of other machines, MiB, 0: only the percentage counts");

static const struct {
	const struct bounded	*percent;
	const struct bounded	*mib;
} frame_limits[ZBUD_KINDS] = {
	[ZBUD_EPHEMERAL]	= { &eph_max_percent, &eph_max_mib },
	[ZBUD_PERSISTENT]	= { &pers_max_percent, &pers_max_mib },
	[ZBUD_LENT]		= { &lent_max_percent, &lent_max_mib },
};

/* 7/8 and 5/8 of a page, and 4000 bytes, are the original's. */
BOUNDED_PARAM(pers_max_zsize, PAGE_SIZE / 8 * 7, 64, PAGE_SIZE - 64, 0644,
	      "persistent pages that compress to more bytes are poor (default 3584)");
BOUNDED_PARAM(eph_max_zsize, 4000, 64, PAGE_SIZE - 64, 0644,
	      "ephemeral pages that compress to more bytes are refused (default 4000)");
BOUNDED_PARAM(pers_max_mean_zsize, PAGE_SIZE / 8 * 5, 64, PAGE_SIZE, 0644,
	      "persistent pages above this are poor while the mean is above it (default 2560)");

BOUNDED_PARAM(room_timeout_ms, 10000, 0, 600000, 0644,
	      "how long a write waits for room that is being made (default 10000)");

BOUNDED_PARAM(pers_writeback_percent, 90, 1, 100, 0644,
	      "write-back to backing devices begins at this part of the limit for persistent pages (default 90)");

BOUNDED_PARAM(frame_pages, ZBUD_DEF_FRAME_PAGES, 1, ZBUD_MAX_FRAME_PAGES, 0444,
	      "pages per frame, 1 to 8 (default 4)");
BOUNDED_PARAM(max_buddies, ZBUD_MAX_BUDDIES, 1, ZBUD_MAX_BUDDIES, 0444,
	      "most compressed pages per frame, 1 to 252 (default 252)");

static bool store_poor = true;
module_param(store_poor, bool, 0644);
MODULE_PARM_DESC(store_poor,
		 "store persistent pages that compress poorly as they are, else refuse them (default Y)");

static bool clean_copies = true;
module_param(clean_copies, bool, 0644);
MODULE_PARM_DESC(clean_copies,
		 "keep a copy of what goes to a backing device while there is memory for it (default Y)");

/**
 * zcache_limit_pages() - most page frames a kind may use
 * @kind: which kind
 *
 * Context: any.
 */
unsigned long zcache_limit_pages(enum zbud_kind kind)
{
	unsigned int percent = bounded_read(frame_limits[kind].percent);
	unsigned long mib = bounded_read(frame_limits[kind].mib);
	unsigned long limit = totalram_pages() / 100 * percent;

	return mib ? min(limit, mib << (20 - PAGE_SHIFT)) : limit;
}

/**
 * zcache_limit_allows() - whether a kind may have more page frames
 * @kind:	which kind
 * @pages:	how many more
 *
 * Not exact while several CPUs ask at once: each may go over by one frame.
 *
 * Context: any.
 */
bool zcache_limit_allows(enum zbud_kind kind, unsigned int pages)
{
	unsigned long used = atomic_long_read(&zcache_frame_pages[kind]);

	return used + pages <= zcache_limit_pages(kind);
}

/**
 * zcache_usage() - page frames of a kind, and how many there may be
 * @kind:	which
 * @usage:	filled in
 *
 * Context: any.
 */
void zcache_usage(enum zcache_kind kind, struct zcache_usage *usage)
{
	enum zbud_kind frames = (int)kind;

	usage->pages = atomic_long_read(&zcache_frame_pages[frames]);
	usage->limit = zcache_limit_pages(frames);
}
EXPORT_SYMBOL_GPL(zcache_usage);

size_t zcache_max_zsize(bool persistent)
{
	return bounded_read(persistent ? &pers_max_zsize : &eph_max_zsize);
}

size_t zcache_max_mean_zsize(void)
{
	return bounded_read(&pers_max_mean_zsize);
}

bool zcache_store_poor(void)
{
	return READ_ONCE(store_poor);
}

bool zcache_clean_copies_wanted(void)
{
	return READ_ONCE(clean_copies);
}

unsigned int zcache_room_timeout_ms(void)
{
	return bounded_read(&room_timeout_ms);
}

unsigned int zcache_pers_writeback_percent(void)
{
	return bounded_read(&pers_writeback_percent);
}

unsigned int zcache_param_frame_pages(void)
{
	return frame_pages.value;
}

unsigned int zcache_param_max_buddies(void)
{
	return max_buddies.value;
}
