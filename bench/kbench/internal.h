/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbench internals: who times (work.c) and who decides what is timed (main.c).
 */
#ifndef RAMSTER_KBENCH_INTERNAL_H
#define RAMSTER_KBENCH_INTERNAL_H

#include "../timing.h"

#include <linux/types.h>

struct block_device;
struct file;

enum kbench_op {
	KBENCH_SEQWRITE,	/* to slots that hold nothing, after KBENCH_FREE */
	KBENCH_SEQREAD,
	KBENCH_RNDWRITE,	/* replaces what is there */
	KBENCH_RNDREAD,
	KBENCH_FREE,		/* discards all, page by page */
	KBENCH_HALVE,		/* discards half of all, at random */
	KBENCH_OPS
};

/**
 * struct kbench_data - what is written, and where
 * @corpus:	pages to write, taken in turn
 * @corpus_pages:	how many there are
 * @order:	the slots of a device in random order
 * @times:	cycles per page, by position in the order of an operation
 * @pages:	slots of each device in use
 */
struct kbench_data {
	char		*corpus;
	unsigned int	corpus_pages;
	u32		*order;
	u64		*times;
	unsigned int	pages;
};

/**
 * struct kbench_dev - a device
 * @file:	open
 * @bdev:	the same
 * @holds:	which page of the corpus a slot holds, plus 1; 0: none
 */
struct kbench_dev {
	struct file		*file;
	struct block_device	*bdev;
	u32			*holds;
};

/* One pass over the slots of a device; they are shared out among the threads. */
struct kbench_pass {
	const struct kbench_data	*data;
	struct kbench_dev		*dev;
	enum kbench_op			op;
	unsigned int			salt;	/* moves the corpus along */
	unsigned int			threads;
	bool				verify;
	struct bench_wall		wall;	/* result, of all threads together */
};

int kbench_run_pass(struct kbench_pass *pass);

#endif /* RAMSTER_KBENCH_INTERNAL_H */
