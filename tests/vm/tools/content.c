// SPDX-License-Identifier: GPL-2.0-only
#include "content.h"
#include "util.h"

#include <stdatomic.h>
#include <string.h>

#define WORDS		(PAGE_SIZE / sizeof(__u64))
#define MOST_SAID	10
#define LETTERS		8	/* of a word of text, its blank included */

enum kind { TEXT, HALF, RANDOM, SAME };

static const char text[64][LETTERS + 1] = {
	"memory  ", "page    ", "swap    ", "kernel  ",
	"the     ", "of      ", "and     ", "to      ",
	"device  ", "block   ", "write   ", "read    ",
	"frame   ", "item    ", "table   ", "index   ",
	"object  ", "client  ", "pool    ", "handle  ",
	"version ", "in      ", "is      ", "that    ",
	"with    ", "from    ", "when    ", "where   ",
	"which   ", "there   ", "cache   ", "dirty   ",
	"clean   ", "reader  ", "writer  ", "lock    ",
	"order   ", "queue   ", "worker  ", "node    ",
	"return  ", "struct  ", "static  ", "const   ",
	"unsigned", "long    ", "int     ", "char    ",
	"if      ", "else    ", "while   ", "for     ",
	"NULL    ", "error   ", "state   ", "flags   ",
	"bytes   ", "count   ", "limit   ", "target  ",
	"reserve ", "oldest  ", "newest  ", "a       ",
};

/* splitmix64: any state will do, and a stream may be started anywhere. */
__u64 random_next(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

struct mix mix_parse(const char *arg)
{
	struct mix mix;
	char junk;

	if (sscanf(arg, "%u,%u,%u%c", &mix.text, &mix.half, &mix.random, &junk) != 3 ||
	    mix.text + mix.half + mix.random > 100)
		die("'%s' is no mix: TEXT,HALF,RANDOM in percent is meant", arg);
	return mix;
}

static enum kind kind_of(const struct mix *mix, unsigned int percent)
{
	if (percent < mix->text)
		return TEXT;
	percent -= mix->text;
	if (percent < mix->half)
		return HALF;
	percent -= mix->half;
	return percent < mix->random ? RANDOM : SAME;
}

static void fill_text(__u64 *word, __u64 *state)
{
	unsigned int i;
	__u64 draw = 0;

	for (i = 0; i < WORDS; i++) {
		if (i % 8 == 0)
			draw = random_next(state);
		memcpy(&word[i], text[draw % 64], LETTERS);
		draw >>= 6;
	}
}

static void fill_random(__u64 *word, unsigned int count, __u64 *state)
{
	while (count--)
		*word++ = random_next(state);
}

static void fill_same(__u64 *word, __u64 *state)
{
	/* As in life, most of them are zero. */
	__u64 value = random_next(state) % 4 ? 0 : random_next(state);
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		word[i] = value;
}

void content_fill(const struct content *content, void *page, __u64 number, __u32 version)
{
	__u64 state = content->seed;
	enum kind kind;

	if (!version) {
		memset(page, 0, PAGE_SIZE);
		return;
	}
	state = random_next(&state) ^ number;
	state = random_next(&state) ^ version;
	kind = kind_of(&content->mix, random_next(&state) % 100);
	switch (kind) {
	case TEXT:
		fill_text(page, &state);
		break;
	case HALF:
		memset(page, 0, PAGE_SIZE);
		fill_random(page, WORDS / 2, &state);
		break;
	case RANDOM:
		fill_random(page, WORDS, &state);
		break;
	case SAME:
		fill_same(page, &state);
		return;
	}
	/* Whose page it is, for who finds it elsewhere. */
	((__u64 *)page)[0] = number;
	((__u64 *)page)[1] = version;
}

bool content_check(const struct content *content, const void *page, __u64 number, __u32 version)
{
	static __thread __u64 wanted[WORDS];
	static atomic_uint said;
	const __u64 *got = page;
	unsigned int first = 0, bad = 0, i;

	content_fill(content, wanted, number, version);
	if (!memcmp(got, wanted, PAGE_SIZE))
		return true;
	/* What is all wrong shall not drown everything else. */
	if (atomic_fetch_add(&said, 1) >= MOST_SAID)
		return false;
	for (i = WORDS; i--;) {
		if (got[i] != wanted[i]) {
			first = i;
			bad++;
		}
	}
	printf("page %llu version %u: %u words differ, from byte %zu on: %016llx, not %016llx",
	       number, version, bad, first * sizeof(*got), got[first], wanted[first]);
	printf("; it says it is page %llu version %llu\n", got[0], got[1]);
	return false;
}
