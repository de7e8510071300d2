// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook for a remote tier: pages move out oldest frame first, leave a descriptor
 * of the tier's in the index, and come back when they are asked for.
 *
 * The tier may unregister only when no page is with it, so whoever finds a remote
 * descriptor finds the tier as well.
 */
#include "internal.h"
#include "trace.h"

#include <linux/module.h>
#include <linux/rcupdate.h>

static DEFINE_MUTEX(remote_mutex);	/* registering */
static const struct zcache_remote_ops __rcu *remote_ops;

/**
 * zcache_remote_register() - become the remote tier
 * @ops: stays until zcache_remote_unregister()
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: built for another interface; -EBUSY: there is one; -ENODEV.
 */
int zcache_remote_register(const struct zcache_remote_ops *ops)
{
	int err = -EBUSY;

	if (ops->api != ZCACHE_API_VERSION || !ops->get || !ops->release || !ops->pressure) {
		pr_err("remote tier was built for interface %u, this is %u\n", ops->api,
		       ZCACHE_API_VERSION);
		return -EINVAL;
	}
	if (!try_module_get(ops->owner))
		return -ENODEV;
	mutex_lock(&remote_mutex);
	if (!rcu_access_pointer(remote_ops)) {
		rcu_assign_pointer(remote_ops, ops);
		err = 0;
	}
	mutex_unlock(&remote_mutex);
	if (err)
		module_put(ops->owner);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_remote_register);

/**
 * zcache_remote_unregister() - stop being the remote tier
 * @ops: as registered; the tier moves no pages any more
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: pages are still with the tier; -EINVAL: it is not @ops.
 */
int zcache_remote_unregister(const struct zcache_remote_ops *ops)
{
	int err = -EINVAL;

	mutex_lock(&remote_mutex);
	if (rcu_access_pointer(remote_ops) == ops) {
		err = zcache_stat_read(ZCACHE_ST_remote_zpages) ? -EBUSY : 0;
		if (!err)
			RCU_INIT_POINTER(remote_ops, NULL);
	}
	mutex_unlock(&remote_mutex);
	if (err)
		return err;
	synchronize_rcu();
	module_put(ops->owner);
	return 0;
}
EXPORT_SYMBOL_GPL(zcache_remote_unregister);

/**
 * zcache_remote_get() - let the tier answer a get
 * @page:	remote descriptor, pinned; the tier unpins it
 * @get:	see struct zcache_get
 *
 * Context: may sleep, does not wait.
 */
void zcache_remote_get(struct tmem_page *page, struct zcache_get *get)
{
	const struct zcache_remote_ops *ops;

	might_sleep();
	rcu_read_lock();
	ops = rcu_dereference(remote_ops);
	rcu_read_unlock();
	if (!WARN_ON_ONCE(!ops)) {
		/* It stays: who has a page that is pinned cannot unregister. */
		ops->get(page, get);
		return;
	}
	tmem_page_unpin(page, TMEM_REMOTE);
	get->done(get, -EIO);
}

/**
 * zcache_remote_release() - a remote descriptor is nobody's any more
 * @pool:	its pool
 * @page:	the descriptor
 *
 * Context: any, interrupts on or off.
 */
void zcache_remote_release(struct tmem_pool *pool, struct tmem_page *page)
{
	const struct zcache_remote_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(remote_ops);
	if (!WARN_ON_ONCE(!ops))
		ops->release(pool, page);
	rcu_read_unlock();
	zcache_count_add(remote_zpages, -1);
}

/**
 * zcache_remote_pressure() - tell the tier that pages should move out
 * @persistent: of which kind
 *
 * Context: any.
 */
void zcache_remote_pressure(bool persistent)
{
	const struct zcache_remote_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(remote_ops);
	if (ops)
		ops->pressure(persistent);
	rcu_read_unlock();
}

/**
 * zcache_remote_present() - whether pages can move to a remote tier
 *
 * Context: any.
 */
bool zcache_remote_present(void)
{
	return rcu_access_pointer(remote_ops);
}

/**
 * zcache_isolate_oldest() - take the oldest frame out for a move
 * @persistent: of which kind; of the persistent ones only our own are moved
 *
 * Its pages can still be got and flushed.  Call zcache_frame_done() afterwards.
 *
 * Context: any.
 * Return: the frame, NULL if there is none.
 */
struct zbud_frame *zcache_isolate_oldest(bool persistent)
{
	return zbud_isolate_oldest(zcache_zbud, zcache_own_kind(persistent));
}
EXPORT_SYMBOL_GPL(zcache_isolate_oldest);

struct each_page {
	bool	(*fn)(struct tmem_page *page, void *arg);
	void	*arg;
};

static bool each_item(struct zbud_item *item, void *arg)
{
	struct tmem_page *page = &container_of(item, struct zcache_page, item)->t;
	struct each_page *each = arg;

	return zcache_pool_of(page)->stays || each->fn(page, each->arg);
}

/**
 * zcache_frame_for_each() - show the pages of an isolated frame that may move out
 * @frame:	isolated by the caller
 * @fn:		called with each page pinned, no lock held; returns whether to go on.
 *		It may take a pin of its own to keep the page for later.
 * @arg:	for @fn
 *
 * Context: as @fn needs.
 * Return: how many pages @fn has seen.
 */
unsigned int zcache_frame_for_each(struct zbud_frame *frame,
				   bool (*fn)(struct tmem_page *page, void *arg), void *arg)
{
	struct each_page each = { .fn = fn, .arg = arg };

	return zbud_walk(zcache_zbud, frame, each_item, &each);
}
EXPORT_SYMBOL_GPL(zcache_frame_for_each);

/**
 * zcache_frame_done() - end of a move
 * @frame:	isolated by the caller, who has no pins left in it
 * @oldest:	if pages are left, the frame is the oldest again, else the newest
 *
 * A frame that is empty is given back to the kernel.
 *
 * Context: any.
 */
void zcache_frame_done(struct zbud_frame *frame, bool oldest)
{
	enum zbud_kind kind = zbud_frame_kind(frame);

	frame = zbud_revive(zcache_zbud, frame, oldest);
	if (!frame)
		return;
	atomic_long_sub(zbud_frame_nr_pages(frame), &zcache_frame_pages[kind]);
	zcache_frame_free(frame);
	zcache_trim_spare();
}
EXPORT_SYMBOL_GPL(zcache_frame_done);

/**
 * zcache_page_pin() - keep a local page where it is
 * @page: local descriptor that is pinned by somebody
 *
 * Context: any.
 * Return: whether it is pinned once more.
 */
bool zcache_page_pin(struct tmem_page *page)
{
	return tmem_page_pin(page);
}
EXPORT_SYMBOL_GPL(zcache_page_pin);

/**
 * zcache_page_unpin() - undo zcache_page_pin()
 * @page: local descriptor
 *
 * Context: any.
 */
void zcache_page_unpin(struct tmem_page *page)
{
	tmem_page_unpin(page, TMEM_LOCAL);
}
EXPORT_SYMBOL_GPL(zcache_page_unpin);

/**
 * zcache_page_ours() - whether a page belongs to the local kernel
 * @page: local descriptor, pinned by the caller
 *
 * Ephemeral pages of other machines stand in frames with ours.  They do not move: see
 * zcache_page_drop().
 *
 * Context: any.
 */
bool zcache_page_ours(const struct tmem_page *page)
{
	return zcache_pool_of(page)->ours;
}
EXPORT_SYMBOL_GPL(zcache_page_ours);

/**
 * zcache_page_drop() - evict an ephemeral page
 * @page: local descriptor, pinned by the caller, who unpins it afterwards
 *
 * Context: any.
 * Return: whether this call took it out of the store; never if it is persistent.
 */
bool zcache_page_drop(struct tmem_page *page)
{
	if (zcache_pool_of(page)->persistent || !tmem_remove(page, TMEM_LOCAL))
		return false;
	zcache_count(evicted_eph_zpages);
	return true;
}
EXPORT_SYMBOL_GPL(zcache_page_drop);

/**
 * zcache_page_map() - the stored bytes of a page, where they lie
 * @page:	local descriptor, pinned by the caller; the bytes stay until he unpins it
 * @bounce:	PAGE_SIZE bytes, and ZCACHE_SEAL_BYTES more unless zcache_page_ours(); used
 *		if the bytes do not lie in one piece
 * @format:	set to how they are to be read
 * @size:	set to how many there are
 *
 * Context: any.
 * Return: the bytes, in place or in @bounce; not to be written to.
 */
const void *zcache_page_map(struct tmem_page *page, void *bounce, enum zcache_format *format,
			    size_t *size)
{
	const struct zcache_page *zpage = container_of(page, struct zcache_page, t);

	*format = zcache_page_format(page);
	if (*format == ZCACHE_FILLED) {
		*size = sizeof(zpage->fill);
		return &zpage->fill;
	}
	*size = zbud_size(&zpage->item);
	return zbud_map(&zpage->item, bounce);
}
EXPORT_SYMBOL_GPL(zcache_page_map);

/**
 * zcache_page_moved() - a page is with the tier now
 * @page:	local descriptor, pinned by the caller, who unpins it afterwards
 * @version:	version that was moved
 * @remote:	the tier's descriptor, nobody's (refs zero); the store's on success
 * @host:	byte to keep with @remote, below 128
 *
 * Context: any; allocates nothing.
 * Return: 0; -ESTALE: flushed or put again meanwhile, -EINVAL: bad @host, or not our own
 * page; @remote is the caller's.
 */
int zcache_page_moved(struct tmem_page *page, u64 version, struct tmem_page *remote, u8 host)
{
	struct zcache_pool *pool = zcache_pool_of(page);
	u32 index = page->index;
	int err;

	if (host & ZCACHE_HOST_OURS || !zcache_page_ours(page))
		return -EINVAL;
	/* Counted first: it may be released again before we return. */
	zcache_count_add(remote_zpages, 1);
	zcache_pool_add(pool, 1);
	zcache_copies_count(pool, TMEM_REMOTE, 1);
	err = tmem_replace(page, TMEM_LOCAL, version, remote, TMEM_REMOTE, host);
	if (err) {
		zcache_count_add(remote_zpages, -1);
		zcache_pool_add(pool, -1);
		zcache_copies_count(pool, TMEM_REMOTE, -1);
	} else {
		zcache_count(moved_out);
	}
	trace_zcache_moved_out(index, version, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_page_moved);

/**
 * zcache_page_localize() - a page has come back from the tier
 * @remote:	remote descriptor, pinned by the caller, who unpins it afterwards
 * @version:	version that came back
 * @format:	how the bytes are to be read; not ZCACHE_SEALED
 * @data:	the bytes
 * @size:	how many; PAGE_SIZE for ZCACHE_RAW, one word for ZCACHE_FILLED
 *
 * On success the tier is told to release @remote as soon as it is unpinned.
 *
 * Context: may sleep, does not wait for memory.
 * Return: 0; -ESTALE: flushed or put again meanwhile; -EINVAL, -ENOSPC, -EAGAIN,
 * -ENOMEM: the page stays remote.
 */
int zcache_page_localize(struct tmem_page *remote, u64 version, enum zcache_format format,
			 const void *data, size_t size)
{
	struct zcache_pool *pool = zcache_pool_of(remote);
	enum zbud_kind kind = zcache_pool_kind(pool);
	u32 index = remote->index;
	struct zcache_page *zpage;
	int err;

	if (!zcache_stored_valid(format, size))
		return -EINVAL;
	err = zcache_stored_make(kind, format, data, size, &zpage);
	if (err)
		return err;
	if (format == ZCACHE_FILLED)
		size = 0;
	zcache_page_account(zpage, format, kind, size, 1);
	zcache_pool_add(pool, 1);
	zcache_copies_count(pool, TMEM_LOCAL, 1);
	err = tmem_replace(remote, TMEM_REMOTE, version, &zpage->t, TMEM_LOCAL,
			   ZCACHE_HOST_OURS | format);
	if (err) {
		zcache_pool_add(pool, -1);
		zcache_copies_count(pool, TMEM_LOCAL, -1);
		zcache_stored_undo(zpage, format, kind, size);
		zcache_page_free(zpage);
	} else {
		zcache_count(moved_in);
	}
	trace_zcache_moved_in(index, version, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_page_localize);
