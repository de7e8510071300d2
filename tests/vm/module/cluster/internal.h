/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster_test - a user of the cluster for tests: handlers, and a load that uses them.
 *
 * A load submits requests to other nodes and compares what comes back with what must come
 * back, both made from a seed.  What must never happen is counted, and logged as FAILED.
 *
 * Locks, outermost first:
 *   1 load_mutex     mutex           one load at a time
 *   2 order_lock     spin, irqs off  numbers of requests whose order is checked, over the
 *                                    submission if the load asks for that
 *   3 thread->lock   spin, irqs off  free requests of a thread
 *   4 seen_lock      spin            last numbers that came from other nodes
 *   5 held_mutex     mutex           the node that is held
 * None is held over another but 2, which is held over cluster_submit().
 */
#ifndef RAMSTER_CLUSTER_TEST_INTERNAL_H
#define RAMSTER_CLUSTER_TEST_INTERNAL_H

#include "stats.h"
#include "cluster/cluster.h"

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/types.h>

struct ct_thread;
struct dentry;

/* Types of requests that have a handler. */
enum ct_type {
	CT_ECHO		= 1,	/* body and data come back, as far as there is room */
	CT_SINK		= 2,	/* data is what the body says; in order */
	CT_SOURCE	= 3,	/* the reply has the data that the body asks for */
	CT_REFUSE	= 4,	/* no memory */
	CT_SLOW		= 5,	/* takes as long as the body says */
	CT_SMALL	= 6,	/* takes no data, and no body longer than struct ct_body */
};

/* Results of the sink and others; the echo's is another, see ct_echo_result(). */
#define CT_FINE		0
#define CT_WRONG	1
#define CT_REORDERED	2

/**
 * struct ct_body - begins the body of all requests but echoes
 * @seed:	of the data
 * @length:	of the data, sent or asked for
 * @sleep_ms:	how long a slow request takes
 * @run:	of the load, random
 * @key:	of the request
 * @number:	grows with each request of the same run, key and bulk
 * @bulk:	as in the request
 */
struct ct_body {
	__le64	seed;
	__le32	length;
	__le32	sleep_ms;
	__le32	run;
	__le32	key;
	__le32	number;
	__le32	bulk;
};

/* main.c */
extern atomic_t ct_errors;

#define CT_ERRORS_SHOWN	20

/* Something that must never happen. */
#define ct_failed(fmt, ...)						\
do {									\
	if (atomic_inc_return(&ct_errors) <= CT_ERRORS_SHOWN)		\
		pr_err("FAILED: " fmt "\n", ##__VA_ARGS__);		\
} while (0)

/* Where callbacks of the cluster may sleep, as promised. */
static inline void ct_check_context(const char *what)
{
	if (!in_task() || irqs_disabled())
		ct_failed("%s where nothing may sleep", what);
}

/* content.c */

/* Good enough to choose by, and the same in every run. */
struct ct_random {
	u64	state;
};

u64 ct_mix(u64 value);
u64 ct_random(struct ct_random *random);
u32 ct_random_below(struct ct_random *random, u32 limit);
void ct_content_make(u64 seed, size_t offset, void *to, size_t bytes);
bool ct_content_is(u64 seed, const void *what, size_t bytes);

/* serve.c */
extern const struct cluster_handler ct_handlers[];
extern const unsigned int ct_nr_handlers;

int ct_serve_init(struct dentry *dir);
void ct_serve_exit(void);

static inline s32 ct_echo_result(u32 body_len, u32 data_len)
{
	return ~(s32)(body_len + data_len);
}

/* config.c */

/* To all other nodes, each thread to another one. */
#define CT_ALL	U32_MAX

/* By the seed, each time anew. */
#define CT_ANY	U32_MAX

/* Most keys of a load that are told apart. */
#define CT_KEYS	256

/**
 * struct ct_config - what a load does; the names are those in the line that is written
 * @to:		number of a node, or CT_ALL
 * @requests:	how many; 0: for @ms
 * @ms:		longest time for submitting; 0: until there were @requests
 * @threads:	that submit, each with requests of its own
 * @window:	requests in flight of each thread
 * @type:	enum ct_type or another; 0: echo, sink or source
 * @size:	bytes of data; CT_ANY: @min to @max
 * @min:	least
 * @max:	most
 * @body:	bytes of body of echoes; CT_ANY
 * @room:	bytes that a reply may have; CT_ANY: as it needs, for echoes sometimes less
 * @bulk_percent: of requests
 * @keys:	of each thread; 0: each request of the window has its own
 * @timeout_ms:	of a request
 * @sleep_ms:	how long slow ones take
 * @pause_ms:	between requests of a thread
 * @seed:	of everything
 * @now:	cluster_submit_now() instead of cluster_submit()
 * @irqoff:	with a spinlock and interrupts off; all threads use the same keys
 * @chain:	the next request is submitted from the end of the one before
 * @fresh:	each request is new memory, which goes back at its end
 * @stale:	the nodes are looked up once, and not again for each request
 * @lossy:	that requests are not replied to is no error of the load
 */
struct ct_config {
	u32	to;
	u32	requests;
	u32	ms;
	u32	threads;
	u32	window;
	u32	type;
	u32	size;
	u32	min;
	u32	max;
	u32	body;
	u32	room;
	u32	bulk_percent;
	u32	keys;
	u32	timeout_ms;
	u32	sleep_ms;
	u32	pause_ms;
	u32	seed;
	u32	now;
	u32	irqoff;
	u32	chain;
	u32	fresh;
	u32	stale;
	u32	lossy;
};

int ct_config_parse(struct ct_config *config, char *line);

/* item.c */

/* A request in flight belongs to the cluster, one that is not to its thread. */
enum ct_state {
	CT_FREE,
	CT_SUBMITTED,
};

/**
 * struct ct_item - a request of a load
 * @request:	for the cluster
 * @list:	on the thread's free items
 * @thread:	whose it is
 * @random:	what it is next
 * @state:	enum ct_state, atomic
 * @node:	number of the node it is for
 * @own:	which of the thread's keys is its own
 * @key:	which of the thread's keys it has now
 * @length:	bytes of data, sent or asked for
 * @seed:	of body and data
 * @since:	when it was submitted, ns
 * @head:	body of all but echoes
 * @body:	body of echoes
 * @data:	longest data, and some bytes, so that it need not begin at a word
 */
struct ct_item {
	struct cluster_request	request;
	struct list_head	list;
	struct ct_thread	*thread;
	struct ct_random	random;
	atomic_t		state;
	unsigned int		node;
	u32			own;
	u32			key;
	u32			length;
	u64			seed;
	u64			since;
	struct ct_body		head;
	u8			body[CLUSTER_BODY_MAX];
	u8			data[];
};

struct ct_item *ct_item_alloc(const struct ct_config *config, u64 seed, u32 own);
void ct_item_fill(struct ct_item *item, const struct ct_config *config, u32 run, u32 key_base);
int ct_item_check(const struct ct_item *item, const struct cluster_reply *reply);

/* load.c */
void ct_load_init(struct dentry *dir);
void ct_load_exit(void);
void ct_load_node_down(unsigned int number);

#endif /* RAMSTER_CLUSTER_TEST_INTERNAL_H */
