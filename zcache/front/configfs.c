// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/config/zcache/<name>/: one directory per swap device.
 *
 *   size       bytes, or with K, M, G, T
 *   sync       1: tell swap that the device answers at once (kernel 6.12 and newer)
 *   backing    path of a block device for what the store has no room for; empty: none
 *   live       1 makes the device, 0 removes it (EBUSY while it is in use)
 *   device     name of the block device while live, else empty
 *   idle       "all": all pages are idle until they are touched
 *   writeback  "idle" or "incompressible": these pages go to the backing device now
 *
 * While a device is live, size, sync and backing cannot be changed; while it is not,
 * there is nothing to be idle or written back.
 */
#include "front.h"
#include "../internal.h"

#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/string.h>

struct swap_item {
	struct config_item	item;
	struct mutex		lock;	/* order 1: everything below; for long by write-back */
	struct swapdev		*dev;	/* while live */
	char			*backing;	/* path, or NULL */
	u64			size;
	bool			sync;
};

static struct swap_item *to_swap(struct config_item *item)
{
	return container_of(item, struct swap_item, item);
}

static ssize_t swap_size_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%llu\n", to_swap(item)->size);
}

static ssize_t swap_size_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	ssize_t ret = -EBUSY;
	u64 size;
	int err = swapdev_parse_size(page, &size);

	if (err)
		return err;
	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	if (!swap->dev) {
		swap->size = size;
		ret = count;
	}
	mutex_unlock(&swap->lock);
	return ret;
}
CONFIGFS_ATTR(swap_, size);

static ssize_t swap_sync_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", to_swap(item)->sync);
}

static ssize_t swap_sync_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	ssize_t ret = -EBUSY;
	bool sync;
	int err = kstrtobool(page, &sync);

	if (err)
		return err;
	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	if (!swap->dev) {
		swap->sync = sync;
		ret = count;
	}
	mutex_unlock(&swap->lock);
	return ret;
}
CONFIGFS_ATTR(swap_, sync);

static ssize_t swap_backing_show(struct config_item *item, char *page)
{
	struct swap_item *swap = to_swap(item);
	ssize_t len;

	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	len = sysfs_emit(page, "%s\n", swap->backing ?: "");
	mutex_unlock(&swap->lock);
	return len;
}

/* A path without the newline, NULL if there is none. */
static char *parse_path(const char *text)
{
	char *path = kstrdup(text, GFP_KERNEL);
	size_t len;

	if (!path)
		return ERR_PTR(-ENOMEM);
	len = strlen(path);
	if (len && path[len - 1] == '\n')
		path[--len] = '\0';
	if (len && *path == '/')
		return path;
	kfree(path);
	return len ? ERR_PTR(-EINVAL) : NULL;
}

static ssize_t swap_backing_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	char *path = parse_path(page);
	ssize_t ret = -EBUSY;

	if (IS_ERR(path)) {
		if (PTR_ERR(path) == -EINVAL)
			pr_err("%s: the backing device is given by its path, from / on\n",
			       config_item_name(item));
		return PTR_ERR(path);
	}
	if (mutex_lock_killable(&swap->lock)) {
		kfree(path);
		return -EINTR;
	}
	if (!swap->dev) {
		swap(swap->backing, path);
		ret = count;
	}
	mutex_unlock(&swap->lock);
	kfree(path);
	return ret;
}
CONFIGFS_ATTR(swap_, backing);

static ssize_t swap_live_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", !!READ_ONCE(to_swap(item)->dev));
}

static int go_live(struct swap_item *swap)
{
	struct swapdev *dev;

	if (!swap->size) {
		pr_err("%s: write its size first\n", config_item_name(&swap->item));
		return -EINVAL;
	}
	dev = swapdev_create(swap->size, swap->sync, swap->backing);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	WRITE_ONCE(swap->dev, dev);
	return 0;
}

static int go_down(struct swap_item *swap)
{
	int err = swapdev_remove(swap->dev);

	if (!err)
		WRITE_ONCE(swap->dev, NULL);
	return err;
}

static ssize_t swap_live_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	bool live;
	int err = kstrtobool(page, &live);

	if (err)
		return err;
	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	if (live != !!swap->dev)
		err = live ? go_live(swap) : go_down(swap);
	mutex_unlock(&swap->lock);
	return err ? err : count;
}
CONFIGFS_ATTR(swap_, live);

static ssize_t swap_device_show(struct config_item *item, char *page)
{
	struct swap_item *swap = to_swap(item);
	ssize_t len;

	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	len = sysfs_emit(page, "%s\n", swap->dev ? swap->dev->disk->disk_name : "");
	mutex_unlock(&swap->lock);
	return len;
}
CONFIGFS_ATTR_RO(swap_, device);

/* What is left to do with the pages of a live device that has a backing device. */
static int need_backing(struct swap_item *swap)
{
	lockdep_assert_held(&swap->lock);
	if (swap->dev && swap->dev->backing)
		return 0;
	pr_err("%s: %s\n", config_item_name(&swap->item),
	       swap->dev ? "has no backing device" : "not live");
	return -ENODEV;
}

static ssize_t swap_idle_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	int err;

	if (!sysfs_streq(page, "all"))
		return -EINVAL;
	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	err = need_backing(swap);
	if (!err)
		zcache_pool_mark_idle(swap->dev->pool);
	mutex_unlock(&swap->lock);
	return err ? err : count;
}
CONFIGFS_ATTR_WO(swap_, idle);

static ssize_t swap_writeback_store(struct config_item *item, const char *page, size_t count)
{
	struct swap_item *swap = to_swap(item);
	enum zcache_writeback what;
	int err;

	if (sysfs_streq(page, "idle"))
		what = ZCACHE_WRITEBACK_IDLE;
	else if (sysfs_streq(page, "incompressible"))
		what = ZCACHE_WRITEBACK_INCOMPRESSIBLE;
	else
		return -EINVAL;
	if (mutex_lock_killable(&swap->lock))
		return -EINTR;
	err = need_backing(swap);
	if (!err)
		err = zcache_writeback(swap->dev->pool, what);
	mutex_unlock(&swap->lock);
	return err ? err : count;
}
CONFIGFS_ATTR_WO(swap_, writeback);

static struct configfs_attribute *swap_attrs[] = {
	&swap_attr_size,
	&swap_attr_sync,
	&swap_attr_backing,
	&swap_attr_live,
	&swap_attr_device,
	&swap_attr_idle,
	&swap_attr_writeback,
	NULL
};

static void swap_release(struct config_item *item)
{
	kfree(to_swap(item)->backing);
	kfree(to_swap(item));
}

static struct configfs_item_operations swap_item_ops = {
	.release = swap_release,
};

static const struct config_item_type swap_type = {
	.ct_item_ops	= &swap_item_ops,
	.ct_attrs	= swap_attrs,
	.ct_owner	= THIS_MODULE,
};

/* Set when loading the module cannot fail any more: until then there is nothing to undo. */
static bool accepting;

static struct config_item *make_swap(struct config_group *group, const char *name)
{
	struct swap_item *swap;

	if (!READ_ONCE(accepting))
		return ERR_PTR(-EAGAIN);
	swap = kzalloc(sizeof(*swap), GFP_KERNEL);
	if (!swap)
		return ERR_PTR(-ENOMEM);
	mutex_init(&swap->lock);
	config_item_init_type_name(&swap->item, name, &swap_type);
	return &swap->item;
}

/* rmdir cannot be refused here: a device in use goes when it is closed. */
static void drop_swap(struct config_group *group, struct config_item *item)
{
	struct swap_item *swap = to_swap(item);

	mutex_lock(&swap->lock);
	if (swap->dev)
		swapdev_abandon(swap->dev);
	swap->dev = NULL;
	mutex_unlock(&swap->lock);
	config_item_put(item);
}

static struct configfs_group_operations swaps_group_ops = {
	.make_item	= make_swap,
	.drop_item	= drop_swap,
};

static const struct config_item_type swaps_type = {
	.ct_group_ops	= &swaps_group_ops,
	.ct_owner	= THIS_MODULE,
};

static struct configfs_subsystem swaps = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "zcache",
			.ci_type	= &swaps_type,
		},
	},
};

/**
 * swapdev_configfs_init() - make the directory in which devices are made
 *
 * Nothing can be made there before swapdev_configfs_start().
 *
 * Context: may sleep.
 * Return: 0; what configfs_register_subsystem() returns.
 */
int swapdev_configfs_init(void)
{
	config_group_init(&swaps.su_group);
	mutex_init(&swaps.su_mutex);
	return configfs_register_subsystem(&swaps);
}

void swapdev_configfs_start(void)
{
	WRITE_ONCE(accepting, true);
}

void swapdev_configfs_exit(void)
{
	configfs_unregister_subsystem(&swaps);
}
