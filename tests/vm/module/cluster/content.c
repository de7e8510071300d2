// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that follow from a seed: every prefix of them is the same, however long they are. */
#include "internal.h"

#include <linux/minmax.h>
#include <linux/string.h>

#define STEP	0x9e3779b97f4a7c15ULL

/* The finalizer of splitmix64. */
u64 ct_mix(u64 value)
{
	value += STEP;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

u64 ct_random(struct ct_random *random)
{
	random->state += STEP;
	return ct_mix(random->state);
}

u32 ct_random_below(struct ct_random *random, u32 limit)
{
	return (ct_random(random) >> 32) * limit >> 32;
}

/* The word with the byte at @offset; @some: how many of its bytes are wanted. */
static const u8 *word_at(u64 seed, size_t offset, size_t bytes, __le64 *word, size_t *some)
{
	size_t skip = offset % sizeof(*word);

	*word = cpu_to_le64(ct_mix(seed + STEP * (offset / sizeof(*word))));
	*some = min(bytes, sizeof(*word) - skip);
	return (const u8 *)word + skip;
}

/* Those from @offset on. */
void ct_content_make(u64 seed, size_t offset, void *to, size_t bytes)
{
	size_t done, some;
	__le64 word;

	for (done = 0; done < bytes; done += some) {
		const u8 *from = word_at(seed, offset + done, bytes - done, &word, &some);

		memcpy(to + done, from, some);
	}
}

/* Whether it is what begins at offset 0. */
bool ct_content_is(u64 seed, const void *what, size_t bytes)
{
	size_t done, some;
	__le64 word;

	for (done = 0; done < bytes; done += some) {
		const u8 *from = word_at(seed, done, bytes - done, &word, &some);

		if (memcmp(what + done, from, some))
			return false;
	}
	return true;
}
