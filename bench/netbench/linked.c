// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same operations as requests over a link of the cluster.
 *
 * A request carries a body of the size of a page's description and, if it is no small one,
 * the data; so does a reply.  The next request is submitted where the last one ended, in the
 * thread that receives, as the bare socket's next message is sent by who received the last.
 */
#include "cluster/cluster.h"
#include "internal.h"

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define PATIENCE_MS	30000

enum type {
	TYPE_TAKE = 1,	/* takes data */
	TYPE_GIVE = 2,	/* gives it */
};

/* Both machines run the same kernel, so it is sent as it is. */
struct body {
	u32	nr;
	u32	verify;
	u8	more[48];
};

static_assert(sizeof(struct body) == 56);

static struct cluster_node *peer;	/* with a reference, once it was up */
static DECLARE_COMPLETION(peer_up);

/* A request, used again and again. */
struct shot {
	struct cluster_request	request;
	struct body		body;
	u64			since;
	struct volley		*volley;
};

/* A pass, with so many requests under way as the operation wants. */
struct volley {
	struct netbench_pass	*pass;
	unsigned int		window;
	atomic_t		started;	/* messages, also those beyond the last */
	atomic_t		flying;		/* shots that are not at their end */
	int			err;		/* some error */
	struct completion	over;
	struct shot		shots[NETBENCH_WINDOW];
};

static void node_up(struct cluster_node *node)
{
	unsigned int number = cluster_node_number(node);

	if (number == cluster_node_local())
		return;
	if (!peer)
		peer = cluster_node_get(number);
	complete_all(&peer_up);
}

static void node_down(struct cluster_node *node)
{
	if (node == peer)
		reinit_completion(&peer_up);
}

static int take(struct cluster_incoming *in)
{
	const struct body *body = in->body;

	if (in->body_len != sizeof(*body) ||
	    (body->verify && memcmp(in->data, netbench_contents(body->nr), in->data_len))) {
		in->result = -EBADMSG;
		return 0;
	}
	memcpy(in->reply_body, body, sizeof(*body));
	in->reply_body_len = sizeof(*body);
	return 0;
}

static int give(struct cluster_incoming *in)
{
	const struct body *body = in->body;

	if (in->body_len != sizeof(*body)) {
		in->result = -EBADMSG;
		return 0;
	}
	memcpy(in->reply_body, body, sizeof(*body));
	in->reply_body_len = sizeof(*body);
	return cluster_reply_append(in, netbench_contents(body->nr), in->reply_room);
}

static const struct cluster_handler handlers[] = {
	{ TYPE_TAKE, sizeof(struct body), NETBENCH_LARGEST, take },
	{ TYPE_GIVE, sizeof(struct body), 0, give },
};

static const struct cluster_user_ops ops = {
	.owner		= THIS_MODULE,
	.api		= CLUSTER_API_VERSION,
	.up		= node_up,
	.down		= node_down,
	.handlers	= handlers,
	.nr_handlers	= ARRAY_SIZE(handlers),
};

static u32 data_of(u32 message)
{
	return message == NETBENCH_SMALL ? 0 : message;
}

static bool reply_is_right(const struct shot *shot, const struct cluster_reply *reply)
{
	const struct body *body = reply->body;

	if (reply->error || reply->result || reply->body_len != sizeof(*body) ||
	    reply->data_len != shot->request.reply_room || body->nr != shot->body.nr)
		return false;
	return !shot->body.verify ||
	       !memcmp(reply->data, netbench_contents(body->nr), reply->data_len);
}

static void retire(struct volley *volley, int err)
{
	if (err)
		WRITE_ONCE(volley->err, err);
	if (atomic_dec_and_test(&volley->flying))
		complete(&volley->over);
}

/* Sends the next message that is due. */
static void shoot(struct shot *shot)
{
	struct volley *volley = shot->volley;
	int nr = atomic_inc_return(&volley->started) - 1;
	int err;

	if (nr >= volley->pass->op->count) {
		retire(volley, 0);
		return;
	}
	shot->body.nr = nr;
	/* Many keep to their lane: who submits to his own sends all when he has received all. */
	shot->request.key = volley->window == 1 ? nr : shot - volley->shots;
	shot->request.data = netbench_contents(nr);
	shot->since = bench_cycles();
	err = cluster_submit_now(peer, &shot->request);
	if (err)
		retire(volley, err);
}

static void shot_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct shot *shot = container_of(request, struct shot, request);
	struct volley *volley = shot->volley;
	u64 took = bench_cycles() - shot->since;

	if (volley->pass->op->kind == NETBENCH_ROUND_TRIP)
		volley->pass->times[shot->body.nr] = took;
	if (reply_is_right(shot, reply))
		shoot(shot);
	else
		retire(volley, reply->error ?: -EBADMSG);
}

static void load(struct shot *shot, struct volley *volley)
{
	const struct netbench_op *op = volley->pass->op;

	shot->volley = volley;
	shot->body.verify = volley->pass->verify;
	shot->request = (struct cluster_request){
		.type = data_of(op->reply) ? TYPE_GIVE : TYPE_TAKE,
		.timeout_ms = PATIENCE_MS,
		.reply_room = data_of(op->reply),
		.body_len = sizeof(shot->body),
		.data_len = data_of(op->request),
		.body = &shot->body,
		.done = shot_done,
	};
}

/**
 * netbench_linked_run() - a pass of the client
 * @pass:	what to do; the results are set
 *
 * Return: 0 or -errno.
 */
int netbench_linked_run(struct netbench_pass *pass)
{
	unsigned int i, window = pass->op->kind == NETBENCH_ROUND_TRIP ? 1 : NETBENCH_WINDOW;
	struct volley *volley = kvzalloc(sizeof(*volley), GFP_KERNEL);
	struct bench_wall start;
	int err;

	if (!volley)
		return -ENOMEM;
	volley->pass = pass;
	volley->window = window;
	init_completion(&volley->over);
	atomic_set(&volley->flying, window);
	for (i = 0; i < window; i++)
		load(&volley->shots[i], volley);
	start = bench_now();
	for (i = 0; i < window; i++)
		shoot(&volley->shots[i]);
	wait_for_completion(&volley->over);
	pass->wall = bench_since(&start);
	err = volley->err;
	kvfree(volley);
	return err;
}

/**
 * netbench_linked_open() - be the user of the cluster
 *
 * Return: 0 or -errno.
 */
int netbench_linked_open(void)
{
	return cluster_user_register(&ops);
}

/**
 * netbench_linked_wait() - until the other machine can be sent requests
 *
 * Return: 0 or -ETIMEDOUT.
 */
int netbench_linked_wait(void)
{
	if (wait_for_completion_timeout(&peer_up, msecs_to_jiffies(PATIENCE_MS)))
		return 0;
	pr_err("netbench: there is no link\n");
	return -ETIMEDOUT;
}

/**
 * netbench_linked_close() - be it no longer
 */
void netbench_linked_close(void)
{
	if (cluster_user_unregister(&ops))
		pr_err("netbench: not registered\n");
	if (peer)
		cluster_node_put(peer);
}
