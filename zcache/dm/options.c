// SPDX-License-Identifier: GPL-2.0-only
/* Options of the table line: name=value, in any order, each at most once. */
#include "options.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>

/* A number in struct options, between two bounds; zero may stand for "none". */
struct number {
	const char	*name;
	size_t		offset;
	u32		min;
	u32		max;
	bool		zero;
};

#define NUMBER(_name, _min, _max, _zero)				\
	{								\
		.name = #_name, .offset = offsetof(struct options, _name), \
		.min = _min, .max = _max, .zero = _zero			\
	}

/*
 * kvcalloc() gives no more than 2 GiB at once, and warns of who asks for it.  Of what is made for
 * these the table of records is the largest, with 41 bytes for each of so many.
 */
#define RECORDS_MAX	BIT(25)
#define PAGES_MAX	BIT(26)

static const struct number numbers[] = {
	NUMBER(max_pages, 16, PAGES_MAX, true),
	NUMBER(records, 1024, RECORDS_MAX, false),
	NUMBER(stage_pages, 16, 65536, false),
	NUMBER(evict_copy_max, 1, 512, false),
};

/* Bits of struct options.given beyond those of the numbers. */
enum {
	GIVEN_VERIFY = ARRAY_SIZE(numbers),
	GIVEN_POLICY,
	GIVEN_NR,
};

static u32 *number_of(const struct options *opts, const struct number *number)
{
	return (u32 *)((char *)opts + number->offset);
}

/**
 * options_default() - what holds for what is not on the line
 * @opts:	filled in
 * @ram_pages:	how large the machine is
 */
void options_default(struct options *opts, unsigned long ram_pages)
{
	*opts = (struct options){
		.records	= clamp(ram_pages, 1024UL, RECORDS_MAX),
		.stage_pages	= clamp(ram_pages / 32, 64UL, 4096UL),
		.evict_copy_max	= 16,
	};
}

static int parse_number(struct options *opts, const struct number *number, const char *value)
{
	u32 n;

	if (kstrtou32(value, 10, &n))
		return -EINVAL;
	if ((n < number->min && !(number->zero && !n)) || n > number->max)
		return -ERANGE;
	*number_of(opts, number) = n;
	return 0;
}

/* Which option @name, @len bytes long, is; GIVEN_NR: none. */
static unsigned int find_option(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strlen(numbers[i].name) == len && !strncmp(numbers[i].name, name, len))
			return i;
	if (len == strlen("verify") && !strncmp(name, "verify", len))
		return GIVEN_VERIFY;
	if (len == strlen("policy") && !strncmp(name, "policy", len))
		return GIVEN_POLICY;
	return GIVEN_NR;
}

static int parse_value(struct options *opts, unsigned int option, const char *value)
{
	if (option < ARRAY_SIZE(numbers))
		return parse_number(opts, &numbers[option], value);
	if (option == GIVEN_POLICY) {
		opts->fifo = !strcmp(value, "fifo");
		return opts->fifo || !strcmp(value, "2q") ? 0 : -EINVAL;
	}
	opts->verify = !strcmp(value, "1");
	return opts->verify || !strcmp(value, "0") ? 0 : -EINVAL;
}

/**
 * options_parse() - read the options of a table line
 * @opts:	defaults; changed as the line says
 * @argc:	how many words
 * @argv:	the words
 * @error:	set to what is wrong with which kind of option
 *
 * Context: any.
 * Return: 0; -EINVAL: unknown, given twice, no such value; -ERANGE.
 */
int options_parse(struct options *opts, unsigned int argc, char **argv, const char **error)
{
	unsigned int i;

	for (i = 0; i < argc; i++) {
		const char *value = strchr(argv[i], '=');
		unsigned int option = GIVEN_NR;
		int err;

		if (value)
			option = find_option(argv[i], value - argv[i]);
		if (option == GIVEN_NR) {
			*error = "Unknown option";
			return -EINVAL;
		}
		if (opts->given & (1U << option)) {
			*error = "Option given twice";
			return -EINVAL;
		}
		err = parse_value(opts, option, value + 1);
		if (err) {
			*error = err == -ERANGE ? "Value of option out of range" :
						  "Invalid value of option";
			return err;
		}
		opts->given |= 1U << option;
	}
	return 0;
}

/**
 * options_show() - the options of a line, as they would be read again
 * @opts:	options
 * @buf:	where to; each is preceded by a blank
 * @size:	room in @buf
 *
 * Context: any.
 * Return: bytes written.
 */
size_t options_show(const struct options *opts, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u32 n = *number_of(opts, &numbers[i]);

		if (opts->given & (1U << i) && (n || !numbers[i].zero))
			len += scnprintf(buf + len, size - len, " %s=%u", numbers[i].name, n);
	}
	if (opts->verify)
		len += scnprintf(buf + len, size - len, " verify=1");
	if (opts->fifo)
		len += scnprintf(buf + len, size - len, " policy=fifo");
	return len;
}
