// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sealed pages: only the bytes that were sealed, for exactly that page, version, name, size,
 * format and key, can be opened.  Everything that a lender can do with what it has is tried.
 */
#define WITH_CRYPTO
#include "test.h"

#include "mod_tmem.h"
#include "ramster/seal.c"

static struct rng rng;

/* Of the kernel's, what seal.c wants. */
void get_random_bytes_wait(void *buf, size_t len)
{
	u8 *bytes = buf;

	while (len--)
		*bytes++ = rng_next(&rng);
}

u64 get_random_u64(void)
{
	return rng_next(&rng);
}

static u8 page[4096], sealed[RAMSTER_SEALED_MAX], opened[4096], copy[RAMSTER_SEALED_MAX];

static struct ramster_seal_id some_id(void)
{
	struct ramster_seal_id id = {
		.handle = { .oid = { .word = { 1, 2, 3 } }, .index = 4, .client = 5, .pool = 6 },
		.version = 7,
		.name = 8,
		.format = ZCACHE_LZO,
	};

	return id;
}

static size_t seal_some(const struct ramster_seal_id *id, size_t size)
{
	get_random_bytes_wait(page, size);
	memset(sealed, 0xee, sizeof(sealed));
	ramster_seal(id, sealed, page, size);
	return size + RAMSTER_SEAL_BYTES;
}

static bool opens(const struct ramster_seal_id *id, const u8 *from, size_t size)
{
	/* In memory of exactly that size, so that a read behind it is seen. */
	u8 *exact = malloc(size ?: 1);
	bool good;

	memcpy(exact, from, size);
	memset(opened, 0, sizeof(opened));
	good = ramster_open(id, opened, exact, size);
	free(exact);
	return good;
}

static void every_size(void)
{
	struct ramster_seal_id id = some_id();
	size_t size, len;

	ramster_seal_start();
	for (size = 1; size <= sizeof(page); size++) {
		id.name = size;
		len = seal_some(&id, size);
		CHECK(len == sizeof(sealed) || sealed[len] == 0xee);
		CHECK(size < 16 || memcmp(sealed, page, size));
		CHECK(opens(&id, sealed, len));
		CHECK(!memcmp(opened, page, size));
	}
}

static void every_bit(void)
{
	struct ramster_seal_id id = some_id();
	size_t bit, len;

	ramster_seal_start();
	len = seal_some(&id, 100);
	for (bit = 0; bit < len * 8; bit++) {
		sealed[bit / 8] ^= 1 << bit % 8;
		CHECK(!opens(&id, sealed, len));
		sealed[bit / 8] ^= 1 << bit % 8;
	}
	CHECK(opens(&id, sealed, len));
}

static void every_length(void)
{
	struct ramster_seal_id id = some_id();
	size_t size, len;

	ramster_seal_start();
	len = seal_some(&id, 100);
	for (size = 0; size < len + 50; size++)
		CHECK_EQ(opens(&id, sealed, size), size == len);
	CHECK(!opens(&id, sealed, sizeof(sealed)));
	/* Longer than anything may be; its bytes are never looked at. */
	CHECK(!ramster_open(&id, opened, sealed, sizeof(sealed) + 1));
}

/* The bytes of another page, or of an older version of this one, under any of its names. */
static void exchanged(void)
{
	struct ramster_seal_id right = some_id(), wrong;
	size_t len;

	ramster_seal_start();
	len = seal_some(&right, 64);
#define WRONG(field, value) do {		\
		wrong = right;			\
		wrong.field = value;		\
		CHECK(!opens(&wrong, sealed, len)); \
	} while (0)
	WRONG(handle.oid.word[0], 9);
	WRONG(handle.oid.word[1], 9);
	WRONG(handle.oid.word[2], 9);
	WRONG(handle.index, 9);
	WRONG(handle.client, 9);
	WRONG(handle.pool, 9);
	WRONG(version, 6);
	WRONG(version, 8);
	WRONG(name, 9);
	WRONG(format, ZCACHE_RAW);
#undef WRONG
	CHECK(opens(&right, sealed, len));
}

/* What was kept from before: the key is another one, and nobody has it any more. */
static void another_incarnation(void)
{
	struct ramster_seal_id id = some_id();
	static const u8 zero[sizeof(seal_key)];
	u64 before;
	size_t len;

	ramster_seal_start();
	before = ramster_seal_incarnation();
	CHECK(before);
	len = seal_some(&id, 64);
	memcpy(copy, sealed, len);
	ramster_seal_end();
	CHECK(!memcmp(seal_key, zero, sizeof(zero)));
	ramster_seal_start();
	CHECK(ramster_seal_incarnation() && ramster_seal_incarnation() != before);
	CHECK(!opens(&id, copy, len));
}

/* Equal pages do not look equal. */
static void equal_pages(void)
{
	struct ramster_seal_id one = some_id(), other = some_id();

	ramster_seal_start();
	other.name++;
	memset(page, 0, 64);
	ramster_seal(&one, sealed, page, 64);
	ramster_seal(&other, copy, page, 64);
	CHECK(memcmp(sealed, copy, 64));
}

int main(void)
{
	test_plan(6);
	rng_init(&rng, 1);
	RUN_BARE(every_size);
	RUN_BARE(every_bit);
	RUN_BARE(every_length);
	RUN_BARE(exchanged);
	RUN_BARE(another_incarnation);
	RUN_BARE(equal_pages);
	return test_end();
}
