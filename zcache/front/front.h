/* SPDX-License-Identifier: GPL-2.0-only */
/* The swap device: what its three files share. */
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
 * @nr_pages:	its size
 * @reserve:	page frames it adds to the reserve
 * @minor:	N
 * @dying:	no further open; disk->open_mutex
 * @orphan:	to be removed with the last close; swapdev_mutex, read unlocked
 * @all:	in the list of devices; swapdev_mutex
 * @lock:	order 8: the waiting writes
 * @waiting:	writes that found no room while room is being made
 * @stalled:	jiffies at which the oldest of them last got anywhere
 * @retry:	tries them again
 * @bounce:	pages for blocks that do not lie in one page
 * @reads:	struct swapdev_read, for reads that go to the remote tier
 * @in_flight:	such reads under way
 * @idle:	woken when @in_flight drops to zero
 */
struct swapdev {
	struct gendisk		*disk;
	struct zcache_pool	*pool;
	u64			nr_pages;
	unsigned int		reserve;
	int			minor;
	bool			dying;
	bool			orphan;
	struct list_head	all;

	spinlock_t		lock;	/* order 8 */
	struct bio_list		waiting;
	unsigned long		stalled;
	struct delayed_work	retry;

	mempool_t		*bounce;
	mempool_t		*reads;
	atomic_t		in_flight;
	wait_queue_head_t	idle;
};

/* swapdev.c */
int swapdev_init(void);
void swapdev_exit(void);
struct swapdev *swapdev_create(u64 size, bool sync);
int swapdev_remove(struct swapdev *dev);
void swapdev_abandon(struct swapdev *dev);
int swapdev_parse_size(const char *text, u64 *size);

/* io.c */
int swapdev_io_init(struct swapdev *dev);
void swapdev_io_exit(struct swapdev *dev);
void swapdev_submit(struct swapdev *dev, struct bio *bio);
void swapdev_slot_free(struct swapdev *dev, u64 slot);

/* configfs.c */
int swapdev_configfs_init(void);
void swapdev_configfs_exit(void);

#endif /* RAMSTER_ZCACHE_FRONT_H */
