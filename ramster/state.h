/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page of ours is while other nodes may have it: states, events, and the word that
 * holds them.
 *
 * The table is in state.c and nowhere else.  The module asks it, the host tests look at
 * each of its entries, and tests/model/page.pml takes every step of a page by it.
 * Documentation/ramster.rst has the picture.
 */
#ifndef RAMSTER_STATE_H
#define RAMSTER_STATE_H

#include <linux/types.h>

/**
 * enum ramster_state - what a descriptor is
 * @RAMSTER_STATE_FREE:		nobody's; so is a word of zeroes
 * @RAMSTER_STATE_SENDING:	puts are under way; the store has the page and reads it there
 * @RAMSTER_STATE_REMOTE:	all copies were acknowledged; the index refers to it, is about
 *				to, or does not any more
 * @RAMSTER_STATE_FETCHING:	the same, and a get is under way, which others may join
 * @RAMSTER_STATE_FLUSHING:	nothing refers to it; it stays until each node in the word has
 *				answered a flush or has ended its lease
 * @RAMSTER_STATES_NR:		how many there are
 * @RAMSTER_STATE_BAD:		what follows an event that the table does not have; never stored
 *
 * A page that is only here has no descriptor; one of which no copy can be had has none either,
 * the slot of the index says that it is lost.
 */
enum ramster_state {
	RAMSTER_STATE_FREE,
	RAMSTER_STATE_SENDING,
	RAMSTER_STATE_REMOTE,
	RAMSTER_STATE_FETCHING,
	RAMSTER_STATE_FLUSHING,
	RAMSTER_STATES_NR,
	RAMSTER_STATE_BAD = 15,
};

/**
 * enum ramster_event - what happens to a descriptor
 * @RAMSTER_EVENT_SEND:		the word names the nodes that shall have a copy
 * @RAMSTER_EVENT_COPY_GONE:	a node that certainly has no copy was taken out of the word: it
 *				refused, was never asked, has answered a flush, or its lease
 *				ended
 * @RAMSTER_EVENT_UNSENT:	all puts have ended, and the word has no node
 * @RAMSTER_EVENT_REFUSED:	all puts have ended, and not each was acknowledged by a node
 *				still in the word, but the word has a node
 * @RAMSTER_EVENT_ACKED:	all puts have ended, and as many as wanted were acknowledged by
 *				nodes still in the word
 * @RAMSTER_EVENT_STALE:	the index was not switched: it has not the version that was sent
 * @RAMSTER_EVENT_GET:		somebody with a pin wants the bytes
 * @RAMSTER_EVENT_GOT:		they came, for all who wait
 * @RAMSTER_EVENT_FAILED:	no node in the word could give them, for all who wait
 * @RAMSTER_EVENT_LOCALIZED:	the index was switched from this to a local page
 * @RAMSTER_EVENT_RELEASE:	no slot refers to it, and nobody has a pin
 * @RAMSTER_EVENT_FLUSHED:	the word has no node any more
 * @RAMSTER_EVENTS_NR:		how many there are
 */
enum ramster_event {
	RAMSTER_EVENT_SEND,
	RAMSTER_EVENT_COPY_GONE,
	RAMSTER_EVENT_UNSENT,
	RAMSTER_EVENT_REFUSED,
	RAMSTER_EVENT_ACKED,
	RAMSTER_EVENT_STALE,
	RAMSTER_EVENT_GET,
	RAMSTER_EVENT_GOT,
	RAMSTER_EVENT_FAILED,
	RAMSTER_EVENT_LOCALIZED,
	RAMSTER_EVENT_RELEASE,
	RAMSTER_EVENT_FLUSHED,
	RAMSTER_EVENTS_NR,
};

#define RAMSTER_COPIES_MAX	2
#define RAMSTER_NODE_NONE	255

#define RAMSTER_NAME_BITS	44
#define RAMSTER_NAME_MAX	((1ULL << RAMSTER_NAME_BITS) - 1)

/**
 * struct ramster_word - what a descriptor's word says
 * @name:	that lenders know the page by, at most RAMSTER_NAME_MAX; never used twice
 * @node:	who may have a copy, RAMSTER_NODE_NONE: nobody
 * @state:	of the descriptor
 *
 * Packed it is one atomic 64-bit word: name and nodes change together with the state or not
 * at all.  Zero is the word of a free descriptor.
 */
struct ramster_word {
	u64			name;
	u8			node[RAMSTER_COPIES_MAX];
	enum ramster_state	state;
};

u64 ramster_word_pack(const struct ramster_word *word);
struct ramster_word ramster_word_unpack(u64 packed);

enum ramster_state ramster_next(enum ramster_state state, enum ramster_event event);

const char *ramster_state_name(enum ramster_state state);
const char *ramster_event_name(enum ramster_event event);

#endif /* RAMSTER_STATE_H */
