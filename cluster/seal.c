// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sealing and opening.  The data come before the header on the wire, so that the
 * frame and the data, which are not encrypted, are one piece of associated data.
 *
 * A nonce is never used twice with a key: the counter starts at 0 with the keys of a
 * handshake, only grows, also over a change of keys, and stops at its end.  A message
 * that does not open ends the seal, so nobody can try again.
 *
 * insecure: the same bytes, nothing encrypted, and the tag is a CRC32C, seeded with
 * what a handshake would have bound.  It finds errors and mix-ups, not attackers.
 */
#include "seal.h"

#include <crypto/chacha20poly1305.h>
#include <linux/build_bug.h>
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>

#define TAG_BYTES	CHACHA20POLY1305_AUTHTAG_SIZE

static_assert(CLUSTER_WIRE_SEAL_BYTES == TAG_BYTES);
static_assert((CLUSTER_SEAL_REKEY & (CLUSTER_SEAL_REKEY - 1)) == 0);

/* A message in a buffer: what only the tag covers, and what is encrypted. */
struct parts {
	u8	*plain;
	size_t	plain_len;
	u8	*header;
	size_t	header_len;	/* the tag follows */
};

static struct parts parts_of(void *buf, const struct cluster_frame *frame)
{
	struct parts parts = {
		.plain = buf,
		.plain_len = sizeof(struct cluster_wire_frame) + frame->data_len,
		.header_len = frame->header_len,
	};

	parts.header = parts.plain + parts.plain_len;
	return parts;
}

/**
 * cluster_seal_start() - begin one direction
 * @seal:	filled in
 * @key:	of this direction, from a handshake, and used for nothing else
 *
 * Context: any.
 */
void cluster_seal_start(struct cluster_seal *seal, const u8 key[CLUSTER_NOISE_KEY_BYTES])
{
	*seal = (struct cluster_seal){ .counter = 0 };
	memcpy(seal->key, key, sizeof(seal->key));
}

/**
 * cluster_seal_start_insecure() - begin one direction without any secret
 * @seal:	filled in
 * @from_initiator: whether it is the direction of who connected
 * @prologue:	what both must agree on
 * @len:	bytes of @prologue
 *
 * Context: any.
 */
void cluster_seal_start_insecure(struct cluster_seal *seal, bool from_initiator,
				 const void *prologue, size_t len)
{
	u8 direction = from_initiator;

	*seal = (struct cluster_seal){ .insecure = true };
	seal->seed = crc32c(crc32c(~0U, prologue, len), &direction, sizeof(direction));
}

/* REKEY of Noise, section 4.2: its nonce is the one that no message gets. */
static void rekey(struct cluster_seal *seal)
{
	static const u8 zeros[CLUSTER_NOISE_KEY_BYTES];
	u8 out[CLUSTER_NOISE_KEY_BYTES + TAG_BYTES];

	chacha20poly1305_encrypt(out, zeros, sizeof(zeros), NULL, 0, U64_MAX, seal->key);
	memcpy(seal->key, out, sizeof(seal->key));
	memzero_explicit(out, sizeof(out));
}

static void advance(struct cluster_seal *seal)
{
	seal->counter++;
	if (!seal->insecure && !(seal->counter & (CLUSTER_SEAL_REKEY - 1)))
		rekey(seal);
}

static void checksum(const struct cluster_seal *seal, const struct parts *parts, u8 tag[TAG_BYTES])
{
	__le64 counter = cpu_to_le64(seal->counter);
	u32 crc = crc32c(seal->seed, &counter, sizeof(counter));
	__le32 wire = cpu_to_le32(crc32c(crc, parts->plain,
					 parts->plain_len + parts->header_len));

	memset(tag, 0, TAG_BYTES);
	memcpy(tag, &wire, sizeof(wire));
}

/**
 * cluster_seal_write() - make the bytes of a message
 * @seal:	the direction in which it goes
 * @buf:	send buffer
 * @room:	its size, CLUSTER_WIRE_FRAME_MAX is always enough
 * @msg:	the message; its body is not in @buf, its data either at
 *		cluster_seal_data(buf) already or not in @buf
 *
 * Body and data are copied: they may change as soon as this returns.  The buffer must
 * not change until TCP has let go of it.
 *
 * Messages go out in the order in which they were sealed: what may be overtaken in a
 * queue is sealed when it leaves the queue.
 *
 * Context: any but hard interrupts; the lane's send lock is held.
 * Return: bytes to send, above 0; -ENOSPC: @room is too small; -EKEYEXPIRED: this
 * connection has sent all it can; or what is wrong with @msg, see the head of wire.h.
 * An error uses up no number.
 */
int cluster_seal_write(struct cluster_seal *seal, void *buf, size_t room,
		       const struct cluster_msg *msg)
{
	struct cluster_frame frame;
	struct parts parts;
	int err = cluster_wire_frame_of(&frame, msg);

	if (err)
		return err;
	if (cluster_wire_frame_bytes(&frame) > room)
		return -ENOSPC;
	if (seal->counter == U64_MAX)
		return -EKEYEXPIRED;
	parts = parts_of(buf, &frame);
	cluster_wire_pack_frame(&frame, buf);
	if (msg->data_len && msg->data != cluster_seal_data(buf))
		memcpy(cluster_seal_data(buf), msg->data, msg->data_len);
	cluster_wire_pack_header(msg, parts.header);
	if (seal->insecure)
		checksum(seal, &parts, parts.header + parts.header_len);
	else
		chacha20poly1305_encrypt(parts.header, parts.header, parts.header_len,
					 parts.plain, parts.plain_len, seal->counter, seal->key);
	advance(seal);
	return cluster_wire_frame_bytes(&frame);
}

/* Whether the tag is right; if so the header is decrypted in its place. */
static bool open_parts(const struct cluster_seal *seal, const struct parts *parts)
{
	u8 tag[TAG_BYTES];

	if (!seal->insecure)
		return chacha20poly1305_decrypt(parts->header, parts->header,
						parts->header_len + TAG_BYTES, parts->plain,
						parts->plain_len, seal->counter, seal->key);
	checksum(seal, parts, tag);
	return !memcmp(tag, parts->header + parts->header_len, TAG_BYTES);
}

static int open_next(struct cluster_seal *seal, void *buf, size_t len, struct cluster_msg *msg)
{
	struct cluster_frame frame;
	struct parts parts;
	int err = cluster_wire_unpack_frame(&frame, buf, len);

	if (err)
		return err;
	if (len != cluster_wire_frame_bytes(&frame))
		return -EMSGSIZE;
	if (seal->counter == U64_MAX)
		return -EKEYEXPIRED;
	parts = parts_of(buf, &frame);
	if (!open_parts(seal, &parts))
		return -EBADMSG;
	advance(seal);
	return cluster_wire_unpack_header(msg, &frame, parts.header, cluster_seal_data(buf));
}

/**
 * cluster_seal_open() - read the next message of a direction
 * @seal:	the direction from which it came
 * @buf:	the bytes, changed
 * @len:	how many there are: cluster_wire_frame_bytes() of their frame
 * @msg:	filled in on success; its body and data point into @buf
 *
 * Context: any but hard interrupts; by the lane's only reader.
 * Return: 0; -EBADMSG: it is not the next message that the peer sealed; -EKEYEXPIRED:
 * there was an error before, or no number is left; or see the head of wire.h.  After
 * an error nothing opens any more, and the connection is to be closed.
 */
int cluster_seal_open(struct cluster_seal *seal, void *buf, size_t len, struct cluster_msg *msg)
{
	int err = open_next(seal, buf, len, msg);

	if (err)
		cluster_seal_end(seal);
	return err;
}

/**
 * cluster_seal_end() - forget the key of a direction, nothing can follow
 * @seal:	the direction
 *
 * Context: any.
 */
void cluster_seal_end(struct cluster_seal *seal)
{
	memzero_explicit(seal, sizeof(*seal));
	seal->counter = U64_MAX;
}
