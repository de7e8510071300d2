/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s: two nodes that share a key prove it to each
 * other and agree on keys for one connection.
 *
 *	initiator				responder
 *	start, write 1   ---- psk, e ---->	start, read 1
 *	read 2           <--- e, ee ------	write 2
 *	split					split
 *
 * Each message carries a payload, encrypted.  That of message 1 may have been sent
 * before by somebody who recorded it: nothing may follow from it before the first
 * message under the keys of the split has been opened.
 *
 * No locks: a handshake belongs to whoever works on its connection.
 */
#ifndef CLUSTER_NOISE_H
#define CLUSTER_NOISE_H

#include <linux/types.h>

#define CLUSTER_NOISE_KEY_BYTES		32
#define CLUSTER_NOISE_HASH_BYTES	32

/* What a message is longer than its payload: an ephemeral key and the AEAD's tag. */
#define CLUSTER_NOISE_MORE_BYTES	(32 + 16)

enum cluster_noise_state {
	CLUSTER_NOISE_DEAD,		/* failed or ended; holds no secret */
	CLUSTER_NOISE_WRITE_FIRST,	/* initiator */
	CLUSTER_NOISE_READ_FIRST,	/* responder */
	CLUSTER_NOISE_WRITE_SECOND,	/* responder: the initiator knew the key, once */
	CLUSTER_NOISE_READ_SECOND,	/* initiator */
	CLUSTER_NOISE_DONE,		/* only the split is missing */
};

/**
 * struct cluster_noise - one side of a handshake
 * @state:	what comes next
 * @initiator:	this side began
 * @chain:	chaining key
 * @hash:	of all that was exchanged, and of the prologue
 * @key:	of the next payload
 * @secret:	own ephemeral
 * @remote:	public ephemeral of the peer
 */
struct cluster_noise {
	enum cluster_noise_state	state;
	bool				initiator;
	u8				chain[CLUSTER_NOISE_HASH_BYTES];
	u8				hash[CLUSTER_NOISE_HASH_BYTES];
	u8				key[CLUSTER_NOISE_KEY_BYTES];
	u8				secret[CLUSTER_NOISE_KEY_BYTES];
	u8				remote[CLUSTER_NOISE_KEY_BYTES];
};

/**
 * struct cluster_noise_keys - what a handshake leads to
 * @tx:		of the messages this side sends
 * @rx:		of those it receives
 * @hash:	the same on both sides, different for each handshake, not a secret
 */
struct cluster_noise_keys {
	u8	tx[CLUSTER_NOISE_KEY_BYTES];
	u8	rx[CLUSTER_NOISE_KEY_BYTES];
	u8	hash[CLUSTER_NOISE_HASH_BYTES];
};

void cluster_noise_psk(u8 psk[CLUSTER_NOISE_KEY_BYTES],
		       const u8 cluster_key[CLUSTER_NOISE_KEY_BYTES], u16 node, u16 peer);

void cluster_noise_start(struct cluster_noise *noise, bool initiator,
			 const u8 psk[CLUSTER_NOISE_KEY_BYTES],
			 const void *prologue, size_t len);
int __must_check cluster_noise_write(struct cluster_noise *noise, u8 *msg,
				     const void *payload, size_t len);
int __must_check cluster_noise_read(struct cluster_noise *noise, void *payload,
				    const u8 *msg, size_t len);
int __must_check cluster_noise_split(struct cluster_noise *noise,
				     struct cluster_noise_keys *keys);
void cluster_noise_end(struct cluster_noise *noise);

#endif /* CLUSTER_NOISE_H */
