/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmem internals.
 *
 * Locks of tmem, outermost first.  Take a lock only while holding locks above it.
 *   1 tmem_mutex         mutex           the table of clients, each client's pools
 *   2 xa_lock of an      spin, irqs off  the words of one object, tmem_object.nr,
 *     object's pages                     .dead, .reap_queued
 *   3 serial_lock of a   spin, irqs off  the tree of objects, numbers of new ones.  Never
 *     pool                               with 2
 * No lock is taken on the look-up path: readers walk under RCU, pin, and compare.
 * Entered with foreign locks held: tmem_flush_page(), tmem_flush_object() (swap
 *   cluster or page-table lock, interrupts on or off), tmem_remove().
 * Calls out: tmem_ops.release, never with a lock of tmem held; tmem_guard.still with 2.
 * Life time: an object lives while its table reference or a descriptor of one of
 *   its pages lives; only the pool's reaper (process context) drops the table
 *   reference.  A pool waits for all its objects before it goes.
 */
#ifndef RAMSTER_TMEM_INTERNAL_H
#define RAMSTER_TMEM_INTERNAL_H

#include "tmem.h"
#include "stats.h"

#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct tmem_client {
	struct xarray	pools;		/* tmem_mutex; readers under RCU */
	u16		id;		/* immutable */
	struct rcu_head	rcu;
};

struct tmem_pool {
	struct rhashtable	objects;	/* by oid; look-up under RCU */
	const struct tmem_ops	*ops;		/* immutable */
	void			*host;		/* immutable */
	struct tmem_client	*client;	/* immutable */
	u32			flags;		/* immutable */
	u16			id;		/* immutable */
	refcount_t		users;		/* look-ups by number, plus one until destroy */
	struct completion	unused;		/* users reached zero */
	refcount_t		nr_objects;	/* plus one until destroy */
	struct completion	drained;	/* nr_objects reached zero */
	spinlock_t		serial_lock;	/* order 3 */
	struct rb_root		by_serial;	/* all objects; serial_lock */
	struct rb_node		*newest;	/* the last of them; serial_lock */
	u64			last_serial;	/* given out; serial_lock */
	struct llist_head	reap;		/* empty objects, lock-free list */
	struct work_struct	reap_work;
	bool			dying;		/* set once; the reaper then frees nothing */
	struct rcu_head		rcu;
};

struct tmem_object {
	struct rhash_head	node;
	struct tmem_oid		oid;		/* immutable */
	struct tmem_pool	*pool;		/* immutable */
	struct rb_node		by_serial;	/* pool->serial_lock */
	u64			serial;		/* immutable once linked */
	struct xarray		pages;		/* index -> pampd word */
	u64			nr;		/* words in pages; xa_lock */
	refcount_t		refs;		/* the table, the reap list, each descriptor */
	bool			dead;		/* no further put; xa_lock */
	bool			reap_queued;	/* on pool->reap; xa_lock */
	bool			reserved;	/* index nodes stay; set before first put */
	struct llist_node	reap_node;
	struct rcu_head		rcu;
};

/*
 * The pampd word: where a page is, in one machine word.  It must be something the
 * XArray can hold, so the low two bits may not be 10b.
 *
 *   xxx..x00   pointer to the descriptor of a local page
 *   xxx..x01   pointer to the descriptor of a remote page, plus one
 *   000..011   LOST
 *   0          nothing
 */
#define PAMPD_TAG_MASK		3UL
#define PAMPD_TAG_LOCAL		0UL
#define PAMPD_TAG_REMOTE	1UL
#define PAMPD_TAG_MARK		3UL

static inline void *pampd_encode(struct tmem_page *page, enum tmem_where where)
{
	switch (where) {
	case TMEM_LOCAL:
		return page;
	case TMEM_REMOTE:
		return (void *)((unsigned long)page | PAMPD_TAG_REMOTE);
	case TMEM_LOST:
		return (void *)PAMPD_TAG_MARK;
	default:
		return NULL;
	}
}

static inline enum tmem_where pampd_where(const void *word)
{
	if (!word)
		return TMEM_NOWHERE;
	switch ((unsigned long)word & PAMPD_TAG_MASK) {
	case PAMPD_TAG_LOCAL:
		return TMEM_LOCAL;
	case PAMPD_TAG_REMOTE:
		return TMEM_REMOTE;
	default:
		return TMEM_LOST;
	}
}

/* The descriptor behind a word, NULL if it has none. */
static inline struct tmem_page *pampd_page(const void *word)
{
	unsigned long bits = (unsigned long)word;

	if ((bits & PAMPD_TAG_MASK) == PAMPD_TAG_MARK)
		return NULL;
	return (struct tmem_page *)(bits & ~PAMPD_TAG_MASK);
}

/* object.c */
struct tmem_object *tmem_object_find(struct tmem_pool *pool, const struct tmem_oid *oid);
struct tmem_object *tmem_object_create(struct tmem_pool *pool, const struct tmem_oid *oid,
				       gfp_t gfp);
void tmem_object_forget(struct tmem_object *obj);
void tmem_object_put(struct tmem_object *obj);
bool tmem_object_shrunk(struct tmem_object *obj, unsigned int count);
void tmem_object_queue_reap(struct tmem_object *obj);
int tmem_objects_init(struct tmem_pool *pool);
void tmem_objects_destroy(struct tmem_pool *pool);
void *tmem_empty_word(const struct tmem_object *obj, u32 index);

/* page.c */
void tmem_page_unindex(struct tmem_page *page, enum tmem_where where);
void tmem_page_publish(struct tmem_page *page, unsigned int pins);

/* ops.c */
enum tmem_where tmem_object_get(struct tmem_object *obj, u32 index, struct tmem_page **page);
unsigned long tmem_object_empty(struct tmem_object *obj, u32 first, u32 last);

/* scan.c */
void tmem_object_link(struct tmem_object *obj);
void tmem_object_unlink(struct tmem_object *obj);

/* main.c */
extern struct workqueue_struct *tmem_wq;

#endif /* RAMSTER_TMEM_INTERNAL_H */
