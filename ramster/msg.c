// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes to numbers and back.  Pure functions: no state, no memory of their own, no loop
 * longer than RAMSTER_PAGES_MAX.  They are compiled in user space too, tested and fuzzed.
 */
#include "msg.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <asm/byteorder.h>

static_assert(sizeof(struct ramster_wire_attach) == 24);
static_assert(sizeof(struct ramster_wire_attached) == 24);
static_assert(sizeof(struct ramster_wire_pages) == 16);
static_assert(sizeof(struct ramster_wire_done) == 72);
static_assert(offsetof(struct ramster_wire_done, stored) == 8);
static_assert(sizeof(struct ramster_wire_get) == 16);
static_assert(sizeof(struct ramster_wire_recall) == 8);
static_assert(sizeof(struct ramster_wire_goodbye) == 16);
static_assert(RAMSTER_NAME_BITS + 16 <= 64);

static bool name_valid(__u64 name)
{
	return name <= RAMSTER_NAME_MAX;
}

/**
 * ramster_msg_attach() - body of an attach
 * @to:		filled in
 * @incarnation: of the sender, not 0
 * @lease:	that the sender believes in, 0: none
 *
 * Context: any.
 */
void ramster_msg_attach(struct ramster_wire_attach *to, __u64 incarnation, __u64 lease)
{
	*to = (struct ramster_wire_attach){
		.version = cpu_to_le32(RAMSTER_MSG_VERSION),
		.incarnation = cpu_to_le64(incarnation),
		.lease = cpu_to_le64(lease),
	};
}

/**
 * ramster_msg_unpack_attach() - read the body of an attach
 * @from:	the bytes
 * @len:	how many
 * @incarnation: set
 * @lease:	set
 *
 * Context: any.
 * Return: 0; -EPROTONOSUPPORT: of another version; or see msg.h.
 */
int ramster_msg_unpack_attach(const void *from, size_t len, __u64 *incarnation, __u64 *lease)
{
	struct ramster_wire_attach wire;

	if (len < sizeof(wire.version))
		return -EMSGSIZE;
	memcpy(&wire.version, from, sizeof(wire.version));
	if (le32_to_cpu(wire.version) != RAMSTER_MSG_VERSION)
		return -EPROTONOSUPPORT;
	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	if (wire.zero || !wire.incarnation)
		return -EPROTO;
	*incarnation = le64_to_cpu(wire.incarnation);
	*lease = le64_to_cpu(wire.lease);
	return 0;
}

/**
 * ramster_msg_attached() - body of the reply to an attach
 * @to:		filled in
 * @lease:	under which pages are kept, not 0
 * @room:	page frames that would still be given
 * @pages:	that are kept
 *
 * Context: any.
 */
void ramster_msg_attached(struct ramster_wire_attached *to, __u64 lease, __u32 room,
			  __u64 pages)
{
	*to = (struct ramster_wire_attached){
		.version = cpu_to_le32(RAMSTER_MSG_VERSION),
		.room = cpu_to_le32(room),
		.lease = cpu_to_le64(lease),
		.pages = cpu_to_le64(pages),
	};
}

/**
 * ramster_msg_unpack_attached() - read the reply to an attach
 * @from:	the bytes
 * @len:	how many
 * @lease:	set
 * @room:	set
 * @pages:	set
 *
 * Context: any.
 * Return: 0; -EPROTONOSUPPORT: of another version; or see msg.h.
 */
int ramster_msg_unpack_attached(const void *from, size_t len, __u64 *lease, __u32 *room,
				__u64 *pages)
{
	struct ramster_wire_attached wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	if (le32_to_cpu(wire.version) != RAMSTER_MSG_VERSION)
		return -EPROTONOSUPPORT;
	if (!wire.lease)
		return -EPROTO;
	*lease = le64_to_cpu(wire.lease);
	*room = le32_to_cpu(wire.room);
	*pages = le64_to_cpu(wire.pages);
	return 0;
}

/**
 * ramster_msg_pages() - begin the body of a put or flush
 * @to:		room for RAMSTER_PAGES_BODY_MAX bytes
 * @lease:	as in the last attach
 * @count:	of pages, each set by ramster_msg_set_page()
 *
 * Context: any.
 * Return: bytes of the body.
 */
size_t ramster_msg_pages(void *to, __u64 lease, unsigned int count)
{
	struct ramster_wire_pages wire = {
		.lease = cpu_to_le64(lease),
		.count = cpu_to_le16(count),
	};

	memcpy(to, &wire, sizeof(wire));
	return sizeof(wire) + count * sizeof(__le64);
}

/**
 * ramster_msg_set_page() - one page of a put or flush
 * @to:		the body
 * @nr:		which, below RAMSTER_PAGES_MAX
 * @name:	of the page
 * @size:	its bytes in the data, 0 in a flush
 *
 * Context: any.
 */
void ramster_msg_set_page(void *to, unsigned int nr, __u64 name, size_t size)
{
	__le64 word = cpu_to_le64(name << 16 | size);

	memcpy(to + sizeof(struct ramster_wire_pages) + nr * sizeof(word), &word, sizeof(word));
}

/**
 * ramster_msg_page() - one page of a put or flush that was received
 * @pages:	as unpacked
 * @nr:		which, below @pages->count
 * @size:	set to its bytes in the data
 *
 * Context: any.
 * Return: its name.
 */
__u64 ramster_msg_page(const struct ramster_pages *pages, unsigned int nr, size_t *size)
{
	__le64 word;

	memcpy(&word, pages->words + nr * sizeof(word), sizeof(word));
	*size = le64_to_cpu(word) & 0xffff;
	return le64_to_cpu(word) >> 16;
}

/**
 * ramster_msg_unpack_pages() - read the body of a put or flush
 * @from:	the bytes; @pages refers to them
 * @len:	how many
 * @data_len:	bytes of data that came with it, all of which must belong to pages; 0: it
 *		is a flush
 * @pages:	filled in
 *
 * Context: any.
 * Return: 0; or see msg.h.
 */
int ramster_msg_unpack_pages(const void *from, size_t len, size_t data_len,
			     struct ramster_pages *pages)
{
	struct ramster_wire_pages wire;
	unsigned int nr;
	size_t size;

	if (len < sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	*pages = (struct ramster_pages){
		.lease = le64_to_cpu(wire.lease),
		.count = le16_to_cpu(wire.count),
		.words = (const __u8 *)from + sizeof(wire),
	};
	if (!pages->count || pages->count > RAMSTER_PAGES_MAX)
		return -ERANGE;
	if (len != sizeof(wire) + pages->count * sizeof(__le64))
		return -EMSGSIZE;
	if (memchr_inv(wire.zero, 0, sizeof(wire.zero)))
		return -EPROTO;
	for (nr = 0; nr < pages->count; nr++) {
		if (!name_valid(ramster_msg_page(pages, nr, &size)) || size > RAMSTER_SEALED_MAX)
			return -ERANGE;
		if (!size != !data_len)
			return -EPROTO;
		pages->bytes += size;
	}
	return pages->bytes == data_len ? 0 : -EMSGSIZE;
}

/**
 * ramster_msg_unpack_done() - read the reply to a put or flush
 * @from:	the bytes
 * @len:	how many
 * @count:	pages in the request
 * @room:	set
 * @stored:	set to a bit for each page, room for RAMSTER_PAGES_MAX of them
 *
 * Context: any.
 * Return: 0; or see msg.h.
 */
int ramster_msg_unpack_done(const void *from, size_t len, unsigned int count, __u32 *room,
			    __u8 stored[])
{
	struct ramster_wire_done wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	if (wire.zero || le16_to_cpu(wire.count) != count)
		return -EPROTO;
	*room = le32_to_cpu(wire.room);
	memcpy(stored, wire.stored, sizeof(wire.stored));
	return 0;
}

/**
 * ramster_msg_get() - body of a get
 * @to:		filled in
 * @lease:	as in the last attach
 * @name:	of the page
 *
 * Context: any.
 */
void ramster_msg_get(struct ramster_wire_get *to, __u64 lease, __u64 name)
{
	to->lease = cpu_to_le64(lease);
	to->name = cpu_to_le64(name);
}

/**
 * ramster_msg_unpack_get() - read the body of a get
 * @from:	the bytes
 * @len:	how many
 * @lease:	set
 * @name:	set
 *
 * Context: any.
 * Return: 0; or see msg.h.
 */
int ramster_msg_unpack_get(const void *from, size_t len, __u64 *lease, __u64 *name)
{
	struct ramster_wire_get wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	*lease = le64_to_cpu(wire.lease);
	*name = le64_to_cpu(wire.name);
	return name_valid(*name) ? 0 : -ERANGE;
}

/**
 * ramster_msg_recall() - body of a recall
 * @to:		filled in
 * @pages:	that should go
 *
 * Context: any.
 */
void ramster_msg_recall(struct ramster_wire_recall *to, __u32 pages)
{
	*to = (struct ramster_wire_recall){ .pages = cpu_to_le32(pages) };
}

/**
 * ramster_msg_unpack_recall() - read the body of a recall
 * @from:	the bytes
 * @len:	how many
 * @pages:	set
 *
 * Context: any.
 * Return: 0; or see msg.h.
 */
int ramster_msg_unpack_recall(const void *from, size_t len, __u32 *pages)
{
	struct ramster_wire_recall wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	*pages = le32_to_cpu(wire.pages);
	return wire.zero ? -EPROTO : 0;
}

/**
 * ramster_msg_goodbye() - body of a goodbye
 * @to:		filled in
 * @incarnation: of who says it
 * @later:	when the link goes down, not now
 *
 * Context: any.
 */
void ramster_msg_goodbye(struct ramster_wire_goodbye *to, __u64 incarnation, bool later)
{
	*to = (struct ramster_wire_goodbye){
		.incarnation = cpu_to_le64(incarnation),
		.when = cpu_to_le32(later),
	};
}

/**
 * ramster_msg_unpack_goodbye() - read the body of a goodbye
 * @from:	the bytes
 * @len:	how many
 * @incarnation: set
 * @later:	set
 *
 * Context: any.
 * Return: 0; or see msg.h.
 */
int ramster_msg_unpack_goodbye(const void *from, size_t len, __u64 *incarnation, bool *later)
{
	struct ramster_wire_goodbye wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	*incarnation = le64_to_cpu(wire.incarnation);
	*later = wire.when;
	if (le32_to_cpu(wire.when) > 1)
		return -ERANGE;
	return wire.zero || !*incarnation ? -EPROTO : 0;
}
