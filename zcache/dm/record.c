// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of records, see record.h.
 *
 * Neighbours in a file are in neighbouring buckets: a large folio walks through memory in
 * order.  The probes ask for every page of the machine that is added, dirtied or deleted,
 * mostly in vain, so a bucket is looked into before it is locked.  Who adds a record looks
 * at the page again afterwards, see record_page() in identify.c.
 */
#include "record.h"
#include "generation.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

/**
 * record_init() - make a table
 * @table:	filled in
 * @most:	records wanted; rounded up
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int record_init(struct record_table *table, unsigned long most)
{
	unsigned long i, nr = roundup_pow_of_two(max(most / RECORD_WAYS, 2UL));

	table->buckets = kvcalloc(nr, sizeof(*table->buckets), GFP_KERNEL);
	if (!table->buckets)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		spin_lock_init(&table->buckets[i].lock);
	table->mask = nr - 1;
	table->bits = ilog2(nr);
	atomic_long_set(&table->count, 0);
	atomic_long_set(&table->holes, 0);
	return 0;
}

void record_exit(struct record_table *table)
{
	kvfree(table->buckets);
}

static struct record_bucket *bucket_of(const struct record_table *table, unsigned long mapping,
				       u32 index)
{
	return &table->buckets[(hash_long(mapping, table->bits) + index) & table->mask];
}

static bool is_page(const struct record *r, unsigned long mapping, u32 index)
{
	return READ_ONCE(r->mapping) == mapping && READ_ONCE(r->index) == index;
}

static struct record *find(struct record_bucket *bucket, unsigned long mapping, u32 index)
{
	unsigned int i;

	for (i = 0; i < RECORD_WAYS; i++)
		if (is_page(&bucket->records[i], mapping, index))
			return &bucket->records[i];
	return NULL;
}

static struct record *find_empty(struct record_bucket *bucket)
{
	unsigned int i;

	for (i = 0; i < RECORD_WAYS; i++)
		if (!bucket->records[i].mapping)
			return &bucket->records[i];
	return NULL;
}

static void forget(struct record_table *table, struct record *r)
{
	if (r->flags & RECORD_HOLE)
		atomic_long_dec(&table->holes);
	atomic_long_dec(&table->count);
	WRITE_ONCE(r->mapping, 0);
}

/* Where a new record goes; what was there is forgotten. */
static struct record *make_room(struct record_table *table, struct record_bucket *bucket,
				const struct record *record)
{
	struct record *r = find(bucket, record->mapping, record->index);

	if (!r)
		r = find_empty(bucket);
	if (!r)
		r = &bucket->records[bucket->hand++ % RECORD_WAYS];
	if (r->mapping)
		forget(table, r);
	return r;
}

/**
 * record_add() - remember a page, in the place of an older record of it
 * @table:	the table
 * @record:	copied; its mapping is not 0
 *
 * Context: any.
 */
void record_add(struct record_table *table, const struct record *record)
{
	struct record_bucket *bucket = bucket_of(table, record->mapping, record->index);
	unsigned long flags;
	struct record *r;

	spin_lock_irqsave(&bucket->lock, flags);
	r = make_room(table, bucket, record);
	*r = *record;
	atomic_long_inc(&table->count);
	if (r->flags & RECORD_HOLE)
		atomic_long_inc(&table->holes);
	spin_unlock_irqrestore(&bucket->lock, flags);
}

/**
 * record_take() - forget a page
 * @table:	the table
 * @mapping:	its mapping
 * @index:	its index
 * @record:	set to what was known, unless NULL
 *
 * Context: any.
 * Return: whether anything was known.
 */
bool record_take(struct record_table *table, unsigned long mapping, u32 index,
		 struct record *record)
{
	struct record_bucket *bucket = bucket_of(table, mapping, index);
	unsigned long flags;
	struct record *r;

	if (!find(bucket, mapping, index))
		return false;
	spin_lock_irqsave(&bucket->lock, flags);
	r = find(bucket, mapping, index);
	if (r) {
		if (record)
			*record = *r;
		forget(table, r);
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	return r;
}

/**
 * record_confirm() - the write that carried a page has ended well
 * @table:	the table
 * @mapping:	its mapping
 * @index:	its index
 * @block:	block that was written
 * @generation:	of the block now; the caller has the write end afterwards
 *
 * The record becomes valid with the generation as it will be, if no other write to the block
 * was under way meanwhile; otherwise it goes.
 *
 * Context: any.
 * Return: whether the page is remembered now.
 */
bool record_confirm(struct record_table *table, unsigned long mapping, u32 index, u64 block,
		    u64 generation)
{
	struct record_bucket *bucket = bucket_of(table, mapping, index);
	unsigned long flags;
	bool valid = false;
	struct record *r;

	spin_lock_irqsave(&bucket->lock, flags);
	r = find(bucket, mapping, index);
	if (r && r->flags & RECORD_PENDING && r->block == block) {
		valid = r->generation == generation &&
			generation_is_quiet(generation + GENERATION_END);
		if (valid) {
			r->generation += GENERATION_END;
			r->flags &= ~RECORD_PENDING;
		} else {
			forget(table, r);
		}
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	return valid;
}

/**
 * record_clear() - forget all pages
 * @table: the table
 *
 * Context: may sleep; takes time in proportion to the size of the table.
 */
void record_clear(struct record_table *table)
{
	unsigned long i, flags;
	unsigned int way;

	for (i = 0; i <= table->mask; i++) {
		struct record_bucket *bucket = &table->buckets[i];

		spin_lock_irqsave(&bucket->lock, flags);
		for (way = 0; way < RECORD_WAYS; way++)
			if (bucket->records[way].mapping)
				forget(table, &bucket->records[way]);
		spin_unlock_irqrestore(&bucket->lock, flags);
		cond_resched();
	}
}
