/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that the kernel says of us, at one moment. */
#ifndef TOOLS_SNAPSHOT_H
#define TOOLS_SNAPSHOT_H

#include "cluster.h"

#define PEERS_MAX	NODES_MAX
#define WORD_MAX	16

/* One number per file: folder in /sys/kernel, name, event or gauge, what it says. */
#define SNAPSHOT_NUMBERS(x)							\
	x(zcache, pers_zpages, GAUGE, "pages of this machine stored here")	\
	x(zcache, pers_zbytes, GAUGE, "bytes that they take in frames")		\
	x(zcache, eph_zpages, GAUGE, "ephemeral pages stored here")		\
	x(zcache, eph_zbytes, GAUGE, "bytes that they take in frames")		\
	x(zcache, lent_zpages, GAUGE, "pages of other machines stored here")	\
	x(zcache, lent_zbytes, GAUGE, "bytes that they take in frames")		\
	x(zcache, same_filled_pages, GAUGE, "pages of one word")		\
	x(zcache, raw_pages, GAUGE, "pages stored uncompressed")		\
	x(zcache, remote_zpages, GAUGE, "pages with the remote tier")		\
	x(zcache, backing_pages, GAUGE, "pages on backing devices")		\
	x(zcache, pers_pages, GAUGE, "page frames of pages of this machine")	\
	x(zcache, eph_pages, GAUGE, "page frames of ephemeral pages")		\
	x(zcache, lent_pages, GAUGE, "page frames of pages of other machines")	\
	x(zcache, pool_pages, GAUGE, "page frames in all")			\
	x(zcache, pers_limit_pages, GAUGE, "limit of page frames for pages of this machine") \
	x(zcache, eph_limit_pages, GAUGE, "limit of page frames for ephemeral pages") \
	x(zcache, lent_limit_pages, GAUGE, "limit of page frames for pages of other machines") \
	x(zcache, reserve_pages, GAUGE, "page frames in the reserve")		\
	x(zcache, reserve_target, GAUGE, "page frames that the reserve should have") \
	x(zcache, reserve_low, GAUGE, "fewest page frames that the reserve had")	\
	x(zcache, pers_puts, EVENT, "pages stored")				\
	x(zcache, pers_gets, EVENT, "gets answered")				\
	x(zcache, failed_pers_puts, EVENT, "puts refused")			\
	x(zcache, put_to_flush, EVENT, "puts turned into flushes while frozen")	\
	x(zcache, backing_writes, EVENT, "pages refused by the store and written to backing devices") \
	x(zcache, written_back, EVENT, "pages moved to backing devices")	\
	x(zcache, backing_reads, EVENT, "pages read from backing devices")	\
	x(zcache, backing_read_errors, EVENT, "reads of backing devices that failed") \
	x(zcache, backing_write_errors, EVENT, "writes to backing devices that failed") \
	x(ramster, enabled, GAUGE, "1: this machine takes part")		\
	x(ramster, room, GAUGE, "page frames that this machine would still lend") \
	x(ramster, repairing, GAUGE, "1: pages may have fewer copies than they should") \
	x(ramster, remote_pers_pages, GAUGE, "pages of this machine that are elsewhere") \
	x(ramster, remote_eph_pages, GAUGE, "ephemeral pages that are elsewhere") \
	x(ramster, flushing_pages, GAUGE, "pages that others are to drop")	\
	x(ramster, pers_pages_remoted, EVENT, "pages moved to other machines")	\
	x(ramster, eph_pages_remoted, EVENT, "ephemeral pages moved to other machines") \
	x(ramster, pers_pages_remote_failed, EVENT, "pages that were to move and stayed") \
	x(ramster, remote_pers_pages_succ_get, EVENT, "gets answered by other machines") \
	x(ramster, remote_pers_pages_unsucc_get, EVENT, "gets of pages that could not be had") \
	x(ramster, pages_home, EVENT, "pages brought home")			\
	x(ramster, pages_repaired, EVENT, "pages that were to come home as they had lost a copy") \
	x(ramster, pages_lost, EVENT, "pages of which no copy is left")		\
	x(ramster, bad_seals, EVENT, "pages that came back as other bytes")

enum number {
#define SNAPSHOT_ENUM(_folder, _name, _type, _help) NR_##_folder##_##_name,
	SNAPSHOT_NUMBERS(SNAPSHOT_ENUM)
#undef SNAPSHOT_ENUM
	NUMBERS
};

enum number_type { GAUGE, EVENT };

struct number_desc {
	const char		*folder;
	const char		*name;
	enum number_type	type;
	const char		*help;
};

extern const struct number_desc number_descs[NUMBERS];

/* Another node as lender of ours, as owner of what is here, and on the wire. */
struct peer {
	uint64_t	num;
	char		state[WORD_MAX];	/* ready, attaching, down, dead; "" unknown */
	uint64_t	copies;			/* of ours, there */
	uint64_t	room;			/* page frames that it would give */
	uint64_t	theirs;			/* pages of it, here */
	bool		timed;			/* this kernel module counts time */
	uint64_t	gets;			/* answered */
	uint64_t	get_us;			/* that these took */
	bool		linked;			/* what follows is known (debugfs) */
	char		link[WORD_MAX];		/* up, down, joining, closing */
	int64_t		silent_ms;
	uint64_t	reason;
	uint64_t	free_bytes;
	uint64_t	total_bytes;
};

struct rate {
	char		name[24];
	uint64_t	per_second;
};

struct swap {
	char		device[32];	/* zcache0 */
	char		name[NAME_MAX_CHARS + 1];	/* of its folder; "" if it has none */
	uint64_t	size;		/* bytes */
	bool		active;		/* swapped to */
	uint64_t	used;		/* bytes */
	int64_t		priority;
};

struct snapshot {
	bool		zcache;		/* loaded */
	bool		ramster;
	uint64_t	value[NUMBERS];
	bool		known[NUMBERS];
	struct cluster	cluster;
	struct peer	peers[PEERS_MAX];
	size_t		peer_count;
	struct rate	rates[16];
	size_t		rate_count;
	struct swap	swaps[32];
	size_t		swap_count;
	bool		single_copy;	/* one copy of a page is enough */
	uint64_t	mem_total;	/* bytes */
	uint64_t	mem_available;
	uint64_t	swap_other_free;	/* bytes, of devices that are not ours */
	int64_t		best_other_priority;	/* of these; INT64_MIN: there are none */
	uint64_t	taken_ms;	/* when, on a clock that only goes on */
};

void snapshot_take(struct snapshot *snap);
void snapshot_free(struct snapshot *snap);
const struct peer *snapshot_peer(const struct snapshot *snap, uint64_t num);
const struct peer *snapshot_unreachable(const struct snapshot *snap);
uint64_t snapshot_rate(const struct snapshot *snap, const char *name);
uint64_t snapshot_away(const struct snapshot *snap);
const char *reason_text(uint64_t reason);

#endif /* TOOLS_SNAPSHOT_H */
