// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a load and the handlers have counted.
 *
 *   results  what became of the requests of the load that runs, or ran last; how long it
 *            took, ms; and the times from submission to reply
 *   served   requests of other nodes, by type, and what was wrong with them
 */
#include "internal.h"

#include <linux/bitops.h>
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/string.h>

atomic_long_t ct_results[CT_NR_RESULTS];
atomic64_t ct_served[CT_NR_SERVED];

#define CT_NAME(name, help) #name,

static const char *const result_names[CT_NR_RESULTS] = {
	CT_RESULTS(CT_NAME)
};

static const char *const served_names[CT_NR_SERVED] = {
	CT_SERVED(CT_NAME)
};

static u64 began;
static u64 ended;

/* Times in microseconds, to an eighth: how many, not bulk and bulk. */
#define STEPS	8
#define TIMES	(STEPS * 40)

static atomic_t times[2][TIMES];

static unsigned int time_index(u64 us)
{
	unsigned int shift;

	if (us < STEPS)
		return us;
	shift = fls64(us) - fls(STEPS);
	return min_t(unsigned int, (shift + 1) * STEPS + (us >> shift) % STEPS, TIMES - 1);
}

static u64 time_at(unsigned int index)
{
	if (index < STEPS)
		return index;
	return (u64)(STEPS + index % STEPS) << (index / STEPS - 1);
}

void ct_result_time(bool bulk, u64 ns)
{
	atomic_inc(&times[bulk][time_index(div_u64(ns, NSEC_PER_USEC))]);
}

/* The time that so many of a thousand did not exceed, to an eighth. */
static u64 time_of(bool bulk, unsigned int permille)
{
	u64 all = 0, some = 0;
	unsigned int i;

	for (i = 0; i < TIMES; i++)
		all += atomic_read(&times[bulk][i]);
	for (i = 0; i < TIMES; i++) {
		some += atomic_read(&times[bulk][i]);
		if (some && some * 1000 >= all * permille)
			return time_at(i);
	}
	return 0;
}

static int results_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < CT_NR_RESULTS; i++)
		seq_printf(m, "%s %ld\n", result_names[i], atomic_long_read(&ct_results[i]));
	seq_printf(m, "ms %llu\n", div_u64((ended ?: ktime_get_ns()) - began, NSEC_PER_MSEC));
	for (i = 0; i < 2; i++) {
		const char *what = i ? "bulk_" : "";

		seq_printf(m, "%smedian_us %llu\n", what, time_of(i, 500));
		seq_printf(m, "%sp99_us %llu\n", what, time_of(i, 990));
		seq_printf(m, "%smax_us %llu\n", what, time_of(i, 1000));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

void ct_results_begin(void)
{
	unsigned int i;

	for (i = 0; i < CT_NR_RESULTS; i++)
		atomic_long_set(&ct_results[i], 0);
	memset(times, 0, sizeof(times));
	began = ktime_get_ns();
	ended = 0;
}

void ct_results_end(void)
{
	ended = ktime_get_ns();
}

static int served_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < CT_NR_SERVED; i++)
		seq_printf(m, "%s %lld\n", served_names[i], atomic64_read(&ct_served[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(served);

void ct_stats_init(struct dentry *dir)
{
	debugfs_create_file("results", 0400, dir, NULL, &results_fops);
	debugfs_create_file("served", 0400, dir, NULL, &served_fops);
}
