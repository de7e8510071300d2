// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the staging ring to the store: is the page still what the disk holds, is it worth
 * keeping, then put it.
 *
 * Nothing here is on the way of any I/O: a worker that waits delays only the other
 * copies in the ring.  When that is full, pages that are evicted are not copied.
 */
#include "internal.h"
#include "trace.h"

#include <linux/highmem.h>
#include <linux/sched.h>

/* How many numbers of pages that are gone are looked at for one that is not. */
#define HELD_TRIES	64

/*
 * A page that does not compress is stored as it is when the one before it is held, so that the arm
 * of the disk does not move for a single page; one for so many that are stored compressed, so that
 * this takes little of the store, and saved up for so many.
 */
#define RAW_PART	16
#define RAW_SAVED	64

/* An offer that a write to the block takes back. */
struct block_offer {
	struct zcache_offer	offer;
	const struct victim	*victim;
	u64			block;
	u64			generation;
};

static bool still_current(const struct tmem_guard *guard)
{
	const struct block_offer *bo = container_of(guard, struct block_offer, offer.guard);

	return generation_now(&bo->victim->gens, bo->block) == bo->generation;
}

static bool lacks_room(int err)
{
	return err == -ENOSPC || err == -EAGAIN || err == -ENOMEM;
}

/* So many numbers of blocks that are gone may stand between those that are held. */
static u32 held_room(const struct victim *v)
{
	return 2 * v->opts.max_pages;
}

/* Note that a block was put; whether *@old had to be forgotten for it. */
static bool push_held(struct victim *v, u64 block, u64 *old)
{
	u32 room = held_room(v);
	bool full;

	spin_lock(&v->held_lock);
	full = v->held_count == room;
	if (full) {
		*old = v->held_order[v->held_first];
		v->held_first = (v->held_first + 1) % room;
		v->held_count--;
	}
	v->held_order[(v->held_first + v->held_count) % room] = block;
	v->held_count++;
	spin_unlock(&v->held_lock);
	return full;
}

/* The block that was put longest ago, if there are too many pages or too many numbers. */
static bool pop_held(struct victim *v, u64 *old, bool *over)
{
	bool popped;

	*over = victim_held(v) > v->opts.max_pages;
	spin_lock(&v->held_lock);
	popped = v->held_count == held_room(v) || (*over && v->held_count);
	if (popped) {
		*old = v->held_order[v->held_first];
		v->held_first = (v->held_first + 1) % held_room(v);
		v->held_count--;
	}
	spin_unlock(&v->held_lock);
	return popped;
}

static bool is_held(const struct victim *v, u64 block)
{
	struct tmem_oid oid = block_object(block);

	return zcache_look(v->pool, &oid, block_index(block)) != -ENOENT;
}

/* With max_pages=: what was put longest ago goes for a page that was put now. */
static void limit_held(struct victim *v, u64 block)
{
	unsigned int tries;
	bool over;
	u64 old;

	if (!v->held_order)
		return;
	for (tries = 0; tries < HELD_TRIES && pop_held(v, &old, &over); tries++) {
		/* An older number of the very block says nothing of the page. */
		if (old == block)
			continue;
		if (over)
			victim_flush_range(v, old, 1);
		else if (is_held(v, old) && push_held(v, old, &old))
			victim_flush_range(v, old, 1);
	}
	if (push_held(v, block, &old) && old != block)
		victim_flush_range(v, old, 1);
}

static bool raw_is_due(const struct zcache_offer *offer)
{
	const struct block_offer *bo = container_of(offer, struct block_offer, offer);
	const struct victim *v = bo->victim;

	return atomic_read(&v->raw_credit) >= RAW_PART && bo->block && is_held(v, bo->block - 1);
}

static void count_raw(struct victim *v, bool raw)
{
	if (raw)
		atomic_sub(RAW_PART, &v->raw_credit);
	else if (atomic_read(&v->raw_credit) < RAW_PART * RAW_SAVED)
		atomic_inc(&v->raw_credit);
}

static int put_entry(struct victim *v, struct ring_entry *entry, bool evict)
{
	struct tmem_oid oid = block_object(entry->block);
	struct block_offer bo = {
		.offer = {
			.guard = { .still = still_current },
			.evict = evict,
			.keep_raw = raw_is_due,
		},
		.victim = v,
		.block = entry->block,
		.generation = entry->generation,
	};
	int err = zcache_put_offer(v->pool, &oid, block_index(entry->block), entry->page,
				   &bo.offer);

	if (!err)
		count_raw(v, bo.offer.kept_raw);
	trace_dm_zcache_put(entry->block, err);
	return err;
}

/* The page is what the disk holds, as far as the hash tells. */
static void offer_entry(struct victim *v, struct ring_entry *entry, enum policy_verdict verdict)
{
	int err;

	policy_evicted(&v->policy, entry->block, entry->flags);
	err = put_entry(v, entry, verdict == POLICY_STORE);
	if (!err || err == -ENOSPC)
		policy_result(&v->policy, entry->flags, !err, verdict == POLICY_IF_ROOM,
			      victim_held(v));
	if (lacks_room(err) && verdict == POLICY_IF_ROOM)
		policy_full(&v->policy, victim_held(v), err != -ENOSPC);
	if (lacks_room(err) && verdict == POLICY_IF_ROOM) {
		victim_count(v, rejected);
		return;
	}
	victim_count(v, admitted);
	if (!err) {
		victim_count(v, put);
		limit_held(v, entry->block);
	} else if (err == -ECANCELED) {
		victim_count(v, drop_gen);
	} else {
		victim_count(v, put_failed);
	}
}

static void stage_entry(struct victim *v, struct ring_entry *entry, struct page *disk)
{
	enum policy_verdict verdict;

	if (generation_now(&v->gens, entry->block) != entry->generation) {
		victim_count(v, drop_gen);
		return;
	}
	/* First: of what is not stored nobody needs to know whether it is what the disk holds. */
	verdict = policy_judge(&v->policy, entry->flags, entry->workingset, victim_held(v),
			       atomic_long_read(&v->records.holes));
	if (verdict == POLICY_REJECT) {
		policy_evicted(&v->policy, entry->block, entry->flags);
		victim_count(v, rejected);
		return;
	}
	if (identify_hash(v, entry->page) != entry->hash)
		victim_count(v, drop_hash);
	else if (!READ_ONCE(v->verify) || verify_entry(v, entry, disk))
		offer_entry(v, entry, verdict);
}

static void stage_work(struct work_struct *work)
{
	struct stage_worker *worker = container_of(work, struct stage_worker, work);
	struct victim *v = worker->victim;
	struct ring_entry *entry;

	while ((entry = ring_next(&v->ring))) {
		/* There may be work for one more. */
		if (worker != &v->workers[STAGE_WORKERS - 1])
			queue_work(main_stage_wq, &worker[1].work);
		stage_entry(v, entry, worker->disk);
		clear_highpage(entry->page);
		ring_release(&v->ring, entry);
		if (wq_has_sleeper(&v->staged))
			wake_up(&v->staged);
		cond_resched();
	}
}

/**
 * stage_kick() - a copy waits in the ring
 * @v: the target
 *
 * Context: any; the lock of a page cache may be held.
 */
void stage_kick(struct victim *v)
{
	queue_work(main_stage_wq, &v->workers[0].work);
}

/**
 * stage_flush() - wait for what is in the ring now
 * @v: the target
 *
 * Context: may sleep.
 * Return: 0; -ERESTARTSYS: killed.
 */
int stage_flush(struct victim *v)
{
	u64 mark = ring_mark(&v->ring);

	return wait_event_killable(v->staged, ring_done(&v->ring, mark, STAGE_WORKERS));
}

int stage_init(struct victim *v)
{
	unsigned int i;

	for (i = 0; i < STAGE_WORKERS; i++) {
		struct stage_worker *worker = &v->workers[i];

		worker->victim = v;
		INIT_WORK(&worker->work, stage_work);
		worker->disk = alloc_page(GFP_KERNEL);
		if (!worker->disk) {
			stage_exit(v);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Nothing is queued any more.  Each may have queued the next one. */
void stage_exit(struct victim *v)
{
	unsigned int i;

	for (i = 0; i < STAGE_WORKERS; i++) {
		if (v->workers[i].victim)
			cancel_work_sync(&v->workers[i].work);
		if (v->workers[i].disk)
			__free_page(v->workers[i].disk);
	}
}
