// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim of whole frames, oldest first.
 *
 * The items of an isolated frame are offered to the host one by one, each pinned
 * for the time of the call, with no lock held.  What the host takes out of its index
 * leaves the frame with the last pin.  A frame in which a reader still has an item
 * is revived, and becomes free when that reader is done.
 */
#include "internal.h"

/* Frames to try before an eviction gives up because readers are everywhere. */
#define EVICT_TRIES	8

/**
 * zbud_walk() - show the items of a frame to the host
 * @pool:	the pool
 * @frame:	isolated by the caller
 * @fn:		called with each item pinned, no lock held; returns whether to go on
 * @arg:	for @fn
 *
 * Items that are on their way in or out are passed over.
 *
 * Context: as @fn needs; no lock of zbud held.
 * Return: how many items @fn has seen.
 */
unsigned int zbud_walk(struct zbud_pool *pool, struct zbud_frame *frame,
		       zbud_item_fn fn, void *arg)
{
	unsigned int slot, seen = 0;
	bool go_on = true;

	/* Isolated, so no slots are added while we are here. */
	for (slot = 0; go_on && slot < frame_slots(frame); slot++) {
		struct zbud_item *item;
		unsigned long flags;
		bool pinned;

		spin_lock_irqsave(&frame->lock, flags);
		item = frame_owner(frame, slot);
		pinned = item && pool->ops->pin(item);
		spin_unlock_irqrestore(&frame->lock, flags);
		if (!pinned)
			continue;
		seen++;
		go_on = fn(item, arg);
		pool->ops->unpin(item);
	}
	return seen;
}
EXPORT_SYMBOL_GPL(zbud_walk);

/**
 * zbud_evict() - empty the oldest frame of a kind
 * @pool:	the pool
 * @kind:	which
 * @fn:		takes the item out of the host's index; see zbud_walk()
 * @arg:	for @fn
 *
 * Context: any that @fn can be called in.
 * Return: an empty frame with its pages, the caller's now; NULL if there is none, or
 * if readers have pins in all that were tried (these become free when they let go).
 */
struct zbud_frame *zbud_evict(struct zbud_pool *pool, enum zbud_kind kind,
			      zbud_item_fn fn, void *arg)
{
	unsigned int tries;

	for (tries = 0; tries < EVICT_TRIES; tries++) {
		struct zbud_frame *frame = zbud_isolate_oldest(pool, kind);

		if (!frame)
			return NULL;
		zbud_walk(pool, frame, fn, arg);
		/* Newest if something is left: it is being read this very moment. */
		frame = zbud_revive(pool, frame, false);
		if (frame) {
			zbud_count_n(ZBUD_EV_eph_evicted_pageframes + kind, frame->nr_pages);
			return frame;
		}
		zbud_count(evict_busy);
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(zbud_evict);
