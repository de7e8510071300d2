/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write generations: a number per block that only grows, whenever the block is written.
 *
 * Blocks share counters when there are more blocks; then a write to one looks like a write
 * to the other, which costs a page and nothing else.  64 bits never come round.  Since no
 * counter ever falls, equal sums over a range mean that none of them has changed.
 */
#ifndef RAMSTER_DM_ZCACHE_GENERATION_H
#define RAMSTER_DM_ZCACHE_GENERATION_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct generations - of the blocks of a target
 * @counts:	block modulo their number
 * @mask:	their number minus one
 * @epoch:	counts for every block
 */
struct generations {
	atomic64_t	*counts;
	u64		mask;
	atomic64_t	epoch;
};

int generation_init(struct generations *gens, u64 blocks, u64 most);
void generation_exit(struct generations *gens);
u64 generation_now(const struct generations *gens, u64 block);
u64 generation_sum(const struct generations *gens, u64 first, u64 count);
void generation_bump(struct generations *gens, u64 first, u64 count);
void generation_bump_all(struct generations *gens);

#endif /* RAMSTER_DM_ZCACHE_GENERATION_H */
