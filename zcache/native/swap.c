// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of swap devices, by frontswap.
 *
 * What is stored is nowhere else, and the kernel cannot be told that a page is lost: after
 * a load that fails it reads the swap device, which has something else in this place.  So
 * these pages stay on this machine, where nothing but broken memory can lose one, and a
 * load that fails all the same kills who reads it.
 */
#include "native.h"

#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>

/* As in the original: neighbours are in different objects, so in different buckets of tmem. */
#define OBJECT_BITS	8
#define OBJECTS		BIT(OBJECT_BITS)

static bool frontswap = true;
module_param(frontswap, bool, 0644);
MODULE_PARM_DESC(frontswap, "store pages that are swapped out (default Y); what is stored can always be loaded");

static bool frontswap_ignore_nonactive;
module_param(frontswap_ignore_nonactive, bool, 0644);
MODULE_PARM_DESC(frontswap_ignore_nonactive, "leave pages that were never active to the swap device (default N)");

static bool exclusive_gets;

static int set_exclusive_gets(const char *val, const struct kernel_param *kp)
{
	bool on;
	int err = kstrtobool(val, &on);

	if (err)
		return err;
	err = zcache_native_exclusive_gets(on);
	if (err == -EBUSY)
		pr_err("exclusive_gets: refused, zswap is a back end of frontswap too\n");
	if (!err)
		WRITE_ONCE(exclusive_gets, on);
	return err;
}

static const struct kernel_param_ops exclusive_gets_ops = {
	.set	= set_exclusive_gets,
	.get	= param_get_bool,
};

module_param_cb(exclusive_gets, &exclusive_gets_ops, &exclusive_gets, 0644);
MODULE_PARM_DESC(exclusive_gets, "a page that is loaded is not kept (default N)");

static struct zcache_pool *pool;

static struct tmem_oid object_of(unsigned int type, pgoff_t offset)
{
	return (struct tmem_oid){
		.word = { (u64)type << OBJECT_BITS | (offset & (OBJECTS - 1)) },
	};
}

/* Each stored page keeps us loaded.  Returns 0, or why it is not stored. */
int native_store(unsigned int type, pgoff_t offset, struct page *page)
{
	struct tmem_oid oid = object_of(type, offset);
	int err;

	if (!READ_ONCE(frontswap) || PageTransHuge(page) || offset >> OBJECT_BITS > U32_MAX)
		return -EINVAL;
	if (READ_ONCE(frontswap_ignore_nonactive) && !PageWorkingset(page)) {
		native_count(stores_nonactive);
		return -EINVAL;
	}
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	err = zcache_put(pool, &oid, offset >> OBJECT_BITS, page);
	if (err) {
		native_count(stores_failed);
		module_put(THIS_MODULE);
		return err;
	}
	native_count(stores);
	return 0;
}

static bool forget(unsigned int type, pgoff_t offset)
{
	struct tmem_oid oid = object_of(type, offset);

	if (!zcache_flush_page(pool, &oid, offset >> OBJECT_BITS))
		return false;
	module_put(THIS_MODULE);
	return true;
}

/* A page that another back end has is not here: then that is no failure. */
int native_load(unsigned int type, pgoff_t offset, struct page *page)
{
	struct tmem_oid oid = object_of(type, offset);
	int err = zcache_get(pool, &oid, offset >> OBJECT_BITS, page);

	if (!err) {
		native_count(loads);
		if (READ_ONCE(exclusive_gets))
			forget(type, offset);
		return 0;
	}
	if (err == -ENOENT)
		return err;
	native_count(loads_failed);
	pr_err_ratelimited("page %lu of swap device %u cannot be read (%d): %s is killed\n",
			   offset, type, err, current->comm);
	clear_highpage(page);
	send_sig(SIGKILL, current, 1);
	return 0;
}

/* Atomic. */
void native_forget(unsigned int type, pgoff_t offset)
{
	if (forget(type, offset))
		native_count(forgotten);
}

void native_forget_all(unsigned int type)
{
	unsigned long left = 0;
	unsigned int i;

	for (i = 0; i < OBJECTS; i++) {
		struct tmem_oid oid = object_of(type, i);

		left += zcache_flush_range(pool, &oid, 0, U32_MAX);
	}
	native_count_add(forgotten, left);
	while (left--)
		module_put(THIS_MODULE);
}

int native_swap_init(void)
{
	pool = zcache_pool_create(TMEM_LOCAL_CLIENT, true);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	zcache_pool_stays(pool);
	return 0;
}

void native_swap_exit(void)
{
	/* The switch is the kernel's; whoever comes next begins as we did. */
	if (exclusive_gets && zcache_native_exclusive_gets(false))
		pr_err("exclusive gets stay on\n");
	zcache_pool_destroy(pool);
}
