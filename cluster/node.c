// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes that have a number, and which of them is this machine.
 *
 * A node gets into the table complete and never changes.  Removing it takes it out of the
 * table; who has a reference keeps what he has, and a node that is made again is another
 * one, even with the same number.
 *
 * The cluster is started while one node is local.
 */
#include "internal.h"
#include "socket.h"

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

DEFINE_MUTEX(cluster_mutex);	/* order 1 */
struct cluster_self cluster_self;

/* Changed under cluster_mutex, read under RCU. */
static struct cluster_node __rcu *table[CLUSTER_NODES_MAX];

/* The local node's number, -ENOTCONN: not started.  Changed under cluster_mutex. */
static int local_number = -ENOTCONN;

static struct cluster_node *table_entry(unsigned int number)
{
	return rcu_dereference_protected(table[number], lockdep_is_held(&cluster_mutex));
}

/**
 * cluster_node_get() - find a node
 * @number: any
 *
 * Context: any.
 * Return: the node with a reference for the caller, NULL: no node has this number.
 */
struct cluster_node *cluster_node_get(unsigned int number)
{
	struct cluster_node *node;

	if (number >= CLUSTER_NODES_MAX)
		return NULL;
	rcu_read_lock();
	node = rcu_dereference(table[number]);
	if (node && !kref_get_unless_zero(&node->refs))
		node = NULL;
	rcu_read_unlock();
	return node;
}
EXPORT_SYMBOL_GPL(cluster_node_get);

/**
 * cluster_node_find() - find a node by its address
 * @address: any
 *
 * Context: any.
 * Return: the node with a reference for the caller; NULL: no node has this address.
 */
struct cluster_node *cluster_node_find(const struct cluster_address *address)
{
	struct cluster_node *node = NULL;
	unsigned int number;

	rcu_read_lock();
	for (number = 0; number < CLUSTER_NODES_MAX && !node; number++) {
		node = rcu_dereference(table[number]);
		if (node && !(cluster_address_equal(&node->address, address) &&
			      kref_get_unless_zero(&node->refs)))
			node = NULL;
	}
	rcu_read_unlock();
	return node;
}

static void node_release(struct kref *refs)
{
	struct cluster_node *node = container_of(refs, struct cluster_node, refs);

	cluster_gauge_dec(node_held);
	kfree_rcu(node, rcu);
}

/**
 * cluster_node_put() - give a reference back
 * @node: from cluster_node_get()
 *
 * Context: any.
 */
void cluster_node_put(struct cluster_node *node)
{
	kref_put(&node->refs, node_release);
}
EXPORT_SYMBOL_GPL(cluster_node_put);

/**
 * cluster_node_number() - the number of a node
 * @node: the caller has a reference
 *
 * Context: any.
 * Return: less than CLUSTER_NODES_MAX.
 */
unsigned int cluster_node_number(const struct cluster_node *node)
{
	return node->number;
}
EXPORT_SYMBOL_GPL(cluster_node_number);

/**
 * cluster_node_name() - the name of a node
 * @node: the caller has a reference
 *
 * Context: any.
 * Return: name of its directory, valid as long as the reference.
 */
const char *cluster_node_name(const struct cluster_node *node)
{
	return node->name;
}
EXPORT_SYMBOL_GPL(cluster_node_name);

/**
 * cluster_node_map() - which numbers have a node
 * @map: CLUSTER_NODES_MAX bits
 *
 * Nodes may come and go meanwhile, and afterwards.
 *
 * Context: any.
 */
void cluster_node_map(unsigned long *map)
{
	unsigned int number;

	bitmap_zero(map, CLUSTER_NODES_MAX);
	for (number = 0; number < CLUSTER_NODES_MAX; number++)
		if (rcu_access_pointer(table[number]))
			__set_bit(number, map);
}
EXPORT_SYMBOL_GPL(cluster_node_map);

/**
 * cluster_node_local() - which node this machine is
 *
 * Context: any.
 * Return: its number; -ENOTCONN: the cluster is not started.
 */
int cluster_node_local(void)
{
	return READ_ONCE(local_number);
}
EXPORT_SYMBOL_GPL(cluster_node_local);

/**
 * cluster_node_for_each() - call a function for each node
 * @fn: the function, may sleep
 *
 * Context: cluster_mutex held.
 */
void cluster_node_for_each(void (*fn)(struct cluster_node *node))
{
	unsigned int number;

	lockdep_assert_held(&cluster_mutex);
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct cluster_node *node = table_entry(number);

		if (node)
			fn(node);
	}
}

/**
 * cluster_node_add() - give a node its number
 * @number:	less than CLUSTER_NODES_MAX
 * @name:	of its directory, checked
 * @address:	no other node has it
 * @port:	not 0
 *
 * Context: may sleep, cluster_mutex held.
 * Return: the node, the table has the reference; -EEXIST: the number is taken; -ENOMEM.
 */
struct cluster_node *cluster_node_add(unsigned int number, const char *name,
				      const struct cluster_address *address, u16 port)
{
	struct cluster_node *node = table_entry(number);
	int err;

	lockdep_assert_held(&cluster_mutex);
	if (node) {
		pr_err("%s: number %u is that of %s\n", name, number, node->name);
		cluster_count(duplicates);
		return ERR_PTR(-EEXIST);
	}
	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	kref_init(&node->refs);
	node->number = number;
	node->port = port;
	node->address = *address;
	strscpy(node->name, name, sizeof(node->name));
	cluster_link_init(&node->link);
	rcu_assign_pointer(table[number], node);
	err = cluster_started() ? cluster_link_start(&node->link) : 0;
	if (err) {
		pr_err("%s: no memory for its link\n", name);
		RCU_INIT_POINTER(table[number], NULL);
		cluster_link_stop(&node->link);
		cluster_gauge_inc(node_held);
		cluster_node_put(node);
		return ERR_PTR(err);
	}
	cluster_count(nodes_added);
	cluster_gauge_inc(node_count);
	return node;
}

/**
 * cluster_node_del() - remove a node
 * @node: in the table; the caller does not use it any more
 *
 * Stops the cluster if the node is this machine.
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_node_del(struct cluster_node *node)
{
	lockdep_assert_held(&cluster_mutex);
	RCU_INIT_POINTER(table[node->number], NULL);
	if (cluster_started())
		pr_info("node %u (%s) was removed\n", node->number, node->name);
	if (cluster_node_local() == node->number)
		cluster_stop();
	else if (cluster_started())
		cluster_link_stop(&node->link);
	cluster_user_node_down(node);
	cluster_count(nodes_removed);
	cluster_gauge_dec(node_count);
	cluster_gauge_inc(node_held);
	cluster_node_put(node);
}

/**
 * cluster_started() - whether the cluster is started
 *
 * Context: cluster_mutex held.
 */
bool cluster_started(void)
{
	lockdep_assert_held(&cluster_mutex);
	return cluster_node_local() >= 0;
}

/* Whether the settings of the cluster are ones that it may be started with. */
static int check_security(struct cluster *cluster)
{
	const char *name = config_item_name(&cluster->group.cg_item);

	if (cluster->has_key && cluster->insecure) {
		pr_err("%s: not started: it has a key, and insecure is 1\n", name);
		return -EINVAL;
	}
	if (cluster->has_key)
		return 0;
	if (!cluster->insecure) {
		pr_err("%s: not started: write its key first\n", name);
		return -ENOKEY;
	}
	pr_warn("%s: insecure: whoever reaches the port can read and change everything\n", name);
	return 0;
}

/* What threads of links read; there are none yet. */
static void set_self(struct cluster *cluster, struct cluster_node *node)
{
	cluster_self.number = node->number;
	cluster_self.address = node->address;
	cluster_self.insecure = cluster->insecure;
	do
		get_random_bytes(&cluster_self.incarnation, sizeof(cluster_self.incarnation));
	while (!cluster_self.incarnation);
	memcpy(cluster_self.time_ms, cluster->time_ms, sizeof(cluster_self.time_ms));
	memcpy(cluster_self.key, cluster->key, sizeof(cluster_self.key));
	strscpy(cluster_self.name, config_item_name(&cluster->group.cg_item),
		sizeof(cluster_self.name));
}

static void stop_link(struct cluster_node *node)
{
	if (node->number != cluster_self.number)
		cluster_link_stop(&node->link);
}

static void stop_links(void)
{
	cluster_listen_stop();
	cluster_node_for_each(stop_link);
	cluster_beat_stop();
	cluster_socket_stop();
	memzero_explicit(cluster_self.key, sizeof(cluster_self.key));
}

static int start_links(struct cluster_node *local)
{
	unsigned int number;
	int err = cluster_socket_start();

	if (err)
		return err;
	err = cluster_beat_start();
	if (err)
		goto out_socket;
	err = cluster_listen_start(local);
	if (err) {
		pr_err("%s: cannot listen at its address and port: error %d\n", local->name, -err);
		goto out_beat;
	}
	for (number = 0; number < CLUSTER_NODES_MAX && !err; number++) {
		struct cluster_node *node = table_entry(number);

		if (node && node != local)
			err = cluster_link_start(&node->link);
	}
	if (err)
		stop_links();
	return err;

out_beat:
	cluster_beat_stop();
out_socket:
	cluster_socket_stop();
	return err;
}

/**
 * cluster_start() - make a node this machine
 * @cluster:	its cluster
 * @node:	the node
 *
 * Nothing happens if it is already.
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; -EBUSY: another node is this machine; -ENOKEY: there is no key; -EINVAL: there
 * is one, and insecure is set; -EADDRNOTAVAIL: the address is not this machine's;
 * -EADDRINUSE: the port is taken; -ENOMEM.
 */
int cluster_start(struct cluster *cluster, struct cluster_node *node)
{
	int local = cluster_node_local();
	int err;

	lockdep_assert_held(&cluster_mutex);
	if (local == node->number)
		return 0;
	if (local >= 0) {
		pr_err("%s: cannot be the local node, %s is\n", node->name,
		       table_entry(local)->name);
		return -EBUSY;
	}
	err = check_security(cluster);
	if (err)
		return err;
	set_self(cluster, node);
	WRITE_ONCE(local_number, node->number);
	err = start_links(node);
	if (err) {
		memzero_explicit(cluster_self.key, sizeof(cluster_self.key));
		WRITE_ONCE(local_number, -ENOTCONN);
		return err;
	}
	pr_info("%s: started as node %u (%s)\n", config_item_name(&cluster->group.cg_item),
		node->number, node->name);
	cluster_count(starts);
	cluster_user_node_up(node);
	return 0;
}

/**
 * cluster_stop() - end what cluster_start() began
 *
 * Context: may sleep, cluster_mutex held; the cluster is started.
 */
void cluster_stop(void)
{
	lockdep_assert_held(&cluster_mutex);
	WRITE_ONCE(local_number, -ENOTCONN);
	stop_links();
	cluster_node_for_each(cluster_user_node_down);
	cluster_count(stops);
	pr_info("stopped\n");
}
