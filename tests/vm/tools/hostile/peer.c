// SPDX-License-Identifier: GPL-2.0-only
/* A connection to the victim, up to the end of the handshake. */
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The victim takes 32 new connections in a second from one address. */
#define PACE_MS		40

u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

void put_random(void *to, size_t len)
{
	if (getrandom(to, len, 0) != (ssize_t)len)
		die_errno("getrandom");
}

static struct sockaddr_in address_of(const char *text, u16 port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		die("'%s' is no address", text);
	return address;
}

void set_timeouts(int fd)
{
	struct timeval patience = { .tv_sec = conf.patience_ms / 1000 };
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A connection from an address of ours, perhaps on its way yet; -1: none. */
int dial(const char *source, bool wait)
{
	struct sockaddr_in to = address_of(conf.address, conf.port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);

	if (fd < 0)
		die_errno("socket");
	set_timeouts(fd);
	if (source) {
		struct sockaddr_in from = address_of(source, 0);

		if (bind(fd, (void *)&from, sizeof(from)))
			die_errno("bind to %s", source);
	}
	if (!connect(fd, (void *)&to, sizeof(to)) || (!wait && errno == EINPROGRESS))
		return fd;
	close(fd);
	return -1;
}

/* No faster than connections are welcome. */
int dial_slowly(const char *source)
{
	static u64 next;
	u64 now;

	/* The clock is read once: what is left must not have passed zero meanwhile. */
	for (now = now_ms(); now < next; now = now_ms())
		sleep_ms(next - now);
	next = now + PACE_MS;
	return dial(source, true);
}

/* Whether the victim's machine took it all; it may have been closed since. */
bool send_all(int fd, const void *from, size_t len)
{
	const u8 *at = from;

	while (len) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		len -= sent;
	}
	return true;
}

/* All of it: 0.  -ETIMEDOUT: not until @deadline; -ECONNRESET: the victim has closed. */
int peer_receive(struct peer *p, void *to, size_t len, u64 deadline)
{
	u8 *at = to;

	while (len) {
		struct pollfd poller = { .fd = p->fd, .events = POLLIN };
		u64 now = now_ms();
		ssize_t got;

		if (poll(&poller, 1, now < deadline ? deadline - now : 0) <= 0)
			return -ETIMEDOUT;
		got = recv(p->fd, at, len, 0);
		if (got <= 0)
			return -ECONNRESET;
		at += got;
		len -= got;
		p->bytes += got;
	}
	return 0;
}

/* Whether the victim closes it, whatever it says before. */
bool closes(int fd)
{
	u64 deadline = now_ms() + conf.patience_ms;
	u8 bytes[4096];

	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		u64 now = now_ms();

		if (poll(&poller, 1, now < deadline ? deadline - now : 0) <= 0)
			return false;
		if (recv(fd, bytes, sizeof(bytes), 0) <= 0)
			return true;
	}
}

/* Whether it closes after that; it may do so before it has read all of it. */
bool refuses(int fd, const void *from, size_t len)
{
	send_all(fd, from, len);
	return closes(fd);
}

/* Whether the victim has not closed it yet, and not said anything. */
bool is_open(int fd)
{
	u8 byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

void peer_drop(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* At once, and whatever was sent is not to be waited for. */
void peer_reset(struct peer *p)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_drop(p);
}

/* A correct hello and join of the only lane of a new link; whoever wants changes them. */
void peer_prepare(struct peer *p)
{
	struct cluster_hello hello = {
		.from = conf.me, .to = conf.victim, .mode = conf.mode,
		.name_len = strlen(conf.name),
	};
	struct cluster_join join = {
		.idle_timeout_ms = conf.idle_timeout_ms,
		.keepalive_delay_ms = conf.keepalive_delay_ms, .lanes = 1,
	};
	static u64 incarnation;

	if (!incarnation)
		put_random(&incarnation, sizeof(incarnation));
	put_random(&join.session, sizeof(join.session));
	join.incarnation = incarnation;
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->initiator = true;
	memcpy(p->key, conf.key, sizeof(p->key));
	memcpy(hello.name, conf.name, hello.name_len + 1);
	cluster_wire_pack_hello(&hello, &p->first.hello);
	cluster_wire_pack_join(&join, &p->join);
}

size_t peer_hello_bytes(const struct peer *p)
{
	return sizeof(p->first.hello) +
	       (p->first.hello.mode == CLUSTER_MODE_SEALED ? sizeof(p->first.noise) : 0);
}

/* Message 1 of the handshake, over the hello as it is now. */
void peer_seal_hello(struct peer *p)
{
	u8 psk[CLUSTER_NOISE_KEY_BYTES];

	cluster_noise_psk(psk, p->key, le16_to_cpu(p->first.hello.from),
			  le16_to_cpu(p->first.hello.to));
	cluster_noise_start(&p->noise, true, psk, &p->first.hello, sizeof(p->first.hello));
	if (cluster_noise_write(&p->noise, p->first.noise, &p->join, sizeof(p->join)))
		die("cannot write message 1");
}

void peer_split(struct peer *p)
{
	struct cluster_noise_keys keys;

	if (cluster_noise_split(&p->noise, &keys))
		die("a handshake that is over has no keys");
	cluster_seal_start(&p->tx, keys.tx);
	cluster_seal_start(&p->rx, keys.rx);
}

static enum outcome failed(int err)
{
	return err == -ETIMEDOUT ? SILENT : CLOSED;
}

static enum outcome finish(struct peer *p, const u8 *noise)
{
	u8 join[sizeof(p->join)];
	struct cluster_join mine;

	if (p->first.hello.mode == CLUSTER_MODE_INSECURE)
		return peer_join_insecure(p);
	if (cluster_noise_read(&p->noise, join, noise, CLUSTER_WIRE_NOISE_BYTES) ||
	    cluster_wire_unpack_join(&p->theirs, join, sizeof(join)))
		return NONSENSE;
	peer_split(p);
	/* What we wrote may be nonsense itself, then there is nothing to compare. */
	if (!cluster_wire_unpack_join(&mine, &p->join, sizeof(p->join)) &&
	    p->theirs.session != mine.session)
		return NONSENSE;
	return OPENED;
}

enum outcome peer_read_answer(struct peer *p)
{
	u8 bytes[sizeof(struct cluster_wire_start) + CLUSTER_WIRE_START_MAX];
	u64 deadline = now_ms() + conf.patience_ms;
	struct cluster_start start;
	int err;

	err = peer_receive(p, bytes, sizeof(struct cluster_wire_start), deadline);
	if (err)
		return failed(err);
	if (cluster_wire_unpack_start(&start, bytes, sizeof(bytes)))
		return NONSENSE;
	err = peer_receive(p, bytes + sizeof(struct cluster_wire_start), start.length, deadline);
	if (err)
		return failed(err);
	if (cluster_wire_unpack_answer(&p->reason, p->first.hello.mode, bytes,
				       sizeof(struct cluster_wire_start) + start.length))
		return NONSENSE;
	if (p->reason)
		return REFUSED;
	return finish(p, bytes + sizeof(struct cluster_wire_answer));
}

enum outcome peer_greet(struct peer *p, const char *source)
{
	p->fd = dial_slowly(source);
	if (p->fd < 0)
		return UNREACHABLE;
	if (!send_all(p->fd, &p->first, peer_hello_bytes(p)))
		return CLOSED;
	return peer_read_answer(p);
}

/* A link as a correct node would make it, that is seen to work. */
enum outcome peer_open(struct peer *p)
{
	enum outcome outcome;

	peer_prepare(p);
	peer_seal_hello(p);
	outcome = peer_greet(p, conf.source);
	if (outcome == OPENED && (!peer_beat(p) || !peer_alive(p)))
		outcome = CLOSED;
	if (outcome != OPENED)
		peer_drop(p);
	return outcome;
}

void peer_must_open(struct peer *p)
{
	enum outcome outcome = peer_open(p);

	if (outcome != OPENED)
		die("no good link: %s, reason %u", outcome_name(outcome), p->reason);
}

const char *outcome_name(enum outcome outcome)
{
	static const char * const names[] = {
		[OPENED] = "opened", [REFUSED] = "refused", [CLOSED] = "closed",
		[SILENT] = "silent", [NONSENSE] = "nonsense", [UNREACHABLE] = "unreachable",
	};

	return names[outcome];
}
