// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes, discards, zeroing: the generation is raised first and the pages dropped second,
 * when the bio is submitted and again when it has ended.
 *
 * After the first time nothing older can be stored and nothing is held.  What is read while
 * the write is under way may be either version: it is not recorded.  The second time is
 * before the writer hears that he is done.
 */
#include "internal.h"
#include "trace.h"

#include <linux/preempt.h>

/* Longer ranges end in a worker: a drop takes its time, an interrupt must not. */
#define RANGE_MAX	4096

struct blocks {
	u64	first;
	u64	count;
};

/* The blocks that a bio touches, be it in part. */
static struct blocks range_of(const struct bvec_iter *iter)
{
	u64 end = iter->bi_sector + (iter->bi_size >> SECTOR_SHIFT);
	u64 first = iter_block(iter);

	return (struct blocks){ first, DIV_ROUND_UP_ULL(end, PAGE_SECTORS) - first };
}

static void drop(struct victim *v, struct blocks range)
{
	unsigned long dropped = victim_flush_range(v, range.first, range.count);

	if (dropped)
		victim_count_add(v, drop_write, dropped);
}

static bool carries_pages(const struct bio *bio, const struct bvec_iter *iter)
{
	return bio_op(bio) == REQ_OP_WRITE && identify_aligned(iter);
}

/**
 * write_map() - a bio that changes blocks
 * @v:		the target
 * @bio:	not empty
 *
 * Context: may sleep.
 */
void write_map(struct victim *v, struct bio *bio)
{
	struct victim_bio *vb = victim_bio(bio);
	struct blocks range = range_of(&vb->iter);

	vb->state = VICTIM_WRITE;
	generation_begin(&v->gens, range.first, range.count);
	drop(v, range);
	if (victim_may_record(v, bio) && carries_pages(bio, &vb->iter))
		identify_write(v, bio, vb);
	trace_dm_zcache_write(range.first, range.count);
}

static void finish(struct victim *v, struct bio *bio, blk_status_t error)
{
	struct victim_bio *vb = victim_bio(bio);
	struct blocks range = range_of(&vb->iter);

	vb->state = VICTIM_DONE;
	if (carries_pages(bio, &vb->iter))
		identify_written(v, bio, vb, !error);
	generation_end(&v->gens, range.first, range.count);
	drop(v, range);
}

static void finish_work(struct work_struct *work)
{
	struct victim_bio *vb = container_of(work, struct victim_bio, work);
	struct bio *bio = dm_bio_from_per_bio_data(vb, sizeof(*vb));

	finish(vb->victim, bio, bio->bi_status);
	bio_endio(bio);
}

/**
 * write_end() - the same bio has ended
 * @v:		the target
 * @bio:	the bio
 * @error:	how it has ended
 *
 * Context: any.
 * Return: DM_ENDIO_DONE; DM_ENDIO_INCOMPLETE: a worker goes on.
 */
int write_end(struct victim *v, struct bio *bio, blk_status_t error)
{
	struct victim_bio *vb = victim_bio(bio);

	if (range_of(&vb->iter).count > RANGE_MAX && !in_task()) {
		INIT_WORK(&vb->work, finish_work);
		queue_work(main_io_wq, &vb->work);
		return DM_ENDIO_INCOMPLETE;
	}
	finish(v, bio, error);
	return DM_ENDIO_DONE;
}
