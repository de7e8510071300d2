// SPDX-License-Identifier: GPL-2.0-only
/* Messages after a good handshake that no correct node sends. */
#include "hostile.h"

#include <linux/string.h>
#include <sys/socket.h>

/* A type that nobody handles. */
#define NO_TYPE		65535

enum verdict {
	DROPS,		/* the link is dropped */
	LIVES,		/* ... is as if nothing had been */
	EITHER,		/* of both, at once */
};

#define AT_HEADER(field) \
	.offset = offsetof(struct wild, header.field), \
	.size = sizeof(((struct wild *)0)->header.field)
#define AT_FRAME(field) \
	.offset = offsetof(struct wild, frame.field), \
	.size = sizeof(((struct wild *)0)->frame.field)
#define AT_BODY(type, field) \
	.offset = offsetof(struct wild, body) + offsetof(struct type, field), \
	.size = sizeof(((struct type *)0)->field)

/* A message that is right but for one field of it.  The seal is right as well. */
static const struct bad_field {
	const char	*name;
	u8		kind, body_len, data_len;
	u16		offset, size;
	u64		value;
} fields[] = {
	{ "kind-0", 0, 0, 0, AT_HEADER(kind), 0 },
	{ "kind-9", 0, 0, 0, AT_HEADER(kind), 9 },
	{ "kind-255", 0, 0, 0, AT_HEADER(kind), 255 },
	{ "flags", CLUSTER_PING, 0, 0, AT_HEADER(flags), 1 },
	{ "zero", CLUSTER_PING, 0, 0, AT_HEADER(zero), 1 },
	{ "ping-type", CLUSTER_PING, 0, 0, AT_HEADER(type), 1 },
	{ "ping-tag", CLUSTER_PING, 0, 0, AT_HEADER(tag), 1 },
	{ "ping-status", CLUSTER_PING, 0, 0, AT_HEADER(status), 1 },
	{ "ping-generation", CLUSTER_PING, 0, 0, AT_HEADER(generation), 1 },
	{ "ping-result", CLUSTER_PING, 0, 0, AT_HEADER(result), 1 },
	{ "ping-room", CLUSTER_PING, 0, 0, AT_HEADER(reply_room), 1 },
	{ "ping-body", CLUSTER_PING, 1, 0, AT_HEADER(zero), 0 },
	{ "ping-data", CLUSTER_PING, 0, 1, AT_HEADER(zero), 0 },
	{ "pong-body", CLUSTER_PONG, 8, 0, AT_HEADER(zero), 0 },
	{ "credit-body", CLUSTER_CREDIT, 8, 0, AT_HEADER(zero), 0 },
	{ "credit-over", CLUSTER_CREDIT, 0, 0, AT_HEADER(credit_requests), 65537 },
	{ "credit-bytes-over", CLUSTER_CREDIT, 0, 0, AT_HEADER(credit_bytes), (1U << 30) + 1 },
	{ "close-0", CLUSTER_CLOSE, 0, 0, AT_HEADER(status), 0 },
	{ "close-13", CLUSTER_CLOSE, 0, 0, AT_HEADER(status), 13 },
	{ "request-status", CLUSTER_REQUEST, 0, 0, AT_HEADER(status), 1 },
	{ "room-over", CLUSTER_REQUEST, 0, 0, AT_HEADER(reply_room), 65537 },
	{ "reply-status", CLUSTER_REPLY, 0, 0, AT_HEADER(status), 5 },
	{ "reply-body", CLUSTER_REPLY, 8, 0, AT_HEADER(status), 1 },
	{ "reply-long", CLUSTER_REPLY, 129, 0, AT_HEADER(zero), 0 },
	{ "reply-room", CLUSTER_REPLY, 0, 0, AT_HEADER(reply_room), 1 },
	{ "beat-0", CLUSTER_HEARTBEAT, 32, 0, AT_BODY(cluster_wire_heartbeat, incarnation), 0 },
	{ "beat-short", CLUSTER_HEARTBEAT, 31, 0,
	  AT_BODY(cluster_wire_heartbeat, incarnation), 1 },
	{ "beat-other", CLUSTER_HEARTBEAT, 32, 0,
	  AT_BODY(cluster_wire_heartbeat, incarnation), 1 },
	{ "join-again", CLUSTER_JOIN, 40, 0, AT_BODY(cluster_wire_join, lanes), 1 },
	/* Of these the lengths alone are sent: they must be enough. */
	{ "data-over", 0, 0, 0, AT_FRAME(data_len), 65537 },
	{ "data-far-over", 0, 0, 0, AT_FRAME(data_len), 0xffffffff },
	{ "header-over", 0, 0, 0, AT_FRAME(header_len), 4097 },
	{ "header-far-over", 0, 0, 0, AT_FRAME(header_len), 65535 },
	{ "header-under", 0, 0, 0, AT_FRAME(header_len), 31 },
	{ "frame-zero", 0, 0, 0, AT_FRAME(zero), 1 },
};

static void send_field(struct peer *p, const struct bad_field *bad)
{
	__le64 value = cpu_to_le64(bad->value);
	struct wild wild;

	wild_message(&wild, bad->kind, bad->body_len, bad->data_len);
	if (bad->kind == CLUSTER_JOIN)
		memcpy(wild.body, &p->join, sizeof(p->join));
	memcpy((u8 *)&wild + bad->offset, &value, bad->size);
	if (bad->offset < sizeof(wild.frame))
		send_all(p->fd, &wild.frame, sizeof(wild.frame));
	else
		wild_send(p, &wild);
}

/* The bit of a request that is turned over.  It has a body and data of 64 bytes each. */
#define FLIP_BYTES	64

static const struct flip {
	const char	*name;
	u16		offset;
	u8		bits;
} flips[] = {
	{ "flip-data-len", 0, 1 },
	{ "flip-header-len", 4, 1 },
	{ "flip-data", 8, 1 },
	{ "flip-data-end", 8 + 63, 0x80 },
	{ "flip-header", 8 + 64, 1 },
	{ "flip-body", 8 + 64 + 32, 0x80 },
	{ "flip-body-end", 8 + 64 + 32 + 63, 1 },
	{ "flip-seal", 8 + 64 + 32 + 64, 1 },
	{ "flip-seal-end", 8 + 64 + 32 + 64 + 15, 0x80 },
};

static void send_flipped(struct peer *p, const struct flip *flip)
{
	u8 buf[WILD_BYTES];
	struct wild wild;
	u32 len;

	wild_message(&wild, CLUSTER_REQUEST, FLIP_BYTES, FLIP_BYTES);
	wild.header.type = cpu_to_le16(NO_TYPE);
	len = wild_seal(p, &wild, buf);
	buf[flip->offset] ^= flip->bits;
	send_all(p->fd, buf, len);
	/* A length that has grown waits for more bytes. */
	peer_say(p, CLUSTER_PING);
}

/* Two pings in each other's place, one twice, one left out. */
static void send_swapped(struct peer *p)
{
	u8 buf[2][WILD_BYTES];
	struct wild wild;
	u32 len;

	wild_message(&wild, CLUSTER_PING, 0, 0);
	wild_seal(p, &wild, buf[0]);
	len = wild_seal(p, &wild, buf[1]);
	send_all(p->fd, buf[1], len);
	send_all(p->fd, buf[0], len);
}

static void send_twice(struct peer *p)
{
	u8 buf[WILD_BYTES];
	struct wild wild;
	u32 len;

	wild_message(&wild, CLUSTER_PING, 0, 0);
	len = wild_seal(p, &wild, buf);
	send_all(p->fd, buf, len);
	send_all(p->fd, buf, len);
}

static void send_gap(struct peer *p)
{
	u8 buf[WILD_BYTES];
	struct wild wild;

	wild_message(&wild, CLUSTER_PING, 0, 0);
	wild_seal(p, &wild, buf);
	peer_say(p, CLUSTER_PING);
}

static void send_noise(struct peer *p)
{
	put_random(p->buf, sizeof(p->buf));
	send_all(p->fd, p->buf, sizeof(p->buf));
}

/* The rest of a message that has begun never comes: silence ends it. */
static void send_half(struct peer *p)
{
	u8 buf[WILD_BYTES];
	struct wild wild;

	wild_message(&wild, CLUSTER_REQUEST, sizeof(wild.body), sizeof(wild.data));
	send_all(p->fd, buf, wild_seal(p, &wild, buf) / 2);
	p->mute = true;
}

static void send_nothing(struct peer *p)
{
	p->mute = true;
}

/* What comes after a close is of no interest. */
static void send_after_close(struct peer *p)
{
	unsigned int i;

	peer_say(p, CLUSTER_CLOSE);
	for (i = 0; i < 100 && peer_beat(p); i++)
		;
}

static void send_end(struct peer *p)
{
	shutdown(p->fd, SHUT_WR);
}

/* The sums leave 32 bits. */
static void send_credit(struct peer *p)
{
	struct cluster_msg msg = {
		.kind = CLUSTER_CREDIT, .credit_requests = CLUSTER_WIRE_CREDIT_MAX,
		.credit_bytes = CLUSTER_WIRE_CREDIT_BYTES_MAX,
	};
	unsigned int i;

	for (i = 0; i < 100 && peer_send(p, &msg); i++)
		;
}

static void send_reply(struct peer *p, u16 tag, u32 generation)
{
	struct cluster_msg msg = { .kind = CLUSTER_REPLY, .tag = tag, .generation = generation };

	peer_send(p, &msg);
}

static void send_reply_first(struct peer *p)
{
	send_reply(p, 0, 0);
}

static void send_reply_next(struct peer *p)
{
	send_reply(p, 0, 1);
}

static void send_reply_last(struct peer *p)
{
	send_reply(p, U16_MAX, U32_MAX);
}

/* A type that nobody knows is answered: the request itself is not wrong. */
static void send_request(struct peer *p)
{
	struct cluster_msg msg = {
		.kind = CLUSTER_REQUEST, .type = NO_TYPE, .tag = 7, .generation = 9,
		.reply_room = 4096,
	};
	u64 deadline = now_ms() + conf.patience_ms;

	if (!p->credit_requests || p->credit_bytes < msg.reply_room)
		die("the victim has granted no credit");
	peer_send(p, &msg);
	do {
		if (peer_next(p, &msg, deadline) <= 0)
			die("the victim did not reply");
	} while (msg.kind != CLUSTER_REPLY);
	if (msg.tag != 7 || msg.generation != 9 || msg.status != CLUSTER_STATUS_NOHANDLER)
		die("a reply of status %u to %u/%u", msg.status, msg.tag, msg.generation);
}

/* As much as it takes, and nothing is read: the victim must not keep it all for us. */
static void send_much(struct peer *p, const struct cluster_msg *msg)
{
	u64 end = now_ms() + conf.patience_ms;
	unsigned int count = 0;

	while (now_ms() < end && peer_send(p, msg))
		count++;
	printf("%u messages; ", count);
}

static void send_pings(struct peer *p)
{
	struct cluster_msg msg = { .kind = CLUSTER_PING };

	send_much(p, &msg);
}

/* Far more requests than were granted, with all the room for replies there can be. */
static void send_overdraft(struct peer *p)
{
	struct cluster_msg msg = {
		.kind = CLUSTER_REQUEST, .type = NO_TYPE,
		.reply_room = CLUSTER_WIRE_DATA_MAX,
	};

	send_much(p, &msg);
}

static const struct attack {
	const char	*name;
	enum verdict	verdict;
	void		(*run)(struct peer *p);
} attacks[] = {
	{ "swapped", DROPS, send_swapped },
	{ "twice", DROPS, send_twice },
	{ "gap", DROPS, send_gap },
	{ "noise", DROPS, send_noise },
	{ "half", DROPS, send_half },
	{ "nothing", DROPS, send_nothing },
	{ "after-close", DROPS, send_after_close },
	{ "end", DROPS, send_end },
	{ "credit-sum", DROPS, send_credit },
	{ "reply-first", LIVES, send_reply_first },
	{ "reply-next", LIVES, send_reply_next },
	{ "reply-last", DROPS, send_reply_last },
	{ "request", LIVES, send_request },
	{ "pings", EITHER, send_pings },
	{ "overdraft", DROPS, send_overdraft },
};

void list_message(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		puts(fields[i].name);
	for (i = 0; i < ARRAY_SIZE(flips); i++)
		puts(flips[i].name);
	for (i = 0; i < ARRAY_SIZE(attacks); i++)
		puts(attacks[i].name);
}

/* Finds it, does it, and says how the link should be after it. */
static enum verdict do_attack(struct peer *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!strcmp(name, fields[i].name)) {
			send_field(p, &fields[i]);
			return DROPS;
		}
	}
	for (i = 0; i < ARRAY_SIZE(flips); i++) {
		if (!strcmp(name, flips[i].name)) {
			send_flipped(p, &flips[i]);
			return DROPS;
		}
	}
	for (i = 0; i < ARRAY_SIZE(attacks); i++) {
		if (!strcmp(name, attacks[i].name)) {
			attacks[i].run(p);
			return attacks[i].verdict;
		}
	}
	die("no attack is called %s", name);
}

/* On a good link, which shows that it would live otherwise; after it a good one is made. */
bool attack_message(const char *name)
{
	static struct peer peer;
	enum verdict verdict;
	bool good, alive;

	peer_must_open(&peer);
	verdict = do_attack(&peer, name);
	alive = verdict != DROPS && peer_alive(&peer);
	good = verdict == LIVES ? alive : alive || peer_gone(&peer);
	printf("%s, reason %u; ", alive ? "lives" : good ? "ended" : "hangs", peer.reason);
	peer_drop(&peer);
	if (peer_open(&peer) != OPENED) {
		printf("afterwards no link can be made; ");
		good = false;
	}
	peer_drop(&peer);
	return good;
}
