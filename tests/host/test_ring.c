// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of zcache-native against a model: whatever happens while its worker stores a page,
 * who asks gets the page as it was last put, or nothing; and nothing is lost in the ring.
 */
#include "test.h"

static bool queued;

#undef queue_work
#define queue_work(queue, work)		(queued = true)
#define flush_work(work)		store_staged(work)
#define cancel_work_sync(work)		((void)(work))
#define system_unbound_wq		NULL
#define DECLARE_WORK(name, fn)		__attribute__((unused)) struct work_struct name
#define __SPIN_LOCK_UNLOCKED(name)	{}
#define alloc_page(gfp)			shim_page_alloc()
#define __free_page(page)		shim_page_free(page)

#include "../../zcache/native/ring.c"

#define FILES	3
#define INDEXES	5
#define NAMES	(FILES * INDEXES)

u64 __percpu *native_stats;

/* What a name holds: which version was put last, 0: forgotten; and what the store has. */
static u64 newest[NAMES], stored[NAMES];
static u64 versions;
static char pool_mark;
static struct staged *storing;
static u64 storing_version;
static struct page *scratch;

static struct native_name name_nr(unsigned int nr)
{
	return (struct native_name){
		.pool = (struct zcache_pool *)&pool_mark,
		.oid = { .word = { nr / INDEXES } },
		.index = nr % INDEXES,
	};
}

static unsigned int nr_of(const struct tmem_oid *oid, u32 index)
{
	return oid->word[0] * INDEXES + index;
}

/* The store: its contents are a version, as the bytes of the page say. */
int zcache_put(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index, struct page *page)
{
	u64 version;

	memcpy(&version, page_address(page), sizeof(version));
	CHECK(bytes_are(page_address(page) + 8, PAGE_SIZE - 8, version));
	stored[nr_of(oid, index)] = version;
	return 0;
}

bool zcache_flush_page(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index)
{
	unsigned int nr = nr_of(oid, index);
	bool there = stored[nr];

	stored[nr] = 0;
	return there;
}

static void fill_next(void)
{
	versions++;
	memcpy(page_address(scratch), &versions, sizeof(versions));
	fill_bytes(page_address(scratch) + 8, PAGE_SIZE - 8, versions);
}

static void put(unsigned int nr)
{
	struct native_name name = name_nr(nr);

	fill_next();
	newest[nr] = versions;
	if (native_ring_add(&name, scratch))
		return;
	/* As clean.c does. */
	native_ring_drop(&name);
	zcache_flush_page(name.pool, &name.oid, name.index);
	newest[nr] = 0;
}

/* As native_fs_get(): the page leaves. */
static void get(unsigned int nr)
{
	struct native_name name = name_nr(nr);
	u64 version = 0;
	int err = native_ring_take(&name, scratch);

	if (!err) {
		memcpy(&version, page_address(scratch), sizeof(version));
		CHECK(bytes_are(page_address(scratch) + 8, PAGE_SIZE - 8, version));
		zcache_flush_page(name.pool, &name.oid, name.index);
	} else if (err == -ENOENT) {
		version = stored[nr];
		stored[nr] = 0;
	}
	if (version)
		CHECK_EQ(version, newest[nr]);
	newest[nr] = 0;
}

static void forget(unsigned int nr)
{
	struct native_name name = name_nr(nr);

	native_ring_drop(&name);
	zcache_flush_page(name.pool, &name.oid, name.index);
	newest[nr] = 0;
}

static void forget_file(unsigned int nr)
{
	struct native_name name = name_nr(nr);
	unsigned int i;

	native_ring_drop_file(&name);
	for (i = 0; i < INDEXES; i++) {
		stored[nr / INDEXES * INDEXES + i] = 0;
		newest[nr / INDEXES * INDEXES + i] = 0;
	}
}

/* The worker, one step at a time. */
static void work(void)
{
	struct native_name *name;

	if (!storing) {
		storing = begin_storing();
		storing_version = 0;
		return;
	}
	name = &storing->name;
	if (!storing_version) {
		CHECK_EQ(zcache_put(name->pool, &name->oid, name->index, storing->copy), 0);
		storing_version = stored[nr_of(&name->oid, name->index)];
		return;
	}
	end_storing(storing);
	storing = NULL;
}

static unsigned int ring_free(void)
{
	struct staged *staged;
	unsigned int count = 0;

	list_for_each_entry(staged, &ring.free, list)
		count++;
	return count;
}

static void begin(void)
{
	native_stats = __alloc_percpu(NATIVE_ST_NR * sizeof(u64), 8);
	scratch = shim_page_alloc();
	spin_lock_init(&ring.lock);
	CHECK_EQ(native_ring_init(), 0);
	memset(newest, 0, sizeof(newest));
	memset(stored, 0, sizeof(stored));
}

static void end(void)
{
	while (storing)
		work();
	native_ring_drain((struct zcache_pool *)&pool_mark);
	CHECK_EQ(ring_free(), RING_PAGES);
	native_ring_exit();
	shim_page_free(scratch);
	free_percpu(native_stats);
}

static void any_order(void)
{
	unsigned int step, steps = test_effort(200000);
	struct rng rng;

	begin();
	rng_init(&rng, 1);
	for (step = 0; step < steps; step++) {
		unsigned int nr = rng_below(&rng, NAMES);

		switch (rng_below(&rng, 8)) {
		case 0:
		case 1:
			put(nr);
			break;
		case 2:
			get(nr);
			break;
		case 3:
			forget(nr);
			break;
		case 4:
			if (!rng_below(&rng, 8))
				forget_file(nr);
			break;
		default:
			work();
		}
	}
	end();
}

/* What was put and is let rest is found, from the ring and from the store. */
static void found(void)
{
	unsigned int nr;

	begin();
	for (nr = 0; nr < NAMES; nr++)
		put(nr);
	for (nr = 0; nr < NAMES; nr++) {
		struct native_name name = name_nr(nr);

		if (nr == NAMES / 2)
			store_staged(NULL);
		if (nr < NAMES / 2)
			CHECK_EQ(native_ring_take(&name, scratch), 0);
		else
			CHECK_EQ(native_ring_take(&name, scratch), -ENOENT);
		CHECK_EQ(stored[nr] != 0, nr >= NAMES / 2);
	}
	CHECK(queued);
	end();
}

/* With the ring full a put is refused, and there is room again when the worker was there. */
static void full(void)
{
	struct native_name name = name_nr(0);
	unsigned int i;

	begin();
	for (i = 0; i < RING_PAGES; i++) {
		name.index = i % INDEXES;
		name.oid.word[0] = i / INDEXES % FILES;
		name.oid.word[1] = i;
		fill_next();
		CHECK(native_ring_add(&name, scratch));
	}
	name.oid.word[1] = i;
	CHECK(!native_ring_add(&name, scratch));
	native_ring_drain((struct zcache_pool *)&pool_mark);
	CHECK(native_ring_add(&name, scratch));
	end();
}

int main(void)
{
	test_plan(3);
	RUN_BARE(any_order);
	RUN_BARE(found);
	RUN_BARE(full);
	return test_end();
}
