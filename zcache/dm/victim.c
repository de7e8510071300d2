// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target as a whole: making it, finding it, and dropping all that it has.
 *
 * All is dropped in this order: every generation is raised, so that nothing that is known,
 * staged or on its way can be stored any more; then what is stored goes.
 */
#include "internal.h"

#include <linux/blk-crypto.h>
#include <linux/blkdev.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static DEFINE_MUTEX(victims_mutex);	/* order 1 */
LIST_HEAD(victim_list);			/* changed under victims_mutex, read under RCU */

/* Several drops may be wanted at once; nothing is served until the last one is done. */
static void drop_all(struct victim *v)
{
	u64 first;

	mutex_lock(&v->drop_mutex);
	generation_bump_all(&v->gens);
	record_clear(&v->records);
	for (first = 0; first < v->blocks && victim_held(v); first += SLICE_BLOCKS) {
		struct tmem_oid oid = block_object(first);

		zcache_flush_range(v->pool, &oid, 0, SLICE_BLOCKS - 1);
		cond_resched();
	}
	victim_count(v, drops);
	mutex_unlock(&v->drop_mutex);
}

static void drop_work(struct work_struct *work)
{
	struct victim *v = container_of(work, struct victim, drop_work);
	int dropping;

	/* Who comes meanwhile counts one more: go round again. */
	do {
		dropping = atomic_read(&v->dropping);
		drop_all(v);
	} while (atomic_cmpxchg(&v->dropping, dropping, 0) != dropping);
}

/**
 * victim_drop_all() - forget all pages and records
 * @v: the target
 *
 * Context: may sleep.
 */
void victim_drop_all(struct victim *v)
{
	victim_drop_soon(v);
	flush_work(&v->drop_work);
}

/**
 * victim_drop_soon() - the same, from anywhere
 * @v: the target
 *
 * From here on nothing is served until all is gone.
 *
 * Context: any.
 */
void victim_drop_soon(struct victim *v)
{
	atomic_inc(&v->dropping);
	generation_bump_all(&v->gens);
	queue_work(main_io_wq, &v->drop_work);
}

/**
 * victim_may_record() - whether a bio is to be recorded, and served
 * @v:		the target
 * @bio:	the bio
 *
 * Data that is encrypted on the way, or that has checks of its own, is not what it seems.
 *
 * Context: any.
 */
bool victim_may_record(const struct victim *v, struct bio *bio)
{
	return READ_ONCE(v->enabled) && !atomic_read(&v->dropping) &&
	       !(bio->bi_opf & REQ_INTEGRITY) && !bio_has_crypt_ctx(bio);
}

/**
 * victim_flush_range() - take pages out of the store
 * @v:		the target
 * @first:	first block
 * @count:	how many
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned long victim_flush_range(struct victim *v, u64 first, u64 count)
{
	unsigned long flushed = 0;

	while (count) {
		struct tmem_oid oid = block_object(first);
		u32 index = block_index(first);
		u32 part = min_t(u64, count, SLICE_BLOCKS - index);

		flushed += zcache_flush_range(v->pool, &oid, index, index + part - 1);
		first += part;
		count -= part;
	}
	return flushed;
}

static int make_tables(struct victim *v)
{
	const struct options *opts = &v->opts;
	struct zcache_usage usage;
	int err;

	zcache_usage(ZCACHE_EPHEMERAL, &usage);
	err = generation_init(&v->gens, v->blocks, totalram_pages());
	if (err)
		return err;
	err = record_init(&v->records, opts->records);
	if (err)
		goto out_gens;
	err = policy_init(&v->policy, opts->records, opts->fifo, opts->max_pages,
			  opts->max_pages ?: usage.limit);
	if (err)
		goto out_records;
	err = ring_init(&v->ring, opts->stage_pages);
	if (err)
		goto out_policy;
	if (!opts->max_pages)
		return 0;
	v->held_order = kvcalloc(2 * (size_t)opts->max_pages, sizeof(*v->held_order), GFP_KERNEL);
	if (v->held_order)
		return 0;
	err = -ENOMEM;
	ring_exit(&v->ring);
out_policy:
	policy_exit(&v->policy);
out_records:
	record_exit(&v->records);
out_gens:
	generation_exit(&v->gens);
	return err;
}

static void free_tables(struct victim *v)
{
	kvfree(v->held_order);
	ring_exit(&v->ring);
	policy_exit(&v->policy);
	record_exit(&v->records);
	generation_exit(&v->gens);
}

static void init_plain(struct victim *v, struct dm_target *ti, struct dm_dev *dev,
		       const struct options *opts)
{
	struct gendisk *disk = dm_disk(dm_table_get_md(ti->table));

	v->ti = ti;
	v->dev = dev;
	v->opts = *opts;
	v->verify = opts->verify;
	v->enabled = true;
	v->mapping = (unsigned long)compat_disk_mapping(disk);
	v->blocks = DIV_ROUND_UP_ULL(ti->len, PAGE_SECTORS);
	get_random_bytes(&v->key, sizeof(v->key));
	mutex_init(&v->drop_mutex);
	spin_lock_init(&v->held_lock);
	init_waitqueue_head(&v->staged);
	INIT_WORK(&v->drop_work, drop_work);
}

/**
 * victim_create() - make a target; nobody finds it yet
 * @ti:		device-mapper's side of it
 * @dev:	its disk; stays the caller's after an error
 * @opts:	its options
 *
 * Context: may sleep.
 * Return: the target; -ENOMEM, or what zcache_pool_create() says.
 */
struct victim *victim_create(struct dm_target *ti, struct dm_dev *dev,
			     const struct options *opts)
{
	struct victim *v = kzalloc(sizeof(*v), GFP_KERNEL);
	int err = -ENOMEM;

	if (!v)
		return ERR_PTR(-ENOMEM);
	init_plain(v, ti, dev, opts);
	v->stats = __alloc_percpu(VICTIM_ST_NR * sizeof(u64), __alignof__(u64));
	if (!v->stats)
		goto out_free;
	err = make_tables(v);
	if (err)
		goto out_stats;
	err = stage_init(v);
	if (err)
		goto out_tables;
	v->pool = zcache_pool_create(TMEM_LOCAL_CLIENT, false);
	if (!IS_ERR(v->pool))
		return v;
	err = PTR_ERR(v->pool);
	stage_exit(v);
out_tables:
	free_tables(v);
out_stats:
	free_percpu(v->stats);
out_free:
	kfree(v);
	return ERR_PTR(err);
}

/**
 * victim_destroy() - the end of a target
 * @v: no bio of it is in flight; perhaps never added
 *
 * Context: may sleep.
 */
void victim_destroy(struct victim *v)
{
	mutex_lock(&victims_mutex);
	if (v->all.next)
		list_del_rcu(&v->all);
	mutex_unlock(&victims_mutex);
	/* Probes that have found it. */
	synchronize_rcu();
	stage_exit(v);
	cancel_work_sync(&v->drop_work);
	zcache_pool_destroy(v->pool);
	free_tables(v);
	free_percpu(v->stats);
	kfree(v);
}

static bool overlaps(const struct victim *a, const struct victim *b)
{
	struct block_device *bdev_a = a->dev->bdev, *bdev_b = b->dev->bdev;
	sector_t start_a = get_start_sect(bdev_a), start_b = get_start_sect(bdev_b);

	return bdev_a->bd_disk == bdev_b->bd_disk &&
	       start_a < start_b + b->ti->len && start_b < start_a + a->ti->len;
}

/* A table that replaces the other one is never active together with it. */
static bool excludes(const struct victim *a, const struct victim *b)
{
	return a->ti->table == b->ti->table ||
	       dm_table_get_md(a->ti->table) != dm_table_get_md(b->ti->table);
}

/**
 * victim_add() - let the probes find a target
 * @v: the target
 *
 * Context: may sleep.
 * Return: false: there is one over the same part of the same disk.
 */
bool victim_add(struct victim *v)
{
	struct victim *other;
	bool free = true;

	mutex_lock(&victims_mutex);
	list_for_each_entry(other, &victim_list, all)
		if (overlaps(v, other) && excludes(v, other))
			free = false;
	if (free)
		list_add_rcu(&v->all, &victim_list);
	mutex_unlock(&victims_mutex);
	return free;
}

/* Around hibernation: what is on the disk may change while we are not there. */
void victim_drop_every(void)
{
	struct victim *v;

	mutex_lock(&victims_mutex);
	list_for_each_entry(v, &victim_list, all)
		victim_drop_all(v);
	mutex_unlock(&victims_mutex);
}
