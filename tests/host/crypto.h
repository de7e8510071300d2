/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's crypto library as the cluster uses it, with OpenSSL below.  Only the
 * programs that need it are linked with crypto.c, so that all others run without.
 */
#ifndef TESTS_HOST_CRYPTO_H
#define TESTS_HOST_CRYPTO_H

#include "shim/dup.h"

#define BLAKE2S_BLOCK_SIZE		64
#define BLAKE2S_HASH_SIZE		32
#define CHACHA20POLY1305_KEY_SIZE	32
#define CHACHA20POLY1305_AUTHTAG_SIZE	16
#define CURVE25519_KEY_SIZE		32

struct blake2s_ctx {
	void	*hash;		/* one of them is used */
	void	*mac;
};

void blake2s_init(struct blake2s_ctx *ctx, size_t outlen);
void blake2s_init_key(struct blake2s_ctx *ctx, size_t outlen, const void *key, size_t keylen);
void blake2s_update(struct blake2s_ctx *ctx, const u8 *in, size_t inlen);
void blake2s_final(struct blake2s_ctx *ctx, u8 *out);

/* dst may be src; nothing is written to it unless the tag is right. */
void chacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key);
bool __must_check chacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len,
					   const u8 *ad, size_t ad_len, u64 nonce,
					   const u8 *key);

bool __must_check curve25519(u8 *shared, const u8 *secret, const u8 *public);
bool __must_check curve25519_generate_public(u8 *public, const u8 *secret);
void curve25519_generate_secret(u8 *secret);

/* What curve25519_generate_secret() gives next, once, instead of something random. */
void crypto_next_secret(const u8 *secret);

/* How often X25519 was computed so far. */
extern unsigned long crypto_x25519;

u32 crc32c(u32 crc, const void *address, size_t length);

#endif /* TESTS_HOST_CRYPTO_H */
