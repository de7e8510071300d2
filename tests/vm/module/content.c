// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in the page of (seed, key, version).  The first word tells key and version, so
 * that a page other than the expected one tells what it is; only zero pages tell nothing.
 */
#include "internal.h"

#include <linux/string.h>

#define PAGE_WORDS	(PAGE_SIZE / sizeof(u64))
#define PHRASE_WORDS	4

/* The finalizer of splitmix64. */
u64 zt_mix(u64 value)
{
	value += 0x9e3779b97f4a7c15ULL;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

u64 zt_random(struct zt_random *random)
{
	random->state += 0x9e3779b97f4a7c15ULL;
	return zt_mix(random->state);
}

u32 zt_random_below(struct zt_random *random, u32 limit)
{
	return (zt_random(random) >> 32) * limit >> 32;
}

bool zt_percent(struct zt_random *random, u32 percent)
{
	return zt_random_below(random, 100) < percent;
}

void zt_content_args(struct zt_content *content, struct zt_args *args)
{
	content->seed = zt_arg(args, "seed", 1);
	content->zero = zt_arg(args, "zero", 0);
	content->filled = zt_arg(args, "filled", 0);
	content->noise = zt_arg(args, "noise", 0);
	content->text = zt_arg(args, "text", 0);
	content->bytes = zt_arg(args, "bytes", 0);
	if (content->zero + content->filled + content->noise + content->text > 100 ||
	    content->bytes > PAGE_SIZE)
		args->err = -EINVAL;
}

static u64 stamp(const struct zt_content *content, u32 key, u32 version)
{
	return ((u64)version << 32 | key) ^ zt_mix(content->seed);
}

static void make_noise(struct zt_random *random, u64 *words, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		words[i] = zt_random(random);
}

/* Eight decimal digits a word; which are left out does not matter. */
static void make_text(struct zt_random *random, u64 *words, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		words[i] = (zt_random(random) & 0x0707070707070707ULL) + 0x3030303030303030ULL;
}

static void repeat_phrase(u64 *words, unsigned int nr)
{
	unsigned int i;

	for (i = PHRASE_WORDS; i < nr; i++)
		words[i] = words[i - PHRASE_WORDS];
}

static unsigned int noise_words(const struct zt_content *content, struct zt_random *random)
{
	unsigned int bytes = content->bytes ?: 64 + zt_random_below(random, 3000);

	return bytes / sizeof(u64);
}

void zt_content_make(const struct zt_content *content, u32 key, u32 version, void *dst)
{
	u64 first = stamp(content, key, version);
	struct zt_random random = { .state = zt_mix(first ^ content->seed) };
	u32 class = zt_random_below(&random, 100);
	u64 *words = dst;
	unsigned int nr;

	if (class < content->zero) {
		memset(dst, 0, PAGE_SIZE);
		return;
	}
	class -= content->zero;
	if (class < content->filled) {
		memset64(words, first, PAGE_WORDS);
		return;
	}
	class -= content->filled;
	if (class < content->noise) {
		make_noise(&random, words, PAGE_WORDS);
	} else if (class - content->noise < content->text) {
		make_text(&random, words, PAGE_WORDS);
	} else {
		/* Last: in a long row of noise LZO looks less and less for repetitions. */
		nr = PAGE_WORDS - noise_words(content, &random);
		make_noise(&random, words, min_t(unsigned int, nr, PHRASE_WORDS));
		repeat_phrase(words, nr);
		make_noise(&random, words + nr, PAGE_WORDS - nr);
	}
	words[0] = first;
}

/* Whether @page is that version of that key; @scratch: one page. */
bool zt_content_is(const struct zt_content *content, u32 key, u32 version, struct page *page,
		   void *scratch)
{
	void *data;
	bool same;

	zt_content_make(content, key, version, scratch);
	data = kmap_local_page(page);
	same = !memcmp(data, scratch, PAGE_SIZE);
	kunmap_local(data);
	return same;
}

/* Which version of that key @page is; 0, which nobody puts: none. */
u32 zt_content_version(const struct zt_content *content, u32 key, struct page *page,
		       void *scratch)
{
	u64 *words = kmap_local_page(page);
	u64 first = words[0] ^ zt_mix(content->seed);

	kunmap_local(words);
	if ((u32)first != key || !zt_content_is(content, key, first >> 32, page, scratch))
		return 0;
	return first >> 32;
}
