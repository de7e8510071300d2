// SPDX-License-Identifier: GPL-2.0-only
/* How the command speaks: results on stdout, what is wrong on stderr and with its name. */
#include "tool.h"

#include <stdarg.h>

struct options opt = { .root = "" };

/* For people; --quiet silences it. */
void say(const char *format, ...)
{
	va_list args;

	if (opt.quiet)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void complain(const char *format, va_list args)
{
	fflush(stdout);
	fputs("ramster: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
}

/* Says why it ends, and returns how. */
enum end fail(enum end end, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return end;
}

/* Of two ends the one to report: the first that is not good. */
enum end worse(enum end a, enum end b)
{
	return a ? a : b;
}
