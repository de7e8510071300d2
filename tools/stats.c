// SPDX-License-Identifier: GPL-2.0-only
/* `ramster stats`: all numbers, for people, as JSON or for Prometheus. */
#include "snapshot.h"
#include "stats.h"
#include "updown.h"

#include <stdlib.h>

static void put_number(struct json_object *to, const char *name, uint64_t value)
{
	json_object_object_add(to, name, json_object_new_uint64(value));
}

static void put_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name, text ? json_object_new_string(text) : NULL);
}

static struct json_object *folder_json(const struct snapshot *snap, const char *folder)
{
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; i < NUMBERS; i++) {
		if (snap->known[i] && text_is(number_descs[i].folder, folder))
			put_number(all, number_descs[i].name, snap->value[i]);
	}
	return all;
}

static struct json_object *peer_json(const struct snapshot *snap, const struct peer *peer)
{
	struct json_object *one = json_object_new_object();

	put_number(one, "node", peer->num);
	put_text(one, "name", cluster_name_of(&snap->cluster, peer->num));
	put_text(one, "state", *peer->state ? peer->state : "unknown");
	put_number(one, "copies_there", peer->copies);
	put_number(one, "room_there_frames", peer->room);
	put_number(one, "theirs_here", peer->theirs);
	if (peer->timed) {
		put_number(one, "gets", peer->gets);
		put_number(one, "get_us", peer->get_us);
	}
	if (peer->linked) {
		put_text(one, "link", peer->link);
		json_object_object_add(one, "silent_ms", json_object_new_int64(peer->silent_ms));
		put_text(one, "reason", reason_text(peer->reason));
		put_number(one, "free_bytes", peer->free_bytes);
		put_number(one, "total_bytes", peer->total_bytes);
	}
	return one;
}

static struct json_object *swap_json(const struct swap *swap)
{
	struct json_object *one = json_object_new_object();

	put_text(one, "device", swap->device);
	put_text(one, "name", *swap->name ? swap->name : NULL);
	put_number(one, "size_bytes", swap->size);
	json_object_object_add(one, "active", json_object_new_boolean(swap->active));
	put_number(one, "used_bytes", swap->used);
	json_object_object_add(one, "priority", json_object_new_int64(swap->priority));
	return one;
}

static struct json_object *cluster_json(const struct snapshot *snap)
{
	const struct node *local = cluster_local(&snap->cluster);
	struct json_object *one = json_object_new_object();

	put_text(one, "name", snap->cluster.name);
	put_text(one, "this_node", local ? local->name : NULL);
	return one;
}

/* For json_object_put().  The manual promises each name. */
struct json_object *stats_json(const struct snapshot *snap)
{
	struct json_object *all = json_object_new_object();
	struct json_object *peers = json_object_new_array();
	struct json_object *rates = json_object_new_object();
	struct json_object *swaps = json_object_new_array();

	put_text(all, "version", TOOL_VERSION);
	json_object_object_add(all, "cluster", cluster_json(snap));
	json_object_object_add(all, "zcache", folder_json(snap, "zcache"));
	json_object_object_add(all, "ramster", folder_json(snap, "ramster"));
	for (size_t i = 0; i < snap->rate_count; i++)
		put_number(rates, snap->rates[i].name, snap->rates[i].per_second);
	json_object_object_add(all, "pages_per_second", rates);
	for (size_t i = 0; i < snap->peer_count; i++)
		json_object_array_add(peers, peer_json(snap, &snap->peers[i]));
	json_object_object_add(all, "peers", peers);
	for (size_t i = 0; i < snap->swap_count; i++)
		json_object_array_add(swaps, swap_json(&snap->swaps[i]));
	json_object_object_add(all, "swap", swaps);
	return all;
}

static void print_json(const struct snapshot *snap)
{
	struct json_object *all = stats_json(snap);

	puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(all);
}

/* One family of a number for each peer. */
static void peer_family(const struct snapshot *snap, const char *name, const char *type,
			const char *help, uint64_t (*value)(const struct peer *peer))
{
	if (!snap->peer_count)
		return;
	printf("# HELP ramster_peer_%s %s\n# TYPE ramster_peer_%s %s\n", name, help, name, type);
	for (size_t i = 0; i < snap->peer_count; i++) {
		const struct peer *peer = &snap->peers[i];

		/* Names of nodes have no character that would have to be escaped. */
		printf("ramster_peer_%s{node=\"%llu\",name=\"%s\"} %llu\n", name,
		       (unsigned long long)peer->num,
		       cluster_name_of(&snap->cluster, peer->num),
		       (unsigned long long)value(peer));
	}
}

static uint64_t is_ready(const struct peer *peer)
{
	return text_is(peer->state, "ready");
}

static uint64_t copies(const struct peer *peer)
{
	return peer->copies;
}

static uint64_t room(const struct peer *peer)
{
	return peer->room;
}

static uint64_t theirs(const struct peer *peer)
{
	return peer->theirs;
}

static uint64_t gets(const struct peer *peer)
{
	return peer->gets;
}

static uint64_t get_us(const struct peer *peer)
{
	return peer->get_us;
}

static void swap_families(const struct snapshot *snap)
{
	if (!snap->swap_count)
		return;
	printf("# HELP ramster_swap_size_bytes size of a swap device\n"
	       "# TYPE ramster_swap_size_bytes gauge\n");
	for (size_t i = 0; i < snap->swap_count; i++)
		printf("ramster_swap_size_bytes{device=\"%s\"} %llu\n", snap->swaps[i].device,
		       (unsigned long long)snap->swaps[i].size);
	printf("# HELP ramster_swap_used_bytes used of a swap device\n"
	       "# TYPE ramster_swap_used_bytes gauge\n");
	for (size_t i = 0; i < snap->swap_count; i++)
		printf("ramster_swap_used_bytes{device=\"%s\"} %llu\n", snap->swaps[i].device,
		       (unsigned long long)snap->swaps[i].used);
}

static void print_prometheus(const struct snapshot *snap)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		const struct number_desc *desc = &number_descs[i];
		bool ours = text_is(desc->folder, "ramster");
		const char *before = ours ? "ramster_" : "ramster_zcache_";
		const char *after = desc->type == EVENT ? "_total" : "";

		if (!snap->known[i])
			continue;
		printf("# HELP %s%s%s %s\n", before, desc->name, after, desc->help);
		printf("# TYPE %s%s%s %s\n", before, desc->name, after,
		       desc->type == EVENT ? "counter" : "gauge");
		printf("%s%s%s %llu\n", before, desc->name, after,
		       (unsigned long long)snap->value[i]);
	}
	peer_family(snap, "ready", "gauge", "1: the node lends", is_ready);
	peer_family(snap, "copies", "gauge", "copies of pages of this machine there", copies);
	peer_family(snap, "room_frames", "gauge", "page frames that it would give", room);
	peer_family(snap, "lent_pages", "gauge", "pages of it kept here", theirs);
	peer_family(snap, "gets_total", "counter", "gets that it has answered", gets);
	peer_family(snap, "get_microseconds_total", "counter", "time that these took", get_us);
	swap_families(snap);
}

static void print_plain(const struct snapshot *snap)
{
	for (size_t i = 0; i < NUMBERS; i++) {
		if (snap->known[i])
			printf("%-8s%-30s%14llu  %s\n", number_descs[i].folder,
			       number_descs[i].name, (unsigned long long)snap->value[i],
			       number_descs[i].help);
	}
}

enum end cmd_stats(int argc, char **argv)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	bool json = false, prometheus = false;
	const struct arg args[] = {
		{ "json", NULL, &json }, { "prometheus", NULL, &prometheus },
	};
	enum end end = END_OK;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0) {
		free(snap);
		return END_USAGE;
	}
	if (json && prometheus) {
		free(snap);
		return fail(END_USAGE, "stats: --json and --prometheus exclude each other");
	}
	snapshot_take(snap);
	if (json)
		print_json(snap);
	else if (prometheus)
		print_prometheus(snap);
	else if (snap->zcache)
		print_plain(snap);
	if (!snap->zcache)
		end = fail(END_FAILED, "module zcache is not loaded; 'ramster up' loads it");
	snapshot_free(snap);
	free(snap);
	return end;
}
