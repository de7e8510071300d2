/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dm-zcache internals.  What keeps it correct is in Documentation/dm-zcache.rst.
 *
 * Locks of dm-zcache, outermost first.  Take a lock only while holding locks above it.
 *   1 victims_mutex    mutex          the set of targets; who drops all of each
 *   2 victim->drop_mutex  mutex       one drop of all contents at a time
 *   3 victim->held_lock   spin        order of puts, with max_pages=; alone
 *   4 bucket->lock     spin, irqs off records of a bucket; leaf
 *     ring->lock       spin, irqs off staging ring; leaf
 *     policy->locks    spin, irqs off ghosts; leaf
 * Under 1 and 2 the store is called, which takes its own locks.  4 are taken in the probes,
 *   so with the i_pages lock of any mapping held and interrupts off; they do not nest in each
 *   other, and nothing is called with one held.
 * Entered with foreign locks held: the probes (i_pages, i_lock, the folio's lock), end_io.
 * Calls out: bio completion and submission with no lock of ours held.
 * Life time: a target is found by the probes under RCU; dtr takes it out, waits for a grace
 *   period and then for its work.  Bios in flight keep it, device-mapper sees to that.
 */
#ifndef RAMSTER_DM_ZCACHE_INTERNAL_H
#define RAMSTER_DM_ZCACHE_INTERNAL_H

#include "zcache/zcache.h"
#include "generation.h"
#include "options.h"
#include "policy.h"
#include "record.h"
#include "ring.h"
#include "stats.h"

#include <linux/bio.h>
#include <linux/device-mapper.h>
#include <linux/mutex.h>
#include <linux/siphash.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* Workers that check and store; see stage.c. */
#define STAGE_WORKERS	4

/* One object per so many blocks, as the swap device does it. */
#define SLICE_SHIFT	14
#define SLICE_BLOCKS	BIT(SLICE_SHIFT)

struct victim;

/**
 * struct stage_worker - one of the workers of a target
 * @victim:	the target
 * @work:	its work
 * @disk:	what the disk holds, with verify=1
 */
struct stage_worker {
	struct victim		*victim;
	struct work_struct	work;
	struct page		*disk;
};

/**
 * struct victim - a target
 * @all:	in the list of targets; victims_mutex, read under RCU
 * @ti:		device-mapper's side of it
 * @dev:	the disk
 * @mapping:	of the mapped device's own pages; only compared
 * @pool:	the pages
 * @blocks:	size
 * @opts:	table line
 * @verify:	compare with the disk; changed by a message, unlocked
 * @enabled:	record and serve; changed by a message, unlocked
 * @dropping:	all is being dropped: serve nothing
 * @key:	of the hash; immutable
 * @gens:	write generations
 * @records:	what is known of pages of the page cache
 * @ring:	copies between eviction and the store
 * @policy:	what is worth storing
 * @stats:	counters
 * @hit_runs:	served bios, to verify one of some
 * @workers:	see stage.c
 * @staged:	woken when a worker is done with a copy
 * @raw_credit:	pages stored compressed for which one may be stored as it is; unlocked, a guess
 * @drop_mutex:	order 2: one drop at a time
 * @drop_work:	drops all after an error
 * @held_lock:	order 3: the three below
 * @held_order:	blocks in the order of their puts, with max_pages=; else NULL
 * @held_first:	oldest there
 * @held_count:	how many
 */
struct victim {
	struct list_head	all;
	struct dm_target	*ti;
	struct dm_dev		*dev;
	unsigned long		mapping;
	struct zcache_pool	*pool;
	u64			blocks;
	struct options		opts;
	bool			verify;
	bool			enabled;
	atomic_t		dropping;
	siphash_key_t		key;
	struct generations	gens;
	struct record_table	records;
	struct ring		ring;
	struct policy		policy;
	u64 __percpu		*stats;
	atomic_t		hit_runs;
	struct stage_worker	workers[STAGE_WORKERS];
	wait_queue_head_t	staged;
	atomic_t		raw_credit;
	struct mutex		drop_mutex;	/* order 2 */
	struct work_struct	drop_work;
	spinlock_t		held_lock;	/* order 3 */
	u64			*held_order;
	u32			held_first;
	u32			held_count;
};

/* How a bio goes on. */
enum victim_bio_state {
	VICTIM_PASS,	/* nothing to do with us */
	VICTIM_MISS,	/* a read from the disk whose pages are to be recorded */
	VICTIM_CHECK,	/* as MISS, and its only page is compared with what was held */
	VICTIM_WRITE,	/* anything that changes blocks */
	VICTIM_DONE,	/* all is done, also for who is called a second time */
};

/**
 * struct victim_bio - what we keep per bio
 * @victim:	the target
 * @state:	see above
 * @flags:	RECORD_* for its pages
 * @iter:	the bio as it came
 * @sum:	of a read: generation_sum() when it was submitted
 * @held:	VICTIM_CHECK: a copy of what was held
 * @work:	the end of a bio that is too large for an interrupt
 */
struct victim_bio {
	struct victim		*victim;
	enum victim_bio_state	state;
	u32			flags;
	struct bvec_iter	iter;
	u64			sum;
	struct page		*held;
	struct work_struct	work;
};

static inline struct victim_bio *victim_bio(struct bio *bio)
{
	return dm_per_bio_data(bio, sizeof(struct victim_bio));
}

static inline u64 iter_block(const struct bvec_iter *iter)
{
	return iter->bi_sector >> (PAGE_SHIFT - SECTOR_SHIFT);
}

static inline struct tmem_oid block_object(u64 block)
{
	return (struct tmem_oid){ .word = { block >> SLICE_SHIFT } };
}

static inline u32 block_index(u64 block)
{
	return block & (SLICE_BLOCKS - 1);
}

static inline unsigned long victim_held(const struct victim *v)
{
	return zcache_pool_pages(v->pool);
}

/* main.c */
extern struct workqueue_struct *main_io_wq;
extern struct workqueue_struct *main_stage_wq;

/* target.c */
int target_init(void);
void target_exit(void);

/* victim.c */
struct victim *victim_create(struct dm_target *ti, struct dm_dev *dev,
			     const struct options *opts);
void victim_destroy(struct victim *v);
extern struct list_head victim_list;
bool victim_add(struct victim *v);
unsigned long victim_flush_range(struct victim *v, u64 first, u64 count);
void victim_drop_all(struct victim *v);
void victim_drop_every(void);
bool victim_may_record(const struct victim *v, struct bio *bio);
void victim_drop_soon(struct victim *v);

/* stats.c */
size_t stats_show(const struct victim *v, char *result, size_t maxlen);
void stats_reset(struct victim *v);

/* identify.c */
struct page *identify_whole_page(struct bio *bio, const struct bvec_iter *iter);
bool identify_aligned(const struct bvec_iter *iter);
bool identify_page_cache(struct page *page);
u64 identify_hash(const struct victim *v, struct page *page);
unsigned int identify_read(struct victim *v, struct bio *bio, const struct victim_bio *vb);
unsigned int identify_write(struct victim *v, struct bio *bio, const struct victim_bio *vb);
void identify_written(struct victim *v, struct bio *bio, const struct victim_bio *vb, bool ok);

/* read.c */
int read_map(struct victim *v, struct bio *bio);
int read_end(struct victim *v, struct bio *bio, blk_status_t error);
void read_cut(struct victim *v, struct bio *bio, u64 run);
void read_served(struct victim *v, struct bio *bio);

/* fetch.c */
bool fetch_start(struct victim *v, struct bio *bio, u64 run);

/* write.c */
void write_map(struct victim *v, struct bio *bio);
int write_end(struct victim *v, struct bio *bio, blk_status_t error);

/* evict.c */
int evict_init(void);
void evict_exit(void);

/* stage.c */
int stage_init(struct victim *v);
void stage_exit(struct victim *v);
void stage_kick(struct victim *v);
int stage_flush(struct victim *v);

/* verify.c */
bool verify_pages(struct victim *v, u64 block, struct page *page, struct page *disk,
		  const char *what);
bool verify_entry(struct victim *v, struct ring_entry *entry, struct page *disk);

#endif /* RAMSTER_DM_ZCACHE_INTERNAL_H */
