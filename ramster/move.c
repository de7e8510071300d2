// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remotify: the oldest frames move to other nodes when the store grows.
 *
 * A batch is some whole frames.  Their pages are pinned, sealed into the batch's buffer, and
 * sent to as many nodes as copies are wanted; meanwhile they can be read, put again and
 * flushed here as if nothing were.  When all have answered, those pages that all have stored
 * are replaced in the index, if they still are what was sent.  Whatever else may be stored
 * somewhere is dropped there.  Several batches are under way at once.
 */
#include "internal.h"
#include "trace.h"

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/wait.h>

/* Batches under way at once. */
#define BATCHES		8

/* Frames of one batch, of which each has 252 pages at most. */
#define FRAMES		8

/* How often somebody looks whether pages should move, if nobody says so. */
#define LOOK_EVERY	HZ

/* And when there was something to move, but no memory for its descriptors. */
#define LOOK_AGAIN	(HZ / 50)

/**
 * struct moving - a page on its way
 * @page:	local descriptor, pinned
 * @rp:		what takes its place
 * @version:	that is sent
 * @format:	of its bytes
 * @size:	how many there are, sealed
 */
struct moving {
	struct tmem_page	*page;
	struct ramster_page	*rp;
	u64			version;
	enum zcache_format	format;
	size_t			size;
};

/**
 * struct copy - a batch on its way to one node
 * @request:	that takes it there
 * @batch:	the batch
 * @lease:	that was named
 * @sent:	whether the node may have stored what it did not say it has
 * @stored:	a bit for each page that it has said it has
 * @body:	of @request
 */
struct copy {
	struct cluster_request	request;
	struct batch		*batch;
	u64			lease;
	bool			sent;
	u8			stored[(RAMSTER_PAGES_MAX + 7) / 8];
	u8			body[RAMSTER_PAGES_BODY_MAX];
};

struct batch {
	struct list_head	list;		/* while free */
	atomic_t		pending;	/* copies that have not been answered, plus one */
	bool			persistent;
	bool			full;		/* there are more pages in its last frame */
	unsigned int		copies;		/* wanted of each page */
	unsigned int		count;
	unsigned int		frames;
	size_t			bytes;
	u8			nodes[RAMSTER_COPIES_MAX];
	struct zbud_frame	*frame[FRAMES];
	struct moving		moving[RAMSTER_PAGES_MAX];
	struct copy		copy[RAMSTER_COPIES_MAX];
	u8			bounce[PAGE_SIZE];
	u8			data[RAMSTER_PUT_BYTES];
};

static DEFINE_SPINLOCK(batch_lock);	/* order 5: the list below and its length */
static LIST_HEAD(free_batches);
static unsigned int free_count;
static DECLARE_WAIT_QUEUE_HEAD(batch_wait);
static struct batch *batches;

/* Kinds of which the store wants frames to go, whatever the thresholds say; bits. */
static unsigned long pressed;

/* Kinds that are above the low threshold and have been above the high one. */
static bool moving_on[2];

/* The last batch found no memory; by the mover alone. */
static bool starved;

static bool stopped = true;

static void move_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(mover, move_work);

static struct batch *batch_get(void)
{
	struct batch *batch;

	spin_lock_irq(&batch_lock);
	batch = list_first_entry_or_null(&free_batches, struct batch, list);
	if (batch) {
		list_del(&batch->list);
		free_count--;
	}
	spin_unlock_irq(&batch_lock);
	if (!batch)
		return NULL;
	batch->count = 0;
	batch->frames = 0;
	batch->bytes = 0;
	batch->full = false;
	return batch;
}

static void batch_put(struct batch *batch)
{
	spin_lock_irq(&batch_lock);
	list_add(&batch->list, &free_batches);
	free_count++;
	spin_unlock_irq(&batch_lock);
	wake_up(&batch_wait);
}

/* ---- the end ------------------------------------------------------------------------- */

static void count_moved(bool persistent, bool moved)
{
	if (moved)
		ramster_count_nr(persistent ? RAMSTER_ST_pers_pages_remoted :
					      RAMSTER_ST_eph_pages_remoted, 1);
	else
		ramster_count_nr(persistent ? RAMSTER_ST_pers_pages_remote_failed :
					      RAMSTER_ST_eph_pages_remote_failed, 1);
}

static void count_remote(bool persistent, int sign)
{
	if (persistent)
		ramster_count_add(remote_pers_pages, sign);
	else
		ramster_count_add(remote_eph_pages, sign);
}

/* It is not to go: whoever may have it is to drop it. */
static void take_back(struct ramster_page *rp, enum ramster_event event)
{
	ramster_page_event(rp, event);
	ramster_count_add(flushing_pages, 1);
	ramster_flush(rp);
}

/* All nodes have it: unless there is another page now, its descriptor takes its place. */
static void switch_over(struct batch *batch, struct moving *m)
{
	/* First, because the index may give it away before we are told that it has it. */
	ramster_page_event(m->rp, RAMSTER_EVENT_ACKED);
	count_remote(batch->persistent, 1);
	if (!zcache_page_moved(m->page, m->version, &m->rp->t, m->format)) {
		count_moved(batch->persistent, true);
		return;
	}
	count_remote(batch->persistent, -1);
	ramster_count(pages_remote_stale);
	take_back(m->rp, RAMSTER_EVENT_STALE);
}

/* Not if it was dropped since: who looked for lost copies did not see this one. */
static bool still_there(const struct ramster_page *rp, u8 node, u64 lease)
{
	return ramster_page_is_at(rp, node) && ramster_peer_lease_is(ramster_peer(node), lease);
}

/* What is to be done with a page when all nodes have answered; whether it may go. */
static bool settle_page(struct batch *batch, unsigned int nr)
{
	struct moving *m = &batch->moving[nr];
	unsigned int copy, stored = 0, wanted = 0;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		const struct copy *to = &batch->copy[copy];

		if (batch->nodes[copy] == RAMSTER_NODE_NONE)
			continue;
		wanted++;
		if (to->stored[nr / 8] & BIT(nr % 8))
			stored += still_there(m->rp, batch->nodes[copy], to->lease);
		else if (!to->sent)
			ramster_page_copy_gone(m->rp, batch->nodes[copy]);
	}
	if (stored == wanted) {
		switch_over(batch, m);
		return true;
	}
	count_moved(batch->persistent, false);
	if (ramster_page_copies(m->rp)) {
		take_back(m->rp, RAMSTER_EVENT_REFUSED);
	} else {
		ramster_page_event(m->rp, RAMSTER_EVENT_UNSENT);
		ramster_page_free(m->rp);
	}
	return false;
}

static void settle(struct batch *batch)
{
	unsigned int nr, moved = 0;
	bool all;

	for (nr = 0; nr < batch->count; nr++) {
		moved += settle_page(batch, nr);
		zcache_page_unpin(batch->moving[nr].page);
	}
	all = moved == batch->count;
	/* Fewer were enough when they were sent: who looked for such pages missed these. */
	if (moved && batch->persistent && batch->copies < ramster_copies())
		ramster_home_repair();
	/* What stays because there was no room, there or in the batch, is the next to go. */
	for (nr = 0; nr < batch->frames; nr++)
		zcache_frame_done(batch->frame[nr],
				  !all || (batch->full && nr == batch->frames - 1));
	trace_ramster_moved(batch->count, moved, batch->bytes, batch->nodes[0], batch->nodes[1]);
	batch_put(batch);
	if (READ_ONCE(stopped))
		return;
	if (all)
		mod_delayed_work(ramster_wq, &mover, 0);
	else
		queue_delayed_work(ramster_wq, &mover, LOOK_EVERY);
}

static void answered(struct batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		settle(batch);
}

static void put_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct copy *copy = container_of(request, struct copy, request);
	struct batch *batch = copy->batch;
	struct ramster_peer *peer = ramster_peer(batch->nodes[copy - batch->copy]);
	u32 room = 0;

	if (reply->error) {
		copy->sent = reply->sent;
	} else if (reply->result == RAMSTER_LEASE) {
		ramster_peer_lease_ended(peer, copy->lease);
	} else if (reply->result != RAMSTER_OK ||
		   ramster_msg_unpack_done(reply->body, reply->body_len, batch->count, &room,
					   copy->stored)) {
		ramster_count(bad_replies);
		copy->sent = true;
	}
	ramster_peer_set_room(peer, room);
	answered(batch);
}

/* ---- the beginning ------------------------------------------------------------------- */

static bool fits(const struct batch *batch, size_t size)
{
	return batch->count < RAMSTER_PAGES_MAX && batch->bytes + size <= sizeof(batch->data);
}

/* Seal a page into the batch; false: that is all that fits. */
static bool collect(struct tmem_page *page, void *arg)
{
	struct batch *batch = arg;
	struct moving *m = &batch->moving[batch->count];
	struct ramster_seal_id id;
	const void *bytes;
	size_t size;
	u64 name;

	if (!zcache_page_ours(page)) {
		/* Of another node's pages only those come here that may be dropped. */
		zcache_page_drop(page);
		return true;
	}
	bytes = zcache_page_map(page, batch->bounce, &m->format, &size);
	if (!fits(batch, size + RAMSTER_SEAL_BYTES)) {
		batch->full = true;
		return false;
	}
	m->rp = ramster_page_alloc();
	if (!m->rp) {
		batch->full = true;
		return false;
	}
	if (!zcache_page_pin(page)) {
		ramster_page_free(m->rp);
		return true;
	}
	m->page = page;
	m->version = tmem_page_version(page);
	name = ramster_page_begin(m->rp, batch->persistent, batch->nodes);
	ramster_seal_id_of(&id, page, name, m->format);
	ramster_seal(&id, batch->data + batch->bytes, bytes, size);
	m->size = size + RAMSTER_SEAL_BYTES;
	batch->bytes += m->size;
	batch->count++;
	return true;
}

static void fill(struct batch *batch)
{
	while (!batch->full && batch->frames < FRAMES) {
		struct zbud_frame *frame = zcache_isolate_oldest(batch->persistent);

		if (!frame)
			break;
		batch->frame[batch->frames++] = frame;
		zcache_frame_for_each(frame, collect, batch);
		cond_resched();
	}
}

static void send_copy(struct batch *batch, unsigned int nr)
{
	struct copy *copy = &batch->copy[nr];
	struct cluster_node *node;
	unsigned int i;
	int err;

	copy->batch = batch;
	copy->sent = false;
	memset(copy->stored, 0, sizeof(copy->stored));
	if (batch->nodes[nr] == RAMSTER_NODE_NONE)
		return;
	node = ramster_peer_node(ramster_peer(batch->nodes[nr]), &copy->lease);
	if (!node)
		return;
	for (i = 0; i < batch->count; i++)
		ramster_msg_set_page(copy->body, i, ramster_page_name(batch->moving[i].rp),
				     batch->moving[i].size);
	copy->request = (struct cluster_request){
		.type = RAMSTER_PUT,
		.bulk = true,
		.key = RAMSTER_KEY,
		.timeout_ms = ramster_request_timeout_ms(),
		.body = copy->body,
		.body_len = ramster_msg_pages(copy->body, copy->lease, batch->count),
		.data = batch->data,
		.data_len = batch->bytes,
		.done = put_done,
	};
	atomic_inc(&batch->pending);
	err = cluster_submit(node, &copy->request);
	cluster_node_put(node);
	if (err) {
		/* Or the same would be tried again at once, until we are told that it is down. */
		ramster_peer_set_room(ramster_peer(batch->nodes[nr]), 0);
		atomic_dec(&batch->pending);
	}
}

static void send_batch(struct batch *batch)
{
	unsigned int copy;

	atomic_set(&batch->pending, 1);
	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++)
		send_copy(batch, copy);
	answered(batch);
}

/* ---- when ---------------------------------------------------------------------------- */

/*
 * Clean copies of what is on a disk by now do not wait for a threshold when memory is short:
 * there they are nearer than the disk, and from here the kernel would take them.
 */
static bool copies_should_go(void)
{
	return zcache_clean_copies() &&
	       si_mem_available() <= (long)(totalram_pages() / 100 * ramster_home_free_percent());
}

/* Between the thresholds what has begun goes on: so pages do not go back and forth. */
static bool wanted(bool persistent)
{
	struct zcache_usage usage;
	unsigned int percent;

	if (!ramster_remotify(persistent))
		return false;
	if (!persistent && copies_should_go())
		return true;
	zcache_usage(persistent ? ZCACHE_PERSISTENT : ZCACHE_EPHEMERAL, &usage);
	percent = moving_on[persistent] ? ramster_move_low_percent() : ramster_move_high_percent();
	moving_on[persistent] = usage.pages > usage.limit / 100 * percent;
	return test_and_clear_bit(persistent, &pressed) || moving_on[persistent];
}

/* One batch on its way; false: there is no more to do, or no way to do it, now. */
static bool move_some(bool persistent)
{
	/* An ephemeral page need not be safe anywhere. */
	unsigned int copies = persistent ? ramster_copies() : 1;
	struct batch *batch;

	if (!wanted(persistent))
		return false;
	batch = batch_get();
	if (!batch)
		return false;
	batch->persistent = persistent;
	batch->copies = copies;
	if (ramster_peers_choose(batch->nodes, copies) < copies) {
		batch_put(batch);
		return false;
	}
	fill(batch);
	starved = batch->full && !batch->count;
	if (!batch->count) {
		/* Those without a page to move are out of the way then; for want of memory not. */
		while (batch->frames)
			zcache_frame_done(batch->frame[--batch->frames], batch->full);
		batch_put(batch);
		return false;
	}
	send_batch(batch);
	return true;
}

static void move_work(struct work_struct *work)
{
	bool more;

	starved = false;
	do {
		more = !READ_ONCE(stopped) && (move_some(false) | move_some(true));
		cond_resched();
	} while (more);
	if (!READ_ONCE(stopped))
		queue_delayed_work(ramster_wq, &mover, starved ? LOOK_AGAIN : LOOK_EVERY);
}

/**
 * ramster_move_kick() - look soon whether pages should move
 *
 * Context: any.
 */
void ramster_move_kick(void)
{
	if (!READ_ONCE(stopped))
		mod_delayed_work(ramster_wq, &mover, 0);
}

/**
 * ramster_pressure() - zcache's: frames of a kind should go
 * @persistent: which
 *
 * Context: any.
 */
void ramster_pressure(bool persistent)
{
	set_bit(persistent, &pressed);
	ramster_move_kick();
}

/**
 * ramster_move_start() - pages may move from now on
 *
 * Context: may sleep.
 */
void ramster_move_start(void)
{
	WRITE_ONCE(stopped, false);
	ramster_move_kick();
}

/**
 * ramster_move_stop() - no page moves any more
 *
 * Waits for those under way, which end in the time that a request has.
 *
 * Context: may sleep.
 */
void ramster_move_stop(void)
{
	WRITE_ONCE(stopped, true);
	cancel_delayed_work_sync(&mover);
	wait_event(batch_wait, READ_ONCE(free_count) == BATCHES);
	cancel_delayed_work_sync(&mover);
}

int ramster_move_init(void)
{
	unsigned int i;

	batches = kvcalloc(BATCHES, sizeof(*batches), GFP_KERNEL);
	if (!batches)
		return -ENOMEM;
	for (i = 0; i < BATCHES; i++)
		list_add_tail(&batches[i].list, &free_batches);
	free_count = BATCHES;
	return 0;
}

/* Nothing is under way: the cluster has no user any more. */
void ramster_move_exit(void)
{
	kvfree(batches);
}
