// SPDX-License-Identifier: GPL-2.0-only
/* Write generations of blocks, see generation.h. */
#include "generation.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

/* So that blocks of one bio never share a counter; a longer range counts as all there is. */
#define COUNTS_MIN	16384
/* A GiB of them; kvcalloc() gives up to two. */
#define COUNTS_MAX	BIT(27)

/**
 * generation_init() - make the counters
 * @gens:	filled in
 * @blocks:	blocks of the target
 * @most:	counters that may be made, but for rounding
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int generation_init(struct generations *gens, u64 blocks, u64 most)
{
	u64 nr = roundup_pow_of_two(clamp(min(blocks, most), (u64)COUNTS_MIN,
					  (u64)COUNTS_MAX));

	gens->counts = kvcalloc(nr, sizeof(*gens->counts), GFP_KERNEL);
	if (!gens->counts)
		return -ENOMEM;
	gens->mask = nr - 1;
	atomic64_set(&gens->epoch, 0);
	return 0;
}

void generation_exit(struct generations *gens)
{
	kvfree(gens->counts);
}

/**
 * generation_now() - the generation of a block
 * @gens:	the counters
 * @block:	which
 *
 * Context: any.
 */
u64 generation_now(const struct generations *gens, u64 block)
{
	return atomic64_read(&gens->counts[block & gens->mask]) + atomic64_read(&gens->epoch);
}

/**
 * generation_sum() - one number for the generations of a range
 * @gens:	the counters
 * @first:	first block
 * @count:	how many
 *
 * Context: any.
 * Return: a number that is the same later only if no generation has changed.
 */
u64 generation_sum(const struct generations *gens, u64 first, u64 count)
{
	u64 i, sum = 0;

	for (i = 0; i < count; i++)
		sum += generation_now(gens, first + i);
	return sum;
}

static void add(struct generations *gens, u64 first, u64 count, u64 by)
{
	u64 i;

	if (count > COUNTS_MIN)
		atomic64_add(by, &gens->epoch);
	for (i = 0; count <= COUNTS_MIN && i < count; i++)
		atomic64_add(by, &gens->counts[(first + i) & gens->mask]);
	/* Pairs with the barrier before tmem_guard.still. */
	smp_mb__after_atomic();
}

/**
 * generation_begin() - a range is about to be written
 * @gens:	the counters
 * @first:	first block
 * @count:	how many
 *
 * A full barrier afterwards: who then flushes the pages of the range from the store meets
 * all that were stored with the old generation, see struct tmem_guard.
 *
 * Context: any.
 */
void generation_begin(struct generations *gens, u64 first, u64 count)
{
	add(gens, first, count, GENERATION_BEGIN);
}

/**
 * generation_end() - the range has been written
 * @gens:	the counters
 * @first:	as it began
 * @count:	as it began
 *
 * Context: any.  A full barrier afterwards.
 */
void generation_end(struct generations *gens, u64 first, u64 count)
{
	add(gens, first, count, GENERATION_END);
}

/**
 * generation_bump_all() - nothing that is known of any block holds any more
 * @gens: the counters
 *
 * Context: any.  A full barrier afterwards.
 */
void generation_bump_all(struct generations *gens)
{
	atomic64_add(GENERATION_STEP, &gens->epoch);
	/* As in add(). */
	smp_mb__after_atomic();
}
