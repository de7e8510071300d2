// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects: made by the first put, freed by the reaper once they are empty.
 *
 * A flush may come with interrupts off and foreign spin locks held, where the
 * hash table's bucket locks cannot be taken on every supported kernel.  So the
 * operation that empties an object only puts it on a lock-free list; the pool's
 * worker looks again under the object's lock and takes it out of the table.  A put
 * that comes first simply fills it again.
 */
#include "internal.h"

#include <linux/delay.h>

/* A hash table that is being resized takes no entry; this is how long that may last. */
#define RESIZE_TRIES	100
#define RESIZE_WAIT_MS	10

static const struct rhashtable_params object_params = {
	.key_len		= sizeof(struct tmem_oid),
	.key_offset		= offsetof(struct tmem_object, oid),
	.head_offset		= offsetof(struct tmem_object, node),
	.automatic_shrinking	= true,
};

/**
 * tmem_object_find() - look an object up
 * @pool:	its pool
 * @oid:	its name
 *
 * Context: rcu_read_lock() held; the result is valid within it.
 * Return: the object, perhaps a dead one, or NULL.
 */
struct tmem_object *tmem_object_find(struct tmem_pool *pool, const struct tmem_oid *oid)
{
	return rhashtable_lookup(&pool->objects, oid, object_params);
}

/**
 * tmem_object_create() - make an object, unless somebody else just did
 * @pool:	its pool
 * @oid:	its name
 * @gfp:	how to allocate
 *
 * Context: interrupts on; rcu_read_lock() held unless the caller has another
 * reason why the object stays.  Sleeps as @gfp allows.
 * Return: the object, perhaps dead by now; -ENOMEM, -EBUSY (table being resized).
 */
struct tmem_object *tmem_object_create(struct tmem_pool *pool, const struct tmem_oid *oid,
				       gfp_t gfp)
{
	struct tmem_object *obj, *old;

	obj = kzalloc(sizeof(*obj), gfp);
	if (!obj)
		return ERR_PTR(-ENOMEM);
	obj->oid = *oid;
	obj->pool = pool;
	xa_init_flags(&obj->pages, XA_FLAGS_LOCK_IRQ);
	refcount_set(&obj->refs, 1);

	/* Counted before it can be found, and so before it can be freed. */
	refcount_inc(&pool->nr_objects);
	tmem_gauge_inc(obj_count);
	tmem_object_link(obj);
	old = rhashtable_lookup_get_insert_fast(&pool->objects, &obj->node, object_params);
	if (!old)
		return obj;
	tmem_object_unlink(obj);
	tmem_object_put(obj);	/* a scan may have it for a moment */
	return old;		/* an object or an error pointer */
}

/**
 * tmem_object_forget() - take a dead object out of the table
 * @obj: dead; somebody else may have taken it out already
 *
 * Context: interrupts on.
 */
void tmem_object_forget(struct tmem_object *obj)
{
	rhashtable_remove_fast(&obj->pool->objects, &obj->node, object_params);
}

/**
 * tmem_object_put() - drop a reference
 * @obj: freed, after a grace period, with the last one
 *
 * Context: any.
 */
void tmem_object_put(struct tmem_object *obj)
{
	struct tmem_pool *pool = obj->pool;

	if (!refcount_dec_and_test(&obj->refs))
		return;
	tmem_gauge_dec(obj_count);
	kfree_rcu(obj, rcu);
	if (refcount_dec_and_test(&pool->nr_objects))
		complete(&pool->drained);
}

/**
 * tmem_object_queue_reap() - let the reaper look at an object that became empty
 * @obj: tmem_object_shrunk() said so: it is on no list, and a reference comes along
 *
 * Context: any, interrupts on or off.
 */
void tmem_object_queue_reap(struct tmem_object *obj)
{
	struct tmem_pool *pool = obj->pool;

	if (llist_add(&obj->reap_node, &pool->reap))
		queue_work(tmem_wq, &pool->reap_work);
}

/**
 * tmem_object_shrunk() - account for words that have left an object
 * @obj:	the object
 * @count:	how many
 *
 * Context: holds the object's lock.
 * Return: whether the caller must tmem_object_queue_reap() after unlocking.
 */
bool tmem_object_shrunk(struct tmem_object *obj, unsigned int count)
{
	lockdep_assert_held(&obj->pages.xa_lock);
	obj->nr -= count;
	if (obj->nr || obj->reserved || obj->dead || obj->reap_queued)
		return false;
	obj->reap_queued = true;
	refcount_inc(&obj->refs);	/* for the reap list */
	return true;
}

/* Whether the object was ours to kill. */
static bool object_kill_if_empty(struct tmem_object *obj)
{
	bool kill;

	xa_lock_irq(&obj->pages);
	obj->reap_queued = false;
	kill = !obj->nr && !obj->reserved && !obj->dead;
	if (kill)
		obj->dead = true;
	xa_unlock_irq(&obj->pages);
	return kill;
}

static void reap_work(struct work_struct *work)
{
	struct tmem_pool *pool = container_of(work, struct tmem_pool, reap_work);
	struct llist_node *list = llist_del_all(&pool->reap);
	struct tmem_object *obj, *next;

	llist_for_each_entry_safe(obj, next, list, reap_node) {
		if (!READ_ONCE(pool->dying) && object_kill_if_empty(obj)) {
			tmem_object_forget(obj);
			tmem_object_unlink(obj);
			/* A put that ran out of memory half way has left nodes. */
			xa_destroy(&obj->pages);
			tmem_count(objects_reaped);
			tmem_object_put(obj);	/* the table's */
		}
		tmem_object_put(obj);		/* the list's */
		cond_resched();
	}
}

/*
 * What an empty slot of the index contains.  In a reserved object the first slot
 * of every index node keeps an XArray zero entry, which reads as nothing but keeps
 * the node: a put into a reserved range allocates nothing.
 */
void *tmem_empty_word(const struct tmem_object *obj, u32 index)
{
	if (obj->reserved && !(index & XA_CHUNK_MASK))
		return XA_ZERO_ENTRY;
	return NULL;
}

/* The user may ask for more than there is: that fails, nobody is killed to serve it. */
#define RESERVE_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static int object_reserve(struct tmem_object *obj, u32 last)
{
	u32 index = 0;

	/* A root node of which only slot 0 is used would be given up by the XArray. */
	last = max_t(u32, last, XA_CHUNK_SIZE);
	for (;;) {
		int err = xa_reserve_irq(&obj->pages, index, RESERVE_GFP);

		if (err)
			return err;
		if (last - index < XA_CHUNK_SIZE)
			return 0;
		index += XA_CHUNK_SIZE;
		cond_resched();
	}
}

/**
 * tmem_pool_reserve() - allocate the index of an object ahead of its puts
 * @pool:	a pool that has no such object yet
 * @oid:	the object
 * @last:	highest index that puts must be able to use without memory
 *
 * The object and its index then stay until the pool is destroyed.
 *
 * Context: may sleep; no put, get or flush of the object may run.
 * Return: 0; -EEXIST, -ENOMEM, -EBUSY: the caller gives up the pool.
 */
int tmem_pool_reserve(struct tmem_pool *pool, const struct tmem_oid *oid, u32 last)
{
	unsigned int tries = RESIZE_TRIES;
	struct tmem_object *obj;

	might_sleep();
	rcu_read_lock();
	obj = tmem_object_find(pool, oid);
	rcu_read_unlock();
	if (obj)
		return -EEXIST;
	while ((obj = tmem_object_create(pool, oid, RESERVE_GFP)) == ERR_PTR(-EBUSY) && --tries)
		msleep(RESIZE_WAIT_MS);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->reserved = true;
	return object_reserve(obj, last);
}
EXPORT_SYMBOL_GPL(tmem_pool_reserve);

int tmem_objects_init(struct tmem_pool *pool)
{
	init_completion(&pool->drained);
	refcount_set(&pool->nr_objects, 1);
	init_llist_head(&pool->reap);
	spin_lock_init(&pool->serial_lock);
	pool->by_serial = RB_ROOT;
	INIT_WORK(&pool->reap_work, reap_work);
	return rhashtable_init(&pool->objects, &object_params);
}

/* Called by rhashtable_free_and_destroy() for every object left in the table. */
static void destroy_one(void *ptr, void *unused)
{
	struct tmem_object *obj = ptr;

	/* Dead first: emptying it must not put it on the reap list again. */
	xa_lock_irq(&obj->pages);
	obj->dead = true;
	xa_unlock_irq(&obj->pages);
	tmem_object_empty(obj, 0, U32_MAX);
	tmem_object_unlink(obj);
	/* Zero entries of a reserved object have no descriptor, only nodes. */
	xa_destroy(&obj->pages);
	tmem_object_put(obj);
	cond_resched();
}

void tmem_objects_destroy(struct tmem_pool *pool)
{
	/*
	 * An evictor with a pin may still empty an object, and the reaper drop the
	 * list's reference, but from here on nobody else takes one out of the table.
	 */
	WRITE_ONCE(pool->dying, true);
	flush_work(&pool->reap_work);
	rhashtable_free_and_destroy(&pool->objects, destroy_one, NULL);
	if (!refcount_dec_and_test(&pool->nr_objects))
		wait_for_completion(&pool->drained);
}
