// SPDX-License-Identifier: GPL-2.0-only
/*
 * tmem against a model: an array with one entry per handle.
 *
 * 10^5 handles in six pools of three clients.  After every operation the answer must
 * be what the array says, each descriptor is released exactly when nothing refers to
 * it, and at the end every counter adds up.
 */
#include "test.h"

#include "mod_tmem.h"

#define POOLS		6
#define OIDS		80
#define INDICES		210
#define SLOTS		(POOLS * OIDS * INDICES)
#define HELD		64
#define DESCS		(SLOTS + HELD + 8)

struct tdesc {
	struct tmem_page	page;
	u64			content;
	unsigned int		slot;
	bool			used;		/* tmem's, or somebody's */
	struct tdesc		*next;		/* free list */
};

/* What the model knows of a handle. */
struct slot {
	enum tmem_where	where;
	u64		content;
	u64		version;
	u8		host;
	struct tdesc	*desc;
};

struct held {
	struct tdesc	*desc;
	enum tmem_where	where;
	u64		content;
	unsigned int	slot;
};

static struct slot slots[SLOTS];
static struct tdesc descs[2][DESCS];
static struct tdesc *free_descs[2];
static struct held held[HELD];
static unsigned int nr_held;
static unsigned long used[2], pages;
static struct tmem_pool *pools[POOLS];
static struct tmem_client *clients[3];
static u64 next_content, last_version;
static struct rng rng;

static struct {
	u64 puts, put_failed, put_frozen, get, lost, miss, remote;
	u64 flush, flush_found, flobj, flobj_found, removed, replaced, stale, pages_lost;
} sums;

static int kind_of(enum tmem_where where)
{
	return where == TMEM_REMOTE;
}

static void model_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	struct tdesc *d = container_of(page, struct tdesc, page);
	int kind = kind_of(where);

	CHECK(d >= descs[kind] && d < descs[kind] + DESCS);
	CHECK(d->used);
	CHECK(pools[d->slot / (OIDS * INDICES)] == pool);
	CHECK_EQ(atomic_read(&page->refs), 0);
	d->used = false;
	d->content = 0;
	d->next = free_descs[kind];
	free_descs[kind] = d;
	used[kind]--;
}

static const struct tmem_ops model_ops = { .release = model_release };

static struct tdesc *take_desc(enum tmem_where where, unsigned int slot)
{
	int kind = kind_of(where);
	struct tdesc *d = free_descs[kind];

	CHECK(d);
	free_descs[kind] = d->next;
	used[kind]++;
	d->used = true;
	d->slot = slot;
	d->content = ++next_content;
	return d;
}

static void drop_desc(struct tdesc *d, enum tmem_where where)
{
	CHECK_EQ(atomic_read(&d->page.refs), 0);
	d->used = false;
	d->next = free_descs[kind_of(where)];
	free_descs[kind_of(where)] = d;
	used[kind_of(where)]--;
}

static struct tmem_pool *pool_of(unsigned int slot)
{
	return pools[slot / (OIDS * INDICES)];
}

static struct tmem_oid oid_of(unsigned int slot)
{
	u64 nr = slot / INDICES % OIDS;

	/* Objects differ in one word only, each word in turn. */
	return (struct tmem_oid){ { nr % 3 ? 0 : nr, nr % 3 == 1 ? nr : 0, nr % 3 == 2 ? nr : 0 } };
}

static u32 index_of(unsigned int slot)
{
	static const u32 far[] = {
		4095, 4096, 4097, 65535, 262143, 262144, 1U << 24, 0x7fffffff, 0x80000000, U32_MAX,
	};
	unsigned int nr = slot % INDICES;

	return nr < ARRAY_SIZE(far) ? far[nr] : nr - ARRAY_SIZE(far);
}

/* Few slots are visited often, all now and then. */
static unsigned int any_slot(void)
{
	return rng_below(&rng, rng_below(&rng, 3) ? SLOTS : 2000);
}

static void model_clear(struct slot *s)
{
	if (s->where != TMEM_NOWHERE)
		pages--;
	*s = (struct slot){ .where = TMEM_NOWHERE };
}

static void model_set(struct slot *s, struct tdesc *d, enum tmem_where where, u8 host)
{
	u64 version = tmem_page_version(&d->page);

	if (s->where == TMEM_NOWHERE)
		pages++;
	*s = (struct slot){ where, d->content, version, host, d };
}

/* Look at a handle; the pin is kept if @keep. */
static struct tdesc *check_get(unsigned int nr, bool keep)
{
	struct slot *s = &slots[nr];
	struct tmem_page *page = NULL;
	struct tmem_oid oid = oid_of(nr);
	enum tmem_where where = tmem_get(pool_of(nr), &oid, index_of(nr), &page);
	struct tdesc *d;

	sums.get++;
	sums.lost += where == TMEM_LOST;
	sums.miss += where == TMEM_NOWHERE;
	sums.remote += where == TMEM_REMOTE;
	CHECK_EQ(where, s->where);
	if (!page)
		return NULL;
	d = container_of(page, struct tdesc, page);
	CHECK(d == s->desc);
	CHECK(d->used);
	CHECK_EQ(d->slot, nr);
	CHECK_EQ(d->content, s->content);
	CHECK_EQ(tmem_page_version(page), s->version);
	CHECK_EQ(tmem_page_host(page), s->host);
	if (!keep)
		tmem_page_unpin(page, where);
	return d;
}

static void do_put(void)
{
	unsigned int nr = any_slot();
	struct tdesc *d = take_desc(TMEM_LOCAL, nr);
	struct tmem_oid oid = oid_of(nr);
	u8 host = rng_next(&rng);
	int err;

	if (!rng_below(&rng, 20))
		shim_fail_at(rng_below(&rng, 2) ? -1 : 1 + (long)rng_below(&rng, 4));
	err = tmem_put(pool_of(nr), &oid, index_of(nr), &d->page, host);
	sums.puts++;
	if (!err) {
		CHECK(tmem_page_version(&d->page) > last_version);
		last_version = tmem_page_version(&d->page);
		model_set(&slots[nr], d, TMEM_LOCAL, host);
	} else {
		CHECK(tmem_is_frozen() ? err == -EBUSY : err == -ENOMEM && shim_failed());
		sums.put_frozen += err == -EBUSY;
		sums.put_failed += err == -ENOMEM;
		/* A refused put flushes, and a flush is counted. */
		sums.flush++;
		sums.flush_found += slots[nr].where != TMEM_NOWHERE;
		model_clear(&slots[nr]);
		drop_desc(d, TMEM_LOCAL);
	}
	shim_fail_at(0);
	check_get(nr, false);
}

static void do_flush(void)
{
	unsigned int nr = any_slot();
	struct tmem_oid oid = oid_of(nr);
	bool found = tmem_flush_page(pool_of(nr), &oid, index_of(nr));

	sums.flush++;
	sums.flush_found += found;
	CHECK_EQ(found, slots[nr].where != TMEM_NOWHERE);
	model_clear(&slots[nr]);
	check_get(nr, false);
}

static void do_flush_range(u32 first, u32 last)
{
	unsigned int base = any_slot() / INDICES * INDICES, nr;
	struct tmem_oid oid = oid_of(base);
	unsigned long found = 0;

	for (nr = base; nr < base + INDICES; nr++) {
		if (index_of(nr) < first || index_of(nr) > last)
			continue;
		found += slots[nr].where != TMEM_NOWHERE;
		model_clear(&slots[nr]);
	}
	CHECK_EQ(tmem_flush_range(pool_of(base), &oid, first, last), found);
	sums.flobj++;
	sums.flobj_found += found > 0;
	for (nr = base; nr < base + INDICES; nr++)
		check_get(nr, false);
}

static void do_hold(void)
{
	unsigned int nr = any_slot();
	struct tdesc *d;

	if (nr_held == HELD)
		return;
	d = check_get(nr, true);
	if (d)
		held[nr_held++] = (struct held){ d, slots[nr].where, d->content, nr };
}

static void do_let_go(void)
{
	struct held *h;

	if (!nr_held)
		return;
	h = &held[rng_below(&rng, nr_held)];
	CHECK(h->desc->used);
	CHECK_EQ(h->desc->content, h->content);
	CHECK_EQ(h->desc->slot, h->slot);
	tmem_page_unpin(&h->desc->page, h->where);
	*h = held[--nr_held];
}

static void do_take(void)
{
	unsigned int nr = any_slot();
	struct slot *s = &slots[nr];
	struct tmem_oid oid = oid_of(nr);
	struct tmem_page *page = NULL;
	enum tmem_where where = tmem_take(pool_of(nr), &oid, index_of(nr), &page);

	sums.get++;
	sums.lost += where == TMEM_LOST;
	sums.miss += where == TMEM_NOWHERE;
	sums.remote += where == TMEM_REMOTE;
	CHECK_EQ(where, s->where);
	if (page) {
		CHECK(page == &s->desc->page);
		CHECK_EQ(s->desc->content, s->content);
		tmem_page_unpin(page, where);
		sums.removed++;
		model_clear(s);
	}
	check_get(nr, false);
}

/* Eviction of a page that may have left the index long ago. */
static void do_remove_held(void)
{
	struct held *h;
	struct slot *s;
	bool there;

	if (!nr_held)
		return;
	h = &held[rng_below(&rng, nr_held)];
	s = &slots[h->slot];
	there = s->desc == h->desc && s->content == h->content;
	CHECK_EQ(tmem_remove(&h->desc->page, h->where), there);
	sums.removed += there;
	if (there)
		model_clear(s);
}

/* Move a held page to the other kind, with a version that may be stale or wrong. */
static void do_replace_held(void)
{
	enum tmem_where to;
	struct tdesc *d;
	struct held *h;
	struct slot *s;
	u64 version;
	bool there;
	u8 host = rng_next(&rng);

	if (!nr_held)
		return;
	h = &held[rng_below(&rng, nr_held)];
	s = &slots[h->slot];
	to = rng_below(&rng, 2) ? TMEM_LOCAL : TMEM_REMOTE;
	version = tmem_page_version(&h->desc->page) + (rng_below(&rng, 4) == 0);
	there = s->desc == h->desc && s->content == h->content && s->version == version;
	d = take_desc(to, h->slot);
	if (!tmem_replace(&h->desc->page, h->where, version, &d->page, to, host)) {
		CHECK(there);
		CHECK_EQ(tmem_page_version(&d->page), version);
		sums.replaced++;
		model_set(s, d, to, host);
	} else {
		CHECK(!there);
		sums.stale++;
		drop_desc(d, to);
	}
	check_get(h->slot, false);
}

static void do_lose_held(void)
{
	struct held *h;
	struct slot *s;
	bool there;

	if (!nr_held)
		return;
	h = &held[rng_below(&rng, nr_held)];
	s = &slots[h->slot];
	there = s->desc == h->desc && s->content == h->content;
	CHECK_EQ(tmem_lose(&h->desc->page, h->where, tmem_page_version(&h->desc->page)),
		 there ? 0 : -ESTALE);
	sums.pages_lost += there;
	sums.stale += !there;
	if (there) {
		s->where = TMEM_LOST;
		s->desc = NULL;
	}
	check_get(h->slot, false);
}

static void one_step(void)
{
	u32 dice = rng_below(&rng, 1000);

	if (dice < 450)
		do_put();
	else if (dice < 600)
		check_get(any_slot(), false);
	else if (dice < 700)
		do_flush();
	else if (dice < 760)
		do_take();
	else if (dice < 840)
		do_hold();
	else if (dice < 890)
		do_let_go();
	else if (dice < 910)
		do_remove_held();
	else if (dice < 970)
		do_replace_held();
	else if (dice < 990)
		do_lose_held();
	else if (dice < 997)
		do_flush_range(rng_below(&rng, 250), rng_below(&rng, 2) ? U32_MAX : 150);
	else
		tmem_freeze(dice == 999 && !rng_below(&rng, 4));
}

static void start_model(void)
{
	int kind, i;

	memset(slots, 0, sizeof(slots));
	memset(&sums, 0, sizeof(sums));
	for (kind = 0; kind < 2; kind++) {
		free_descs[kind] = NULL;
		used[kind] = 0;
		for (i = 0; i < DESCS; i++) {
			tmem_page_init_once(&descs[kind][i].page);
			descs[kind][i].next = free_descs[kind];
			free_descs[kind] = &descs[kind][i];
		}
	}
	pages = nr_held = 0;
	for (i = 0; i < 3; i++)
		clients[i] = tmem_client_create(i ? i * 1000 : TMEM_LOCAL_CLIENT);
	for (i = 0; i < POOLS; i++) {
		pools[i] = tmem_pool_create(clients[i % 3], i & 1, &model_ops, NULL);
		CHECK(!IS_ERR(pools[i]));
	}
}

/* Every handle that holds something has a descriptor, and so has every pin. */
static void check_books(void)
{
	CHECK_EQ(shim_stat("tmem", "page_count"), pages);
	CHECK_EQ(shim_stat("tmem", "put_new") + shim_stat("tmem", "put_replaced") +
		 shim_stat("tmem", "put_failed") + shim_stat("tmem", "put_to_flush"), sums.puts);
	CHECK_EQ(shim_stat("tmem", "put_failed"), sums.put_failed);
	CHECK_EQ(shim_stat("tmem", "put_to_flush"), sums.put_frozen);
	CHECK_EQ(shim_stat("tmem", "get_local") + shim_stat("tmem", "get_remote") +
		 shim_stat("tmem", "get_lost") + shim_stat("tmem", "get_miss"), sums.get);
	CHECK_EQ(shim_stat("tmem", "get_remote"), sums.remote);
	CHECK_EQ(shim_stat("tmem", "get_lost"), sums.lost);
	CHECK_EQ(shim_stat("tmem", "get_miss"), sums.miss);
	CHECK_EQ(shim_stat("tmem", "get_retry"), 0);
	CHECK_EQ(shim_stat("tmem", "flush_total"), sums.flush);
	CHECK_EQ(shim_stat("tmem", "flush_found"), sums.flush_found);
	CHECK_EQ(shim_stat("tmem", "flobj_total"), sums.flobj);
	CHECK_EQ(shim_stat("tmem", "flobj_found"), sums.flobj_found);
	CHECK_EQ(shim_stat("tmem", "removed"), sums.removed);
	CHECK_EQ(shim_stat("tmem", "replace_done"), sums.replaced);
	CHECK_EQ(shim_stat("tmem", "replace_stale"), sums.stale);
	CHECK_EQ(shim_stat("tmem", "pages_lost"), sums.pages_lost);
}

static void random_operations(void)
{
	unsigned int i, steps = test_effort(600000);
	unsigned long local = 0, remote = 0;

	rng_init(&rng, 0);
	start_model();
	for (i = 0; i < steps; i++) {
		one_step();
		if (i % 50000 == 0)
			check_books();
	}
	tmem_freeze(false);
	while (nr_held)
		do_let_go();
	for (i = 0; i < SLOTS; i++) {
		check_get(i, false);
		local += slots[i].where == TMEM_LOCAL;
		remote += slots[i].where == TMEM_REMOTE;
	}
	CHECK_EQ(used[0], local);
	CHECK_EQ(used[1], remote);
	check_books();
	printf("# %lu pages in local memory, %lu remote, %llu puts, %llu of them failed\n", local,
	       remote, sums.puts, sums.put_failed);
	for (i = 0; i < POOLS; i++)
		tmem_pool_destroy(pools[i]);
	for (i = 0; i < 3; i++)
		tmem_client_destroy(clients[i]);
	CHECK_EQ(used[0], 0);
	CHECK_EQ(used[1], 0);
	CHECK_EQ(shim_stat("tmem", "page_count"), 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
}

/* All objects come and go, again and again: the reaper keeps up and loses nothing. */
static void objects_come_and_go(void)
{
	unsigned int i, nr;

	rng_init(&rng, 1);
	start_model();
	for (i = 0; i < test_effort(20000); i++) {
		do_put();
		if (rng_below(&rng, 10) == 0)
			do_flush_range(0, U32_MAX);
		if (rng_below(&rng, 100) == 0)
			flush_work(&pools[rng_below(&rng, POOLS)]->reap_work);
	}
	for (nr = 0; nr < SLOTS; nr += INDICES) {
		struct tmem_oid oid = oid_of(nr);

		tmem_flush_object(pool_of(nr), &oid);
	}
	for (i = 0; i < POOLS; i++)
		flush_work(&pools[i]->reap_work);
	CHECK_EQ(used[0], 0);
	CHECK_EQ(shim_stat("tmem", "obj_count"), 0);
	CHECK(shim_stat("tmem", "objects_reaped") >= OIDS * POOLS);
	for (i = 0; i < POOLS; i++)
		tmem_pool_destroy(pools[i]);
	for (i = 0; i < 3; i++)
		tmem_client_destroy(clients[i]);
}

int main(void)
{
	test_plan(2);
	RUN(random_operations);
	RUN(objects_come_and_go);
	return test_end();
}
