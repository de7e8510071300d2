// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/ramster/: what scripts and the ramster command need.  Under lockdown debugfs
 * is hidden, this is not.
 */
#include "internal.h"

#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct kobject *ramster_kobj;

#define SHOW_STAT(_name)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%llu\n", ramster_stat_read(RAMSTER_ST_##_name));	\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

SHOW_STAT(remote_pers_pages);
SHOW_STAT(remote_eph_pages);
SHOW_STAT(pers_pages_remoted);
SHOW_STAT(eph_pages_remoted);
SHOW_STAT(pers_pages_remote_failed);
SHOW_STAT(remote_pers_pages_succ_get);
SHOW_STAT(remote_pers_pages_unsucc_get);
SHOW_STAT(pages_home);
SHOW_STAT(pages_repaired);
SHOW_STAT(pages_lost);
SHOW_STAT(bad_seals);
SHOW_STAT(flushing_pages);

/* A line for each node that lends to us or could: number, state, copies it has, room. */
static ssize_t lenders_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int number;
	int len = 0;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		const struct ramster_peer *peer = ramster_peer(number);
		enum ramster_peer_state state = READ_ONCE(peer->state);
		long held = atomic_long_read(&peer->held);

		if (state != PEER_DOWN || held)
			len += sysfs_emit_at(buf, len, "%u %s %ld %u\n", number,
					     ramster_peer_state_text(state), held,
					     READ_ONCE(peer->room));
	}
	return len;
}

static struct kobj_attribute lenders_attr = __ATTR_RO(lenders);

/* A line for each node that has answered gets: number, how many, microseconds they took. */
static ssize_t gets_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int number;
	int len = 0;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		const struct ramster_peer *peer = ramster_peer(number);
		u64 gets = atomic64_read(&peer->gets);

		if (gets)
			len += sysfs_emit_at(buf, len, "%u %llu %llu\n", number, gets,
					     div_u64(atomic64_read(&peer->get_ns), NSEC_PER_USEC));
	}
	return len;
}

static struct kobj_attribute gets_attr = __ATTR_RO(gets);

/* A line for each node that we lend to: number, persistent pages of it. */
static ssize_t owners_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return ramster_accounts_show(buf, 0);
}

static struct kobj_attribute owners_attr = __ATTR_RO(owners);

/* The number of a node that is away for good: what it has here is dropped. */
static ssize_t drop_owner_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t count)
{
	unsigned int owner;
	int err = kstrtouint(buf, 10, &owner);

	if (!err)
		err = owner < CLUSTER_NODES_MAX ? ramster_account_drop(owner) : -ERANGE;
	return err ?: count;
}

static struct kobj_attribute drop_owner_attr = __ATTR_WO(drop_owner);

static ssize_t room_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ramster_lend_room());
}

static struct kobj_attribute room_attr = __ATTR_RO(room);

/* A line for each direction: name, pages per second of late. */
static ssize_t rates_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return ramster_rates_show(buf);
}

static struct kobj_attribute rates_attr = __ATTR_RO(rates);

/* Whether there may be pages with fewer copies than they should have. */
static ssize_t repairing_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", ramster_home_repairing());
}

static struct kobj_attribute repairing_attr = __ATTR_RO(repairing);

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", ramster_joined());
}

static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (!err)
		err = on ? ramster_join() : ramster_leave();
	return err ?: count;
}

static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);

static struct attribute *ramster_attrs[] = {
	&remote_pers_pages_attr.attr,
	&remote_eph_pages_attr.attr,
	&pers_pages_remoted_attr.attr,
	&eph_pages_remoted_attr.attr,
	&pers_pages_remote_failed_attr.attr,
	&remote_pers_pages_succ_get_attr.attr,
	&remote_pers_pages_unsucc_get_attr.attr,
	&pages_home_attr.attr,
	&pages_repaired_attr.attr,
	&pages_lost_attr.attr,
	&bad_seals_attr.attr,
	&flushing_pages_attr.attr,
	&lenders_attr.attr,
	&gets_attr.attr,
	&owners_attr.attr,
	&drop_owner_attr.attr,
	&rates_attr.attr,
	&repairing_attr.attr,
	&room_attr.attr,
	&enabled_attr.attr,
	NULL
};

static const struct attribute_group ramster_group = {
	.attrs = ramster_attrs,
};

int ramster_sysfs_init(void)
{
	int err;

	ramster_kobj = kobject_create_and_add("ramster", kernel_kobj);
	if (!ramster_kobj)
		return -ENOMEM;
	ramster_rates_start();
	err = sysfs_create_group(ramster_kobj, &ramster_group);
	if (err) {
		ramster_rates_stop();
		kobject_put(ramster_kobj);
	}
	return err;
}

void ramster_sysfs_exit(void)
{
	kobject_del(ramster_kobj);
	kobject_put(ramster_kobj);
	ramster_rates_stop();
}
