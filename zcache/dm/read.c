// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads: a run of blocks that are held ends here, all else goes to the disk.
 *
 * A bio is cut where held and missing blocks meet; device-mapper brings the rest again.  A hit
 * takes the page out of the store, because it goes to the page cache.  Who reads directly
 * gets a copy.
 */
#include "internal.h"
#include "trace.h"

#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/preempt.h>

/* More pages than these are not hashed in an interrupt. */
#define HASH_MAX	32

/* With verify=1, one of so many served bios is read from the disk. */
#define VERIFY_HITS	16

static u64 count_of(const struct bvec_iter *iter)
{
	return iter->bi_size >> PAGE_SHIFT;
}

/* Where the block at @iter is: 0 here, -EREMOTE, -ENOENT: to be read from the disk. */
static int where_is(struct victim *v, struct bio *bio, const struct bvec_iter *iter)
{
	struct tmem_oid oid = block_object(iter_block(iter));
	struct page *page = identify_whole_page(bio, iter);
	int where;

	if (!page)
		return -ENOENT;
	where = zcache_look(v->pool, &oid, block_index(iter_block(iter)));
	/* What is fetched from elsewhere leaves the store. */
	if (where == -EREMOTE && !identify_page_cache(page))
		return -ENOENT;
	return where;
}

/* How many blocks from the first on are where that one is. */
static u64 run_length(struct victim *v, struct bio *bio, int where)
{
	struct bvec_iter iter = bio->bi_iter;
	u64 run = 0;

	do {
		run++;
		bio_advance_iter(bio, &iter, PAGE_SIZE);
	} while (iter.bi_size && where_is(v, bio, &iter) == where);
	return run;
}

/**
 * read_cut() - take only so many blocks of a bio; the rest comes again
 * @v:		the target
 * @bio:	a plain read
 * @run:	how many
 */
void read_cut(struct victim *v, struct bio *bio, u64 run)
{
	if (run < count_of(&bio->bi_iter)) {
		dm_accept_partial_bio(bio, run << (PAGE_SHIFT - SECTOR_SHIFT));
		victim_count(v, partial);
	}
	victim_bio(bio)->iter = bio->bi_iter;
}

static int get_block(struct victim *v, u64 block, struct page *page, bool take)
{
	struct tmem_oid oid = block_object(block);

	return take ? zcache_get(v->pool, &oid, block_index(block), page) :
		      zcache_peek(v->pool, &oid, block_index(block), page);
}

/* Fill up to @run pages; returns how many: others may have been evicted meanwhile. */
static u64 get_blocks(struct victim *v, struct bio *bio, u64 run)
{
	struct bvec_iter iter = bio->bi_iter;
	u64 got, generation, sum = 0;

	for (got = 0; got < run; got++) {
		struct page *page = identify_whole_page(bio, &iter);

		generation = generation_now(&v->gens, iter_block(&iter));
		/* Sampled before: pairs with who raises it and then flushes. */
		smp_mb();
		if (get_block(v, iter_block(&iter), page, identify_page_cache(page)))
			break;
		flush_dcache_page(page);
		sum += generation;
		bio_advance_iter(bio, &iter, PAGE_SIZE);
	}
	victim_bio(bio)->sum = sum;
	return got;
}

/**
 * read_served() - all pages of a bio were filled without its disk
 * @v:		the target
 * @bio:	ended here
 *
 * Context: any.
 */
void read_served(struct victim *v, struct bio *bio)
{
	struct victim_bio *vb = victim_bio(bio);
	u64 count = count_of(&vb->iter);

	vb->state = VICTIM_DONE;
	vb->flags = RECORD_HOLE;
	identify_read(v, bio, vb);
	victim_count_add(v, hits, count);
	victim_count(v, read_ios_saved);
	trace_dm_zcache_hit(iter_block(&vb->iter), count);
	bio->bi_status = BLK_STS_OK;
	bio_endio(bio);
}

/* Every now and then a hit is taken out, to be compared with what the disk gives. */
static bool check_instead(struct victim *v, struct bio *bio)
{
	struct victim_bio *vb = victim_bio(bio);
	u64 block = iter_block(&bio->bi_iter);
	struct page *held;

	if (!READ_ONCE(v->verify) || atomic_inc_return(&v->hit_runs) % VERIFY_HITS)
		return false;
	vb->sum = generation_sum(&v->gens, block, 1);
	/* As in get_blocks(). */
	smp_mb();
	held = alloc_page(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
	if (!held || get_block(v, block, held, true)) {
		if (held)
			__free_page(held);
		victim_count(v, verify_skipped);
		return false;
	}
	vb->held = held;
	vb->state = VICTIM_CHECK;
	return true;
}

/* Serve a run that was here a moment ago. */
static bool serve(struct victim *v, struct bio *bio, u64 run)
{
	u64 got = get_blocks(v, bio, run);

	if (!got)
		return false;
	read_cut(v, bio, got);
	read_served(v, bio);
	return true;
}

static void go_to_disk(struct victim *v, struct bio *bio, u64 run)
{
	struct victim_bio *vb = victim_bio(bio);

	read_cut(v, bio, run);
	if (vb->state != VICTIM_CHECK) {
		vb->state = VICTIM_MISS;
		/* What is written from here on is not what this reads. */
		vb->sum = generation_sum(&v->gens, iter_block(&vb->iter), count_of(&vb->iter));
	}
	victim_count_add(v, misses, count_of(&vb->iter));
	trace_dm_zcache_miss(iter_block(&vb->iter), count_of(&vb->iter));
}

/**
 * read_map() - a read
 * @v:		the target
 * @bio:	the bio
 *
 * Context: may sleep; waits for no I/O.
 * Return: DM_MAPIO_SUBMITTED: it is ended, or will be; DM_MAPIO_REMAPPED: to the disk.
 */
int read_map(struct victim *v, struct bio *bio)
{
	u64 run = count_of(&bio->bi_iter);
	int where = -ENOENT;

	if (!victim_may_record(v, bio) || !identify_aligned(&bio->bi_iter))
		return DM_MAPIO_REMAPPED;
	if (victim_held(v)) {
		where = where_is(v, bio, &bio->bi_iter);
		run = run_length(v, bio, where);
	}
	if (where == -EREMOTE && fetch_start(v, bio, run))
		return DM_MAPIO_SUBMITTED;
	if (!where && !check_instead(v, bio) && serve(v, bio, run))
		return DM_MAPIO_SUBMITTED;
	/* It has gone meanwhile, or is to be checked; of the others nothing is known. */
	if (where != -ENOENT)
		run = 1;
	go_to_disk(v, bio, run);
	return DM_MAPIO_REMAPPED;
}

/* Compare what was held with what has come from the disk. */
static void check_held(struct victim *v, struct bio *bio, bool ok)
{
	struct victim_bio *vb = victim_bio(bio);
	struct bvec_iter iter = vb->iter;
	u64 block = iter_block(&iter);

	if (ok && generation_sum(&v->gens, block, 1) == vb->sum)
		verify_pages(v, block, vb->held, identify_whole_page(bio, &iter), "held");
	else
		victim_count(v, verify_skipped);
	__free_page(vb->held);
	vb->held = NULL;
}

static void finish(struct victim *v, struct bio *bio, blk_status_t error)
{
	struct victim_bio *vb = victim_bio(bio);

	if (vb->state == VICTIM_CHECK)
		check_held(v, bio, !error);
	vb->state = VICTIM_DONE;
	if (!error)
		identify_read(v, bio, vb);
}

static void finish_work(struct work_struct *work)
{
	struct victim_bio *vb = container_of(work, struct victim_bio, work);
	struct bio *bio = dm_bio_from_per_bio_data(vb, sizeof(*vb));

	finish(vb->victim, bio, bio->bi_status);
	bio_endio(bio);
}

/**
 * read_end() - a read from the disk has ended
 * @v:		the target
 * @bio:	the bio
 * @error:	how it has ended
 *
 * Context: any.
 * Return: DM_ENDIO_DONE; DM_ENDIO_INCOMPLETE: a worker goes on.
 */
int read_end(struct victim *v, struct bio *bio, blk_status_t error)
{
	struct victim_bio *vb = victim_bio(bio);

	if (!error && count_of(&vb->iter) > HASH_MAX && !in_task()) {
		INIT_WORK(&vb->work, finish_work);
		queue_work(main_io_wq, &vb->work);
		return DM_ENDIO_INCOMPLETE;
	}
	finish(v, bio, error);
	return DM_ENDIO_DONE;
}
