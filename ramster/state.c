// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transition table of a page that other nodes may have.
 *
 * Nothing else says what follows what.  An event that a state does not have here gives
 * RAMSTER_STATE_BAD: whoever meant to apply it counts that, and leaves the descriptor as it
 * is.  Pure functions: the host tests and the model compile this file too.
 */
#include "state.h"

#include <linux/build_bug.h>
#include <linux/kernel.h>

/* Of the word, from the top: name, nodes, state. */
#define STATE_BITS	4
#define STATE_MASK	((1ULL << STATE_BITS) - 1)
#define NODE_BITS	8
#define NODE_MASK	((1ULL << NODE_BITS) - 1)
#define NODE_SHIFT(nr)	(STATE_BITS + NODE_BITS * (nr))
#define NAME_SHIFT	NODE_SHIFT(RAMSTER_COPIES_MAX)

static_assert(NAME_SHIFT + RAMSTER_NAME_BITS == 64);
static_assert((RAMSTER_NAME_MAX << NAME_SHIFT) >> NAME_SHIFT == RAMSTER_NAME_MAX);
static_assert(RAMSTER_NODE_NONE == NODE_MASK);
static_assert(RAMSTER_STATE_FREE == 0);
static_assert(RAMSTER_STATES_NR <= RAMSTER_STATE_BAD);
static_assert(RAMSTER_STATE_BAD <= STATE_MASK);

/*
 * One more than the next state, so that what is not named is not there.
 *
 * COPY_GONE stays where it is, and is followed by what the word then says: the end of the
 * puts, LOST in the slot that refers to it, FLUSHED.
 */
#define TO(name)	(RAMSTER_STATE_##name + 1)

static const u8 table[RAMSTER_STATES_NR][RAMSTER_EVENTS_NR] = {
	[RAMSTER_STATE_FREE] = {
		[RAMSTER_EVENT_SEND]		= TO(SENDING),
	},
	[RAMSTER_STATE_SENDING] = {
		[RAMSTER_EVENT_COPY_GONE]	= TO(SENDING),
		[RAMSTER_EVENT_UNSENT]		= TO(FREE),
		[RAMSTER_EVENT_REFUSED]		= TO(FLUSHING),
		[RAMSTER_EVENT_ACKED]		= TO(REMOTE),
	},
	[RAMSTER_STATE_REMOTE] = {
		[RAMSTER_EVENT_COPY_GONE]	= TO(REMOTE),
		[RAMSTER_EVENT_STALE]		= TO(FLUSHING),
		[RAMSTER_EVENT_GET]		= TO(FETCHING),
		[RAMSTER_EVENT_LOCALIZED]	= TO(REMOTE),
		[RAMSTER_EVENT_RELEASE]		= TO(FLUSHING),
	},
	/* Whoever waits has a pin, so it is never released here. */
	[RAMSTER_STATE_FETCHING] = {
		[RAMSTER_EVENT_COPY_GONE]	= TO(FETCHING),
		[RAMSTER_EVENT_GET]		= TO(FETCHING),
		[RAMSTER_EVENT_GOT]		= TO(REMOTE),
		[RAMSTER_EVENT_FAILED]		= TO(REMOTE),
		[RAMSTER_EVENT_LOCALIZED]	= TO(FETCHING),
	},
	[RAMSTER_STATE_FLUSHING] = {
		[RAMSTER_EVENT_COPY_GONE]	= TO(FLUSHING),
		[RAMSTER_EVENT_FLUSHED]		= TO(FREE),
	},
};

static const char *const state_names[] = {
	[RAMSTER_STATE_FREE]		= "free",
	[RAMSTER_STATE_SENDING]		= "sending",
	[RAMSTER_STATE_REMOTE]		= "remote",
	[RAMSTER_STATE_FETCHING]	= "fetching",
	[RAMSTER_STATE_FLUSHING]	= "flushing",
};

static const char *const event_names[] = {
	[RAMSTER_EVENT_SEND]		= "send",
	[RAMSTER_EVENT_COPY_GONE]	= "copy_gone",
	[RAMSTER_EVENT_UNSENT]		= "unsent",
	[RAMSTER_EVENT_REFUSED]		= "refused",
	[RAMSTER_EVENT_ACKED]		= "acked",
	[RAMSTER_EVENT_STALE]		= "stale",
	[RAMSTER_EVENT_GET]		= "get",
	[RAMSTER_EVENT_GOT]		= "got",
	[RAMSTER_EVENT_FAILED]		= "failed",
	[RAMSTER_EVENT_LOCALIZED]	= "localized",
	[RAMSTER_EVENT_RELEASE]		= "release",
	[RAMSTER_EVENT_FLUSHED]		= "flushed",
};

static_assert(ARRAY_SIZE(state_names) == RAMSTER_STATES_NR);
static_assert(ARRAY_SIZE(event_names) == RAMSTER_EVENTS_NR);

/**
 * ramster_next() - what a descriptor becomes
 * @state:	that it has
 * @event:	that happens to it
 *
 * Return: the next state, which may be the same; RAMSTER_STATE_BAD if @event cannot happen in
 * @state, or either is none.
 */
enum ramster_state ramster_next(enum ramster_state state, enum ramster_event event)
{
	if ((unsigned int)state >= RAMSTER_STATES_NR || (unsigned int)event >= RAMSTER_EVENTS_NR ||
	    !table[state][event])
		return RAMSTER_STATE_BAD;
	return table[state][event] - 1;
}

/**
 * ramster_word_pack() - make one word
 * @word:	what it says; bits of the name above RAMSTER_NAME_BITS are not kept
 *
 * Return: the word, 0 for a free one without name and nodes.
 */
u64 ramster_word_pack(const struct ramster_word *word)
{
	u64 packed = word->name << NAME_SHIFT | ((u64)word->state & STATE_MASK);
	unsigned int i;

	/* Upside down, so that zero is nobody. */
	for (i = 0; i < RAMSTER_COPIES_MAX; i++)
		packed |= (u64)(RAMSTER_NODE_NONE - word->node[i]) << NODE_SHIFT(i);
	return packed;
}

/**
 * ramster_word_unpack() - the opposite of ramster_word_pack()
 * @packed:	the word
 *
 * Return: what it says.
 */
struct ramster_word ramster_word_unpack(u64 packed)
{
	struct ramster_word word = {
		.name = packed >> NAME_SHIFT,
		.state = packed & STATE_MASK,
	};
	unsigned int i;

	for (i = 0; i < RAMSTER_COPIES_MAX; i++)
		word.node[i] = RAMSTER_NODE_NONE - (packed >> NODE_SHIFT(i) & NODE_MASK);
	return word;
}

/**
 * ramster_state_name() - for logs and tracepoints
 * @state:	any number
 *
 * Return: a word in lower case, "bad" if there is no such state.
 */
const char *ramster_state_name(enum ramster_state state)
{
	return (unsigned int)state < RAMSTER_STATES_NR ? state_names[state] : "bad";
}

/**
 * ramster_event_name() - for logs and tracepoints
 * @event:	any number
 *
 * Return: words joined by underlines, in lower case, "bad" if there is no such event.
 */
const char *ramster_event_name(enum ramster_event event)
{
	return (unsigned int)event < RAMSTER_EVENTS_NR ? event_names[event] : "bad";
}
