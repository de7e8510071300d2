// SPDX-License-Identifier: GPL-2.0-only
/* Keys one after the other: put a range, get it and compare, flush it. */
#include "internal.h"

#include <linux/spinlock.h>

/* Which keys of which pools; each pool has contents of its own. */
struct key_range {
	u64			pool;
	u64			pools;
	u64			first;
	u64			count;
	u64			step;
	u32			version;
	struct zt_content	content;
};

/* Two pages to work with. */
struct work {
	struct page	*page;
	void		*scratch;
};

static void range_args(struct key_range *range, struct zt_args *args)
{
	range->pool = zt_arg(args, "pool", 0);
	range->pools = zt_arg(args, "pools", 1);
	range->first = zt_arg(args, "first", 0);
	range->count = zt_arg(args, "count", 1);
	range->step = zt_arg(args, "step", 1);
	range->version = zt_arg(args, "version", 1);
	zt_content_args(&range->content, args);
	if (range->first + range->count > U32_MAX || !range->step || !range->version)
		args->err = -EINVAL;
}

static int work_init(struct work *work)
{
	work->page = alloc_page(GFP_KERNEL);
	work->scratch = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (work->page && work->scratch)
		return 0;
	kfree(work->scratch);
	if (work->page)
		__free_page(work->page);
	return -ENOMEM;
}

static void work_exit(struct work *work)
{
	kfree(work->scratch);
	__free_page(work->page);
}

struct key_op {
	int	(*fn)(struct zt_pool *pool, const struct zt_content *content, u32 key,
		      u32 version, void *arg);
	void	*arg;
};

/* Calls @op for each key of each pool until it returns an error. */
static int walk_keys(const struct key_range *range, const struct key_op *op)
{
	u64 nr, key;

	for (nr = range->pool; nr < range->pool + range->pools; nr++) {
		struct zt_content content = range->content;
		struct zt_pool *pool = zt_pool(nr);

		if (IS_ERR(pool))
			return PTR_ERR(pool);
		content.seed += nr;
		for (key = range->first; key < range->first + range->count;
		     key += range->step) {
			int err = op->fn(pool, &content, key, range->version, op->arg);

			if (err)
				return err;
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

struct fill {
	struct work	work;
	u64		stored;
	u64		refused;
	u64		first_refused;
	u64		busy, too_big, no_space, again, no_memory;
};

static void count_refusal(struct fill *fill, u32 key, int err)
{
	if (!fill->refused++)
		fill->first_refused = key;
	switch (err) {
	case -EBUSY:
		fill->busy++;
		break;
	case -E2BIG:
		fill->too_big++;
		break;
	case -ENOSPC:
		fill->no_space++;
		break;
	case -EAGAIN:
		fill->again++;
		break;
	case -ENOMEM:
		fill->no_memory++;
		break;
	default:
		zt_failed("put of key %u: unknown error %d", key, err);
	}
}

static int fill_key(struct zt_pool *pool, const struct zt_content *content, u32 key, u32 version,
		    void *arg)
{
	struct fill *fill = arg;
	void *data = kmap_local_page(fill->work.page);
	int err, got;

	zt_content_make(content, key, version, data);
	kunmap_local(data);
	err = zt_put(pool, key, fill->work.page);
	if (!err) {
		fill->stored++;
		return 0;
	}
	count_refusal(fill, key, err);
	got = zt_get(pool, key, fill->work.page);
	if (got != -ENOENT)
		zt_failed("a put of key %u failed (%d), then a get gave %d", key, err, got);
	return 0;
}

/*
 * fill pool=0 pools=1 first=0 count=1 step=1 version=1 and the contents: puts.  Behind each
 * that is refused a get must miss.
 */
int zt_fill(struct zt_args *args)
{
	struct fill fill = {};
	struct key_op op = { .fn = fill_key, .arg = &fill };
	struct key_range range;
	int err;

	range_args(&range, args);
	err = zt_args_done(args);
	if (err)
		return err;
	err = work_init(&fill.work);
	if (err)
		return err;
	err = walk_keys(&range, &op);
	work_exit(&fill.work);
	zt_result("stored", fill.stored);
	zt_result("refused", fill.refused);
	zt_result("first_refused", fill.first_refused);
	zt_result("busy", fill.busy);
	zt_result("too_big", fill.too_big);
	zt_result("no_space", fill.no_space);
	zt_result("again", fill.again);
	zt_result("no_memory", fill.no_memory);
	return err;
}

struct check {
	struct work	work;
	u64		hits;
	u64		misses;
	u64		lost;
	u64		gaps;		/* misses right after a hit */
	u64		first_hit;
	bool		hit_before;
};

static int check_key(struct zt_pool *pool, const struct zt_content *content, u32 key, u32 version,
		     void *arg)
{
	struct check *check = arg;
	int err = zt_get(pool, key, check->work.page);

	switch (err) {
	case 0:
		if (!zt_content_is(content, key, version, check->work.page, check->work.scratch))
			zt_failed("key %u of pool %u is not version %u but %u", key, pool->nr,
				  version, zt_content_version(content, key, check->work.page,
							      check->work.scratch));
		if (!check->hits++)
			check->first_hit = key;
		break;
	case -ENOENT:
		check->misses++;
		check->gaps += check->hit_before;
		break;
	case -EIO:
		check->lost++;
		break;
	default:
		zt_failed("get of key %u: unknown error %d", key, err);
	}
	check->hit_before = !err;
	return 0;
}

/*
 * check pool=0 pools=1 first=0 count=1 step=1 version=1 and the contents: gets, which must be
 * that version if they hit.
 */
int zt_check(struct zt_args *args)
{
	struct check check = {};
	struct key_op op = { .fn = check_key, .arg = &check };
	struct key_range range;
	int err;

	range_args(&range, args);
	err = zt_args_done(args);
	if (err)
		return err;
	err = work_init(&check.work);
	if (err)
		return err;
	err = walk_keys(&range, &op);
	work_exit(&check.work);
	zt_result("hits", check.hits);
	zt_result("misses", check.misses);
	zt_result("lost", check.lost);
	zt_result("gaps", check.gaps);
	zt_result("first_hit", check.first_hit);
	return err;
}

struct flush {
	bool	irqs_off;
	u64	found;
};

static DEFINE_SPINLOCK(foreign_lock);	/* what a swap cluster's lock is to a slot-free */

static int flush_key(struct zt_pool *pool, const struct zt_content *content, u32 key, u32 version,
		     void *arg)
{
	struct flush *flush = arg;
	unsigned long flags;

	if (!flush->irqs_off) {
		flush->found += zt_flush(pool, key);
		return 0;
	}
	spin_lock_irqsave(&foreign_lock, flags);
	flush->found += zt_flush(pool, key);
	spin_unlock_irqrestore(&foreign_lock, flags);
	return 0;
}

/* Flushes the rest of an object at once, and nothing for its other keys. */
static int flush_object(struct zt_pool *pool, const struct zt_content *content, u32 key,
			u32 version, void *arg)
{
	struct flush *flush = arg;

	if (key % ZT_OBJECT_KEYS == 0)
		flush->found += zt_flush_keys(pool, key, key + ZT_OBJECT_KEYS - 1);
	return 0;
}

/*
 * flush pool=0 pools=1 first=0 count=1 step=1 irqs_off=0 objects=0: one by one, if wanted
 * with interrupts off and a lock held, or as ranges: then of whole objects.
 */
int zt_flush_command(struct zt_args *args)
{
	struct flush flush = { .irqs_off = zt_arg(args, "irqs_off", 0) };
	struct key_op op = {
		.fn	= zt_arg(args, "objects", 0) ? flush_object : flush_key,
		.arg	= &flush,
	};
	struct key_range range;
	int err;

	range_args(&range, args);
	err = zt_args_done(args);
	if (err)
		return err;
	err = walk_keys(&range, &op);
	zt_result("found", flush.found);
	return err;
}
