/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: which block a page of the page cache mirrors, and what it held then.
 *
 * A page is named by its mapping and its index there, not by its frame: that survives
 * migration.  The mapping is a number to us and never followed.  The table is a fixed
 * number of buckets; a bucket that is full loses a record, which costs a put.
 */
#ifndef RAMSTER_DM_ZCACHE_RECORD_H
#define RAMSTER_DM_ZCACHE_RECORD_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* The write that carries the page has not ended: the record is not valid yet. */
#define RECORD_PENDING	0x1
/* The page was served from here and left a hole in the store. */
#define RECORD_HOLE	0x2
/* Its block was asked for again soon, or not quite so soon, after it was evicted. */
#define RECORD_NEAR	0x4
#define RECORD_FAR	0x8
/* It was near once, and never long away since. */
#define RECORD_HOT	0x10

/**
 * struct record - what is known of a page
 * @mapping:	address of its mapping; 0: none
 * @index:	its index there
 * @flags:	RECORD_*
 * @block:	block that it mirrors
 * @generation:	of the block, when the page held what the disk holds
 * @hash:	of the bytes that it held then
 */
struct record {
	unsigned long	mapping;
	u32		index;
	u32		flags;
	u64		block;
	u64		generation;
	u64		hash;
};

#define RECORD_WAYS	8

struct record_bucket {
	spinlock_t	lock;	/* leaf, irqs off: everything here */
	u32		hand;	/* which one goes next */
	struct record	records[RECORD_WAYS];
};

/**
 * struct record_table - records of a target
 * @buckets:	by mapping and index
 * @mask:	number of buckets minus one
 * @bits:	the same as a power of two
 * @count:	records there are
 * @holes:	of these, with RECORD_HOLE
 */
struct record_table {
	struct record_bucket	*buckets;
	unsigned long		mask;
	unsigned int		bits;
	atomic_long_t		count;
	atomic_long_t		holes;
};

int record_init(struct record_table *table, unsigned long most);
void record_exit(struct record_table *table);
void record_add(struct record_table *table, const struct record *record);
bool record_take(struct record_table *table, unsigned long mapping, u32 index,
		 struct record *record);
bool record_confirm(struct record_table *table, unsigned long mapping, u32 index, u64 block,
		    u64 generation);
void record_clear(struct record_table *table);

static inline bool record_del(struct record_table *table, unsigned long mapping, u32 index)
{
	return record_take(table, mapping, index, NULL);
}

#endif /* RAMSTER_DM_ZCACHE_RECORD_H */
