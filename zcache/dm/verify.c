// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify=1: what is about to be stored, or was held, against what the disk gives.  A write
 * meanwhile makes the comparison worthless, which the generation tells.
 */
#include "internal.h"
#include "trace.h"

#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/ratelimit.h>

static int read_block(struct victim *v, u64 block, struct page *page)
{
	struct bio_vec bv;
	struct bio bio;
	int err;

	bio_init(&bio, v->dev->bdev, &bv, 1, REQ_OP_READ);
	bio.bi_iter.bi_sector = block * PAGE_SECTORS;
	__bio_add_page(&bio, page, PAGE_SIZE, 0);
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static bool same_bytes(struct page *a, struct page *b)
{
	void *bytes_a = kmap_local_page(a), *bytes_b = kmap_local_page(b);
	bool same = !memcmp(bytes_a, bytes_b, PAGE_SIZE);

	kunmap_local(bytes_b);
	kunmap_local(bytes_a);
	return same;
}

/**
 * verify_pages() - count and report how a page compares with the disk
 * @v:		the target
 * @block:	its block
 * @page:	what is, or was, in memory
 * @disk:	what the disk gave
 * @what:	what the page was about to be used for
 *
 * Context: any.
 * Return: whether they are the same.
 */
bool verify_pages(struct victim *v, u64 block, struct page *page, struct page *disk,
		  const char *what)
{
	static DEFINE_RATELIMIT_STATE(once_a_second, HZ, 1);
	bool same = same_bytes(page, disk);

	trace_dm_zcache_verify(block, same ? 0 : -EBADMSG);
	if (same) {
		victim_count(v, verify_ok);
		return true;
	}
	victim_count(v, verify_bad);
	if (__ratelimit(&once_a_second))
		pr_err("%s: block %llu: the page %s is not what the disk holds; dropped\n",
		       v->dev->name, block, what);
	return false;
}

/**
 * verify_entry() - compare a copy in the ring
 * @v:		the target
 * @entry:	taken by the caller
 * @disk:	a page to read to
 *
 * Context: may sleep; waits for the disk.
 * Return: whether it may be stored; else it has been counted.
 */
bool verify_entry(struct victim *v, struct ring_entry *entry, struct page *disk)
{
	if (read_block(v, entry->block, disk)) {
		victim_count(v, verify_skipped);
		return false;
	}
	if (generation_now(&v->gens, entry->block) != entry->generation) {
		victim_count(v, drop_gen);
		return false;
	}
	return verify_pages(v, entry->block, entry->page, disk, "to be stored");
}
