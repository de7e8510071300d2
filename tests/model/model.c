// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of ramster/state.c for the model, and the other way round: which of its edges
 * the model has taken, one line each, when it ends.
 *
 * With -DPRINT_TABLE it is a program of its own that prints the table for Promela, or, with
 * an argument, in the lines of the above.
 */
#include "model.h"

#include "../../ramster/state.c"

static void print_edge(int state, int event)
{
	printf("edge %s %s %s\n", ramster_state_name(state), ramster_event_name(event),
	       ramster_state_name(ramster_next(state, event)));
}

#ifdef PRINT_TABLE
#include <ctype.h>

static void define(const char *name, int value)
{
	printf("#define ");
	while (*name)
		putchar(toupper(*name++));
	printf(" %d\n", value);
}

int main(int argc, char **argv)
{
	int state, event;

	for (state = 0; argc == 1 && state < RAMSTER_STATES_NR; state++)
		define(ramster_state_name(state), state);
	for (event = 0; argc == 1 && event < RAMSTER_EVENTS_NR; event++)
		define(ramster_event_name(event), event);
	if (argc == 1)
		define("bad", RAMSTER_STATE_BAD);

	for (state = 0; argc > 1 && state < RAMSTER_STATES_NR; state++)
		for (event = 0; event < RAMSTER_EVENTS_NR; event++)
			if (ramster_next(state, event) != RAMSTER_STATE_BAD)
				print_edge(state, event);
	return 0;
}
#else
static bool taken[RAMSTER_STATES_NR][RAMSTER_EVENTS_NR];
static int follows[RAMSTER_STATES_NR][RAMSTER_EVENTS_NR];

/* EDGE=state,event,next in the environment: that edge of the table leads elsewhere. */
static bool is_wrong(int state, int event, int next)
{
	const char *edge = getenv("EDGE");
	char name[64];

	snprintf(name, sizeof(name), "%s,%s,%s", ramster_state_name(state),
		 ramster_event_name(event), ramster_state_name(next));
	return edge && !strcmp(edge, name);
}

static void __attribute__((constructor)) read_table(void)
{
	int state, event, next;

	for (state = 0; state < RAMSTER_STATES_NR; state++) {
		for (event = 0; event < RAMSTER_EVENTS_NR; event++) {
			follows[state][event] = ramster_next(state, event);
			for (next = 0; next < RAMSTER_STATES_NR; next++)
				if (is_wrong(state, event, next))
					follows[state][event] = next;
		}
	}
}

int model_step(int state, int event)
{
	int next = follows[state][event];

	if (next != RAMSTER_STATE_BAD)
		taken[state][event] = true;
	return next;
}

int model_number(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

static void __attribute__((destructor)) print_taken(void)
{
	int state, event;

	for (state = 0; state < RAMSTER_STATES_NR; state++)
		for (event = 0; event < RAMSTER_EVENTS_NR; event++)
			if (taken[state][event])
				print_edge(state, event);
}
#endif
