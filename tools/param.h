/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters of the modules, as far as a configuration may set them. */
#ifndef TOOLS_PARAM_H
#define TOOLS_PARAM_H

#include "tool.h"

enum param_type { PARAM_NUMBER, PARAM_BOOL, PARAM_WORD };

struct param {
	const char	*module;
	const char	*name;
	enum param_type	type;
	uint64_t	least, most;	/* of a number */
	bool		load_only;	/* only when the module is loaded */
};

const struct param *param_find(const char *module, const char *name);
const char *param_nearest(const char *module, const char *name);
bool param_module(const char *module);
char *param_wrong(const struct param *param, const char *value);

#endif /* TOOLS_PARAM_H */
