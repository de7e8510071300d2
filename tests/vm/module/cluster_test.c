// SPDX-License-Identifier: GPL-2.0-only
/*
 * cluster_test.ko: a user of the cluster, debugfs directory cluster_test/.
 *
 *   api         interface to be registered for
 *   registered  1: register; 0: unregister
 *   events      what the user was told: up or down, number, name, and whether the number
 *               can be looked up meanwhile
 *   errors      what must never happen: up or down twice
 *   map         numbers in use
 *   local       number of this machine, or the error
 *   hold        looks a number up and keeps it; the reference that was kept before goes back
 *   churn       looks all numbers up for so many milliseconds, fails if one is another node
 */
#include "cluster/cluster.h"

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

static struct dentry *dir;
static atomic_t errors;
static DECLARE_BITMAP(nodes_up, CLUSTER_NODES_MAX);

static DEFINE_MUTEX(held_mutex);	/* order 1: held */
static struct cluster_node *held;

static char events[PAGE_SIZE];
static size_t events_size;

/* Calls come one at a time; who reads the events waits for them to be over. */
static void add_event(const char *what, struct cluster_node *node)
{
	unsigned int number = cluster_node_number(node);
	struct cluster_node *found = cluster_node_get(number);

	events_size += scnprintf(events + events_size, sizeof(events) - events_size,
				 "%s %u %s %s\n", what, number, cluster_node_name(node),
				 found == node ? "there" : "gone");
	if (found)
		cluster_node_put(found);
}

static void node_up(struct cluster_node *node)
{
	if (test_and_set_bit(cluster_node_number(node), nodes_up))
		atomic_inc(&errors);
	add_event("up", node);
}

static void node_down(struct cluster_node *node)
{
	if (!test_and_clear_bit(cluster_node_number(node), nodes_up))
		atomic_inc(&errors);
	add_event("down", node);
}

static struct cluster_user_ops ops = {
	.owner	= THIS_MODULE,
	.api	= CLUSTER_API_VERSION,
	.up	= node_up,
	.down	= node_down,
};

static int set_registered(void *unused, u64 wanted)
{
	int err;

	if (wanted)
		return cluster_user_register(&ops);
	err = cluster_user_unregister(&ops);
	if (!err)
		bitmap_zero(nodes_up, CLUSTER_NODES_MAX);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(registered_fops, NULL, set_registered, "%llu\n");

static int events_show(struct seq_file *m, void *unused)
{
	seq_write(m, events, events_size);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(events);

static int map_show(struct seq_file *m, void *unused)
{
	DECLARE_BITMAP(map, CLUSTER_NODES_MAX);

	cluster_node_map(map);
	seq_printf(m, "%*pbl\n", CLUSTER_NODES_MAX, map);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(map);

static int local_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", cluster_node_local());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(local);

static int get_held(void *unused, u64 *number)
{
	int err = 0;

	mutex_lock(&held_mutex);
	if (held)
		*number = cluster_node_number(held);
	else
		err = -ENOENT;
	mutex_unlock(&held_mutex);
	return err;
}

static int set_held(void *unused, u64 number)
{
	struct cluster_node *node = cluster_node_get(number);
	struct cluster_node *before;

	mutex_lock(&held_mutex);
	before = held;
	held = node;
	mutex_unlock(&held_mutex);
	if (before)
		cluster_node_put(before);
	return node ? 0 : -ENOENT;
}
DEFINE_DEBUGFS_ATTRIBUTE(hold_fops, get_held, set_held, "%llu\n");

static int churn(void *unused, u64 ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	unsigned int number;

	while (time_before(jiffies, end)) {
		for (number = 0; number <= CLUSTER_NODES_MAX; number++) {
			struct cluster_node *node = cluster_node_get(number);

			if (!node)
				continue;
			if (cluster_node_number(node) != number || !*cluster_node_name(node))
				atomic_inc(&errors);
			cluster_node_put(node);
		}
		cond_resched();
	}
	return atomic_read(&errors) ? -EIO : 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(churn_fops, NULL, churn, "%llu\n");

static int __init cluster_test_init(void)
{
	dir = debugfs_create_dir("cluster_test", NULL);
	debugfs_create_u32("api", 0600, dir, &ops.api);
	debugfs_create_file_unsafe("registered", 0200, dir, NULL, &registered_fops);
	debugfs_create_file("events", 0400, dir, NULL, &events_fops);
	debugfs_create_atomic_t("errors", 0400, dir, &errors);
	debugfs_create_file("map", 0400, dir, NULL, &map_fops);
	debugfs_create_file("local", 0400, dir, NULL, &local_fops);
	debugfs_create_file_unsafe("hold", 0600, dir, NULL, &hold_fops);
	debugfs_create_file_unsafe("churn", 0200, dir, NULL, &churn_fops);
	return 0;
}

static void __exit cluster_test_exit(void)
{
	debugfs_remove_recursive(dir);
	if (held)
		cluster_node_put(held);
}

module_init(cluster_test_init);
module_exit(cluster_test_exit);
MODULE_DESCRIPTION("A user of the cluster, for tests");
MODULE_LICENSE("GPL");
