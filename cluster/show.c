// SPDX-License-Identifier: GPL-2.0-only
/* What is shown of the links in debugfs. */
#include "internal.h"

#include <linux/jiffies.h>
#include <linux/seq_file.h>

typedef void (*show_fn)(struct seq_file *m, struct cluster_node *node);

static const char *state_text(enum cluster_link_state state)
{
	static const char * const texts[] = {
		[CLUSTER_LINK_DOWN] = "down", [CLUSTER_LINK_JOINING] = "joining",
		[CLUSTER_LINK_TELLING] = "joining", [CLUSTER_LINK_UP] = "up",
		[CLUSTER_LINK_CLOSING] = "closing",
	};

	return texts[state];
}

/* The line of a link; what it shows is of one moment. */
static void show_link(struct seq_file *m, struct cluster_node *node)
{
	struct cluster_link *link = &node->link;
	unsigned long flags;
	long silent_ms = -1;

	spin_lock_irqsave(&link->lock, flags);
	if (link->ever_heard)
		silent_ms = jiffies_to_msecs(jiffies - link->heard);
	seq_printf(m, "%u %s %s lanes=%u session=%llx incarnation=%llx", node->number, node->name,
		   state_text(link->state), link->lanes_in, link->session, link->incarnation);
	seq_printf(m, " credit_requests=%u credit_bytes=%u owed_requests=%u owed_bytes=%u",
		   link->credit_requests, link->credit_bytes, link->owed_requests,
		   link->owed_bytes);
	seq_printf(m, " queued=%u inflight=%u tx_messages=%llu tx_bytes=%llu",
		   link->queued, link->inflight, link->stats.tx_messages, link->stats.tx_bytes);
	seq_printf(m, " rx_messages=%llu rx_bytes=%llu timeouts=%llu late=%llu ups=%llu",
		   link->stats.rx_messages, link->stats.rx_bytes, link->stats.timeouts,
		   link->stats.late, link->stats.ups);
	seq_printf(m, " free_bytes=%llu total_bytes=%llu load_permille=%u silent_ms=%ld",
		   link->beat.free_bytes, link->beat.total_bytes, link->beat.load_permille,
		   silent_ms);
	seq_printf(m, " reason=%u\n", link->reason);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* Calls a function for each node that is another machine. */
static void show_others(struct seq_file *m, show_fn fn)
{
	unsigned int number;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct cluster_node *node = cluster_node_get(number);

		if (!node)
			continue;
		if (cluster_node_local() != node->number)
			fn(m, node);
		cluster_node_put(node);
	}
}

/**
 * cluster_links_show() - list all links
 * @m: one line each
 *
 * Context: may sleep.
 */
void cluster_links_show(struct seq_file *m)
{
	show_others(m, show_link);
}

static void show_requests(struct seq_file *m, struct cluster_node *node)
{
	cluster_requests_show(m, &node->link);
}

/**
 * cluster_inflight_show() - list all requests to other nodes that have not ended
 * @m: one line each
 *
 * Context: may sleep.
 */
void cluster_inflight_show(struct seq_file *m)
{
	show_others(m, show_requests);
}
