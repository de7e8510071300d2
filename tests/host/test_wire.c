// SPDX-License-Identifier: GPL-2.0-only
/* The bytes between nodes: exactly those of Documentation/wire.rst, and no trust in any. */
#include "test.h"

#include "mod_cluster.h"

#define START	sizeof(struct cluster_wire_start)
#define HELLO	sizeof(struct cluster_wire_hello)
#define ANSWER	sizeof(struct cluster_wire_answer)
#define JOIN	sizeof(struct cluster_wire_join)
#define FRAME	sizeof(struct cluster_wire_frame)
#define HEADER	sizeof(struct cluster_wire_header)
#define BEAT	sizeof(struct cluster_wire_heartbeat)
#define NOISE	CLUSTER_WIRE_NOISE_BYTES

/* Each field has bytes of its own, so any swap of order or place shows. */
static const struct cluster_hello hello = {
	.from = 0x0011, .to = 0x00fe, .lane = 0x000f, .mode = CLUSTER_MODE_SEALED,
	.name_len = 5, .name = "a\xff\x01 z",
};

static const u8 hello_bytes[HELLO] = {
	'R', 'A', 'M', 's', 't', 'e', 'r', '\n', 1, 0, 164, 0,
	0x11, 0, 0xfe, 0, 0x0f, 0, 1, 5, 0, 0, 0, 0,
	'a', 0xff, 1, ' ', 'z',
};

static const struct cluster_join join = {
	.features = 0x0102030405060708ULL, .incarnation = 0x1112131415161718ULL,
	.session = 0x2122232425262728ULL, .idle_timeout_ms = 0x01020304,
	.keepalive_delay_ms = 0x00434241, .lanes = 0x0010,
};

static const u8 join_bytes[JOIN] = {
	8, 7, 6, 5, 4, 3, 2, 1,
	0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
	0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
	4, 3, 2, 1, 0x41, 0x42, 0x43, 0, 0x10, 0,
};

static const struct cluster_heartbeat beat = {
	.incarnation = 0x0102030405060708ULL, .free_bytes = 0x1112131415161718ULL,
	.total_bytes = 0x2122232425262728ULL, .load_permille = 0x31323334,
};

static const u8 beat_bytes[BEAT] = {
	8, 7, 6, 5, 4, 3, 2, 1,
	0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
	0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
	0x34, 0x33, 0x32, 0x31,
};

static const struct cluster_msg request = {
	.kind = CLUSTER_REQUEST, .type = 0x0203, .tag = 0x0405, .generation = 0x06070809,
	.reply_room = 0x0000fa0b, .credit_requests = 0x00000c0d, .credit_bytes = 0x0e0f1011,
	.body = "body", .body_len = 4, .data = "data!", .data_len = 5,
};

static const u8 request_bytes[] = {
	1, 0, 3, 2, 5, 4, 0, 0, 9, 8, 7, 6, 0, 0, 0, 0,
	0x0b, 0xfa, 0, 0, 0x0d, 0x0c, 0, 0, 0x11, 0x10, 0x0f, 0x0e, 0, 0, 0, 0,
	'b', 'o', 'd', 'y',
};

static const struct cluster_msg reply = {
	.kind = CLUSTER_REPLY, .tag = 0x0405, .generation = 0x06070809, .result = -2,
};

static const u8 reply_bytes[] = {
	2, 0, 0, 0, 5, 4, 0, 0, 9, 8, 7, 6, 0xfe, 0xff, 0xff, 0xff,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* At an odd address, and nothing is written around it. */
static void exact_bytes(void)
{
	struct cluster_frame frame;
	u8 bytes[HELLO + 2];

	memset(bytes, 0xee, sizeof(bytes));
	cluster_wire_pack_hello(&hello, bytes + 1);
	CHECK(!memcmp(bytes + 1, hello_bytes, HELLO));
	CHECK(bytes[0] == 0xee && bytes[HELLO + 1] == 0xee);

	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes + 1);
	CHECK(!memcmp(bytes + 1, "RAMster\n\x01\x00\x5c\x00\x00\x00\x00\x00", ANSWER));
	cluster_wire_pack_answer(0, CLUSTER_MODE_INSECURE, bytes + 1);
	CHECK(!memcmp(bytes + 1, "RAMster\n\x01\x00\x04\x00\x00\x00\x00\x00", ANSWER));
	cluster_wire_pack_answer(CLUSTER_REASON_BUSY, CLUSTER_MODE_SEALED, bytes + 1);
	CHECK(!memcmp(bytes + 1, "RAMster\n\x01\x00\x04\x00\x06\x00\x00\x00", ANSWER));

	cluster_wire_pack_join(&join, bytes + 1);
	CHECK(!memcmp(bytes + 1, join_bytes, JOIN));
	cluster_wire_pack_heartbeat(&beat, bytes + 1);
	CHECK(!memcmp(bytes + 1, beat_bytes, BEAT));

	CHECK_EQ(cluster_wire_frame_of(&frame, &request), 0);
	CHECK_EQ(cluster_wire_frame_bytes(&frame), 8 + 5 + 32 + 4 + 16);
	cluster_wire_pack_frame(&frame, bytes + 1);
	CHECK(!memcmp(bytes + 1, "\x05\x00\x00\x00\x24\x00\x00\x00", FRAME));
	cluster_wire_pack_header(&request, bytes + 1);
	CHECK(!memcmp(bytes + 1, request_bytes, sizeof(request_bytes)));
	CHECK_EQ(cluster_wire_frame_of(&frame, &reply), 0);
	cluster_wire_pack_header(&reply, bytes + 1);
	CHECK(!memcmp(bytes + 1, reply_bytes, sizeof(reply_bytes)));
}

static void there_and_back(void)
{
	struct cluster_frame frame = { .data_len = 5, .header_len = sizeof(request_bytes) };
	struct cluster_heartbeat beat_back;
	struct cluster_hello hello_back;
	struct cluster_join join_back;
	struct cluster_msg msg;
	u8 bytes[HELLO + NOISE] = { 0 };

	memcpy(bytes, hello_bytes, HELLO);
	CHECK_EQ(cluster_wire_unpack_hello(&hello_back, bytes, sizeof(bytes)), 0);
	CHECK(hello_back.from == hello.from && hello_back.to == hello.to);
	CHECK(hello_back.lane == hello.lane && hello_back.mode == hello.mode);
	CHECK(hello_back.name_len == 5 && !strcmp(hello_back.name, hello.name));

	CHECK_EQ(cluster_wire_unpack_join(&join_back, join_bytes, JOIN), 0);
	CHECK(join_back.features == join.features && join_back.session == join.session);
	CHECK(join_back.incarnation == join.incarnation && join_back.lanes == join.lanes);
	CHECK_EQ(join_back.idle_timeout_ms, join.idle_timeout_ms);
	CHECK_EQ(join_back.keepalive_delay_ms, join.keepalive_delay_ms);

	CHECK_EQ(cluster_wire_unpack_heartbeat(&beat_back, beat_bytes, BEAT), 0);
	CHECK_EQ(beat_back.incarnation, beat.incarnation);
	CHECK(beat_back.free_bytes == beat.free_bytes);
	CHECK(beat_back.total_bytes == beat.total_bytes);
	CHECK_EQ(beat_back.load_permille, beat.load_permille);

	CHECK_EQ(cluster_wire_unpack_header(&msg, &frame, request_bytes, "data!"), 0);
	CHECK(msg.kind == request.kind && msg.type == request.type && msg.tag == request.tag);
	CHECK(msg.generation == request.generation && msg.reply_room == request.reply_room);
	CHECK(msg.credit_requests == request.credit_requests);
	CHECK(msg.credit_bytes == request.credit_bytes && !msg.status && !msg.result);
	CHECK(msg.body_len == 4 && !memcmp(msg.body, "body", 4));
	CHECK(msg.data_len == 5 && !memcmp(msg.data, "data!", 5));

	frame = (struct cluster_frame){ .header_len = HEADER };
	CHECK_EQ(cluster_wire_unpack_header(&msg, &frame, reply_bytes, NULL), 0);
	CHECK(msg.result == -2 && msg.tag == reply.tag);
}

/* The parsers, in one form. */
static int as_start(const u8 *bytes, size_t len)
{
	struct cluster_start start;

	return cluster_wire_unpack_start(&start, bytes, len);
}

static int as_hello(const u8 *bytes, size_t len)
{
	struct cluster_hello to;

	return cluster_wire_unpack_hello(&to, bytes, len);
}

static int as_sealed_answer(const u8 *bytes, size_t len)
{
	__u16 reason;

	return cluster_wire_unpack_answer(&reason, CLUSTER_MODE_SEALED, bytes, len);
}

static int as_insecure_answer(const u8 *bytes, size_t len)
{
	__u16 reason;

	return cluster_wire_unpack_answer(&reason, CLUSTER_MODE_INSECURE, bytes, len);
}

static int as_join(const u8 *bytes, size_t len)
{
	struct cluster_join to;

	return cluster_wire_unpack_join(&to, bytes, len);
}

static int as_heartbeat(const u8 *bytes, size_t len)
{
	struct cluster_heartbeat to;

	return cluster_wire_unpack_heartbeat(&to, bytes, len);
}

static int as_frame(const u8 *bytes, size_t len)
{
	struct cluster_frame to;

	return cluster_wire_unpack_frame(&to, bytes, len);
}

/* A header without data. */
static int as_header(const u8 *bytes, size_t len)
{
	struct cluster_frame frame = { .header_len = len };
	struct cluster_msg msg;

	return cluster_wire_unpack_header(&msg, &frame, bytes, NULL);
}

typedef int (*parser)(const u8 *bytes, size_t len);

/* What @parse says to @bytes with the @n of them at @at replaced by @value. */
static int patched(parser parse, const u8 *bytes, size_t len, size_t at, int n, u64 value)
{
	u8 *copy = malloc(len);
	int err;

	CHECK(at + n <= len);
	memcpy(copy, bytes, len);
	shim_put_le(value, copy + at, n);
	err = parse(copy, len);
	free(copy);
	return err;
}

/* Only the whole is accepted.  ASan watches that nothing is read beyond what there is. */
static void every_length(parser parse, const u8 *bytes, size_t len)
{
	size_t part;

	for (part = 0; part <= len + 1; part++) {
		u8 *copy = malloc(part ? part : 1);

		memset(copy, 0, part);
		memcpy(copy, bytes, min_t(size_t, part, len));
		CHECK_EQ(parse(copy, part), part == len ? 0 : -EMSGSIZE);
		free(copy);
	}
}

static void make_hello(u8 *bytes, u8 mode)
{
	struct cluster_hello copy = hello;

	copy.mode = mode;
	memset(bytes, 0xaa, HELLO + NOISE);
	cluster_wire_pack_hello(&copy, bytes);
}

static void truncated(void)
{
	u8 bytes[HELLO + NOISE];
	size_t len;

	make_hello(bytes, CLUSTER_MODE_SEALED);
	every_length(as_hello, bytes, HELLO + NOISE);
	make_hello(bytes, CLUSTER_MODE_INSECURE);
	every_length(as_hello, bytes, HELLO);
	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	every_length(as_sealed_answer, bytes, ANSWER + NOISE);
	cluster_wire_pack_answer(0, CLUSTER_MODE_INSECURE, bytes);
	every_length(as_insecure_answer, bytes, ANSWER);
	cluster_wire_pack_answer(CLUSTER_REASON_NAME, CLUSTER_MODE_SEALED, bytes);
	every_length(as_sealed_answer, bytes, ANSWER);
	every_length(as_join, join_bytes, JOIN);
	every_length(as_heartbeat, beat_bytes, BEAT);
	for (len = 0; len < START; len++)
		CHECK_EQ(as_start(hello_bytes, len), -EMSGSIZE);
	for (len = 0; len < FRAME; len++)
		CHECK_EQ(as_frame((const u8 *)"\0\0\0\0\x20\0\0\0", len), -EMSGSIZE);
	CHECK_EQ(as_frame((const u8 *)"\0\0\0\0\x20\0\0\0", FRAME), 0);
	for (len = 0; len < HEADER; len++) {
		u8 *part = malloc(len ? len : 1);

		memcpy(part, reply_bytes, len);
		CHECK_EQ(as_header(part, len), -EMSGSIZE);
		free(part);
	}
}

/* In the one place that every version has in common. */
static void other_versions(void)
{
	struct cluster_start start = { 0 };
	u8 bytes[HELLO + NOISE];
	u32 version;
	int bit;

	make_hello(bytes, CLUSTER_MODE_SEALED);
	for (version = 0; version <= U16_MAX; version++) {
		put_unaligned_le16(version, bytes + 8);
		if (version == CLUSTER_WIRE_VERSION)
			continue;
		CHECK_EQ(cluster_wire_unpack_start(&start, bytes, START), -EPROTONOSUPPORT);
		CHECK_EQ(start.version, version);
		CHECK_EQ(as_hello(bytes, sizeof(bytes)), -EPROTONOSUPPORT);
		CHECK_EQ(as_sealed_answer(bytes, sizeof(bytes)), -EPROTONOSUPPORT);
	}
	make_hello(bytes, CLUSTER_MODE_SEALED);
	for (bit = 0; bit < 64; bit++)
		CHECK_EQ(patched(as_hello, bytes, sizeof(bytes), bit / 8, 1,
				 bytes[bit / 8] ^ 1 << bit % 8), -EBADMSG);
	CHECK_EQ(as_start(bytes, START), 0);
	CHECK_EQ(patched(as_start, bytes, START, 10, 2, 164), 0);
	CHECK_EQ(patched(as_start, bytes, START, 10, 2, 165), -EMSGSIZE);
	CHECK_EQ(patched(as_start, bytes, START, 10, 2, U16_MAX), -EMSGSIZE);
}

static void bad_hello(void)
{
	u8 bytes[HELLO + NOISE];
	size_t len = sizeof(bytes);
	int at;

	make_hello(bytes, CLUSTER_MODE_SEALED);
	CHECK_EQ(patched(as_hello, bytes, len, 10, 2, 163), -EMSGSIZE);
	/* from, to: the lower connects */
	CHECK_EQ(patched(as_hello, bytes, len, 12, 2, 253), 0);
	CHECK_EQ(patched(as_hello, bytes, len, 12, 2, 254), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 12, 2, U16_MAX), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 14, 2, 255), -ERANGE);
	CHECK_EQ(patched(as_hello, bytes, len, 14, 2, U16_MAX), -ERANGE);
	CHECK_EQ(patched(as_hello, bytes, len, 14, 2, 0x11), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 16, 2, 16), -ERANGE);
	CHECK_EQ(patched(as_hello, bytes, len, 18, 1, 0), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 18, 1, 2), -EMSGSIZE);
	CHECK_EQ(patched(as_hello, bytes, len, 18, 1, 3), -EPROTO);
	for (at = 20; at < 24; at++)
		CHECK_EQ(patched(as_hello, bytes, len, at, 1, 1), -EPROTO);
	/* the name */
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 0), -EMSGSIZE);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 65), -EMSGSIZE);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 255), -EMSGSIZE);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 4), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 6), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 24, 1, 0), -EPROTO);
	CHECK_EQ(patched(as_hello, bytes, len, 26, 1, '/'), -EPROTO);
	for (at = 29; at < 88; at++)
		CHECK_EQ(patched(as_hello, bytes, len, at, 1, 1), -EPROTO);
	/* the longest */
	memset(bytes + 24, 'n', 64);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 64), 0);
	CHECK_EQ(patched(as_hello, bytes, len, 19, 1, 63), -EPROTO);
}

static void bad_answer(void)
{
	u8 bytes[ANSWER + NOISE] = { 0 };
	size_t len = sizeof(bytes);

	cluster_wire_pack_answer(0, CLUSTER_MODE_SEALED, bytes);
	CHECK_EQ(as_insecure_answer(bytes, len), -EMSGSIZE);
	CHECK_EQ(patched(as_sealed_answer, bytes, len, 12, 2, CLUSTER_REASONS), -ERANGE);
	CHECK_EQ(patched(as_sealed_answer, bytes, len, 12, 2, U16_MAX), -ERANGE);
	CHECK_EQ(patched(as_sealed_answer, bytes, len, 12, 2, 1), -EMSGSIZE);
	CHECK_EQ(patched(as_sealed_answer, bytes, len, 14, 2, 256), -EPROTO);
	CHECK_EQ(patched(as_sealed_answer, bytes, len, 10, 2, 4), -EMSGSIZE);
}

static void bad_join(void)
{
	const u8 *b = join_bytes;
	int at;

	CHECK_EQ(patched(as_join, b, JOIN, 0, 8, ~0ULL), 0);
	CHECK_EQ(patched(as_join, b, JOIN, 8, 8, 0), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 16, 8, 0), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 24, 4, 86400000), 0);
	CHECK_EQ(patched(as_join, b, JOIN, 24, 4, 86400001), -ERANGE);
	CHECK_EQ(patched(as_join, b, JOIN, 24, 4, U32_MAX), -ERANGE);
	CHECK_EQ(patched(as_join, b, JOIN, 24, 4, 0x00434241), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 28, 4, 0x01020303), 0);
	CHECK_EQ(patched(as_join, b, JOIN, 28, 4, U32_MAX), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 28, 4, 0), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 32, 2, 0), -EPROTO);
	CHECK_EQ(patched(as_join, b, JOIN, 32, 2, 17), -ERANGE);
	for (at = 34; at < 40; at++)
		CHECK_EQ(patched(as_join, b, JOIN, at, 1, 1), -EPROTO);
}

static void bad_heartbeat(void)
{
	const u8 *b = beat_bytes;
	int at;

	CHECK_EQ(patched(as_heartbeat, b, BEAT, 0, 8, 0), -EPROTO);
	CHECK_EQ(patched(as_heartbeat, b, BEAT, 8, 8, beat.total_bytes), 0);
	CHECK_EQ(patched(as_heartbeat, b, BEAT, 8, 8, beat.total_bytes + 1), -ERANGE);
	CHECK_EQ(patched(as_heartbeat, b, BEAT, 16, 8, 0), -ERANGE);
	for (at = 28; at < 32; at++)
		CHECK_EQ(patched(as_heartbeat, b, BEAT, at, 1, 1), -EPROTO);
}

static void bad_frame(void)
{
	static const u8 b[] = { 0, 0, 0, 0, 32, 0, 0, 0 };

	CHECK_EQ(patched(as_frame, b, FRAME, 0, 4, 65536), 0);
	CHECK_EQ(patched(as_frame, b, FRAME, 0, 4, 65537), -EMSGSIZE);
	CHECK_EQ(patched(as_frame, b, FRAME, 0, 4, U32_MAX), -EMSGSIZE);
	CHECK_EQ(patched(as_frame, b, FRAME, 4, 2, 31), -EMSGSIZE);
	CHECK_EQ(patched(as_frame, b, FRAME, 4, 2, 4096), 0);
	CHECK_EQ(patched(as_frame, b, FRAME, 4, 2, 4097), -EMSGSIZE);
	CHECK_EQ(patched(as_frame, b, FRAME, 4, 2, U16_MAX), -EMSGSIZE);
	CHECK_EQ(patched(as_frame, b, FRAME, 6, 1, 1), -EPROTO);
	CHECK_EQ(patched(as_frame, b, FRAME, 7, 1, 1), -EPROTO);
}

/* For each kind: the error of a 1 in each field it does not use, and 0 in the others. */
static void fields_of_kinds(void)
{
	/* type, tag, status, generation, result, room, requests, bytes */
	static const u8 at[] = { 2, 4, 6, 8, 12, 16, 20, 24 };
	static const char * const allowed[] = {
		[CLUSTER_REQUEST]	= "yy-y-yyy",
		[CLUSTER_REPLY]		= "-yyyy-yy",
		[CLUSTER_HEARTBEAT]	= "------yy",
		[CLUSTER_CREDIT]	= "------yy",
		[CLUSTER_PING]		= "------yy",
		[CLUSTER_PONG]		= "------yy",
		[CLUSTER_CLOSE]		= "--y---yy",
		[CLUSTER_JOIN]		= "------yy",
	};
	u8 bytes[HEADER + 40] = { 0 };
	unsigned int kind, i;
	size_t len;

	for (kind = 1; kind < ARRAY_SIZE(allowed); kind++) {
		bytes[0] = kind;
		bytes[6] = kind == CLUSTER_CLOSE;
		len = HEADER + (kind == CLUSTER_HEARTBEAT ? BEAT : 0) +
		      (kind == CLUSTER_JOIN ? JOIN : 0);
		CHECK_EQ(as_header(bytes, len), 0);
		for (i = 0; i < ARRAY_SIZE(at); i++)
			CHECK_EQ(patched(as_header, bytes, len, at[i], 1, 1),
				 allowed[kind][i] == 'y' ? 0 : -EPROTO);
		/* flags, zero */
		CHECK_EQ(patched(as_header, bytes, len, 1, 1, 1), -EPROTO);
		for (i = 28; i < 32; i++)
			CHECK_EQ(patched(as_header, bytes, len, i, 1, 1), -EPROTO);
		/* A body where none, or another, belongs. */
		CHECK_EQ(as_header(bytes, len + 1), kind <= CLUSTER_REPLY ? 0 : -EMSGSIZE);
		if (len > HEADER)
			CHECK_EQ(as_header(bytes, len - 1), -EMSGSIZE);
	}
	memset(bytes, 0, sizeof(bytes));
	for (kind = 0; kind < 256; kind++)
		if (!kind || kind >= ARRAY_SIZE(allowed))
			CHECK_EQ(patched(as_header, bytes, HEADER, 0, 1, kind), -EPROTO);
}

static void numbers_of_messages(void)
{
	const u8 *b = request_bytes;
	size_t len = sizeof(request_bytes);
	u8 bytes[HEADER + 1] = { CLUSTER_REPLY };

	CHECK_EQ(patched(as_header, b, len, 16, 4, 65536), 0);
	CHECK_EQ(patched(as_header, b, len, 16, 4, 65537), -ERANGE);
	CHECK_EQ(patched(as_header, b, len, 16, 4, U32_MAX), -ERANGE);
	CHECK_EQ(patched(as_header, b, len, 20, 4, 65536), 0);
	CHECK_EQ(patched(as_header, b, len, 20, 4, 65537), -ERANGE);
	CHECK_EQ(patched(as_header, b, len, 24, 4, 1 << 30), 0);
	CHECK_EQ(patched(as_header, b, len, 24, 4, (1 << 30) + 1), -ERANGE);

	/* A reply that failed has neither result nor body. */
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, CLUSTER_STATUSES - 1), 0);
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, CLUSTER_STATUSES), -ERANGE);
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, U16_MAX), -ERANGE);
	CHECK_EQ(patched(as_header, bytes, HEADER + 1, 6, 2, 1), -EMSGSIZE);
	bytes[12] = 1;
	CHECK_EQ(as_header(bytes, HEADER), 0);
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, 1), -EPROTO);
	bytes[12] = 0;

	/* Who closes says why. */
	bytes[0] = CLUSTER_CLOSE;
	CHECK_EQ(as_header(bytes, HEADER), -EPROTO);
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, CLUSTER_REASONS - 1), 0);
	CHECK_EQ(patched(as_header, bytes, HEADER, 6, 2, CLUSTER_REASONS), -ERANGE);
}

/* What the peer would refuse is not sent. */
static void bad_messages_of_ours(void)
{
	struct cluster_frame frame;
	struct cluster_msg msg;

	msg = request;
	msg.body_len = CLUSTER_WIRE_BODY_MAX;
	msg.data_len = CLUSTER_WIRE_DATA_MAX;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), 0);
	CHECK_EQ(cluster_wire_frame_bytes(&frame), CLUSTER_WIRE_FRAME_MAX);
	msg.body_len++;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
	msg = (struct cluster_msg){ .kind = CLUSTER_REPLY, .body = request.body };
	msg.body_len = 128;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), 0);
	msg.body_len++;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
	msg = request;
	msg.data_len = CLUSTER_WIRE_DATA_MAX + 1;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
	msg.data_len = U32_MAX;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
	msg = request;
	msg.kind = CLUSTER_JOIN + 1;
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EPROTO);
	msg = (struct cluster_msg){ .kind = CLUSTER_PING, .data_len = 1 };
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
	msg = (struct cluster_msg){ .kind = CLUSTER_REPLY, .status = 1, .data_len = 1 };
	CHECK_EQ(cluster_wire_frame_of(&frame, &msg), -EMSGSIZE);
}

int main(void)
{
	test_plan(12);
	RUN_BARE(exact_bytes);
	RUN_BARE(there_and_back);
	RUN_BARE(truncated);
	RUN_BARE(other_versions);
	RUN_BARE(bad_hello);
	RUN_BARE(bad_answer);
	RUN_BARE(bad_join);
	RUN_BARE(bad_heartbeat);
	RUN_BARE(bad_frame);
	RUN_BARE(fields_of_kinds);
	RUN_BARE(numbers_of_messages);
	RUN_BARE(bad_messages_of_ours);
	return test_end();
}
