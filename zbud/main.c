// SPDX-License-Identifier: GPL-2.0-only
/* Pools, frames on their way in and out, allocation and freeing of items. */
#include "internal.h"

#include <linux/mempool.h>
#include <linux/module.h>

static struct kmem_cache *frame_cache;
static mempool_t *frame_reserve;

static DEFINE_MUTEX(zbud_pools_lock);	/* order 1 */
static LIST_HEAD(zbud_pools);

/**
 * zbud_create() - make a pool of frames
 * @frame_pages:	pages per frame the host intends, 1 to ZBUD_MAX_FRAME_PAGES
 * @max_buddies:	items per frame at most, 1 to ZBUD_MAX_BUDDIES
 * @ops:		see struct zbud_ops
 * @host:		for the host, see zbud_host()
 *
 * A host that is short of memory may hand in frames of fewer pages.
 *
 * Context: may sleep.
 * Return: the pool; -EINVAL, -ENOMEM.
 */
struct zbud_pool *zbud_create(unsigned int frame_pages, unsigned int max_buddies,
			      const struct zbud_ops *ops, void *host)
{
	struct zbud_pool *pool;
	unsigned int kind;

	if (!frame_pages || frame_pages > ZBUD_MAX_FRAME_PAGES ||
	    !max_buddies || max_buddies > ZBUD_MAX_BUDDIES)
		return ERR_PTR(-EINVAL);
	pool = kvzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	for (kind = 0; kind < ZBUD_KINDS; kind++)
		lists_init(&pool->lists[kind]);
	pool->ops = ops;
	pool->host = host;
	pool->frame_pages = frame_pages;
	pool->max_buddies = max_buddies;

	mutex_lock(&zbud_pools_lock);
	list_add(&pool->pools, &zbud_pools);
	mutex_unlock(&zbud_pools_lock);
	return pool;
}
EXPORT_SYMBOL_GPL(zbud_create);

/**
 * zbud_destroy() - free a pool
 * @pool: has no items any more
 *
 * Context: may sleep.
 */
void zbud_destroy(struct zbud_pool *pool)
{
	unsigned int kind;

	mutex_lock(&zbud_pools_lock);
	list_del(&pool->pools);
	mutex_unlock(&zbud_pools_lock);

	for (kind = 0; kind < ZBUD_KINDS; kind++) {
		struct zbud_usage *usage = &pool->lists[kind].usage;

		if (usage->items || usage->frames || usage->bytes || usage->isolated)
			pr_err("bad accounting: kind %u has %llu items, %llu frames, %llu bytes, %llu isolated at the end\n",
			       kind, usage->items, usage->frames, usage->bytes,
			       usage->isolated);
	}
	kvfree(pool);
}
EXPORT_SYMBOL_GPL(zbud_destroy);

/**
 * zbud_host() - the host's pointer given at creation
 * @pool: the pool
 */
void *zbud_host(const struct zbud_pool *pool)
{
	return pool->host;
}
EXPORT_SYMBOL_GPL(zbud_host);

/**
 * zbud_frame_pages() - pages per frame given at creation
 * @pool: the pool
 */
unsigned int zbud_frame_pages(const struct zbud_pool *pool)
{
	return pool->frame_pages;
}
EXPORT_SYMBOL_GPL(zbud_frame_pages);

/**
 * zbud_max_size() - largest item of a frame, other than a whole page
 * @frame_pages: pages of the frame
 *
 * A whole page always has a frame of a single page, alone and without a slot table.
 *
 * Context: any.
 */
size_t zbud_max_size(unsigned int frame_pages)
{
	return frame_pages > 1 ? ZBUD_MAX_LONG : ZBUD_MAX_ITEM;
}
EXPORT_SYMBOL_GPL(zbud_max_size);

/* Sum of one kind over all pools. */
void zbud_sum_usage(enum zbud_kind kind, struct zbud_usage *sum)
{
	struct zbud_pool *pool;
	struct zbud_usage one;

	memset(sum, 0, sizeof(*sum));
	mutex_lock(&zbud_pools_lock);
	list_for_each_entry(pool, &zbud_pools, pools) {
		zbud_usage(pool, kind, &one);
		sum->items += one.items;
		sum->bytes += one.bytes;
		sum->frames += one.frames;
		sum->pages += one.pages;
		sum->single += one.single;
		sum->isolated += one.isolated;
	}
	mutex_unlock(&zbud_pools_lock);
}

/**
 * zbud_frame_alloc() - make a frame without pages
 * @gfp:	how to allocate it
 * @emergency:	take one of zbud_reserve_frames() if need be
 *
 * Context: as @gfp allows.
 * Return: the frame, the caller's; NULL.
 */
struct zbud_frame *zbud_frame_alloc(gfp_t gfp, bool emergency)
{
	struct zbud_frame *frame;

	if (emergency)
		frame = mempool_alloc(frame_reserve, gfp);
	else
		frame = kmem_cache_alloc(frame_cache, gfp);
	if (!frame)
		return NULL;
	memset(frame, 0, sizeof(*frame));
	INIT_LIST_HEAD(&frame->age);
	spin_lock_init(&frame->lock);
	return frame;
}
EXPORT_SYMBOL_GPL(zbud_frame_alloc);

/**
 * zbud_frame_free() - free a frame without pages
 * @frame: the caller's
 *
 * Fills the reserve of frames first.
 *
 * Context: any.
 */
void zbud_frame_free(struct zbud_frame *frame)
{
	WARN_ON_ONCE(frame->nr_pages || frame->items);
	mempool_free(frame, frame_reserve);
}
EXPORT_SYMBOL_GPL(zbud_frame_free);

/**
 * zbud_reserve_frames() - keep frames (without pages) for when there is no memory
 * @count: how many in all; replaces an earlier number
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM, only when the number grows.
 */
int zbud_reserve_frames(unsigned int count)
{
	return mempool_resize(frame_reserve, max(count, 1U));
}
EXPORT_SYMBOL_GPL(zbud_reserve_frames);

/**
 * zbud_refill_frames() - bring the reserve of frames back to its number
 * @gfp: how to allocate them
 *
 * Context: as @gfp allows.
 * Return: whether it is full.
 */
bool zbud_refill_frames(gfp_t gfp)
{
	/* Freeing a frame fills the reserve first; a stale look costs one round. */
	while (READ_ONCE(frame_reserve->curr_nr) < READ_ONCE(frame_reserve->min_nr)) {
		struct zbud_frame *frame = zbud_frame_alloc(gfp, false);

		if (!frame)
			return false;
		zbud_frame_free(frame);
	}
	return true;
}
EXPORT_SYMBOL_GPL(zbud_refill_frames);

/**
 * zbud_frame_kind() - what a frame holds
 * @frame: isolated by the caller
 */
enum zbud_kind zbud_frame_kind(const struct zbud_frame *frame)
{
	return frame_kind(frame);
}
EXPORT_SYMBOL_GPL(zbud_frame_kind);

/**
 * zbud_frame_add_page() - give a frame one more page
 * @frame:	the caller's, not in use
 * @page:	order 0, with a kernel address (not highmem); the frame's from now on
 *
 * Context: any.
 * Return: 0; -E2BIG: it has ZBUD_MAX_FRAME_PAGES.
 */
int zbud_frame_add_page(struct zbud_frame *frame, struct page *page)
{
	struct page **others;

	if (frame->nr_pages == ZBUD_MAX_FRAME_PAGES)
		return -E2BIG;
	if (!frame->nr_pages) {
		frame->page = page;
	} else {
		others = page_address(frame->page);
		others[frame->nr_pages - 1] = page;
	}
	frame->nr_pages++;
	return 0;
}
EXPORT_SYMBOL_GPL(zbud_frame_add_page);

/**
 * zbud_frame_take_page() - take a page away from a frame
 * @frame: the caller's, not in use
 *
 * Context: any.
 * Return: the page, the caller's; NULL if the frame has none left.
 */
struct page *zbud_frame_take_page(struct zbud_frame *frame)
{
	struct page **others;

	if (!frame->nr_pages)
		return NULL;
	if (!--frame->nr_pages)
		return frame->page;
	others = page_address(frame->page);
	return others[frame->nr_pages - 1];
}
EXPORT_SYMBOL_GPL(zbud_frame_take_page);

/**
 * zbud_frame_nr_pages() - how many pages a frame has
 * @frame: the caller's
 */
unsigned int zbud_frame_nr_pages(const struct zbud_frame *frame)
{
	return frame->nr_pages;
}
EXPORT_SYMBOL_GPL(zbud_frame_nr_pages);

/* Store in a claimed frame, and let go of it. */
static int place(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
		 struct zbud_item *item, bool fresh)
{
	struct zbud_lists *lists = frame_lists(pool, frame);
	enum zbud_kind kind = frame_kind(frame);
	unsigned int before;
	unsigned long flags;
	bool empty;
	int err;

	spin_lock_irqsave(&frame->lock, flags);
	before = frame->items;
	err = frame_place(pool, frame, size, item);
	frame_update_room(pool, frame);
	spin_lock(&lists->lock);
	if (fresh)
		lists_add_new(lists, frame);
	if (!err)
		lists_account(lists, before, frame->items, size);
	empty = lists_unclaim(lists, frame, !err);
	spin_unlock(&lists->lock);
	spin_unlock_irqrestore(&frame->lock, flags);

	if (empty)
		pool->ops->release(pool, frame, kind);
	if (!err) {
		zbud_count_n(ZBUD_EV_eph_cumul_zpages + kind, 1);
		zbud_count_n(ZBUD_EV_eph_cumul_zbytes + kind, size);
	}
	return err;
}

/**
 * zbud_alloc() - find room for an item in a partial frame
 * @pool:	the pool
 * @kind:	which kind of frames
 * @size:	bytes, up to zbud_max_size() of two pages
 * @item:	the caller's; refers to the place on success
 *
 * The caller then fills it with zbud_write() and publishes it.
 *
 * Context: interrupts on (it may compact a frame); does not sleep or allocate.
 * Return: 0; -ENOSPC: no partial frame has room; -E2BIG, -EINVAL: bad size.
 */
int zbud_alloc(struct zbud_pool *pool, enum zbud_kind kind, size_t size,
	       struct zbud_item *item)
{
	struct zbud_lists *lists = &pool->lists[kind];
	unsigned int need = bytes_to_chunks(size);
	struct zbud_frame *frame;

	lockdep_assert_irqs_enabled();
	if (!size)
		return -EINVAL;
	if (size > ZBUD_MAX_LONG)
		return -E2BIG;
	if (size == PAGE_SIZE)
		return -ENOSPC;

	frame = lists_claim_fit(lists, need);
	if (frame && !place(pool, frame, size, item, false)) {
		zbud_count(alloc_fit);
		return 0;
	}
	frame = lists_claim_fragmented(lists, need);
	if (frame) {
		frame_compact(pool, frame, need);
		if (!place(pool, frame, size, item, false)) {
			zbud_count(alloc_compacted);
			return 0;
		}
	}
	zbud_count(alloc_nospace);
	return -ENOSPC;
}
EXPORT_SYMBOL_GPL(zbud_alloc);

/**
 * zbud_alloc_in() - bring a frame into use, with an item in it
 * @pool:	the pool
 * @frame:	the caller's, with at least one page; the pool's on success
 * @kind:	what it will hold
 * @size:	bytes, up to zbud_max_size() of the frame's pages; PAGE_SIZE only if it has
 *		one page, which the item then has to itself
 * @item:	the caller's; refers to the place on success
 *
 * Context: any.
 * Return: 0; -EINVAL, -E2BIG: the frame is unchanged.
 */
int zbud_alloc_in(struct zbud_pool *pool, struct zbud_frame *frame, enum zbud_kind kind,
		  size_t size, struct zbud_item *item)
{
	bool solo = size == PAGE_SIZE;

	if (!size || !frame->nr_pages)
		return -EINVAL;
	if (solo ? frame->nr_pages != 1 : size > zbud_max_size(frame->nr_pages))
		return -E2BIG;
	frame_reset(frame, kind, solo);
	zbud_count(alloc_fresh);
	return place(pool, frame, size, item, true);
}
EXPORT_SYMBOL_GPL(zbud_alloc_in);

/**
 * zbud_free() - free an item
 * @pool:	the pool
 * @item:	neither pinned nor frozen; refers to nothing afterwards
 *
 * Context: any, interrupts on or off.  May call zbud_ops.release.
 */
void zbud_free(struct zbud_pool *pool, struct zbud_item *item)
{
	struct zbud_frame *frame = frame_of_item(item);
	struct zbud_lists *lists = frame_lists(pool, frame);
	enum zbud_kind kind = frame_kind(frame);
	unsigned int before;
	unsigned long flags;
	size_t size;
	bool empty;

	spin_lock_irqsave(&frame->lock, flags);
	before = frame->items;
	size = frame_unplace(frame, item);
	frame_update_room(pool, frame);
	spin_lock(&lists->lock);
	lists_account(lists, before, frame->items, -(long)size);
	empty = lists_refile(lists, frame);
	spin_unlock(&lists->lock);
	spin_unlock_irqrestore(&frame->lock, flags);
	if (empty)
		pool->ops->release(pool, frame, kind);
}
EXPORT_SYMBOL_GPL(zbud_free);

static int __init zbud_init(void)
{
	int err;

	err = zbud_stats_init();
	if (err)
		return err;
	err = -ENOMEM;
	/* Aligned to 8: the low three bits of zbud_item.ref are the slot's. */
	frame_cache = kmem_cache_create("zbud_frame", sizeof(struct zbud_frame), 8, 0, NULL);
	if (!frame_cache)
		goto out_stats;
	frame_reserve = mempool_create_slab_pool(1, frame_cache);
	if (!frame_reserve)
		goto out_cache;
	return 0;

out_cache:
	kmem_cache_destroy(frame_cache);
out_stats:
	zbud_stats_exit();
	return err;
}

static void __exit zbud_exit(void)
{
	mempool_destroy(frame_reserve);
	kmem_cache_destroy(frame_cache);
	zbud_stats_exit();
}

module_init(zbud_init);
module_exit(zbud_exit);
MODULE_DESCRIPTION("Packs compressed pages into page frames, reclaimed oldest first");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
