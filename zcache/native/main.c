// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of zcache-native.ko. */
#include "native.h"

#include <linux/module.h>

static const struct zcache_native_ops native_ops = {
	.store		= native_store,
	.load		= native_load,
	.forget		= native_forget,
	.forget_all	= native_forget_all,
	.fs_add		= native_fs_add,
	.fs_put		= native_fs_put,
	.fs_get		= native_fs_get,
	.fs_forget	= native_fs_forget,
	.fs_forget_file	= native_fs_forget_file,
	.fs_remove	= native_fs_remove,
};

static int __init native_init(void)
{
	int err;

	err = native_stats_init();
	if (err)
		return err;
	err = native_ring_init();
	if (err)
		goto out_stats;
	err = native_swap_init();
	if (err)
		goto out_ring;
	err = zcache_native_register(&native_ops);
	if (err)
		goto out_swap;
	native_shrink_start();
	return 0;

out_swap:
	native_swap_exit();
out_ring:
	native_ring_exit();
out_stats:
	native_stats_exit();
	return err;
}

/* Each stored page of a swap device holds us, so there is none. */
static void __exit native_exit(void)
{
	native_shrink_stop();
	zcache_native_unregister(&native_ops);
	native_clean_exit();
	native_swap_exit();
	native_ring_exit();
	native_stats_exit();
}

module_init(native_init);
module_exit(native_exit);
MODULE_DESCRIPTION("Pages from frontswap and cleancache, in the store of zcache");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
