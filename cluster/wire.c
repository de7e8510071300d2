// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes to structs and back.  Pure functions: no state, no memory of their own, no
 * loop longer than a name.  They are compiled in user space too, tested and fuzzed.
 *
 * Bytes are copied into a struct of the wire before anything is looked at, so they
 * may lie at any address, and who owns them cannot change them between a check and
 * its use.
 */
#include "wire.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include <asm/byteorder.h>

/* Fields and sizes are those of Documentation/wire.rst; nothing is padded. */
static_assert(sizeof(struct cluster_wire_start) == 12);
static_assert(sizeof(struct cluster_wire_hello) == 88);
static_assert(offsetof(struct cluster_wire_hello, from) == 12);
static_assert(offsetof(struct cluster_wire_hello, mode) == 18);
static_assert(offsetof(struct cluster_wire_hello, name) == 24);
static_assert(sizeof(struct cluster_wire_answer) == 16);
static_assert(offsetof(struct cluster_wire_answer, reason) == 12);
static_assert(sizeof(struct cluster_wire_join) == 40);
static_assert(offsetof(struct cluster_wire_join, idle_timeout_ms) == 24);
static_assert(offsetof(struct cluster_wire_join, lanes) == 32);
static_assert(sizeof(struct cluster_wire_frame) == 8);
static_assert(sizeof(struct cluster_wire_header) == 32);
static_assert(offsetof(struct cluster_wire_header, generation) == 8);
static_assert(offsetof(struct cluster_wire_header, zero) == 28);
static_assert(sizeof(struct cluster_wire_heartbeat) == 32);
static_assert(CLUSTER_WIRE_NOISE_BYTES == 88);
static_assert(CLUSTER_WIRE_START_MAX == 164);
static_assert(CLUSTER_WIRE_FRAME_MAX == 69656);

/* A magic ends where the version begins: its zero is not on the wire. */
static_assert(sizeof(CLUSTER_WIRE_MAGIC) - 1 == sizeof(((struct cluster_wire_start *)0)->magic));

#define USES_TYPE	0x01	/* and reply_room */
#define USES_TAG	0x02	/* and generation */
#define USES_STATUS	0x04
#define USES_RESULT	0x08
#define USES_BODY	0x10	/* of any length, and data */

static const struct kind_rule {
	__u8	uses;
	__u8	body_len;	/* without USES_BODY: exactly this */
} rules[] = {
	[CLUSTER_REQUEST]	= { USES_TYPE | USES_TAG | USES_BODY, 0 },
	[CLUSTER_REPLY]		= { USES_TAG | USES_STATUS | USES_RESULT | USES_BODY, 0 },
	[CLUSTER_HEARTBEAT]	= { 0, sizeof(struct cluster_wire_heartbeat) },
	[CLUSTER_CREDIT]	= { 0, 0 },
	[CLUSTER_PING]		= { 0, 0 },
	[CLUSTER_PONG]		= { 0, 0 },
	[CLUSTER_CLOSE]		= { USES_STATUS, 0 },
	[CLUSTER_JOIN]		= { 0, sizeof(struct cluster_wire_join) },
};

static void pack_start(struct cluster_wire_start *start, __u32 length)
{
	memcpy(start->magic, CLUSTER_WIRE_MAGIC, sizeof(start->magic));
	start->version = cpu_to_le16(CLUSTER_WIRE_VERSION);
	start->length = cpu_to_le16(length);
}

/**
 * cluster_wire_unpack_start() - read how a first message begins
 * @to:		filled in if the magic is ours, also if the version is not
 * @from:	the bytes
 * @len:	how many there are, at least those of a struct cluster_wire_start
 *
 * These bytes are the same in every version, so that a node can say which one it
 * speaks to a peer that speaks another.
 *
 * Context: any.
 * Return: 0: @to->length more bytes are to be read, a number that is bounded; or an
 * error, see the head of wire.h.
 */
int cluster_wire_unpack_start(struct cluster_start *to, const void *from, __u32 len)
{
	struct cluster_wire_start wire;

	if (len < sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	if (memcmp(wire.magic, CLUSTER_WIRE_MAGIC, sizeof(wire.magic)))
		return -EBADMSG;
	to->version = le16_to_cpu(wire.version);
	to->length = le16_to_cpu(wire.length);
	if (to->version != CLUSTER_WIRE_VERSION)
		return -EPROTONOSUPPORT;
	return to->length > CLUSTER_WIRE_START_MAX ? -EMSGSIZE : 0;
}

/* What a mode adds to a hello or to an answer that accepts. */
static __u32 noise_bytes(__u8 mode)
{
	return mode == CLUSTER_MODE_SEALED ? CLUSTER_WIRE_NOISE_BYTES : 0;
}

/**
 * cluster_wire_pack_hello() - write the first bytes of who connects
 * @hello:	what to say
 * @to:		room for a struct cluster_wire_hello; message 1 of the handshake, if
 *		the mode has one, goes behind it
 *
 * Context: any.
 */
void cluster_wire_pack_hello(const struct cluster_hello *hello, void *to)
{
	struct cluster_wire_hello wire = {
		.from = cpu_to_le16(hello->from),
		.to = cpu_to_le16(hello->to),
		.lane = cpu_to_le16(hello->lane),
		.mode = hello->mode,
		.name_len = hello->name_len,
	};

	pack_start(&wire.start, sizeof(wire) - sizeof(wire.start) + noise_bytes(hello->mode));
	memcpy(wire.name, hello->name, hello->name_len);
	memcpy(to, &wire, sizeof(wire));
}

/* A name that configfs could have made, then zeros. */
static int check_name(const struct cluster_wire_hello *wire)
{
	unsigned int i;

	if (!wire->name_len || wire->name_len > sizeof(wire->name))
		return -EMSGSIZE;
	for (i = 0; i < sizeof(wire->name); i++) {
		bool inside = i < wire->name_len;

		if (inside == !wire->name[i] || wire->name[i] == '/')
			return -EPROTO;
	}
	return 0;
}

/**
 * cluster_wire_unpack_hello() - read the first bytes of who connects
 * @to:		filled in on success; only what it claims, nothing of it is proven
 * @from:	the bytes; if the mode is sealed, message 1 of the handshake is
 *		CLUSTER_WIRE_NOISE_BYTES behind struct cluster_wire_hello
 * @len:	how many there are: the start, and as many as it announced
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_hello(struct cluster_hello *to, const void *from, __u32 len)
{
	struct cluster_wire_hello wire;
	struct cluster_start start;
	int err = cluster_wire_unpack_start(&start, from, len);

	if (err)
		return err;
	if (len < sizeof(wire) || len != sizeof(wire.start) + start.length)
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	if (wire.mode != CLUSTER_MODE_SEALED && wire.mode != CLUSTER_MODE_INSECURE)
		return -EPROTO;
	if (len != sizeof(wire) + noise_bytes(wire.mode))
		return -EMSGSIZE;
	to->from = le16_to_cpu(wire.from);
	to->to = le16_to_cpu(wire.to);
	to->lane = le16_to_cpu(wire.lane);
	if (to->to >= CLUSTER_WIRE_NODES || to->lane >= CLUSTER_WIRE_LANES)
		return -ERANGE;
	/* The lower number connects. */
	if (to->from >= to->to || wire.zero)
		return -EPROTO;
	err = check_name(&wire);
	if (err)
		return err;
	to->mode = wire.mode;
	to->name_len = wire.name_len;
	memcpy(to->name, wire.name, sizeof(wire.name));
	to->name[sizeof(wire.name)] = 0;
	return 0;
}

/**
 * cluster_wire_pack_answer() - write the first bytes of who accepted the connection
 * @reason:	0, or the enum cluster_reason for which there will be no link
 * @mode:	enum cluster_mode of the hello
 * @to:		room for a struct cluster_wire_answer; message 2 of the handshake, if
 *		the mode has one and @reason is 0, goes behind it
 *
 * Context: any.
 */
void cluster_wire_pack_answer(__u16 reason, __u8 mode, void *to)
{
	struct cluster_wire_answer wire = { .reason = cpu_to_le16(reason) };

	pack_start(&wire.start, sizeof(wire) - sizeof(wire.start) +
				(reason ? 0 : noise_bytes(mode)));
	memcpy(to, &wire, sizeof(wire));
}

/**
 * cluster_wire_unpack_answer() - read the first bytes of who accepted the connection
 * @reason:	set on success: 0, or why there will be no link
 * @mode:	enum cluster_mode of the hello that this answers
 * @from:	the bytes; message 2 of the handshake, if any, is behind the answer
 * @len:	how many there are: the start, and as many as it announced
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_answer(__u16 *reason, __u8 mode, const void *from, __u32 len)
{
	struct cluster_wire_answer wire;
	struct cluster_start start;
	int err = cluster_wire_unpack_start(&start, from, len);

	if (err)
		return err;
	if (len < sizeof(wire) || len != sizeof(wire.start) + start.length)
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	*reason = le16_to_cpu(wire.reason);
	if (*reason >= CLUSTER_REASONS)
		return -ERANGE;
	if (wire.zero)
		return -EPROTO;
	return len == sizeof(wire) + (*reason ? 0 : noise_bytes(mode)) ? 0 : -EMSGSIZE;
}

/**
 * cluster_wire_pack_join() - write what a node says about itself
 * @join:	what to say
 * @to:		room for a struct cluster_wire_join
 *
 * Context: any.
 */
void cluster_wire_pack_join(const struct cluster_join *join, void *to)
{
	struct cluster_wire_join wire = {
		.features = cpu_to_le64(join->features),
		.incarnation = cpu_to_le64(join->incarnation),
		.session = cpu_to_le64(join->session),
		.idle_timeout_ms = cpu_to_le32(join->idle_timeout_ms),
		.keepalive_delay_ms = cpu_to_le32(join->keepalive_delay_ms),
		.lanes = cpu_to_le16(join->lanes),
	};

	memcpy(to, &wire, sizeof(wire));
}

/**
 * cluster_wire_unpack_join() - read what a node says about itself
 * @to:		filled in on success
 * @from:	the bytes, decrypted
 * @len:	how many there are
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_join(struct cluster_join *to, const void *from, __u32 len)
{
	struct cluster_wire_join wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	to->features = le64_to_cpu(wire.features);
	to->incarnation = le64_to_cpu(wire.incarnation);
	to->session = le64_to_cpu(wire.session);
	to->idle_timeout_ms = le32_to_cpu(wire.idle_timeout_ms);
	to->keepalive_delay_ms = le32_to_cpu(wire.keepalive_delay_ms);
	to->lanes = le16_to_cpu(wire.lanes);
	if (to->idle_timeout_ms > CLUSTER_WIRE_TIME_MAX_MS || to->lanes > CLUSTER_WIRE_LANES)
		return -ERANGE;
	if (!to->incarnation || !to->session || !to->lanes || !to->keepalive_delay_ms)
		return -EPROTO;
	if (to->keepalive_delay_ms >= to->idle_timeout_ms)
		return -EPROTO;
	return wire.zero[0] || wire.zero[1] || wire.zero[2] ? -EPROTO : 0;
}

/**
 * cluster_wire_pack_heartbeat() - write the body of a heartbeat
 * @beat:	what to say
 * @to:		room for a struct cluster_wire_heartbeat
 *
 * Context: any.
 */
void cluster_wire_pack_heartbeat(const struct cluster_heartbeat *beat, void *to)
{
	struct cluster_wire_heartbeat wire = {
		.incarnation = cpu_to_le64(beat->incarnation),
		.free_bytes = cpu_to_le64(beat->free_bytes),
		.total_bytes = cpu_to_le64(beat->total_bytes),
		.load_permille = cpu_to_le32(beat->load_permille),
	};

	memcpy(to, &wire, sizeof(wire));
}

/**
 * cluster_wire_unpack_heartbeat() - read the body of a heartbeat
 * @to:		filled in on success
 * @from:	the bytes, decrypted
 * @len:	how many there are
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_heartbeat(struct cluster_heartbeat *to, const void *from, __u32 len)
{
	struct cluster_wire_heartbeat wire;

	if (len != sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	to->incarnation = le64_to_cpu(wire.incarnation);
	to->free_bytes = le64_to_cpu(wire.free_bytes);
	to->total_bytes = le64_to_cpu(wire.total_bytes);
	to->load_permille = le32_to_cpu(wire.load_permille);
	if (to->free_bytes > to->total_bytes)
		return -ERANGE;
	return !to->incarnation || wire.zero ? -EPROTO : 0;
}

/**
 * cluster_wire_pack_frame() - write the lengths of a message
 * @frame:	the lengths
 * @to:		room for a struct cluster_wire_frame
 *
 * Context: any.
 */
void cluster_wire_pack_frame(const struct cluster_frame *frame, void *to)
{
	struct cluster_wire_frame wire = {
		.data_len = cpu_to_le32(frame->data_len),
		.header_len = cpu_to_le16(frame->header_len),
	};

	memcpy(to, &wire, sizeof(wire));
}

/**
 * cluster_wire_unpack_frame() - read the lengths of a message
 * @to:		filled in on success: cluster_wire_frame_bytes() of it is bounded
 * @from:	the bytes; not proven before the whole message is
 * @len:	how many there are, at least those of a struct cluster_wire_frame
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_frame(struct cluster_frame *to, const void *from, __u32 len)
{
	struct cluster_wire_frame wire;

	if (len < sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, from, sizeof(wire));
	to->data_len = le32_to_cpu(wire.data_len);
	to->header_len = le16_to_cpu(wire.header_len);
	if (to->data_len > CLUSTER_WIRE_DATA_MAX || to->header_len > CLUSTER_WIRE_HEADER_MAX ||
	    to->header_len < sizeof(struct cluster_wire_header))
		return -EMSGSIZE;
	return wire.zero ? -EPROTO : 0;
}

static int check_lengths(const struct cluster_msg *msg, const struct kind_rule *rule)
{
	if (!(rule->uses & USES_BODY))
		return msg->body_len != rule->body_len || msg->data_len ? -EMSGSIZE : 0;
	if (msg->body_len > CLUSTER_WIRE_BODY_MAX || msg->data_len > CLUSTER_WIRE_DATA_MAX)
		return -EMSGSIZE;
	if (msg->kind == CLUSTER_REPLY && msg->body_len > CLUSTER_WIRE_REPLY_BODY_MAX)
		return -EMSGSIZE;
	/* A request that failed has nothing to tell. */
	if (msg->status && (msg->body_len || msg->data_len))
		return -EMSGSIZE;
	return 0;
}

static int check_numbers(const struct cluster_msg *msg)
{
	if (msg->credit_requests > CLUSTER_WIRE_CREDIT_MAX ||
	    msg->credit_bytes > CLUSTER_WIRE_CREDIT_BYTES_MAX ||
	    msg->reply_room > CLUSTER_WIRE_DATA_MAX)
		return -ERANGE;
	if (msg->kind == CLUSTER_REPLY && msg->status >= CLUSTER_STATUSES)
		return -ERANGE;
	if (msg->kind == CLUSTER_CLOSE && msg->status >= CLUSTER_REASONS)
		return -ERANGE;
	return 0;
}

/* The same for what we send and for what comes in. */
static int check_msg(const struct cluster_msg *msg)
{
	const struct kind_rule *rule;
	int err;

	if (!msg->kind || msg->kind >= ARRAY_SIZE(rules))
		return -EPROTO;
	rule = &rules[msg->kind];
	if (!(rule->uses & USES_TYPE) && (msg->type || msg->reply_room))
		return -EPROTO;
	if (!(rule->uses & USES_TAG) && (msg->tag || msg->generation))
		return -EPROTO;
	if (!(rule->uses & USES_STATUS) && msg->status)
		return -EPROTO;
	if ((!(rule->uses & USES_RESULT) || msg->status) && msg->result)
		return -EPROTO;
	if (msg->kind == CLUSTER_CLOSE && !msg->status)
		return -EPROTO;
	err = check_numbers(msg);
	return err ? err : check_lengths(msg, rule);
}

/**
 * cluster_wire_frame_of() - the lengths of a message, if it is one
 * @frame:	filled in on success
 * @msg:	the message that is to be sent
 *
 * Finds what the peer would refuse, before it costs the link.
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_frame_of(struct cluster_frame *frame, const struct cluster_msg *msg)
{
	int err = check_msg(msg);

	if (err)
		return err;
	frame->data_len = msg->data_len;
	frame->header_len = sizeof(struct cluster_wire_header) + msg->body_len;
	return 0;
}

/**
 * cluster_wire_pack_header() - write the part of a message that is encrypted
 * @msg:	the message, which cluster_wire_frame_of() has accepted
 * @to:		room for frame.header_len bytes
 *
 * Context: any.
 */
void cluster_wire_pack_header(const struct cluster_msg *msg, void *to)
{
	struct cluster_wire_header wire = {
		.kind = msg->kind,
		.type = cpu_to_le16(msg->type),
		.tag = cpu_to_le16(msg->tag),
		.status = cpu_to_le16(msg->status),
		.generation = cpu_to_le32(msg->generation),
		.result = cpu_to_le32(msg->result),
		.reply_room = cpu_to_le32(msg->reply_room),
		.credit_requests = cpu_to_le32(msg->credit_requests),
		.credit_bytes = cpu_to_le32(msg->credit_bytes),
	};

	memcpy(to, &wire, sizeof(wire));
	if (msg->body_len)
		memcpy((__u8 *)to + sizeof(wire), msg->body, msg->body_len);
}

/**
 * cluster_wire_unpack_header() - read the part of a message that was encrypted
 * @to:		filled in on success; its body and data point into @header and @data
 * @frame:	the lengths, as cluster_wire_unpack_frame() gave them
 * @header:	the bytes, decrypted
 * @data:	the data of the message
 *
 * Context: any.
 * Return: 0 or an error, see the head of wire.h.
 */
int cluster_wire_unpack_header(struct cluster_msg *to, const struct cluster_frame *frame,
			       const void *header, const void *data)
{
	struct cluster_wire_header wire;

	if (frame->header_len < sizeof(wire))
		return -EMSGSIZE;
	memcpy(&wire, header, sizeof(wire));
	if (wire.flags || wire.zero)
		return -EPROTO;
	to->kind = wire.kind;
	to->type = le16_to_cpu(wire.type);
	to->tag = le16_to_cpu(wire.tag);
	to->status = le16_to_cpu(wire.status);
	to->generation = le32_to_cpu(wire.generation);
	to->result = le32_to_cpu(wire.result);
	to->reply_room = le32_to_cpu(wire.reply_room);
	to->credit_requests = le32_to_cpu(wire.credit_requests);
	to->credit_bytes = le32_to_cpu(wire.credit_bytes);
	to->body_len = frame->header_len - sizeof(wire);
	to->data_len = frame->data_len;
	to->body = (const __u8 *)header + sizeof(wire);
	to->data = data;
	return check_msg(to);
}
