// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/config/ramster/<cluster>/node/<node>/: one directory per machine.
 *
 *   ipv4_address  where it is: one of these two
 *   ipv6_address
 *   ipv4_port     its TCP port, with either address
 *   num           its number; needs address and port
 *   local         1: it is this machine, and the cluster is started; 0: stopped
 *
 * An address belongs to the directory as soon as it is written.  The number makes the
 * directory a node, and fixes number, address and port until the directory is removed.
 */
#include "internal.h"

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/socket.h>

/* Text of the longest address, with its end. */
#define ADDRESS_CHARS	48

/**
 * struct node_dir - the directory of a node
 * @item:	configfs's
 * @link:	on node_dirs
 * @cluster:	immutable
 * @node:	the node, once it has its number
 * @address:	family 0: not written yet
 * @port:	0: not written yet
 *
 * All but @item and @cluster under cluster_mutex.
 */
struct node_dir {
	struct config_item	item;
	struct list_head	link;
	struct cluster		*cluster;
	struct cluster_node	*node;
	struct cluster_address	address;
	u16			port;
};

static LIST_HEAD(node_dirs);	/* cluster_mutex */

static struct node_dir *to_dir(struct config_item *item)
{
	return container_of(item, struct node_dir, item);
}

static bool dir_is_local(struct node_dir *dir)
{
	return dir->node && cluster_node_local() == dir->node->number;
}

/* Whether what makes a node is fixed, and says so. */
static bool is_fixed(struct node_dir *dir, const char *what)
{
	lockdep_assert_held(&cluster_mutex);
	if (!dir->node)
		return false;
	pr_err("%s: has its number, so its %s cannot be changed; remove it and make it again\n",
	       config_item_name(&dir->item), what);
	return true;
}

static int set_address(struct node_dir *dir, const struct cluster_address *address)
{
	const char *name = config_item_name(&dir->item);
	struct node_dir *other;

	lockdep_assert_held(&cluster_mutex);
	if (is_fixed(dir, "address"))
		return -EBUSY;
	if (dir->address.family && dir->address.family != address->family) {
		pr_err("%s: has an address of the other family\n", name);
		return -EINVAL;
	}
	list_for_each_entry(other, &node_dirs, link) {
		if (other == dir || !cluster_address_equal(&other->address, address))
			continue;
		pr_err("%s: the address is that of %s\n", name, config_item_name(&other->item));
		cluster_count(duplicates);
		return -EEXIST;
	}
	dir->address = *address;
	return 0;
}

static ssize_t store_address(struct config_item *item, const char *page, size_t count,
			     unsigned short family)
{
	struct cluster_address address;
	int err = cluster_address_parse(page, family, &address);

	if (err) {
		pr_err("%s: %s\n", config_item_name(item),
		       err == -EADDRNOTAVAIL ? "an address of this kind cannot be a node's" :
		       family == AF_INET ? "not an IPv4 address" : "not an IPv6 address");
		return err;
	}
	guard(mutex)(&cluster_mutex);
	err = set_address(to_dir(item), &address);
	return err ? err : count;
}

static ssize_t show_address(struct config_item *item, char *page, unsigned short family)
{
	struct node_dir *dir = to_dir(item);
	char text[ADDRESS_CHARS] = "";

	guard(mutex)(&cluster_mutex);
	if (dir->address.family == family)
		cluster_address_print(text, sizeof(text), &dir->address);
	return sysfs_emit(page, "%s\n", text);
}

static ssize_t node_ipv4_address_show(struct config_item *item, char *page)
{
	return show_address(item, page, AF_INET);
}

static ssize_t node_ipv4_address_store(struct config_item *item, const char *page, size_t count)
{
	return store_address(item, page, count, AF_INET);
}
CONFIGFS_ATTR(node_, ipv4_address);

static ssize_t node_ipv6_address_show(struct config_item *item, char *page)
{
	return show_address(item, page, AF_INET6);
}

static ssize_t node_ipv6_address_store(struct config_item *item, const char *page, size_t count)
{
	return store_address(item, page, count, AF_INET6);
}
CONFIGFS_ATTR(node_, ipv6_address);

static ssize_t node_ipv4_port_show(struct config_item *item, char *page)
{
	struct node_dir *dir = to_dir(item);

	guard(mutex)(&cluster_mutex);
	return dir->port ? sysfs_emit(page, "%u\n", dir->port) : sysfs_emit(page, "\n");
}

static ssize_t node_ipv4_port_store(struct config_item *item, const char *page, size_t count)
{
	struct node_dir *dir = to_dir(item);
	u16 port;
	int err = kstrtou16(page, 10, &port);

	if (!err && !port)
		err = -EINVAL;
	if (err) {
		pr_err("%s: a port is a number from 1 to 65535\n", config_item_name(item));
		return err;
	}
	guard(mutex)(&cluster_mutex);
	if (is_fixed(dir, "port"))
		return -EBUSY;
	dir->port = port;
	return count;
}
CONFIGFS_ATTR(node_, ipv4_port);

static ssize_t node_num_show(struct config_item *item, char *page)
{
	struct node_dir *dir = to_dir(item);

	guard(mutex)(&cluster_mutex);
	return dir->node ? sysfs_emit(page, "%u\n", dir->node->number) : sysfs_emit(page, "\n");
}

static int set_number(struct node_dir *dir, unsigned int number)
{
	const char *name = config_item_name(&dir->item);
	struct cluster_node *node;

	lockdep_assert_held(&cluster_mutex);
	if (is_fixed(dir, "number"))
		return -EBUSY;
	if (!dir->address.family || !dir->port) {
		pr_err("%s: write its address and port before its number\n", name);
		return -EINVAL;
	}
	node = cluster_node_add(number, name, &dir->address, dir->port);
	if (IS_ERR(node))
		return PTR_ERR(node);
	dir->node = node;
	return 0;
}

static ssize_t node_num_store(struct config_item *item, const char *page, size_t count)
{
	unsigned int number;
	int err = kstrtouint(page, 10, &number);

	if (!err && number >= CLUSTER_NODES_MAX)
		err = -ERANGE;
	if (err) {
		pr_err("%s: the number of a node is 0 to %u\n", config_item_name(item),
		       CLUSTER_NODES_MAX - 1);
		return err;
	}
	guard(mutex)(&cluster_mutex);
	err = set_number(to_dir(item), number);
	return err ? err : count;
}
CONFIGFS_ATTR(node_, num);

static ssize_t node_local_show(struct config_item *item, char *page)
{
	guard(mutex)(&cluster_mutex);
	return sysfs_emit(page, "%d\n", dir_is_local(to_dir(item)));
}

static int go_local(struct node_dir *dir)
{
	int err = -EINVAL;

	lockdep_assert_held(&cluster_mutex);
	if (dir->node)
		err = cluster_start(dir->cluster, dir->node);
	else
		pr_err("%s: write its number before local\n", config_item_name(&dir->item));
	if (err)
		cluster_count(starts_refused);
	return err;
}

static ssize_t node_local_store(struct config_item *item, const char *page, size_t count)
{
	struct node_dir *dir = to_dir(item);
	bool local;
	int err = cluster_bool_parse(item, "local", page, &local);

	if (err)
		return err;
	guard(mutex)(&cluster_mutex);
	if (local)
		err = go_local(dir);
	else if (dir_is_local(dir))
		cluster_stop();
	return err ? err : count;
}
CONFIGFS_ATTR(node_, local);

static struct configfs_attribute *node_attrs[] = {
	&node_attr_ipv4_address,
	&node_attr_ipv6_address,
	&node_attr_ipv4_port,
	&node_attr_num,
	&node_attr_local,
	NULL
};

static void node_dir_release(struct config_item *item)
{
	kfree(to_dir(item));
}

static struct configfs_item_operations node_item_ops = {
	.release = node_dir_release,
};

static const struct config_item_type node_type = {
	.ct_item_ops	= &node_item_ops,
	.ct_attrs	= node_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct config_item *make_node(struct config_group *group, const char *name)
{
	int err = cluster_name_check("node", name);
	struct node_dir *dir;

	if (err)
		return ERR_PTR(err);
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	dir->cluster = container_of(group, struct cluster, nodes);
	config_item_init_type_name(&dir->item, name, &node_type);
	mutex_lock(&cluster_mutex);
	list_add_tail(&dir->link, &node_dirs);
	mutex_unlock(&cluster_mutex);
	return &dir->item;
}

/* rmdir cannot be refused here: the node goes, and with the local one the cluster stops. */
static void drop_node(struct config_group *group, struct config_item *item)
{
	struct node_dir *dir = to_dir(item);

	mutex_lock(&cluster_mutex);
	list_del(&dir->link);
	if (dir->node)
		cluster_node_del(dir->node);
	dir->node = NULL;
	mutex_unlock(&cluster_mutex);
	config_item_put(item);
}

static struct configfs_group_operations nodes_group_ops = {
	.make_item	= make_node,
	.drop_item	= drop_node,
};

const struct config_item_type cluster_nodes_type = {
	.ct_group_ops	= &nodes_group_ops,
	.ct_owner	= THIS_MODULE,
};

static const char *state_of(struct node_dir *dir)
{
	if (!dir->node)
		return "unnumbered";
	if (dir_is_local(dir))
		return "local";
	/* Changes under user_mutex, which may be held for long by who tells the user. */
	return READ_ONCE(dir->node->up) ? "up" : "down";
}

/**
 * cluster_configfs_nodes_show() - list all directories of nodes
 * @m: one line each: number, name, address, port, state; "-" for what is not written
 *
 * Context: may sleep.
 */
void cluster_configfs_nodes_show(struct seq_file *m)
{
	char address[ADDRESS_CHARS];
	struct node_dir *dir;

	guard(mutex)(&cluster_mutex);
	list_for_each_entry(dir, &node_dirs, link) {
		if (!cluster_address_print(address, sizeof(address), &dir->address))
			strscpy(address, "-", sizeof(address));
		if (dir->node)
			seq_printf(m, "%u ", dir->node->number);
		else
			seq_puts(m, "- ");
		seq_printf(m, "%s %s %u %s\n", config_item_name(&dir->item), address, dir->port,
			   state_of(dir));
	}
}
