// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pages go and come in a second: counters are looked at once a second, and what
 * they are now is compared with what they were some seconds ago.
 */
#include "internal.h"

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sysfs.h>

#define LOOK_EVERY	HZ

/* Over so many looks: long enough to be read, short enough to be live. */
#define LOOKS		5

static const struct {
	const char		*name;
	enum ramster_stat	stat;
} rated[] = {
	{ "out",		RAMSTER_ST_pers_pages_remoted },
	{ "out_ephemeral",	RAMSTER_ST_eph_pages_remoted },
	{ "got",		RAMSTER_ST_remote_pers_pages_succ_get },
	{ "got_ephemeral",	RAMSTER_ST_remote_eph_pages_succ_get },
	{ "home",		RAMSTER_ST_pages_home },
	{ "dropped",		RAMSTER_ST_remote_pages_flushed },
	{ "taken_in",		RAMSTER_ST_foreign_pers_puts },
	{ "taken_in_ephemeral",	RAMSTER_ST_foreign_eph_puts },
	{ "given_back",		RAMSTER_ST_foreign_gets },
};

struct look {
	unsigned long	when;
	u64		value[ARRAY_SIZE(rated)];
};

static DEFINE_SPINLOCK(rate_lock);	/* order 8: looks */
static struct look looks[LOOKS];
static unsigned int last;

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

static void take(struct look *to)
{
	unsigned int nr;

	to->when = jiffies;
	for (nr = 0; nr < ARRAY_SIZE(rated); nr++)
		to->value[nr] = ramster_stat_read(rated[nr].stat);
}

static void look(struct work_struct *work)
{
	struct look now;

	take(&now);
	spin_lock(&rate_lock);
	last = (last + 1) % LOOKS;
	looks[last] = now;
	spin_unlock(&rate_lock);
	queue_delayed_work(system_unbound_wq, &look_work, LOOK_EVERY);
}

/**
 * ramster_rates_show() - a line for each direction: name, pages per second
 * @buf: one page
 *
 * Context: may sleep.
 * Return: bytes in it.
 */
int ramster_rates_show(char *buf)
{
	struct look now, before;
	unsigned long elapsed;
	unsigned int nr;
	int len = 0;

	take(&now);
	spin_lock(&rate_lock);
	before = looks[(last + 1) % LOOKS];
	spin_unlock(&rate_lock);
	elapsed = max(now.when - before.when, 1UL);
	for (nr = 0; nr < ARRAY_SIZE(rated); nr++)
		len += sysfs_emit_at(buf, len, "%s %llu\n", rated[nr].name,
				     div_u64((now.value[nr] - before.value[nr]) * HZ, elapsed));
	return len;
}

/**
 * ramster_rates_start() - begin to look
 *
 * Context: may sleep.
 */
void ramster_rates_start(void)
{
	unsigned int nr;

	for (nr = 0; nr < LOOKS; nr++)
		take(&looks[nr]);
	queue_delayed_work(system_unbound_wq, &look_work, LOOK_EVERY);
}

/**
 * ramster_rates_stop() - the opposite
 *
 * Context: may sleep.
 */
void ramster_rates_stop(void)
{
	cancel_delayed_work_sync(&look_work);
}
