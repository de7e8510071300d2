/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an owner of pages and a lender of memory say to each other, in the bodies of
 * requests of the cluster.
 *
 * A page has a name, which its owner draws and never uses twice.  It says nothing about
 * the page but which kind it is of.  Bytes are little-endian without holes, reserved
 * fields are zero.  Compiles in user space.
 *
 * Whatever is unpacked here comes from a member of the cluster and is not trusted:
 *
 *   -EMSGSIZE  not as long as it should be
 *   -ERANGE    a number is above its limit
 *   -EPROTO    anything else that no correct peer would send
 */
#ifndef RAMSTER_MSG_H
#define RAMSTER_MSG_H

#include "state.h"

#include <linux/types.h>

/* Of all that is in this file. */
#define RAMSTER_MSG_VERSION	1

/* The types of the requests. */
enum ramster_msg {
	RAMSTER_ATTACH	= 1,	/* owner: do you still have my pages, and room for more? */
	RAMSTER_PUT	= 2,	/* owner: keep these */
	RAMSTER_GET	= 3,	/* owner: give me that one */
	RAMSTER_FLUSH	= 4,	/* owner: drop these */
	RAMSTER_RECALL	= 5,	/* lender: take pages back, I need the memory */
	RAMSTER_GOODBYE	= 6,	/* owner: drop all that is mine, now or when I am gone */
};

/* The result of a reply.  The numbers travel between machines: never change one. */
enum ramster_status {
	RAMSTER_OK	= 0,
	RAMSTER_ABSENT	= 1,	/* there is no page of that name */
	RAMSTER_LEASE	= 2,	/* what you had here was dropped: attach again */
	RAMSTER_LATER	= 3,	/* not ready yet: ask again */
	RAMSTER_OTHER_VERSION = 4,	/* I speak another version */
	RAMSTER_BAD	= 5,	/* that makes no sense */
	RAMSTER_STATUSES
};

/* Bit 0 of a name says that the page is ephemeral. */
#define RAMSTER_NAME_EPHEMERAL	1ULL

/* Behind the bytes of each page: what Poly1305 makes of them. */
#define RAMSTER_SEAL_BYTES	16

/* Most bytes of one page as it travels, and of all pages of one put. */
#define RAMSTER_SEALED_MAX	(4096 + RAMSTER_SEAL_BYTES)
#define RAMSTER_PUT_BYTES	65536

/* Most pages of one put or flush. */
#define RAMSTER_PAGES_MAX	500

/**
 * struct ramster_wire_attach - body of an attach
 * @version:	RAMSTER_MSG_VERSION
 * @zero:	0
 * @incarnation: of the owner: drawn when it began to move pages out, not 0.  What an earlier
 *		one has stored cannot be read by anybody any more.
 * @lease:	under which the owner thinks that its pages are there, 0: none
 */
struct ramster_wire_attach {
	__le32	version;
	__le32	zero;
	__le64	incarnation;
	__le64	lease;
};

/**
 * struct ramster_wire_attached - body of the reply
 * @version:	RAMSTER_MSG_VERSION
 * @room:	page frames that the lender would still give
 * @lease:	under which it keeps pages of this owner, never 0
 * @pages:	how many it has
 */
struct ramster_wire_attached {
	__le32	version;
	__le32	room;
	__le64	lease;
	__le64	pages;
};

/**
 * struct ramster_wire_pages - begins the body of a put or a flush
 * @lease:	as in the last attach
 * @count:	of pages, 1 to RAMSTER_PAGES_MAX
 * @zero:	0
 *
 * Followed by a word for each page: its name << 16 | the bytes it has in the data, one
 * after the other; 0 bytes in a flush.
 */
struct ramster_wire_pages {
	__le64	lease;
	__le16	count;
	__le16	zero[3];
};

/**
 * struct ramster_wire_done - body of the reply
 * @room:	as in struct ramster_wire_attached
 * @count:	of the pages in the request
 * @zero:	0
 * @stored:	a bit for each page that is kept now, the first in bit 0 of byte 0; in the
 *		reply to a flush all zero
 */
struct ramster_wire_done {
	__le32	room;
	__le16	count;
	__le16	zero;
	__u8	stored[(RAMSTER_PAGES_MAX + 7) / 8];
};

/**
 * struct ramster_wire_get - body of a get; the reply has the bytes as data, and no body
 * @lease:	as in the last attach
 * @name:	of the page
 */
struct ramster_wire_get {
	__le64	lease;
	__le64	name;
};

/**
 * struct ramster_wire_recall - body of a recall; the reply has none
 * @pages:	that should go
 * @zero:	0
 */
struct ramster_wire_recall {
	__le32	pages;
	__le32	zero;
};

/**
 * struct ramster_wire_goodbye - body of a goodbye; the reply has none
 * @incarnation: of the owner, as in its attach
 * @when:	0: now, 1: when the link goes down
 * @zero:	0
 */
struct ramster_wire_goodbye {
	__le64	incarnation;
	__le32	when;
	__le32	zero;
};

#define RAMSTER_PAGES_BODY_MAX \
	(sizeof(struct ramster_wire_pages) + RAMSTER_PAGES_MAX * sizeof(__le64))

/**
 * struct ramster_pages - a put or flush as it was received
 * @lease:	that its sender believes in
 * @count:	of pages
 * @bytes:	of all pages together
 * @words:	one for each page, see ramster_msg_page()
 */
struct ramster_pages {
	__u64		lease;
	unsigned int	count;
	size_t		bytes;
	const __u8	*words;
};

void ramster_msg_attach(struct ramster_wire_attach *to, __u64 incarnation, __u64 lease);
int ramster_msg_unpack_attach(const void *from, size_t len, __u64 *incarnation, __u64 *lease);
void ramster_msg_attached(struct ramster_wire_attached *to, __u64 lease, __u32 room,
			  __u64 pages);
int ramster_msg_unpack_attached(const void *from, size_t len, __u64 *lease, __u32 *room,
				__u64 *pages);
size_t ramster_msg_pages(void *to, __u64 lease, unsigned int count);
void ramster_msg_set_page(void *to, unsigned int nr, __u64 name, size_t size);
int ramster_msg_unpack_pages(const void *from, size_t len, size_t data_len,
			     struct ramster_pages *pages);
__u64 ramster_msg_page(const struct ramster_pages *pages, unsigned int nr, size_t *size);
int ramster_msg_unpack_done(const void *from, size_t len, unsigned int count, __u32 *room,
			    __u8 stored[]);
void ramster_msg_get(struct ramster_wire_get *to, __u64 lease, __u64 name);
int ramster_msg_unpack_get(const void *from, size_t len, __u64 *lease, __u64 *name);
void ramster_msg_recall(struct ramster_wire_recall *to, __u32 pages);
int ramster_msg_unpack_recall(const void *from, size_t len, __u32 *pages);
void ramster_msg_goodbye(struct ramster_wire_goodbye *to, __u64 incarnation, bool later);
int ramster_msg_unpack_goodbye(const void *from, size_t len, __u64 *incarnation, bool *later);

#endif /* RAMSTER_MSG_H */
