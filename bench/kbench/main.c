// SPDX-License-Identifier: GPL-2.0-only
/*
 * kbench - time 4 KiB bios to block devices from inside the kernel
 *
 * No system call and no page fault is in the way: what is timed is the device.  Within
 * a round the devices take turns, operation by operation, so that a slow phase of the
 * machine meets them all; which one is first changes from round to round.
 *
 * Loading the module runs the benchmark and prints a line for each pass:
 *
 *	kbench: ROUND DEV OP p50=NS p99=NS mean=NS wall=NS
 *
 * where wall is the time from start to end by the number of pages, copying the pages to
 * write included.  Loading then fails with ECANCELED on purpose: there is nothing to
 * unload.
 */
#include "internal.h"

#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define MAX_DEVS	4
#define MAX_OPS		8
#define MAX_THREADS	64

static char *devs[MAX_DEVS];
static int nr_devs;
module_param_array(devs, charp, &nr_devs, 0444);
MODULE_PARM_DESC(devs, "block devices, up to four; their contents are lost");

static char *ops[MAX_OPS];
static int nr_ops;
module_param_array(ops, charp, &nr_ops, 0444);
MODULE_PARM_DESC(ops, "seqwrite, seqread, rndwrite, rndread, free, halve; done in turn");

static char *corpus;
module_param(corpus, charp, 0444);
MODULE_PARM_DESC(corpus, "file whose pages are written");

static unsigned int pages = 8192;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "pages of each device to use");

static unsigned int rounds = 10;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds; what is read in the last one is compared");

static unsigned int threads = 1;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "threads that share the pages");

static const char * const op_names[KBENCH_OPS] = {
	"seqwrite", "seqread", "rndwrite", "rndread", "free", "halve"
};

static struct kbench_data data;
static struct kbench_dev targets[MAX_DEVS];

static void report(unsigned int round, int dev, const struct kbench_pass *pass)
{
	unsigned int count = pass->op == KBENCH_HALVE ? data.pages / 2 : data.pages;
	struct bench_summary ns = bench_summary(&pass->wall, data.times, count);

	pr_info("kbench: %u %s %s p50=%llu p99=%llu mean=%llu wall=%llu\n", round,
		kbasename(devs[dev]), op_names[pass->op], ns.p50, ns.p99, ns.mean,
		div_u64(pass->wall.ns, count));
}

static int run_op(unsigned int round, int nr)
{
	int i, op = match_string(op_names, KBENCH_OPS, ops[nr]);

	if (op < 0)
		return op;
	for (i = 0; i < nr_devs; i++) {
		int dev = (round + i) % nr_devs;
		struct kbench_pass pass = {
			.data = &data,
			.dev = &targets[dev],
			.op = op,
			.salt = round * 7919 + nr * 13,
			.threads = threads,
			.verify = round == rounds - 1,
		};
		int err = kbench_run_pass(&pass);

		if (err)
			return err;
		report(round, dev, &pass);
	}
	return 0;
}

static int run(void)
{
	unsigned int round;
	int nr, err = 0;

	for (round = 0; round < rounds; round++)
		for (nr = 0; nr < nr_ops && !err; nr++)
			err = run_op(round, nr);
	return err;
}

static int load_corpus(void)
{
	struct file *file = filp_open(corpus, O_RDONLY, 0);
	loff_t pos = 0, size;
	ssize_t got = 1;

	if (IS_ERR(file))
		return PTR_ERR(file);
	size = i_size_read(file_inode(file)) & PAGE_MASK;
	data.corpus_pages = size >> PAGE_SHIFT;
	data.corpus = size ? vmalloc(size) : NULL;
	while (data.corpus && pos < size && got > 0)
		got = kernel_read(file, data.corpus + pos, size - pos, &pos);
	fput(file);
	if (!data.corpus)
		return -ENOMEM;
	return pos == size ? 0 : -EIO;
}

static int open_dev(int nr)
{
	struct file *file = bdev_file_open_by_path(devs[nr], BLK_OPEN_READ | BLK_OPEN_WRITE,
						   NULL, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	targets[nr].file = file;
	targets[nr].bdev = file_bdev(file);
	targets[nr].holds = vcalloc(data.pages, sizeof(*targets[nr].holds));
	return targets[nr].holds ? 0 : -ENOMEM;
}

static void swap_slots(unsigned int a, unsigned int b)
{
	swap(data.order[a], data.order[b]);
}

static int prepare(void)
{
	unsigned int i;
	int d, err;

	if (!nr_devs || !nr_ops || !corpus || pages < 2 || !threads || threads > MAX_THREADS)
		return -EINVAL;
	data.pages = pages;
	data.order = vmalloc_array(pages, sizeof(*data.order));
	data.times = vmalloc_array(pages, sizeof(*data.times));
	if (!data.order || !data.times)
		return -ENOMEM;
	for (i = 0; i < pages; i++)
		data.order[i] = i;
	for (i = pages - 1; i; i--)
		swap_slots(i, get_random_u32_below(i + 1));
	for (d = 0; d < nr_devs; d++) {
		err = open_dev(d);
		if (err)
			return err;
	}
	return load_corpus();
}

static void clean_up(void)
{
	int d;

	for (d = 0; d < nr_devs; d++) {
		if (targets[d].file)
			bdev_fput(targets[d].file);
		vfree(targets[d].holds);
	}
	vfree(data.corpus);
	vfree(data.times);
	vfree(data.order);
}

static int __init kbench_init(void)
{
	int err = prepare();

	if (!err)
		err = run();
	if (err)
		pr_err("kbench: failed with %d\n", err);
	else
		pr_info("kbench: verified\n");
	clean_up();
	return err ? err : -ECANCELED;
}

module_init(kbench_init);
MODULE_DESCRIPTION("Times 4 KiB bios from inside the kernel");
MODULE_LICENSE("GPL");
