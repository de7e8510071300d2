/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of zcache-native, debugfs directory zcache_native/. */
#ifndef RAMSTER_NATIVE_STATS_H
#define RAMSTER_NATIVE_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

#define NATIVE_COUNTS(x)							\
	x(stores,		"pages of swap devices stored")			\
	x(stores_failed,	"... that the store refused: they go to the device") \
	x(stores_nonactive,	"... that were never active, and are ignored")	\
	x(loads,		"pages of swap devices loaded")			\
	x(loads_failed,		"... that could not be read: their reader was killed") \
	x(forgotten,		"slots freed that held a page")			\
	x(shrunk,		"pages that selfshrink asked the kernel to take back") \
	x(puts,			"clean pages that left the page cache and were staged") \
	x(puts_nonactive,	"... that were never active, and are ignored")	\
	x(puts_dropped,		"... for which there was no room in the ring")	\
	x(puts_failed,		"staged pages that the store refused")		\
	x(puts_stale,		"staged pages dropped when they were stored: they had changed") \
	x(gets,			"pages of files found here")			\
	x(gets_staged,		"... in the ring")				\
	x(gets_failed,		"pages of files that were not here")

enum native_stat {
#define NATIVE_ENUM(name, help) NATIVE_ST_##name,
	NATIVE_COUNTS(NATIVE_ENUM)
#undef NATIVE_ENUM
	NATIVE_ST_NR
};

extern u64 __percpu *native_stats;

#define native_count(name)		this_cpu_inc(native_stats[NATIVE_ST_##name])
#define native_count_add(name, n)	this_cpu_add(native_stats[NATIVE_ST_##name], n)

int native_stats_init(void);
void native_stats_exit(void);

#endif /* RAMSTER_NATIVE_STATS_H */
