/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all parts of the `ramster` command share: how it ends, what it was asked in general,
 * and how it speaks.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How the command ends; ramster(8) promises these. */
enum end {
	END_OK		= 0,
	END_FAILED	= 1,	/* something went wrong, and was said */
	END_USAGE	= 2,	/* the command line makes no sense */
	END_CONFIG	= 3,	/* the configuration is wrong */
	END_REFUSED	= 4,	/* data would be lost, or there is no room for it */
	END_LATE	= 5,	/* not done in the time that was given */
};

#define CONFIG_FILE	"/etc/ramster/ramster.conf"
#define KEY_FILE	"/etc/ramster/cluster.key"

/* Bytes of a page; the modules know no other on what they run on. */
#define PAGE_BYTES	4096ULL

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PRINTF(m, n)	__attribute__((format(printf, m, n)))

struct options {
	const char	*root;		/* before /sys, /proc, /etc; "" or a tree of a test */
	const char	*config;	/* NULL: CONFIG_FILE */
	bool		dry_run;	/* say what would be done */
	bool		quiet;
};

extern struct options opt;

/* A subcommand: its words from its own name on. */
struct command {
	const char	*name;
	enum end	(*run)(int argc, char **argv);
	const char	*usage;		/* arguments */
	const char	*help;		/* what it does, one line */
	bool		root;		/* changes the system */
};

const struct command *commands(size_t *count);

/* say.c */
PRINTF(1, 2) void say(const char *format, ...);
PRINTF(1, 2) void warning(const char *format, ...);
PRINTF(2, 3) enum end fail(enum end end, const char *format, ...);
enum end worse(enum end a, enum end b);

/* text.c */
void *need(void *memory);
PRINTF(1, 2) char *text_of(const char *format, ...);
bool text_is(const char *a, const char *b);
const char *text_nearest(const char *word, const char *const *words, size_t count);
int parse_u64(const char *text, uint64_t *value);
int parse_bool(const char *text, bool *value);
int parse_size(const char *text, uint64_t *bytes);
const char *human_bytes(uint64_t bytes, char buf[16]);
const char *human_count(uint64_t count, char buf[16]);

/* args.c: --name, --name=value, --name value, and what stands alone */
struct arg {
	const char	*name;		/* without dashes */
	const char	**value;	/* the option takes a value */
	bool		*flag;		/* or none */
};

int args_parse(int argc, char **argv, const struct arg *args, size_t count,
	       const char **words, int least, int most);

#endif /* TOOLS_TOOL_H */
