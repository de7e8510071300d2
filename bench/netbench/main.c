// SPDX-License-Identifier: GPL-2.0-only
/*
 * netbench - what a link of the cluster costs beside a bare TCP socket
 *
 * Two machines load this module at about the same time, one as server.  The client then does
 * the same operations over a kernel socket of ours and over the link, in turn, operation by
 * operation, so that a slow phase of the machine meets both; which is first changes from
 * round to round.  No system call is in the way.  In round 0, which is not reported, both
 * sides compare what they receive with what should have been sent.
 *
 * Loading the module runs the benchmark, and on the client prints a line for each pass:
 *
 *	netbench: ROUND bare|linked OP wall=NS cpu=NS peer=NS [p50=NS p99=NS mean=NS]
 *
 * each per message: from start to end, processor time of the client and of the server, and of
 * round trips the quantiles.  Loading then fails with ECANCELED on purpose: there is nothing
 * to unload.
 */
#include "internal.h"

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/math64.h>
#include <linux/module.h>
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

static unsigned short port = 7000;
module_param(port, ushort, 0444);
MODULE_PARM_DESC(port, "TCP port of the bare socket");

const struct netbench_op netbench_ops[] = {
	{ "ping-64", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, NETBENCH_SMALL, 1024 },
	{ "put-4k", NETBENCH_ROUND_TRIP, 4096, NETBENCH_SMALL, 1024 },
	{ "get-4k", NETBENCH_ROUND_TRIP, NETBENCH_SMALL, 4096, 1024 },
	{ "push-4k", NETBENCH_PUSH, 4096, NETBENCH_SMALL, NETBENCH_COUNT_MAX },
	{ "push-64k", NETBENCH_PUSH, NETBENCH_LARGEST, NETBENCH_SMALL, 512 },
	{ "pull-4k", NETBENCH_PULL, NETBENCH_SMALL, 4096, NETBENCH_COUNT_MAX },
};

const unsigned int netbench_nr_ops = ARRAY_SIZE(netbench_ops);

static const struct {
	const char	*name;
	int		(*run)(struct netbench_pass *pass);
} ways[] = {
	{ "bare", netbench_bare_run },
	{ "linked", netbench_linked_run },
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

static void report(unsigned int round, const char *way, struct netbench_pass *pass, u64 cpu,
		   u64 peer)
{
	const struct netbench_op *op = pass->op;
	struct bench_summary ns;
	char quantiles[80] = "";

	if (op->kind == NETBENCH_ROUND_TRIP) {
		ns = bench_summary(&pass->wall, times, op->count);
		scnprintf(quantiles, sizeof(quantiles), " p50=%llu p99=%llu mean=%llu", ns.p50,
			  ns.p99, ns.mean);
	}
	pr_info("netbench: %u %s %s wall=%llu cpu=%llu peer=%llu%s\n", round, way, op->name,
		div_u64(pass->wall.ns, op->count), div_u64(cpu, op->count),
		div_u64(peer, op->count), quantiles);
}

static int run_pass(unsigned int round, int way, const struct netbench_op *op)
{
	struct netbench_pass pass = { .op = op, .verify = !round, .times = times };
	u64 cpu, peer, peer_after;
	int err;

	err = netbench_bare_peer_cpu(&peer);
	if (err)
		return err;
	cpu = netbench_cpu_ns();
	err = ways[way].run(&pass);
	cpu = netbench_cpu_ns() - cpu;
	if (!err)
		err = netbench_bare_peer_cpu(&peer_after);
	if (err)
		pr_err("netbench: %s %s failed with %d\n", ways[way].name, op->name, err);
	else if (round)
		report(round, ways[way].name, &pass, cpu, peer_after - peer);
	return err;
}

static const struct netbench_op *find_op(const char *name)
{
	unsigned int i;

	for (i = 0; i < netbench_nr_ops; i++)
		if (!strcmp(netbench_ops[i].name, name))
			return &netbench_ops[i];
	return NULL;
}

static int run_op(unsigned int round, const char *name)
{
	const struct netbench_op *op = find_op(name);
	unsigned int way;
	int err = op ? 0 : -EINVAL;

	for (way = 0; way < ARRAY_SIZE(ways) && !err; way++)
		err = run_pass(round, (round + way) % ARRAY_SIZE(ways), op);
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
		err = netbench_linked_wait();
	if (!err)
		err = run_rounds();
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

	if (!err)
		err = netbench_linked_open();
	if (!err) {
		err = server ? be_client() : netbench_bare_serve(port);
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
