// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page descriptors: pins, and who frees.
 *
 * tmem_page.refs is the number of pins, plus INDEXED while the index refers to the
 * page, plus FROZEN while the host moves its bytes.  Whoever brings it to zero
 * frees the page.  A pin needs INDEXED and no FROZEN, so that
 *
 *  - a descriptor that was freed, and perhaps not yet used again, cannot be pinned;
 *  - bytes that are being moved cannot be pinned, and pinned bytes cannot be moved:
 *    freezing succeeds only from exactly INDEXED.
 */
#include "internal.h"

/**
 * tmem_page_pin() - keep a page where it is
 * @page: a descriptor, perhaps already freed (type-stable memory)
 *
 * The caller then compares the handle: the descriptor may have changed hands.
 *
 * Context: any; rcu_read_lock() held, or another reason why @page is type-stable.
 * Return: whether it is pinned now.
 */
bool tmem_page_pin(struct tmem_page *page)
{
	int refs = atomic_read(&page->refs);

	do {
		if ((refs & (TMEM_PAGE_INDEXED | TMEM_PAGE_FROZEN)) != TMEM_PAGE_INDEXED)
			return false;
		/* Acquire: pairs with the release in publishing and thawing. */
	} while (!atomic_try_cmpxchg_acquire(&page->refs, &refs, refs + 1));
	return true;
}
EXPORT_SYMBOL_GPL(tmem_page_pin);

static void page_drop(struct tmem_page *page, enum tmem_where where, int what)
{
	struct tmem_object *obj = page->obj;

	/* Full barrier: uses of the page by all before, freeing by one after. */
	if (atomic_sub_return(what, &page->refs))
		return;
	obj->pool->ops->release(obj->pool, page, where);
	tmem_object_put(obj);
}

/**
 * tmem_page_unpin() - undo tmem_page_pin()
 * @page:	a page pinned by the caller
 * @where:	TMEM_LOCAL or TMEM_REMOTE, which kind of descriptor it is
 *
 * Frees the page when it has left the index and this was the last pin.
 *
 * Context: any.
 */
void tmem_page_unpin(struct tmem_page *page, enum tmem_where where)
{
	page_drop(page, where, 1);
}
EXPORT_SYMBOL_GPL(tmem_page_unpin);

/**
 * tmem_page_freeze() - shut readers out for a moment
 * @page: a descriptor that cannot be freed meanwhile
 *
 * Readers of a frozen page spin, so the caller must not be preempted until
 * tmem_page_thaw(), and must not take long.
 *
 * Context: preemption off.
 * Return: false if the page is pinned, not in the index, or frozen already.
 */
bool tmem_page_freeze(struct tmem_page *page)
{
	int refs = TMEM_PAGE_INDEXED;

	return atomic_try_cmpxchg_acquire(&page->refs, &refs, refs | TMEM_PAGE_FROZEN);
}
EXPORT_SYMBOL_GPL(tmem_page_freeze);

/**
 * tmem_page_thaw() - let readers in again
 * @page:	frozen by the caller
 * @where:	TMEM_LOCAL or TMEM_REMOTE
 *
 * Frees the page when it has left the index meanwhile.
 *
 * Context: any; no lock held that tmem_ops.release takes.
 */
void tmem_page_thaw(struct tmem_page *page, enum tmem_where where)
{
	page_drop(page, where, TMEM_PAGE_FROZEN);
}
EXPORT_SYMBOL_GPL(tmem_page_thaw);

/**
 * tmem_page_unindex() - drop the index's reference
 * @page:	its word has just been taken out of the index by the caller
 * @where:	TMEM_LOCAL or TMEM_REMOTE
 *
 * Context: any; the object's lock is not held.
 */
void tmem_page_unindex(struct tmem_page *page, enum tmem_where where)
{
	page_drop(page, where, TMEM_PAGE_INDEXED);
}

/**
 * tmem_page_publish() - make a descriptor that is in the index usable
 * @page:	its word was just stored; refs is zero
 * @pins:	how many pins the caller keeps
 *
 * Context: holds the object's lock, so a reader that found the word spins shortly.
 */
void tmem_page_publish(struct tmem_page *page, unsigned int pins)
{
	lockdep_assert_held(&page->obj->pages.xa_lock);
	/* Release: pairs with the acquire in tmem_page_pin(). */
	atomic_set_release(&page->refs, TMEM_PAGE_INDEXED + pins);
}

/**
 * tmem_page_handle() - the name of a pinned page
 * @page:	pinned by the caller
 * @handle:	filled in
 *
 * Context: any.
 */
void tmem_page_handle(const struct tmem_page *page, struct tmem_handle *handle)
{
	const struct tmem_object *obj = page->obj;

	handle->oid = obj->oid;
	handle->index = page->index;
	handle->client = obj->pool->client->id;
	handle->pool = obj->pool->id;
}
EXPORT_SYMBOL_GPL(tmem_page_handle);

/**
 * tmem_page_pool() - the pool of a pinned page
 * @page: pinned by the caller
 *
 * Context: any.
 */
struct tmem_pool *tmem_page_pool(const struct tmem_page *page)
{
	return page->obj->pool;
}
EXPORT_SYMBOL_GPL(tmem_page_pool);
