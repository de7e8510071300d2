// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of dm-zcache.ko. */
#include "internal.h"

#include <linux/module.h>
#include <linux/suspend.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

struct workqueue_struct *main_io_wq;	/* ends bios: waits for none */
struct workqueue_struct *main_stage_wq;	/* stores pages; may wait for the disk and for memory */

/* The image has what is held; the disk goes on without it. */
static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	switch (event) {
	case PM_HIBERNATION_PREPARE:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		victim_drop_every();
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block pm_notifier = {
	.notifier_call = pm_event,
};

static int __init dm_zcache_init(void)
{
	int err = -ENOMEM;

	main_io_wq = alloc_workqueue("dm_zcache_io", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!main_io_wq)
		return -ENOMEM;
	/*
	 * kswapd evicts hundreds of pages at once, and does not sleep in between: on the same
	 * processor a worker that did not come before it would find the ring full, and pages lost.
	 */
	main_stage_wq = alloc_workqueue("dm_zcache", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!main_stage_wq)
		goto out_io;
	err = evict_init();
	if (err)
		goto out_stage;
	err = register_pm_notifier(&pm_notifier);
	if (err)
		goto out_evict;
	err = target_init();
	if (err)
		goto out_pm;
	return 0;

out_pm:
	unregister_pm_notifier(&pm_notifier);
out_evict:
	evict_exit();
out_stage:
	destroy_workqueue(main_stage_wq);
out_io:
	destroy_workqueue(main_io_wq);
	return err;
}

static void __exit dm_zcache_exit(void)
{
	target_exit();
	unregister_pm_notifier(&pm_notifier);
	evict_exit();
	destroy_workqueue(main_stage_wq);
	destroy_workqueue(main_io_wq);
}

module_init(dm_zcache_init);
module_exit(dm_zcache_exit);
MODULE_DESCRIPTION("Clean pages that the page cache has evicted, compressed in RAM");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
