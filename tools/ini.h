/* SPDX-License-Identifier: GPL-2.0-only */
/* Text as sections with names and values. */
#ifndef TOOLS_INI_H
#define TOOLS_INI_H

#include <stddef.h>

#define INI_LINE_MAX	1024

/* What is found, in order; @line counts from 1.  @name of a section may be empty. */
struct ini_ops {
	void	(*section)(void *ctx, unsigned int line, const char *kind, const char *name);
	void	(*value)(void *ctx, unsigned int line, const char *key, const char *value);
	void	(*wrong)(void *ctx, unsigned int line, const char *what);
};

void ini_parse(const char *text, size_t len, const struct ini_ops *ops, void *ctx);

#endif /* TOOLS_INI_H */
