// SPDX-License-Identifier: GPL-2.0-only
/* The handshake from inside: message 1 with a public key of one's choice. */
#include "cluster/noise.c"

#include "hostile.h"

/*
 * Message 1, or message 2 if the key is a point that leads to a secret of zeros: whoever sends
 * it needs no secret of its own.
 */
void noise_write_point(struct cluster_noise *noise, u8 *msg, const u8 point[32],
		       const void *payload, size_t len)
{
	static const u8 zeros[CLUSTER_NOISE_KEY_BYTES];

	memcpy(msg, point, EPHEMERAL_BYTES);
	mix_ephemeral(noise, msg);
	if (noise->state == CLUSTER_NOISE_WRITE_SECOND)
		mix_key(noise, zeros);
	msg += EPHEMERAL_BYTES;
	chacha20poly1305_encrypt(msg, payload, len, noise->hash, sizeof(noise->hash), 0,
				 noise->key);
}
