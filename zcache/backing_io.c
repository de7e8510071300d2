// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads from a backing device, and writes of pages that the store refuses ("overflow").
 *
 * An overflow is published in the index when its write begins, marked BACKING_WRITING and
 * pinned by the write.  A newer put or a flush simply replaces it; the block is free when
 * the write has ended, too.  A read that meets it waits for the end of the write.  If the
 * write fails, the page leaves the index: a failed put leaves no version.
 *
 * A read looks for a clean copy first (copies.c).  It may have to ask a remote tier, and if
 * that does not have it after all goes on as if it had not asked, from resume_reads().
 *
 * Bios end in any context, perhaps a hard interrupt: nothing here that runs then sleeps,
 * allocates or submits.  Overflows are prepared by workers only.  Inside submit_bio() a
 * bio that is submitted waits until we return, so who submits several of them there must
 * not wait for memory that such a bio gives back.
 */
#include "backing.h"
#include "trace.h"

#include <linux/workqueue.h>

struct backing_read {
	struct zcache_backing	*backing;
	struct tmem_page	*page;		/* pinned */
	struct zcache_get	*get;
	struct zcache_get	copy;		/* asks the remote tier */
	struct bio		bio;		/* last */
};

/* A page of a bio's on its way to the device. */
struct zcache_overflow {
	struct zcache_backing	*backing;
	struct zcache_page	*zpage;		/* pinned once it is submitted */
	struct bio		*parent;
	struct page		*bounce;	/* a copy of the data, NULL: it needs none */
	struct bio		bio;		/* last */
};

static struct zcache_page *to_zpage(struct tmem_page *page)
{
	return container_of(page, struct zcache_page, t);
}

static unsigned long zpage_block(const struct zcache_page *zpage)
{
	return READ_ONCE(zpage->block) >> BACKING_BLOCK_SHIFT;
}

/* The end of a read: the only one.  Any context. */
static void end_read(struct backing_read *read, int err)
{
	struct zcache_backing *backing = read->backing;
	struct zcache_get *get = read->get;

	tmem_page_unpin(read->page, TMEM_REMOTE);
	bio_put(&read->bio);
	get->done(get, err);
	zcache_backing_io_end(backing);
}

/* The device has answered.  Any context. */
static void finish_read(struct backing_read *read, int err)
{
	struct zcache_backing *backing = read->backing;
	struct zcache_page *zpage = to_zpage(read->page);

	trace_zcache_backing_read(read->page->index, zpage_block(zpage), err);
	if (err) {
		zcache_count(backing_read_errors);
		pr_err_ratelimited("%pg: block %lu cannot be read (%d)\n", backing->bdev,
				   zpage_block(zpage), err);
	} else {
		zcache_count(backing_reads);
	}
	end_read(read, err ? -EIO : 0);
}

static void read_ended(struct bio *bio)
{
	finish_read(container_of(bio, struct backing_read, bio),
		    blk_status_to_errno(bio->bi_status));
}

/* Whether the read must wait for the page to be written; it is queued then. */
static bool wait_for_write(struct backing_read *read)
{
	struct zcache_backing *backing = read->backing;
	struct zcache_page *zpage = to_zpage(read->page);
	unsigned long flags;
	bool wait;

	if (!(READ_ONCE(zpage->block) & BACKING_WRITING))
		return false;
	spin_lock_irqsave(&backing->lock, flags);
	wait = zpage->block & BACKING_WRITING;
	if (wait)
		bio_list_add(&backing->waiting, &read->bio);
	spin_unlock_irqrestore(&backing->lock, flags);
	if (wait)
		zcache_count(backing_read_waits);
	return wait;
}

/* May sleep: in a device's submit_bio(). */
static void submit_read(struct backing_read *read)
{
	/* Pairs with settle(): whoever does not see WRITING sees FAILED, if it did. */
	if (READ_ONCE(to_zpage(read->page)->block) & BACKING_FAILED)
		finish_read(read, -EIO);
	else
		submit_bio(&read->bio);
}

/* There is no copy, or it cannot be had.  May sleep. */
static void read_device(struct backing_read *read)
{
	if (!wait_for_write(read))
		submit_read(read);
}

/* The remote tier has answered.  Any context. */
static void copy_came(struct zcache_get *get, int err)
{
	struct backing_read *read = container_of(get, struct backing_read, copy);
	struct zcache_backing *backing = read->backing;
	unsigned long flags;

	trace_zcache_clean_copy_read(read->page->index, zpage_block(to_zpage(read->page)), err);
	if (!err) {
		zcache_count(clean_copy_remote_hits);
		end_read(read, 0);
		return;
	}
	zcache_count(clean_copy_misses);
	spin_lock_irqsave(&backing->lock, flags);
	bio_list_add(&backing->ready, &read->bio);
	/* Locked: later the read may have ended, and the device be gone. */
	queue_work(backing->resume_wq, &backing->resume);
	spin_unlock_irqrestore(&backing->lock, flags);
}

/* Whether a clean copy answers the read, or the remote tier that has it will. */
static bool read_copy(struct backing_read *read)
{
	struct zcache_page *zpage = to_zpage(read->page);
	struct tmem_page *copy;

	switch (zcache_copy_find(read->backing, zpage, &copy)) {
	case TMEM_LOCAL:
		if (!zcache_copy_read(read->backing, zpage, copy, read->get->page))
			break;
		end_read(read, 0);
		return true;
	case TMEM_REMOTE:
		read->copy.page = read->get->page;
		read->copy.done = copy_came;
		zcache_remote_get(copy, &read->copy);
		return true;
	default:
		break;
	}
	if (READ_ONCE(zpage->block) & BACKING_COPIED)
		zcache_count(clean_copy_misses);
	return false;
}

/**
 * zcache_backing_get() - read a page from where it is backed
 * @page:	a backed page, pinned; unpinned when it is read
 * @get:	see struct zcache_get
 *
 * Context: may sleep.  In submit_bio() it may wait for other reads to end, but is to be
 * called once only.
 */
void zcache_backing_get(struct tmem_page *page, struct zcache_get *get)
{
	struct zcache_backing *backing = zcache_backing_of(page);
	struct backing_read *read;
	struct bio *bio;

	zcache_backing_io_start(backing);
	bio = bio_alloc_bioset(backing->bdev, 1, REQ_OP_READ, GFP_NOIO, &backing->reads);
	read = container_of(bio, struct backing_read, bio);
	read->backing = backing;
	read->page = page;
	read->get = get;
	bio->bi_iter.bi_sector = zcache_block_sector(zpage_block(to_zpage(page)));
	bio->bi_end_io = read_ended;
	__bio_add_page(bio, get->page, PAGE_SIZE, 0);
	if (!read_copy(read))
		read_device(read);
}

static void resume_reads(struct work_struct *work)
{
	struct zcache_backing *backing = container_of(work, struct zcache_backing, resume);
	struct bio *bio;

	for (;;) {
		spin_lock_irq(&backing->lock);
		bio = bio_list_pop(&backing->ready);
		spin_unlock_irq(&backing->lock);
		if (!bio)
			return;
		read_device(container_of(bio, struct backing_read, bio));
	}
}

/* The write of a page has ended: those who wait for it go on. */
static void settle(struct zcache_backing *backing, struct zcache_page *zpage, bool failed)
{
	struct bio_list others = BIO_EMPTY_LIST;
	unsigned long flags;
	struct bio *bio;
	bool some;

	spin_lock_irqsave(&backing->lock, flags);
	WRITE_ONCE(zpage->block, (zpage->block & ~BACKING_WRITING) |
				 (failed ? BACKING_FAILED : 0));
	while ((bio = bio_list_pop(&backing->waiting))) {
		struct backing_read *read = container_of(bio, struct backing_read, bio);

		bio_list_add(read->page == &zpage->t ? &backing->ready : &others, bio);
	}
	bio_list_merge(&backing->waiting, &others);
	some = !bio_list_empty(&backing->ready);
	spin_unlock_irqrestore(&backing->lock, flags);
	if (some)
		queue_work(backing->resume_wq, &backing->resume);
}

static void overflow_free(struct zcache_overflow *over)
{
	if (over->bounce)
		mempool_free(over->bounce, over->backing->pages);
	bio_put(&over->bio);
}

/* Any context. */
static void overflow_ended(struct bio *bio)
{
	struct zcache_overflow *over = container_of(bio, struct zcache_overflow, bio);
	struct zcache_backing *backing = over->backing;
	struct zcache_page *zpage = over->zpage;
	struct bio *parent = over->parent;
	blk_status_t status = bio->bi_status;
	int err = blk_status_to_errno(status);

	trace_zcache_backing_write(zpage->t.index, zpage_block(zpage), err);
	if (err) {
		zcache_count(backing_write_errors);
		pr_err_ratelimited("%pg: block %lu cannot be written (%d)\n", backing->bdev,
				   zpage_block(zpage), err);
		tmem_remove(&zpage->t, TMEM_REMOTE);
	} else {
		zcache_count(backing_writes);
	}
	settle(backing, zpage, err);
	tmem_page_unpin(&zpage->t, TMEM_REMOTE);
	overflow_free(over);
	if (status && !parent->bi_status)
		parent->bi_status = status;
	bio_endio(parent);
	zcache_backing_io_end(backing);
}

/**
 * zcache_overflow_alloc() - prepare to write a page to the backing device
 * @pool:	where the page belongs, with a backing device
 * @parent:	the bio that waits for it
 *
 * zcache_overflow_submit() must follow.
 *
 * Context: may sleep, not in submit_bio().  Waits at most for other writes to end.
 * Return: what to give to it; -ENOSPC: the device is full; -EAGAIN, -ENOMEM: no memory
 * for a descriptor.
 */
struct zcache_overflow *zcache_overflow_alloc(struct zcache_pool *pool, struct bio *parent)
{
	struct zcache_backing *backing = pool->backing;
	struct zcache_overflow *over;
	struct zcache_page *zpage;
	unsigned long block;
	struct bio *bio;

	if (!zcache_block_alloc(backing, &block))
		return ERR_PTR(-ENOSPC);
	zpage = zcache_page_alloc(ZBUD_PERSISTENT);
	if (!zpage) {
		zcache_block_free(backing, block);
		return ERR_PTR(zcache_room_coming() ? -EAGAIN : -ENOMEM);
	}
	zpage->block = block << BACKING_BLOCK_SHIFT | BACKING_WRITING;
	bio = bio_alloc_bioset(backing->bdev, 1, REQ_OP_WRITE | REQ_SYNC | REQ_IDLE, GFP_NOIO,
			       &backing->overflows);
	over = container_of(bio, struct zcache_overflow, bio);
	over->backing = backing;
	over->zpage = zpage;
	over->parent = parent;
	over->bounce = NULL;
	bio->bi_iter.bi_sector = zcache_block_sector(block);
	bio->bi_end_io = overflow_ended;
	return over;
}

/**
 * zcache_overflow_bounce() - a page for data that does not lie in one page
 * @over: see zcache_overflow_alloc()
 *
 * Context: may sleep, not in submit_bio().
 * Return: the page; it belongs to @over.
 */
struct page *zcache_overflow_bounce(struct zcache_overflow *over)
{
	over->bounce = mempool_alloc(over->backing->pages, GFP_NOIO);
	return over->bounce;
}

/**
 * zcache_overflow_submit() - write a page to the backing device
 * @over:	see zcache_overflow_alloc(); gone afterwards
 * @pool:	as there
 * @oid:	object
 * @index:	page number in the object; nothing is stored under it
 * @page:	the data, the parent's or zcache_overflow_bounce()
 *
 * On success the parent bio has one more to wait for, and gets its error.
 *
 * Context: may sleep, not in submit_bio().
 * Return: 0: under way; -EBUSY (frozen), -ENOMEM: nothing is stored.
 */
int zcache_overflow_submit(struct zcache_overflow *over, struct zcache_pool *pool,
			   const struct tmem_oid *oid, u32 index, struct page *page)
{
	struct zcache_page *zpage = over->zpage;
	int err;

	__bio_add_page(&over->bio, page, PAGE_SIZE, 0);
	zcache_copy_page(over->backing, zpage, index, page);
	/* Counted first: it may be released again before we return. */
	zcache_count_add(backing_pages, 1);
	err = tmem_put_remote(pool->tmem, oid, index, &zpage->t, ZCACHE_HOST_BACKED);
	if (err) {
		zcache_count_add(backing_pages, -1);
		zcache_block_release(over->backing, zpage);
		zcache_page_free(zpage);
		overflow_free(over);
		return err;
	}
	zcache_backing_io_start(over->backing);
	bio_inc_remaining(over->parent);
	submit_bio(&over->bio);
	return 0;
}

static int init_biosets(struct zcache_backing *backing)
{
	int err;

	err = bioset_init(&backing->reads, BIO_POOL_SIZE, offsetof(struct backing_read, bio),
			  BIOSET_NEED_BVECS);
	if (err)
		return err;
	err = bioset_init(&backing->overflows, BACKING_PAGES_MIN,
			  offsetof(struct zcache_overflow, bio), BIOSET_NEED_BVECS);
	if (err)
		goto out_reads;
	err = zcache_writeback_init(backing);
	if (err)
		goto out_overflows;
	return 0;

out_overflows:
	bioset_exit(&backing->overflows);
out_reads:
	bioset_exit(&backing->reads);
	return err;
}

int zcache_backing_io_init(struct zcache_backing *backing)
{
	int err;

	spin_lock_init(&backing->lock);
	init_waitqueue_head(&backing->idle);
	INIT_WORK(&backing->resume, resume_reads);
	/* One work, on its own rescuer when no memory is left for a worker. */
	backing->resume_wq = alloc_workqueue("zcache-resume",
					     WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 1);
	if (!backing->resume_wq)
		return -ENOMEM;
	backing->pages = mempool_create_page_pool(BACKING_PAGES_MIN, 0);
	if (!backing->pages) {
		err = -ENOMEM;
		goto out_wq;
	}
	err = init_biosets(backing);
	if (err)
		goto out_pages;
	return 0;

out_pages:
	mempool_destroy(backing->pages);
out_wq:
	destroy_workqueue(backing->resume_wq);
	return err;
}

void zcache_backing_io_exit(struct zcache_backing *backing)
{
	spin_lock_irq(&backing->lock);
	wait_event_lock_irq(backing->idle, !atomic_read(&backing->in_flight), backing->lock);
	spin_unlock_irq(&backing->lock);
	/* The work has found nothing more, but may not have returned. */
	destroy_workqueue(backing->resume_wq);
	bioset_exit(&backing->writebacks);
	bioset_exit(&backing->overflows);
	bioset_exit(&backing->reads);
	mempool_destroy(backing->pages);
}
