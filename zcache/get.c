// SPDX-License-Identifier: GPL-2.0-only
/*
 * Get: persistent pages stay, ephemeral pages are taken out.
 *
 * The descriptor is pinned while its bytes are decompressed straight from the frame;
 * no lock is held.
 */
#include "internal.h"
#include "trace.h"

/*
 * Where a page is that was found and pinned: for a descriptor of ours its host byte tells.
 * The slot may have been stored to since it was looked at, in the memory of the old page.
 */
static enum tmem_where where_now(enum tmem_where where, const struct tmem_page *page)
{
	u8 host;

	if (where != TMEM_LOCAL && where != TMEM_REMOTE)
		return where;
	host = tmem_page_host(page);
	if (!(host & ZCACHE_HOST_OURS))
		return TMEM_REMOTE;
	return zcache_host_backed(host) ? TMEM_REMOTE : TMEM_LOCAL;
}

static enum tmem_where find(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
			    struct tmem_page **page)
{
	enum tmem_where where;

	if (!pool->persistent)
		return tmem_take(pool->tmem, oid, index, page);
	where = tmem_get(pool->tmem, oid, index, page);
	return where_now(where, *page);
}

static void count_get(const struct zcache_pool *pool, int err)
{
	if (err == -ENOENT)
		zcache_count_nr(ZCACHE_ST_eph_misses + zcache_pool_kind(pool), 1);
	else if (!err)
		zcache_count_nr(ZCACHE_ST_eph_gets + zcache_pool_kind(pool), 1);
}

/* Answer a get that needs no remote tier. */
static int answer_here(struct zcache_pool *pool, enum tmem_where where,
		       struct tmem_page *found, struct page *page)
{
	int err;

	switch (where) {
	case TMEM_LOCAL:
		zcache_page_touch(pool, found);
		err = zcache_page_decode(container_of(found, struct zcache_page, t), page);
		tmem_page_unpin(found, TMEM_LOCAL);
		return err;
	case TMEM_LOST:
		zcache_count(lost_gets);
		return -EIO;
	default:
		return -ENOENT;
	}
}

/* Let the remote tier or the backing device answer a get. */
static void get_elsewhere(struct tmem_page *found, struct zcache_get *get)
{
	if (zcache_host_backed(tmem_page_host(found))) {
		zcache_backing_get(found, get);
		return;
	}
	zcache_count(remote_gets);
	zcache_remote_get(found, get);
}

/* As zcache_get(), but only with @take an ephemeral page is taken out. */
static int get_here(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		    struct page *page, bool take)
{
	struct tmem_page *found = NULL;
	enum tmem_where where;
	int err;

	might_sleep();
	if (!pool->ours)
		return -EINVAL;
	/* An ephemeral page is only taken out by who can wait for it. */
	where = tmem_get(pool->tmem, oid, index, &found);
	where = where_now(where, found);
	if (where == TMEM_REMOTE) {
		err = zcache_host_backed(tmem_page_host(found)) ?
		      zcache_copy_get_here(found, page) : -EREMOTE;
		tmem_page_unpin(found, TMEM_REMOTE);
		return err;
	}
	if (where == TMEM_LOCAL && !pool->persistent && take &&
	    !tmem_remove(found, TMEM_LOCAL)) {
		/* Evicted or replaced meanwhile: an ephemeral get may miss. */
		tmem_page_unpin(found, TMEM_LOCAL);
		where = TMEM_NOWHERE;
	}
	err = answer_here(pool, where, found, page);
	count_get(pool, err);
	trace_zcache_get(pool->persistent, oid->word[0], index, err);
	return err;
}

/**
 * zcache_get() - bring a page back, if it is on this machine
 * @pool:	where
 * @oid:	object
 * @index:	page number in the object
 * @page:	where to; its contents are undefined after an error
 *
 * Context: may sleep.
 * Return: 0; -ENOENT: there is none; -EIO: it is lost, or damaged; -EREMOTE: it is
 * not on this machine, use zcache_get_async(); -EINVAL: a pool of another machine, see
 * zcache_read_stored().
 */
int zcache_get(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
	       struct page *page)
{
	return get_here(pool, oid, index, page, true);
}
EXPORT_SYMBOL_GPL(zcache_get);

/**
 * zcache_peek() - copy a page that is on this machine
 * @pool:	where
 * @oid:	object
 * @index:	page number in the object
 * @page:	where to; its contents are undefined after an error
 *
 * As zcache_get(), but an ephemeral page stays.
 *
 * Context: may sleep.
 * Return: as zcache_get().
 */
int zcache_peek(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		struct page *page)
{
	return get_here(pool, oid, index, page, false);
}
EXPORT_SYMBOL_GPL(zcache_peek);

/**
 * zcache_look() - where a page is
 * @pool:	a pool of the local kernel's
 * @oid:	object
 * @index:	page number in the object
 *
 * What is true now need not be true a moment later.
 *
 * Context: process context.
 * Return: 0: on this machine; -EREMOTE: elsewhere; -ENOENT: nowhere, or lost.
 */
int zcache_look(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index)
{
	struct tmem_page *found = NULL;
	enum tmem_where where;

	where = tmem_get(pool->tmem, oid, index, &found);
	where = where_now(where, found);
	if (where != TMEM_LOCAL && where != TMEM_REMOTE)
		return -ENOENT;
	tmem_page_unpin(found, where);
	return where == TMEM_LOCAL ? 0 : -EREMOTE;
}
EXPORT_SYMBOL_GPL(zcache_look);

/**
 * zcache_get_async() - bring a page back, wherever it is
 * @pool:	where
 * @oid:	object
 * @index:	page number in the object
 * @get:	the caller's; @get->done is called exactly once, with what zcache_get()
 *		would return
 *
 * Context: may sleep, but does not wait for another machine.
 */
void zcache_get_async(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		      struct zcache_get *get)
{
	struct tmem_page *found = NULL;
	enum tmem_where where;
	int err;

	might_sleep();
	if (!pool->ours) {
		get->done(get, -EINVAL);
		return;
	}
	where = find(pool, oid, index, &found);
	if (where == TMEM_REMOTE) {
		trace_zcache_get(pool->persistent, oid->word[0], index, -EINPROGRESS);
		get_elsewhere(found, get);
		return;
	}
	err = answer_here(pool, where, found, get->page);
	count_get(pool, err);
	trace_zcache_get(pool->persistent, oid->word[0], index, err);
	get->done(get, err);
}
EXPORT_SYMBOL_GPL(zcache_get_async);

/**
 * zcache_read_stored() - the bytes of a page of another machine
 * @pool:	a pool of another machine's
 * @oid:	object
 * @index:	page number in the object
 * @emit:	called with the bytes as they lie in the frame, in one piece or two; an error
 *		ends it.  The page is pinned meanwhile, no lock is held
 * @arg:	for @emit
 *
 * The page stays, also an ephemeral one: its machine flushes it.
 *
 * Context: process context; may sleep if @emit does.
 * Return: 0; -ENOENT: there is none; -EINVAL: the pool is ours; or the error of @emit.
 */
int zcache_read_stored(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		       int (*emit)(void *arg, const void *data, size_t size), void *arg)
{
	struct tmem_page *page;
	int err = -ENOENT;

	if (pool->ours)
		return -EINVAL;
	if (tmem_get(pool->tmem, oid, index, &page) == TMEM_LOCAL) {
		err = zbud_emit(&container_of(page, struct zcache_page, t)->item, emit, arg);
		tmem_page_unpin(page, TMEM_LOCAL);
	}
	count_get(pool, err);
	trace_zcache_get(pool->persistent, oid->word[0], index, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_read_stored);

/**
 * zcache_decode() - decompress a page that is not in the store
 * @format:	how the bytes are to be read
 * @data:	the bytes, not trusted
 * @size:	how many
 * @page:	where to
 *
 * Context: may sleep.
 * Return: 0; -EIO: the bytes are not a page in that format.
 */
int zcache_decode(enum zcache_format format, const void *data, size_t size, struct page *page)
{
	struct zcache_stream *stream = NULL;
	unsigned long fill;
	int err = 0;
	void *dst;

	if (!zcache_stored_valid(format, size))
		return -EIO;
	if (zcache_format_needs_stream(format))
		stream = zcache_stream_lock();
	dst = kmap_local_page(page);
	if (format == ZCACHE_FILLED) {
		memcpy(&fill, data, sizeof(fill));
		memset_l(dst, fill, PAGE_SIZE / sizeof(fill));
	} else {
		err = zcache_decompress(stream, format, data, size, dst);
	}
	kunmap_local(dst);
	if (stream)
		zcache_stream_unlock(stream);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_decode);
