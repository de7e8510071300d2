// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters of the modules and their bounds, so that a mistake is found before anything is
 * loaded.  tests/tools/params.t compares the table with the modules.
 */
#include "param.h"

#include <string.h>

#define UINT	4294967295ULL

static const struct param params[] = {
	{ "zcache", "pers_max_percent", PARAM_NUMBER, 1, 150, false },
	{ "zcache", "pers_max_mib", PARAM_NUMBER, 0, UINT, false },
	{ "zcache", "eph_max_percent", PARAM_NUMBER, 0, 100, false },
	{ "zcache", "eph_max_mib", PARAM_NUMBER, 0, UINT, false },
	{ "zcache", "lent_max_percent", PARAM_NUMBER, 0, 90, false },
	{ "zcache", "lent_max_mib", PARAM_NUMBER, 0, UINT, false },
	{ "zcache", "pers_max_zsize", PARAM_NUMBER, 64, 4032, false },
	{ "zcache", "eph_max_zsize", PARAM_NUMBER, 64, 4032, false },
	{ "zcache", "pers_max_mean_zsize", PARAM_NUMBER, 64, 4096, false },
	{ "zcache", "room_timeout_ms", PARAM_NUMBER, 0, 600000, false },
	{ "zcache", "pers_writeback_percent", PARAM_NUMBER, 1, 100, false },
	{ "zcache", "frame_pages", PARAM_NUMBER, 1, 8, true },
	{ "zcache", "max_buddies", PARAM_NUMBER, 1, 252, true },
	{ "zcache", "store_poor", PARAM_BOOL, 0, 0, false },
	{ "zcache", "clean_copies", PARAM_BOOL, 0, 0, false },
	{ "zcache", "pers_compressor", PARAM_WORD, 0, 0, false },
	{ "zcache", "eph_compressor", PARAM_WORD, 0, 0, false },
	{ "ramster_cluster", "lanes", PARAM_NUMBER, 1, 16, false },
	{ "ramster_cluster", "credit_requests", PARAM_NUMBER, 16, 1024, false },
	{ "ramster_cluster", "credit_pages", PARAM_NUMBER, 64, 4096, false },
	{ "ramster", "single_copy", PARAM_BOOL, 0, 0, false },
	{ "ramster", "pers_remotify_enable", PARAM_BOOL, 0, 0, false },
	{ "ramster", "eph_remotify_enable", PARAM_BOOL, 0, 0, false },
	{ "ramster", "pers_lend_enable", PARAM_BOOL, 0, 0, false },
	{ "ramster", "eph_lend_enable", PARAM_BOOL, 0, 0, false },
	{ "ramster", "move_high_percent", PARAM_NUMBER, 0, 100, false },
	{ "ramster", "move_low_percent", PARAM_NUMBER, 0, 100, false },
	{ "ramster", "home_percent", PARAM_NUMBER, 0, 100, false },
	{ "ramster", "home_interval_ms", PARAM_NUMBER, 100, 3600000, false },
	{ "ramster", "home_free_percent", PARAM_NUMBER, 0, 100, false },
	{ "ramster", "request_timeout_ms", PARAM_NUMBER, 100, 60000, false },
	{ "ramster", "get_limit_ms", PARAM_NUMBER, 1000, 3600000, false },
	{ "ramster", "lend_floor_mib", PARAM_NUMBER, 0, UINT >> 8, false },
	{ "ramster", "orphan_timeout", PARAM_NUMBER, 10, UINT / 1000, false },
	{ "ramster", "leave_timeout", PARAM_NUMBER, 1, 86400, false },
	{ "ramster", "reboot_timeout", PARAM_NUMBER, 0, 3600, false },
};

const struct param *param_find(const char *module, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (text_is(params[i].module, module) && text_is(params[i].name, name))
			return &params[i];
	}
	return NULL;
}

const char *param_nearest(const char *module, const char *name)
{
	const char *names[ARRAY_SIZE(params)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (text_is(params[i].module, module))
			names[count++] = params[i].name;
	}
	return text_nearest(name, names, count);
}

bool param_module(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (text_is(params[i].module, module))
			return true;
	}
	return false;
}

/* NULL if the module would take it, else why not. */
char *param_wrong(const struct param *param, const char *value)
{
	uint64_t number;
	bool flag;

	if (param->type == PARAM_BOOL)
		return parse_bool(value, &flag) ?
			text_of("%s is yes or no, not '%s'", param->name, value) : NULL;
	if (param->type == PARAM_WORD) {
		if (*value && strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(value))
			return NULL;
		return text_of("%s is the name of a compressor, such as lzo, lz4 or zstd, not '%s'",
			       param->name, value);
	}
	if (parse_u64(value, &number) || number < param->least || number > param->most)
		return text_of("%s is a number from %llu to %llu, not '%s'", param->name,
			       (unsigned long long)param->least,
			       (unsigned long long)param->most, value);
	return NULL;
}
