// SPDX-License-Identifier: GPL-2.0-only
/* What was said before is said again, to whom it was said, or to whom said it. */
#include "hostile.h"

#include <linux/string.h>

static struct peer link, again;

/*
 * A hello and message 1 as they were, and after them a first message as it was.  An answer
 * may come, for there is nothing wrong with them, but no link from it.
 */
static bool replay_once(const struct first *old, const u8 *message, u32 len)
{
	enum outcome outcome;

	peer_prepare(&again);
	again.first = *old;
	outcome = peer_greet(&again, conf.source);
	/* Without the secret of the ephemeral there are no keys: the answer is nonsense to us. */
	if (outcome == OPENED || outcome == UNREACHABLE) {
		printf("a replayed hello: %s\n", outcome_name(outcome));
		return false;
	}
	if (outcome == NONSENSE && !refuses(again.fd, message, len)) {
		puts("a replayed first message is taken");
		return false;
	}
	peer_drop(&again);
	return true;
}

/* The old hello, answered, and away: the victim is left with what it has begun. */
static void replay_and_go(const struct first *old)
{
	peer_prepare(&again);
	again.first = *old;
	peer_greet(&again, conf.source);
	peer_reset(&again);
}

bool attack_replay(void)
{
	u8 message[WILD_BYTES];
	struct first old;
	u32 len, i;

	peer_prepare(&link);
	peer_seal_hello(&link);
	old = link.first;
	if (peer_greet(&link, conf.source) != OPENED)
		die("no good handshake");
	/* Before the link is up: the victim waits for the first message. */
	if (!replay_once(&old, (const u8 *)&old, sizeof(old)))
		return false;
	len = wild_beat(&link, message);
	if (!send_all(link.fd, message, len) || !peer_alive(&link)) {
		puts("the link did not come up");
		return false;
	}
	for (i = 0; i < 3; i++) {
		if (!replay_once(&old, message, len) || !peer_alive(&link)) {
			puts("the link was disturbed");
			return false;
		}
	}
	for (i = 0; i < 25; i++) {
		replay_and_go(&old);
		if (!peer_alive(&link)) {
			printf("replay %u ended the link, reason %u\n", i, link.reason);
			return false;
		}
	}
	if (!peer_holds(&link, 1, 1000)) {
		puts("the link did not last");
		return false;
	}
	/* And when there is none any more. */
	peer_say(&link, CLUSTER_CLOSE);
	if (!peer_gone(&link)) {
		puts("a close was not followed");
		return false;
	}
	peer_drop(&link);
	return replay_once(&old, message, len);
}

/* Each message of the victim that comes goes back as it came. */
static bool reflect_messages(void)
{
	struct cluster_wire_frame wire;
	struct cluster_frame frame;
	u32 len;

	peer_must_open(&link);
	if (peer_receive(&link, &wire, sizeof(wire), now_ms() + conf.patience_ms) ||
	    cluster_wire_unpack_frame(&frame, &wire, sizeof(wire)))
		die("the victim said nothing");
	len = cluster_wire_frame_bytes(&frame);
	memcpy(link.buf, &wire, sizeof(wire));
	if (peer_receive(&link, link.buf + sizeof(wire), len - sizeof(wire),
			 now_ms() + conf.patience_ms))
		die("the victim did not end what it said");
	return refuses(link.fd, link.buf, len);
}

/* Its answer comes back in the place of the first message. */
static bool reflect_answer(void)
{
	u8 bytes[sizeof(struct cluster_wire_answer) + CLUSTER_WIRE_NOISE_BYTES];

	peer_prepare(&link);
	peer_seal_hello(&link);
	link.fd = dial_slowly(conf.source);
	if (link.fd < 0 || !send_all(link.fd, &link.first, sizeof(link.first)) ||
	    peer_receive(&link, bytes, sizeof(bytes), now_ms() + conf.patience_ms))
		die("the victim did not answer");
	return refuses(link.fd, bytes, sizeof(bytes));
}

bool attack_reflect(void)
{
	bool message, answer = reflect_answer();

	peer_drop(&link);
	message = reflect_messages();
	peer_drop(&link);
	printf("answer %s, message %s\n", answer ? "refused" : "taken",
	       message ? "refused" : "taken");
	return answer && message;
}
