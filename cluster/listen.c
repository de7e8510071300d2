// SPDX-License-Identifier: GPL-2.0-only
/*
 * Being connected to: the port, and who is let in.
 *
 * Anybody may connect to it.  An address that no node with a lower number has gets nothing,
 * not even a byte.  From the address of a node come its own connections and those of any
 * user of that machine, so a connection gets a thread, its time to prove itself, and one of
 * a few places; when these are taken, who has waited longest gives his to the next.  So
 * somebody who only connects keeps nobody out who answers promptly.
 *
 * A connection that has proved itself is a lane, and its thread the lane's receiver.
 */
#include "hello.h"
#include "internal.h"
#include "socket.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

/* Connections that have not proved themselves: of all nodes, of one. */
#define HALF_OPEN_MAX		64
#define HALF_OPEN_NODE_MAX	8

/* Connections of one node in a second, and at once after a pause: twice its lanes. */
#define RATE			32

/**
 * struct conn - a connection that was accepted
 * @list:	on conns
 * @half:	on half_open, the oldest first, until it has proved itself
 * @node:	that has the address; a reference
 * @task:	its thread; a reference
 * @sock:	closed by the thread when it is not on half_open, and in no link, any more
 * @over:	the thread has nothing more to do
 */
struct conn {
	struct list_head	list;
	struct list_head	half;
	struct cluster_node	*node;
	struct task_struct	*task;
	struct socket		*sock;
	bool			over;
};

static DEFINE_MUTEX(conns_mutex);	/* order 3: the next three, and all of struct conn */
static LIST_HEAD(conns);
static LIST_HEAD(half_open);
static unsigned int nr_half_open;

/* Between cluster_listen_start() and cluster_listen_stop(); cluster_mutex. */
static struct socket *listener;
static struct task_struct *acceptor;

static void half_open_del(struct conn *conn)
{
	lockdep_assert_held(&conns_mutex);
	if (list_empty(&conn->half))
		return;
	list_del_init(&conn->half);
	nr_half_open--;
	cluster_gauge_dec(half_open);
}

/* Has proved itself, or is to be closed: its socket is not this file's any more. */
static void leave_half_open(struct conn *conn)
{
	mutex_lock(&conns_mutex);
	half_open_del(conn);
	mutex_unlock(&conns_mutex);
}

/* Closes the socket of a connection, once. */
static void close_conn(struct conn *conn)
{
	mutex_lock(&conns_mutex);
	half_open_del(conn);
	if (conn->sock)
		cluster_socket_close(conn->sock);
	conn->sock = NULL;
	conn->over = true;
	mutex_unlock(&conns_mutex);
}

static int welcome(struct conn *conn, struct cluster_lane *lane, enum cluster_reason *reason)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(CLUSTER_HELLO_MS);
	struct cluster_welcome welcome;
	struct cluster_msg first;
	int err;

	err = cluster_hello_accept(lane, deadline, &welcome);
	*reason = welcome.reason;
	if (err)
		return err;
	lane->number = welcome.lane;
	err = cluster_lane_start(lane);
	if (err)
		return err;
	err = cluster_lane_first(lane, deadline, &first);
	if (err) {
		cluster_lane_stop(lane);
		return err;
	}
	leave_half_open(conn);
	return cluster_lane_live(lane, &welcome.peer, &first, deadline);
}

static int conn_thread(void *data)
{
	struct conn *conn = data;
	struct cluster_link *link = &conn->node->link;
	enum cluster_reason reason = CLUSTER_REASON_NONE;
	struct cluster_lane *lane = cluster_lane_new(link, 0, false);
	int err = -ENOMEM;

	if (lane) {
		lane->sock = conn->sock;
		err = welcome(conn, lane, &reason);
		cluster_lane_put(lane);
	}
	if (err) {
		cluster_count(hellos_failed);
		/* While there is a link this was somebody else on that machine. */
		if ((reason || err == -EBADMSG) && !cluster_link_is_up(link))
			cluster_link_say(link, reason, err);
	}
	close_conn(conn);
	return 0;
}

/* Frees a connection; its thread is over, or on its way there. */
static void reap(struct conn *conn)
{
	kthread_stop(conn->task);
	put_task_struct(conn->task);
	/* A thread that was stopped before it began has done nothing. */
	close_conn(conn);
	cluster_node_put(conn->node);
	kfree(conn);
	cluster_gauge_dec(conn_count);
}

/* Frees the connections that are over. */
static void reap_all(void)
{
	struct conn *conn, *next;
	LIST_HEAD(gone);

	mutex_lock(&conns_mutex);
	list_for_each_entry_safe(conn, next, &conns, list)
		if (conn->over)
			list_move(&conn->list, &gone);
	mutex_unlock(&conns_mutex);
	list_for_each_entry_safe(conn, next, &gone, list)
		reap(conn);
}

/* Makes a place for one more of a node: the one that has waited longest goes. */
static void make_place(struct cluster_node *node)
{
	struct conn *conn, *oldest = NULL;
	unsigned int of_node = 0;

	lockdep_assert_held(&conns_mutex);
	list_for_each_entry(conn, &half_open, half) {
		if (conn->node != node)
			continue;
		of_node++;
		if (!oldest)
			oldest = conn;
	}
	if (of_node < HALF_OPEN_NODE_MAX) {
		if (nr_half_open < HALF_OPEN_MAX)
			return;
		oldest = list_first_entry(&half_open, struct conn, half);
	}
	cluster_count(conns_displaced);
	cluster_socket_shutdown(oldest->sock);
	half_open_del(oldest);
}

/* Whether a node has not connected too often of late. */
static bool take_token(struct cluster_link *link)
{
	unsigned long now = jiffies;
	unsigned int ms = min_t(unsigned int, jiffies_to_msecs(now - link->tokens_at), 1000);

	if (ms) {
		link->tokens = min(link->tokens + ms * RATE, RATE * 1000);
		link->tokens_at = now;
	}
	if (link->tokens < 1000)
		return false;
	link->tokens -= 1000;
	return true;
}

static bool is_started(struct cluster_link *link)
{
	unsigned long flags;
	bool started;

	spin_lock_irqsave(&link->lock, flags);
	started = link->started;
	spin_unlock_irqrestore(&link->lock, flags);
	return started;
}

/* Makes a connection known and wakes its thread, unless its link was stopped meanwhile. */
static bool enlist(struct conn *conn)
{
	bool started;

	mutex_lock(&conns_mutex);
	started = is_started(&conn->node->link);
	if (started) {
		make_place(conn->node);
		list_add_tail(&conn->list, &conns);
		list_add_tail(&conn->half, &half_open);
		nr_half_open++;
		cluster_gauge_inc(half_open);
		cluster_gauge_inc(conn_count);
		wake_up_process(conn->task);
	}
	mutex_unlock(&conns_mutex);
	return started;
}

/* Gives a connection its thread.  On success socket and reference to the node are its. */
static int let_in(struct cluster_node *node, struct socket *sock)
{
	struct conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);
	struct task_struct *task;

	if (!conn)
		return -ENOMEM;
	task = kthread_create(conn_thread, conn, "ramster_rx%u", node->number);
	if (IS_ERR(task)) {
		kfree(conn);
		return PTR_ERR(task);
	}
	conn->node = node;
	conn->sock = sock;
	conn->task = get_task_struct(task);
	if (enlist(conn))
		return 0;
	kthread_stop(task);
	put_task_struct(task);
	kfree(conn);
	return -ESHUTDOWN;
}

/* A connection from somewhere: let in or closed. */
static void receive_guest(struct socket *sock, const struct cluster_address *from)
{
	struct cluster_node *node = cluster_node_find(from);
	int err = -EPERM;

	if (!node || node->number >= cluster_self.number || !is_started(&node->link)) {
		cluster_count(conns_strange);
	} else if (!take_token(&node->link)) {
		cluster_count(conns_too_often);
	} else {
		cluster_count(conns_in);
		err = let_in(node, sock);
	}
	if (!err)
		return;
	cluster_socket_close(sock);
	if (node)
		cluster_node_put(node);
}

static int acceptor_thread(void *unused)
{
	while (!kthread_should_stop()) {
		struct cluster_address from;
		struct socket *sock;
		int err = cluster_socket_accept(listener, &sock, &from);

		reap_all();
		if (!err)
			receive_guest(sock, &from);
		else if (!kthread_should_stop())
			msleep_interruptible(100);	/* no memory, or a strange network */
	}
	return 0;
}

/**
 * cluster_listen_start() - let nodes connect
 * @local: this machine
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; -EADDRNOTAVAIL; -EADDRINUSE; -ENOMEM; others.
 */
int cluster_listen_start(const struct cluster_node *local)
{
	struct task_struct *task;
	int err;

	lockdep_assert_held(&cluster_mutex);
	err = cluster_socket_listen(&local->address, local->port, &listener);
	if (err)
		return err;
	task = kthread_create(acceptor_thread, NULL, "ramster_accept");
	if (IS_ERR(task)) {
		cluster_socket_close(listener);
		return PTR_ERR(task);
	}
	acceptor = task;
	wake_up_process(task);
	return 0;
}

/**
 * cluster_listen_stop() - nobody can connect any more
 *
 * Connections of a node are ended by cluster_listen_drop().
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_listen_stop(void)
{
	lockdep_assert_held(&cluster_mutex);
	cluster_socket_shutdown(listener);
	kthread_stop(acceptor);
	cluster_socket_close(listener);
}

/**
 * cluster_listen_drop() - end the connections of a node
 * @node: its link is not started any more, and its session has failed
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_listen_drop(struct cluster_node *node)
{
	struct conn *conn, *next;
	LIST_HEAD(gone);

	lockdep_assert_held(&cluster_mutex);
	mutex_lock(&conns_mutex);
	list_for_each_entry_safe(conn, next, &conns, list) {
		if (conn->node != node)
			continue;
		if (conn->sock)
			cluster_socket_shutdown(conn->sock);
		list_move(&conn->list, &gone);
	}
	mutex_unlock(&conns_mutex);
	list_for_each_entry_safe(conn, next, &gone, list)
		reap(conn);
}
