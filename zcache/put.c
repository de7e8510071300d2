// SPDX-License-Identifier: GPL-2.0-only
/*
 * Put: same-filled pages keep their word, others are compressed, pages that hardly
 * compress are refused (ephemeral, if nothing else is said) or stored as they are (persistent).
 *
 * A put that fails for whatever reason leaves nothing under its handle.
 */
#include "internal.h"
#include "trace.h"

/**
 * zcache_same_filled() - whether a page is one word over and over
 * @src:	one page
 * @fill:	set to the word
 *
 * Context: any.
 */
bool zcache_same_filled(const void *src, unsigned long *fill)
{
	const unsigned long *word = src;
	unsigned int i, last = PAGE_SIZE / sizeof(*word) - 1;

	/* Pages often begin alike; the end tells most of them apart. */
	if (word[0] != word[last])
		return false;
	for (i = 1; i < last; i++)
		if (word[i] != word[0])
			return false;
	*fill = word[0];
	return true;
}

static bool mean_is_poor(size_t limit)
{
	struct zbud_usage usage;

	zbud_usage(zcache_zbud, ZBUD_PERSISTENT, &usage);
	return usage.bytes > usage.items * limit;
}

/* Whether a page compressed to @size is worth keeping compressed. */
static bool compressed_well(bool persistent, size_t size)
{
	size_t mean;

	if (!size || size > zcache_max_zsize(persistent)) {
		zcache_count(compress_poor);
		return false;
	}
	mean = zcache_max_mean_zsize();
	if (persistent && size > mean && mean_is_poor(mean)) {
		zcache_count(mean_compress_poor);
		return false;
	}
	return true;
}

/* What became of a page. */
struct stored {
	enum zcache_format	format;
	size_t			size;	/* bytes in a frame */
};

/* Is a page stored as it is, if it compresses too badly? */
static bool keep_raw(const struct zcache_pool *pool, const struct zcache_offer *offer)
{
	if (!offer)
		return pool->persistent && zcache_store_poor();
	return offer->keep_raw && offer->keep_raw(offer);
}

/*
 * Compress @src and store it in @zpage, perhaps in the place of the oldest ephemeral pages.
 * No memory is waited for: see stream->lock.
 */
static int store(struct zcache_pool *pool, struct zcache_page *zpage, const void *src,
		 const struct zcache_offer *offer, struct stored *as)
{
	bool evict = !offer || offer->evict;
	struct zcache_stream *stream = zcache_stream_lock();
	bool well;
	int err;

	as->size = zcache_compress(stream, pool->persistent, src, &as->format);
	well = compressed_well(pool->persistent, as->size);
	if (!well && !keep_raw(pool, offer)) {
		err = -E2BIG;
	} else if (as->size && as->size <= zcache_max_zsize(pool->persistent)) {
		/* A bad mean alone is no reason to store a page as it is. */
		err = zcache_space_alloc(zcache_pool_kind(pool), as->size, evict, &zpage->item);
		if (!err)
			zbud_write(&zpage->item, stream->buf);
	} else {
		as->format = ZCACHE_RAW;
		as->size = PAGE_SIZE;
		err = zcache_space_alloc(zcache_pool_kind(pool), as->size, evict, &zpage->item);
		if (!err)
			zbud_write(&zpage->item, src);
	}
	zcache_stream_unlock(stream);
	return err;
}

/*
 * Give a filled descriptor to tmem, unless @guard (which may be NULL) forbids it; on error
 * only the descriptor is left.
 */
static int publish(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		   struct zcache_page *zpage, struct stored as, const struct tmem_guard *guard)
{
	enum zbud_kind kind = zcache_pool_kind(pool);
	u8 host = ZCACHE_HOST_OURS | as.format;
	int err;

	zcache_page_account(zpage, as.format, kind, as.size, 1);
	zcache_pool_add(pool, 1);
	if (guard)
		err = tmem_put_if(pool->tmem, oid, index, &zpage->t, host, guard);
	else
		err = tmem_put(pool->tmem, oid, index, &zpage->t, host);
	if (err) {
		zcache_pool_add(pool, -1);
		zcache_stored_undo(zpage, as.format, kind, as.size);
	}
	return err;
}

/* On success the page is stored and @zpage is tmem's. */
static int put_page_data(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
			 struct zcache_page *zpage, const void *src, struct zcache_offer *offer)
{
	struct stored as = { .format = ZCACHE_FILLED };
	int err;

	if (!zcache_same_filled(src, &zpage->fill)) {
		zpage->item.ref = 0;
		err = store(pool, zpage, src, offer, &as);
		if (err)
			return err;
	}
	if (!offer)
		return publish(pool, oid, index, zpage, as, NULL);
	offer->kept_raw = as.format == ZCACHE_RAW;
	return publish(pool, oid, index, zpage, as, &offer->guard);
}

/* On error nothing new is stored, and what was there before still is. */
static int try_put(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		   struct page *page, struct zcache_offer *offer)
{
	struct zcache_page *zpage;
	void *src;
	int err;

	if (tmem_is_frozen())
		return -EBUSY;
	if (!pool->ours)
		return -EINVAL;
	zpage = zcache_page_alloc(zcache_pool_kind(pool));
	if (!zpage)
		return zcache_room_coming() ? -EAGAIN : -ENOMEM;
	src = kmap_local_page(page);
	err = put_page_data(pool, oid, index, zpage, src, offer);
	kunmap_local(src);
	if (err)
		zcache_page_free(zpage);
	return err;
}

static bool room_was_short(int err)
{
	return err == -ENOSPC || err == -EAGAIN || err == -ENOMEM;
}

static void count_put(const struct zcache_pool *pool, int err)
{
	enum zbud_kind kind = zcache_pool_kind(pool);

	if (err == -EBUSY)
		zcache_count(put_to_flush);
	else
		zcache_count_nr((err ? ZCACHE_ST_failed_eph_puts : ZCACHE_ST_eph_puts) + kind, 1);
	if (kind == ZBUD_PERSISTENT && err == -EAGAIN)
		zcache_count(again_pers_puts);
}

/**
 * zcache_put() - store a page
 * @pool:	where
 * @oid:	object
 * @index:	page number in the object
 * @page:	the data; only read, and only during the call
 *
 * Context: may sleep, does not wait for memory: safe on the way of swap-out.
 * Return: 0.  On error nothing is stored under the handle any more: -EBUSY (frozen),
 * -E2BIG (compresses too badly), -ENOSPC (the limit is reached and nothing can be
 * moved away), -EAGAIN (no memory now, but more is being made), -ENOMEM, -EINVAL (a pool
 * of another machine, which only takes what is sealed).
 */
int zcache_put(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
	       struct page *page)
{
	int err;

	might_sleep();
	err = try_put(pool, oid, index, page, NULL);
	/* An older version must go in any case, and the room that it leaves may do. */
	if (err && tmem_flush_page(pool->tmem, oid, index) && room_was_short(err)) {
		err = try_put(pool, oid, index, page, NULL);
		if (err)
			tmem_flush_page(pool->tmem, oid, index);
	}
	count_put(pool, err);
	trace_zcache_put(pool->persistent, oid->word[0], index, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_put);

/**
 * zcache_put_offer() - store an ephemeral page on conditions
 * @pool:	an ephemeral pool of the local kernel's
 * @oid:	object
 * @index:	page number in the object
 * @page:	the data; only read, and only during the call
 * @offer:	the conditions, and what became of it; not used after the call
 *
 * If @offer evicts, page cache may be reclaimed for it.
 *
 * Context: may sleep, and wait for memory: not on the way of any I/O.
 * Return: as zcache_put(); -ECANCELED: forbidden by the guard of @offer; -ENOSPC, -EAGAIN,
 * -ENOMEM: there is no free room, if @offer evicts nothing.
 */
int zcache_put_offer(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		     struct page *page, struct zcache_offer *offer)
{
	int err;

	might_sleep();
	/* Rather than that other pages go. */
	if (offer->evict)
		zcache_spare_fill();
	err = pool->persistent ? -EINVAL : try_put(pool, oid, index, page, offer);
	if (err)
		tmem_flush_page(pool->tmem, oid, index);
	count_put(pool, err);
	trace_zcache_put(pool->persistent, oid->word[0], index, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_put_offer);

/* Pages of other machines are sealed and nothing else is; size and format must agree. */
static bool stored_fits(const struct zcache_pool *pool, enum zcache_format format, size_t size)
{
	if (pool->ours)
		return zcache_stored_valid(format, size);
	return format == ZCACHE_SEALED && size && size <= PAGE_SIZE + ZCACHE_SEAL_BYTES;
}

/**
 * zcache_put_stored() - store a page that comes compressed, or sealed
 * @pool:	where; a pool of another machine's, or one whose page comes back
 * @oid:	object
 * @index:	page number in the object
 * @format:	how the bytes are to be read; they are not looked at.  ZCACHE_SEALED in a pool
 *		of another machine's, anything else in our own
 * @data:	the bytes
 * @size:	how many; PAGE_SIZE for ZCACHE_RAW, one word for ZCACHE_FILLED
 *
 * A persistent page of another machine goes to frames for such pages only, within their
 * own limit; nothing of ours makes room for it, and nothing of ours is in the way of it.
 *
 * Context: may sleep, does not wait for memory.
 * Return: as zcache_put(); -EINVAL: @format, @size and @pool do not go together; -E2BIG:
 * longer than the frames here allow (frame_pages=1).
 */
int zcache_put_stored(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		      enum zcache_format format, const void *data, size_t size)
{
	struct zcache_page *zpage = NULL;
	int err;

	might_sleep();
	err = stored_fits(pool, format, size) ?
	      zcache_stored_make(zcache_pool_kind(pool), format, data, size, &zpage) : -EINVAL;
	if (!err) {
		struct stored as = { format, format == ZCACHE_FILLED ? 0 : size };

		err = publish(pool, oid, index, zpage, as, NULL);
		if (err)
			zcache_page_free(zpage);
	}
	if (err)
		tmem_flush_page(pool->tmem, oid, index);
	count_put(pool, err);
	trace_zcache_put(pool->persistent, oid->word[0], index, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_put_stored);

/**
 * zcache_stored_make() - a descriptor with given bytes
 * @kind:	kind
 * @format:	how the bytes are to be read
 * @data:	the bytes
 * @size:	how many; right for @format
 * @zpage:	set to the descriptor, not accounted for yet, nobody's
 *
 * Context: may sleep, does not wait for memory.
 * Return: as zcache_put_stored().
 */
int zcache_stored_make(enum zbud_kind kind, enum zcache_format format, const void *data,
		       size_t size, struct zcache_page **zpage)
{
	struct zcache_page *made;
	int err = 0;

	made = zcache_page_alloc(kind);
	if (!made)
		return kind != ZBUD_LENT && zcache_room_coming() ? -EAGAIN : -ENOMEM;
	if (format == ZCACHE_FILLED) {
		memcpy(&made->fill, data, sizeof(made->fill));
	} else {
		err = zcache_space_alloc(kind, size, true, &made->item);
		if (!err)
			zbud_write(&made->item, data);
	}
	if (err)
		zcache_page_free(made);
	else
		*zpage = made;
	return err;
}

/**
 * zcache_stored_undo() - count out and free the bytes of an unpublished page
 * @zpage:	nobody's; the descriptor stays the caller's
 * @format:	its format
 * @kind:	its kind
 * @size:	bytes accounted for
 *
 * Context: any.
 */
void zcache_stored_undo(struct zcache_page *zpage, enum zcache_format format,
			enum zbud_kind kind, size_t size)
{
	zcache_page_account(zpage, format, kind, size, -1);
	if (format != ZCACHE_FILLED)
		zbud_free(zcache_zbud, &zpage->item);
}

/**
 * zcache_stored_valid() - whether a page of ours may be stored like that
 * @format:	any number
 * @size:	any number
 *
 * Context: any.
 */
bool zcache_stored_valid(enum zcache_format format, size_t size)
{
	if (!zcache_format_known(format))
		return false;
	if (format == ZCACHE_FILLED)
		return size == sizeof(unsigned long);
	if (format == ZCACHE_RAW)
		return size == PAGE_SIZE;
	return size && size <= zbud_max_size(1);
}
