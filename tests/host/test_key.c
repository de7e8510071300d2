// SPDX-License-Identifier: GPL-2.0-only
/* The key of the cluster: both spellings give the same bytes, and each key has one of each. */
#include "test.h"

#include "../../cluster/key.c"

#define HEX	64
#define BASE64	44

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void to_hex(const u8 *key, char *text)
{
	unsigned int i;

	for (i = 0; i < CLUSTER_KEY_BYTES; i++)
		sprintf(text + 2 * i, "%02x", key[i]);
}

/* Bit by bit, so that it shares no idea with what it checks. */
static void to_base64(const u8 *key, char *text)
{
	unsigned int i, bit;

	for (i = 0; i < BASE64 - 1; i++) {
		unsigned int six = 0;

		for (bit = 6 * i; bit < 6 * i + 6; bit++) {
			six <<= 1;
			if (bit < 8 * CLUSTER_KEY_BYTES)
				six |= key[bit / 8] >> (7 - bit % 8) & 1;
		}
		text[i] = alphabet[six];
	}
	text[i++] = '=';
	text[i] = '\0';
}

static int parse(const char *text, u8 *key)
{
	return cluster_key_parse(text, strlen(text), key);
}

static void both_spellings(void)
{
	char hex[HEX + 2], base64[BASE64 + 2];
	u8 key[CLUSTER_KEY_BYTES], back[CLUSTER_KEY_BYTES];
	unsigned int i, k;
	struct rng rng;

	rng_init(&rng, 0);
	for (i = 0; i < test_effort(10000); i++) {
		for (k = 0; k < CLUSTER_KEY_BYTES; k++)
			key[k] = rng_next(&rng);
		to_hex(key, hex);
		to_base64(key, base64);
		if (i % 2) {
			strcat(hex, "\n");
			strcat(base64, "\n");
		}
		CHECK_EQ(parse(hex, back), 0);
		CHECK(!memcmp(key, back, sizeof(key)));
		CHECK_EQ(parse(base64, back), 0);
		CHECK(!memcmp(key, back, sizeof(key)));
	}
}

/* `head -c 32 /dev/zero | tr '\0' '\377' | base64` and the like. */
static void known(void)
{
	u8 key[CLUSTER_KEY_BYTES];
	unsigned int i;

	CHECK_EQ(parse("//////////////////////////////////////////8=", key), 0);
	for (i = 0; i < CLUSTER_KEY_BYTES; i++)
		CHECK_EQ(key[i], 0xff);
	CHECK_EQ(parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", key), 0);
	for (i = 0; i < CLUSTER_KEY_BYTES; i++)
		CHECK_EQ(key[i], i);
	CHECK_EQ(parse("000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F", key), 0);
	for (i = 0; i < CLUSTER_KEY_BYTES; i++)
		CHECK_EQ(key[i], i);
}

/* Every character that does not belong, in every place. */
static void bad_characters(const char *good, unsigned int chars, const char *allowed)
{
	u8 key[CLUSTER_KEY_BYTES];
	char text[HEX + 2];
	unsigned int place, c;

	for (place = 0; place < chars; place++) {
		for (c = 1; c < 256; c++) {
			memcpy(text, good, strlen(good) + 1);
			text[place] = c;
			CHECK_EQ(parse(text, key), strchr(allowed, c) ? 0 : -EINVAL);
		}
	}
}

static void refused(void)
{
	static const char hex[] =
		"7123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const char base64[] = "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=";
	u8 key[CLUSTER_KEY_BYTES];
	char text[2 * HEX];
	unsigned int len, c;

	memset(text, 'a', sizeof(text));
	for (len = 0; len < sizeof(text); len++)
		CHECK_EQ(cluster_key_parse(text, len, key), len == HEX ? 0 : -EINVAL);
	bad_characters(hex, HEX, "0123456789abcdefABCDEF");
	bad_characters(base64, BASE64 - 2, alphabet);
	/* The last character has two bits that no byte takes. */
	for (c = 1; c < 256; c++) {
		const char *at = strchr(alphabet, c);

		memcpy(text, base64, sizeof(base64));
		text[BASE64 - 2] = c;
		CHECK_EQ(parse(text, key), at && (at - alphabet) % 4 == 0 ? 0 : -EINVAL);
	}
	memcpy(text, base64, sizeof(base64));
	text[BASE64 - 1] = 'A';
	CHECK_EQ(parse(text, key), -EINVAL);
	memset(text, '0', HEX);
	CHECK_EQ(cluster_key_parse(text, HEX, key), -EINVAL);
	memset(text, 'A', BASE64 - 1);
	text[BASE64 - 1] = '=';
	CHECK_EQ(cluster_key_parse(text, BASE64, key), -EINVAL);
}

int main(void)
{
	test_plan(3);
	RUN_BARE(both_spellings);
	RUN_BARE(known);
	RUN_BARE(refused);
	return test_end();
}
