/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One direction of a connection after the handshake: each message is sealed on one
 * side and opened on the other.
 *
 *	| frame, 8 bytes | data | header and body, encrypted | tag, 16 bytes |
 *
 * The tag covers all of it.  The number of the message is the nonce, and is not sent:
 * TCP keeps order, so whatever is lost, repeated, reordered or sent back does not open.
 *
 * No locks: who seals holds the lane's send lock, who opens is the lane's only reader.
 */
#ifndef CLUSTER_SEAL_H
#define CLUSTER_SEAL_H

#include <linux/types.h>

#include "noise.h"
#include "wire.h"

/*
 * Messages under one key: a power of two, a few GiB at most.  Both sides count, so
 * nothing is said about it.  The cipher would bear far more (RFC 8446, 5.5); it is for
 * keys of old messages not to lie in memory for weeks.
 */
#define CLUSTER_SEAL_REKEY	65536

/**
 * struct cluster_seal - one direction
 * @counter:	number of the next message; U64_MAX: none may follow
 * @insecure:	a checksum instead of a cipher
 * @seed:	of the checksum
 * @key:	of the cipher
 */
struct cluster_seal {
	u64	counter;
	bool	insecure;
	u32	seed;
	u8	key[CLUSTER_NOISE_KEY_BYTES];
};

void cluster_seal_start(struct cluster_seal *seal, const u8 key[CLUSTER_NOISE_KEY_BYTES]);
void cluster_seal_start_insecure(struct cluster_seal *seal, bool from_initiator,
				 const void *prologue, size_t len);
int __must_check cluster_seal_write(struct cluster_seal *seal, void *buf, size_t room,
				    const struct cluster_msg *msg);
int __must_check cluster_seal_open(struct cluster_seal *seal, void *buf, size_t len,
				   struct cluster_msg *msg);
void cluster_seal_end(struct cluster_seal *seal);

/**
 * cluster_seal_data() - where in a send buffer the data of a message are
 * @buf:	the buffer
 *
 * Who writes the data there, and points cluster_msg.data to it, saves a copy.
 *
 * Context: any.
 * Return: room for the data; what follows them is overwritten by the seal.
 */
static inline void *cluster_seal_data(void *buf)
{
	return (u8 *)buf + sizeof(struct cluster_wire_frame);
}

#endif /* CLUSTER_SEAL_H */
