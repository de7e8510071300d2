/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcache - a store of compressed pages in page frames of this machine
 *
 * Front ends put pages under a tmem handle and get them back.  Persistent pages are
 * kept until they are flushed; ephemeral pages may vanish at any time and a get
 * takes them out.  A remote tier may register, to which the oldest pages move and
 * from which they come back; without one everything stays here.
 */
#ifndef RAMSTER_ZCACHE_H
#define RAMSTER_ZCACHE_H

#include "tmem/tmem.h"

#include <linux/list.h>
#include <linux/types.h>

struct module;
struct page;
struct zbud_frame;
struct zcache_pool;

#define ZCACHE_API_VERSION	2

/**
 * enum zcache_format - how the bytes of a stored page are to be read
 * @ZCACHE_FILLED:	one machine word fills the page; nothing is stored
 * @ZCACHE_RAW:		the page as it is
 * @ZCACHE_LZO:		LZO1X
 * @ZCACHE_LZO_RLE:	LZO1X with run lengths
 * @ZCACHE_LZ4:		LZ4 block
 * @ZCACHE_ZSTD:	zstd frame
 * @ZCACHE_SEALED:	1 to PAGE_SIZE + ZCACHE_SEAL_BYTES bytes that only the machine whose page it
 *			is can read; what all pages of other machines are, and none of ours
 * @ZCACHE_FORMATS:	number of formats
 *
 * The numbers travel between machines: never change one.
 */
enum zcache_format {
	ZCACHE_FILLED	= 0,
	ZCACHE_RAW	= 1,
	ZCACHE_LZO	= 2,
	ZCACHE_LZO_RLE	= 3,
	ZCACHE_LZ4	= 4,
	ZCACHE_ZSTD	= 5,
	ZCACHE_SEALED	= 6,
	ZCACHE_FORMATS,
};

/* By so much sealing makes a page longer. */
#define ZCACHE_SEAL_BYTES	16

/**
 * enum zcache_kind - what page frames are used for
 * @ZCACHE_EPHEMERAL:	ephemeral pages, ours and those of other machines
 * @ZCACHE_PERSISTENT:	our own persistent pages
 * @ZCACHE_LENT:	persistent pages of other machines
 */
enum zcache_kind {
	ZCACHE_EPHEMERAL,
	ZCACHE_PERSISTENT,
	ZCACHE_LENT,
};

/**
 * struct zcache_usage - page frames of a kind
 * @pages:	in use
 * @limit:	most that may be, as the parameters are now
 */
struct zcache_usage {
	unsigned long	pages;
	unsigned long	limit;
};

/**
 * struct zcache_get - an asynchronous get
 * @page:	where the data goes; the caller's until @done
 * @done:	called exactly once, 0 or -errno, in any context, also with interrupts off,
 *		perhaps before zcache_get_async() has returned
 * @list:	the tier's, from zcache_remote_ops.get until @done
 * @remote:	the same
 *
 * The caller embeds it and keeps it until @done.
 */
struct zcache_get {
	struct page		*page;
	void			(*done)(struct zcache_get *get, int err);
	struct list_head	list;
	struct tmem_page	*remote;
};

/**
 * struct zcache_offer - how an ephemeral page is offered to the store
 * @guard:	see struct tmem_guard: what may forbid it at the last moment
 * @evict:	the oldest ephemeral pages may go for it; else only free room is used
 * @keep_raw:	asked of a page that compresses too badly: whether to store it as it is;
 *		NULL: no.  Called with the stream of a processor locked: must not call the store
 *		but for zcache_look().
 * @kept_raw:	set if it was
 */
struct zcache_offer {
	struct tmem_guard	guard;
	bool			(*keep_raw)(const struct zcache_offer *offer);
	bool			evict;
	bool			kept_raw;
};

struct zcache_pool *zcache_pool_create(u16 client, bool persistent);
void zcache_pool_stays(struct zcache_pool *pool);
void zcache_pool_destroy(struct zcache_pool *pool);
int __must_check zcache_pool_reserve(struct zcache_pool *pool, const struct tmem_oid *oid,
				     u32 last);

int __must_check zcache_put(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
			    struct page *page);
int __must_check zcache_put_offer(struct zcache_pool *pool, const struct tmem_oid *oid,
				  u32 index, struct page *page,
				  struct zcache_offer *offer);
int __must_check zcache_get(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
			    struct page *page);
int __must_check zcache_peek(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
			     struct page *page);
int zcache_look(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index);
void zcache_get_async(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index,
		      struct zcache_get *get);
bool zcache_flush_page(struct zcache_pool *pool, const struct tmem_oid *oid, u32 index);
unsigned long zcache_flush_range(struct zcache_pool *pool, const struct tmem_oid *oid,
				 u32 first, u32 last);

unsigned long zcache_pool_pages(const struct zcache_pool *pool);

void zcache_usage(enum zcache_kind kind, struct zcache_usage *usage);
bool zcache_clean_copies(void);

int __must_check zcache_reserve_add(unsigned int pages);
void zcache_reserve_sub(unsigned int pages);

/*
 * What a remote tier uses.  A page is its tmem descriptor, pinned.
 */

/**
 * struct zcache_remote_ops - what zcache needs of a remote tier
 * @owner:	module of the tier
 * @api:	ZCACHE_API_VERSION it was built for
 * @get:	fetch the page behind a remote descriptor into @get->page and call
 *		@get->done.  @page is pinned, the tier unpins it.  May sleep for a moment,
 *		does not wait for another machine.
 * @release:	a remote descriptor is nobody's any more: the page was flushed,
 *		replaced or taken.  The tier owns the descriptor now, tells who has the
 *		page and frees it.  Any context: never sleeps, never allocates.
 * @pressure:	pages of this kind (persistent or not) should move out.  Any context.
 */
struct zcache_remote_ops {
	struct module	*owner;
	unsigned int	api;
	void		(*get)(struct tmem_page *page, struct zcache_get *get);
	void		(*release)(struct tmem_pool *pool, struct tmem_page *page);
	void		(*pressure)(bool persistent);
};

int __must_check zcache_remote_register(const struct zcache_remote_ops *ops);
int __must_check zcache_remote_unregister(const struct zcache_remote_ops *ops);

struct zbud_frame *zcache_isolate_oldest(bool persistent);
unsigned int zcache_frame_for_each(struct zbud_frame *frame,
				   bool (*fn)(struct tmem_page *page, void *arg), void *arg);
void zcache_frame_done(struct zbud_frame *frame, bool oldest);

bool __must_check zcache_page_pin(struct tmem_page *page);
void zcache_page_unpin(struct tmem_page *page);
bool zcache_page_ours(const struct tmem_page *page);
bool zcache_page_drop(struct tmem_page *page);
const void *zcache_page_map(struct tmem_page *page, void *bounce, enum zcache_format *format,
			    size_t *size);
int __must_check zcache_page_moved(struct tmem_page *page, u64 version,
				   struct tmem_page *remote, u8 host);
int __must_check zcache_page_localize(struct tmem_page *remote, u64 version,
				      enum zcache_format format, const void *data,
				      size_t size);

/**
 * struct zcache_scan - where a scan for remote pages is
 * @persistent:	which kind is wanted; set by the caller, all else zero at the start
 * @pool:	number of the pool it goes on with
 * @in_pool:	where it is in there
 */
struct zcache_scan {
	bool			persistent;
	u32			pool;
	struct tmem_scan	in_pool;
};

unsigned int zcache_remote_scan(struct zcache_scan *scan, struct tmem_page **pages,
				unsigned int max);

int __must_check zcache_put_stored(struct zcache_pool *pool, const struct tmem_oid *oid,
				   u32 index, enum zcache_format format, const void *data,
				   size_t size);
int __must_check zcache_read_stored(struct zcache_pool *pool, const struct tmem_oid *oid,
				    u32 index,
				    int (*emit)(void *arg, const void *data, size_t size),
				    void *arg);
int __must_check zcache_decode(enum zcache_format format, const void *data, size_t size,
			       struct page *page);

#endif /* RAMSTER_ZCACHE_H */
