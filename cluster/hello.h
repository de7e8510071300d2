/* SPDX-License-Identifier: GPL-2.0-only */
/* What two nodes say to each other before there is a lane. */
#ifndef CLUSTER_HELLO_H
#define CLUSTER_HELLO_H

#include "link.h"

/**
 * struct cluster_welcome - what a hello led to
 * @lane:	number of the connection
 * @peer:	what the other node says about itself
 * @reason:	why there is no lane, if so
 */
struct cluster_welcome {
	unsigned int		lane;
	struct cluster_join	peer;
	enum cluster_reason	reason;
};

int cluster_hello_initiate(struct cluster_lane *lane, unsigned long deadline, u64 session,
			   unsigned int lanes, struct cluster_welcome *welcome);
int cluster_hello_accept(struct cluster_lane *lane, unsigned long deadline,
			 struct cluster_welcome *welcome);

#endif /* CLUSTER_HELLO_H */
