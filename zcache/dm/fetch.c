// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hits on another machine: a worker asks for all pages of the bio, and the last one to
 * come has a worker end it.  If any does not come, for whatever reason, that is a miss: the
 * whole bio is read from the disk.
 */
#include "internal.h"

#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/slab.h>

/* Pages fetched at once for one bio. */
#define FETCH_MAX	32

/**
 * struct fetch - a bio whose pages are with the remote tier
 * @victim:	the target
 * @bio:	the bio
 * @ask:	asks for the pages
 * @end:	ends the bio, or sends it to the disk
 * @pending:	pages that have not come, plus one while more are asked for
 * @failed:	one will not come
 * @fetching:	see struct page_fetch
 */
struct fetch {
	struct victim		*victim;
	struct bio		*bio;
	struct work_struct	ask;
	struct work_struct	end;
	atomic_t		pending;
	bool			failed;
	struct page_fetch {
		struct zcache_get	get;
		struct fetch		*fetch;
	} fetching[];
};

/* Any context. */
static void fetch_put(struct fetch *fetch)
{
	if (atomic_dec_and_test(&fetch->pending))
		queue_work(main_io_wq, &fetch->end);
}

static void page_came(struct zcache_get *get, int err)
{
	struct page_fetch *pf = container_of(get, struct page_fetch, get);

	if (err)
		WRITE_ONCE(pf->fetch->failed, true);
	else
		flush_dcache_page(get->page);
	fetch_put(pf->fetch);
}

static void ask(struct work_struct *work)
{
	struct fetch *fetch = container_of(work, struct fetch, ask);
	struct bvec_iter iter = victim_bio(fetch->bio)->iter;
	struct page_fetch *pf = fetch->fetching;

	for (; iter.bi_size; bio_advance_iter(fetch->bio, &iter, PAGE_SIZE), pf++) {
		struct tmem_oid oid = block_object(iter_block(&iter));

		pf->fetch = fetch;
		pf->get.page = identify_whole_page(fetch->bio, &iter);
		pf->get.done = page_came;
		atomic_inc(&fetch->pending);
		zcache_get_async(fetch->victim->pool, &oid, block_index(iter_block(&iter)),
				 &pf->get);
	}
	fetch_put(fetch);
}

static void end(struct work_struct *work)
{
	struct fetch *fetch = container_of(work, struct fetch, end);
	struct victim *v = fetch->victim;
	struct bio *bio = fetch->bio;
	struct victim_bio *vb = victim_bio(bio);
	u64 count = vb->iter.bi_size >> PAGE_SHIFT;
	bool failed = fetch->failed;

	kfree(fetch);
	if (!failed) {
		victim_count_add(v, remote_hits, count);
		read_served(v, bio);
		return;
	}
	victim_count_add(v, remote_lost, count);
	victim_count_add(v, misses, count);
	vb->state = VICTIM_MISS;
	vb->sum = generation_sum(&v->gens, iter_block(&vb->iter), count);
	submit_bio_noacct(bio);
}

/**
 * fetch_start() - fetch the first pages of a bio from the remote tier
 * @v:		the target
 * @bio:	a plain read
 * @run:	how many of its first blocks are there
 *
 * Context: any in which a bio is mapped.
 * Return: false: no memory; the bio is as it was.
 */
bool fetch_start(struct victim *v, struct bio *bio, u64 run)
{
	struct victim_bio *vb = victim_bio(bio);
	struct fetch *fetch;

	run = min_t(u64, run, FETCH_MAX);
	fetch = kzalloc(struct_size(fetch, fetching, run),
			GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC);
	if (!fetch)
		return false;
	fetch->victim = v;
	fetch->bio = bio;
	atomic_set(&fetch->pending, 1);
	INIT_WORK(&fetch->ask, ask);
	INIT_WORK(&fetch->end, end);
	read_cut(v, bio, run);
	vb->sum = generation_sum(&v->gens, iter_block(&vb->iter), run);
	queue_work(main_io_wq, &fetch->ask);
	return true;
}
