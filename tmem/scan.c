// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of a pool are remote: a scan that goes on where it stopped, and holds
 * nothing in between.
 *
 * The hash table of objects has no order that survives a resize, so objects stand in a
 * tree by serial number as well.  New ones have the highest, so they go in at its end,
 * without a search.  An object is in the tree from before it can be found until it is
 * dead, so whatever the index holds can be reached.
 */
#include "internal.h"

#include <linux/sched.h>

/* Words to look at before others may run. */
#define SCAN_WORDS	512

/**
 * tmem_object_link() - give an object its number and enter it in the tree
 * @obj: nobody can find it yet
 *
 * Context: any.
 */
void tmem_object_link(struct tmem_object *obj)
{
	struct tmem_pool *pool = obj->pool;
	unsigned long flags;

	spin_lock_irqsave(&pool->serial_lock, flags);
	obj->serial = ++pool->last_serial;
	if (pool->newest)
		rb_link_node(&obj->by_serial, pool->newest, &pool->newest->rb_right);
	else
		rb_link_node(&obj->by_serial, NULL, &pool->by_serial.rb_node);
	rb_insert_color(&obj->by_serial, &pool->by_serial);
	pool->newest = &obj->by_serial;
	spin_unlock_irqrestore(&pool->serial_lock, flags);
}

/**
 * tmem_object_unlink() - undo tmem_object_link()
 * @obj: empty for good; the caller still has the reference of the table
 *
 * Context: any.
 */
void tmem_object_unlink(struct tmem_object *obj)
{
	struct tmem_pool *pool = obj->pool;
	unsigned long flags;

	spin_lock_irqsave(&pool->serial_lock, flags);
	if (pool->newest == &obj->by_serial)
		pool->newest = rb_prev(&obj->by_serial);
	rb_erase(&obj->by_serial, &pool->by_serial);
	spin_unlock_irqrestore(&pool->serial_lock, flags);
}

/* The object with the lowest number from scan->object on, with a reference. */
static struct tmem_object *next_object(struct tmem_pool *pool, struct tmem_scan *scan)
{
	struct tmem_object *found = NULL;
	struct rb_node *node;
	unsigned long flags;

	spin_lock_irqsave(&pool->serial_lock, flags);
	if (!scan->last)
		scan->last = pool->last_serial;
	node = pool->by_serial.rb_node;
	while (node) {
		struct tmem_object *obj = rb_entry(node, struct tmem_object, by_serial);

		if (obj->serial >= scan->object) {
			found = obj;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (found && found->serial > scan->last)
		found = NULL;
	if (found)
		refcount_inc(&found->refs);
	spin_unlock_irqrestore(&pool->serial_lock, flags);
	return found;
}

/* Look at some words, no more than @max of them remote.  Moves the cursor. */
static unsigned int scan_words(struct tmem_object *obj, struct tmem_scan *scan,
			       struct tmem_page **pages, unsigned int max)
{
	XA_STATE(xas, &obj->pages, scan->index);
	unsigned int count = 0, seen = 0;
	u64 next = (u64)U32_MAX + 1;
	void *word;

	rcu_read_lock();
	xas_for_each(&xas, word, U32_MAX) {
		enum tmem_where where;

		if (!xa_is_zero(word) && xas_retry(&xas, word))
			continue;
		if (pampd_where(word) == TMEM_REMOTE) {
			/* As a get does: it may be replaced in this very moment. */
			where = tmem_object_get(obj, xas.xa_index, &pages[count]);
			if (where == TMEM_REMOTE)
				count++;
			else if (where == TMEM_LOCAL)
				tmem_page_unpin(pages[count], TMEM_LOCAL);
		}
		if (count == max || ++seen == SCAN_WORDS) {
			next = (u64)xas.xa_index + 1;
			break;
		}
	}
	rcu_read_unlock();

	scan->index = next;
	if (next > U32_MAX) {
		scan->object++;
		scan->index = 0;
	}
	return count;
}

/**
 * tmem_scan_remote() - pages of a pool that are remote
 * @pool:	the pool; the caller sees to it that it stays
 * @scan:	where the scan is; all zero: at its start
 * @pages:	filled with descriptors, each pinned for the caller
 * @max:	how many at most, not zero
 *
 * Every page that is remote from the first call to the last is returned exactly once.
 * Others may be seen or missed; one that is put again meanwhile may be seen twice.
 * Objects made since the first call are left out, so the scan ends.  The scan holds
 * nothing between two calls and may be given up at any time.
 *
 * It finds remote pages by looking at all: a call may take time in proportion to what
 * the pool holds, but lets others run.
 *
 * Context: may sleep.
 * Return: how many; 0: that was all.
 */
unsigned int tmem_scan_remote(struct tmem_pool *pool, struct tmem_scan *scan,
			      struct tmem_page **pages, unsigned int max)
{
	struct tmem_object *obj;
	unsigned int count = 0;

	might_sleep();
	while (count < max && (obj = next_object(pool, scan))) {
		if (obj->serial != scan->object) {
			scan->object = obj->serial;
			scan->index = 0;
		}
		count += scan_words(obj, scan, pages + count, max - count);
		tmem_object_put(obj);
		cond_resched();
	}
	return count;
}
EXPORT_SYMBOL_GPL(tmem_scan_remote);
