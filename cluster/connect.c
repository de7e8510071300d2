// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connecting to nodes with a higher number: one thread for each lane, which becomes the
 * lane's receiver, and tries again when that is over.
 *
 * The first lane draws the number of the session; the others wait until both nodes have it,
 * and their failure ends it.
 */
#include "hello.h"
#include "internal.h"
#include "socket.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>

/* How often the wait between attempts doubles: from 2 s to 8 s. */
#define BACKOFF_MAX	2

static unsigned int lanes = 1;

static int set_lanes(const char *text, const struct kernel_param *kp)
{
	unsigned int value;
	int err = kstrtouint(text, 0, &value);

	if (!err && (value < 1 || value > CLUSTER_WIRE_LANES))
		err = -ERANGE;
	if (err) {
		pr_err("lanes must be 1 to %u\n", CLUSTER_WIRE_LANES);
		return err;
	}
	WRITE_ONCE(lanes, value);
	return 0;
}

static const struct kernel_param_ops lanes_ops = {
	.set = set_lanes, .get = param_get_uint,
};
module_param_cb(lanes, &lanes_ops, &lanes, 0644);
MODULE_PARM_DESC(lanes, "connections to each other node, as the one with the lower number says");

/**
 * struct cluster_connector - a thread that connects
 * @task:	NULL: not started; cluster_mutex
 * @link:	immutable
 * @number:	of its lane, immutable
 * @lanes:	there will be, immutable
 * @failures:	attempts since the last that led to a session
 */
struct cluster_connector {
	struct task_struct	*task;
	struct cluster_link	*link;
	unsigned int		number;
	unsigned int		lanes;
	unsigned int		failures;
};

/* Makes the socket known, so that cluster_connect_stop() ends what waits in it. */
static int publish(struct cluster_connector *connector, struct socket *sock)
{
	struct cluster_link *link = connector->link;
	unsigned long flags;
	bool started;

	mutex_lock(&link->socks);
	spin_lock_irqsave(&link->lock, flags);
	started = link->started;
	spin_unlock_irqrestore(&link->lock, flags);
	if (started)
		link->connecting[connector->number] = sock;
	mutex_unlock(&link->socks);
	return started ? 0 : -ESHUTDOWN;
}

static void unpublish(struct cluster_connector *connector)
{
	struct cluster_link *link = connector->link;

	mutex_lock(&link->socks);
	link->connecting[connector->number] = NULL;
	mutex_unlock(&link->socks);
}

/* The session that a lane is to be of: the first lane draws a new one. */
static u64 session_for(struct cluster_connector *connector)
{
	struct cluster_link *link = connector->link;
	unsigned long flags;
	u64 session = 0;

	if (!connector->number) {
		while (!session)
			get_random_bytes(&session, sizeof(session));
		return session;
	}
	spin_lock_irqsave(&link->lock, flags);
	if (link->state == CLUSTER_LINK_JOINING && link->lanes_ready &&
	    !link->lanes[connector->number])
		session = link->session;
	spin_unlock_irqrestore(&link->lock, flags);
	return session;
}

/* From the connection to the end of the lane.  0: it was part of a session. */
static int be_lane(struct cluster_connector *connector, struct cluster_lane *lane, u64 session,
		   enum cluster_reason *reason)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(CLUSTER_HELLO_MS);
	struct cluster_node *node = cluster_link_node(connector->link);
	struct cluster_welcome welcome;
	int err = cluster_socket_connect(lane->sock, &node->address, node->port, CLUSTER_HELLO_MS);

	if (err)
		return err;
	cluster_count(conns_out);
	err = cluster_hello_initiate(lane, deadline, session, connector->lanes, &welcome);
	*reason = welcome.reason;
	if (err) {
		cluster_count(hellos_failed);
		return err;
	}
	err = cluster_lane_start(lane);
	return err ? err : cluster_lane_live(lane, &welcome.peer, NULL, deadline);
}

static int attempt(struct cluster_connector *connector, u64 session, enum cluster_reason *reason)
{
	struct cluster_lane *lane = cluster_lane_new(connector->link, connector->number, true);
	int err;

	if (!lane)
		return -ENOMEM;
	err = cluster_socket_create(&cluster_self.address, &lane->sock);
	if (err)
		goto out;
	err = publish(connector, lane->sock);
	if (!err) {
		err = be_lane(connector, lane, session, reason);
		unpublish(connector);
	}
	cluster_socket_close(lane->sock);
out:
	cluster_lane_put(lane);
	return err;
}

/* Waits before the next attempt, less or more than told so that nodes do not keep step. */
static void back_off(struct cluster_connector *connector)
{
	unsigned int ms = READ_ONCE(cluster_self.time_ms[CLUSTER_RECONNECT]);

	ms <<= min_t(unsigned int, connector->failures, BACKOFF_MAX);
	ms = ms - ms / 4 + get_random_u32() % (ms / 2);
	wait_event_interruptible_timeout(connector->link->wait, kthread_should_stop(),
					 msecs_to_jiffies(ms));
}

static void connect_first(struct cluster_connector *connector)
{
	enum cluster_reason reason = CLUSTER_REASON_NONE;
	int err = attempt(connector, session_for(connector), &reason);

	if (err && !kthread_should_stop())
		cluster_link_say(connector->link, reason, err);
	connector->failures = err ? connector->failures + 1 : 0;
	back_off(connector);
}

static void connect_other(struct cluster_connector *connector)
{
	struct cluster_link *link = connector->link;
	enum cluster_reason reason = CLUSTER_REASON_NONE;
	u64 session;

	if (wait_event_interruptible(link->wait, kthread_should_stop() ||
				     session_for(connector)))
		return;
	session = session_for(connector);
	/* If another session has come meanwhile, nothing is wrong with that one. */
	if (session && attempt(connector, session, &reason) &&
	    session_for(connector) == session)
		cluster_link_fail(link, reason);
}

static int connector_thread(void *data)
{
	struct cluster_connector *connector = data;

	while (!kthread_should_stop()) {
		if (connector->number)
			connect_other(connector);
		else
			connect_first(connector);
	}
	return 0;
}

static int start_one(struct cluster_link *link, unsigned int number, unsigned int of)
{
	struct cluster_connector *connector = &link->connectors[number];
	struct task_struct *task;

	connector->link = link;
	connector->number = number;
	connector->lanes = of;
	task = kthread_run(connector_thread, connector, "ramster_rx%u/%u",
			   cluster_link_node(link)->number, number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	connector->task = task;
	return 0;
}

/**
 * cluster_connect_start() - keep connecting to a node
 * @link: to it
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; -ENOMEM.
 */
int cluster_connect_start(struct cluster_link *link)
{
	unsigned int of = READ_ONCE(lanes), i;

	lockdep_assert_held(&cluster_mutex);
	link->connectors = kcalloc(CLUSTER_WIRE_LANES, sizeof(*link->connectors), GFP_KERNEL);
	if (!link->connectors)
		return -ENOMEM;
	for (i = 0; i < of; i++) {
		int err = start_one(link, i, of);

		if (err) {
			cluster_connect_stop(link);
			return err;
		}
	}
	return 0;
}

/**
 * cluster_connect_stop() - do not connect any more
 * @link: not started any more; the session has failed
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_connect_stop(struct cluster_link *link)
{
	unsigned int i;

	lockdep_assert_held(&cluster_mutex);
	for (i = 0; link->connectors && i < CLUSTER_WIRE_LANES; i++) {
		mutex_lock(&link->socks);
		if (link->connecting[i])
			cluster_socket_shutdown(link->connecting[i]);
		mutex_unlock(&link->socks);
		if (link->connectors[i].task)
			kthread_stop(link->connectors[i].task);
	}
	kfree(link->connectors);
	link->connectors = NULL;
}
