// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes on the page cache: what enters it, is dirtied, or leaves it.
 *
 * A page that leaves, and of which we know the block, is copied.  The probe for that runs with
 * the lock of the mapping held and interrupts off, for every page that the machine evicts: it
 * looks the page up, copies it to a page that is there, and wakes a worker.  Hash, compression
 * and everything that may fail is the worker's.
 *
 * Only who freezes the reference count before he takes the page out (reclaim, and what
 * drops clean pages on request) leaves a page that nobody can change any more.
 */
#include "internal.h"

#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/rculist.h>
#include <linux/tracepoint.h>
#include <linux/writeback.h>

/* Forget what is known of the pages of a folio. */
static void forget_folio(struct folio *folio, struct address_space *mapping)
{
	unsigned long i, nr = folio_nr_pages(folio), index = folio->index;
	struct victim *v;

	if (index + nr - 1 > U32_MAX)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(v, &victim_list, all) {
		if (!atomic_long_read(&v->records.count))
			continue;
		for (i = 0; i < nr; i++)
			record_del(&v->records, (unsigned long)mapping, index + i);
	}
	rcu_read_unlock();
}

COMPAT_FILEMAP_PROBE(probe_add)
{
	forget_folio(folio, folio->mapping);
}

COMPAT_DIRTY_PROBE(probe_dirty)
{
	if (mapping)
		forget_folio(folio, mapping);
}

/* Whether nobody can change the folio any more, and it is what the disk holds. */
static bool is_clean_and_ours(struct folio *folio)
{
	return !folio_ref_count(folio) && folio_test_uptodate(folio) &&
	       !folio_test_dirty(folio) && !folio_test_writeback(folio) &&
	       !folio_test_swapbacked(folio);
}

/* Copy a page for the workers; says whether one has to be woken. */
static bool stage_page(struct victim *v, struct page *page, const struct record *r,
		       bool workingset)
{
	struct ring_entry *entry = ring_claim(&v->ring);
	void *from, *to;

	if (!entry) {
		victim_count(v, stage_full);
		return false;
	}
	entry->block = r->block;
	entry->generation = r->generation;
	entry->hash = r->hash;
	entry->flags = r->flags;
	entry->workingset = workingset;
	from = kmap_local_page(page);
	to = kmap_local_page(entry->page);
	copy_page(to, from);
	kunmap_local(to);
	kunmap_local(from);
	victim_count(v, staged);
	return ring_queue(&v->ring, entry);
}

/* Pages of a folio leave: take what is known of them, and copy those that are worth it. */
static void evict_folio(struct victim *v, struct folio *folio, bool keep)
{
	unsigned long i, nr = folio_nr_pages(folio), index = folio->index;
	unsigned long mapping = (unsigned long)folio->mapping;
	bool workingset = folio_test_workingset(folio), kick = false;
	unsigned int copied = 0;

	for (i = 0; i < nr; i++) {
		struct page *page = folio_page(folio, i);
		struct record r;

		if (!record_take(&v->records, mapping, index + i, &r))
			continue;
		if (!keep || r.flags & RECORD_PENDING || PageHWPoison(page))
			continue;
		if (generation_now(&v->gens, r.block) != r.generation) {
			victim_count(v, drop_gen);
		} else if (copied == v->opts.evict_copy_max) {
			victim_count(v, skip_large);
		} else {
			kick |= stage_page(v, page, &r, workingset);
			copied++;
		}
	}
	if (kick)
		stage_kick(v);
}

COMPAT_FILEMAP_PROBE(probe_delete)
{
	bool keep = is_clean_and_ours(folio);
	struct victim *v;

	if (folio->index + folio_nr_pages(folio) - 1 > U32_MAX)
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(v, &victim_list, all)
		if (atomic_long_read(&v->records.count))
			evict_folio(v, folio, keep && READ_ONCE(v->enabled));
	rcu_read_unlock();
}

/* A tracepoint of the kernel, found by its name: not all of them are exported. */
struct probe {
	const char		*name;
	void			*fn;
	struct tracepoint	*tp;
};

/* Leaving comes last: nothing is evicted while entering and dirtying are not seen. */
static struct probe probes[] = {
	{ .name = "mm_filemap_add_to_page_cache", .fn = compat_probe(probe_add) },
	{ .name = COMPAT_TP_DIRTY, .fn = compat_probe(probe_dirty) },
	{ .name = "mm_filemap_delete_from_page_cache", .fn = compat_probe(probe_delete) },
};

static void find_probe(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

static void remove_probes(unsigned int nr)
{
	while (nr--)
		tracepoint_probe_unregister(probes[nr].tp, probes[nr].fn, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * evict_init() - begin to watch the page cache
 *
 * Context: may sleep.
 * Return: 0; -ENODEV: this kernel lacks a tracepoint; -ENOMEM.
 */
int evict_init(void)
{
	unsigned int i;
	int err;

	for_each_kernel_tracepoint(find_probe, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].tp) {
			pr_err("this kernel has no tracepoint %s, so pages that leave the page cache cannot be seen\n",
			       probes[i].name);
			return -ENODEV;
		}
	}
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = tracepoint_probe_register(probes[i].tp, probes[i].fn, NULL);
		if (err) {
			pr_err("tracepoint %s: probe not registered: error %d\n",
			       probes[i].name, err);
			remove_probes(i);
			return err;
		}
	}
	return 0;
}

void evict_exit(void)
{
	remove_probes(ARRAY_SIZE(probes));
}
