/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster internals.
 *
 * Locks of cluster, outermost first.  Take a lock only while holding locks above it.
 *   1 cluster_mutex  mutex  all that is set in configfs; which nodes have a number; whether
 *                           the cluster is started; starting and stopping of links
 *   2 user_mutex     mutex  the registered user, which nodes are up.  Held while the user
 *                           is told
 *   3 conns_mutex    mutex  connections that were accepted, see listen.c
 *   4 link->socks    mutex  which sockets a link has
 *   5 lane->sending  mutex  the buffer that a lane sends; held while TCP takes bytes
 *   6 link->lock     spin, irqs off  all else of a link
 *   user_srcu        SRCU   handlers and done functions of the user; inside 5 never
 * The threads of links never take 1, so who holds it may wait for them.
 * Entered with foreign locks held: configfs calls with its own locks (of the directory,
 *   of the subsystem, of the open file); we call nothing of configfs that takes one.
 * Calls out: up, down and dead of cluster_user_ops with 2 held, and sometimes 1; handlers and
 *   done functions with none.
 * Readers look nodes up by number under RCU, with no lock, and take a reference.
 * Life time: the table has a reference to each node in it; the last reference frees the
 *   node after a grace period.  A node directory is configfs's, and is another object.
 */
#ifndef RAMSTER_CLUSTER_INTERNAL_H
#define RAMSTER_CLUSTER_INTERNAL_H

#include "cluster.h"
#include "key.h"
#include "link.h"
#include "stats.h"

#include <linux/configfs.h>
#include <linux/in6.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct seq_file;

/* Names of the cluster and of nodes. */
#define CLUSTER_NAME_MAX	64

/**
 * struct cluster_address - where a node is, without the port
 * @family:	AF_INET or AF_INET6; 0: not known
 * @v4:		for AF_INET
 * @v6:		for AF_INET6
 */
struct cluster_address {
	unsigned short		family;
	union {
		__be32		v4;
		struct in6_addr	v6;
	};
};

/**
 * struct cluster_node - a machine that has its number
 * @refs:	references
 * @rcu:	the grace period before it is freed
 * @number:	immutable
 * @port:	TCP port, immutable
 * @address:	immutable
 * @up:		whether the user was told so, or would have been
 * @link:	to it, if it is another machine
 * @name:	of its directory, immutable
 */
struct cluster_node {
	struct kref		refs;
	struct rcu_head		rcu;
	unsigned int		number;
	u16			port;
	struct cluster_address	address;
	bool			up;	/* user_mutex */
	struct cluster_link	link;
	char			name[CLUSTER_NAME_MAX + 1];
};

/* Times that can be set, see configfs.c. */
enum cluster_time {
	CLUSTER_IDLE,
	CLUSTER_KEEPALIVE,
	CLUSTER_RECONNECT,
	CLUSTER_SUSPECT,
	CLUSTER_DEAD,
	CLUSTER_TIMES
};

/**
 * struct cluster - the one cluster, a directory of configfs
 * @group:	the directory
 * @nodes:	its directory "node"
 * @time_ms:	by enum cluster_time
 * @key:	valid if @has_key
 * @has_key:	a key was written
 * @insecure:	to be started without a key
 *
 * All but the groups under cluster_mutex.
 */
struct cluster {
	struct config_group	group;
	struct config_group	nodes;
	unsigned int		time_ms[CLUSTER_TIMES];
	u8			key[CLUSTER_KEY_BYTES];
	bool			has_key;
	bool			insecure;
};

/**
 * struct cluster_self - this machine, while the cluster is started
 * @number:	of its node
 * @address:	of its node
 * @incarnation: drawn at the start, not 0
 * @insecure:	links are
 * @time_ms:	by enum cluster_time; that of CLUSTER_RECONNECT may change
 * @key:	of the cluster; cluster_mutex
 * @name:	of the cluster
 *
 * Does not change while there are links, but for what is said above.
 */
struct cluster_self {
	unsigned int		number;
	struct cluster_address	address;
	u64			incarnation;
	bool			insecure;
	unsigned int		time_ms[CLUSTER_TIMES];
	u8			key[CLUSTER_KEY_BYTES];
	char			name[CLUSTER_NAME_MAX + 1];
};

extern struct mutex cluster_mutex;	/* order 1 */
extern struct cluster_self cluster_self;

/* address.c */
int cluster_address_parse(const char *text, unsigned short family,
			  struct cluster_address *address);
bool cluster_address_equal(const struct cluster_address *a, const struct cluster_address *b);
int cluster_address_print(char *buf, size_t size, const struct cluster_address *address);

/* node.c */
struct cluster_node *cluster_node_add(unsigned int number, const char *name,
				      const struct cluster_address *address, u16 port);
void cluster_node_del(struct cluster_node *node);
struct cluster_node *cluster_node_find(const struct cluster_address *address);
void cluster_node_for_each(void (*fn)(struct cluster_node *node));
bool cluster_started(void);
int cluster_start(struct cluster *cluster, struct cluster_node *node);
void cluster_stop(void);

/* link.c */
void cluster_link_init(struct cluster_link *link);
int cluster_link_start(struct cluster_link *link);
void cluster_link_stop(struct cluster_link *link);
int cluster_link_enter(struct cluster_lane *lane, const struct cluster_join *peer);
int cluster_link_ready(struct cluster_lane *lane);
void cluster_link_leave(struct cluster_lane *lane);
void cluster_link_close(struct cluster_link *link, enum cluster_reason reason);
void cluster_link_fail(struct cluster_link *link, enum cluster_reason reason);
bool cluster_link_is_up(struct cluster_link *link);
void cluster_link_say(struct cluster_link *link, enum cluster_reason reason, int err);
const char *cluster_reason_text(enum cluster_reason reason);

/**
 * cluster_link_node() - the node that a link is part of
 * @link: the link
 *
 * Context: any.
 */
static inline struct cluster_node *cluster_link_node(struct cluster_link *link)
{
	return container_of(link, struct cluster_node, link);
}

/* connect.c */
int cluster_connect_start(struct cluster_link *link);
void cluster_connect_stop(struct cluster_link *link);

/* listen.c */
int cluster_listen_start(const struct cluster_node *local);
void cluster_listen_stop(void);
void cluster_listen_drop(struct cluster_node *node);

/* lane.c */
struct cluster_lane *cluster_lane_new(struct cluster_link *link, unsigned int number,
				      bool initiator);
void cluster_lane_put(struct cluster_lane *lane);
void cluster_lane_free_spare(struct cluster_link *link);
int cluster_lane_start(struct cluster_lane *lane);
void cluster_lane_stop(struct cluster_lane *lane);
int cluster_lane_first(struct cluster_lane *lane, unsigned long deadline,
		       struct cluster_msg *msg);
int cluster_lane_live(struct cluster_lane *lane, const struct cluster_join *peer,
		      const struct cluster_msg *first, unsigned long deadline);

/* send.c */
void cluster_lane_push(struct cluster_lane *lane);
int cluster_lane_sender(void *data);

/* request.c */
int cluster_requests_begin(struct cluster_link *link);
void cluster_requests_end(struct cluster_link *link);
void cluster_requests_free(struct cluster_link *link);
void cluster_requests_orphan(struct cluster_lane *lane);
void cluster_requests_expire(struct cluster_link *link);
void cluster_requests_cancel(struct cluster_link *link);
bool cluster_request_sendable(struct cluster_lane *lane);
struct cluster_request *cluster_request_next(struct cluster_lane *lane, u32 room);
void cluster_request_sealed(struct cluster_link *link, struct cluster_request *request);
int cluster_request_replied(struct cluster_link *link, const struct cluster_msg *msg);
int cluster_credit_add(struct cluster_link *link, const struct cluster_msg *msg);
void cluster_requests_show(struct seq_file *m, struct cluster_link *link);

/* serve.c */
int cluster_serve_begin(struct cluster_link *link);
void cluster_serve_free(struct cluster_link *link);
int cluster_serve_request(struct cluster_lane *lane, const struct cluster_msg *msg);
void cluster_serve_forget(struct cluster_lane *lane);
void cluster_credit_take(struct cluster_link *link, struct cluster_msg *msg);
void cluster_slot_grant(struct cluster_slot *slot);
void cluster_slot_copy(const struct cluster_slot *slot, void *to);
void cluster_slot_free(struct cluster_slot *slot);

/* beat.c */
int cluster_beat_start(void);
void cluster_beat_stop(void);
void cluster_beat_pack(void *body);

/* user.c */
int cluster_user_handle(struct cluster_incoming *in);
int cluster_user_enter(void);
bool cluster_user_there(void);
void cluster_user_leave(int cookie);
void cluster_user_node_dead(struct cluster_node *node);
void cluster_user_node_up(struct cluster_node *node);
void cluster_user_node_down(struct cluster_node *node);

/* show.c */
void cluster_links_show(struct seq_file *m);
void cluster_inflight_show(struct seq_file *m);

/* configfs.c */
int cluster_name_check(const char *what, const char *name);
int cluster_bool_parse(struct config_item *item, const char *what, const char *text,
		       bool *value);
int cluster_configfs_init(void);
void cluster_configfs_exit(void);

/* configfs_node.c */
extern const struct config_item_type cluster_nodes_type;
void cluster_configfs_nodes_show(struct seq_file *m);

#endif /* RAMSTER_CLUSTER_INTERNAL_H */
