// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/zcacheN: a bio-based block device whose blocks are pages of the store, made to
 * be swapped to.  This file: how a device comes and goes.
 */
#include "front.h"
#include "../internal.h"

#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/xarray.h>

/*
 * One swap bio may be a 2 MiB folio, 512 pages, none of which compresses and none of
 * which is freed before the last is stored; and several CPUs may be at it.
 */
#define RESERVE_BIO_PAGES	512
#define RESERVE_CPU_PAGES	64

/* mkswap wants ten pages; the index is built for less than 2^44 of them. */
#define MIN_SIZE		(16 * PAGE_SIZE)
#define MAX_SIZE		BIT_ULL(44)

static DEFINE_MUTEX(swapdev_mutex);	/* order 2: the list, creating and removing */
static LIST_HEAD(swapdevs);
static DEFINE_IDA(minors);
static int major;

static void remove_orphans(struct work_struct *work);
static DECLARE_WORK(orphan_work, remove_orphans);

static char *swap_size;
module_param(swap_size, charp, 0444);
MODULE_PARM_DESC(swap_size, "make /dev/zcache0 of this size when loaded, e.g. 4G");

static bool swap_sync;
module_param(swap_sync, bool, 0444);
MODULE_PARM_DESC(swap_sync, "declare that device synchronous: no swap read-ahead, local only (default N)");

COMPAT_SUBMIT_BIO(submit)
{
	swapdev_submit(compat_bio_disk(bio)->private_data, bio);
}

static void slot_free_notify(struct block_device *bdev, unsigned long slot)
{
	swapdev_slot_free(bdev->bd_disk->private_data, slot);
}

/* disk->open_mutex is held by the block layer in open and release. */
COMPAT_BDEV_OPEN(swapdev_open);
static int swapdev_open(struct gendisk *disk, blk_mode_t mode)
{
	struct swapdev *dev = disk->private_data;

	/* An orphan can still be opened: swapoff does, to name the device. */
	return dev->dying ? -ENXIO : 0;
}

COMPAT_BDEV_RELEASE(swapdev_release);
static void swapdev_release(struct gendisk *disk)
{
	struct swapdev *dev = disk->private_data;

	if (READ_ONCE(dev->orphan))
		schedule_work(&orphan_work);
}

static const struct block_device_operations swapdev_fops = {
	.owner			= THIS_MODULE,
	.submit_bio		= compat_submit_bio(submit),
	.open			= compat_bdev_open(swapdev_open),
	.release		= compat_bdev_release(swapdev_release),
	.swap_slot_free_notify	= slot_free_notify,
};

static int add_disk_of(struct swapdev *dev, bool sync)
{
	struct queue_limits lim = {
		.logical_block_size		= PAGE_SIZE,
		.physical_block_size		= PAGE_SIZE,
		.io_min				= PAGE_SIZE,
		.io_opt				= PAGE_SIZE,
		.discard_granularity		= PAGE_SIZE,
		/* A bio's size has 32 bits; stay aligned to pages below that. */
		.max_hw_discard_sectors		= SZ_2G >> SECTOR_SHIFT,
		.max_write_zeroes_sectors	= SZ_2G >> SECTOR_SHIFT,
		/* The page is read while it is compressed. */
		.features			= BLK_FEAT_STABLE_WRITES,
	};
	struct gendisk *disk;
	int err;

	if (sync)
		lim.features |= BLK_FEAT_SYNCHRONOUS;
	disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = major;
	disk->first_minor = dev->minor;
	disk->minors = 1;
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &swapdev_fops;
	disk->private_data = dev;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "zcache%d", dev->minor);
	set_capacity(disk, dev->nr_pages << (PAGE_SHIFT - SECTOR_SHIFT));
	dev->disk = disk;
	err = add_disk(disk);
	if (err)
		put_disk(disk);
	return err;
}

/* Whether that many pages have an index that leaves this machine room for pages. */
static bool index_fits(u64 nr_pages)
{
	u64 index = DIV_ROUND_UP_ULL(nr_pages, XA_CHUNK_SIZE) * sizeof(struct xa_node);

	if (index >> PAGE_SHIFT <= totalram_pages() / 4)
		return true;
	pr_err("the index of a device of %llu MiB would take %llu MiB, more than a quarter of RAM\n",
	       nr_pages >> (20 - PAGE_SHIFT), index >> 20);
	return false;
}

/* Index memory for every slot, so that a write never needs any. */
static int reserve_index(struct swapdev *dev)
{
	u64 slice, slices = DIV_ROUND_UP_ULL(dev->nr_pages, SLICE_PAGES);

	for (slice = 0; slice < slices; slice++) {
		struct tmem_oid oid = { .word = { slice } };
		u64 left = dev->nr_pages - (slice << SLICE_SHIFT);
		u32 last = min_t(u64, left, SLICE_PAGES) - 1;
		int err = zcache_pool_reserve(dev->pool, &oid, last);

		if (err)
			return err;
	}
	return 0;
}

static void warn_size(const struct swapdev *dev)
{
	unsigned long limit = zcache_limit_pages(ZBUD_PERSISTENT);

	pr_info("%s: %llu MiB\n", dev->disk->disk_name, dev->nr_pages >> (20 - PAGE_SHIFT));
	if (dev->backing) {
		unsigned long blocks = zcache_backing_blocks(dev->backing);

		pr_info("%s: %lu MiB on the backing device\n", dev->disk->disk_name,
			blocks >> (20 - PAGE_SHIFT));
		if (dev->nr_pages > limit + blocks)
			pr_notice("%s: larger than the store may grow (%lu MiB) and its backing device: if pages compress badly, writes will fail\n",
				  dev->disk->disk_name, limit >> (20 - PAGE_SHIFT));
	} else if (dev->nr_pages > limit) {
		pr_notice("%s: no backing device and larger than the store may grow (%lu MiB): if pages compress badly, writes will fail\n",
			  dev->disk->disk_name, limit >> (20 - PAGE_SHIFT));
	}
}

static int swapdev_start(struct swapdev *dev, bool sync)
{
	int err;

	dev->minor = ida_alloc_max(&minors, MINORMASK, GFP_KERNEL);
	if (dev->minor < 0)
		return dev->minor;
	err = swapdev_io_init(dev);
	if (err)
		goto out_minor;
	dev->pool = zcache_pool_create(TMEM_LOCAL_CLIENT, true);
	if (IS_ERR(dev->pool)) {
		err = PTR_ERR(dev->pool);
		goto out_io;
	}
	dev->pool->backing = dev->backing;
	err = reserve_index(dev);
	if (err)
		goto out_pool;
	err = zcache_reserve_add(dev->reserve);
	if (err)
		goto out_pool;
	err = add_disk_of(dev, sync);
	if (err)
		goto out_reserve;
	return 0;

out_reserve:
	zcache_reserve_sub(dev->reserve);
out_pool:
	zcache_pool_destroy(dev->pool);
out_io:
	swapdev_io_exit(dev);
out_minor:
	ida_free(&minors, dev->minor);
	return err;
}

/* A replaced page keeps its block for as long as it is written or read. */
#define SPARE_BLOCKS		1024

static struct zcache_backing *open_backing(const struct swapdev *dev, const char *path)
{
	struct zcache_backing *backing;

	backing = zcache_backing_open(path, dev->nr_pages + SPARE_BLOCKS);
	if (IS_ERR(backing) || zcache_backing_disk(backing)->fops != &swapdev_fops)
		return backing;
	pr_err("backing device %s: it keeps its pages in the same store\n", path);
	zcache_backing_close(backing);
	return ERR_PTR(-EINVAL);
}

/**
 * swapdev_create() - make a device
 * @size:	bytes, rounded down to pages
 * @sync:	declare it synchronous
 * @backing:	path of its backing device, or NULL
 *
 * Context: may sleep.
 * Return: the device; -EINVAL: bad size, or @sync and @backing; -ENOMEM and others, as
 * zcache_backing_open().
 */
struct swapdev *swapdev_create(u64 size, bool sync, const char *backing)
{
	struct swapdev *dev;
	int err;

	if (size < MIN_SIZE || size > MAX_SIZE) {
		pr_err("size of a device must be %lu KiB to %llu TiB\n", MIN_SIZE >> 10,
		       MAX_SIZE >> 40);
		return ERR_PTR(-EINVAL);
	}
	if (sync && backing) {
		pr_err("a device with a backing device cannot be synchronous\n");
		return ERR_PTR(-EINVAL);
	}
	if (!index_fits(size >> PAGE_SHIFT))
		return ERR_PTR(-ENOMEM);
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->nr_pages = size >> PAGE_SHIFT;
	dev->reserve = RESERVE_BIO_PAGES + RESERVE_CPU_PAGES * num_possible_cpus();
	/* A small device cannot need more than all of itself. */
	dev->reserve = min_t(u64, dev->reserve, dev->nr_pages);
	if (backing)
		dev->backing = open_backing(dev, backing);
	if (IS_ERR(dev->backing)) {
		err = PTR_ERR(dev->backing);
		goto out_free;
	}

	mutex_lock(&swapdev_mutex);
	err = swapdev_start(dev, sync);
	if (!err)
		list_add_tail(&dev->all, &swapdevs);
	mutex_unlock(&swapdev_mutex);
	if (err)
		goto out_backing;
	warn_size(dev);
	return dev;

out_backing:
	zcache_backing_close(dev->backing);
out_free:
	pr_err("device not made: error %d\n", err);
	kfree(dev);
	return ERR_PTR(err);
}

/* Whether it was closed, and stays so. */
static bool shut(struct swapdev *dev)
{
	bool closed;

	mutex_lock(compat_open_mutex(dev->disk));
	closed = !disk_openers(dev->disk) && !dev->dying;
	if (closed)
		dev->dying = true;
	mutex_unlock(compat_open_mutex(dev->disk));
	return closed;
}

static int remove_locked(struct swapdev *dev)
{
	lockdep_assert_held(&swapdev_mutex);
	if (!shut(dev))
		return -EBUSY;
	list_del(&dev->all);
	del_gendisk(dev->disk);
	swapdev_io_exit(dev);
	put_disk(dev->disk);
	zcache_reserve_sub(dev->reserve);
	zcache_pool_destroy(dev->pool);
	zcache_backing_close(dev->backing);
	ida_free(&minors, dev->minor);
	kfree(dev);
	return 0;
}

/**
 * swapdev_remove() - remove a device and all it holds
 * @dev: gone on success
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: it is swapped to, mounted, or open otherwise.
 */
int swapdev_remove(struct swapdev *dev)
{
	int err;

	mutex_lock(&swapdev_mutex);
	err = remove_locked(dev);
	mutex_unlock(&swapdev_mutex);
	return err;
}

static void remove_orphans(struct work_struct *work)
{
	struct swapdev *dev, *next;

	mutex_lock(&swapdev_mutex);
	list_for_each_entry_safe(dev, next, &swapdevs, all)
		if (dev->orphan)
			remove_locked(dev);
	mutex_unlock(&swapdev_mutex);
}

/**
 * swapdev_abandon() - remove a device now, or when it is closed
 * @dev: not to be used any more
 *
 * Its configuration directory was removed, which cannot be refused.
 *
 * Context: may sleep.
 */
void swapdev_abandon(struct swapdev *dev)
{
	mutex_lock(&swapdev_mutex);
	WRITE_ONCE(dev->orphan, true);
	if (remove_locked(dev))
		pr_notice("%s: in use, will be removed when it is closed\n",
			  dev->disk->disk_name);
	mutex_unlock(&swapdev_mutex);
}

/* The image on disk would not contain what a device holds. */
static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	bool live;

	if (event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	mutex_lock(&swapdev_mutex);
	live = !list_empty(&swapdevs);
	mutex_unlock(&swapdev_mutex);
	if (!live)
		return NOTIFY_DONE;
	pr_err("hibernation refused: the pages in /dev/zcache* would be lost\n");
	return NOTIFY_BAD;
}

static struct notifier_block pm_notifier = {
	.notifier_call = pm_event,
};

/**
 * swapdev_parse_size() - read a size as people write it
 * @text:	a number, perhaps with K, M, G or T, perhaps a newline
 * @size:	set to bytes
 *
 * memparse() would accept what does not fit in 64 bits.
 *
 * Context: any.
 * Return: 0; -EINVAL; -ERANGE.
 */
int swapdev_parse_size(const char *text, u64 *size)
{
	static const char units[] = "KMGT";
	char buf[32], *unit, *number;
	unsigned int shift = 0;
	u64 value;
	int err;

	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	number = strim(buf);
	if (!*number)
		return -EINVAL;
	unit = number + strlen(number) - 1;
	if (isalpha(*unit)) {
		const char *found = strchr(units, toupper(*unit));

		if (!found)
			return -EINVAL;
		shift = 10 * (found - units + 1);
		*unit = '\0';
	}
	err = kstrtou64(number, 10, &value);
	if (err)
		return err;
	*size = value << shift;
	return *size >> shift == value ? 0 : -ERANGE;
}

/**
 * swapdev_create_first() - make the device that the module parameters ask for
 *
 * The last step of loading the module: a device can be opened at once, and an open device
 * does not keep a module whose init fails.
 *
 * Context: may sleep.
 * Return: 0, also if none is asked for; -EINVAL: bad parameter; as swapdev_create().
 */
int swapdev_create_first(void)
{
	struct swapdev *dev;
	u64 size;
	int err;

	if (!swap_size)
		return 0;
	err = swapdev_parse_size(swap_size, &size);
	if (err) {
		pr_err("swap_size=%s is not a size; write 512M, 4G, ...\n", swap_size);
		return err;
	}
	dev = swapdev_create(size, swap_sync, NULL);
	return PTR_ERR_OR_ZERO(dev);
}

int swapdev_init(void)
{
	int err;

	major = register_blkdev(0, "zcache");
	if (major < 0)
		return major;
	err = register_pm_notifier(&pm_notifier);
	if (err)
		unregister_blkdev(major, "zcache");
	return err;
}

/* An open device pins the module, so all that is left is closed. */
void swapdev_exit(void)
{
	struct swapdev *dev, *next;

	unregister_pm_notifier(&pm_notifier);
	cancel_work_sync(&orphan_work);
	mutex_lock(&swapdev_mutex);
	list_for_each_entry_safe(dev, next, &swapdevs, all)
		WARN_ON_ONCE(remove_locked(dev));
	mutex_unlock(&swapdev_mutex);
	cancel_work_sync(&orphan_work);
	unregister_blkdev(major, "zcache");
	ida_destroy(&minors);
}
