// SPDX-License-Identifier: GPL-2.0-only
/* `ramster status`: what is up, where the pages are, and what is wrong, in words. */
#include "cache.h"
#include "snapshot.h"
#include "updown.h"

#include <stdlib.h>

static const char *pages(uint64_t count, char buf[32])
{
	char size[16];

	snprintf(buf, 32, "%llu (%s)", (unsigned long long)count,
		 human_bytes(count * PAGE_BYTES, size));
	return buf;
}

static void show_cluster(const struct snapshot *snap)
{
	const struct node *local = cluster_local(&snap->cluster);

	if (!snap->cluster.name)
		printf("cluster   none\n");
	else if (!local)
		printf("cluster   %s, not started\n", snap->cluster.name);
	else
		printf("cluster   %s, this machine is node %s (%s)%s\n", snap->cluster.name,
		       local->num, local->name,
		       snap->ramster && !snap->value[NR_ramster_enabled] ?
		       ", which has left: it neither lends nor borrows" : "");
}

static void show_copies(const struct snapshot *snap)
{
	if (snap->ramster)
		printf("copies    %s\n", snap->single_copy ?
		       "one: if the machine that has a page dies, the page is lost" :
		       "two: no single machine that dies loses a page");
}

static void show_pages(const struct snapshot *snap)
{
	const uint64_t *value = snap->value;
	char buf[32], size[16];

	if (!snap->zcache)
		return;
	printf("pages     %s stored here, in %s\n", pages(value[NR_zcache_pers_zpages], buf),
	       human_bytes(value[NR_zcache_pers_pages] * PAGE_BYTES, size));
	if (snap->ramster)
		printf("          %s on other machines\n", pages(snapshot_away(snap), buf));
	if (value[NR_zcache_backing_pages])
		printf("          %s on backing devices\n",
		       pages(value[NR_zcache_backing_pages], buf));
	if (value[NR_zcache_eph_zpages])
		printf("          %s of files, as a cache\n",
		       pages(value[NR_zcache_eph_zpages], buf));
	if (snap->ramster)
		printf("          %s kept for other machines, in %s\n",
		       pages(value[NR_zcache_lent_zpages], buf),
		       human_bytes(value[NR_zcache_lent_pages] * PAGE_BYTES, size));
}

static void show_peers(const struct snapshot *snap)
{
	char room[16];

	if (snap->peer_count)
		printf("\n%-4s %-16s %-10s %12s %12s %12s\n", "NODE", "NAME", "STATE",
		       "COPIES THERE", "ROOM THERE", "THEIRS HERE");
	for (size_t i = 0; i < snap->peer_count; i++) {
		const struct peer *peer = &snap->peers[i];

		printf("%-4llu %-16s %-10s %12llu %12s %12llu\n", (unsigned long long)peer->num,
		       cluster_name_of(&snap->cluster, peer->num),
		       *peer->state ? peer->state : "unknown", (unsigned long long)peer->copies,
		       human_bytes(peer->room * PAGE_BYTES, room),
		       (unsigned long long)peer->theirs);
	}
}

static void show_swaps(const struct snapshot *snap)
{
	char size[16], used[16];

	if (snap->swap_count)
		putchar('\n');
	for (size_t i = 0; i < snap->swap_count; i++) {
		const struct swap *swap = &snap->swaps[i];

		if (swap->active)
			printf("swap      /dev/%s, %s of %s used, priority %lld\n", swap->device,
			       human_bytes(swap->used, used), human_bytes(swap->size, size),
			       (long long)swap->priority);
		else
			printf("swap      /dev/%s, %s, not swapped to\n", swap->device,
			       human_bytes(swap->size, size));
	}
}

/* How many things somebody should look at. */
static unsigned int show_trouble(const struct snapshot *snap)
{
	const uint64_t *value = snap->value;
	unsigned int troubles = 0;

	for (size_t i = 0; i < snap->peer_count; i++) {
		const struct peer *peer = &snap->peers[i];

		if (!snap->ramster || text_is(peer->state, "ready"))
			continue;
		printf("%snode %llu (%s) is %s", troubles++ ? "" : "\n",
		       (unsigned long long)peer->num,
		       cluster_name_of(&snap->cluster, peer->num), peer->state);
		if (peer->linked && !text_is(peer->link, "up"))
			printf(": %s", reason_text(peer->reason));
		putchar('\n');
	}
	if (value[NR_ramster_pages_lost])
		printf("%s%llu pages are lost: no copy is left, and programs that need one are killed\n",
		       troubles++ ? "" : "\n",
		       (unsigned long long)value[NR_ramster_pages_lost]);
	if (value[NR_ramster_bad_seals])
		printf("%s%llu pages came back as other bytes: find out which node that was (dmesg)\n",
		       troubles++ ? "" : "\n", (unsigned long long)value[NR_ramster_bad_seals]);
	if (value[NR_ramster_repairing])
		printf("%sthere may be pages with one copy less than they should have; they are being repaired\n",
		       troubles++ ? "" : "\n");
	if (value[NR_zcache_backing_read_errors] + value[NR_zcache_backing_write_errors])
		printf("%sa backing device has had %llu errors\n", troubles++ ? "" : "\n",
		       (unsigned long long)(value[NR_zcache_backing_read_errors] +
					    value[NR_zcache_backing_write_errors]));
	return troubles;
}

enum end cmd_status(int argc, char **argv)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	enum end end = END_OK;

	if (args_parse(argc, argv, NULL, 0, NULL, 0, 0) < 0) {
		free(snap);
		return END_USAGE;
	}
	snapshot_take(snap);
	if (!snap->zcache && !snap->cluster.name) {
		printf("nothing is up; 'ramster up' starts what is in %s\n", CONFIG_FILE);
		end = END_FAILED;
	} else {
		show_cluster(snap);
		show_copies(snap);
		show_pages(snap);
		show_peers(snap);
		show_swaps(snap);
		if (show_trouble(snap))
			end = END_FAILED;
	}
	snapshot_free(snap);
	free(snap);
	return end;
}
