// SPDX-License-Identifier: GPL-2.0-only
/*
 * thrash - work on more memory than there is
 *
 * The memory is a file on a tmpfs, which goes to swap as anonymous memory does.  Threads read
 * pages of it at random, compare every byte, and change some, so that a page has to be written
 * again when it goes.  The job is one of the kernel's, because in User Mode Linux a fault of a
 * program takes some 60 us, and whatever a page takes beside that is hardly to be seen.
 *
 * Loading the module does one thing and prints lines of it:
 *
 *	thrash: ROUND NAME OP wall=NS cpu=NS tx=N rx=N count=N from=NS to=NS
 *
 * wall and cpu are nanoseconds per page, of the clock and of the processor's time of this
 * machine, tx and rx bytes over the network; from and to are on the clock of the day.  op=fill
 * writes all pages and prints nothing.  op=visit visits as many first as are counted then, because
 * at first there is memory that is free, or clean.  Then there are three lines: visit, of the
 * visits, and swapin and swapout, of the pages that were swapped meanwhile.  Loading then fails
 * with ECANCELED on purpose: there is nothing to unload.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

/* Of the corpus so many pages are used: they stay in memory. */
#define SOURCE_PAGES	2048
#define MAX_THREADS	64
/* A page is filled with one of the corpus; this many bytes of it say which page it is. */
#define HEAD_BYTES	16

static char *op = "visit";
module_param(op, charp, 0444);
MODULE_PARM_DESC(op, "fill or visit");

static char *name = "?";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "what is measured");

static char *path;
module_param(path, charp, 0444);
MODULE_PARM_DESC(path, "of the file");

static char *corpus;
module_param(corpus, charp, 0444);
MODULE_PARM_DESC(corpus, "path of the pages that it is filled with");

static unsigned int pages;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "of the file");

static unsigned int threads = 1;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "who visit pages");

static unsigned int visits = 16384;
module_param(visits, uint, 0444);
MODULE_PARM_DESC(visits, "how many pages they visit, twice: the first ones are not counted");

static unsigned int turn;
module_param_named(round, turn, uint, 0444);
MODULE_PARM_DESC(round, "its number: for each the same pages are visited in the same order");

static char *interface = "vec0";
module_param(interface, charp, 0444);
MODULE_PARM_DESC(interface, "network device to the other machine");

struct head {
	u64	number;
	u64	visits;
};

static_assert(sizeof(struct head) == HEAD_BYTES);

struct visitor {
	struct task_struct	*task;
	u64			random;
	int			err;
	u8			buffer[PAGE_SIZE];
};

static struct file *file;
static u8 *source;
static atomic_t left;		/* visits; below 0 when there are none */

/* SplitMix64, of which each seed gives another sequence (Steele, Lea, Flood, OOPSLA 2014). */
static u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Of this machine, which is a process: CLOCK_PROCESS_CPUTIME_ID of its host's clock_gettime(). */
static u64 cpu_ns(void)
{
	struct timespec64 now = {};
	long ret;

#ifndef CONFIG_UML
#error "the kernel is no process here"
#endif
	asm volatile("syscall" : "=a" (ret) : "0" (228), "D" (2), "S" (&now)
		     : "rcx", "r11", "memory");
	return ret ? 0 : timespec64_to_ns(&now);
}

static const u8 *contents(u64 number)
{
	return source + number % SOURCE_PAGES * PAGE_SIZE;
}

static int load_source(void)
{
	struct file *from = filp_open(corpus, O_RDONLY, 0);
	loff_t at = 0;
	ssize_t got;

	if (IS_ERR(from))
		return PTR_ERR(from);
	got = kernel_read(from, source, SOURCE_PAGES * PAGE_SIZE, &at);
	filp_close(from, NULL);
	return got == SOURCE_PAGES * PAGE_SIZE ? 0 : -EIO;
}

static int write_at(const void *from, size_t len, u64 number)
{
	loff_t at = number * PAGE_SIZE;
	ssize_t done = kernel_write(file, from, len, &at);

	return done == len ? 0 : done < 0 ? done : -EIO;
}

static int fill(u8 *buffer)
{
	u64 number;
	int err = 0;

	for (number = 0; number < pages && !err; number++) {
		struct head head = { .number = number };

		memcpy(buffer, contents(number), PAGE_SIZE);
		memcpy(buffer, &head, sizeof(head));
		err = write_at(buffer, PAGE_SIZE, number);
		cond_resched();
	}
	return err;
}

static int visit(struct visitor *v)
{
	u64 number = next_random(&v->random) % pages;
	loff_t at = number * PAGE_SIZE;
	ssize_t got = kernel_read(file, v->buffer, PAGE_SIZE, &at);
	struct head head;

	if (got != PAGE_SIZE)
		return got < 0 ? got : -EIO;
	memcpy(&head, v->buffer, sizeof(head));
	if (head.number != number ||
	    memcmp(v->buffer + HEAD_BYTES, contents(number) + HEAD_BYTES,
		   PAGE_SIZE - HEAD_BYTES)) {
		pr_err("thrash: page %llu came back wrong\n", number);
		return -EBADMSG;
	}
	head.visits++;
	return write_at(&head, sizeof(head), number);
}

static int visitor_thread(void *arg)
{
	struct visitor *v = arg;

	while (!v->err && atomic_dec_return(&left) >= 0) {
		v->err = visit(v);
		cond_resched();
	}
	/* Then nobody goes on. */
	if (v->err)
		atomic_set(&left, -(int)threads);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return v->err;
}

struct bill {
	u64		wall;
	u64		day;
	u64		cpu;
	u64		tx;
	u64		rx;
	unsigned long	events[NR_VM_EVENT_ITEMS];
};

static void read_bill(struct bill *bill)
{
	struct net_device *dev = dev_get_by_name(&init_net, interface);
	struct rtnl_link_stats64 stats = {};

	if (dev) {
		dev_get_stats(dev, &stats);
		dev_put(dev);
	}
	bill->tx = stats.tx_bytes;
	bill->rx = stats.rx_bytes;
	all_vm_events(bill->events);
	bill->wall = ktime_get_ns();
	bill->day = ktime_get_real_ns();
	bill->cpu = cpu_ns();
}

static void print_bill(const char *what, const struct bill *from, const struct bill *to, u64 count)
{
	u64 some = count ?: 1;

	pr_info("thrash: %u %s %s wall=%llu cpu=%llu tx=%llu rx=%llu count=%llu from=%llu to=%llu\n",
		turn, name, what, div64_u64(to->wall - from->wall, some),
		div64_u64(to->cpu - from->cpu, some), div64_u64(to->tx - from->tx, some),
		div64_u64(to->rx - from->rx, some), count, from->day, to->day);
}

static unsigned long long grown(const struct bill bills[2], enum vm_event_item event)
{
	return bills[1].events[event] - bills[0].events[event];
}

static int visit_some(struct visitor *visitors)
{
	unsigned int i, started;
	int err = 0;

	atomic_set(&left, visits);
	for (started = 0; started < threads; started++) {
		struct visitor *v = &visitors[started];

		v->task = kthread_run(visitor_thread, v, "thrash/%u", started);
		if (IS_ERR(v->task)) {
			err = PTR_ERR(v->task);
			break;
		}
	}
	while (!err && atomic_read(&left) > -(int)threads)
		schedule_timeout_interruptible(1);
	for (i = 0; i < started; i++)
		err = kthread_stop(visitors[i].task) ?: err;
	return err;
}

static int visit_all(struct visitor *visitors, struct bill bills[2])
{
	unsigned int i;
	int err;

	for (i = 0; i < threads; i++)
		visitors[i].random = ((u64)turn * MAX_THREADS + i) << 40;
	err = visit_some(visitors);
	if (err)
		return err;
	read_bill(&bills[0]);
	err = visit_some(visitors);
	read_bill(&bills[1]);
	if (err)
		return err;
	print_bill("visit", &bills[0], &bills[1], visits);
	print_bill("swapin", &bills[0], &bills[1], grown(bills, PSWPIN));
	print_bill("swapout", &bills[0], &bills[1], grown(bills, PSWPOUT));
	return 0;
}

static int run(void)
{
	struct visitor *visitors = vzalloc(array_size(threads, sizeof(*visitors)));
	struct bill *bills = kcalloc(2, sizeof(*bills), GFP_KERNEL);
	int err = -ENOMEM;

	if (visitors && bills)
		err = strcmp(op, "fill") ? visit_all(visitors, bills) : fill(visitors->buffer);
	kfree(bills);
	vfree(visitors);
	return err;
}

static int __init thrash_init(void)
{
	int err;

	if (!path || !corpus || !pages || !threads || threads > MAX_THREADS)
		return -EINVAL;
	source = vmalloc(SOURCE_PAGES * PAGE_SIZE);
	if (!source)
		return -ENOMEM;
	err = load_source();
	if (err)
		goto out;
	file = filp_open(path, O_RDWR | O_CREAT | O_LARGEFILE, 0600);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto out;
	}
	err = run();
	filp_close(file, NULL);
out:
	vfree(source);
	if (err)
		pr_err("thrash: failed with %d\n", err);
	else
		pr_info("thrash: verified\n");
	return err ?: -ECANCELED;
}

module_init(thrash_init);
MODULE_DESCRIPTION("Work on more memory than there is");
MODULE_LICENSE("GPL");
