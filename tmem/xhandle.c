// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extended handle as bytes, little-endian on every machine:
 *
 *    0  oid      3 x 64 bit, most significant word first
 *   24  version  64 bit
 *   32  tag      64 bit
 *   40  index    32 bit
 *   44  client   16 bit
 *   46  pool     16 bit
 *   48  size     32 bit
 *   52  flags    32 bit
 */
#include "internal.h"

#include <linux/mm.h>
#include <linux/unaligned.h>

/**
 * tmem_xhandle_pack() - write an extended handle for another machine
 * @xh:		the handle
 * @buf:	where to, any alignment
 *
 * Context: any.
 */
void tmem_xhandle_pack(const struct tmem_xhandle *xh, u8 buf[TMEM_XHANDLE_BYTES])
{
	int i;

	for (i = 0; i < 3; i++)
		put_unaligned_le64(xh->handle.oid.word[i], buf + 8 * i);
	put_unaligned_le64(xh->version, buf + 24);
	put_unaligned_le64(xh->tag, buf + 32);
	put_unaligned_le32(xh->handle.index, buf + 40);
	put_unaligned_le16(xh->handle.client, buf + 44);
	put_unaligned_le16(xh->handle.pool, buf + 46);
	put_unaligned_le32(xh->size, buf + 48);
	put_unaligned_le32(xh->flags, buf + 52);
}
EXPORT_SYMBOL_GPL(tmem_xhandle_pack);

/**
 * tmem_xhandle_unpack() - read an extended handle from another machine
 * @xh:		filled in
 * @buf:	the bytes, any alignment, not trusted
 * @len:	how many there are
 *
 * Context: any.
 * Return: 0; -EPROTO: too short, a size above one page, or a version that no
 * counter reaches.
 */
int tmem_xhandle_unpack(struct tmem_xhandle *xh, const u8 *buf, size_t len)
{
	int i;

	if (len < TMEM_XHANDLE_BYTES)
		return -EPROTO;
	for (i = 0; i < 3; i++)
		xh->handle.oid.word[i] = get_unaligned_le64(buf + 8 * i);
	xh->version = get_unaligned_le64(buf + 24);
	xh->tag = get_unaligned_le64(buf + 32);
	xh->handle.index = get_unaligned_le32(buf + 40);
	xh->handle.client = get_unaligned_le16(buf + 44);
	xh->handle.pool = get_unaligned_le16(buf + 46);
	xh->size = get_unaligned_le32(buf + 48);
	xh->flags = get_unaligned_le32(buf + 52);
	if (xh->size > PAGE_SIZE || xh->version >> (64 - TMEM_VERSION_SHIFT))
		return -EPROTO;
	return 0;
}
EXPORT_SYMBOL_GPL(tmem_xhandle_unpack);
