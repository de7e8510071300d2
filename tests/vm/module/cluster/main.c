// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry and exit of cluster_test.ko, and what the user is told; debugfs directory
 * cluster_test/.
 *
 *   api         interface to be registered for
 *   registered  1: register; 0: unregister
 *   events      what the user was told: up, down or dead, number, name, and whether the
 *               number can be looked up meanwhile
 *   errors      what must never happen: up or down twice, wrong replies; the log has it
 *   map         numbers in use
 *   info        what is known of each node: number, state, silent_ms, incarnation, session,
 *               free_bytes, total_bytes
 *   local       number of this machine, or the error
 *   hold        looks a number up and keeps it; the reference that was kept before goes back
 *   churn       looks all numbers up for so many milliseconds, fails if one is another node
 */
#include "internal.h"

#include <linux/bitmap.h>
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

atomic_t ct_errors;

static struct dentry *dir;
static DECLARE_BITMAP(nodes_up, CLUSTER_NODES_MAX);
static DECLARE_BITMAP(nodes_dead, CLUSTER_NODES_MAX);

static DEFINE_MUTEX(held_mutex);	/* order 5: held */
static struct cluster_node *held;

static char events[16 * PAGE_SIZE];
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
	unsigned int number = cluster_node_number(node);

	ct_check_context("up");
	clear_bit(number, nodes_dead);
	if (test_and_set_bit(number, nodes_up))
		ct_failed("node %u up twice", number);
	add_event("up", node);
}

static void node_down(struct cluster_node *node)
{
	unsigned int number = cluster_node_number(node);

	ct_check_context("down");
	if (!test_and_clear_bit(number, nodes_up))
		ct_failed("node %u down that was not up", number);
	ct_load_node_down(number);
	add_event("down", node);
}

static void node_dead(struct cluster_node *node)
{
	unsigned int number = cluster_node_number(node);

	ct_check_context("dead");
	if (test_bit(number, nodes_up))
		ct_failed("node %u dead that is up", number);
	if (test_and_set_bit(number, nodes_dead))
		ct_failed("node %u dead twice", number);
	add_event("dead", node);
}

static struct cluster_user_ops ops = {
	.owner	= THIS_MODULE,
	.api	= CLUSTER_API_VERSION,
	.up	= node_up,
	.down	= node_down,
	.dead	= node_dead,
};

static void forget_nodes(void)
{
	bitmap_zero(nodes_up, CLUSTER_NODES_MAX);
	bitmap_zero(nodes_dead, CLUSTER_NODES_MAX);
}

static int set_registered(void *unused, u64 wanted)
{
	int err;

	if (wanted)
		return cluster_user_register(&ops);
	err = cluster_user_unregister(&ops);
	if (!err)
		forget_nodes();
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

static const char *state_name(enum cluster_node_state state)
{
	static const char * const names[] = {
		[CLUSTER_NODE_DOWN] = "down", [CLUSTER_NODE_ALIVE] = "alive",
		[CLUSTER_NODE_SUSPECT] = "suspect", [CLUSTER_NODE_DEAD] = "dead",
	};

	return names[state];
}

static int info_show(struct seq_file *m, void *unused)
{
	unsigned int number;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct cluster_node *node = cluster_node_get(number);
		struct cluster_node_info info;

		if (!node)
			continue;
		cluster_node_info(node, &info);
		cluster_node_put(node);
		seq_printf(m, "%u %s %u %llx %llx %llu %llu\n", number, state_name(info.state),
			   info.silent_ms, info.incarnation, info.session, info.free_bytes,
			   info.total_bytes);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(info);

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
				ct_failed("looked up node %u and found %u", number,
					  cluster_node_number(node));
			cluster_node_put(node);
		}
		cond_resched();
	}
	return atomic_read(&ct_errors) ? -EIO : 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(churn_fops, NULL, churn, "%llu\n");

static int __init cluster_test_init(void)
{
	int err;

	dir = debugfs_create_dir("cluster_test", NULL);
	err = ct_serve_init(dir);
	if (err) {
		debugfs_remove_recursive(dir);
		return err;
	}
	ops.handlers = ct_handlers;
	ops.nr_handlers = ct_nr_handlers;
	ct_load_init(dir);
	ct_stats_init(dir);
	debugfs_create_u32("api", 0600, dir, &ops.api);
	debugfs_create_file_unsafe("registered", 0200, dir, NULL, &registered_fops);
	debugfs_create_file("events", 0400, dir, NULL, &events_fops);
	debugfs_create_atomic_t("errors", 0400, dir, &ct_errors);
	debugfs_create_file("map", 0400, dir, NULL, &map_fops);
	debugfs_create_file("info", 0400, dir, NULL, &info_fops);
	debugfs_create_file("local", 0400, dir, NULL, &local_fops);
	debugfs_create_file_unsafe("hold", 0600, dir, NULL, &hold_fops);
	debugfs_create_file_unsafe("churn", 0200, dir, NULL, &churn_fops);
	return 0;
}

static void __exit cluster_test_exit(void)
{
	debugfs_remove_recursive(dir);
	ct_load_exit();
	if (held)
		cluster_node_put(held);
	ct_serve_exit();
}

module_init(cluster_test_init);
module_exit(cluster_test_exit);
MODULE_DESCRIPTION("A user of the cluster, for tests");
MODULE_LICENSE("GPL");
