// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ramster does: pages of a device go to the other machine, are read from there, and
 * come home.
 *
 * The pages are written beforehand, and none of them is remote.  A page is read by a bio of
 * its own.  Going and coming are begun by the parameters of ramster and watched in its
 * statistics: the clock runs from the first sight of a page that has moved to the last one.
 */
#include "internal.h"

#include <linux/array_size.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/crc32c.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define PATIENCE	(60 * HZ)
#define PARAMETERS	"/sys/module/ramster/parameters/"
#define STATISTICS	"/sys/kernel/ramster/"

/* A look at a statistic takes some microseconds. */
#define LOOK_EVERY_US	2000

/* ramster sends batches of this size at most. */
#define BATCH		65536

/* User Mode Linux does not preempt: somebody must let RCU have its turn. */
#define PAGES_PER_SCHEDULE	64

static struct file *device;
static u32 nr_pages;
static u32 nr_movable;		/* of these, not counting those that take no memory */
static u32 page_bytes;		/* of a page as it is sent, in the mean */
static u32 *sums;		/* what the pages contain */
static struct page *buffer;
static struct rnd_state order;

static int read_page(u32 slot)
{
	struct bio_vec bv;
	struct bio bio;
	int err;

	bio_init(&bio, file_bdev(device), &bv, 1, REQ_OP_READ);
	bio.bi_iter.bi_sector = (sector_t)slot << (PAGE_SHIFT - SECTOR_SHIFT);
	__bio_add_page(&bio, buffer, PAGE_SIZE, 0);
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static u32 sum_of_buffer(void)
{
	return crc32c(0, page_address(buffer), PAGE_SIZE);
}

static int compare(u32 slot)
{
	if (sums[slot] == sum_of_buffer())
		return 0;
	pr_err("netbench: page %u has the wrong contents\n", slot);
	return -EBADMSG;
}

static int read_pages(struct netbench_pass *pass)
{
	struct bench_wall start = bench_now();
	int err = 0;
	u32 nr;

	for (nr = 0; nr < pass->op->count && !err; nr++) {
		u32 slot = prandom_u32_state(&order) % nr_pages;
		u64 since = bench_cycles();

		err = read_page(slot);
		pass->times[nr] = bench_cycles() - since;
		if (!err && pass->verify)
			err = compare(slot);
		if (nr % PAGES_PER_SCHEDULE == 0)
			schedule();
	}
	pass->wall = bench_since(&start);
	pass->bytes = page_bytes;
	return err;
}

static int set(const char *name, unsigned int value)
{
	char path[80], text[16];
	struct file *file;
	loff_t pos = 0;
	ssize_t wrote;
	int len;

	scnprintf(path, sizeof(path), PARAMETERS "%s", name);
	len = scnprintf(text, sizeof(text), "%u", value);
	file = filp_open(path, O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	wrote = kernel_write(file, text, len, &pos);
	fput(file);
	return wrote == len ? 0 : -EIO;
}

static int get(const char *name, u32 *value)
{
	char path[80], text[24] = "";
	struct file *file;
	loff_t pos = 0;
	ssize_t got;

	scnprintf(path, sizeof(path), STATISTICS "%s", name);
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	got = kernel_read(file, text, sizeof(text) - 1, &pos);
	fput(file);
	return got < 0 ? got : kstrtou32(strim(text), 10, value);
}

/* Until a statistic is @value, or, if @not, something else. */
static int wait_for(const char *name, u32 value, bool not, u32 *found)
{
	unsigned long end = jiffies + PATIENCE;
	int err;

	do {
		err = get(name, found);
		if (err || (*found == value) != not)
			return err;
		usleep_range(LOOK_EVERY_US, LOOK_EVERY_US + 100);
	} while (time_before(jiffies, end));
	pr_err("netbench: %s is still %u\n", name, *found);
	return -ETIMEDOUT;
}

/* All pages change sides, while somebody looks how many are remote. */
static int watch(struct netbench_pass *pass, u32 from, u32 to)
{
	struct bench_wall start;
	u32 first, last;
	int err;

	err = wait_for("remote_pers_pages", from, true, &first);
	start = bench_now();
	if (!err)
		err = wait_for("remote_pers_pages", to, false, &last);
	pass->wall = bench_since(&start);
	pass->count = first > to ? first - to : to - first;
	pass->bytes = page_bytes;
	if (!err && !pass->count) {
		pr_err("netbench: too few pages to see how fast they are\n");
		err = -ERANGE;
	}
	return err;
}

static int go_out(struct netbench_pass *pass)
{
	int err = set("move_high_percent", 0) ?: set("pers_remotify_enable", 1);

	return err ?: watch(pass, 0, nr_movable);
}

static int come_home(struct netbench_pass *pass)
{
	u32 left;
	/* Above the thresholds there is no room for pages to come home to. */
	int err = set("pers_remotify_enable", 0) ?: set("move_high_percent", 100) ?:
		  set("move_low_percent", 100) ?: set("home_free_percent", 0) ?:
		  set("home_interval_ms", 100) ?: set("home_percent", 100);

	err = err ?: watch(pass, nr_movable, 0);
	return err ?: set("home_percent", 0) ?: wait_for("flushing_pages", 0, false, &left);
}

static struct netbench_op ops[] = {
	{ "read", NETBENCH_LOCAL, 0, 0, 4096, read_pages },
	{ "out", NETBENCH_PUSH, BATCH, NETBENCH_SMALL, 0, go_out },
	{ "fault", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, 0, 4096, read_pages },
	{ "fault-4k", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, PAGE_SIZE, 4096, read_pages },
	{ "home", NETBENCH_PULL, NETBENCH_SMALL, 0, 0, come_home },
};

/**
 * netbench_far_op() - what ramster does
 * @name: of it
 *
 * Return: it, or NULL.
 */
const struct netbench_op *netbench_far_op(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}

/* A bare stream has as many bytes as all pages, in whole windows. */
static u32 messages(u32 bytes)
{
	return max(rounddown((u64)nr_movable * page_bytes / bytes, NETBENCH_WINDOW),
		   NETBENCH_WINDOW);
}

static void size_ops(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		struct netbench_op *op = &ops[i];

		if (op->kind != NETBENCH_PUSH && !op->reply)
			op->reply = page_bytes;
		if (!op->count)
			op->count = messages(op->kind == NETBENCH_PUSH ? op->request : op->reply);
	}
}

static int sum_pages(void)
{
	int err = 0;
	u32 slot;

	for (slot = 0; slot < nr_pages && !err; slot++) {
		err = read_page(slot);
		sums[slot] = sum_of_buffer();
		if (slot % PAGES_PER_SCHEDULE == 0)
			schedule();
	}
	return err;
}

/**
 * netbench_far_open() - prepare for what ramster does
 * @path:	of the device, of which all pages are here
 * @pages:	that it has
 * @movable:	how many of these can be elsewhere
 * @bytes:	of one of them as it is sent, in the mean
 *
 * Return: 0 or -errno; netbench_far_close() is due in any case.
 */
int netbench_far_open(const char *path, u32 pages, u32 movable, u32 bytes)
{
	if (!movable || movable > pages || !bytes || bytes > NETBENCH_LARGEST)
		return -EINVAL;
	nr_pages = pages;
	nr_movable = movable;
	page_bytes = bytes;
	size_ops();
	prandom_seed_state(&order, 4711);
	buffer = alloc_page(GFP_KERNEL);
	sums = vcalloc(pages, sizeof(*sums));
	if (!buffer || !sums)
		return -ENOMEM;
	device = bdev_file_open_by_path(path, BLK_OPEN_READ, NULL, NULL);
	if (IS_ERR(device)) {
		int err = PTR_ERR(device);

		device = NULL;
		return err;
	}
	return sum_pages();
}

/**
 * netbench_far_close() - undo netbench_far_open()
 */
void netbench_far_close(void)
{
	if (device)
		bdev_fput(device);
	vfree(sums);
	if (buffer)
		__free_page(buffer);
}
