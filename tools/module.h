/* SPDX-License-Identifier: GPL-2.0-only */
/* Our kernel modules. */
#ifndef TOOLS_MODULE_H
#define TOOLS_MODULE_H

#include "config.h"

bool module_loaded(const char *name);
enum end module_load(const char *name, const struct config *conf);
enum end module_unload(const char *const *names);
enum end module_set(const char *module, const char *name, const char *value);

#endif /* TOOLS_MODULE_H */
