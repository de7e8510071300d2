// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entry and exit of ramster.ko, and between them joining and leaving: while we are the
 * remote tier of zcache and the user of the cluster they keep us loaded, so who wants to
 * unload ramster has it leave first.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/* How long leaving waits for other nodes to drop what they need not keep any more. */
#define LAST_FLUSHES	(5 * HZ)

struct workqueue_struct *ramster_wq;

static DEFINE_MUTEX(switch_mutex);	/* order 1: joined */
static bool joined;
static bool leaving;

static const struct zcache_remote_ops tier_ops = {
	.owner		= THIS_MODULE,
	.api		= ZCACHE_API_VERSION,
	.get		= ramster_get,
	.release	= ramster_release,
	.pressure	= ramster_pressure,
};

static struct cluster_user_ops user_ops = {
	.owner		= THIS_MODULE,
	.api		= CLUSTER_API_VERSION,
	.up		= ramster_peer_up,
	.down		= ramster_peer_down,
	.dead		= ramster_peer_dead,
	.handlers	= ramster_handlers,
};

bool ramster_joined(void)
{
	return READ_ONCE(joined);
}

bool ramster_leaving(void)
{
	return READ_ONCE(leaving);
}

static void start(void)
{
	WRITE_ONCE(leaving, false);
	ramster_move_start();
	ramster_recall_start();
}

static void stop(void)
{
	WRITE_ONCE(leaving, true);
	ramster_recall_stop();
	ramster_move_stop();
}

static int join(void)
{
	int err;

	ramster_seal_start();
	ramster_page_names_start();
	err = zcache_remote_register(&tier_ops);
	if (err) {
		pr_err("zcache takes no remote tier: %d\n", err);
		return err;
	}
	ramster_accounts_start();
	err = cluster_user_register(&user_ops);
	if (err) {
		pr_err("the cluster takes no user: %d\n", err);
		ramster_accounts_drop();
		/* Nothing can have gone elsewhere. */
		return zcache_remote_unregister(&tier_ops) ?: err;
	}
	ramster_home_start();
	start();
	WRITE_ONCE(joined, true);
	return 0;
}

/**
 * ramster_join() - borrow and lend from now on
 *
 * Context: may sleep.
 * Return: 0, also if we do already; -EBUSY: somebody else does; -ENODEV; -EINTR.
 */
int ramster_join(void)
{
	int err = 0;

	if (mutex_lock_interruptible(&switch_mutex))
		return -EINTR;
	if (!joined)
		err = join();
	mutex_unlock(&switch_mutex);
	return err;
}

/* Nothing that we hold for others, nothing of ours elsewhere. */
static int settle_all(void)
{
	unsigned long until;
	int err;

	err = ramster_recall_all(ramster_leave_timeout_s(), true);
	if (err) {
		pr_err("not left: owners do not take their pages back: %d\n", err);
		return err;
	}
	err = ramster_home_all();
	if (err) {
		pr_err("not left: pages of this machine do not come home: %d\n", err);
		return err;
	}
	/* That took its time: an owner may have come back meanwhile. */
	err = ramster_recall_all(ramster_leave_timeout_s(), true);
	if (err)
		return err;
	until = jiffies + LAST_FLUSHES;
	while (ramster_stat_read(RAMSTER_ST_flushing_pages) && time_before(jiffies, until))
		msleep(20);
	return 0;
}

/* The last page is counted out here a moment before it is there. */
static int unregister_tier(void)
{
	unsigned int tries;
	int err = -EBUSY;

	for (tries = 0; err == -EBUSY && tries < 50; tries++) {
		if (tries)
			msleep(20);
		err = zcache_remote_unregister(&tier_ops);
	}
	return err;
}

static int leave(void)
{
	int err;

	stop();
	err = settle_all();
	if (!err)
		err = unregister_tier();
	if (err) {
		start();
		return err;
	}
	/* Those who could not be told page by page. */
	ramster_peers_goodbye(false);
	cluster_user_unregister(&user_ops);
	ramster_peers_stop();
	/* Not before: what others say makes it run again. */
	ramster_home_stop();
	ramster_flush_abandon();
	ramster_accounts_drop();
	ramster_seal_end();
	WRITE_ONCE(joined, false);
	return 0;
}

/**
 * ramster_leave() - bring all home, give all back, and neither borrow nor lend any more
 *
 * Takes as long as that takes.  If it cannot be done, or a signal comes, all is as before.
 *
 * Context: may sleep.
 * Return: 0, also if we did not; -EBUSY: pages do not come home, or others do not take
 * theirs; -EINTR.
 */
int ramster_leave(void)
{
	int err = 0;

	if (mutex_lock_interruptible(&switch_mutex))
		return -EINTR;
	if (joined)
		err = leave();
	mutex_unlock(&switch_mutex);
	return err;
}

/**
 * ramster_reboot() - this machine is about to stop
 *
 * Gives back what others have here, for a while, and tells them that they need not keep what
 * this machine has there longer than it is up.
 *
 * Context: may sleep, for ramster_reboot_timeout_s() and two requests at most.
 */
void ramster_reboot(void)
{
	/* Who is leaving does all that. */
	if (!mutex_trylock(&switch_mutex))
		return;
	if (joined) {
		stop();
		if (ramster_recall_all(ramster_reboot_timeout_s(), false))
			pr_warn("pages of other nodes are still here: they have lost them, or use their other copies\n");
		ramster_peers_goodbye(true);
	}
	mutex_unlock(&switch_mutex);
}

static int __init tables_init(void)
{
	int err;

	err = ramster_page_init();
	if (err)
		return err;
	err = ramster_peers_init();
	if (err)
		goto out_page;
	err = ramster_fetch_init();
	if (err)
		goto out_peers;
	err = ramster_flush_init();
	if (err)
		goto out_fetch;
	err = ramster_move_init();
	if (err)
		goto out_flush;
	err = ramster_accounts_init();
	if (err)
		goto out_move;
	return 0;

out_move:
	ramster_move_exit();
out_flush:
	ramster_flush_exit();
out_fetch:
	ramster_fetch_exit();
out_peers:
	ramster_peers_exit();
out_page:
	ramster_page_exit();
	return err;
}

static void tables_exit(void)
{
	ramster_accounts_exit();
	ramster_move_exit();
	ramster_flush_exit();
	ramster_fetch_exit();
	ramster_peers_exit();
	ramster_page_exit();
}

static int __init ramster_init(void)
{
	int err;

	user_ops.nr_handlers = ramster_nr_handlers;
	err = ramster_stats_init();
	if (err)
		return err;
	/* Makes room for swap-out, so it must run when there is no memory. */
	ramster_wq = alloc_workqueue("ramster", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!ramster_wq) {
		err = -ENOMEM;
		goto out_stats;
	}
	err = tables_init();
	if (err)
		goto out_wq;
	err = ramster_sysfs_init();
	if (err)
		goto out_tables;
	err = ramster_power_init();
	if (err)
		goto out_sysfs;
	err = ramster_join();
	if (err)
		goto out_power;
	return 0;

out_power:
	ramster_power_exit();
out_sysfs:
	ramster_sysfs_exit();
out_tables:
	tables_exit();
out_wq:
	destroy_workqueue(ramster_wq);
out_stats:
	ramster_stats_exit();
	return err;
}

/* We have left: while we had not, those that we joined kept us loaded. */
static void __exit ramster_exit(void)
{
	ramster_power_exit();
	ramster_sysfs_exit();
	ramster_fetch_stop();
	ramster_move_stop();
	destroy_workqueue(ramster_wq);
	tables_exit();
	ramster_stats_exit();
}

module_init(ramster_init);
module_exit(ramster_exit);
MODULE_DESCRIPTION("Pages of this machine in the RAM of others, and theirs in ours");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
