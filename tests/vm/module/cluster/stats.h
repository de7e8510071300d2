/* SPDX-License-Identifier: GPL-2.0-only */
/* What a load and the handlers count.  The names are those in results and served. */
#ifndef RAMSTER_CLUSTER_TEST_STATS_H
#define RAMSTER_CLUSTER_TEST_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

struct dentry;

/* Each request that is done counts in one of the lines from ok to reordered. */
#define CT_RESULTS(x)							\
	x(submitted,	"requests that the cluster has taken")		\
	x(rejected,	"... it has not: no link, or no user")		\
	x(done,		"ends of requests")				\
	x(ok,		"... with the right reply")			\
	x(timed_out,	"... without one in time")			\
	x(lost,		"... by the end of the link")			\
	x(canceled,	"... as the user has unregistered")		\
	x(no_memory,	"... the other node had none")			\
	x(unknown,	"... it has no handler")			\
	x(too_big,	"... too big for the handler, or its reply")	\
	x(stopping,	"... its user was going away")			\
	x(odd,		"... with an error there is not")		\
	x(wrong,	"... with a wrong reply")			\
	x(reordered,	"... received after one submitted later")	\
	x(sent_unsure,	"no reply, and the other node may have done it") \
	x(twice,	"ends of requests that were not under way")	\
	x(missing,	"threads with requests that never ended")

#define CT_SERVED(x)							\
	x(echo,		"echoes")					\
	x(sink,		"sinks")					\
	x(source,	"sources")					\
	x(refuse,	"requests that are always refused")		\
	x(slow,		"slow requests")				\
	x(small,	"requests without data")			\
	x(no_memory,	"requests refused as asked for")		\
	x(bytes,	"bytes of body and data")			\
	x(wrong,	"requests with wrong content")			\
	x(reordered,	"sinks that came after one submitted later")

enum ct_result {
#define CT_ENUM(name, help) CT_RESULT_##name,
	CT_RESULTS(CT_ENUM)
#undef CT_ENUM
	CT_NR_RESULTS
};

enum ct_served {
#define CT_ENUM(name, help) CT_SERVED_##name,
	CT_SERVED(CT_ENUM)
#undef CT_ENUM
	CT_NR_SERVED
};

extern atomic_long_t ct_results[CT_NR_RESULTS];
extern atomic64_t ct_served[CT_NR_SERVED];

#define ct_result_inc(name)	atomic_long_inc(&ct_results[CT_RESULT_##name])
#define ct_result(name)		atomic_long_read(&ct_results[CT_RESULT_##name])
#define ct_served_add(name, n)	atomic64_add(n, &ct_served[CT_SERVED_##name])
#define ct_served_inc(name)	ct_served_add(name, 1)

void ct_stats_init(struct dentry *dir);
void ct_results_begin(void);
void ct_results_end(void);
void ct_result_time(bool bulk, u64 ns);

#endif /* RAMSTER_CLUSTER_TEST_STATS_H */
