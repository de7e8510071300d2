// SPDX-License-Identifier: GPL-2.0-only
/* The `ramster` command: general options, and which subcommand it is. */
#include "cache.h"
#include "key.h"
#include "swap.h"
#include "updown.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum end cmd_help(int argc, char **argv);

static const struct command table[] = {
	{ "up", cmd_up, "[--config FILE] [--wait SECONDS]",
	  "start what the configuration says", true },
	{ "down", cmd_down, "[--swapoff | --keep-swap] [--timeout SECONDS] [--force] [--shutdown] [--config FILE]",
	  "bring all pages home and leave the cluster", true },
	{ "status", cmd_status, "",
	  "what is up, where the pages are, what is wrong", false },
	{ "top", cmd_top, "[--once | --batch] [--count N] [--delay SECONDS] [--svg FILE]",
	  "a live view", false },
	{ "swap", cmd_swap, "add NAME SIZE [--priority N] [--backing DEVICE] [--sync] | remove NAME [--timeout SECONDS] [--force] | list",
	  "swap devices", true },
	{ "cache", cmd_cache, "add NAME DEVICE [OPTION=VALUE ...] | remove NAME | list | message NAME WHAT [yes|no]",
	  "caches of file pages", true },
	{ "node", cmd_node, "add NAME --num N --address ADDRESS [--port PORT] | remove NAME [--force] | list",
	  "nodes of the cluster that is up", true },
	{ "key", cmd_key, "generate [FILE] [--force] | check [FILE]",
	  "the key of the cluster", true },
	{ "drain", cmd_drain, "[--timeout SECONDS] [--force]",
	  "bring stored pages back to plain memory", true },
	{ "stats", cmd_stats, "[--json | --prometheus]",
	  "all numbers", false },
	{ "doctor", cmd_doctor, "[--config FILE]",
	  "look for what is wrong, and say what to do", false },
	{ "plot", cmd_plot, "[--record SECONDS] [--interval SECONDS] [--samples FILE] [--replay FILE] -o FILE.svg|FILE.html",
	  "a picture of a period", false },
	{ "check", cmd_check, "[FILE]",
	  "mistakes in a configuration, with their lines", false },
	{ "help", cmd_help, "[COMMAND]",
	  "this", false },
};

const struct command *commands(size_t *count)
{
	*count = ARRAY_SIZE(table);
	return table;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (text_is(table[i].name, name))
			return &table[i];
	}
	return NULL;
}

static enum end no_command(const char *name)
{
	const char *names[ARRAY_SIZE(table)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		names[i] = table[i].name;
	near = text_nearest(name, names, ARRAY_SIZE(table));
	return near ? fail(END_USAGE, "there is no command '%s'; did you mean '%s'?", name, near) :
		      fail(END_USAGE, "there is no command '%s'; 'ramster help' lists them", name);
}

static enum end cmd_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 1) {
		command = find(argv[1]);
		if (!command)
			return no_command(argv[1]);
		printf("ramster %s %s\n\n%s. See ramster(8).\n", command->name, command->usage,
		       command->help);
		return END_OK;
	}
	puts("usage: ramster [--dry-run] [--quiet] COMMAND [ARGUMENT ...]\n");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		printf("  %-8s %s\n", table[i].name, table[i].help);
	puts("\n--dry-run says what would be done, and does nothing. 'ramster help COMMAND' says more,\n"
	     "ramster(8) all.\n\n"
	     "exit status: 0 done; 1 failed; 2 wrong command line; 3 wrong configuration;\n"
	     "4 refused, data would be lost; 5 not done in time");
	return END_OK;
}

/* Options before the command; returns how many words they are, or -1. */
static int general(int argc, char **argv)
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		const char *word = argv[at];

		if (text_is(word, "--dry-run") || text_is(word, "-n")) {
			opt.dry_run = true;
			continue;
		}
		if (text_is(word, "--quiet") || text_is(word, "-q")) {
			opt.quiet = true;
			continue;
		}
		if (text_is(word, "--config") && at + 1 < argc) {
			opt.config = argv[++at];
			continue;
		}
		if (text_is(word, "--version") || text_is(word, "--help")) {
			argv[at] += 2;
			return at;
		}
		if (text_is(word, "-h")) {
			argv[at] = "help";
			return at;
		}
		warning("unknown option %s; 'ramster help' lists them", word);
		return -1;
	}
	return at;
}

/* Listing needs no rights, a dry run neither. */
static bool needs_root(const struct command *command, int argc, char **argv)
{
	if (!command->root || opt.dry_run || *opt.root || !geteuid())
		return false;
	return argc < 2 || !(text_is(argv[1], "list") || text_is(argv[1], "check") ||
			     text_is(command->name, "key"));
}

int main(int argc, char **argv)
{
	const struct command *command;
	int at = general(argc, argv);

	/* What does not start as somebody else may take its root from the environment. */
	opt.root = secure_getenv("RAMSTER_ROOT") ?: "";
	if (at < 0)
		return END_USAGE;
	if (at == argc) {
		cmd_help(1, argv);
		return END_USAGE;
	}
	if (text_is(argv[at], "version")) {
		puts("ramster " TOOL_VERSION);
		return END_OK;
	}
	command = find(argv[at]);
	if (!command)
		return no_command(argv[at]);
	if (needs_root(command, argc - at, argv + at))
		return fail(END_FAILED, "%s: only root may do that; --dry-run shows what it would be",
			    command->name);
	return command->run(argc - at, argv + at);
}
