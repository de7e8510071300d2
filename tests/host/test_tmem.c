// SPDX-License-Identifier: GPL-2.0-only
/* tmem, one promise at a time; test_tmem_model.c has them all at once, at random. */
#include "test.h"

#include "mod_tmem.h"

#include <unistd.h>

/* A host whose pages are numbers.  Descriptors are type-stable: they stay for ever. */
struct tdesc {
	struct tmem_page	page;
	enum tmem_where		where;
	u64			content;
	unsigned int		released;
};

static struct module host_module;
static unsigned int releases;

static void host_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	struct tdesc *d = container_of(page, struct tdesc, page);

	CHECK_EQ(atomic_read(&page->refs), 0);
	CHECK_EQ(where, d->where);
	CHECK(tmem_page_pool(page) == pool);
	CHECK(tmem_pool_host(pool) == &host_module);
	d->released++;
	releases++;
}

static const struct tmem_ops host_ops = {
	.owner = &host_module,
	.release = host_release,
};

static const struct tmem_oid oid = { { 1, 2, 3 } };
static const u32 edges[] = { 0, 1, 63, 64, 65, 4095, 4096, 0x7fffffff, 0x80000000, U32_MAX };

static struct tmem_client *client;
static struct tmem_pool *pool;

static void init_desc(struct tdesc *d, enum tmem_where where, u64 content)
{
	memset(d, 0, sizeof(*d));
	tmem_page_init_once(&d->page);
	d->where = where;
	d->content = content;
}

static void setup(void)
{
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	CHECK(!IS_ERR(client));
	pool = tmem_pool_create(client, TMEM_POOL_PERSISTENT, &host_ops, &host_module);
	CHECK(!IS_ERR(pool));
	CHECK_EQ(tmem_pool_flags(pool), TMEM_POOL_PERSISTENT);
	CHECK_EQ(host_module.users, 1);
	releases = 0;
}

static void teardown(void)
{
	tmem_pool_destroy(pool);
	tmem_client_destroy(client);
	CHECK_EQ(host_module.users, 0);
	CHECK_EQ(shim_stat("tmem", "page_count"), 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
	CHECK_EQ(shim_stat("tmem", "pool_count"), 0);
	CHECK_EQ(shim_stat("tmem", "client_count"), 0);
}

/* What a get finds: the content, or minus what it says instead. */
static long long content_at(u32 index)
{
	struct tmem_page *page = NULL;
	enum tmem_where where = tmem_get(pool, &oid, index, &page);
	struct tmem_handle handle;
	long long content;

	if (where != TMEM_LOCAL && where != TMEM_REMOTE)
		return -(long long)where;
	tmem_page_handle(page, &handle);
	CHECK(!memcmp(&handle.oid, &oid, sizeof(oid)));
	CHECK_EQ(handle.index, index);
	CHECK_EQ(handle.client, TMEM_LOCAL_CLIENT);
	CHECK_EQ(handle.pool, tmem_pool_id(pool));
	CHECK_EQ(where, container_of(page, struct tdesc, page)->where);
	content = container_of(page, struct tdesc, page)->content;
	tmem_page_unpin(page, where);
	return content;
}

static void put(struct tdesc *d, u32 index)
{
	CHECK_EQ(tmem_put(pool, &oid, index, &d->page, d->content & 0xff), 0);
	CHECK_EQ(tmem_page_host(&d->page), d->content & 0xff);
}

static void put_put_get(void)
{
	struct tdesc d[2];
	unsigned int i;

	setup();
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		init_desc(&d[0], TMEM_LOCAL, 100);
		init_desc(&d[1], TMEM_LOCAL, 200);
		CHECK_EQ(content_at(edges[i]), -TMEM_NOWHERE);
		put(&d[0], edges[i]);
		CHECK_EQ(content_at(edges[i]), 100);
		put(&d[1], edges[i]);
		CHECK_EQ(content_at(edges[i]), 200);
		CHECK(tmem_page_version(&d[1].page) > tmem_page_version(&d[0].page));
		CHECK_EQ(d[0].released, 1);
		CHECK_EQ(d[1].released, 0);
		CHECK(tmem_flush_page(pool, &oid, edges[i]));
		CHECK(!tmem_flush_page(pool, &oid, edges[i]));
		CHECK_EQ(d[1].released, 1);
		CHECK_EQ(content_at(edges[i]), -TMEM_NOWHERE);
	}
	teardown();
}

/* A neighbour, another object, another pool: one handle is never taken for another. */
static void handles_are_apart(void)
{
	struct tdesc d[ARRAY_SIZE(edges)], other[2];
	const struct tmem_oid oid2 = { { 1, 2, 4 } };
	struct tmem_pool *pool2;
	struct tmem_page *page;
	unsigned int i, k;

	setup();
	pool2 = tmem_pool_create(client, 0, &host_ops, &host_module);
	CHECK(tmem_pool_id(pool2) != tmem_pool_id(pool));
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		init_desc(&d[i], TMEM_LOCAL, i + 1);
		put(&d[i], edges[i]);
		for (k = 0; k < ARRAY_SIZE(edges); k++)
			CHECK_EQ(content_at(edges[k]), k <= i ? (int)k + 1 : -TMEM_NOWHERE);
		CHECK_EQ(tmem_get(pool, &oid2, edges[i], &page), TMEM_NOWHERE);
		CHECK_EQ(tmem_get(pool2, &oid, edges[i], &page), TMEM_NOWHERE);
	}
	init_desc(&other[0], TMEM_LOCAL, 77);
	init_desc(&other[1], TMEM_LOCAL, 78);
	CHECK_EQ(tmem_put(pool, &oid2, 0, &other[0].page, 0), 0);
	CHECK_EQ(tmem_put(pool2, &oid, 0, &other[1].page, 0), 0);
	CHECK_EQ(content_at(0), 1);
	CHECK_EQ(tmem_flush_object(pool, &oid2), 1);
	CHECK_EQ(content_at(0), 1);
	tmem_pool_destroy(pool2);
	CHECK_EQ(other[1].released, 1);
	for (i = 0; i < ARRAY_SIZE(edges); i++)
		CHECK_EQ(content_at(edges[i]), i + 1);
	teardown();
	CHECK_EQ(releases, ARRAY_SIZE(edges) + 2);
}

static void flush_ranges(void)
{
	static struct tdesc d[300];
	u32 i;

	setup();
	for (i = 0; i < 300; i++) {
		init_desc(&d[i], TMEM_LOCAL, i + 1);
		put(&d[i], i);
	}
	CHECK_EQ(tmem_flush_range(pool, &oid, 10, 9), 0);
	CHECK_EQ(tmem_flush_range(pool, &oid, 10, 10), 1);
	CHECK_EQ(tmem_flush_range(pool, &oid, 60, 70), 11);
	CHECK_EQ(tmem_flush_range(pool, &oid, 60, 70), 0);
	CHECK_EQ(tmem_flush_range(pool, &oid, 290, U32_MAX), 10);
	for (i = 0; i < 300; i++)
		CHECK_EQ(content_at(i), i == 10 || (i >= 60 && i <= 70) || i >= 290 ?
			 -TMEM_NOWHERE : (int)i + 1);
	CHECK_EQ(tmem_flush_object(pool, &oid), 300 - 22);
	CHECK_EQ(releases, 300);
	teardown();
}

static void pins_keep(void)
{
	struct tdesc d[2];
	struct tmem_page *page;

	setup();
	init_desc(&d[0], TMEM_LOCAL, 5);
	init_desc(&d[1], TMEM_LOCAL, 6);
	put(&d[0], 0);
	CHECK_EQ(tmem_get(pool, &oid, 0, &page), TMEM_LOCAL);
	CHECK(page == &d[0].page);
	CHECK(!tmem_page_freeze(page));
	put(&d[1], 0);
	CHECK_EQ(d[0].released, 0);
	/* Out of the index: no new pin, no move. */
	CHECK(!tmem_page_pin(page));
	CHECK(!tmem_page_freeze(page));
	CHECK(!tmem_remove(page, TMEM_LOCAL));
	CHECK_EQ(content_at(0), 6);
	tmem_page_unpin(page, TMEM_LOCAL);
	CHECK_EQ(d[0].released, 1);
	CHECK(!tmem_page_pin(&d[0].page));

	/* Frozen: no pin, but a flush does not wait; the page goes when it thaws. */
	CHECK(tmem_page_freeze(&d[1].page));
	CHECK(!tmem_page_freeze(&d[1].page));
	CHECK(!tmem_page_pin(&d[1].page));
	CHECK(tmem_flush_page(pool, &oid, 0));
	CHECK_EQ(d[1].released, 0);
	tmem_page_thaw(&d[1].page, TMEM_LOCAL);
	CHECK_EQ(d[1].released, 1);
	teardown();
}

static void take_and_remove(void)
{
	struct tdesc d[2];
	struct tmem_page *page;

	setup();
	init_desc(&d[0], TMEM_LOCAL, 5);
	put(&d[0], 9);
	CHECK_EQ(tmem_take(pool, &oid, 9, &page), TMEM_LOCAL);
	CHECK(page == &d[0].page);
	CHECK_EQ(content_at(9), -TMEM_NOWHERE);
	CHECK_EQ(d[0].released, 0);
	tmem_page_unpin(page, TMEM_LOCAL);
	CHECK_EQ(d[0].released, 1);
	CHECK_EQ(tmem_take(pool, &oid, 9, &page), TMEM_NOWHERE);

	init_desc(&d[1], TMEM_LOCAL, 6);
	put(&d[1], 9);
	CHECK(tmem_page_pin(&d[1].page));
	CHECK(tmem_remove(&d[1].page, TMEM_LOCAL));
	CHECK(!tmem_remove(&d[1].page, TMEM_LOCAL));
	CHECK_EQ(content_at(9), -TMEM_NOWHERE);
	tmem_page_unpin(&d[1].page, TMEM_LOCAL);
	CHECK_EQ(d[1].released, 1);
	teardown();
}

static void replace_checks_the_version(void)
{
	struct tdesc local, remote, newer, back;
	struct tmem_page *page;
	u64 version;

	setup();
	init_desc(&local, TMEM_LOCAL, 5);
	init_desc(&remote, TMEM_REMOTE, 5);
	init_desc(&newer, TMEM_LOCAL, 6);
	init_desc(&back, TMEM_LOCAL, 5);
	put(&local, 0);
	version = tmem_page_version(&local.page);
	CHECK(tmem_page_pin(&local.page));
	CHECK_EQ(tmem_replace(&local.page, TMEM_LOCAL, version + 1, &remote.page, TMEM_REMOTE, 1),
		 -ESTALE);
	CHECK_EQ(tmem_replace(&local.page, TMEM_LOCAL, version - 1, &remote.page, TMEM_REMOTE, 1),
		 -ESTALE);
	CHECK_EQ(atomic_read(&remote.page.refs), 0);
	CHECK_EQ(tmem_replace(&local.page, TMEM_LOCAL, version, &remote.page, TMEM_REMOTE, 0xab),
		 0);
	CHECK_EQ(local.released, 0);
	tmem_page_unpin(&local.page, TMEM_LOCAL);
	CHECK_EQ(local.released, 1);
	CHECK_EQ(content_at(0), 5);
	CHECK_EQ(tmem_page_version(&remote.page), version);
	CHECK_EQ(tmem_page_host(&remote.page), 0xab);

	/* A newer put wins over the return of the old version. */
	CHECK_EQ(tmem_get(pool, &oid, 0, &page), TMEM_REMOTE);
	put(&newer, 0);
	CHECK_EQ(tmem_replace(page, TMEM_REMOTE, version, &back.page, TMEM_LOCAL, 0), -ESTALE);
	CHECK_EQ(tmem_lose(page, TMEM_REMOTE, version), -ESTALE);
	tmem_page_unpin(page, TMEM_REMOTE);
	CHECK_EQ(remote.released, 1);
	CHECK_EQ(content_at(0), 6);

	/* So does a flush. */
	CHECK(tmem_page_pin(&newer.page));
	CHECK(tmem_flush_page(pool, &oid, 0));
	version = tmem_page_version(&newer.page);
	CHECK_EQ(tmem_replace(&newer.page, TMEM_LOCAL, version, &back.page, TMEM_LOCAL, 0),
		 -ESTALE);
	tmem_page_unpin(&newer.page, TMEM_LOCAL);
	CHECK_EQ(content_at(0), -TMEM_NOWHERE);
	CHECK_EQ(back.released, 0);
	CHECK_EQ(shim_stat("tmem", "replace_done"), 1);
	CHECK_EQ(shim_stat("tmem", "replace_stale"), 5);
	teardown();
}

static void lost_stays_lost(void)
{
	struct tdesc d[3];
	struct tmem_page *page;

	setup();
	init_desc(&d[0], TMEM_REMOTE, 5);
	init_desc(&d[1], TMEM_LOCAL, 6);
	init_desc(&d[2], TMEM_LOCAL, 7);
	put(&d[1], 0);
	CHECK(tmem_page_pin(&d[1].page));
	CHECK_EQ(tmem_replace(&d[1].page, TMEM_LOCAL, tmem_page_version(&d[1].page), &d[0].page,
			      TMEM_REMOTE, 0), 0);
	tmem_page_unpin(&d[1].page, TMEM_LOCAL);
	CHECK(tmem_page_pin(&d[0].page));
	CHECK_EQ(tmem_lose(&d[0].page, TMEM_REMOTE, tmem_page_version(&d[0].page)), 0);
	tmem_page_unpin(&d[0].page, TMEM_REMOTE);
	CHECK_EQ(d[0].released, 1);
	CHECK_EQ(content_at(0), -TMEM_LOST);
	CHECK_EQ(tmem_take(pool, &oid, 0, &page), TMEM_LOST);
	CHECK_EQ(content_at(0), -TMEM_LOST);
	CHECK_EQ(shim_stat("tmem", "page_count"), 1);
	put(&d[2], 0);
	CHECK_EQ(content_at(0), 7);
	CHECK(tmem_page_pin(&d[2].page));
	CHECK_EQ(tmem_lose(&d[2].page, TMEM_LOCAL, tmem_page_version(&d[2].page)), 0);
	tmem_page_unpin(&d[2].page, TMEM_LOCAL);
	CHECK(tmem_flush_page(pool, &oid, 0));
	CHECK_EQ(content_at(0), -TMEM_NOWHERE);
	teardown();
}

static void frozen_puts_are_flushes(void)
{
	struct tdesc d[2];

	setup();
	init_desc(&d[0], TMEM_LOCAL, 5);
	init_desc(&d[1], TMEM_LOCAL, 6);
	put(&d[0], 0);
	tmem_freeze(true);
	CHECK(tmem_is_frozen());
	CHECK_EQ(content_at(0), 5);
	CHECK_EQ(tmem_put(pool, &oid, 0, &d[1].page, 0), -EBUSY);
	CHECK_EQ(content_at(0), -TMEM_NOWHERE);
	CHECK_EQ(d[0].released, 1);
	CHECK_EQ(d[1].released, 0);
	tmem_freeze(false);
	put(&d[1], 0);
	CHECK_EQ(content_at(0), 6);
	CHECK_EQ(shim_stat("tmem", "put_to_flush"), 1);
	teardown();
}

/* As the slot-free notification comes: a foreign lock held, interrupts off. */
static void flush_in_any_context(void)
{
	struct tdesc d[4];
	spinlock_t foreign;
	unsigned long flags;
	u32 i;

	setup();
	spin_lock_init(&foreign);
	for (i = 0; i < 4; i++) {
		init_desc(&d[i], TMEM_LOCAL, i + 1);
		put(&d[i], i);
	}
	shim_fail_at(-1);
	spin_lock_irqsave(&foreign, flags);
	CHECK(tmem_flush_page(pool, &oid, 0));
	CHECK_EQ(tmem_flush_range(pool, &oid, 1, 1), 1);
	CHECK(tmem_page_pin(&d[2].page));
	CHECK(tmem_remove(&d[2].page, TMEM_LOCAL));
	tmem_page_unpin(&d[2].page, TMEM_LOCAL);
	CHECK_EQ(tmem_flush_object(pool, &oid), 1);
	spin_unlock_irqrestore(&foreign, flags);
	CHECK(!shim_failed());
	shim_fail_at(0);
	CHECK_EQ(releases, 4);
	flush_work(&pool->reap_work);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
	CHECK_EQ(shim_stat("tmem", "objects_reaped"), 1);
	teardown();
}

/* One put with memory failing as shim_fail_at(@fail) says.  Returns whether it did. */
static bool put_with_failure(u32 index, long fail, struct tdesc *d)
{
	long long objects = shim_stat("tmem", "obj_count");
	bool failed;
	int err;

	init_desc(d, TMEM_LOCAL, 50);
	shim_fail_at(fail);
	err = tmem_put(pool, &oid, index, &d->page, 0);
	failed = shim_failed();
	shim_fail_at(0);
	if (err) {
		CHECK(failed);
		CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(content_at(index), -TMEM_NOWHERE);
		CHECK_EQ(atomic_read(&d->page.refs), 0);
		CHECK_EQ(d->released, 0);
		/* No empty object stays either, whoever made it. */
		flush_work(&pool->reap_work);
		CHECK_EQ(shim_stat("tmem", "obj_count"), objects);
	} else {
		CHECK_EQ(content_at(index), 50);
		CHECK(tmem_flush_page(pool, &oid, index));
		CHECK_EQ(d->released, 1);
	}
	CHECK_EQ(content_at(7), objects ? 7 : -TMEM_NOWHERE);
	return failed;
}

static void failed_put_leaves_nothing(void)
{
	struct tdesc d, other;
	unsigned int i, existing;
	long n;

	for (existing = 0; existing < 2; existing++) {
		for (i = 0; i < ARRAY_SIZE(edges); i++) {
			setup();
			init_desc(&other, TMEM_LOCAL, 7);
			if (existing)
				put(&other, 7);
			/* Only the n-th fails, then everything from the n-th on. */
			for (n = 1; put_with_failure(edges[i], n, &d); n++)
				flush_work(&pool->reap_work);
			flush_work(&pool->reap_work);
			for (n = -1; put_with_failure(edges[i], n, &d); n--)
				flush_work(&pool->reap_work);
			CHECK(n < -1 || edges[i] < 64);
			teardown();
		}
	}
}

/* A handle that holds something is put again without any memory. */
static void replacing_needs_no_memory(void)
{
	struct tdesc d[2];
	unsigned int i;

	setup();
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		init_desc(&d[0], TMEM_LOCAL, 1);
		init_desc(&d[1], TMEM_LOCAL, 2);
		put(&d[0], edges[i]);
		shim_fail_at(-1);
		put(&d[1], edges[i]);
		CHECK(!shim_failed());
		shim_fail_at(0);
		CHECK_EQ(content_at(edges[i]), 2);
		tmem_flush_page(pool, &oid, edges[i]);
	}
	teardown();
}

static unsigned int hook_calls;

static void *flush_and_reap(void *unused)
{
	tmem_flush_page(pool, &oid, 5);
	flush_work(&pool->reap_work);
	return unused;
}

/* Somebody else empties the object, and it dies, while a put waits for a node. */
static void object_dies_meanwhile(void)
{
	pthread_t thread;

	if (hook_calls++)
		return;
	pthread_create(&thread, NULL, flush_and_reap, NULL);
	pthread_join(thread, NULL);
}

static void object_dies_while_a_put_allocates(void)
{
	struct tdesc d[2];

	setup();
	init_desc(&d[0], TMEM_LOCAL, 5);
	init_desc(&d[1], TMEM_LOCAL, 6);
	put(&d[0], 5);
	/* The node under the lock fails, the one after unlocking does not. */
	hook_calls = 0;
	shim_alloc_hook = object_dies_meanwhile;
	shim_fail_at(1);
	put(&d[1], 1000);
	shim_alloc_hook = NULL;
	CHECK(shim_failed());
	shim_fail_at(0);
	CHECK(hook_calls > 1);
	CHECK_EQ(content_at(5), -TMEM_NOWHERE);
	CHECK_EQ(content_at(1000), 6);
	teardown();
}

static void reserved_objects(void)
{
	static const u32 lasts[] = { 0, 1, 62, 63, 64, 65, 1000, 4095, 4096, 70000 };
	static struct tdesc d[70001];
	unsigned int i, round;
	u32 index;

	for (i = 0; i < ARRAY_SIZE(lasts); i++) {
		unsigned int nodes;

		setup();
		CHECK_EQ(tmem_pool_reserve(pool, &oid, lasts[i]), 0);
		CHECK_EQ(tmem_pool_reserve(pool, &oid, lasts[i]), -EEXIST);
		rcu_read_lock();
		nodes = shim_xa_nodes(&tmem_object_find(pool, &oid)->pages);
		rcu_read_unlock();
		CHECK_EQ(shim_stat("tmem", "page_count"), 0);
		shim_fail_at(-1);
		for (round = 0; round < 3; round++) {
			for (index = 0; index <= lasts[i]; index++) {
				CHECK_EQ(tmem_get(pool, &oid, index, &(struct tmem_page *){ NULL }),
					 TMEM_NOWHERE);
				init_desc(&d[index], TMEM_LOCAL, index + 1);
				put(&d[index], index);
			}
			for (index = 0; index <= lasts[i]; index++)
				CHECK_EQ(content_at(index), index + 1);
			if (round == 1)
				CHECK_EQ(tmem_flush_object(pool, &oid), lasts[i] + 1);
			for (index = 0; !round && index <= lasts[i]; index++)
				CHECK(tmem_flush_page(pool, &oid, index));
			if (round < 2)
				CHECK_EQ(tmem_flush_object(pool, &oid), 0);
			rcu_read_lock();
			CHECK_EQ(shim_xa_nodes(&tmem_object_find(pool, &oid)->pages), nodes);
			rcu_read_unlock();
		}
		CHECK(!shim_failed());
		shim_fail_at(0);
		CHECK_EQ(shim_stat("tmem", "obj_count"), 1);
		teardown();
	}
}

/* However much there is to look at, others get the lock in between. */
static void flush_lets_others_in(void)
{
	static struct tdesc d[5000];
	struct tmem_object *obj;
	unsigned long taken;
	u32 i;

	setup();
	CHECK_EQ(tmem_pool_reserve(pool, &oid, 200000), 0);
	rcu_read_lock();
	obj = tmem_object_find(pool, &oid);
	taken = obj->pages.xa_lock.taken;
	CHECK_EQ(tmem_flush_object(pool, &oid), 0);
	CHECK(obj->pages.xa_lock.taken - taken >= 200000 / XA_CHUNK_SIZE / 1000);
	for (i = 0; i < 5000; i++) {
		init_desc(&d[i], TMEM_LOCAL, i);
		put(&d[i], 1000 + i);
	}
	taken = obj->pages.xa_lock.taken;
	CHECK_EQ(tmem_flush_range(pool, &oid, 2000, 5999), 4000);
	CHECK(obj->pages.xa_lock.taken - taken >= 4000 / 100);
	rcu_read_unlock();
	CHECK_EQ(content_at(1999), 999);
	CHECK_EQ(content_at(2000), -TMEM_NOWHERE);
	CHECK_EQ(content_at(5999), -TMEM_NOWHERE);
	teardown();
	CHECK_EQ(releases, 5000);
}

static void reserve_without_memory(void)
{
	bool failed = true;
	long n;

	for (n = 1; failed; n++) {
		int err;

		setup();
		shim_fail_at(n);
		err = tmem_pool_reserve(pool, &oid, 300);
		failed = shim_failed();
		shim_fail_at(0);
		CHECK(!err || failed);
		teardown();
	}
	CHECK(n > 5);
}

static void many_clients(void)
{
	static struct tmem_client *clients[400];
	static struct tmem_pool *pools[400][3];
	static struct tdesc d[400][3];
	struct tmem_page *page;
	unsigned int i, k;

	for (i = 0; i < 400; i++) {
		u16 id = i ? i * 163 : TMEM_LOCAL_CLIENT;

		clients[i] = tmem_client_create(id);
		CHECK(!IS_ERR(clients[i]));
		CHECK_EQ(PTR_ERR(tmem_client_create(id)), -EEXIST);
		for (k = 0; k < 3; k++) {
			pools[i][k] = tmem_pool_create(clients[i], 0, &host_ops, &host_module);
			CHECK_EQ(tmem_pool_id(pools[i][k]), k);
			init_desc(&d[i][k], TMEM_LOCAL, i * 3 + k);
			CHECK_EQ(tmem_put(pools[i][k], &oid, 0, &d[i][k].page, 0), 0);
		}
	}
	CHECK_EQ(shim_stat("tmem", "client_count"), 400);
	CHECK_EQ(shim_stat("tmem", "pool_count"), 1200);
	for (i = 0; i < 400; i++) {
		u16 id = i ? i * 163 : TMEM_LOCAL_CLIENT;

		for (k = 0; k < 3; k++) {
			CHECK(tmem_pool_find(id, k) == pools[i][k]);
			CHECK_EQ(tmem_get(pools[i][k], &oid, 0, &page), TMEM_LOCAL);
			CHECK(page == &d[i][k].page);
			tmem_page_unpin(page, TMEM_LOCAL);
			tmem_pool_put(pools[i][k]);
		}
		CHECK(!tmem_pool_find(id, 3));
		CHECK(!tmem_pool_find(id + 1, 0));
		/* A number that was given back is given again. */
		tmem_pool_destroy(pools[i][1]);
		CHECK(!tmem_pool_find(id, 1));
		pools[i][1] = tmem_pool_create(clients[i], 0, &host_ops, &host_module);
		CHECK_EQ(tmem_pool_id(pools[i][1]), 1);
	}
	for (i = 0; i < 400; i++) {
		for (k = 0; k < 3; k++)
			tmem_pool_destroy(pools[i][k]);
		tmem_client_destroy(clients[i]);
	}
	CHECK_EQ(shim_stat("tmem", "client_count"), 0);
	CHECK_EQ(shim_stat("tmem", "pool_count"), 0);
	CHECK_EQ(host_module.users, 0);
}

static void creating_without_memory(void)
{
	static const struct tmem_ops no_release = { .owner = &host_module };
	bool failed = true;
	long n;

	for (n = 1; failed; n++) {
		shim_fail_at(n);
		client = tmem_client_create(5);
		if (!IS_ERR(client)) {
			pool = tmem_pool_create(client, 0, &host_ops, NULL);
			failed = shim_failed();
			shim_fail_at(0);
			if (!IS_ERR(pool))
				tmem_pool_destroy(pool);
			else
				CHECK_EQ(PTR_ERR(pool), -ENOMEM);
			tmem_client_destroy(client);
		} else {
			CHECK_EQ(PTR_ERR(client), -ENOMEM);
		}
		CHECK_EQ(host_module.users, 0);
	}
	shim_fail_at(0);
	CHECK(n > 4);
	client = tmem_client_create(5);
	CHECK_EQ(PTR_ERR(tmem_pool_create(client, 2, &host_ops, NULL)), -EINVAL);
	CHECK_EQ(PTR_ERR(tmem_pool_create(client, 0, &no_release, NULL)), -EINVAL);
	host_module.going = true;
	CHECK_EQ(PTR_ERR(tmem_pool_create(client, 0, &host_ops, NULL)), -ENODEV);
	host_module.going = false;
	CHECK_EQ(host_module.users, 0);
	tmem_client_destroy(client);
}

static bool destroyed;

static void *destroy_pool(void *unused)
{
	tmem_pool_destroy(pool);
	__atomic_store_n(&destroyed, true, __ATOMIC_RELEASE);
	return unused;
}

static void destroy_waits(void)
{
	struct tmem_page *page;
	struct tdesc d[3];
	pthread_t thread;
	u16 id;
	u32 i;

	setup();
	for (i = 0; i < 3; i++) {
		init_desc(&d[i], TMEM_LOCAL, i + 1);
		put(&d[i], i);
	}
	CHECK_EQ(tmem_get(pool, &oid, 1, &page), TMEM_LOCAL);
	id = tmem_pool_id(pool);
	CHECK(tmem_pool_find(TMEM_LOCAL_CLIENT, id) == pool);

	destroyed = false;
	pthread_create(&thread, NULL, destroy_pool, NULL);
	while (tmem_pool_find(TMEM_LOCAL_CLIENT, id))
		tmem_pool_put(pool);
	/* Whoever found it by number may still use it. */
	usleep(10000);
	CHECK(!__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE));
	CHECK_EQ(content_at(2), 3);
	CHECK_EQ(releases, 0);
	tmem_pool_put(pool);
	usleep(10000);
	CHECK(!__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE));
	CHECK_EQ(container_of(page, struct tdesc, page)->content, 2);
	CHECK_EQ(d[1].released, 0);
	/* An evictor comes late: the page has left the index. */
	CHECK(!tmem_remove(page, TMEM_LOCAL));
	tmem_page_unpin(page, TMEM_LOCAL);
	pthread_join(thread, NULL);
	CHECK(destroyed);
	CHECK_EQ(releases, 3);
	tmem_client_destroy(client);
	CHECK_EQ(host_module.users, 0);
}

/* An object that is filled again before the reaper comes is not reaped. */
static void reaper_looks_again(void)
{
	struct tdesc d[2];
	int round;

	setup();
	shim_work_hold(true);
	for (round = 0; round < 3; round++) {
		init_desc(&d[0], TMEM_LOCAL, 1);
		put(&d[0], 0);
		tmem_flush_page(pool, &oid, 0);
	}
	init_desc(&d[1], TMEM_LOCAL, 2);
	put(&d[1], 0);
	flush_work(&pool->reap_work);
	CHECK_EQ(content_at(0), 2);
	CHECK_EQ(shim_stat("tmem", "objects_reaped"), 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 1);
	tmem_flush_page(pool, &oid, 0);
	/* Destroyed with the reaper's work still waiting. */
	shim_work_hold(false);
	teardown();
}

static void load_without_memory(void)
{
	long n, live = shim_live();
	int err;

	for (n = 1;; n++) {
		shim_fail_at(n);
		err = shim_start();
		shim_fail_at(0);
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(shim_live(), live);
	}
	CHECK(n > 2);
	shim_stop();
}

int main(void)
{
	test_plan(20);
	RUN_BARE(load_without_memory);
	RUN(put_put_get);
	RUN(handles_are_apart);
	RUN(flush_ranges);
	RUN(pins_keep);
	RUN(take_and_remove);
	RUN(replace_checks_the_version);
	RUN(lost_stays_lost);
	RUN(frozen_puts_are_flushes);
	RUN(flush_in_any_context);
	RUN(failed_put_leaves_nothing);
	RUN(replacing_needs_no_memory);
	RUN(object_dies_while_a_put_allocates);
	RUN(reserved_objects);
	RUN(flush_lets_others_in);
	RUN(reserve_without_memory);
	RUN(many_clients);
	RUN(creating_without_memory);
	RUN(destroy_waits);
	RUN(reaper_looks_again);
	return test_end();
}
