// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handshake, after "The Noise Protocol Framework", revision 34.  Names in quotes
 * are those of its section 5; the pattern, section 9, is
 *
 *	NNpsk0:  -> psk, e   <- e, ee
 *
 * In a pattern with a psk "e" also mixes the public key into the chaining key, so the
 * key of message 1 depends on the psk and is new for each initiator, although there
 * was no X25519 yet.  Its tag is how a responder tells, before any costly work, that
 * whoever sent it knows the psk.
 *
 * Each payload is the first to be encrypted under its key, so the nonce is always 0.
 */
#include "noise.h"

#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

static const char protocol_name[] = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";

#define EPHEMERAL_BYTES		CURVE25519_KEY_SIZE
#define TAG_BYTES		CHACHA20POLY1305_AUTHTAG_SIZE

static_assert(EPHEMERAL_BYTES + TAG_BYTES == CLUSTER_NOISE_MORE_BYTES);
static_assert(CLUSTER_NOISE_HASH_BYTES == BLAKE2S_HASH_SIZE);
static_assert(CLUSTER_NOISE_KEY_BYTES == CHACHA20POLY1305_KEY_SIZE);
static_assert(CLUSTER_NOISE_KEY_BYTES == CURVE25519_KEY_SIZE);
/* A hash can be a key as it is, nothing is cut off. */
static_assert(CLUSTER_NOISE_HASH_BYTES == CLUSTER_NOISE_KEY_BYTES);
/* "Initialize": a name longer than a hash is hashed, a shorter one would be padded. */
static_assert(sizeof(protocol_name) - 1 > CLUSTER_NOISE_HASH_BYTES);

/* BLAKE2s-256 of one thing behind another. */
static void hash_pair(u8 out[BLAKE2S_HASH_SIZE], const void *first, size_t first_len,
		      const void *second, size_t second_len)
{
	struct blake2s_ctx ctx;

	blake2s_init(&ctx, BLAKE2S_HASH_SIZE);
	blake2s_update(&ctx, first, first_len);
	blake2s_update(&ctx, second, second_len);
	blake2s_final(&ctx, out);
}

/* HMAC (RFC 2104) with BLAKE2s-256; Noise never has a key longer than a hash. */
static void hmac(u8 out[BLAKE2S_HASH_SIZE], const u8 key[BLAKE2S_HASH_SIZE],
		 const u8 *data, size_t len)
{
	u8 pad[BLAKE2S_BLOCK_SIZE], inner[BLAKE2S_HASH_SIZE];
	unsigned int i;

	for (i = 0; i < sizeof(pad); i++)
		pad[i] = 0x36 ^ (i < BLAKE2S_HASH_SIZE ? key[i] : 0);
	hash_pair(inner, pad, sizeof(pad), data, len);
	for (i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	hash_pair(out, pad, sizeof(pad), inner, sizeof(inner));
	memzero_explicit(pad, sizeof(pad));
	memzero_explicit(inner, sizeof(inner));
}

/* "HKDF": each output depends on the one before, the number of it follows. */
static void hkdf(const u8 chain[BLAKE2S_HASH_SIZE], const u8 *input, size_t len,
		 u8 (*out)[BLAKE2S_HASH_SIZE], int count)
{
	u8 temp[BLAKE2S_HASH_SIZE], text[BLAKE2S_HASH_SIZE + 1];
	size_t text_len = 0;
	int i;

	hmac(temp, chain, input, len);
	for (i = 0; i < count; i++) {
		text[text_len] = i + 1;
		hmac(out[i], temp, text, text_len + 1);
		memcpy(text, out[i], BLAKE2S_HASH_SIZE);
		text_len = BLAKE2S_HASH_SIZE;
	}
	memzero_explicit(temp, sizeof(temp));
	memzero_explicit(text, sizeof(text));
}

/* "MixHash" */
static void mix_hash(struct cluster_noise *noise, const void *data, size_t len)
{
	hash_pair(noise->hash, noise->hash, sizeof(noise->hash), data, len);
}

/* "MixKey" */
static void mix_key(struct cluster_noise *noise, const u8 input[CLUSTER_NOISE_KEY_BYTES])
{
	u8 out[2][BLAKE2S_HASH_SIZE];

	hkdf(noise->chain, input, CLUSTER_NOISE_KEY_BYTES, out, 2);
	memcpy(noise->chain, out[0], sizeof(noise->chain));
	memcpy(noise->key, out[1], sizeof(noise->key));
	memzero_explicit(out, sizeof(out));
}

/* "MixKeyAndHash" */
static void mix_key_and_hash(struct cluster_noise *noise, const u8 psk[CLUSTER_NOISE_KEY_BYTES])
{
	u8 out[3][BLAKE2S_HASH_SIZE];

	hkdf(noise->chain, psk, CLUSTER_NOISE_KEY_BYTES, out, 3);
	memcpy(noise->chain, out[0], sizeof(noise->chain));
	mix_hash(noise, out[1], sizeof(out[1]));
	memcpy(noise->key, out[2], sizeof(noise->key));
	memzero_explicit(out, sizeof(out));
}

/* A public ephemeral, written or read. */
static void mix_ephemeral(struct cluster_noise *noise, const u8 public[EPHEMERAL_BYTES])
{
	mix_hash(noise, public, EPHEMERAL_BYTES);
	mix_key(noise, public);
}

/* "ee".  All zero comes of a point that was chosen so, and would be known to anybody. */
static int mix_shared(struct cluster_noise *noise)
{
	u8 shared[CURVE25519_KEY_SIZE];
	bool good = curve25519(shared, noise->secret, noise->remote);

	if (good)
		mix_key(noise, shared);
	memzero_explicit(shared, sizeof(shared));
	return good ? 0 : -EKEYREJECTED;
}

/**
 * cluster_noise_psk() - the key of one pair of nodes
 * @psk:	filled in
 * @cluster_key: that all nodes share
 * @node:	number of one of the two
 * @peer:	number of the other
 *
 * BLAKE2s of both numbers, the lower one first, under the cluster's key: both sides
 * find the same, and no two pairs have the same.
 *
 * Context: any.
 */
void cluster_noise_psk(u8 psk[CLUSTER_NOISE_KEY_BYTES],
		       const u8 cluster_key[CLUSTER_NOISE_KEY_BYTES], u16 node, u16 peer)
{
	__le16 pair[2] = { cpu_to_le16(min(node, peer)), cpu_to_le16(max(node, peer)) };
	struct blake2s_ctx ctx;

	blake2s_init_key(&ctx, CLUSTER_NOISE_KEY_BYTES, cluster_key, CLUSTER_NOISE_KEY_BYTES);
	blake2s_update(&ctx, (const u8 *)pair, sizeof(pair));
	blake2s_final(&ctx, psk);
}

/**
 * cluster_noise_start() - begin a handshake
 * @noise:	filled in, whatever it was; ends with cluster_noise_split() or _end()
 * @initiator:	whether this side writes message 1
 * @psk:	of the pair; not needed afterwards
 * @prologue:	what both must agree on; the handshake fails if they do not
 * @len:	bytes of @prologue
 *
 * Context: any.
 */
void cluster_noise_start(struct cluster_noise *noise, bool initiator,
			 const u8 psk[CLUSTER_NOISE_KEY_BYTES],
			 const void *prologue, size_t len)
{
	memset(noise, 0, sizeof(*noise));
	noise->initiator = initiator;
	noise->state = initiator ? CLUSTER_NOISE_WRITE_FIRST : CLUSTER_NOISE_READ_FIRST;
	hash_pair(noise->hash, protocol_name, sizeof(protocol_name) - 1, NULL, 0);
	memcpy(noise->chain, noise->hash, sizeof(noise->chain));
	mix_hash(noise, prologue, len);
	/* "psk" comes first in message 1 and needs nothing of it. */
	mix_key_and_hash(noise, psk);
}

static int fail(struct cluster_noise *noise, int err)
{
	cluster_noise_end(noise);
	return err;
}

/**
 * cluster_noise_write() - write message 1 (initiator) or 2 (responder)
 * @noise:	the handshake
 * @msg:	room for CLUSTER_NOISE_MORE_BYTES + @len
 * @payload:	sent encrypted
 * @len:	bytes of @payload
 *
 * Context: process, may sleep until the kernel has gathered randomness.  Costs one
 * X25519 in message 1 and two in message 2.
 * Return: 0; -EINVAL: it is not this side's turn; -EKEYREJECTED: the peer's ephemeral
 * leads to a shared secret of zeros.  After an error the handshake is dead.
 */
int cluster_noise_write(struct cluster_noise *noise, u8 *msg, const void *payload, size_t len)
{
	bool second = noise->state == CLUSTER_NOISE_WRITE_SECOND;
	int err;

	if (!second && noise->state != CLUSTER_NOISE_WRITE_FIRST)
		return fail(noise, -EINVAL);
	curve25519_generate_secret(noise->secret);
	if (!curve25519_generate_public(msg, noise->secret))
		return fail(noise, -EKEYREJECTED);
	mix_ephemeral(noise, msg);
	if (second) {
		err = mix_shared(noise);
		if (err)
			return fail(noise, err);
	}
	msg += EPHEMERAL_BYTES;
	chacha20poly1305_encrypt(msg, payload, len, noise->hash, sizeof(noise->hash), 0,
				 noise->key);
	mix_hash(noise, msg, len + TAG_BYTES);
	noise->state = second ? CLUSTER_NOISE_DONE : CLUSTER_NOISE_READ_SECOND;
	return 0;
}

/**
 * cluster_noise_read() - read message 1 (responder) or 2 (initiator)
 * @noise:	the handshake
 * @payload:	room for @len - CLUSTER_NOISE_MORE_BYTES, not within @msg
 * @msg:	the message, not trusted
 * @len:	bytes of @msg
 *
 * Context: any.  Costs no X25519 in message 1 and one in message 2.
 * Return: 0; -EINVAL: it is not this side's turn; -EMSGSIZE: too short to be one;
 * -EKEYREJECTED: a shared secret of zeros; -EBADMSG: not from a peer with the same key
 * and prologue.  After an error the handshake is dead.
 */
int cluster_noise_read(struct cluster_noise *noise, void *payload, const u8 *msg, size_t len)
{
	bool second = noise->state == CLUSTER_NOISE_READ_SECOND;
	int err;

	if (!second && noise->state != CLUSTER_NOISE_READ_FIRST)
		return fail(noise, -EINVAL);
	if (len < CLUSTER_NOISE_MORE_BYTES)
		return fail(noise, -EMSGSIZE);
	memcpy(noise->remote, msg, EPHEMERAL_BYTES);
	mix_ephemeral(noise, noise->remote);
	if (second) {
		err = mix_shared(noise);
		if (err)
			return fail(noise, err);
	}
	msg += EPHEMERAL_BYTES;
	len -= EPHEMERAL_BYTES;
	if (!chacha20poly1305_decrypt(payload, msg, len, noise->hash, sizeof(noise->hash), 0,
				      noise->key))
		return fail(noise, -EBADMSG);
	mix_hash(noise, msg, len);
	noise->state = second ? CLUSTER_NOISE_DONE : CLUSTER_NOISE_WRITE_SECOND;
	return 0;
}

/**
 * cluster_noise_split() - take the keys out of a finished handshake
 * @noise:	the handshake, dead afterwards
 * @keys:	filled in on success; the caller wipes it when the keys are in use
 *
 * Context: any.
 * Return: 0; -EINVAL: the handshake is not finished.
 */
int cluster_noise_split(struct cluster_noise *noise, struct cluster_noise_keys *keys)
{
	u8 out[2][BLAKE2S_HASH_SIZE];

	if (noise->state != CLUSTER_NOISE_DONE)
		return fail(noise, -EINVAL);
	/* "Split": the first key is for what the initiator sends. */
	hkdf(noise->chain, NULL, 0, out, 2);
	memcpy(keys->tx, out[!noise->initiator], sizeof(keys->tx));
	memcpy(keys->rx, out[noise->initiator], sizeof(keys->rx));
	memcpy(keys->hash, noise->hash, sizeof(keys->hash));
	memzero_explicit(out, sizeof(out));
	cluster_noise_end(noise);
	return 0;
}

/**
 * cluster_noise_end() - forget a handshake and all its secrets
 * @noise:	the handshake; may be dead already
 *
 * Context: any.
 */
void cluster_noise_end(struct cluster_noise *noise)
{
	memzero_explicit(noise, sizeof(*noise));
}
