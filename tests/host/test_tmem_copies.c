// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clean copies as zcache/copies.c has them: the release of a page on a disk flushes the copy
 * of its block in another pool, then frees the block.  With few blocks, which change hands as
 * fast as they can, in threads: who has a backed page pinned and finds a copy of its block
 * finds that very version.
 */
#include "test.h"

#include "mod_tmem.h"

#define THREADS	4
#define PAGES	4
#define BLOCKS	7
#define DESCS	24
#define NOWHERE	(-1)

struct cdesc {
	struct tmem_page	page;
	u64			id;		/* what the page contains */
	int			block;		/* NOWHERE: the page is here */
	bool			copied;
	struct cdesc		*next;
};

/* Type-stable memory, one for each pool, handed out last in, first out. */
static struct stock {
	pthread_mutex_t	mutex;
	struct cdesc	*first;
	struct cdesc	all[DESCS];
} stocks[2];

static const struct tmem_oid oid = { { 1, 2, 3 } };
static struct tmem_client *client;
static struct tmem_pool *pages, *copies;
static u64 disk[BLOCKS];
static int taken[BLOCKS];	/* atomic */
static u64 ids, hits, misses, copies_released;	/* atomic */

static struct cdesc *to_cdesc(struct tmem_page *page)
{
	return container_of(page, struct cdesc, page);
}

static struct cdesc *take_desc(bool copy, u64 id, int block)
{
	struct cdesc *d;

	pthread_mutex_lock(&stocks[copy].mutex);
	d = stocks[copy].first;
	if (d)
		stocks[copy].first = d->next;
	pthread_mutex_unlock(&stocks[copy].mutex);
	if (d) {
		d->id = id;
		d->block = block;
		d->copied = false;
	}
	return d;
}

static void drop_desc(bool copy, struct cdesc *d)
{
	d->id = 0;
	pthread_mutex_lock(&stocks[copy].mutex);
	d->next = stocks[copy].first;
	stocks[copy].first = d;
	pthread_mutex_unlock(&stocks[copy].mutex);
}

static int take_block(void)
{
	int block, free;

	for (block = 0; block < BLOCKS; block++) {
		free = 0;
		if (__atomic_compare_exchange_n(&taken[block], &free, 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return block;
	}
	return NOWHERE;
}

static void release_block(const struct cdesc *d)
{
	if (d->copied)
		tmem_flush_page(copies, &oid, d->block);
	/* A plain store: who still reads it races with it. */
	disk[d->block] = 0;
	__atomic_store_n(&taken[d->block], 0, __ATOMIC_RELEASE);
}

static void page_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	struct cdesc *d = to_cdesc(page);

	if (d->block != NOWHERE)
		release_block(d);
	drop_desc(false, d);
}

static void copy_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	__atomic_add_fetch(&copies_released, 1, __ATOMIC_RELAXED);
	drop_desc(true, to_cdesc(page));
}

static const struct tmem_ops page_ops = { .release = page_release };
static const struct tmem_ops copy_ops = { .release = copy_release };

static void start_pools(void)
{
	unsigned int i, copy;

	for (copy = 0; copy < 2; copy++) {
		pthread_mutex_init(&stocks[copy].mutex, NULL);
		stocks[copy].first = NULL;
		for (i = 0; i < DESCS; i++) {
			struct cdesc *d = &stocks[copy].all[i];

			memset(d, 0, sizeof(*d));
			tmem_page_init_once(&d->page);
			d->next = stocks[copy].first;
			stocks[copy].first = d;
		}
	}
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	pages = tmem_pool_create(client, TMEM_POOL_PERSISTENT, &page_ops, NULL);
	copies = tmem_pool_create(client, 0, &copy_ops, NULL);
	CHECK(!IS_ERR(pages) && !IS_ERR(copies));
}

/* The pages first, as zcache does: that flushes their copies. */
static void stop_pools(void)
{
	unsigned int block, copy, count;
	struct cdesc *d;

	tmem_pool_destroy(pages);
	CHECK_EQ(shim_stat("tmem", "page_count"), 0);
	tmem_pool_destroy(copies);
	tmem_client_destroy(client);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
	for (block = 0; block < BLOCKS; block++)
		CHECK_EQ(taken[block], 0);
	for (copy = 0; copy < 2; copy++) {
		for (count = 0, d = stocks[copy].first; d; d = d->next)
			count++;
		CHECK_EQ(count, DESCS);
	}
}

static void put_page(u32 index)
{
	struct cdesc *d = take_desc(false, __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED), NOWHERE);

	if (d)
		CHECK_EQ(tmem_put(pages, &oid, index, &d->page, 0), 0);
}

/* As write-back: what the page will be there, the copy, the write, the exchange. */
static void write_back(u32 index)
{
	struct cdesc *from, *to, *copy;
	struct tmem_page *page = NULL;
	u64 version;
	int block;

	if (tmem_get(pages, &oid, index, &page) == TMEM_NOWHERE)
		return;
	from = to_cdesc(page);
	block = from->block == NOWHERE ? take_block() : NOWHERE;
	if (block == NOWHERE)
		goto out_unpin;
	version = tmem_page_version(page);
	to = take_desc(false, from->id, block);
	if (!to) {
		__atomic_store_n(&taken[block], 0, __ATOMIC_RELEASE);
		goto out_unpin;
	}
	copy = take_desc(true, from->id, block);
	if (copy) {
		CHECK_EQ(tmem_put(copies, &oid, block, &copy->page, 0), 0);
		to->copied = true;
	}
	shim_chaos();
	disk[block] = from->id;
	if (tmem_replace(page, TMEM_LOCAL, version, &to->page, TMEM_LOCAL, 0)) {
		release_block(to);
		drop_desc(false, to);
	}
out_unpin:
	tmem_page_unpin(page, TMEM_LOCAL);
}

static void read_page(u32 index)
{
	struct tmem_page *page = NULL, *copy = NULL;
	struct cdesc *d;

	if (tmem_get(pages, &oid, index, &page) == TMEM_NOWHERE)
		return;
	d = to_cdesc(page);
	CHECK(d->id);
	if (d->block != NOWHERE && d->copied &&
	    tmem_get(copies, &oid, d->block, &copy) == TMEM_LOCAL) {
		shim_chaos();
		CHECK_EQ(to_cdesc(copy)->id, d->id);
		tmem_page_unpin(copy, TMEM_LOCAL);
		__atomic_add_fetch(&hits, 1, __ATOMIC_RELAXED);
	} else if (d->block != NOWHERE) {
		shim_chaos();
		CHECK_EQ(disk[d->block], d->id);
		__atomic_add_fetch(&misses, 1, __ATOMIC_RELAXED);
	}
	tmem_page_unpin(page, TMEM_LOCAL);
}

static void evict_copy(u32 block)
{
	struct tmem_page *copy = NULL;

	if (tmem_get(copies, &oid, block, &copy) != TMEM_LOCAL)
		return;
	shim_chaos();
	tmem_remove(copy, TMEM_LOCAL);
	tmem_page_unpin(copy, TMEM_LOCAL);
}

static void *work(void *arg)
{
	unsigned int i, steps = test_effort(100000);
	struct rng rng;

	rng_init(&rng, 300 + (unsigned int)(long)arg);
	for (i = 0; i < steps; i++) {
		unsigned int index = rng_below(&rng, PAGES), dice = rng_below(&rng, 100);

		if (dice < 20)
			put_page(index);
		else if (dice < 50)
			write_back(index);
		else if (dice < 85)
			read_page(index);
		else if (dice < 92)
			tmem_flush_page(pages, &oid, index);
		else
			evict_copy(rng_below(&rng, BLOCKS));
	}
	return NULL;
}

static void a_copy_is_of_that_version(void)
{
	pthread_t threads[THREADS];
	unsigned int i;

	start_pools();
	WRITE_ONCE(shim_chaos_on, true);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(long)i);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	WRITE_ONCE(shim_chaos_on, false);
	printf("# %llu reads found a copy, %llu read the disk, %lld pages were stale\n",
	       (unsigned long long)hits, (unsigned long long)misses,
	       shim_stat("tmem", "replace_stale"));
	/* It was a test only if all of this has happened. */
	CHECK(hits && misses);
	CHECK(shim_stat("tmem", "replace_stale") > 0);
	stop_pools();
}

/* As the slot-free notification comes: a foreign lock held, interrupts off, no memory. */
static void a_release_flushes_in_any_context(void)
{
	struct tmem_page *page = NULL;
	unsigned long flags;
	spinlock_t foreign;
	u32 index;

	start_pools();
	spin_lock_init(&foreign);
	for (index = 0; index < 3; index++) {
		put_page(index);
		write_back(index);
	}
	CHECK_EQ(shim_stat("tmem", "page_count"), 6);
	/* A page that is pinned keeps its block, and so its copy. */
	CHECK_EQ(tmem_get(pages, &oid, 2, &page), TMEM_LOCAL);
	shim_fail_at(-1);
	spin_lock_irqsave(&foreign, flags);
	CHECK(tmem_flush_page(pages, &oid, 0));
	CHECK_EQ(copies_released, 1);
	CHECK_EQ(tmem_flush_object(pages, &oid), 2);
	CHECK_EQ(copies_released, 2);
	tmem_page_unpin(page, TMEM_LOCAL);
	CHECK_EQ(copies_released, 3);
	spin_unlock_irqrestore(&foreign, flags);
	CHECK(!shim_failed());
	shim_fail_at(0);
	stop_pools();
}

int main(void)
{
	test_plan(2);
	RUN(a_release_flushes_in_any_context);
	RUN(a_copy_is_of_that_version);
	return test_end();
}
