/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of tmem, debugfs directory tmem/.  The file name is the counter name. */
#ifndef RAMSTER_TMEM_STATS_H
#define RAMSTER_TMEM_STATS_H

#include <linux/percpu.h>

/* Every exit of put, get and flush counts exactly once. */
#define TMEM_EVENTS(x)								\
	x(put_new,		"puts of a handle that held nothing")		\
	x(put_replaced,		"puts that replaced an older version")		\
	x(put_failed,		"puts refused for want of index memory")	\
	x(put_overtaken,	"puts that their guard refused at the last moment") \
	x(put_to_flush,		"puts turned into flushes while frozen")	\
	x(get_local,		"gets answered with a local descriptor")	\
	x(get_remote,		"gets answered with a remote descriptor")	\
	x(get_lost,		"gets of a page that is lost")			\
	x(get_miss,		"gets of a handle that held nothing")		\
	x(get_retry,		"look-ups repeated because the slot changed hands") \
	x(flush_total,		"page flushes")					\
	x(flush_found,		"page flushes that found a page")		\
	x(flobj_total,		"object flushes")				\
	x(flobj_found,		"object flushes that found a page")		\
	x(removed,		"pages removed by the host (eviction, exclusive get)") \
	x(replace_done,		"replacements by the host")			\
	x(replace_stale,	"replacements refused, another version was there") \
	x(pages_lost,		"pages marked as lost")				\
	x(objects_reaped,	"empty objects freed")

#define TMEM_GAUGES(x)								\
	x(obj_count,		"objects")					\
	x(page_count,		"handles that hold something")			\
	x(pool_count,		"pools")					\
	x(client_count,		"clients")

/* Gauges are per-CPU sums as well: a CPU's share may be negative, the sum is not. */
enum tmem_stat {
#define TMEM_ENUM(name, help) TMEM_ST_##name,
	TMEM_EVENTS(TMEM_ENUM)
	TMEM_ST_NR_EVENTS,
	TMEM_ST_BEFORE_GAUGES = TMEM_ST_NR_EVENTS - 1,
	TMEM_GAUGES(TMEM_ENUM)
#undef TMEM_ENUM
	TMEM_ST_NR
};

extern u64 __percpu *tmem_stats;

#define tmem_count(name)	this_cpu_inc(tmem_stats[TMEM_ST_##name])
#define tmem_gauge_inc(name)	this_cpu_inc(tmem_stats[TMEM_ST_##name])
#define tmem_gauge_dec(name)	this_cpu_dec(tmem_stats[TMEM_ST_##name])

int tmem_stats_init(void);
void tmem_stats_exit(void);

#endif /* RAMSTER_TMEM_STATS_H */
