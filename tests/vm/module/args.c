// SPDX-License-Identifier: GPL-2.0-only
/* "verb name=number name=number": an argument that nobody asked for is a mistake. */
#include "internal.h"

#include <linux/string.h>

int zt_args_parse(struct zt_args *args, char *line)
{
	char *word;

	args->nr = 0;
	args->err = 0;
	line = strim(line);
	args->verb = strsep(&line, " ");
	while ((word = strsep(&line, " "))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (!value || args->nr == ZT_MAX_ARGS)
			return -EINVAL;
		*value++ = '\0';
		args->arg[args->nr].name = word;
		args->arg[args->nr].used = false;
		if (kstrtou64(value, 0, &args->arg[args->nr].value))
			return -EINVAL;
		args->nr++;
	}
	return 0;
}

/* The last of that name counts, so a script can overrule its defaults. */
u64 zt_arg(struct zt_args *args, const char *name, u64 missing)
{
	unsigned int i;

	for (i = 0; i < args->nr; i++) {
		if (strcmp(args->arg[i].name, name))
			continue;
		args->arg[i].used = true;
		missing = args->arg[i].value;
	}
	return missing;
}

/* To be called when all have been asked for, before anything is done. */
int zt_args_done(const struct zt_args *args)
{
	unsigned int i;

	for (i = 0; i < args->nr; i++) {
		if (!args->arg[i].used) {
			pr_err("%s knows no argument %s\n", args->verb, args->arg[i].name);
			return -EINVAL;
		}
	}
	return args->err;
}
