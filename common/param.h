/* SPDX-License-Identifier: GPL-2.0-only */
/* Module parameters that are a number between two bounds, checked when they are written. */
#ifndef RAMSTER_COMMON_PARAM_H
#define RAMSTER_COMMON_PARAM_H

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sysfs.h>

/**
 * struct bounded - a number between two bounds
 * @name:	of the parameter, for the log
 * @value:	now
 * @min:	least that is taken
 * @max:	most that is taken
 */
struct bounded {
	const char	*name;
	unsigned int	value;
	unsigned int	min;
	unsigned int	max;
};

static inline int bounded_set(const char *val, const struct kernel_param *kp)
{
	struct bounded *b = kp->arg;
	unsigned int value;

	if (kstrtouint(val, 0, &value) || value < b->min || value > b->max) {
		pr_err("%s must be a number from %u to %u\n", b->name, b->min, b->max);
		return -EINVAL;
	}
	WRITE_ONCE(b->value, value);
	return 0;
}

static inline int bounded_get(char *buf, const struct kernel_param *kp)
{
	const struct bounded *b = kp->arg;

	return sysfs_emit(buf, "%u\n", READ_ONCE(b->value));
}

static inline unsigned int bounded_read(const struct bounded *b)
{
	return READ_ONCE(b->value);
}

static const struct kernel_param_ops bounded_ops = {
	.set	= bounded_set,
	.get	= bounded_get,
};

#define BOUNDED_PARAM(_name, _default, _min, _max, _perm, _desc)	\
	static struct bounded _name = {					\
		.name = #_name, .value = _default, .min = _min, .max = _max \
	};								\
	module_param_cb(_name, &bounded_ops, &_name, _perm);		\
	MODULE_PARM_DESC(_name, _desc)

#endif /* RAMSTER_COMMON_PARAM_H */
