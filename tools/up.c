// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ramster up`: what the configuration says, and is not there yet.  The parts stand alone: a
 * machine whose cluster cannot start still gets its swap.
 */
#include "cache.h"
#include "cluster.h"
#include "fs.h"
#include "module.h"
#include "swap.h"
#include "updown.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS	200

/* Another cluster or another node than the one that is up would be noticed too late. */
static enum end bring_up_cluster(const struct config *conf)
{
	enum end end = module_load("ramster_cluster", conf);
	char *enabled;
	int err = 0;

	if (!end)
		end = module_load("ramster", conf);
	if (!end)
		end = cluster_up(conf);
	if (end)
		return end;
	enabled = fs_read("/sys/kernel/ramster/enabled");
	if (text_is(enabled, "0"))
		err = fs_write("1", "/sys/kernel/ramster/enabled");
	free(enabled);
	return err ? fail(END_FAILED, "ramster does not join: %s", strerror(-err)) : END_OK;
}

static size_t ready_peers(void)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	size_t ready = 0;

	snapshot_take(snap);
	for (size_t i = 0; i < snap->peer_count; i++)
		ready += text_is(snap->peers[i].state, "ready");
	snapshot_free(snap);
	free(snap);
	return ready;
}

/* Until all other nodes lend. */
static enum end wait_for_peers(const struct config *conf, uint64_t seconds)
{
	struct deadline until = deadline_in(seconds);
	size_t others = conf->node_count - 1, ready = 0;

	if (!seconds || !conf->cluster_line || opt.dry_run)
		return END_OK;
	while ((ready = ready_peers()) < others) {
		if (deadline_over(until))
			return fail(END_LATE, "after %llu s %zu of %zu other nodes lend; 'ramster status' shows which, 'ramster doctor' why",
				    (unsigned long long)seconds, ready, others);
		poll(NULL, 0, LOOK_MS);
	}
	return END_OK;
}

static enum end bring_up(const struct config *conf)
{
	enum end end = cluster_mount();

	if (!end)
		end = module_load("zcache", conf);
	/* A parameter that it does not take is no reason to go without it. */
	if (end && !module_loaded("zcache"))
		return end;
	for (size_t i = 0; i < conf->swap_count; i++)
		end = worse(end, swap_make(&conf->swaps[i]));
	for (size_t i = 0; i < conf->cache_count; i++)
		end = worse(end, cache_make(&conf->caches[i]));
	if (conf->cluster_line)
		end = worse(end, bring_up_cluster(conf));
	return end;
}

enum end cmd_up(int argc, char **argv)
{
	const char *wait = NULL;
	const struct arg args[] = { { "config", &opt.config, NULL }, { "wait", &wait, NULL } };
	struct config *conf;
	uint64_t seconds = 0;
	enum end end;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	if (wait && parse_u64(wait, &seconds))
		return fail(END_USAGE, "up: --wait is a number of seconds, not '%s'", wait);
	conf = config_load(&end);
	if (!conf)
		return end;
	end = bring_up(conf);
	if (!end)
		end = wait_for_peers(conf, seconds);
	if (end && end != END_LATE)
		warning("not all is up; what is stays. 'ramster down --swapoff' removes it");
	else if (!end && !opt.dry_run)
		say("up: %s", conf->cluster_line ? conf->cluster : "without a cluster");
	config_free(conf);
	return end;
}

/* check FILE: all mistakes, with their lines. */
enum end cmd_check(int argc, char **argv)
{
	const char *words[1] = { NULL };
	struct config *conf;
	enum end end;

	if (args_parse(argc, argv, NULL, 0, words, 0, 1) < 0)
		return END_USAGE;
	if (words[0])
		opt.config = words[0];
	conf = config_load(&end);
	if (!conf)
		return end;
	say("%s: no mistakes: %zu nodes, %zu swap devices, %zu caches", conf->file,
	    conf->node_count, conf->swap_count, conf->cache_count);
	config_free(conf);
	return END_OK;
}
