// SPDX-License-Identifier: GPL-2.0-only
/* Messages to and from the victim, as a correct node would send them. */
#include "hostile.h"

#include <linux/string.h>

bool peer_send(struct peer *p, const struct cluster_msg *msg)
{
	static u8 buf[CLUSTER_WIRE_FRAME_MAX];
	int len = cluster_seal_write(&p->tx, buf, sizeof(buf), msg);

	if (len < 0)
		die("a message that cannot be sealed: error %d", len);
	return send_all(p->fd, buf, len);
}

bool peer_say(struct peer *p, u8 kind)
{
	struct cluster_msg msg = { .kind = kind };

	if (kind == CLUSTER_CLOSE)
		msg.status = CLUSTER_REASON_GOODBYE;
	return peer_send(p, &msg);
}

/* A heartbeat. */
bool peer_beat(struct peer *p)
{
	struct cluster_heartbeat beat = {
		.incarnation = le64_to_cpu(p->join.incarnation), .free_bytes = 1 << 20,
		.total_bytes = 1 << 21, .load_permille = 1000,
	};
	u8 body[sizeof(struct cluster_wire_heartbeat)];
	struct cluster_msg msg = {
		.kind = CLUSTER_HEARTBEAT, .body = body, .body_len = sizeof(body),
	};

	cluster_wire_pack_heartbeat(&beat, body);
	return peer_send(p, &msg);
}

/* Without a key the joins are the first messages. */
enum outcome peer_join_insecure(struct peer *p)
{
	struct cluster_msg msg = {
		.kind = CLUSTER_JOIN, .body = &p->join, .body_len = sizeof(p->join),
	};

	cluster_seal_start_insecure(&p->tx, p->initiator, &p->first.hello,
				    sizeof(p->first.hello));
	cluster_seal_start_insecure(&p->rx, !p->initiator, &p->first.hello,
				    sizeof(p->first.hello));
	if (!peer_send(p, &msg) || peer_next(p, &msg, now_ms() + conf.patience_ms) <= 0)
		return CLOSED;
	if (msg.kind != CLUSTER_JOIN ||
	    cluster_wire_unpack_join(&p->theirs, msg.body, msg.body_len))
		return NONSENSE;
	return OPENED;
}

static void note_message(struct peer *p, const struct cluster_msg *msg)
{
	p->kinds[msg->kind]++;
	p->credit_requests += msg->credit_requests;
	p->credit_bytes += msg->credit_bytes;
	if (msg->kind == CLUSTER_CLOSE)
		p->reason = msg->status;
	if (msg->kind == CLUSTER_PING && !p->mute)
		peer_say(p, CLUSTER_PONG);
}

/* 1: a message; 0: none came in time; -1: the victim has closed. */
int peer_next(struct peer *p, struct cluster_msg *msg, u64 deadline)
{
	struct cluster_frame frame;
	u32 len;
	int err = peer_receive(p, p->buf, sizeof(struct cluster_wire_frame), deadline);

	if (err)
		return err == -ETIMEDOUT ? 0 : -1;
	if (cluster_wire_unpack_frame(&frame, p->buf, sizeof(struct cluster_wire_frame)))
		die("the victim sent lengths that are not possible");
	len = cluster_wire_frame_bytes(&frame);
	/* What has begun to come is to come to its end. */
	err = peer_receive(p, p->buf + sizeof(struct cluster_wire_frame),
			   len - sizeof(struct cluster_wire_frame),
			   now_ms() + conf.patience_ms);
	if (err)
		return -1;
	err = cluster_seal_open(&p->rx, p->buf, len, msg);
	if (err)
		die("the victim sent a message that does not open: error %d", err);
	note_message(p, msg);
	return 1;
}

/* Whether it answers a ping. */
bool peer_alive(struct peer *p)
{
	u64 deadline = now_ms() + conf.patience_ms;
	u32 pongs = p->kinds[CLUSTER_PONG];
	struct cluster_msg msg;

	if (!peer_say(p, CLUSTER_PING))
		return false;
	while (peer_next(p, &msg, deadline) > 0) {
		if (p->kinds[CLUSTER_PONG] != pongs)
			return true;
	}
	return false;
}

/* Whether it closes. */
bool peer_gone(struct peer *p)
{
	u64 deadline = now_ms() + conf.patience_ms;
	struct cluster_msg msg;
	int got;

	do {
		got = peer_next(p, &msg, deadline);
	} while (got > 0);
	return got < 0;
}

static bool is_theirs(struct peer *p, const struct cluster_msg *msg)
{
	struct cluster_heartbeat beat;

	return !cluster_wire_unpack_heartbeat(&beat, msg->body, msg->body_len) &&
	       beat.incarnation == p->theirs.incarnation && beat.total_bytes;
}

/* Stays for @ms and longer, until as many heartbeats have come. */
bool peer_holds(struct peer *p, unsigned int beats, unsigned int ms)
{
	u64 end = now_ms() + ms, deadline = end + 2 * conf.patience_ms, next = 0;
	struct cluster_msg msg;

	while (now_ms() < end || p->kinds[CLUSTER_HEARTBEAT] < beats) {
		int got;

		if (now_ms() >= next) {
			next = now_ms() + conf.keepalive_delay_ms / 2;
			if (next > deadline || !peer_beat(p))
				return false;
		}
		got = peer_next(p, &msg, next);
		if (got < 0)
			return false;
		if (got && msg.kind == CLUSTER_HEARTBEAT && !is_theirs(p, &msg))
			return false;
	}
	return true;
}
