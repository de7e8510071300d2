/* SPDX-License-Identifier: GPL-2.0-only */
/* Caches of clean file pages: targets of device mapper. */
#ifndef TOOLS_CACHE_H
#define TOOLS_CACHE_H

#include "config.h"

enum end cache_make(const struct cache_conf *conf);
enum end cache_remove(const char *name);
char **cache_names(size_t *count);
void cache_names_free(char **names);
enum end cmd_cache(int argc, char **argv);

#endif /* TOOLS_CACHE_H */
