// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clean pages of files, by cleancache: an ephemeral pool for each file system.
 *
 * A page is in the page cache or here, not in both: a get takes it out.  What the kernel
 * tells us to forget is gone from the ring and from the store when we return.
 */
#include "native.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/string.h>

static bool cleancache = true;
module_param(cleancache, bool, 0644);
MODULE_PARM_DESC(cleancache, "keep clean pages of files (default Y)");

static bool cleancache_ignore_nonactive = true;
module_param(cleancache_ignore_nonactive, bool, 0644);
MODULE_PARM_DESC(cleancache_ignore_nonactive, "not those that were never active, as of a file that is read once (default Y)");

/* NULL: no memory for a pool when it was mounted.  The hooks' mutex. */
static struct zcache_pool *pools[ZCACHE_NATIVE_FS];

static_assert(sizeof_field(struct cleancache_filekey, u) == sizeof(struct tmem_oid));

/* Whether a page can have a name here at all. */
static bool name_of(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
		    struct native_name *name)
{
	if (fs >= ZCACHE_NATIVE_FS || index > U32_MAX)
		return false;
	name->pool = READ_ONCE(pools[fs]);
	if (!name->pool)
		return false;
	name->index = index;
	memcpy(&name->oid, &key->u, sizeof(name->oid));
	return true;
}

void native_fs_add(unsigned int fs)
{
	struct zcache_pool *pool = zcache_pool_create(TMEM_LOCAL_CLIENT, false);

	if (!IS_ERR(pool))
		WRITE_ONCE(pools[fs], pool);
	else
		pr_notice("pages of a file system are not kept: error %ld\n", PTR_ERR(pool));
}

void native_fs_remove(unsigned int fs)
{
	struct zcache_pool *pool = pools[fs];

	if (!pool)
		return;
	WRITE_ONCE(pools[fs], NULL);
	native_ring_drain(pool);
	zcache_pool_destroy(pool);
}

static bool wanted(struct page *page)
{
	if (!READ_ONCE(cleancache) || PageHWPoison(page))
		return false;
	if (!READ_ONCE(cleancache_ignore_nonactive) || PageWorkingset(page))
		return true;
	native_count(puts_nonactive);
	return false;
}

/* Interrupts are off, and the lock of the file's pages is held. */
void native_fs_put(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
		   struct page *page)
{
	struct native_name name;

	if (!name_of(fs, key, index, &name))
		return;
	if (wanted(page)) {
		if (native_ring_add(&name, page)) {
			native_count(puts);
			return;
		}
		native_count(puts_dropped);
	}
	/* It may have been here before. */
	native_ring_drop(&name);
	zcache_flush_page(name.pool, &name.oid, name.index);
}

int native_fs_get(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index,
		  struct page *page)
{
	struct native_name name;
	int err;

	if (!name_of(fs, key, index, &name))
		return -ENOENT;
	err = native_ring_take(&name, page);
	if (!err) {
		native_count(gets_staged);
		zcache_flush_page(name.pool, &name.oid, name.index);
	} else if (err == -ENOENT) {
		err = zcache_get(name.pool, &name.oid, name.index, page);
	}
	if (err)
		native_count(gets_failed);
	else
		native_count(gets);
	return err;
}

/* Atomic. */
void native_fs_forget(unsigned int fs, const struct cleancache_filekey *key, pgoff_t index)
{
	struct native_name name;

	if (!name_of(fs, key, index, &name))
		return;
	native_ring_drop(&name);
	zcache_flush_page(name.pool, &name.oid, name.index);
}

void native_fs_forget_file(unsigned int fs, const struct cleancache_filekey *key)
{
	struct native_name name;

	if (!name_of(fs, key, 0, &name))
		return;
	native_ring_drop_file(&name);
	zcache_flush_range(name.pool, &name.oid, 0, U32_MAX);
}

/* The hooks do not call any more. */
void native_clean_exit(void)
{
	unsigned int fs;

	for (fs = 0; fs < ZCACHE_NATIVE_FS; fs++)
		native_fs_remove(fs);
}
