// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes from a member of the cluster, through every parser of ramster.
 *
 * The first byte chooses the parser, the rest is what came in.  What is accepted must be
 * within the limits that msg.h promises, and must become the same bytes again.
 */
#include "test.h"

#include "fuzz.h"
#include "ramster/msg.c"

static u8 again[RAMSTER_PAGES_BODY_MAX];

static void fuzz_attach(const u8 *data, size_t size)
{
	u64 incarnation, lease;

	if (ramster_msg_unpack_attach(data, size, &incarnation, &lease))
		return;
	CHECK(incarnation);
	ramster_msg_attach((void *)again, incarnation, lease);
	CHECK(!memcmp(data, again, size));
}

static void fuzz_attached(const u8 *data, size_t size)
{
	u64 lease, pages;
	u32 room;

	if (ramster_msg_unpack_attached(data, size, &lease, &room, &pages))
		return;
	CHECK(lease);
	ramster_msg_attached((void *)again, lease, room, pages);
	CHECK(!memcmp(data, again, size));
}

/* The first two bytes: how much data came with it. */
static void fuzz_pages(const u8 *data, size_t size)
{
	size_t bytes = 0, page, data_len = data[0] << 8 | data[1];
	struct ramster_pages pages;
	unsigned int nr;

	data += 2;
	size -= 2;
	if (ramster_msg_unpack_pages(data, size, data_len, &pages))
		return;
	CHECK(pages.count && pages.count <= RAMSTER_PAGES_MAX);
	CHECK_EQ(ramster_msg_pages(again, pages.lease, pages.count), size);
	for (nr = 0; nr < pages.count; nr++) {
		u64 name = ramster_msg_page(&pages, nr, &page);

		CHECK(name <= RAMSTER_NAME_MAX && page <= RAMSTER_SEALED_MAX);
		ramster_msg_set_page(again, nr, name, page);
		bytes += page;
	}
	CHECK_EQ(bytes, data_len);
	CHECK(!memcmp(data, again, size));
}

static void fuzz_done(const u8 *data, size_t size)
{
	u8 stored[(RAMSTER_PAGES_MAX + 7) / 8];
	u32 room;

	ramster_msg_unpack_done(data, size, RAMSTER_PAGES_MAX, &room, stored);
}

static void fuzz_get(const u8 *data, size_t size)
{
	u64 lease, name;

	if (ramster_msg_unpack_get(data, size, &lease, &name))
		return;
	CHECK(name <= RAMSTER_NAME_MAX);
	ramster_msg_get((void *)again, lease, name);
	CHECK(!memcmp(data, again, size));
}

static void fuzz_recall(const u8 *data, size_t size)
{
	u32 pages;

	if (ramster_msg_unpack_recall(data, size, &pages))
		return;
	ramster_msg_recall((void *)again, pages);
	CHECK(!memcmp(data, again, size));
}

static void fuzz_goodbye(const u8 *data, size_t size)
{
	u64 incarnation;
	bool later;

	if (ramster_msg_unpack_goodbye(data, size, &incarnation, &later))
		return;
	ramster_msg_goodbye((void *)again, incarnation, later);
	CHECK(!memcmp(data, again, size));
}

const char *fuzz_name(void)
{
	return "msg";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	if (size < 3)
		return 0;
	switch (data[0] % 7) {
	case 0:
		fuzz_attach(data + 1, size - 1);
		break;
	case 1:
		fuzz_attached(data + 1, size - 1);
		break;
	case 2:
		fuzz_pages(data + 1, size - 1);
		break;
	case 3:
		fuzz_done(data + 1, size - 1);
		break;
	case 4:
		fuzz_get(data + 1, size - 1);
		break;
	case 5:
		fuzz_recall(data + 1, size - 1);
		break;
	default:
		fuzz_goodbye(data + 1, size - 1);
	}
	return 0;
}
