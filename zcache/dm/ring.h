/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The staging ring: a fixed number of pages between eviction, which may only copy, and
 * the workers that check and store.
 *
 * An entry goes round: free, claimed by who copies, queued, taken by a worker, free.  Its page
 * is zeroed by the worker before it is free again.
 */
#ifndef RAMSTER_DM_ZCACHE_RING_H
#define RAMSTER_DM_ZCACHE_RING_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct page;

/**
 * struct ring_entry - a copy of a page that left the page cache
 * @link:	in one of the two lists, if it is nobody's
 * @page:	the copy
 * @block:	block that it should mirror
 * @generation:	of the block, when it did
 * @hash:	of the bytes, when it did
 * @flags:	RECORD_* of the page
 * @workingset:	the kernel took it for part of the working set
 */
struct ring_entry {
	struct list_head	link;
	struct page		*page;
	u64			block;
	u64			generation;
	u64			hash;
	u32			flags;
	bool			workingset;
};

/**
 * struct ring - the entries of a target
 * @lock:	leaf, irqs off: the lists and the numbers
 * @free:	entries that are free
 * @queued:	copies that wait, oldest first
 * @entries:	all of them
 * @nr:		how many; immutable
 * @busy:	entries that are not free
 * @in:		copies ever queued
 * @out:	copies ever done with
 */
struct ring {
	spinlock_t		lock;	/* leaf, irqs off */
	struct list_head	free;
	struct list_head	queued;
	struct ring_entry	*entries;
	unsigned int		nr;
	unsigned int		busy;
	u64			in;
	u64			out;
};

int ring_init(struct ring *ring, unsigned int nr);
void ring_exit(struct ring *ring);
struct ring_entry *ring_claim(struct ring *ring);
bool ring_queue(struct ring *ring, struct ring_entry *entry);
struct ring_entry *ring_next(struct ring *ring);
void ring_release(struct ring *ring, struct ring_entry *entry);
u64 ring_mark(struct ring *ring);
bool ring_done(struct ring *ring, u64 mark, unsigned int in_work);

#endif /* RAMSTER_DM_ZCACHE_RING_H */
