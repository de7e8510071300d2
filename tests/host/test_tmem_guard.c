// SPDX-License-Identifier: GPL-2.0-only
/* A put that is forbidden at the last moment leaves nothing, as any put that fails. */
#include "test.h"

#include "mod_tmem.h"

static unsigned int releases;

static void count_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	releases++;
}

static const struct tmem_ops ops = { .release = count_release };

static const struct tmem_oid oid = { { 1, 2, 3 } };

static struct tmem_client *client;
static struct tmem_pool *pool;

struct test_guard {
	struct tmem_guard	guard;
	bool			allow;
	unsigned int		asked;
};

/* The lock of the object is held, with interrupts off. */
static bool still(const struct tmem_guard *guard)
{
	struct test_guard *tg = container_of(guard, struct test_guard, guard);

	tg->asked++;
	CHECK(!shim_irqs_on());
	return tg->allow;
}

static int put(struct tmem_page *page, struct test_guard *tg)
{
	return tmem_put_if(pool, &oid, 0, page, 0, &tg->guard);
}

static bool is_there(const struct tmem_page *page)
{
	struct tmem_page *found = NULL;

	if (tmem_get(pool, &oid, 0, &found) != TMEM_LOCAL)
		return false;
	tmem_page_unpin(found, TMEM_LOCAL);
	return found == page;
}

static void guarded_puts(void)
{
	struct test_guard tg = { .guard.still = still };
	struct tmem_page page[3];
	unsigned int i;

	releases = 0;
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	pool = tmem_pool_create(client, 0, &ops, NULL);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		tmem_page_init_once(&page[i]);

	/* The object was made for it, and must not stay empty. */
	CHECK_EQ(put(&page[0], &tg), -ECANCELED);
	CHECK_EQ(tg.asked, 1);
	CHECK(!is_there(&page[0]));
	flush_work(&pool->reap_work);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);

	tg.allow = true;
	CHECK_EQ(put(&page[0], &tg), 0);
	CHECK(is_there(&page[0]));
	CHECK_EQ(put(&page[1], &tg), 0);
	CHECK(is_there(&page[1]));
	CHECK_EQ(releases, 1);

	/* What was there before is gone as well; the new one is still the caller's. */
	tg.allow = false;
	CHECK_EQ(put(&page[2], &tg), -ECANCELED);
	CHECK(!is_there(&page[1]) && !is_there(&page[2]));
	CHECK_EQ(releases, 2);
	CHECK_EQ(atomic_read(&page[2].refs), 0);

	CHECK_EQ(shim_stat("tmem", "put_overtaken"), 2);
	CHECK_EQ(shim_stat("tmem", "put_new") + shim_stat("tmem", "put_replaced"), 2);
	tmem_pool_destroy(pool);
	tmem_client_destroy(client);
}

int main(void)
{
	test_plan(1);
	RUN(guarded_puts);
	return test_end();
}
