// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling other nodes to drop what nobody here refers to any more.
 *
 * The descriptor of such a page is its own entry in the list of the node that is to be told,
 * of one after the other if there are two, so nothing is allocated: a process that exits
 * frees a million pages with a spin lock held.  It stays in the list until the node has
 * answered, over all time-outs and cuts; a name that is dropped twice does no harm, because
 * no name is used twice.
 */
#include "internal.h"

#include <linux/jiffies.h>

/* Requests under way, to all peers, and to one. */
#define BATCHES		16
#define BATCHES_PEER	4

/*
 * How long a peer is not told, so that it is told of many pages at once.  A program that
 * thrashes frees pages one by one, and a request for each would take as long as a get.
 */
#define SOON		(HZ / 50)

/* How soon a peer that did not answer is told again. */
#define AGAIN		(HZ / 10)

struct batch {
	struct list_head	list;		/* while free */
	struct cluster_request	request;
	struct ramster_peer	*peer;
	struct llist_node	*pages;
	unsigned int		count;
	u64			lease;
	u8			body[RAMSTER_PAGES_BODY_MAX];
};

static DEFINE_SPINLOCK(flush_lock);	/* order 6: the lists below, peer->flush_busy */
static LIST_HEAD(free_batches);
static bool starved;			/* somebody found none free; flush_lock */
static struct batch *batches;

static struct ramster_page *page_of(struct llist_node *node)
{
	return container_of(node, struct ramster_page, t.link);
}

/* A node that can be told now, else any but @not; RAMSTER_NODE_NONE: there is none. */
static u8 whom_to_tell(const struct ramster_page *rp, u8 not)
{
	u8 found = RAMSTER_NODE_NONE;
	unsigned int copy;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		u8 number = ramster_page_node(rp, copy);

		if (number == RAMSTER_NODE_NONE || number == not)
			continue;
		if (READ_ONCE(ramster_peer(number)->state) == PEER_READY)
			return number;
		found = number;
	}
	return found;
}

/**
 * ramster_flush() - have all copies of a page dropped
 * @rp: its descriptor, nobody's, in state flushing; freed when all have answered
 *
 * Context: any, interrupts on or off; foreign locks may be held.
 */
void ramster_flush(struct ramster_page *rp)
{
	u8 number = whom_to_tell(rp, RAMSTER_NODE_NONE);

	if (number != RAMSTER_NODE_NONE) {
		struct ramster_peer *peer = ramster_peer(number);

		if (llist_add(&rp->t.link, &peer->flushes))
			queue_delayed_work(ramster_wq, &peer->flush_work, SOON);
		return;
	}
	ramster_page_event(rp, RAMSTER_EVENT_FLUSHED);
	ramster_count_add(flushing_pages, -1);
	ramster_page_free(rp);
}

/**
 * ramster_release() - zcache's: nobody refers to a page that is elsewhere
 * @pool:	its pool
 * @page:	its descriptor, ours from now on
 *
 * Context: any, interrupts on or off; foreign locks may be held.
 */
void ramster_release(struct tmem_pool *pool, struct tmem_page *page)
{
	struct ramster_page *rp = to_ramster_page(page);

	if (ramster_page_persistent(rp))
		ramster_count_add(remote_pers_pages, -1);
	else
		ramster_count_add(remote_eph_pages, -1);
	ramster_count_add(flushing_pages, 1);
	ramster_page_event(rp, RAMSTER_EVENT_RELEASE);
	ramster_flush(rp);
}

static struct batch *batch_get(struct ramster_peer *peer)
{
	struct batch *batch = NULL;

	spin_lock_irq(&flush_lock);
	if (peer->flush_busy < BATCHES_PEER) {
		batch = list_first_entry_or_null(&free_batches, struct batch, list);
		if (!batch)
			starved = true;
	}
	if (batch) {
		list_del(&batch->list);
		peer->flush_busy++;
	}
	spin_unlock_irq(&flush_lock);
	if (batch) {
		batch->peer = peer;
		batch->pages = NULL;
		batch->count = 0;
	}
	return batch;
}

static void batch_put(struct batch *batch)
{
	unsigned int number;
	bool kick;

	spin_lock_irq(&flush_lock);
	batch->peer->flush_busy--;
	list_add(&batch->list, &free_batches);
	kick = starved;
	starved = false;
	spin_unlock_irq(&flush_lock);
	for (number = 0; kick && number < CLUSTER_NODES_MAX; number++)
		ramster_flush_kick(ramster_peer(number));
}

/*
 * This node cannot be told now: the other one first, if that can.  Nobody is made to look at
 * the list of this one, or they would do nothing else.
 */
static void put_off(struct ramster_peer *peer, struct llist_node *pages)
{
	struct ramster_page *rp, *next;

	llist_for_each_entry_safe(rp, next, pages, t.link) {
		u8 number = whom_to_tell(rp, peer->number);
		struct ramster_peer *other = number == RAMSTER_NODE_NONE ? peer :
								 ramster_peer(number);

		if (other != peer && READ_ONCE(other->state) == PEER_READY) {
			llist_add(&rp->t.link, &other->flushes);
			queue_delayed_work(ramster_wq, &other->flush_work, AGAIN);
		} else {
			llist_add(&rp->t.link, &peer->flushes);
		}
	}
	/* It may have become ready since it was not, and found an empty list; see make_ready(). */
	smp_mb();
	if (READ_ONCE(peer->state) == PEER_READY && !llist_empty(&peer->flushes))
		queue_delayed_work(ramster_wq, &peer->flush_work, AGAIN);
}

static void all_again(struct batch *batch)
{
	ramster_count_add(remote_page_flushes_failed, batch->count);
	put_off(batch->peer, batch->pages);
}

static void all_dropped(struct batch *batch)
{
	struct ramster_page *rp, *next;

	ramster_count_add(remote_pages_flushed, batch->count);
	llist_for_each_entry_safe(rp, next, batch->pages, t.link) {
		ramster_page_copy_gone(rp, batch->peer->number);
		ramster_flush(rp);
	}
}

static void flush_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct batch *batch = container_of(request, struct batch, request);
	struct ramster_peer *peer = batch->peer;
	bool dropped = !reply->error && (reply->result == RAMSTER_OK ||
					 reply->result == RAMSTER_LEASE);
	/* After a batch that was full there are more waiting. */
	unsigned long delay = batch->count == RAMSTER_PAGES_MAX ? 0 : SOON;

	if (dropped) {
		all_dropped(batch);
	} else {
		delay = AGAIN;
		all_again(batch);
	}
	if (!reply->error && reply->result == RAMSTER_LEASE)
		ramster_peer_lease_ended(peer, batch->lease);
	else if (!reply->error && !dropped)
		ramster_count(bad_replies);
	batch_put(batch);
	if (!llist_empty(&peer->flushes))
		queue_delayed_work(ramster_wq, &peer->flush_work, delay);
}

static void fill(struct batch *batch)
{
	struct llist_node *node;

	while (batch->count < RAMSTER_PAGES_MAX) {
		/* Only this peer's work takes from the list, one at a time. */
		node = llist_del_first(&batch->peer->flushes);
		if (!node)
			break;
		ramster_msg_set_page(batch->body, batch->count++,
				     ramster_page_name(page_of(node)), 0);
		node->next = batch->pages;
		batch->pages = node;
	}
}

/* One batch on its way; false: there is nothing more to do now. */
static bool send_batch(struct ramster_peer *peer)
{
	struct batch *batch = batch_get(peer);
	struct cluster_node *node;
	u64 lease;
	int err;

	if (!batch)
		return false;
	fill(batch);
	/* The lease after the pages: they were stored under this one or an earlier one. */
	node = batch->count ? ramster_peer_node(peer, &lease) : NULL;
	if (!node) {
		put_off(peer, batch->pages);
		batch_put(batch);
		return false;
	}
	batch->lease = lease;
	/* Of the same key as puts: so it cannot be there before the put that it is for. */
	batch->request = (struct cluster_request){
		.type = RAMSTER_FLUSH,
		.key = RAMSTER_KEY,
		.timeout_ms = ramster_request_timeout_ms(),
		.body = batch->body,
		.body_len = ramster_msg_pages(batch->body, lease, batch->count),
		.done = flush_done,
	};
	err = cluster_submit(node, &batch->request);
	cluster_node_put(node);
	if (!err)
		return true;
	all_again(batch);
	batch_put(batch);
	queue_delayed_work(ramster_wq, &peer->flush_work, AGAIN);
	return false;
}

/**
 * ramster_flush_work() - tell a peer what to drop
 * @work: its flush_work
 *
 * Context: may sleep.
 */
void ramster_flush_work(struct work_struct *work)
{
	struct ramster_peer *peer = container_of(to_delayed_work(work), struct ramster_peer,
						 flush_work);

	/* If it is not there it is told when it is, and another node that has the page before. */
	if (READ_ONCE(peer->state) != PEER_READY)
		put_off(peer, llist_del_all(&peer->flushes));
	else
		while (send_batch(peer))
			cond_resched();
}

/**
 * ramster_flush_kick() - a peer is there again, or not any more
 * @peer: the peer
 *
 * Context: any.
 */
void ramster_flush_kick(struct ramster_peer *peer)
{
	if (!llist_empty(&peer->flushes))
		queue_delayed_work(ramster_wq, &peer->flush_work, 0);
}

static void forget_copy(struct ramster_page *rp, u8 number)
{
	if (number != RAMSTER_NODE_NONE)
		ramster_page_copy_gone(rp, number);
}

/**
 * ramster_flush_abandon() - do not tell anybody any more
 *
 * Whoever has copies of this machine's drops them when it starts again, or after a time.
 *
 * Context: may sleep; the cluster has no user, and no page is elsewhere.
 */
void ramster_flush_abandon(void)
{
	struct ramster_page *rp, *next;
	unsigned int number, copy;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct ramster_peer *peer = ramster_peer(number);

		llist_for_each_entry_safe(rp, next, llist_del_all(&peer->flushes), t.link) {
			for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++)
				forget_copy(rp, ramster_page_node(rp, copy));
			ramster_flush(rp);
			cond_resched();
		}
	}
}

int ramster_flush_init(void)
{
	unsigned int i;

	batches = kvcalloc(BATCHES, sizeof(*batches), GFP_KERNEL);
	if (!batches)
		return -ENOMEM;
	for (i = 0; i < BATCHES; i++)
		list_add_tail(&batches[i].list, &free_batches);
	return 0;
}

void ramster_flush_exit(void)
{
	kvfree(batches);
}
