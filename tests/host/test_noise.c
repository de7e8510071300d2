// SPDX-License-Identifier: GPL-2.0-only
/* The handshake: published vectors, and everything that must not lead to a link. */
#define WITH_CRYPTO
#include "test.h"

#include "mod_cluster.h"
#include "noise_vectors.h"

#define HELLO	sizeof(struct cluster_wire_hello)
#define JOIN	sizeof(struct cluster_wire_join)
#define MESSAGE	CLUSTER_WIRE_NOISE_BYTES

static const u8 cluster_key[32] = "0123456789abcdef0123456789abcdef";

static size_t from_hex(u8 *to, const char *hex)
{
	char digits[3] = { 0 };
	size_t len;

	for (len = 0; hex[2 * len]; len++) {
		memcpy(digits, hex + 2 * len, 2);
		to[len] = strtoul(digits, NULL, 16);
	}
	return len;
}

static bool is_hex(const u8 *bytes, size_t len, const char *hex)
{
	u8 wanted[512];

	return from_hex(wanted, hex) == len && !memcmp(bytes, wanted, len);
}

static bool is_vector(const u8 *bytes, size_t len, const struct noise_vector *vector)
{
	u8 wanted[128];
	size_t wanted_len = from_hex(wanted, vector->bytes[0]);

	if (vector->bytes[1])
		wanted_len += from_hex(wanted + wanted_len, vector->bytes[1]);
	return wanted_len == len && !memcmp(bytes, wanted, len);
}

static bool all_zero(const void *from, size_t len)
{
	const u8 *at = from;

	while (len--)
		if (*at++)
			return false;
	return true;
}

/* Nothing of a handshake that failed or was split is left in memory. */
static bool is_dead(const struct cluster_noise *noise)
{
	return noise->state == CLUSTER_NOISE_DEAD && all_zero(noise, sizeof(*noise));
}

/* RFC 8439, A.5 */
static const char * const internet_drafts[] = {
	"Internet-Drafts are draft documents valid for a maximum of six months and ",
	"may be updated, replaced, or obsoleted by other documents at any time. It is ",
	"inappropriate to use Internet-Drafts as reference material or to cite them ",
	"other than as /\xe2\x80\x9cwork in progress./\xe2\x80\x9d",
};

/* The primitives below the handshake, against the RFCs: else no other test means much. */
static void primitives(void)
{
	u8 key[32], point[32], out[512], ad[32];
	char text[300] = "";
	struct blake2s_ctx ctx;
	size_t len;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(internet_drafts); i++)
		strcat(text, internet_drafts[i]);
	len = strlen(text);

	/* RFC 7748, 5.2 */
	from_hex(key, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
	from_hex(point, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
	CHECK(curve25519(out, key, point));
	CHECK(is_hex(out, 32, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));

	from_hex(key, "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
	from_hex(ad, "f33388860000000000004e91");
	chacha20poly1305_encrypt(out, (const u8 *)text, len, ad, 12, 0x0807060504030201ULL, key);
	CHECK(is_hex(out + len, 16, "eead9d67890cbb22392336fea1851f38"));
	CHECK(chacha20poly1305_decrypt(out, out, len + 16, ad, 12, 0x0807060504030201ULL, key));
	CHECK(!memcmp(out, text, len));

	/* RFC 7693, appendix B; keyed: the first of the vectors of the authors of BLAKE2 */
	hash_pair(out, "a", 1, "bc", 2);
	CHECK(is_hex(out, 32, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"));
	from_hex(key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	blake2s_init_key(&ctx, 32, key, 32);
	blake2s_final(&ctx, out);
	CHECK(is_hex(out, 32, "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49"));

	/* RFC 3720, B.4 has it of zeros */
	memset(out, 0, 32);
	CHECK_EQ(~crc32c(~0U, out, 32), 0x8a9136aa);
}

static void published_vectors(void)
{
	struct cluster_noise initiator, responder, *writer = &initiator, *reader = &responder;
	struct cluster_noise_keys keys[2];
	u8 prologue[64], psk[32], secret[2][32], payload[64], msg[128], back[64];
	unsigned int i;
	size_t len;

	len = from_hex(prologue, VECTOR_PROLOGUE);
	from_hex(psk, VECTOR_PSK);
	from_hex(secret[0], VECTOR_INITIATOR_SECRET);
	from_hex(secret[1], VECTOR_RESPONDER_SECRET);
	cluster_noise_start(&initiator, true, psk, prologue, len);
	cluster_noise_start(&responder, false, psk, prologue, len);
	for (i = 0; i < 2; i++) {
		len = from_hex(payload, noise_vectors[i].payload);
		crypto_next_secret(secret[i]);
		CHECK_EQ(cluster_noise_write(writer, msg, payload, len), 0);
		len += CLUSTER_NOISE_MORE_BYTES;
		CHECK(is_vector(msg, len, &noise_vectors[i]));
		CHECK_EQ(cluster_noise_read(reader, back, msg, len), 0);
		CHECK(is_hex(back, len - CLUSTER_NOISE_MORE_BYTES, noise_vectors[i].payload));
		swap(writer, reader);
	}
	CHECK_EQ(cluster_noise_split(&initiator, &keys[0]), 0);
	CHECK_EQ(cluster_noise_split(&responder, &keys[1]), 0);
	CHECK(is_hex(keys[0].hash, 32, VECTOR_HASH));
	CHECK(is_hex(keys[1].hash, 32, VECTOR_HASH));
	for (; i < ARRAY_SIZE(noise_vectors); i++) {
		len = from_hex(payload, noise_vectors[i].payload);
		chacha20poly1305_encrypt(msg, payload, len, NULL, 0, i / 2 - 1, keys[i % 2].tx);
		CHECK(is_vector(msg, len + 16, &noise_vectors[i]));
		CHECK(chacha20poly1305_decrypt(back, msg, len + 16, NULL, 0, i / 2 - 1,
					       keys[1 - i % 2].rx));
	}
}

/* Two nodes with all they need for a handshake, and the bytes they exchanged. */
struct meeting {
	struct cluster_hello	hello[2];
	u8			key[2][32];
	struct cluster_noise	side[2];	/* the initiator first */
	u8			msg[2][MESSAGE];
	u8			join[2][JOIN];
};

static void arrange(struct meeting *m)
{
	struct cluster_hello hello = {
		.from = 3, .to = 200, .lane = 1, .mode = CLUSTER_MODE_SEALED,
		.name_len = 4, .name = "farm",
	};
	int i;

	for (i = 0; i < 2; i++) {
		m->hello[i] = hello;
		memcpy(m->key[i], cluster_key, sizeof(cluster_key));
		fill_bytes(m->join[i], JOIN, i);
	}
}

static void begin(struct meeting *m)
{
	u8 psk[32], prologue[HELLO];
	int i;

	for (i = 0; i < 2; i++) {
		cluster_wire_pack_hello(&m->hello[i], prologue);
		cluster_noise_psk(psk, m->key[i], m->hello[i].from, m->hello[i].to);
		cluster_noise_start(&m->side[i], !i, psk, prologue, HELLO);
	}
	CHECK_EQ(cluster_noise_write(&m->side[0], m->msg[0], m->join[0], JOIN), 0);
}

static int read_first(struct meeting *m)
{
	u8 join[JOIN];
	int err = cluster_noise_read(&m->side[1], join, m->msg[0], MESSAGE);

	if (!err)
		CHECK(!memcmp(join, m->join[0], JOIN));
	return err;
}

static void answer(struct meeting *m)
{
	CHECK_EQ(read_first(m), 0);
	CHECK_EQ(cluster_noise_write(&m->side[1], m->msg[1], m->join[1], JOIN), 0);
}

static int read_second(struct meeting *m)
{
	u8 join[JOIN];
	int err = cluster_noise_read(&m->side[0], join, m->msg[1], MESSAGE);

	if (!err)
		CHECK(!memcmp(join, m->join[1], JOIN));
	return err;
}

static void complete_meeting(struct meeting *m, struct cluster_noise_keys keys[2])
{
	arrange(m);
	begin(m);
	answer(m);
	CHECK_EQ(read_second(m), 0);
	CHECK_EQ(cluster_noise_split(&m->side[0], &keys[0]), 0);
	CHECK_EQ(cluster_noise_split(&m->side[1], &keys[1]), 0);
}

static void two_nodes_meet(void)
{
	struct cluster_noise_keys keys[2], later[2];
	struct meeting m;
	u8 before[MESSAGE];

	complete_meeting(&m, keys);
	CHECK(is_dead(&m.side[0]) && is_dead(&m.side[1]));
	CHECK(!memcmp(keys[0].tx, keys[1].rx, 32) && !memcmp(keys[0].rx, keys[1].tx, 32));
	CHECK(memcmp(keys[0].tx, keys[0].rx, 32));
	CHECK(!memcmp(keys[0].hash, keys[1].hash, 32));

	/* Not one byte of the payload is in plain. */
	CHECK(memcmp(m.msg[0] + 32, m.join[0], 8) && memcmp(m.msg[1] + 32, m.join[1], 8));

	memcpy(before, m.msg[0], MESSAGE);
	complete_meeting(&m, later);
	CHECK(memcmp(before, m.msg[0], MESSAGE));
	CHECK(memcmp(keys[0].tx, later[0].tx, 32) && memcmp(keys[0].hash, later[0].hash, 32));
}

static void key_of_a_pair(void)
{
	u8 other[32], first[32], second[32];
	struct blake2s_ctx ctx;

	cluster_noise_psk(first, cluster_key, 3, 200);
	cluster_noise_psk(second, cluster_key, 200, 3);
	CHECK(!memcmp(first, second, 32));
	blake2s_init_key(&ctx, 32, cluster_key, 32);
	blake2s_update(&ctx, (const u8 *)"\x03\x00\xc8\x00", 4);
	blake2s_final(&ctx, second);
	CHECK(!memcmp(first, second, 32));

	cluster_noise_psk(second, cluster_key, 3, 201);
	CHECK(memcmp(first, second, 32));
	cluster_noise_psk(second, cluster_key, 2, 200);
	CHECK(memcmp(first, second, 32));
	memcpy(other, cluster_key, 32);
	other[31] ^= 1;
	cluster_noise_psk(second, other, 3, 200);
	CHECK(memcmp(first, second, 32));
}

/* Refused by its tag, and at no cost: an outsider cannot make us compute X25519. */
static void refuses_first(struct meeting *m)
{
	unsigned long before = crypto_x25519;

	CHECK_EQ(read_first(m), -EBADMSG);
	CHECK_EQ(crypto_x25519, before);
	CHECK(is_dead(&m->side[1]));
	CHECK_EQ(cluster_noise_write(&m->side[1], m->msg[1], m->join[1], JOIN), -EINVAL);
	CHECK(is_dead(&m->side[1]));
}

static void wrong_key(void)
{
	struct meeting m;
	int bit;

	for (bit = 0; bit < 256; bit++) {
		arrange(&m);
		m.key[0][bit / 8] ^= 1 << bit % 8;
		begin(&m);
		refuses_first(&m);
	}
}

static void wrong_prologue(void)
{
	struct meeting m;
	u8 prologue[HELLO], psk[32];
	unsigned int bit;
	int field;

	/* What two nodes may come to disagree about, ... */
	for (field = 0; field < 5; field++) {
		arrange(&m);
		m.hello[1].from -= field == 0;
		m.hello[1].to += field == 1;
		m.hello[1].lane += field == 2;
		m.hello[1].mode += field == 3;
		m.hello[1].name[0] += field == 4;
		begin(&m);
		refuses_first(&m);
	}
	/* ... and what may happen to it on its way, magic and version among it. */
	for (bit = 0; bit < 8 * HELLO; bit++) {
		arrange(&m);
		begin(&m);
		cluster_wire_pack_hello(&m.hello[0], prologue);
		prologue[bit / 8] ^= 1 << bit % 8;
		cluster_noise_psk(psk, cluster_key, m.hello[0].from, m.hello[0].to);
		cluster_noise_start(&m.side[1], false, psk, prologue, HELLO);
		refuses_first(&m);
	}
}

static void every_bit_flipped(void)
{
	struct meeting m, good;
	unsigned int bit;
	int err;

	arrange(&good);
	begin(&good);
	for (bit = 0; bit < 8 * MESSAGE; bit++) {
		m = good;
		m.msg[0][bit / 8] ^= 1 << bit % 8;
		refuses_first(&m);
	}
	answer(&good);
	for (bit = 0; bit < 8 * MESSAGE; bit++) {
		m = good;
		m.msg[1][bit / 8] ^= 1 << bit % 8;
		err = read_second(&m);
		CHECK(err == -EBADMSG || err == -EKEYREJECTED);
		CHECK(is_dead(&m.side[0]));
	}
	CHECK_EQ(read_second(&good), 0);
}

/* Exactly as large as it is, so that ASan sees any byte read beyond it. */
static int read_part(struct cluster_noise *noise, const u8 *msg, size_t len)
{
	u8 *part = malloc(len + 1), *payload = malloc(len + 1);
	int err;

	memcpy(part, msg, min_t(size_t, len, MESSAGE));
	part[len] = 0;
	err = cluster_noise_read(noise, payload, part, len);
	free(payload);
	free(part);
	return err;
}

static void every_truncation(void)
{
	struct meeting m, good;
	size_t len;

	arrange(&good);
	begin(&good);
	for (len = 0; len < MESSAGE; len++) {
		m = good;
		CHECK_EQ(read_part(&m.side[1], m.msg[0], len),
			 len < CLUSTER_NOISE_MORE_BYTES ? -EMSGSIZE : -EBADMSG);
		CHECK(is_dead(&m.side[1]));
	}
	answer(&good);
	for (len = 0; len < MESSAGE; len++) {
		m = good;
		CHECK_EQ(read_part(&m.side[0], m.msg[1], len),
			 len < CLUSTER_NOISE_MORE_BYTES ? -EMSGSIZE : -EBADMSG);
		CHECK(is_dead(&m.side[0]));
	}
}

static void reflected(void)
{
	struct meeting m;
	u8 join[JOIN];

	arrange(&m);
	begin(&m);
	CHECK_EQ(cluster_noise_read(&m.side[0], join, m.msg[0], MESSAGE), -EBADMSG);
	CHECK(is_dead(&m.side[0]));

	begin(&m);
	answer(&m);
	begin(&m);
	CHECK_EQ(cluster_noise_read(&m.side[1], join, m.msg[1], MESSAGE), -EBADMSG);
	CHECK(is_dead(&m.side[1]));
}

/* Who replays message 1 gets an answer of no use, and cannot go on. */
static void replayed(void)
{
	struct cluster_noise_keys keys[2], stale;
	struct cluster_seal tx, rx;
	struct cluster_msg ping = { .kind = CLUSTER_PING }, msg;
	struct meeting m, replay;
	u8 recorded[128];
	int len;

	complete_meeting(&m, keys);
	cluster_seal_start(&tx, keys[0].tx);
	len = cluster_seal_write(&tx, recorded, sizeof(recorded), &ping);
	CHECK(len > 0);

	arrange(&replay);
	begin(&replay);
	memcpy(replay.msg[0], m.msg[0], MESSAGE);
	answer(&replay);
	CHECK(memcmp(replay.msg[1], m.msg[1], MESSAGE));
	CHECK_EQ(cluster_noise_split(&replay.side[1], &stale), 0);
	cluster_seal_start(&rx, stale.rx);
	CHECK_EQ(cluster_seal_open(&rx, recorded, len, &msg), -EBADMSG);

	/* An answer that belongs to another first message is none. */
	begin(&replay);
	memcpy(replay.msg[1], m.msg[1], MESSAGE);
	CHECK_EQ(read_second(&replay), -EBADMSG);
}

/* Curve25519's points of low order, also in other guises (RFC 7748, 6.1 and 7). */
static const char * const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

/* A message 1 with a valid tag around an ephemeral of the writer's choice. */
static void forge_first(struct meeting *m, const u8 ephemeral[32])
{
	u8 psk[32], prologue[HELLO];

	cluster_wire_pack_hello(&m->hello[0], prologue);
	cluster_noise_psk(psk, cluster_key, m->hello[0].from, m->hello[0].to);
	cluster_noise_start(&m->side[0], true, psk, prologue, HELLO);
	memcpy(m->msg[0], ephemeral, 32);
	mix_ephemeral(&m->side[0], ephemeral);
	chacha20poly1305_encrypt(m->msg[0] + 32, m->join[0], JOIN, m->side[0].hash, 32, 0,
				 m->side[0].key);
}

static void zero_shared_secret(void)
{
	struct meeting m;
	u8 point[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(low_order); i++) {
		from_hex(point, low_order[i]);
		arrange(&m);
		begin(&m);
		forge_first(&m, point);
		CHECK_EQ(read_first(&m), 0);
		CHECK_EQ(cluster_noise_write(&m.side[1], m.msg[1], m.join[1], JOIN),
			 -EKEYREJECTED);
		CHECK(is_dead(&m.side[1]));

		begin(&m);
		answer(&m);
		memcpy(m.msg[1], point, 32);
		CHECK_EQ(read_second(&m), -EKEYREJECTED);
		CHECK(is_dead(&m.side[0]));
	}
}

/* Each function in each state in which it is not its turn. */
static void wrong_turn(void)
{
	struct cluster_noise_keys keys;
	struct meeting m, good;

	arrange(&good);
	begin(&good);
	m = good;
	CHECK_EQ(cluster_noise_write(&m.side[0], m.msg[0], m.join[0], JOIN), -EINVAL);
	CHECK(is_dead(&m.side[0]));
	CHECK_EQ(cluster_noise_write(&m.side[1], m.msg[0], m.join[0], JOIN), -EINVAL);
	CHECK(is_dead(&m.side[1]));
	m = good;
	CHECK_EQ(cluster_noise_split(&m.side[0], &keys), -EINVAL);
	CHECK_EQ(cluster_noise_split(&m.side[1], &keys), -EINVAL);
	CHECK(is_dead(&m.side[0]) && is_dead(&m.side[1]));
	m = good;
	CHECK_EQ(read_first(&m), 0);
	CHECK_EQ(cluster_noise_split(&m.side[1], &keys), -EINVAL);
	m = good;
	CHECK_EQ(read_first(&m), 0);
	CHECK_EQ(read_first(&m), -EINVAL);
	CHECK(is_dead(&m.side[1]));
	m = good;
	answer(&m);
	CHECK_EQ(read_second(&m), 0);
	CHECK_EQ(read_second(&m), -EINVAL);
	CHECK_EQ(cluster_noise_split(&m.side[0], &keys), -EINVAL);
	CHECK_EQ(cluster_noise_split(&m.side[1], &keys), 0);
	CHECK_EQ(cluster_noise_split(&m.side[1], &keys), -EINVAL);
}

int main(void)
{
	test_plan(12);
	RUN_BARE(primitives);
	RUN_BARE(published_vectors);
	RUN_BARE(two_nodes_meet);
	RUN_BARE(key_of_a_pair);
	RUN_BARE(wrong_key);
	RUN_BARE(wrong_prologue);
	RUN_BARE(every_bit_flipped);
	RUN_BARE(every_truncation);
	RUN_BARE(reflected);
	RUN_BARE(replayed);
	RUN_BARE(zero_shared_secret);
	RUN_BARE(wrong_turn);
	return test_end();
}
