// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a page that other nodes may have: the table has the edges that are listed
 * here and no other, and a word comes back as it went in.
 */
#include "test.h"

#include "../../ramster/state.c"

static const struct edge {
	enum ramster_state from;
	enum ramster_event event;
	enum ramster_state to;
} edges[] = {
#define EDGE(from, event, to) \
	{ RAMSTER_STATE_##from, RAMSTER_EVENT_##event, RAMSTER_STATE_##to }
	EDGE(FREE, SEND, SENDING),
	EDGE(SENDING, COPY_GONE, SENDING),
	EDGE(SENDING, UNSENT, FREE),
	EDGE(SENDING, REFUSED, FLUSHING),
	EDGE(SENDING, ACKED, REMOTE),
	EDGE(REMOTE, COPY_GONE, REMOTE),
	EDGE(REMOTE, STALE, FLUSHING),
	EDGE(REMOTE, GET, FETCHING),
	EDGE(REMOTE, LOCALIZED, REMOTE),
	EDGE(REMOTE, RELEASE, FLUSHING),
	EDGE(FETCHING, COPY_GONE, FETCHING),
	EDGE(FETCHING, GET, FETCHING),
	EDGE(FETCHING, GOT, REMOTE),
	EDGE(FETCHING, FAILED, REMOTE),
	EDGE(FETCHING, LOCALIZED, FETCHING),
	EDGE(FLUSHING, COPY_GONE, FLUSHING),
	EDGE(FLUSHING, FLUSHED, FREE),
#undef EDGE
};

static const struct edge *edge_of(unsigned int state, unsigned int event)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		if (edges[i].from == state && edges[i].event == event)
			return &edges[i];
	return NULL;
}

static void every_edge(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		CHECK_EQ(ramster_next(edges[i].from, edges[i].event), edges[i].to);
}

static void no_other_edge(void)
{
	unsigned int state, event, refused = 0;

	for (state = 0; state < 300; state++) {
		for (event = 0; event < 300; event++) {
			if (edge_of(state, event))
				continue;
			CHECK_EQ(ramster_next(state, event), RAMSTER_STATE_BAD);
			refused++;
		}
	}
	CHECK_EQ(refused, 300 * 300 - ARRAY_SIZE(edges));
	CHECK_EQ(ramster_next(-1, 0), RAMSTER_STATE_BAD);
	CHECK_EQ(ramster_next(0, -1), RAMSTER_STATE_BAD);
	CHECK_EQ(ramster_next(INT_MIN, INT_MAX), RAMSTER_STATE_BAD);
}

/* From free one gets everywhere, and from everywhere back. */
static void connected(void)
{
	unsigned int from, round, i;

	for (from = 0; from < RAMSTER_STATES_NR; from++) {
		unsigned int reached = BIT(from);

		for (round = 0; round < RAMSTER_STATES_NR; round++)
			for (i = 0; i < ARRAY_SIZE(edges); i++)
				if (reached & BIT(edges[i].from))
					reached |= BIT(edges[i].to);
		CHECK_EQ(reached, BIT(RAMSTER_STATES_NR) - 1);
	}
}

static void check_word(u64 name, u8 first, u8 second, unsigned int state)
{
	struct ramster_word word = { .name = name, .node = { first, second }, .state = state };
	struct ramster_word back = ramster_word_unpack(ramster_word_pack(&word));

	CHECK(back.name == name);
	CHECK_EQ(back.node[0], first);
	CHECK_EQ(back.node[1], second);
	CHECK_EQ(back.state, state);
}

static void words_come_back(void)
{
	unsigned int state, node, bit, i;
	struct rng rng;

	for (state = 0; state < 16; state++) {
		for (node = 0; node < 256; node++) {
			check_word(0, node, RAMSTER_NODE_NONE, state);
			check_word(RAMSTER_NAME_MAX, RAMSTER_NODE_NONE, node, state);
			check_word(RAMSTER_NAME_MAX / 3, node, 255 - node, state);
		}
		for (bit = 0; bit < RAMSTER_NAME_BITS; bit++)
			check_word(1ULL << bit, 0, 1, state);
	}
	rng_init(&rng, 0);
	for (i = 0; i < test_effort(100000); i++) {
		u64 packed = (u64)rng_next(&rng) << 32 | rng_next(&rng);
		struct ramster_word word = ramster_word_unpack(packed);

		/* Each bit means something. */
		CHECK(ramster_word_pack(&word) == packed);
	}
}

/* They are in what a debugger or a tracepoint shows: fixed. */
static void exact_words(void)
{
	struct ramster_word word = {
		.name = 0x123456789ab,
		.node = { 1, RAMSTER_NODE_NONE },
		.state = RAMSTER_STATE_REMOTE,
	};

	CHECK(ramster_word_pack(&word) == 0x123456789ab00fe2);
	word.node[1] = 0;
	word.state = RAMSTER_STATE_BAD;
	CHECK(ramster_word_pack(&word) == 0x123456789abfffef);
	word = ramster_word_unpack(0);
	CHECK_EQ(word.state, RAMSTER_STATE_FREE);
	CHECK_EQ(word.node[0], RAMSTER_NODE_NONE);
	CHECK_EQ(word.node[1], RAMSTER_NODE_NONE);
	CHECK(word.name == 0);
}

/* A name that is too long spoils nothing else. */
static void long_name(void)
{
	struct ramster_word word = { .name = U64_MAX, .node = { 3, 4 }, .state = 1 }, back;

	back = ramster_word_unpack(ramster_word_pack(&word));
	CHECK(back.name == RAMSTER_NAME_MAX);
	CHECK_EQ(back.node[0], 3);
	CHECK_EQ(back.node[1], 4);
	CHECK_EQ(back.state, RAMSTER_STATE_SENDING);
}

static void names(void)
{
	unsigned int i, k;

	CHECK(!strcmp(ramster_state_name(RAMSTER_STATE_FREE), "free"));
	CHECK(!strcmp(ramster_state_name(RAMSTER_STATE_FLUSHING), "flushing"));
	CHECK(!strcmp(ramster_event_name(RAMSTER_EVENT_SEND), "send"));
	CHECK(!strcmp(ramster_event_name(RAMSTER_EVENT_FLUSHED), "flushed"));
	for (i = 0; i < RAMSTER_STATES_NR; i++)
		for (k = 0; k < i; k++)
			CHECK(strcmp(ramster_state_name(i), ramster_state_name(k)));
	for (i = 0; i < RAMSTER_EVENTS_NR; i++)
		for (k = 0; k < i; k++)
			CHECK(strcmp(ramster_event_name(i), ramster_event_name(k)));
	for (i = 12; i < 300; i++) {
		CHECK(!strcmp(ramster_state_name(i), "bad"));
		CHECK(!strcmp(ramster_event_name(i), "bad"));
	}
	CHECK(!strcmp(ramster_state_name(RAMSTER_STATES_NR), "bad"));
	CHECK(!strcmp(ramster_state_name(-1), "bad"));
	CHECK(!strcmp(ramster_event_name(-1), "bad"));
}

int main(void)
{
	test_plan(7);
	RUN_BARE(every_edge);
	RUN_BARE(no_other_edge);
	RUN_BARE(connected);
	RUN_BARE(words_come_back);
	RUN_BARE(exact_words);
	RUN_BARE(long_name);
	RUN_BARE(names);
	return test_end();
}
