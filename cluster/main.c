// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of ramster_cluster.ko. */
#include "internal.h"
#include "noise.h"
#include "wire.h"

#include <linux/build_bug.h>
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/* What can be set is what can be said. */
static_assert(CLUSTER_NODES_MAX == CLUSTER_WIRE_NODES);
static_assert(CLUSTER_NAME_MAX == CLUSTER_WIRE_NAME_MAX);
static_assert(CLUSTER_KEY_BYTES == CLUSTER_NOISE_KEY_BYTES);

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
