/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the modules that time things share.  The kernel's clock in User Mode Linux, which is
 * x86 here, goes in steps of 256 ns: so single operations are timed in cycles, and what a
 * cycle is in nanoseconds follows from a whole pass.
 */
#ifndef RAMSTER_BENCH_TIMING_H
#define RAMSTER_BENCH_TIMING_H

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/types.h>

static inline u64 bench_cycles(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

/* How long something took, by both clocks. */
struct bench_wall {
	u64	ns;
	u64	cycles;
};

static inline struct bench_wall bench_now(void)
{
	return (struct bench_wall){ .ns = ktime_get_ns(), .cycles = bench_cycles() };
}

static inline struct bench_wall bench_since(const struct bench_wall *start)
{
	struct bench_wall now = bench_now();

	now.ns -= start->ns;
	now.cycles -= start->cycles;
	return now;
}

/* Cycles to nanoseconds, by what a whole pass took. */
static inline u64 bench_to_ns(const struct bench_wall *wall, u64 cycles)
{
	return mul_u64_u64_div_u64(cycles, wall->ns, wall->cycles);
}

static inline int bench_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

struct bench_summary {
	u64	p50;
	u64	p99;
	u64	mean;
};

/* In nanoseconds; sorts the times, of which there is one at least. */
static inline struct bench_summary bench_summary(const struct bench_wall *wall, u64 *times,
						 unsigned int count)
{
	unsigned int i;
	u64 total = 0;

	for (i = 0; i < count; i++)
		total += times[i];
	sort(times, count, sizeof(*times), bench_compare, NULL);
	return (struct bench_summary){
		.p50 = bench_to_ns(wall, times[count / 2]),
		.p99 = bench_to_ns(wall, times[count * 99 / 100]),
		.mean = bench_to_ns(wall, div_u64(total, count)),
	};
}

#endif /* RAMSTER_BENCH_TIMING_H */
