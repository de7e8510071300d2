// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes from a peer, through every parser of the cluster.
 *
 * The first byte chooses the parser, the rest is what came in.  What is accepted must
 * be within the limits that wire.h promises, and must become the same bytes again.
 */
#include "test.h"

#include "fuzz.h"
#include "mod_cluster.h"

static u8 again[CLUSTER_WIRE_FRAME_MAX];

static void fuzz_hello(const u8 *data, size_t size)
{
	const size_t bytes = sizeof(struct cluster_wire_hello);
	struct cluster_hello hello;

	if (cluster_wire_unpack_hello(&hello, data, size))
		return;
	CHECK(hello.from < hello.to && hello.to < CLUSTER_WIRE_NODES);
	CHECK(hello.lane < CLUSTER_WIRE_LANES);
	CHECK_EQ(strlen(hello.name), hello.name_len);
	CHECK_EQ(size, bytes + (hello.mode == CLUSTER_MODE_SEALED ? CLUSTER_WIRE_NOISE_BYTES : 0));
	cluster_wire_pack_hello(&hello, again);
	CHECK(!memcmp(data, again, bytes));
}

static void fuzz_answer(const u8 *data, size_t size, u8 mode)
{
	__u16 reason;

	if (cluster_wire_unpack_answer(&reason, mode, data, size))
		return;
	CHECK(reason < CLUSTER_REASONS);
	cluster_wire_pack_answer(reason, mode, again);
	CHECK(!memcmp(data, again, sizeof(struct cluster_wire_answer)));
}

static void fuzz_join(const u8 *data, size_t size)
{
	struct cluster_join join;

	if (cluster_wire_unpack_join(&join, data, size))
		return;
	CHECK(join.lanes && join.lanes <= CLUSTER_WIRE_LANES);
	CHECK(join.keepalive_delay_ms < join.idle_timeout_ms);
	CHECK(join.idle_timeout_ms <= CLUSTER_WIRE_TIME_MAX_MS);
	cluster_wire_pack_join(&join, again);
	CHECK(!memcmp(data, again, size));
}

static void fuzz_heartbeat(const u8 *data, size_t size)
{
	struct cluster_heartbeat beat;

	if (cluster_wire_unpack_heartbeat(&beat, data, size))
		return;
	CHECK(beat.free_bytes <= beat.total_bytes);
	cluster_wire_pack_heartbeat(&beat, again);
	CHECK(!memcmp(data, again, size));
}

/* A message as it is behind its seal: frame, data, header, body. */
static void fuzz_message(const u8 *data, size_t size)
{
	struct cluster_frame frame, packed;
	struct cluster_msg msg;
	const u8 *header;

	if (cluster_wire_unpack_frame(&frame, data, size))
		return;
	CHECK(cluster_wire_frame_bytes(&frame) <= CLUSTER_WIRE_FRAME_MAX);
	if (cluster_wire_frame_bytes(&frame) != size + CLUSTER_WIRE_SEAL_BYTES)
		return;
	header = data + sizeof(struct cluster_wire_frame) + frame.data_len;
	if (cluster_wire_unpack_header(&msg, &frame, header, data))
		return;
	CHECK(msg.body_len <= CLUSTER_WIRE_BODY_MAX && msg.data_len <= CLUSTER_WIRE_DATA_MAX);
	CHECK_EQ((const u8 *)msg.body + msg.body_len - data, size);
	CHECK_EQ(cluster_wire_frame_of(&packed, &msg), 0);
	cluster_wire_pack_frame(&packed, again);
	CHECK(!memcmp(data, again, sizeof(struct cluster_wire_frame)));
	cluster_wire_pack_header(&msg, again);
	CHECK(!memcmp(header, again, frame.header_len));
	if (msg.kind == CLUSTER_HEARTBEAT)
		fuzz_heartbeat(msg.body, msg.body_len);
	else if (msg.kind == CLUSTER_JOIN)
		fuzz_join(msg.body, msg.body_len);
}

const char *fuzz_name(void)
{
	return "wire";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cluster_start start;

	if (!size)
		return 0;
	switch (*data++ % 7) {
	case 0:
		fuzz_hello(data, size - 1);
		break;
	case 1:
		fuzz_answer(data, size - 1, CLUSTER_MODE_SEALED);
		break;
	case 2:
		fuzz_answer(data, size - 1, CLUSTER_MODE_INSECURE);
		break;
	case 3:
		fuzz_join(data, size - 1);
		break;
	case 4:
		fuzz_heartbeat(data, size - 1);
		break;
	case 5:
		if (!cluster_wire_unpack_start(&start, data, size - 1))
			CHECK(start.length <= CLUSTER_WIRE_START_MAX);
		break;
	default:
		fuzz_message(data, size - 1);
	}
	return 0;
}
