// SPDX-License-Identifier: GPL-2.0-only
/* What an owner and a lender say to each other: exactly these bytes, and no trust in any. */
#include "test.h"

#include "ramster/msg.c"

#include <linux/errno.h>

#define ATTACH		sizeof(struct ramster_wire_attach)
#define ATTACHED	sizeof(struct ramster_wire_attached)
#define DONE		sizeof(struct ramster_wire_done)
#define GET		sizeof(struct ramster_wire_get)
#define HEAD		sizeof(struct ramster_wire_pages)

/* Each field has bytes of its own, so any swap of order or place shows. */
#define A		0x0102030405060708ULL
#define B		0x1112131415161718ULL
#define BYTES_A		8, 7, 6, 5, 4, 3, 2, 1
#define BYTES_B		0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11

static const u8 attach_bytes[ATTACH] = { 1, 0, 0, 0, 0, 0, 0, 0, BYTES_A, BYTES_B };
static const u8 attached_bytes[ATTACHED] = { 1, 0, 0, 0, 4, 3, 2, 1, BYTES_A, BYTES_B };
static const u8 get_bytes[GET] = { BYTES_A, 6, 5, 4, 3, 2, 1, 0, 0 };
static const u8 recall_bytes[] = { 4, 3, 2, 1, 0, 0, 0, 0 };
static const u8 goodbye_bytes[] = { BYTES_A, 1, 0, 0, 0, 0, 0, 0, 0 };
static const u8 put_bytes[HEAD + 16] = {
	BYTES_A, 2, 0, 0, 0, 0, 0, 0, 0,
	0x11, 0x00, 6, 5, 4, 3, 2, 1, 0x10, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f,
};

static void exact_bytes(void)
{
	struct ramster_wire_attached attached;
	struct ramster_wire_goodbye goodbye;
	struct ramster_wire_attach attach;
	struct ramster_wire_recall recall;
	struct ramster_wire_get get;
	u8 pages[sizeof(put_bytes) + 1];

	ramster_msg_attach(&attach, A, B);
	CHECK(!memcmp(&attach, attach_bytes, ATTACH));
	ramster_msg_attached(&attached, A, 0x01020304, B);
	CHECK(!memcmp(&attached, attached_bytes, ATTACHED));
	ramster_msg_get(&get, A, 0x010203040506ULL);
	CHECK(!memcmp(&get, get_bytes, GET));
	ramster_msg_recall(&recall, 0x01020304);
	CHECK(!memcmp(&recall, recall_bytes, sizeof(recall_bytes)));
	ramster_msg_goodbye(&goodbye, A, true);
	CHECK(!memcmp(&goodbye, goodbye_bytes, sizeof(goodbye_bytes)));

	memset(pages, 0xee, sizeof(pages));
	CHECK_EQ(ramster_msg_pages(pages, A, 2), sizeof(put_bytes));
	ramster_msg_set_page(pages, 1, RAMSTER_NAME_MAX, 4112);
	ramster_msg_set_page(pages, 0, 0x010203040506ULL, 17);
	CHECK(!memcmp(pages, put_bytes, sizeof(put_bytes)));
	CHECK_EQ(pages[sizeof(put_bytes)], 0xee);
}

static void there_and_back(void)
{
	struct ramster_wire_done done = { .room = 7, .count = 9, .stored = { 0xa5, 1 } };
	u8 stored[sizeof(done.stored)];
	struct ramster_pages pages;
	u64 a, b;
	size_t size;
	bool later;
	u32 room;

	CHECK_EQ(ramster_msg_unpack_attach(attach_bytes, ATTACH, &a, &b), 0);
	CHECK(a == A && b == B);
	CHECK_EQ(ramster_msg_unpack_attached(attached_bytes, ATTACHED, &a, &room, &b), 0);
	CHECK(a == A && b == B && room == 0x01020304);
	CHECK_EQ(ramster_msg_unpack_get(get_bytes, GET, &a, &b), 0);
	CHECK(a == A && b == 0x010203040506ULL);
	CHECK_EQ(ramster_msg_unpack_recall(recall_bytes, sizeof(recall_bytes), &room), 0);
	CHECK_EQ(room, 0x01020304);
	CHECK_EQ(ramster_msg_unpack_goodbye(goodbye_bytes, sizeof(goodbye_bytes), &a, &later), 0);
	CHECK(a == A && later);

	CHECK_EQ(ramster_msg_unpack_pages(put_bytes, sizeof(put_bytes), 17 + 4112, &pages), 0);
	CHECK(pages.lease == A && pages.count == 2 && pages.bytes == 17 + 4112);
	CHECK(ramster_msg_page(&pages, 0, &size) == 0x010203040506ULL && size == 17);
	CHECK(ramster_msg_page(&pages, 1, &size) == RAMSTER_NAME_MAX && size == 4112);

	CHECK_EQ(ramster_msg_unpack_done(&done, DONE, 9, &room, stored), 0);
	CHECK(room == 7 && stored[0] == 0xa5 && stored[1] == 1);
	CHECK_EQ(ramster_msg_unpack_done(&done, DONE, 8, &room, stored), -EPROTO);
	done.zero = 1;
	CHECK_EQ(ramster_msg_unpack_done(&done, DONE, 9, &room, stored), -EPROTO);
	CHECK_EQ(ramster_msg_unpack_done(&done, DONE - 1, 9, &room, stored), -EMSGSIZE);
}

/* The parsers, in one form. */
static int as_attach(const u8 *bytes, size_t len)
{
	u64 a, b;

	return ramster_msg_unpack_attach(bytes, len, &a, &b);
}

static int as_attached(const u8 *bytes, size_t len)
{
	u64 a, b;
	u32 room;

	return ramster_msg_unpack_attached(bytes, len, &a, &room, &b);
}

static int as_get(const u8 *bytes, size_t len)
{
	u64 a, b;

	return ramster_msg_unpack_get(bytes, len, &a, &b);
}

static int as_recall(const u8 *bytes, size_t len)
{
	u32 pages;

	return ramster_msg_unpack_recall(bytes, len, &pages);
}

static int as_goodbye(const u8 *bytes, size_t len)
{
	bool later;
	u64 a;

	return ramster_msg_unpack_goodbye(bytes, len, &a, &later);
}

static int as_put(const u8 *bytes, size_t len)
{
	struct ramster_pages pages;

	return ramster_msg_unpack_pages(bytes, len, 17 + 4112, &pages);
}

static const struct form {
	int		(*unpack)(const u8 *bytes, size_t len);
	const u8	*bytes;
	size_t		len;
} forms[] = {
	{ as_attach, attach_bytes, sizeof(attach_bytes) },
	{ as_attached, attached_bytes, sizeof(attached_bytes) },
	{ as_get, get_bytes, sizeof(get_bytes) },
	{ as_recall, recall_bytes, sizeof(recall_bytes) },
	{ as_put, put_bytes, sizeof(put_bytes) },
	{ as_goodbye, goodbye_bytes, sizeof(goodbye_bytes) },
};

/* In memory of exactly that size, so that a read behind it is seen. */
static int unpack_copy(const struct form *form, size_t len)
{
	u8 *copy = malloc(len ?: 1);
	int err;

	memset(copy, 0, len);
	memcpy(copy, form->bytes, len < form->len ? len : form->len);
	err = form->unpack(copy, len);
	free(copy);
	return err;
}

static void every_length(void)
{
	unsigned int nr;
	size_t len;

	for (nr = 0; nr < ARRAY_SIZE(forms); nr++)
		for (len = 0; len < forms[nr].len + 9; len++)
			CHECK(!unpack_copy(&forms[nr], len) == (len == forms[nr].len));
}

/* Changes one byte of a good message. */
static int with_byte(const struct form *form, size_t where, u8 value)
{
	u8 copy[64];

	memcpy(copy, form->bytes, form->len);
	copy[where] = value;
	return form->unpack(copy, form->len);
}

static void what_no_peer_sends(void)
{
	u8 zeroes[ATTACHED] = { 1 };
	size_t where;

	CHECK_EQ(with_byte(&forms[0], 0, 2), -EPROTONOSUPPORT);
	CHECK_EQ(with_byte(&forms[0], 5, 1), -EPROTO);
	CHECK_EQ(as_attach(zeroes, ATTACH), -EPROTO);
	CHECK_EQ(with_byte(&forms[1], 3, 1), -EPROTONOSUPPORT);
	CHECK_EQ(as_attached(zeroes, ATTACHED), -EPROTO);
	CHECK_EQ(with_byte(&forms[2], 14, 1), -ERANGE);
	CHECK_EQ(with_byte(&forms[2], 13, 0x10), -ERANGE);
	CHECK_EQ(with_byte(&forms[3], 4, 1), -EPROTO);

	CHECK_EQ(with_byte(&forms[4], 8, 0), -ERANGE);
	CHECK_EQ(with_byte(&forms[4], 8, 3), -EMSGSIZE);
	CHECK_EQ(with_byte(&forms[4], 9, 2), -ERANGE);
	for (where = 10; where < 16; where++)
		CHECK_EQ(with_byte(&forms[4], where, 1), -EPROTO);
	CHECK_EQ(with_byte(&forms[4], 16, 16), -EMSGSIZE);
	CHECK_EQ(with_byte(&forms[4], 16, 0), -EPROTO);
	CHECK_EQ(with_byte(&forms[4], 24, 0x11), -ERANGE);
	CHECK_EQ(with_byte(&forms[4], 31, 0x10), -ERANGE);

	CHECK_EQ(with_byte(&forms[5], 8, 2), -ERANGE);
	CHECK_EQ(with_byte(&forms[5], 12, 1), -EPROTO);
	CHECK_EQ(as_goodbye(&zeroes[1], sizeof(goodbye_bytes)), -EPROTO);
}

/* As many pages as there may be, and one more; a flush has no data and no sizes. */
static void many_pages(void)
{
	u8 *body = calloc(1, RAMSTER_PAGES_BODY_MAX + 8);
	struct ramster_pages pages;
	unsigned int nr;
	size_t len, size;

	for (nr = 0; nr < RAMSTER_PAGES_MAX; nr++)
		ramster_msg_set_page(body, nr, nr * 3, 0);
	len = ramster_msg_pages(body, 1, RAMSTER_PAGES_MAX);
	CHECK_EQ(len, RAMSTER_PAGES_BODY_MAX);
	CHECK_EQ(ramster_msg_unpack_pages(body, len, 0, &pages), 0);
	for (nr = 0; nr < RAMSTER_PAGES_MAX; nr++)
		CHECK(ramster_msg_page(&pages, nr, &size) == nr * 3 && !size);
	CHECK_EQ(ramster_msg_unpack_pages(body, len, 1, &pages), -EPROTO);
	ramster_msg_set_page(body, 7, 1, 1);
	CHECK_EQ(ramster_msg_unpack_pages(body, len, 0, &pages), -EPROTO);
	len = ramster_msg_pages(body, 1, RAMSTER_PAGES_MAX + 1);
	CHECK_EQ(ramster_msg_unpack_pages(body, len, 0, &pages), -ERANGE);
	free(body);
}

int main(void)
{
	test_plan(5);
	RUN_BARE(exact_bytes);
	RUN_BARE(there_and_back);
	RUN_BARE(every_length);
	RUN_BARE(what_no_peer_sends);
	RUN_BARE(many_pages);
	return test_end();
}
