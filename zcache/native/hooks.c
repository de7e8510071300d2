// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel knows as its back end of frontswap and cleancache.  It stays loaded for
 * ever; the table behind it comes and goes.
 *
 * The table is read under SRCU: calls may sleep, and some come with interrupts off.
 */
#include "hooks.h"

#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>

DEFINE_STATIC_SRCU(srcu);
static DEFINE_MUTEX(mutex);		/* ops is written; the set of file systems */
static const struct zcache_native_ops __rcu *ops_now;
static DECLARE_BITMAP(mounted, ZCACHE_NATIVE_FS);	/* mutex */

static const struct zcache_native_ops *enter(int *idx)
{
	*idx = srcu_read_lock(&srcu);
	return srcu_dereference(ops_now, &srcu);
}

static void leave(int idx)
{
	srcu_read_unlock(&srcu, idx);
}

/* The back end makes its pool when it is registered. */
static void swap_init(unsigned int type)
{
}

static int swap_store(unsigned int type, pgoff_t offset, struct page *page)
{
	int idx, err = -ENODEV;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		err = ops->store(type, offset, page);
	leave(idx);
	return err;
}

static int swap_load(unsigned int type, pgoff_t offset, struct page *page)
{
	int idx, err = -ENODEV;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		err = ops->load(type, offset, page);
	leave(idx);
	return err;
}

static void swap_forget(unsigned int type, pgoff_t offset)
{
	int idx;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		ops->forget(type, offset);
	leave(idx);
}

static void swap_forget_all(unsigned int type)
{
	int idx;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		ops->forget_all(type);
	leave(idx);
}

static struct frontswap_ops swap_ops = {
	.init			= swap_init,
	.store			= swap_store,
	.load			= swap_load,
	.invalidate_page	= swap_forget,
	.invalidate_area	= swap_forget_all,
};

static int clean_init_fs(size_t page_size)
{
	const struct zcache_native_ops *ops;
	unsigned int fs;

	if (page_size != PAGE_SIZE)
		return CLEANCACHE_NO_POOL;
	mutex_lock(&mutex);
	fs = find_first_zero_bit(mounted, ZCACHE_NATIVE_FS);
	if (fs < ZCACHE_NATIVE_FS) {
		set_bit(fs, mounted);
		ops = rcu_dereference_protected(ops_now, lockdep_is_held(&mutex));
		if (ops)
			ops->fs_add(fs);
	}
	mutex_unlock(&mutex);
	return fs < ZCACHE_NATIVE_FS ? (int)fs : CLEANCACHE_NO_POOL;
}

/* Shared by machines: each has a cache of its own, which nobody would tell of a change. */
static int clean_init_shared_fs(uuid_t *uuid, size_t page_size)
{
	return CLEANCACHE_NO_POOL;
}

static int clean_get(int fs, struct cleancache_filekey key, pgoff_t index, struct page *page)
{
	int idx, err = -ENODEV;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		err = ops->fs_get(fs, &key, index, page);
	leave(idx);
	return err;
}

static void clean_put(int fs, struct cleancache_filekey key, pgoff_t index, struct page *page)
{
	int idx;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		ops->fs_put(fs, &key, index, page);
	leave(idx);
}

static void clean_forget(int fs, struct cleancache_filekey key, pgoff_t index)
{
	int idx;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		ops->fs_forget(fs, &key, index);
	leave(idx);
}

static void clean_forget_file(int fs, struct cleancache_filekey key)
{
	int idx;
	const struct zcache_native_ops *ops = enter(&idx);

	if (ops)
		ops->fs_forget_file(fs, &key);
	leave(idx);
}

static void clean_remove_fs(int fs)
{
	const struct zcache_native_ops *ops;

	if (fs < 0 || fs >= ZCACHE_NATIVE_FS)
		return;
	/*
	 * Reclaim, which no mount keeps out, may have read the number before it was taken from
	 * the file system: it puts pages with interrupts off, so this waits for it.  Else it
	 * would put them where there is no pool any more, or the next file system's.
	 */
	synchronize_rcu();
	mutex_lock(&mutex);
	ops = rcu_dereference_protected(ops_now, lockdep_is_held(&mutex));
	if (ops)
		ops->fs_remove(fs);
	clear_bit(fs, mounted);
	mutex_unlock(&mutex);
}

static const struct cleancache_ops clean_ops = {
	.init_fs		= clean_init_fs,
	.init_shared_fs		= clean_init_shared_fs,
	.get_page		= clean_get,
	.put_page		= clean_put,
	.invalidate_page	= clean_forget,
	.invalidate_inode	= clean_forget_file,
	.invalidate_fs		= clean_remove_fs,
};

/**
 * zcache_native_register() - the back end is there
 * @ops: until zcache_native_unregister()
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: there is one.
 */
int zcache_native_register(const struct zcache_native_ops *ops)
{
	unsigned int fs;
	int err = -EBUSY;

	mutex_lock(&mutex);
	if (!rcu_access_pointer(ops_now)) {
		for_each_set_bit(fs, mounted, ZCACHE_NATIVE_FS)
			ops->fs_add(fs);
		rcu_assign_pointer(ops_now, ops);
		err = 0;
	}
	mutex_unlock(&mutex);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_native_register);

/**
 * zcache_native_unregister() - the back end goes
 * @ops: as registered; holds no page of a swap device.  What it holds of files is its to drop.
 *
 * Context: may sleep.  When it returns nobody is in a function of @ops.
 */
void zcache_native_unregister(const struct zcache_native_ops *ops)
{
	mutex_lock(&mutex);
	if (!WARN_ON_ONCE(rcu_access_pointer(ops_now) != ops))
		RCU_INIT_POINTER(ops_now, NULL);
	mutex_unlock(&mutex);
	synchronize_srcu(&srcu);
}
EXPORT_SYMBOL_GPL(zcache_native_unregister);

/**
 * zcache_native_exclusive_gets() - whether a page that was loaded is still stored
 * @on: it is not; the kernel writes it again when it swaps it out again
 *
 * The kernel has one switch for all back ends.  Another one behind us, as zswap even when it is
 * switched off, would never hear that its page is not needed any more.
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: there is another back end; -EOPNOTSUPP: no frontswap.
 */
int zcache_native_exclusive_gets(bool on)
{
	if (!IS_ENABLED(CONFIG_FRONTSWAP))
		return -EOPNOTSUPP;
	if (on && swap_ops.next)
		return -EBUSY;
	frontswap_tmem_exclusive_gets(on);
	return 0;
}
EXPORT_SYMBOL_GPL(zcache_native_exclusive_gets);

static int __init hooks_init(void)
{
	bool clean = false;

	if (IS_ENABLED(CONFIG_CLEANCACHE)) {
		clean = !cleancache_register_ops(&clean_ops);
		if (!clean)
			pr_err("cleancache has another back end\n");
	}
	if (IS_ENABLED(CONFIG_FRONTSWAP))
		frontswap_register_ops(&swap_ops);
	else if (!clean)
		return -EBUSY;
	/* Neither can be taken back. */
	__module_get(THIS_MODULE);
	pr_info("hooked into %s until reboot\n",
		!clean ? "frontswap" : IS_ENABLED(CONFIG_FRONTSWAP) ? "frontswap and cleancache" :
		"cleancache");
	return 0;
}

module_init(hooks_init);
MODULE_DESCRIPTION("Hooks of frontswap and cleancache, for zcache-native");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
