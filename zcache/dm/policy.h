/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is worth storing.  See "Which pages are kept" in Documentation/dm-zcache.rst.
 *
 * Time is counted in evictions from the page cache.  The ghost list says when a block was
 * last evicted.  A block that is asked for again before more evictions than the target
 * holds pages would have been found here, had it been kept for so long: it is *near*.
 *
 * A hit leaves a hole.  Whether the hole is kept for the page that left it, or lent to
 * whoever is evicted meanwhile, is decided by what was hit so far: of those that have come
 * back, and of those that came for the first time.
 */
#ifndef RAMSTER_DM_ZCACHE_POLICY_H
#define RAMSTER_DM_ZCACHE_POLICY_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define POLICY_WAYS	8
#define POLICY_LOCKS	64

/**
 * struct ghost - a block that is not here
 * @tag:	low bits of its number plus one; 0: none
 * @time:	of its eviction, modulo 2^30
 * @back:	it had been here, or was near
 * @hot:	it was near once
 */
struct ghost {
	u32	tag;
	u32	time:30;
	u32	back:1;
	u32	hot:1;
};

/**
 * struct policy_yield - what became of pages that were stored; guesses
 * @puts:	pages stored; halved now and then, as @hits
 * @hits:	pages of these that were served
 */
struct policy_yield {
	atomic_long_t	puts;
	atomic_long_t	hits;
};

/**
 * struct policy - the policy of a target
 * @fifo:	everything is admitted
 * @max_pages:	most pages to be held, or 0; immutable
 * @ghosts:	sets of POLICY_WAYS, by block
 * @bits:	number of sets, as a power of two
 * @locks:	leaf, irqs off: the ghosts; set modulo POLICY_LOCKS
 * @now:	the time
 * @capacity:	pages held when the store last had no free room; unlocked, a guess
 * @known:	it had none once, so the above says something
 * @memory_short: the kernel had no memory, as of @full_at; unlocked
 * @full_at:	pages held when there was no room for one; 0: there is room; unlocked, a guess
 * @full_since:	when that was; unlocked, a guess
 * @yield:	of pages that came for the first time, and that have come back
 */
struct policy {
	bool		fifo;
	unsigned long	max_pages;
	struct ghost	*ghosts;
	unsigned int	bits;
	spinlock_t	locks[POLICY_LOCKS];	/* leaf, irqs off */
	atomic_t	now;
	unsigned long	capacity;
	bool		known;
	bool		memory_short;
	unsigned long	full_at;
	u32		full_since;
	struct policy_yield yield[2];
};

/**
 * enum policy_verdict - what to do with a page that was evicted
 * @POLICY_REJECT:	let it go
 * @POLICY_IF_ROOM:	store it if there is free room
 * @POLICY_STORE:	store it in the place of the oldest, if need be
 */
enum policy_verdict {
	POLICY_REJECT,
	POLICY_IF_ROOM,
	POLICY_STORE,
};

int policy_init(struct policy *policy, unsigned long blocks, bool fifo, unsigned long max_pages,
		unsigned long capacity);
void policy_exit(struct policy *policy);
void policy_evicted(struct policy *policy, u64 block, u32 record_flags);
u32 policy_asked(struct policy *policy, u64 block, bool served);
enum policy_verdict policy_judge(struct policy *policy, u32 flags, bool workingset,
				 unsigned long held, unsigned long holes);
void policy_full(struct policy *policy, unsigned long held, bool memory);
void policy_result(struct policy *policy, u32 flags, bool stored, bool free_room,
		   unsigned long held);

#endif /* RAMSTER_DM_ZCACHE_POLICY_H */
