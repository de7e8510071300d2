/* SPDX-License-Identifier: GPL-2.0-only */
/* Statistics of cluster, debugfs directory ramster_cluster/.  The file name is the counter name. */
#ifndef RAMSTER_CLUSTER_STATS_H
#define RAMSTER_CLUSTER_STATS_H

#include <linux/percpu.h>

/* Every attempt to start counts exactly once. */
#define CLUSTER_EVENTS(x)							\
	x(starts,		"times the cluster was started")		\
	x(starts_refused,	"... it was not: another node is local, no number, no key") \
	x(stops,		"times it was stopped")				\
	x(nodes_added,		"nodes that got their number")			\
	x(nodes_removed,	"... whose directory was removed after that")	\
	x(duplicates,		"numbers and addresses refused: another node has them")	\
	x(told_up,		"calls of the user's up")			\
	x(told_down,		"calls of the user's down")			\
	x(told_dead,		"calls of the user's dead")			\
	x(links_up,		"sessions that all lanes have joined")		\
	x(links_down,		"... that have ended")				\
	x(links_idle,		"sessions given up because nothing was heard")	\
	x(conns_out,		"connections that this node has made")		\
	x(conns_in,		"connections from nodes, let in")		\
	x(conns_strange,	"connections from no node that may connect, closed") \
	x(conns_too_often,	"connections from nodes, closed: too many in a second") \
	x(conns_displaced,	"connections that had not proved themselves when others came") \
	x(hellos_failed,	"connections that did not become lanes")	\
	x(messages_bad,		"messages that ended a link")			\
	x(requests_served,	"requests of other nodes that were answered")	\
	x(requests_timed_out,	"requests to other nodes that ended unanswered")	\
	x(replies_late,		"replies to requests that had ended")

#define CLUSTER_GAUGES(x)							\
	x(node_count,		"nodes that have a number")			\
	x(node_held,		"nodes removed that somebody still has a reference to")	\
	x(conn_count,		"connections from other nodes, and what is left of some") \
	x(half_open,		"... that have not proved themselves")		\
	x(lane_count,		"connections that have a lane")			\
	x(reply_pages,		"pages kept for replies")

/* Gauges are per-CPU sums as well: a CPU's share may be negative, the sum is not. */
enum cluster_stat {
#define CLUSTER_ENUM(name, help) CLUSTER_ST_##name,
	CLUSTER_EVENTS(CLUSTER_ENUM)
	CLUSTER_ST_NR_EVENTS,
	CLUSTER_ST_BEFORE_GAUGES = CLUSTER_ST_NR_EVENTS - 1,
	CLUSTER_GAUGES(CLUSTER_ENUM)
#undef CLUSTER_ENUM
	CLUSTER_ST_NR
};

extern u64 __percpu *cluster_stats;

#define cluster_count(name)	this_cpu_inc(cluster_stats[CLUSTER_ST_##name])
#define cluster_gauge_inc(name)	this_cpu_inc(cluster_stats[CLUSTER_ST_##name])
#define cluster_gauge_dec(name)	this_cpu_dec(cluster_stats[CLUSTER_ST_##name])

int cluster_stats_init(void);
void cluster_stats_exit(void);

#endif /* RAMSTER_CLUSTER_STATS_H */
