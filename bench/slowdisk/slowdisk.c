// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk with one arm: a device-mapper target that does one request after the other, takes a while
 * to get to where the next one is, and then so long for each byte.
 *
 *	0 SECTORS slowdisk DEVICE SEEK_US MIB_PER_SECOND
 *
 * Status: requests and sectors read, those written, and how often the arm has moved.
 *
 * dm-delay is no such thing: requests wait beside each other there, and it counts in ticks.
 */
#include <linux/bio.h>
#include <linux/delay.h>
#include <linux/device-mapper.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

/* What it is behind by is slept off when it is worth a timer. */
#define NAP_US	100

/**
 * struct disk - one target
 * @dev:	where the data is
 * @thread:	the arm
 * @lock:	of @queue
 * @queue:	what is to be done, in the order in which it came
 * @wait:	for the next
 * @seek_us:	for each request that does not begin where the last one ended
 * @mib_per_second: after that
 * @head:	sector behind the last request; of the thread
 * @free_at:	when the last request is done; of the thread
 * @requests:	reads, writes; of the thread, as the two below
 * @sectors:	reads, writes
 * @seeks:	requests that were somewhere else
 */
struct disk {
	struct dm_dev		*dev;
	struct task_struct	*thread;
	spinlock_t		lock;		/* of queue */
	struct bio_list		queue;
	wait_queue_head_t	wait;
	unsigned int		seek_us;
	unsigned int		mib_per_second;
	sector_t		head;
	ktime_t			free_at;
	unsigned long		requests[2];
	unsigned long		sectors[2];
	unsigned long		seeks;
};

static struct bio *take_bio(struct disk *disk)
{
	struct bio *bio;

	spin_lock_irq(&disk->lock);
	bio = bio_list_pop(&disk->queue);
	spin_unlock_irq(&disk->lock);
	return bio;
}

static bool has_bio(struct disk *disk)
{
	return READ_ONCE(disk->queue.head);
}

/* How long this takes, counted from when the last one was done. */
static void spend_time(struct disk *disk, struct bio *bio)
{
	u64 ns = (u64)bio->bi_iter.bi_size * NSEC_PER_SEC / ((u64)disk->mib_per_second << 20);
	ktime_t now = ktime_get();
	s64 us;

	if (bio->bi_iter.bi_sector != disk->head) {
		ns += (u64)disk->seek_us * NSEC_PER_USEC;
		disk->seeks++;
	}
	disk->head = bio_end_sector(bio);
	if (ktime_before(disk->free_at, now))
		disk->free_at = now;
	disk->free_at = ktime_add_ns(disk->free_at, ns);
	us = ktime_us_delta(disk->free_at, now);
	if (us > NAP_US)
		usleep_range(us, us);
}

static int move_arm(void *arg)
{
	struct disk *disk = arg;
	struct bio *bio;
	int write;

	while (!kthread_should_stop()) {
		wait_event_interruptible(disk->wait, has_bio(disk) || kthread_should_stop());
		bio = take_bio(disk);
		if (!bio)
			continue;
		if (bio->bi_iter.bi_size) {
			write = op_is_write(bio_op(bio));
			disk->requests[write]++;
			disk->sectors[write] += bio_sectors(bio);
			spend_time(disk, bio);
		}
		submit_bio_noacct(bio);
	}
	return 0;
}

static int slow_map(struct dm_target *ti, struct bio *bio)
{
	struct disk *disk = ti->private;
	unsigned long flags;

	bio_set_dev(bio, disk->dev->bdev);
	spin_lock_irqsave(&disk->lock, flags);
	bio_list_add(&disk->queue, bio);
	spin_unlock_irqrestore(&disk->lock, flags);
	wake_up(&disk->wait);
	return DM_MAPIO_SUBMITTED;
}

static int slow_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct disk *disk;
	int err;

	if (argc != 3)
		return -EINVAL;
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return -ENOMEM;
	spin_lock_init(&disk->lock);
	bio_list_init(&disk->queue);
	init_waitqueue_head(&disk->wait);
	err = -EINVAL;
	if (kstrtouint(argv[1], 10, &disk->seek_us) ||
	    kstrtouint(argv[2], 10, &disk->mib_per_second) || !disk->mib_per_second)
		goto out_free;
	err = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &disk->dev);
	if (err)
		goto out_free;
	disk->thread = kthread_run(move_arm, disk, "slowdisk");
	if (IS_ERR(disk->thread)) {
		err = PTR_ERR(disk->thread);
		goto out_put_device;
	}
	ti->num_flush_bios = 1;
	ti->private = disk;
	return 0;

out_put_device:
	dm_put_device(ti, disk->dev);
out_free:
	kfree(disk);
	return err;
}

static void slow_dtr(struct dm_target *ti)
{
	struct disk *disk = ti->private;

	kthread_stop(disk->thread);
	dm_put_device(ti, disk->dev);
	kfree(disk);
}

static void slow_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
			char *result, unsigned int maxlen)
{
	struct disk *disk = ti->private;
	unsigned int sz = 0;

	if (type == STATUSTYPE_INFO)
		DMEMIT("reads=%lu read_sectors=%lu writes=%lu written_sectors=%lu seeks=%lu",
		       disk->requests[0], disk->sectors[0], disk->requests[1], disk->sectors[1],
		       disk->seeks);
	else if (type == STATUSTYPE_TABLE)
		DMEMIT("%s %u %u", disk->dev->name, disk->seek_us, disk->mib_per_second);
}

static int slow_iterate(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct disk *disk = ti->private;

	return fn(ti, disk->dev, 0, ti->len, data);
}

static struct target_type slow_target = {
	.name			= "slowdisk",
	.version		= { 1, 0, 0 },
	.module			= THIS_MODULE,
	.ctr			= slow_ctr,
	.dtr			= slow_dtr,
	.map			= slow_map,
	.status			= slow_status,
	.iterate_devices	= slow_iterate,
};
module_dm(slow);

MODULE_DESCRIPTION("a slow disk for benchmarks");
MODULE_LICENSE("GPL");
