/* SPDX-License-Identifier: GPL-2.0-only */
/* What clients and the tier count.  The names are those in zcache_test/result. */
#ifndef RAMSTER_ZCACHE_TEST_STATS_H
#define RAMSTER_ZCACHE_TEST_STATS_H

/* Per thread of a client. */
#define ZT_CLIENT_COUNTERS(x)							\
	x(puts,			"puts that were accepted")			\
	x(puts_failed,		"puts that were not")				\
	x(hits,			"gets that brought a page")			\
	x(misses,		"gets that found nothing")			\
	x(lost,			"gets of a page that is lost")			\
	x(flushes,		"flushes of a page or a range")			\
	x(unsure,		"gets of a version too old to judge")

#define ZT_TIER_COUNTERS(x)							\
	x(moved,		"pages taken over")				\
	x(stale,		"pages that were flushed or put again meanwhile") \
	x(failed,		"pages whose move failed on purpose")		\
	x(frames,		"frames isolated")				\
	x(gets,			"gets handed over")				\
	x(answered,		"gets answered")				\
	x(localized,		"pages given back")				\
	x(localize_stale,	"pages that were flushed or put again meanwhile") \
	x(localize_failed,	"pages for which there was no room")		\
	x(lost,			"pages lost on purpose")			\
	x(released,		"pages released")				\
	x(released_irqs_off,	"... with interrupts off")			\
	x(pressure,		"calls for pages to move out")			\
	x(in_flight,		"gets not answered yet")			\
	x(pages,		"pages here now")

enum zt_client_counter {
#define ZT_ENUM(name, help) ZT_##name,
	ZT_CLIENT_COUNTERS(ZT_ENUM)
#undef ZT_ENUM
	ZT_CLIENT_NR
};

enum zt_tier_counter {
#define ZT_ENUM(name, help) ZT_TIER_##name,
	ZT_TIER_COUNTERS(ZT_ENUM)
#undef ZT_ENUM
	ZT_TIER_NR
};

extern const char *const zt_client_names[ZT_CLIENT_NR];
extern const char *const zt_tier_names[ZT_TIER_NR];

#endif /* RAMSTER_ZCACHE_TEST_STATS_H */
