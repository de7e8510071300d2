// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of this node: submitting, tags, credit, and the one end that each has.
 *
 * A request is on a list of its lane until a sender has credit for it and copies it; then
 * it has a tag, which the reply repeats.  All the time it is in the tree of deadlines.
 * Who takes it out of the tree, under the link's lock, ends it, and nobody else does: the
 * receiver with a reply, the heartbeat with a time-out, the end of the session, or the
 * user who unregisters.  While a sender copies it nobody may.
 *
 * The tag of a request that timed out is free at once.  Its next user has another
 * generation, by which a late reply is known.
 */
#include "internal.h"
#include "trace.h"

#include <linux/build_bug.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

enum request_state {
	REQUEST_ENDED,
	REQUEST_QUEUED,
	REQUEST_COPYING,
	REQUEST_INFLIGHT,
};

static_assert(CLUSTER_DATA_MAX == CLUSTER_WIRE_DATA_MAX);
static_assert(CLUSTER_BODY_MAX == CLUSTER_WIRE_BODY_MAX);
static_assert(CLUSTER_REPLY_BODY_MAX == CLUSTER_WIRE_REPLY_BODY_MAX);
static_assert(CLUSTER_TAGS <= U16_MAX);

static struct cluster_request *first_deadline(struct cluster_link *link)
{
	struct rb_node *first = rb_first_cached(&link->deadlines);

	return first ? rb_entry(first, struct cluster_request, by_deadline) : NULL;
}

static bool is_earlier(struct rb_node *a, const struct rb_node *b)
{
	return time_before(rb_entry(a, struct cluster_request, by_deadline)->deadline,
			   rb_entry(b, struct cluster_request, by_deadline)->deadline);
}

/**
 * cluster_requests_begin() - make the table of a new session
 * @link: no session uses its table
 *
 * The table of the last session is used again: a link that was lost while there is no memory
 * must come back without any, or none might be made.
 *
 * Context: may sleep; nobody else works on the session.
 * Return: 0; -ENOMEM.
 */
int cluster_requests_begin(struct cluster_link *link)
{
	unsigned int i;

	if (!link->tags)
		link->tags = kvmalloc_array(CLUSTER_TAGS, sizeof(*link->tags), GFP_KERNEL);
	if (!link->tags)
		return -ENOMEM;
	for (i = 0; i < CLUSTER_TAGS; i++)
		link->tags[i] = (struct cluster_tag){ .next = i + 1 };
	link->free_tag = 0;
	link->credit_requests = 0;
	link->credit_bytes = 0;
	return 0;
}

/* Requests that had to wait may be sent now. */
static void wake_senders(struct cluster_link *link)
{
	unsigned int i;

	lockdep_assert_held(&link->lock);
	for (i = 0; link->queued && i < link->lanes_wanted; i++) {
		struct cluster_lane *lane = link->lanes[i];

		/* The receiver of this message sends what its own lane has. */
		if (lane && lane->receiver != current &&
		    !(list_empty(&lane->urgent) && list_empty(&lane->bulk)))
			wake_up_process(lane->sender);
	}
}

/* Takes a request off its lane. */
static void unqueue(struct cluster_link *link, struct cluster_request *request)
{
	lockdep_assert_held(&link->lock);
	list_del(&request->list);
	link->queued--;
	if (!request->bulk && !--link->urgent)
		wake_senders(link);
}

/* Takes a request out of all that knows it, for who ends it. */
static void take(struct cluster_link *link, struct cluster_request *request)
{
	lockdep_assert_held(&link->lock);
	rb_erase_cached(&request->by_deadline, &link->deadlines);
	if (request->state == REQUEST_INFLIGHT) {
		struct cluster_tag *tag = &link->tags[request->tag];

		tag->request = NULL;
		tag->next = link->free_tag;
		link->free_tag = request->tag;
		link->inflight--;
	} else {
		unqueue(link, request);
	}
}

/* Tells the caller of a request that it has ended; it is not ours any more. */
static void end(struct cluster_link *link, struct cluster_request *request,
		const struct cluster_reply *reply)
{
	request->state = REQUEST_ENDED;
	trace_cluster_request_end(cluster_link_node(link)->number, request->type, reply->error);
	request->done(request, reply);
}

static void end_unanswered(struct cluster_link *link, struct cluster_request *request, int error)
{
	struct cluster_reply reply = {
		.error = error, .sent = request->state == REQUEST_INFLIGHT,
	};

	end(link, request, &reply);
}

/* The next request whose time is over, or any one. */
static struct cluster_request *take_first(struct cluster_link *link, bool expired)
{
	struct cluster_request *request;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	request = first_deadline(link);
	/* One that is being copied has a moment more. */
	if (request && (request->state == REQUEST_COPYING ||
			(expired && time_before(jiffies, request->deadline))))
		request = NULL;
	if (request) {
		take(link, request);
		link->stats.timeouts += expired;
	}
	spin_unlock_irqrestore(&link->lock, flags);
	return request;
}

/**
 * cluster_requests_expire() - end requests whose time is over
 * @link: any
 *
 * Context: may sleep.
 */
void cluster_requests_expire(struct cluster_link *link)
{
	struct cluster_request *request;
	int cookie = cluster_user_enter();

	while ((request = take_first(link, true))) {
		cluster_count(requests_timed_out);
		end_unanswered(link, request, -ETIMEDOUT);
	}
	cluster_user_leave(cookie);
}

/**
 * cluster_requests_cancel() - end all requests
 * @link: any; nobody submits any more
 *
 * Context: may sleep.
 */
void cluster_requests_cancel(struct cluster_link *link)
{
	struct cluster_request *request;

	for (;;) {
		unsigned long flags;
		bool any;

		while ((request = take_first(link, false)))
			end_unanswered(link, request, -ECANCELED);
		spin_lock_irqsave(&link->lock, flags);
		any = first_deadline(link);
		spin_unlock_irqrestore(&link->lock, flags);
		if (!any)
			return;
		/* A sender is copying one, which takes microseconds. */
		usleep_range(50, 200);
	}
}

/**
 * cluster_requests_orphan() - keep what a lane leaves behind
 * @lane: leaves, nobody sends for it any more
 *
 * Context: the link's lock held.
 */
void cluster_requests_orphan(struct cluster_lane *lane)
{
	lockdep_assert_held(&lane->link->lock);
	list_splice_tail_init(&lane->urgent, &lane->link->orphans);
	list_splice_tail_init(&lane->bulk, &lane->link->orphans);
}

/**
 * cluster_requests_end() - end all requests of a session
 * @link: no lane is left
 *
 * Context: may sleep; nobody else works on the session.
 */
void cluster_requests_end(struct cluster_link *link)
{
	struct cluster_request *request;
	int cookie = cluster_user_enter();

	while ((request = take_first(link, false)))
		end_unanswered(link, request, -ENOTCONN);
	cluster_user_leave(cookie);
}

/**
 * cluster_requests_free() - free the table
 * @link: stopped, without a session
 *
 * Context: may sleep.
 */
void cluster_requests_free(struct cluster_link *link)
{
	kvfree(link->tags);
	link->tags = NULL;
}

/* ---- submitting ---------------------------------------------------------------------- */

static bool is_valid(const struct cluster_request *request)
{
	return request->done && request->timeout_ms &&
	       request->timeout_ms <= CLUSTER_TIMEOUT_MAX_MS &&
	       request->body_len <= CLUSTER_BODY_MAX && request->data_len <= CLUSTER_DATA_MAX &&
	       request->reply_room <= CLUSTER_DATA_MAX;
}

/* Puts a request on its lane, if there is a session. */
static int enqueue(struct cluster_link *link, struct cluster_request *request,
		   struct cluster_lane **used)
{
	struct cluster_lane *lane;

	lockdep_assert_held(&link->lock);
	if (link->state != CLUSTER_LINK_UP && link->state != CLUSTER_LINK_TELLING)
		return -ENOTCONN;
	lane = link->lanes[request->key % link->lanes_wanted];
	*used = lane;
	request->since = jiffies;
	request->deadline = jiffies + msecs_to_jiffies(request->timeout_ms);
	request->state = REQUEST_QUEUED;
	list_add_tail(&request->list, request->bulk ? &lane->bulk : &lane->urgent);
	rb_add_cached(&request->by_deadline, &link->deadlines, is_earlier);
	link->queued++;
	link->urgent += !request->bulk;
	return 0;
}

static int submit(struct cluster_node *node, struct cluster_request *request, bool now)
{
	struct cluster_link *link = &node->link;
	struct cluster_lane *lane = NULL;
	int err = -ESHUTDOWN, cookie;
	unsigned long flags;

	if (!is_valid(request))
		return -EINVAL;
	cookie = cluster_user_enter();
	spin_lock_irqsave(&link->lock, flags);
	if (cluster_user_there())
		err = enqueue(link, request, &lane);
	/* The receiver of the lane sends when it is through with what has come. */
	if (!err && in_task() && lane->receiver == current)
		lane = NULL;
	if (lane && now)
		refcount_inc(&lane->refs);
	else if (lane)
		wake_up_process(lane->sender);
	spin_unlock_irqrestore(&link->lock, flags);
	cluster_user_leave(cookie);
	if (lane && now) {
		cluster_lane_push(lane);
		cluster_lane_put(lane);
	}
	return err;
}

/**
 * cluster_submit() - ask something of another node
 * @node:	the caller has a reference; not this machine
 * @request:	see there; its owner gets it back when it ends, by its @done
 *
 * A thread sends it.  It ends after its time at the latest, give or take half a second.
 *
 * Context: any but hard interrupts.
 * Return: 0: @done will be called, or was; else it will not: -ENOTCONN: there is no link;
 * -EINVAL: a length or time is above its limit; -ESHUTDOWN: no user is registered.
 */
int cluster_submit(struct cluster_node *node, struct cluster_request *request)
{
	return submit(node, request, false);
}
EXPORT_SYMBOL_GPL(cluster_submit);

/**
 * cluster_submit_now() - the same, and send it if nothing is in the way
 * @node:	as for cluster_submit()
 * @request:	as for cluster_submit()
 *
 * Saves the change to the thread that sends.
 *
 * Context: may sleep, does not wait.
 * Return: as cluster_submit().
 */
int cluster_submit_now(struct cluster_node *node, struct cluster_request *request)
{
	might_sleep();
	return submit(node, request, true);
}
EXPORT_SYMBOL_GPL(cluster_submit_now);

/* ---- sending, for send.c ------------------------------------------------------------- */

static bool has_credit(struct cluster_link *link, const struct cluster_request *request)
{
	u32 left = request->bulk ? CLUSTER_URGENT_CREDIT : 0;

	/* Else bulk would take each page that comes back, and an urgent one never have all. */
	if (request->bulk && request->reply_room && link->urgent)
		return false;
	return link->credit_requests > left && link->free_tag < CLUSTER_TAGS &&
	       link->credit_bytes >= cluster_reply_cost(request->reply_room);
}

static struct cluster_request *sendable(struct cluster_link *link, struct list_head *list)
{
	struct cluster_request *request =
		list_first_entry_or_null(list, struct cluster_request, list);

	return request && has_credit(link, request) ? request : NULL;
}

/**
 * cluster_request_sendable() - whether a lane has a request that may be sent
 * @lane: the lane
 *
 * Context: the link's lock held.
 */
bool cluster_request_sendable(struct cluster_lane *lane)
{
	return sendable(lane->link, &lane->urgent) || sendable(lane->link, &lane->bulk);
}

/**
 * cluster_request_next() - take the request that is to be sent next
 * @lane:	sends
 * @room:	bytes of body and data there is room for
 *
 * It has its tag and has paid its credit.  cluster_request_sealed() must follow.
 *
 * Context: the link's lock held.
 * Return: the request; NULL: none, or no credit; an error pointer: there is one, and
 * not the room.
 */
struct cluster_request *cluster_request_next(struct cluster_lane *lane, u32 room)
{
	struct cluster_link *link = lane->link;
	struct cluster_request *request;
	struct cluster_tag *tag;

	lockdep_assert_held(&link->lock);
	request = sendable(link, &lane->urgent);
	if (!request)
		request = sendable(link, &lane->bulk);
	if (!request)
		return NULL;
	if (request->body_len + request->data_len > room)
		return ERR_PTR(-ENOSPC);
	request->tag = link->free_tag;
	tag = &link->tags[request->tag];
	link->free_tag = tag->next;
	tag->request = request;
	tag->generation++;
	link->credit_requests--;
	link->credit_bytes -= cluster_reply_cost(request->reply_room);
	unqueue(link, request);
	link->inflight++;
	request->state = REQUEST_COPYING;
	return request;
}

/**
 * cluster_request_sealed() - a request was copied, and will go out
 * @link:	the link
 * @request:	from cluster_request_next(); not to be touched after this
 *
 * Context: the link's lock held.
 */
void cluster_request_sealed(struct cluster_link *link, struct cluster_request *request)
{
	lockdep_assert_held(&link->lock);
	request->state = REQUEST_INFLIGHT;
}

/* ---- answers ------------------------------------------------------------------------- */

static int error_of(u16 status)
{
	switch (status) {
	case CLUSTER_STATUS_OK:
		return 0;
	case CLUSTER_STATUS_NOSPACE:
		return -ENOMEM;
	case CLUSTER_STATUS_NOHANDLER:
		return -EOPNOTSUPP;
	case CLUSTER_STATUS_TOOBIG:
		return -EMSGSIZE;
	default:
		return -ESHUTDOWN;
	}
}

/* The request that a reply is for; NULL: it has ended already. */
static struct cluster_request *take_replied(struct cluster_link *link,
					    const struct cluster_msg *msg)
{
	struct cluster_request *request = NULL;
	struct cluster_tag *tag;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	tag = &link->tags[msg->tag];
	if (tag->generation == msg->generation)
		request = tag->request;
	if (request && request->state == REQUEST_INFLIGHT)
		take(link, request);
	else
		request = NULL;
	link->stats.late += !request;
	spin_unlock_irqrestore(&link->lock, flags);
	return request;
}

/**
 * cluster_request_replied() - a reply has come
 * @link:	the link
 * @msg:	the reply
 *
 * Context: may sleep; by the receiver of a lane.
 * Return: 0; -EPROTO: no request can have this tag, or its reply be so long.
 */
int cluster_request_replied(struct cluster_link *link, const struct cluster_msg *msg)
{
	struct cluster_request *request;
	struct cluster_reply reply = {
		.error = error_of(msg->status), .sent = true, .result = msg->result,
		.body_len = msg->body_len, .body = msg->body,
		.data_len = msg->data_len, .data = msg->data,
	};
	bool fits = true;
	int cookie;

	if (msg->tag >= CLUSTER_TAGS)
		return -EPROTO;
	cookie = cluster_user_enter();
	request = take_replied(link, msg);
	if (request) {
		fits = msg->data_len <= request->reply_room;
		if (!fits)
			reply = (struct cluster_reply){ .error = -EMSGSIZE, .sent = true };
		end(link, request, &reply);
	} else {
		cluster_count(replies_late);
	}
	cluster_user_leave(cookie);
	return fits ? 0 : -EPROTO;
}

/**
 * cluster_credit_add() - the other node grants credit
 * @link:	the link
 * @msg:	any message
 *
 * Context: may sleep; by the receiver of a lane.
 * Return: 0; -EPROTO: more than it may grant.
 */
int cluster_credit_add(struct cluster_link *link, const struct cluster_msg *msg)
{
	unsigned long flags;
	int err = 0;

	if (!msg->credit_requests && !msg->credit_bytes)
		return 0;
	spin_lock_irqsave(&link->lock, flags);
	if (link->credit_requests + msg->credit_requests > CLUSTER_WIRE_CREDIT_MAX ||
	    link->credit_bytes + msg->credit_bytes > CLUSTER_WIRE_CREDIT_BYTES_MAX) {
		err = -EPROTO;
	} else {
		link->credit_requests += msg->credit_requests;
		link->credit_bytes += msg->credit_bytes;
		wake_senders(link);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	return err;
}

/**
 * cluster_requests_show() - list what waits for an answer
 * @m:		one line each
 * @link:	any
 *
 * Context: may sleep.
 */
void cluster_requests_show(struct seq_file *m, struct cluster_link *link)
{
	static const char * const states[] = {
		[REQUEST_QUEUED] = "queued", [REQUEST_COPYING] = "copying",
		[REQUEST_INFLIGHT] = "inflight",
	};
	unsigned int number = cluster_link_node(link)->number;
	struct rb_node *node;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	for (node = rb_first_cached(&link->deadlines); node; node = rb_next(node)) {
		struct cluster_request *request =
			rb_entry(node, struct cluster_request, by_deadline);

		seq_printf(m, "%u %s type=%u tag=%d age_ms=%u left_ms=%d body=%u data=%u%s\n",
			   number, states[request->state], request->type,
			   request->state == REQUEST_QUEUED ? -1 : request->tag,
			   jiffies_to_msecs(jiffies - request->since),
			   (int)(long)(request->deadline - jiffies) * 1000 / HZ,
			   request->body_len, request->data_len, request->bulk ? " bulk" : "");
	}
	spin_unlock_irqrestore(&link->lock, flags);
}
