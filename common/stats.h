/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters and gauges, the same way in every module of ours.
 *
 * A module lists its events and its gauges once, as an X-macro in its stats.h;
 * enum, names, help texts and debugfs files all expand from that list.  Events
 * are per CPU, only grow and are summed when they are read.  Gauges are such sums as
 * well, or are computed by the module when they are read.  debugfs is for reading and its absence
 * never fails a load.
 */
#ifndef RAMSTER_COMMON_STATS_H
#define RAMSTER_COMMON_STATS_H

#include <linux/debugfs.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/types.h>

/**
 * struct stat_desc - one readable number
 * @name:	file name
 * @help:	what is counted, with the unit
 * @read:	returns the present value of number @nr
 * @nr:		passed to @read
 */
struct stat_desc {
	const char	*name;
	const char	*help;
	u64		(*read)(unsigned int nr);
	unsigned int	nr;
};

/* The sum is not a snapshot: other CPUs go on counting. */
static inline u64 stats_sum(const u64 __percpu *events, unsigned int nr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(events, cpu)[nr]);
	return sum;
}

static inline int stat_show(struct seq_file *m, void *unused)
{
	const struct stat_desc *desc = m->private;

	seq_printf(m, "%llu\n", desc->read(desc->nr));
	return 0;
}

static inline int stat_open(struct inode *inode, struct file *file)
{
	return single_open(file, stat_show, inode->i_private);
}

/**
 * stats_publish() - make one debugfs file per number
 * @dir:	debugfs directory, may be an error pointer
 * @desc:	the numbers; must live as long as @dir
 * @count:	how many
 * @fops:	file operations made with STATS_FOPS of the calling module
 */
static inline void stats_publish(struct dentry *dir, const struct stat_desc *desc,
				 unsigned int count, const struct file_operations *fops)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		debugfs_create_file(desc[i].name, 0444, dir, (void *)&desc[i], fops);
}

/* The owner must be the module that reads, so that an open file pins it. */
#define STATS_FOPS {					\
	.owner		= THIS_MODULE,			\
	.open		= stat_open,			\
	.read		= seq_read,			\
	.llseek		= seq_lseek,			\
	.release	= single_release,		\
}

#endif /* RAMSTER_COMMON_STATS_H */
