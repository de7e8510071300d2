// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads: a block is a get.
 *
 * Blocks that are here are read before submit_bio() returns.  The first one that is not
 * makes the bio a struct swapdev_read.  If it is the only one left, it is asked for at
 * once.  Else a worker goes through the rest and asks for one block after the other
 * without waiting for any: inside submit_bio() the second would wait for memory that the
 * first, which has not begun, gives back.  The last block to come ends the bio.
 */
#include "front.h"
#include "../internal.h"

/* A bio, or the rest of one, that has blocks which are not here. */
struct swapdev_read {
	struct swapdev		*dev;
	struct bio		*bio;
	struct bvec_iter	iter;		/* the next block to be read */
	atomic_t		pending;	/* blocks, plus one while more are asked for */
	int			err;		/* the first to fail, or one of them */
	u64			bad_slot;
	struct work_struct	work;
};

/* A block of it that is on its way. */
struct swapdev_block {
	struct zcache_get	get;
	struct swapdev_read	*read;
	struct bvec_iter	iter;
};

#define READS_MIN	16	/* in flight at least, whatever memory there is */
#define BLOCKS_MIN	32

/* A block that was never written reads as zeroes. */
static int get_result(struct page *page, int err)
{
	if (err == -ENOENT) {
		clear_highpage(page);
		err = 0;
	}
	return err;
}

static int get_block(struct swapdev *dev, struct bio *bio, const struct bvec_iter *iter)
{
	u64 slot = swapdev_iter_slot(iter);
	struct tmem_oid oid = swapdev_slot_object(slot);
	struct page *page = swapdev_whole_page(bio, iter), *bounce;
	int err;

	if (page) {
		err = get_result(page, zcache_get(dev->pool, &oid, swapdev_slot_index(slot), page));
		flush_dcache_page(page);
		return err;
	}
	bounce = mempool_alloc(dev->bounce, GFP_NOIO);
	err = get_result(bounce, zcache_get(dev->pool, &oid, swapdev_slot_index(slot), bounce));
	if (!err)
		swapdev_copy_block(bio, *iter, bounce, true);
	mempool_free(bounce, dev->bounce);
	return err;
}

/* Read from *@iter on; stops at the block that fails or is not here. */
static int read_blocks(struct swapdev *dev, struct bio *bio, struct bvec_iter *iter)
{
	while (iter->bi_size) {
		int err = get_block(dev, bio, iter);

		if (err)
			return err;
		bio_advance_iter(bio, iter, PAGE_SIZE);
	}
	return 0;
}

static blk_status_t get_status(struct swapdev *dev, u64 slot, int err)
{
	if (!err)
		return BLK_STS_OK;
	pr_err_ratelimited("%s: slot %llu cannot be read (%d)\n", dev->disk->disk_name, slot,
			   err);
	return BLK_STS_IOERR;
}

/* Any context.  The last to call it ends the bio. */
static void read_put(struct swapdev_read *read)
{
	struct swapdev *dev = read->dev;
	struct bio *bio = read->bio;
	blk_status_t status;
	unsigned long flags;

	if (!atomic_dec_and_test(&read->pending))
		return;
	status = get_status(dev, read->bad_slot, read->err);
	mempool_free(read, dev->reads);
	swapdev_end_bio(bio, status);
	/* Locked: whoever sees that nothing is in flight frees the device. */
	spin_lock_irqsave(&dev->lock, flags);
	if (atomic_dec_and_test(&dev->in_flight))
		wake_up(&dev->idle);
	spin_unlock_irqrestore(&dev->lock, flags);
}

static void read_failed(struct swapdev_read *read, const struct bvec_iter *iter, int err)
{
	read->bad_slot = swapdev_iter_slot(iter);
	WRITE_ONCE(read->err, err);
}

/* A block has come, or not. */
static void block_done(struct zcache_get *get, int err)
{
	struct swapdev_block *block = container_of(get, struct swapdev_block, get);
	struct swapdev_read *read = block->read;
	struct bio *bio = read->bio;
	struct page *page = swapdev_whole_page(bio, &block->iter);

	err = get_result(get->page, err);
	if (!page) {
		if (!err)
			swapdev_copy_block(bio, block->iter, get->page, true);
		mempool_free(get->page, read->dev->bounce);
	} else {
		flush_dcache_page(page);
	}
	if (err)
		read_failed(read, &block->iter, err);
	mempool_free(block, read->dev->blocks);
	read_put(read);
}

/* Ask for the block at the iterator, wherever it is. */
static void ask_block(struct swapdev_read *read)
{
	u64 slot = swapdev_iter_slot(&read->iter);
	struct tmem_oid oid = swapdev_slot_object(slot);
	struct swapdev *dev = read->dev;
	struct swapdev_block *block = mempool_alloc(dev->blocks, GFP_NOIO);

	block->read = read;
	block->iter = read->iter;
	block->get.done = block_done;
	block->get.page = swapdev_whole_page(read->bio, &read->iter);
	if (!block->get.page)
		block->get.page = mempool_alloc(dev->bounce, GFP_NOIO);
	atomic_inc(&read->pending);
	zcache_get_async(dev->pool, &oid, swapdev_slot_index(slot), &block->get);
}

/* Read what is here and ask for what is not, to the end or an error. */
static void read_rest(struct work_struct *work)
{
	struct swapdev_read *read = container_of(work, struct swapdev_read, work);

	while (read->iter.bi_size && !READ_ONCE(read->err)) {
		int err = read_blocks(read->dev, read->bio, &read->iter);

		if (err == -EREMOTE) {
			ask_block(read);
			bio_advance_iter(read->bio, &read->iter, PAGE_SIZE);
		} else if (err) {
			read_failed(read, &read->iter, err);
		}
	}
	read_put(read);
}

/**
 * swapdev_submit_read() - take a read
 * @dev:	the device
 * @bio:	the bio
 *
 * Context: may sleep, in submit_bio().  Waits at most for other reads to be answered.
 */
void swapdev_submit_read(struct swapdev *dev, struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);
	struct bvec_iter iter = bio->bi_iter;
	int err = read_blocks(dev, bio, &iter);
	struct swapdev_read *read;

	bio_end_io_acct(bio, start);
	if (err != -EREMOTE) {
		swapdev_end_bio(bio, get_status(dev, swapdev_iter_slot(&iter), err));
		return;
	}
	read = mempool_alloc(dev->reads, GFP_NOIO);
	read->dev = dev;
	read->bio = bio;
	read->iter = iter;
	read->err = 0;
	atomic_set(&read->pending, 1);
	INIT_WORK(&read->work, read_rest);
	atomic_inc(&dev->in_flight);
	if (iter.bi_size > PAGE_SIZE) {
		queue_work(zcache_wq, &read->work);
		return;
	}
	ask_block(read);
	read_put(read);
}

int swapdev_read_init(struct swapdev *dev)
{
	dev->reads = mempool_create_kmalloc_pool(READS_MIN, sizeof(struct swapdev_read));
	if (!dev->reads)
		return -ENOMEM;
	dev->blocks = mempool_create_kmalloc_pool(BLOCKS_MIN, sizeof(struct swapdev_block));
	if (dev->blocks)
		return 0;
	mempool_destroy(dev->reads);
	return -ENOMEM;
}

void swapdev_read_exit(struct swapdev *dev)
{
	mempool_destroy(dev->blocks);
	mempool_destroy(dev->reads);
}
