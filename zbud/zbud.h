/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zbud - packs compressed pages into page frames, and knows their age
 *
 * A frame is 1 to 8 order-0 pages.  It holds as many items as fit; an item may
 * straddle the pages of its frame.  Frames of different kinds are never mixed.  Per
 * kind all frames stand in one age order: a frame becomes newest when an item is
 * put in it, so the oldest frame holds what has not been wanted for longest and can
 * be reclaimed as a whole, which zsmalloc cannot do.
 *
 * zbud never allocates or frees a page: the host hands page frames in and gets them
 * back.  It does not know what the bytes mean.
 */
#ifndef RAMSTER_ZBUD_H
#define RAMSTER_ZBUD_H

#include <linux/types.h>

struct dentry;
struct page;
struct zbud_frame;
struct zbud_pool;

#define ZBUD_API_VERSION	2

/* Pages per frame.  Default after a simulation with LZO on real pages: 4-page frames
 * reach 0.99-1.02 of the density of an ideal zsmalloc, 1-page frames 0.83-0.97.
 */
#define ZBUD_MAX_FRAME_PAGES	8
#define ZBUD_DEF_FRAME_PAGES	4

/* Items per frame, limited by the eight bits of a slot number. */
#define ZBUD_MAX_BUDDIES	252

/**
 * enum zbud_kind - which of the age orders
 * @ZBUD_EPHEMERAL:	may be dropped at any time
 * @ZBUD_PERSISTENT:	must be kept until it is freed
 * @ZBUD_LENT:		must be kept, and belongs to another machine
 * @ZBUD_KINDS:		number of kinds
 */
enum zbud_kind {
	ZBUD_EPHEMERAL,
	ZBUD_PERSISTENT,
	ZBUD_LENT,
	ZBUD_KINDS,
};

/**
 * struct zbud_item - one stored item, embedded in a descriptor of the host
 * @ref: which frame and slot, see frame.c; zero: none
 */
struct zbud_item {
	unsigned long	ref;
};

/**
 * struct zbud_ops - what zbud needs of its host
 * @pin:	keep @item from being freed or moved.  Called with a frame lock held
 *		and interrupts off; may fail if the item is on its way in or out.
 * @unpin:	undo @pin.  No lock held; may free the item.
 * @freeze:	shut readers out of @item if nobody has it pinned, else fail.  Called
 *		with a frame lock held, preemption stays off until @thaw.
 * @thaw:	undo @freeze.  No lock held; may free the item.
 * @release:	the last item of @frame was freed: the frame is the host's again, with
 *		its pages.  Any context, interrupts may be off, no lock of zbud held.
 */
struct zbud_ops {
	bool	(*pin)(struct zbud_item *item);
	void	(*unpin)(struct zbud_item *item);
	bool	(*freeze)(struct zbud_item *item);
	void	(*thaw)(struct zbud_item *item);
	void	(*release)(struct zbud_pool *pool, struct zbud_frame *frame,
			   enum zbud_kind kind);
};

/**
 * struct zbud_usage - how much one kind uses; exact at the moment of the call
 * @items:	items stored
 * @bytes:	sum of their sizes
 * @frames:	frames in use
 * @pages:	page frames in them
 * @single:	frames that hold exactly one item
 * @isolated:	frames isolated for a move or an eviction
 */
struct zbud_usage {
	u64	items;
	u64	bytes;
	u64	frames;
	u64	pages;
	u64	single;
	u64	isolated;
};

/* Called with an item pinned and no lock held; returns whether to go on. */
typedef bool (*zbud_item_fn)(struct zbud_item *item, void *arg);

/* Called with a piece of an item's bytes and no lock held; an error ends it. */
typedef int (*zbud_emit_fn)(void *arg, const void *data, size_t size);

struct zbud_pool *zbud_create(unsigned int frame_pages, unsigned int max_buddies,
			      const struct zbud_ops *ops, void *host);
void zbud_destroy(struct zbud_pool *pool);
void *zbud_host(const struct zbud_pool *pool);
unsigned int zbud_frame_pages(const struct zbud_pool *pool);
size_t zbud_max_size(unsigned int frame_pages);
void zbud_usage(struct zbud_pool *pool, enum zbud_kind kind, struct zbud_usage *usage);

struct zbud_frame *zbud_frame_alloc(gfp_t gfp, bool emergency);
int __must_check zbud_reserve_frames(unsigned int count);
bool zbud_refill_frames(gfp_t gfp);
void zbud_frame_free(struct zbud_frame *frame);
int __must_check zbud_frame_add_page(struct zbud_frame *frame, struct page *page);
struct page *zbud_frame_take_page(struct zbud_frame *frame);
unsigned int zbud_frame_nr_pages(const struct zbud_frame *frame);
enum zbud_kind zbud_frame_kind(const struct zbud_frame *frame);

int __must_check zbud_alloc(struct zbud_pool *pool, enum zbud_kind kind, size_t size,
			    struct zbud_item *item);
int __must_check zbud_alloc_in(struct zbud_pool *pool, struct zbud_frame *frame,
			       enum zbud_kind kind, size_t size, struct zbud_item *item);
void zbud_free(struct zbud_pool *pool, struct zbud_item *item);

size_t zbud_size(const struct zbud_item *item);
void zbud_write(struct zbud_item *item, const void *src);
const void *zbud_map(const struct zbud_item *item, void *bounce);
int zbud_emit(const struct zbud_item *item, zbud_emit_fn emit, void *arg);

unsigned int zbud_repack(struct zbud_pool *pool, enum zbud_kind kind);

struct zbud_frame *zbud_isolate_oldest(struct zbud_pool *pool, enum zbud_kind kind);
struct zbud_frame *zbud_revive(struct zbud_pool *pool, struct zbud_frame *frame, bool oldest);
unsigned int zbud_walk(struct zbud_pool *pool, struct zbud_frame *frame,
		       zbud_item_fn fn, void *arg);
struct zbud_frame *zbud_evict(struct zbud_pool *pool, enum zbud_kind kind,
			      zbud_item_fn fn, void *arg);

#endif /* RAMSTER_ZBUD_H */
