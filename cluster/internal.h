/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster internals.
 *
 * Locks of cluster, outermost first.  Take a lock only while holding locks above it.
 *   1 cluster_mutex  mutex  all that is set in configfs; which nodes have a number; whether
 *                           the cluster is started
 *   2 user_mutex     mutex  the registered user, which nodes are up.  Held while the user
 *                           is told
 * Entered with foreign locks held: configfs calls with its own locks (of the directory,
 *   of the subsystem, of the open file); we call nothing of configfs that takes one.
 * Calls out: cluster_user_ops, with 1 and 2 held.
 * Readers look nodes up by number under RCU, with no lock, and take a reference.
 * Life time: the table has a reference to each node in it; the last reference frees the
 *   node after a grace period.  A node directory is configfs's, and is another object.
 */
#ifndef RAMSTER_CLUSTER_INTERNAL_H
#define RAMSTER_CLUSTER_INTERNAL_H

#include "cluster.h"
#include "key.h"
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
 * @name:	of its directory, immutable
 */
struct cluster_node {
	struct kref		refs;
	struct rcu_head		rcu;
	unsigned int		number;
	u16			port;
	struct cluster_address	address;
	bool			up;	/* user_mutex */
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

extern struct mutex cluster_mutex;	/* order 1 */

/* address.c */
int cluster_address_parse(const char *text, unsigned short family,
			  struct cluster_address *address);
bool cluster_address_equal(const struct cluster_address *a, const struct cluster_address *b);
int cluster_address_print(char *buf, size_t size, const struct cluster_address *address);

/* node.c */
struct cluster_node *cluster_node_add(unsigned int number, const char *name,
				      const struct cluster_address *address, u16 port);
void cluster_node_del(struct cluster_node *node);
void cluster_node_for_each(void (*fn)(struct cluster_node *node));
bool cluster_started(void);
int cluster_start(struct cluster *cluster, struct cluster_node *node);
void cluster_stop(void);

/* user.c */
void cluster_user_node_up(struct cluster_node *node);
void cluster_user_node_down(struct cluster_node *node);

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
