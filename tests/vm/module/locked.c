// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that runs one operation on a key at a time, as zcache asks of its callers, and so
 * knows what each must return.  Operations on different keys overlap.
 */
#include "internal.h"

#include <linux/rwsem.h>

enum state {
	NOTHING,	/* a get must miss */
	STORED,		/* a get must return key->version; an ephemeral one may miss */
	LOST,		/* a get must say so, if the pool is persistent */
};

struct locked_key {
	struct mutex	lock;		/* order 3 */
	enum state	state;		/* lock */
	u32		version;	/* of the last put; lock */
};

struct object {
	struct rw_semaphore	lock;	/* order 2 */
};

struct book {
	struct locked_key	*keys;
	struct object	*objects;
};

static void destroy(void *ptr)
{
	struct book *book = ptr;

	kvfree(book->keys);
	kvfree(book->objects);
	kfree(book);
}

static void *create(u32 keys)
{
	u32 i, objects = DIV_ROUND_UP(keys, ZT_OBJECT_KEYS);
	struct book *book = kzalloc(sizeof(*book), GFP_KERNEL);

	if (!book)
		return NULL;
	book->keys = kvcalloc(keys, sizeof(*book->keys), GFP_KERNEL);
	book->objects = kvcalloc(objects, sizeof(*book->objects), GFP_KERNEL);
	if (!book->keys || !book->objects) {
		destroy(book);
		return NULL;
	}
	for (i = 0; i < keys; i++)
		mutex_init(&book->keys[i].lock);
	for (i = 0; i < objects; i++)
		init_rwsem(&book->objects[i].lock);
	return book;
}

static struct locked_key *lock_key(struct zt_run *run, u32 nr)
{
	struct book *book = run->book;

	down_read(&book->objects[nr / ZT_OBJECT_KEYS].lock);
	mutex_lock(&book->keys[nr].lock);
	return &book->keys[nr];
}

static void unlock_key(struct zt_run *run, u32 nr)
{
	struct book *book = run->book;

	mutex_unlock(&book->keys[nr].lock);
	up_read(&book->objects[nr / ZT_OBJECT_KEYS].lock);
}

static void put_key(struct zt_worker *worker, u32 nr)
{
	struct zt_run *run = worker->run;
	struct locked_key *key = lock_key(run, nr);
	void *data = kmap_local_page(worker->page);

	zt_content_make(&run->content, nr, ++key->version, data);
	kunmap_local(data);
	if (zt_put(run->pool, nr, worker->page)) {
		key->state = NOTHING;
		worker->count[ZT_puts_failed]++;
	} else {
		key->state = STORED;
		worker->count[ZT_puts]++;
	}
	unlock_key(run, nr);
}

static void got_page(struct zt_worker *worker, struct locked_key *key, u32 nr)
{
	struct zt_run *run = worker->run;

	worker->count[ZT_hits]++;
	if (key->state != STORED)
		zt_failed("key %u: a get hit in state %u", nr, key->state);
	else if (!zt_content_is(&run->content, nr, key->version, worker->page, worker->scratch))
		zt_failed("key %u: a get gave version %u instead of %u", nr,
			  zt_content_version(&run->content, nr, worker->page, worker->scratch),
			  key->version);
	if (!run->pool->persistent)
		key->state = NOTHING;
}

static void got_nothing(struct zt_worker *worker, struct locked_key *key, u32 nr)
{
	worker->count[ZT_misses]++;
	if (worker->run->pool->persistent && key->state != NOTHING)
		zt_failed("key %u: a get missed in state %u", nr, key->state);
	key->state = NOTHING;
}

/* An ephemeral page that a get has taken out is gone, whether it arrived or not. */
static void got_lost(struct zt_worker *worker, struct locked_key *key, u32 nr)
{
	worker->count[ZT_lost]++;
	if (!worker->run->lossy || key->state == NOTHING)
		zt_failed("key %u: a get says lost in state %u", nr, key->state);
	key->state = LOST;
}

static void get_key(struct zt_worker *worker, u32 nr)
{
	struct zt_run *run = worker->run;
	struct locked_key *key = lock_key(run, nr);
	int err = zt_get(run->pool, nr, worker->page);

	switch (err) {
	case 0:
		got_page(worker, key, nr);
		break;
	case -ENOENT:
		got_nothing(worker, key, nr);
		break;
	case -EIO:
		got_lost(worker, key, nr);
		break;
	default:
		zt_failed("key %u: a get gave %d", nr, err);
	}
	unlock_key(run, nr);
}

static void flush_key(struct zt_worker *worker, u32 nr)
{
	struct zt_run *run = worker->run;
	struct locked_key *key = lock_key(run, nr);
	bool found = zt_flush(run->pool, nr);

	worker->count[ZT_flushes]++;
	if ((found && key->state == NOTHING) ||
	    (!found && key->state != NOTHING && run->pool->persistent))
		zt_failed("key %u: a flush found %u in state %u", nr, found, key->state);
	key->state = NOTHING;
	unlock_key(run, nr);
}

static void flush_range(struct zt_worker *worker, u32 first, u32 last)
{
	struct zt_run *run = worker->run;
	struct book *book = run->book;
	struct object *object = &book->objects[first / ZT_OBJECT_KEYS];
	unsigned long found, there = 0;
	u32 nr;

	down_write(&object->lock);
	for (nr = first; nr <= last; nr++) {
		there += book->keys[nr].state != NOTHING;
		book->keys[nr].state = NOTHING;
	}
	found = zt_flush_keys(run->pool, first, last);
	up_write(&object->lock);

	worker->count[ZT_flushes]++;
	if (run->pool->persistent ? found != there : found > there)
		zt_failed("keys %u to %u: a flush found %lu of %lu", first, last, found, there);
}

const struct zt_mode zt_locked_mode = {
	.create		= create,
	.destroy	= destroy,
	.put		= put_key,
	.get		= get_key,
	.flush		= flush_key,
	.range		= flush_range,
};
