/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmem - transcendent memory: from a handle to wherever a page of data is
 *
 * A handle is <client, pool, object, index>.  tmem keeps, per handle, one word
 * that says where the page is: in a local descriptor, in a remote descriptor, or
 * nowhere any more (LOST).  What a descriptor contains beyond its tmem header is
 * the host's business: tmem knows neither compression nor frames nor networks.
 *
 * What a host may rely on, for every pool:
 *
 *  - put, put, get never returns what the first put stored;
 *  - a put that fails leaves no version of the page behind;
 *  - after a flush has returned, a get misses until the next put;
 *  - a get that returns a descriptor returns it pinned, and a pinned descriptor
 *    belongs to the handle that was asked for until it is unpinned.
 *
 * They hold under concurrent eviction, replacement and flush of the same handle.
 */
#ifndef RAMSTER_TMEM_H
#define RAMSTER_TMEM_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/llist.h>
#include <linux/types.h>

struct module;
struct tmem_client;
struct tmem_object;
struct tmem_pool;

#define TMEM_API_VERSION	2

/* The local kernel.  Other machines use their node number. */
#define TMEM_LOCAL_CLIENT	0xffff

/**
 * struct tmem_oid - object name within a pool, 192 bits, opaque to tmem
 * @word:	most significant first
 */
struct tmem_oid {
	u64	word[3];
};

/**
 * struct tmem_handle - the full name of a page
 * @oid:	object
 * @index:	page number in the object
 * @client:	whose page it is
 * @pool:	pool number within the client
 */
struct tmem_handle {
	struct tmem_oid	oid;
	u32		index;
	u16		client;
	u16		pool;
};

/**
 * struct tmem_xhandle - a handle on its way to another machine
 * @handle:	the name
 * @version:	which put of that name is meant
 * @tag:	returned unchanged in the answer; a request number, never a pointer
 * @size:	bytes of data that belong to it, at most one page
 * @flags:	meaning agreed upon between the two hosts
 */
struct tmem_xhandle {
	struct tmem_handle	handle;
	u64			version;
	u64			tag;
	u32			size;
	u32			flags;
};

/* Bytes of a packed extended handle: little-endian, no padding. */
#define TMEM_XHANDLE_BYTES	56

void tmem_xhandle_pack(const struct tmem_xhandle *xh, u8 buf[TMEM_XHANDLE_BYTES]);
int __must_check tmem_xhandle_unpack(struct tmem_xhandle *xh, const u8 *buf, size_t len);

/**
 * struct tmem_page - header of every page descriptor, embedded in the host's own
 * @obj:	object the page belongs to; valid while @refs is not zero
 * @link:	for the host, from the release of the descriptor until it is put again
 * @stamp:	version << 8 | a byte for the host
 * @index:	page number in @obj
 * @refs:	number of pins, plus TMEM_PAGE_INDEXED and TMEM_PAGE_FROZEN
 *
 * Allocate descriptors from a kmem_cache with SLAB_TYPESAFE_BY_RCU (or keep them
 * type-stable otherwise): a reader may try to pin one that was just freed.  @refs
 * of a descriptor that is not published must be zero; see tmem_page_init_once().
 * Who had a descriptor pinned by mistake, because it changed hands, releases it as what
 * the old slot said it was.  So a host keeps local and remote descriptors in two caches,
 * or goes by the host byte of a pinned descriptor and not by what it was found as.
 */
struct tmem_page {
	union {
		struct tmem_object	*obj;
		struct llist_node	link;
	};
	u64			stamp;
	u32			index;
	atomic_t		refs;
};

/* There is one per page, and hosts add little. */
static_assert(sizeof(struct tmem_page) <= 24);

/* Versions have 56 bits: ten million puts a second for 228 years. */
#define TMEM_VERSION_SHIFT	8

/* In tmem_page.refs: the index refers to the page.  Zero refs: it is nobody's. */
#define TMEM_PAGE_INDEXED	0x20000000
/* In tmem_page.refs: the host is moving the bytes of an unpinned page. */
#define TMEM_PAGE_FROZEN	0x40000000

static inline u64 tmem_page_version(const struct tmem_page *page)
{
	return READ_ONCE(page->stamp) >> TMEM_VERSION_SHIFT;
}

static inline u8 tmem_page_host(const struct tmem_page *page)
{
	return READ_ONCE(page->stamp) & 0xff;
}

/*
 * Change the host byte of a pinned page.  The version in the same word cannot change
 * meanwhile; of two who change the byte at once one wins.
 */
static inline void tmem_page_set_host(struct tmem_page *page, u8 host)
{
	WRITE_ONCE(page->stamp, (page->stamp & ~0xffULL) | host);
}

/* For a new descriptor: nobody has it. */
static inline void tmem_page_init_once(struct tmem_page *page)
{
	atomic_set(&page->refs, 0);
}

/**
 * enum tmem_where - what the index holds for a handle
 * @TMEM_NOWHERE:	nothing
 * @TMEM_LOCAL:		a descriptor of a page in local memory
 * @TMEM_REMOTE:	a descriptor of a page that is somewhere else
 * @TMEM_LOST:		there was a page and it cannot be had any more
 */
enum tmem_where {
	TMEM_NOWHERE,
	TMEM_LOCAL,
	TMEM_REMOTE,
	TMEM_LOST,
};

/**
 * struct tmem_ops - page operations of a pool, supplied by its host
 * @owner:	module to pin while the pool exists; NULL if the host destroys its pools
 *		before it is unloaded
 * @release:	the last reference to @page is gone: free what it stands for, and
 *		the descriptor.  Any context, interrupts may be off, caller's locks
 *		may be held: must not sleep, must not allocate, must not call tmem.  But it
 *		may tmem_flush_page() in a pool of which the release does not do so itself.
 */
struct tmem_ops {
	struct module	*owner;
	void		(*release)(struct tmem_pool *pool, struct tmem_page *page,
				   enum tmem_where where);
};

/**
 * struct tmem_guard - the last word on a put
 * @still:	whether the page may still be stored.  Asked with the lock held that makes the
 *		page visible, perhaps more than once; a full barrier comes before it.  So who
 *		takes the permission away, has a full barrier and then flushes the handle is
 *		sure that the page is not there.  Must not sleep, allocate or call tmem.
 */
struct tmem_guard {
	bool	(*still)(const struct tmem_guard *guard);
};

/**
 * struct tmem_scan - where a scan of a pool is; all zero: at its start
 * @object:	number of the object it goes on with
 * @last:	number of the newest object there was at its start
 * @index:	page number in the object
 */
struct tmem_scan {
	u64	object;
	u64	last;
	u32	index;
};

/* Pool flags; bit 0 as in the Xen ABI. */
#define TMEM_POOL_PERSISTENT	0x1

struct tmem_client *tmem_client_create(u16 id);
void tmem_client_destroy(struct tmem_client *client);

struct tmem_pool *tmem_pool_create(struct tmem_client *client, u32 flags,
				   const struct tmem_ops *ops, void *host);
void tmem_pool_destroy(struct tmem_pool *pool);
struct tmem_pool *tmem_pool_find(u16 client, u16 id);
struct tmem_pool *tmem_pool_next(u16 client, u32 from);
void tmem_pool_put(struct tmem_pool *pool);
int __must_check tmem_pool_reserve(struct tmem_pool *pool, const struct tmem_oid *oid, u32 last);

u16 tmem_pool_id(const struct tmem_pool *pool);
u32 tmem_pool_flags(const struct tmem_pool *pool);
void *tmem_pool_host(const struct tmem_pool *pool);

int __must_check tmem_put(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			  struct tmem_page *page, u8 host);
int __must_check tmem_put_if(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			     struct tmem_page *page, u8 host, const struct tmem_guard *guard);
int __must_check tmem_put_remote(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
				 struct tmem_page *page, u8 host);
u64 tmem_last_version(void);
enum tmem_where tmem_get(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			 struct tmem_page **page);
enum tmem_where tmem_take(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			  struct tmem_page **page);
bool tmem_flush_page(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index);
unsigned long tmem_flush_range(struct tmem_pool *pool, const struct tmem_oid *oid,
			       u32 first, u32 last);
unsigned long tmem_flush_object(struct tmem_pool *pool, const struct tmem_oid *oid);

bool tmem_remove(struct tmem_page *page, enum tmem_where where);
int __must_check tmem_replace(struct tmem_page *old, enum tmem_where old_where, u64 version,
			      struct tmem_page *page, enum tmem_where where, u8 host);
int __must_check tmem_lose(struct tmem_page *page, enum tmem_where where, u64 version);

unsigned int tmem_scan_remote(struct tmem_pool *pool, struct tmem_scan *scan,
			      struct tmem_page **pages, unsigned int max);

void tmem_page_handle(const struct tmem_page *page, struct tmem_handle *handle);
struct tmem_pool *tmem_page_pool(const struct tmem_page *page);

bool __must_check tmem_page_pin(struct tmem_page *page);
void tmem_page_unpin(struct tmem_page *page, enum tmem_where where);
bool __must_check tmem_page_freeze(struct tmem_page *page);
void tmem_page_thaw(struct tmem_page *page, enum tmem_where where);

void tmem_freeze(bool on);
bool tmem_is_frozen(void);

#endif /* RAMSTER_TMEM_H */
