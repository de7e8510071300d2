// SPDX-License-Identifier: GPL-2.0-only
/*
 * Repacking: empty the sparsest frame into holes of others, so that what frees left
 * behind all over the place comes back as whole frames.
 *
 * Both frames are claimed: nobody allocates, compacts or evicts there meanwhile.  The
 * item is frozen while its bytes are copied and its reference is changed, as in
 * compaction; a reader who comes then spins, so preemption is off for the copy of
 * one item.  Moved items take the age of the frame they come to.
 */
#include "internal.h"

#include <linux/preempt.h>

/* One large item without a place elsewhere must not keep the other frames from it. */
#define REPACK_TRIES	4

static void copy_item(const struct zbud_frame *to, unsigned int to_offset,
		      const struct zbud_frame *from, unsigned int from_offset, size_t len)
{
	while (len) {
		size_t part = min3(len, (size_t)PAGE_SIZE - offset_in_page(to_offset),
				   (size_t)PAGE_SIZE - offset_in_page(from_offset));

		memcpy(frame_address(to, to_offset), frame_address(from, from_offset), part);
		to_offset += part;
		from_offset += part;
		len -= part;
	}
}

/* Account for a slot that came (@size > 0) or went, with the frame locked. */
static void slot_changed(struct zbud_pool *pool, struct zbud_frame *frame, int before,
			 long size)
{
	struct zbud_lists *lists = frame_lists(pool, frame);

	frame_update_room(pool, frame);
	spin_lock(&lists->lock);
	lists_account(lists, before, frame->items, size);
	spin_unlock(&lists->lock);
}

static unsigned int add_slot(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
			     struct zbud_item *item)
{
	unsigned long flags;
	unsigned int slot;

	spin_lock_irqsave(&frame->lock, flags);
	slot = frame_place_slot(pool, frame, size, item);
	if (slot != NO_SLOT)
		slot_changed(pool, frame, frame->items - 1, size);
	spin_unlock_irqrestore(&frame->lock, flags);
	return slot;
}

static void remove_slot(struct zbud_pool *pool, struct zbud_frame *frame, unsigned int slot)
{
	unsigned long flags;
	size_t size;

	spin_lock_irqsave(&frame->lock, flags);
	size = frame_remove_slot(frame, slot);
	slot_changed(pool, frame, frame->items + 1, -(long)size);
	spin_unlock_irqrestore(&frame->lock, flags);
}

static bool unclaim(struct zbud_pool *pool, struct zbud_frame *frame)
{
	struct zbud_lists *lists = frame_lists(pool, frame);
	unsigned long flags;
	bool empty;

	spin_lock_irqsave(&frame->lock, flags);
	spin_lock(&lists->lock);
	empty = lists_unclaim(lists, frame, false);
	spin_unlock(&lists->lock);
	spin_unlock_irqrestore(&frame->lock, flags);
	return empty;
}

/* The item in @slot of @from, frozen and with preemption off; NULL if it cannot be. */
static struct zbud_item *freeze_slot(struct zbud_pool *pool, struct zbud_frame *from,
				     unsigned int slot, struct zbud_item *item)
{
	unsigned long flags;
	bool frozen;

	preempt_disable();
	spin_lock_irqsave(&from->lock, flags);
	frozen = frame_owner(from, slot) == item && pool->ops->freeze(item);
	spin_unlock_irqrestore(&from->lock, flags);
	if (frozen)
		return item;
	preempt_enable();
	return NULL;
}

/* Move the item in @slot to @to, where a slot for it has just been made. */
static bool move_to(struct zbud_pool *pool, struct zbud_frame *from, unsigned int slot,
		    struct zbud_frame *to, unsigned int to_slot, struct zbud_item *item)
{
	if (!freeze_slot(pool, from, slot, item)) {
		remove_slot(pool, to, to_slot);
		zbud_count(repack_pinned);
		return false;
	}
	copy_item(to, frame_slot_start(to, to_slot) * CHUNK,
		  from, frame_slot_start(from, slot) * CHUNK, frame_slot_size(from, slot));
	frame_set_ref(to, to_slot, item);
	remove_slot(pool, from, slot);
	/* May free the item, in its new place. */
	pool->ops->thaw(item);
	preempt_enable();
	zbud_count(repack_moved);
	return true;
}

/* A claimed frame with room, compacted if need be. */
static struct zbud_frame *claim_room(struct zbud_pool *pool, enum zbud_kind kind,
				     unsigned int need)
{
	struct zbud_lists *lists = &pool->lists[kind];
	struct zbud_frame *frame = lists_claim_fit(lists, need);

	if (frame)
		return frame;
	frame = lists_claim_fragmented(lists, need);
	if (frame)
		frame_compact(pool, frame, need);
	return frame;
}

/* Returns false if there is no room for it anywhere. */
static bool move_slot_away(struct zbud_pool *pool, struct zbud_frame *from, unsigned int slot)
{
	enum zbud_kind kind = frame_kind(from);
	struct zbud_frame *to;
	struct zbud_item *item;
	unsigned int to_slot;
	unsigned long flags;
	size_t size = 0;

	spin_lock_irqsave(&from->lock, flags);
	item = frame_owner(from, slot);
	if (item)
		size = frame_slot_size(from, slot);
	spin_unlock_irqrestore(&from->lock, flags);
	if (!item)
		return true;

	to = claim_room(pool, kind, bytes_to_chunks(size));
	if (!to)
		return false;
	to_slot = add_slot(pool, to, size, item);
	if (to_slot != NO_SLOT)
		move_to(pool, from, slot, to, to_slot, item);
	if (unclaim(pool, to))
		pool->ops->release(pool, to, kind);
	return to_slot != NO_SLOT;
}

/* Move all that can be moved out of a claimed frame; returns whether that is all. */
static bool empty_frame(struct zbud_pool *pool, struct zbud_frame *frame)
{
	unsigned int slot;

	/* Claimed, so no slots are added while we are here. */
	for (slot = 0; slot < frame_slots(frame); slot++)
		if (!move_slot_away(pool, frame, slot))
			return false;
	return true;
}

/* Let go of a frame; returns the page frames it had if it was empty. */
static unsigned int settle(struct zbud_pool *pool, struct zbud_frame *frame,
			   enum zbud_kind kind)
{
	unsigned int pages = frame->nr_pages;

	if (!unclaim(pool, frame))
		return 0;
	zbud_count_n(ZBUD_EV_repack_pageframes, pages);
	pool->ops->release(pool, frame, kind);
	return pages;
}

/**
 * zbud_repack() - try to empty one of the sparsest frames
 * @pool:	the pool
 * @kind:	which kind
 *
 * Call it until it returns 0, or until little is wasted.
 *
 * Context: interrupts on; does not sleep or allocate.
 * Return: page frames that were given back to the host; 0 if no frame is sparse, or if
 * the others have no room for their items, or these are in use.
 */
unsigned int zbud_repack(struct zbud_pool *pool, enum zbud_kind kind)
{
	struct zbud_frame *tried[REPACK_TRIES];
	unsigned int count = 0, pages = 0;
	bool emptied = false;

	lockdep_assert_irqs_enabled();
	while (count < REPACK_TRIES && !emptied) {
		struct zbud_frame *frame = lists_claim_sparse(&pool->lists[kind]);

		if (!frame)
			break;
		emptied = empty_frame(pool, frame);
		/* Kept claimed meanwhile: the next look must find another one. */
		tried[count++] = frame;
	}
	while (count)
		pages += settle(pool, tried[--count], kind);
	return pages;
}
EXPORT_SYMBOL_GPL(zbud_repack);
