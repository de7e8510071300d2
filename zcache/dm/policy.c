// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admission, see policy.h.
 *
 * The store drops what is oldest and tells nobody.  So a loop larger than the store would
 * drop each page just before it is needed, if everything were stored.  In such a loop no
 * block is near, what is there stays, and each round finds it.
 *
 * In a loop a page that comes for the first time is as sure to be wanted again as one that
 * was served and has come back, so the hole that the latter left is lent: the page cache
 * and the store then hold different pages, and their sizes add up.  Where some pages are
 * wanted more often than others, those that have come back are worth more, and as many holes
 * are kept as the number of pages held goes up and down.
 *
 * A page is hot that was near at any time and that has come back since before it was forgotten.
 * When it has been served and comes back it may drop others, which is what a page of a long loop
 * must not: the oldest are those which that loop reads next.
 */
#include "policy.h"
#include "record.h"

#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

/*
 * When there was no room for a page, none is looked for until so many have gone: pages that lie
 * beside each other on the disk are kept, or not, together.  Otherwise those that compress
 * well would find a place among the others, and the disk would be asked for the gaps.  So many
 * take a disk longer (33 ms at 120 MiB/s) than to move its arm, which 64 do not.
 */
#define RUN_PAGES	1024UL
#define RUN_PART	16	/* ... but no more than that part of what is held */

/*
 * Memory can become free while nothing that is held goes.  So when it was short, one page tries
 * again each time that part of what is held has left the page cache: of those that fail, a loop
 * loses nothing.
 */
#define RETRY_PART	8

/* Holes are lent while who is new is hit 7/8 as often as who has come back. */
#define LEND_NUM	7
#define LEND_DEN	8

/* Otherwise that part of what is held is kept free for those who come back. */
#define KEEP_PART	8

/*
 * A page stays hot as long as it is asked for again before so many times more evictions than pages
 * are held; its ghost ages as much more slowly.
 */
#define HOT_TIMES	8

/**
 * policy_init() - make a policy
 * @policy:	filled in
 * @blocks:	length of the ghost list; rounded up
 * @fifo:	admit everything
 * @max_pages:	most pages to be held; 0: no limit of ours
 * @capacity:	how many are likely to be held, until that is known
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int policy_init(struct policy *policy, unsigned long blocks, bool fifo, unsigned long max_pages,
		unsigned long capacity)
{
	unsigned long sets = roundup_pow_of_two(max(blocks / POLICY_WAYS, 2UL));
	unsigned int i;

	policy->fifo = fifo;
	policy->max_pages = max_pages;
	policy->bits = ilog2(sets);
	policy->capacity = capacity;
	policy->known = false;
	policy->full_at = 0;
	policy->memory_short = false;
	policy->full_since = 0;
	memset(policy->yield, 0, sizeof(policy->yield));
	atomic_set(&policy->now, 0);
	for (i = 0; i < POLICY_LOCKS; i++)
		spin_lock_init(&policy->locks[i]);
	policy->ghosts = kvcalloc(sets, POLICY_WAYS * sizeof(*policy->ghosts), GFP_KERNEL);
	return policy->ghosts ? 0 : -ENOMEM;
}

void policy_exit(struct policy *policy)
{
	kvfree(policy->ghosts);
}

/* Tags of blocks that are 2^32 blocks apart are the same; the worst is a wrong guess. */
static u32 tag_of(u64 block)
{
	u32 tag = (u32)block + 1;

	return tag ?: 1;
}

static u32 age_of(const struct ghost *ghost, u32 now)
{
	return (now - ghost->time) & (U32_MAX >> 2);
}

static u32 age_for_room(const struct ghost *ghost, u32 now)
{
	u32 age = age_of(ghost, now);

	return ghost->hot ? age / HOT_TIMES : age;
}

static bool is_back(u32 flags)
{
	return flags & (RECORD_HOLE | RECORD_NEAR);
}

static u64 set_of(const struct policy *policy, u64 block)
{
	return hash_64(block, policy->bits);
}

/* Where the ghost of a block is, or goes: the oldest one makes room. */
static struct ghost *slot_for(struct ghost *set, u32 tag, u32 now)
{
	struct ghost *slot = &set[0];
	unsigned int i;

	for (i = 0; i < POLICY_WAYS; i++)
		if (set[i].tag == tag)
			return &set[i];
	for (i = 0; i < POLICY_WAYS; i++) {
		if (!set[i].tag)
			return &set[i];
		if (age_for_room(&set[i], now) > age_for_room(slot, now))
			slot = &set[i];
	}
	return slot;
}

/**
 * policy_evicted() - a page left the page cache
 * @policy:	the policy
 * @block:	its block
 * @record_flags: of its record
 *
 * Context: any.
 */
void policy_evicted(struct policy *policy, u64 block, u32 record_flags)
{
	u64 set = set_of(policy, block);
	spinlock_t *lock = &policy->locks[set % POLICY_LOCKS];
	u32 now = atomic_inc_return(&policy->now);
	struct ghost *slot;
	unsigned long flags;

	if (policy->fifo)
		return;
	spin_lock_irqsave(lock, flags);
	slot = slot_for(&policy->ghosts[set * POLICY_WAYS], tag_of(block), now);
	slot->tag = tag_of(block);
	slot->time = now;
	slot->back = is_back(record_flags);
	slot->hot = !!(record_flags & RECORD_HOT);
	spin_unlock_irqrestore(lock, flags);
}

/* Takes a ghost out, if there is one. */
static bool take_ghost(struct policy *policy, u64 block, struct ghost *ghost)
{
	u64 set = set_of(policy, block);
	spinlock_t *lock = &policy->locks[set % POLICY_LOCKS];
	u32 now = atomic_read(&policy->now), tag = tag_of(block);
	struct ghost *slot;
	unsigned long flags;
	bool found;

	spin_lock_irqsave(lock, flags);
	slot = slot_for(&policy->ghosts[set * POLICY_WAYS], tag, now);
	found = slot->tag == tag;
	if (found) {
		*ghost = *slot;
		slot->tag = 0;
	}
	spin_unlock_irqrestore(lock, flags);
	return found;
}

/**
 * policy_asked() - a block was asked for
 * @policy:	the policy
 * @block:	the block
 * @served:	it was here
 *
 * Context: any.
 * Return: RECORD_NEAR, RECORD_FAR, RECORD_HOT, or 0, for the record of the page.
 */
u32 policy_asked(struct policy *policy, u64 block, bool served)
{
	unsigned long capacity = READ_ONCE(policy->capacity);
	struct ghost ghost;
	u32 age, flags = 0;

	if (policy->fifo || !take_ghost(policy, block, &ghost))
		return 0;
	if (served)
		atomic_long_inc(&policy->yield[ghost.back].hits);
	age = age_of(&ghost, atomic_read(&policy->now));
	if (age <= capacity)
		return RECORD_NEAR | RECORD_HOT;
	if (age / 2 <= capacity)
		flags |= RECORD_FAR;
	if (ghost.hot && age / HOT_TIMES <= capacity)
		flags |= RECORD_HOT;
	return flags;
}

/* Whether who is new is worth about as much as who has come back. */
static bool holes_are_lent(struct policy *policy)
{
	struct policy_yield *fresh = &policy->yield[0], *back = &policy->yield[1];
	u64 by_fresh = (u64)atomic_long_read(&fresh->hits) * (atomic_long_read(&back->puts) + 1);
	u64 by_back = (u64)(atomic_long_read(&back->hits) + 1) *
		      (atomic_long_read(&fresh->puts) + 1);

	return by_fresh * LEND_DEN >= by_back * LEND_NUM;
}

/* What was long ago counts less and less. */
static void count_put(struct policy *policy, bool back)
{
	struct policy_yield *yield = policy->yield;
	unsigned long puts;
	unsigned int i;

	atomic_long_inc(&yield[back].puts);
	puts = atomic_long_read(&yield[0].puts) + atomic_long_read(&yield[1].puts);
	if (puts / 2 <= READ_ONCE(policy->capacity))
		return;
	for (i = 0; i < ARRAY_SIZE(policy->yield); i++) {
		atomic_long_set(&yield[i].puts, atomic_long_read(&yield[i].puts) / 2);
		atomic_long_set(&yield[i].hits, atomic_long_read(&yield[i].hits) / 2);
	}
}

/* How many pages are to be kept together of so many that are held. */
static unsigned long run_length(unsigned long held)
{
	return min(RUN_PAGES, held / RUN_PART);
}

/**
 * policy_full() - there was no free room for a page
 * @policy:	the policy
 * @held:	pages held now
 * @memory:	the kernel has none to give; else it is the store's limit
 *
 * Context: any.
 */
void policy_full(struct policy *policy, unsigned long held, bool memory)
{
	WRITE_ONCE(policy->memory_short, memory);
	WRITE_ONCE(policy->full_since, atomic_read(&policy->now));
	WRITE_ONCE(policy->full_at, held);
}

/* Enough has gone since, or it is time to look again. */
static bool may_have_room(struct policy *policy, unsigned long full_at, unsigned long held)
{
	u32 passed = (u32)atomic_read(&policy->now) - READ_ONCE(policy->full_since);

	return held + run_length(full_at) <= full_at ||
	       (READ_ONCE(policy->memory_short) && passed > full_at / RETRY_PART);
}

/* Whether the free room there is belongs to pages that will be back. */
static bool room_is_kept(const struct policy *policy, unsigned long held, unsigned long holes)
{
	unsigned long capacity = READ_ONCE(policy->capacity);

	return READ_ONCE(policy->known) && held + min(holes, capacity / KEEP_PART) >= capacity;
}

static bool has_room(struct policy *policy, unsigned long held)
{
	unsigned long full_at = READ_ONCE(policy->full_at);

	if (policy->max_pages && held >= policy->max_pages) {
		policy_full(policy, held, false);
		return false;
	}
	if (!full_at)
		return true;
	if (!may_have_room(policy, full_at, held))
		return false;
	WRITE_ONCE(policy->full_at, 0);
	return true;
}

/**
 * policy_judge() - what to do with a page
 * @policy:	the policy
 * @flags:	of its record
 * @workingset:	the kernel took it for part of the working set
 * @held:	pages held now
 * @holes:	pages that were served and are in the page cache
 *
 * Context: any.
 */
enum policy_verdict policy_judge(struct policy *policy, u32 flags, bool workingset,
				 unsigned long held, unsigned long holes)
{
	bool lent;

	if (policy->fifo || flags & RECORD_NEAR)
		return POLICY_STORE;
	if (flags & RECORD_HOT && flags & RECORD_HOLE)
		return POLICY_STORE;
	lent = holes_are_lent(policy);
	if (flags & RECORD_FAR && workingset && !lent)
		return POLICY_STORE;
	if (!lent && room_is_kept(policy, held, holes))
		return POLICY_REJECT;
	return has_room(policy, held) ? POLICY_IF_ROOM : POLICY_REJECT;
}

/**
 * policy_result() - what became of a page that was to be stored
 * @policy:	the policy
 * @flags:	of its record
 * @stored:	it is; else the store has reached its limit
 * @free_room:	only free room was looked for
 * @held:	pages held now
 *
 * Context: any.
 */
void policy_result(struct policy *policy, u32 flags, bool stored, bool free_room,
		   unsigned long held)
{
	unsigned long capacity = READ_ONCE(policy->capacity);

	if (stored)
		count_put(policy, is_back(flags));
	if (policy->max_pages && held > policy->max_pages)
		held = policy->max_pages;
	if (!stored && free_room)
		WRITE_ONCE(policy->known, true);
	if ((!stored && free_room) || (stored && capacity < held))
		WRITE_ONCE(policy->capacity, held);
}
