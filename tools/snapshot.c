// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what the kernel says of us: /sys/kernel/zcache and /sys/kernel/ramster, configfs,
 * /proc; and of links what debugfs has, where that can be read.  What cannot be read or makes no
 * sense is unknown, never an error: the module may go while we look.
 */
#include "snapshot.h"
#include "fs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct number_desc number_descs[NUMBERS] = {
#define SNAPSHOT_DESC(_folder, _name, _type, _help) { #_folder, #_name, _type, _help },
	SNAPSHOT_NUMBERS(SNAPSHOT_DESC)
#undef SNAPSHOT_DESC
};

/* Why a link is not up: the numbers of cluster/wire.h. */
const char *reason_text(uint64_t reason)
{
	static const char *const texts[] = {
		"the connection was lost or never came", "another version of the protocol",
		"another cluster", "the numbers of the nodes do not agree", "no such lane",
		"only one of the nodes is insecure", "busy", "the link of this lane is gone",
		"time-outs differ", "a newer link took its place",
		"a message that no correct node sends", "nothing was heard for too long",
		"the node leaves",
	};

	return reason < ARRAY_SIZE(texts) ? texts[reason] : "an unknown reason";
}

/* Calls @fn with the words of each line of a file. */
#define WORDS_MAX 32

typedef void (*line_fn)(struct snapshot *snap, char **words, size_t count);

static void each_line(struct snapshot *snap, const char *file, line_fn fn)
{
	char *text = fs_read("%s", file), *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *words[WORDS_MAX], *word;
		size_t count = 0;

		while (count < WORDS_MAX && (word = strsep(&line, " \t"))) {
			if (*word)
				words[count++] = word;
		}
		if (count)
			fn(snap, words, count);
	}
	free(text);
}

static struct peer *peer_of(struct snapshot *snap, const char *num)
{
	uint64_t number;

	if (parse_u64(num, &number) || number >= PEERS_MAX)
		return NULL;
	for (size_t i = 0; i < snap->peer_count; i++) {
		if (snap->peers[i].num == number)
			return &snap->peers[i];
	}
	snap->peers[snap->peer_count].num = number;
	return &snap->peers[snap->peer_count++];
}

static uint64_t number_or_0(const char *text)
{
	uint64_t number;

	return parse_u64(text, &number) ? 0 : number;
}

static void lender_line(struct snapshot *snap, char **words, size_t count)
{
	struct peer *peer = count == 4 ? peer_of(snap, words[0]) : NULL;

	if (!peer)
		return;
	snprintf(peer->state, sizeof(peer->state), "%s", words[1]);
	peer->copies = number_or_0(words[2]);
	peer->room = number_or_0(words[3]);
}

static void owner_line(struct snapshot *snap, char **words, size_t count)
{
	struct peer *peer = count == 2 ? peer_of(snap, words[0]) : NULL;

	if (peer)
		peer->theirs = number_or_0(words[1]);
}

static void gets_line(struct snapshot *snap, char **words, size_t count)
{
	struct peer *peer = count == 3 ? peer_of(snap, words[0]) : NULL;

	if (!peer)
		return;
	peer->timed = true;
	peer->gets = number_or_0(words[1]);
	peer->get_us = number_or_0(words[2]);
}

static void rate_line(struct snapshot *snap, char **words, size_t count)
{
	struct rate *rate = &snap->rates[snap->rate_count];

	if (count != 2 || snap->rate_count == ARRAY_SIZE(snap->rates))
		return;
	snprintf(rate->name, sizeof(rate->name), "%s", words[0]);
	rate->per_second = number_or_0(words[1]);
	snap->rate_count++;
}

/* NUMBER NAME STATE name=value ... */
static void link_line(struct snapshot *snap, char **words, size_t count)
{
	struct peer *peer = count > 3 ? peer_of(snap, words[0]) : NULL;

	if (!peer)
		return;
	peer->linked = true;
	snprintf(peer->link, sizeof(peer->link), "%s", words[2]);
	for (size_t i = 3; i < count; i++) {
		char *value = strchr(words[i], '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (text_is(words[i], "silent_ms"))
			peer->silent_ms = strtoll(value, NULL, 10);
		else if (text_is(words[i], "reason"))
			peer->reason = number_or_0(value);
		else if (text_is(words[i], "free_bytes"))
			peer->free_bytes = number_or_0(value);
		else if (text_is(words[i], "total_bytes"))
			peer->total_bytes = number_or_0(value);
	}
}

static void memory_line(struct snapshot *snap, char **words, size_t count)
{
	if (count < 2)
		return;
	if (text_is(words[0], "MemTotal:"))
		snap->mem_total = number_or_0(words[1]) << 10;
	else if (text_is(words[0], "MemAvailable:"))
		snap->mem_available = number_or_0(words[1]) << 10;
}

/* Filename Type Size Used Priority; sizes are KiB. */
static void swap_line(struct snapshot *snap, char **words, size_t count)
{
	uint64_t size, used;
	int64_t priority;

	if (count != 5 || parse_u64(words[2], &size) || parse_u64(words[3], &used))
		return;
	priority = strtoll(words[4], NULL, 10);
	for (size_t i = 0; i < snap->swap_count; i++) {
		struct swap *swap = &snap->swaps[i];

		if (strncmp(words[0], "/dev/", 5) || !text_is(words[0] + 5, swap->device))
			continue;
		swap->active = true;
		swap->used = used << 10;
		swap->priority = priority;
		return;
	}
	snap->swap_other_free += (size - used) << 10;
	if (priority > snap->best_other_priority)
		snap->best_other_priority = priority;
}

/* Our block devices, with the folder of configfs that made each. */
static void read_swaps(struct snapshot *snap)
{
	char **devices = fs_names("/sys/block");
	char **folders = fs_names("/sys/kernel/config/zcache");

	for (char **device = devices; *device; device++) {
		struct swap *swap = &snap->swaps[snap->swap_count];

		if (strncmp(*device, "zcache", 6) || snap->swap_count == ARRAY_SIZE(snap->swaps))
			continue;
		snprintf(swap->device, sizeof(swap->device), "%s", *device);
		if (!fs_read_u64(&swap->size, "/sys/block/%s/size", *device))
			swap->size <<= 9;
		for (char **folder = folders; *folder; folder++) {
			char *has = fs_read("/sys/kernel/config/zcache/%s/device", *folder);

			if (text_is(has, *device))
				snprintf(swap->name, sizeof(swap->name), "%s", *folder);
			free(has);
		}
		snap->swap_count++;
	}
	fs_names_free(devices);
	fs_names_free(folders);
	each_line(snap, "/proc/swaps", swap_line);
}

static int by_number(const void *a, const void *b)
{
	const struct peer *left = a, *right = b;

	return (left->num > right->num) - (left->num < right->num);
}

/* Nodes of which nobody has said anything are shown too. */
static void add_silent_nodes(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->cluster.count; i++) {
		const struct node *node = &snap->cluster.nodes[i];
		struct peer *peer;

		if (node->local || !*node->num)
			continue;
		peer = peer_of(snap, node->num);
		if (peer && !*peer->state && snap->ramster)
			snprintf(peer->state, sizeof(peer->state), "down");
	}
	qsort(snap->peers, snap->peer_count, sizeof(snap->peers[0]), by_number);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static bool one_copy(void)
{
	char *text = fs_read("/sys/module/ramster/parameters/single_copy");
	bool one = false;

	if (text)
		parse_bool(text, &one);
	free(text);
	return one;
}

void snapshot_take(struct snapshot *snap)
{
	memset(snap, 0, sizeof(*snap));
	snap->best_other_priority = INT64_MIN;
	snap->taken_ms = now_ms();
	snap->zcache = fs_exists("/sys/kernel/zcache");
	snap->ramster = fs_exists("/sys/kernel/ramster");
	for (size_t i = 0; i < NUMBERS; i++)
		snap->known[i] = !fs_read_u64(&snap->value[i], "/sys/kernel/%s/%s",
					      number_descs[i].folder, number_descs[i].name);
	snap->single_copy = one_copy();
	cluster_read(&snap->cluster);
	each_line(snap, "/sys/kernel/ramster/lenders", lender_line);
	each_line(snap, "/sys/kernel/ramster/owners", owner_line);
	each_line(snap, "/sys/kernel/ramster/gets", gets_line);
	each_line(snap, "/sys/kernel/ramster/rates", rate_line);
	each_line(snap, "/sys/kernel/debug/ramster_cluster/links", link_line);
	each_line(snap, "/proc/meminfo", memory_line);
	read_swaps(snap);
	add_silent_nodes(snap);
}

void snapshot_free(struct snapshot *snap)
{
	cluster_free(&snap->cluster);
}

const struct peer *snapshot_peer(const struct snapshot *snap, uint64_t num)
{
	for (size_t i = 0; i < snap->peer_count; i++) {
		if (snap->peers[i].num == num)
			return &snap->peers[i];
	}
	return NULL;
}

/*
 * A lender without which pages of ours cannot be had, or NULL.  Ephemeral pages are somewhere
 * else as well; and of two copies one may be away.
 */
const struct peer *snapshot_unreachable(const struct snapshot *snap)
{
	const struct peer *away = NULL;
	size_t count = 0;

	for (size_t i = 0; i < snap->peer_count; i++) {
		const struct peer *peer = &snap->peers[i];

		if (peer->copies && !text_is(peer->state, "ready")) {
			away = peer;
			count++;
		}
	}
	if (!snap->value[NR_ramster_remote_pers_pages])
		return NULL;
	return count > 1 || snap->single_copy ? away : NULL;
}

uint64_t snapshot_rate(const struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->rate_count; i++) {
		if (text_is(snap->rates[i].name, name))
			return snap->rates[i].per_second;
	}
	return 0;
}

/* Pages of ours that are on other machines. */
uint64_t snapshot_away(const struct snapshot *snap)
{
	return snap->value[NR_ramster_remote_pers_pages] +
	       snap->value[NR_ramster_remote_eph_pages];
}
