// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of ramster_cluster.ko. */
#include "internal.h"

#include <linux/module.h>

static int __init cluster_init(void)
{
	int err;

	err = cluster_stats_init();
	if (err)
		return err;
	err = cluster_configfs_init();
	if (err)
		goto out_stats;
	return 0;

out_stats:
	cluster_stats_exit();
	return err;
}

/* Directories in configfs pin the module, so there is no node any more. */
static void __exit cluster_exit(void)
{
	cluster_configfs_exit();
	cluster_stats_exit();
}

module_init(cluster_init);
module_exit(cluster_exit);
MODULE_DESCRIPTION("The machines that RAMster works on");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
