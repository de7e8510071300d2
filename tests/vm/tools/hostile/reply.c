// SPDX-License-Identifier: GPL-2.0-only
/*
 * The victim sends requests, echoes, and gets replies that it should not.  Each of its requests
 * is to end once, whatever comes; that is for the victim's user to see.
 */
#include "hostile.h"

#include <linux/string.h>

/* More than the victim has requests under way to one node. */
#define TAGS		1024

/* Requests that it may send at first. */
#define GRANTED		4

static u8 data[CLUSTER_WIRE_DATA_MAX];

/* The next request of the victim; its body and data are valid until something else comes. */
static struct cluster_msg next_request(struct peer *p)
{
	u64 deadline = now_ms() + conf.patience_ms;
	struct cluster_msg msg;

	do {
		if (peer_next(p, &msg, deadline) <= 0)
			die("the victim asks for nothing");
	} while (msg.kind != CLUSTER_REQUEST);
	return msg;
}

/* What the echo of cluster_test.ko would reply; the credit comes back with it. */
static struct cluster_msg echo(const struct cluster_msg *request)
{
	struct cluster_msg reply = {
		.kind = CLUSTER_REPLY, .tag = request->tag, .generation = request->generation,
		.result = ~(int)(request->body_len + request->data_len),
		.body = request->body, .data = request->data,
		.body_len = min(request->body_len, (u32)CLUSTER_WIRE_REPLY_BODY_MAX),
		.data_len = min(request->data_len, request->reply_room),
		.credit_requests = 1,
		.credit_bytes = (request->reply_room + 4095) / 4096 * 4096,
	};

	return reply;
}

static void reply_right(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		struct cluster_msg request = next_request(p);
		struct cluster_msg reply = echo(&request);

		peer_send(p, &reply);
	}
}

static void reply_twice(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	peer_send(p, &reply);
	peer_send(p, &reply);
}

static void reply_newer(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.generation++;
	peer_send(p, &reply);
}

static void reply_older(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.generation--;
	peer_send(p, &reply);
}

static void reply_other(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.tag = TAGS - 1;
	peer_send(p, &reply);
}

static void reply_tag_over(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.tag = TAGS;
	peer_send(p, &reply);
}

/* More data than there was room for. */
static void reply_data_over(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.data = data;
	reply.data_len = request.reply_room + 1;
	if (request.reply_room == sizeof(data))
		die("a request with all the room there can be");
	peer_send(p, &reply);
}

/* It will have been given up when the reply comes; its tag may be another's. */
static void reply_late(struct peer *p)
{
	struct cluster_msg request = next_request(p);
	struct cluster_msg reply = echo(&request);

	reply.body_len = 0;
	reply.data_len = 0;
	sleep_ms(2500);
	peer_send(p, &reply);
}

/* All that were granted, the last one first. */
static void reply_backwards(struct peer *p)
{
	struct cluster_msg replies[GRANTED];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(replies); i++) {
		struct cluster_msg request = next_request(p);

		replies[i] = echo(&request);
		replies[i].status = CLUSTER_STATUS_NOSPACE;
		replies[i].result = 0;
		replies[i].body_len = 0;
		replies[i].data_len = 0;
	}
	while (i--)
		peer_send(p, &replies[i]);
}

/* No reply at all, but signs of life. */
static void reply_never(struct peer *p)
{
	next_request(p);
	peer_holds(p, 0, 2500);
}

/* Credit, and more credit, for nothing. */
static void reply_credit(struct peer *p)
{
	struct cluster_msg msg = { .kind = CLUSTER_CREDIT, .credit_requests = 1000 };

	next_request(p);
	peer_send(p, &msg);
}

static const struct {
	const char	*name;
	bool		lives;		/* else the link ends */
	void		(*reply)(struct peer *p);
} replies[] = {
	{ "right", true, reply_right },
	{ "twice", true, reply_twice },
	{ "newer", true, reply_newer },
	{ "older", true, reply_older },
	{ "other", true, reply_other },
	{ "tag-over", false, reply_tag_over },
	{ "data-over", false, reply_data_over },
	{ "late", true, reply_late },
	{ "backwards", true, reply_backwards },
	{ "never", true, reply_never },
	{ "credit", true, reply_credit },
};

void list_reply(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(replies); i++)
		puts(replies[i].name);
}

bool attack_reply(const char *name)
{
	const struct cluster_msg grant = {
		.kind = CLUSTER_CREDIT, .credit_requests = GRANTED, .credit_bytes = 1 << 16,
	};
	static struct peer peer;
	unsigned int i;
	bool alive;

	for (i = 0; i < ARRAY_SIZE(replies); i++) {
		if (!strcmp(name, replies[i].name))
			break;
	}
	if (i == ARRAY_SIZE(replies))
		die("no reply is called %s", name);
	peer_must_open(&peer);
	peer_send(&peer, &grant);
	replies[i].reply(&peer);
	alive = replies[i].lives && peer_alive(&peer);
	if (!replies[i].lives)
		alive = !peer_gone(&peer);
	printf("%s, reason %u; ", alive ? "lives" : "ended", peer.reason);
	peer_drop(&peer);
	return alive == replies[i].lives;
}
