// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compaction of one frame: slide its items to the end, so that the free chunks
 * become one hole.
 *
 * The bytes of an item move while it is frozen: the host lets no reader in, and
 * waits for none, because freezing fails if there is one.  A reader who comes in
 * that moment spins, so preemption is off for the copy of one item, which is at
 * most a chunk more than a page; no lock is held.  Items that are in use stay where they are.
 */
#include "internal.h"

#include <linux/preempt.h>

/* Copy upward within a frame, from the last byte to the first: the areas overlap. */
static void move_up(const struct zbud_frame *frame, unsigned int to, unsigned int from,
		    unsigned int len)
{
	while (len) {
		unsigned int part = min3(len, offset_in_page(to + len - 1) + 1,
					 offset_in_page(from + len - 1) + 1);

		len -= part;
		memmove(frame_address(frame, to + len), frame_address(frame, from + len), part);
	}
}

/*
 * Move the item in @slot up to end at chunk @limit.  Returns the new limit for the
 * item below: where this one starts now.
 */
static unsigned int move_slot(struct zbud_pool *pool, struct zbud_frame *frame,
			      unsigned int slot, unsigned int limit)
{
	unsigned int from, to, chunks;
	struct zbud_item *item;
	unsigned long flags;

	spin_lock_irqsave(&frame->lock, flags);
	item = frame_owner(frame, slot);
	if (!item) {
		/* Freed since; nobody but the claimer may use the slot again. */
		spin_unlock_irqrestore(&frame->lock, flags);
		return limit;
	}
	from = frame_slot_start(frame, slot);
	chunks = frame_slot_chunks(frame, slot);
	to = limit - chunks;
	if (from == to || !pool->ops->freeze(item)) {
		spin_unlock_irqrestore(&frame->lock, flags);
		if (from != to)
			zbud_count(compact_pinned);
		return from;
	}
	preempt_disable();
	spin_unlock_irqrestore(&frame->lock, flags);

	move_up(frame, to * CHUNK, from * CHUNK, chunks * CHUNK);

	spin_lock_irqsave(&frame->lock, flags);
	frame_slot_set_start(frame, slot, to);
	spin_unlock_irqrestore(&frame->lock, flags);
	pool->ops->thaw(item);
	preempt_enable();
	zbud_count(compact_moved);
	return to;
}

/**
 * frame_compact() - try to make a hole
 * @pool:	its pool
 * @frame:	claimed by the caller, not solo, not locked
 * @need:	chunks wanted in one piece
 *
 * Context: interrupts on; does not sleep.
 * Return: whether there is such a hole now.  Frees may make more of them.
 */
bool frame_compact(struct zbud_pool *pool, struct zbud_frame *frame, unsigned int need)
{
	u8 order[ZBUD_MAX_BUDDIES];
	unsigned int count, limit;
	unsigned long flags;
	bool fits;

	spin_lock_irqsave(&frame->lock, flags);
	count = frame_order(frame, order);
	limit = frame_end(frame);
	spin_unlock_irqrestore(&frame->lock, flags);

	while (count)
		limit = move_slot(pool, frame, order[--count], limit);

	spin_lock_irqsave(&frame->lock, flags);
	frame_rescan(frame);
	frame_update_room(pool, frame);
	fits = frame->room >= need;
	spin_unlock_irqrestore(&frame->lock, flags);
	return fits;
}
