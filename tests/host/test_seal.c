// SPDX-License-Identifier: GPL-2.0-only
/* Sealed messages: what goes in comes out, once, in order, or nothing does. */
#define WITH_CRYPTO
#include "test.h"

#include "mod_cluster.h"

#define PROLOGUE	"the same on both sides"

/* Both directions between two nodes, A and B. */
struct link {
	struct cluster_seal	a_tx, a_rx, b_tx, b_rx;
};

static u8 buf[CLUSTER_WIRE_FRAME_MAX], other[CLUSTER_WIRE_FRAME_MAX];
static u8 body[CLUSTER_WIRE_BODY_MAX], data[CLUSTER_WIRE_DATA_MAX];

static void connect(struct link *link, bool insecure)
{
	u8 ab[32], ba[32];

	fill_bytes(ab, sizeof(ab), 1);
	fill_bytes(ba, sizeof(ba), 2);
	if (insecure) {
		cluster_seal_start_insecure(&link->a_tx, true, PROLOGUE, sizeof(PROLOGUE));
		cluster_seal_start_insecure(&link->b_rx, true, PROLOGUE, sizeof(PROLOGUE));
		cluster_seal_start_insecure(&link->b_tx, false, PROLOGUE, sizeof(PROLOGUE));
		cluster_seal_start_insecure(&link->a_rx, false, PROLOGUE, sizeof(PROLOGUE));
	} else {
		cluster_seal_start(&link->a_tx, ab);
		cluster_seal_start(&link->b_rx, ab);
		cluster_seal_start(&link->b_tx, ba);
		cluster_seal_start(&link->a_rx, ba);
	}
}

static struct cluster_msg request(u32 body_len, u32 data_len)
{
	struct cluster_msg msg = {
		.kind = CLUSTER_REQUEST, .type = 0x1234, .tag = 0x5678, .generation = 77,
		.reply_room = 4096, .credit_requests = 3, .credit_bytes = 5000,
		.body = body, .body_len = body_len, .data = data, .data_len = data_len,
	};

	return msg;
}

static bool same(const struct cluster_msg *a, const struct cluster_msg *b)
{
	return a->kind == b->kind && a->type == b->type && a->tag == b->tag &&
	       a->status == b->status && a->generation == b->generation &&
	       a->result == b->result && a->reply_room == b->reply_room &&
	       a->credit_requests == b->credit_requests &&
	       a->credit_bytes == b->credit_bytes && a->body_len == b->body_len &&
	       a->data_len == b->data_len &&
	       (!a->body_len || !memcmp(a->body, b->body, a->body_len)) &&
	       (!a->data_len || !memcmp(a->data, b->data, a->data_len));
}

static int seal(struct cluster_seal *seal, const struct cluster_msg *msg)
{
	int len = cluster_seal_write(seal, buf, sizeof(buf), msg);

	CHECK(len > 0);
	return len;
}

static void is_ended(struct cluster_seal *seal)
{
	struct cluster_msg ping = { .kind = CLUSTER_PING };
	u8 key[32] = { 0 }, frame[64];

	CHECK(!memcmp(seal->key, key, 32));
	CHECK_EQ(seal->counter, U64_MAX);
	CHECK_EQ(cluster_seal_write(seal, frame, sizeof(frame), &ping), -EKEYEXPIRED);
}

/* From a copy that is exactly as long, so that ASan sees what lies beyond. */
static int open_part(struct cluster_seal seal, const u8 *from, size_t len)
{
	u8 *part = malloc(len + 1);
	struct cluster_msg msg;
	int err;

	part = realloc(part, len ? len : 1);
	memcpy(part, from, len);
	err = cluster_seal_open(&seal, part, len, &msg);
	if (err)
		is_ended(&seal);
	free(part);
	return err;
}

static void there_and_back(bool insecure)
{
	static const u32 sizes[] = { 0, 1, 15, 16, 17, 56, 100, 1000 };
	static const u32 blobs[] = { 0, 1, 4095, 4096, 4097, 65536 };
	struct cluster_msg msg, back;
	struct link link;
	unsigned int i, k;
	int len;

	connect(&link, insecure);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(blobs); k++) {
			fill_bytes(body, sizeof(body), i);
			fill_bytes(data, sizeof(data), k);
			msg = request(sizes[i], blobs[k]);
			len = seal(&link.a_tx, &msg);
			CHECK_EQ(len, 8 + blobs[k] + 32 + sizes[i] + 16);
			/* The sender may use its memory again. */
			memset(body, 0, sizeof(body));
			memset(data, 0, sizeof(data));
			CHECK_EQ(cluster_seal_open(&link.b_rx, buf, len, &back), 0);
			fill_bytes(body, sizeof(body), i);
			fill_bytes(data, sizeof(data), k);
			CHECK(same(&msg, &back));
		}
	}
	msg = request(CLUSTER_WIRE_BODY_MAX, CLUSTER_WIRE_DATA_MAX);
	len = seal(&link.b_tx, &msg);
	CHECK_EQ(len, CLUSTER_WIRE_FRAME_MAX);
	CHECK_EQ(cluster_seal_open(&link.a_rx, buf, len, &back), 0);
	CHECK(same(&msg, &back));
}

static void sealed(void)
{
	there_and_back(false);
}

static void insecure(void)
{
	there_and_back(true);
}

/* The header is hidden, the data are not: their owner has encrypted them already. */
static void what_is_encrypted(void)
{
	struct cluster_msg msg = request(64, 64);
	struct link link;

	connect(&link, false);
	fill_bytes(body, 64, 3);
	fill_bytes(data, 64, 4);
	seal(&link.a_tx, &msg);
	CHECK(!memcmp(buf + 8, data, 64));
	cluster_wire_pack_header(&msg, other);
	CHECK(memcmp(buf + 72, other, 16) && memcmp(buf + 72 + 32, body, 16));

	connect(&link, true);
	seal(&link.a_tx, &msg);
	CHECK(!memcmp(buf + 72, other, 96));
}

static void data_in_place(void)
{
	struct cluster_msg msg = request(10, 4096), back;
	struct link link;
	int len;

	connect(&link, false);
	fill_bytes(data, 4096, 9);
	memcpy(cluster_seal_data(buf), data, 4096);
	msg.data = cluster_seal_data(buf);
	len = seal(&link.a_tx, &msg);
	CHECK_EQ(cluster_seal_open(&link.b_rx, buf, len, &back), 0);
	CHECK(!memcmp(back.data, data, 4096));
}

static void every_bit_flipped(bool insecure)
{
	struct cluster_msg msg = request(20, 30);
	struct link link;
	int len, bit;

	connect(&link, insecure);
	len = seal(&link.a_tx, &msg);
	for (bit = 0; bit < 8 * len; bit++) {
		int err;

		memcpy(other, buf, len);
		other[bit / 8] ^= 1 << bit % 8;
		err = open_part(link.b_rx, other, len);
		/* The lengths and what is reserved beside them are looked at first. */
		CHECK(err == -EBADMSG || (bit < 64 && (err == -EMSGSIZE || err == -EPROTO)));
	}
	CHECK_EQ(open_part(link.b_rx, buf, len), 0);
}

static void sealed_bit_flipped(void)
{
	every_bit_flipped(false);
}

static void insecure_bit_flipped(void)
{
	every_bit_flipped(true);
}

static void lengths(void)
{
	struct cluster_msg msg = request(20, 30);
	struct link link;
	int len, part;

	connect(&link, false);
	len = seal(&link.a_tx, &msg);
	for (part = 0; part < len; part++)
		CHECK_EQ(open_part(link.b_rx, buf, part), -EMSGSIZE);
	CHECK_EQ(open_part(link.b_rx, buf, len + 1), -EMSGSIZE);
	for (part = 0; part < len; part++)
		CHECK_EQ(cluster_seal_write(&link.a_tx, other, part, &msg), -ENOSPC);
	/* Lengths that move the border between data and header, all in all the same. */
	put_unaligned_le32(30 - 1, buf);
	put_unaligned_le16(32 + 20 + 1, buf + 4);
	CHECK_EQ(open_part(link.b_rx, buf, len), -EBADMSG);

	msg = request(CLUSTER_WIRE_BODY_MAX + 1, 0);
	CHECK_EQ(cluster_seal_write(&link.a_tx, other, sizeof(other), &msg), -EMSGSIZE);
	msg = request(0, CLUSTER_WIRE_DATA_MAX + 1);
	CHECK_EQ(cluster_seal_write(&link.a_tx, other, sizeof(other), &msg), -EMSGSIZE);
	/* None of this used up a number. */
	CHECK_EQ(link.a_tx.counter, 1);
}

/* Lost, repeated, swapped, sent back, from another link. */
static void only_the_next(bool insecure)
{
	struct cluster_msg ping = { .kind = CLUSTER_PING }, msg;
	u8 sent[3][64];
	struct link link, wrong;
	int i, len = 0;

	connect(&link, insecure);
	for (i = 0; i < 3; i++) {
		len = seal(&link.a_tx, &ping);
		memcpy(sent[i], buf, len);
	}
	CHECK_EQ(open_part(link.b_rx, sent[1], len), -EBADMSG);
	CHECK_EQ(open_part(link.b_rx, sent[2], len), -EBADMSG);
	CHECK_EQ(open_part(link.a_rx, sent[0], len), -EBADMSG);
	wrong = link;
	if (insecure)
		cluster_seal_start_insecure(&wrong.b_rx, true, "another", 7);
	else
		wrong.b_rx.key[31] ^= 0x80;
	CHECK_EQ(open_part(wrong.b_rx, sent[0], len), -EBADMSG);

	memcpy(buf, sent[0], len);
	CHECK_EQ(cluster_seal_open(&link.b_rx, buf, len, &msg), 0);
	CHECK_EQ(open_part(link.b_rx, sent[0], len), -EBADMSG);
	CHECK_EQ(open_part(link.b_rx, sent[2], len), -EBADMSG);

	/* After one that is wrong, none is right. */
	memcpy(buf, sent[2], len);
	CHECK_EQ(cluster_seal_open(&link.b_rx, buf, len, &msg), -EBADMSG);
	CHECK_EQ(cluster_seal_open(&link.b_rx, sent[1], len, &msg), -EKEYEXPIRED);
	is_ended(&link.b_rx);
}

static void sealed_in_order(void)
{
	only_the_next(false);
}

static void insecure_in_order(void)
{
	only_the_next(true);
}

/* A peer that has the key and still sends nonsense. */
static void sealed_nonsense(void)
{
	struct cluster_frame frame = { .header_len = 32 };
	struct link link;
	unsigned int kind;

	for (kind = 9; kind < 257; kind++) {
		connect(&link, false);
		memset(buf, 0, 64);
		cluster_wire_pack_frame(&frame, buf);
		buf[8] = kind;
		chacha20poly1305_encrypt(buf + 8, buf + 8, 32, buf, 8, 0, link.a_tx.key);
		CHECK_EQ(open_part(link.b_rx, buf, 56), -EPROTO);
	}
}

static void exchange(struct cluster_seal *tx, struct cluster_seal *rx)
{
	struct cluster_msg ping = { .kind = CLUSTER_PING }, msg;
	int len = seal(tx, &ping);

	CHECK_EQ(cluster_seal_open(rx, buf, len, &msg), 0);
}

/* Noise, 4.2 and 11.3: the key changes, the counter goes on. */
static void rekeyed(void)
{
	struct link link;
	u8 before[32], zeros[32] = { 0 }, wanted[48];
	int round;
	u32 i;

	connect(&link, false);
	for (round = 0; round < 3; round++) {
		memcpy(before, link.a_tx.key, 32);
		for (i = 1; i < CLUSTER_SEAL_REKEY; i++) {
			exchange(&link.a_tx, &link.b_rx);
			exchange(&link.b_tx, &link.a_rx);
		}
		CHECK(!memcmp(before, link.a_tx.key, 32));
		exchange(&link.a_tx, &link.b_rx);
		chacha20poly1305_encrypt(wanted, zeros, 32, NULL, 0, ~0ULL, before);
		CHECK(!memcmp(link.a_tx.key, wanted, 32));
		CHECK(!memcmp(link.b_rx.key, wanted, 32));
		/* Each direction counts for itself. */
		CHECK_EQ(link.b_tx.counter + 1, link.a_tx.counter);
		exchange(&link.b_tx, &link.a_rx);
		CHECK(!memcmp(link.b_tx.key, link.a_rx.key, 32));
	}
	CHECK_EQ(link.a_tx.counter, 3 * CLUSTER_SEAL_REKEY);
}

/* On both sides of the border: a message under the old key is no longer taken. */
static void lost_at_the_border(void)
{
	struct cluster_msg ping = { .kind = CLUSTER_PING };
	struct link link;
	int len, lost;

	for (lost = 0; lost < 4; lost++) {
		connect(&link, false);
		link.a_tx.counter = CLUSTER_SEAL_REKEY - 2 + lost;
		link.b_rx.counter = link.a_tx.counter;
		seal(&link.a_tx, &ping);
		len = seal(&link.a_tx, &ping);
		CHECK_EQ(open_part(link.b_rx, buf, len), -EBADMSG);
	}
}

/* The counter ends before it repeats, and its last value stays with rekey(). */
static void counter_ends(bool insecure)
{
	struct cluster_msg ping = { .kind = CLUSTER_PING };
	struct link link;
	u8 frame[64];

	connect(&link, insecure);
	link.a_tx.counter = U64_MAX - 2;
	link.b_rx.counter = U64_MAX - 2;
	exchange(&link.a_tx, &link.b_rx);
	exchange(&link.a_tx, &link.b_rx);
	CHECK_EQ(link.a_tx.counter, U64_MAX);
	CHECK_EQ(cluster_seal_write(&link.a_tx, frame, sizeof(frame), &ping), -EKEYEXPIRED);
	CHECK_EQ(link.a_tx.counter, U64_MAX);
	link.a_tx.counter = 0;
	CHECK_EQ(open_part(link.b_rx, buf, seal(&link.a_tx, &ping)), -EKEYEXPIRED);
}

static void sealed_counter_ends(void)
{
	counter_ends(false);
}

static void insecure_counter_ends(void)
{
	counter_ends(true);
}

int main(void)
{
	test_plan(14);
	RUN_BARE(sealed);
	RUN_BARE(insecure);
	RUN_BARE(what_is_encrypted);
	RUN_BARE(data_in_place);
	RUN_BARE(sealed_bit_flipped);
	RUN_BARE(insecure_bit_flipped);
	RUN_BARE(lengths);
	RUN_BARE(sealed_in_order);
	RUN_BARE(insecure_in_order);
	RUN_BARE(sealed_nonsense);
	RUN_BARE(rekeyed);
	RUN_BARE(lost_at_the_border);
	RUN_BARE(sealed_counter_ends);
	RUN_BARE(insecure_counter_ends);
	return test_end();
}
