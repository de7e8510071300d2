/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile - speaks the protocol of cluster/ well enough to abuse it.
 *
 * The codecs, the handshake and the seals are cluster's own; sockets, and what is done wrong,
 * are here.  Who is attacked is the victim.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "cluster/noise.h"
#include "cluster/seal.h"
#include "cluster/wire.h"

#include "../util.h"

/* Who we say we are, and whom we attack: the options. */
struct config {
	const char	*address;	/* of the victim */
	u16		port;		/* of the victim, and ours as responder */
	const char	*source;	/* address we come from; NULL: any */
	u16		me;		/* our number */
	u16		victim;
	u8		key[32];
	const char	*name;
	u8		mode;
	u32		idle_timeout_ms;
	u32		keepalive_delay_ms;
	u32		patience_ms;	/* in which the victim has to react */
};

extern struct config conf;

/* What became of a handshake. */
enum outcome {
	OPENED,
	REFUSED,	/* with a reason */
	CLOSED,		/* without a word */
	SILENT,		/* nothing came in time */
	NONSENSE,	/* something came that is no correct answer */
	UNREACHABLE,	/* no connection */
};

/* A hello and message 1 of the handshake, as they are on the wire. */
struct first {
	struct cluster_wire_hello	hello;
	u8				noise[CLUSTER_WIRE_NOISE_BYTES];
};

struct peer {
	int				fd;
	bool				initiator;
	bool				mute;		/* does not answer pings */
	u8				key[32];	/* of the cluster */
	struct first			first;
	struct cluster_wire_join	join;		/* ours */
	struct cluster_join		theirs;
	struct cluster_noise		noise;
	struct cluster_seal		tx, rx;
	u16				reason;		/* of a refusal or a close */
	u64				credit_requests, credit_bytes;	/* granted to us */
	u64				bytes;		/* that have come */
	u32				kinds[256];	/* messages that have come */
	u8				buf[CLUSTER_WIRE_FRAME_MAX];
};

/* peer.c */
u64 now_ms(void);
void sleep_ms(unsigned int ms);
int dial(const char *source, bool wait);
int dial_slowly(const char *source);
bool closes(int fd);
bool refuses(int fd, const void *from, size_t len);
bool is_open(int fd);
bool send_all(int fd, const void *from, size_t len);
void set_timeouts(int fd);
void put_random(void *to, size_t len);

void peer_prepare(struct peer *p);
void peer_seal_hello(struct peer *p);
size_t peer_hello_bytes(const struct peer *p);
enum outcome peer_greet(struct peer *p, const char *source);
enum outcome peer_read_answer(struct peer *p);
enum outcome peer_join_insecure(struct peer *p);
enum outcome peer_open(struct peer *p);
void peer_must_open(struct peer *p);
void peer_split(struct peer *p);
int peer_receive(struct peer *p, void *to, size_t len, u64 deadline);
void peer_drop(struct peer *p);
void peer_reset(struct peer *p);
const char *outcome_name(enum outcome outcome);

/* talk.c: messages after the handshake */
bool peer_send(struct peer *p, const struct cluster_msg *msg);
bool peer_say(struct peer *p, u8 kind);
bool peer_beat(struct peer *p);
int peer_next(struct peer *p, struct cluster_msg *msg, u64 deadline);
bool peer_alive(struct peer *p);
bool peer_gone(struct peer *p);
bool peer_holds(struct peer *p, unsigned int beats, unsigned int ms);

/* Every attack returns whether the victim behaved. */
bool attack_refuse(const char *name);		/* hello.c */
void list_refuse(void);
bool attack_stranger(void);
bool attack_truncate(bool leave_open);
bool attack_flip(bool all);
bool attack_lanes(void);			/* lanes.c */
bool attack_replay(void);			/* replay.c */
bool attack_reflect(void);
bool attack_first(const char *name);		/* first.c */
void list_first(void);
bool attack_message(const char *name);		/* message.c */
void list_message(void);
bool attack_reply(const char *name);		/* reply.c */
void list_reply(void);
bool attack_answer(const char *name);		/* answer.c */
void list_answer(void);
bool attack_halfopen(unsigned int count, unsigned int ms, bool trickle);	/* flood.c */
bool attack_flood(unsigned int per_minute, unsigned int ms);

/* wild.c: what cluster's own code would refuse to write */
struct wild {
	struct cluster_wire_frame	frame;
	struct cluster_wire_header	header;
	u8				body[160];
	u8				data[64];
};

#define WILD_BYTES	(sizeof(struct wild) + CLUSTER_WIRE_SEAL_BYTES)

void wild_message(struct wild *wild, u8 kind, u32 body_len, u32 data_len);
u32 wild_seal(struct peer *p, const struct wild *wild, u8 *to);
bool wild_send(struct peer *p, const struct wild *wild);
u32 wild_beat(struct peer *p, u8 *to);

/* noise_point.c */
void noise_write_point(struct cluster_noise *noise, u8 *msg, const u8 point[32],
		       const void *payload, size_t len);

#endif /* HOSTILE_H */
