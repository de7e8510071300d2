// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a bio: a block of 4 KiB written is a put, read is a get, discarded
 * or freed is a flush; a block never written reads as zeroes.
 *
 * Nothing waits for another bio here.  Local work is done before submit_bio returns.
 * A write that finds no room while room is being made is queued, as on a busy disk,
 * and tried again by a worker: the kernel would re-dirty a refused page and spin.
 * A read of a remote page is completed by the remote tier.  A bio is ended with no
 * lock held, and its iterator says how far it has got.
 */
#include "front.h"
#include "../internal.h"

#include <linux/jiffies.h>

/* How soon queued writes are tried again. */
#define RETRY_DELAY	msecs_to_jiffies(10)

/* A read that has to wait for the remote tier; one block at a time. */
struct swapdev_read {
	struct zcache_get	get;
	struct swapdev		*dev;
	struct bio		*bio;
	struct work_struct	work;
};

#define READS_MIN	16	/* in flight at least, whatever memory there is */

static struct tmem_oid slot_object(u64 slot)
{
	return (struct tmem_oid){ .word = { slot >> SLICE_SHIFT } };
}

static u32 slot_index(u64 slot)
{
	return slot & (SLICE_PAGES - 1);
}

static u64 iter_slot(const struct bvec_iter *iter)
{
	return iter->bi_sector >> (PAGE_SHIFT - SECTOR_SHIFT);
}

/**
 * swapdev_slot_free() - a swap slot is free now
 * @dev:	the device
 * @slot:	perhaps never written
 *
 * Context: any, swap locks held, interrupts on or off.
 */
void swapdev_slot_free(struct swapdev *dev, u64 slot)
{
	struct tmem_oid oid = slot_object(slot);

	zcache_flush_page(dev->pool, &oid, slot_index(slot));
}

/* The page of the bio that the block at @iter is, NULL if it is in pieces. */
static struct page *whole_page(struct bio *bio, const struct bvec_iter *iter)
{
	struct bio_vec bv = bio_iter_iovec(bio, *iter);

	return bv.bv_len == PAGE_SIZE ? bv.bv_page : NULL;
}

static void copy_block(struct bio *bio, struct bvec_iter iter, struct page *page, bool to_bio)
{
	unsigned int done = 0;

	while (done < PAGE_SIZE) {
		struct bio_vec bv = bio_iter_iovec(bio, iter);
		unsigned int len = min_t(unsigned int, bv.bv_len, PAGE_SIZE - done);
		char *part = kmap_local_page(bv.bv_page);
		char *block = kmap_local_page(page);

		if (to_bio)
			memcpy(part + bv.bv_offset, block + done, len);
		else
			memcpy(block + done, part + bv.bv_offset, len);
		kunmap_local(block);
		kunmap_local(part);
		if (to_bio)
			flush_dcache_page(bv.bv_page);
		bio_advance_iter(bio, &iter, len);
		done += len;
	}
}

static int put_block(struct swapdev *dev, struct bio *bio, const struct bvec_iter *iter)
{
	u64 slot = iter_slot(iter);
	struct tmem_oid oid = slot_object(slot);
	struct page *page = whole_page(bio, iter), *bounce;
	int err;

	if (page)
		return zcache_put(dev->pool, &oid, slot_index(slot), page);

	bounce = mempool_alloc(dev->bounce, GFP_NOIO);
	copy_block(bio, *iter, bounce, false);
	err = zcache_put(dev->pool, &oid, slot_index(slot), bounce);
	mempool_free(bounce, dev->bounce);
	return err;
}

/* Write from *@iter on; stops at the block that fails. */
static int write_blocks(struct swapdev *dev, struct bio *bio, struct bvec_iter *iter)
{
	while (iter->bi_size) {
		int err = put_block(dev, bio, iter);

		if (err)
			return err;
		bio_advance_iter(bio, iter, PAGE_SIZE);
	}
	return 0;
}

static blk_status_t put_status(struct swapdev *dev, int err)
{
	if (!err)
		return BLK_STS_OK;
	pr_warn_ratelimited("%s: write refused (%d): %llu page frames used, %lu allowed\n",
			    dev->disk->disk_name, err,
			    (u64)atomic_long_read(&zcache_frame_pages[ZBUD_PERSISTENT]),
			    zcache_limit_pages(true));
	return err == -ENOSPC ? BLK_STS_NOSPC : BLK_STS_IOERR;
}

static void end_bio(struct bio *bio, blk_status_t status)
{
	bio->bi_status = status;
	bio_endio(bio);
}

static void queue_write(struct swapdev *dev, struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (bio_list_empty(&dev->waiting))
		dev->stalled = jiffies;
	bio_list_add(&dev->waiting, bio);
	spin_unlock_irqrestore(&dev->lock, flags);
	queue_delayed_work(zcache_wq, &dev->retry, RETRY_DELAY);
}

static struct bio *next_waiting(struct swapdev *dev)
{
	struct bio *bio;

	spin_lock_irq(&dev->lock);
	bio = bio_list_pop(&dev->waiting);
	spin_unlock_irq(&dev->lock);
	return bio;
}

/*
 * Try queued writes again, in order, until one finds no room.  The time-out is for the
 * device: when nothing has got anywhere for so long, all that wait are tried and ended.
 */
static void retry_writes(struct work_struct *work)
{
	struct swapdev *dev = container_of(to_delayed_work(work), struct swapdev, retry);
	unsigned long timeout = msecs_to_jiffies(zcache_room_timeout_ms());
	struct bio *bio;

	while ((bio = next_waiting(dev))) {
		struct bvec_iter iter = bio->bi_iter;
		int err = write_blocks(dev, bio, &iter);

		if (iter.bi_size != bio->bi_iter.bi_size)
			dev->stalled = jiffies;
		if (err == -EAGAIN && time_before(jiffies, dev->stalled + timeout)) {
			bio->bi_iter = iter;
			spin_lock_irq(&dev->lock);
			bio_list_add_head(&dev->waiting, bio);
			spin_unlock_irq(&dev->lock);
			queue_delayed_work(zcache_wq, &dev->retry, RETRY_DELAY);
			return;
		}
		end_bio(bio, put_status(dev, err));
	}
}

static void submit_write(struct swapdev *dev, struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);
	struct bvec_iter iter = bio->bi_iter;
	int err = write_blocks(dev, bio, &iter);

	/* Accounts for the whole bio, so before its iterator moves. */
	bio_end_io_acct(bio, start);
	if (err == -EAGAIN) {
		bio->bi_iter = iter;
		queue_write(dev, bio);
		return;
	}
	end_bio(bio, put_status(dev, err));
}

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
	u64 slot = iter_slot(iter);
	struct tmem_oid oid = slot_object(slot);
	struct page *page = whole_page(bio, iter), *bounce;
	int err;

	if (page) {
		err = get_result(page, zcache_get(dev->pool, &oid, slot_index(slot), page));
		flush_dcache_page(page);
		return err;
	}
	bounce = mempool_alloc(dev->bounce, GFP_NOIO);
	err = get_result(bounce, zcache_get(dev->pool, &oid, slot_index(slot), bounce));
	if (!err)
		copy_block(bio, *iter, bounce, true);
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

static blk_status_t get_status(struct swapdev *dev, const struct bvec_iter *iter, int err)
{
	if (!err)
		return BLK_STS_OK;
	pr_err_ratelimited("%s: slot %llu cannot be read (%d)\n", dev->disk->disk_name,
			   iter_slot(iter), err);
	return BLK_STS_IOERR;
}

static void finish_read(struct swapdev_read *read, int err)
{
	struct swapdev *dev = read->dev;
	struct bio *bio = read->bio;
	blk_status_t status = get_status(dev, &bio->bi_iter, err);
	unsigned long flags;

	mempool_free(read, dev->reads);
	end_bio(bio, status);
	/* Locked: whoever sees that nothing is in flight frees the device. */
	spin_lock_irqsave(&dev->lock, flags);
	if (atomic_dec_and_test(&dev->in_flight))
		wake_up(&dev->idle);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* The remote tier has answered, for the block at the bio's iterator. */
static void read_done(struct zcache_get *get, int err)
{
	struct swapdev_read *read = container_of(get, struct swapdev_read, get);
	struct bio *bio = read->bio;
	struct page *page = whole_page(bio, &bio->bi_iter);

	err = get_result(get->page, err);
	if (!page) {
		if (!err)
			copy_block(bio, bio->bi_iter, get->page, true);
		mempool_free(get->page, read->dev->bounce);
	} else {
		flush_dcache_page(page);
	}
	if (!err) {
		bio_advance_iter(bio, &bio->bi_iter, PAGE_SIZE);
		if (bio->bi_iter.bi_size) {
			queue_work(zcache_wq, &read->work);
			return;
		}
	}
	finish_read(read, err);
}

/* Fetch the block at the bio's iterator, wherever it is. */
static void read_async(struct swapdev_read *read)
{
	struct bio *bio = read->bio;
	u64 slot = iter_slot(&bio->bi_iter);
	struct tmem_oid oid = slot_object(slot);

	read->get.page = whole_page(bio, &bio->bi_iter);
	if (!read->get.page)
		read->get.page = mempool_alloc(read->dev->bounce, GFP_NOIO);
	zcache_get_async(read->dev->pool, &oid, slot_index(slot), &read->get);
}

/* The rest of a bio after a remote block of it has come. */
static void read_more(struct work_struct *work)
{
	struct swapdev_read *read = container_of(work, struct swapdev_read, work);
	struct bvec_iter iter = read->bio->bi_iter;
	int err = read_blocks(read->dev, read->bio, &iter);

	read->bio->bi_iter = iter;
	if (err == -EREMOTE)
		read_async(read);
	else
		finish_read(read, err);
}

static void submit_read(struct swapdev *dev, struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);
	struct bvec_iter iter = bio->bi_iter;
	int err = read_blocks(dev, bio, &iter);
	struct swapdev_read *read;

	bio_end_io_acct(bio, start);
	if (err != -EREMOTE) {
		end_bio(bio, get_status(dev, &iter, err));
		return;
	}
	/* Waits at most for another read to be answered. */
	read = mempool_alloc(dev->reads, GFP_NOIO);
	read->dev = dev;
	read->bio = bio;
	read->get.done = read_done;
	INIT_WORK(&read->work, read_more);
	atomic_inc(&dev->in_flight);
	bio->bi_iter = iter;
	read_async(read);
}

/* Discard and write-zeroes are the same to us: what is not there reads as zeroes. */
static void submit_discard(struct swapdev *dev, struct bio *bio)
{
	u64 slot = iter_slot(&bio->bi_iter);
	u64 left = bio->bi_iter.bi_size >> PAGE_SHIFT;

	while (left) {
		struct tmem_oid oid = slot_object(slot);
		u32 first = slot_index(slot);
		u32 count = min_t(u64, left, SLICE_PAGES - first);

		zcache_flush_range(dev->pool, &oid, first, first + count - 1);
		slot += count;
		left -= count;
		cond_resched();
	}
	end_bio(bio, BLK_STS_OK);
}

/**
 * swapdev_submit() - take a bio
 * @dev:	the device
 * @bio:	any the block layer may send; ended here or later, exactly once
 *
 * Context: may sleep, waits for no bio and no memory on the way of swap-out.
 */
void swapdev_submit(struct swapdev *dev, struct bio *bio)
{
	const struct bvec_iter *iter = &bio->bi_iter;

	/* The block layer sees to it; a slip must not become another slot's data. */
	if (((iter->bi_sector << SECTOR_SHIFT) | iter->bi_size) & ~PAGE_MASK) {
		bio_io_error(bio);
		return;
	}
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		submit_read(dev, bio);
		break;
	case REQ_OP_WRITE:
		submit_write(dev, bio);
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		submit_discard(dev, bio);
		break;
	case REQ_OP_FLUSH:
		end_bio(bio, BLK_STS_OK);
		break;
	default:
		end_bio(bio, BLK_STS_NOTSUPP);
	}
}

int swapdev_io_init(struct swapdev *dev)
{
	spin_lock_init(&dev->lock);
	bio_list_init(&dev->waiting);
	INIT_DELAYED_WORK(&dev->retry, retry_writes);
	init_waitqueue_head(&dev->idle);
	dev->bounce = mempool_create_page_pool(2, 0);
	if (!dev->bounce)
		return -ENOMEM;
	dev->reads = mempool_create_kmalloc_pool(READS_MIN, sizeof(struct swapdev_read));
	if (dev->reads)
		return 0;
	mempool_destroy(dev->bounce);
	return -ENOMEM;
}

/* The disk is gone: no new bio comes.  Wait for those that are still under way. */
void swapdev_io_exit(struct swapdev *dev)
{
	do {
		flush_delayed_work(&dev->retry);
	} while (!bio_list_empty(&dev->waiting));
	spin_lock_irq(&dev->lock);
	wait_event_lock_irq(dev->idle, !atomic_read(&dev->in_flight), dev->lock);
	spin_unlock_irq(&dev->lock);
	mempool_destroy(dev->reads);
	mempool_destroy(dev->bounce);
}
