// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other nodes as those that lend to us: whether what they have of ours is still there.
 *
 * A link alone does not say that.  When it comes up we ask under which lease the node keeps
 * pages of ours.  The lease that we know: all is as it was, however long the link was cut.
 * Another one: the node has dropped what it had.  The question is repeated now and then to
 * learn how much room there is.
 */
#include "internal.h"

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>

/* Room is asked for that often. */
#define ATTACH_EVERY	HZ

/* And a node that was not ready is asked again that soon. */
#define ATTACH_AGAIN	(HZ / 10)
/* How soon it is seen that a node that is down was removed, which nobody says. */
#define GONE_EVERY	HZ

static struct ramster_peer *peers;

/**
 * ramster_peer() - another node
 * @number: below CLUSTER_NODES_MAX
 *
 * Context: any.
 * Return: the peer, there from load to unload.
 */
struct ramster_peer *ramster_peer(unsigned int number)
{
	return &peers[number];
}

/**
 * ramster_peer_state_text() - a state in a word
 * @state: the state
 *
 * Context: any.
 */
const char *ramster_peer_state_text(enum ramster_peer_state state)
{
	static const char * const texts[] = {
		[PEER_DOWN] = "down", [PEER_DEAD] = "dead",
		[PEER_ATTACHING] = "attaching", [PEER_READY] = "ready",
	};

	return texts[state];
}

/**
 * ramster_peer_node() - send something to a peer that is ready
 * @peer:	the peer
 * @lease:	set to the one to name
 *
 * Context: any.
 * Return: the node with a reference, for cluster_node_put(); NULL: it is not ready.
 */
struct cluster_node *ramster_peer_node(struct ramster_peer *peer, u64 *lease)
{
	struct cluster_node *node = NULL;
	unsigned long flags;

	spin_lock_irqsave(&peer->lock, flags);
	if (peer->state == PEER_READY) {
		node = cluster_node_get(peer->number);
		*lease = peer->lease;
	}
	spin_unlock_irqrestore(&peer->lock, flags);
	return node;
}

/**
 * ramster_peer_answers() - whether a node was heard of lately
 * @node: the node
 *
 * Context: any but hard interrupts.
 */
bool ramster_peer_answers(struct cluster_node *node)
{
	struct cluster_node_info info;

	cluster_node_info(node, &info);
	return info.state == CLUSTER_NODE_ALIVE;
}

/**
 * ramster_peer_set_room() - a peer has said how much it would still give
 * @peer:	the peer
 * @room:	page frames
 *
 * Context: any.
 */
void ramster_peer_set_room(struct ramster_peer *peer, u32 room)
{
	WRITE_ONCE(peer->room, room);
}

/**
 * ramster_peer_answered() - a get was answered with a page
 * @peer:	who did
 * @ns:		how long that took
 *
 * Context: any.
 */
void ramster_peer_answered(struct ramster_peer *peer, u64 ns)
{
	atomic64_add(ns, &peer->get_ns);
	atomic64_inc(&peer->gets);
}

/**
 * ramster_peer_lease_is() - whether a lease is still the one
 * @peer:	the peer
 * @lease:	that was named to it
 *
 * Context: any.
 */
bool ramster_peer_lease_is(struct ramster_peer *peer, u64 lease)
{
	unsigned long flags;
	bool same;

	spin_lock_irqsave(&peer->lock, flags);
	same = peer->lease == lease;
	spin_unlock_irqrestore(&peer->lock, flags);
	return same;
}

static void attach_soon(struct ramster_peer *peer, unsigned long delay)
{
	mod_delayed_work(ramster_wq, &peer->attach_work, delay);
}

/**
 * ramster_peer_lease_ended() - a peer says that it does not know our lease
 * @peer:	the peer
 * @lease:	that was named to it
 *
 * Nothing is believed before it was asked again.
 *
 * Context: any.
 */
void ramster_peer_lease_ended(struct ramster_peer *peer, u64 lease)
{
	unsigned long flags;
	bool ask;

	spin_lock_irqsave(&peer->lock, flags);
	ask = peer->state == PEER_READY && peer->lease == lease;
	if (ask)
		peer->state = PEER_ATTACHING;
	spin_unlock_irqrestore(&peer->lock, flags);
	if (ask)
		attach_soon(peer, 0);
}

/* Our pages there are those that we believe are there: it can be used. */
static void make_ready(struct ramster_peer *peer)
{
	unsigned int number;
	LIST_HEAD(parked);
	bool became, was_dead = false;

	spin_lock_irq(&peer->lock);
	became = peer->linked && !peer->sweeping && peer->state != PEER_READY;
	if (became) {
		peer->state = PEER_READY;
		was_dead = peer->was_dead;
		peer->was_dead = false;
		list_splice_init(&peer->parked, &parked);
	}
	spin_unlock_irq(&peer->lock);
	if (!became)
		return;
	/* With put_off() in flush.c: either it sees the state, or its pages are seen here. */
	smp_mb();
	ramster_fetch_resume(&parked);
	/* While it was dead there was nothing to make another copy from, if all were there. */
	if (was_dead)
		ramster_home_repair();
	/* What another one could not be told yet may be told here first. */
	for (number = 0; number < CLUSTER_NODES_MAX; number++)
		ramster_flush_kick(ramster_peer(number));
	ramster_move_kick();
}

/* A peer has said under which lease it keeps our pages. */
static void attached(struct ramster_peer *peer, u64 lease, u32 room)
{
	bool ended;

	spin_lock_irq(&peer->lock);
	ended = peer->lease && peer->lease != lease;
	if (ended) {
		/* Nothing is stored under the new one before no copy of the old one is left. */
		peer->state = PEER_ATTACHING;
		peer->sweeping = true;
		peer->sweeps++;
	}
	peer->lease = lease;
	peer->room = room;
	spin_unlock_irq(&peer->lock);
	if (ended) {
		ramster_count(leases_ended);
		pr_warn("node %u has dropped what it had of this machine, %ld copies\n",
			peer->number, atomic_long_read(&peer->held));
		queue_work(ramster_wq, &peer->sweep_work);
		return;
	}
	make_ready(peer);
}

static void sweep_work(struct work_struct *work)
{
	struct ramster_peer *peer = container_of(work, struct ramster_peer, sweep_work);
	unsigned int sweeps;

	spin_lock_irq(&peer->lock);
	sweeps = peer->sweeps;
	spin_unlock_irq(&peer->lock);
	ramster_home_copies_gone(peer);
	/* If that lease has ended as well, there is another sweep before anything is sent. */
	spin_lock_irq(&peer->lock);
	if (sweeps == peer->sweeps)
		peer->sweeping = false;
	spin_unlock_irq(&peer->lock);
	make_ready(peer);
}

static void attach_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct ramster_attach_request *attach =
		container_of(request, struct ramster_attach_request, request);
	struct ramster_peer *peer = container_of(attach, struct ramster_peer, attach);
	unsigned long delay = ATTACH_EVERY;
	u64 lease, pages;
	u32 room;

	if (reply->error || reply->result == RAMSTER_LATER) {
		delay = ATTACH_AGAIN;
	} else if (reply->result != RAMSTER_OK ||
		   ramster_msg_unpack_attached(reply->body, reply->body_len, &lease, &room,
					       &pages)) {
		ramster_count(bad_replies);
		pr_warn_ratelimited("node %u does not lend: its answer is %d\n", peer->number,
				    reply->result);
	} else {
		attached(peer, lease, room);
	}
	spin_lock_irq(&peer->lock);
	attach->busy = false;
	if (peer->linked)
		attach_soon(peer, delay);
	spin_unlock_irq(&peer->lock);
}

static void attach_work(struct work_struct *work)
{
	struct ramster_peer *peer = container_of(to_delayed_work(work), struct ramster_peer,
						 attach_work);
	struct ramster_attach_request *attach = &peer->attach;
	struct cluster_node *node = NULL;
	int err;

	spin_lock_irq(&peer->lock);
	if (peer->linked && !attach->busy) {
		node = cluster_node_get(peer->number);
		attach->busy = node;
		attach->tried = peer->lease;
	}
	spin_unlock_irq(&peer->lock);
	if (!node)
		return;
	ramster_msg_attach(&attach->body, ramster_seal_incarnation(), attach->tried);
	attach->request = (struct cluster_request){
		.type = RAMSTER_ATTACH,
		.timeout_ms = ramster_request_timeout_ms(),
		.body = &attach->body,
		.body_len = sizeof(attach->body),
		.done = attach_done,
	};
	err = cluster_submit(node, &attach->request);
	cluster_node_put(node);
	if (!err)
		return;
	spin_lock_irq(&peer->lock);
	attach->busy = false;
	if (peer->linked)
		attach_soon(peer, ATTACH_AGAIN);
	spin_unlock_irq(&peer->lock);
}

/**
 * ramster_peer_up() - there is a link to a node
 * @node: the node
 *
 * Context: may sleep; the cluster's up.
 */
void ramster_peer_up(struct cluster_node *node)
{
	struct ramster_peer *peer = ramster_peer(cluster_node_number(node));

	if (cluster_node_number(node) == cluster_node_local())
		return;
	ramster_account_linked(cluster_node_number(node), true);
	spin_lock_irq(&peer->lock);
	peer->linked = true;
	peer->state = PEER_ATTACHING;
	spin_unlock_irq(&peer->lock);
	attach_soon(peer, 0);
}

/**
 * ramster_peer_down() - there is no link any more
 * @node: the node
 *
 * What is there stays there: silence frees nothing, and loses nothing.
 *
 * Context: may sleep; the cluster's down.
 */
void ramster_peer_down(struct cluster_node *node)
{
	struct ramster_peer *peer = ramster_peer(cluster_node_number(node));
	struct cluster_node *there = cluster_node_get(peer->number);

	ramster_account_linked(peer->number, false);
	spin_lock_irq(&peer->lock);
	if (peer->linked)
		peer->state = PEER_DOWN;
	peer->linked = false;
	peer->room = 0;
	spin_unlock_irq(&peer->lock);
	ramster_flush_kick(peer);
	/* One that was removed will not be called dead, nor one that is removed from now on. */
	if (there) {
		cluster_node_put(there);
		queue_delayed_work(ramster_wq, &peer->gone_work, GONE_EVERY);
	} else {
		ramster_peer_dead(node);
	}
}

static void give_up(struct ramster_peer *peer, const char *name)
{
	long held = atomic_long_read(&peer->held);
	LIST_HEAD(parked);

	spin_lock_irq(&peer->lock);
	if (peer->state == PEER_DOWN)
		peer->state = PEER_DEAD;
	peer->was_dead = true;
	list_splice_init(&peer->parked, &parked);
	spin_unlock_irq(&peer->lock);
	if (held)
		pr_warn("node %u (%s) is dead: %ld copies of pages of this machine cannot be had until it returns\n",
			peer->number, name, held);
	ramster_fetch_resume(&parked);
	ramster_home_repair();
}

static void gone_work(struct work_struct *work)
{
	struct ramster_peer *peer = container_of(to_delayed_work(work), struct ramster_peer,
						 gone_work);
	struct cluster_node *node;

	/* One that nobody waits for any more, see fetch.c, was not given up by that alone. */
	if (READ_ONCE(peer->linked) ||
	    (READ_ONCE(peer->state) == PEER_DEAD && READ_ONCE(peer->was_dead)))
		return;
	node = cluster_node_get(peer->number);
	if (node) {
		cluster_node_put(node);
		queue_delayed_work(ramster_wq, &peer->gone_work, GONE_EVERY);
	} else {
		give_up(peer, "removed");
	}
}

/**
 * ramster_peer_dead() - nobody shall wait for a node any longer
 * @node: the node
 *
 * Context: may sleep; the cluster's dead.
 */
void ramster_peer_dead(struct cluster_node *node)
{
	give_up(ramster_peer(cluster_node_number(node)), cluster_node_name(node));
}

static u32 room_of(u8 number)
{
	return READ_ONCE(ramster_peer(number)->room);
}

/* Whether a node can be given something: who is silent gets nothing new. */
static bool is_candidate(struct ramster_peer *peer)
{
	struct cluster_node *node;
	bool answers;
	u64 lease;

	if (!READ_ONCE(peer->room))
		return false;
	node = ramster_peer_node(peer, &lease);
	if (!node)
		return false;
	answers = ramster_peer_answers(node);
	cluster_node_put(node);
	return answers;
}

static unsigned int candidates(u8 numbers[CLUSTER_NODES_MAX])
{
	unsigned int number, count = 0;

	for (number = 0; number < CLUSTER_NODES_MAX; number++)
		if (is_candidate(ramster_peer(number)))
			numbers[count++] = number;
	return count;
}

/*
 * One of the candidates: of two at random the one with more room, which spreads the load
 * almost as well as asking all (Mitzenmacher, The Power of Two Choices in Randomized Load
 * Balancing, IEEE TPDS 12(10), 2001).
 */
static unsigned int choose_one(const u8 numbers[], unsigned int count)
{
	unsigned int a = get_random_u32() % count, b = get_random_u32() % count;

	return room_of(numbers[a]) >= room_of(numbers[b]) ? a : b;
}

/**
 * ramster_peers_choose() - who gets the next pages
 * @nodes:	set to their numbers, different ones, RAMSTER_NODE_NONE in the rest
 * @copies:	how many are wanted
 *
 * Context: process.
 * Return: how many there are, perhaps fewer.
 */
unsigned int ramster_peers_choose(u8 nodes[RAMSTER_COPIES_MAX], unsigned int copies)
{
	u8 numbers[CLUSTER_NODES_MAX];
	unsigned int count = candidates(numbers), done = 0, which;

	memset(nodes, RAMSTER_NODE_NONE, RAMSTER_COPIES_MAX);
	for (; done < copies && count; done++) {
		which = choose_one(numbers, count);
		nodes[done] = numbers[which];
		numbers[which] = numbers[--count];
	}
	return done;
}

/**
 * ramster_peers_enough() - whether there is a place for a page
 * @copies: as many nodes are wanted
 *
 * Context: process.
 */
bool ramster_peers_enough(unsigned int copies)
{
	u8 numbers[CLUSTER_NODES_MAX];

	return candidates(numbers) >= copies;
}

int ramster_peers_init(void)
{
	unsigned int number;

	peers = kvcalloc(CLUSTER_NODES_MAX, sizeof(*peers), GFP_KERNEL);
	if (!peers)
		return -ENOMEM;
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct ramster_peer *peer = &peers[number];

		spin_lock_init(&peer->lock);
		INIT_LIST_HEAD(&peer->parked);
		init_llist_head(&peer->flushes);
		INIT_DELAYED_WORK(&peer->flush_work, ramster_flush_work);
		INIT_DELAYED_WORK(&peer->attach_work, attach_work);
		INIT_DELAYED_WORK(&peer->gone_work, gone_work);
		INIT_WORK(&peer->sweep_work, sweep_work);
		peer->number = number;
	}
	return 0;
}

struct goodbye {
	struct cluster_request		request;
	struct ramster_wire_goodbye	body;
	struct completion		*last;
	atomic_t			*left;
};

static void goodbye_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct goodbye *goodbye = container_of(request, struct goodbye, request);

	if (atomic_dec_and_test(goodbye->left))
		complete(goodbye->last);
}

static void say_goodbye(struct ramster_peer *peer, struct goodbye *goodbye, bool later)
{
	u64 lease;
	struct cluster_node *node = ramster_peer_node(peer, &lease);

	if (!node)
		return;
	ramster_msg_goodbye(&goodbye->body, ramster_seal_incarnation(), later);
	goodbye->request = (struct cluster_request){
		.type = RAMSTER_GOODBYE,
		.timeout_ms = ramster_request_timeout_ms(),
		.body = &goodbye->body,
		.body_len = sizeof(goodbye->body),
		.done = goodbye_done,
	};
	atomic_inc(goodbye->left);
	if (cluster_submit(node, &goodbye->request))
		atomic_dec(goodbye->left);
	cluster_node_put(node);
}

/**
 * ramster_peers_goodbye() - tell all lenders that they may drop what they have of ours
 * @later: when they see no link to us any more; else now, and nothing of ours is there
 *
 * Who does not hear it keeps it until we are back, or for its orphan_timeout.
 *
 * Context: may sleep, as long as a request may take.
 */
void ramster_peers_goodbye(bool later)
{
	DECLARE_COMPLETION_ONSTACK(last);
	atomic_t left = ATOMIC_INIT(1);
	struct goodbye *goodbyes;
	unsigned int number;

	goodbyes = kvcalloc(CLUSTER_NODES_MAX, sizeof(*goodbyes), GFP_KERNEL);
	if (!goodbyes)
		return;
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		goodbyes[number].last = &last;
		goodbyes[number].left = &left;
		say_goodbye(ramster_peer(number), &goodbyes[number], later);
	}
	if (!atomic_dec_and_test(&left))
		wait_for_completion(&last);
	kvfree(goodbyes);
}

/**
 * ramster_peers_stop() - ask nobody any more, and forget what they said
 *
 * Context: may sleep; the cluster has no user any more.
 */
void ramster_peers_stop(void)
{
	unsigned int number;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct ramster_peer *peer = ramster_peer(number);

		spin_lock_irq(&peer->lock);
		peer->linked = false;
		peer->state = PEER_DOWN;
		peer->room = 0;
		spin_unlock_irq(&peer->lock);
	}
	/* A sweep may make flush works of other peers run: so all of those go first. */
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct ramster_peer *peer = ramster_peer(number);

		cancel_delayed_work_sync(&peer->gone_work);
		cancel_delayed_work_sync(&peer->attach_work);
		cancel_work_sync(&peer->sweep_work);
		peer->was_dead = false;
		peer->lease = 0;
		peer->sweeping = false;
	}
	for (number = 0; number < CLUSTER_NODES_MAX; number++)
		cancel_delayed_work_sync(&ramster_peer(number)->flush_work);
}

void ramster_peers_exit(void)
{
	kvfree(peers);
}
