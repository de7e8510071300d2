// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hello, the answer and the handshake on a new connection, see Documentation/wire.rst.
 *
 * The responder spends nothing but time until the tag of message 1 has shown that the
 * initiator, or somebody who recorded him, knows the key.  What message 1 said is acted on
 * only after the first sealed message, which is not read here.
 */
#include "hello.h"
#include "internal.h"
#include "socket.h"

#include <linux/string.h>

#define HELLO_BYTES	sizeof(struct cluster_wire_hello)
#define ANSWER_BYTES	sizeof(struct cluster_wire_answer)
#define START_BYTES	sizeof(struct cluster_wire_start)
#define JOIN_BYTES	sizeof(struct cluster_wire_join)

/* A join as a message: only if insecure. */
#define JOIN_FRAME_BYTES	(sizeof(struct cluster_wire_frame) +			\
				 sizeof(struct cluster_wire_header) + JOIN_BYTES +	\
				 CLUSTER_WIRE_SEAL_BYTES)

/**
 * struct talk - one hello
 * @lane:	the connection; its seals are set
 * @deadline:	in jiffies
 * @sealed:	whether there is a handshake
 * @prologue:	the hello as it is on the wire
 * @ours:	what this node says about itself
 * @noise:	the handshake, if @sealed
 */
struct talk {
	struct cluster_lane	*lane;
	unsigned long		deadline;
	bool			sealed;
	u8			prologue[HELLO_BYTES];
	struct cluster_join	ours;
	struct cluster_noise	noise;
};

static u8 our_mode(void)
{
	return cluster_self.insecure ? CLUSTER_MODE_INSECURE : CLUSTER_MODE_SEALED;
}

static void begin_talk(struct talk *talk, struct cluster_lane *lane, unsigned long deadline)
{
	memset(talk, 0, sizeof(*talk));
	talk->lane = lane;
	talk->deadline = deadline;
	talk->sealed = !cluster_self.insecure;
	talk->ours.incarnation = cluster_self.incarnation;
	talk->ours.idle_timeout_ms = cluster_self.time_ms[CLUSTER_IDLE];
	talk->ours.keepalive_delay_ms = cluster_self.time_ms[CLUSTER_KEEPALIVE];
}

static int receive(struct talk *talk, void *buf, size_t len)
{
	return cluster_socket_receive_all(talk->lane->sock, buf, len, talk->deadline);
}

/* With reserves: a link must come back where there is no memory. */
static int send(struct talk *talk, const void *buf, size_t len)
{
	return cluster_socket_send_all(talk->lane->sock, buf, len, true);
}

static enum cluster_reason reason_of(int err)
{
	switch (err) {
	case -EPROTONOSUPPORT:
		return CLUSTER_REASON_VERSION;
	case -EMSGSIZE:
	case -ERANGE:
	case -EPROTO:
	case -EKEYREJECTED:
		return CLUSTER_REASON_PROTOCOL;
	default:
		return CLUSTER_REASON_NONE;
	}
}

/* Reads what begins with a struct cluster_wire_start: at most @room bytes, and how many. */
static int receive_start(struct talk *talk, u8 *buf, size_t room, u32 *len)
{
	struct cluster_start start;
	int err = receive(talk, buf, START_BYTES);

	if (err)
		return err;
	err = cluster_wire_unpack_start(&start, buf, START_BYTES);
	if (err)
		return err;
	*len = START_BYTES + start.length;
	if (*len > room)
		return -EMSGSIZE;
	return receive(talk, buf + START_BYTES, start.length);
}

/* Whether what the other node says about itself goes with what this one does. */
static int check_join(const struct talk *talk, struct cluster_welcome *welcome)
{
	const struct cluster_join *peer = &welcome->peer;

	if (peer->idle_timeout_ms == talk->ours.idle_timeout_ms &&
	    peer->keepalive_delay_ms == talk->ours.keepalive_delay_ms)
		return 0;
	welcome->reason = CLUSTER_REASON_CONFIG;
	return -EINVAL;
}

static int split(struct talk *talk)
{
	struct cluster_noise_keys keys;
	int err = cluster_noise_split(&talk->noise, &keys);

	if (!err) {
		cluster_seal_start(&talk->lane->tx, keys.tx);
		cluster_seal_start(&talk->lane->rx, keys.rx);
	}
	memzero_explicit(&keys, sizeof(keys));
	return err;
}

static void start_insecure(struct talk *talk)
{
	bool initiator = talk->lane->initiator;

	cluster_seal_start_insecure(&talk->lane->tx, initiator, talk->prologue, HELLO_BYTES);
	cluster_seal_start_insecure(&talk->lane->rx, !initiator, talk->prologue, HELLO_BYTES);
}

/* Without a handshake the joins are the first messages. */
static int send_join(struct talk *talk)
{
	u8 body[JOIN_BYTES], frame[JOIN_FRAME_BYTES];
	struct cluster_msg msg = {
		.kind = CLUSTER_JOIN, .body = body, .body_len = sizeof(body),
	};
	int len;

	cluster_wire_pack_join(&talk->ours, body);
	len = cluster_seal_write(&talk->lane->tx, frame, sizeof(frame), &msg);
	return len < 0 ? len : send(talk, frame, len);
}

static int receive_join(struct talk *talk, struct cluster_join *peer)
{
	u8 frame[JOIN_FRAME_BYTES];
	struct cluster_msg msg;
	int err = receive(talk, frame, sizeof(frame));

	if (err)
		return err;
	err = cluster_seal_open(&talk->lane->rx, frame, sizeof(frame), &msg);
	if (err)
		return err;
	if (msg.kind != CLUSTER_JOIN)
		return -EPROTO;
	return cluster_wire_unpack_join(peer, msg.body, msg.body_len);
}

/* ---- who connects -------------------------------------------------------------------- */

static int send_hello(struct talk *talk)
{
	struct cluster_lane *lane = talk->lane;
	struct cluster_hello hello = {
		.from = cluster_self.number,
		.to = cluster_link_node(lane->link)->number,
		.lane = lane->number,
		.mode = our_mode(),
		.name_len = strlen(cluster_self.name),
	};
	u8 buf[HELLO_BYTES + CLUSTER_WIRE_NOISE_BYTES], join[JOIN_BYTES];
	int err;

	memcpy(hello.name, cluster_self.name, hello.name_len);
	cluster_wire_pack_hello(&hello, talk->prologue);
	memcpy(buf, talk->prologue, HELLO_BYTES);
	if (!talk->sealed)
		return send(talk, buf, HELLO_BYTES);
	cluster_noise_start(&talk->noise, true, lane->link->psk, buf, HELLO_BYTES);
	cluster_wire_pack_join(&talk->ours, join);
	err = cluster_noise_write(&talk->noise, buf + HELLO_BYTES, join, JOIN_BYTES);
	return err ? err : send(talk, buf, sizeof(buf));
}

/* The answer to a hello; its handshake message if there is one. */
static int receive_answer(struct talk *talk, u8 *noise, struct cluster_welcome *welcome)
{
	u8 buf[ANSWER_BYTES + CLUSTER_WIRE_NOISE_BYTES];
	u16 reason = 0;
	u32 len;
	int err = receive_start(talk, buf, sizeof(buf), &len);

	if (err)
		return err;
	err = cluster_wire_unpack_answer(&reason, our_mode(), buf, len);
	if (err)
		return err;
	if (reason) {
		welcome->reason = reason;
		return -ECONNREFUSED;
	}
	memcpy(noise, buf + ANSWER_BYTES, len - ANSWER_BYTES);
	return 0;
}

static int finish_sealed(struct talk *talk, const u8 *noise, struct cluster_join *peer)
{
	u8 join[JOIN_BYTES];
	int err = cluster_noise_read(&talk->noise, join, noise, CLUSTER_WIRE_NOISE_BYTES);

	if (!err)
		err = cluster_wire_unpack_join(peer, join, JOIN_BYTES);
	return err ? err : split(talk);
}

static int finish_insecure(struct talk *talk, struct cluster_join *peer)
{
	int err;

	start_insecure(talk);
	err = send_join(talk);
	return err ? err : receive_join(talk, peer);
}

static int initiate(struct talk *talk, struct cluster_welcome *welcome)
{
	u8 noise[CLUSTER_WIRE_NOISE_BYTES];
	int err = send_hello(talk);

	if (!err)
		err = receive_answer(talk, noise, welcome);
	if (err)
		return err;
	err = talk->sealed ? finish_sealed(talk, noise, &welcome->peer) :
			     finish_insecure(talk, &welcome->peer);
	if (err)
		return err;
	if (welcome->peer.session != talk->ours.session ||
	    welcome->peer.lanes != talk->ours.lanes)
		return -EPROTO;
	return check_join(talk, welcome);
}

/**
 * cluster_hello_initiate() - say hello and hear the answer
 * @lane:	connected; its seals are set on success
 * @deadline:	in jiffies
 * @session:	of all lanes of the link, not 0
 * @lanes:	how many there are to be
 * @welcome:	filled in; on failure only the reason, if there is one
 *
 * Context: may sleep.
 * Return: 0; -ECONNREFUSED: the other node gave a reason; -EBADMSG: it does not have the
 * key; -ETIMEDOUT; others.
 */
int cluster_hello_initiate(struct cluster_lane *lane, unsigned long deadline, u64 session,
			   unsigned int lanes, struct cluster_welcome *welcome)
{
	struct talk talk;
	int err;

	memset(welcome, 0, sizeof(*welcome));
	welcome->lane = lane->number;
	begin_talk(&talk, lane, deadline);
	talk.ours.session = session;
	talk.ours.lanes = lanes;
	err = initiate(&talk, welcome);
	if (err && !welcome->reason)
		welcome->reason = reason_of(err);
	memzero_explicit(&talk, sizeof(talk));
	return err;
}

/* ---- who is connected to ------------------------------------------------------------- */

/* Tells the other node why there will be no lane; if that does not get through, so be it. */
static int refuse(struct talk *talk, struct cluster_welcome *welcome, enum cluster_reason reason)
{
	u8 answer[ANSWER_BYTES];

	welcome->reason = reason;
	cluster_wire_pack_answer(reason, our_mode(), answer);
	/* Who asks may be anybody: the reserves are not for him. */
	cluster_socket_send_all(talk->lane->sock, answer, sizeof(answer), false);
	return -ECONNREFUSED;
}

/* Whether a hello is meant for this node, and by the one that has this address. */
static enum cluster_reason judge(const struct talk *talk, const struct cluster_hello *hello)
{
	if (strcmp(hello->name, cluster_self.name))
		return CLUSTER_REASON_NAME;
	if (hello->to != cluster_self.number ||
	    hello->from != cluster_link_node(talk->lane->link)->number)
		return CLUSTER_REASON_NODE;
	if (hello->mode != our_mode())
		return CLUSTER_REASON_MODE;
	return CLUSTER_REASON_NONE;
}

static int receive_hello(struct talk *talk, u8 *noise, struct cluster_welcome *welcome)
{
	u8 buf[HELLO_BYTES + CLUSTER_WIRE_NOISE_BYTES];
	enum cluster_reason reason;
	struct cluster_hello hello;
	u32 len;
	int err = receive_start(talk, buf, sizeof(buf), &len);

	if (err == -EPROTONOSUPPORT)
		return refuse(talk, welcome, CLUSTER_REASON_VERSION);
	if (!err)
		err = cluster_wire_unpack_hello(&hello, buf, len);
	if (err)
		return err;
	reason = judge(talk, &hello);
	if (reason)
		return refuse(talk, welcome, reason);
	welcome->lane = hello.lane;
	memcpy(talk->prologue, buf, HELLO_BYTES);
	memcpy(noise, buf + HELLO_BYTES, len - HELLO_BYTES);
	return 0;
}

static int check_and_adopt(struct talk *talk, struct cluster_welcome *welcome)
{
	int err = check_join(talk, welcome);

	if (err)
		return err;
	if (welcome->lane >= welcome->peer.lanes) {
		welcome->reason = CLUSTER_REASON_LANE;
		return -EINVAL;
	}
	talk->ours.session = welcome->peer.session;
	talk->ours.lanes = welcome->peer.lanes;
	return 0;
}

static int accept_sealed(struct talk *talk, const u8 *noise, struct cluster_welcome *welcome)
{
	u8 buf[ANSWER_BYTES + CLUSTER_WIRE_NOISE_BYTES], join[JOIN_BYTES];
	int err;

	cluster_noise_start(&talk->noise, false, talk->lane->link->psk, talk->prologue,
			    HELLO_BYTES);
	err = cluster_noise_read(&talk->noise, join, noise, CLUSTER_WIRE_NOISE_BYTES);
	if (!err)
		err = cluster_wire_unpack_join(&welcome->peer, join, JOIN_BYTES);
	if (err)
		return err;
	if (check_and_adopt(talk, welcome))
		return refuse(talk, welcome, welcome->reason);
	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, buf);
	cluster_wire_pack_join(&talk->ours, join);
	err = cluster_noise_write(&talk->noise, buf + ANSWER_BYTES, join, JOIN_BYTES);
	if (!err)
		err = split(talk);
	return err ? err : send(talk, buf, sizeof(buf));
}

static int accept_insecure(struct talk *talk, struct cluster_welcome *welcome)
{
	u8 answer[ANSWER_BYTES];
	int err;

	cluster_wire_pack_answer(0, CLUSTER_MODE_INSECURE, answer);
	err = send(talk, answer, sizeof(answer));
	if (err)
		return err;
	start_insecure(talk);
	err = receive_join(talk, &welcome->peer);
	if (!err)
		err = check_and_adopt(talk, welcome);
	return err ? err : send_join(talk);
}

static int accept(struct talk *talk, struct cluster_welcome *welcome)
{
	u8 noise[CLUSTER_WIRE_NOISE_BYTES];
	int err = receive_hello(talk, noise, welcome);

	if (err)
		return err;
	return talk->sealed ? accept_sealed(talk, noise, welcome) :
			      accept_insecure(talk, welcome);
}

/**
 * cluster_hello_accept() - hear a hello and answer it
 * @lane:	connected; its seals are set on success
 * @deadline:	in jiffies
 * @welcome:	filled in; on failure only the reason, if there is one.  Not to be acted on
 *		before the first message of the lane has been opened
 *
 * Context: may sleep.
 * Return: 0; -ECONNREFUSED: the other node was given a reason; -EBADMSG: it does not have
 * the key; -ETIMEDOUT; others.
 */
int cluster_hello_accept(struct cluster_lane *lane, unsigned long deadline,
			 struct cluster_welcome *welcome)
{
	struct talk talk;
	int err;

	memset(welcome, 0, sizeof(*welcome));
	begin_talk(&talk, lane, deadline);
	err = accept(&talk, welcome);
	if (err && !welcome->reason)
		welcome->reason = reason_of(err);
	memzero_explicit(&talk, sizeof(talk));
	return err;
}
