// SPDX-License-Identifier: GPL-2.0-only
/*
 * put, get, flush, and the compare-and-swap that lets a host move pages.
 *
 * Writers hold the lock of the one object and nothing else; a word that leaves the
 * index is dropped after the lock.  Readers take no lock: they find the word under
 * RCU, pin the descriptor and then compare its handle.  A descriptor may have been
 * freed and used for another page between the two, in which case the comparison
 * fails and the look-up starts again.
 */
#include "internal.h"

#include <linux/processor.h>

static atomic64_t tmem_version;
static bool tmem_frozen;

/**
 * tmem_freeze() - turn every put into a flush, or stop doing so
 * @on: whether to
 *
 * Gets and flushes go on; pools may come and go.
 *
 * Context: any.
 */
void tmem_freeze(bool on)
{
	WRITE_ONCE(tmem_frozen, on);
}
EXPORT_SYMBOL_GPL(tmem_freeze);

/**
 * tmem_is_frozen() - whether puts are flushes now
 *
 * Context: any.
 */
bool tmem_is_frozen(void)
{
	return READ_ONCE(tmem_frozen);
}
EXPORT_SYMBOL_GPL(tmem_is_frozen);

/* An empty slot may contain a zero entry that only keeps its node. */
static void *load_word(struct xa_state *xas)
{
	void *word = xas_load(xas);

	return xa_is_zero(word) ? NULL : word;
}

/* Drop what a word that left the index stood for. */
static void drop_word(void *word)
{
	struct tmem_page *page = pampd_page(word);

	if (page)
		tmem_page_unindex(page, pampd_where(word));
}

/* What a put stores. */
struct put {
	struct tmem_page	*page;
	enum tmem_where		where;
	u8			host;
	unsigned int		pins;	/* that the caller keeps */
	const struct tmem_guard	*guard;	/* or NULL */
	void			*old;	/* the word that was there */
};

static bool overtaken(const struct put *put)
{
	if (!put->guard)
		return false;
	/* Pairs with the barrier of who raises a generation and then flushes. */
	smp_mb();
	return !put->guard->still(put->guard);
}

/* Under the object's lock.  -ESTALE: it died, there is another one or has to be. */
static int store_word(struct xa_state *xas, struct tmem_object *obj, struct put *put)
{
	struct tmem_page *page = put->page;
	int err;

	if (obj->dead)
		return -ESTALE;
	/* Who flushes needs the lock that is held until the page is visible. */
	if (overtaken(put))
		return -ECANCELED;
	put->old = load_word(xas);
	xas_store(xas, pampd_encode(page, put->where));
	err = xas_error(xas);
	if (err)
		return err;
	page->obj = obj;
	page->index = xas->xa_index;
	page->stamp = (u64)atomic64_inc_return(&tmem_version) << TMEM_VERSION_SHIFT | put->host;
	refcount_inc(&obj->refs);
	if (!put->old)
		obj->nr++;
	tmem_page_publish(page, put->pins);
	return 0;
}

static int object_store(struct tmem_object *obj, u32 index, struct put *put)
{
	XA_STATE(xas, &obj->pages, index);
	unsigned long flags;
	bool reap = false;
	int err;

	do {
		xas_lock_irqsave(&xas, flags);
		err = store_word(&xas, obj, put);
		xas_unlock_irqrestore(&xas, flags);
		/* Whatever came of it, this also frees a node that was not needed. */
	} while (xas_nomem(&xas, GFP_NOWAIT | __GFP_NOWARN));

	if (err == -ENOMEM || err == -ECANCELED) {
		/* An object that was made for this put must not stay empty. */
		xas_lock_irqsave(&xas, flags);
		reap = tmem_object_shrunk(obj, 0);
		xas_unlock_irqrestore(&xas, flags);
	}
	if (reap)
		tmem_object_queue_reap(obj);
	return err;
}

static int put_page_word(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			 struct put *put)
{
	struct tmem_object *obj;
	int err;

	rcu_read_lock();
	for (;;) {
		obj = tmem_object_find(pool, oid);
		if (!obj)
			obj = tmem_object_create(pool, oid, GFP_NOWAIT | __GFP_NOWARN);
		if (IS_ERR(obj)) {
			err = PTR_ERR(obj);
			break;
		}
		err = object_store(obj, index, put);
		if (err != -ESTALE)
			break;
		tmem_object_forget(obj);
	}
	rcu_read_unlock();
	return err;
}

static int put_or_flush(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			struct put *put)
{
	int err;

	lockdep_assert_irqs_enabled();
	if (tmem_is_frozen()) {
		tmem_flush_page(pool, oid, index);
		tmem_count(put_to_flush);
		return -EBUSY;
	}
	err = put_page_word(pool, oid, index, put);
	if (err) {
		tmem_flush_page(pool, oid, index);
		if (err == -ECANCELED) {
			tmem_count(put_overtaken);
			return err;
		}
		tmem_count(put_failed);
		return -ENOMEM;
	}
	if (put->old) {
		tmem_count(put_replaced);
		drop_word(put->old);
	} else {
		tmem_count(put_new);
		tmem_gauge_inc(page_count);
	}
	return 0;
}

/**
 * tmem_put() - store a page under a handle
 * @pool:	its pool
 * @oid:	its object, made if need be
 * @index:	its number in the object
 * @page:	descriptor of the page, nobody's so far (refs zero)
 * @host:	a byte to keep with it, see tmem_page_host()
 *
 * On success @page belongs to tmem, and an older version is gone.  On failure
 * @page is still the caller's, and no version is left under the handle.
 *
 * Context: interrupts on; does not sleep.
 * Return: 0; -EBUSY (frozen), -ENOMEM (no memory for the index).
 */
int tmem_put(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
	     struct tmem_page *page, u8 host)
{
	struct put put = { .page = page, .where = TMEM_LOCAL, .host = host };

	return put_or_flush(pool, oid, index, &put);
}
EXPORT_SYMBOL_GPL(tmem_put);

/**
 * tmem_put_if() - store a page unless it is overtaken
 * @pool:	its pool
 * @oid:	its object, made if need be
 * @index:	its number in the object
 * @page:	descriptor of the page, nobody's so far (refs zero)
 * @host:	a byte to keep with it
 * @guard:	see struct tmem_guard
 *
 * As tmem_put() otherwise.
 *
 * Context: interrupts on; does not sleep.
 * Return: 0; -ECANCELED (@guard), -EBUSY (frozen), -ENOMEM (no memory for the index).
 */
int tmem_put_if(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
		struct tmem_page *page, u8 host, const struct tmem_guard *guard)
{
	struct put put = { .page = page, .where = TMEM_LOCAL, .host = host, .guard = guard };

	return put_or_flush(pool, oid, index, &put);
}
EXPORT_SYMBOL_GPL(tmem_put_if);

/**
 * tmem_put_remote() - store a page that is on its way to somewhere else
 * @pool:	its pool
 * @oid:	its object, made if need be
 * @index:	its number in the object
 * @page:	remote descriptor of the page, nobody's so far (refs zero)
 * @host:	a byte to keep with it
 *
 * As tmem_put(), but @page is TMEM_REMOTE, and on success pinned for the caller.
 *
 * Context: interrupts on; does not sleep.
 * Return: 0; -EBUSY (frozen), -ENOMEM (no memory for the index).
 */
int tmem_put_remote(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
		    struct tmem_page *page, u8 host)
{
	struct put put = { .page = page, .where = TMEM_REMOTE, .host = host, .pins = 1 };

	return put_or_flush(pool, oid, index, &put);
}
EXPORT_SYMBOL_GPL(tmem_put_remote);

/**
 * tmem_last_version() - the newest version there is
 *
 * Pages put from now on have a higher one.
 *
 * Context: any.
 */
u64 tmem_last_version(void)
{
	return atomic64_read(&tmem_version);
}
EXPORT_SYMBOL_GPL(tmem_last_version);

/**
 * tmem_object_get() - find a page of an object
 * @obj:	the object; rcu_read_lock() held
 * @index:	its number in the object
 * @page:	set to the pinned descriptor if the result is LOCAL or REMOTE
 *
 * A descriptor that is frozen or just being stored is waited for.
 *
 * Context: as tmem_get().
 * Return: where the page is.
 */
enum tmem_where tmem_object_get(struct tmem_object *obj, u32 index, struct tmem_page **page)
{
	for (;;) {
		void *word = xa_load(&obj->pages, index);
		enum tmem_where where = pampd_where(word);
		struct tmem_page *found;

		if (where == TMEM_NOWHERE || where == TMEM_LOST)
			return where;
		found = pampd_page(word);
		if (tmem_page_pin(found)) {
			if (found->obj == obj && found->index == index) {
				*page = found;
				return where;
			}
			tmem_page_unpin(found, where);
		}
		tmem_count(get_retry);
		cpu_relax();
	}
}

/**
 * tmem_get() - find a page
 * @pool:	its pool
 * @oid:	its object
 * @index:	its number in the object
 * @page:	set to the pinned descriptor if the result is LOCAL or REMOTE
 *
 * Context: process context: who interrupts the mover of a page would spin for ever.
 * Return: where the page is.
 */
enum tmem_where tmem_get(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			 struct tmem_page **page)
{
	enum tmem_where where = TMEM_NOWHERE;
	struct tmem_object *obj;

	rcu_read_lock();
	obj = tmem_object_find(pool, oid);
	if (obj)
		where = tmem_object_get(obj, index, page);
	rcu_read_unlock();

	switch (where) {
	case TMEM_LOCAL:
		tmem_count(get_local);
		break;
	case TMEM_REMOTE:
		tmem_count(get_remote);
		break;
	case TMEM_LOST:
		tmem_count(get_lost);
		break;
	default:
		tmem_count(get_miss);
	}
	return where;
}
EXPORT_SYMBOL_GPL(tmem_get);

/**
 * tmem_take() - find a page and take it out of the index
 * @pool:	its pool
 * @oid:	its object
 * @index:	its number in the object
 * @page:	set to the pinned descriptor if the result is LOCAL or REMOTE
 *
 * The page is freed when the caller unpins it.  LOST stays.
 *
 * Context: as tmem_get().
 * Return: where the page was.
 */
enum tmem_where tmem_take(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index,
			  struct tmem_page **page)
{
	for (;;) {
		enum tmem_where where = tmem_get(pool, oid, index, page);

		if (where != TMEM_LOCAL && where != TMEM_REMOTE)
			return where;
		if (tmem_remove(*page, where))
			return where;
		/* Somebody else removed or replaced it since. */
		tmem_page_unpin(*page, where);
	}
}
EXPORT_SYMBOL_GPL(tmem_take);

static void *object_erase(struct tmem_object *obj, u32 index)
{
	XA_STATE(xas, &obj->pages, index);
	unsigned long flags;
	bool reap = false;
	void *old;

	xas_lock_irqsave(&xas, flags);
	old = load_word(&xas);
	if (old) {
		/* Replaces an entry, so it allocates nothing. */
		xas_store(&xas, tmem_empty_word(obj, index));
		reap = tmem_object_shrunk(obj, 1);
	}
	xas_unlock_irqrestore(&xas, flags);
	if (reap)
		tmem_object_queue_reap(obj);
	return old;
}

/**
 * tmem_flush_page() - forget a page
 * @pool:	its pool
 * @oid:	its object
 * @index:	its number in the object
 *
 * Idempotent.  Never sleeps, never allocates, waits for nobody: a pinned or frozen
 * page is freed by who unpins or thaws it.
 *
 * Context: any, interrupts on or off.
 * Return: whether there was one.
 */
bool tmem_flush_page(struct tmem_pool *pool, const struct tmem_oid *oid, u32 index)
{
	struct tmem_object *obj;
	void *old = NULL;

	rcu_read_lock();
	obj = tmem_object_find(pool, oid);
	if (obj)
		old = object_erase(obj, index);
	rcu_read_unlock();

	tmem_count(flush_total);
	if (!old)
		return false;
	tmem_count(flush_found);
	tmem_gauge_dec(page_count);
	drop_word(old);
	return true;
}
EXPORT_SYMBOL_GPL(tmem_flush_page);

/* Words taken out, and entries looked at, while the lock is held. */
#define EMPTY_BATCH	16
#define EMPTY_SCAN	512	/* a reserved object may have nothing but zero entries */

/* Take some words out; *@next is left where to go on, beyond @last if all is done. */
static unsigned int object_empty_batch(struct tmem_object *obj, u32 last, u64 *next,
				       void **batch)
{
	XA_STATE(xas, &obj->pages, *next);
	unsigned int count = 0, seen = 0;
	unsigned long flags;
	bool reap = false;
	void *word;

	*next = (u64)last + 1;
	xas_lock_irqsave(&xas, flags);
	xas_for_each(&xas, word, last) {
		if (!xa_is_zero(word)) {
			xas_store(&xas, tmem_empty_word(obj, xas.xa_index));
			batch[count++] = word;
		}
		if (count == EMPTY_BATCH || ++seen == EMPTY_SCAN) {
			*next = (u64)xas.xa_index + 1;
			break;
		}
	}
	if (count)
		reap = tmem_object_shrunk(obj, count);
	xas_unlock_irqrestore(&xas, flags);
	if (reap)
		tmem_object_queue_reap(obj);
	return count;
}

/**
 * tmem_object_empty() - flush a range of an object
 * @obj:	the object; rcu_read_lock() held or a reference
 * @first:	first index
 * @last:	last index
 *
 * Context: any.  The lock is released after every few pages.
 * Return: how many pages there were.
 */
unsigned long tmem_object_empty(struct tmem_object *obj, u32 first, u32 last)
{
	void *batch[EMPTY_BATCH];
	unsigned long total = 0;
	unsigned int count, i;
	u64 next = first;

	while (next <= last) {
		count = object_empty_batch(obj, last, &next, batch);
		for (i = 0; i < count; i++) {
			tmem_gauge_dec(page_count);
			drop_word(batch[i]);
		}
		total += count;
	}
	return total;
}

/**
 * tmem_flush_range() - forget a range of pages of an object
 * @pool:	its pool
 * @oid:	the object
 * @first:	first index
 * @last:	last index
 *
 * Context: any, interrupts on or off; takes time in proportion to the pages found.
 * Return: how many pages there were.
 */
unsigned long tmem_flush_range(struct tmem_pool *pool, const struct tmem_oid *oid,
			       u32 first, u32 last)
{
	struct tmem_object *obj;
	unsigned long count = 0;

	rcu_read_lock();
	obj = tmem_object_find(pool, oid);
	if (obj)
		count = tmem_object_empty(obj, first, last);
	rcu_read_unlock();

	tmem_count(flobj_total);
	if (count)
		tmem_count(flobj_found);
	return count;
}
EXPORT_SYMBOL_GPL(tmem_flush_range);

/**
 * tmem_flush_object() - forget all pages of an object
 * @pool:	its pool
 * @oid:	the object
 *
 * Context: as tmem_flush_range().
 * Return: how many pages there were.
 */
unsigned long tmem_flush_object(struct tmem_pool *pool, const struct tmem_oid *oid)
{
	return tmem_flush_range(pool, oid, 0, U32_MAX);
}
EXPORT_SYMBOL_GPL(tmem_flush_object);

/**
 * tmem_remove() - take a page out of the index if it is still there
 * @page:	pinned by the caller, who unpins it afterwards
 * @where:	TMEM_LOCAL or TMEM_REMOTE
 *
 * For eviction: unlike a flush it never removes a newer version.
 *
 * Context: any, interrupts on or off.
 * Return: whether this call removed it.
 */
bool tmem_remove(struct tmem_page *page, enum tmem_where where)
{
	struct tmem_object *obj = page->obj;
	XA_STATE(xas, &obj->pages, page->index);
	bool found, reap = false;
	unsigned long flags;

	xas_lock_irqsave(&xas, flags);
	/* @page is pinned, so an equal word is this very version. */
	found = xas_load(&xas) == pampd_encode(page, where);
	if (found) {
		xas_store(&xas, tmem_empty_word(obj, page->index));
		reap = tmem_object_shrunk(obj, 1);
	}
	xas_unlock_irqrestore(&xas, flags);
	if (reap)
		tmem_object_queue_reap(obj);
	if (!found)
		return false;
	tmem_count(removed);
	tmem_gauge_dec(page_count);
	tmem_page_unindex(page, where);
	return true;
}
EXPORT_SYMBOL_GPL(tmem_remove);

/* Swap the word of @old for @word, if @old is still there in that version. */
static int swap_word(struct tmem_page *old, enum tmem_where old_where, u64 version,
		     struct tmem_page *page, enum tmem_where where, u8 host)
{
	struct tmem_object *obj = old->obj;
	XA_STATE(xas, &obj->pages, old->index);
	unsigned long flags;
	bool found;

	xas_lock_irqsave(&xas, flags);
	found = xas_load(&xas) == pampd_encode(old, old_where) &&
		tmem_page_version(old) == version;
	if (found) {
		xas_store(&xas, pampd_encode(page, where));
		if (page) {
			page->obj = obj;
			page->index = old->index;
			page->stamp = version << TMEM_VERSION_SHIFT | host;
			refcount_inc(&obj->refs);
			tmem_page_publish(page, 0);
		}
	}
	xas_unlock_irqrestore(&xas, flags);
	if (!found) {
		tmem_count(replace_stale);
		return -ESTALE;
	}
	tmem_page_unindex(old, old_where);
	return 0;
}

/**
 * tmem_replace() - put another descriptor of the same page in its place
 * @old:	descriptor to be replaced, pinned by the caller, who unpins it afterwards
 * @old_where:	TMEM_LOCAL or TMEM_REMOTE: what @old is
 * @version:	version that was moved
 * @page:	descriptor of where that version is now, nobody's so far (refs zero)
 * @where:	TMEM_LOCAL or TMEM_REMOTE: what @page is
 * @host:	host byte of @page
 *
 * On success @page belongs to tmem and has the version of @old.
 *
 * Context: any, interrupts on or off; allocates nothing.
 * Return: 0; -ESTALE: the handle was flushed or put again, @page is the caller's.
 */
int tmem_replace(struct tmem_page *old, enum tmem_where old_where, u64 version,
		 struct tmem_page *page, enum tmem_where where, u8 host)
{
	int err = swap_word(old, old_where, version, page, where, host);

	if (!err)
		tmem_count(replace_done);
	return err;
}
EXPORT_SYMBOL_GPL(tmem_replace);

/**
 * tmem_lose() - record that a page cannot be had any more
 * @page:	its descriptor, pinned by the caller, who unpins it afterwards
 * @where:	TMEM_LOCAL or TMEM_REMOTE
 * @version:	version that is lost
 *
 * Gets return TMEM_LOST until the handle is put again or flushed.
 *
 * Context: any, interrupts on or off; allocates nothing.
 * Return: 0; -ESTALE: the handle was flushed or put again.
 */
int tmem_lose(struct tmem_page *page, enum tmem_where where, u64 version)
{
	int err = swap_word(page, where, version, NULL, TMEM_LOST, 0);

	if (!err)
		tmem_count(pages_lost);
	return err;
}
EXPORT_SYMBOL_GPL(tmem_lose);
