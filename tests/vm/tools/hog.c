// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog - uses more memory than there is and knows every bit of it
 *
 *	hog -m MIB [-p PROCESSES] [-t THREADS] [-n TOUCHES] [-x MIX] [-s SEED] [-HPlw]
 *
 * Each thread of each process has its share of MIB.  It fills all of it, touches TOUCHES
 * pages in random order (each is checked, every fourth rewritten; default: as many as it
 * has), and in the end checks all.  -H asks for huge pages.  -P sends all out to swap before
 * it is touched and whenever half as many pages have been touched, so that memory need not be
 * short.  With -w it says "filled" when all is filled, and goes on touching until its
 * standard input ends.  -l: nobody touches before all have filled; it watches how long
 * nobody gets anywhere, from the start of the last process on, and says the longest such time.
 *
 * Says what it has done.  Exit status 1: a page was not what it should be.
 */
#include "content.h"
#include "util.h"

#include <pthread.h>
#include <stdatomic.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REWRITE_EACH	4
#define HUGE		(2UL << 20)

/* Of all processes. */
struct totals {
	atomic_ulong	filled;		/* threads that have filled their share */
	atomic_ulong	written;
	atomic_ulong	checked;
	atomic_ulong	bad;
	atomic_ulong	steps;		/* pages written or checked so far */
	atomic_bool	stop;
};

struct share {
	pthread_t	thread;
	struct content	content;
	char		*memory;
	__u32		*version;
	unsigned long	pages;
	unsigned long	written;
	unsigned long	checked;
	unsigned long	bad;
};

static struct {
	unsigned long	mib;
	unsigned long	processes;
	unsigned long	threads;
	unsigned long	touches;
	bool		touches_set;
	bool		huge;
	bool		page_out;
	bool		watch;
	bool		wait;
	struct content	content;
} options = {
	.processes	= 1,
	.threads	= 1,
	.content	= { .seed = 1, .mix = { .text = 55, .half = 20, .random = 10 } },
};

static struct totals *totals;

static void write_page(struct share *share, unsigned long nr)
{
	content_fill(&share->content, share->memory + nr * PAGE_SIZE, nr, ++share->version[nr]);
	share->written++;
	atomic_fetch_add(&totals->steps, 1);
}

static void check_page(struct share *share, unsigned long nr)
{
	if (!content_check(&share->content, share->memory + nr * PAGE_SIZE, nr,
			   share->version[nr]))
		share->bad++;
	share->checked++;
	atomic_fetch_add(&totals->steps, 1);
}

static void page_out(struct share *share)
{
	if (madvise(share->memory, share->pages * PAGE_SIZE, MADV_PAGEOUT))
		die_errno("no paging out");
}

static void touch_random(struct share *share, __u64 *random)
{
	unsigned long nr = random_next(random) % share->pages;

	check_page(share, nr);
	if (random_next(random) % REWRITE_EACH == 0)
		write_page(share, nr);
}

/* So that all have their memory at one time. */
static void await_all_filled(void)
{
	while (atomic_load(&totals->filled) < options.processes * options.threads)
		usleep(10000);
}

static void *use_memory(void *arg)
{
	struct share *share = arg;
	__u64 random = ~share->content.seed;
	unsigned long i, touches = options.touches_set ? options.touches : share->pages;

	for (i = 0; i < share->pages; i++)
		write_page(share, i);
	for (i = 0; options.wait ? !atomic_load(&totals->stop) : i < touches; i++) {
		if (options.page_out && i % (share->pages / 2) == 0)
			page_out(share);
		/* Filled, and out by now. */
		if (!i) {
			atomic_fetch_add(&totals->filled, 1);
			if (options.watch)
				await_all_filled();
		}
		touch_random(share, &random);
	}
	for (i = 0; i < share->pages; i++)
		check_page(share, i);
	return NULL;
}

static void share_init(struct share *share, unsigned long nr, unsigned long bytes)
{
	share->content = options.content;
	share->content.seed += nr << 32;
	share->pages = bytes / PAGE_SIZE;
	/* Its versions are swapped as well, and would be noticed if they came back wrong. */
	share->version = calloc(share->pages, sizeof(*share->version));
	share->memory = aligned_alloc(HUGE, bytes);
	if (!share->version || !share->memory)
		die("no address space for %lu bytes", bytes);
	if (options.huge && madvise(share->memory, bytes, MADV_HUGEPAGE))
		die_errno("no huge pages");
}

/* One process and its threads. */
static int use_shares(unsigned long process)
{
	unsigned long count = options.threads;
	unsigned long bytes = (options.mib << 20) / (options.processes * count) & ~(HUGE - 1);
	struct share *shares = calloc(count, sizeof(*shares));
	unsigned long i;

	if (!shares || !bytes)
		die("less than %lu bytes for each thread", HUGE);
	for (i = 0; i < count; i++) {
		share_init(&shares[i], process * count + i, bytes);
		if (pthread_create(&shares[i].thread, NULL, use_memory, &shares[i]))
			die("no thread");
	}
	for (i = 0; i < count; i++) {
		pthread_join(shares[i].thread, NULL);
		atomic_fetch_add(&totals->written, shares[i].written);
		atomic_fetch_add(&totals->checked, shares[i].checked);
		atomic_fetch_add(&totals->bad, shares[i].bad);
	}
	fflush(stdout);
	return 0;
}

static void direct(void)
{
	char byte;

	while (atomic_load(&totals->filled) < options.processes * options.threads) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			die("hog: a process died before all was filled");
		usleep(20000);
	}
	puts("filled");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	atomic_store(&totals->stop, true);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Looks every 50 ms, from memory that stays, until all processes have ended. */
static int watch(void)
{
	unsigned long steps = 0, longest = 0;
	double since = now();
	int died = 0, status;
	pid_t pid;

	if (mlockall(MCL_CURRENT))
		die_errno("memory cannot be locked");
	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0) {
		unsigned long seen = atomic_load(&totals->steps);
		unsigned long ms = (now() - since) * 1000;

		if (pid && status) {
			died++;
			atomic_fetch_add(&totals->filled, options.threads);
		}
		if (ms > longest)
			longest = ms;
		if (seen != steps)
			since = now();
		steps = seen;
		if (!pid)
			usleep(50000);
	}
	printf("hog: longest without progress: %lu ms\n", longest);
	return died;
}

static int wait_for_all(void)
{
	int died = 0, status;

	while (wait(&status) > 0)
		died += status != 0;
	return died;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "m:p:t:n:x:s:HPlw")) != -1) {
		switch (c) {
		case 'm':
			options.mib = parse_number(optarg);
			break;
		case 'p':
			options.processes = parse_number(optarg);
			break;
		case 't':
			options.threads = parse_number(optarg);
			break;
		case 'n':
			options.touches = parse_number(optarg);
			options.touches_set = true;
			break;
		case 'x':
			options.content.mix = mix_parse(optarg);
			break;
		case 's':
			options.content.seed = parse_number(optarg);
			break;
		case 'H':
			options.huge = true;
			break;
		case 'P':
			options.page_out = true;
			break;
		case 'l':
			options.watch = true;
			break;
		case 'w':
			options.wait = true;
			break;
		default:
			exit(2);
		}
	}
	if (optind < argc || !options.mib || !options.processes || !options.threads)
		die("usage: hog -m MIB [OPTION]..., see the head of hog.c");
}

int main(int argc, char **argv)
{
	unsigned long i;
	int died;

	parse(argc, argv);
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED)
		die_errno("no shared memory");
	for (i = 0; i < options.processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die_errno("fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			exit(use_shares(i));
		}
	}
	if (options.wait)
		direct();
	died = options.watch ? watch() : wait_for_all();
	printf("hog: seed %llu: %lu written, %lu checked, %lu bad\n", options.content.seed,
	       atomic_load(&totals->written), atomic_load(&totals->checked),
	       atomic_load(&totals->bad));
	if (died)
		die("hog: %d of %lu processes died", died, options.processes);
	return atomic_load(&totals->bad) ? 1 : 0;
}
