// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backing device: a block device, or a part of one, that takes the pages of one pool
 * which the store refuses or writes back.  This file: opening and closing it, its blocks,
 * and what a page in it is to the store.
 *
 * A backed page has a descriptor as any other, with the number of a block of one page
 * instead of a place in a frame, and is TMEM_REMOTE in the index.  A block is taken when
 * a write is prepared and free again when its descriptor is nobody's any more.  Every
 * read and write of a block pins the descriptor, so there is never more than one write to
 * a block under way, and none is used again while the device may still be at it.
 *
 * What is written there is of no use after the device is closed: nothing tells which
 * block was what.
 */
#include "backing.h"

#include <linux/bitmap.h>
#include <linux/fs.h>

/* How many are open: while there is none, nobody looks for work. */
atomic_t zcache_backings;

/**
 * zcache_backing_of() - where pages of the same pool may be backed
 * @page: pinned by the caller, or about to be freed by him
 *
 * Context: any.
 * Return: the backing device, NULL if the pool has none.
 */
struct zcache_backing *zcache_backing_of(const struct tmem_page *page)
{
	struct zcache_pool *pool = tmem_pool_host(tmem_page_pool(page));

	return pool->backing;
}

sector_t zcache_block_sector(unsigned long block)
{
	return (sector_t)block << (PAGE_SHIFT - SECTOR_SHIFT);
}

/**
 * zcache_backing_full() - whether no block is free
 * @backing: the device
 *
 * Context: any; true a moment ago.
 */
bool zcache_backing_full(struct zcache_backing *backing)
{
	return atomic_long_read(&backing->used) >= backing->nr_blocks;
}

/**
 * zcache_block_alloc() - take a block
 * @backing:	the device
 * @block:	set to its number
 *
 * Next fit, so that what is written together lies together.
 *
 * Context: any.
 * Return: whether there was one.
 */
bool zcache_block_alloc(struct zcache_backing *backing, unsigned long *block)
{
	unsigned long nr;

	if (atomic_long_inc_return(&backing->used) > backing->nr_blocks) {
		atomic_long_dec(&backing->used);
		return false;
	}
	/* Counted in, so one is free for us; others may be quicker to take the one we saw. */
	nr = READ_ONCE(backing->next);
	for (;;) {
		nr = find_next_zero_bit(backing->map, backing->nr_blocks, nr);
		if (nr >= backing->nr_blocks)
			nr = 0;
		else if (!test_and_set_bit(nr, backing->map))
			break;
	}
	WRITE_ONCE(backing->next, nr + 1 < backing->nr_blocks ? nr + 1 : 0);
	*block = nr;
	return true;
}

/**
 * zcache_block_free() - give a block back
 * @backing:	the device
 * @block:	nothing reads or writes it any more
 *
 * Context: any.
 */
void zcache_block_free(struct zcache_backing *backing, unsigned long block)
{
	/* Free before it is counted out: see zcache_block_alloc(). */
	clear_bit_unlock(block, backing->map);
	smp_mb__before_atomic();	/* pairs with the counting in */
	atomic_long_dec(&backing->used);
}

/**
 * zcache_block_release() - give a block back, and forget its clean copy
 * @backing:	the device
 * @zpage:	descriptor with the block, nobody's; nothing reads or writes it any more
 *
 * Context: any, interrupts on or off, foreign spin locks held; no lock of tmem or zbud.
 */
void zcache_block_release(struct zcache_backing *backing, const struct zcache_page *zpage)
{
	unsigned long block = zpage->block >> BACKING_BLOCK_SHIFT;

	/* In this order: who takes the block next puts a copy of something else. */
	if (zpage->block & BACKING_COPIED)
		zcache_copy_drop(backing, block);
	zcache_block_free(backing, block);
}

/**
 * zcache_backing_release() - a backed page is nobody's any more
 * @zpage: its descriptor
 *
 * Context: any, interrupts on or off.
 */
void zcache_backing_release(struct zcache_page *zpage)
{
	zcache_block_release(zcache_backing_of(&zpage->t), zpage);
	zcache_count_add(backing_pages, -1);
	zcache_page_free(zpage);
}

void zcache_backing_io_start(struct zcache_backing *backing)
{
	atomic_inc(&backing->in_flight);
}

/* Any context.  The last use of @backing by an I/O. */
void zcache_backing_io_end(struct zcache_backing *backing)
{
	unsigned long flags;

	/* Locked: whoever sees that nothing is in flight frees the device. */
	spin_lock_irqsave(&backing->lock, flags);
	if (atomic_dec_and_test(&backing->in_flight))
		wake_up(&backing->idle);
	spin_unlock_irqrestore(&backing->lock, flags);
}

/* Whether a block device is one that we can use. */
static int usable(const char *path, struct block_device *bdev)
{
	const char *why;

	if (bdev_nr_sectors(bdev) < PAGE_SIZE >> SECTOR_SHIFT)
		why = "smaller than a page";
	else if (bdev_logical_block_size(bdev) > PAGE_SIZE)
		why = "its blocks are larger than a page";
	else if (bdev_is_zoned(bdev))
		why = "zoned, its blocks cannot be written in any order";
	else
		return 0;
	pr_err("backing device %s: %s\n", path, why);
	return -EINVAL;
}

static void say_why(const char *path, int err)
{
	const char *why = "cannot be opened";

	if (err == -ENOTBLK)
		why = "not a block device; a file needs a loop device";
	else if (err == -EBUSY)
		why = "in use";
	else if (err == -ENOENT || err == -ENXIO || err == -ENODEV)
		why = "there is none";
	else if (err == -EACCES || err == -EROFS)
		why = "may not be written";
	pr_err("backing device %s: %s (%d)\n", path, why, err);
}

/* Open for ourselves alone. */
static int open_bdev(struct zcache_backing *backing, const char *path)
{
	struct file *file = bdev_file_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE,
						   backing, NULL);
	int err;

	if (IS_ERR(file)) {
		say_why(path, PTR_ERR(file));
		return PTR_ERR(file);
	}
	err = usable(path, file_bdev(file));
	if (err) {
		bdev_fput(file);
		return err;
	}
	backing->file = file;
	backing->bdev = file_bdev(file);
	return 0;
}

static int map_blocks(struct zcache_backing *backing, u64 most)
{
	u64 blocks = bdev_nr_sectors(backing->bdev) >> (PAGE_SHIFT - SECTOR_SHIFT);

	backing->nr_blocks = min(blocks, most);
	backing->map = kvcalloc(BITS_TO_LONGS(backing->nr_blocks), sizeof(long), GFP_KERNEL);
	return backing->map ? 0 : -ENOMEM;
}

/**
 * zcache_backing_open() - open a backing device
 * @path:	of a block device; opened for us alone, and written over
 * @most:	blocks that can ever be of use
 *
 * Context: may sleep.
 * Return: the device; an error, which was logged: -ENOTBLK, -EBUSY, -EINVAL (too small
 * or otherwise of no use), -ENOMEM, and what opening it may give.
 */
struct zcache_backing *zcache_backing_open(const char *path, u64 most)
{
	struct zcache_backing *backing = kzalloc(sizeof(*backing), GFP_KERNEL);
	int err;

	if (!backing)
		return ERR_PTR(-ENOMEM);
	backing->paused_until = jiffies;
	err = open_bdev(backing, path);
	if (err)
		goto out_free;
	err = map_blocks(backing, most);
	if (err)
		goto out_close;
	err = zcache_copies_init(backing);
	if (err)
		goto out_map;
	err = zcache_backing_io_init(backing);
	if (err)
		goto out_copies;
	atomic_inc(&zcache_backings);
	return backing;

out_copies:
	zcache_copies_exit(backing);
out_map:
	kvfree(backing->map);
out_close:
	bdev_fput(backing->file);
out_free:
	kfree(backing);
	return ERR_PTR(err);
}

/**
 * zcache_backing_close() - close a backing device
 * @backing: its pool is gone, so no page is in it; NULL is fine
 *
 * Waits for what is still under way.
 *
 * Context: may sleep.
 */
void zcache_backing_close(struct zcache_backing *backing)
{
	if (!backing)
		return;
	atomic_dec(&zcache_backings);
	zcache_backing_io_exit(backing);
	zcache_copies_exit(backing);
	if (atomic_long_read(&backing->used))
		pr_err("bad accounting: %ld blocks of a backing device are taken at the end\n",
		       atomic_long_read(&backing->used));
	kvfree(backing->map);
	bdev_fput(backing->file);
	kfree(backing);
}

struct gendisk *zcache_backing_disk(const struct zcache_backing *backing)
{
	return backing->bdev->bd_disk;
}

unsigned long zcache_backing_blocks(const struct zcache_backing *backing)
{
	return backing->nr_blocks;
}
