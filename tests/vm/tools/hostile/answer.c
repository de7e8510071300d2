// SPDX-License-Identifier: GPL-2.0-only
/* The victim connects, and finds a responder that is none. */
#include "hostile.h"

#include <arpa/inet.h>
#include <linux/string.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define ANSWER_BYTES	(sizeof(struct cluster_wire_answer) + CLUSTER_WIRE_NOISE_BYTES)

static int listen_here(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(conf.port) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!conf.source || inet_pton(AF_INET, conf.source, &here.sin_addr) != 1)
		die("an answer needs an address to be called at");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (void *)&here, sizeof(here)) || listen(fd, 16))
		die_errno("listen");
	return fd;
}

/* Takes the victim's call and its hello, which must be a correct one, and meant for us. */
static void take_call(struct peer *p, int listener)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	u8 psk[CLUSTER_NOISE_KEY_BYTES], join[sizeof(p->join)];
	struct cluster_hello hello;

	memset(p, 0, sizeof(*p));
	if (poll(&poller, 1, 2 * conf.patience_ms) <= 0)
		die("the victim does not connect");
	p->fd = accept(listener, NULL, NULL);
	if (p->fd < 0)
		die_errno("accept");
	set_timeouts(p->fd);
	if (peer_receive(p, &p->first, sizeof(p->first), now_ms() + conf.patience_ms) ||
	    cluster_wire_unpack_hello(&hello, &p->first, sizeof(p->first)))
		die("the victim connected without a correct hello");
	if (hello.from != conf.victim || hello.to != conf.me || strcmp(hello.name, conf.name))
		die("a call of %u for %u of %s", hello.from, hello.to, hello.name);
	cluster_noise_psk(psk, conf.key, hello.from, hello.to);
	cluster_noise_start(&p->noise, false, psk, &p->first.hello, sizeof(p->first.hello));
	if (cluster_noise_read(&p->noise, join, p->first.noise, sizeof(p->first.noise)) ||
	    cluster_wire_unpack_join(&p->theirs, join, sizeof(join)))
		die("the victim's message 1 does not open");
}

/* What a correct node would answer; our times are the victim's. */
static void right_join(struct peer *p)
{
	struct cluster_join mine = p->theirs;

	put_random(&mine.incarnation, sizeof(mine.incarnation));
	cluster_wire_pack_join(&mine, &p->join);
}

static void right_answer(struct peer *p, u8 *bytes)
{
	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	if (cluster_noise_write(&p->noise, bytes + sizeof(struct cluster_wire_answer), &p->join,
				sizeof(p->join)))
		die("cannot write message 2");
}

static bool answer_right(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];
	bool good;

	right_join(p);
	right_answer(p, bytes);
	if (!send_all(p->fd, bytes, sizeof(bytes)))
		return false;
	peer_split(p);
	good = peer_beat(p) && peer_alive(p) && peer_holds(p, 1, 1000);
	return peer_say(p, CLUSTER_CLOSE) && peer_gone(p) && good;
}

/* As right, but one byte of it is another. */
static bool answer_flipped(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];

	right_join(p);
	right_answer(p, bytes);
	bytes[sizeof(bytes) - 1] ^= 0x80;
	return refuses(p->fd, bytes, sizeof(bytes));
}

static bool answer_session(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];

	right_join(p);
	p->join.session ^= cpu_to_le64(1);
	right_answer(p, bytes);
	return refuses(p->fd, bytes, sizeof(bytes));
}

static bool answer_lanes(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];

	right_join(p);
	p->join.lanes = cpu_to_le16(CLUSTER_WIRE_LANES);
	right_answer(p, bytes);
	return refuses(p->fd, bytes, sizeof(bytes));
}

/* A point for which the shared secret would be known to anybody. */
static bool answer_point(struct peer *p)
{
	static const u8 zero[32];
	u8 bytes[ANSWER_BYTES];

	right_join(p);
	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	noise_write_point(&p->noise, bytes + sizeof(struct cluster_wire_answer), zero, &p->join,
			  sizeof(p->join));
	return refuses(p->fd, bytes, sizeof(bytes));
}

static bool answer_random(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];

	put_random(bytes, sizeof(bytes));
	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	return refuses(p->fd, bytes, sizeof(bytes));
}

/* Its own hello. */
static bool answer_mirror(struct peer *p)
{
	return refuses(p->fd, &p->first, sizeof(p->first));
}

static bool answer_short(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];

	right_join(p);
	right_answer(p, bytes);
	send_all(p->fd, bytes, sizeof(bytes) - 1);
	shutdown(p->fd, SHUT_WR);
	return closes(p->fd);
}

static bool answer_silent(struct peer *p)
{
	return closes(p->fd);
}

/* A byte now and then must not hold it for longer. */
static bool answer_slow(struct peer *p)
{
	u8 bytes[ANSWER_BYTES];
	unsigned int i;

	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	for (i = 0; i < conf.patience_ms / 500; i++) {
		if (!send_all(p->fd, bytes + i, 1) || !is_open(p->fd))
			return true;
		sleep_ms(500);
	}
	return false;
}

static bool answer_endless(struct peer *p)
{
	u64 end = now_ms() + conf.patience_ms;

	put_random(p->buf, sizeof(p->buf));
	while (now_ms() < end) {
		if (!send_all(p->fd, p->buf, sizeof(p->buf)))
			return true;
	}
	return false;
}

static bool answer_version(struct peer *p)
{
	struct cluster_wire_answer answer;

	cluster_wire_pack_answer(CLUSTER_REASON_VERSION, CLUSTER_MODE_SEALED, &answer);
	answer.start.version = cpu_to_le16(2);
	return refuses(p->fd, &answer, sizeof(answer));
}

static bool answer_refusal(struct peer *p)
{
	struct cluster_wire_answer answer;

	cluster_wire_pack_answer(CLUSTER_REASON_BUSY, CLUSTER_MODE_SEALED, &answer);
	return refuses(p->fd, &answer, sizeof(answer));
}

static bool answer_reason(struct peer *p)
{
	struct cluster_wire_answer answer;

	cluster_wire_pack_answer(CLUSTER_REASONS, CLUSTER_MODE_SEALED, &answer);
	return refuses(p->fd, &answer, sizeof(answer));
}

static const struct {
	const char	*name;
	bool		(*answer)(struct peer *p);
} ways[] = {
	{ "right", answer_right },
	{ "flipped", answer_flipped },
	{ "session", answer_session },
	{ "lanes", answer_lanes },
	{ "point", answer_point },
	{ "random", answer_random },
	{ "mirror", answer_mirror },
	{ "short", answer_short },
	{ "silent", answer_silent },
	{ "slow", answer_slow },
	{ "endless", answer_endless },
	{ "version", answer_version },
	{ "refusal", answer_refusal },
	{ "reason", answer_reason },
};

void list_answer(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		puts(ways[i].name);
}

/* The next call of the victim. */
bool attack_answer(const char *name)
{
	static struct peer peer;
	static int listener = -1;
	unsigned int i;
	bool good;

	if (listener < 0)
		listener = listen_here();
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(name, ways[i].name))
			break;
	}
	if (i == ARRAY_SIZE(ways))
		die("no answer is called %s", name);
	take_call(&peer, listener);
	good = ways[i].answer(&peer);
	peer_drop(&peer);
	return good;
}
