/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write generations: a number per block that only grows, when a write to the block begins and
 * when it ends.  Its low bits count the writes under way: a block is *quiet* when there is none.
 *
 * Blocks share counters when there are more blocks; then a write to one looks like a write
 * to the other, which costs a page and nothing else.  64 bits never come round.  Since no
 * counter ever falls, equal sums over a range mean that none of them has changed.
 */
#ifndef RAMSTER_DM_ZCACHE_GENERATION_H
#define RAMSTER_DM_ZCACHE_GENERATION_H

#include <linux/atomic.h>
#include <linux/types.h>

#define GENERATION_WRITES	0xffffULL		/* the low bits */
#define GENERATION_STEP		(GENERATION_WRITES + 1)
#define GENERATION_BEGIN	(GENERATION_STEP + 1)	/* what a write adds first ... */
#define GENERATION_END		(GENERATION_STEP - 1)	/* ... and last */

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
void generation_begin(struct generations *gens, u64 first, u64 count);
void generation_end(struct generations *gens, u64 first, u64 count);
void generation_bump_all(struct generations *gens);

static inline bool generation_is_quiet(u64 generation)
{
	return !(generation & GENERATION_WRITES);
}

#endif /* RAMSTER_DM_ZCACHE_GENERATION_H */
