// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user of the cluster, one module above it, and what it is told: which nodes are up.
 *
 * Nodes go up and down whether there is a user or not.  One that registers later is told
 * of the nodes that are up already.
 */
#include "internal.h"

#include <linux/export.h>
#include <linux/module.h>

static DEFINE_MUTEX(user_mutex);	/* order 2 */
static const struct cluster_user_ops *user __guarded_by(&user_mutex);

static void tell_up(struct cluster_node *node)
{
	lockdep_assert_held(&user_mutex);
	if (!user || !node->up)
		return;
	cluster_count(told_up);
	user->up(node);
}

/**
 * cluster_user_node_up() - a node can be used
 * @node: the caller has a reference
 *
 * Context: may sleep.
 */
void cluster_user_node_up(struct cluster_node *node)
{
	mutex_lock(&user_mutex);
	if (!node->up) {
		WRITE_ONCE(node->up, true);
		tell_up(node);
	}
	mutex_unlock(&user_mutex);
}

/**
 * cluster_user_node_down() - a node cannot be used any more
 * @node: the caller has a reference
 *
 * Context: may sleep.
 */
void cluster_user_node_down(struct cluster_node *node)
{
	mutex_lock(&user_mutex);
	if (node->up) {
		WRITE_ONCE(node->up, false);
		if (user) {
			cluster_count(told_down);
			user->down(node);
		}
	}
	mutex_unlock(&user_mutex);
}

/**
 * cluster_user_register() - become the user of the cluster
 * @ops: stays until cluster_user_unregister()
 *
 * Tells of the nodes that are up, before it returns.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: built for another interface; -EBUSY: there is one; -ENODEV: the
 * module is being removed.
 */
int cluster_user_register(const struct cluster_user_ops *ops)
{
	int err = -EBUSY;

	if (ops->api != CLUSTER_API_VERSION || !ops->up || !ops->down) {
		pr_err("the user was built for interface %u, this is %u\n", ops->api,
		       CLUSTER_API_VERSION);
		return -EINVAL;
	}
	if (!try_module_get(ops->owner))
		return -ENODEV;
	mutex_lock(&cluster_mutex);
	mutex_lock(&user_mutex);
	if (!user) {
		user = ops;
		cluster_node_for_each(tell_up);
		err = 0;
	}
	mutex_unlock(&user_mutex);
	mutex_unlock(&cluster_mutex);
	if (err)
		module_put(ops->owner);
	return err;
}
EXPORT_SYMBOL_GPL(cluster_user_register);

/**
 * cluster_user_unregister() - stop being the user
 * @ops: as registered
 *
 * When it returns no call runs and none will come.  Nodes that are up are not told of.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: it is not @ops.
 */
int cluster_user_unregister(const struct cluster_user_ops *ops)
{
	int err = -EINVAL;

	mutex_lock(&user_mutex);
	if (user == ops) {
		user = NULL;
		err = 0;
	}
	mutex_unlock(&user_mutex);
	if (!err)
		module_put(ops->owner);
	return err;
}
EXPORT_SYMBOL_GPL(cluster_user_unregister);
