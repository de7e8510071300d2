// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens by the clock: heartbeats, pings, silence that lasts too long, and requests
 * whose time is over.  One thread for all links, which wakes often while requests are under
 * way.
 *
 * Time is jiffies, which clocks that are set do not change.
 */
#include "internal.h"
#include "trace.h"

#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/loadavg.h>

/* The grain of time-outs while requests are under way, and when one may just have begun. */
#define BUSY_MS		100
#define QUIET_MS	500

static struct task_struct *beater;

/**
 * cluster_beat_pack() - write how this machine is
 * @body: room for a struct cluster_wire_heartbeat
 *
 * Context: any.
 */
void cluster_beat_pack(void *body)
{
	u64 total = (u64)totalram_pages() << PAGE_SHIFT;
	long available = si_mem_available();
	struct cluster_heartbeat beat = {
		.incarnation = cluster_self.incarnation,
		.free_bytes = min_t(u64, (u64)max(available, 0L) << PAGE_SHIFT, total),
		.total_bytes = total,
		.load_permille = min_t(u64, (u64)avenrun[0] * 1000 >> FSHIFT, U32_MAX),
	};

	cluster_wire_pack_heartbeat(&beat, body);
}

static unsigned long ms_of(enum cluster_time which)
{
	return cluster_self.time_ms[which];
}

static unsigned int silent_ms(unsigned long heard)
{
	/* What was heard a moment ago may be in the future of this CPU's reading. */
	long silent = jiffies - heard;

	return silent < 0 ? 0 : jiffies_to_msecs(silent);
}

/* Each lane: what is due to be said, and whether the other side is still there. */
static bool tick_lane(struct cluster_lane *lane, bool beat)
{
	unsigned int silent = silent_ms(lane->heard);

	lockdep_assert_held(&lane->link->lock);
	if (silent >= ms_of(CLUSTER_IDLE))
		return false;
	if (beat && !lane->number) {
		lane->beat_due = true;
		wake_up_process(lane->sender);
	} else if (silent >= ms_of(CLUSTER_KEEPALIVE) && !lane->ping_due) {
		lane->ping_due = true;
		wake_up_process(lane->sender);
	}
	return true;
}

/* Whether nothing is wrong with the session of a link, if there is one. */
static bool tick_session(struct cluster_link *link)
{
	bool beat, good = true;
	unsigned int i;

	lockdep_assert_held(&link->lock);
	if (link->state != CLUSTER_LINK_UP && link->state != CLUSTER_LINK_TELLING)
		return true;
	beat = silent_ms(link->beat_at) >= ms_of(CLUSTER_KEEPALIVE);
	if (beat)
		link->beat_at = jiffies;
	for (i = 0; i < link->lanes_wanted; i++)
		good &= tick_lane(link->lanes[i], beat);
	return good;
}

/* Returns whether requests are under way. */
static bool tick(struct cluster_node *node)
{
	struct cluster_link *link = &node->link;
	bool good, died, busy;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	good = tick_session(link);
	died = link->started && link->state == CLUSTER_LINK_DOWN && !link->dead &&
	       silent_ms(link->heard) >= ms_of(CLUSTER_DEAD);
	if (died)
		link->dead = true;
	busy = link->queued || link->inflight;
	spin_unlock_irqrestore(&link->lock, flags);
	if (!good) {
		cluster_count(links_idle);
		cluster_link_close(link, CLUSTER_REASON_IDLE);
	}
	if (died) {
		pr_warn("node %u (%s): dead, nothing heard for %lu ms\n", node->number, node->name,
			ms_of(CLUSTER_DEAD));
		cluster_user_node_dead(node);
	}
	if (busy)
		cluster_requests_expire(link);
	return busy;
}

static int beater_thread(void *unused)
{
	while (!kthread_should_stop()) {
		unsigned int number;
		bool busy = false;

		for (number = 0; number < CLUSTER_NODES_MAX; number++) {
			struct cluster_node *node = cluster_node_get(number);

			if (!node)
				continue;
			busy |= tick(node);
			cluster_node_put(node);
		}
		schedule_timeout_interruptible(msecs_to_jiffies(busy ? BUSY_MS : QUIET_MS));
	}
	return 0;
}

/**
 * cluster_beat_start() - start the clock of all links
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; -ENOMEM.
 */
int cluster_beat_start(void)
{
	struct task_struct *task = kthread_run(beater_thread, NULL, "ramster_beat");

	lockdep_assert_held(&cluster_mutex);
	if (IS_ERR(task))
		return PTR_ERR(task);
	beater = task;
	return 0;
}

/**
 * cluster_beat_stop() - stop it
 *
 * Context: may sleep, cluster_mutex held; no link is started.
 */
void cluster_beat_stop(void)
{
	lockdep_assert_held(&cluster_mutex);
	kthread_stop(beater);
}

static enum cluster_node_state state_of(const struct cluster_link *link, unsigned int silent)
{
	lockdep_assert_held(&link->lock);
	/* One that was never up is not dead as long as it tries. */
	if (link->dead && link->ever_heard && silent >= ms_of(CLUSTER_DEAD))
		return CLUSTER_NODE_DEAD;
	if (link->state != CLUSTER_LINK_UP)
		return CLUSTER_NODE_DOWN;
	return silent < ms_of(CLUSTER_SUSPECT) ? CLUSTER_NODE_ALIVE : CLUSTER_NODE_SUSPECT;
}

/**
 * cluster_node_info() - what is known of a node
 * @node:	the caller has a reference
 * @info:	filled in
 *
 * Context: any but hard interrupts.
 */
void cluster_node_info(struct cluster_node *node, struct cluster_node_info *info)
{
	struct cluster_link *link = &node->link;
	unsigned long flags;

	*info = (struct cluster_node_info){ .silent_ms = U32_MAX };
	if (cluster_node_local() == node->number) {
		info->state = CLUSTER_NODE_ALIVE;
		info->silent_ms = 0;
		info->incarnation = cluster_self.incarnation;
		return;
	}
	spin_lock_irqsave(&link->lock, flags);
	if (link->ever_heard)
		info->silent_ms = silent_ms(link->heard);
	info->state = state_of(link, info->silent_ms);
	info->incarnation = link->incarnation;
	info->session = link->session;
	info->free_bytes = link->beat.free_bytes;
	info->total_bytes = link->beat.total_bytes;
	info->load_permille = link->beat.load_permille;
	spin_unlock_irqrestore(&link->lock, flags);
}
EXPORT_SYMBOL_GPL(cluster_node_info);
