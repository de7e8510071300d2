// SPDX-License-Identifier: GPL-2.0-only
/* Messages that are sealed as they should be, and say what no node would say. */
#include "hostile.h"

#include <crypto/chacha20poly1305.h>
#include <linux/crc32c.h>
#include <linux/string.h>

/* The lengths agree at first; the rest is zero but for the kind. */
void wild_message(struct wild *wild, u8 kind, u32 body_len, u32 data_len)
{
	memset(wild, 0, sizeof(*wild));
	wild->frame.data_len = cpu_to_le32(data_len);
	wild->frame.header_len = cpu_to_le16(sizeof(wild->header) + body_len);
	wild->header.kind = kind;
}

static void checksum(struct peer *p, const u8 *from, u32 len, u8 *tag)
{
	__le64 counter = cpu_to_le64(p->tx.counter);
	__le32 crc = cpu_to_le32(crc32c(crc32c(p->tx.seed, &counter, sizeof(counter)), from,
					len));

	memset(tag, 0, CLUSTER_WIRE_SEAL_BYTES);
	memcpy(tag, &crc, sizeof(crc));
}

/* The bytes of it, as many as its lengths say: these fit body and data. */
u32 wild_seal(struct peer *p, const struct wild *wild, u8 *to)
{
	u32 data_len = le32_to_cpu(wild->frame.data_len);
	u32 header_len = le16_to_cpu(wild->frame.header_len);
	u32 plain_len = sizeof(wild->frame) + data_len;
	u8 *header = to + plain_len;

	memcpy(to, &wild->frame, sizeof(wild->frame));
	memcpy(to + sizeof(wild->frame), wild->data, data_len);
	memcpy(header, &wild->header, sizeof(wild->header));
	memcpy(header + sizeof(wild->header), wild->body, header_len - sizeof(wild->header));
	if (p->tx.insecure)
		checksum(p, to, plain_len + header_len, header + header_len);
	else
		chacha20poly1305_encrypt(header, header, header_len, to, plain_len,
					 p->tx.counter, p->tx.key);
	p->tx.counter++;
	return plain_len + header_len + CLUSTER_WIRE_SEAL_BYTES;
}

bool wild_send(struct peer *p, const struct wild *wild)
{
	u8 buf[WILD_BYTES];

	return send_all(p->fd, buf, wild_seal(p, wild, buf));
}

/* A right heartbeat as it is on the wire. */
u32 wild_beat(struct peer *p, u8 *to)
{
	struct cluster_heartbeat beat = {
		.incarnation = le64_to_cpu(p->join.incarnation), .free_bytes = 1,
		.total_bytes = 1,
	};
	struct wild wild;

	wild_message(&wild, CLUSTER_HEARTBEAT, sizeof(struct cluster_wire_heartbeat), 0);
	cluster_wire_pack_heartbeat(&beat, wild.body);
	return wild_seal(p, &wild, to);
}
