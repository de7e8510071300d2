// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors of pages: their memory, their accounting, their contents, when touched. */
#include "internal.h"

static struct kmem_cache *page_cache;

int zcache_page_init(void)
{
	/*
	 * Type-stable: a reader may try to pin a descriptor that was just freed, and
	 * finds refs zero.  So the allocator's own pointer must not be there; by itself
	 * it would put it behind the object, at a cost of a quarter.
	 */
	struct kmem_cache_args args = {
		.use_freeptr_offset	= true,
		.freeptr_offset		= offsetof(struct zcache_page, next),
	};

	page_cache = kmem_cache_create("zcache_page", sizeof(struct zcache_page), &args,
				       SLAB_TYPESAFE_BY_RCU);
	return page_cache ? 0 : -ENOMEM;
}

void zcache_page_exit(void)
{
	kmem_cache_destroy(page_cache);
}

/**
 * zcache_page_new() - make a descriptor
 * @gfp: how to allocate it
 *
 * Context: as @gfp allows.
 * Return: a descriptor that is nobody's (refs zero), NULL.
 */
struct zcache_page *zcache_page_new(gfp_t gfp)
{
	struct zcache_page *zpage = kmem_cache_alloc(page_cache, gfp);

	/* For memory that is new; what was a descriptor before has zero there. */
	if (zpage)
		tmem_page_init_once(&zpage->t);
	return zpage;
}

/**
 * zcache_page_alloc() - get a descriptor
 * @kind: of what page; that of a persistent page of ours may come from the reserve
 *
 * Context: does not sleep.
 * Return: a descriptor that is nobody's (refs zero), NULL.
 */
struct zcache_page *zcache_page_alloc(enum zbud_kind kind)
{
	struct zcache_page *zpage;

	/* See PERS_FRAME_GFP. */
	zpage = zcache_page_new(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC |
				(kind == ZBUD_PERSISTENT ? __GFP_HIGH : 0));
	if (!zpage && kind == ZBUD_PERSISTENT)
		zpage = zcache_reserve_take_desc();
	if (!zpage)
		zcache_count(failed_alloc);
	else
		zpage->item.ref = 0;
	return zpage;
}

/**
 * zcache_page_free() - give a descriptor back
 * @zpage: nobody's, its storage is freed
 *
 * Context: any.
 */
void zcache_page_free(struct zcache_page *zpage)
{
	if (!zcache_reserve_give_desc(zpage))
		kmem_cache_free(page_cache, zpage);
}

/**
 * zcache_page_account() - count a page in or out
 * @zpage:	its descriptor
 * @format:	its format
 * @kind:	its kind
 * @size:	bytes stored, 0 for ZCACHE_FILLED
 * @sign:	1 or -1
 *
 * Context: any.
 */
void zcache_page_account(const struct zcache_page *zpage, enum zcache_format format,
			 enum zbud_kind kind, size_t size, int sign)
{
	zcache_count_nr(ZCACHE_ST_eph_zpages + kind, sign);
	zcache_count_nr(ZCACHE_ST_eph_zbytes + kind, sign * (long)size);
	if (format == ZCACHE_RAW)
		zcache_count_add(raw_pages, sign);
	if (format == ZCACHE_FILLED) {
		zcache_count_add(same_filled_pages, sign);
		if (!zpage->fill)
			zcache_count_add(zero_filled_pages, sign);
	}
}

/**
 * zcache_page_release() - free a local page
 * @zpage:	nobody's any more
 * @kind:	its kind
 *
 * Context: any, interrupts on or off.
 */
void zcache_page_release(struct zcache_page *zpage, enum zbud_kind kind)
{
	enum zcache_format format = zcache_page_format(&zpage->t);
	size_t size = format == ZCACHE_FILLED ? 0 : zbud_size(&zpage->item);

	zcache_page_account(zpage, format, kind, size, -1);
	if (format != ZCACHE_FILLED) {
		zbud_free(zcache_zbud, &zpage->item);
		zcache_repack_hint();
	}
	zcache_page_free(zpage);
}

static int decode_stored(const struct zcache_page *zpage, enum zcache_format format, void *dst)
{
	struct zcache_stream *stream = NULL;
	const void *src = NULL;
	int err;

	/* It would not fit in stream->bounce; and nobody gets pages of other machines here. */
	if (WARN_ON_ONCE(format == ZCACHE_SEALED))
		return -EIO;
	/* Most pages lie in one piece and need no scratch memory: no lock at all. */
	if (!zcache_format_needs_stream(format))
		src = zbud_map(&zpage->item, NULL);
	if (!src) {
		stream = zcache_stream_lock();
		src = zbud_map(&zpage->item, stream->bounce);
	}
	err = zcache_decompress(stream, format, src, zbud_size(&zpage->item), dst);
	if (stream)
		zcache_stream_unlock(stream);
	return err;
}

/**
 * zcache_page_decode() - the contents of a local page
 * @zpage:	pinned by the caller
 * @page:	where to
 *
 * Context: may sleep.
 * Return: 0; -EIO: the stored bytes make no sense, which is counted and logged.
 */
int zcache_page_decode(const struct zcache_page *zpage, struct page *page)
{
	enum zcache_format format = zcache_page_format(&zpage->t);
	void *dst = kmap_local_page(page);
	int err = 0;

	if (format == ZCACHE_FILLED)
		memset_l(dst, zpage->fill, PAGE_SIZE / sizeof(unsigned long));
	else
		err = decode_stored(zpage, format, dst);
	kunmap_local(dst);
	if (err) {
		zcache_count(decompress_failed);
		pr_err_ratelimited("stored page in format %u does not decompress: memory is corrupt\n",
				   format);
	}
	return err;
}

/**
 * zcache_pool_mark_idle() - all pages of a pool count as idle until they are touched
 * @pool: the pool
 *
 * That is a new mark and the newest version there is.  A page with a higher version was
 * put since, one that carries the mark was read since.  There are three marks to go
 * round, so a page that was read just three marks ago counts as touched, by mistake.
 *
 * Context: any; one caller at a time.
 */
void zcache_pool_mark_idle(struct zcache_pool *pool)
{
	u8 mark = pool->idle_mark + ZCACHE_HOST_MARK_STEP;

	if (mark > ZCACHE_HOST_MARK)
		mark = ZCACHE_HOST_MARK_STEP;
	WRITE_ONCE(pool->idle_version, tmem_last_version());
	WRITE_ONCE(pool->idle_mark, mark);
}

/**
 * zcache_page_touch() - a page was read
 * @pool:	its pool
 * @page:	pinned by the caller
 *
 * Context: any.
 */
void zcache_page_touch(const struct zcache_pool *pool, struct tmem_page *page)
{
	u8 host = tmem_page_host(page), mark = READ_ONCE(pool->idle_mark);

	if ((host & ZCACHE_HOST_MARK) != mark)
		tmem_page_set_host(page, (host & ~ZCACHE_HOST_MARK) | mark);
}

/**
 * zcache_page_idle() - whether a page was not touched since all were marked idle
 * @pool:	its pool
 * @page:	pinned by the caller
 *
 * Context: any.
 */
bool zcache_page_idle(const struct zcache_pool *pool, const struct tmem_page *page)
{
	u8 mark = READ_ONCE(pool->idle_mark);

	return mark && (tmem_page_host(page) & ZCACHE_HOST_MARK) != mark &&
	       tmem_page_version(page) <= READ_ONCE(pool->idle_version);
}
