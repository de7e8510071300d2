// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recall: a lender that needs its memory asks owners to take pages back.
 *
 * The owner decides, and drops a page here when it has it.  Nothing of its pages is dropped
 * for want of memory.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#define LOOK_EVERY	HZ

/* Asked for at once, when there is too little memory: 16 MiB before they were compressed. */
#define SOME		4096

static struct cluster_request request;
static struct ramster_wire_recall body;
static unsigned long busy;		/* bit 0: the request is under way */

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

static void recalled(struct cluster_request *unused, const struct cluster_reply *reply)
{
	clear_bit_unlock(0, &busy);
}

static void recall(unsigned int owner, u32 pages)
{
	struct cluster_node *node;

	if (test_and_set_bit_lock(0, &busy))
		return;
	node = cluster_node_get(owner);
	if (node) {
		ramster_msg_recall(&body, pages);
		request = (struct cluster_request){
			.type = RAMSTER_RECALL,
			.timeout_ms = ramster_request_timeout_ms(),
			.body = &body,
			.body_len = sizeof(body),
			.done = recalled,
		};
		if (cluster_submit(node, &request))
			clear_bit_unlock(0, &busy);
		cluster_node_put(node);
	} else {
		clear_bit_unlock(0, &busy);
	}
}

/* Half the floor: at the floor nothing new is taken, which may be enough. */
static bool need(void)
{
	struct zcache_usage usage;

	zcache_usage(ZCACHE_LENT, &usage);
	return usage.pages > usage.limit ||
	       si_mem_available() < (long)ramster_lend_floor_pages() / 2;
}

static void look(struct work_struct *work)
{
	unsigned int owner;
	long pages = ramster_accounts_largest(&owner);

	if (pages && need())
		recall(owner, min_t(long, pages, SOME));
	queue_delayed_work(ramster_wq, &look_work, LOOK_EVERY);
}

/**
 * ramster_recall_all() - ask all owners for all, and wait
 * @timeout_s: give up when it takes so long
 * @progress: but count from when somebody has taken some back
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: it took too long; -EINTR.
 */
int ramster_recall_all(unsigned int timeout_s, bool progress)
{
	unsigned long until = jiffies + timeout_s * HZ;
	long pages, least = LONG_MAX;
	unsigned int owner;

	while ((pages = ramster_accounts_largest(&owner))) {
		if (progress && pages < least) {
			least = pages;
			until = jiffies + timeout_s * HZ;
		} else if (time_after(jiffies, until)) {
			return -EBUSY;
		}
		recall(owner, pages);
		if (msleep_interruptible(100))
			return -EINTR;
	}
	return 0;
}

/**
 * ramster_recall_start() - look after the memory that is lent
 *
 * Context: may sleep.
 */
void ramster_recall_start(void)
{
	queue_delayed_work(ramster_wq, &look_work, LOOK_EVERY);
}

/**
 * ramster_recall_stop() - the opposite
 *
 * Context: may sleep.
 */
void ramster_recall_stop(void)
{
	cancel_delayed_work_sync(&look_work);
}
