/* SPDX-License-Identifier: GPL-2.0-only */
/* What all tools need. */
#ifndef RAMSTER_VM_UTIL_H
#define RAMSTER_VM_UTIL_H

#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Failures of a test exit with 1; what kept it from being one exits with 2. */
#define die(...)						\
	do {							\
		fprintf(stderr, __VA_ARGS__);			\
		fputc('\n', stderr);				\
		exit(2);					\
	} while (0)

/* As die(), with what errno says. */
#define die_errno(fmt, ...)	die(fmt ": %m", ##__VA_ARGS__)

static inline unsigned long long parse_number(const char *arg)
{
	char *end;
	unsigned long long value = strtoull(arg, &end, 0);

	if (end == arg || *end)
		die("'%s' is no number", arg);
	return value;
}

#endif /* RAMSTER_VM_UTIL_H */
