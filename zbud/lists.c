// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where frames stand: one age order and the packing lists, per kind.
 *
 * A frame is filed under the largest hole it has.  Allocation takes the frame with
 * the smallest hole that is large enough, to within a bin.
 */
#include "internal.h"

void lists_init(struct zbud_lists *lists)
{
	unsigned int i;

	spin_lock_init(&lists->lock);
	INIT_LIST_HEAD(&lists->by_age);
	for (i = 0; i < NR_BINS; i++)
		INIT_LIST_HEAD(&lists->fit[i]);
}

/* An empty list head stands for "on no packing list". */
static void unfile(struct zbud_lists *lists, struct zbud_frame *frame)
{
	struct list_head *next;

	if (frame_is_solo(frame) || list_empty(&frame->fit))
		return;
	next = frame->fit.next;
	list_del_init(&frame->fit);
	/* It was the last of its bin if its neighbour is the bin's head. */
	if (list_empty(next) && next >= &lists->fit[0] && next < &lists->fit[NR_BINS])
		__clear_bit(next - lists->fit, lists->nonempty);
}

/* Frames with little room cannot take anything: they stay off the lists. */
static void file(struct zbud_lists *lists, struct zbud_frame *frame)
{
	unsigned int bin = frame->room >> BIN_SHIFT;

	unfile(lists, frame);
	if (frame_is_solo(frame) || frame->free < 1 << BIN_SHIFT)
		return;
	list_add_tail(&frame->fit, &lists->fit[bin]);
	__set_bit(bin, lists->nonempty);
}

static struct zbud_frame *claim(struct zbud_lists *lists, struct zbud_frame *frame)
{
	unfile(lists, frame);
	frame->claimed = true;
	return frame;
}

/**
 * lists_claim_fit() - claim the frame with the smallest sufficient hole
 * @lists:	of the kind
 * @need:	chunks
 *
 * Context: any.
 * Return: a frame that has such a hole, NULL if there is none.
 */
struct zbud_frame *lists_claim_fit(struct zbud_lists *lists, unsigned int need)
{
	unsigned int bin = need >> BIN_SHIFT, left = SCAN_FIT;
	struct zbud_frame *frame, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	/* In the bin of @need itself a frame may have a little less than that. */
	list_for_each_entry(frame, &lists->fit[bin], fit) {
		/* A hint: a free may be changing it.  Who claims looks again. */
		if (READ_ONCE(frame->room) >= need)
			found = frame;
		if (found || !--left)
			break;
	}
	if (!found) {
		bin = find_next_bit(lists->nonempty, NR_BINS, bin + 1);
		if (bin < NR_BINS)
			found = list_first_entry(&lists->fit[bin], struct zbud_frame, fit);
	}
	if (found)
		claim(lists, found);
	spin_unlock_irqrestore(&lists->lock, flags);
	return found;
}

/**
 * lists_claim_fragmented() - claim a frame that has the chunks, in several holes
 * @lists:	of the kind
 * @need:	chunks
 *
 * Looks at the frames with the largest holes first, and at a few only.
 *
 * Context: any.
 * Return: a frame worth compacting, or NULL.
 */
struct zbud_frame *lists_claim_fragmented(struct zbud_lists *lists, unsigned int need)
{
	unsigned int bins = (need >> BIN_SHIFT) + 1, left = SCAN_FRAGMENTED;
	struct zbud_frame *frame, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	while (!found && left) {
		unsigned int bin = find_last_bit(lists->nonempty, bins);

		if (bin >= bins)
			break;
		list_for_each_entry(frame, &lists->fit[bin], fit) {
			if (READ_ONCE(frame->free) >= need)
				found = frame;
			if (found || !--left)
				break;
		}
		bins = bin;
		if (!bins)
			break;
	}
	if (found)
		claim(lists, found);
	spin_unlock_irqrestore(&lists->lock, flags);
	return found;
}

/**
 * lists_claim_sparse() - claim the frame with the largest hole
 * @lists: of the kind
 *
 * Context: any.
 * Return: a frame of which a sixteenth or more is free; NULL.
 */
struct zbud_frame *lists_claim_sparse(struct zbud_lists *lists)
{
	struct zbud_frame *frame, *found = NULL;
	unsigned long flags;
	unsigned int bin;

	spin_lock_irqsave(&lists->lock, flags);
	bin = find_last_bit(lists->nonempty, NR_BINS);
	if (bin < NR_BINS) {
		frame = list_first_entry(&lists->fit[bin], struct zbud_frame, fit);
		if (READ_ONCE(frame->free) >= frame_end(frame) / 16)
			found = claim(lists, frame);
	}
	spin_unlock_irqrestore(&lists->lock, flags);
	return found;
}

/**
 * lists_account() - keep the sums right when a frame's items change
 * @lists:		of the frame's kind, locked
 * @items_before:	items it had
 * @items_after:	items it has
 * @bytes:		bytes that came or went
 */
void lists_account(struct zbud_lists *lists, int items_before, int items_after, long bytes)
{
	lockdep_assert_held(&lists->lock);
	lists->usage.items += items_after - items_before;
	lists->usage.bytes += bytes;
	lists->usage.single += (items_after == 1) - (items_before == 1);
}

/**
 * lists_add_new() - enter a frame that comes into use, claimed
 * @lists: of its kind, locked
 * @frame: claimed by the caller
 */
void lists_add_new(struct zbud_lists *lists, struct zbud_frame *frame)
{
	lockdep_assert_held(&lists->lock);
	lists->usage.frames++;
	lists->usage.pages += frame->nr_pages;
	list_add_tail(&frame->age, &lists->by_age);
}

/* A frame without items leaves the lists for good. */
static void remove_frame(struct zbud_lists *lists, struct zbud_frame *frame)
{
	unfile(lists, frame);
	list_del_init(&frame->age);
	lists->usage.frames--;
	lists->usage.pages -= frame->nr_pages;
}

/**
 * lists_refile() - a frame's room has changed because an item was freed
 * @lists: of its kind, locked
 * @frame: locked
 *
 * Return: true if the frame is empty, on no list, and the caller's now.
 */
bool lists_refile(struct zbud_lists *lists, struct zbud_frame *frame)
{
	lockdep_assert_held(&frame->lock);
	lockdep_assert_held(&lists->lock);
	if (frame->claimed)
		return false;	/* the claimer sees to it */
	if (frame->items) {
		file(lists, frame);
		return false;
	}
	remove_frame(lists, frame);
	return true;
}

/**
 * lists_unclaim() - let go of a claimed frame
 * @lists:	of its kind, locked
 * @frame:	locked, claimed by the caller
 * @newest:	an item was put in: the frame becomes newest
 *
 * Return: true if the frame is empty, on no list, and the caller's now.
 */
bool lists_unclaim(struct zbud_lists *lists, struct zbud_frame *frame, bool newest)
{
	lockdep_assert_held(&lists->lock);
	frame->claimed = false;
	if (newest && frame->items)
		list_move_tail(&frame->age, &lists->by_age);
	return lists_refile(lists, frame);
}

/**
 * zbud_isolate_oldest() - take the oldest frame out for a move or an eviction
 * @pool:	the pool
 * @kind:	of which kind
 *
 * Its items can still be read and freed; nothing is added and the frame is not
 * freed until zbud_revive().
 *
 * Context: any.
 * Return: the oldest frame that nobody is busy with, NULL if there is none.
 */
struct zbud_frame *zbud_isolate_oldest(struct zbud_pool *pool, enum zbud_kind kind)
{
	struct zbud_lists *lists = &pool->lists[kind];
	struct zbud_frame *frame, *found = NULL;
	unsigned int left = SCAN_AGE;
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	list_for_each_entry(frame, &lists->by_age, age) {
		if (!frame->claimed)
			found = frame;
		if (found || !--left)
			break;
	}
	if (found) {
		claim(lists, found);
		list_del_init(&found->age);
		lists->usage.isolated++;
	}
	spin_unlock_irqrestore(&lists->lock, flags);
	return found;
}
EXPORT_SYMBOL_GPL(zbud_isolate_oldest);

/**
 * zbud_revive() - end of an isolation
 * @pool:	the pool
 * @frame:	isolated by the caller
 * @oldest:	if items are left the frame becomes the oldest, else the newest
 *
 * Context: any.
 * Return: the frame if it is empty: it and its pages belong to the caller.  NULL if
 * it is in use again, because items were not moved or were pinned.
 */
struct zbud_frame *zbud_revive(struct zbud_pool *pool, struct zbud_frame *frame, bool oldest)
{
	struct zbud_lists *lists = frame_lists(pool, frame);
	unsigned long flags;
	bool empty;

	spin_lock_irqsave(&frame->lock, flags);
	frame_update_room(pool, frame);
	spin_lock(&lists->lock);
	lists->usage.isolated--;
	if (oldest)
		list_add(&frame->age, &lists->by_age);
	else
		list_add_tail(&frame->age, &lists->by_age);
	empty = lists_unclaim(lists, frame, false);
	spin_unlock(&lists->lock);
	spin_unlock_irqrestore(&frame->lock, flags);
	if (empty)
		return frame;
	zbud_count(revived);
	return NULL;
}
EXPORT_SYMBOL_GPL(zbud_revive);

/**
 * zbud_usage() - how much one kind uses now
 * @pool:	the pool
 * @kind:	which
 * @usage:	filled in
 *
 * Context: any.
 */
void zbud_usage(struct zbud_pool *pool, enum zbud_kind kind, struct zbud_usage *usage)
{
	struct zbud_lists *lists = &pool->lists[kind];
	unsigned long flags;

	spin_lock_irqsave(&lists->lock, flags);
	*usage = lists->usage;
	spin_unlock_irqrestore(&lists->lock, flags);
}
EXPORT_SYMBOL_GPL(zbud_usage);
