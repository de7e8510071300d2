// SPDX-License-Identifier: GPL-2.0-only
/* See crypto.h. */
#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "test.h"

unsigned long crypto_x25519;

static u8 next_secret[CURVE25519_KEY_SIZE];
static bool have_next_secret;

/* Looking an algorithm up by name is dear, so it is done once. */
static const EVP_MD *blake2s_md(void)
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(NULL, "BLAKE2S-256", NULL);
	CHECK(md);
	return md;
}

static EVP_MAC *blake2s_mac(void)
{
	static EVP_MAC *mac;

	if (!mac)
		mac = EVP_MAC_fetch(NULL, "BLAKE2SMAC", NULL);
	CHECK(mac);
	return mac;
}

static const EVP_CIPHER *chacha(void)
{
	static EVP_CIPHER *cipher;

	if (!cipher)
		cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	CHECK(cipher);
	return cipher;
}

void blake2s_init(struct blake2s_ctx *ctx, size_t outlen)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();

	CHECK_EQ(outlen, BLAKE2S_HASH_SIZE);
	CHECK_EQ(EVP_DigestInit_ex(hash, blake2s_md(), NULL), 1);
	*ctx = (struct blake2s_ctx){ .hash = hash };
}

void blake2s_init_key(struct blake2s_ctx *ctx, size_t outlen, const void *key, size_t keylen)
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(blake2s_mac());
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &outlen),
		OSSL_PARAM_construct_end(),
	};

	CHECK_EQ(EVP_MAC_init(mac, key, keylen, params), 1);
	*ctx = (struct blake2s_ctx){ .mac = mac };
}

void blake2s_update(struct blake2s_ctx *ctx, const u8 *in, size_t inlen)
{
	if (!inlen)
		return;
	if (ctx->hash)
		CHECK_EQ(EVP_DigestUpdate(ctx->hash, in, inlen), 1);
	else
		CHECK_EQ(EVP_MAC_update(ctx->mac, in, inlen), 1);
}

void blake2s_final(struct blake2s_ctx *ctx, u8 *out)
{
	size_t len;

	if (ctx->hash)
		CHECK_EQ(EVP_DigestFinal_ex(ctx->hash, out, NULL), 1);
	else
		CHECK_EQ(EVP_MAC_final(ctx->mac, out, &len, BLAKE2S_HASH_SIZE), 1);
	EVP_MD_CTX_free(ctx->hash);
	EVP_MAC_CTX_free(ctx->mac);
	memset(ctx, 0, sizeof(*ctx));
}

/* The kernel's nonce is the low 64 of the 96 bits of RFC 8439, little-endian. */
static EVP_CIPHER_CTX *chacha_start(u64 nonce, const u8 *key, const u8 *ad, size_t ad_len,
				    int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	u8 iv[12] = { 0 };
	int len;

	put_unaligned_le64(nonce, iv + 4);
	CHECK_EQ(EVP_CipherInit_ex2(ctx, chacha(), key, iv, encrypt, NULL), 1);
	if (ad_len)
		CHECK_EQ(EVP_CipherUpdate(ctx, NULL, &len, ad, ad_len), 1);
	return ctx;
}

void chacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key)
{
	EVP_CIPHER_CTX *ctx = chacha_start(nonce, key, ad, ad_len, 1);
	int len = 0;

	if (src_len)
		CHECK_EQ(EVP_EncryptUpdate(ctx, dst, &len, src, src_len), 1);
	CHECK_EQ(len, src_len);
	CHECK_EQ(EVP_EncryptFinal_ex(ctx, dst + src_len, &len), 1);
	CHECK_EQ(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CHACHA20POLY1305_AUTHTAG_SIZE,
				     dst + src_len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

bool chacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key)
{
	EVP_CIPHER_CTX *ctx;
	u8 *plain;
	bool good;
	int len = 0;

	if (src_len < CHACHA20POLY1305_AUTHTAG_SIZE)
		return false;
	src_len -= CHACHA20POLY1305_AUTHTAG_SIZE;
	plain = malloc(src_len + 1);
	ctx = chacha_start(nonce, key, ad, ad_len, 0);
	if (src_len)
		CHECK_EQ(EVP_DecryptUpdate(ctx, plain, &len, src, src_len), 1);
	CHECK_EQ(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CHACHA20POLY1305_AUTHTAG_SIZE,
				     (void *)(src + src_len)), 1);
	good = EVP_DecryptFinal_ex(ctx, plain + src_len, &len) == 1;
	if (good)
		memcpy(dst, plain, src_len);
	EVP_CIPHER_CTX_free(ctx);
	free(plain);
	return good;
}

bool curve25519(u8 *shared, const u8 *secret, const u8 *public)
{
	EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public, 32);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(mine, NULL);
	size_t len = CURVE25519_KEY_SIZE;
	bool good;

	crypto_x25519++;
	CHECK_EQ(EVP_PKEY_derive_init(ctx), 1);
	CHECK_EQ(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	/* Fails if the result is all zero, and only then. */
	good = EVP_PKEY_derive(ctx, shared, &len) == 1;
	if (!good)
		memset(shared, 0, CURVE25519_KEY_SIZE);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(mine);
	EVP_PKEY_free(peer);
	return good;
}

bool curve25519_generate_public(u8 *public, const u8 *secret)
{
	EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	size_t len = CURVE25519_KEY_SIZE;

	crypto_x25519++;
	CHECK_EQ(EVP_PKEY_get_raw_public_key(mine, public, &len), 1);
	EVP_PKEY_free(mine);
	return true;
}

void curve25519_generate_secret(u8 *secret)
{
	if (have_next_secret)
		memcpy(secret, next_secret, sizeof(next_secret));
	else
		CHECK_EQ(RAND_bytes(secret, CURVE25519_KEY_SIZE), 1);
	have_next_secret = false;
	secret[0] &= 248;
	secret[31] = (secret[31] & 127) | 64;
}

void crypto_next_secret(const u8 *secret)
{
	memcpy(next_secret, secret, sizeof(next_secret));
	have_next_secret = true;
}

/* Castagnoli's polynomial, bit by bit; like the kernel's, without any inversion. */
u32 crc32c(u32 crc, const void *address, size_t length)
{
	const u8 *at = address;
	int bit;

	while (length--) {
		crc ^= *at++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return crc;
}
