// SPDX-License-Identifier: GPL-2.0-only
/* zbud in one thread: geometry, choice of frame, age, and a randomised run. */
#include "test.h"

#include "zbud_model.h"

/* How many items of one size an empty frame takes, by counting chunks. */
static unsigned int capacity(unsigned int pages, u32 size, unsigned int max_buddies)
{
	unsigned int n = 0;

	while (n < max_buddies &&
	       DIV_ROUND_UP((pages - 1) * 8, 16) + (n / 4 + 1) * 3 +
	       (n + 1) * DIV_ROUND_UP(size, 16) <= pages * 256)
		n++;
	return n;
}

static void fill_frame(unsigned int pages, u32 size, unsigned int max_buddies)
{
	unsigned int count = 1;

	model_start(pages, max_buddies, size);
	model_alloc_in(ZBUD_PERSISTENT, size, pages);
	while (model_alloc(ZBUD_PERSISTENT, size))
		count++;
	/* Room below 64 bytes is not offered at all. */
	if (count != capacity(pages, size, max_buddies))
		CHECK(size < 64 && count + 4 > capacity(pages, size, max_buddies));
	model_check_all();
	model_stop();
}

static void every_size(void)
{
	unsigned int pages;
	u32 size, step;

	for (pages = 1; pages <= ZBUD_MAX_FRAME_PAGES; pages++) {
		for (size = 1; size <= zbud_max_size(pages); size += step) {
			step = size < 200 ? 15 : size < 4040 ? 61 : 1;
			if (size != PAGE_SIZE)
				fill_frame(pages, size, ZBUD_MAX_BUDDIES);
		}
	}
}

static void limit_of_items(void)
{
	static const unsigned int limits[] = { 1, 2, 3, 4, 5, 8, 9, 251, 252 };
	unsigned int i, pages;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		for (pages = 1; pages <= ZBUD_MAX_FRAME_PAGES; pages += 3)
			fill_frame(pages, 16, limits[i]);
}

static void bad_sizes(void)
{
	struct zbud_item item = { 0 };
	struct zbud_frame *frame;
	struct page *pages[9];
	unsigned int i;

	CHECK_EQ(PTR_ERR(zbud_create(0, 2, &model_ops, NULL)), -EINVAL);
	CHECK_EQ(PTR_ERR(zbud_create(9, 2, &model_ops, NULL)), -EINVAL);
	CHECK_EQ(PTR_ERR(zbud_create(4, 0, &model_ops, NULL)), -EINVAL);
	CHECK_EQ(PTR_ERR(zbud_create(4, 253, &model_ops, NULL)), -EINVAL);

	model_start(4, 10, 0);
	CHECK_EQ(zbud_max_size(1), 4048);
	CHECK_EQ(zbud_max_size(2), 4112);
	CHECK_EQ(zbud_max_size(8), 4112);
	CHECK(!model_alloc(ZBUD_EPHEMERAL, 0));
	CHECK(!model_alloc(ZBUD_EPHEMERAL, 4049));
	CHECK(!model_alloc(ZBUD_EPHEMERAL, 4097));
	CHECK(!model_alloc(ZBUD_EPHEMERAL, 4113));
	CHECK(!model_alloc(ZBUD_EPHEMERAL, PAGE_SIZE));
	for (i = 1; i <= ZBUD_MAX_FRAME_PAGES; i++) {
		model_alloc_in(ZBUD_EPHEMERAL, 0, i);
		model_alloc_in(ZBUD_EPHEMERAL, 4049, i);
		model_alloc_in(ZBUD_EPHEMERAL, 4095, i);
		model_alloc_in(ZBUD_EPHEMERAL, 4097, i);
		model_alloc_in(ZBUD_EPHEMERAL, 4112, i);
		model_alloc_in(ZBUD_EPHEMERAL, 4113, i);
		model_alloc_in(ZBUD_EPHEMERAL, PAGE_SIZE, i);
	}
	frame = zbud_frame_alloc(GFP_KERNEL, false);
	CHECK_EQ(zbud_alloc_in(model.pool, frame, ZBUD_EPHEMERAL, 100, &item), -EINVAL);
	for (i = 0; i < 9; i++) {
		pages[i] = shim_page_alloc();
		CHECK_EQ(zbud_frame_add_page(frame, pages[i]), i < 8 ? 0 : -E2BIG);
		CHECK_EQ(zbud_frame_nr_pages(frame), min(i + 1, 8U));
	}
	for (i = 8; i--;)
		CHECK(zbud_frame_take_page(frame) == pages[i]);
	zbud_frame_free(frame);
	for (i = 0; i < 9; i++)
		shim_page_free(pages[i]);
	model_check_all();
	model_stop();
}

/* A whole page stands alone, is never joined and never compacted. */
static void whole_pages(void)
{
	unsigned int i;

	model_start(4, 252, 0);
	for (i = 0; i < 3; i++)
		model_alloc_in(ZBUD_PERSISTENT, PAGE_SIZE, 1);
	CHECK(!model_alloc(ZBUD_PERSISTENT, 1));
	model_alloc_in(ZBUD_PERSISTENT, 3000, 1);
	CHECK(model_alloc(ZBUD_PERSISTENT, 900));
	model_check_all();
	CHECK_EQ(model.nr_frames, 4);
	model_flush(&model.items[1]);
	CHECK_EQ(model.nr_frames, 3);
	CHECK(model_evict(ZBUD_PERSISTENT));
	CHECK(!model.items[0].used && model.items[2].used);
	model_check_all();
	model_stop();
}

/* Longer than a page: in frames of several, not in one; moved like all others. */
static void long_items(void)
{
	unsigned int i, n;

	model_start(4, 252, 0);
	model_alloc_in(ZBUD_LENT, 100, 1);
	CHECK(!model_alloc(ZBUD_LENT, ZBUD_MAX_LONG));
	model_flush(&model.items[0]);
	model_alloc_in(ZBUD_LENT, 10, 4);
	for (n = 0; model_alloc(ZBUD_LENT, ZBUD_MAX_LONG - n % 3); n++)
		;
	CHECK_EQ(n, 3);
	/* Two holes, one of them at the end: the long items move up, across pages. */
	model_flush(&model.items[1]);
	CHECK(model_alloc(ZBUD_LENT, 2000));
	CHECK(model_alloc(ZBUD_LENT, 2000));
	CHECK(model_alloc(ZBUD_LENT, 4000));
	CHECK_EQ(shim_stat("tmem_zbud", "alloc_compacted"), 1);
	model_check_all();
	CHECK_EQ(shim_stat("tmem_zbud", "lent_zpages"), model.nr_items);
	CHECK_EQ(shim_stat("tmem_zbud", "pers_zpages"), 0);
	for (i = 0; i < 200; i++) {
		model_flush(&model.items[i % 7]);
		if (!model_alloc(ZBUD_LENT, 4049 + i % 64))
			model_alloc_in(ZBUD_LENT, 4049 + i % 64, 2 + i % 7);
		model_check_all();
	}
	model_stop();
}

/* The original: two to a page frame. */
static void as_the_original(void)
{
	unsigned int i;

	model_start(1, 2, 0);
	for (i = 0; i < 40; i++)
		if (!model_alloc(ZBUD_PERSISTENT, 2000))
			model_alloc_in(ZBUD_PERSISTENT, 2000, 1);
	CHECK_EQ(model.nr_frames, 20);
	CHECK(!model_alloc(ZBUD_PERSISTENT, 1));
	model_check_all();
	model_stop();
}

static void kinds_are_apart(void)
{
	model_start(4, 252, 0);
	model_alloc_in(ZBUD_PERSISTENT, 100, 4);
	CHECK(!model_alloc(ZBUD_EPHEMERAL, 100));
	CHECK(!model_isolate(ZBUD_EPHEMERAL));
	model_alloc_in(ZBUD_EPHEMERAL, 100, 4);
	CHECK(model_alloc(ZBUD_EPHEMERAL, 100));
	CHECK(!model_alloc(ZBUD_LENT, 100));
	CHECK(!model_isolate(ZBUD_LENT));
	model_alloc_in(ZBUD_LENT, 100, 4);
	CHECK(model_alloc(ZBUD_LENT, 100));
	CHECK(model_evict(ZBUD_EPHEMERAL));
	CHECK(!model_evict(ZBUD_EPHEMERAL));
	CHECK_EQ(model.nr_items, 3);
	model_check_all();
	model_stop();
}

/* Of frames with 3000, 2000, ... bytes left an item takes the tightest. */
static void best_fit(void)
{
	static const u32 fillers[] = { 1000, 2000, 3000, 3500 };
	static const struct {
		u32 size;
		unsigned int item;	/* shares the frame of this one */
	} puts[] = { { 300, 3 }, { 900, 2 }, { 1900, 1 }, { 2900, 0 } };
	unsigned int i;

	model_start(1, 252, 0);
	for (i = 0; i < ARRAY_SIZE(fillers); i++)
		model_alloc_in(ZBUD_PERSISTENT, fillers[i], 1);
	for (i = 0; i < ARRAY_SIZE(puts); i++) {
		CHECK(model_alloc(ZBUD_PERSISTENT, puts[i].size));
		CHECK(frame_of_item(&model.items[ARRAY_SIZE(fillers) + i].item) ==
		      frame_of_item(&model.items[puts[i].item].item));
	}
	model_stop();
}

/* Within a frame as well: of two holes the smaller one, and its end. */
static void best_hole(void)
{
	static const u32 sizes[] = { 1000, 1000, 500, 300, 500 };
	unsigned int i;

	model_start(4, 252, 0);
	model_alloc_in(ZBUD_PERSISTENT, sizes[0], 4);
	for (i = 1; i < ARRAY_SIZE(sizes); i++)
		CHECK(model_alloc(ZBUD_PERSISTENT, sizes[i]));
	model_flush(&model.items[1]);
	model_flush(&model.items[3]);
	CHECK(model_alloc(ZBUD_PERSISTENT, 256));
	CHECK((const char *)zbud_map(&model.items[1].item, NULL) + 256 ==
	      zbud_map(&model.items[2].item, NULL));
	model_check_all();
	model_stop();
}

/* Holes become one; what is pinned stays where it is. */
static void compaction(void)
{
	const void *pinned;
	unsigned int i;

	model_start(4, 252, 0);
	model_alloc_in(ZBUD_PERSISTENT, 1000, 4);
	for (i = 1; i < 16; i++)
		CHECK(model_alloc(ZBUD_PERSISTENT, 1000));
	CHECK(!model_alloc(ZBUD_PERSISTENT, 1000));
	for (i = 1; i < 16; i += 2)
		model_flush(&model.items[i]);
	CHECK(model_alloc(ZBUD_PERSISTENT, 3900));
	CHECK_EQ(shim_stat("tmem_zbud", "alloc_compacted"), 1);
	CHECK(shim_stat("tmem_zbud", "compact_moved") > 0);
	model_check_all();

	/* Full again, then two holes with a reader between them. */
	CHECK(model_alloc(ZBUD_PERSISTENT, 4000));
	model_flush(&model.items[4]);
	model_flush(&model.items[8]);
	model.items[6].pins++;
	pinned = zbud_map(&model.items[6].item, NULL);
	CHECK(!model_alloc(ZBUD_PERSISTENT, 2000));
	CHECK(shim_stat("tmem_zbud", "compact_pinned") > 0);
	model_check_all();
	CHECK(zbud_map(&model.items[6].item, NULL) == pinned);
	model_unpin(&model.items[6].item);
	CHECK(model_alloc(ZBUD_PERSISTENT, 2000));
	CHECK_EQ(model.nr_frames, 1);
	model_check_all();
	model_stop();
}

static void age_order(void)
{
	unsigned int i, n = 24;

	model_start(1, 252, 0);
	for (i = 0; i < n; i++)
		model_alloc_in(ZBUD_EPHEMERAL, 3000, 1);
	/* Reading does not make younger, putting in does. */
	for (i = 0; i < n; i++)
		model_check_item(&model.items[i]);
	CHECK(model_alloc(ZBUD_EPHEMERAL, 1000));
	CHECK(frame_of_item(&model.items[n].item) == frame_of_item(&model.items[0].item));
	for (i = 1; i < n; i++) {
		CHECK(model.items[i].used);
		CHECK(model_evict(ZBUD_EPHEMERAL));
		CHECK(!model.items[i].used);
		CHECK(model.items[0].used);
	}
	CHECK(model_evict(ZBUD_EPHEMERAL));
	CHECK(!model.items[0].used && !model.items[n].used);
	CHECK(!model_evict(ZBUD_EPHEMERAL));
	CHECK_EQ(shim_stat("tmem_zbud", "eph_evicted_pageframes"), n);
	model_stop();
}

static void isolate_and_revive(void)
{
	struct model_frame *a, *b;
	unsigned int i;

	model_start(2, 252, 0);
	for (i = 0; i < 3; i++)
		model_alloc_in(ZBUD_PERSISTENT, 4000, 2);
	a = model_isolate(ZBUD_PERSISTENT);
	b = model_isolate(ZBUD_PERSISTENT);
	model_check_all();
	CHECK_EQ(shim_stat("tmem_zbud", "pers_zombie_count"), 2);
	/* Nothing is put in, reading and freeing go on. */
	CHECK(model_alloc(ZBUD_PERSISTENT, 4000));
	CHECK(!model_alloc(ZBUD_PERSISTENT, 4000));
	model_check_item(&model.items[0]);
	model_flush(&model.items[0]);
	CHECK_EQ(model.nr_frames, 3);
	model_check_all();
	/* The empty one is the caller's, the other one is the oldest again. */
	model_revive(a, true);
	CHECK_EQ(model.nr_frames, 2);
	model_revive(b, true);
	model_check_all();
	CHECK(model_isolate(ZBUD_PERSISTENT) == b);
	model_revive(b, false);
	CHECK(model_isolate(ZBUD_PERSISTENT) != b);
	model_check_all();
	model_stop();
}

/* What zbud moved by itself, the model learns from the items. */
static void model_recount(void)
{
	struct model_frame *mf;
	struct model_item *mi;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		mf->items = 0;
	for (mi = model.items; mi < model.items + MODEL_ITEMS; mi++)
		if (mi->used)
			model_frame_of(frame_of_item(&mi->item))->items++;
}

static unsigned int model_repack(enum zbud_kind kind)
{
	unsigned int pages = zbud_repack(model.pool, kind);

	model_recount();
	if (model.released)
		model_dismantle(model.released);
	model.released = NULL;
	return pages;
}

/* Of ten frames two thirds are freed: what is left fits in four, whole and in place. */
static void repack_sparse_frames(enum zbud_kind kind)
{
	unsigned int i, before;

	model_start(4, 252, 0);
	for (i = 0; i < 100; i++)
		if (!model_alloc(kind, 1500 + i % 5))
			model_alloc_in(kind, 1500 + i % 5, 4);
	before = model.nr_frames;
	CHECK_EQ(before, 10);
	for (i = 0; i < 100; i++)
		if (i % 3)
			model_flush(&model.items[i]);
	CHECK_EQ(model.nr_frames, before);
	/* One is being read: it stays where it is, and so does its frame. */
	model.items[0].pins++;
	while (model_repack(kind))
		;
	for (i = 0; i < 100; i++)
		if (model.items[i].used)
			model_check_item(&model.items[i]);
	CHECK(model.nr_frames <= 5);
	model_unpin(&model.items[0].item);
	while (model_repack(kind))
		;
	model_check_all();
	CHECK_EQ(model.nr_frames, 4);
	CHECK_EQ(shim_stat("tmem_zbud", kind == ZBUD_LENT ? "lent_zpages" : "pers_zpages"), 34);
	model_stop();
}

static void repack_empties_sparse_frames(void)
{
	repack_sparse_frames(ZBUD_PERSISTENT);
	repack_sparse_frames(ZBUD_LENT);
}

/* Readers in the oldest frames: eviction goes on to the next, and not for ever. */
static void evict_busy_frames(void)
{
	unsigned int i;

	model_start(1, 252, 0);
	for (i = 0; i < EVICT_TRIES + 3; i++) {
		model_alloc_in(ZBUD_EPHEMERAL, 3000, 1);
		CHECK(model_alloc(ZBUD_EPHEMERAL, 900));
	}
	for (i = 0; i < EVICT_TRIES; i++)
		model.items[2 * i].pins++;
	CHECK(!model_evict(ZBUD_EPHEMERAL));
	CHECK_EQ(shim_stat("tmem_zbud", "evict_busy"), EVICT_TRIES);
	model_check_all();
	for (i = 0; i < EVICT_TRIES; i++)
		model_unpin(&model.items[2 * i].item);
	/* With the last pin the frames were freed. */
	CHECK_EQ(model.nr_frames, 3);
	CHECK(model_evict(ZBUD_EPHEMERAL));
	model_check_all();
	model_stop();
}

static void reserve_of_frames(void)
{
	struct zbud_frame *frames[5];
	unsigned int i;

	CHECK_EQ(zbud_reserve_frames(4), 0);
	shim_fail_at(-1);
	CHECK(!zbud_frame_alloc(GFP_NOWAIT, false));
	for (i = 0; i < 4; i++) {
		frames[i] = zbud_frame_alloc(GFP_NOWAIT, true);
		CHECK(frames[i]);
		CHECK_EQ(zbud_frame_nr_pages(frames[i]), 0);
	}
	CHECK(!zbud_frame_alloc(GFP_NOWAIT, true));
	/* What comes back fills the reserve again. */
	zbud_frame_free(frames[0]);
	frames[0] = zbud_frame_alloc(GFP_NOWAIT, true);
	CHECK(frames[0]);
	shim_fail_at(0);
	for (i = 0; i < 4; i++)
		zbud_frame_free(frames[i]);
	CHECK_EQ(zbud_reserve_frames(0), 0);
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
	CHECK(n > 3);
	shim_fail_at(1);
	CHECK_EQ(PTR_ERR(zbud_create(4, 10, &model_ops, NULL)), -ENOMEM);
	shim_fail_at(0);
	shim_stop();
}

/* ---- at random --------------------------------------------------------------------------- */

static u32 random_size(struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0:
		return 1 + rng_below(rng, 64);
	case 1:
		return 1 + rng_below(rng, ZBUD_MAX_ITEM);
	case 2:
		return rng_below(rng, 8) ? 4000 + rng_below(rng, 113) : PAGE_SIZE;
	default:
		return 1 + (rng_below(rng, 2000) + rng_below(rng, 2000)) / 2;
	}
}

static void random_put(struct rng *rng, unsigned int pages)
{
	enum zbud_kind kind = rng_below(rng, ZBUD_KINDS);
	u32 size = random_size(rng);

	if (model.nr_items > MODEL_ITEMS - 10 || model_alloc(kind, size))
		return;
	if (model.nr_frames > MODEL_FRAMES - 8 && !model_evict(kind))
		return;
	if (size == PAGE_SIZE || !rng_below(rng, 10))
		pages = size == PAGE_SIZE ? 1 : 1 + rng_below(rng, 8);
	else if (size > ZBUD_MAX_ITEM)
		pages = max(pages, 2U);
	model_alloc_in(kind, size, pages);
}

static struct model_item *random_item(struct rng *rng)
{
	struct model_item *mi = &model.items[rng_below(rng, MODEL_ITEMS)];
	unsigned int i;

	for (i = 0; i < MODEL_ITEMS && (!mi->used || mi->dead); i++)
		mi = mi + 1 < model.items + MODEL_ITEMS ? mi + 1 : model.items;
	return mi->used && !mi->dead ? mi : NULL;
}

static void random_step(struct rng *rng, unsigned int pages, struct model_frame **isolated)
{
	struct model_item *mi = random_item(rng);
	u32 dice = rng_below(rng, 100);

	if (!mi || dice < 50) {
		random_put(rng, pages);
	} else if (dice < 80) {
		model_flush(mi);
	} else if (dice < 87) {
		model_check_item(mi);
		mi->pins++;
	} else if (dice < 93) {
		if (mi->pins)
			model_unpin(&mi->item);
	} else if (dice < 95) {
		model_evict(rng_below(rng, ZBUD_KINDS));
	} else if (!*isolated) {
		*isolated = model_isolate(rng_below(rng, ZBUD_KINDS));
	} else {
		if (dice < 97)
			model_walk(*isolated, rng_below(rng, 4));
		model_revive(*isolated, rng_below(rng, 2));
		*isolated = NULL;
	}
}

static void random_run(unsigned int pages, unsigned int buddies, unsigned int balk,
		       unsigned int meddle)
{
	struct model_frame *isolated = NULL;
	unsigned int i, steps = test_effort(3000);
	struct rng rng;

	rng_init(&rng, pages * 1000 + buddies);
	model_start(pages, buddies, rng_next(&rng));
	for (i = 0; i < steps; i++) {
		/* Little freeing first, then more and more. */
		model.balk = balk;
		model.meddle = meddle;
		random_step(&rng, pages, &isolated);
		if (i % 50 == 0)
			model_check_all();
	}
	model_stop();
}

static void random_operations(void)
{
	static const unsigned int buddies[] = { 1, 2, 3, 7, 40, 252 };
	unsigned int pages, i;

	for (pages = 1; pages <= ZBUD_MAX_FRAME_PAGES; pages++)
		for (i = 0; i < ARRAY_SIZE(buddies); i += 1 + (pages > 2 && pages != 4))
			random_run(pages, buddies[i], 0, 0);
}

static void random_operations_disturbed(void)
{
	random_run(1, 252, 5, 0);
	random_run(4, 252, 3, 0);
	random_run(4, 252, 10, 6);
	random_run(8, 252, 0, 3);
	random_run(2, 5, 4, 4);
}

int main(void)
{
	test_plan(18);
	RUN_BARE(load_without_memory);
	RUN(every_size);
	RUN(limit_of_items);
	RUN(bad_sizes);
	RUN(whole_pages);
	RUN(long_items);
	RUN(as_the_original);
	RUN(kinds_are_apart);
	RUN(best_fit);
	RUN(best_hole);
	RUN(compaction);
	RUN(age_order);
	RUN(isolate_and_revive);
	RUN(repack_empties_sparse_frames);
	RUN(evict_busy_frames);
	RUN(reserve_of_frames);
	RUN(random_operations);
	RUN(random_operations_disturbed);
	return test_end();
}
