// SPDX-License-Identifier: GPL-2.0-only
/*
 * reread - reads a file that is larger than memory, again and again
 *
 *	reread loop FILE PAGES READS [SEED]
 *					all of it, from the beginning to the end, again and again
 *	reread zipf FILE PAGES READS	single pages, some of which are wanted often: the n-th
 *					most wanted with a weight of 1/n
 *	reread hot FILE PAGES READS	half of the reads are of a tenth of the file, at random;
 *					the others go through the rest of it again and again
 *	reread once FILE PAGES READS	from the beginning to the end, READS pages, never again
 *	reread evict FILE PAGES READS	64 pages are read, then dropped from the page cache,
 *					and so on; says what dropping one takes
 *	reread make FILE PAGES CORPUS	the file: pages of CORPUS, each with its number in it
 *
 * READS pages are read; each is looked at.  The order follows from SEED.  Says how long it took.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096UL
#define AT_ONCE		16	/* pages of a read in a row */
#define EVICT		64	/* pages that are dropped at once */
#define HOT_PART	10	/* of the file, for "hot" */

static unsigned long pages;
static int fd;
static char *buf;
static __u64 state = 1;

static void die(const char *what)
{
	fprintf(stderr, "reread: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* splitmix64 */
static __u64 random_next(void)
{
	__u64 z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void read_pages(unsigned long nr, unsigned long count)
{
	unsigned long i;
	__u64 tag;

	if (pread(fd, buf, count * PAGE, nr * PAGE) != (ssize_t)(count * PAGE))
		die("read");
	for (i = 0; i < count; i++) {
		memcpy(&tag, buf + i * PAGE, sizeof(tag));
		if (tag != nr + i) {
			errno = EILSEQ;
			die("WRONG PAGE");
		}
	}
}

static void in_a_row(unsigned long reads)
{
	unsigned long i;

	for (i = 0; i < reads; i += AT_ONCE)
		read_pages(i % (pages - pages % AT_ONCE), AT_ONCE);
}

/* Wanted pages lie anywhere: a page's place has nothing to do with its rank. */
static unsigned long place_of(unsigned long rank)
{
	/* Of a prime number's multiples: each rank has a place of its own. */
	return rank * 2654435761UL % pages;
}

static void zipf(unsigned long reads)
{
	double *sum = malloc(pages * sizeof(*sum)), total = 0, draw;
	unsigned long i, low, high, middle;

	if (!sum)
		die("memory");
	for (i = 0; i < pages; i++)
		sum[i] = total += 1.0 / (i + 1);
	for (i = 0; i < reads; i++) {
		draw = (random_next() >> 11) * total / (1ULL << 53);
		for (low = 0, high = pages - 1; low < high;) {
			middle = (low + high) / 2;
			if (sum[middle] < draw)
				low = middle + 1;
			else
				high = middle;
		}
		read_pages(place_of(low), 1);
	}
	free(sum);
}

static void hot(unsigned long reads)
{
	unsigned long hot_pages = pages / HOT_PART, at = hot_pages, i, k;

	for (i = 0; i < reads; i += 2 * AT_ONCE) {
		for (k = 0; k < AT_ONCE; k++)
			read_pages(random_next() % hot_pages, 1);
		if (at + AT_ONCE > pages)
			at = hot_pages;
		read_pages(at, AT_ONCE);
		at += AT_ONCE;
	}
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * Half of the times were shorter than what it says.  On one processor those who look at the copies
 * would run in between, and count.
 */
static void drop_pages(unsigned long reads)
{
	struct sched_param first = { .sched_priority = 1 };
	unsigned long rounds = reads / EVICT, i, k, nr;
	double *times = malloc(rounds * sizeof(*times)), begin;

	if (!times || sched_setscheduler(0, SCHED_FIFO, &first))
		die("evict");
	for (i = 0; i < rounds; i++) {
		nr = i * EVICT % (pages - EVICT);
		for (k = 0; k < EVICT; k += AT_ONCE)
			read_pages(nr + k, AT_ONCE);
		begin = now_ns();
		if (posix_fadvise(fd, nr * PAGE, EVICT * PAGE, POSIX_FADV_DONTNEED))
			die("fadvise");
		times[i] = now_ns() - begin;
		/* What was copied is looked at by somebody else. */
		usleep(5000);
	}
	qsort(times, rounds, sizeof(*times), compare);
	printf("reread: evict ns=%.0f\n", times[rounds / 2] / EVICT);
	free(times);
}

static void make(const char *corpus)
{
	int from = open(corpus, O_RDONLY);
	__u64 i;

	if (from < 0)
		die(corpus);
	for (i = 0; i < pages; i++) {
		if (read(from, buf, PAGE) != (ssize_t)PAGE) {
			lseek(from, 0, SEEK_SET);
			if (read(from, buf, PAGE) != (ssize_t)PAGE)
				die(corpus);
		}
		memcpy(buf, &i, sizeof(i));
		if (pwrite(fd, buf, PAGE, i * PAGE) != (ssize_t)PAGE)
			die("write");
	}
}

int main(int argc, char **argv)
{
	unsigned long reads;
	double begin;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: reread PATTERN FILE PAGES READS [SEED]\n");
		return 2;
	}
	pages = strtoul(argv[3], NULL, 0);
	buf = malloc(AT_ONCE * PAGE);
	fd = open(argv[2], strcmp(argv[1], "make") ? O_RDONLY : O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (!buf || fd < 0 || !pages)
		die(argv[2]);
	if (!strcmp(argv[1], "make")) {
		make(argv[4]);
		return 0;
	}
	reads = strtoul(argv[4], NULL, 0);
	if (argc == 6)
		state = strtoul(argv[5], NULL, 0);
	begin = now_ns();
	if (!strcmp(argv[1], "zipf"))
		zipf(reads);
	else if (!strcmp(argv[1], "evict"))
		drop_pages(reads);
	else if (!strcmp(argv[1], "hot"))
		hot(reads);
	else
		in_a_row(reads);
	printf("reread: %s pages=%lu reads=%lu ms=%.0f\n", argv[1], pages, reads,
	       (now_ns() - begin) / 1e6);
	return 0;
}
