/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcache internals.
 *
 * Locks of zcache, outermost first.  Take a lock only while holding locks above it.
 *   1 swap_item.lock   mutex          one configfs directory
 *   2 swapdev_mutex    mutex          the set of devices, going live and dying
 *   2a reserve_mutex  mutex          changing the target of the reserve
 *   3 disk->open_mutex (the block layer's) while a device is found closed
 *   4 clients_mutex    mutex          clients of the store and how many pools they have
 *   5 writeback_mutex  mutex          one pass of write-back at a time.  Held while pages
 *                                     are written: nobody on the way of swap-out takes it
 *   6 cpus_read_lock() (the kernel's) while compressors are enabled
 *   7 comp_mutex       mutex          which compressors have scratch memory
 *   8 stream->lock     mutex          scratch memory of one CPU.  Held while a page is
 *                                     compressed, and decompressed if it straddles two
 *                                     pages or needs scratch memory: nothing below it
 *                                     may wait for memory
 *   9 swapdev->lock    spin, irqs off waiting bios, end of the last read
 *  10 backing->lock    spin, irqs off how writes of backed pages stand, reads that wait
 *                                     for them, end of the last I/O
 *  11 reserve_lock     spin, irqs off pages and descriptors in reserve
 *     spare_lock       spin, irqs off spare page frames
 *   - remote_mutex     mutex          registering a remote tier; alone
 * Below all of these: the locks of tmem and of zbud, which do not nest in each other.
 * Entered with foreign locks held: the slot-free notification (swap cluster lock,
 *   interrupts on or off), tmem_ops.release, zbud_ops.
 * Bios of a backing device end in any context: 9 to 11, and the locks of tmem and zbud.
 * Calls out: bio completion and zcache_get.done with no lock of ours held.
 * Remote tier: remote_ops is read under RCU; unregistering waits for readers.
 * A scan for remote pages holds a reference of one tmem pool at a time, and no lock: a
 * pool that goes waits for it.  Nobody may destroy a pool while he has pins of its pages.
 */
#ifndef RAMSTER_ZCACHE_INTERNAL_H
#define RAMSTER_ZCACHE_INTERNAL_H

#include "zcache.h"
#include "stats.h"
#include "zbud/zbud.h"

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct zcache_pool {
	struct tmem_pool	*tmem;
	struct zcache_backing	*backing;	/* set before the first put, or NULL */
	u64			idle_version;	/* newest when all was marked idle; unlocked */
	u8			idle_mark;	/* which mark that was, 0: none; unlocked */
	atomic_long_t		pages;		/* of an ephemeral pool; not of others */
	u16			client;		/* immutable */
	bool			persistent;	/* immutable */
	bool			ours;		/* immutable: of the local kernel */
	bool			stays;		/* set before the first put: nothing moves out */
	bool			copies;		/* set before the first put: see copies.c */
};

/**
 * struct zcache_page - descriptor of a page here or on a backing device
 * @t:		handle, version, pins; the host byte, see below
 * @item:	where the bytes are
 * @fill:	the word, if the format is ZCACHE_FILLED
 * @block:	where the page is on the backing device, see backing.h
 * @next:	while in reserve
 */
struct zcache_page {
	struct tmem_page		t;
	union {
		struct zbud_item	item;
		unsigned long		fill;
		unsigned long		block;
		struct zcache_page	*next;
	};
};

static_assert(sizeof(struct zcache_page) <= 32);

/*
 * The host byte of our descriptors.  Memory of a local page may become that of a backed
 * one and back, so what the index said when a page was found may be out of date when it
 * is pinned: the host byte of a pinned page is the truth.  A remote tier's descriptors
 * come from elsewhere and have ZCACHE_HOST_OURS clear.
 */
#define ZCACHE_HOST_OURS	0x80
#define ZCACHE_HOST_BACKED	(ZCACHE_HOST_OURS | 0x40)
#define ZCACHE_HOST_MARK	0x30	/* zcache_pool.idle_mark at the last get, see page.c */
#define ZCACHE_HOST_MARK_STEP	0x10
#define ZCACHE_HOST_FORMAT	0x0f

static_assert(!((ZCACHE_FORMATS - 1) & ~ZCACHE_HOST_FORMAT));

static inline bool zcache_host_backed(u8 host)
{
	return (host & ZCACHE_HOST_BACKED) == ZCACHE_HOST_BACKED;
}

static inline enum zcache_format zcache_page_format(const struct tmem_page *page)
{
	return tmem_page_host(page) & ZCACHE_HOST_FORMAT;
}

/* Swap has no use for the sum, and would pay for it. */
static inline void zcache_pool_add(struct zcache_pool *pool, int pages)
{
	if (!pool->persistent)
		atomic_long_add(pages, &pool->pages);
}

/* The frames of our own pages. */
static inline enum zbud_kind zcache_own_kind(bool persistent)
{
	return persistent ? ZBUD_PERSISTENT : ZBUD_EPHEMERAL;
}

/*
 * The frames of a pool's pages.  Any eviction may drop ephemeral pages, whosever they are;
 * persistent ones of other machines have frames that nothing else touches.
 */
static inline enum zbud_kind zcache_pool_kind(const struct zcache_pool *pool)
{
	return pool->ours || !pool->persistent ? zcache_own_kind(pool->persistent) : ZBUD_LENT;
}

static_assert((int)ZCACHE_EPHEMERAL == ZBUD_EPHEMERAL);
static_assert((int)ZCACHE_PERSISTENT == ZBUD_PERSISTENT);
static_assert((int)ZCACHE_LENT == ZBUD_LENT);

/* The pool of a pinned page. */
static inline struct zcache_pool *zcache_pool_of(const struct tmem_page *page)
{
	return tmem_pool_host(tmem_page_pool(page));
}

/* The store's frames. */
extern struct zbud_pool *zcache_zbud;

/* main.c */
extern struct workqueue_struct *zcache_wq;

/* compress.c */
#define ZCACHE_COMPRESSORS	(ZCACHE_ZSTD - ZCACHE_LZO + 1)

struct zcache_stream {
	struct mutex	lock;				/* order 8 */
	void		*buf;		/* compressed page; NULL: the CPU is not there */
	void		*bounce;	/* one page */
	void		*scratch[ZCACHE_COMPRESSORS];
};

int zcache_compress_init(void);
void zcache_compress_exit(void);
struct zcache_stream *zcache_stream_lock(void);
void zcache_stream_unlock(struct zcache_stream *stream);
size_t zcache_compress(struct zcache_stream *stream, bool persistent, const void *src,
		       enum zcache_format *format);
int zcache_decompress(struct zcache_stream *stream, enum zcache_format format,
		      const void *src, size_t size, void *dst);
bool zcache_format_needs_stream(enum zcache_format format);
bool zcache_format_known(enum zcache_format format);
ssize_t zcache_compressors_show(char *buf);

/* page.c */
int zcache_page_init(void);
void zcache_page_exit(void);
struct zcache_page *zcache_page_new(gfp_t gfp);
struct zcache_page *zcache_page_alloc(enum zbud_kind kind);
void zcache_page_free(struct zcache_page *zpage);
void zcache_page_account(const struct zcache_page *zpage, enum zcache_format format,
			 enum zbud_kind kind, size_t size, int sign);
int zcache_page_decode(const struct zcache_page *zpage, struct page *page);
void zcache_page_release(struct zcache_page *zpage, enum zbud_kind kind);
void zcache_page_touch(const struct zcache_pool *pool, struct tmem_page *page);
bool zcache_page_idle(const struct zcache_pool *pool, const struct tmem_page *page);
void zcache_pool_mark_idle(struct zcache_pool *pool);

/* put.c */
bool zcache_same_filled(const void *src, unsigned long *fill);
bool zcache_stored_valid(enum zcache_format format, size_t size);
int __must_check zcache_stored_make(enum zbud_kind kind, enum zcache_format format,
				    const void *data, size_t size,
				    struct zcache_page **zpage);
void zcache_stored_undo(struct zcache_page *zpage, enum zcache_format format,
			enum zbud_kind kind, size_t size);

/* space.c */
extern atomic_long_t zcache_frame_pages[ZBUD_KINDS];
extern atomic_long_t zcache_frame_pages_max[ZBUD_KINDS];
extern atomic_t zcache_fail_frames;
int zcache_space_init(void);
void zcache_space_exit(void);
int __must_check zcache_space_alloc(enum zbud_kind kind, size_t size, bool evict,
				    struct zbud_item *item);
void zcache_frame_free(struct zbud_frame *frame);
void zcache_trim_spare(void);
unsigned long zcache_evict_pages(unsigned long pages);

/* spare.c */
unsigned long zcache_spare_pages(void);
bool zcache_spare_give(struct page *page);
struct page *zcache_spare_take(bool over);
void zcache_spare_fill(void);
unsigned long zcache_page_cache(void);

/* reserve.c */
void zcache_reserve_exit(void);
struct page *zcache_reserve_take_page(void);
bool zcache_reserve_give_page(struct page *page);
struct zcache_page *zcache_reserve_take_desc(void);
bool zcache_reserve_give_desc(struct zcache_page *zpage);
bool zcache_room_coming(void);

struct zcache_reserve_info {
	unsigned int	target;		/* pages wanted */
	unsigned int	pages;		/* pages there */
	unsigned int	low;		/* fewest pages since the target was last raised */
};

void zcache_reserve_info(struct zcache_reserve_info *info);

/* repack.c */

/*
 * Shift of the memory in frames: when more than that is wasted, repacking is worth the
 * copying.  Some waste cannot be mended, where few items fit in a frame; who reclaims
 * memory must not be promised it.
 */
enum zcache_repack_worth {
	ZCACHE_REPACK_IN_NEED = 3,
	ZCACHE_REPACK_AT_LEISURE = 4,
};

unsigned long zcache_repack_gain(enum zbud_kind kind, enum zcache_repack_worth worth);
unsigned long zcache_repack(enum zbud_kind kind, enum zcache_repack_worth worth,
			    unsigned long pages);
void zcache_repack_hint(void);
void zcache_repack_exit(void);

/* limits.c */
bool zcache_limit_allows(enum zbud_kind kind, unsigned int pages);
unsigned long zcache_limit_pages(enum zbud_kind kind);
size_t zcache_max_zsize(bool persistent);
size_t zcache_max_mean_zsize(void);
bool zcache_store_poor(void);
bool zcache_clean_copies_wanted(void);
unsigned int zcache_room_timeout_ms(void);
unsigned int zcache_pers_writeback_percent(void);
unsigned int zcache_param_frame_pages(void);
unsigned int zcache_param_max_buddies(void);

/* backing.c */
struct bio;
struct gendisk;

extern atomic_t zcache_backings;

struct zcache_backing *zcache_backing_open(const char *path, u64 most);
void zcache_backing_close(struct zcache_backing *backing);
bool zcache_backing_full(struct zcache_backing *backing);
struct gendisk *zcache_backing_disk(const struct zcache_backing *backing);
unsigned long zcache_backing_blocks(const struct zcache_backing *backing);
void zcache_backing_release(struct zcache_page *zpage);

/* copies.c */
void zcache_copies_count(const struct zcache_pool *pool, enum tmem_where where, int sign);
int zcache_copy_get_here(struct tmem_page *found, struct page *page);

/* backing_io.c */
struct zcache_overflow;

void zcache_backing_get(struct tmem_page *page, struct zcache_get *get);
struct zcache_overflow *zcache_overflow_alloc(struct zcache_pool *pool, struct bio *parent);
struct page *zcache_overflow_bounce(struct zcache_overflow *over);
int __must_check zcache_overflow_submit(struct zcache_overflow *over, struct zcache_pool *pool,
					const struct tmem_oid *oid, u32 index,
					struct page *page);

/* writeback.c */
enum zcache_writeback {
	ZCACHE_WRITEBACK_INCOMPRESSIBLE,	/* stored as they are */
	ZCACHE_WRITEBACK_IDLE,			/* see zcache_pool_mark_idle() */
};

void zcache_writeback_kick(void);
int zcache_writeback(struct zcache_pool *pool, enum zcache_writeback what);
void zcache_writeback_exit(void);

/* shrinker.c */
int zcache_shrinker_init(void);
void zcache_shrinker_exit(void);

/* remote.c */
void zcache_remote_get(struct tmem_page *page, struct zcache_get *get);
void zcache_remote_release(struct tmem_pool *pool, struct tmem_page *page);
void zcache_remote_pressure(bool persistent);
bool zcache_remote_present(void);

/* What sysfs and debugfs share. */
int zcache_sysfs_init(void);
void zcache_sysfs_exit(void);

#endif /* RAMSTER_ZCACHE_INTERNAL_H */
