// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the bytes of a page go, and the only place that takes page frames from the
 * kernel or gives them back.
 *
 * Order of the search: room in a partial frame; a new frame, for ephemeral pages of spare page
 * frames first (spare.c); the oldest ephemeral
 * frame, evicted and used again at once (ouroboros: of clean pages the youngest
 * survive, and anonymous pages win over clean ones); for persistent pages the
 * reserve.  Persistent pages of other machines get only the first two.  Nothing here
 * sleeps, because a put holds its CPU's compression buffer.
 */
#include "internal.h"
#include "trace.h"

#include <linux/module.h>

/*
 * Not below the watermarks: swap-out runs with PF_MEMALLOC and would otherwise
 * drain the emergency memory of the machine.  The reserve is for that.
 */
#define FRAME_GFP	(GFP_NOWAIT | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

/*
 * A little below is right for persistent pages: programs stop at the watermark and wait
 * for swap-out, and storing a page is what lets the kernel free a larger one.
 */
#define PERS_FRAME_GFP	(FRAME_GFP | __GFP_HIGH)

struct zbud_pool *zcache_zbud;

/* Page frames in use per kind; changes with whole frames. */
atomic_long_t zcache_frame_pages[ZBUD_KINDS];
atomic_long_t zcache_frame_pages_max[ZBUD_KINDS];

/* Fault injection, debugfs zcache/fail_frames: that many new frames are refused. */
atomic_t zcache_fail_frames;

static struct zcache_page *item_zpage(struct zbud_item *item)
{
	return container_of(item, struct zcache_page, item);
}

static bool item_pin(struct zbud_item *item)
{
	return tmem_page_pin(&item_zpage(item)->t);
}

static void item_unpin(struct zbud_item *item)
{
	tmem_page_unpin(&item_zpage(item)->t, TMEM_LOCAL);
}

static bool item_freeze(struct zbud_item *item)
{
	return tmem_page_freeze(&item_zpage(item)->t);
}

static void item_thaw(struct zbud_item *item)
{
	tmem_page_thaw(&item_zpage(item)->t, TMEM_LOCAL);
}

static void free_page_frame(struct page *page)
{
	if (zcache_reserve_give_page(page))
		return;
	__free_page(page);
	zcache_count(frames_freed);
}

/**
 * zcache_frame_free() - give back a frame that is not in use, with its pages
 * @frame: the caller's
 *
 * Context: any, interrupts on or off.
 */
void zcache_frame_free(struct zbud_frame *frame)
{
	struct page *page;

	while ((page = zbud_frame_take_page(frame)))
		free_page_frame(page);
	zbud_frame_free(frame);
}

/**
 * zcache_trim_spare() - as fewer ephemeral frames are in use, fewer may be spare
 *
 * Context: any, interrupts on or off.
 */
void zcache_trim_spare(void)
{
	struct page *page;

	while ((page = zcache_spare_take(true)))
		free_page_frame(page);
}

/* Ephemeral pages are about to come back, but the reserve comes first. */
static void make_spare(struct zbud_frame *frame)
{
	struct page *page;

	while ((page = zbud_frame_take_page(frame)))
		if (!zcache_reserve_give_page(page) && !zcache_spare_give(page))
			free_page_frame(page);
	zcache_trim_spare();
}

static void frame_released(struct zbud_pool *zbud, struct zbud_frame *frame,
			   enum zbud_kind kind)
{
	atomic_long_sub(zbud_frame_nr_pages(frame), &zcache_frame_pages[kind]);
	if (kind == ZBUD_EPHEMERAL)
		make_spare(frame);
	zcache_frame_free(frame);
}

static const struct zbud_ops item_ops = {
	.pin		= item_pin,
	.unpin		= item_unpin,
	.freeze		= item_freeze,
	.thaw		= item_thaw,
	.release	= frame_released,
};

static unsigned int pages_wanted(size_t size)
{
	return size == PAGE_SIZE ? 1 : zbud_frame_pages(zcache_zbud);
}

/* Fewest pages of a frame that such an item fits in. */
static unsigned int pages_least(size_t size)
{
	return size > zbud_max_size(1) && size != PAGE_SIZE ? 2 : 1;
}

/* Spare ones are for ephemeral pages; for persistent ones the kernel is asked first. */
static struct page *page_frame_new(enum zbud_kind kind, gfp_t gfp)
{
	struct page *page = kind == ZBUD_EPHEMERAL ? zcache_spare_take(false) : NULL;

	if (page)
		return page;
	page = alloc_page(gfp);
	if (page)
		zcache_count(frames_allocated);
	else if (kind == ZBUD_PERSISTENT)
		page = zcache_spare_take(false);
	return page;
}

/*
 * A frame of new pages.  One that is smaller than wanted is better than none.
 * Returns NULL if there is no memory.
 */
static struct zbud_frame *frame_new(enum zbud_kind kind, unsigned int nr, unsigned int least)
{
	gfp_t gfp = kind == ZBUD_PERSISTENT ? PERS_FRAME_GFP : FRAME_GFP;
	struct zbud_frame *frame;
	unsigned int i;

	if (atomic_dec_if_positive(&zcache_fail_frames) >= 0)
		goto failed;
	frame = zbud_frame_alloc(gfp, false);
	if (!frame)
		goto failed;
	for (i = 0; i < nr; i++) {
		struct page *page = page_frame_new(kind, gfp);

		if (!page)
			break;
		if (zbud_frame_add_page(frame, page)) {
			free_page_frame(page);
			break;
		}
	}
	if (i >= least)
		return frame;
	zcache_frame_free(frame);
failed:
	zcache_count(failed_getfreepages);
	return NULL;
}

static struct zbud_frame *frame_from_reserve(unsigned int nr)
{
	struct zbud_frame *frame = zbud_frame_alloc(PERS_FRAME_GFP, true);
	unsigned int i;

	if (!frame)
		return NULL;
	for (i = 0; i < nr; i++) {
		struct page *page = zcache_reserve_take_page();

		if (!page)
			break;
		if (zbud_frame_add_page(frame, page)) {
			free_page_frame(page);
			break;
		}
	}
	if (i) {
		zcache_count(pers_ate_reserve);
		return frame;
	}
	zbud_frame_free(frame);
	return NULL;
}

static bool evict_item(struct zbud_item *item, void *unused)
{
	if (tmem_remove(&item_zpage(item)->t, TMEM_LOCAL))
		zcache_count(evicted_eph_zpages);
	return true;
}

/* The oldest ephemeral frame, empty and the caller's. */
static struct zbud_frame *evict_oldest(bool reuse)
{
	struct zbud_frame *frame = zbud_evict(zcache_zbud, ZBUD_EPHEMERAL, evict_item, NULL);
	unsigned int nr;

	if (!frame)
		return NULL;
	nr = zbud_frame_nr_pages(frame);
	atomic_long_sub(nr, &zcache_frame_pages[ZBUD_EPHEMERAL]);
	zcache_trim_spare();
	zcache_count_add(evicted_eph_pageframes, nr);
	trace_zcache_evict_frame(nr, reuse);
	return frame;
}

static struct zbud_frame *frame_ouroboros(bool persistent, unsigned int nr, unsigned int least)
{
	struct zbud_frame *frame = evict_oldest(true);

	if (!frame) {
		zcache_count_nr(persistent ? ZCACHE_ST_pers_ate_eph_failed :
					     ZCACHE_ST_eph_ate_tail_failed, 1);
		return NULL;
	}
	zcache_count_nr(persistent ? ZCACHE_ST_pers_ate_eph : ZCACHE_ST_eph_ate_tail, 1);
	while (zbud_frame_nr_pages(frame) > nr)
		free_page_frame(zbud_frame_take_page(frame));
	if (zbud_frame_nr_pages(frame) >= least)
		return frame;
	/* The next one finds the kernel and the limit with so much more. */
	zcache_frame_free(frame);
	return NULL;
}

/*
 * What a search without success comes to: whether waiting may help, because memory is
 * being made or pages can move away.  Goes by what the search met: it may have changed.
 */
static int no_room(enum zbud_kind kind, bool allowed)
{
	/* What is lent does not move away, and has no reserve. */
	if (kind == ZBUD_LENT)
		return allowed ? -ENOMEM : -ENOSPC;
	if (!allowed)
		return zcache_remote_present() ? -EAGAIN : -ENOSPC;
	return zcache_room_coming() ? -EAGAIN : -ENOMEM;
}

/* Any frame but a partial one. */
static struct zbud_frame *frame_find(enum zbud_kind kind, unsigned int nr, unsigned int least,
				     bool evict)
{
	bool persistent = kind == ZBUD_PERSISTENT;
	struct zbud_frame *frame = NULL;
	bool allowed = zcache_limit_allows(kind, nr);

	if (!allowed) {
		zcache_count(policy_percent_exceeded);
		if (kind != ZBUD_LENT)
			zcache_remote_pressure(persistent);
		if (persistent)
			zcache_writeback_kick();
		/* Eating an ephemeral frame would not bring the other kind below. */
		if (kind != ZBUD_EPHEMERAL)
			return ERR_PTR(no_room(kind, allowed));
	}
	if (allowed)
		frame = frame_new(kind, nr, least);
	if (!frame && evict && kind != ZBUD_LENT)
		frame = frame_ouroboros(persistent, nr, least);
	if (!frame && persistent) {
		/* There is no memory: what goes elsewhere makes some. */
		zcache_remote_pressure(true);
		frame = frame_from_reserve(nr);
	}
	return frame ? frame : ERR_PTR(no_room(kind, allowed));
}

static void frames_grow(enum zbud_kind kind, unsigned int pages)
{
	long now = atomic_long_add_return(pages, &zcache_frame_pages[kind]);
	long max = atomic_long_read(&zcache_frame_pages_max[kind]);

	while (now > max &&
	       !atomic_long_try_cmpxchg(&zcache_frame_pages_max[kind], &max, now))
		;
}

/**
 * zcache_space_alloc() - find a place for the bytes of a page
 * @kind:	kind of the page
 * @size:	bytes, up to zbud_max_size() of two pages
 * @evict:	the oldest ephemeral frame may go for it
 * @item:	refers to the place on success
 *
 * Context: interrupts on; does not sleep.
 * Return: 0; -ENOSPC: the limit is reached; -EAGAIN: no room now, but room is being
 * made; -ENOMEM; -E2BIG: frames here have too few pages for it.
 */
int zcache_space_alloc(enum zbud_kind kind, size_t size, bool evict, struct zbud_item *item)
{
	unsigned int nr = pages_wanted(size), least = pages_least(size);
	struct zbud_frame *frame;
	int err;

	err = zbud_alloc(zcache_zbud, kind, size, item);
	if (err != -ENOSPC)
		return err;
	if (least > nr)
		return -E2BIG;
	frame = frame_find(kind, nr, least, evict);
	if (IS_ERR(frame))
		return PTR_ERR(frame);
	/* Before it is in use: it may be freed again as soon as it is. */
	frames_grow(kind, zbud_frame_nr_pages(frame));
	err = zbud_alloc_in(zcache_zbud, frame, kind, size, item);
	if (err)
		frame_released(zcache_zbud, frame, kind);
	else if (kind == ZBUD_PERSISTENT)
		zcache_writeback_kick();
	return err;
}

static unsigned long give_back_spare(unsigned long pages)
{
	unsigned long done = 0;
	struct page *page;

	while (done < pages && (page = zcache_spare_take(false))) {
		free_page_frame(page);
		done++;
	}
	return done;
}

/**
 * zcache_evict_pages() - give ephemeral frames back to the kernel: spare ones, then the oldest
 * @pages: how many page frames are wanted
 *
 * Context: any but hard interrupts.
 * Return: how many were given back.
 */
unsigned long zcache_evict_pages(unsigned long pages)
{
	unsigned long done = give_back_spare(pages);

	while (done < pages) {
		struct zbud_frame *frame = evict_oldest(false);

		if (!frame)
			break;
		done += zbud_frame_nr_pages(frame);
		zcache_frame_free(frame);
	}
	return done;
}

int zcache_space_init(void)
{
	zcache_zbud = zbud_create(zcache_param_frame_pages(), zcache_param_max_buddies(),
				  &item_ops, NULL);
	return PTR_ERR_OR_ZERO(zcache_zbud);
}

void zcache_space_exit(void)
{
	enum zbud_kind kind;

	give_back_spare(ULONG_MAX);
	for (kind = 0; kind < ZBUD_KINDS; kind++) {
		long left = atomic_long_read(&zcache_frame_pages[kind]);

		if (left)
			pr_err("bad accounting: %ld page frames of kind %u at unload\n",
			       left, kind);
	}
	zbud_destroy(zcache_zbud);
}
