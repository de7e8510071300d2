// SPDX-License-Identifier: GPL-2.0-only
/* Our kernel modules: loaded with the parameters of the configuration, or told them later. */
#include "module.h"
#include "fs.h"
#include "param.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETS_MAX	48

bool module_loaded(const char *name)
{
	return fs_exists("/sys/module/%s", name);
}

/* The kernel says Y and N. */
static bool same(const struct param *param, const char *now, const char *wanted)
{
	bool a, b;

	if (param->type == PARAM_BOOL)
		return !parse_bool(now, &a) && !parse_bool(wanted, &b) && a == b;
	return text_is(now, wanted);
}

/* A parameter of a loaded module. */
enum end module_set(const char *module, const char *name, const char *value)
{
	const struct param *param = param_find(module, name);
	char *now = fs_read("/sys/module/%s/parameters/%s", module, name);
	enum end end = END_OK;
	bool flag = false;
	int err;

	if (now && param && same(param, now, value)) {
		free(now);
		return END_OK;
	}
	free(now);
	if (param && param->load_only)
		return fail(END_FAILED, "%s of module %s can be set only when it is loaded; 'ramster down --swapoff', then 'ramster up'",
			    name, module);
	if (param && param->type == PARAM_BOOL && !parse_bool(value, &flag))
		value = flag ? "Y" : "N";
	err = fs_write(value, "/sys/module/%s/parameters/%s", module, name);
	if (err)
		end = fail(END_FAILED, "module %s does not take %s=%s: %s; 'dmesg' may say more",
			   module, name, value, strerror(-err));
	return end;
}

static enum end tell(const char *name, const struct config *conf)
{
	enum end end = END_OK;

	for (size_t i = 0; i < conf->set_count; i++) {
		if (text_is(conf->sets[i].module, name))
			end = worse(end, module_set(name, conf->sets[i].name,
						    conf->sets[i].value));
	}
	return end;
}

/* Loaded afterwards, with what @conf, which may be NULL, says of it. */
enum end module_load(const char *name, const struct config *conf)
{
	const char *args[SETS_MAX + 2] = { name };
	char *sets[SETS_MAX];
	size_t count = 0;
	int status;

	if (module_loaded(name))
		return conf ? tell(name, conf) : END_OK;
	for (size_t i = 0; conf && i < conf->set_count && count < SETS_MAX; i++) {
		const struct set_conf *set = &conf->sets[i];
		const struct param *param = param_find(name, set->name);
		bool flag = false;

		if (!text_is(set->module, name))
			continue;
		if (param && param->type == PARAM_BOOL && !parse_bool(set->value, &flag))
			sets[count] = text_of("%s=%s", set->name, flag ? "Y" : "N");
		else
			sets[count] = text_of("%s=%s", set->name, set->value);
		args[count + 1] = sets[count];
		count++;
	}
	status = run(RUN_MODPROBE, args);
	while (count)
		free(sets[--count]);
	return status ? fail(END_FAILED, "module %s cannot be loaded; 'ramster doctor' looks for the reason",
			     name) : END_OK;
}

/* Those that are loaded, in this order. */
enum end module_unload(const char *const *names)
{
	for (; *names; names++) {
		if (module_loaded(*names) && RUN(RUN_MODPROBE, "-r", *names))
			return fail(END_FAILED, "module %s cannot be unloaded; is a device of it still in use?",
				    *names);
	}
	return END_OK;
}
