// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of a bio belong to the page cache and mirror the block that the bio says, and
 * the records of them.
 *
 * A page in a bio may be anything: memory of a driver, a page of another file that
 * somebody reads to directly.  So nothing is believed of it that its state does not say.  What
 * a mapping points to is only looked at while the state of the page keeps it from going:
 * locked for a read, under write-back for a write; and under RCU, by which inodes are freed.
 */
#include "internal.h"
#include "trace.h"

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/pagemap.h>

/* In the low bits of folio.mapping: not a mapping, but anonymous or movable memory. */
#define MAPPING_TAGS	3UL

/**
 * identify_aligned() - whether a bio covers whole blocks only
 * @iter: the bio
 */
bool identify_aligned(const struct bvec_iter *iter)
{
	return !(iter->bi_sector & (PAGE_SECTORS - 1)) && !(iter->bi_size & (PAGE_SIZE - 1));
}

/**
 * identify_whole_page() - the page that a block of a bio is
 * @bio:	the bio
 * @iter:	where the block begins
 *
 * Return: the page, NULL if the block is in pieces.
 */
struct page *identify_whole_page(struct bio *bio, const struct bvec_iter *iter)
{
	struct bio_vec bv = bio_iter_iovec(bio, *iter);

	return bv.bv_len == PAGE_SIZE && !bv.bv_offset ? bv.bv_page : NULL;
}

/* The mapping of a page that may be one of the page cache, else NULL. */
static struct address_space *mapping_of(struct folio *folio)
{
	struct address_space *mapping;

	if (folio_test_slab(folio) || folio_test_swapbacked(folio) ||
	    folio_test_swapcache(folio))
		return NULL;
	mapping = READ_ONCE(folio->mapping);
	return (unsigned long)mapping & MAPPING_TAGS ? NULL : mapping;
}

/**
 * identify_page_cache() - whether a page that is read to belongs to the page cache
 * @page: of a bio
 *
 * Context: any.
 */
bool identify_page_cache(struct page *page)
{
	struct folio *folio = page_folio(page);

	return mapping_of(folio) && !folio_test_uptodate(folio);
}

/* Whether the pages of a mapping hold what its file has on the disk. */
static bool plain_file(struct folio *folio, struct address_space *mapping)
{
	bool plain = false;
	struct inode *inode;

	rcu_read_lock();
	if (READ_ONCE(folio->mapping) == mapping) {
		inode = mapping->host;
		plain = inode && !S_ISBLK(inode->i_mode) && !IS_ENCRYPTED(inode);
	}
	rcu_read_unlock();
	return plain;
}

/* Fill in the name of a page, if it is one that may be recorded. */
static bool name_page(const struct victim *v, struct page *page, u64 block, bool write,
		      struct record *r)
{
	struct folio *folio = page_folio(page);
	struct address_space *mapping = mapping_of(folio);
	pgoff_t index;

	if (!mapping || folio_test_dirty(folio))
		return false;
	index = folio->index + folio_page_idx(folio, page);
	if (index > U32_MAX)
		return false;
	r->mapping = (unsigned long)mapping;
	r->index = index;
	r->block = block;
	/* Buffers are read and written with neither flag. */
	if (r->mapping == v->mapping)
		return index == block;
	if (write ? !folio_test_writeback(folio) :
		    !folio_test_locked(folio) || folio_test_uptodate(folio))
		return false;
	return plain_file(folio, mapping);
}

/**
 * identify_hash() - hash of the bytes of a page
 * @v:		whose key
 * @page:	the page
 *
 * Context: any.
 */
u64 identify_hash(const struct victim *v, struct page *page)
{
	void *bytes = kmap_local_page(page);
	u64 hash = siphash(bytes, PAGE_SIZE, &v->key);

	kunmap_local(bytes);
	return hash;
}

/*
 * Add a record, unless the page has been dirtied: who dirties it sets the flag first and
 * removes the record then, so one of us meets the other.
 */
static bool record_page(struct victim *v, struct page *page, const struct record *r)
{
	record_add(&v->records, r);
	/* Pairs with the atomic operation that sets the dirty flag. */
	smp_mb();
	if (!folio_test_dirty(page_folio(page)))
		return true;
	record_del(&v->records, r->mapping, r->index);
	return false;
}

/* Forget the pages of a read that has been overtaken. */
static void forget_pages(struct victim *v, struct bio *bio, struct bvec_iter iter)
{
	for (; iter.bi_size; bio_advance_iter(bio, &iter, PAGE_SIZE)) {
		struct page *page = identify_whole_page(bio, &iter);
		struct record r;

		if (page && name_page(v, page, iter_block(&iter), false, &r))
			record_del(&v->records, r.mapping, r.index);
	}
}

/**
 * identify_read() - record the pages of a read that hold what the disk holds
 * @v:		the target
 * @bio:	all its pages are filled, and nobody but the reader has them
 * @vb:		ours of it: aligned
 *
 * Context: any.
 * Return: how many were recorded.
 */
unsigned int identify_read(struct victim *v, struct bio *bio, const struct victim_bio *vb)
{
	u64 first = iter_block(&vb->iter), count = vb->iter.bi_size >> PAGE_SHIFT, sum = 0;
	struct bvec_iter iter = vb->iter;
	unsigned int recorded = 0;

	if (generation_sum(&v->gens, first, count) != vb->sum)
		return 0;
	for (; iter.bi_size; bio_advance_iter(bio, &iter, PAGE_SIZE)) {
		struct page *page = identify_whole_page(bio, &iter);
		u64 block = iter_block(&iter);
		struct record r = { .flags = vb->flags };

		r.generation = generation_now(&v->gens, block);
		sum += r.generation;
		/* What is read while it is written may be either version. */
		if (!generation_is_quiet(r.generation))
			continue;
		if (!page || !name_page(v, page, block, false, &r))
			continue;
		r.flags |= policy_asked(&v->policy, block, vb->flags & RECORD_HOLE);
		if ((r.flags & (RECORD_HOLE | RECORD_NEAR)) == RECORD_NEAR)
			victim_count(v, ghost_hits);
		r.hash = identify_hash(v, page);
		recorded += record_page(v, page, &r);
	}
	/* A write began while we were at it: what generation a record has is not sure. */
	if (sum != vb->sum) {
		forget_pages(v, bio, vb->iter);
		return 0;
	}
	victim_count_add(v, recorded, recorded);
	return recorded;
}

/**
 * identify_write() - record the pages of a write, pending
 * @v:		the target
 * @bio:	not submitted yet; the generations of its blocks have been raised
 * @vb:		ours of it: aligned
 *
 * The hash is of what is handed to the disk: what changes the page later changes the hash.
 *
 * Context: may sleep.
 * Return: how many were recorded.
 */
unsigned int identify_write(struct victim *v, struct bio *bio, const struct victim_bio *vb)
{
	struct bvec_iter iter = vb->iter;
	unsigned int recorded = 0;

	for (; iter.bi_size; bio_advance_iter(bio, &iter, PAGE_SIZE)) {
		struct page *page = identify_whole_page(bio, &iter);
		u64 block = iter_block(&iter);
		struct record r = { .flags = RECORD_PENDING };

		if (!page || !name_page(v, page, block, true, &r))
			continue;
		r.generation = generation_now(&v->gens, block);
		r.hash = identify_hash(v, page);
		recorded += record_page(v, page, &r);
	}
	return recorded;
}

/**
 * identify_written() - the end of a write whose pages were recorded
 * @v:		the target
 * @bio:	the caller raises the generations of its blocks next
 * @vb:		ours of it
 * @ok:		whether it succeeded
 *
 * A page under write-back stays what it is.  Others may have changed hands: then there
 * is no record by their present name, or it says another block.
 *
 * Context: any.
 */
void identify_written(struct victim *v, struct bio *bio, const struct victim_bio *vb, bool ok)
{
	struct bvec_iter iter = vb->iter;
	unsigned int recorded = 0;

	for (; iter.bi_size; bio_advance_iter(bio, &iter, PAGE_SIZE)) {
		struct page *page = identify_whole_page(bio, &iter);
		u64 block = iter_block(&iter);
		struct record r;

		if (!page || !name_page(v, page, block, true, &r))
			continue;
		if (ok)
			recorded += record_confirm(&v->records, r.mapping, r.index, block,
						   generation_now(&v->gens, block));
		else
			record_del(&v->records, r.mapping, r.index);
	}
	victim_count_add(v, recorded, recorded);
}
