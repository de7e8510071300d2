/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netbench internals: what is timed (main.c), over a socket of its own (bare.c), over a link
 * of the cluster (linked.c) and through ramster (far.c).
 */
#ifndef RAMSTER_NETBENCH_INTERNAL_H
#define RAMSTER_NETBENCH_INTERNAL_H

#include "../timing.h"

#include <linux/types.h>

/* Messages that may be under way when there are several. */
#define NETBENCH_WINDOW		64

enum netbench_kind {
	NETBENCH_ROUND_TRIP,	/* one at a time */
	NETBENCH_PUSH,		/* many to the server */
	NETBENCH_PULL,		/* many from the server */
	NETBENCH_LOCAL,		/* nothing that a socket could do */
};

struct netbench_pass;

/**
 * struct netbench_op - what is timed
 * @name:	of it
 * @kind:	of it
 * @request:	bytes of a message to the server
 * @reply:	bytes of a message from it
 * @count:	messages in a pass, whole windows of them
 * @far:	does it through ramster; NULL: it goes over a link
 */
struct netbench_op {
	const char		*name;
	enum netbench_kind	kind;
	u32			request;
	u32			reply;
	u32			count;
	int			(*far)(struct netbench_pass *pass);
};

/* Bytes of the messages that carry no data. */
#define NETBENCH_SMALL		64
#define NETBENCH_LARGEST	65536

/* Most messages of a pass. */
#define NETBENCH_COUNT_MAX	8192

/**
 * struct netbench_pass - an operation, done often
 * @op:		which, of netbench_ops
 * @verify:	both sides compare what they receive
 * @times:	result: cycles of each round trip
 * @wall:	result: of all together
 * @count:	result: how many it were, if not as many as the operation has
 * @bytes:	result: of each, in the mean, if not what the operation has
 */
struct netbench_pass {
	const struct netbench_op	*op;
	bool				verify;
	u64				*times;
	struct bench_wall		wall;
	u32				count;
	u32				bytes;
};

/* main.c */
const void *netbench_contents(u32 nr);
u64 netbench_cpu_ns(void);

/* bare.c */
int netbench_bare_serve(u16 port);
int netbench_bare_connect(const char *address, u16 port);
int netbench_bare_run(struct netbench_pass *pass);
int netbench_bare_peer_cpu(u64 *ns);
int netbench_bare_close(void);

/* linked.c */
int netbench_linked_open(void);
int netbench_linked_wait(void);
int netbench_linked_run(struct netbench_pass *pass);
void netbench_linked_close(void);

/* far.c */
int netbench_far_open(const char *path, u32 pages, u32 movable, u32 bytes);
const struct netbench_op *netbench_far_op(const char *name);
void netbench_far_close(void);

#endif /* RAMSTER_NETBENCH_INTERNAL_H */
