// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of zcache.ko: one ladder. */
#include "internal.h"
#include "front/front.h"

#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

struct workqueue_struct *zcache_wq;

static int __init store_init(void)
{
	int err;

	err = zcache_stats_init();
	if (err)
		return err;
	err = zcache_page_init();
	if (err)
		goto out_stats;
	err = zcache_space_init();
	if (err)
		goto out_page;
	err = zcache_compress_init();
	if (err)
		goto out_space;
	err = zcache_shrinker_init();
	if (err)
		goto out_compress;
	return 0;

out_compress:
	zcache_compress_exit();
out_space:
	zcache_space_exit();
out_page:
	zcache_page_exit();
out_stats:
	zcache_stats_exit();
	return err;
}

static void store_exit(void)
{
	zcache_shrinker_exit();
	zcache_repack_exit();
	zcache_writeback_exit();
	zcache_compress_exit();
	zcache_reserve_exit();
	zcache_space_exit();
	zcache_page_exit();
	zcache_stats_exit();
}

static int __init zcache_init(void)
{
	int err;

	/* Makes room for swap-out, so it must run when there is no memory. */
	zcache_wq = alloc_workqueue("zcache", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!zcache_wq)
		return -ENOMEM;
	err = store_init();
	if (err)
		goto out_wq;
	err = zcache_sysfs_init();
	if (err)
		goto out_store;
	err = swapdev_init();
	if (err)
		goto out_sysfs;
	err = swapdev_configfs_init();
	if (err)
		goto out_swapdev;
	err = swapdev_create_first();
	if (err)
		goto out_configfs;
	swapdev_configfs_start();
	return 0;

out_configfs:
	swapdev_configfs_exit();
out_swapdev:
	swapdev_exit();
out_sysfs:
	zcache_sysfs_exit();
out_store:
	store_exit();
out_wq:
	destroy_workqueue(zcache_wq);
	return err;
}

static void __exit zcache_exit(void)
{
	swapdev_configfs_exit();
	swapdev_exit();
	zcache_sysfs_exit();
	store_exit();
	destroy_workqueue(zcache_wq);
}

module_init(zcache_init);
module_exit(zcache_exit);
MODULE_DESCRIPTION("Compressed pages in RAM, with a swap device in front");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
