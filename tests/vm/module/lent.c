// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of other machines: sealed bytes of any size, which only have to come back as they
 * were, from the pool that they were put in.
 */
#include "internal.h"

#include <linux/string.h>

#define SEALED_MAX	(PAGE_SIZE + ZCACHE_SEAL_BYTES)

struct keys {
	u64	pool, pools;
	u64	first, count, step;
	u32	version;
	u32	size;		/* 0: follows from the key */
};

static void keys_args(struct keys *keys, struct zt_args *args)
{
	keys->pool = zt_arg(args, "pool", 0);
	keys->pools = zt_arg(args, "pools", 1);
	keys->first = zt_arg(args, "first", 0);
	keys->count = zt_arg(args, "count", 1);
	keys->step = zt_arg(args, "step", 1);
	keys->version = zt_arg(args, "version", 1);
	keys->size = zt_arg(args, "size", 0);
	if (keys->first + keys->count > U32_MAX || !keys->step || keys->size > SEALED_MAX)
		args->err = -EINVAL;
}

/* What a page is; @buf has room for SEALED_MAX rounded up to words. */
static size_t make(const struct keys *keys, const struct zt_pool *pool, u32 key, u64 *buf)
{
	struct zt_random random = {
		.state = zt_mix((u64)keys->version << 32 | key) ^ zt_mix(pool->nr),
	};
	size_t size = keys->size, i;

	if (!size)
		size = 1 + zt_random_below(&random, zt_percent(&random, 30) ? SEALED_MAX : 2000);
	for (i = 0; i < DIV_ROUND_UP(size, sizeof(u64)); i++)
		buf[i] = zt_random(&random);
	return size;
}

/* What is read, beside what it should be. */
struct reading {
	const u8	*want;
	size_t		size;
	size_t		done;
	unsigned int	pieces;
	bool		wrong;
};

static int compare(void *arg, const void *data, size_t size)
{
	struct reading *reading = arg;

	if (size > reading->size - reading->done ||
	    memcmp(reading->want + reading->done, data, size))
		reading->wrong = true;
	else
		reading->done += size;
	reading->pieces++;
	return 0;
}

struct outcome {
	u64	*buf;
	u64	stored, refused, no_space, no_memory, too_big;
	u64	hits, misses, straddled;
};

typedef void (*key_fn)(const struct keys *keys, struct zt_pool *pool, u32 key,
		       struct outcome *out);

static void fill_key(const struct keys *keys, struct zt_pool *pool, u32 key, struct outcome *out)
{
	size_t size = make(keys, pool, key, out->buf);
	int err = zt_put_stored(pool, key, ZCACHE_SEALED, out->buf, size);
	struct reading reading = {};

	if (!err) {
		out->stored++;
		return;
	}
	out->refused++;
	out->no_space += err == -ENOSPC;
	out->no_memory += err == -ENOMEM;
	out->too_big += err == -E2BIG;
	if (err != -ENOSPC && err != -ENOMEM && err != -E2BIG)
		zt_failed("sealed put of key %u, %zu bytes: %d", key, size, err);
	err = zt_read_stored(pool, key, compare, &reading);
	if (err != -ENOENT)
		zt_failed("a put of key %u failed, then a read gave %d", key, err);
}

static void check_key(const struct keys *keys, struct zt_pool *pool, u32 key, struct outcome *out)
{
	struct reading reading = { .want = (u8 *)out->buf };
	int err;

	reading.size = make(keys, pool, key, out->buf);
	err = zt_read_stored(pool, key, compare, &reading);
	if (err == -ENOENT) {
		out->misses++;
		return;
	}
	if (err || reading.wrong || reading.done != reading.size || reading.pieces > 2)
		zt_failed("key %u of pool %u: %d, %zu of %zu bytes, %u pieces%s", key, pool->nr,
			  err, reading.done, reading.size, reading.pieces,
			  reading.wrong ? ", wrong" : "");
	out->hits++;
	out->straddled += reading.pieces > 1;
}

static int walk(const struct keys *keys, key_fn fn, struct outcome *out)
{
	u64 nr, key;

	out->buf = kmalloc(round_up(SEALED_MAX, sizeof(u64)), GFP_KERNEL);
	if (!out->buf)
		return -ENOMEM;
	for (nr = keys->pool; nr < keys->pool + keys->pools; nr++) {
		struct zt_pool *pool = zt_pool(nr);

		if (IS_ERR(pool)) {
			kfree(out->buf);
			return PTR_ERR(pool);
		}
		for (key = keys->first; key < keys->first + keys->count; key += keys->step) {
			fn(keys, pool, key, out);
			cond_resched();
		}
	}
	kfree(out->buf);
	return 0;
}

/*
 * lent_fill pool=0 pools=1 first=0 count=1 step=1 version=1 size=0: sealed puts.  Behind each
 * that is refused a read must miss.
 */
int zt_lent_fill(struct zt_args *args)
{
	struct outcome out = {};
	struct keys keys;
	int err;

	keys_args(&keys, args);
	err = zt_args_done(args);
	if (!err)
		err = walk(&keys, fill_key, &out);
	zt_result("stored", out.stored);
	zt_result("refused", out.refused);
	zt_result("no_space", out.no_space);
	zt_result("no_memory", out.no_memory);
	zt_result("too_big", out.too_big);
	return err;
}

/* lent_check with the same arguments: each byte is as it was put, or the page is missing */
int zt_lent_check(struct zt_args *args)
{
	struct outcome out = {};
	struct keys keys;
	int err;

	keys_args(&keys, args);
	err = zt_args_done(args);
	if (!err)
		err = walk(&keys, check_key, &out);
	zt_result("hits", out.hits);
	zt_result("misses", out.misses);
	zt_result("straddled", out.straddled);
	return err;
}

static void expect(const char *what, int err, int want)
{
	if (err != want)
		zt_failed("%s: %d, not %d", what, err, want);
}

static int refuse(void *arg, const void *data, size_t size)
{
	return -EPROTO;
}

static void try_foreign(struct zt_pool *pool, void *data, struct page *page)
{
	unsigned int format;

	for (format = 0; format < 256; format++) {
		if (format == ZCACHE_SEALED)
			continue;
		expect("another format in a foreign pool, a word",
		       zt_put_stored(pool, 0, format, data, sizeof(long)), -EINVAL);
		expect("another format in a foreign pool, a page",
		       zt_put_stored(pool, 0, format, data, PAGE_SIZE), -EINVAL);
	}
	expect("no bytes", zt_put_stored(pool, 0, ZCACHE_SEALED, data, 0), -EINVAL);
	expect("too many bytes", zt_put_stored(pool, 0, ZCACHE_SEALED, data, SEALED_MAX + 1),
	       -EINVAL);
	expect("a put in a foreign pool", zt_put(pool, 0, page), -EINVAL);
	/* By the one way and by the other, see zt_get(). */
	expect("a get from a foreign pool", zt_get(pool, 1, page), -EINVAL);
	expect("a get from a foreign pool", zt_get(pool, 4, page), -EINVAL);
	expect("a read of nothing", zt_read_stored(pool, 0, refuse, NULL), -ENOENT);
	expect("a good put", zt_put_stored(pool, 0, ZCACHE_SEALED, data, 100), 0);
	expect("the reader's error", zt_read_stored(pool, 0, refuse, NULL), -EPROTO);
	expect("a bad put over it", zt_put_stored(pool, 0, ZCACHE_RAW, data, PAGE_SIZE), -EINVAL);
	expect("a read behind it", zt_read_stored(pool, 0, refuse, NULL), -ENOENT);
}

static void try_own(struct zt_pool *pool, void *data, struct page *page)
{
	static const size_t sizes[] = { 1, 8, 100, 4048, 4096, 4097, SEALED_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		expect("sealed in our own pool",
		       zt_put_stored(pool, 0, ZCACHE_SEALED, data, sizes[i]), -EINVAL);
		expect("sealed bytes decoded", zcache_decode(ZCACHE_SEALED, data, sizes[i], page),
		       -EIO);
	}
	expect("sealed bytes of our own", zt_read_stored(pool, 0, refuse, NULL), -EINVAL);
}

/* lent_refuse pool=0 own=1: what pools of other machines and our own do not take */
int zt_lent_refuse(struct zt_args *args)
{
	struct zt_pool *pool = zt_pool(zt_arg(args, "pool", 0));
	struct zt_pool *own = zt_pool(zt_arg(args, "own", 1));
	int err = zt_args_done(args);
	struct page *page;
	void *data;

	if (IS_ERR(pool) || IS_ERR(own))
		return -ENOENT;
	page = alloc_page(GFP_KERNEL);
	data = kzalloc(2 * PAGE_SIZE, GFP_KERNEL);
	if (!err && (!page || !data))
		err = -ENOMEM;
	if (!err) {
		try_foreign(pool, data, page);
		try_own(own, data, page);
	}
	kfree(data);
	if (page)
		__free_page(page);
	return err;
}

/* usage: page frames of each kind and their limits */
int zt_usage(struct zt_args *args)
{
	static const char *const pages[] = { "eph_used", "pers_used", "lent_used" };
	static const char *const limits[] = { "eph_limit", "pers_limit", "lent_limit" };
	int err = zt_args_done(args);
	struct zcache_usage usage;
	enum zcache_kind kind;

	for (kind = ZCACHE_EPHEMERAL; !err && kind <= ZCACHE_LENT; kind++) {
		zcache_usage(kind, &usage);
		zt_result(pages[kind], usage.pages);
		zt_result(limits[kind], usage.limit);
	}
	return err;
}
