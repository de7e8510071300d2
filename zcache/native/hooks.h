/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcache-hooks - the kernel's frontswap and cleancache, for a back end that can be unloaded
 *
 * The kernel never lets go of a back end, so the module that it knows stays for ever.  That
 * one does nothing but call a table, which the back end proper registers and takes back.
 */
#ifndef RAMSTER_NATIVE_HOOKS_H
#define RAMSTER_NATIVE_HOOKS_H

#include <linux/cleancache.h>
#include <linux/frontswap.h>
#include <linux/types.h>

struct page;

/* The file systems that may have a pool at once; those beyond are not cached. */
#define ZCACHE_NATIVE_FS	64

/**
 * struct zcache_native_ops - what a back end does
 * @store:	keep a page of a swap device; 0, or any other number: it is not kept
 * @load:	bring it back; 0, or -errno: it is not here
 * @forget:	a slot is free.  Atomic.
 * @forget_all:	a swap device is gone
 * @fs_add:	a file system is mounted, and has no page here
 * @fs_put:	a clean page of it leaves the page cache.  Interrupts are off.
 * @fs_get:	0: the page is filled, and not kept any more; -errno: it is not here
 * @fs_forget:	a page of a file changes.  Atomic.
 * @fs_forget_file: all pages of a file
 * @fs_remove:	it is unmounted
 *
 * May sleep unless it says otherwise.
 */
struct zcache_native_ops {
	int	(*store)(unsigned int type, pgoff_t offset, struct page *page);
	int	(*load)(unsigned int type, pgoff_t offset, struct page *page);
	void	(*forget)(unsigned int type, pgoff_t offset);
	void	(*forget_all)(unsigned int type);
	void	(*fs_add)(unsigned int fs);
	void	(*fs_put)(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
			  struct page *page);
	int	(*fs_get)(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
			  struct page *page);
	void	(*fs_forget)(unsigned int fs, const struct cleancache_filekey *key,
			     pgoff_t index);
	void	(*fs_forget_file)(unsigned int fs, const struct cleancache_filekey *key);
	void	(*fs_remove)(unsigned int fs);
};

int __must_check zcache_native_register(const struct zcache_native_ops *ops);
void zcache_native_unregister(const struct zcache_native_ops *ops);
int __must_check zcache_native_exclusive_gets(bool on);

#endif /* RAMSTER_NATIVE_HOOKS_H */
