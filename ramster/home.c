// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that come home: a few now and then when there is room here (repatriate), those that
 * have lost a copy (repair), those that a lender wants to be rid of, all when this machine
 * leaves.  And what goes over all pages that are elsewhere to find those of one node.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

/* Looked at between two pauses. */
#define SOME		32

/* And so many before it is asked again whether there is room. */
#define MORE		256

/* A page is passed over when for about a second there was no way to fetch it. */
#define BRING_TRIES	1000

/* What decides about a page, which is pinned; it gives the pin away if it wants the page. */
typedef bool (*page_fn)(struct tmem_page *page, void *arg);

static void come_home(struct work_struct *work);
static DECLARE_DELAYED_WORK(home_work, come_home);

static void repair(struct work_struct *work);
static DECLARE_DELAYED_WORK(repair_work, repair);

static void serve_recalls(struct work_struct *work);
static DECLARE_WORK(recall_work, serve_recalls);

/*
 * Where the last round has ended; by home_work only.  All these works wait for fetches, so they
 * are not in the queue of those who make memory.
 */
static struct zcache_scan home_scan = { .persistent = true };

/* Shows pages from a place on; stops after @most were wanted, or at the end. */
static unsigned int each_page(struct zcache_scan *scan, unsigned int most, page_fn fn, void *arg)
{
	struct tmem_page *pages[SOME];
	unsigned int nr, count, done = 0;

	while (done < most && !signal_pending(current)) {
		count = zcache_remote_scan(scan, pages, min_t(unsigned int, most - done, SOME));
		if (!count)
			break;
		for (nr = 0; nr < count; nr++) {
			if (fn(pages[nr], arg))
				done++;
			else
				tmem_page_unpin(pages[nr], TMEM_REMOTE);
		}
		cond_resched();
	}
	return done;
}

static bool bring(struct tmem_page *page, void *unused)
{
	unsigned int tries;
	int err;

	/* Too many under way: they make room for each other.  A worker has no signals. */
	for (tries = 0; tries < BRING_TRIES && !signal_pending(current); tries++) {
		err = ramster_bring_home(page);
		if (err != -EBUSY)
			return !err;
		usleep_range(500, 1000);
	}
	return false;
}

/* All pages of both kinds. */
static void every_page(page_fn fn, void *arg)
{
	struct zcache_scan ephemeral = { .persistent = false }, persistent = { .persistent = true };

	each_page(&ephemeral, UINT_MAX, fn, arg);
	each_page(&persistent, UINT_MAX, fn, arg);
}

/*
 * What comes home may not eat what swap-out needs: not from a thirty-second of memory on,
 * and not above the store's limit.
 */
static bool can_take(void)
{
	struct zcache_usage usage;

	zcache_usage(ZCACHE_PERSISTENT, &usage);
	return usage.pages < usage.limit && si_mem_available() > (long)(totalram_pages() / 32);
}

/* As each_page(), as long as there is room. */
static unsigned int some_pages(struct zcache_scan *scan, unsigned int most, bool (*room)(void),
			       page_fn fn, void *arg)
{
	unsigned int done = 0, now = 1;

	while (done < most && now && room()) {
		now = each_page(scan, min_t(unsigned int, most - done, MORE), fn, arg);
		done += now;
	}
	return done;
}

/* ---- repatriate ---------------------------------------------------------------------- */

/* Whether there is room for more than would move out again at once. */
static bool room_here(void)
{
	struct zcache_usage usage;

	zcache_usage(ZCACHE_PERSISTENT, &usage);
	return usage.pages < usage.limit / 100 * ramster_move_low_percent() &&
	       si_mem_available() > (long)(totalram_pages() / 100 * ramster_home_free_percent());
}

static void come_home(struct work_struct *work)
{
	u64 remote = ramster_stat_read(RAMSTER_ST_remote_pers_pages);
	/* The original's selfshrinker: 5 % in 5 s, and all of the last 20. */
	unsigned int most = max_t(u64, remote * ramster_home_percent() / 100, 20);

	if (remote && ramster_home_percent() && room_here() &&
	    !some_pages(&home_scan, most, room_here, bring, NULL))
		home_scan = (struct zcache_scan){ .persistent = true };
	queue_delayed_work(system_unbound_wq, &home_work,
			   msecs_to_jiffies(ramster_home_interval_ms()));
}

/* ---- repair -------------------------------------------------------------------------- */

/* How often it is looked whether there is room now for what has lost a copy. */
#define REPAIR_EVERY	HZ

static DEFINE_SPINLOCK(repair_lock);	/* order 9: the next one */
static bool may_repair;			/* between start and stop */

/* By repair_work alone, but for copies_lost. */
static struct zcache_scan repair_scan = { .persistent = true };
static unsigned int repair_seen;	/* in this round, pages with too few copies */
static bool repair_again;		/* not all is as it should be */
static unsigned long copies_lost;	/* bit 0: some, since the round began */

/* Of a page, those that can be had or may be had soon. */
static unsigned int good_copies(const struct ramster_page *rp)
{
	unsigned int copy, good = 0;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		u8 number = ramster_page_node(rp, copy);

		good += number != RAMSTER_NODE_NONE &&
			READ_ONCE(ramster_peer(number)->state) != PEER_DEAD;
	}
	return good;
}

/* One without any copy that can be had stays: there is nothing to make another from. */
static bool bring_if_short(struct tmem_page *page, void *unused)
{
	unsigned int good = good_copies(to_ramster_page(page));

	if (!good || good >= ramster_copies())
		return false;
	repair_seen++;
	if (!bring(page, NULL))
		return false;
	ramster_count(pages_repaired);
	return true;
}

/*
 * What is here needs no other copy.  When there are nodes for all copies it moves out again
 * at once, so as much room is enough as a lender in need gets.
 */
static bool repair_room(void)
{
	return ramster_peers_enough(ramster_copies()) ? can_take() : room_here();
}

static void repair(struct work_struct *work)
{
	unsigned int brought = 0;

	if (test_and_clear_bit(0, &copies_lost)) {
		repair_scan = (struct zcache_scan){ .persistent = true };
		repair_seen = 0;
		WRITE_ONCE(repair_again, true);
	}
	if (repair_room())
		brought = some_pages(&repair_scan, UINT_MAX, repair_room, bring_if_short, NULL);
	if (!brought && repair_room()) {
		/* The end of the round; another one shows that nothing is left. */
		WRITE_ONCE(repair_again, repair_seen);
		repair_scan = (struct zcache_scan){ .persistent = true };
		repair_seen = 0;
	}
	if (READ_ONCE(repair_again))
		queue_delayed_work(system_unbound_wq, &repair_work, REPAIR_EVERY);
}

/**
 * ramster_home_repair() - pages may have fewer copies than they should
 *
 * Those that have come home, and from here they move to as many nodes as they should.  While
 * we are not joined there is no such page.
 *
 * Context: any.
 */
void ramster_home_repair(void)
{
	unsigned long flags;

	spin_lock_irqsave(&repair_lock, flags);
	if (may_repair) {
		set_bit(0, &copies_lost);
		queue_delayed_work(system_unbound_wq, &repair_work, REPAIR_EVERY);
	}
	spin_unlock_irqrestore(&repair_lock, flags);
}

static void allow_repair(bool may)
{
	spin_lock_irq(&repair_lock);
	may_repair = may;
	spin_unlock_irq(&repair_lock);
}

/**
 * ramster_home_repairing() - whether there may be pages with fewer copies than they should have
 *
 * Context: any.
 */
bool ramster_home_repairing(void)
{
	return READ_ONCE(copies_lost) || READ_ONCE(repair_again);
}

/* ---- recall -------------------------------------------------------------------------- */

static bool bring_from(struct tmem_page *page, void *arg)
{
	struct ramster_peer *peer = arg;

	if (!ramster_page_is_at(to_ramster_page(page), peer->number))
		return false;
	return bring(page, NULL);
}

static void serve_recalls(struct work_struct *work)
{
	unsigned int number;
	int pages;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct zcache_scan scan = { .persistent = true };
		struct ramster_peer *peer = ramster_peer(number);

		pages = atomic_xchg(&peer->recalled, 0);
		if (pages)
			some_pages(&scan, pages, can_take, bring_from, peer);
	}
}

/**
 * ramster_home_recall() - a lender wants us to take pages back
 * @peer:	the lender
 * @pages:	how many
 *
 * Context: any.
 */
void ramster_home_recall(struct ramster_peer *peer, unsigned int pages)
{
	atomic_set(&peer->recalled, min_t(unsigned int, pages, INT_MAX));
	queue_work(system_unbound_wq, &recall_work);
}

/* ---- all ----------------------------------------------------------------------------- */

static u64 remote_pages(void)
{
	return ramster_stat_read(RAMSTER_ST_remote_pers_pages) +
	       ramster_stat_read(RAMSTER_ST_remote_eph_pages);
}

static bool drop_or_bring(struct tmem_page *page, void *unused)
{
	if (ramster_page_persistent(to_ramster_page(page)))
		return can_take() && bring(page, NULL);
	tmem_remove(page, TMEM_REMOTE);
	return false;
}

/**
 * ramster_home_all() - bring all pages home
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: for ramster_leave_timeout_s() no page could be had, or there was no
 * room for it; -EINTR.
 */
int ramster_home_all(void)
{
	unsigned long since = jiffies;
	u64 left = remote_pages(), now;

	while (left) {
		every_page(drop_or_bring, NULL);
		if (msleep_interruptible(20))
			return -EINTR;
		now = remote_pages();
		if (now < left)
			since = jiffies;
		else if (time_after(jiffies, since + ramster_leave_timeout_s() * HZ))
			return -EBUSY;
		left = now;
	}
	return 0;
}

static bool take_copy(struct tmem_page *page, void *arg)
{
	struct ramster_page *rp = to_ramster_page(page);
	struct ramster_peer *peer = arg;

	if (!ramster_page_is_at(rp, peer->number))
		return false;
	ramster_count(copies_gone);
	ramster_page_copy_gone(rp, peer->number);
	if (ramster_page_copies(rp))
		return false;
	/* Its bytes may be here already: the fetch knows, and the next one will. */
	if (ramster_page_state(rp) == RAMSTER_STATE_FETCHING)
		return false;
	if (!ramster_page_persistent(rp))
		tmem_remove(page, TMEM_REMOTE);
	else if (!tmem_lose(page, TMEM_REMOTE, tmem_page_version(page)))
		ramster_count(pages_lost);
	return false;
}

/**
 * ramster_home_copies_gone() - a node has dropped all that it had
 * @peer: the node; nothing is stored there meanwhile
 *
 * Pages of which this was the last copy are lost.
 *
 * Context: may sleep.
 */
void ramster_home_copies_gone(struct ramster_peer *peer)
{
	u64 before = ramster_stat_read(RAMSTER_ST_pages_lost);
	u64 lost;

	every_page(take_copy, peer);
	ramster_home_repair();
	lost = ramster_stat_read(RAMSTER_ST_pages_lost) - before;
	if (lost)
		pr_err("node %u had the only copy of %llu pages, they are lost: who needs one gets an I/O error\n",
		       peer->number, lost);
}

/**
 * ramster_home_start() - pages come home now and then
 *
 * Context: may sleep.
 */
void ramster_home_start(void)
{
	allow_repair(true);
	home_scan = (struct zcache_scan){ .persistent = true };
	queue_delayed_work(system_unbound_wq, &home_work,
			   msecs_to_jiffies(ramster_home_interval_ms()));
}

/**
 * ramster_home_stop() - the opposite
 *
 * Context: may sleep.
 */
void ramster_home_stop(void)
{
	allow_repair(false);
	cancel_delayed_work_sync(&home_work);
	cancel_delayed_work_sync(&repair_work);
	cancel_work_sync(&recall_work);
	repair_again = false;
	copies_lost = 0;
}
