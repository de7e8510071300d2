/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of ramster, in events/ramster/. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ramster

#if !defined(RAMSTER_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAMSTER_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(ramster_state,
	TP_PROTO(u64 name, unsigned int event, unsigned int from, unsigned int to),
	TP_ARGS(name, event, from, to),
	TP_STRUCT__entry(
		__field(u64, name)
		__field(unsigned int, event)
		__field(unsigned int, from)
		__field(unsigned int, to)
	),
	TP_fast_assign(
		__entry->name = name;
		__entry->event = event;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("name=%llu %s: %s -> %s", __entry->name, ramster_event_name(__entry->event),
		  ramster_state_name(__entry->from), ramster_state_name(__entry->to))
);

TRACE_EVENT(ramster_moved,
	TP_PROTO(unsigned int pages, unsigned int moved, size_t bytes, u8 first, u8 second),
	TP_ARGS(pages, moved, bytes, first, second),
	TP_STRUCT__entry(
		__field(size_t, bytes)
		__field(unsigned int, pages)
		__field(unsigned int, moved)
		__field(u8, first)
		__field(u8, second)
	),
	TP_fast_assign(
		__entry->bytes = bytes;
		__entry->pages = pages;
		__entry->moved = moved;
		__entry->first = first;
		__entry->second = second;
	),
	TP_printk("pages=%u moved=%u bytes=%zu nodes=%u,%u", __entry->pages, __entry->moved,
		  __entry->bytes, __entry->first, __entry->second)
);

TRACE_EVENT(ramster_got,
	TP_PROTO(u64 name, u8 node, int err, int status),
	TP_ARGS(name, node, err, status),
	TP_STRUCT__entry(
		__field(u64, name)
		__field(int, err)
		__field(int, status)
		__field(u8, node)
	),
	TP_fast_assign(
		__entry->name = name;
		__entry->err = err;
		__entry->status = status;
		__entry->node = node;
	),
	TP_printk("name=%llu node=%u err=%d status=%d", __entry->name, __entry->node,
		  __entry->err, __entry->status)
);

#endif /* RAMSTER_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ramster
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
