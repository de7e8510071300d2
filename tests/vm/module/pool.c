// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools by number, and what a key is: 64 keys are an object.  The index numbers of some
 * objects lie far apart, so that the index gets deep.
 */
#include "internal.h"

#include <linux/completion.h>

#define INDEX_BITS	6	/* of the 64 keys of an object */
#define SPREADS		5	/* shifted by 0, 6, ... 24 bits */

static struct zt_pool *pools[ZT_POOLS];

struct zt_pool *zt_pool(u64 nr)
{
	if (nr >= ZT_POOLS || !pools[nr])
		return ERR_PTR(-ENOENT);
	return pools[nr];
}

static int create(unsigned int nr, u16 client, bool persistent)
{
	struct zt_pool *pool;

	if (pools[nr])
		return -EEXIST;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return -ENOMEM;
	pool->nr = nr;
	pool->persistent = persistent;
	pool->zcache = zcache_pool_create(client, persistent);
	if (IS_ERR(pool->zcache)) {
		int err = PTR_ERR(pool->zcache);

		kfree(pool);
		return err;
	}
	pools[nr] = pool;
	return 0;
}

static void destroy(unsigned int nr)
{
	struct zt_pool *pool = pools[nr];

	if (!pool)
		return;
	pools[nr] = NULL;
	if (pool->run)
		zt_client_end(pool->run);
	zcache_pool_destroy(pool->zcache);
	kfree(pool);
}

/* create pool=0 pools=1 client=65535 persistent=0: each more pool is of the next client */
int zt_pool_create(struct zt_args *args)
{
	u64 first = zt_arg(args, "pool", 0);
	u64 nr = zt_arg(args, "pools", 1);
	u64 client = zt_arg(args, "client", TMEM_LOCAL_CLIENT);
	bool persistent = zt_arg(args, "persistent", 0);
	int err = zt_args_done(args);
	unsigned int i;

	if (first > ZT_POOLS || nr > ZT_POOLS - first || client > U16_MAX)
		return -EINVAL;
	for (i = 0; i < nr && !err; i++)
		err = create(first + i, client + i, persistent);
	return err;
}

/* destroy pool=0 pools=1 */
int zt_pool_destroy(struct zt_args *args)
{
	u64 first = zt_arg(args, "pool", 0);
	u64 nr = zt_arg(args, "pools", 1);
	int err = zt_args_done(args);
	unsigned int i;

	if (first > ZT_POOLS || nr > ZT_POOLS - first)
		return -EINVAL;
	for (i = 0; i < nr && !err; i++)
		destroy(first + i);
	return err;
}

void zt_pools_exit(void)
{
	unsigned int i;

	for (i = 0; i < ZT_POOLS; i++)
		destroy(i);
}

static struct tmem_oid key_object(u32 key)
{
	u32 object = key / ZT_OBJECT_KEYS;

	return (struct tmem_oid){ .word = { zt_mix(object), ~0ULL, object } };
}

static u32 key_index(u32 key)
{
	return key % ZT_OBJECT_KEYS << key / ZT_OBJECT_KEYS % SPREADS * INDEX_BITS;
}

u32 zt_key_of(const struct tmem_handle *handle)
{
	u32 object = handle->oid.word[2];

	return object * ZT_OBJECT_KEYS + (handle->index >> object % SPREADS * INDEX_BITS);
}

int zt_put(struct zt_pool *pool, u32 key, struct page *page)
{
	struct tmem_oid oid = key_object(key);

	return zcache_put(pool->zcache, &oid, key_index(key), page);
}

struct waiting_get {
	struct zcache_get	get;
	struct completion	done;
	int			err;
	atomic_t		calls;
};

static void get_done(struct zcache_get *get, int err)
{
	struct waiting_get *waiting = container_of(get, struct waiting_get, get);

	if (atomic_inc_return(&waiting->calls) != 1)
		zt_failed("a get was answered twice");
	waiting->err = err;
	complete(&waiting->done);
}

/* As zcache_get(), but waits for a page that is remote. */
int zt_get(struct zt_pool *pool, u32 key, struct page *page)
{
	struct waiting_get waiting = {
		.get	= { .page = page, .done = get_done },
		.calls	= ATOMIC_INIT(0),
	};
	struct tmem_oid oid = key_object(key);
	int err;

	/* Some keys take the other way even if the page is here. */
	if (key % 4) {
		err = zcache_get(pool->zcache, &oid, key_index(key), page);
		if (err != -EREMOTE)
			return err;
	}
	init_completion(&waiting.done);
	zcache_get_async(pool->zcache, &oid, key_index(key), &waiting.get);
	wait_for_completion(&waiting.done);
	return waiting.err;
}

bool zt_flush(struct zt_pool *pool, u32 key)
{
	struct tmem_oid oid = key_object(key);

	return zcache_flush_page(pool->zcache, &oid, key_index(key));
}

/* @first and @last are of one object. */
unsigned long zt_flush_keys(struct zt_pool *pool, u32 first, u32 last)
{
	struct tmem_oid oid = key_object(first);

	return zcache_flush_range(pool->zcache, &oid, key_index(first), key_index(last));
}

int zt_put_stored(struct zt_pool *pool, u32 key, enum zcache_format format, const void *data,
		  size_t size)
{
	struct tmem_oid oid = key_object(key);

	return zcache_put_stored(pool->zcache, &oid, key_index(key), format, data, size);
}

int zt_read_stored(struct zt_pool *pool, u32 key,
		   int (*emit)(void *arg, const void *data, size_t size), void *arg)
{
	struct tmem_oid oid = key_object(key);

	return zcache_read_stored(pool->zcache, &oid, key_index(key), emit, arg);
}
