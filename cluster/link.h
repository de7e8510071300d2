/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links: what a node has to talk to another, see internal.h for the locks.
 *
 * A link is part of its node.  It is started and stopped with the cluster, and has a
 * session while the nodes are connected: one or more lanes, each of them a TCP connection
 * with a thread that receives and one that sends what nobody else could send at once.
 * When one lane is lost all are, and the session ends.  The next one begins with nothing
 * of it.
 *
 *	down -> joining	    the first lane has proved who it is
 *	joining -> telling  the last lane has, too; the user is told
 *	telling -> up	    lanes receive requests
 *	any -> closing	    something failed or was stopped: sockets are shut down
 *	closing -> down	    the last lane has left; all requests have ended, the user knows
 */
#ifndef CLUSTER_LINK_H
#define CLUSTER_LINK_H

#include "cluster.h"
#include "noise.h"
#include "seal.h"
#include "wire.h"

#include <linux/math.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct cluster_connector;
struct socket;
struct task_struct;

/* From the connection to the first message that proves who it is; per lane. */
#define CLUSTER_HELLO_MS	5000

/* Requests in flight to one node, however much credit it grants. */
#define CLUSTER_TAGS		1024

/* Credit for requests that bulk leaves to others. */
#define CLUSTER_URGENT_CREDIT	8

/* What a byte count of credit is rounded up to: a page of the reserve for replies. */
#define CLUSTER_REPLY_PAGE	4096
#define CLUSTER_REPLY_PAGES_MAX	(CLUSTER_DATA_MAX / CLUSTER_REPLY_PAGE)

/**
 * cluster_reply_cost() - the credit that a request takes of the bytes of replies
 * @reply_room: of the request, bytes
 *
 * Context: any.
 * Return: bytes; the same on both sides.
 */
static inline u32 cluster_reply_cost(u32 reply_room)
{
	return round_up(reply_room, CLUSTER_REPLY_PAGE);
}

enum cluster_link_state {
	CLUSTER_LINK_DOWN,
	CLUSTER_LINK_JOINING,
	CLUSTER_LINK_TELLING,
	CLUSTER_LINK_UP,
	CLUSTER_LINK_CLOSING,
};

/**
 * struct cluster_slot - a request of the peer, and room for the reply to it
 * @list:	on the link's free_slots or a lane's replies
 * @link:	immutable
 * @pages:	data of the reply
 * @nr_pages:	how many
 * @reply_room:	bytes of data that may be appended
 * @data_len:	bytes that were
 * @body_len:	bytes of @body
 * @tag:	of the request
 * @generation:	of the tag
 * @status:	enum cluster_status
 * @result:	by the handler
 * @overflow:	the handler appended more than there was room for
 * @body:	of the reply
 *
 * Belongs to who took it from a list; the lists under the link's lock.
 */
struct cluster_slot {
	struct list_head	list;
	struct cluster_link	*link;
	struct page		*pages[CLUSTER_REPLY_PAGES_MAX];
	unsigned int		nr_pages;
	u32			reply_room;
	u32			data_len;
	u32			body_len;
	u16			tag;
	u32			generation;
	u16			status;
	s32			result;
	bool			overflow;
	u8			body[CLUSTER_REPLY_BODY_MAX];
};

/**
 * struct cluster_tag - a number that a request in flight has
 * @request:	NULL: free
 * @generation:	how often it was used
 * @next:	free tag after this one
 */
struct cluster_tag {
	struct cluster_request	*request;
	u32			generation;
	u16			next;
};

/**
 * struct cluster_lane - one connection
 * @refs:	the lane's threads have one together, who sends for them has another
 * @link:	immutable
 * @number:	immutable
 * @initiator:	whether this side connected, immutable
 * @sock:	changed under @link's socks, used by the lane's threads
 * @sender:	thread, from cluster_lane_start() to cluster_lane_end()
 * @receiver:	thread, immutable
 * @sending:	order 5: the next five
 * @broken:	nothing can be sent any more
 * @tx:		seal
 * @tx_buf:	messages that were sealed
 * @tx_len:	bytes of them
 * @tx_off:	bytes of these that TCP has taken
 * @replies:	to be sent; these and all to @heard under @link's lock
 * @urgent:	requests to be sent
 * @bulk:	requests to be sent after these
 * @beat_due:	a heartbeat is to be sent
 * @ping_due:	a ping
 * @pong_due:	a pong
 * @close_due:	a close for this enum cluster_reason
 * @heard:	jiffies at the last byte
 * @rx:		seal; this and the rest belong to the receiver
 * @rx_buf:	bytes that came
 * @rx_len:	how many
 */
struct cluster_lane {
	refcount_t		refs;
	struct cluster_link	*link;
	unsigned int		number;
	bool			initiator;
	struct socket		*sock;
	struct task_struct	*sender;
	struct task_struct	*receiver;

	struct mutex		sending;	/* order 5 */
	bool			broken;
	struct cluster_seal	tx;
	u8			*tx_buf;
	u32			tx_len;
	u32			tx_off;

	struct list_head	replies;
	struct list_head	urgent;
	struct list_head	bulk;
	bool			beat_due;
	bool			ping_due;
	bool			pong_due;
	u16			close_due;
	unsigned long		heard;

	struct cluster_seal	rx;
	u8			*rx_buf;
	u32			rx_len;
};

/* What is shown of a link; under its lock. */
struct cluster_link_stats {
	u64	tx_messages;
	u64	tx_bytes;
	u64	rx_messages;
	u64	rx_bytes;
	u64	timeouts;
	u64	late;
	u64	ups;
};

/**
 * struct cluster_link - to one other node
 * @lock:	order 6
 * @socks:	order 4: the sockets of the lanes, for who shuts them down
 * @wait:	woken when @state changes
 * @state:	of the session
 * @started:	between cluster_link_start() and cluster_link_stop()
 * @psk:	of this pair of nodes, immutable while @started
 * @connectors:	threads that connect, CLUSTER_WIRE_LANES or NULL; cluster_mutex
 * @connecting:	sockets of these, under @socks
 * @lanes:	of the session; changed under @lock and @socks both
 * @lanes_wanted: how many it is to have
 * @lanes_ready: how many have proved who they are
 * @lanes_in:	how many are in @lanes
 * @told_up:	the user was told that the node is up; of the last lane to join or leave
 * @session:	its number
 * @reason:	why the session ended
 * @said_reason: in the log last
 * @said_err:	likewise
 * @tags:	requests in flight, CLUSTER_TAGS of them; NULL: no session
 * @free_tag:	the first free one
 * @deadlines:	all requests that have not ended, by deadline
 * @orphans:	requests that lanes have left behind
 * @spare:	buffers of lanes that are gone, for the next ones
 * @queued:	requests on lanes
 * @urgent:	those of them that are not bulk
 * @inflight:	requests that have a tag
 * @credit_requests: that may be sent
 * @credit_bytes: room for replies to them
 * @grant_requests: credit that the peer is to be told of
 * @grant_bytes: likewise
 * @owed_requests: credit that the peer has
 * @owed_bytes:	likewise
 * @reserved_requests: slots there are
 * @reserved_pages: pages there are
 * @slots:	all of them
 * @free_slots:	those not in use
 * @free_pages:	for replies, not in use
 * @heard:	jiffies at the last byte from the node
 * @ever_heard:	whether there was one since the start
 * @dead:	the user was told, or it was not up before
 * @incarnation: of the node
 * @beat:	what it said last
 * @beat_at:	jiffies when this node last said so itself
 * @tokens:	connections it may make now, thousandths; of the thread that accepts
 * @tokens_at:	jiffies when that was so
 * @stats:	what is shown
 */
struct cluster_link {
	spinlock_t		lock;		/* order 6 */
	struct mutex		socks;		/* order 4 */
	wait_queue_head_t	wait;
	enum cluster_link_state	state;
	bool			started;
	u8			psk[CLUSTER_NOISE_KEY_BYTES];
	struct cluster_connector *connectors;
	struct socket		*connecting[CLUSTER_WIRE_LANES];

	struct cluster_lane	*lanes[CLUSTER_WIRE_LANES];
	unsigned int		lanes_wanted;
	unsigned int		lanes_ready;
	unsigned int		lanes_in;
	bool			told_up;
	u64			session;
	enum cluster_reason	reason;
	enum cluster_reason	said_reason;
	int			said_err;

	struct {
		u8		*tx;
		u8		*rx;
	} spare[CLUSTER_WIRE_LANES];

	struct cluster_tag	*tags;
	u16			free_tag;
	struct rb_root_cached	deadlines;
	struct list_head	orphans;
	unsigned int		queued;
	unsigned int		urgent;
	unsigned int		inflight;
	u32			credit_requests;
	u32			credit_bytes;

	u32			grant_requests;
	u32			grant_bytes;
	u32			owed_requests;
	u32			owed_bytes;
	unsigned int		reserved_requests;
	unsigned int		reserved_pages;
	struct cluster_slot	*slots;
	struct list_head	free_slots;
	struct list_head	free_pages;

	unsigned long		heard;
	bool			ever_heard;
	bool			dead;
	u64			incarnation;
	struct cluster_heartbeat beat;
	unsigned long		beat_at;

	unsigned int		tokens;
	unsigned long		tokens_at;
	struct cluster_link_stats stats;
};

#endif /* CLUSTER_LINK_H */
