// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key of the cluster, from text: 32 bytes as 64 hexadecimal digits, or as base64 with
 * its padding, 44 characters.  What has another length is a pass phrase, a short key or a
 * mistake, and none of these keeps anybody out.
 */
#include "key.h"

#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/string.h>

#define HEX_CHARS	(2 * CLUSTER_KEY_BYTES)
#define BASE64_CHARS	44

/* 6 bits, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Bits that no byte takes must be zero, so that a key has one spelling. */
static int decode_base64(const char *text, u8 *key)
{
	unsigned int i, bits = 0, used = 0;
	u32 pending = 0;

	for (i = 0; i < BASE64_CHARS - 1; i++) {
		int six = sextet(text[i]);

		if (six < 0)
			return -EINVAL;
		pending = pending << 6 | six;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			key[used++] = pending >> bits;
			pending &= (1 << bits) - 1;
		}
	}
	return pending || text[i] != '=' ? -EINVAL : 0;
}

/**
 * cluster_key_parse() - read a key
 * @text:	as written by a user, perhaps with a newline at its end
 * @len:	of @text
 * @key:	CLUSTER_KEY_BYTES; overwritten also when the key is refused
 *
 * Context: any.
 * Return: 0; -EINVAL: it is no key, or all its bytes are zero.
 */
int cluster_key_parse(const char *text, size_t len, u8 *key)
{
	int err = -EINVAL;

	if (len && text[len - 1] == '\n')
		len--;
	if (len == HEX_CHARS)
		err = hex2bin(key, text, CLUSTER_KEY_BYTES) ? -EINVAL : 0;
	else if (len == BASE64_CHARS)
		err = decode_base64(text, key);
	if (!err && !memchr_inv(key, 0, CLUSTER_KEY_BYTES))
		err = -EINVAL;
	return err;
}
