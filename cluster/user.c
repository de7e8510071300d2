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
#include <linux/srcu.h>

static DEFINE_MUTEX(user_mutex);	/* order 2 */

/* Handlers and done functions run inside: when a grace period is over, none does. */
DEFINE_STATIC_SRCU(user_srcu);

/* Changed under user_mutex; handlers are called under user_srcu. */
static const struct cluster_user_ops __rcu *user;

static const struct cluster_user_ops *the_user(void)
{
	return rcu_dereference_protected(user, lockdep_is_held(&user_mutex));
}

static void tell_up(struct cluster_node *node)
{
	const struct cluster_user_ops *ops = the_user();

	if (!ops || !node->up)
		return;
	cluster_count(told_up);
	ops->up(node);
}

/**
 * cluster_user_enter() - keep the user's functions from going away
 *
 * Context: any.
 * Return: for cluster_user_leave().
 */
int cluster_user_enter(void)
	__acquires(&user_srcu)
{
	return srcu_read_lock(&user_srcu);
}

/**
 * cluster_user_leave() - the end of cluster_user_enter()
 * @cookie: what that returned
 *
 * Context: the same.
 */
void cluster_user_leave(int cookie)
	__releases(&user_srcu)
{
	srcu_read_unlock(&user_srcu, cookie);
}

/**
 * cluster_user_there() - whether there is a user
 *
 * Context: any, between cluster_user_enter() and cluster_user_leave().
 */
bool cluster_user_there(void)
{
	return srcu_dereference(user, &user_srcu);
}

static const struct cluster_handler *find_handler(const struct cluster_user_ops *ops, u16 type)
{
	unsigned int i;

	for (i = 0; i < ops->nr_handlers; i++)
		if (ops->handlers[i].type == type)
			return &ops->handlers[i];
	return NULL;
}

/**
 * cluster_user_handle() - have the user do what another node asks
 * @in: the request
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EOPNOTSUPP: no handler for the type; -EMSGSIZE: too big for it;
 * -ESHUTDOWN: there is no user.
 */
int cluster_user_handle(struct cluster_incoming *in)
{
	const struct cluster_handler *handler;
	const struct cluster_user_ops *ops;
	int cookie = cluster_user_enter();
	int err = -ESHUTDOWN;

	ops = srcu_dereference(user, &user_srcu);
	if (ops) {
		handler = find_handler(ops, in->type);
		if (!handler)
			err = -EOPNOTSUPP;
		else if (in->body_len > handler->body_max || in->data_len > handler->data_max)
			err = -EMSGSIZE;
		else
			err = handler->handle(in);
	}
	cluster_user_leave(cookie);
	return err;
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
		if (the_user()) {
			cluster_count(told_down);
			the_user()->down(node);
		}
	}
	mutex_unlock(&user_mutex);
}

/**
 * cluster_user_node_dead() - nothing was heard of a node for too long
 * @node: the caller has a reference
 *
 * Context: may sleep.
 */
void cluster_user_node_dead(struct cluster_node *node)
{
	mutex_lock(&user_mutex);
	if (!node->up && the_user() && the_user()->dead) {
		cluster_count(told_dead);
		the_user()->dead(node);
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

	if (ops->api != CLUSTER_API_VERSION || !ops->up || !ops->down ||
	    (ops->nr_handlers && !ops->handlers)) {
		pr_err("the user was built for interface %u, this is %u\n", ops->api,
		       CLUSTER_API_VERSION);
		return -EINVAL;
	}
	if (!try_module_get(ops->owner))
		return -ENODEV;
	mutex_lock(&cluster_mutex);
	mutex_lock(&user_mutex);
	if (!the_user()) {
		rcu_assign_pointer(user, ops);
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

static void cancel_requests(struct cluster_node *node)
{
	cluster_requests_cancel(&node->link);
}

/**
 * cluster_user_unregister() - stop being the user
 * @ops: as registered
 *
 * Ends all requests.  When it returns no call runs and none will come.  Nodes that are up are
 * not told of.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: it is not @ops.
 */
int cluster_user_unregister(const struct cluster_user_ops *ops)
{
	bool is_user;

	/* All the time: no link is being stopped, and nobody else becomes the user. */
	guard(mutex)(&cluster_mutex);
	mutex_lock(&user_mutex);
	is_user = the_user() == ops;
	if (is_user)
		rcu_assign_pointer(user, NULL);
	mutex_unlock(&user_mutex);
	if (!is_user)
		return -EINVAL;
	/* After this nobody submits, and after the second one no request is ending. */
	synchronize_srcu(&user_srcu);
	cluster_node_for_each(cancel_requests);
	synchronize_srcu(&user_srcu);
	module_put(ops->owner);
	return 0;
}
EXPORT_SYMBOL_GPL(cluster_user_unregister);
