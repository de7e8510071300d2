// SPDX-License-Identifier: GPL-2.0-only
/* Entry and exit of tmem.ko. */
#include "internal.h"

#include <linux/module.h>

struct workqueue_struct *tmem_wq;

static int __init tmem_init(void)
{
	int err;

	err = tmem_stats_init();
	if (err)
		return err;
	/* Frees index memory, so it has to run while memory is short. */
	tmem_wq = alloc_workqueue("tmem", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tmem_wq) {
		tmem_stats_exit();
		return -ENOMEM;
	}
	return 0;
}

static void __exit tmem_exit(void)
{
	destroy_workqueue(tmem_wq);
	tmem_stats_exit();
}

module_init(tmem_init);
module_exit(tmem_exit);
MODULE_DESCRIPTION("Transcendent memory: from a handle to where a page is");
MODULE_LICENSE("GPL");
MODULE_VERSION(RAMSTER_VERSION);
