/* SPDX-License-Identifier: GPL-2.0-only */
/* The backing device of a pool: what backing.c, backing_io.c, writeback.c, copies.c share. */
#ifndef RAMSTER_ZCACHE_BACKING_H
#define RAMSTER_ZCACHE_BACKING_H

#include "internal.h"

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/mempool.h>
#include <linux/wait.h>

/* Pages for data on its way out that is in no page of a bio's: at least so many. */
#define BACKING_PAGES_MIN	32

/*
 * What zcache_page.block of a backed page is: the number of its block, how the write of it
 * stands, and whether to look for a copy.  Written back pages are published with the write
 * done.
 */
#define BACKING_WRITING		BIT(0)	/* the block is not yet there to be read */
#define BACKING_FAILED		BIT(1)	/* and never will be */
#define BACKING_COPIED		BIT(2)	/* a clean copy was put: see copies.c */
#define BACKING_BLOCK_SHIFT	3

/**
 * struct zcache_backing - a block device that takes pages which the store has no room for
 * @file:	the open device
 * @bdev:	the same
 * @nr_blocks:	blocks of one page that we use
 * @map:	which of them are taken; atomic
 * @used:	how many are taken or about to be; atomic
 * @next:	where to look for a free one, a hint; read and written unlocked
 * @copies:	pool of the clean copies, by block
 * @pages:	pages for data that must be copied
 * @reads:	bios of struct backing_read
 * @overflows:	bios of struct zcache_overflow
 * @writebacks:	bios of struct writeback
 * @lock:	order 10: BACKING_WRITING and BACKING_FAILED of pages, @waiting, @ready,
 *		the end of the last I/O
 * @waiting:	reads of pages that are being written
 * @ready:	reads that wait no longer
 * @resume:	goes on with @ready
 * @resume_wq:	for it alone: works of zcache_wq wait for reads
 * @in_flight:	reads and writes that have not ended
 * @idle:	woken when @in_flight drops to zero
 * @paused_until: jiffies; no write-back in the background before
 */
struct zcache_backing {
	struct file		*file;		/* immutable, as the next three */
	struct block_device	*bdev;
	unsigned long		nr_blocks;
	unsigned long		*map;
	atomic_long_t		used;
	unsigned long		next;
	struct zcache_pool	*copies;	/* immutable */

	mempool_t		*pages;
	struct bio_set		reads;
	struct bio_set		overflows;
	struct bio_set		writebacks;

	spinlock_t		lock;	/* order 10 */
	struct bio_list		waiting;
	struct bio_list		ready;
	struct work_struct	resume;
	struct workqueue_struct	*resume_wq;
	atomic_t		in_flight;
	wait_queue_head_t	idle;
	unsigned long		paused_until;
};

/* backing.c */
struct zcache_backing *zcache_backing_of(const struct tmem_page *page);
bool zcache_block_alloc(struct zcache_backing *backing, unsigned long *block);
void zcache_block_free(struct zcache_backing *backing, unsigned long block);
void zcache_block_release(struct zcache_backing *backing, const struct zcache_page *zpage);
void zcache_backing_io_start(struct zcache_backing *backing);
void zcache_backing_io_end(struct zcache_backing *backing);
sector_t zcache_block_sector(unsigned long block);

/* backing_io.c */
int zcache_backing_io_init(struct zcache_backing *backing);
void zcache_backing_io_exit(struct zcache_backing *backing);

/* copies.c */
int zcache_copies_init(struct zcache_backing *backing);
void zcache_copies_exit(struct zcache_backing *backing);
void zcache_copy_stored(struct zcache_backing *backing, struct zcache_page *target,
			struct tmem_page *page, struct page *bounce);
void zcache_copy_page(struct zcache_backing *backing, struct zcache_page *target, u32 index,
		      struct page *page);
void zcache_copy_drop(struct zcache_backing *backing, unsigned long block);
enum tmem_where zcache_copy_find(struct zcache_backing *backing, const struct zcache_page *zpage,
				 struct tmem_page **copy);
bool zcache_copy_read(struct zcache_backing *backing, const struct zcache_page *zpage,
		      struct tmem_page *copy, struct page *page);

/* writeback.c */
int zcache_writeback_init(struct zcache_backing *backing);

#endif /* RAMSTER_ZCACHE_BACKING_H */
