// SPDX-License-Identifier: GPL-2.0-only
/*
 * thrash - work on more memory than there is
 *
 * usage: thrash FILE PAGES THREADS SECONDS ROUNDS NAME=DEV...
 *
 * Each DEV has a swap header.  They take turns; one is swapped to at a time.  A child fills
 * PAGES pages from FILE; when they have arrived its threads visit pages at random, for twice
 * SECONDS to begin with, and then for SECONDS, in which they are counted: each visit
 * reads the page, checks whose it is, and changes it, so that it has to be written again when
 * it goes.
 *
 * In User Mode Linux a page fault of a program costs fifty times what it does elsewhere.  So
 * the threads visit pages by process_vm_readv() and process_vm_writev(), VISITS at a time:
 * then the kernel faults them in, one after the other, as it does for a program.
 *
 * For each round and DEV there are these lines, wall in nanoseconds:
 *
 *	thrash: ROUND NAME fill wall=PER-PAGE
 *	thrash: ROUND NAME visit wall=PER-VISIT
 *	thrash: ROUND NAME swapin wall=PER-PAGE-SWAPPED-IN count=N
 *	thrash: ROUND NAME swapout wall=PER-PAGE-SWAPPED-OUT count=N
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096UL
#define VISITS		64
#define MAX_DEVS	4
#define MAX_THREADS	32
/* Of the file so many pages are used: they stay in memory. */
#define SOURCE_PAGES	2048

#define VMSTAT		"/proc/vmstat"

struct dev {
	char	*name;
	char	*path;
};

struct visitor {
	pthread_t	thread;
	unsigned long long	random;
	unsigned long	visits;
	char		*buffer;
};

static struct dev devs[MAX_DEVS];
static int nr_devs;
static unsigned long pages, threads, seconds, rounds;
static char *source;
static char *area;
static unsigned long long end_ns;

static void die(const char *what)
{
	fprintf(stderr, "thrash: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static unsigned long vmstat(const char *name)
{
	unsigned long value;
	char word[64];
	FILE *f = fopen(VMSTAT, "r");

	while (f && fscanf(f, "%63s %lu", word, &value) == 2) {
		if (!strcmp(word, name)) {
			fclose(f);
			return value;
		}
	}
	die(name);
	return 0;
}

static void *must_map(size_t bytes, int flags)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void load_source(const char *name)
{
	size_t bytes = SOURCE_PAGES * PAGE;
	int fd = open(name, O_RDONLY);

	source = must_map(bytes, 0);
	if (fd < 0 || pread(fd, source, bytes, 0) != (ssize_t)bytes)
		die(name);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	if (mlock(source, bytes))
		die("mlock");
}

/* To or from our own pages, with the kernel's hands. */
static void copy(int out, struct iovec *ours, struct iovec *theirs, unsigned long count)
{
	size_t bytes = 0;
	unsigned long i;
	ssize_t done;

	for (i = 0; i < count; i++)
		bytes += theirs[i].iov_len;
	done = (out ? process_vm_writev : process_vm_readv)(getpid(), ours, count, theirs, count,
							    0);
	if (done != (ssize_t)bytes)
		die(out ? "process_vm_writev" : "process_vm_readv");
}

/* Each page begins with its number. */
static void fill(void)
{
	char *buffer = must_map(VISITS * PAGE, MAP_POPULATE);
	struct iovec ours[VISITS], theirs[VISITS];
	unsigned long long nr;
	unsigned long i;

	for (nr = 0; nr + VISITS <= pages; nr += VISITS) {
		for (i = 0; i < VISITS; i++) {
			unsigned long long number = nr + i;
			char *to = buffer + i * PAGE;

			memcpy(to, source + number % SOURCE_PAGES * PAGE, PAGE);
			memcpy(to, &number, sizeof(number));
			ours[i] = (struct iovec){ to, PAGE };
			theirs[i] = (struct iovec){ area + number * PAGE, PAGE };
		}
		copy(1, ours, theirs, VISITS);
	}
	munmap(buffer, VISITS * PAGE);
}

static unsigned long long next_random(unsigned long long *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void visit_some(struct visitor *v)
{
	struct iovec ours[VISITS], theirs[VISITS];
	unsigned long long numbers[VISITS];
	unsigned long i;

	for (i = 0; i < VISITS; i++) {
		numbers[i] = next_random(&v->random) % (pages / VISITS * VISITS);
		ours[i] = (struct iovec){ v->buffer + i * PAGE, PAGE };
		theirs[i] = (struct iovec){ area + numbers[i] * PAGE, PAGE };
	}
	copy(0, ours, theirs, VISITS);
	for (i = 0; i < VISITS; i++) {
		if (memcmp(ours[i].iov_base, &numbers[i], sizeof(numbers[i]))) {
			fprintf(stderr, "thrash: page %lu came back wrong\n",
				(unsigned long)numbers[i]);
			exit(1);
		}
		ours[i].iov_len = sizeof(numbers[i]);
		theirs[i].iov_len = sizeof(numbers[i]);
	}
	copy(1, ours, theirs, VISITS);
	v->visits += VISITS;
}

static void *visit(void *arg)
{
	struct visitor *v = arg;

	while (now_ns() < end_ns)
		visit_some(v);
	return NULL;
}

static void report(unsigned long round, const char *name, const char *op, unsigned long long ns,
		   unsigned long count)
{
	printf("thrash: %lu %s %s wall=%lu count=%lu\n", round, name, op,
	       (unsigned long)(ns / (count ? count : 1)), count);
	fflush(stdout);
}

static unsigned long visit_all(unsigned long for_seconds)
{
	struct visitor visitors[MAX_THREADS];
	unsigned long i, visits = 0;

	end_ns = now_ns() + for_seconds * 1000000000ULL;
	for (i = 0; i < threads; i++) {
		struct visitor *v = &visitors[i];

		*v = (struct visitor){ .random = 4711 + i };
		v->buffer = must_map(VISITS * PAGE, MAP_POPULATE);
		if (pthread_create(&v->thread, NULL, visit, v))
			die("pthread_create");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(visitors[i].thread, NULL);
		visits += visitors[i].visits;
	}
	return visits;
}

/*
 * What was filled goes on being written: a device with a long queue would be late with reads.
 * And then there is much that is clean: pages leave for a while without being written.
 */
static void settle(void)
{
	int tries;

	for (tries = 0; tries < 200 && vmstat("nr_writeback") > 64; tries++)
		usleep(100000);
	visit_all(2 * seconds);
}

static void child(unsigned long round, const char *name)
{
	unsigned long in, out, visits;
	unsigned long long start = now_ns();

	area = must_map(pages * PAGE, 0);
	fill();
	report(round, name, "fill", now_ns() - start, pages);
	settle();
	in = vmstat("pswpin");
	out = vmstat("pswpout");
	start = now_ns();
	visits = visit_all(seconds);
	start = now_ns() - start;
	report(round, name, "visit", start, visits);
	report(round, name, "swapin", start, vmstat("pswpin") - in);
	report(round, name, "swapout", start, vmstat("pswpout") - out);
	exit(0);
}

static void run(unsigned long round, const struct dev *dev)
{
	int status;
	pid_t pid;

	if (swapon(dev->path, 0))
		die(dev->path);
	pid = fork();
	if (!pid)
		child(round, dev->name);
	if (waitpid(pid, &status, 0) != pid || status)
		die("child");
	if (swapoff(dev->path))
		die(dev->path);
}

int main(int argc, char **argv)
{
	unsigned long round;
	int i;

	if (argc < 7 || argc > 6 + MAX_DEVS) {
		fprintf(stderr, "usage: thrash FILE PAGES THREADS SECONDS ROUNDS NAME=DEV...\n");
		return 2;
	}
	pages = strtoul(argv[2], NULL, 10);
	threads = strtoul(argv[3], NULL, 10);
	seconds = strtoul(argv[4], NULL, 10);
	rounds = strtoul(argv[5], NULL, 10);
	if (!threads || threads > MAX_THREADS || pages < VISITS)
		return 2;
	for (i = 6; i < argc; i++) {
		devs[nr_devs].name = strtok(argv[i], "=");
		devs[nr_devs++].path = strtok(NULL, "=");
	}
	load_source(argv[1]);
	for (round = 0; round < rounds; round++)
		for (i = 0; i < nr_devs; i++)
			run(round, &devs[(round + i) % nr_devs]);
	printf("thrash: verified\n");
	return 0;
}
