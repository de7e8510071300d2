// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scan over remote pages: each exactly once while nothing changes, and while threads
 * put, flush, replace and reap beside it, each that is remote throughout exactly once.
 */
#include "test.h"

#include "mod_tmem.h"

#define OBJECTS		12
#define INDICES		700
#define BATCH		64
#define CHURNERS	3
#define CHURN_DESCS	48

struct tdesc {
	struct tmem_page	page;
	enum tmem_where		where;
	unsigned int		seen;		/* by the scan now running */
	bool			kept;		/* remote from beginning to end */
	bool			used;		/* atomic: tmem's */
};

static struct tdesc descs[OBJECTS * INDICES];
static struct tmem_client *client;
static struct tmem_pool *pool;
static bool stop;				/* atomic */

static void host_release(struct tmem_pool *p, struct tmem_page *page, enum tmem_where where)
{
	struct tdesc *d = container_of(page, struct tdesc, page);

	CHECK(p == pool);
	CHECK_EQ(where, d->where);
	/* From now on the host may use it in a list. */
	d->page.link.next = NULL;
	__atomic_store_n(&d->used, false, __ATOMIC_RELEASE);
}

static const struct tmem_ops host_ops = { .release = host_release };

static struct tmem_oid oid_of(unsigned int object)
{
	return (struct tmem_oid){ { object, 7, 0 } };
}

/* The nth index of an object: near each other in some, far apart in others. */
static u32 index_of(unsigned int object, unsigned int n)
{
	return object % 3 ? n : n ? U32_MAX / INDICES * n + 15 : 0;
}

static bool put(struct tdesc *d, unsigned int object, u32 index, enum tmem_where where)
{
	struct tmem_oid oid = oid_of(object);

	tmem_page_init_once(&d->page);
	d->where = where;
	d->used = true;
	if (where == TMEM_LOCAL)
		return !tmem_put(pool, &oid, index, &d->page, 0);
	if (tmem_put_remote(pool, &oid, index, &d->page, 0))
		return false;
	tmem_page_unpin(&d->page, TMEM_REMOTE);
	return true;
}

static void setup(void)
{
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	pool = tmem_pool_create(client, TMEM_POOL_PERSISTENT, &host_ops, NULL);
	CHECK(!IS_ERR(pool));
	memset(descs, 0, sizeof(descs));
	stop = false;
}

static void teardown(void)
{
	tmem_pool_destroy(pool);
	tmem_client_destroy(client);
	CHECK_EQ(shim_stat("tmem", "page_count"), 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
}

/* All of the pool, @most at a time.  Returns how many pages it saw. */
static unsigned int scan_all(unsigned int most, struct rng *rng)
{
	struct tmem_scan scan = { 0 };
	struct tmem_page *pages[BATCH];
	unsigned int i, count, total = 0;

	do {
		unsigned int max = rng ? 1 + rng_below(rng, most) : most;

		count = tmem_scan_remote(pool, &scan, pages, max);
		CHECK(count <= max);
		total += count;
		for (i = 0; i < count; i++) {
			struct tdesc *d = container_of(pages[i], struct tdesc, page);

			CHECK_EQ(d->where, TMEM_REMOTE);
			CHECK(tmem_page_pool(pages[i]) == pool);
			if (d->kept)
				d->seen++;
			tmem_page_unpin(pages[i], TMEM_REMOTE);
		}
	} while (count);
	return total;
}

/* Every third one is remote and stays so, the others are local or nothing. */
static unsigned int fill(void)
{
	unsigned int object, n, kept = 0;

	for (object = 0; object < OBJECTS; object++) {
		for (n = 0; n < INDICES; n++) {
			struct tdesc *d = &descs[object * INDICES + n];

			if (n % 3 == 2)
				continue;
			d->kept = n % 3 == 0;
			kept += d->kept;
			CHECK(put(d, object, index_of(object, n),
				  d->kept ? TMEM_REMOTE : TMEM_LOCAL));
		}
	}
	return kept;
}

static void check_seen_once(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(descs); i++) {
		CHECK_EQ(descs[i].seen, descs[i].kept);
		descs[i].seen = 0;
	}
}

static void each_once(void)
{
	struct tmem_scan scan = { 0 };
	struct tmem_page *page;
	unsigned int kept;

	setup();
	CHECK_EQ(tmem_scan_remote(pool, &scan, &page, 1), 0);
	kept = fill();
	CHECK_EQ(scan_all(1, NULL), kept);
	check_seen_once();
	CHECK_EQ(scan_all(7, NULL), kept);
	check_seen_once();
	CHECK_EQ(scan_all(BATCH, NULL), kept);
	check_seen_once();
	teardown();
}

static void edges_and_lost(void)
{
	static const u32 edges[] = { 0, 63, 64, 4095, 4096, 0x80000000, U32_MAX - 1, U32_MAX };
	struct tmem_page *page;
	struct tmem_oid oid = oid_of(1);
	unsigned int i;

	setup();
	CHECK_EQ(tmem_pool_reserve(pool, &oid, 100000), 0);
	CHECK_EQ(scan_all(3, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		descs[i].kept = true;
		CHECK(put(&descs[i], 1 + i % 2, edges[i], TMEM_REMOTE));
	}
	CHECK_EQ(scan_all(1, NULL), ARRAY_SIZE(edges));
	check_seen_once();
	oid = oid_of(1 + 3 % 2);
	CHECK_EQ(tmem_get(pool, &oid, edges[3], &page), TMEM_REMOTE);
	CHECK_EQ(tmem_lose(page, TMEM_REMOTE, tmem_page_version(page)), 0);
	tmem_page_unpin(page, TMEM_REMOTE);
	descs[3].kept = false;
	CHECK_EQ(scan_all(1, NULL), ARRAY_SIZE(edges) - 1);
	check_seen_once();
	teardown();
}

/* Objects that come or go between two calls. */
static void objects_come_and_go(void)
{
	struct tmem_scan scan = { 0 };
	struct tmem_page *page;
	unsigned int i;

	setup();
	for (i = 0; i < 8; i++)
		CHECK(put(&descs[i], i, 5, TMEM_REMOTE));
	for (i = 0; i < 3; i++) {
		CHECK_EQ(tmem_scan_remote(pool, &scan, &page, 1), 1);
		CHECK(page == &descs[i].page);
		tmem_page_unpin(page, TMEM_REMOTE);
	}
	/* The one behind, the one that is next, and the last are reaped. */
	for (i = 2; i < 8; i += i == 2 ? 1 : 4) {
		struct tmem_oid oid = oid_of(i);

		CHECK(tmem_flush_page(pool, &oid, 5));
	}
	flush_work(&pool->reap_work);
	CHECK_EQ(shim_stat("tmem", "objects_reaped"), 3);
	/* New ones are not the business of this scan. */
	CHECK(put(&descs[20], 20, 5, TMEM_REMOTE));
	for (i = 4; i < 7; i++) {
		CHECK_EQ(tmem_scan_remote(pool, &scan, &page, 1), 1);
		CHECK(page == &descs[i].page);
		tmem_page_unpin(page, TMEM_REMOTE);
	}
	CHECK_EQ(tmem_scan_remote(pool, &scan, &page, 1), 0);
	CHECK_EQ(tmem_scan_remote(pool, &scan, &page, 1), 0);
	CHECK_EQ(scan_all(1, NULL), 6);
	teardown();
}

static void pools_in_turn(void)
{
	struct tmem_pool *pools[5], *found;
	unsigned int i;

	client = tmem_client_create(9);
	CHECK(!tmem_pool_next(9, 0));
	CHECK(!tmem_pool_next(8, 0));
	for (i = 0; i < 5; i++)
		pools[i] = tmem_pool_create(client, 0, &host_ops, NULL);
	tmem_pool_destroy(pools[1]);
	tmem_pool_destroy(pools[4]);
	for (i = 0; (found = tmem_pool_next(9, i)); i = tmem_pool_id(found) + 1) {
		CHECK(found == pools[i == 1 ? 2 : i]);
		tmem_pool_put(found);
	}
	CHECK_EQ(i, 4);
	for (i = 0; i < 4; i++)
		if (i != 1)
			tmem_pool_destroy(pools[i]);
	tmem_client_destroy(client);
}

/* ---- beside threads -------------------------------------------------------------------- */

static struct tdesc churned[CHURNERS][CHURN_DESCS];

static void churn_once(unsigned int nr, struct rng *rng)
{
	struct tdesc *d = &churned[nr][rng_below(rng, CHURN_DESCS)], *other;
	/* Beside pages that stay, or alone in an object that is reaped. */
	bool alone = rng_below(rng, 2);
	unsigned int object = alone ? 100 + rng_below(rng, 4) : rng_below(rng, OBJECTS);
	u32 index = index_of(object, rng_below(rng, INDICES / 3) * 3 + 2);
	enum tmem_where where = rng_below(rng, 2) ? TMEM_REMOTE : TMEM_LOCAL;
	struct tmem_oid oid = oid_of(object);
	struct tmem_page *page;

	if (rng_below(rng, 3) && !__atomic_load_n(&d->used, __ATOMIC_ACQUIRE))
		CHECK(put(d, object, index, where));
	if (alone && rng_below(rng, 4) == 0) {
		tmem_flush_object(pool, &oid);
		return;
	}
	other = &churned[nr][rng_below(rng, CHURN_DESCS)];
	if (__atomic_load_n(&other->used, __ATOMIC_ACQUIRE))
		other = NULL;
	where = tmem_get(pool, &oid, index, &page);
	if (where == TMEM_LOCAL || where == TMEM_REMOTE) {
		if (other) {
			other->where = where == TMEM_LOCAL ? TMEM_REMOTE : TMEM_LOCAL;
			other->used = true;
			if (tmem_replace(page, where, tmem_page_version(page), &other->page,
					 other->where, 0))
				other->used = false;
		}
		tmem_page_unpin(page, where);
	}
	tmem_flush_page(pool, &oid, index);
}

static void *churn(void *arg)
{
	unsigned int nr = (unsigned int)(long)arg;
	struct rng rng;

	rng_init(&rng, 500 + nr);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		churn_once(nr, &rng);
	return NULL;
}

static void beside_threads(void)
{
	unsigned int i, rounds = test_effort(40), kept, extra = 0;
	pthread_t threads[CHURNERS];
	struct rng rng;

	setup();
	memset(churned, 0, sizeof(churned));
	kept = fill();
	rng_init(&rng, 499);
	WRITE_ONCE(shim_chaos_on, true);
	for (i = 0; i < CHURNERS; i++)
		pthread_create(&threads[i], NULL, churn, (void *)(long)i);
	for (i = 0; i < rounds; i++) {
		extra += scan_all(1 + rng_below(&rng, BATCH), &rng) - kept;
		check_seen_once();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < CHURNERS; i++)
		pthread_join(threads[i], NULL);
	WRITE_ONCE(shim_chaos_on, false);
	flush_work(&pool->reap_work);
	printf("# %u scans of %u pages, %u others seen, %lld objects reaped, %lld replaced\n",
	       rounds, kept, extra, shim_stat("tmem", "objects_reaped"),
	       shim_stat("tmem", "replace_done"));
	CHECK(shim_stat("tmem", "objects_reaped") > 0);
	CHECK(shim_stat("tmem", "replace_done") > 0);
	teardown();
}

int main(void)
{
	test_plan(5);
	RUN(each_once);
	RUN(edges_and_lost);
	RUN(objects_come_and_go);
	RUN(pools_in_turn);
	RUN(beside_threads);
	return test_end();
}
