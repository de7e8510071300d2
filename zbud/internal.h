/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zbud internals.
 *
 * Locks of zbud, outermost first.  Take a lock only while holding locks above it.
 *   1 zbud_pools_lock  mutex          the list of pools (statistics only)
 *   2 frame->lock      spin, irqs off the slot table and the geometry of one frame
 *   3 lists->lock      spin, irqs off age order and packing lists of one kind, counts
 * Never two frame locks at once.  Nothing is copied with 2 or 3 held.
 * Claiming: who sets frame->claimed under lists->lock has the frame to himself as
 *   far as allocating, compacting, evicting and freeing the frame go; items may
 *   still be read and freed.  A claimed frame is on no packing list.
 * Entered with foreign locks held: zbud_free() (whatever a flush comes with).
 * Calls out: pin and freeze with 2 held, everything else with no lock.
 * Life time: a frame in use is freed by who takes its last item while it is not
 *   claimed, or else by the claimer when he lets go of it.
 */
#ifndef RAMSTER_ZBUD_INTERNAL_H
#define RAMSTER_ZBUD_INTERNAL_H

#include "zbud.h"
#include "stats.h"

#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/*
 * Items are placed in multiples of a chunk.  The original had 64 bytes because a
 * frame held two items; with ten in a frame the rounding would cost 2 % of it.
 */
#define CHUNK_SHIFT	4
#define CHUNK		BIT(CHUNK_SHIFT)
#define PAGE_CHUNKS	(PAGE_SIZE >> CHUNK_SHIFT)

/* Packing lists are per 64 bytes of room: best fit to within that. */
#define BIN_SHIFT	2
#define NR_BINS		((ZBUD_MAX_FRAME_PAGES * PAGE_CHUNKS >> BIN_SHIFT) + 1)

/* How far to look where the list is not exact; keeps the time under a lock bounded. */
#define SCAN_FIT	4
#define SCAN_FRAGMENTED	8
#define SCAN_AGE	64

#define NO_SLOT		0xff

/* Slots come in groups of four: 48 bytes. */
#define GROUP_SLOTS	4
struct slot_group {
	struct zbud_item	*owner[GROUP_SLOTS];	/* NULL: the slot is free */
	u32			pos[GROUP_SLOTS];
};

/* Largest item that fits in a single page beside the smallest slot table. */
#define ZBUD_MAX_ITEM	(PAGE_SIZE - sizeof(struct slot_group))

/*
 * Largest item of a frame of more pages.  It begins at a chunk, so it straddles two pages
 * and not three.
 */
#define ZBUD_MAX_LONG	(PAGE_SIZE + CHUNK)

/**
 * struct zbud_frame - a page frame in use, or an empty one in the host's hands
 * @age:	in lists->by_age unless isolated; lists->lock
 * @fit:	in lists->fit[] unless claimed or full; lists->lock
 * @solo:	the only item of a frame that is one item as large as a page; such a
 *		frame is never on a packing list, and has no slot table
 * @page:	first page; the others are listed at its start; immutable in use
 * @lock:	see above
 * @free:	chunks that items could take after compaction; lock to write or to rely
 *		on, READ_ONCE() under lists->lock for a guess
 * @room:	chunks of the largest item that fits now; as @free
 * @used:	chunks of the items; lock
 * @inner:	chunks of the largest hole above an item; lock; wrong while the frame is
 *		being compacted
 * @items:	items stored; lock
 * @slots:	slots in the table, only grows while in use; lock
 * @first:	slot of the item at the lowest address; lock
 * @nr_pages:	immutable in use
 * @flags:	FRAME_*, immutable in use
 * @claimed:	somebody has the frame to himself; lists->lock
 */
struct zbud_frame {
	struct list_head	age;
	union {
		struct list_head	fit;
		struct zbud_item	*solo;
	};
	struct page		*page;
	spinlock_t		lock;	/* order 2 */
	u16			free;
	u16			room;
	u16			used;
	u16			inner;
	u8			items;
	u8			slots;
	u8			first;
	u8			nr_pages;
	u8			flags;
	u8			claimed;
};

#define FRAME_KIND	0x3
#define FRAME_SOLO	0x4

static_assert(ZBUD_KINDS - 1 <= FRAME_KIND);

static inline enum zbud_kind frame_kind(const struct zbud_frame *frame)
{
	return frame->flags & FRAME_KIND;
}

static inline bool frame_is_solo(const struct zbud_frame *frame)
{
	return frame->flags & FRAME_SOLO;
}

/* Everything of one kind. */
struct zbud_lists {
	spinlock_t		lock;			/* order 3 */
	struct list_head	by_age;			/* oldest first */
	struct list_head	fit[NR_BINS];		/* by room */
	DECLARE_BITMAP(nonempty, NR_BINS);		/* which of fit[] have frames */
	struct zbud_usage	usage;
};

struct zbud_pool {
	struct zbud_lists	lists[ZBUD_KINDS];
	const struct zbud_ops	*ops;			/* immutable */
	void			*host;			/* immutable */
	unsigned int		frame_pages;		/* immutable */
	unsigned int		max_buddies;		/* immutable */
	struct list_head	pools;			/* zbud_pools_lock */
};

static inline struct zbud_lists *frame_lists(struct zbud_pool *pool,
					     const struct zbud_frame *frame)
{
	return &pool->lists[frame_kind(frame)];
}

static inline unsigned int bytes_to_chunks(size_t bytes)
{
	return DIV_ROUND_UP(bytes, CHUNK);
}

/* frame.c */
void frame_reset(struct zbud_frame *frame, enum zbud_kind kind, bool solo);
int frame_place(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
		struct zbud_item *item);
size_t frame_unplace(struct zbud_frame *frame, struct zbud_item *item);
unsigned int frame_place_slot(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
			      struct zbud_item *owner);
size_t frame_remove_slot(struct zbud_frame *frame, unsigned int slot);
void frame_set_ref(struct zbud_frame *frame, unsigned int slot, struct zbud_item *item);
struct zbud_item *frame_owner(const struct zbud_frame *frame, unsigned int slot);
unsigned int frame_slots(const struct zbud_frame *frame);
void frame_update_room(struct zbud_pool *pool, struct zbud_frame *frame);
void frame_rescan(struct zbud_frame *frame);
struct zbud_frame *frame_of_item(const struct zbud_item *item);

/* compact.c */
bool frame_compact(struct zbud_pool *pool, struct zbud_frame *frame, unsigned int need);

/* Slots as compact.c and repack.c need them. */
unsigned int frame_order(const struct zbud_frame *frame, u8 *order);
unsigned int frame_slot_start(const struct zbud_frame *frame, unsigned int slot);
size_t frame_slot_size(const struct zbud_frame *frame, unsigned int slot);
unsigned int frame_slot_chunks(const struct zbud_frame *frame, unsigned int slot);
void frame_slot_set_start(struct zbud_frame *frame, unsigned int slot, unsigned int start);
unsigned int frame_end(const struct zbud_frame *frame);
void *frame_address(const struct zbud_frame *frame, unsigned int offset);

/* lists.c */
void lists_init(struct zbud_lists *lists);
struct zbud_frame *lists_claim_fit(struct zbud_lists *lists, unsigned int need);
struct zbud_frame *lists_claim_fragmented(struct zbud_lists *lists, unsigned int need);
struct zbud_frame *lists_claim_sparse(struct zbud_lists *lists);
void lists_add_new(struct zbud_lists *lists, struct zbud_frame *frame);
void lists_account(struct zbud_lists *lists, int items_before, int items_after, long bytes);
bool lists_refile(struct zbud_lists *lists, struct zbud_frame *frame);
bool lists_unclaim(struct zbud_lists *lists, struct zbud_frame *frame, bool newest);

/* main.c */
void zbud_sum_usage(enum zbud_kind kind, struct zbud_usage *sum);

#endif /* RAMSTER_ZBUD_INTERNAL_H */
