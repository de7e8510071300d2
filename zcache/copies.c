// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clean copies: of a page that goes to a backing device the compressed bytes are kept, as an
 * ephemeral page in a pool of the device's own.  It may be evicted at any time, and a remote
 * tier may move it to another machine; who does not find it reads the device.
 *
 * A copy is named by the block of its page, not by the page: from being taken until it is
 * released a block is one version of one page.  What is found under its number is that
 * version and no other, because
 *
 *  - who has taken a block puts the copy, before anybody can refer to the block;
 *  - who looks for a copy has the backed page pinned, and so its block;
 *  - the copy is flushed before the block is free.
 *
 * A hit leaves the copy where it is.
 */
#include "backing.h"
#include "trace.h"

/* As a swap device: not all in one object, which has one lock. */
#define COPIES_SHIFT	12

static struct tmem_oid copy_object(unsigned long block)
{
	return (struct tmem_oid){ .word = { block >> COPIES_SHIFT } };
}

static u32 copy_index(unsigned long block)
{
	return block & (BIT(COPIES_SHIFT) - 1);
}

static struct zcache_page *to_zpage(struct tmem_page *page)
{
	return container_of(page, struct zcache_page, t);
}

/**
 * zcache_copies_count() - a page may be a clean copy: count it
 * @pool:	of the page
 * @where:	TMEM_LOCAL or TMEM_REMOTE: what its descriptor is
 * @sign:	1 or -1
 *
 * Context: any.
 */
void zcache_copies_count(const struct zcache_pool *pool, enum tmem_where where, int sign)
{
	if (!pool->copies)
		return;
	if (where == TMEM_LOCAL)
		zcache_count_add(clean_copies, sign);
	else
		zcache_count_add(clean_copies_remote, sign);
}

/**
 * zcache_clean_copies() - whether there are clean copies of backed pages in this machine
 *
 * A remote tier may take them before anything else: they are older than all persistent pages
 * here, and with it they are still nearer than the disk.
 *
 * Context: any.
 */
bool zcache_clean_copies(void)
{
	return (s64)zcache_stat_read(ZCACHE_ST_clean_copies) > 0;
}
EXPORT_SYMBOL_GPL(zcache_clean_copies);

static void kept(struct zcache_page *target, u32 index, int err)
{
	if (!err) {
		target->block |= BACKING_COPIED;
		zcache_count(clean_copies_kept);
	}
	trace_zcache_clean_copy_kept(index, target->block >> BACKING_BLOCK_SHIFT, err);
}

/**
 * zcache_copy_stored() - keep the stored bytes of a page that is going to its device
 * @backing:	the device
 * @target:	what the page will be there; it has a block and is nobody's yet
 * @page:	what it is now, pinned by the caller
 * @bounce:	one page of the caller's to work with
 *
 * No copy is no error.
 *
 * Context: process; does not wait for memory.
 */
void zcache_copy_stored(struct zcache_backing *backing, struct zcache_page *target,
			struct tmem_page *page, struct page *bounce)
{
	unsigned long block = target->block >> BACKING_BLOCK_SHIFT;
	struct tmem_oid oid = copy_object(block);
	enum zcache_format format;
	const void *bytes;
	size_t size;
	void *buf;
	int err;

	/* What does not compress is not worth the memory. */
	if (!zcache_clean_copies_wanted() || zcache_page_format(page) == ZCACHE_RAW)
		return;
	buf = kmap_local_page(bounce);
	bytes = zcache_page_map(page, buf, &format, &size);
	/* Counted first: it may be evicted before we return. */
	zcache_copies_count(backing->copies, TMEM_LOCAL, 1);
	err = zcache_put_stored(backing->copies, &oid, copy_index(block), format, bytes, size);
	if (err)
		zcache_copies_count(backing->copies, TMEM_LOCAL, -1);
	kunmap_local(buf);
	kept(target, page->index, err);
}

/**
 * zcache_copy_page() - keep a page that the store has no room for and that goes to its device
 * @backing:	the device
 * @target:	what the page will be there; it has a block and is nobody's yet
 * @index:	of the page
 * @page:	the data
 *
 * No copy is no error.
 *
 * Context: may sleep, does not wait for memory.
 */
void zcache_copy_page(struct zcache_backing *backing, struct zcache_page *target, u32 index,
		      struct page *page)
{
	unsigned long block = target->block >> BACKING_BLOCK_SHIFT;
	struct tmem_oid oid = copy_object(block);
	int err;

	if (!zcache_clean_copies_wanted())
		return;
	zcache_copies_count(backing->copies, TMEM_LOCAL, 1);
	err = zcache_put(backing->copies, &oid, copy_index(block), page);
	if (err)
		zcache_copies_count(backing->copies, TMEM_LOCAL, -1);
	kept(target, index, err);
}

/**
 * zcache_copy_drop() - a block is to be released: forget its copy
 * @backing:	the device
 * @block:	the block
 *
 * Context: any, interrupts on or off, foreign spin locks held; no lock of tmem or zbud.
 */
void zcache_copy_drop(struct zcache_backing *backing, unsigned long block)
{
	struct tmem_oid oid = copy_object(block);

	tmem_flush_page(backing->copies->tmem, &oid, copy_index(block));
}

/**
 * zcache_copy_find() - look for the copy of a backed page
 * @backing:	the device
 * @zpage:	the backed page, pinned by the caller
 * @copy:	set to the copy, pinned, if the result is LOCAL or REMOTE
 *
 * Context: process.
 * Return: where the copy is; TMEM_NOWHERE.
 */
enum tmem_where zcache_copy_find(struct zcache_backing *backing, const struct zcache_page *zpage,
				 struct tmem_page **copy)
{
	unsigned long word = READ_ONCE(zpage->block), block = word >> BACKING_BLOCK_SHIFT;
	struct tmem_oid oid = copy_object(block);
	enum tmem_where where;

	if (!(word & BACKING_COPIED))
		return TMEM_NOWHERE;
	where = tmem_get(backing->copies->tmem, &oid, copy_index(block), copy);
	if (where != TMEM_LOCAL && where != TMEM_REMOTE)
		return TMEM_NOWHERE;
	return tmem_page_host(*copy) & ZCACHE_HOST_OURS ? TMEM_LOCAL : TMEM_REMOTE;
}

/**
 * zcache_copy_read() - read a copy that is here
 * @backing:	the device
 * @zpage:	the backed page, pinned by the caller
 * @copy:	its copy, TMEM_LOCAL, pinned; unpinned by this
 * @page:	where to; undefined after an error
 *
 * Context: may sleep.
 * Return: whether that was the page; else the copy is gone.
 */
bool zcache_copy_read(struct zcache_backing *backing, const struct zcache_page *zpage,
		      struct tmem_page *copy, struct page *page)
{
	unsigned long block = READ_ONCE(zpage->block) >> BACKING_BLOCK_SHIFT;
	int err = zcache_page_decode(to_zpage(copy), page);

	if (err)
		tmem_remove(copy, TMEM_LOCAL);
	else
		zcache_count(clean_copy_hits);
	trace_zcache_clean_copy_read(zpage->t.index, block, err);
	tmem_page_unpin(copy, TMEM_LOCAL);
	return !err;
}

/**
 * zcache_copy_get_here() - read a backed page if its copy is in this machine
 * @found:	the backed page, pinned by the caller
 * @page:	where to; undefined after an error
 *
 * Context: may sleep.
 * Return: 0; -EREMOTE: it is not, see zcache_backing_get().
 */
int zcache_copy_get_here(struct tmem_page *found, struct page *page)
{
	struct zcache_backing *backing = zcache_backing_of(found);
	struct zcache_page *zpage = to_zpage(found);
	struct tmem_page *copy;

	switch (zcache_copy_find(backing, zpage, &copy)) {
	case TMEM_LOCAL:
		return zcache_copy_read(backing, zpage, copy, page) ? 0 : -EREMOTE;
	case TMEM_REMOTE:
		tmem_page_unpin(copy, TMEM_REMOTE);
		return -EREMOTE;
	default:
		return -EREMOTE;
	}
}

/**
 * zcache_copies_init() - make the pool for the copies of a device
 * @backing: the device
 *
 * Context: may sleep.
 * Return: 0; as zcache_pool_create().
 */
int zcache_copies_init(struct zcache_backing *backing)
{
	struct zcache_pool *pool = zcache_pool_create(TMEM_LOCAL_CLIENT, false);

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	pool->copies = true;
	backing->copies = pool;
	return 0;
}

/**
 * zcache_copies_exit() - the opposite
 * @backing: the device; all its blocks are released, and no read is under way
 *
 * Context: may sleep.
 */
void zcache_copies_exit(struct zcache_backing *backing)
{
	zcache_pool_destroy(backing->copies);
}
