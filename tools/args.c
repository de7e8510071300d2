// SPDX-License-Identifier: GPL-2.0-only
/* The command line of a subcommand. */
#include "tool.h"

#include <string.h>

static const struct arg *find(const char *name, size_t len, const struct arg *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(args[i].name) == len && !strncmp(args[i].name, name, len))
			return &args[i];
	}
	return NULL;
}

static int unknown(const char *command, const char *option, const struct arg *args, size_t count)
{
	const char *names[16], *near;
	size_t i;

	for (i = 0; i < count && i < ARRAY_SIZE(names); i++)
		names[i] = args[i].name;
	near = text_nearest(option, names, i);
	if (near)
		warning("%s: unknown option --%s; did you mean --%s?", command, option, near);
	else
		warning("%s: unknown option --%s; see 'ramster help %s'", command, option, command);
	return -1;
}

/* One option; *at is moved on when its value is a word of its own. */
static int option(int argc, char **argv, int *at, const struct arg *args, size_t count)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct arg *arg = find(name, len, args, count);

	if (text_is(argv[*at], "-o"))
		arg = find("output", 6, args, count);
	else if (argv[*at][1] != '-')
		arg = NULL;
	if (!arg)
		return unknown(argv[0], argv[*at][1] == '-' ? name : argv[*at] + 1, args, count);
	if (arg->flag) {
		if (equals) {
			warning("%s: --%s takes no value", argv[0], arg->name);
			return -1;
		}
		*arg->flag = true;
		return 0;
	}
	if (equals) {
		*arg->value = equals + 1;
	} else if (*at + 1 < argc) {
		*arg->value = argv[++*at];
	} else {
		warning("%s: --%s needs a value", argv[0], arg->name);
		return -1;
	}
	return 0;
}

/*
 * Reads the words after the name of a subcommand: @args, and @least to @most others.  Returns
 * how many others there were, or -1 after it has said what is wrong.
 */
int args_parse(int argc, char **argv, const struct arg *args, size_t count,
	       const char **words, int least, int most)
{
	int found = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			if (option(argc, argv, &i, args, count))
				return -1;
			continue;
		}
		if (found == most) {
			warning("%s: '%s' is one word too many; see 'ramster help %s'", argv[0],
				argv[i], argv[0]);
			return -1;
		}
		words[found++] = argv[i];
	}
	if (found < least) {
		warning("%s: something is missing; see 'ramster help %s'", argv[0], argv[0]);
		return -1;
	}
	return found;
}
