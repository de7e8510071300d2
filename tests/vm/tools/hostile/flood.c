// SPDX-License-Identifier: GPL-2.0-only
/* Many connections, and little on them. */
#include "hostile.h"

#include <unistd.h>

/* Handshakes end after 5 s, and 8 of an address are under way at once. */
#define HANDSHAKE_MS	5000
#define HALF_OPEN_MAX	8

struct call {
	int	fd;
	u64	since;
	u32	sent;		/* bytes of a right hello */
};

static struct call calls[1024];

/* Drops what the victim has closed; says how many there are still, and how old. */
static unsigned int look_at_calls(unsigned int count, u64 *oldest)
{
	u64 now = now_ms();
	unsigned int i, open = 0;

	for (i = 0; i < count; i++) {
		struct call *call = &calls[i];

		if (call->fd < 0)
			continue;
		if (!is_open(call->fd)) {
			close(call->fd);
			call->fd = -1;
			continue;
		}
		open++;
		if (now - call->since > *oldest)
			*oldest = now - call->since;
	}
	return open;
}

static void trickle_on(struct peer *p, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (calls[i].fd >= 0 && calls[i].sent < sizeof(p->first))
			send_all(calls[i].fd, (u8 *)&p->first + calls[i].sent++, 1);
	}
}

/*
 * Tries to keep @count connections half open for @ms, silent or with a byte each second: the
 * victim must let only a few be, and none for long.
 */
bool attack_halfopen(unsigned int count, unsigned int ms, bool trickle)
{
	u64 end = now_ms() + ms, next = 0, oldest = 0;
	unsigned int i, open, most = 0, made = 0;
	static struct peer peer;

	if (count > ARRAY_SIZE(calls))
		die("at most %zu connections", ARRAY_SIZE(calls));
	peer_prepare(&peer);
	peer_seal_hello(&peer);
	for (i = 0; i < count; i++)
		calls[i].fd = -1;
	for (i = 0; now_ms() < end; i = (i + 1) % count) {
		if (calls[i].fd < 0) {
			calls[i] = (struct call){ dial_slowly(conf.source), now_ms(), 0 };
			made += calls[i].fd >= 0;
		}
		if (i && now_ms() < next)
			continue;
		next = now_ms() + 1000;
		if (trickle)
			trickle_on(&peer, count);
		/* What gives way to the newest is closed in a moment. */
		sleep_ms(200);
		open = look_at_calls(count, &oldest);
		most = open > most ? open : most;
	}
	end = now_ms() + HANDSHAKE_MS + conf.patience_ms;
	do {
		sleep_ms(200);
		open = look_at_calls(count, &oldest);
	} while (open && now_ms() < end);
	printf("%u connections, at most %u open, oldest %llu ms, in the end %u\n", made, most,
	       oldest, open);
	return made > HALF_OPEN_MAX && most <= HALF_OPEN_MAX && !open;
}

/* As many connections as that, each closed soon after. */
bool attack_flood(unsigned int per_minute, unsigned int ms)
{
	u64 start = now_ms();
	unsigned int i, made = 0, refused = 0;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i].fd = -1;
	while (now_ms() - start < ms) {
		struct call *call = &calls[made % 32];

		if (made * 60000ULL > (now_ms() - start) * per_minute) {
			sleep_ms(2);
			continue;
		}
		if (call->fd >= 0)
			close(call->fd);
		call->fd = dial(conf.source, false);
		refused += call->fd < 0;
		made++;
	}
	for (i = 0; i < 32; i++) {
		if (calls[i].fd >= 0)
			close(calls[i].fd);
	}
	printf("%u connections, %u refused\n", made, refused);
	/* A flood that was none would show nothing. */
	if (made < (u64)per_minute * ms / 60000 / 4)
		die("this machine is too slow");
	return true;
}
