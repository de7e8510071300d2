/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ramster internals.
 *
 * Locks of ramster, outermost first.  Take a lock only while holding locks above it.
 *   1 switch_mutex     mutex          joining and leaving: who is registered where
 *   2 bounce->lock     mutex          a buffer of one CPU.  Held while a page is opened and
 *                                     decompressed: zcache's locks 8 and below may follow
 *   3 accounts_lock    spin           table of accounts
 *   4 fetch_lock       spin, irqs off fetches by page, free ones, gets that wait for one
 *   5 batch_lock       spin, irqs off free batches of pages that move
 *   6 flush_lock       spin, irqs off free batches of flushes
 *   7 peer->lock       spin, irqs off state of a peer, its lease, fetches that wait for it
 *   8 rate_lock        spin           what counters were
 *   9 repair_lock      spin, irqs off whether missing copies may be made
 * Below these: cluster_submit(), the locks of zcache, tmem and zbud.
 * Entered with foreign locks held: ramster_release() (locks of who flushes, interrupts on
 *   or off), ramster_pressure().
 * Calls out: zcache_get.done with no lock of ours held.
 * Life time: a descriptor belongs to a batch until its page has moved, then to the index,
 *   and when that has released it to the list of who is told to drop the copies.  Peers are
 *   there from load to unload.  An account lives while its table entry or a handler has a
 *   reference.
 */
#ifndef RAMSTER_INTERNAL_H
#define RAMSTER_INTERNAL_H

#include "msg.h"
#include "seal.h"
#include "state.h"
#include "stats.h"
#include "cluster/cluster.h"
#include "zcache/zcache.h"

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/**
 * struct ramster_page - descriptor of a page that is elsewhere
 * @t:		handle, version, pins; the host byte is the format of the bytes
 * @word:	name, who has a copy, state: see state.h
 *
 * With the slot of the index that refers to it, 40 bytes.  When the index has released it
 * @t.link chains it to those whose copies are to be dropped.
 */
struct ramster_page {
	struct tmem_page	t;
	atomic64_t		word;
};

static_assert(sizeof(struct ramster_page) <= 32);

/* What keeps puts and flushes in order, in one lane; gets take any. */
#define RAMSTER_KEY	0

static inline struct ramster_page *to_ramster_page(struct tmem_page *page)
{
	return container_of(page, struct ramster_page, t);
}

/* main.c */
extern struct workqueue_struct *ramster_wq;

/* page.c */
int ramster_page_init(void);
void ramster_page_exit(void);
void ramster_page_names_start(void);
struct ramster_page *ramster_page_alloc(void);
void ramster_page_free(struct ramster_page *rp);
u64 ramster_page_begin(struct ramster_page *rp, bool persistent,
		       const u8 nodes[RAMSTER_COPIES_MAX]);
bool ramster_page_event(struct ramster_page *rp, enum ramster_event event);
u64 ramster_page_name(const struct ramster_page *rp);
enum ramster_state ramster_page_state(const struct ramster_page *rp);
u8 ramster_page_node(const struct ramster_page *rp, unsigned int copy);
unsigned int ramster_page_copies(const struct ramster_page *rp);
bool ramster_page_is_at(const struct ramster_page *rp, u8 node);
struct ramster_page *ramster_page_split(struct ramster_page *rp, u8 node);
void ramster_page_copy_gone(struct ramster_page *rp, u8 node);

static inline bool ramster_page_persistent(const struct ramster_page *rp)
{
	return !(ramster_page_name(rp) & RAMSTER_NAME_EPHEMERAL);
}

/* peer.c */
enum ramster_peer_state {
	PEER_DOWN,	/* no link, and it may come back */
	PEER_DEAD,	/* no link for so long that nobody waits for it */
	PEER_ATTACHING,	/* there is a link; whether our pages are there is being asked */
	PEER_READY,
};

struct ramster_attach_request {
	struct cluster_request		request;
	struct ramster_wire_attach	body;
	u64				tried;		/* lease that was asked about */
	bool				busy;		/* peer->lock */
};

/**
 * struct ramster_peer - another node as one that lends to us
 * @lock:	of all that follows but what has its own rule
 * @linked:	whether there is a link
 * @state:	see enum ramster_peer_state
 * @lease:	under which our pages are there, 0: none are
 * @room:	page frames that it would still give, when it said so last
 * @parked:	fetches that wait for it
 * @held:	copies of ours that it has
 * @gets:	gets that it has answered with a page
 * @get_ns:	that these took, from asking to the answer
 * @flushes:	descriptors of pages that it is to drop
 * @flush_busy:	batches under way to it; changed under flush_lock
 * @flush_work:	sends them
 * @attach_work: asks whether our pages are there, now and then
 * @attach:	that request
 * @gone_work:	while it is down: looks whether it was removed
 * @was_dead:	it has been dead since it was ready last
 * @sweep_work:	takes copies of an ended lease out of the index
 * @sweeping:	it is about to, or does
 * @sweeps:	how often it had to
 * @recalled:	pages that it wants us to take back
 * @number:	of the node
 */
struct ramster_peer {
	spinlock_t			lock;		/* order 7 */
	bool				linked;
	enum ramster_peer_state		state;
	u64				lease;
	u32				room;
	struct list_head		parked;
	atomic_long_t			held;
	atomic64_t			gets;
	atomic64_t			get_ns;
	struct llist_head		flushes;
	unsigned int			flush_busy;
	struct delayed_work		flush_work;
	struct delayed_work		attach_work;
	struct ramster_attach_request	attach;
	struct delayed_work		gone_work;
	bool				was_dead;
	struct work_struct		sweep_work;
	bool				sweeping;
	unsigned int			sweeps;
	atomic_t			recalled;
	u8				number;
};

int ramster_peers_init(void);
void ramster_peers_exit(void);
void ramster_peers_goodbye(bool later);
void ramster_peers_stop(void);
struct ramster_peer *ramster_peer(unsigned int number);
struct cluster_node *ramster_peer_node(struct ramster_peer *peer, u64 *lease);
bool ramster_peer_lease_is(struct ramster_peer *peer, u64 lease);
bool ramster_peer_answers(struct cluster_node *node);
void ramster_peer_answered(struct ramster_peer *peer, u64 ns);
void ramster_peer_set_room(struct ramster_peer *peer, u32 room);
void ramster_peer_lease_ended(struct ramster_peer *peer, u64 lease);
unsigned int ramster_peers_choose(u8 nodes[RAMSTER_COPIES_MAX], unsigned int copies);
bool ramster_peers_enough(unsigned int copies);
void ramster_peer_up(struct cluster_node *node);
void ramster_peer_down(struct cluster_node *node);
void ramster_peer_dead(struct cluster_node *node);
const char *ramster_peer_state_text(enum ramster_peer_state state);

/* fetch.c */
int ramster_fetch_init(void);
void ramster_fetch_stop(void);
void ramster_fetch_exit(void);
void ramster_get(struct tmem_page *page, struct zcache_get *get);
int ramster_bring_home(struct tmem_page *page);
void ramster_fetch_resume(struct list_head *parked);

/* flush.c */
int ramster_flush_init(void);
void ramster_flush_exit(void);
void ramster_release(struct tmem_pool *pool, struct tmem_page *page);
void ramster_flush(struct ramster_page *rp);
void ramster_flush_work(struct work_struct *work);
void ramster_flush_kick(struct ramster_peer *peer);
void ramster_flush_abandon(void);

/* move.c */
int ramster_move_init(void);
void ramster_move_exit(void);
void ramster_pressure(bool persistent);
void ramster_move_kick(void);
void ramster_move_start(void);
void ramster_move_stop(void);

/* home.c */
void ramster_home_start(void);
void ramster_home_stop(void);
int ramster_home_all(void);
void ramster_home_recall(struct ramster_peer *peer, unsigned int pages);
void ramster_home_copies_gone(struct ramster_peer *peer);
void ramster_home_repair(void);
bool ramster_home_repairing(void);

/* account.c */
struct ramster_account {
	refcount_t		refs;
	struct zcache_pool	*pool[2];	/* by persistent */
	u64			incarnation;	/* of the owner */
	u64			lease;
	atomic_long_t		pages;		/* persistent ones */
	u8			owner;
	struct work_struct	free_work;
};

int ramster_accounts_init(void);
void ramster_accounts_exit(void);
void ramster_account_prepare(unsigned int owner, u64 incarnation);
struct ramster_account *ramster_account_get(unsigned int owner);
void ramster_account_put(struct ramster_account *account);
void ramster_account_linked(unsigned int owner, bool linked);
void ramster_account_goodbye(unsigned int owner, u64 incarnation, bool later);
int ramster_account_drop(unsigned int owner);
int ramster_accounts_show(char *buf, int len);
long ramster_accounts_largest(unsigned int *owner);
void ramster_accounts_start(void);
void ramster_accounts_drop(void);

/* recall.c */
void ramster_recall_start(void);
void ramster_recall_stop(void);
int ramster_recall_all(unsigned int timeout_s, bool progress);

/* rate.c */
int ramster_rates_show(char *buf);
void ramster_rates_start(void);
void ramster_rates_stop(void);

/* power.c */
int ramster_power_init(void);
void ramster_power_exit(void);

/* lend.c */
extern const struct cluster_handler ramster_handlers[];
extern const unsigned int ramster_nr_handlers;
u32 ramster_lend_room(void);

/* param.c */
unsigned int ramster_copies(void);
bool ramster_remotify(bool persistent);
bool ramster_lend(bool persistent);
unsigned int ramster_move_high_percent(void);
unsigned int ramster_move_low_percent(void);
unsigned int ramster_home_percent(void);
unsigned int ramster_home_interval_ms(void);
unsigned int ramster_home_free_percent(void);
unsigned int ramster_request_timeout_ms(void);
unsigned int ramster_get_limit_ms(void);
unsigned int ramster_leave_timeout_s(void);
unsigned int ramster_reboot_timeout_s(void);
unsigned int ramster_orphan_timeout_s(void);
unsigned long ramster_lend_floor_pages(void);

/* sysfs.c */
int ramster_sysfs_init(void);
void ramster_sysfs_exit(void);

/* main.c */
int ramster_join(void);
int ramster_leave(void);
bool ramster_joined(void);
bool ramster_leaving(void);
void ramster_reboot(void);

#endif /* RAMSTER_INTERNAL_H */
