// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves pages between the store and the tier: on command, a frame at a time, or from a
 * thread that runs beside clients and swapping.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/wait.h>

/* A frame holds 252 items at most. */
#define BATCH	256

/* Of each kind, until the mover rests. */
#define ROUND_FRAMES	8

/* What happens between the "send" and its answer. */
enum race {
	RACE_NONE,
	RACE_PUT,
	RACE_FLUSH,
};

struct push {
	enum race		race;
	struct zt_pool		*pool;		/* whose pages race */
	u32			version;	/* that is put */
	struct zt_content	content;
	u64			moved, stale, dropped;
};

/* A frame under way, and memory to work with. */
struct batch {
	unsigned int		nr;
	struct tmem_page	*pages[BATCH];
	char			buf[PAGE_SIZE];
};

static struct task_struct *mover;
static DECLARE_WAIT_QUEUE_HEAD(mover_wait);
static bool mover_wanted;

static bool collect(struct tmem_page *page, void *arg)
{
	struct batch *batch = arg;

	if (zcache_page_pin(page))
		batch->pages[batch->nr++] = page;
	return batch->nr < BATCH;
}

static int race(const struct push *push, struct tmem_page *page)
{
	struct tmem_handle handle;
	struct page *data;
	void *bytes;
	u32 key;
	int err;

	tmem_page_handle(page, &handle);
	key = zt_key_of(&handle);
	if (push->race == RACE_FLUSH) {
		zt_flush(push->pool, key);
		return 0;
	}
	data = alloc_page(GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	bytes = kmap_local_page(data);
	zt_content_make(&push->content, key, push->version, bytes);
	kunmap_local(bytes);
	err = zt_put(push->pool, key, data);
	if (err)
		zt_failed("the put during a move failed: %d", err);
	__free_page(data);
	return err;
}

/* A page of another machine: it does not move, and goes if it is ephemeral. */
static void drop_page(struct tmem_page *page, struct push *push)
{
	struct zt_tier_page *tp = zt_tier_page_make("", 1);
	int err;

	if (tp) {
		err = zcache_page_moved(page, tmem_page_version(page), &tp->t, ZCACHE_RAW);
		if (err != -EINVAL)
			zt_failed("the move of a page that is not ours gave %d", err);
		zt_tier_page_free(tp);
	}
	if (zcache_page_drop(page))
		push->dropped++;
	if (zcache_page_drop(page))
		zt_failed("a page was dropped twice");
}

static void move_page(struct batch *batch, struct tmem_page *page, struct push *push)
{
	u64 version = tmem_page_version(page);
	enum zcache_format format;
	struct zt_tier_page *tp;
	const void *data;
	size_t size;
	int err;

	if (!zcache_page_ours(page)) {
		drop_page(page, push);
		return;
	}
	data = zcache_page_map(page, batch->buf, &format, &size);
	tp = zt_tier_page_make(data, size);
	if (!tp)
		return;
	if (push->race != RACE_NONE && race(push, page)) {
		zt_tier_page_free(tp);
		return;
	}
	err = zt_tier_adopt(page, version, tp, format);
	if (err) {
		zt_tier_page_free(tp);
		push->stale++;
	} else {
		push->moved++;
	}
}

/* Move the oldest frame; false if there is none. */
static bool push_frame(struct batch *batch, bool persistent, struct zt_random *random,
		       struct push *push)
{
	struct zbud_frame *frame = zcache_isolate_oldest(persistent);
	bool fail = zt_percent(random, READ_ONCE(zt_tier_config.fail));
	unsigned int i;

	if (!frame)
		return false;
	zt_tier_inc(frames);
	batch->nr = 0;
	zcache_frame_for_each(frame, collect, batch);
	if (zt_tier_config.delay_ms)
		usleep_range(100, 1000);
	for (i = 0; i < batch->nr; i++) {
		if (fail)
			zt_tier_inc(failed);
		else
			move_page(batch, batch->pages[i], push);
		zcache_page_unpin(batch->pages[i]);
	}
	zcache_frame_done(frame, fail);
	return true;
}

/* push persistent=1 frames=1 race=0 pool=0 version=1 and the contents: the oldest frames */
int zt_mover_push(struct zt_args *args)
{
	bool persistent = zt_arg(args, "persistent", 1);
	u64 frames = zt_arg(args, "frames", 1), done = 0;
	struct zt_random random = { .state = 1 };
	struct push push = {
		.race		= zt_arg(args, "race", RACE_NONE),
		.pool		= zt_pool(zt_arg(args, "pool", 0)),
		.version	= zt_arg(args, "version", 1),
	};
	struct batch *batch;
	int err;

	zt_content_args(&push.content, args);
	err = zt_args_done(args);
	if (err)
		return err;
	if (push.race != RACE_NONE && IS_ERR(push.pool))
		return PTR_ERR(push.pool);
	if (push.race != RACE_NONE)
		push.content.seed += push.pool->nr;
	batch = kvmalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	while (done < frames && push_frame(batch, persistent, &random, &push))
		done++;
	kvfree(batch);
	zt_result("frames", done);
	zt_result("moved", push.moved);
	zt_result("stale", push.stale);
	zt_result("dropped", push.dropped);
	return 0;
}

/* Bring pages back; returns how many came. */
static u64 pull(u64 count, int *err)
{
	struct zt_tier_page *tp;
	u64 done = 0;

	for (*err = 0; done < count && !*err; ) {
		tp = zt_tier_pin_next();
		if (!tp)
			break;
		*err = zt_tier_localize(tp);
		tmem_page_unpin(&tp->t, TMEM_REMOTE);
		if (!*err)
			done++;
		else if (*err == -ESTALE)
			*err = 0;
		cond_resched();
	}
	return done;
}

/* pull count=all: pages come back, longest untouched first */
int zt_mover_pull(struct zt_args *args)
{
	u64 count = zt_arg(args, "count", U64_MAX);
	int err = zt_args_done(args);

	if (err)
		return err;
	count = pull(count, &err);
	zt_result("localized", count);
	zt_result("left", zt_tier_read(pages));
	return err;
}

static void move_round(struct batch *batch, struct zt_random *random)
{
	struct push push = {};
	unsigned int i;
	int err;

	if (zt_percent(random, READ_ONCE(zt_tier_config.pull))) {
		pull(1 + zt_random_below(random, 32), &err);
		return;
	}
	for (i = 0; i < ROUND_FRAMES; i++) {
		if (zt_tier_read(pages) >= READ_ONCE(zt_tier_config.max_pages))
			return;
		if (READ_ONCE(zt_tier_config.kinds) & 1)
			push_frame(batch, false, random, &push);
		if (READ_ONCE(zt_tier_config.kinds) & 2)
			push_frame(batch, true, random, &push);
	}
}

static int move(void *arg)
{
	struct zt_random random = { .state = 1 };
	struct batch *batch = arg;

	while (!kthread_should_stop()) {
		move_round(batch, &random);
		wait_event_timeout(mover_wait, xchg(&mover_wanted, false), msecs_to_jiffies(4));
		cond_resched();
	}
	return 0;
}

/* From any context. */
void zt_mover_wake(void)
{
	WRITE_ONCE(mover_wanted, true);
	wake_up(&mover_wait);
}

static struct batch *mover_batch;

/* mover_start: what it does is in struct zt_tier_config */
int zt_mover_start(struct zt_args *args)
{
	int err = zt_args_done(args);

	if (err)
		return err;
	if (mover)
		return -EBUSY;
	mover_batch = kvmalloc(sizeof(*mover_batch), GFP_KERNEL);
	if (!mover_batch)
		return -ENOMEM;
	mover = kthread_run(move, mover_batch, "zt_mover");
	if (IS_ERR(mover)) {
		err = PTR_ERR(mover);
		mover = NULL;
		kvfree(mover_batch);
	}
	return err;
}

void zt_mover_exit(void)
{
	if (!mover)
		return;
	kthread_stop(mover);
	mover = NULL;
	kvfree(mover_batch);
}

/* mover_stop */
int zt_mover_stop(struct zt_args *args)
{
	int err = zt_args_done(args);

	if (!err)
		zt_mover_exit();
	return err;
}
