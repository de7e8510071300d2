// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep and the end of this machine.
 *
 * A machine that sleeps does not answer, for longer than anybody waits: before, it leaves,
 * and if it cannot it stays awake.  One that is about to stop cannot bring its pages home
 * and need not; but those of others should not end with it.
 */
#include "internal.h"

#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

/* Left to sleep; only changed by the notifier, which is called one at a time. */
static bool asleep;

static int sleep_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	int err;

	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		if (!ramster_joined())
			break;
		err = ramster_leave();
		if (err) {
			pr_err("this machine cannot sleep: not all pages are where they belong: %d\n",
			       err);
			return notifier_from_errno(err);
		}
		asleep = true;
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		if (!asleep)
			break;
		asleep = false;
		err = ramster_join();
		if (err)
			pr_err("not joined again after sleep: %d\n", err);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block sleep_block = { .notifier_call = sleep_event };

static int reboot_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	ramster_reboot();
	return NOTIFY_OK;
}

static struct notifier_block reboot_block = { .notifier_call = reboot_event };

int ramster_power_init(void)
{
	int err = register_pm_notifier(&sleep_block);

	if (err)
		return err;
	err = register_reboot_notifier(&reboot_block);
	if (err)
		unregister_pm_notifier(&sleep_block);
	return err;
}

void ramster_power_exit(void)
{
	unregister_reboot_notifier(&reboot_block);
	unregister_pm_notifier(&sleep_block);
}
