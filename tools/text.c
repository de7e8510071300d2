// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, sizes and words, from text and to text. */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A program as small as this cannot go on without memory. */
void *need(void *memory)
{
	if (!memory) {
		fputs("ramster: out of memory\n", stderr);
		exit(END_FAILED);
	}
	return memory;
}

char *text_of(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return need(text);
}

bool text_is(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* How many letters have to be changed, added or left out. */
static unsigned int distance(const char *a, const char *b)
{
	size_t i, j, len = strlen(b);
	unsigned int row[65];

	if (len >= ARRAY_SIZE(row) || strlen(a) >= ARRAY_SIZE(row))
		return ARRAY_SIZE(row);
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		unsigned int corner = row[0];

		row[0] = i;
		for (j = 1; j <= len; j++) {
			unsigned int up = row[j], best = corner + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = up;
			row[j] = best;
		}
	}
	return row[len];
}

/* Which of the words was meant, or NULL if none is near. */
const char *text_nearest(const char *word, const char *const *words, size_t count)
{
	unsigned int best = 3;
	const char *near = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned int away = distance(word, words[i]);

		if (away < best && away < strlen(words[i])) {
			best = away;
			near = words[i];
		}
	}
	return near;
}

/* 0; -EINVAL: not a number; -ERANGE: too large.  Decimal, no sign, no blanks. */
int parse_u64(const char *text, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *text - '0', &number))
			return -ERANGE;
	}
	*value = number;
	return 0;
}

int parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = { "yes", "1", "y", "Y", "true", "on" };
	static const char *const no[] = { "no", "0", "n", "N", "false", "off" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (text_is(text, yes[i]) || text_is(text, no[i])) {
			*value = text_is(text, yes[i]);
			return 0;
		}
	}
	return -EINVAL;
}

/* Bytes, perhaps with K, M, G or T, which stand for powers of 1024. */
int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	char digits[24];
	int err;

	if (len >= sizeof(digits))
		return len ? -ERANGE : -EINVAL;
	memcpy(digits, text, len + 1);
	if (unit)
		digits[len - 1] = '\0';
	err = parse_u64(digits, bytes);
	if (!err && unit && __builtin_mul_overflow(*bytes, 1024ULL << 10 * (unit - units), bytes))
		err = -ERANGE;
	return err;
}

static const char *human(uint64_t value, unsigned int base, const char *const *units, char *buf)
{
	double scaled = value;
	unsigned int unit = 0;

	while (scaled >= base && units[unit + 1]) {
		scaled /= base;
		unit++;
	}
	snprintf(buf, 16, scaled < 10 && unit ? "%.1f%s" : "%.0f%s", scaled, units[unit]);
	return buf;
}

const char *human_bytes(uint64_t bytes, char buf[16])
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB", NULL };

	return human(bytes, 1024, units, buf);
}

const char *human_count(uint64_t count, char buf[16])
{
	static const char *const units[] = { "", "k", "M", "G", "T", NULL };

	if (count < 100000) {
		snprintf(buf, 16, "%llu", (unsigned long long)count);
		return buf;
	}
	return human(count, 1000, units, buf);
}
