// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapq - time swap-out and swap-in of chunks of pages, and exit with pages swapped out
 *
 * usage: swapq chunks FILE PAGES CHUNK ROUNDS NAME=DEV...
 *        swapq exit FILE PAGES 0 ROUNDS NAME=DEV...
 *
 * Each DEV has a swap header.  They take turns; one is swapped to at a time.  With a NAME
 * that begins with zswap, zswap is on.  Pages are filled from FILE by read(2), from its
 * beginning again when it is too short, and are compared with it in the last round.
 *
 * In User Mode Linux a page fault of a program costs fifty times what it does elsewhere and
 * a system call twenty microseconds, so no page is touched while a clock runs, and the clock
 * is the processor's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define PAGE		4096UL
#define MAX_DEVS	8

struct dev {
	char	*name;
	char	*path;
};

static struct dev devs[MAX_DEVS];
static int nr_devs;
static unsigned long pages, chunk, rounds;
static char *data;		/* the file */
static size_t data_bytes;
static int data_fd;
static double cycles_per_ns;
static double *times;

static void die(const char *what)
{
	fprintf(stderr, "swapq: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long long wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void calibrate(void)
{
	unsigned long long ns = wall_ns(), cycles = __rdtsc();

	usleep(200000);
	cycles_per_ns = (double)(__rdtsc() - cycles) / (wall_ns() - ns);
}

static void load_data(const char *name)
{
	off_t size;

	data_fd = open(name, O_RDONLY);
	size = data_fd < 0 ? -1 : lseek(data_fd, 0, SEEK_END);
	if (size < (off_t)PAGE)
		die(name);
	data_bytes = size / PAGE * PAGE;
	data = malloc(data_bytes);
	if (!data || pread(data_fd, data, data_bytes, 0) != (ssize_t)data_bytes)
		die(name);
}

/* The kernel writes to memory that has no page yet: no fault of ours. */
static void fill(char *to, size_t bytes, size_t offset)
{
	while (bytes) {
		size_t from = offset % data_bytes, part = data_bytes - from;
		ssize_t got = pread(data_fd, to, part < bytes ? part : bytes, from);

		if (got <= 0)
			die("read");
		to += got;
		bytes -= got;
		offset += got;
	}
}

static unsigned long resident_pages(void)
{
	unsigned long size, resident;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		die("statm");
	fclose(f);
	return resident;
}

static void set_zswap(const char *value)
{
	int fd = open("/sys/module/zswap/parameters/enabled", O_WRONLY);

	if (fd < 0 || write(fd, value, 1) != 1)
		die("zswap");
	close(fd);
}

static void begin(const struct dev *dev)
{
	set_zswap(strncmp(dev->name, "zswap", 5) ? "N" : "Y");
	if (swapon(dev->path, 0))
		die(dev->path);
}

static void end(const struct dev *dev)
{
	if (swapoff(dev->path))
		die(dev->path);
}

static char *map(void)
{
	char *area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(unsigned long round, const char *name, const char *op, unsigned long count)
{
	double total = 0;
	unsigned long i;

	for (i = 0; i < count; i++)
		total += times[i];
	qsort(times, count, sizeof(*times), compare_double);
	printf("swapq: %lu %s %s p50=%.0f p99=%.0f mean=%.0f wall=%.0f\n", round, name, op,
	       times[count / 2], times[count * 99 / 100], total / count, total / count);
	fflush(stdout);
}

/* Advise chunk by chunk, nanoseconds per page. */
static void advise(char *area, int advice)
{
	unsigned long i, bytes = chunk * PAGE;

	for (i = 0; i < pages / chunk; i++) {
		unsigned long long start = __rdtsc();

		if (madvise(area + i * bytes, bytes, advice))
			die("madvise");
		times[i] = (__rdtsc() - start) / cycles_per_ns / chunk;
	}
}

static void compare(const char *area, size_t offset)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (memcmp(area + i * PAGE, data + (offset + i * PAGE) % data_bytes, PAGE)) {
			fprintf(stderr, "swapq: page %lu came back wrong\n", i);
			exit(1);
		}
}

static void chunks_round(unsigned long round, const struct dev *dev)
{
	size_t offset = round * 7919 * PAGE;
	unsigned long before, out;
	char *area = map();

	fill(area, pages * PAGE, offset);
	before = resident_pages();
	advise(area, MADV_PAGEOUT);
	out = before - resident_pages();
	if (out < pages / 100 * 98) {
		fprintf(stderr, "swapq: %s took %lu pages of %lu\n", dev->name, out, pages);
		exit(1);
	}
	report(round, dev->name, "out", pages / chunk);
	advise(area, MADV_WILLNEED);
	report(round, dev->name, "in", pages / chunk);
	if (round == rounds - 1)
		compare(area, offset);
	munmap(area, pages * PAGE);
}

/* The child: swap all out, say so, and note when it begins to exit. */
static void swap_out_and_exit(unsigned long long *start)
{
	unsigned long i, per_chunk = 256, before = resident_pages();
	char *area = map();

	for (i = 0; i < pages; i += per_chunk) {
		size_t bytes = (pages - i < per_chunk ? pages - i : per_chunk) * PAGE;

		fill(area + i * PAGE, bytes, i * PAGE);
		if (madvise(area + i * PAGE, bytes, MADV_PAGEOUT))
			die("madvise");
	}
	if (resident_pages() > before + pages / 50) {
		fprintf(stderr, "swapq: pages stayed\n");
		_exit(1);
	}
	*start = __rdtsc();
	_exit(0);
}

static void exit_round(unsigned long round, const struct dev *dev)
{
	unsigned long long *start = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (start == MAP_FAILED)
		die("mmap");
	*start = 0;
	pid = fork();
	if (!pid)
		swap_out_and_exit(start);
	if (waitpid(pid, &status, 0) != pid || status)
		die("child");
	times[0] = (__rdtsc() - *start) / cycles_per_ns / pages;
	report(round, dev->name, "exit", 1);
	munmap(start, PAGE);
}

static void run(int exits)
{
	unsigned long round;
	int i;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < nr_devs; i++) {
			const struct dev *dev = &devs[(round + i) % nr_devs];

			begin(dev);
			if (exits)
				exit_round(round, dev);
			else
				chunks_round(round, dev);
			end(dev);
		}
}

int main(int argc, char **argv)
{
	int i, exits;

	if (argc < 7 || argc > 6 + MAX_DEVS) {
		fprintf(stderr, "usage: swapq chunks|exit FILE PAGES CHUNK ROUNDS NAME=DEV...\n");
		return 2;
	}
	exits = !strcmp(argv[1], "exit");
	pages = strtoul(argv[3], NULL, 10);
	chunk = strtoul(argv[4], NULL, 10);
	rounds = strtoul(argv[5], NULL, 10);
	for (i = 6; i < argc; i++) {
		devs[nr_devs].name = strtok(argv[i], "=");
		devs[nr_devs++].path = strtok(NULL, "=");
	}
	times = calloc(pages, sizeof(*times));
	load_data(argv[2]);
	calibrate();
	run(exits);
	printf("swapq: verified\n");
	return 0;
}
