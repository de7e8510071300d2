// SPDX-License-Identifier: GPL-2.0-only
/*
 * zbud under threads, with tmem above it as zcache has it: the pins and the freezing
 * are tmem's, the descriptors are type-stable and change hands fast.
 *
 * Threads put, get, flush, evict, isolate and revive; allocation compacts all the
 * time, because frames are few and items are of all sizes.  Every byte that is read
 * under a pin must be what was put last under that handle, and stay so.
 */
#include "test.h"

#include "mod_tmem.h"
#include "mod_zbud.h"

#define THREADS		4
#define HANDLES		160
#define DESCS		200
#define FRAMES		16

struct desc {
	struct tmem_page	page;
	struct zbud_item	item;
	u64			id;
	unsigned int		handle;
	struct desc		*next;
};

static pthread_mutex_t stock_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct desc descs[DESCS], *free_descs;
static unsigned int nr_frames;		/* atomic */
static u64 ids;				/* atomic */
static u64 dead_until[HANDLES];		/* atomic: versions that no get may return */

static struct tmem_client *client;
static struct tmem_pool *tpool[ZBUD_KINDS];
static struct zbud_pool *zpool;
static unsigned int frame_pages;

static const struct tmem_oid oid = { { 0, 0, 1 } };

/* Each handle is of one kind; one in eight holds whole pages only. */
static enum zbud_kind kind_of(unsigned int handle)
{
	return handle % ZBUD_KINDS;
}

static bool is_whole_page(unsigned int handle)
{
	return handle % 8 == 0;
}

static u32 size_of(u64 id, unsigned int handle)
{
	u32 dice = id * 2654435761u, size;

	if (is_whole_page(handle))
		return PAGE_SIZE;
	size = dice & 1 ? 1 + (dice >> 8) % 600 : 1 + (dice >> 8) % zbud_max_size(frame_pages);
	return size == PAGE_SIZE ? size - 1 : size;
}

/* ---- the host: descriptors and frames ---------------------------------------------------- */

static struct desc *take_desc(void)
{
	struct desc *d;

	pthread_mutex_lock(&stock_mutex);
	d = free_descs;
	if (d)
		free_descs = d->next;
	pthread_mutex_unlock(&stock_mutex);
	return d;
}

static void drop_desc(struct desc *d)
{
	CHECK_EQ(d->item.ref, 0);
	CHECK_EQ(atomic_read(&d->page.refs), 0);
	d->id = 0;
	pthread_mutex_lock(&stock_mutex);
	d->next = free_descs;
	free_descs = d;
	pthread_mutex_unlock(&stock_mutex);
}

static void page_release(struct tmem_pool *pool, struct tmem_page *page, enum tmem_where where)
{
	struct desc *d = container_of(page, struct desc, page);

	CHECK_EQ(where, TMEM_LOCAL);
	CHECK(pool == tpool[kind_of(d->handle)]);
	zbud_free(zpool, &d->item);
	drop_desc(d);
}

static const struct tmem_ops page_ops = { .release = page_release };

static struct desc *desc_of(struct zbud_item *item)
{
	return container_of(item, struct desc, item);
}

static bool item_pin(struct zbud_item *item)
{
	return tmem_page_pin(&desc_of(item)->page);
}

static void item_unpin(struct zbud_item *item)
{
	tmem_page_unpin(&desc_of(item)->page, TMEM_LOCAL);
}

static bool item_freeze(struct zbud_item *item)
{
	return tmem_page_freeze(&desc_of(item)->page);
}

static void item_thaw(struct zbud_item *item)
{
	tmem_page_thaw(&desc_of(item)->page, TMEM_LOCAL);
}

static void free_frame(struct zbud_frame *frame)
{
	struct page *page;

	while ((page = zbud_frame_take_page(frame))) {
		/* Poison: who still reads here is found out. */
		memset(page_address(page), 0xdb, PAGE_SIZE);
		shim_page_free(page);
	}
	zbud_frame_free(frame);
	__atomic_sub_fetch(&nr_frames, 1, __ATOMIC_RELAXED);
}

static void frame_release(struct zbud_pool *pool, struct zbud_frame *frame, enum zbud_kind kind)
{
	CHECK(pool == zpool);
	CHECK_EQ(kind, frame_kind(frame));
	free_frame(frame);
}

static const struct zbud_ops item_ops = {
	.pin = item_pin,
	.unpin = item_unpin,
	.freeze = item_freeze,
	.thaw = item_thaw,
	.release = frame_release,
};

static struct zbud_frame *new_frame(unsigned int pages)
{
	struct zbud_frame *frame;

	if (__atomic_add_fetch(&nr_frames, 1, __ATOMIC_RELAXED) > FRAMES) {
		__atomic_sub_fetch(&nr_frames, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	frame = zbud_frame_alloc(GFP_NOWAIT, false);
	while (pages--)
		CHECK_EQ(zbud_frame_add_page(frame, shim_page_alloc()), 0);
	return frame;
}

/* ---- what threads do ---------------------------------------------------------------------- */

static void declare_dead(unsigned int handle, u64 version)
{
	u64 old = __atomic_load_n(&dead_until[handle], __ATOMIC_RELAXED);

	while (old < version &&
	       !__atomic_compare_exchange_n(&dead_until[handle], &old, version, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* Eviction takes a page out of the index; persistent pages too, this host can lose them. */
static bool evict_item(struct zbud_item *item, void *arg)
{
	struct desc *d = desc_of(item);
	char *bounce = arg;

	CHECK(bytes_are(zbud_map(item, bounce), zbud_size(item), d->id));
	if (tmem_remove(&d->page, TMEM_LOCAL))
		declare_dead(d->handle, tmem_page_version(&d->page));
	return true;
}

static struct zbud_frame *evict_frame(enum zbud_kind kind, char *bounce)
{
	return zbud_evict(zpool, kind, evict_item, bounce);
}

static bool find_place(unsigned int handle, u32 size, struct desc *d, char *bounce)
{
	unsigned int pages = size == PAGE_SIZE ? 1 : frame_pages;
	enum zbud_kind kind = kind_of(handle);
	struct zbud_frame *frame;

	if (!zbud_alloc(zpool, kind, size, &d->item))
		return true;
	frame = new_frame(pages);
	if (!frame) {
		/* Ouroboros: the oldest frame of any kind, used at once if it is fit. */
		frame = evict_frame(ZBUD_EPHEMERAL, bounce);
		if (!frame)
			frame = evict_frame(ZBUD_PERSISTENT, bounce);
		if (!frame)
			frame = evict_frame(ZBUD_LENT, bounce);
		if (frame && zbud_frame_nr_pages(frame) != pages) {
			free_frame(frame);
			frame = NULL;
		}
	}
	if (!frame)
		return false;
	CHECK_EQ(zbud_alloc_in(zpool, frame, kind, size, &d->item), 0);
	return true;
}

static void do_put(unsigned int handle, char *buf, char *bounce)
{
	u64 id = __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED);
	u32 size = size_of(id, handle);
	struct desc *d = take_desc();
	u64 before;

	if (!d)
		return;
	d->id = id;
	d->handle = handle;
	if (!find_place(handle, size, d, bounce)) {
		drop_desc(d);
		return;
	}
	fill_bytes(buf, size, id);
	zbud_write(&d->item, buf);
	before = atomic64_read(&tmem_version);
	CHECK_EQ(tmem_put(tpool[kind_of(handle)], &oid, handle, &d->page, 0), 0);
	declare_dead(handle, before);
}

static void do_get(unsigned int handle, unsigned int times, char *bounce)
{
	u64 dead = __atomic_load_n(&dead_until[handle], __ATOMIC_ACQUIRE);
	struct tmem_page *page;
	struct desc *d;

	if (tmem_get(tpool[kind_of(handle)], &oid, handle, &page) != TMEM_LOCAL)
		return;
	d = container_of(page, struct desc, page);
	CHECK_EQ(d->handle, handle);
	CHECK(tmem_page_version(page) > dead);
	CHECK_EQ(zbud_size(&d->item), size_of(d->id, handle));
	while (times--) {
		CHECK(bytes_are(zbud_map(&d->item, bounce), zbud_size(&d->item), d->id));
		shim_chaos();
	}
	tmem_page_unpin(page, TMEM_LOCAL);
}

static void do_flush(unsigned int handle)
{
	u64 before = atomic64_read(&tmem_version);
	bool irqs_off = handle & 4;

	if (irqs_off)
		shim_irqs(false);
	tmem_flush_page(tpool[kind_of(handle)], &oid, handle);
	if (irqs_off)
		shim_irqs(true);
	declare_dead(handle, before);
}

static bool look_at_item(struct zbud_item *item, void *bounce)
{
	CHECK(bytes_are(zbud_map(item, bounce), zbud_size(item), desc_of(item)->id));
	return true;
}

/* A move that failed: the frame is isolated, looked at, and taken back. */
static void do_isolate(unsigned int dice, char *bounce)
{
	enum zbud_kind kind = dice % ZBUD_KINDS;
	struct zbud_frame *frame = zbud_isolate_oldest(zpool, kind);

	if (!frame)
		return;
	zbud_walk(zpool, frame, look_at_item, bounce);
	shim_chaos();
	frame = zbud_revive(zpool, frame, dice & 8);
	if (frame)
		free_frame(frame);
}

/* Frames that get empty are released, as by any other free. */
static void do_repack(unsigned int dice)
{
	zbud_repack(zpool, dice % ZBUD_KINDS);
}

static void *mixed_work(void *arg)
{
	unsigned int i, steps = test_effort(70000);
	char *buf = malloc(ZBUD_MAX_LONG), *bounce = malloc(ZBUD_MAX_LONG);
	struct rng rng;

	rng_init(&rng, 300 + (unsigned int)(long)arg);
	for (i = 0; i < steps; i++) {
		unsigned int handle = rng_below(&rng, HANDLES), dice = rng_below(&rng, 100);
		struct zbud_frame *frame;

		if (dice < 35) {
			do_put(handle, buf, bounce);
		} else if (dice < 75) {
			do_get(handle, 1 + rng_below(&rng, 3), bounce);
		} else if (dice < 94) {
			do_flush(handle);
		} else if (dice < 96) {
			do_repack(rng_next(&rng));
		} else if (dice < 98) {
			do_isolate(rng_next(&rng), bounce);
		} else {
			frame = evict_frame(i % ZBUD_KINDS, bounce);
			if (frame)
				free_frame(frame);
		}
	}
	free(buf);
	free(bounce);
	return NULL;
}

static void check_lists(enum zbud_kind kind)
{
	struct zbud_usage usage;
	struct zbud_frame *frame;
	u64 items = 0, frames = 0, pages = 0, single = 0;

	zbud_usage(zpool, kind, &usage);
	list_for_each_entry(frame, &zpool->lists[kind].by_age, age) {
		CHECK(!frame->claimed);
		CHECK(frame->items);
		items += frame->items;
		single += frame->items == 1;
		pages += frame->nr_pages;
		frames++;
	}
	CHECK_EQ(usage.items, items);
	CHECK_EQ(usage.frames, frames);
	CHECK_EQ(usage.pages, pages);
	CHECK_EQ(usage.single, single);
	CHECK_EQ(usage.isolated, 0);
}

static void run(unsigned int pages, unsigned int buddies)
{
	static const char *const shown[] = {
		"alloc_fit", "alloc_compacted", "alloc_fresh", "compact_moved",
		"compact_pinned", "evict_busy", "revived",
	};
	pthread_t threads[THREADS];
	struct zbud_usage usage;
	unsigned int i;
	int kind;

	free_descs = NULL;
	for (i = 0; i < DESCS; i++) {
		tmem_page_init_once(&descs[i].page);
		descs[i].item.ref = 0;
		descs[i].next = free_descs;
		free_descs = &descs[i];
	}
	memset(dead_until, 0, sizeof(dead_until));
	frame_pages = pages;
	client = tmem_client_create(TMEM_LOCAL_CLIENT);
	zpool = zbud_create(pages, buddies, &item_ops, NULL);
	for (kind = 0; kind < ZBUD_KINDS; kind++)
		tpool[kind] = tmem_pool_create(client, 0, &page_ops, NULL);

	WRITE_ONCE(shim_chaos_on, true);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, mixed_work, (void *)(long)i);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	WRITE_ONCE(shim_chaos_on, false);

	for (kind = 0; kind < ZBUD_KINDS; kind++)
		check_lists(kind);
	printf("# frames of %u pages, at most %u items:", pages, buddies);
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		printf(" %s %lld", shown[i], shim_stat("tmem_zbud", shown[i]));
	printf("\n");
	for (kind = 0; kind < ZBUD_KINDS; kind++) {
		tmem_pool_destroy(tpool[kind]);
		zbud_usage(zpool, kind, &usage);
		CHECK(!usage.items && !usage.bytes && !usage.frames && !usage.pages);
	}
	CHECK_EQ(nr_frames, 0);
	zbud_destroy(zpool);
	tmem_client_destroy(client);
	for (i = 0; free_descs; free_descs = free_descs->next)
		i++;
	CHECK_EQ(i, DESCS);
}

static void frames_of_four(void)
{
	run(4, ZBUD_MAX_BUDDIES);
	/* It was a test only if this has happened. */
	CHECK(shim_stat("tmem_zbud", "compact_moved") > 0);
	CHECK(shim_stat("tmem_zbud", "alloc_compacted") > 0);
	CHECK(shim_stat("tmem_zbud", "revived") > 0);
}

static void frames_of_eight(void)
{
	run(8, ZBUD_MAX_BUDDIES);
}

static void frames_of_one_with_pairs(void)
{
	run(1, 2);
}

int main(void)
{
	test_plan(3);
	RUN(frames_of_four);
	RUN(frames_of_eight);
	RUN(frames_of_one_with_pairs);
	return test_end();
}
