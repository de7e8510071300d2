// SPDX-License-Identifier: GPL-2.0-only
/* Lanes that do not belong to a link, and links that lack lanes. */
#include "hostile.h"

#include <linux/string.h>

/* How long a link waits for the last of its lanes. */
#define JOINING_MS	10000

static struct peer one, two;

/* Once the victim has sent its first message the lane is part of the link. */
static bool is_in(struct peer *p)
{
	u64 deadline = now_ms() + conf.patience_ms;
	struct cluster_msg msg;

	while (!p->kinds[CLUSTER_HEARTBEAT]) {
		if (peer_next(p, &msg, deadline) <= 0)
			return false;
	}
	return true;
}

/* A lane of a link of two, with a right handshake and a first message. */
static enum outcome open_lane(struct peer *p, u16 lane, const struct cluster_wire_join *join)
{
	enum outcome outcome;

	peer_prepare(p);
	if (join)
		p->join = *join;
	p->join.lanes = cpu_to_le16(2);
	p->first.hello.lane = cpu_to_le16(lane);
	peer_seal_hello(p);
	outcome = peer_greet(p, conf.source);
	if (outcome == OPENED && !(peer_beat(p) && is_in(p)))
		outcome = CLOSED;
	return outcome;
}

static bool is_refused(const char *what, struct peer *p, enum outcome outcome)
{
	bool good = outcome == CLOSED || outcome == REFUSED || (outcome == OPENED && peer_gone(p));

	printf("%s: %s, reason %u\n", what, good ? "refused" : "taken", p->reason);
	peer_drop(p);
	return good;
}

/* The second lane comes without a first one, or is another link's, or comes twice. */
static bool lanes_strange(void)
{
	struct cluster_wire_join join;
	bool good;

	good = is_refused("a second lane alone", &two, open_lane(&two, 1, NULL));
	if (open_lane(&one, 0, NULL) != OPENED)
		die("no first lane");
	good &= is_refused("a second lane of another link", &two, open_lane(&two, 1, NULL));
	join = one.join;
	join.incarnation ^= cpu_to_le64(1);
	good &= is_refused("a second lane of another start", &two, open_lane(&two, 1, &join));
	join = one.join;
	if (open_lane(&two, 1, &join) != OPENED || !peer_alive(&two) || !peer_alive(&one))
		die("no link of two right lanes: those before have ended it");
	peer_drop(&two);
	/* One lane is lost, so all are. */
	good &= is_refused("a lane whose link is gone", &one, OPENED);
	return good;
}

/* A lane that is there already, and is gone before it can be told. */
static void open_and_go(const struct cluster_wire_join *join)
{
	static struct peer three;

	peer_prepare(&three);
	three.join = *join;
	three.first.hello.lane = cpu_to_le16(1);
	peer_seal_hello(&three);
	if (peer_greet(&three, conf.source) == OPENED)
		peer_beat(&three);
	peer_reset(&three);
}

static bool both_alive(const char *what)
{
	if (peer_alive(&one) && peer_alive(&two))
		return true;
	printf("%s has ended the link, reason %u\n", what, one.reason);
	return false;
}

static bool lanes_twice(void)
{
	struct cluster_wire_join join;
	static struct peer three;
	unsigned int i;
	bool good;

	if (open_lane(&one, 0, NULL) != OPENED)
		die("no first lane");
	join = one.join;
	if (open_lane(&two, 1, &join) != OPENED || !peer_alive(&two) || !peer_alive(&one))
		die("no link of two right lanes");
	good = is_refused("a lane that is there already", &three, open_lane(&three, 1, &join));
	good &= both_alive("it");
	for (i = 0; good && i < 10; i++) {
		open_and_go(&join);
		good = both_alive("one that went");
	}
	peer_drop(&one);
	peer_drop(&two);
	return good;
}

/* A link whose second lane never comes is not there for ever. */
static bool lanes_missing(void)
{
	u64 end = now_ms() + JOINING_MS + conf.patience_ms;
	struct cluster_msg msg;
	int got = 0;

	if (open_lane(&one, 0, NULL) != OPENED)
		die("no first lane");
	while (got >= 0 && now_ms() < end)
		got = peer_beat(&one) ? peer_next(&one, &msg, now_ms() + 200) : -1;
	peer_drop(&one);
	printf("a link without its second lane: %s\n", got < 0 ? "ended" : "waits");
	return got < 0;
}

bool attack_lanes(void)
{
	bool strange = lanes_strange();
	bool twice = lanes_twice();

	return lanes_missing() && strange && twice;
}
