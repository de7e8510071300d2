// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting pages from other nodes.
 *
 * Of one page there is one fetch at a time: gets that come meanwhile join it.  There is a
 * fixed number of fetches, and a get that finds none free waits in a list without any memory
 * of its own, so a page can be read when there is none.
 *
 * A fetch asks who has a copy and can be reached.  If nobody can be reached now, it waits
 * with the peer, until that is back or dead; but not for an ephemeral page: that is a miss, and
 * who wants it reads it where it comes from.  So each get ends: with the page; -EIO if no
 * copy can be had, in the time after which a node counts as dead, or ramster_get_limit_ms().
 */
#include "internal.h"
#include "trace.h"

#include <linux/hashtable.h>
#include <linux/highmem.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu.h>

/* Fetches under way at most; as many as a swap device has reads in flight, and more. */
#define FETCHES		256

/* How soon what failed for the moment is tried again. */
#define RETRY_AFTER	(HZ / 20)

/* How often somebody looks whether one has waited for too long. */
#define LOOK_EVERY	HZ

/**
 * struct fetch - a page on its way here
 * @request:	that asks for it
 * @body:	of @request
 * @list:	while free, parked or about to be tried again
 * @hash:	by @page
 * @gets:	that wait for it; fetch_lock
 * @page:	its descriptor, pinned by us
 * @since:	jiffies
 * @asked_ns:	when @node was asked
 * @lease:	that was named
 * @node:	that was asked
 * @failed:	the other node that could not be asked, or RAMSTER_NODE_NONE
 * @home:	the page shall stay here
 */
struct fetch {
	struct cluster_request	request;
	struct ramster_wire_get	body;
	struct list_head	list;
	struct hlist_node	hash;
	struct list_head	gets;
	struct tmem_page	*page;
	unsigned long		since;
	u64			asked_ns;
	u64			lease;
	u8			node;
	u8			failed;
	bool			home;
};

/* Where pages are opened. */
struct bounce {
	struct mutex	lock;		/* order 2 */
	void		*buf;
};

static DEFINE_SPINLOCK(fetch_lock);	/* order 4: all below */
static DEFINE_HASHTABLE(by_page, 8);
static LIST_HEAD(free_fetches);
static LIST_HEAD(waiting_gets);
static LIST_HEAD(retries);

static struct fetch *fetches;
static struct bounce __percpu *bounces;

static void try_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(retry_work, try_again);

static void serve_waiting(struct work_struct *work);
static DECLARE_WORK(waiting_work, serve_waiting);

static void look_at_parked(struct work_struct *work);
static DECLARE_DELAYED_WORK(parked_work, look_at_parked);

static struct ramster_page *rp_of(const struct fetch *fetch)
{
	return to_ramster_page(fetch->page);
}

static void ask(struct fetch *fetch);

/* ---- the end ------------------------------------------------------------------------- */

static void count_get(bool persistent, int err)
{
	if (err)
		ramster_count_nr(persistent ? RAMSTER_ST_remote_pers_pages_unsucc_get :
					      RAMSTER_ST_remote_eph_pages_unsucc_get, 1);
	else
		ramster_count_nr(persistent ? RAMSTER_ST_remote_pers_pages_succ_get :
					      RAMSTER_ST_remote_eph_pages_succ_get, 1);
}

static void end_gets(struct list_head *gets, bool persistent, int err)
{
	struct zcache_get *get, *next;

	list_for_each_entry_safe(get, next, gets, list) {
		list_del(&get->list);
		count_get(persistent, err);
		get->done(get, err);
	}
}

/*
 * Gets that have joined.  If there are none, nobody can join any more, and the page is what
 * @event makes of it: the next get of it begins another fetch.
 */
static bool take_gets(struct fetch *fetch, struct list_head *gets, enum ramster_event event)
{
	unsigned long flags;
	bool some;

	spin_lock_irqsave(&fetch_lock, flags);
	some = !list_empty(&fetch->gets);
	if (some) {
		list_splice_init(&fetch->gets, gets);
	} else {
		hash_del(&fetch->hash);
		ramster_page_event(rp_of(fetch), event);
	}
	spin_unlock_irqrestore(&fetch_lock, flags);
	return some;
}

/* Nobody waits any more. */
static void end_fetch(struct fetch *fetch)
{
	unsigned long flags;
	bool waiting;

	tmem_page_unpin(fetch->page, TMEM_REMOTE);
	ramster_count_add(fetches, -1);
	spin_lock_irqsave(&fetch_lock, flags);
	list_add(&fetch->list, &free_fetches);
	waiting = !list_empty(&waiting_gets);
	spin_unlock_irqrestore(&fetch_lock, flags);
	/* Not from here: it might fail at once, and come here again. */
	if (waiting)
		queue_work(ramster_wq, &waiting_work);
}

static void fail(struct fetch *fetch, int err)
{
	bool persistent = ramster_page_persistent(rp_of(fetch));
	LIST_HEAD(gets);

	if (READ_ONCE(fetch->home))
		ramster_count(pages_home_failed);
	while (take_gets(fetch, &gets, RAMSTER_EVENT_FAILED))
		end_gets(&gets, persistent, err);
	end_fetch(fetch);
}

/* No copy is left.  An ephemeral page is a miss, a persistent one is lost. */
static void fail_lost(struct fetch *fetch)
{
	if (!ramster_page_persistent(rp_of(fetch))) {
		/* Unless who asked has taken it out: nobody is to ask for it again. */
		tmem_remove(fetch->page, TMEM_REMOTE);
		fail(fetch, -ENOENT);
		return;
	}
	if (!tmem_lose(fetch->page, TMEM_REMOTE, tmem_page_version(fetch->page)))
		ramster_count(pages_lost);
	fail(fetch, -EIO);
}

/* ---- asking -------------------------------------------------------------------------- */

static void later(struct fetch *fetch)
{
	unsigned long flags;

	ramster_count(gets_retried);
	spin_lock_irqsave(&fetch_lock, flags);
	list_add_tail(&fetch->list, &retries);
	spin_unlock_irqrestore(&fetch_lock, flags);
	queue_delayed_work(ramster_wq, &retry_work, RETRY_AFTER);
}

static bool too_long(const struct fetch *fetch)
{
	return time_after(jiffies, fetch->since + msecs_to_jiffies(ramster_get_limit_ms()));
}

static void try_again(struct work_struct *work)
{
	struct fetch *fetch, *next;
	LIST_HEAD(list);

	spin_lock_irq(&fetch_lock);
	list_splice_init(&retries, &list);
	spin_unlock_irq(&fetch_lock);
	list_for_each_entry_safe(fetch, next, &list, list) {
		list_del(&fetch->list);
		if (too_long(fetch))
			fail(fetch, -EIO);
		else
			ask(fetch);
	}
}

/**
 * ramster_fetch_resume() - the peer that fetches waited for is back, or given up
 * @parked: the fetches
 *
 * Context: process.
 */
void ramster_fetch_resume(struct list_head *parked)
{
	struct fetch *fetch, *next;

	list_for_each_entry_safe(fetch, next, parked, list) {
		list_del(&fetch->list);
		fetch->failed = RAMSTER_NODE_NONE;
		ask(fetch);
	}
}

/* A node that is removed when it is down is not called dead any more. */
static bool is_configured(const struct ramster_peer *peer)
{
	struct cluster_node *node = cluster_node_get(peer->number);

	if (node)
		cluster_node_put(node);
	return node;
}

/* Wait with a peer that may come back; false: it is there, or nobody waits for it. */
static bool park(struct fetch *fetch, struct ramster_peer *peer)
{
	unsigned long flags;
	bool wait;

	spin_lock_irqsave(&peer->lock, flags);
	if (peer->state == PEER_DOWN && !is_configured(peer))
		peer->state = PEER_DEAD;
	wait = peer->state == PEER_DOWN || peer->state == PEER_ATTACHING;
	if (wait)
		list_add_tail(&fetch->list, &peer->parked);
	spin_unlock_irqrestore(&peer->lock, flags);
	if (wait) {
		ramster_count(gets_parked);
		queue_delayed_work(ramster_wq, &parked_work, LOOK_EVERY);
	}
	return wait;
}

static bool can_be_asked(struct tmem_page *page)
{
	unsigned int copy;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		u8 number = ramster_page_node(to_ramster_page(page), copy);

		if (number != RAMSTER_NODE_NONE &&
		    READ_ONCE(ramster_peer(number)->state) == PEER_READY)
			return true;
	}
	return false;
}

/* Those that have waited for too long with a peer, or whose other copy can be had now. */
static bool take_late(struct ramster_peer *peer, struct list_head *late)
{
	struct fetch *fetch, *next;
	bool more;

	spin_lock_irq(&peer->lock);
	list_for_each_entry_safe(fetch, next, &peer->parked, list)
		if (too_long(fetch) || can_be_asked(fetch->page) || peer->state == PEER_DEAD ||
		    !is_configured(peer))
			list_move_tail(&fetch->list, late);
	more = !list_empty(&peer->parked);
	spin_unlock_irq(&peer->lock);
	return more;
}

static void look_at_parked(struct work_struct *work)
{
	struct fetch *fetch, *next;
	unsigned int number;
	LIST_HEAD(late);
	bool more = false;

	for (number = 0; number < CLUSTER_NODES_MAX; number++)
		more |= take_late(ramster_peer(number), &late);
	list_for_each_entry_safe(fetch, next, &late, list) {
		list_del(&fetch->list);
		fetch->failed = RAMSTER_NODE_NONE;
		if (too_long(fetch) && !can_be_asked(fetch->page))
			fail(fetch, -EIO);
		else
			ask(fetch);
	}
	if (more)
		queue_delayed_work(ramster_wq, &parked_work, LOOK_EVERY);
}

static void got_reply(struct cluster_request *request, const struct cluster_reply *reply);

/* Ask a node; false: it cannot be asked now, or is silent and that was not allowed. */
static bool ask_node(struct fetch *fetch, u8 number, bool silent_too)
{
	struct cluster_node *node = ramster_peer_node(ramster_peer(number), &fetch->lease);
	int err;

	if (!node)
		return false;
	if (!silent_too && !ramster_peer_answers(node)) {
		cluster_node_put(node);
		return false;
	}
	fetch->node = number;
	fetch->asked_ns = ktime_get_ns();
	ramster_msg_get(&fetch->body, fetch->lease, ramster_page_name(rp_of(fetch)));
	fetch->request = (struct cluster_request){
		.type = RAMSTER_GET,
		.key = ramster_page_name(rp_of(fetch)) >> 1,
		.timeout_ms = ramster_request_timeout_ms(),
		.reply_room = RAMSTER_SEALED_MAX,
		.body = &fetch->body,
		.body_len = sizeof(fetch->body),
		.done = got_reply,
	};
	/* Somebody waits for it: to wake the sender would take as long as to send. */
	err = cluster_submit_now(node, &fetch->request);
	cluster_node_put(node);
	return !err;
}

/* Who only wants a page home does not wait for a node; whether that is so. */
static bool give_up(struct fetch *fetch)
{
	unsigned long flags;
	bool idle;

	spin_lock_irqsave(&fetch_lock, flags);
	idle = list_empty(&fetch->gets);
	if (idle) {
		hash_del(&fetch->hash);
		ramster_page_event(rp_of(fetch), RAMSTER_EVENT_FAILED);
	}
	spin_unlock_irqrestore(&fetch_lock, flags);
	if (!idle)
		return false;
	ramster_count(pages_home_failed);
	end_fetch(fetch);
	return true;
}

/* Whether a node was asked that has a copy and has not just failed. */
static bool ask_any(struct fetch *fetch, bool silent_too)
{
	u8 number, failed = fetch->failed;
	unsigned int copy;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		number = ramster_page_node(rp_of(fetch), copy);
		if (number == RAMSTER_NODE_NONE || number == failed ||
		    !ask_node(fetch, number, silent_too))
			continue;
		/* It is perhaps another fetch already. */
		if (failed != RAMSTER_NODE_NONE)
			ramster_count(gets_other_copy);
		return true;
	}
	return false;
}

/* Ask who has the page, or wait for who has. */
static void ask(struct fetch *fetch)
{
	struct ramster_page *rp = rp_of(fetch);
	unsigned int copy, copies = 0;
	bool again = false;
	u8 number;

	/* Who is silent would let us wait for as long as a request has. */
	if (ask_any(fetch, false))
		return;
	/* An ephemeral page is somewhere else as well: nobody waits for it here. */
	if (!ramster_page_persistent(rp) && ramster_page_copies(rp)) {
		fail(fetch, -ENOENT);
		return;
	}
	if (ask_any(fetch, true))
		return;
	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		number = ramster_page_node(rp, copy);
		if (number == RAMSTER_NODE_NONE)
			continue;
		copies++;
		again |= READ_ONCE(ramster_peer(number)->state) == PEER_READY;
	}
	if (!again && copies && give_up(fetch))
		return;
	for (copy = 0; copy < RAMSTER_COPIES_MAX && !again; copy++) {
		number = ramster_page_node(rp, copy);
		if (number == RAMSTER_NODE_NONE)
			continue;
		if (park(fetch, ramster_peer(number)))
			return;
		again = READ_ONCE(ramster_peer(number)->state) != PEER_DEAD;
	}
	if (again) {
		fetch->failed = RAMSTER_NODE_NONE;
		later(fetch);
	} else if (copies) {
		fail(fetch, -EIO);
	} else {
		fail_lost(fetch);
	}
}

/* ---- the reply ----------------------------------------------------------------------- */

static struct bounce *bounce_lock(void)
{
	struct bounce *bounce = raw_cpu_ptr(bounces);

	mutex_lock(&bounce->lock);
	return bounce;
}

static void stay_home(struct fetch *fetch, const struct ramster_seal_id *id, const void *data,
		      size_t size)
{
	int err = zcache_page_localize(fetch->page, id->version, id->format, data, size);

	if (err == -ENOMEM)
		ramster_count(pers_pages_remote_nomem);
	if (err) {
		ramster_count(pages_home_failed);
		return;
	}
	ramster_page_event(rp_of(fetch), RAMSTER_EVENT_LOCALIZED);
	ramster_count(pages_home);
}

/*
 * Open what came, and give it to all that wait.
 * Returns false if it is not what was sealed: then they still wait.
 */
static bool deliver(struct fetch *fetch, const void *sealed, size_t size)
{
	enum zcache_format format = tmem_page_host(fetch->page);
	bool persistent = ramster_page_persistent(rp_of(fetch));
	struct bounce *bounce = bounce_lock();
	struct zcache_get *get, *next;
	struct ramster_seal_id id;
	LIST_HEAD(gets);
	LIST_HEAD(good);

	ramster_seal_id_of(&id, fetch->page, ramster_page_name(rp_of(fetch)), format);
	if (!ramster_open(&id, bounce->buf, sealed, size)) {
		mutex_unlock(&bounce->lock);
		return false;
	}
	size -= RAMSTER_SEAL_BYTES;
	/* If its node has dropped it since, these are the only bytes there are. */
	if (READ_ONCE(fetch->home) || !ramster_page_copies(rp_of(fetch)))
		stay_home(fetch, &id, bounce->buf, size);
	while (take_gets(fetch, &gets, RAMSTER_EVENT_GOT))
		list_for_each_entry_safe(get, next, &gets, list)
			if (!zcache_decode(format, bounce->buf, size, get->page))
				list_move_tail(&get->list, &good);
	mutex_unlock(&bounce->lock);
	end_gets(&good, persistent, 0);
	/* The bytes are those that were stored here: they were damaged before they left. */
	end_gets(&gets, persistent, -EIO);
	return true;
}

/* A node does not have what it should have: so there is one copy less. */
static void copy_gone(struct fetch *fetch)
{
	ramster_count(copies_gone);
	ramster_page_copy_gone(rp_of(fetch), fetch->node);
	ramster_home_repair();
	ask(fetch);
}

static void got_page(struct fetch *fetch, const struct cluster_reply *reply)
{
	struct ramster_page *bad;

	if (deliver(fetch, reply->data, reply->data_len)) {
		end_fetch(fetch);
		return;
	}
	ramster_count(bad_seals);
	pr_err_ratelimited("node %u gave other bytes than it got: page %llu\n", fetch->node,
			   ramster_page_name(rp_of(fetch)));
	bad = ramster_page_split(rp_of(fetch), fetch->node);
	if (bad) {
		ramster_count_add(flushing_pages, 1);
		ramster_flush(bad);
	}
	ramster_home_repair();
	ask(fetch);
}

static void got_reply(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct fetch *fetch = container_of(request, struct fetch, request);

	trace_ramster_got(ramster_page_name(rp_of(fetch)), fetch->node, reply->error,
			  reply->result);
	if (reply->error) {
		if (too_long(fetch)) {
			fail(fetch, -EIO);
			return;
		}
		fetch->failed = fetch->node;
		ask(fetch);
		return;
	}
	switch (reply->result) {
	case RAMSTER_OK:
		ramster_peer_answered(ramster_peer(fetch->node),
				      ktime_get_ns() - fetch->asked_ns);
		got_page(fetch, reply);
		break;
	case RAMSTER_ABSENT:
		copy_gone(fetch);
		break;
	case RAMSTER_LEASE:
		ramster_peer_lease_ended(ramster_peer(fetch->node), fetch->lease);
		fetch->failed = fetch->node;
		ask(fetch);
		break;
	default:
		ramster_count(bad_replies);
		fetch->failed = fetch->node;
		later(fetch);
	}
}

/* ---- the beginning ------------------------------------------------------------------- */

static struct fetch *find(const struct tmem_page *page)
{
	struct fetch *fetch;

	lockdep_assert_held(&fetch_lock);
	hash_for_each_possible(by_page, fetch, hash, (unsigned long)page)
		if (fetch->page == page)
			return fetch;
	return NULL;
}

static struct fetch *begin(struct tmem_page *page)
{
	struct fetch *fetch = list_first_entry_or_null(&free_fetches, struct fetch, list);

	lockdep_assert_held(&fetch_lock);
	if (!fetch)
		return NULL;
	list_del(&fetch->list);
	INIT_LIST_HEAD(&fetch->gets);
	fetch->page = page;
	fetch->since = jiffies;
	fetch->failed = RAMSTER_NODE_NONE;
	fetch->home = false;
	hash_add(by_page, &fetch->hash, (unsigned long)page);
	ramster_page_event(to_ramster_page(page), RAMSTER_EVENT_GET);
	ramster_count_add(fetches, 1);
	return fetch;
}

/**
 * ramster_get() - zcache's get of a page that is elsewhere
 * @page:	its descriptor, pinned; unpinned when @get is done
 * @get:	the get
 *
 * Context: may sleep, does not wait.
 */
void ramster_get(struct tmem_page *page, struct zcache_get *get)
{
	struct fetch *fetch, *begun;
	unsigned long flags;

	spin_lock_irqsave(&fetch_lock, flags);
	fetch = find(page);
	begun = fetch ? NULL : begin(page);
	if (fetch || begun) {
		list_add_tail(&get->list, &(fetch ?: begun)->gets);
	} else {
		get->remote = page;
		list_add_tail(&get->list, &waiting_gets);
		ramster_count(gets_waited);
	}
	spin_unlock_irqrestore(&fetch_lock, flags);
	if (begun) {
		ask(begun);
	} else if (fetch) {
		/* The fetch has a pin of its own. */
		ramster_count(gets_joined);
		tmem_page_unpin(page, TMEM_REMOTE);
	}
}

/* Each of them finds a free fetch, or another get was faster. */
static void serve_waiting(struct work_struct *work)
{
	struct zcache_get *get;

	do {
		spin_lock_irq(&fetch_lock);
		get = list_empty(&free_fetches) ? NULL :
			list_first_entry_or_null(&waiting_gets, struct zcache_get, list);
		if (get)
			list_del(&get->list);
		spin_unlock_irq(&fetch_lock);
		if (get)
			ramster_get(get->remote, get);
	} while (get);
}

/**
 * ramster_bring_home() - fetch a page to keep it here
 * @page: its descriptor, pinned; with success the pin is given away
 *
 * Context: process; does not wait.
 * Return: 0: it is being fetched; -EBUSY: too many are; -ENOTCONN: nobody has it who is
 * there.
 */
int ramster_bring_home(struct tmem_page *page)
{
	struct fetch *fetch, *begun = NULL;

	/* Without any copy it is to be called lost: the fetch does that. */
	if (ramster_page_copies(to_ramster_page(page)) && !can_be_asked(page))
		return -ENOTCONN;
	spin_lock_irq(&fetch_lock);
	fetch = find(page);
	if (!fetch && list_empty(&waiting_gets))
		begun = begin(page);
	if (fetch || begun)
		WRITE_ONCE((fetch ?: begun)->home, true);
	spin_unlock_irq(&fetch_lock);
	if (begun)
		ask(begun);
	else if (fetch)
		tmem_page_unpin(page, TMEM_REMOTE);
	return fetch || begun ? 0 : -EBUSY;
}

static void free_bounces(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree(per_cpu_ptr(bounces, cpu)->buf);
	free_percpu(bounces);
}

int ramster_fetch_init(void)
{
	unsigned int i;
	int cpu;

	fetches = kvcalloc(FETCHES, sizeof(*fetches), GFP_KERNEL);
	if (!fetches)
		return -ENOMEM;
	bounces = alloc_percpu(struct bounce);
	if (!bounces)
		goto out_fetches;
	for_each_possible_cpu(cpu) {
		struct bounce *bounce = per_cpu_ptr(bounces, cpu);

		mutex_init(&bounce->lock);
		bounce->buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
		if (!bounce->buf)
			goto out_bounces;
	}
	for (i = 0; i < FETCHES; i++)
		list_add_tail(&fetches[i].list, &free_fetches);
	return 0;

out_bounces:
	free_bounces();
out_fetches:
	kvfree(fetches);
	return -ENOMEM;
}

/**
 * ramster_fetch_stop() - nobody looks after fetches any more
 *
 * Context: may sleep; no page is elsewhere, so there are none.
 */
void ramster_fetch_stop(void)
{
	cancel_delayed_work_sync(&retry_work);
	cancel_delayed_work_sync(&parked_work);
	cancel_work_sync(&waiting_work);
}

void ramster_fetch_exit(void)
{
	free_bounces();
	kvfree(fetches);
}
