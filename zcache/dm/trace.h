/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of dm-zcache, in events/dm_zcache/. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dm_zcache

#if !defined(RAMSTER_DM_ZCACHE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAMSTER_DM_ZCACHE_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(dm_zcache_page,
	TP_PROTO(u64 block, int err),
	TP_ARGS(block, err),
	TP_STRUCT__entry(
		__field(u64, block)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->block = block;
		__entry->err = err;
	),
	TP_printk("block=%llu err=%d", __entry->block, __entry->err)
);

DEFINE_EVENT(dm_zcache_page, dm_zcache_put,
	TP_PROTO(u64 block, int err),
	TP_ARGS(block, err)
);

DEFINE_EVENT(dm_zcache_page, dm_zcache_verify,
	TP_PROTO(u64 block, int err),
	TP_ARGS(block, err)
);

DECLARE_EVENT_CLASS(dm_zcache_run,
	TP_PROTO(u64 block, u64 count),
	TP_ARGS(block, count),
	TP_STRUCT__entry(
		__field(u64, block)
		__field(u64, count)
	),
	TP_fast_assign(
		__entry->block = block;
		__entry->count = count;
	),
	TP_printk("block=%llu count=%llu", __entry->block, __entry->count)
);

DEFINE_EVENT(dm_zcache_run, dm_zcache_hit,
	TP_PROTO(u64 block, u64 count),
	TP_ARGS(block, count)
);

DEFINE_EVENT(dm_zcache_run, dm_zcache_miss,
	TP_PROTO(u64 block, u64 count),
	TP_ARGS(block, count)
);

DEFINE_EVENT(dm_zcache_run, dm_zcache_write,
	TP_PROTO(u64 block, u64 count),
	TP_ARGS(block, count)
);

#endif /* RAMSTER_DM_ZCACHE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH zcache/dm
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
