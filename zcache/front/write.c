// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes: a block is a put.
 *
 * What the store refuses goes to the backing device, if there is one with a free block:
 * a worker takes over the rest of the bio, and the bio ends when all its blocks have been
 * written there.  A worker, because one bio may have hundreds of such blocks, and what is
 * submitted inside submit_bio() does not begin before it returns.
 *
 * A write that finds no room while room is being made is queued, as on a busy disk, and
 * tried again by another worker: the kernel would re-dirty a refused page and spin.  The
 * iterator of a queued bio says how far it has got.
 */
#include "front.h"
#include "../internal.h"

#include <linux/jiffies.h>

/* How soon queued writes are tried again. */
#define RETRY_DELAY	msecs_to_jiffies(10)

static int put_block(struct swapdev *dev, struct bio *bio, const struct bvec_iter *iter)
{
	u64 slot = swapdev_iter_slot(iter);
	struct tmem_oid oid = swapdev_slot_object(slot);
	struct page *page = swapdev_whole_page(bio, iter), *bounce;
	int err;

	if (page)
		return zcache_put(dev->pool, &oid, swapdev_slot_index(slot), page);

	bounce = mempool_alloc(dev->bounce, GFP_NOIO);
	swapdev_copy_block(bio, *iter, bounce, false);
	err = zcache_put(dev->pool, &oid, swapdev_slot_index(slot), bounce);
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
			    zcache_limit_pages(ZBUD_PERSISTENT));
	return err == -ENOSPC ? BLK_STS_NOSPC : BLK_STS_IOERR;
}

/* A write that has to wait, the first time. */
static void count_in(struct swapdev *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	if (!dev->queued++)
		dev->stalled = jiffies;
	spin_unlock_irqrestore(&dev->lock, flags);
}

static void count_out(struct swapdev *dev)
{
	spin_lock_irq(&dev->lock);
	dev->queued--;
	spin_unlock_irq(&dev->lock);
}

/* A write that was counted in: its next block finds no room now. */
static void queue_write(struct swapdev *dev, struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	bio_list_add(&dev->waiting, bio);
	spin_unlock_irqrestore(&dev->lock, flags);
	queue_delayed_work(zcache_wq, &dev->retry, RETRY_DELAY);
}

/*
 * Whether what has to wait has not waited too long.  The time-out is for the device: when
 * nothing has got anywhere for so long, all that wait are tried and ended.
 */
static bool may_wait(struct swapdev *dev)
{
	unsigned long timeout = msecs_to_jiffies(zcache_room_timeout_ms());

	return time_before(jiffies, READ_ONCE(dev->stalled) + timeout);
}

/* The end of a write that was counted in. */
static void end_queued(struct swapdev *dev, struct bio *bio, int err)
{
	blk_status_t status = put_status(dev, err);

	count_out(dev);
	swapdev_end_bio(bio, status);
}

static struct bio *pop_bio(struct swapdev *dev, struct bio_list *list)
{
	struct bio *bio;

	spin_lock_irq(&dev->lock);
	bio = bio_list_pop(list);
	spin_unlock_irq(&dev->lock);
	return bio;
}

/* Whether a block that the store refused can go to the backing device. */
static bool overflows(struct swapdev *dev, int err)
{
	if (err != -ENOSPC && err != -EAGAIN && err != -ENOMEM && err != -E2BIG)
		return false;
	return dev->backing && !zcache_backing_full(dev->backing);
}

/* As queue_write(), but a worker goes on at the backing device. */
static void queue_overflow(struct swapdev *dev, struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	bio_list_add(&dev->overflow, bio);
	spin_unlock_irqrestore(&dev->lock, flags);
	queue_work(zcache_wq, &dev->overflow_work);
}

/* Begin to write the block at @iter to the backing device. */
static int overflow_block(struct swapdev *dev, struct bio *bio, const struct bvec_iter *iter)
{
	u64 slot = swapdev_iter_slot(iter);
	struct tmem_oid oid = swapdev_slot_object(slot);
	struct page *page = swapdev_whole_page(bio, iter);
	struct zcache_overflow *over = zcache_overflow_alloc(dev->pool, bio);

	if (IS_ERR(over))
		return PTR_ERR(over);
	if (!page) {
		page = zcache_overflow_bounce(over);
		swapdev_copy_block(bio, *iter, page, false);
	}
	return zcache_overflow_submit(over, dev->pool, &oid, swapdev_slot_index(slot), page);
}

/* Go on with a bio whose next block was refused; stops where neither place has room. */
static int overflow_blocks(struct swapdev *dev, struct bio *bio, struct bvec_iter *iter)
{
	int err;

	do {
		err = overflow_block(dev, bio, iter);
		if (!err)
			bio_advance_iter(bio, iter, PAGE_SIZE);
		else if (err != -ENOSPC)
			return err;
		/* If the device has just become full, too, what the store says now counts. */
		err = write_blocks(dev, bio, iter);
	} while (err && overflows(dev, err));
	return err;
}

static void overflow_writes(struct work_struct *work)
{
	struct swapdev *dev = container_of(work, struct swapdev, overflow_work);
	struct bio *bio;

	while ((bio = pop_bio(dev, &dev->overflow))) {
		struct bvec_iter iter = bio->bi_iter;
		int err = overflow_blocks(dev, bio, &iter);

		if (iter.bi_size != bio->bi_iter.bi_size)
			WRITE_ONCE(dev->stalled, jiffies);
		bio->bi_iter = iter;
		if (err == -EAGAIN && may_wait(dev))
			queue_write(dev, bio);
		else
			end_queued(dev, bio, err);
	}
}

/* Try queued writes again, in order, until one finds no room. */
static void retry_writes(struct work_struct *work)
{
	struct swapdev *dev = container_of(to_delayed_work(work), struct swapdev, retry);
	struct bio *bio;

	while ((bio = pop_bio(dev, &dev->waiting))) {
		struct bvec_iter iter = bio->bi_iter;
		int err = write_blocks(dev, bio, &iter);

		if (iter.bi_size != bio->bi_iter.bi_size)
			WRITE_ONCE(dev->stalled, jiffies);
		if (overflows(dev, err)) {
			bio->bi_iter = iter;
			queue_overflow(dev, bio);
			continue;
		}
		if (err == -EAGAIN && may_wait(dev)) {
			bio->bi_iter = iter;
			spin_lock_irq(&dev->lock);
			bio_list_add_head(&dev->waiting, bio);
			spin_unlock_irq(&dev->lock);
			queue_delayed_work(zcache_wq, &dev->retry, RETRY_DELAY);
			return;
		}
		end_queued(dev, bio, err);
	}
}

/**
 * swapdev_submit_write() - take a write
 * @dev:	the device
 * @bio:	the bio
 *
 * Context: may sleep, in submit_bio().
 */
void swapdev_submit_write(struct swapdev *dev, struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);
	struct bvec_iter iter = bio->bi_iter;
	int err = write_blocks(dev, bio, &iter);

	/* Accounts for the whole bio, so before its iterator moves. */
	bio_end_io_acct(bio, start);
	if (err != -EAGAIN && !overflows(dev, err)) {
		swapdev_end_bio(bio, put_status(dev, err));
		return;
	}
	bio->bi_iter = iter;
	count_in(dev);
	if (overflows(dev, err))
		queue_overflow(dev, bio);
	else
		queue_write(dev, bio);
}

void swapdev_write_init(struct swapdev *dev)
{
	bio_list_init(&dev->waiting);
	bio_list_init(&dev->overflow);
	INIT_DELAYED_WORK(&dev->retry, retry_writes);
	INIT_WORK(&dev->overflow_work, overflow_writes);
}

/* No new write comes.  What is on its way to the backing device then is not ours. */
void swapdev_write_drain(struct swapdev *dev)
{
	bool left;

	do {
		flush_work(&dev->overflow_work);
		flush_delayed_work(&dev->retry);
		spin_lock_irq(&dev->lock);
		left = !bio_list_empty(&dev->waiting) || !bio_list_empty(&dev->overflow);
		spin_unlock_irq(&dev->lock);
	} while (left || work_busy(&dev->overflow_work) || work_busy(&dev->retry.work));
}
