// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits, switches and tunables: module parameters, checked when written, in
 * /sys/module/ramster/parameters/.
 */
#include "internal.h"
#include "common/param.h"

#include <linux/mm.h>
#include <linux/module.h>

/* Off by default in the original; here a page goes only where it is safe. */
static bool pers_remotify_enable = true;
module_param(pers_remotify_enable, bool, 0644);
MODULE_PARM_DESC(pers_remotify_enable, "move persistent pages to other nodes (default Y)");

static bool eph_remotify_enable = true;
module_param(eph_remotify_enable, bool, 0644);
MODULE_PARM_DESC(eph_remotify_enable, "move ephemeral pages to other nodes (default Y)");

static bool pers_lend_enable = true;
module_param(pers_lend_enable, bool, 0644);
MODULE_PARM_DESC(pers_lend_enable, "keep persistent pages of other nodes (default Y)");

static bool eph_lend_enable = true;
module_param(eph_lend_enable, bool, 0644);
MODULE_PARM_DESC(eph_lend_enable, "keep ephemeral pages of other nodes (default Y)");

static bool single_copy;

/* One copy more than before: what is elsewhere by now has too few. */
static int single_copy_set(const char *val, const struct kernel_param *kp)
{
	bool before = READ_ONCE(single_copy);
	int err = param_set_bool(val, kp);

	if (!err && before && !READ_ONCE(single_copy))
		ramster_home_repair();
	return err;
}

static const struct kernel_param_ops single_copy_ops = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= single_copy_set,
	.get	= param_get_bool,
};

module_param_cb(single_copy, &single_copy_ops, &single_copy, 0644);
__MODULE_PARM_TYPE(single_copy, "bool");
MODULE_PARM_DESC(single_copy,
		 "one copy of a page is enough: if its node is lost, so is the page (default N)");

BOUNDED_PARAM(move_high_percent, 80, 0, 100, 0644,
	      "pages begin to move at this part of the store's limit (default 80)");
BOUNDED_PARAM(move_low_percent, 70, 0, 100, 0644,
	      "and stop to at this one (default 70)");

/* 5 % every 5 s are the original's selfshrinker's. */
BOUNDED_PARAM(home_percent, 5, 0, 100, 0644,
	      "of the pages elsewhere that come home at a time when there is room, 0: none (default 5)");
BOUNDED_PARAM(home_interval_ms, 5000, 100, 3600000, 0644,
	      "time between two such times (default 5000)");
BOUNDED_PARAM(home_free_percent, 25, 0, 100, 0644,
	      "of RAM that must be free for it (default 25)");

BOUNDED_PARAM(request_timeout_ms, 2000, 100, 60000, 0644,
	      "how long another node may take to answer until it is asked again (default 2000)");
BOUNDED_PARAM(get_limit_ms, 60000, 1000, CLUSTER_TIMEOUT_MAX_MS, 0644,
	      "how long a page may take while its node is there but does not answer (default 60000)");

BOUNDED_PARAM(lend_floor_mib, 64, 0, UINT_MAX >> 8, 0644,
	      "memory that is not lent, MiB: less is available, nothing is taken in (default 64)");
BOUNDED_PARAM(orphan_timeout, 3600, 10, UINT_MAX / HZ, 0644,
	      "pages of a node that has been away for so many seconds are dropped (default 3600)");
BOUNDED_PARAM(leave_timeout, 60, 1, 86400, 0644,
	      "leaving gives up when nothing has come home for so many seconds (default 60)");
BOUNDED_PARAM(reboot_timeout, 10, 0, 3600, 0644,
	      "seconds that a reboot waits for others to take their pages back (default 10)");

/* How many other nodes a persistent page is on when it leaves this one. */
unsigned int ramster_copies(void)
{
	return READ_ONCE(single_copy) ? 1 : RAMSTER_COPIES_MAX;
}

bool ramster_remotify(bool persistent)
{
	return READ_ONCE(*(persistent ? &pers_remotify_enable : &eph_remotify_enable));
}

bool ramster_lend(bool persistent)
{
	return !ramster_leaving() &&
	       READ_ONCE(*(persistent ? &pers_lend_enable : &eph_lend_enable));
}

unsigned int ramster_move_high_percent(void)
{
	return bounded_read(&move_high_percent);
}

/* Never above the other one, whatever was written. */
unsigned int ramster_move_low_percent(void)
{
	return min(bounded_read(&move_low_percent), bounded_read(&move_high_percent));
}

unsigned int ramster_home_percent(void)
{
	return bounded_read(&home_percent);
}

unsigned int ramster_home_interval_ms(void)
{
	return bounded_read(&home_interval_ms);
}

unsigned int ramster_home_free_percent(void)
{
	return bounded_read(&home_free_percent);
}

unsigned int ramster_request_timeout_ms(void)
{
	return bounded_read(&request_timeout_ms);
}

unsigned int ramster_get_limit_ms(void)
{
	return bounded_read(&get_limit_ms);
}

unsigned int ramster_orphan_timeout_s(void)
{
	return bounded_read(&orphan_timeout);
}

unsigned int ramster_reboot_timeout_s(void)
{
	return bounded_read(&reboot_timeout);
}

unsigned int ramster_leave_timeout_s(void)
{
	return bounded_read(&leave_timeout);
}

unsigned long ramster_lend_floor_pages(void)
{
	return (unsigned long)bounded_read(&lend_floor_mib) << (20 - PAGE_SHIFT);
}
