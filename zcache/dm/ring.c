// SPDX-License-Identifier: GPL-2.0-only
/* The staging ring, see ring.h. */
#include "ring.h"

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

/**
 * ring_init() - make a ring with all its pages
 * @ring:	filled in
 * @nr:		how many
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM, and nothing is left.
 */
int ring_init(struct ring *ring, unsigned int nr)
{
	unsigned int i;

	*ring = (struct ring){ .nr = nr };
	spin_lock_init(&ring->lock);
	INIT_LIST_HEAD(&ring->free);
	INIT_LIST_HEAD(&ring->queued);
	ring->entries = kvcalloc(nr, sizeof(*ring->entries), GFP_KERNEL);
	if (!ring->entries)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		struct ring_entry *entry = &ring->entries[i];

		entry->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!entry->page) {
			ring_exit(ring);
			return -ENOMEM;
		}
		list_add_tail(&entry->link, &ring->free);
	}
	return 0;
}

/**
 * ring_exit() - free a ring
 * @ring: nobody has an entry of it
 */
void ring_exit(struct ring *ring)
{
	unsigned int i;

	for (i = 0; ring->entries && i < ring->nr; i++)
		if (ring->entries[i].page)
			__free_page(ring->entries[i].page);
	kvfree(ring->entries);
	ring->entries = NULL;
}

/* Take the first entry of a list. */
static struct ring_entry *pop(struct ring *ring, struct list_head *list)
{
	struct ring_entry *entry = NULL;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	if (!list_empty(list)) {
		entry = list_first_entry(list, struct ring_entry, link);
		list_del(&entry->link);
		if (list == &ring->free)
			ring->busy++;
	}
	spin_unlock_irqrestore(&ring->lock, flags);
	return entry;
}

/**
 * ring_claim() - get an entry to copy to
 * @ring: the ring
 *
 * Context: any; the lock of a page cache may be held.
 * Return: the entry, the caller's; NULL: all are in use.
 */
struct ring_entry *ring_claim(struct ring *ring)
{
	return pop(ring, &ring->free);
}

/**
 * ring_queue() - hand an entry to the workers
 * @ring:	the ring
 * @entry:	claimed by the caller, filled in
 *
 * Context: any; the lock of a page cache may be held.
 * Return: whether none was waiting, so that a worker has to be woken.
 */
bool ring_queue(struct ring *ring, struct ring_entry *entry)
{
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&ring->lock, flags);
	first = list_empty(&ring->queued);
	list_add_tail(&entry->link, &ring->queued);
	ring->in++;
	spin_unlock_irqrestore(&ring->lock, flags);
	return first;
}

/**
 * ring_next() - get the oldest copy
 * @ring: the ring
 *
 * Context: any.
 * Return: the entry, the caller's; NULL: none waits.
 */
struct ring_entry *ring_next(struct ring *ring)
{
	return pop(ring, &ring->queued);
}

/**
 * ring_release() - an entry is free again
 * @ring:	the ring
 * @entry:	taken by the caller, its page zeroed
 *
 * Context: any.
 */
void ring_release(struct ring *ring, struct ring_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	list_add(&entry->link, &ring->free);
	ring->busy--;
	ring->out++;
	spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * ring_mark() - a point in time, for ring_done()
 * @ring: the ring
 *
 * Context: any.
 */
u64 ring_mark(struct ring *ring)
{
	unsigned long flags;
	u64 mark;

	spin_lock_irqsave(&ring->lock, flags);
	mark = ring->in;
	spin_unlock_irqrestore(&ring->lock, flags);
	return mark;
}

/**
 * ring_done() - whether all copies that were queued before a mark are done with
 * @ring:	the ring
 * @mark:	the mark
 * @in_work:	how many workers may have an entry at once: the last ones may be older
 *
 * Context: any.
 */
bool ring_done(struct ring *ring, u64 mark, unsigned int in_work)
{
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&ring->lock, flags);
	done = ring->out == ring->in || ring->out >= mark + in_work;
	spin_unlock_irqrestore(&ring->lock, flags);
	return done;
}
