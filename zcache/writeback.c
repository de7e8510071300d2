// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write-back: pages of the store move to the backing device of their pool, in the
 * background when persistent frames come near their limit, oldest frame first, and on
 * request those that do not compress or have not been touched.
 *
 * A page stays in memory, readable, until its write has ended without error; then its
 * descriptor is exchanged if it is still the same version.  An error keeps the page where
 * it is.  The new descriptor and the block are taken before the write, so that its end
 * allocates nothing and can be in any context.
 *
 * Frames go in batches: isolated, all their writes in flight at once, waited for, and
 * either empty now or the newest.  So a pass sees each frame once, and one that cannot be
 * emptied, because its pages have no backing device or it fails, stops nobody.
 */
#include "backing.h"
#include "trace.h"

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

/* A batch is so many frames, and after so many pages no further frame. */
#define BATCH_FRAMES	32
#define BATCH_PAGES	64

/* In the background: frames in a row without a page to write, before we give up. */
#define FRUITLESS	1024

/* No background write-back to a device so long after an error. */
#define PAUSE		(5 * HZ)

/* Not sooner after a pass that did not reach its aim: it would meet the same. */
#define PASS_DELAY	HZ

/* Below the high mark by this part of it we stop. */
#define LOW_MARK_SHIFT	3

struct pass {
	const struct zcache_pool	*pool;		/* NULL: background */
	enum zcache_writeback		what;		/* on request: which pages */
	struct zbud_frame		*frames[BATCH_FRAMES];
	unsigned int			nr_frames;
	unsigned int			nr_pages;	/* written in this batch */
	unsigned long			isolated;	/* page frames of this batch */
	atomic_t			pending;	/* writes, plus one while we submit */
	struct completion		done;
	int				err;		/* the first; racy, only a report */
};

/* A page of the store on its way to the device. */
struct writeback {
	struct zcache_backing	*backing;
	struct pass		*pass;
	struct tmem_page	*page;		/* in memory, pinned */
	u64			version;
	struct zcache_page	*target;	/* what it will be; nobody's */
	struct page		*data;
	struct bio		bio;		/* last */
};

static DEFINE_MUTEX(writeback_mutex);	/* order 5: one pass at a time */
static struct pass the_pass;		/* writeback_mutex */
static unsigned long next_background;	/* jiffies; read unlocked */

static void background(struct work_struct *work);
static DECLARE_DELAYED_WORK(background_work, background);

int zcache_writeback_init(struct zcache_backing *backing)
{
	return bioset_init(&backing->writebacks, BACKING_PAGES_MIN,
			   offsetof(struct writeback, bio), BIOSET_NEED_BVECS);
}

static struct zcache_page *to_zpage(struct tmem_page *page)
{
	return container_of(page, struct zcache_page, t);
}

static void note_error(struct pass *pass, int err)
{
	if (!READ_ONCE(pass->err))
		WRITE_ONCE(pass->err, err);
}

static void pass_put(struct pass *pass)
{
	if (atomic_dec_and_test(&pass->pending))
		complete(&pass->done);
}

/* Undo what writeback_alloc() did. */
static void writeback_free(struct writeback *wb, bool target)
{
	if (target) {
		zcache_block_release(wb->backing, wb->target);
		zcache_page_free(wb->target);
	}
	mempool_free(wb->data, wb->backing->pages);
	bio_put(&wb->bio);
}

/* It is on the device: exchange the descriptor.  Returns whether that is used. */
static bool move_page(struct writeback *wb)
{
	int err;

	/* Counted first: it may be released again before we return. */
	zcache_count_add(backing_pages, 1);
	err = tmem_replace(wb->page, TMEM_LOCAL, wb->version, &wb->target->t, TMEM_REMOTE,
			   ZCACHE_HOST_BACKED);
	if (err) {
		zcache_count_add(backing_pages, -1);
		zcache_count(writeback_stale);
	} else {
		zcache_count(written_back);
	}
	return !err;
}

/* Any context. */
static void writeback_ended(struct bio *bio)
{
	struct writeback *wb = container_of(bio, struct writeback, bio);
	unsigned long block = wb->target->block >> BACKING_BLOCK_SHIFT;
	struct zcache_backing *backing = wb->backing;
	int err = blk_status_to_errno(bio->bi_status);
	struct pass *pass = wb->pass;
	bool moved = false;

	trace_zcache_written_back(wb->page->index, block, err);
	if (err) {
		zcache_count(backing_write_errors);
		WRITE_ONCE(backing->paused_until, jiffies + PAUSE);
		note_error(pass, -EIO);
		pr_err_ratelimited("%pg: block %lu cannot be written (%d), the page stays in memory\n",
				   backing->bdev, block, err);
	} else {
		moved = move_page(wb);
	}
	tmem_page_unpin(wb->page, TMEM_LOCAL);
	writeback_free(wb, !moved);
	pass_put(pass);
	zcache_backing_io_end(backing);
}

/* A descriptor with a block, NULL if there is none to be had. */
static struct zcache_page *target_alloc(struct zcache_backing *backing)
{
	struct zcache_page *target;
	unsigned long block;

	if (!zcache_block_alloc(backing, &block))
		return NULL;
	target = zcache_page_alloc(ZBUD_PERSISTENT);
	if (target)
		target->block = block << BACKING_BLOCK_SHIFT;
	else
		zcache_block_free(backing, block);
	return target;
}

/* All that a write needs.  May wait for other writes to end. */
static struct writeback *writeback_alloc(struct zcache_backing *backing, struct pass *pass)
{
	struct zcache_page *target = target_alloc(backing);
	struct writeback *wb;
	struct bio *bio;

	if (!target)
		return NULL;
	bio = bio_alloc_bioset(backing->bdev, 1, REQ_OP_WRITE, GFP_NOIO, &backing->writebacks);
	wb = container_of(bio, struct writeback, bio);
	wb->backing = backing;
	wb->pass = pass;
	wb->target = target;
	wb->data = mempool_alloc(backing->pages, GFP_NOIO);
	bio->bi_iter.bi_sector = zcache_block_sector(target->block >> BACKING_BLOCK_SHIFT);
	bio->bi_end_io = writeback_ended;
	__bio_add_page(bio, wb->data, PAGE_SIZE, 0);
	return wb;
}

/* Whether a page is among those the pass is for. */
static bool wanted(const struct pass *pass, const struct tmem_page *page,
		   struct zcache_backing *backing)
{
	const struct zcache_pool *pool = pass->pool;

	if (!pool)
		return !time_before(jiffies, READ_ONCE(backing->paused_until));
	if (pool != tmem_pool_host(tmem_page_pool(page)))
		return false;
	if (pass->what == ZCACHE_WRITEBACK_INCOMPRESSIBLE)
		return zcache_page_format(page) == ZCACHE_RAW;
	return zcache_page_idle(pool, page);
}

/* Start writing a page of an isolated frame, if it is wanted.  Always goes on. */
static bool write_page(struct tmem_page *page, void *arg)
{
	struct zcache_backing *backing = zcache_backing_of(page);
	struct pass *pass = arg;
	struct writeback *wb;

	if (!backing || !wanted(pass, page, backing))
		return true;
	wb = writeback_alloc(backing, pass);
	if (!wb) {
		note_error(pass, zcache_backing_full(backing) ? -ENOSPC : -ENOMEM);
		return true;
	}
	wb->version = tmem_page_version(page);
	wb->page = page;
	zcache_copy_stored(backing, wb->target, page, wb->data);
	/* The pin is for the write; the page may have been flushed by now. */
	if (zcache_page_decode(to_zpage(page), wb->data) || !tmem_page_pin(page)) {
		writeback_free(wb, true);
		return true;
	}
	zcache_backing_io_start(backing);
	atomic_inc(&pass->pending);
	pass->nr_pages++;
	submit_bio(&wb->bio);
	return true;
}

static unsigned long high_mark(void)
{
	unsigned long limit = zcache_limit_pages(ZBUD_PERSISTENT);
	unsigned int percent = zcache_pers_writeback_percent();

	return limit / 100 * percent + limit % 100 * percent / 100;
}

static unsigned long frames_used(void)
{
	return atomic_long_read(&zcache_frame_pages[ZBUD_PERSISTENT]);
}

/* Whether the frames of this batch, if they become empty, are enough. */
static bool enough(const struct pass *pass)
{
	unsigned long high = high_mark();

	if (pass->pool)
		return fatal_signal_pending(current);
	return frames_used() <= high - (high >> LOW_MARK_SHIFT) + pass->isolated;
}

/* One batch of at most *@left frames.  Returns how many it had. */
static unsigned int run_batch(struct pass *pass, unsigned long *left)
{
	struct blk_plug plug;
	unsigned int i;

	pass->nr_frames = 0;
	pass->nr_pages = 0;
	pass->isolated = 0;
	atomic_set(&pass->pending, 1);
	reinit_completion(&pass->done);

	blk_start_plug(&plug);
	while (*left && pass->nr_frames < BATCH_FRAMES && pass->nr_pages < BATCH_PAGES &&
	       !enough(pass)) {
		struct zbud_frame *frame = zcache_isolate_oldest(true);

		if (!frame) {
			*left = 0;
			break;
		}
		--*left;
		pass->frames[pass->nr_frames++] = frame;
		pass->isolated += zbud_frame_nr_pages(frame);
		zcache_frame_for_each(frame, write_page, pass);
	}
	blk_finish_plug(&plug);

	pass_put(pass);
	wait_for_completion(&pass->done);
	/* What is left in a frame makes it the newest: each is met once. */
	for (i = 0; i < pass->nr_frames; i++)
		zcache_frame_done(pass->frames[i], false);
	pass->isolated = 0;
	return pass->nr_frames;
}

static void run_pass(struct pass *pass)
{
	unsigned long fruitless = 0, left;
	struct zbud_usage usage;

	lockdep_assert_held(&writeback_mutex);
	init_completion(&pass->done);
	zbud_usage(zcache_zbud, ZBUD_PERSISTENT, &usage);
	left = usage.frames;
	while (left && !enough(pass) && (pass->pool || fruitless < FRUITLESS)) {
		unsigned int frames = run_batch(pass, &left);

		fruitless = pass->nr_pages ? 0 : fruitless + frames;
		cond_resched();
	}
}

static void background(struct work_struct *work)
{
	mutex_lock(&writeback_mutex);
	the_pass = (struct pass){ .pool = NULL };
	if (frames_used() > high_mark()) {
		zcache_count(writeback_passes);
		run_pass(&the_pass);
		if (!enough(&the_pass))
			WRITE_ONCE(next_background, jiffies + PASS_DELAY);
	}
	mutex_unlock(&writeback_mutex);
}

/**
 * zcache_writeback_kick() - persistent frames have been added, or could not be
 *
 * Starts write-back in the background if there are more than the high mark.
 *
 * Context: any.
 */
void zcache_writeback_kick(void)
{
	unsigned long next;

	if (!atomic_read(&zcache_backings) || frames_used() <= high_mark())
		return;
	next = READ_ONCE(next_background);
	queue_delayed_work(zcache_wq, &background_work,
			   time_before(jiffies, next) ? next - jiffies : 0);
}

/**
 * zcache_writeback() - write pages of a pool to its backing device, on request
 * @pool:	the pool
 * @what:	which pages
 *
 * Waits until all are written.
 *
 * Context: may sleep; not on the way of swap-out.
 * Return: 0; -ENODEV: the pool has no backing device; -ENOSPC: it is full; -EIO: some
 * could not be written and are still in memory; -ENOMEM; -EINTR.
 */
int zcache_writeback(struct zcache_pool *pool, enum zcache_writeback what)
{
	int err;

	if (!pool->backing)
		return -ENODEV;
	err = mutex_lock_killable(&writeback_mutex);
	if (err)
		return err;
	the_pass = (struct pass){ .pool = pool, .what = what };
	run_pass(&the_pass);
	err = the_pass.err;
	mutex_unlock(&writeback_mutex);
	return fatal_signal_pending(current) ? -EINTR : err;
}

void zcache_writeback_exit(void)
{
	cancel_delayed_work_sync(&background_work);
}
