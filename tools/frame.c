// SPDX-License-Identifier: GPL-2.0-only
/* What `ramster top` shows: where the pages are, how many move, and who the peers are. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define BAR		32
#define AT_BAR		12
#define AT_TEXT		(AT_BAR + BAR + 4)

/* Mean of what was answered between two moments, or ever; below 0: nothing was. */
double frame_latency_ms(const struct peer *now, const struct peer *before)
{
	uint64_t gets = now->gets, us = now->get_us;

	if (before && before->gets <= gets && before->get_us <= us) {
		gets -= before->gets;
		us -= before->get_us;
	}
	return now->timed && gets ? us / 1000.0 / gets : -1;
}

static void draw_head(struct canvas *canvas, const struct snapshot *now)
{
	const struct node *local = cluster_local(&now->cluster);
	size_t ready = 0;
	int at;

	at = canvas_print(canvas, 0, 0, INK_BOLD, "ramster %s", TOOL_VERSION);
	if (!now->cluster.name) {
		canvas_print(canvas, 0, at, INK_PLAIN, "   no cluster");
	} else {
		at = canvas_print(canvas, 0, at, INK_PLAIN, "   cluster %s   node %s (%s)",
				  now->cluster.name, local ? local->num : "-",
				  local ? local->name : "not started");
		for (size_t i = 0; i < now->peer_count; i++)
			ready += text_is(now->peers[i].state, "ready");
		at = canvas_print(canvas, 0, at, ready == now->peer_count ? INK_GOOD : INK_BAD,
				  "   %zu of %zu peers ready", ready, now->peer_count);
		if (now->ramster)
			canvas_print(canvas, 0, at, now->single_copy ? INK_WARN : INK_PLAIN,
				     "   %s", now->single_copy ? "one copy" : "two copies");
	}
}

static int draw_kind(struct canvas *canvas, int row, const char *name, enum ink ink, char fill,
		     uint64_t pages, uint64_t frames, uint64_t limit)
{
	char count[16], size[16], most[16];

	canvas_print(canvas, row, 0, INK_PLAIN, "%s", name);
	canvas_bar(canvas, row, AT_BAR, BAR, ink, fill, frames, limit);
	canvas_print(canvas, row, AT_TEXT, INK_PLAIN, "%s pages in %s, at most %s",
		     human_count(pages, count), human_bytes(frames * PAGE_BYTES, size),
		     human_bytes(limit * PAGE_BYTES, most));
	return row + 1;
}

/* Pages that take no memory here, as a part of all that are ours. */
static int draw_gone(struct canvas *canvas, int row, const char *name, uint64_t pages,
		     uint64_t all)
{
	char count[16], size[16];

	canvas_print(canvas, row, 0, INK_PLAIN, "%s", name);
	canvas_bar(canvas, row, AT_BAR, BAR, INK_AWAY, '=', pages, all);
	canvas_print(canvas, row, AT_TEXT, INK_PLAIN, "%s pages (%s), %llu %% of ours",
		     human_count(pages, count), human_bytes(pages * PAGE_BYTES, size),
		     (unsigned long long)(all ? pages * 100 / all : 0));
	return row + 1;
}

static int draw_pages(struct canvas *canvas, int row, const struct snapshot *now)
{
	const uint64_t *value = now->value;
	uint64_t away = snapshot_away(now), backing = value[NR_zcache_backing_pages];
	uint64_t all = value[NR_zcache_pers_zpages] + value[NR_zcache_eph_zpages] + away + backing;

	canvas_print(canvas, row++, 0, INK_BOLD, "WHERE THE PAGES ARE");
	row = draw_kind(canvas, row, "here", INK_HERE, '#', value[NR_zcache_pers_zpages],
			value[NR_zcache_pers_pages], value[NR_zcache_pers_limit_pages]);
	if (value[NR_zcache_eph_zpages])
		row = draw_kind(canvas, row, "files", INK_HERE, '#', value[NR_zcache_eph_zpages],
				value[NR_zcache_eph_pages], value[NR_zcache_eph_limit_pages]);
	if (now->ramster)
		row = draw_gone(canvas, row, "elsewhere", away, all);
	if (backing)
		row = draw_gone(canvas, row, "backing", backing, all);
	if (now->ramster)
		row = draw_kind(canvas, row, "for others", INK_LENT, '+',
				value[NR_zcache_lent_zpages], value[NR_zcache_lent_pages],
				value[NR_zcache_lent_limit_pages]);
	return row + 1;
}

static int draw_swaps(struct canvas *canvas, int row, const struct snapshot *now)
{
	char used[16], size[16];

	for (size_t i = 0; i < now->swap_count; i++) {
		const struct swap *swap = &now->swaps[i];

		canvas_print(canvas, row, 0, INK_PLAIN, "%s", swap->device);
		canvas_bar(canvas, row, AT_BAR, BAR, INK_HERE, '#', swap->used, swap->size);
		if (swap->active)
			canvas_print(canvas, row, AT_TEXT, INK_PLAIN, "%s of %s, priority %lld",
				     human_bytes(swap->used, used), human_bytes(swap->size, size),
				     (long long)swap->priority);
		else
			canvas_print(canvas, row, AT_TEXT, INK_WARN, "%s, not swapped to",
				     human_bytes(swap->size, size));
		row++;
	}
	return now->swap_count ? row + 1 : row;
}

static int draw_rates(struct canvas *canvas, int row, const struct snapshot *now)
{
	static const struct {
		const char *label, *name;
	} shown[] = {
		{ "out", "out" }, { "got", "got" }, { "home", "home" }, { "dropped", "dropped" },
		{ "taken in", "taken_in" }, { "given back", "given_back" },
	};
	int at = AT_BAR;

	if (!now->rate_count)
		return row;
	canvas_print(canvas, row, 0, INK_BOLD, "PAGES/S");
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		at = canvas_print(canvas, row, at, INK_DIM, "%s ", shown[i].label);
		at = canvas_print(canvas, row, at, INK_BOLD, "%llu",
				  (unsigned long long)snapshot_rate(now, shown[i].name)) + 3;
	}
	return row + 2;
}

static enum ink state_ink(const char *state)
{
	if (text_is(state, "ready"))
		return INK_GOOD;
	return text_is(state, "attaching") ? INK_WARN : INK_BAD;
}

static void draw_peer(struct canvas *canvas, int row, const struct snapshot *now,
		      const struct peer *peer, const struct snapshot *before)
{
	const struct peer *then = before ? snapshot_peer(before, peer->num) : NULL;
	double ms = frame_latency_ms(peer, then);
	uint64_t gets = peer->gets, elapsed = before ? now->taken_ms - before->taken_ms : 0;
	char copies[16], room[16], theirs[16];

	canvas_print(canvas, row, 0, INK_PLAIN, "%-4llu %-16.16s", (unsigned long long)peer->num,
		     cluster_name_of(&now->cluster, peer->num));
	canvas_print(canvas, row, 22, state_ink(peer->state), "%-10s",
		     *peer->state ? peer->state : "unknown");
	canvas_print(canvas, row, 32, INK_PLAIN, "%12s %12s %12s",
		     human_count(peer->copies, copies), human_bytes(peer->room * PAGE_BYTES, room),
		     human_count(peer->theirs, theirs));
	if (elapsed && then && gets >= then->gets)
		canvas_print(canvas, row, 71, INK_PLAIN, "%10llu",
			     (unsigned long long)((gets - then->gets) * 1000 / elapsed));
	if (ms >= 0)
		canvas_print(canvas, row, 82, INK_PLAIN, "%9.2f ms", ms);
	else
		canvas_print(canvas, row, 82, INK_DIM, "%12s", "-");
}

static int draw_peers(struct canvas *canvas, int row, const struct snapshot *now,
		      const struct snapshot *before)
{
	if (!now->peer_count)
		return row;
	canvas_print(canvas, row++, 0, INK_BOLD, "%-4s %-16s %-10s%12s %12s %12s %10s %12s",
		     "PEER", "NAME", "STATE", "COPIES THERE", "ROOM THERE", "THEIRS HERE",
		     before ? "GETS/S" : "", "LATENCY");
	for (size_t i = 0; i < now->peer_count; i++)
		draw_peer(canvas, row++, now, &now->peers[i], before);
	return row + 1;
}

static int draw_trouble(struct canvas *canvas, int row, const struct snapshot *now)
{
	const uint64_t *value = now->value;

	if (now->ramster && !value[NR_ramster_enabled])
		canvas_print(canvas, row++, 0, INK_WARN, "this machine has left: it neither lends nor borrows");
	if (value[NR_ramster_pages_lost])
		canvas_print(canvas, row++, 0, INK_BAD, "%llu pages are lost",
			     (unsigned long long)value[NR_ramster_pages_lost]);
	if (value[NR_ramster_bad_seals])
		canvas_print(canvas, row++, 0, INK_BAD, "%llu pages came back as other bytes",
			     (unsigned long long)value[NR_ramster_bad_seals]);
	if (value[NR_ramster_repairing])
		canvas_print(canvas, row++, 0, INK_WARN, "pages may have one copy less than they should have; they are being repaired");
	return row;
}

/* @before may be NULL: rates of our own are not known then. */
void frame_draw(struct canvas *canvas, const struct snapshot *now, const struct snapshot *before)
{
	int row = 2;

	draw_head(canvas, now);
	if (!now->zcache) {
		canvas_print(canvas, row, 0, INK_WARN, "nothing is up; 'ramster up' starts it");
		return;
	}
	row = draw_pages(canvas, row, now);
	row = draw_swaps(canvas, row, now);
	row = draw_rates(canvas, row, now);
	row = draw_peers(canvas, row, now, before);
	draw_trouble(canvas, row, now);
}
