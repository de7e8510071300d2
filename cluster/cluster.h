/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster - the machines that work together, and which of them are there
 *
 * A node is a machine with a number and an address, set in configfs.  The cluster is
 * started when the administrator says which of the nodes this machine is.  Nothing here
 * knows of pages.
 */
#ifndef RAMSTER_CLUSTER_H
#define RAMSTER_CLUSTER_H

struct cluster_node;
struct module;

#define CLUSTER_API_VERSION	1

/* Numbers are 0 to one less than this. */
#define CLUSTER_NODES_MAX	255

/**
 * struct cluster_user_ops - what the user of the cluster is told
 * @owner:	module of the user
 * @api:	CLUSTER_API_VERSION it was built for
 * @up:		a node can be used from now on, this machine included
 * @down:	a node cannot be used any more.  If it was removed, cluster_node_get()
 *		already does not find it.
 *
 * For each node @up and @down alternate, beginning with @up.  No two calls run at once.
 * They may sleep.  They may neither register nor unregister, nor wait for somebody who
 * writes to configfs.
 */
struct cluster_user_ops {
	struct module	*owner;
	unsigned int	api;
	void		(*up)(struct cluster_node *node);
	void		(*down)(struct cluster_node *node);
};

int __must_check cluster_user_register(const struct cluster_user_ops *ops);
int cluster_user_unregister(const struct cluster_user_ops *ops);

struct cluster_node *cluster_node_get(unsigned int number);
void cluster_node_put(struct cluster_node *node);
unsigned int cluster_node_number(const struct cluster_node *node);
const char *cluster_node_name(const struct cluster_node *node);
void cluster_node_map(unsigned long *map);
int cluster_node_local(void);

#endif /* RAMSTER_CLUSTER_H */
