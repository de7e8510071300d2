/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adding to a per-CPU number is one instruction on x86.  User Mode Linux turns interrupts
 * off for it, which takes 13 ns on one CPU and 480 ns with SMP, so our statistics would be
 * most of what is measured.  zram's are plain atomics.  Included before each of our files.
 */
#ifndef RAMSTER_BENCH_PERCPU_H
#define RAMSTER_BENCH_PERCPU_H

#include <linux/percpu.h>
#include <linux/preempt.h>

#undef this_cpu_add
#define this_cpu_add(pcp, n) do {						\
	if (sizeof(pcp) == 8) {							\
		preempt_disable();						\
		asm volatile("addq %1, %0"					\
			     : "+m" (*raw_cpu_ptr(&(pcp)))			\
			     : "r" ((u64)(n)));					\
		preempt_enable();						\
	} else {								\
		this_cpu_generic_to_op(pcp, n, +=);				\
	}									\
} while (0)

#endif /* RAMSTER_BENCH_PERCPU_H */
