/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of zcache, in events/zcache/. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM zcache

#if !defined(RAMSTER_ZCACHE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAMSTER_ZCACHE_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(zcache_page_op,
	TP_PROTO(bool persistent, u64 object, u32 index, int err),
	TP_ARGS(persistent, object, index, err),
	TP_STRUCT__entry(
		__field(u64, object)
		__field(u32, index)
		__field(int, err)
		__field(bool, persistent)
	),
	TP_fast_assign(
		__entry->object = object;
		__entry->index = index;
		__entry->err = err;
		__entry->persistent = persistent;
	),
	TP_printk("%s object=%llx index=%u err=%d",
		  __entry->persistent ? "persistent" : "ephemeral",
		  __entry->object, __entry->index, __entry->err)
);

DEFINE_EVENT(zcache_page_op, zcache_put,
	TP_PROTO(bool persistent, u64 object, u32 index, int err),
	TP_ARGS(persistent, object, index, err)
);

DEFINE_EVENT(zcache_page_op, zcache_get,
	TP_PROTO(bool persistent, u64 object, u32 index, int err),
	TP_ARGS(persistent, object, index, err)
);

TRACE_EVENT(zcache_evict_frame,
	TP_PROTO(unsigned int pages, bool reused),
	TP_ARGS(pages, reused),
	TP_STRUCT__entry(
		__field(unsigned int, pages)
		__field(bool, reused)
	),
	TP_fast_assign(
		__entry->pages = pages;
		__entry->reused = reused;
	),
	TP_printk("pages=%u %s", __entry->pages, __entry->reused ? "reused" : "freed")
);

TRACE_EVENT(zcache_reserve,
	TP_PROTO(unsigned int pages, unsigned int target),
	TP_ARGS(pages, target),
	TP_STRUCT__entry(
		__field(unsigned int, pages)
		__field(unsigned int, target)
	),
	TP_fast_assign(
		__entry->pages = pages;
		__entry->target = target;
	),
	TP_printk("taken, pages=%u target=%u", __entry->pages, __entry->target)
);

DECLARE_EVENT_CLASS(zcache_move,
	TP_PROTO(u32 index, u64 version, int err),
	TP_ARGS(index, version, err),
	TP_STRUCT__entry(
		__field(u64, version)
		__field(u32, index)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->version = version;
		__entry->index = index;
		__entry->err = err;
	),
	TP_printk("index=%u version=%llu err=%d", __entry->index, __entry->version,
		  __entry->err)
);

DEFINE_EVENT(zcache_move, zcache_moved_out,
	TP_PROTO(u32 index, u64 version, int err),
	TP_ARGS(index, version, err)
);

DEFINE_EVENT(zcache_move, zcache_moved_in,
	TP_PROTO(u32 index, u64 version, int err),
	TP_ARGS(index, version, err)
);

DECLARE_EVENT_CLASS(zcache_block_op,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err),
	TP_STRUCT__entry(
		__field(unsigned long, block)
		__field(u32, index)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->block = block;
		__entry->index = index;
		__entry->err = err;
	),
	TP_printk("index=%u block=%lu err=%d", __entry->index, __entry->block, __entry->err)
);

DEFINE_EVENT(zcache_block_op, zcache_backing_read,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err)
);

DEFINE_EVENT(zcache_block_op, zcache_backing_write,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err)
);

DEFINE_EVENT(zcache_block_op, zcache_written_back,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err)
);

DEFINE_EVENT(zcache_block_op, zcache_clean_copy_kept,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err)
);

DEFINE_EVENT(zcache_block_op, zcache_clean_copy_read,
	TP_PROTO(u32 index, unsigned long block, int err),
	TP_ARGS(index, block, err)
);

#endif /* RAMSTER_ZCACHE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH zcache
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
