// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clean pages on their way from the page cache to the store.
 *
 * They leave the page cache with a lock held and interrupts off: there they are only copied,
 * a worker stores them.  As long as a page is staged nobody gets what the store has under
 * its name.  What is forgotten while the worker stores it is taken out again by the worker,
 * before the name is free.
 */
#include "native.h"

#include <linux/highmem.h>
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#define RING_PAGES	256
#define RING_BUCKETS	64	/* a power of two */

enum staged_state {
	STAGED,			/* the copy is good, and may be taken or replaced */
	STORING,		/* the worker reads the copy */
	STALE,			/* it still does; what it stores is to be taken out again */
};

/**
 * struct staged - a page in the ring
 * @list:	free, or waiting in order of arrival; the worker's own is in neither
 * @bucket:	while it has a name
 * @name:	whose page
 * @state:	see there
 * @copy:	the ring's page
 *
 * All by ring.lock; @copy's contents are the worker's while it is not STAGED.
 */
struct staged {
	struct list_head	list;
	struct list_head	bucket;
	struct native_name	name;
	enum staged_state	state;
	struct page		*copy;
};

static struct {
	spinlock_t		lock;		/* order 2 */
	struct list_head	free;
	struct list_head	waiting;
	struct list_head	buckets[RING_BUCKETS];
	struct staged		slots[RING_PAGES];
} ring = { .lock = __SPIN_LOCK_UNLOCKED(ring.lock) };

static void store_staged(struct work_struct *work);
static DECLARE_WORK(store_work, store_staged);

static struct list_head *bucket_of(const struct native_name *name)
{
	u32 hash = jhash2((const u32 *)&name->oid, sizeof(name->oid) / sizeof(u32), name->index);

	return &ring.buckets[hash & (RING_BUCKETS - 1)];
}

static bool same_file(const struct native_name *a, const struct native_name *b)
{
	return a->pool == b->pool && !memcmp(&a->oid, &b->oid, sizeof(a->oid));
}

static struct staged *find(const struct native_name *name)
{
	struct staged *staged;

	lockdep_assert_held(&ring.lock);
	list_for_each_entry(staged, bucket_of(name), bucket)
		if (staged->name.index == name->index && same_file(&staged->name, name))
			return staged;
	return NULL;
}

static void release(struct staged *staged)
{
	lockdep_assert_held(&ring.lock);
	list_del(&staged->bucket);
	list_move_tail(&staged->list, &ring.free);
}

/* The worker's own is only marked. */
static void drop(struct staged *staged)
{
	lockdep_assert_held(&ring.lock);
	if (staged->state == STAGED)
		release(staged);
	else
		staged->state = STALE;
}

/**
 * native_ring_add() - stage a copy of a page
 * @name:	its name; what is stored under it is out of date from now on
 * @page:	read, and not kept
 *
 * Context: any, interrupts off or on.
 * Return: whether there was room.
 */
bool native_ring_add(const struct native_name *name, struct page *page)
{
	struct staged *staged;
	unsigned long flags;
	bool added = false;

	spin_lock_irqsave(&ring.lock, flags);
	staged = find(name);
	if (staged && staged->state != STAGED) {
		staged->state = STALE;
		goto out;
	}
	if (!staged) {
		staged = list_first_entry_or_null(&ring.free, struct staged, list);
		if (!staged)
			goto out;
		staged->name = *name;
		staged->state = STAGED;
		list_add(&staged->bucket, bucket_of(name));
		list_move_tail(&staged->list, &ring.waiting);
	}
	copy_highpage(staged->copy, page);
	added = true;
out:
	spin_unlock_irqrestore(&ring.lock, flags);
	if (added)
		queue_work(system_unbound_wq, &store_work);
	return added;
}

/**
 * native_ring_take() - take a page out, if it is staged
 * @name:	its name
 * @page:	filled
 *
 * Context: any.
 * Return: 0; -ENOENT: it is not staged, the store may have it; -EBUSY: nobody has it now.
 */
int native_ring_take(const struct native_name *name, struct page *page)
{
	struct staged *staged;
	unsigned long flags;
	int err = -ENOENT;

	spin_lock_irqsave(&ring.lock, flags);
	staged = find(name);
	if (staged && staged->state == STAGED) {
		copy_highpage(page, staged->copy);
		release(staged);
		err = 0;
	} else if (staged) {
		/* Who asks will have it in the page cache, where it may change. */
		staged->state = STALE;
		err = -EBUSY;
	}
	spin_unlock_irqrestore(&ring.lock, flags);
	return err;
}

/**
 * native_ring_drop() - a page changes
 * @name: its name
 *
 * Context: any.
 */
void native_ring_drop(const struct native_name *name)
{
	struct staged *staged;
	unsigned long flags;

	spin_lock_irqsave(&ring.lock, flags);
	staged = find(name);
	if (staged)
		drop(staged);
	spin_unlock_irqrestore(&ring.lock, flags);
}

/**
 * native_ring_drop_file() - all pages of a file change
 * @name: of any of its pages
 *
 * Context: any.
 */
void native_ring_drop_file(const struct native_name *name)
{
	struct staged *staged, *next;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&ring.lock, flags);
	for (i = 0; i < RING_BUCKETS; i++)
		list_for_each_entry_safe(staged, next, &ring.buckets[i], bucket)
			if (same_file(&staged->name, name))
				drop(staged);
	spin_unlock_irqrestore(&ring.lock, flags);
}

static struct staged *begin_storing(void)
{
	struct staged *staged;

	spin_lock_irq(&ring.lock);
	staged = list_first_entry_or_null(&ring.waiting, struct staged, list);
	if (staged) {
		list_del_init(&staged->list);
		staged->state = STORING;
	}
	spin_unlock_irq(&ring.lock);
	return staged;
}

/* Nobody got it meanwhile: its name was in the ring. */
static void end_storing(struct staged *staged)
{
	struct native_name *name = &staged->name;

	spin_lock_irq(&ring.lock);
	if (staged->state == STALE) {
		zcache_flush_page(name->pool, &name->oid, name->index);
		native_count(puts_stale);
	}
	release(staged);
	spin_unlock_irq(&ring.lock);
}

static void store_staged(struct work_struct *work)
{
	struct staged *staged;

	while ((staged = begin_storing())) {
		struct native_name *name = &staged->name;

		if (zcache_put(name->pool, &name->oid, name->index, staged->copy))
			native_count(puts_failed);
		end_storing(staged);
		cond_resched();
	}
}

/**
 * native_ring_drain() - forget all pages of a pool, and wait for the worker
 * @pool: nobody adds pages of it any more
 *
 * Context: may sleep.
 */
void native_ring_drain(struct zcache_pool *pool)
{
	struct staged *staged, *next;
	unsigned int i;

	spin_lock_irq(&ring.lock);
	for (i = 0; i < RING_BUCKETS; i++)
		list_for_each_entry_safe(staged, next, &ring.buckets[i], bucket)
			if (staged->name.pool == pool)
				drop(staged);
	spin_unlock_irq(&ring.lock);
	flush_work(&store_work);
}

int native_ring_init(void)
{
	unsigned int i;

	INIT_LIST_HEAD(&ring.free);
	INIT_LIST_HEAD(&ring.waiting);
	for (i = 0; i < RING_BUCKETS; i++)
		INIT_LIST_HEAD(&ring.buckets[i]);
	for (i = 0; i < RING_PAGES; i++) {
		struct staged *staged = &ring.slots[i];

		staged->copy = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!staged->copy) {
			native_ring_exit();
			return -ENOMEM;
		}
		list_add_tail(&staged->list, &ring.free);
	}
	return 0;
}

void native_ring_exit(void)
{
	unsigned int i;

	cancel_work_sync(&store_work);
	for (i = 0; i < RING_PAGES && ring.slots[i].copy; i++)
		__free_page(ring.slots[i].copy);
}
