// SPDX-License-Identifier: GPL-2.0-only
/*
 * tmem under threads: few handles, and fewer descriptors, which change hands as fast
 * as they can.  "Get, move, free and reuse of one slot", for ThreadSanitizer and for
 * what the data themselves say:
 *
 *  - what a get returns belongs to the handle that was asked for;
 *  - its version was current at some time during the get;
 *  - it does not change while it is pinned, and nobody moves it meanwhile.
 */
#include "test.h"

#include "mod_tmem.h"

#define THREADS		5
#define HANDLES		8
#define LOCALS		12
#define REMOTES		5
#define WORDS		6

struct tdesc {
	struct tmem_page	page;
	spinlock_t		lock;		/* placed; as zbud's frame lock for its items */
	bool			placed;
	enum tmem_where		where;		/* immutable */
	unsigned int		handle;
	u64			id;
	unsigned int		side;		/* which half of data is in use */
	u64			data[2][WORDS];
	int			readers;	/* atomic */
	bool			taken;		/* atomic: tmem_take() gave it to somebody */
	struct tdesc		*next;
};

/* Type-stable memory, handed out last in, first out: reused at once. */
static struct {
	pthread_mutex_t	mutex;
	struct tdesc	*first;
	struct tdesc	all[LOCALS];
	unsigned int	count;
} stock[2];

static struct tmem_client *client;
static struct tmem_pool *pool;
static u64 ids;			/* atomic */
static u64 dead_until[HANDLES];	/* atomic: no get may return this version or an older one */
static bool was_put[HANDLES];	/* atomic */

static int kind_of(enum tmem_where where)
{
	return where == TMEM_REMOTE;
}

/* Handles of the first object are never flushed; the second object comes and goes. */
static bool is_kept(unsigned int handle)
{
	return handle < HANDLES / 2;
}

static struct tmem_oid oid_of(unsigned int handle)
{
	return (struct tmem_oid){ { 0, 0, is_kept(handle) } };
}

static u32 index_of(unsigned int handle)
{
	/* The same in both objects. */
	return handle % (HANDLES / 2) * 40;
}

static void fill(u64 *words, unsigned int handle, u64 id)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		words[i] = id * 1000 + handle * 10 + i;
}

static void check_words(const u64 *words, unsigned int handle, u64 id)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		CHECK_EQ(words[i], id * 1000 + handle * 10 + i);
}

static struct tdesc *take_desc(enum tmem_where where, unsigned int handle, u64 id)
{
	int kind = kind_of(where);
	unsigned long flags;
	struct tdesc *d;

	pthread_mutex_lock(&stock[kind].mutex);
	d = stock[kind].first;
	if (d)
		stock[kind].first = d->next;
	pthread_mutex_unlock(&stock[kind].mutex);
	if (!d)
		return NULL;
	CHECK_EQ(atomic_read(&d->page.refs), 0);
	d->handle = handle;
	d->id = id;
	d->taken = false;
	fill(d->data[d->side], handle, id);
	spin_lock_irqsave(&d->lock, flags);
	d->placed = true;
	spin_unlock_irqrestore(&d->lock, flags);
	return d;
}

static void drop_desc(struct tdesc *d)
{
	int kind = kind_of(d->where);
	unsigned long flags;

	spin_lock_irqsave(&d->lock, flags);
	CHECK(d->placed);
	d->placed = false;
	spin_unlock_irqrestore(&d->lock, flags);
	CHECK_EQ(READ_ONCE(d->readers), 0);
	/* Plain stores: who still reads these races with them. */
	memset(d->data, 0xdd, sizeof(d->data));
	d->handle = 0xdead;
	d->id = 0;
	pthread_mutex_lock(&stock[kind].mutex);
	d->next = stock[kind].first;
	stock[kind].first = d;
	pthread_mutex_unlock(&stock[kind].mutex);
}

static void thread_release(struct tmem_pool *p, struct tmem_page *page, enum tmem_where where)
{
	struct tdesc *d = container_of(page, struct tdesc, page);

	CHECK(p == pool);
	CHECK_EQ(d->where, where);
	CHECK_EQ(atomic_read(&page->refs), 0);
	drop_desc(d);
}

static const struct tmem_ops thread_ops = { .release = thread_release };

static u64 versions_so_far(void)
{
	return atomic64_read(&tmem_version);
}

/* Versions up to @version are gone for good: the put or flush has returned. */
static void declare_dead(unsigned int handle, u64 version)
{
	u64 old = __atomic_load_n(&dead_until[handle], __ATOMIC_RELAXED);

	while (old < version &&
	       !__atomic_compare_exchange_n(&dead_until[handle], &old, version, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static void do_put(unsigned int handle)
{
	struct tmem_oid oid = oid_of(handle);
	u64 before;
	struct tdesc *d = take_desc(TMEM_LOCAL, handle,
				    __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED));

	if (!d)
		return;
	before = versions_so_far();
	CHECK_EQ(tmem_put(pool, &oid, index_of(handle), &d->page, handle), 0);
	declare_dead(handle, before);
	__atomic_store_n(&was_put[handle], true, __ATOMIC_RELEASE);
}

static void do_flush(unsigned int handle, unsigned int how)
{
	struct tmem_oid oid = oid_of(handle);
	u64 before = versions_so_far();

	if (how == 0)
		tmem_flush_range(pool, &oid, index_of(handle), index_of(handle));
	else if (how == 1)
		tmem_flush_object(pool, &oid);
	else
		tmem_flush_page(pool, &oid, index_of(handle));
	declare_dead(handle, before);
}

/* What every holder of a pin may count on, for as long as he likes. */
static void check_pinned(struct tdesc *d, unsigned int handle, u64 dead, unsigned int times)
{
	__atomic_add_fetch(&d->readers, 1, __ATOMIC_SEQ_CST);
	while (times--) {
		CHECK_EQ(d->handle, handle);
		CHECK_EQ(tmem_page_host(&d->page), handle);
		CHECK(tmem_page_version(&d->page) > dead);
		check_words(d->data[d->side], handle, d->id);
		shim_chaos();
	}
	__atomic_sub_fetch(&d->readers, 1, __ATOMIC_SEQ_CST);
}

static void do_get(unsigned int handle, struct rng *rng, bool take)
{
	bool must_be = is_kept(handle) && __atomic_load_n(&was_put[handle], __ATOMIC_ACQUIRE);
	u64 dead = __atomic_load_n(&dead_until[handle], __ATOMIC_ACQUIRE);
	struct tmem_oid oid = oid_of(handle);
	struct tmem_page *page = NULL;
	enum tmem_where where;
	struct tdesc *d;

	where = take ? tmem_take(pool, &oid, index_of(handle), &page) :
		       tmem_get(pool, &oid, index_of(handle), &page);
	CHECK(where != TMEM_LOST);
	if (where == TMEM_NOWHERE) {
		CHECK(!must_be);
		return;
	}
	d = container_of(page, struct tdesc, page);
	CHECK_EQ(d->where, where);
	check_pinned(d, handle, dead, 1 + rng_below(rng, 4));
	if (take) {
		CHECK(!__atomic_exchange_n(&d->taken, true, __ATOMIC_RELAXED));
		declare_dead(handle, tmem_page_version(page));
	}
	tmem_page_unpin(page, where);
}

/* Compaction: the bytes go elsewhere while nobody has them. */
static void do_move(struct rng *rng)
{
	int kind = rng_below(rng, 2);
	struct tdesc *d = &stock[kind].all[rng_below(rng, stock[kind].count)];
	unsigned long flags;
	bool frozen;

	spin_lock_irqsave(&d->lock, flags);
	frozen = d->placed && tmem_page_freeze(&d->page);
	if (frozen)
		preempt_disable();
	spin_unlock_irqrestore(&d->lock, flags);
	if (!frozen)
		return;
	CHECK_EQ(__atomic_load_n(&d->readers, __ATOMIC_SEQ_CST), 0);
	memcpy(d->data[!d->side], d->data[d->side], sizeof(d->data[0]));
	shim_chaos();
	memset(d->data[d->side], 0xee, sizeof(d->data[0]));
	d->side = !d->side;
	CHECK_EQ(__atomic_load_n(&d->readers, __ATOMIC_SEQ_CST), 0);
	tmem_page_thaw(&d->page, d->where);
	preempt_enable();
}

/* Eviction, of those that may go. */
static void do_evict(struct rng *rng)
{
	int kind = rng_below(rng, 2);
	struct tdesc *d = &stock[kind].all[rng_below(rng, stock[kind].count)];
	unsigned long flags;
	bool pinned;

	spin_lock_irqsave(&d->lock, flags);
	pinned = d->placed && tmem_page_pin(&d->page);
	spin_unlock_irqrestore(&d->lock, flags);
	if (!pinned)
		return;
	check_pinned(d, d->handle, 0, 1);
	if (!is_kept(d->handle) && tmem_remove(&d->page, d->where))
		declare_dead(d->handle, tmem_page_version(&d->page));
	tmem_page_unpin(&d->page, d->where);
}

/* Remotify or fetch: another descriptor of the same version in place of this one. */
static void do_replace(unsigned int handle)
{
	struct tmem_oid oid = oid_of(handle);
	struct tmem_page *page = NULL;
	struct tdesc *from, *to;
	enum tmem_where where;

	if (tmem_get(pool, &oid, index_of(handle), &page) == TMEM_NOWHERE)
		return;
	from = container_of(page, struct tdesc, page);
	where = from->where == TMEM_LOCAL ? TMEM_REMOTE : TMEM_LOCAL;
	to = take_desc(where, handle, from->id);
	if (to && tmem_replace(page, from->where, tmem_page_version(page), &to->page, where,
			       handle))
		drop_desc(to);
	tmem_page_unpin(page, from->where);
}

static void *mixed_work(void *arg)
{
	unsigned int i, steps = test_effort(200000);
	struct rng rng;

	rng_init(&rng, 100 + (unsigned int)(long)arg);
	for (i = 0; i < steps; i++) {
		unsigned int handle = rng_below(&rng, HANDLES), dice = rng_below(&rng, 100);

		if (dice < 25)
			do_put(handle);
		else if (dice < 60)
			do_get(handle, &rng, !is_kept(handle) && dice < 33);
		else if (dice < 75)
			do_move(&rng);
		else if (dice < 85)
			do_replace(handle);
		else if (dice < 92)
			do_evict(&rng);
		else if (!is_kept(handle))
			do_flush(handle, dice - 92);
	}
	return NULL;
}

static void start_pool(void)
{
	int kind;
	unsigned int i;

	for (kind = 0; kind < 2; kind++) {
		pthread_mutex_init(&stock[kind].mutex, NULL);
		stock[kind].count = kind ? REMOTES : LOCALS;
		stock[kind].first = NULL;
		for (i = 0; i < stock[kind].count; i++) {
			struct tdesc *d = &stock[kind].all[i];

			memset(d, 0, sizeof(*d));
			tmem_page_init_once(&d->page);
			spin_lock_init(&d->lock);
			d->where = kind ? TMEM_REMOTE : TMEM_LOCAL;
			d->next = stock[kind].first;
			stock[kind].first = d;
		}
	}
	memset(was_put, 0, sizeof(was_put));
	pool = tmem_pool_create(client, 0, &thread_ops, NULL);
	CHECK(!IS_ERR(pool));
}

static void check_stock(void)
{
	int kind;
	unsigned int count;
	struct tdesc *d;

	for (kind = 0; kind < 2; kind++) {
		for (count = 0, d = stock[kind].first; d; d = d->next)
			count++;
		CHECK_EQ(count, stock[kind].count);
	}
}

static void run_threads(unsigned int count, void *(*fn)(void *arg))
{
	pthread_t threads[THREADS];
	unsigned int i;

	WRITE_ONCE(shim_chaos_on, true);
	for (i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, fn, (void *)(long)i);
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	WRITE_ONCE(shim_chaos_on, false);
}

static void one_slot_by_all(void)
{
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	start_pool();
	run_threads(THREADS, mixed_work);
	flush_work(&pool->reap_work);
	printf("# %lld puts, %lld gets, %lld retries, %lld replaced, %lld removed, %lld reaped\n",
	       shim_stat("tmem", "put_new") + shim_stat("tmem", "put_replaced"),
	       shim_stat("tmem", "get_local") + shim_stat("tmem", "get_remote"),
	       shim_stat("tmem", "get_retry"), shim_stat("tmem", "replace_done"),
	       shim_stat("tmem", "removed"), shim_stat("tmem", "objects_reaped"));
	/* It was a test only if all of this has happened. */
	CHECK(shim_stat("tmem", "get_remote") > 0);
	CHECK(shim_stat("tmem", "replace_done") > 0);
	CHECK(shim_stat("tmem", "removed") > 0);
	CHECK(shim_stat("tmem", "objects_reaped") > 0);
	tmem_pool_destroy(pool);
	check_stock();
	tmem_client_destroy(client);
	CHECK_EQ(shim_stat("tmem", "page_count"), 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
}

/* ---- a pool is destroyed while others still evict from it or look it up ---------------- */

static pthread_barrier_t barrier;

static void *evict_all(void *arg)
{
	struct tmem_pool *found;
	struct rng rng;
	int i;

	rng_init(&rng, 200 + (unsigned int)(long)arg);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < 30; i++) {
		do_evict(&rng);
		found = tmem_pool_find(TMEM_LOCAL_CLIENT, 0);
		if (found)
			tmem_pool_put(found);
	}
	return NULL;
}

static void *destroy_or_evict(void *arg)
{
	if (arg)
		return evict_all(arg);
	pthread_barrier_wait(&barrier);
	shim_chaos_now();
	tmem_pool_destroy(pool);
	/* Whoever still had it would find it freed. */
	shim_rcu_drain();
	return NULL;
}

static void destroy_against_evictors(void)
{
	unsigned int round, handle, rounds = test_effort(600);

	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	pthread_barrier_init(&barrier, NULL, 4);
	for (round = 0; round < rounds; round++) {
		start_pool();
		/* Objects of one page each, so that each eviction wakes the reaper. */
		for (handle = HANDLES / 2; handle < HANDLES; handle++) {
			struct tmem_oid oid = { { handle, 0, 0 } };
			struct tdesc *d = take_desc(TMEM_LOCAL, handle, round);

			CHECK_EQ(tmem_put(pool, &oid, 0, &d->page, handle), 0);
		}
		run_threads(4, destroy_or_evict);
		check_stock();
		CHECK_EQ(shim_stat("tmem", "page_count"), 0);
		CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
	}
	tmem_client_destroy(client);
}

int main(void)
{
	test_plan(2);
	RUN(one_slot_by_all);
	RUN(destroy_against_evictors);
	return test_end();
}
