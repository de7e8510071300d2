/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cluster - the machines that work together, and which of them are there
 *
 * A node is a machine with a number and an address, set in configfs.  The cluster is
 * started when the administrator says which of the nodes this machine is; then there is
 * a link to each other node that can be reached, and requests can be sent to it.  Nothing
 * here knows of pages.
 */
#ifndef RAMSTER_CLUSTER_H
#define RAMSTER_CLUSTER_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct cluster_node;
struct cluster_slot;
struct module;

#define CLUSTER_API_VERSION	2

/* Numbers are 0 to one less than this. */
#define CLUSTER_NODES_MAX	255

/* Most bytes of data of a request or a reply, and of the body of each. */
#define CLUSTER_DATA_MAX		65536
#define CLUSTER_BODY_MAX		4064
#define CLUSTER_REPLY_BODY_MAX		128

/* Longest that a request may be given. */
#define CLUSTER_TIMEOUT_MAX_MS		600000

/**
 * struct cluster_incoming - a request of another node, for its handler
 * @node:	who sent it, valid during the call
 * @type:	of the request
 * @body_len:	bytes of @body
 * @data_len:	bytes of @data
 * @reply_room:	bytes that cluster_reply_append() will take
 * @body:	valid during the call; from the network, authenticated, not trusted
 * @data:	likewise
 * @result:	of the reply, 0 unless the handler sets it
 * @reply_body:	of the reply, for the handler to fill in
 * @reply_body_len: bytes of it that are used, 0 unless the handler sets it
 * @slot:	for cluster_reply_append()
 */
struct cluster_incoming {
	struct cluster_node	*node;
	u16			type;
	u32			body_len;
	u32			data_len;
	u32			reply_room;
	const void		*body;
	const void		*data;
	s32			result;
	void			*reply_body;
	u32			reply_body_len;
	struct cluster_slot	*slot;
};

int __must_check cluster_reply_append(struct cluster_incoming *in, const void *from, u32 len);

/**
 * struct cluster_handler - what is done with requests of one type
 * @type:	of the requests
 * @body_max:	longest body it takes
 * @data_max:	longest data it takes
 * @handle:	does it and returns 0 for a reply with the result and what was filled in,
 *		-ENOMEM for the reply that there is no memory for it
 *
 * @handle is called by the receiver of a lane: several may run at once, those of one lane
 * follow each other.  It may sleep for a moment, and must not wait: not for memory, not for
 * another node, not for room to send.
 */
struct cluster_handler {
	u16	type;
	u32	body_max;
	u32	data_max;
	int	(*handle)(struct cluster_incoming *in);
};

/**
 * struct cluster_user_ops - what the user of the cluster is told
 * @owner:	module of the user
 * @api:	CLUSTER_API_VERSION it was built for
 * @up:		a node can be used from now on, this machine included
 * @down:	a node cannot be used any more; no request is under way.  If it was removed,
 *		cluster_node_get() already does not find it
 * @dead:	nothing was heard of a node that is down for as long as configured; may be NULL
 * @handlers:	for requests of other nodes
 * @nr_handlers: how many
 *
 * For each node @up and @down alternate, beginning with @up; @dead comes at most once
 * after a @down, and before the next @up.  No two calls run at once.  They may sleep.  They
 * may neither register nor unregister, nor wait for somebody who writes to configfs.
 * Handlers may be called from before @up until after @down.
 */
struct cluster_user_ops {
	struct module			*owner;
	unsigned int			api;
	void				(*up)(struct cluster_node *node);
	void				(*down)(struct cluster_node *node);
	void				(*dead)(struct cluster_node *node);
	const struct cluster_handler	*handlers;
	unsigned int			nr_handlers;
};

int __must_check cluster_user_register(const struct cluster_user_ops *ops);
int cluster_user_unregister(const struct cluster_user_ops *ops);

/**
 * struct cluster_reply - how a request ended
 * @error:	0: the other node's handler has replied.  Else there are no result, body and
 *		data, and it is one of
 *		-ETIMEDOUT	no answer in time;
 *		-ENOTCONN	the link was lost;
 *		-ECANCELED	the user unregistered;
 *		-ENOMEM		the other node had no memory for it;
 *		-EOPNOTSUPP	it has no handler for the type;
 *		-EMSGSIZE	too big for its handler, or the reply for reply_room;
 *		-ESHUTDOWN	its user is going away
 * @sent:	whether the other node may have done what was asked
 * @result:	as the handler set it
 * @body_len:	bytes of @body
 * @data_len:	bytes of @data
 * @body:	valid during the call; from the network, authenticated, not trusted
 * @data:	likewise
 */
struct cluster_reply {
	int		error;
	bool		sent;
	s32		result;
	u32		body_len;
	u32		data_len;
	const void	*body;
	const void	*data;
};

/**
 * struct cluster_request - something asked of another node
 * @type:	says which handler gets it
 * @bulk:	may be overtaken: leaves credit for those that may not
 * @key:	requests of the same key and the same @bulk to one node keep their order
 * @timeout_ms:	until it ends unanswered, 1 to CLUSTER_TIMEOUT_MAX_MS
 * @reply_room:	most bytes of data that the reply may have
 * @body_len:	at most CLUSTER_BODY_MAX
 * @data_len:	at most CLUSTER_DATA_MAX
 * @body:	copied when it is sent, encrypted
 * @data:	copied when it is sent, authenticated, not encrypted
 * @done:	called exactly once for each submission that succeeded
 *
 * The fields above are the caller's, and stay as they are, and what they point to, until
 * @done is called, which may happen before cluster_submit() returns.  @done is called in
 * process context without locks of ours, by the receiver of the link or who takes it down:
 * it may sleep for a moment, and may not wait for another request.  It may submit, also the
 * same request again, or free it.
 */
struct cluster_request {
	u16			type;
	bool			bulk;
	u32			key;
	u32			timeout_ms;
	u32			reply_room;
	u32			body_len;
	u32			data_len;
	const void		*body;
	const void		*data;
	void			(*done)(struct cluster_request *request,
					const struct cluster_reply *reply);
	/* private: of request.c */
	struct list_head	list;
	struct rb_node		by_deadline;
	unsigned long		deadline;
	unsigned long		since;
	u16			tag;
	u8			state;
};

int __must_check cluster_submit(struct cluster_node *node, struct cluster_request *request);
int __must_check cluster_submit_now(struct cluster_node *node, struct cluster_request *request);

enum cluster_node_state {
	CLUSTER_NODE_DOWN,	/* no link; or this machine, if the cluster is not started */
	CLUSTER_NODE_ALIVE,	/* heard of lately; or this machine */
	CLUSTER_NODE_SUSPECT,	/* silent: give it nothing new */
	CLUSTER_NODE_DEAD,	/* silent for too long: what it had is given up */
};

/**
 * struct cluster_node_info - what is known of a node
 * @state:	now
 * @silent_ms:	since the last byte of it came, U32_MAX: none has, since the start
 * @incarnation: another one after each start of the cluster there, 0: not known
 * @session:	of the link, 0: there is none
 * @free_bytes:	memory that was free when it said so last
 * @total_bytes: memory it has
 * @load_permille: 1000 for each task that wanted to run
 */
struct cluster_node_info {
	enum cluster_node_state	state;
	u32			silent_ms;
	u64			incarnation;
	u64			session;
	u64			free_bytes;
	u64			total_bytes;
	u32			load_permille;
};

void cluster_node_info(struct cluster_node *node, struct cluster_node_info *info);

struct cluster_node *cluster_node_get(unsigned int number);
void cluster_node_put(struct cluster_node *node);
unsigned int cluster_node_number(const struct cluster_node *node);
const char *cluster_node_name(const struct cluster_node *node);
void cluster_node_map(unsigned long *map);
int cluster_node_local(void);

#endif /* RAMSTER_CLUSTER_H */
