// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client whose operations on one key overlap.  zcache does not ask for that, tmem's
 * promises hold all the same: what a get returns must have been current at some moment
 * between its begin and its end.
 *
 * A clock ticks at the begin and at the end of every put and flush.  A put or flush is
 * superseded for a get when another one began after its end, and ended before the get
 * began.  So per key it takes: the begin of the latest finished write (the highest such),
 * the end of each recent put, and the end of the last flush.
 */
#include "internal.h"

#include <linux/spinlock.h>

#define RECENT	16

static atomic64_t the_clock;

struct recent_put {
	u32	version;
	bool	failed;
	bool	taken;		/* by an ephemeral get */
	u64	end;		/* 0: still going on */
};

struct free_key {
	spinlock_t		lock;		/* order 4; all below */
	u32			version;	/* of the put that began last */
	u32			flushing;	/* flushes going on */
	u32			putting;	/* puts going on */
	u64			settled;	/* begin of the latest finished write */
	u64			flushed;	/* end of the last finished flush */
	struct recent_put	recent[RECENT];	/* by version */
};

static void *create(u32 keys)
{
	struct free_key *book = kvcalloc(keys, sizeof(*book), GFP_KERNEL);
	u32 i;

	if (!book)
		return NULL;
	for (i = 0; i < keys; i++)
		spin_lock_init(&book[i].lock);
	return book;
}

static void destroy(void *book)
{
	kvfree(book);
}

static struct free_key *key_of(struct zt_worker *worker, u32 nr)
{
	return (struct free_key *)worker->run->book + nr;
}

static u64 tick(void)
{
	return atomic64_inc_return(&the_clock);
}

static u32 begin_put(struct free_key *key, u64 *begin)
{
	u32 version;

	spin_lock(&key->lock);
	version = ++key->version;
	key->putting++;
	key->recent[version % RECENT] = (struct recent_put){ .version = version };
	*begin = tick();
	spin_unlock(&key->lock);
	return version;
}

static void end_put(struct free_key *key, u32 version, u64 begin, bool failed)
{
	struct recent_put *put = &key->recent[version % RECENT];

	spin_lock(&key->lock);
	if (put->version == version) {
		put->failed = failed;
		put->end = tick();
	}
	key->settled = max(key->settled, begin);
	key->putting--;
	/* What failed has left nothing. */
	if (failed)
		key->flushed = tick();
	spin_unlock(&key->lock);
}

static void put_key(struct zt_worker *worker, u32 nr)
{
	struct free_key *key = key_of(worker, nr);
	u64 begin;
	u32 version = begin_put(key, &begin);
	void *data = kmap_local_page(worker->page);
	int err;

	zt_content_make(&worker->run->content, nr, version, data);
	kunmap_local(data);
	err = zt_put(worker->run->pool, nr, worker->page);
	end_put(key, version, begin, err);
	worker->count[err ? ZT_puts_failed : ZT_puts]++;
	if (err && !worker->run->failing)
		zt_failed("key %u: a put failed (%d)", nr, err);
}

static void check_version(struct zt_worker *worker, struct free_key *key, u32 nr, u32 version,
			  u64 settled)
{
	struct recent_put *put = &key->recent[version % RECENT];

	if (!version || version > key->version)
		zt_failed("key %u: a get gave what nobody has put", nr);
	else if (put->version != version)
		worker->count[ZT_unsure]++;
	else if (put->failed)
		zt_failed("key %u: a get gave version %u, whose put failed", nr, version);
	else if (put->end && put->end < settled)
		zt_failed("key %u: a get gave version %u, over since %llu, another began at %llu",
			  nr, version, put->end, settled);
	else if (put->taken)
		zt_failed("key %u: version %u was got twice", nr, version);
	else
		put->taken = !worker->run->pool->persistent;
}

static void check_miss(struct zt_worker *worker, struct free_key *key, u32 nr, u64 settled)
{
	if (!worker->run->pool->persistent || !settled || key->flushing ||
	    key->flushed >= settled)
		return;
	/* A put that is failing right now has flushed the key already. */
	if (worker->run->failing && key->putting)
		return;
	zt_failed("key %u: a get missed, the last flush was over at %llu, a put began at %llu",
		  nr, key->flushed, settled);
}

static void get_key(struct zt_worker *worker, u32 nr)
{
	struct free_key *key = key_of(worker, nr);
	u32 version = 0;
	u64 settled;
	int err;

	spin_lock(&key->lock);
	settled = key->settled;
	spin_unlock(&key->lock);

	err = zt_get(worker->run->pool, nr, worker->page);
	if (!err)
		version = zt_content_version(&worker->run->content, nr, worker->page,
					     worker->scratch);
	spin_lock(&key->lock);
	if (!err) {
		worker->count[ZT_hits]++;
		check_version(worker, key, nr, version, settled);
	} else if (err == -ENOENT) {
		worker->count[ZT_misses]++;
		check_miss(worker, key, nr, settled);
	} else {
		zt_failed("key %u: a get gave %d", nr, err);
	}
	spin_unlock(&key->lock);
}

static u64 begin_flush(struct free_key *key)
{
	u64 begin;

	spin_lock(&key->lock);
	key->flushing++;
	begin = tick();
	spin_unlock(&key->lock);
	return begin;
}

static void end_flush(struct free_key *key, u64 begin)
{
	spin_lock(&key->lock);
	key->flushing--;
	key->flushed = tick();
	key->settled = max(key->settled, begin);
	spin_unlock(&key->lock);
}

static void flush_key(struct zt_worker *worker, u32 nr)
{
	struct free_key *key = key_of(worker, nr);
	u64 begin = begin_flush(key);

	zt_flush(worker->run->pool, nr);
	end_flush(key, begin);
	worker->count[ZT_flushes]++;
}

static void flush_range(struct zt_worker *worker, u32 first, u32 last)
{
	u64 begin[ZT_OBJECT_KEYS];
	u32 nr;

	for (nr = first; nr <= last; nr++)
		begin[nr - first] = begin_flush(key_of(worker, nr));
	zt_flush_keys(worker->run->pool, first, last);
	for (nr = first; nr <= last; nr++)
		end_flush(key_of(worker, nr), begin[nr - first]);
	worker->count[ZT_flushes]++;
}

const struct zt_mode zt_free_mode = {
	.create		= create,
	.destroy	= destroy,
	.put		= put_key,
	.get		= get_key,
	.flush		= flush_key,
	.range		= flush_range,
};
