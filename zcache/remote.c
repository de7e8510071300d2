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
 * Context: does not sleep.
 */
void zcache_remote_get(struct tmem_page *page, struct zcache_get *get)
{
	const struct zcache_remote_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(remote_ops);
	if (!WARN_ON_ONCE(!ops)) {
		ops->get(page, get);
		rcu_read_unlock();
		return;
	}
	rcu_read_unlock();
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
 * @persistent: of which kind
 *
 * Its pages can still be got and flushed.  Call zcache_frame_done() afterwards.
 *
 * Context: any.
 * Return: the frame, NULL if there is none.
 */
struct zbud_frame *zcache_isolate_oldest(bool persistent)
{
	return zbud_isolate_oldest(zcache_zbud, zcache_kind(persistent));
}
EXPORT_SYMBOL_GPL(zcache_isolate_oldest);

struct each_page {
	bool	(*fn)(struct tmem_page *page, void *arg);
	void	*arg;
};

static bool each_item(struct zbud_item *item, void *arg)
{
	struct each_page *each = arg;

	return each->fn(&container_of(item, struct zcache_page, item)->t, each->arg);
}

/**
 * zcache_frame_for_each() - show the pages of an isolated frame
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
 * zcache_page_read() - the stored bytes of a page
 * @page:	local descriptor, pinned by the caller
 * @buf:	PAGE_SIZE bytes
 * @format:	set to how they are to be read
 *
 * Context: any.
 * Return: how many bytes.
 */
size_t zcache_page_read(struct tmem_page *page, void *buf, enum zcache_format *format)
{
	const struct zcache_page *zpage = container_of(page, struct zcache_page, t);
	const void *src;
	size_t size;

	*format = zcache_page_format(page);
	if (*format == ZCACHE_FILLED) {
		memcpy(buf, &zpage->fill, sizeof(zpage->fill));
		return sizeof(zpage->fill);
	}
	size = zbud_size(&zpage->item);
	src = zbud_map(&zpage->item, buf);
	if (src != buf)
		memcpy(buf, src, size);
	return size;
}
EXPORT_SYMBOL_GPL(zcache_page_read);

/**
 * zcache_page_moved() - a page is with the tier now
 * @page:	local descriptor, pinned by the caller, who unpins it afterwards
 * @version:	version that was moved
 * @remote:	the tier's descriptor, nobody's (refs zero); the store's on success
 * @host:	byte to keep with @remote, below 128
 *
 * Context: any; allocates nothing.
 * Return: 0; -ESTALE: flushed or put again meanwhile, -EINVAL: bad @host; @remote is the
 * caller's.
 */
int zcache_page_moved(struct tmem_page *page, u64 version, struct tmem_page *remote, u8 host)
{
	u32 index = page->index;
	int err;

	if (host & ZCACHE_HOST_OURS)
		return -EINVAL;
	/* Counted first: it may be released again before we return. */
	zcache_count_add(remote_zpages, 1);
	err = tmem_replace(page, TMEM_LOCAL, version, remote, TMEM_REMOTE, host);
	if (err)
		zcache_count_add(remote_zpages, -1);
	else
		zcache_count(moved_out);
	trace_zcache_moved_out(index, version, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_page_moved);

/**
 * zcache_page_localize() - a page has come back from the tier
 * @remote:	remote descriptor, pinned by the caller, who unpins it afterwards
 * @version:	version that came back
 * @format:	how the bytes are to be read
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
	bool persistent = tmem_pool_flags(tmem_page_pool(remote)) & TMEM_POOL_PERSISTENT;
	u32 index = remote->index;
	struct zcache_page *zpage;
	int err;

	err = zcache_stored_make(persistent, format, data, size, &zpage);
	if (err)
		return err;
	if (format == ZCACHE_FILLED)
		size = 0;
	zcache_page_account(zpage, format, persistent, size, 1);
	err = tmem_replace(remote, TMEM_REMOTE, version, &zpage->t, TMEM_LOCAL,
			   ZCACHE_HOST_OURS | format);
	if (err) {
		zcache_stored_undo(zpage, format, persistent, size);
		zcache_page_free(zpage);
	} else {
		zcache_count(moved_in);
	}
	trace_zcache_moved_in(index, version, err);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_page_localize);
