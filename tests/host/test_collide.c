// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages that tests/vm/tools/collide.c makes: different, and the same to xxh64 under every
 * seed.  They are what dm-zcache is attacked with.
 */
#include "test.h"

#include "tests/vm/tools/collide.c"

#define SEEDS	1000

static u64 random64(struct rng *rng)
{
	return (u64)rng_next(rng) << 32 | rng_next(rng);
}

/* Hashes of the reference implementation, libxxhash 0.8.1. */
static void is_xxh64(void)
{
	u8 bytes[PAGE_SIZE];
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		bytes[i] = i;
	CHECK(xxh64(bytes, 64, 0) == 0xf7c67301db6713f0ULL);
	CHECK(xxh64(bytes, 64, 0x123456789abcdef) == 0xa0a4e3e697d61870ULL);
	for (i = 0; i < PAGE_SIZE; i++)
		bytes[i] = i * 7 + 3;
	CHECK(xxh64(bytes, PAGE_SIZE, 0) == 0x796398cd432797ccULL);
	CHECK(xxh64(bytes, PAGE_SIZE, 0x123456789abcdef) == 0x1474bc2f1e564253ULL);
}

static void under_any_seed(void)
{
	u64 page[PAGE_SIZE / 8], other[PAGE_SIZE / 8], seed;
	struct rng rng;
	unsigned int i, k;

	rng_init(&rng, 0);
	for (i = 0; i < SEEDS; i++) {
		for (k = 0; k < PAGE_SIZE / 8; k++)
			page[k] = random64(&rng);
		memcpy(other, page, PAGE_SIZE);
		collide(other);
		CHECK(memcmp(page, other, PAGE_SIZE));
		seed = random64(&rng);
		CHECK(xxh64(page, PAGE_SIZE, seed) == xxh64(other, PAGE_SIZE, seed));
		/* It is no weakness of lengths or of where the page lies. */
		other[PAGE_SIZE / 8 - 1] ^= 1;
		CHECK(xxh64(page, PAGE_SIZE, seed) != xxh64(other, PAGE_SIZE, seed));
	}
}

/* One pair, and all the seeds. */
static void one_page(void)
{
	u8 page[PAGE_SIZE], other[PAGE_SIZE];
	struct rng rng;
	unsigned int i;
	u64 seed;

	rng_init(&rng, 1);
	fill_bytes(page, PAGE_SIZE, 1);
	memcpy(other, page, PAGE_SIZE);
	collide(other);
	for (i = 0; i < SEEDS; i++) {
		seed = i % 2 ? random64(&rng) : i;
		CHECK(xxh64(page, PAGE_SIZE, seed) == xxh64(other, PAGE_SIZE, seed));
	}
}

int main(void)
{
	test_plan(3);
	RUN_BARE(is_xxh64);
	RUN_BARE(under_any_seed);
	RUN_BARE(one_page);
	return test_end();
}
