// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/config/zcache/<name>/: one directory per swap device.
 *
 *   size    bytes, or with K, M, G, T
 *   sync    1: tell swap that the device answers at once (kernel 6.12 and newer)
 *   live    1 makes the device, 0 removes it (EBUSY while it is in use)
 *   device  name of the block device while live, else empty
 *
 * While a device is live, size and sync cannot be changed.
 */
#include "front.h"
#include "../internal.h"

#include <linux/configfs.h>
#include <linux/module.h>

struct swap_item {
	struct config_item	item;
	struct mutex		lock;	/* order 1: everything below */
	struct swapdev		*dev;	/* while live */
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
	mutex_lock(&swap->lock);
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
	mutex_lock(&swap->lock);
	if (!swap->dev) {
		swap->sync = sync;
		ret = count;
	}
	mutex_unlock(&swap->lock);
	return ret;
}
CONFIGFS_ATTR(swap_, sync);

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
	dev = swapdev_create(swap->size, swap->sync);
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
	mutex_lock(&swap->lock);
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

	mutex_lock(&swap->lock);
	len = sysfs_emit(page, "%s\n", swap->dev ? swap->dev->disk->disk_name : "");
	mutex_unlock(&swap->lock);
	return len;
}
CONFIGFS_ATTR_RO(swap_, device);

static struct configfs_attribute *swap_attrs[] = {
	&swap_attr_size,
	&swap_attr_sync,
	&swap_attr_live,
	&swap_attr_device,
	NULL
};

static void swap_release(struct config_item *item)
{
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

static struct config_item *make_swap(struct config_group *group, const char *name)
{
	struct swap_item *swap = kzalloc(sizeof(*swap), GFP_KERNEL);

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

int swapdev_configfs_init(void)
{
	config_group_init(&swaps.su_group);
	mutex_init(&swaps.su_mutex);
	return configfs_register_subsystem(&swaps);
}

void swapdev_configfs_exit(void)
{
	configfs_unregister_subsystem(&swaps);
}
