/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages whose content follows from a seed, a number and a version, so that every bit of a
 * page can be checked without keeping a copy of it.
 */
#ifndef RAMSTER_VM_CONTENT_H
#define RAMSTER_VM_CONTENT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PAGE_SIZE	4096UL

/**
 * struct mix - how many of a hundred pages are of which kind; the rest is same-filled
 * @text:	words: compresses to about a third
 * @half:	half random, half zero
 * @random:	does not compress
 */
struct mix {
	unsigned int	text;
	unsigned int	half;
	unsigned int	random;
};

/**
 * struct content - which pages
 * @seed:	pages of different seeds differ
 * @mix:	their kinds
 */
struct content {
	__u64		seed;
	struct mix	mix;
};

/* A stream of random numbers: the next one. */
__u64 random_next(__u64 *state);

/* Reads "TEXT,HALF,RANDOM"; exits when it is nothing of the kind. */
struct mix mix_parse(const char *arg);

/* Version 0 of every page is zeroes, as a block that was never written. */
void content_fill(const struct content *content, void *page, __u64 number, __u32 version);

/* Whether @page is what it should be; says what it is instead. */
bool content_check(const struct content *content, const void *page, __u64 number,
		   __u32 version);

#endif /* RAMSTER_VM_CONTENT_H */
