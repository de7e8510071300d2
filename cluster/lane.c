// SPDX-License-Identifier: GPL-2.0-only
/*
 * A lane: one connection of a link, and what receives on it.
 *
 * Its receiver is the thread that made or accepted the connection.  It reads what has come,
 * as much as its buffer holds, works on all complete messages, and then sends what they
 * have led to.
 */
#include "internal.h"
#include "socket.h"
#include "trace.h"

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#define FRAME_BYTES	sizeof(struct cluster_wire_frame)

/*
 * Buffers stay with the link for the next lane of this number: a link that was lost while
 * there is no memory must come back without any.
 */
static void get_buffers(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	swap(lane->tx_buf, link->spare[lane->number].tx);
	swap(lane->rx_buf, link->spare[lane->number].rx);
	spin_unlock_irqrestore(&link->lock, flags);
	if (!lane->tx_buf)
		lane->tx_buf = kvmalloc(CLUSTER_WIRE_FRAME_MAX, GFP_KERNEL);
	if (!lane->rx_buf)
		lane->rx_buf = kvmalloc(CLUSTER_WIRE_FRAME_MAX, GFP_KERNEL);
}

static void put_buffers(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->started && !link->spare[lane->number].tx)
		swap(lane->tx_buf, link->spare[lane->number].tx);
	if (link->started && !link->spare[lane->number].rx)
		swap(lane->rx_buf, link->spare[lane->number].rx);
	spin_unlock_irqrestore(&link->lock, flags);
	kvfree(lane->tx_buf);
	kvfree(lane->rx_buf);
}

/**
 * cluster_lane_free_spare() - free what lanes have left behind
 * @link: stopped: none is left behind any more
 *
 * Context: may sleep.
 */
void cluster_lane_free_spare(struct cluster_link *link)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(link->spare); i++) {
		kvfree(link->spare[i].tx);
		kvfree(link->spare[i].rx);
		link->spare[i].tx = NULL;
		link->spare[i].rx = NULL;
	}
}

static void free_lane(struct cluster_lane *lane)
{
	cluster_seal_end(&lane->tx);
	cluster_seal_end(&lane->rx);
	put_buffers(lane);
	if (lane->sender)
		put_task_struct(lane->sender);
	kfree(lane);
	cluster_gauge_dec(lane_count);
}

/**
 * cluster_lane_new() - make a lane, whose receiver is the caller
 * @link:	the caller knows that it stays
 * @number:	of the lane
 * @initiator:	whether this side connects
 *
 * Context: may sleep.
 * Return: the lane, for cluster_lane_put(); NULL: no memory.
 */
struct cluster_lane *cluster_lane_new(struct cluster_link *link, unsigned int number,
				      bool initiator)
{
	struct cluster_lane *lane = kzalloc(sizeof(*lane), GFP_KERNEL);

	if (!lane)
		return NULL;
	cluster_gauge_inc(lane_count);
	refcount_set(&lane->refs, 1);
	lane->link = link;
	lane->number = number;
	lane->initiator = initiator;
	lane->receiver = current;
	mutex_init(&lane->sending);
	INIT_LIST_HEAD(&lane->replies);
	INIT_LIST_HEAD(&lane->urgent);
	INIT_LIST_HEAD(&lane->bulk);
	return lane;
}

/**
 * cluster_lane_put() - give a reference to a lane back
 * @lane: the lane
 *
 * Context: may sleep.
 */
void cluster_lane_put(struct cluster_lane *lane)
{
	if (refcount_dec_and_test(&lane->refs))
		free_lane(lane);
}

/**
 * cluster_lane_start() - make a lane whose hello is over ready to send
 * @lane: the lane
 *
 * Context: may sleep.
 * Return: 0: cluster_lane_stop() must follow; -ENOMEM.
 */
int cluster_lane_start(struct cluster_lane *lane)
{
	struct cluster_node *node = cluster_link_node(lane->link);
	struct task_struct *sender;

	get_buffers(lane);
	if (!lane->tx_buf || !lane->rx_buf)
		return -ENOMEM;
	sender = kthread_create(cluster_lane_sender, lane, "ramster_tx%u/%u", node->number,
				lane->number);
	if (IS_ERR(sender))
		return PTR_ERR(sender);
	/* Who sends wakes it, perhaps when it has ended already. */
	lane->sender = get_task_struct(sender);
	wake_up_process(sender);
	return 0;
}

/**
 * cluster_lane_stop() - end the sender
 * @lane: started; its socket is shut down
 *
 * Nobody sends any more when this returns.
 *
 * Context: may sleep.
 */
void cluster_lane_stop(struct cluster_lane *lane)
{
	mutex_lock(&lane->sending);
	lane->broken = true;
	mutex_unlock(&lane->sending);
	kthread_stop(lane->sender);
}

static int close_reason(const struct cluster_msg *msg)
{
	return msg->status < CLUSTER_REASONS ? msg->status : CLUSTER_REASON_NONE;
}

static int take_heartbeat(struct cluster_link *link, const struct cluster_msg *msg)
{
	struct cluster_heartbeat beat;
	unsigned long flags;
	int err = cluster_wire_unpack_heartbeat(&beat, msg->body, msg->body_len);

	if (err)
		return err;
	spin_lock_irqsave(&link->lock, flags);
	if (beat.incarnation == link->incarnation)
		link->beat = beat;
	else
		err = -EPROTO;
	spin_unlock_irqrestore(&link->lock, flags);
	return err;
}

static int take_ping(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	lane->pong_due = true;
	spin_unlock_irqrestore(&link->lock, flags);
	return 0;
}

/* Does what a message says.  An error ends the link. */
static int dispatch(struct cluster_lane *lane, const struct cluster_msg *msg)
{
	struct cluster_link *link = lane->link;
	int err = cluster_credit_add(link, msg);

	trace_cluster_receive(cluster_link_node(link)->number, lane->number, msg);
	if (err)
		return err;
	switch (msg->kind) {
	case CLUSTER_REQUEST:
		return cluster_serve_request(lane, msg);
	case CLUSTER_REPLY:
		return cluster_request_replied(link, msg);
	case CLUSTER_HEARTBEAT:
		return take_heartbeat(link, msg);
	case CLUSTER_CREDIT:
	case CLUSTER_PONG:
		return 0;
	case CLUSTER_PING:
		return take_ping(lane);
	case CLUSTER_CLOSE:
		cluster_link_fail(link, close_reason(msg));
		return -ECONNRESET;
	default:
		return -EPROTO;
	}
}

/* The length of the message that begins at @from; 0: not all of its lengths are there. */
static int length_at(struct cluster_lane *lane, u32 from)
{
	struct cluster_frame frame;
	int err;

	if (lane->rx_len - from < FRAME_BYTES)
		return 0;
	err = cluster_wire_unpack_frame(&frame, lane->rx_buf + from, FRAME_BYTES);
	return err ? err : cluster_wire_frame_bytes(&frame);
}

static void note_life(struct cluster_lane *lane, u32 bytes)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	lane->heard = jiffies;
	link->heard = jiffies;
	link->ever_heard = true;
	link->stats.rx_bytes += bytes;
	spin_unlock_irqrestore(&link->lock, flags);
}

/* Works on all complete messages in the buffer. */
static int work(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	u64 messages = 0;
	u32 from = 0;
	int err = 0;

	while (!err) {
		struct cluster_msg msg;
		int len = length_at(lane, from);

		if (len <= 0 || lane->rx_len - from < len) {
			err = min(len, 0);
			break;
		}
		/* What has come long ago and is worked on now proves life, too. */
		if (messages && time_before(lane->heard, jiffies))
			note_life(lane, 0);
		err = cluster_seal_open(&lane->rx, lane->rx_buf + from, len, &msg);
		if (!err)
			err = dispatch(lane, &msg);
		from += len;
		messages++;
	}
	lane->rx_len -= from;
	memmove(lane->rx_buf, lane->rx_buf + from, lane->rx_len);
	spin_lock_irqsave(&link->lock, flags);
	link->stats.rx_messages += messages;
	spin_unlock_irqrestore(&link->lock, flags);
	return err;
}

static bool is_protocol_error(int err)
{
	return err == -EBADMSG || err == -EMSGSIZE || err == -ERANGE || err == -EPROTO ||
	       err == -EKEYEXPIRED;
}

/* Tells the other node why this lane ends, if that is possible at once. */
static void say_close(struct cluster_lane *lane, enum cluster_reason reason)
{
	unsigned long flags;

	spin_lock_irqsave(&lane->link->lock, flags);
	lane->close_due = reason;
	spin_unlock_irqrestore(&lane->link->lock, flags);
	cluster_lane_push(lane);
}

static void complain(struct cluster_lane *lane, int err)
{
	struct cluster_node *node = cluster_link_node(lane->link);

	cluster_count(messages_bad);
	pr_warn_ratelimited("node %u (%s): lane %u: a message that is wrong: error %d\n",
			    node->number, node->name, lane->number, err);
	say_close(lane, CLUSTER_REASON_PROTOCOL);
	cluster_link_fail(lane->link, CLUSTER_REASON_PROTOCOL);
}

/* Receives until the lane is shut down or something is wrong. */
static void receive(struct cluster_lane *lane)
{
	int err;

	cluster_socket_trust(lane->sock);
	do {
		int got = cluster_socket_receive(lane->sock, lane->rx_buf + lane->rx_len,
						 CLUSTER_WIRE_FRAME_MAX - lane->rx_len);

		if (got < 0)
			return;
		lane->rx_len += got;
		note_life(lane, got);
		err = work(lane);
		if (is_protocol_error(err))
			complain(lane, err);
		else if (!err)
			cluster_lane_push(lane);
	} while (!err);
}

/**
 * cluster_lane_first() - receive the first message, which proves who sends
 * @lane:	its hello is over, it is started
 * @deadline:	in jiffies
 * @msg:	filled in on success, valid until the next one is received
 *
 * Context: may sleep; by the receiver.
 * Return: 0; -ETIMEDOUT; -EPROTO: it is one that cannot be the first; others.
 */
int cluster_lane_first(struct cluster_lane *lane, unsigned long deadline,
		       struct cluster_msg *msg)
{
	int err = cluster_socket_receive_all(lane->sock, lane->rx_buf, FRAME_BYTES, deadline);
	struct cluster_link *link = lane->link;
	struct cluster_frame frame;
	unsigned long flags;
	u32 len;

	if (!err)
		err = cluster_wire_unpack_frame(&frame, lane->rx_buf, FRAME_BYTES);
	if (err)
		return err;
	len = cluster_wire_frame_bytes(&frame);
	err = cluster_socket_receive_all(lane->sock, lane->rx_buf + FRAME_BYTES,
					 len - FRAME_BYTES, deadline);
	if (!err)
		err = cluster_seal_open(&lane->rx, lane->rx_buf, len, msg);
	if (!err && msg->kind != CLUSTER_HEARTBEAT && msg->kind != CLUSTER_CLOSE)
		err = -EPROTO;
	if (err)
		return err;
	note_life(lane, len);
	spin_lock_irqsave(&link->lock, flags);
	link->stats.rx_messages++;
	spin_unlock_irqrestore(&link->lock, flags);
	return 0;
}

static void send_beat(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	lane->beat_due = true;
	spin_unlock_irqrestore(&link->lock, flags);
	cluster_lane_push(lane);
}

/* A lane that is part of a session, until the session ends. */
static void live(struct cluster_lane *lane, const struct cluster_msg *first,
		 unsigned long deadline)
{
	struct cluster_msg msg;
	int err = 0;

	send_beat(lane);
	if (!first) {
		err = cluster_lane_first(lane, deadline, &msg);
		first = &msg;
	}
	if (!err)
		err = dispatch(lane, first);
	if (!err)
		err = cluster_link_ready(lane);
	if (!err) {
		/* What the user had to say when he was told: nobody was woken for it. */
		cluster_lane_push(lane);
		receive(lane);
	} else if (is_protocol_error(err)) {
		complain(lane, err);
	}
}

/**
 * cluster_lane_live() - be part of the session, from its beginning to its end
 * @lane:	started
 * @peer:	what the other node said about itself
 * @first:	its first message; NULL: to be received yet
 * @deadline:	for the first message, in jiffies
 *
 * Nobody sends on the lane any more when this returns.
 *
 * Context: may sleep; by the receiver.
 * Return: 0, or the error of cluster_link_enter(): there was no session for it.
 */
int cluster_lane_live(struct cluster_lane *lane, const struct cluster_join *peer,
		      const struct cluster_msg *first, unsigned long deadline)
{
	int err = cluster_link_enter(lane, peer);

	if (!err) {
		live(lane, first, deadline);
		cluster_link_fail(lane->link, CLUSTER_REASON_NONE);
	} else {
		say_close(lane, err == -ESTALE ? CLUSTER_REASON_SESSION : CLUSTER_REASON_BUSY);
	}
	cluster_lane_stop(lane);
	if (!err)
		cluster_link_leave(lane);
	return err;
}
