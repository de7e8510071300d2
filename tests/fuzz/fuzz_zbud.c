// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as a list of operations on a zbud pool, each checked against the model.
 *
 * The first three bytes choose the pool: pages per frame, items per frame, and how
 * often pins fail and other threads interfere.  Then one byte per operation, followed
 * by what it needs.  Whatever is missing at the end counts as zero.
 */
#define MODEL_ITEMS	300
#define MODEL_FRAMES	24

#include "zbud_model.h"

#include "fuzz.h"

struct input {
	const u8	*next, *end;
};

static unsigned int take(struct input *in, unsigned int bytes)
{
	unsigned int value = 0;

	while (bytes-- && in->next < in->end)
		value = value << 8 | *in->next++;
	return value;
}

/* The item of that number among those that a handle still leads to. */
static struct model_item *pick(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < MODEL_ITEMS; i++) {
		struct model_item *mi = &model.items[(number + i) % MODEL_ITEMS];

		if (mi->used && !mi->dead)
			return mi;
	}
	return NULL;
}

static struct model_frame *pick_isolated(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < MODEL_FRAMES; i++) {
		struct model_frame *mf = &model.frames[(number + i) % MODEL_FRAMES];

		if (mf->frame && mf->isolated)
			return mf;
	}
	return NULL;
}

/* Any size, bad ones too, with as many of each as the first bits say. */
static u32 to_size(unsigned int value)
{
	switch (value >> 13) {
	case 0:
		return value & 63;
	case 1:
		return 4000 + value % 100;
	case 2:
		return PAGE_SIZE;
	default:
		return value & 0xfff;
	}
}

static void one_operation(struct input *in)
{
	unsigned int op = take(in, 1);
	enum zbud_kind kind = op >> 7;
	struct model_item *mi = NULL;
	struct model_frame *mf = NULL;

	switch (op & 7) {
	case 0:
	case 1:
		if (model.nr_items < MODEL_ITEMS - 2)
			model_alloc(kind, to_size(take(in, 2)));
		return;
	case 2:
		if (model.nr_items < MODEL_ITEMS - 2 && model.nr_frames < MODEL_FRAMES - 2)
			model_alloc_in(kind, to_size(take(in, 2)), 1 + (op >> 3 & 7));
		return;
	case 3:
	case 4:
		mi = pick(take(in, 1));
		if (mi)
			model_flush(mi);
		return;
	case 5:
		mi = pick(take(in, 1));
		if (!mi)
			return;
		if (mi->pins && op & 8)
			model_unpin(&mi->item);
		else
			mi->pins++;
		return;
	case 6:
		model_evict(kind);
		return;
	default:
		mf = pick_isolated(op >> 3 & 7);
		if (!mf || op & 8)
			model_isolate(kind);
		else if (op & 16)
			model_walk(mf, op >> 5 & 3);
		else
			model_revive(mf, op & 32);
	}
}

const char *fuzz_name(void)
{
	return "zbud";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return shim_start();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const unsigned int buddies[] = { 252, 2, 1, 3, 4, 5, 16, 251 };
	struct input in = { data, data + size };
	unsigned int pages = 1 + take(&in, 1) % ZBUD_MAX_FRAME_PAGES;
	unsigned int items = buddies[take(&in, 1) % ARRAY_SIZE(buddies)];
	unsigned int disturb = take(&in, 1);
	long live = shim_live();

	model_start(pages, items, size);
	while (in.next < in.end) {
		model.balk = disturb & 15;
		model.meddle = disturb >> 4;
		one_operation(&in);
		model_check_all();
	}
	model_stop();
	CHECK_EQ(shim_live(), live);
	CHECK_EQ(shim_take_warnings(), 0);
	return 0;
}
