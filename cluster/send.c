// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a lane sends, and in which order: the end of the lane, signs of life, replies,
 * requests, and last requests in bulk.
 *
 * Whoever has something to say tries to send it himself.  If somebody else is sending, or
 * TCP has no room, the lane's sender does it.  So a receiver, who must never wait, can
 * reply, and a single request goes out without a change of threads.
 *
 * Messages are sealed into the lane's buffer when they leave the queue, as many as fit, and
 * handed to TCP together.
 */
#include "internal.h"
#include "socket.h"
#include "trace.h"

#include <linux/err.h>
#include <linux/kthread.h>

/* Lengths and seal: what a message is longer than header, body and data. */
#define OVERHEAD	(sizeof(struct cluster_wire_frame) +			\
			 sizeof(struct cluster_wire_header) + CLUSTER_WIRE_SEAL_BYTES)

/**
 * struct outgoing - the message that is sealed next
 * @msg:	for the seal
 * @slot:	it is the reply of this one
 * @request:	it is this request
 * @body:	of a heartbeat
 */
struct outgoing {
	struct cluster_msg	msg;
	struct cluster_slot	*slot;
	struct cluster_request	*request;
	u8			body[sizeof(struct cluster_wire_heartbeat)];
};

static u32 room_of(const struct cluster_lane *lane)
{
	return CLUSTER_WIRE_FRAME_MAX - lane->tx_len;
}

/* Signs of life and the like, which have no list; they are short. */
static bool pick_sign(struct cluster_lane *lane, struct outgoing *out)
{
	lockdep_assert_held(&lane->link->lock);
	if (lane->close_due) {
		out->msg.kind = CLUSTER_CLOSE;
		out->msg.status = lane->close_due;
		lane->close_due = CLUSTER_REASON_NONE;
	} else if (lane->pong_due) {
		out->msg.kind = CLUSTER_PONG;
		lane->pong_due = false;
	} else if (lane->beat_due) {
		out->msg.kind = CLUSTER_HEARTBEAT;
		out->msg.body = out->body;
		out->msg.body_len = sizeof(out->body);
		lane->beat_due = false;
	} else if (lane->ping_due) {
		out->msg.kind = CLUSTER_PING;
		lane->ping_due = false;
	} else {
		return false;
	}
	return true;
}

static bool pick_reply(struct cluster_lane *lane, struct outgoing *out, u32 room)
{
	struct cluster_slot *slot =
		list_first_entry_or_null(&lane->replies, struct cluster_slot, list);

	lockdep_assert_held(&lane->link->lock);
	if (!slot || slot->body_len + slot->data_len > room)
		return false;
	list_del(&slot->list);
	out->slot = slot;
	out->msg.kind = CLUSTER_REPLY;
	out->msg.tag = slot->tag;
	out->msg.generation = slot->generation;
	out->msg.status = slot->status;
	out->msg.result = slot->result;
	out->msg.body = slot->body;
	out->msg.body_len = slot->body_len;
	out->msg.data_len = slot->data_len;
	/* Who reads this may count on the slot again: it is free before this is sent. */
	cluster_slot_grant(slot);
	return true;
}

static bool pick_request(struct cluster_lane *lane, struct outgoing *out, u32 room)
{
	struct cluster_request *request = cluster_request_next(lane, room);

	if (IS_ERR_OR_NULL(request))
		return false;
	out->request = request;
	out->msg.kind = CLUSTER_REQUEST;
	out->msg.type = request->type;
	out->msg.tag = request->tag;
	out->msg.generation = lane->link->tags[request->tag].generation;
	out->msg.reply_room = request->reply_room;
	out->msg.body = request->body;
	out->msg.body_len = request->body_len;
	out->msg.data = request->data;
	out->msg.data_len = request->data_len;
	return true;
}

/* Takes what is to be said next, and the credit that goes with it. */
static bool pick(struct cluster_lane *lane, struct outgoing *out)
{
	struct cluster_link *link = lane->link;
	u32 room = room_of(lane);
	unsigned long flags;
	bool picked;

	lockdep_assert_held(&lane->sending);
	if (room < OVERHEAD + sizeof(out->body))
		return false;
	room -= OVERHEAD;
	memset(out, 0, sizeof(*out));
	spin_lock_irqsave(&link->lock, flags);
	picked = pick_sign(lane, out) || pick_reply(lane, out, room) ||
		 pick_request(lane, out, room);
	if (picked) {
		/* One that was not let in says goodbye, and no more. */
		if (link->lanes[lane->number] == lane)
			cluster_credit_take(link, &out->msg);
		link->stats.tx_messages++;
	}
	spin_unlock_irqrestore(&link->lock, flags);
	return picked;
}

/* Copies a message to the buffer and seals it.  What it was made from is free then. */
static int seal(struct cluster_lane *lane, struct outgoing *out)
{
	u8 *to = lane->tx_buf + lane->tx_len;
	struct cluster_link *link = lane->link;
	unsigned long flags;
	int len;

	if (out->msg.kind == CLUSTER_HEARTBEAT)
		cluster_beat_pack(out->body);
	if (out->slot) {
		out->msg.data = cluster_seal_data(to);
		cluster_slot_copy(out->slot, cluster_seal_data(to));
	}
	len = cluster_seal_write(&lane->tx, to, room_of(lane), &out->msg);
	if (len > 0)
		lane->tx_len += len;
	trace_cluster_send(cluster_link_node(link)->number, lane->number, &out->msg);
	spin_lock_irqsave(&link->lock, flags);
	if (out->slot)
		cluster_slot_free(out->slot);
	if (out->request)
		cluster_request_sealed(link, out->request);
	spin_unlock_irqrestore(&link->lock, flags);
	return len < 0 ? len : 0;
}

static int fill(struct cluster_lane *lane)
{
	struct outgoing out;
	int err = 0;

	while (!err && pick(lane, &out))
		err = seal(lane, &out);
	return err;
}

/* Hands what was sealed to TCP; if it has no room, and @wait is not set, what it takes. */
static int flush(struct cluster_lane *lane, bool wait)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;

	while (lane->tx_off < lane->tx_len) {
		int sent = cluster_socket_send(lane->sock, lane->tx_buf + lane->tx_off,
					       lane->tx_len - lane->tx_off, wait);

		if (sent < 0)
			return sent;
		lane->tx_off += sent;
		spin_lock_irqsave(&link->lock, flags);
		link->stats.tx_bytes += sent;
		spin_unlock_irqrestore(&link->lock, flags);
	}
	lane->tx_off = 0;
	lane->tx_len = 0;
	return 0;
}

/* Sends all there is.  -EAGAIN: not @wait, and TCP has no room; else the lane is broken. */
static int send_all(struct cluster_lane *lane, bool wait)
{
	int err = lane->broken ? -EPIPE : 0;

	lockdep_assert_held(&lane->sending);
	while (!err) {
		if (!lane->tx_len)
			err = fill(lane);
		if (!err && !lane->tx_len)
			return 0;
		if (!err)
			err = flush(lane, wait);
	}
	if (err != -EAGAIN)
		lane->broken = true;
	return err;
}

static bool has_work(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	bool work;

	spin_lock_irqsave(&link->lock, flags);
	work = READ_ONCE(lane->tx_len) || READ_ONCE(lane->broken) || lane->close_due ||
	       lane->pong_due || lane->beat_due || lane->ping_due ||
	       !list_empty(&lane->replies) || cluster_request_sendable(lane);
	spin_unlock_irqrestore(&link->lock, flags);
	return work;
}

/**
 * cluster_lane_push() - send what is due, if that is possible at once
 * @lane: the caller knows that it stays
 *
 * What is left is the sender's.
 *
 * Context: may sleep, does not wait.
 */
void cluster_lane_push(struct cluster_lane *lane)
{
	bool left = true;

	while (left && mutex_trylock(&lane->sending)) {
		left = send_all(lane, false);
		mutex_unlock(&lane->sending);
		if (left)
			break;
		/* Who found it locked meanwhile relies on this one. */
		left = has_work(lane);
	}
	if (left)
		wake_up_process(lane->sender);
}

/* Whether a lane is part of the session: only then does its end concern the link. */
static bool is_in(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	bool in;

	spin_lock_irqsave(&link->lock, flags);
	in = link->lanes[lane->number] == lane;
	spin_unlock_irqrestore(&link->lock, flags);
	return in;
}

/**
 * cluster_lane_sender() - the thread that sends what has to wait
 * @data: lane
 *
 * Context: a kthread; ends with kthread_stop().
 */
int cluster_lane_sender(void *data)
{
	struct cluster_lane *lane = data;
	int err = 0;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (err || !has_work(lane)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		mutex_lock(&lane->sending);
		err = send_all(lane, true);
		mutex_unlock(&lane->sending);
		if (err && is_in(lane))
			cluster_link_fail(lane->link, CLUSTER_REASON_NONE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}
