// SPDX-License-Identifier: GPL-2.0-only
/* The extended handle on the wire: exact bytes, and no trust in what comes in. */
#include "test.h"

#include "mod_tmem.h"

/* Each field has bytes of its own, so any swap of order or place shows. */
static const struct tmem_xhandle example = {
	.handle.oid.word = {
		0x0102030405060708ULL, 0x1112131415161718ULL, 0x2122232425262728ULL
	},
	.version = 0x0032333435363738ULL,
	.tag = 0x4142434445464748ULL,
	.handle.index = 0x51525354,
	.handle.client = 0x6162,
	.handle.pool = 0x7172,
	.size = 0x00000abc,
	.flags = 0x91929394,
};

static const u8 example_bytes[] = {
	0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
	0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
	0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
	0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x00,
	0x48, 0x47, 0x46, 0x45, 0x44, 0x43, 0x42, 0x41,
	0x54, 0x53, 0x52, 0x51,
	0x62, 0x61,
	0x72, 0x71,
	0xbc, 0x0a, 0x00, 0x00,
	0x94, 0x93, 0x92, 0x91,
};

static bool same(const struct tmem_xhandle *a, const struct tmem_xhandle *b)
{
	return a->handle.oid.word[0] == b->handle.oid.word[0] &&
	       a->handle.oid.word[1] == b->handle.oid.word[1] &&
	       a->handle.oid.word[2] == b->handle.oid.word[2] &&
	       a->handle.index == b->handle.index && a->handle.client == b->handle.client &&
	       a->handle.pool == b->handle.pool && a->version == b->version &&
	       a->tag == b->tag && a->size == b->size && a->flags == b->flags;
}

/*
 * The bytes do not depend on the machine: the packer names each byte by shifting, so
 * what is checked here on one byte order holds on the other.
 */
static void exact_bytes(void)
{
	struct tmem_xhandle back;
	u8 bytes[TMEM_XHANDLE_BYTES + 2];

	CHECK_EQ(sizeof(example_bytes), TMEM_XHANDLE_BYTES);
	memset(bytes, 0xee, sizeof(bytes));
	/* At an odd address, and nothing is written around it. */
	tmem_xhandle_pack(&example, bytes + 1);
	CHECK(!memcmp(bytes + 1, example_bytes, sizeof(example_bytes)));
	CHECK(bytes[0] == 0xee && bytes[TMEM_XHANDLE_BYTES + 1] == 0xee);

	memset(&back, 0xff, sizeof(back));
	CHECK_EQ(tmem_xhandle_unpack(&back, bytes + 1, TMEM_XHANDLE_BYTES), 0);
	CHECK(same(&back, &example));
}

static u64 random_word(struct rng *rng)
{
	return (u64)rng_next(rng) << 32 | rng_next(rng);
}

static void there_and_back(void)
{
	struct tmem_xhandle xh, back;
	u8 bytes[TMEM_XHANDLE_BYTES], again[TMEM_XHANDLE_BYTES];
	struct rng rng;
	int i, k;

	rng_init(&rng, 0);
	for (i = 0; i < 100000; i++) {
		for (k = 0; k < 3; k++)
			xh.handle.oid.word[k] = random_word(&rng);
		xh.handle.index = rng_next(&rng);
		xh.handle.client = rng_next(&rng);
		xh.handle.pool = rng_next(&rng);
		xh.version = random_word(&rng) >> TMEM_VERSION_SHIFT;
		xh.tag = random_word(&rng);
		xh.size = rng_below(&rng, PAGE_SIZE + 1);
		xh.flags = rng_next(&rng);
		tmem_xhandle_pack(&xh, bytes);
		CHECK_EQ(tmem_xhandle_unpack(&back, bytes, sizeof(bytes)), 0);
		CHECK(same(&xh, &back));
		tmem_xhandle_pack(&back, again);
		CHECK(!memcmp(bytes, again, sizeof(bytes)));
	}
}

/* ASan watches that nothing is read beyond what there is. */
static void truncated(void)
{
	struct tmem_xhandle xh;
	size_t len;

	for (len = 0; len < TMEM_XHANDLE_BYTES; len++) {
		u8 *bytes = malloc(len ? len : 1);

		memcpy(bytes, example_bytes, len);
		CHECK_EQ(tmem_xhandle_unpack(&xh, bytes, len), -EPROTO);
		free(bytes);
	}
	CHECK_EQ(tmem_xhandle_unpack(&xh, example_bytes, TMEM_XHANDLE_BYTES), 0);
}

static int unpack_with(u64 version, u32 size)
{
	struct tmem_xhandle xh = example, back;
	u8 bytes[TMEM_XHANDLE_BYTES];

	xh.version = version;
	xh.size = size;
	tmem_xhandle_pack(&xh, bytes);
	return tmem_xhandle_unpack(&back, bytes, sizeof(bytes));
}

static void bad_values(void)
{
	const u64 last = ~0ULL >> TMEM_VERSION_SHIFT;
	unsigned int bit;

	CHECK_EQ(unpack_with(1, 0), 0);
	CHECK_EQ(unpack_with(1, PAGE_SIZE), 0);
	CHECK_EQ(unpack_with(last, PAGE_SIZE), 0);
	CHECK_EQ(unpack_with(1, PAGE_SIZE + 1), -EPROTO);
	CHECK_EQ(unpack_with(1, U32_MAX), -EPROTO);
	CHECK_EQ(unpack_with(last + 1, 1), -EPROTO);
	CHECK_EQ(unpack_with(~0ULL, 1), -EPROTO);
	for (bit = 13; bit < 32; bit++)
		CHECK_EQ(unpack_with(1, 1U << bit), -EPROTO);
	for (bit = 64 - TMEM_VERSION_SHIFT; bit < 64; bit++)
		CHECK_EQ(unpack_with(1ULL << bit, 1), -EPROTO);
}

int main(void)
{
	test_plan(4);
	RUN_BARE(exact_bytes);
	RUN_BARE(there_and_back);
	RUN_BARE(truncated);
	RUN_BARE(bad_values);
	return test_end();
}
