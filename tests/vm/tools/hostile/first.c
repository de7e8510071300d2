// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first message after the handshake: only it proves who connected, so nothing else than a
 * right one, in time, may make a link.
 */
#include "hostile.h"

#include <linux/string.h>

/* The control: this one is right. */
static bool first_right(struct peer *p)
{
	u8 bytes[WILD_BYTES];

	return send_all(p->fd, bytes, wild_beat(p, bytes)) && peer_alive(p);
}

static bool first_flipped(struct peer *p)
{
	u8 bytes[WILD_BYTES];
	u32 len = wild_beat(p, bytes);

	bytes[len - 1] ^= 1;
	return refuses(p->fd, bytes, len);
}

/* Sealed with the number of the second. */
static bool first_second(struct peer *p)
{
	u8 bytes[WILD_BYTES];

	p->tx.counter++;
	return refuses(p->fd, bytes, wild_beat(p, bytes));
}

/* Sealed with the key of the other direction. */
static bool first_other_key(struct peer *p)
{
	u8 bytes[WILD_BYTES];

	p->tx = p->rx;
	return refuses(p->fd, bytes, wild_beat(p, bytes));
}

static bool first_random(struct peer *p)
{
	put_random(p->buf, sizeof(p->buf));
	return refuses(p->fd, p->buf, sizeof(p->buf));
}

static bool first_length(struct peer *p)
{
	struct cluster_wire_frame frame = {
		.data_len = cpu_to_le32(0xffffffff), .header_len = cpu_to_le16(65535),
	};

	return refuses(p->fd, &frame, sizeof(frame));
}

static bool first_silent(struct peer *p)
{
	return closes(p->fd);
}

/* A byte now and then must not hold it for longer. */
static bool first_slow(struct peer *p)
{
	u8 bytes[WILD_BYTES];
	u32 len = wild_beat(p, bytes), i;

	for (i = 0; i < len / 2 && i < conf.patience_ms / 200; i++) {
		if (!send_all(p->fd, bytes + i, 1) || !is_open(p->fd))
			return true;
		sleep_ms(200);
	}
	return false;
}

static bool send_kind(struct peer *p, u8 kind, u32 body_len)
{
	u8 bytes[WILD_BYTES];
	struct wild wild;

	wild_message(&wild, kind, body_len, 0);
	return refuses(p->fd, bytes, wild_seal(p, &wild, bytes));
}

static bool first_request(struct peer *p)
{
	return send_kind(p, CLUSTER_REQUEST, 0);
}

static bool first_reply(struct peer *p)
{
	return send_kind(p, CLUSTER_REPLY, 0);
}

static bool first_ping(struct peer *p)
{
	return send_kind(p, CLUSTER_PING, 0);
}

static bool first_join(struct peer *p)
{
	u8 bytes[WILD_BYTES];
	struct wild wild;

	wild_message(&wild, CLUSTER_JOIN, sizeof(p->join), 0);
	memcpy(wild.body, &p->join, sizeof(p->join));
	return refuses(p->fd, bytes, wild_seal(p, &wild, bytes));
}

static const struct {
	const char	*name;
	bool		(*say)(struct peer *p);
} firsts[] = {
	{ "right", first_right },
	{ "flipped", first_flipped },
	{ "second", first_second },
	{ "other-key", first_other_key },
	{ "random", first_random },
	{ "length", first_length },
	{ "request", first_request },
	{ "reply", first_reply },
	{ "ping", first_ping },
	{ "join", first_join },
	{ "silent", first_silent },
	{ "slow", first_slow },
};

void list_first(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(firsts); i++)
		puts(firsts[i].name);
}

bool attack_first(const char *name)
{
	static struct peer peer;
	unsigned int i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		if (!strcmp(name, firsts[i].name))
			break;
	}
	if (i == ARRAY_SIZE(firsts))
		die("no first message is called %s", name);
	peer_prepare(&peer);
	peer_seal_hello(&peer);
	if (peer_greet(&peer, conf.source) != OPENED)
		die("no good handshake");
	good = firsts[i].say(&peer);
	peer_drop(&peer);
	return good;
}
