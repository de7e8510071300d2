// SPDX-License-Identifier: GPL-2.0-only
/*
 * One frame: a slotted page, as data bases have them.
 *
 * From its start grows a table, from its end grow the items:
 *
 *   | pages 1..n-1 | 4 slots | 4 slots | ...  free  ... | item | item | item |
 *
 * A slot is the address of its item (the owner, in the host's descriptor) and a
 * position word: where the bytes are, how many, and which slot is next by address.
 * The table lies in the first page.  Slots never move, so a reader who has pinned
 * his item finds its slot and position without a lock: zbud_item.ref is the address
 * of the frame with the low three bits of the slot number, and the reader looks at
 * each eighth slot until the owner is his.
 *
 * All functions here need frame->lock, or a frame that nobody else can see; those
 * that take a pinned item do not.
 */
#include "internal.h"

/* The position word.  Frames have up to 2048 chunks. */
#define POS_START_BITS	11
#define POS_LEN_BITS	13
#define POS_LEN_SHIFT	POS_START_BITS
#define POS_NEXT_SHIFT	(POS_START_BITS + POS_LEN_BITS)

#define GROUP_CHUNKS	(sizeof(struct slot_group) >> CHUNK_SHIFT)

static_assert(sizeof(struct slot_group) % CHUNK == 0);
static_assert(ZBUD_MAX_FRAME_PAGES * PAGE_CHUNKS <= 1 << POS_START_BITS);
static_assert(ZBUD_MAX_LONG <= 1 << POS_LEN_BITS);
static_assert(POS_NEXT_SHIFT + 8 == 32);
static_assert(ZBUD_MAX_BUDDIES % GROUP_SLOTS == 0 && ZBUD_MAX_BUDDIES < NO_SLOT);
/* The whole table fits in the first page. */
static_assert(ZBUD_MAX_FRAME_PAGES * sizeof(void *) +
	      ZBUD_MAX_BUDDIES / GROUP_SLOTS * sizeof(struct slot_group) <= PAGE_SIZE);

static u32 pos_make(unsigned int start, size_t len, unsigned int next)
{
	return start | (u32)(len - 1) << POS_LEN_SHIFT | (u32)next << POS_NEXT_SHIFT;
}

static unsigned int pos_start(u32 pos)
{
	return pos & (BIT(POS_START_BITS) - 1);
}

static size_t pos_len(u32 pos)
{
	return (pos >> POS_LEN_SHIFT & (BIT(POS_LEN_BITS) - 1)) + 1;
}

static unsigned int pos_next(u32 pos)
{
	return pos >> POS_NEXT_SHIFT & 0xff;
}

/* Chunks that the list of further pages takes. */
static unsigned int head_chunks(const struct zbud_frame *frame)
{
	return bytes_to_chunks((frame->nr_pages - 1) * sizeof(struct page *));
}

static struct slot_group *slot_group(const struct zbud_frame *frame, unsigned int slot)
{
	char *table = (char *)page_address(frame->page) + head_chunks(frame) * CHUNK;

	return (struct slot_group *)table + slot / GROUP_SLOTS;
}

/* Read without a lock by others who look for their own slot. */
static struct zbud_item **slot_owner(const struct zbud_frame *frame, unsigned int slot)
{
	return &slot_group(frame, slot)->owner[slot % GROUP_SLOTS];
}

static u32 *slot_pos(const struct zbud_frame *frame, unsigned int slot)
{
	return &slot_group(frame, slot)->pos[slot % GROUP_SLOTS];
}

static unsigned int table_end(const struct zbud_frame *frame)
{
	return head_chunks(frame) + frame->slots / GROUP_SLOTS * GROUP_CHUNKS;
}

/**
 * frame_end() - chunks in a frame, used or not
 * @frame: the frame
 */
unsigned int frame_end(const struct zbud_frame *frame)
{
	return frame->nr_pages * PAGE_CHUNKS;
}

/**
 * frame_slots() - how many slot numbers to look at to see every item
 * @frame: the frame; unlocked is fine, the number only grows
 */
unsigned int frame_slots(const struct zbud_frame *frame)
{
	return frame_is_solo(frame) ? 1 : READ_ONCE(frame->slots);
}

/**
 * frame_owner() - the item in a slot
 * @frame:	the frame
 * @slot:	below frame_slots()
 *
 * Return: the item, NULL if the slot is free.
 */
struct zbud_item *frame_owner(const struct zbud_frame *frame, unsigned int slot)
{
	return frame_is_solo(frame) ? READ_ONCE(frame->solo) :
				      READ_ONCE(*slot_owner(frame, slot));
}

unsigned int frame_slot_start(const struct zbud_frame *frame, unsigned int slot)
{
	return pos_start(READ_ONCE(*slot_pos(frame, slot)));
}

/* Bytes of the item in a slot. */
size_t frame_slot_size(const struct zbud_frame *frame, unsigned int slot)
{
	return pos_len(READ_ONCE(*slot_pos(frame, slot)));
}

unsigned int frame_slot_chunks(const struct zbud_frame *frame, unsigned int slot)
{
	return bytes_to_chunks(pos_len(READ_ONCE(*slot_pos(frame, slot))));
}

void frame_slot_set_start(struct zbud_frame *frame, unsigned int slot, unsigned int start)
{
	u32 *pos = slot_pos(frame, slot);

	WRITE_ONCE(*pos, pos_make(start, pos_len(*pos), pos_next(*pos)));
}

static void slot_set_next(struct zbud_frame *frame, unsigned int slot, unsigned int next)
{
	u32 *pos;

	if (slot == NO_SLOT) {
		frame->first = next;
		return;
	}
	/* One store: the reader of the item in @slot may be looking at it. */
	pos = slot_pos(frame, slot);
	WRITE_ONCE(*pos, pos_make(pos_start(*pos), pos_len(*pos), next));
}

static unsigned int slot_next(const struct zbud_frame *frame, unsigned int slot)
{
	return slot == NO_SLOT ? frame->first : pos_next(READ_ONCE(*slot_pos(frame, slot)));
}

/**
 * frame_order() - the slots in use, by address
 * @frame:	the frame, not solo
 * @order:	room for ZBUD_MAX_BUDDIES numbers
 *
 * Return: how many.
 */
unsigned int frame_order(const struct zbud_frame *frame, u8 *order)
{
	unsigned int slot, count = 0;

	for (slot = frame->first; slot != NO_SLOT; slot = slot_next(frame, slot))
		order[count++] = slot;
	return count;
}

/**
 * frame_address() - where a byte of a frame is
 * @frame:	the frame
 * @offset:	in bytes from its start
 */
void *frame_address(const struct zbud_frame *frame, unsigned int offset)
{
	struct page **others = page_address(frame->page);
	unsigned int nr = offset >> PAGE_SHIFT;
	struct page *page = nr ? others[nr - 1] : frame->page;

	return (char *)page_address(page) + offset_in_page(offset);
}

/* The lowest chunk the next item may use: the table may have to grow for it. */
static unsigned int low_limit(const struct zbud_frame *frame)
{
	return table_end(frame) + (frame->items == frame->slots ? GROUP_CHUNKS : 0);
}

static unsigned int start_or_end(const struct zbud_frame *frame, unsigned int slot)
{
	return slot == NO_SLOT ? frame_end(frame) : frame_slot_start(frame, slot);
}

/* Chunks between the item in @slot and the next one, @next. */
static unsigned int hole_above(const struct zbud_frame *frame, unsigned int slot,
			       unsigned int next)
{
	return start_or_end(frame, next) - frame_slot_start(frame, slot) -
	       frame_slot_chunks(frame, slot);
}

/* Where an item could go, and what frame->inner is then. */
struct place {
	unsigned int	prev;	/* the slot below it */
	unsigned int	end;	/* where the hole ends */
	unsigned int	inner;
};

/* The smallest hole above an item that @need chunks fit in; the caller knows of one. */
static unsigned int find_inner(const struct zbud_frame *frame, unsigned int need,
			       struct place *place)
{
	unsigned int slot = frame->first, best = 0, largest = 0, second = 0;

	while (slot != NO_SLOT) {
		unsigned int next = slot_next(frame, slot);
		unsigned int size = hole_above(frame, slot, next);

		if (size >= need && (!best || size < best)) {
			best = size;
			place->prev = slot;
			place->end = start_or_end(frame, next);
		}
		if (size > largest) {
			second = largest;
			largest = size;
		} else if (size > second) {
			second = size;
		}
		slot = next;
	}
	/* What is left of the hole is one too. */
	place->inner = max(best == largest ? second : largest, best - need);
	return best;
}

/* The smallest hole of at least @need chunks; false if there is none. */
static bool find_hole(const struct zbud_frame *frame, unsigned int need, struct place *place)
{
	unsigned int limit = low_limit(frame), start = start_or_end(frame, frame->first);
	unsigned int below, best = 0;

	if (start < limit)
		return false;	/* the table cannot grow */
	below = start - limit;
	if (frame->inner >= need)
		best = find_inner(frame, need, place);
	if (best && (below < need || best <= below))
		return true;
	place->prev = NO_SLOT;
	place->end = start;
	place->inner = frame->inner;
	return below >= need;
}

/**
 * frame_rescan() - find the largest inner hole anew, after items have moved
 * @frame: locked, not solo
 */
void frame_rescan(struct zbud_frame *frame)
{
	unsigned int slot = frame->first;

	lockdep_assert_held(&frame->lock);
	frame->inner = 0;
	while (slot != NO_SLOT) {
		unsigned int next = slot_next(frame, slot);

		frame->inner = max_t(unsigned int, frame->inner, hole_above(frame, slot, next));
		slot = next;
	}
}

/**
 * frame_update_room() - recompute what the packing lists go by
 * @pool:	its pool
 * @frame:	just changed
 */
void frame_update_room(struct zbud_pool *pool, struct zbud_frame *frame)
{
	unsigned int limit, used, start;

	lockdep_assert_held(&frame->lock);
	if (frame_is_solo(frame) || frame->items >= pool->max_buddies) {
		WRITE_ONCE(frame->free, 0);
		WRITE_ONCE(frame->room, 0);
		return;
	}
	limit = low_limit(frame);
	used = limit + frame->used;
	start = start_or_end(frame, frame->first);
	WRITE_ONCE(frame->free, used < frame_end(frame) ? frame_end(frame) - used : 0);
	/* Without room for the table to grow, no hole is of use. */
	WRITE_ONCE(frame->room, start < limit ? 0 : max_t(unsigned int, start - limit,
							  frame->inner));
}

/**
 * frame_reset() - make an empty frame ready for use
 * @frame:	nobody else's
 * @kind:	what it will hold
 * @solo:	one item as large as a page, no table
 */
void frame_reset(struct zbud_frame *frame, enum zbud_kind kind, bool solo)
{
	frame->flags = kind | (solo ? FRAME_SOLO : 0);
	frame->items = 0;
	frame->slots = 0;
	frame->first = NO_SLOT;
	frame->used = 0;
	frame->inner = 0;
	frame->claimed = true;
	if (solo)
		frame->solo = NULL;
	else
		INIT_LIST_HEAD(&frame->fit);
}

static unsigned int take_slot(struct zbud_frame *frame)
{
	unsigned int slot;

	if (frame->items == frame->slots) {
		memset(slot_group(frame, frame->slots), 0, sizeof(struct slot_group));
		slot = frame->slots;
		/* Release: who sees the number also sees the empty slots. */
		smp_store_release(&frame->slots, frame->slots + GROUP_SLOTS);
		return slot;
	}
	/* While a frame fills up, the last group is the one with free slots. */
	for (slot = frame->slots - 1; *slot_owner(frame, slot); slot--)
		;
	return slot;
}

/**
 * frame_place_slot() - make room for an item
 * @pool:	its pool
 * @frame:	claimed by the caller, not solo, locked
 * @size:	bytes, at least 1
 * @owner:	the item; it is not touched
 *
 * Return: its slot; NO_SLOT if there is no hole.
 */
unsigned int frame_place_slot(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
			      struct zbud_item *owner)
{
	unsigned int chunks = bytes_to_chunks(size), slot;
	struct place place = { .prev = NO_SLOT };

	lockdep_assert_held(&frame->lock);
	if (frame->items >= pool->max_buddies || !find_hole(frame, chunks, &place))
		return NO_SLOT;
	slot = take_slot(frame);
	WRITE_ONCE(*slot_pos(frame, slot),
		   pos_make(place.end - chunks, size, slot_next(frame, place.prev)));
	slot_set_next(frame, place.prev, slot);
	WRITE_ONCE(*slot_owner(frame, slot), owner);
	frame->items++;
	frame->used += chunks;
	frame->inner = place.inner;
	return slot;
}

/**
 * frame_set_ref() - let an item refer to its slot
 * @frame:	the frame
 * @slot:	slot of the item
 * @item:	not readable by others now
 */
void frame_set_ref(struct zbud_frame *frame, unsigned int slot, struct zbud_item *item)
{
	item->ref = (unsigned long)frame | (slot & 7);
}

/**
 * frame_place() - make room for an item that is new
 * @pool:	its pool
 * @frame:	claimed by the caller, locked or unseen by others
 * @size:	bytes, at least 1
 * @item:	set to refer to the place
 *
 * Return: 0; -ENOSPC.
 */
int frame_place(struct zbud_pool *pool, struct zbud_frame *frame, size_t size,
		struct zbud_item *item)
{
	unsigned int slot;

	lockdep_assert_held(&frame->lock);
	if (frame_is_solo(frame)) {
		frame->solo = item;
		frame->items = 1;
		item->ref = (unsigned long)frame;
		return 0;
	}
	slot = frame_place_slot(pool, frame, size, item);
	if (slot == NO_SLOT)
		return -ENOSPC;
	frame_set_ref(frame, slot, item);
	return 0;
}

/**
 * frame_of_item() - the frame of an item
 * @item: stored
 */
struct zbud_frame *frame_of_item(const struct zbud_item *item)
{
	return (struct zbud_frame *)(item->ref & ~7UL);
}

/* @item is stored and pinned, or the frame is locked. */
static unsigned int item_slot(const struct zbud_frame *frame, const struct zbud_item *item)
{
	unsigned int slot, slots = frame_slots(frame);

	for (slot = item->ref & 7; slot < slots; slot += 8)
		if (frame_owner(frame, slot) == item)
			return slot;
	/* Nobody can be here: it would be a use after free. */
	WARN_ON_ONCE(1);
	return NO_SLOT;
}

/*
 * The slot below @slot by address.  The table is read from end to end instead of from
 * link to link, which the processor would have to wait for at each of up to 252 slots.
 */
static unsigned int slot_prev(const struct zbud_frame *frame, unsigned int slot)
{
	unsigned int prev;

	if (frame->first == slot)
		return NO_SLOT;
	for (prev = 0; prev < frame->slots; prev++)
		if (pos_next(*slot_pos(frame, prev)) == slot && *slot_owner(frame, prev))
			return prev;
	WARN_ON_ONCE(1);
	return NO_SLOT;
}

/**
 * frame_remove_slot() - give the place of an item back
 * @frame:	not solo, locked
 * @slot:	in use
 *
 * Return: the size it had.
 */
size_t frame_remove_slot(struct zbud_frame *frame, unsigned int slot)
{
	unsigned int prev = slot_prev(frame, slot), next = slot_next(frame, slot);
	unsigned int hole = hole_above(frame, slot, next);

	lockdep_assert_held(&frame->lock);
	slot_set_next(frame, prev, next);
	WRITE_ONCE(*slot_owner(frame, slot), NULL);
	frame->items--;
	frame->used -= frame_slot_chunks(frame, slot);
	if (prev != NO_SLOT)
		frame->inner = max_t(unsigned int, frame->inner, hole_above(frame, prev, next));
	else if (hole && hole == frame->inner)
		frame_rescan(frame);	/* the largest may just have joined the space below */
	return frame_slot_size(frame, slot);
}

/**
 * frame_unplace() - free an item
 * @frame:	its frame, locked
 * @item:	stored in it; refers to nothing afterwards
 *
 * Return: the size it had.
 */
size_t frame_unplace(struct zbud_frame *frame, struct zbud_item *item)
{
	unsigned int slot;

	lockdep_assert_held(&frame->lock);
	slot = item_slot(frame, item);
	item->ref = 0;
	if (slot == NO_SLOT)
		return 0;
	if (!frame_is_solo(frame))
		return frame_remove_slot(frame, slot);
	frame->items--;
	WRITE_ONCE(frame->solo, NULL);
	return PAGE_SIZE;
}

/* Where a pinned item is, in bytes from the start of its frame. */
static unsigned int item_place(const struct zbud_frame *frame, const struct zbud_item *item,
			       size_t *len)
{
	unsigned int slot;
	u32 pos;

	if (frame_is_solo(frame)) {
		*len = PAGE_SIZE;
		return 0;
	}
	slot = item_slot(frame, item);
	if (slot == NO_SLOT) {
		*len = 0;
		return 0;
	}
	pos = READ_ONCE(*slot_pos(frame, slot));
	*len = pos_len(pos);
	return pos_start(pos) * CHUNK;
}

/**
 * zbud_size() - how many bytes an item has
 * @item: pinned, or not published yet
 *
 * Context: any.
 */
size_t zbud_size(const struct zbud_item *item)
{
	size_t len;

	item_place(frame_of_item(item), item, &len);
	return len;
}
EXPORT_SYMBOL_GPL(zbud_size);

/**
 * zbud_write() - fill an item that was just allocated
 * @item:	not published yet, so nobody reads or moves it
 * @src:	as many bytes as were asked for
 *
 * Context: any; no lock is taken.
 */
void zbud_write(struct zbud_item *item, const void *src)
{
	struct zbud_frame *frame = frame_of_item(item);
	unsigned int offset;
	size_t len;

	offset = item_place(frame, item, &len);
	while (len) {
		size_t part = min_t(size_t, len, PAGE_SIZE - offset_in_page(offset));

		memcpy(frame_address(frame, offset), src, part);
		src = (const char *)src + part;
		offset += part;
		len -= part;
	}
}
EXPORT_SYMBOL_GPL(zbud_write);

/**
 * zbud_map() - the bytes of an item, in one piece
 * @item:	pinned; the result is valid until it is unpinned
 * @bounce:	as many bytes as the item has, used if it straddles two pages
 *
 * Context: any; no lock is taken.
 * Return: the bytes, in the frame or in @bounce; NULL if @bounce is needed and NULL.
 */
const void *zbud_map(const struct zbud_item *item, void *bounce)
{
	const struct zbud_frame *frame = frame_of_item(item);
	unsigned int offset;
	size_t len, part;

	offset = item_place(frame, item, &len);
	part = PAGE_SIZE - offset_in_page(offset);
	if (len <= part)
		return frame_address(frame, offset);
	if (!bounce)
		return NULL;
	/* Two pieces at most: see ZBUD_MAX_LONG. */
	memcpy(bounce, frame_address(frame, offset), part);
	memcpy((char *)bounce + part, frame_address(frame, offset + part), len - part);
	return bounce;
}
EXPORT_SYMBOL_GPL(zbud_map);

/**
 * zbud_emit() - show the bytes of an item where they lie
 * @item:	pinned by the caller
 * @emit:	called with each piece, in order; may sleep if the caller may
 * @arg:	for @emit
 *
 * Context: as @emit needs; no lock is taken.
 * Return: 0; the error of @emit that ended it.
 */
int zbud_emit(const struct zbud_item *item, zbud_emit_fn emit, void *arg)
{
	const struct zbud_frame *frame = frame_of_item(item);
	unsigned int offset;
	int err = 0;
	size_t len;

	offset = item_place(frame, item, &len);
	while (len && !err) {
		size_t part = min_t(size_t, len, PAGE_SIZE - offset_in_page(offset));

		err = emit(arg, frame_address(frame, offset), part);
		offset += part;
		len -= part;
	}
	return err;
}
EXPORT_SYMBOL_GPL(zbud_emit);
