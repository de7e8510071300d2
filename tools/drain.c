// SPDX-License-Identifier: GPL-2.0-only
/* `ramster drain`: stored pages back to plain memory, one device after the other. */
#include "swap.h"

#include <stdlib.h>

/* Each is looked at anew: the one before has taken memory. */
static enum end drain_one(size_t index, bool force, struct deadline until)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	struct swap swap;
	enum end end = END_OK;

	snapshot_take(snap);
	swap = snap->swaps[index];
	if (index < snap->swap_count && swap.active) {
		end = force ? END_OK : swap_refused(snap, &swap);
		if (!end)
			end = swap_off(swap.device, until);
		if (!end) {
			char *path = text_of("/dev/%s", swap.device);
			char used[16];

			end = swap_on(path, swap.priority < 0 ? NUMBER_NONE :
							       (uint64_t)swap.priority);
			if (!end && !opt.dry_run)
				say("%s: %s back in memory", path, human_bytes(swap.used, used));
			free(path);
		}
	}
	snapshot_free(snap);
	free(snap);
	return end;
}

enum end cmd_drain(int argc, char **argv)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	const char *timeout = NULL;
	bool force = false;
	const struct arg args[] = { { "force", NULL, &force }, { "timeout", &timeout, NULL } };
	enum end end = END_OK;
	uint64_t seconds = 0;
	struct deadline until;
	size_t count;

	snapshot_take(snap);
	count = snap->swap_count;
	snapshot_free(snap);
	free(snap);
	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	if (timeout && parse_u64(timeout, &seconds))
		return fail(END_USAGE, "drain: --timeout is a number of seconds, not '%s'", timeout);
	if (!count)
		say("no swap device of ours, so nothing to drain");
	until = deadline_in(seconds);
	for (size_t i = 0; i < count && !end; i++)
		end = drain_one(i, force, until);
	return end;
}
