// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of a link: its session, which lanes enter, make ready and leave.
 *
 * Who enters first makes the session, who leaves last ends it: only then do requests
 * end that were under way, is the user told, and can the next session begin.  Whatever
 * goes wrong calls cluster_link_fail(), which shuts all sockets down and does not wait;
 * the threads of the lanes find out and leave.
 */
#include "internal.h"
#include "socket.h"
#include "trace.h"

#include <linux/err.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

/* How long a new session waits for what an old one still has to do. */
#define TAKEOVER_MS	CLUSTER_HELLO_MS

/**
 * cluster_reason_text() - a reason in words
 * @reason: any
 *
 * Context: any.
 */
const char *cluster_reason_text(enum cluster_reason reason)
{
	static const char * const texts[CLUSTER_REASONS] = {
		[CLUSTER_REASON_NONE]		= "the connection was lost",
		[CLUSTER_REASON_VERSION]	= "another version of the protocol",
		[CLUSTER_REASON_NAME]		= "another cluster",
		[CLUSTER_REASON_NODE]		= "the numbers of the nodes do not agree",
		[CLUSTER_REASON_LANE]		= "no such lane",
		[CLUSTER_REASON_MODE]		= "only one of the nodes is insecure",
		[CLUSTER_REASON_BUSY]		= "busy",
		[CLUSTER_REASON_SESSION]	= "the link this lane belonged to is gone",
		[CLUSTER_REASON_CONFIG]		= "time-outs differ",
		[CLUSTER_REASON_REPLACED]	= "a newer link took its place",
		[CLUSTER_REASON_PROTOCOL]	= "a message that no correct node sends",
		[CLUSTER_REASON_IDLE]		= "nothing was heard for too long",
		[CLUSTER_REASON_GOODBYE]	= "the node leaves",
	};

	return reason < CLUSTER_REASONS ? texts[reason] : "?";
}

/* What an error means that a connection ends with. */
static const char *error_text(int err)
{
	switch (err) {
	case -EBADMSG:
		return "the keys differ";
	case -ECONNRESET:
		return "it closed the connection: perhaps the keys differ";
	case -ECONNREFUSED:
		return "nobody listens at its address";
	case -ETIMEDOUT:
		return "no answer";
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		return "its address cannot be reached";
	case -EAFNOSUPPORT:
		return "of this node and that one only one has an IPv6 address";
	case -EADDRNOTAVAIL:
		return "this machine does not have the address of the local node";
	default:
		return cluster_reason_text(CLUSTER_REASON_NONE);
	}
}

/**
 * cluster_link_say() - log why there is no link, if that is news
 * @link:	the link
 * @reason:	CLUSTER_REASON_NONE: @err is all that is known
 * @err:	0 or an error
 *
 * Attempts to connect fail over and over for the same reason, which is said once.
 *
 * Context: any.
 */
void cluster_link_say(struct cluster_link *link, enum cluster_reason reason, int err)
{
	struct cluster_node *node = cluster_link_node(link);
	static DEFINE_RATELIMIT_STATE(limit, 60 * HZ, 10);
	unsigned long flags;
	bool news;

	spin_lock_irqsave(&link->lock, flags);
	news = link->said_reason != reason || link->said_err != err;
	link->said_reason = reason;
	link->said_err = err;
	spin_unlock_irqrestore(&link->lock, flags);
	if (!news || !__ratelimit(&limit))
		return;
	pr_warn("node %u (%s): no link: %s (error %d)\n", node->number, node->name,
		reason ? cluster_reason_text(reason) : error_text(err), -err);
}

/**
 * cluster_link_init() - make the link of a new node, stopped
 * @link: zeroed
 *
 * Context: any.
 */
void cluster_link_init(struct cluster_link *link)
{
	spin_lock_init(&link->lock);
	mutex_init(&link->socks);
	init_waitqueue_head(&link->wait);
	INIT_LIST_HEAD(&link->orphans);
	INIT_LIST_HEAD(&link->free_slots);
	INIT_LIST_HEAD(&link->free_pages);
	link->deadlines = RB_ROOT_CACHED;
}

/**
 * cluster_link_start() - from now on there may be a session
 * @link: of another node; the cluster is started
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; -ENOMEM.
 */
int cluster_link_start(struct cluster_link *link)
{
	struct cluster_node *node = cluster_link_node(link);
	unsigned long flags;

	lockdep_assert_held(&cluster_mutex);
	cluster_noise_psk(link->psk, cluster_self.key, cluster_self.number, node->number);
	spin_lock_irqsave(&link->lock, flags);
	link->started = true;
	link->ever_heard = false;
	link->dead = true;
	link->incarnation = 0;
	link->said_reason = CLUSTER_REASON_NONE;
	link->said_err = 0;
	/* As if nobody had connected for a second. */
	link->tokens_at = jiffies - HZ;
	spin_unlock_irqrestore(&link->lock, flags);
	return cluster_self.number < node->number ? cluster_connect_start(link) : 0;
}

/**
 * cluster_link_is_up() - whether requests can be sent
 * @link: any
 *
 * Context: any but hard interrupts.
 */
bool cluster_link_is_up(struct cluster_link *link)
{
	unsigned long flags;
	bool up;

	spin_lock_irqsave(&link->lock, flags);
	up = link->state == CLUSTER_LINK_UP || link->state == CLUSTER_LINK_TELLING;
	spin_unlock_irqrestore(&link->lock, flags);
	return up;
}

static bool is_down(struct cluster_link *link)
{
	unsigned long flags;
	bool down;

	spin_lock_irqsave(&link->lock, flags);
	down = link->state == CLUSTER_LINK_DOWN;
	spin_unlock_irqrestore(&link->lock, flags);
	return down;
}

/* Has all lanes say why they end if they can do so at once. */
static void say_close(struct cluster_link *link, enum cluster_reason reason)
{
	unsigned long flags;
	unsigned int i;

	mutex_lock(&link->socks);
	for (i = 0; i < ARRAY_SIZE(link->lanes); i++) {
		struct cluster_lane *lane = link->lanes[i];

		if (!lane)
			continue;
		spin_lock_irqsave(&link->lock, flags);
		lane->close_due = reason;
		spin_unlock_irqrestore(&link->lock, flags);
		cluster_lane_push(lane);
	}
	mutex_unlock(&link->socks);
}

/**
 * cluster_link_close() - end the session, and tell the other node if that is possible
 * @link:	the link
 * @reason:	why
 *
 * Context: may sleep, does not wait; socks not held.
 */
void cluster_link_close(struct cluster_link *link, enum cluster_reason reason)
{
	say_close(link, reason);
	cluster_link_fail(link, reason);
}

/**
 * cluster_link_stop() - end the session, and there will be none
 * @link: started
 *
 * When this returns no thread works for the link, all requests have ended, and the user
 * knows.
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_link_stop(struct cluster_link *link)
{
	unsigned long flags;

	lockdep_assert_held(&cluster_mutex);
	spin_lock_irqsave(&link->lock, flags);
	link->started = false;
	spin_unlock_irqrestore(&link->lock, flags);
	cluster_link_close(link, CLUSTER_REASON_GOODBYE);
	cluster_connect_stop(link);
	cluster_listen_drop(cluster_link_node(link));
	wait_event(link->wait, is_down(link));
	cluster_lane_free_spare(link);
	cluster_serve_free(link);
	cluster_requests_free(link);
	memzero_explicit(link->psk, sizeof(link->psk));
}

/**
 * cluster_link_fail() - end the session, if there is one
 * @link:	the link
 * @reason:	why; the first one counts
 *
 * Context: may sleep; socks not held.
 */
void cluster_link_fail(struct cluster_link *link, enum cluster_reason reason)
{
	unsigned long flags;
	unsigned int i;
	bool was_alive;

	spin_lock_irqsave(&link->lock, flags);
	was_alive = link->state != CLUSTER_LINK_DOWN && link->state != CLUSTER_LINK_CLOSING;
	if (was_alive) {
		link->state = CLUSTER_LINK_CLOSING;
		link->reason = reason;
	}
	spin_unlock_irqrestore(&link->lock, flags);
	if (!was_alive)
		return;
	trace_cluster_link(cluster_link_node(link)->number, CLUSTER_LINK_CLOSING, reason);
	wake_up_all(&link->wait);
	mutex_lock(&link->socks);
	for (i = 0; i < ARRAY_SIZE(link->lanes); i++)
		if (link->lanes[i])
			cluster_socket_shutdown(link->lanes[i]->sock);
	mutex_unlock(&link->socks);
}

/* Gets what a session needs; nothing else happens to the link meanwhile. */
static int prepare(struct cluster_link *link)
{
	return cluster_requests_begin(link) ?: cluster_serve_begin(link);
}

static void begin_session(struct cluster_lane *lane, const struct cluster_join *peer)
{
	struct cluster_link *link = lane->link;

	lockdep_assert_held(&link->lock);
	link->state = CLUSTER_LINK_JOINING;
	link->session = peer->session;
	link->lanes_wanted = peer->lanes;
	link->lanes_ready = 0;
	link->reason = CLUSTER_REASON_NONE;
	link->incarnation = peer->incarnation;
}

static void add_lane(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;

	lockdep_assert_held(&link->lock);
	link->lanes[lane->number] = lane;
	link->lanes_in++;
	lane->heard = jiffies;
}

/* The first lane makes the session; what there was before gives way. */
static int enter_first(struct cluster_lane *lane, const struct cluster_join *peer)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	int err;

	cluster_link_fail(link, CLUSTER_REASON_REPLACED);
	if (!wait_event_timeout(link->wait, is_down(link), msecs_to_jiffies(TAKEOVER_MS)))
		return -EBUSY;
	mutex_lock(&link->socks);
	/* Another one may have been faster; under socks nobody can be. */
	err = is_down(link) ? prepare(link) : -EBUSY;
	if (err)
		goto out;
	spin_lock_irqsave(&link->lock, flags);
	if (link->started) {
		begin_session(lane, peer);
		add_lane(lane);
	} else {
		err = -ESHUTDOWN;
	}
	spin_unlock_irqrestore(&link->lock, flags);
out:
	mutex_unlock(&link->socks);
	return err;
}

static int enter_other(struct cluster_lane *lane, const struct cluster_join *peer)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	int err = 0;

	mutex_lock(&link->socks);
	spin_lock_irqsave(&link->lock, flags);
	if (link->state != CLUSTER_LINK_JOINING || link->session != peer->session ||
	    link->incarnation != peer->incarnation || lane->number >= link->lanes_wanted ||
	    link->lanes[lane->number])
		err = -ESTALE;
	else
		add_lane(lane);
	spin_unlock_irqrestore(&link->lock, flags);
	mutex_unlock(&link->socks);
	return err;
}

/**
 * cluster_link_enter() - make a connection part of the session
 * @lane:	its hello was answered; if it was accepted, it has proved who it is
 * @peer:	what the other node said about itself
 *
 * Context: may sleep.
 * Return: 0: cluster_link_leave() must follow; -EBUSY: an old session takes its time to end;
 * -ESTALE: the session of this lane is not there; -ESHUTDOWN: the link is being stopped;
 * -ENOMEM.
 */
int cluster_link_enter(struct cluster_lane *lane, const struct cluster_join *peer)
{
	might_sleep();
	return lane->number ? enter_other(lane, peer) : enter_first(lane, peer);
}

/* Under the lock: the next state, unless the session is ending already. */
static bool move_on(struct cluster_link *link, enum cluster_link_state from,
		    enum cluster_link_state to)
{
	unsigned long flags;
	bool moved;

	spin_lock_irqsave(&link->lock, flags);
	moved = link->state == from;
	if (moved)
		link->state = to;
	spin_unlock_irqrestore(&link->lock, flags);
	if (moved)
		trace_cluster_link(cluster_link_node(link)->number, to, CLUSTER_REASON_NONE);
	return moved;
}

static int go_up(struct cluster_link *link)
{
	struct cluster_node *node = cluster_link_node(link);
	unsigned long flags;

	if (!move_on(link, CLUSTER_LINK_JOINING, CLUSTER_LINK_TELLING))
		return -ENOTCONN;
	spin_lock_irqsave(&link->lock, flags);
	link->told_up = true;
	link->dead = false;
	link->stats.ups++;
	link->said_reason = CLUSTER_REASON_NONE;
	link->said_err = 0;
	spin_unlock_irqrestore(&link->lock, flags);
	cluster_count(links_up);
	pr_info_ratelimited("node %u (%s): link up, %u %s%s\n", node->number, node->name,
			    link->lanes_wanted, link->lanes_wanted == 1 ? "lane" : "lanes",
			    cluster_self.insecure ? ", insecure" : "");
	cluster_user_node_up(node);
	move_on(link, CLUSTER_LINK_TELLING, CLUSTER_LINK_UP);
	wake_up_all(&link->wait);
	return 0;
}

static bool has_joined(struct cluster_link *link, bool *up)
{
	unsigned long flags;
	bool joined;

	spin_lock_irqsave(&link->lock, flags);
	joined = link->state != CLUSTER_LINK_JOINING && link->state != CLUSTER_LINK_TELLING;
	*up = link->state == CLUSTER_LINK_UP;
	spin_unlock_irqrestore(&link->lock, flags);
	return joined;
}

/**
 * cluster_link_ready() - a lane has shown that it works; wait for the others
 * @lane: has entered; both sides have opened a message of the other one
 *
 * The last lane tells the user that the node is up.
 *
 * Context: may sleep.
 * Return: 0: requests may be received; -ENOTCONN: the session ends; -ETIMEDOUT: not all
 * lanes came.
 */
int cluster_link_ready(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	bool last, up;

	spin_lock_irqsave(&link->lock, flags);
	last = ++link->lanes_ready == link->lanes_wanted;
	spin_unlock_irqrestore(&link->lock, flags);
	if (last)
		return go_up(link);
	/* From the first one on the other node has the session, too: others may connect. */
	wake_up_all(&link->wait);
	if (!wait_event_timeout(link->wait, has_joined(link, &up),
				msecs_to_jiffies(2 * CLUSTER_HELLO_MS)))
		return -ETIMEDOUT;
	/* The user was not told of a session that another lane has ended meanwhile. */
	return up ? 0 : -ENOTCONN;
}

/* The last lane has left: nobody else looks at the session. */
static void end_session(struct cluster_link *link)
{
	struct cluster_node *node = cluster_link_node(link);
	unsigned long flags;

	cluster_requests_end(link);
	if (link->told_up) {
		link->told_up = false;
		pr_info_ratelimited("node %u (%s): link down: %s\n", node->number, node->name,
				    cluster_reason_text(link->reason));
		cluster_count(links_down);
		cluster_user_node_down(node);
	} else if (link->reason != CLUSTER_REASON_GOODBYE) {
		/* It was never up, so this is the only word about it. */
		cluster_link_say(link, link->reason, -ENOTCONN);
	}
	spin_lock_irqsave(&link->lock, flags);
	link->session = 0;
	link->state = CLUSTER_LINK_DOWN;
	/* Whoever waits for this may free the link: he looks under the lock. */
	wake_up_all(&link->wait);
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * cluster_link_leave() - a lane is not part of the session any more
 * @lane: has entered; its sender is gone; the session is ending
 *
 * Context: may sleep.
 */
void cluster_link_leave(struct cluster_lane *lane)
{
	struct cluster_link *link = lane->link;
	unsigned long flags;
	bool last;

	mutex_lock(&link->socks);
	spin_lock_irqsave(&link->lock, flags);
	cluster_requests_orphan(lane);
	cluster_serve_forget(lane);
	link->lanes[lane->number] = NULL;
	last = !--link->lanes_in;
	spin_unlock_irqrestore(&link->lock, flags);
	mutex_unlock(&link->socks);
	if (last)
		end_session(link);
}
