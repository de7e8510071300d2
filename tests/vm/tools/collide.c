// SPDX-License-Identifier: GPL-2.0-only
/*
 * How two pages collide under every seed.
 *
 * xxh64 reads stripes of four words, one for each of four lanes.  A lane starts with the seed and a
 * constant, and a word w takes it from v to rotl(v + w * P2, 31) * P1.  All arithmetic is modulo
 * 2^64, P1 and P2 are odd, so both have inverses.
 *
 * Let x = v + w * P2 be what is rotated in the first stripe.  Adding P2^-1 to w adds 1 to x.
 * Rotated by 31 that is an addition of 2^31, unless the lowest 33 bits of x were all ones: then
 * the carry goes where it does not belong.  So the lane differs by 2^31 * P1 after the
 * first stripe, whatever the seed was; but for one in 2^33.  In the second stripe the
 * word is added times P2 again: taking 2^31 * P1 * P2^-1 from it takes the difference away.
 * From there on the two hashes are the same.
 *
 * tests/host/test_collide.c checks that.
 */
#include "collide.h"

#include <string.h>

#define P1	0x9e3779b185ebca87ULL
#define P2	0xc2b2ae3d27d4eb4fULL
#define P3	0x165667b19e3779f9ULL
#define P4	0x85ebca77c2b2ae63ULL

#define LANES	4
#define STRIPE	(LANES * sizeof(__u64))

static __u64 rotl(__u64 x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

static __u64 take(__u64 lane, __u64 word)
{
	return rotl(lane + word * P2, 31) * P1;
}

__u64 xxh64(const void *data, size_t length, __u64 seed)
{
	__u64 lane[LANES] = { seed + P1 + P2, seed + P2, seed, seed - P1 };
	__u64 word[LANES], hash;
	size_t at;
	int i;

	for (at = 0; at < length; at += STRIPE) {
		memcpy(word, (const char *)data + at, STRIPE);
		for (i = 0; i < LANES; i++)
			lane[i] = take(lane[i], word[i]);
	}
	hash = rotl(lane[0], 1) + rotl(lane[1], 7) + rotl(lane[2], 12) + rotl(lane[3], 18);
	for (i = 0; i < LANES; i++)
		hash = (hash ^ take(0, lane[i])) * P1 + P4;
	hash += length;
	hash = (hash ^ hash >> 33) * P2;
	hash = (hash ^ hash >> 29) * P3;
	return hash ^ hash >> 32;
}

/* Newton: each round doubles the number of bits that are right; an odd number is its own
 * inverse in the lowest three.
 */
static __u64 inverse(__u64 odd)
{
	__u64 x = odd;
	int i;

	for (i = 0; i < 5; i++)
		x *= 2 - odd * x;
	return x;
}

void collide(void *page)
{
	__u64 word[LANES + 1];

	memcpy(word, page, sizeof(word));
	word[0] += inverse(P2);
	word[LANES] -= (P1 << 31) * inverse(P2);
	memcpy(page, word, sizeof(word));
}
