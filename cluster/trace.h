/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of the cluster, in events/ramster_cluster/. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ramster_cluster

#if !defined(RAMSTER_CLUSTER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAMSTER_CLUSTER_TRACE_H

#include "wire.h"

#include <linux/tracepoint.h>

#define show_kind(kind)							\
	__print_symbolic(kind,						\
			 { CLUSTER_REQUEST,	"request" },		\
			 { CLUSTER_REPLY,	"reply" },		\
			 { CLUSTER_HEARTBEAT,	"heartbeat" },		\
			 { CLUSTER_CREDIT,	"credit" },		\
			 { CLUSTER_PING,	"ping" },		\
			 { CLUSTER_PONG,	"pong" },		\
			 { CLUSTER_CLOSE,	"close" },		\
			 { CLUSTER_JOIN,	"join" })

#define show_state(state)						\
	__print_symbolic(state,						\
			 { CLUSTER_LINK_DOWN,	"down" },		\
			 { CLUSTER_LINK_JOINING, "joining" },		\
			 { CLUSTER_LINK_TELLING, "joined" },		\
			 { CLUSTER_LINK_UP,	"up" },			\
			 { CLUSTER_LINK_CLOSING, "closing" })

DECLARE_EVENT_CLASS(cluster_message,
	TP_PROTO(unsigned int node, unsigned int lane, const struct cluster_msg *msg),
	TP_ARGS(node, lane, msg),
	TP_STRUCT__entry(
		__field(unsigned int, node)
		__field(unsigned int, lane)
		__field(u8, kind)
		__field(u16, type)
		__field(u16, tag)
		__field(u16, status)
		__field(u32, generation)
		__field(u32, body_len)
		__field(u32, data_len)
		__field(u32, credit)
	),
	TP_fast_assign(
		__entry->node = node;
		__entry->lane = lane;
		__entry->kind = msg->kind;
		__entry->type = msg->type;
		__entry->tag = msg->tag;
		__entry->status = msg->status;
		__entry->generation = msg->generation;
		__entry->body_len = msg->body_len;
		__entry->data_len = msg->data_len;
		__entry->credit = msg->credit_requests;
	),
	TP_printk("node=%u lane=%u %s type=%u tag=%u.%u status=%u body=%u data=%u credit=%u",
		  __entry->node, __entry->lane, show_kind(__entry->kind), __entry->type,
		  __entry->tag, __entry->generation, __entry->status, __entry->body_len,
		  __entry->data_len, __entry->credit)
);

DEFINE_EVENT(cluster_message, cluster_send,
	TP_PROTO(unsigned int node, unsigned int lane, const struct cluster_msg *msg),
	TP_ARGS(node, lane, msg)
);

DEFINE_EVENT(cluster_message, cluster_receive,
	TP_PROTO(unsigned int node, unsigned int lane, const struct cluster_msg *msg),
	TP_ARGS(node, lane, msg)
);

TRACE_EVENT(cluster_request_end,
	TP_PROTO(unsigned int node, unsigned int type, int error),
	TP_ARGS(node, type, error),
	TP_STRUCT__entry(
		__field(unsigned int, node)
		__field(unsigned int, type)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->node = node;
		__entry->type = type;
		__entry->error = error;
	),
	TP_printk("node=%u type=%u error=%d", __entry->node, __entry->type, __entry->error)
);

TRACE_EVENT(cluster_link,
	TP_PROTO(unsigned int node, unsigned int state, unsigned int reason),
	TP_ARGS(node, state, reason),
	TP_STRUCT__entry(
		__field(unsigned int, node)
		__field(unsigned int, state)
		__field(unsigned int, reason)
	),
	TP_fast_assign(
		__entry->node = node;
		__entry->state = state;
		__entry->reason = reason;
	),
	TP_printk("node=%u %s reason=%u", __entry->node, show_state(__entry->state),
		  __entry->reason)
);

#endif /* RAMSTER_CLUSTER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH cluster
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
