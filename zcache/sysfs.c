// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/zcache/: what scripts and the ramster command need.  Under lockdown
 * debugfs is hidden, this is not.
 */
#include "internal.h"

#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

static struct kobject *zcache_kobj;

#define SHOW(_name, _value)							\
static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
			    char *buf)						\
{										\
	return sysfs_emit(buf, "%lld\n", (long long)(_value));			\
}										\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

#define SHOW_STAT(_name)	SHOW(_name, zcache_stat_read(ZCACHE_ST_##_name))

static struct zcache_reserve_info reserve_now(void)
{
	struct zcache_reserve_info info;

	zcache_reserve_info(&info);
	return info;
}

static long frame_pages(enum zbud_kind kind)
{
	return atomic_long_read(&zcache_frame_pages[kind]);
}

static long all_frame_pages(void)
{
	return frame_pages(ZBUD_PERSISTENT) + frame_pages(ZBUD_EPHEMERAL) +
	       frame_pages(ZBUD_LENT);
}

SHOW_STAT(pers_zpages);
SHOW_STAT(pers_zbytes);
SHOW_STAT(eph_zpages);
SHOW_STAT(eph_zbytes);
SHOW_STAT(lent_zpages);
SHOW_STAT(lent_zbytes);
SHOW_STAT(same_filled_pages);
SHOW_STAT(raw_pages);
SHOW_STAT(remote_zpages);
SHOW_STAT(backing_pages);
SHOW_STAT(backing_writes);
SHOW_STAT(written_back);
SHOW_STAT(backing_reads);
SHOW_STAT(backing_read_errors);
SHOW_STAT(backing_write_errors);
SHOW_STAT(clean_copies);
SHOW_STAT(clean_copies_remote);
SHOW_STAT(clean_copy_hits);
SHOW_STAT(clean_copy_remote_hits);
SHOW_STAT(clean_copy_misses);
SHOW_STAT(pers_puts);
SHOW_STAT(pers_gets);
SHOW_STAT(failed_pers_puts);
SHOW_STAT(put_to_flush);
SHOW(pers_pages, frame_pages(ZBUD_PERSISTENT));
SHOW(eph_pages, frame_pages(ZBUD_EPHEMERAL));
SHOW(lent_pages, frame_pages(ZBUD_LENT));
SHOW(pool_pages, all_frame_pages());
SHOW(pers_limit_pages, zcache_limit_pages(ZBUD_PERSISTENT));
SHOW(eph_limit_pages, zcache_limit_pages(ZBUD_EPHEMERAL));
SHOW(lent_limit_pages, zcache_limit_pages(ZBUD_LENT));
SHOW(reserve_pages, reserve_now().pages);
SHOW(reserve_target, reserve_now().target);
SHOW(reserve_low, reserve_now().low);

static ssize_t compressors_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return zcache_compressors_show(buf);
}

static struct kobj_attribute compressors_attr = __ATTR_RO(compressors);

static ssize_t freeze_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", tmem_is_frozen());
}

static ssize_t freeze_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	bool on;
	int err = kstrtobool(buf, &on);

	if (err)
		return err;
	tmem_freeze(on);
	return count;
}

static struct kobj_attribute freeze_attr = __ATTR_RW(freeze);

static struct attribute *zcache_attrs[] = {
	&pers_zpages_attr.attr,
	&pers_zbytes_attr.attr,
	&eph_zpages_attr.attr,
	&eph_zbytes_attr.attr,
	&lent_zpages_attr.attr,
	&lent_zbytes_attr.attr,
	&same_filled_pages_attr.attr,
	&raw_pages_attr.attr,
	&remote_zpages_attr.attr,
	&backing_pages_attr.attr,
	&backing_writes_attr.attr,
	&written_back_attr.attr,
	&backing_reads_attr.attr,
	&backing_read_errors_attr.attr,
	&backing_write_errors_attr.attr,
	&clean_copies_attr.attr,
	&clean_copies_remote_attr.attr,
	&clean_copy_hits_attr.attr,
	&clean_copy_remote_hits_attr.attr,
	&clean_copy_misses_attr.attr,
	&pers_puts_attr.attr,
	&pers_gets_attr.attr,
	&failed_pers_puts_attr.attr,
	&put_to_flush_attr.attr,
	&pers_pages_attr.attr,
	&eph_pages_attr.attr,
	&lent_pages_attr.attr,
	&pool_pages_attr.attr,
	&pers_limit_pages_attr.attr,
	&eph_limit_pages_attr.attr,
	&lent_limit_pages_attr.attr,
	&reserve_pages_attr.attr,
	&reserve_target_attr.attr,
	&reserve_low_attr.attr,
	&compressors_attr.attr,
	&freeze_attr.attr,
	NULL
};

static const struct attribute_group zcache_group = {
	.attrs = zcache_attrs,
};

int zcache_sysfs_init(void)
{
	int err;

	zcache_kobj = kobject_create_and_add("zcache", kernel_kobj);
	if (!zcache_kobj)
		return -ENOMEM;
	err = sysfs_create_group(zcache_kobj, &zcache_group);
	if (err)
		kobject_put(zcache_kobj);
	return err;
}

void zcache_sysfs_exit(void)
{
	tmem_freeze(false);
	kobject_put(zcache_kobj);
}
