/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host of zbud that remembers everything and compares.
 *
 * It keeps a list of what it stored and, per kind, the frames in the order of their
 * last put.  After an operation, model_check_*() compare that with what zbud holds, and
 * recompute by brute force what zbud keeps up to date step by step.  Used by the
 * randomised test and by the fuzzer.
 */
#ifndef TESTS_HOST_ZBUD_MODEL_H
#define TESTS_HOST_ZBUD_MODEL_H

#include "test.h"

#include "mod_zbud.h"

#ifndef MODEL_ITEMS
#define MODEL_ITEMS	3000
#define MODEL_FRAMES	128
#endif

struct model_item {
	struct zbud_item	item;
	u64			id;		/* what its bytes follow from */
	u32			size;
	enum zbud_kind		kind;
	bool			used;
	bool			published;	/* before that it is neither pinned nor moved */
	bool			frozen;
	bool			dead;		/* out of the index: freed with the last pin */
	unsigned int		pins;
};

struct model_frame {
	struct zbud_frame	*frame;		/* NULL: unused entry */
	struct page		*pages[ZBUD_MAX_FRAME_PAGES];
	unsigned int		nr_pages;
	unsigned int		items;
	enum zbud_kind		kind;
	bool			isolated;
	u64			age;		/* larger: newer */
	unsigned int		room;		/* as it was before an allocation */
};

static struct model {
	struct zbud_pool	*pool;
	unsigned int		max_buddies;
	struct model_item	items[MODEL_ITEMS];
	struct model_frame	frames[MODEL_FRAMES];
	unsigned int		nr_items, nr_frames;
	u64			next_id, newest, oldest;
	/* Now and then ops->pin and ops->freeze fail for no reason; 1 in ... */
	unsigned int		balk;
	/* ... and while items are moved or shown, others are freed.  0: never */
	unsigned int		meddle;
	struct zbud_frame	*released;	/* by the latest call */
	struct rng		rng;
} model;

static struct model_item *to_model(struct zbud_item *item)
{
	return container_of(item, struct model_item, item);
}

static struct model_frame *model_frame_of(const struct zbud_frame *frame)
{
	struct model_frame *mf;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame == frame)
			return mf;
	CHECK(!"a frame that the host knows");
	return NULL;
}

static bool model_dice(unsigned int one_in)
{
	return one_in && !rng_below(&model.rng, one_in);
}

/* ---- what zbud calls ------------------------------------------------------------------ */

/* Take a frame that came back apart: it must be whole, and the same pages. */
static void model_dismantle(struct zbud_frame *frame)
{
	struct model_frame *mf = model_frame_of(frame);
	unsigned int n = mf->nr_pages;

	CHECK_EQ(mf->items, 0);
	CHECK_EQ(zbud_frame_nr_pages(frame), n);
	while (n--) {
		struct page *page = zbud_frame_take_page(frame);

		CHECK(page == mf->pages[n]);
		shim_page_free(page);
	}
	CHECK(!zbud_frame_take_page(frame));
	zbud_frame_free(frame);
	memset(mf, 0, sizeof(*mf));
	model.nr_frames--;
}

static void model_release(struct zbud_pool *pool, struct zbud_frame *frame, enum zbud_kind kind)
{
	CHECK(pool == model.pool);
	CHECK_EQ(kind, model_frame_of(frame)->kind);
	CHECK(!model.released);
	model.released = frame;
}

/* Free an item, and see that its frame comes back if and only if it was the last. */
static void model_free_now(struct model_item *mi)
{
	struct zbud_frame *frame = frame_of_item(&mi->item), *before = model.released;
	struct model_frame *mf = model_frame_of(frame);
	bool claimed = frame->claimed, irqs_off = model_dice(4) && shim_irqs_on();

	CHECK(mi->used && !mi->pins && !mi->frozen);
	model.released = NULL;
	if (irqs_off)
		shim_irqs(false);
	zbud_free(model.pool, &mi->item);
	if (irqs_off)
		shim_irqs(true);
	CHECK_EQ(mi->item.ref, 0);
	mi->used = false;
	model.nr_items--;
	mf->items--;
	CHECK(model.released == (mf->items || claimed ? NULL : frame));
	if (model.released)
		model_dismantle(frame);
	model.released = before;
}

/* What another CPU may do in this moment: free some other item of the frame. */
static void model_meddle(const struct zbud_frame *frame)
{
	struct model_item *mi = &model.items[rng_below(&model.rng, MODEL_ITEMS)];

	for (; model_dice(model.meddle) && mi < model.items + MODEL_ITEMS; mi++) {
		if (!mi->used || !mi->published || mi->pins || mi->frozen ||
		    frame_of_item(&mi->item) != frame)
			continue;
		model_free_now(mi);
		return;
	}
}

static bool model_pin(struct zbud_item *item)
{
	struct model_item *mi = to_model(item);

	lockdep_assert_held(&frame_of_item(item)->lock);
	CHECK(mi->used && !mi->frozen);
	if (!mi->published || mi->dead || model_dice(model.balk))
		return false;
	mi->pins++;
	return true;
}

static void model_unpin(struct zbud_item *item)
{
	struct model_item *mi = to_model(item);

	CHECK(mi->pins);
	CHECK(!shim_lock_held(&frame_of_item(item)->lock));
	if (!--mi->pins && mi->dead)
		model_free_now(mi);
}

static bool model_freeze(struct zbud_item *item)
{
	struct model_item *mi = to_model(item);

	lockdep_assert_held(&frame_of_item(item)->lock);
	CHECK(mi->used && !mi->frozen);
	if (!mi->published || mi->dead || mi->pins || model_dice(model.balk))
		return false;
	mi->frozen = true;
	/* Flushed in this very moment: freed when it thaws. */
	mi->dead = model_dice(model.meddle);
	return true;
}

static void model_thaw(struct zbud_item *item)
{
	struct model_item *mi = to_model(item);
	struct zbud_frame *frame = frame_of_item(item);

	CHECK(mi->frozen);
	CHECK(!shim_lock_held(&frame->lock));
	mi->frozen = false;
	if (mi->dead)
		model_free_now(mi);
	model_meddle(frame);
}

static const struct zbud_ops model_ops = {
	.pin = model_pin,
	.unpin = model_unpin,
	.freeze = model_freeze,
	.thaw = model_thaw,
	.release = model_release,
};

/* ---- checks ---------------------------------------------------------------------------- */

struct model_emitted {
	char		*to;
	size_t		size;
	unsigned int	pieces;
};

static int model_emit(void *arg, const void *data, size_t size)
{
	struct model_emitted *em = arg;

	memcpy(em->to + em->size, data, size);
	em->size += size;
	em->pieces++;
	return 0;
}

static void model_check_item(struct model_item *mi)
{
	static char bounce[ZBUD_MAX_LONG], emitted[ZBUD_MAX_LONG];
	struct model_emitted em = { .to = emitted };
	const void *bytes;

	CHECK_EQ(zbud_size(&mi->item), mi->size);
	bytes = zbud_map(&mi->item, bounce);
	CHECK(bytes_are(bytes, mi->size, mi->id));
	/* Without a bounce buffer only what lies in one page can be had. */
	CHECK(zbud_map(&mi->item, NULL) == (bytes == bounce ? NULL : bytes));
	CHECK_EQ(zbud_emit(&mi->item, model_emit, &em), 0);
	CHECK_EQ(em.pieces, bytes == bounce ? 2 : 1);
	CHECK_EQ(em.size, mi->size);
	CHECK(bytes_are(emitted, mi->size, mi->id));
}

static bool model_is_filed(struct zbud_lists *lists, struct zbud_frame *frame)
{
	unsigned int bin;
	struct zbud_frame *other;
	bool found = false;

	for (bin = 0; bin < NR_BINS; bin++) {
		CHECK_EQ(test_bit(bin, lists->nonempty), !list_empty(&lists->fit[bin]));
		list_for_each_entry(other, &lists->fit[bin], fit) {
			if (other != frame)
				continue;
			CHECK(!found);
			CHECK_EQ(bin, frame->room >> BIN_SHIFT);
			found = true;
		}
	}
	return found;
}

/* The geometry of a frame, computed anew from its slots. */
static void model_check_frame(struct model_frame *mf)
{
	struct zbud_frame *frame = mf->frame;
	unsigned int slot, owners = 0, i, count, used, limit, room = 0;
	u8 order[ZBUD_MAX_BUDDIES];

	CHECK_EQ(frame->items, mf->items);
	CHECK_EQ(frame->nr_pages, mf->nr_pages);
	CHECK_EQ(frame_kind(frame), mf->kind);
	CHECK_EQ(frame->claimed, mf->isolated);
	for (i = 0; i < mf->nr_pages; i++)
		CHECK(frame_address(frame, i * PAGE_SIZE) == page_address(mf->pages[i]));
	for (slot = 0; slot < frame_slots(frame); slot++) {
		struct zbud_item *owner = frame_owner(frame, slot);

		if (!owner)
			continue;
		owners++;
		CHECK(to_model(owner)->used);
		CHECK(frame_of_item(owner) == frame);
		model_check_item(to_model(owner));
	}
	CHECK_EQ(owners, mf->items);
	if (frame_is_solo(frame))
		return;

	count = frame_order(frame, order);
	CHECK_EQ(count, mf->items);
	CHECK(frame->slots >= count && frame->slots % GROUP_SLOTS == 0);
	used = table_end(frame);
	CHECK(!count || frame_slot_start(frame, order[0]) >= used);
	if (frame->items == frame->slots)
		used += GROUP_CHUNKS;
	for (limit = used, i = 0; i <= count; i++) {
		unsigned int start = i < count ? frame_slot_start(frame, order[i]) :
						 mf->nr_pages * PAGE_CHUNKS;

		if (start < limit) {
			/* Only the first may be in the way of the table. */
			CHECK_EQ(i, 0);
			room = UINT_MAX;
		} else if (room != UINT_MAX) {
			room = max(room, start - limit);
		}
		if (i < count) {
			limit = start + frame_slot_chunks(frame, order[i]);
			used += frame_slot_chunks(frame, order[i]);
		}
	}
	if (mf->isolated)
		return;
	if (count >= model.max_buddies) {
		CHECK_EQ(frame->room, 0);
		CHECK_EQ(frame->free, 0);
	} else {
		CHECK_EQ(frame->room, room == UINT_MAX ? 0 : room);
		CHECK_EQ(frame->free, used < mf->nr_pages * PAGE_CHUNKS ?
			 mf->nr_pages * PAGE_CHUNKS - used : 0);
	}
	CHECK_EQ(model_is_filed(&model.pool->lists[mf->kind], frame),
		 frame->free >= 1 << BIN_SHIFT);
}

/* Sums, and the age order. */
static void model_check_kind(enum zbud_kind kind)
{
	struct zbud_usage usage, should = { 0 };
	struct model_frame *mf;
	struct model_item *mi;
	struct zbud_frame *frame;
	u64 age = 0, listed = 0;

	for (mi = model.items; mi < model.items + MODEL_ITEMS; mi++) {
		if (mi->used && mi->kind == kind) {
			should.items++;
			should.bytes += mi->size;
		}
	}
	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++) {
		if (mf->frame && mf->kind == kind) {
			should.frames++;
			should.pages += mf->nr_pages;
			should.single += mf->items == 1;
			should.isolated += mf->isolated;
		}
	}
	zbud_usage(model.pool, kind, &usage);
	CHECK_EQ(usage.items, should.items);
	CHECK_EQ(usage.bytes, should.bytes);
	CHECK_EQ(usage.frames, should.frames);
	CHECK_EQ(usage.pages, should.pages);
	CHECK_EQ(usage.single, should.single);
	CHECK_EQ(usage.isolated, should.isolated);

	list_for_each_entry(frame, &model.pool->lists[kind].by_age, age) {
		mf = model_frame_of(frame);
		CHECK_EQ(mf->kind, kind);
		CHECK(!mf->isolated);
		CHECK(mf->age > age);
		age = mf->age;
		listed++;
	}
	CHECK_EQ(listed, should.frames - should.isolated);
}

static void model_check_all(void)
{
	struct model_frame *mf;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame)
			model_check_frame(mf);
	model_check_kind(ZBUD_EPHEMERAL);
	model_check_kind(ZBUD_PERSISTENT);
	model_check_kind(ZBUD_LENT);
}

/* ---- operations ------------------------------------------------------------------------- */

static void model_start(unsigned int frame_pages, unsigned int max_buddies, u64 seed)
{
	memset(&model, 0, sizeof(model));
	model.rng.state = seed;
	model.newest = model.oldest = 1ULL << 62;
	model.max_buddies = max_buddies;
	model.pool = zbud_create(frame_pages, max_buddies, &model_ops, &model);
	CHECK(!IS_ERR(model.pool));
	CHECK(zbud_host(model.pool) == &model);
	CHECK_EQ(zbud_frame_pages(model.pool), frame_pages);
}

static struct model_item *model_new_item(enum zbud_kind kind, u32 size)
{
	struct model_item *mi = model.items;

	while (mi->used)
		mi++;
	*mi = (struct model_item){ .id = ++model.next_id, .size = size, .kind = kind };
	return mi;
}

/* The item has a place: fill it, and enter it in the books. */
static void model_placed(struct model_item *mi, struct model_frame *mf)
{
	static char bytes[ZBUD_MAX_LONG];

	CHECK_EQ(mf->kind, mi->kind);
	fill_bytes(bytes, mi->size, mi->id);
	zbud_write(&mi->item, bytes);
	mi->used = mi->published = true;
	mf->items++;
	mf->age = ++model.newest;
	model.nr_items++;
	model_check_frame(mf);
}

/* Whether zbud was right to choose @chosen, or nothing at all. */
static void model_check_choice(enum zbud_kind kind, unsigned int need,
			       const struct model_frame *chosen)
{
	unsigned int bin = need >> BIN_SHIFT, next = NR_BINS;
	const struct model_frame *mf;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame && mf->kind == kind && mf->room >> BIN_SHIFT > bin)
			next = min(next, mf->room >> BIN_SHIFT);
	if (chosen && chosen->room >= need)
		CHECK(chosen->room >> BIN_SHIFT <= next);
	else
		CHECK_EQ(next, NR_BINS);	/* nothing, or only after compaction */
}

/* An item in a partial frame; false if zbud has no room. */
static bool model_alloc(enum zbud_kind kind, u32 size)
{
	struct model_item *mi = model_new_item(kind, size);
	unsigned int need = bytes_to_chunks(size);
	struct model_frame *mf;
	int err;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame)
			mf->room = mf->isolated || list_empty(&mf->frame->fit) ||
				   frame_is_solo(mf->frame) ? 0 : mf->frame->room;
	err = zbud_alloc(model.pool, kind, size, &mi->item);
	if (model.released) {
		/* Emptied by others while it was compacted, and then not used. */
		model_dismantle(model.released);
		model.released = NULL;
	}
	if (err) {
		CHECK_EQ(err, !size ? -EINVAL : size > ZBUD_MAX_LONG ? -E2BIG : -ENOSPC);
		if (size && size <= ZBUD_MAX_LONG && size != PAGE_SIZE)
			model_check_choice(kind, need, NULL);
		return false;
	}
	mf = model_frame_of(frame_of_item(&mi->item));
	CHECK(!mf->isolated);
	if (!model.meddle)
		model_check_choice(kind, need, mf);
	model_placed(mi, mf);
	return true;
}

/* An item in a new frame of @nr_pages. */
static void model_alloc_in(enum zbud_kind kind, u32 size, unsigned int nr_pages)
{
	struct model_item *mi = model_new_item(kind, size);
	struct model_frame *mf = model.frames;
	unsigned int i;
	int err;

	while (mf->frame)
		mf++;
	mf->frame = zbud_frame_alloc(GFP_NOWAIT, false);
	CHECK(mf->frame);
	for (i = 0; i < nr_pages; i++) {
		mf->pages[i] = shim_page_alloc();
		CHECK_EQ(zbud_frame_add_page(mf->frame, mf->pages[i]), 0);
	}
	mf->nr_pages = nr_pages;
	mf->kind = kind;
	model.nr_frames++;
	err = zbud_alloc_in(model.pool, mf->frame, kind, size, &mi->item);
	if (!size || (size == PAGE_SIZE && nr_pages != 1) ||
	    (size > zbud_max_size(nr_pages) && size != PAGE_SIZE)) {
		CHECK_EQ(err, size ? -E2BIG : -EINVAL);
		model_dismantle(mf->frame);
		return;
	}
	CHECK_EQ(err, 0);
	CHECK(frame_of_item(&mi->item) == mf->frame);
	model_placed(mi, mf);
}

/* Free it, or let it go with its last pin. */
static void model_flush(struct model_item *mi)
{
	if (!mi->used || mi->dead)
		return;
	model_check_item(mi);
	mi->dead = true;
	if (!mi->pins)
		model_free_now(mi);
}

static bool model_evict_one(struct zbud_item *item, void *arg)
{
	unsigned int *limit = arg;
	struct zbud_frame *frame = frame_of_item(item);

	CHECK(to_model(item)->pins);
	CHECK(shim_irqs_on() && !shim_lock_held(&frame->lock));
	model_check_item(to_model(item));
	to_model(item)->dead = true;
	model_meddle(frame);
	return !*limit || --*limit;
}

static struct model_frame *model_oldest(enum zbud_kind kind)
{
	struct model_frame *mf, *oldest = NULL;

	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame && mf->kind == kind && !mf->isolated &&
		    (!oldest || mf->age < oldest->age))
			oldest = mf;
	return oldest;
}

static bool model_has_pins(const struct zbud_frame *frame)
{
	struct model_item *mi;

	for (mi = model.items; mi < model.items + MODEL_ITEMS; mi++)
		if (mi->used && mi->pins && frame_of_item(&mi->item) == frame)
			return true;
	return false;
}

/* Isolate the oldest frame; NULL if there is none. */
static struct model_frame *model_isolate(enum zbud_kind kind)
{
	struct model_frame *oldest = model_oldest(kind);
	struct zbud_frame *frame = zbud_isolate_oldest(model.pool, kind);

	CHECK(frame == (oldest ? oldest->frame : NULL));
	if (oldest) {
		CHECK_EQ(zbud_frame_kind(frame), kind);
		oldest->isolated = true;
	}
	return oldest;
}

static void model_revive(struct model_frame *mf, bool oldest)
{
	struct zbud_frame *frame = mf->frame;

	mf->age = oldest ? --model.oldest : ++model.newest;
	mf->isolated = false;
	if (zbud_revive(model.pool, frame, oldest)) {
		model_dismantle(frame);
		return;
	}
	CHECK(mf->items);
	model_check_frame(mf);
}

/* Take items out of an isolated frame; with @limit only so many. */
static void model_walk(struct model_frame *mf, unsigned int limit)
{
	unsigned int most = limit ? min(limit, mf->items) : mf->items;

	CHECK(zbud_walk(model.pool, mf->frame, model_evict_one, &limit) <= most);
	model_check_frame(mf);
}

/* Evict the oldest frame.  What has a pin stays, and its frame becomes newest. */
static bool model_evict(enum zbud_kind kind)
{
	unsigned int tries = 0, limit = 0;
	struct zbud_frame *frame;

	frame = zbud_evict(model.pool, kind, model_evict_one, &limit);
	/* Those that were tried in vain, in the order in which they were tried. */
	for (; tries < EVICT_TRIES; tries++) {
		struct model_frame *mf = model_oldest(kind);

		if (!mf || mf->frame == frame)
			break;
		CHECK(model_has_pins(mf->frame) || model.balk);
		mf->age = ++model.newest;
	}
	if (!frame) {
		CHECK(tries == EVICT_TRIES || !model_oldest(kind));
		return false;
	}
	CHECK(model_oldest(kind)->frame == frame);
	model_dismantle(frame);
	return true;
}

static void model_stop(void)
{
	struct model_frame *mf;
	struct model_item *mi;

	model.balk = model.meddle = 0;
	for (mi = model.items; mi < model.items + MODEL_ITEMS; mi++) {
		while (mi->used && mi->pins)
			model_unpin(&mi->item);
		model_flush(mi);
	}
	for (mf = model.frames; mf < model.frames + MODEL_FRAMES; mf++)
		if (mf->frame)
			model_revive(mf, false);
	model_check_all();
	CHECK_EQ(model.nr_items, 0);
	CHECK_EQ(model.nr_frames, 0);
	zbud_destroy(model.pool);
}

#endif /* TESTS_HOST_ZBUD_MODEL_H */
