// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a bio: a block of 4 KiB written is a put, read is a get, discarded
 * or freed is a flush; a block never written reads as zeroes.  Writing is in write.c,
 * reading in read.c; this file: the rest, and what they share.
 *
 * Nothing waits for another bio here.  Local work is done before submit_bio returns, all
 * else by workers and by those who have the page.  A bio is ended with no lock held.
 */
#include "front.h"
#include "../internal.h"

struct tmem_oid swapdev_slot_object(u64 slot)
{
	return (struct tmem_oid){ .word = { slot >> SLICE_SHIFT } };
}

u32 swapdev_slot_index(u64 slot)
{
	return slot & (SLICE_PAGES - 1);
}

u64 swapdev_iter_slot(const struct bvec_iter *iter)
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
	struct tmem_oid oid = swapdev_slot_object(slot);

	zcache_flush_page(dev->pool, &oid, swapdev_slot_index(slot));
}

/* The page of the bio that the block at @iter is, NULL if it is in pieces. */
struct page *swapdev_whole_page(struct bio *bio, const struct bvec_iter *iter)
{
	struct bio_vec bv = bio_iter_iovec(bio, *iter);

	return bv.bv_len == PAGE_SIZE ? bv.bv_page : NULL;
}

/* The block at @iter is in pieces: to or from @page. */
void swapdev_copy_block(struct bio *bio, struct bvec_iter iter, struct page *page, bool to_bio)
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

void swapdev_end_bio(struct bio *bio, blk_status_t status)
{
	/* A part of it may have failed already. */
	if (status)
		bio->bi_status = status;
	bio_endio(bio);
}

/* Discard and write-zeroes are the same to us: what is not there reads as zeroes. */
static void submit_discard(struct swapdev *dev, struct bio *bio)
{
	u64 slot = swapdev_iter_slot(&bio->bi_iter);
	u64 left = bio->bi_iter.bi_size >> PAGE_SHIFT;

	while (left) {
		struct tmem_oid oid = swapdev_slot_object(slot);
		u32 first = swapdev_slot_index(slot);
		u32 count = min_t(u64, left, SLICE_PAGES - first);

		zcache_flush_range(dev->pool, &oid, first, first + count - 1);
		slot += count;
		left -= count;
		cond_resched();
	}
	swapdev_end_bio(bio, BLK_STS_OK);
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
		swapdev_submit_read(dev, bio);
		break;
	case REQ_OP_WRITE:
		swapdev_submit_write(dev, bio);
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		submit_discard(dev, bio);
		break;
	case REQ_OP_FLUSH:
		swapdev_end_bio(bio, BLK_STS_OK);
		break;
	default:
		swapdev_end_bio(bio, BLK_STS_NOTSUPP);
	}
}

int swapdev_io_init(struct swapdev *dev)
{
	int err;

	spin_lock_init(&dev->lock);
	init_waitqueue_head(&dev->idle);
	swapdev_write_init(dev);
	dev->bounce = mempool_create_page_pool(2, 0);
	if (!dev->bounce)
		return -ENOMEM;
	err = swapdev_read_init(dev);
	if (err)
		mempool_destroy(dev->bounce);
	return err;
}

/* The disk is gone: no new bio comes.  Wait for those that are still under way. */
void swapdev_io_exit(struct swapdev *dev)
{
	swapdev_write_drain(dev);
	spin_lock_irq(&dev->lock);
	wait_event_lock_irq(dev->idle, !atomic_read(&dev->in_flight), dev->lock);
	spin_unlock_irq(&dev->lock);
	swapdev_read_exit(dev);
	mempool_destroy(dev->bounce);
}
