// SPDX-License-Identifier: GPL-2.0-only
/* Handshakes that must not succeed. */
#include "hostile.h"

#include <linux/string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What one address may have under way at once. */
#define HALF_OPEN_MAX	8

#define HELLO_BYTES	sizeof(struct first)

#define AT_HELLO(field) \
	.offset = offsetof(struct cluster_wire_hello, field), \
	.size = sizeof(((struct cluster_wire_hello *)0)->field)
#define AT_JOIN(field) \
	.in_join = true, .offset = offsetof(struct cluster_wire_join, field), \
	.size = sizeof(((struct cluster_wire_join *)0)->field)

/* One field of a correct hello, or of the join in it, has another value. */
static const struct refusal {
	const char	*name;
	u16		reason;		/* why, if it is told; 0: closed without a word */
	bool		in_join;
	u8		offset, size;
	u64		value;
} refusals[] = {
	{ "version", CLUSTER_REASON_VERSION, AT_HELLO(start.version), 2 },
	{ "magic", 0, AT_HELLO(start.magic[0]), 'r' },
	{ "length-over", 0, AT_HELLO(start.length), 65535 },
	{ "length-under", 0, AT_HELLO(start.length), 76 },
	{ "name", CLUSTER_REASON_NAME, AT_HELLO(name[0]), 'd' },
	{ "name-slash", 0, AT_HELLO(name[0]), '/' },
	{ "name-long", 0, AT_HELLO(name_len), 65 },
	{ "name-tail", 0, AT_HELLO(name[63]), 'x' },
	{ "to", CLUSTER_REASON_NODE, AT_HELLO(to), 254 },
	{ "to-over", 0, AT_HELLO(to), 255 },
	{ "from", CLUSTER_REASON_NODE, AT_HELLO(from), 1 },
	{ "from-higher", 0, AT_HELLO(from), 254 },
	{ "lane", CLUSTER_REASON_LANE, AT_HELLO(lane), 1 },
	{ "lane-over", 0, AT_HELLO(lane), 16 },
	{ "mode-3", 0, AT_HELLO(mode), 3 },
	{ "zero", 0, AT_HELLO(zero), 1 },
	{ "incarnation-0", 0, AT_JOIN(incarnation), 0 },
	{ "session-0", 0, AT_JOIN(session), 0 },
	{ "lanes-0", 0, AT_JOIN(lanes), 0 },
	{ "lanes-17", 0, AT_JOIN(lanes), 17 },
	{ "idle-over", 0, AT_JOIN(idle_timeout_ms), 24 * 3600 * 1000 + 1 },
	{ "keepalive-0", 0, AT_JOIN(keepalive_delay_ms), 0 },
	{ "keepalive-over", 0, AT_JOIN(keepalive_delay_ms), 24 * 3600 * 1000 },
	{ "join-zero", 0, AT_JOIN(zero[2]), 1 },
	{ "times", CLUSTER_REASON_CONFIG, AT_JOIN(idle_timeout_ms), 24 * 3600 * 1000 },
};

/* Points that lead to a shared secret of zeros, whatever the secret. */
static const u8 points[][32] = {
	{ 0 },
	{ 1 },
	{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
	  0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
	  0x5f, 0x49, 0xb8, 0x00 },
};

/* Says what came of it; whether it is a refusal, and no other than it should be. */
static bool judge(struct peer *p, enum outcome got, u16 reason)
{
	bool good = reason ? got == REFUSED && p->reason == reason : got == CLOSED;

	printf("%s, reason %u, bytes %llu; ", outcome_name(got), p->reason, p->bytes);
	peer_drop(p);
	return good;
}

static bool refuse_field(struct peer *p, const struct refusal *refusal)
{
	u8 *to = refusal->in_join ? (u8 *)&p->join : (u8 *)&p->first.hello;
	__le64 value = cpu_to_le64(refusal->value);

	memcpy(to + refusal->offset, &value, refusal->size);
	peer_seal_hello(p);
	return judge(p, peer_greet(p, conf.source), refusal->reason);
}

static bool refuse_key(struct peer *p)
{
	p->key[31] ^= 1;
	peer_seal_hello(p);
	return judge(p, peer_greet(p, conf.source), 0);
}

/* A right hello of a node that is insecure, to one that is not, or the other way round. */
static bool refuse_mode(struct peer *p)
{
	u8 mode = conf.mode;

	conf.mode = mode == CLUSTER_MODE_SEALED ? CLUSTER_MODE_INSECURE : CLUSTER_MODE_SEALED;
	peer_prepare(p);
	conf.mode = mode;
	peer_seal_hello(p);
	return judge(p, peer_greet(p, conf.source), CLUSTER_REASON_MODE);
}

static bool refuse_points(struct peer *p)
{
	u8 psk[CLUSTER_NOISE_KEY_BYTES];
	unsigned int i;
	bool good = true;

	for (i = 0; i < ARRAY_SIZE(points); i++) {
		peer_prepare(p);
		cluster_noise_psk(psk, p->key, conf.me, conf.victim);
		cluster_noise_start(&p->noise, true, psk, &p->first.hello,
				    sizeof(p->first.hello));
		noise_write_point(&p->noise, p->first.noise, points[i], &p->join,
				  sizeof(p->join));
		good &= judge(p, peer_greet(p, conf.source), 0);
	}
	return good;
}

static const struct {
	const char	*name;
	bool		(*run)(struct peer *p);
} others[] = {
	{ "key", refuse_key },
	{ "mode", refuse_mode },
	{ "points", refuse_points },
};

void list_refuse(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		puts(refusals[i].name);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		puts(others[i].name);
}

bool attack_refuse(const char *name)
{
	static struct peer peer;
	unsigned int i;

	peer_prepare(&peer);
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (!strcmp(name, refusals[i].name))
			return refuse_field(&peer, &refusals[i]);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!strcmp(name, others[i].name))
			return others[i].run(&peer);
	}
	die("no refusal is called %s", name);
}

/* From an address that is no node's not one byte is answered, whatever it knows. */
bool attack_stranger(void)
{
	static struct peer peer;
	enum outcome outcome;

	peer_prepare(&peer);
	peer_seal_hello(&peer);
	outcome = peer_greet(&peer, conf.source);
	printf("%s, bytes %llu\n", outcome_name(outcome), peer.bytes);
	peer_drop(&peer);
	return outcome == CLOSED && !peer.bytes;
}

/* A right hello and message 1 with its end missing, and the victim told so. */
static bool truncate_close(void)
{
	static struct peer peer;
	size_t len;
	bool good = true;

	for (len = 0; len < HELLO_BYTES; len++) {
		enum outcome outcome;

		peer_prepare(&peer);
		peer_seal_hello(&peer);
		peer.fd = dial_slowly(conf.source);
		if (peer.fd < 0)
			die("no connection for %zu bytes", len);
		send_all(peer.fd, &peer.first, len);
		shutdown(peer.fd, SHUT_WR);
		outcome = peer_read_answer(&peer);
		if (outcome != CLOSED || peer.bytes) {
			printf("%zu bytes: %s, reason %u\n", len, outcome_name(outcome),
			       peer.reason);
			good = false;
		}
		peer_drop(&peer);
	}
	return good;
}

/* Left open: only so many stay, and those not for long. */
static bool truncate_open(void)
{
	static struct peer peer;
	int fds[HELLO_BYTES];
	unsigned int open = 0;
	size_t len;
	bool good = true;

	for (len = 0; len < HELLO_BYTES; len++) {
		peer_prepare(&peer);
		peer_seal_hello(&peer);
		fds[len] = dial_slowly(conf.source);
		if (fds[len] < 0)
			die("no connection for %zu bytes", len);
		send_all(fds[len], &peer.first, len);
	}
	sleep_ms(500);
	for (len = 0; len < HELLO_BYTES; len++)
		open += is_open(fds[len]);
	for (len = 0; len < HELLO_BYTES; len++) {
		good &= closes(fds[len]);
		close(fds[len]);
	}
	printf("%u of %zu left open stay at first, %s for good\n", open, HELLO_BYTES,
	       good ? "none" : "some");
	return good && open && open <= HALF_OPEN_MAX;
}

bool attack_truncate(bool leave_open)
{
	return leave_open ? truncate_open() : truncate_close();
}

/* One bit of hello and message 1 turned over; the rest belongs together. */
static bool flip_bit(unsigned int bit)
{
	static struct peer peer;
	u8 bytes[HELLO_BYTES];
	enum outcome outcome;

	peer_prepare(&peer);
	peer_seal_hello(&peer);
	memcpy(bytes, &peer.first, sizeof(bytes));
	bytes[bit / 8] ^= 1 << bit % 8;
	peer.fd = dial_slowly(conf.source);
	if (peer.fd < 0)
		die("no connection for bit %u", bit);
	send_all(peer.fd, bytes, sizeof(bytes));
	outcome = peer_read_answer(&peer);
	peer_drop(&peer);
	if (outcome == CLOSED || outcome == REFUSED)
		return true;
	printf("bit %u: %s\n", bit, outcome_name(outcome));
	return false;
}

bool attack_flip(bool all)
{
	unsigned int bit, count = 0;
	bool good = true;

	/* 9 has no factor in common with 8: every byte, and all places in a byte. */
	for (bit = 0; bit < HELLO_BYTES * 8; bit += all ? 1 : (bit % 8 == 7 ? 1 : 9)) {
		good &= flip_bit(bit);
		count++;
	}
	printf("%u bits\n", count);
	return good;
}
