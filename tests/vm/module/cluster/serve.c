// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done with requests of other nodes.
 *
 *   refuse    percent of requests of any type that there is no memory for
 *   stall_ms  every handler takes so long
 */
#include "internal.h"

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static u32 refuse;
static u32 stall_ms;

/* Source's pieces of data: odd, so that they cross pages and words. */
#define PIECE	509

/* Nodes with the same place are told apart by the numbers of their runs. */
#define SEEN_NODES	16

struct seen {
	u32	run;
	u32	number;
};

static DEFINE_SPINLOCK(seen_lock);	/* order 4: seen */
static struct seen (*seen)[CT_KEYS][2];

/* What all handlers begin with: -ENOMEM if the request is to be refused. */
static int begin(const struct cluster_incoming *in)
{
	u32 percent = READ_ONCE(refuse);
	u32 ms = READ_ONCE(stall_ms);

	ct_check_context("handler");
	ct_served_add(bytes, in->body_len + in->data_len);
	if (ms)
		msleep(ms);
	if (percent && get_random_u32() % 100 < percent) {
		ct_served_inc(no_memory);
		return -ENOMEM;
	}
	return 0;
}

static s32 wrong(const struct cluster_incoming *in, const char *what)
{
	ct_served_inc(wrong);
	ct_failed("request of type %u from node %u: %s", in->type,
		  cluster_node_number(in->node), what);
	return CT_WRONG;
}

static int handle_echo(struct cluster_incoming *in)
{
	u32 data_len = min(in->data_len, in->reply_room);
	u32 half = data_len / 2;
	int err = begin(in);

	if (err)
		return err;
	ct_served_inc(echo);
	in->result = ct_echo_result(in->body_len, in->data_len);
	in->reply_body_len = min_t(u32, in->body_len, CLUSTER_REPLY_BODY_MAX);
	memcpy(in->reply_body, in->body, in->reply_body_len);
	err = cluster_reply_append(in, in->data, half);
	if (!err)
		err = cluster_reply_append(in, in->data + half, data_len - half);
	if (err)
		in->result = wrong(in, "no room for what there is room for");
	return 0;
}

/* Whether the request may come after the last one with the same run, key and bulk. */
static bool in_order(const struct cluster_incoming *in, const struct ct_body *body)
{
	u32 run = le32_to_cpu(body->run);
	u32 number = le32_to_cpu(body->number);
	unsigned int node = cluster_node_number(in->node) % SEEN_NODES;
	struct seen *last = &seen[node][le32_to_cpu(body->key) % CT_KEYS][!!body->bulk];
	bool fine;

	spin_lock(&seen_lock);
	fine = last->run != run || last->number < number;
	last->run = run;
	last->number = number;
	spin_unlock(&seen_lock);
	return fine;
}

static s32 check_sink(const struct cluster_incoming *in)
{
	const struct ct_body *body = in->body;

	if (in->body_len != sizeof(*body))
		return wrong(in, "length of the body");
	if (in->data_len != le32_to_cpu(body->length))
		return wrong(in, "length of the data");
	if (!ct_content_is(le64_to_cpu(body->seed), in->data, in->data_len))
		return wrong(in, "data");
	if (!in_order(in, body)) {
		ct_served_inc(reordered);
		ct_failed("number %u of key %u from node %u came late", le32_to_cpu(body->number),
			  le32_to_cpu(body->key), cluster_node_number(in->node));
		return CT_REORDERED;
	}
	return CT_FINE;
}

static int handle_sink(struct cluster_incoming *in)
{
	int err = begin(in);

	if (err)
		return err;
	ct_served_inc(sink);
	in->result = check_sink(in);
	return 0;
}

/* Fails by what cluster_reply_append() does when more is asked for than there is room for. */
static int handle_source(struct cluster_incoming *in)
{
	const struct ct_body *body = in->body;
	u8 piece[PIECE];
	u32 length, offset, some;
	int err = begin(in);
	bool fits;

	if (err)
		return err;
	ct_served_inc(source);
	if (in->body_len != sizeof(*body)) {
		in->result = wrong(in, "length of the body");
		return 0;
	}
	length = le32_to_cpu(body->length);
	for (offset = 0; offset < length && !err; offset += some) {
		some = min_t(u32, length - offset, PIECE);
		ct_content_make(le64_to_cpu(body->seed), offset, piece, some);
		err = cluster_reply_append(in, piece, some);
	}
	fits = length <= in->reply_room;
	if (fits != !err)
		in->result = wrong(in, "room for data of the reply");
	return 0;
}

static int handle_refuse(struct cluster_incoming *in)
{
	int err = begin(in);

	if (err)
		return err;
	ct_served_inc(refuse);
	return -ENOMEM;
}

static int handle_slow(struct cluster_incoming *in)
{
	const struct ct_body *body = in->body;
	int err = begin(in);

	if (err)
		return err;
	ct_served_inc(slow);
	if (in->body_len < sizeof(*body)) {
		in->result = wrong(in, "length of the body");
		return 0;
	}
	msleep(min_t(u32, le32_to_cpu(body->sleep_ms), 60 * MSEC_PER_SEC));
	return 0;
}

static int handle_small(struct cluster_incoming *in)
{
	int err = begin(in);

	if (err)
		return err;
	ct_served_inc(small);
	if (in->body_len > sizeof(struct ct_body) || in->data_len)
		in->result = wrong(in, "larger than its handler takes");
	return 0;
}

#define HANDLER(_type, _body, _data, _handle) \
	{ .type = (_type), .body_max = (_body), .data_max = (_data), .handle = (_handle) }

const struct cluster_handler ct_handlers[] = {
	HANDLER(CT_ECHO, CLUSTER_BODY_MAX, CLUSTER_DATA_MAX, handle_echo),
	HANDLER(CT_SINK, CLUSTER_BODY_MAX, CLUSTER_DATA_MAX, handle_sink),
	HANDLER(CT_SOURCE, CLUSTER_BODY_MAX, 0, handle_source),
	HANDLER(CT_REFUSE, CLUSTER_BODY_MAX, CLUSTER_DATA_MAX, handle_refuse),
	HANDLER(CT_SLOW, CLUSTER_BODY_MAX, CLUSTER_DATA_MAX, handle_slow),
	HANDLER(CT_SMALL, sizeof(struct ct_body), 0, handle_small),
};

const unsigned int ct_nr_handlers = ARRAY_SIZE(ct_handlers);

int ct_serve_init(struct dentry *dir)
{
	seen = kvcalloc(SEEN_NODES, sizeof(*seen), GFP_KERNEL);
	if (!seen)
		return -ENOMEM;
	debugfs_create_u32("refuse", 0600, dir, &refuse);
	debugfs_create_u32("stall_ms", 0600, dir, &stall_ms);
	return 0;
}

void ct_serve_exit(void)
{
	kvfree(seen);
}
