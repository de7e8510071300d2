/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes that two nodes exchange.  Documentation/wire.rst shows them one by one.
 *
 * struct cluster_wire_* are the bytes: little-endian, no holes, reserved fields zero.
 * The other structs are what they mean, in the order of the machine.  A change of the
 * bytes raises CLUSTER_WIRE_VERSION.  Compiles in user space.
 *
 * Whatever is unpacked here is not trusted.  The error says what is wrong with it:
 *
 *   -EBADMSG          it does not begin as a message of ours does
 *   -EPROTONOSUPPORT  the peer speaks another version
 *   -EMSGSIZE         a length is above its limit, or not the one that belongs here
 *   -ERANGE           a number is above its limit
 *   -EPROTO           anything else that no correct peer would send
 */
#ifndef CLUSTER_WIRE_H
#define CLUSTER_WIRE_H

#include <linux/types.h>

#define CLUSTER_WIRE_MAGIC		"RAMster\n"	/* 8 bytes, without the zero */
#define CLUSTER_WIRE_VERSION		1

/* Numbers and lengths that are valid. */
#define CLUSTER_WIRE_NODES		255	/* node numbers are below this, as in o2cb */
#define CLUSTER_WIRE_LANES		16
#define CLUSTER_WIRE_NAME_MAX		64	/* of a cluster, as in o2cb */
#define CLUSTER_WIRE_TIME_MAX_MS	(24 * 3600 * 1000)
#define CLUSTER_WIRE_HEADER_MAX		4096	/* the encrypted part of a message */
#define CLUSTER_WIRE_DATA_MAX		65536	/* the rest: 16 pages of 4 KiB */
#define CLUSTER_WIRE_REPLY_BODY_MAX	128
#define CLUSTER_WIRE_CREDIT_MAX		65536	/* requests granted in one message */
#define CLUSTER_WIRE_CREDIT_BYTES_MAX	0x40000000

/* Behind each sealed part, and behind a message 1 or 2 of the handshake: Poly1305. */
#define CLUSTER_WIRE_SEAL_BYTES		16

/**
 * struct cluster_wire_start - how both first messages begin, in every version
 * @magic:	CLUSTER_WIRE_MAGIC
 * @version:	of all that follows
 * @length:	bytes that follow
 */
struct cluster_wire_start {
	__u8	magic[8];
	__le16	version;
	__le16	length;
};

/**
 * struct cluster_wire_hello - first bytes of who connects; the prologue of Noise
 * @start:	counts the handshake message too
 * @from:	number of who connects, the lower one
 * @to:		number of who was meant
 * @lane:	number of this connection among those of the link
 * @mode:	enum cluster_mode
 * @name_len:	bytes of @name that are used
 * @zero:	0
 * @name:	the cluster's, the rest is zero
 *
 * Followed by message 1 of the handshake, unless @mode is insecure.
 */
struct cluster_wire_hello {
	struct cluster_wire_start	start;
	__le16				from;
	__le16				to;
	__le16				lane;
	__u8				mode;
	__u8				name_len;
	__le32				zero;
	__u8				name[CLUSTER_WIRE_NAME_MAX];
};

/**
 * struct cluster_wire_answer - first bytes of who accepted the connection
 * @start:	counts the handshake message too
 * @reason:	0, or the enum cluster_reason for which there will be no link
 * @zero:	0
 *
 * Followed by message 2 of the handshake if @reason is 0 and the mode is sealed.
 * Nothing proves who wrote it: a refusal is a hint for the log.
 */
struct cluster_wire_answer {
	struct cluster_wire_start	start;
	__le16				reason;
	__le16				zero;
};

/**
 * struct cluster_wire_join - what a node says about itself, encrypted
 * @features:	bits; what both have is used, unknown ones are ignored
 * @incarnation: drawn at start, not 0
 * @session:	drawn by who connects, for all lanes of the link; repeated in the answer
 * @idle_timeout_ms:	silence after which the link is given up
 * @keepalive_delay_ms:	silence after which a sign of life is asked for
 * @lanes:	how many there will be
 * @zero:	0
 */
struct cluster_wire_join {
	__le64	features;
	__le64	incarnation;
	__le64	session;
	__le32	idle_timeout_ms;
	__le32	keepalive_delay_ms;
	__le16	lanes;
	__le16	zero[3];
};

/**
 * struct cluster_wire_frame - begins each message, in plain, authenticated
 * @data_len:	bytes of data that follow
 * @header_len:	bytes of the encrypted header behind those, without the seal
 * @zero:	0
 */
struct cluster_wire_frame {
	__le32	data_len;
	__le16	header_len;
	__le16	zero;
};

/**
 * struct cluster_wire_header - begins the encrypted part of each message
 * @kind:	enum cluster_kind; says which of the other fields are used
 * @flags:	0, none is defined
 * @type:	of a request, given by the module above
 * @tag:	slot of the request in the sender's table; the reply repeats it
 * @status:	enum cluster_status of a reply, enum cluster_reason of a close
 * @generation:	of the tag; the reply repeats it
 * @result:	of a reply, signed, given by the module above
 * @reply_room:	of a request: most bytes of data the reply may have
 * @credit_requests:	requests the receiver may send in addition
 * @credit_bytes:	and room for their replies
 * @zero:	0
 *
 * Followed by the body.
 */
struct cluster_wire_header {
	__u8	kind;
	__u8	flags;
	__le16	type;
	__le16	tag;
	__le16	status;
	__le32	generation;
	__le32	result;
	__le32	reply_room;
	__le32	credit_requests;
	__le32	credit_bytes;
	__le32	zero;
};

/**
 * struct cluster_wire_heartbeat - body of a heartbeat
 * @incarnation: as in the join
 * @free_bytes:	memory that is free
 * @total_bytes: memory there is
 * @load_permille: 1000 for each task that wants to run
 * @zero:	0
 */
struct cluster_wire_heartbeat {
	__le64	incarnation;
	__le64	free_bytes;
	__le64	total_bytes;
	__le32	load_permille;
	__le32	zero;
};

#define CLUSTER_WIRE_BODY_MAX \
	(CLUSTER_WIRE_HEADER_MAX - sizeof(struct cluster_wire_header))

/* An ephemeral key, the join, and its seal: messages 1 and 2 of the handshake. */
#define CLUSTER_WIRE_NOISE_BYTES \
	(32 + sizeof(struct cluster_wire_join) + CLUSTER_WIRE_SEAL_BYTES)

/* Most that follows a struct cluster_wire_start. */
#define CLUSTER_WIRE_START_MAX						\
	(sizeof(struct cluster_wire_hello) -				\
	 sizeof(struct cluster_wire_start) + CLUSTER_WIRE_NOISE_BYTES)

#define CLUSTER_WIRE_FRAME_MAX						\
	(sizeof(struct cluster_wire_frame) + CLUSTER_WIRE_DATA_MAX +	\
	 CLUSTER_WIRE_HEADER_MAX + CLUSTER_WIRE_SEAL_BYTES)

enum cluster_mode {
	CLUSTER_MODE_SEALED	= 1,
	CLUSTER_MODE_INSECURE	= 2,
};

enum cluster_kind {
	CLUSTER_REQUEST		= 1,
	CLUSTER_REPLY		= 2,
	CLUSTER_HEARTBEAT	= 3,
	CLUSTER_CREDIT		= 4,	/* nothing but the credit any message may carry */
	CLUSTER_PING		= 5,
	CLUSTER_PONG		= 6,
	CLUSTER_CLOSE		= 7,
	CLUSTER_JOIN		= 8,	/* first message of each side, if insecure */
};

/* What became of a request, as the cluster sees it. */
enum cluster_status {
	CLUSTER_STATUS_OK,
	CLUSTER_STATUS_NOSPACE,		/* no memory to take it */
	CLUSTER_STATUS_NOHANDLER,	/* nobody knows this type */
	CLUSTER_STATUS_TOOBIG,		/* larger than its handler takes, or its reply */
	CLUSTER_STATUS_STOPPING,	/* the handler is going away */
	CLUSTER_STATUSES
};

/* Why there is no link, or no longer. */
enum cluster_reason {
	CLUSTER_REASON_NONE,
	CLUSTER_REASON_VERSION,		/* not the same version of the protocol */
	CLUSTER_REASON_NAME,		/* not the same cluster */
	CLUSTER_REASON_NODE,		/* no node of this number, or it is not here */
	CLUSTER_REASON_LANE,		/* no such lane */
	CLUSTER_REASON_MODE,		/* one is sealed, the other is not */
	CLUSTER_REASON_BUSY,		/* too many at once; later, please */
	CLUSTER_REASON_SESSION,		/* a lane of a link that is gone */
	CLUSTER_REASON_CONFIG,		/* time-outs do not fit, or were changed */
	CLUSTER_REASON_REPLACED,	/* a newer link took its place */
	CLUSTER_REASON_PROTOCOL,	/* a message that no correct peer sends */
	CLUSTER_REASON_IDLE,		/* nothing was heard for too long */
	CLUSTER_REASON_GOODBYE,		/* the node leaves in order */
	CLUSTER_REASONS
};

/**
 * struct cluster_start - struct cluster_wire_start, unpacked
 * @version:	that the peer speaks
 * @length:	bytes that follow
 */
struct cluster_start {
	__u16	version;
	__u16	length;
};

/**
 * struct cluster_hello - struct cluster_wire_hello, unpacked
 * @from:	number of who connects
 * @to:		number of who was meant
 * @lane:	number of the connection
 * @mode:	enum cluster_mode
 * @name_len:	bytes of @name
 * @name:	of the cluster, ends with a zero
 */
struct cluster_hello {
	__u16	from;
	__u16	to;
	__u16	lane;
	__u8	mode;
	__u8	name_len;
	char	name[CLUSTER_WIRE_NAME_MAX + 1];
};

/**
 * struct cluster_join - struct cluster_wire_join, unpacked
 * @features:	bits
 * @incarnation: of the node
 * @session:	of the link
 * @idle_timeout_ms:	silence after which the link is given up
 * @keepalive_delay_ms:	silence after which a sign of life is asked for
 * @lanes:	how many there will be
 */
struct cluster_join {
	__u64	features;
	__u64	incarnation;
	__u64	session;
	__u32	idle_timeout_ms;
	__u32	keepalive_delay_ms;
	__u16	lanes;
};

/**
 * struct cluster_heartbeat - struct cluster_wire_heartbeat, unpacked
 * @incarnation: of the node
 * @free_bytes:	memory that is free
 * @total_bytes: memory there is
 * @load_permille: 1000 for each task that wants to run
 */
struct cluster_heartbeat {
	__u64	incarnation;
	__u64	free_bytes;
	__u64	total_bytes;
	__u32	load_permille;
};

/**
 * struct cluster_frame - struct cluster_wire_frame, unpacked
 * @data_len:	bytes of data
 * @header_len:	bytes of the header
 */
struct cluster_frame {
	__u32	data_len;
	__u32	header_len;
};

/**
 * struct cluster_msg - a message, see struct cluster_wire_header for its fields
 * @kind:	enum cluster_kind; what it does not use is 0
 * @type:	of a request
 * @tag:	of a request or reply
 * @status:	of a reply or close
 * @generation:	of the tag
 * @result:	of a reply
 * @reply_room:	of a request
 * @credit_requests: any kind may carry it
 * @credit_bytes: any kind may carry it
 * @body_len:	bytes of @body
 * @data_len:	bytes of @data
 * @body:	encrypted on its way
 * @data:	not encrypted, only authenticated
 */
struct cluster_msg {
	__u8		kind;
	__u16		type;
	__u16		tag;
	__u16		status;
	__u32		generation;
	__s32		result;
	__u32		reply_room;
	__u32		credit_requests;
	__u32		credit_bytes;
	__u32		body_len;
	__u32		data_len;
	const void	*body;
	const void	*data;
};

int cluster_wire_unpack_start(struct cluster_start *to, const void *from, __u32 len);

void cluster_wire_pack_hello(const struct cluster_hello *hello, void *to);
int cluster_wire_unpack_hello(struct cluster_hello *to, const void *from, __u32 len);

void cluster_wire_pack_answer(__u16 reason, __u8 mode, void *to);
int cluster_wire_unpack_answer(__u16 *reason, __u8 mode, const void *from, __u32 len);

void cluster_wire_pack_join(const struct cluster_join *join, void *to);
int cluster_wire_unpack_join(struct cluster_join *to, const void *from, __u32 len);

void cluster_wire_pack_heartbeat(const struct cluster_heartbeat *beat, void *to);
int cluster_wire_unpack_heartbeat(struct cluster_heartbeat *to, const void *from, __u32 len);

int cluster_wire_frame_of(struct cluster_frame *frame, const struct cluster_msg *msg);
void cluster_wire_pack_frame(const struct cluster_frame *frame, void *to);
int cluster_wire_unpack_frame(struct cluster_frame *to, const void *from, __u32 len);

void cluster_wire_pack_header(const struct cluster_msg *msg, void *to);
int cluster_wire_unpack_header(struct cluster_msg *to, const struct cluster_frame *frame,
			       const void *header, const void *data);

/**
 * cluster_wire_frame_bytes() - how long a message is on the wire, all in all
 * @frame:	its lengths
 *
 * Context: any.
 * Return: bytes, at most CLUSTER_WIRE_FRAME_MAX if @frame was unpacked or checked.
 */
static inline __u32 cluster_wire_frame_bytes(const struct cluster_frame *frame)
{
	return sizeof(struct cluster_wire_frame) + frame->data_len + frame->header_len +
	       CLUSTER_WIRE_SEAL_BYTES;
}

#endif /* CLUSTER_WIRE_H */
