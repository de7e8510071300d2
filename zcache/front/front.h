/* SPDX-License-Identifier: GPL-2.0-only */
/* The swap device: what its files share. */
#ifndef RAMSTER_ZCACHE_FRONT_H
#define RAMSTER_ZCACHE_FRONT_H

#include "zcache/zcache.h"

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/mempool.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/*
 * A device is sliced into objects of 4096 pages: swap hands out slots in clusters
 * per CPU, so that CPUs mostly use different objects and so different locks.
 */
#define SLICE_SHIFT	12
#define SLICE_PAGES	BIT(SLICE_SHIFT)

/**
 * struct swapdev - one /dev/zcacheN
 * @disk:	the block device
 * @pool:	persistent pool with its pages
 * @backing:	takes what the store refuses, or NULL
 * @nr_pages:	its size
 * @reserve:	page frames it adds to the reserve
 * @minor:	N
 * @dying:	no further open; disk->open_mutex
 * @orphan:	to be removed with the last close; swapdev_mutex, read unlocked
 * @all:	in the list of devices; swapdev_mutex
 * @lock:	order 9: the waiting writes, the end of the last read
 * @waiting:	writes that found no room while room is being made
 * @stalled:	jiffies at which a write that had to wait last got anywhere
 * @retry:	tries them again
 * @overflow:	writes that go on at the backing device
 * @queued:	writes in @waiting, in @overflow or just out of them
 * @overflow_work: sees to that
 * @bounce:	pages for blocks that do not lie in one page
 * @reads:	struct swapdev_read, for reads of blocks that are not here
 * @blocks:	struct swapdev_block, for each such block
 * @in_flight:	such reads under way
 * @idle:	woken when @in_flight drops to zero
 */
struct swapdev {
	struct gendisk		*disk;
	struct zcache_pool	*pool;
	struct zcache_backing	*backing;
	u64			nr_pages;
	unsigned int		reserve;
	int			minor;
	bool			dying;
	bool			orphan;
	struct list_head	all;

	spinlock_t		lock;	/* order 9 */
	struct bio_list		waiting;
	unsigned long		stalled;
	struct delayed_work	retry;
	struct bio_list		overflow;
	struct work_struct	overflow_work;
	unsigned int		queued;

	mempool_t		*bounce;
	mempool_t		*reads;
	mempool_t		*blocks;
	atomic_t		in_flight;
	wait_queue_head_t	idle;
};

/* swapdev.c */
int swapdev_init(void);
int swapdev_create_first(void);
void swapdev_exit(void);
struct swapdev *swapdev_create(u64 size, bool sync, const char *backing);
int swapdev_remove(struct swapdev *dev);
void swapdev_abandon(struct swapdev *dev);
int swapdev_parse_size(const char *text, u64 *size);

/* io.c */
int swapdev_io_init(struct swapdev *dev);
void swapdev_io_exit(struct swapdev *dev);
void swapdev_submit(struct swapdev *dev, struct bio *bio);
void swapdev_slot_free(struct swapdev *dev, u64 slot);
struct tmem_oid swapdev_slot_object(u64 slot);
u32 swapdev_slot_index(u64 slot);
u64 swapdev_iter_slot(const struct bvec_iter *iter);
struct page *swapdev_whole_page(struct bio *bio, const struct bvec_iter *iter);
void swapdev_copy_block(struct bio *bio, struct bvec_iter iter, struct page *page,
			bool to_bio);
void swapdev_end_bio(struct bio *bio, blk_status_t status);

/* read.c */
int swapdev_read_init(struct swapdev *dev);
void swapdev_read_exit(struct swapdev *dev);
void swapdev_submit_read(struct swapdev *dev, struct bio *bio);

/* write.c */
void swapdev_write_init(struct swapdev *dev);
void swapdev_write_drain(struct swapdev *dev);
void swapdev_submit_write(struct swapdev *dev, struct bio *bio);

/* configfs.c */
int swapdev_configfs_init(void);
void swapdev_configfs_start(void);
void swapdev_configfs_exit(void);

#endif /* RAMSTER_ZCACHE_FRONT_H */
