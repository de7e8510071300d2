// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text as sections with names and values:
 *
 *	# comment
 *	[kind name]
 *	key = value		# comment
 *
 * A line that makes no sense is reported and left out; the next ones are read all the same, so
 * that all mistakes are seen at once.
 */
#include "ini.h"

#include <stdbool.h>
#include <string.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Without blanks at both ends. */
static char *trim(char *text)
{
	size_t len;

	while (blank(*text))
		text++;
	len = strlen(text);
	while (len && blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* From a # at the beginning or after a blank. */
static void cut_comment(char *line)
{
	for (char *at = line; *at; at++) {
		if ((*at == '#' || *at == ';') && (at == line || blank(at[-1]))) {
			*at = '\0';
			return;
		}
	}
}

static void section(char *line, unsigned int nr, const struct ini_ops *ops, void *ctx)
{
	char *end = strchr(line, ']'), *kind, *name;

	if (!end) {
		ops->wrong(ctx, nr, "a section begins with '[' and has no ']'; write [kind name]");
		return;
	}
	if (end[1]) {
		ops->wrong(ctx, nr, "there is something after ']'; put it on the next line");
		return;
	}
	*end = '\0';
	kind = trim(line + 1);
	name = kind + strcspn(kind, " \t");
	if (*name)
		*name++ = '\0';
	ops->section(ctx, nr, kind, trim(name));
}

static void parse_line(char *line, unsigned int nr, const struct ini_ops *ops, void *ctx)
{
	char *equals;

	cut_comment(line);
	line = trim(line);
	if (!*line)
		return;
	if (*line == '[') {
		section(line, nr, ops, ctx);
		return;
	}
	equals = strchr(line, '=');
	if (!equals) {
		ops->wrong(ctx, nr, "neither '[section]' nor 'name = value'; a comment begins with #");
		return;
	}
	*equals = '\0';
	line = trim(line);
	if (!*line)
		ops->wrong(ctx, nr, "there is no name before '='; write name = value");
	else
		ops->value(ctx, nr, line, trim(equals + 1));
}

/* What no text has: somebody named the wrong file. */
static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = line[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Calls @ops for all that is in a text, which may hold anything and need not end with a 0. */
void ini_parse(const char *text, size_t len, const struct ini_ops *ops, void *ctx)
{
	char line[INI_LINE_MAX + 1];
	unsigned int nr = 0;

	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t chars = newline ? (size_t)(newline - text) : len;
		size_t taken = chars + !!newline;

		nr++;
		if (chars && text[chars - 1] == '\r')
			chars--;
		if (chars > INI_LINE_MAX) {
			ops->wrong(ctx, nr, "the line has more than 1024 characters; is this the right file?");
		} else if (!is_text(text, chars)) {
			ops->wrong(ctx, nr, "the line is not text; is this the right file?");
		} else {
			memcpy(line, text, chars);
			line[chars] = '\0';
			parse_line(line, nr, ops, ctx);
		}
		text += taken;
		len -= taken;
	}
}
