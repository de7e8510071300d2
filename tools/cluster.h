/* SPDX-License-Identifier: GPL-2.0-only */
/* The cluster in configfs. */
#ifndef TOOLS_CLUSTER_H
#define TOOLS_CLUSTER_H

#include "config.h"

#define CLUSTERS	"/sys/kernel/config/ramster"

/* A node as configfs has it; what is not set is "". */
struct node {
	char	*name;
	char	*address;
	char	*port;
	char	*num;
	bool	local;
};

struct cluster {
	char		*name;		/* NULL: there is none */
	struct node	*nodes;
	size_t		count;
};

void cluster_read(struct cluster *cluster);
void cluster_free(struct cluster *cluster);
const struct node *cluster_local(const struct cluster *cluster);
const struct node *cluster_node(const struct cluster *cluster, const char *name);
const char *cluster_name_of(const struct cluster *cluster, uint64_t num);
enum end cluster_mount(void);
enum end cluster_up(const struct config *conf);
enum end cluster_stop(void);
enum end cluster_node_add(const char *cluster, const struct node_conf *node);
enum end cluster_node_remove(const char *cluster, const char *node);

#endif /* TOOLS_CLUSTER_H */
