// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches of clean file pages, between a file system and its disk: targets `zcache` of device
 * mapper, made by dmsetup.
 */
#include "cache.h"
#include "fs.h"
#include "module.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In sectors of 512 bytes, by the name that the kernel has for it. */
static int sectors_of(const char *device, uint64_t *sectors)
{
	char *path = fs_path("%s", device), *real = realpath(path, NULL);
	const char *name;
	int err = -errno;

	free(path);
	if (!real)
		return err;
	name = strrchr(real, '/') + 1;
	err = fs_read_u64(sectors, "/sys/class/block/%s/size", name);
	free(real);
	return err == -ENOENT ? -ENOTBLK : err;
}

enum end cache_make(const struct cache_conf *conf)
{
	uint64_t sectors;
	char *table;
	int err, status;

	if (fs_exists("/dev/mapper/%s", conf->name)) {
		say("cache %s is there already", conf->name);
		return END_OK;
	}
	err = sectors_of(conf->device, &sectors);
	if (err)
		return fail(END_FAILED, "cache %s: %s: %s", conf->name, conf->device,
			    strerror(-err));
	table = text_of("0 %llu zcache %s%s%s", (unsigned long long)sectors, conf->device,
			conf->options ? " " : "", conf->options ?: "");
	status = RUN(RUN_DMSETUP, "create", conf->name, "--table", table);
	free(table);
	if (status)
		return fail(END_FAILED, "cache %s cannot be made; is %s in use? 'dmesg' says more",
			    conf->name, conf->device);
	if (!opt.dry_run)
		say("cache %s: /dev/mapper/%s", conf->name, conf->name);
	return END_OK;
}

enum end cache_remove(const char *name)
{
	return RUN(RUN_DMSETUP, "remove", name) ?
		fail(END_FAILED, "cache %s cannot be removed; is it mounted?", name) : END_OK;
}

/* Of the targets that there are; ends with NULL. */
char **cache_names(size_t *count)
{
	char *text = RUN_OUTPUT(RUN_DMSETUP, "ls", "--target", "zcache");
	char *rest = text, *line, **names = need(calloc(1, sizeof(*names)));

	*count = 0;
	while ((line = strsep(&rest, "\n"))) {
		char *tab = strchr(line, '\t');

		/* "No devices found" has none. */
		if (!tab)
			continue;
		*tab = '\0';
		names = need(reallocarray(names, *count + 2, sizeof(*names)));
		names[(*count)++] = need(strdup(line));
		names[*count] = NULL;
	}
	free(text);
	return names;
}

void cache_names_free(char **names)
{
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}

static enum end add(int argc, char **argv)
{
	const char *words[32];
	int count = args_parse(argc, argv, NULL, 0, words, 2, ARRAY_SIZE(words));
	struct cache_conf conf = { 0 };
	enum end end;
	char *why;

	if (count < 0)
		return END_USAGE;
	why = name_wrong("cache", words[0]);
	if (why) {
		warning("%s", why);
		free(why);
		return END_USAGE;
	}
	if (*words[1] != '/')
		return fail(END_USAGE, "cache add: the device is a path from / on, not '%s'",
			    words[1]);
	for (int i = 2; i < count; i++) {
		char *all;

		if (!strchr(words[i], '=') || *words[i] == '=')
			return fail(END_USAGE, "cache add: options are name=value, not '%s'",
				    words[i]);
		all = text_of("%s%s%s", conf.options ?: "", conf.options ? " " : "", words[i]);
		free(conf.options);
		conf.options = all;
	}
	conf.name = (char *)words[0];
	conf.device = (char *)words[1];
	end = module_load("zcache", NULL);
	if (!end)
		end = cache_make(&conf);
	free(conf.options);
	return end;
}

/* NAME: START LENGTH zcache name=value ... */
static enum end list(void)
{
	size_t count;
	char **names = cache_names(&count);

	if (!count)
		say("no cache; 'ramster cache add NAME DEVICE' makes one");
	for (size_t i = 0; i < count; i++) {
		char *status = RUN_OUTPUT(RUN_DMSETUP, "status", names[i]);
		char *pairs = status ? strstr(status, " zcache ") : NULL;

		if (pairs)
			pairs[strcspn(pairs + 1, "\n") + 1] = '\0';
		printf("%s: %s\n", names[i], pairs ? pairs + strlen(" zcache ") : "no status");
		free(status);
	}
	cache_names_free(names);
	return END_OK;
}

/* What the target knows: some are switches. */
static const struct {
	const char	*what;
	bool		is_switch;
} messages[] = {
	{ "drop", false }, { "reset", false }, { "flush", false }, { "verify", true },
	{ "enable", true },
};

static enum end unknown_message(const char *what)
{
	const char *known[ARRAY_SIZE(messages)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		known[i] = messages[i].what;
	near = text_nearest(what, known, ARRAY_SIZE(known));
	return near ? fail(END_USAGE, "cache message: '%s'; did you mean %s?", what, near) :
		      fail(END_USAGE, "cache message: '%s' is none of drop, reset, flush, verify yes|no, enable yes|no",
			   what);
}

static enum end message(const char *name, const char *what, const char *value)
{
	bool on = false;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		if (!text_is(messages[i].what, what))
			continue;
		if (!messages[i].is_switch && value)
			return fail(END_USAGE, "cache message: %s stands alone, without '%s'",
				    what, value);
		if (messages[i].is_switch && (!value || parse_bool(value, &on)))
			return fail(END_USAGE, "cache message: %s is followed by yes or no", what);
		status = value ? RUN(RUN_DMSETUP, "message", name, "0", what, on ? "1" : "0") :
				 RUN(RUN_DMSETUP, "message", name, "0", what);
		return status ? fail(END_FAILED, "cache %s does not take '%s'", name, what) :
				END_OK;
	}
	return unknown_message(what);
}

enum end cmd_cache(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (text_is(verb, "add")) {
		argv[1] = "cache add";
		return add(argc - 1, argv + 1);
	}
	if (text_is(verb, "remove") && argc == 3)
		return cache_remove(argv[2]);
	if (text_is(verb, "list") && argc == 2)
		return list();
	if (text_is(verb, "message") && (argc == 4 || argc == 5))
		return message(argv[2], argv[3], argv[4]);
	return fail(END_USAGE, "cache: say add NAME DEVICE [OPTION=VALUE ...], remove NAME, list or message NAME WHAT [yes|no]; see 'ramster help cache'");
}
