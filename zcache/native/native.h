/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcache-native internals: pages that the kernel itself hands over, by frontswap and
 * cleancache, in pools of the store.
 *
 * Locks, outermost first.
 *   1 hooks' mutex	mutex	registering; a file system comes or goes
 *   2 ring.lock	spin, irqs off	which pages are staged.  The kernel's i_pages lock may
 *				be held outside it; the locks of tmem are taken inside it
 */
#ifndef RAMSTER_NATIVE_H
#define RAMSTER_NATIVE_H

#include "hooks.h"
#include "stats.h"
#include "../zcache.h"

/* swap.c */
int native_swap_init(void);
void native_swap_exit(void);
int native_store(unsigned int type, pgoff_t offset, struct page *page);
int native_load(unsigned int type, pgoff_t offset, struct page *page);
void native_forget(unsigned int type, pgoff_t offset);
void native_forget_all(unsigned int type);

/* shrink.c */
void native_shrink_start(void);
void native_shrink_stop(void);

/* clean.c */
void native_clean_exit(void);
void native_fs_add(unsigned int fs);
void native_fs_put(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
		   struct page *page);
int native_fs_get(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
		  struct page *page);
void native_fs_forget(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index);
void native_fs_forget_file(unsigned int fs, const struct cleancache_filekey *key);
void native_fs_remove(unsigned int fs);

/* ring.c */

/**
 * struct native_name - which page of which file
 * @pool:	of its file system
 * @oid:	the file
 * @index:	the page
 */
struct native_name {
	struct zcache_pool	*pool;
	struct tmem_oid		oid;
	u32			index;
};

int native_ring_init(void);
void native_ring_exit(void);
bool native_ring_add(const struct native_name *name, struct page *page);
int native_ring_take(const struct native_name *name, struct page *page);
void native_ring_drop(const struct native_name *name);
void native_ring_drop_file(const struct native_name *name);
void native_ring_drain(struct zcache_pool *pool);

#endif /* RAMSTER_NATIVE_H */
