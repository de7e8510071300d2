// SPDX-License-Identifier: GPL-2.0-only
/*
 * netbench - what a link of the cluster, or ramster, costs beside a bare TCP socket
 *
 * Two machines load this module at about the same time, one as server.  The client then does
 * the same operations over a kernel socket of ours and over the link, or through ramster, in
 * turn, operation by operation, so that a slow phase of the machine meets both; which is first
 * changes from round to round.  No system call is in the way.  In round 0, which is not
 * reported, both sides compare what they receive with what should have been sent.
 *
 * Loading the module runs the benchmark, and on the client prints a line for each pass:
 *
 *	netbench: ROUND bare|linked|ramster OP wall=NS cpu=NS peer=NS count=N bytes=N tx=N rx=N
 *		[p50=NS p99=NS mean=NS]
 *
 * per message or page: from start to end, processor time of the client and of the server; how
 * many they were, of how many bytes; bytes that the client's network device has sent and
 * received; the quantiles of what is done one at a time.  Loading then fails with ECANCELED
 * on purpose: there is nothing to unload.
 */
#include "internal.h"

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/prandom.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>

#define MAX_OPS		8

static char *server;
module_param(server, charp, 0444);
MODULE_PARM_DESC(server, "IPv4 address of the server; without it this is the server");

static unsigned int rounds = 10;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds, beside the one in which contents are compared");

static char *ops[MAX_OPS];
static int nr_ops;
module_param_array(ops, charp, &nr_ops, 0444);
MODULE_PARM_DESC(ops, "operations, done in turn; the server does what it is told");

static bool ramster;
module_param(ramster, bool, 0444);
MODULE_PARM_DESC(ramster, "the cluster is ramster's: do what it does");

static char *device = "/dev/zcache0";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "whose pages ramster moves; all are here");

static unsigned int pages;
module_param(pages, uint, 0444);
MODULE_PARM_DESC(pages, "how many it has");

static unsigned int movable;
module_param(movable, uint, 0444);
MODULE_PARM_DESC(movable, "how many of these are of more than one repeated word");

static unsigned int page_bytes;
module_param(page_bytes, uint, 0444);
MODULE_PARM_DESC(page_bytes, "bytes of a page as it is sent, in the mean");

static char *interface = "vec0";
module_param(interface, charp, 0444);
MODULE_PARM_DESC(interface, "network device whose bytes are counted");

static unsigned short port = 7000;
module_param(port, ushort, 0444);
MODULE_PARM_DESC(port, "TCP port of the bare socket");

static const struct netbench_op link_ops[] = {
	{ "ping-64", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, NETBENCH_SMALL, 1024 },
	{ "put-4k", NETBENCH_ROUND_TRIP, 4096, NETBENCH_SMALL, 1024 },
	{ "get-4k", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, 4096, 1024 },
	{ "push-4k", NETBENCH_PUSH, 4096, NETBENCH_SMALL, NETBENCH_COUNT_MAX },
	{ "push-64k", NETBENCH_PUSH, NETBENCH_LARGEST, NETBENCH_SMALL, 512 },
	{ "pull-4k", NETBENCH_PULL, NETBENCH_SMALL, 4096, NETBENCH_COUNT_MAX },
};

/* In which an operation is done. */
enum way {
	BARE,
	OURS,	/* over the link, or through ramster */
	WAYS
};

/* Where message number n begins in the contents differs from that of its neighbours. */
#define STEP		64
#define STEPS		61

static u8 *contents;
static u64 *times;

/**
 * netbench_contents() - what message number @nr carries, on both machines
 * @nr:	number
 *
 * Return: NETBENCH_LARGEST bytes.
 */
const void *netbench_contents(u32 nr)
{
	return contents + nr % STEPS * STEP;
}

/**
 * netbench_cpu_ns() - processor time of this machine, which is a process of its host
 *
 * Asks the host's kernel, by its number of clock_gettime(CLOCK_PROCESS_CPUTIME_ID).
 *
 * Return: nanoseconds since it started.
 */
u64 netbench_cpu_ns(void)
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

/* Bytes that went over the network. */
struct traffic {
	u64	tx;
	u64	rx;
};

static struct traffic traffic_now(void)
{
	struct net_device *dev = dev_get_by_name(&init_net, interface);
	struct rtnl_link_stats64 stats = {};

	if (dev) {
		dev_get_stats(dev, &stats);
		dev_put(dev);
	}
	return (struct traffic){ .tx = stats.tx_bytes, .rx = stats.rx_bytes };
}

/* What a pass took, of everything. */
struct bill {
	u64		cpu;
	u64		peer;
	struct traffic	traffic;
};

static int read_bill(struct bill *bill)
{
	bill->cpu = netbench_cpu_ns();
	bill->traffic = traffic_now();
	return netbench_bare_peer_cpu(&bill->peer);
}

static const char *way_name(enum way way, const struct netbench_op *op)
{
	if (way == BARE)
		return "bare";
	return op->far ? "ramster" : "linked";
}

static void report(unsigned int round, const char *way, struct netbench_pass *pass,
		   const struct bill *before, const struct bill *after)
{
	u32 count = pass->count ?: pass->op->count;
	enum netbench_kind kind = pass->op->kind;
	struct bench_summary ns;
	char quantiles[80] = "";

	if (kind == NETBENCH_ROUND_TRIP || kind == NETBENCH_LOCAL) {
		ns = bench_summary(&pass->wall, times, count);
		scnprintf(quantiles, sizeof(quantiles), " p50=%llu p99=%llu mean=%llu", ns.p50,
			  ns.p99, ns.mean);
	}
	pr_info("netbench: %u %s %s wall=%llu cpu=%llu peer=%llu count=%u bytes=%u tx=%llu rx=%llu%s\n",
		round, way, pass->op->name, div_u64(pass->wall.ns, count),
		div_u64(after->cpu - before->cpu, count),
		div_u64(after->peer - before->peer, count), count,
		pass->bytes ?: max(pass->op->request, pass->op->reply),
		div_u64(after->traffic.tx - before->traffic.tx, count),
		div_u64(after->traffic.rx - before->traffic.rx, count), quantiles);
}

static int run_way(enum way way, struct netbench_pass *pass)
{
	if (way == BARE)
		return netbench_bare_run(pass);
	return pass->op->far ? pass->op->far(pass) : netbench_linked_run(pass);
}

static int run_pass(unsigned int round, enum way way, const struct netbench_op *op)
{
	struct netbench_pass pass = { .op = op, .verify = !round, .times = times };
	struct bill before, after;
	int err;

	err = read_bill(&before);
	if (err)
		return err;
	err = run_way(way, &pass);
	if (!err)
		err = read_bill(&after);
	if (err)
		pr_err("netbench: %s %s failed with %d\n", way_name(way, op), op->name, err);
	else if (round)
		report(round, way_name(way, op), &pass, &before, &after);
	return err;
}

static const struct netbench_op *find_op(const char *name)
{
	unsigned int i;

	if (ramster)
		return netbench_far_op(name);
	for (i = 0; i < ARRAY_SIZE(link_ops); i++)
		if (!strcmp(link_ops[i].name, name))
			return &link_ops[i];
	return NULL;
}

static int run_op(unsigned int round, const char *name)
{
	const struct netbench_op *op = find_op(name);
	int err = op ? 0 : -EINVAL;
	unsigned int i;

	for (i = 0; i < WAYS && !err; i++) {
		enum way way = (round + i) % WAYS;

		if (way == OURS || op->kind != NETBENCH_LOCAL)
			err = run_pass(round, way, op);
	}
	return err;
}

static int run_rounds(void)
{
	unsigned int round;
	int nr, err = nr_ops ? 0 : -EINVAL;

	for (round = 0; round <= rounds; round++)
		for (nr = 0; nr < nr_ops && !err; nr++)
			err = run_op(round, ops[nr]);
	return err;
}

/* Who answers on the bare socket has set up the cluster. */
static int be_client(void)
{
	int err = netbench_bare_connect(server, port);
	int closed;

	if (!err)
		err = ramster ? netbench_far_open(device, pages, movable, page_bytes) :
				netbench_linked_wait();
	if (!err)
		err = run_rounds();
	if (ramster)
		netbench_far_close();
	closed = netbench_bare_close();
	return err ?: closed;
}

static int make_contents(void)
{
	size_t size = ALIGN(NETBENCH_LARGEST + STEP * STEPS, PAGE_SIZE);
	struct rnd_state state;

	contents = vmalloc(size);
	times = vmalloc_array(NETBENCH_COUNT_MAX, sizeof(*times));
	if (!contents || !times)
		return -ENOMEM;
	prandom_seed_state(&state, 4711);
	prandom_bytes_state(&state, contents, size);
	return 0;
}

static int __init netbench_init(void)
{
	int err = make_contents();

	if (!err && !ramster)
		err = netbench_linked_open();
	if (!err) {
		err = server ? be_client() : netbench_bare_serve(port);
		if (!ramster)
			netbench_linked_close();
	}
	if (err)
		pr_err("netbench: failed with %d\n", err);
	else
		pr_info("netbench: verified\n");
	vfree(times);
	vfree(contents);
	return err ? err : -ECANCELED;
}

module_init(netbench_init);
MODULE_DESCRIPTION("Times requests to another machine, over the cluster and over TCP");
MODULE_LICENSE("GPL");
