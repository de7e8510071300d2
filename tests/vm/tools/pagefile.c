// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagefile - a file, or a disk, whose every page is known
 *
 *	pagefile [OPTION]... write FILE PAGES	writes it
 *	pagefile [OPTION]... check FILE PAGES	reads and compares it
 *	pagefile [OPTION]... run FILE PAGES	writes it, then reads it again and again, in
 *						turn as below, and rewrites some of it in between
 *
 *	-v VERSION	of what is written, or should be there (1)
 *	-p HOW		for write: buffered, direct, mapped; for check, of those: loop, random,
 *			direct, mapped (the first)
 *	-n PASSES	so often (1)
 *	-w PERCENT	with run: pages that are rewritten in each pass (2)
 *	-o FIRST	page of the file (0)
 *	-s SEED, -x MIX	of the content
 *
 * "run" is for a file that is larger than the page cache.  Exit status 1: something was wrong.
 */
#define _GNU_SOURCE
#include "content.h"
#include "util.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AT_ONCE		32	/* pages of a read or write */

enum how { LOOP, RANDOM, DIRECT, MAPPED, HOWS };

static const char *const how_name[HOWS] = { "loop", "random", "direct", "mapped" };

static struct content content = {
	.seed = 1, .mix = { .text = 60, .half = 20, .random = 10 },
};

static const char *path;
static unsigned long first, pages, passes = 1, percent = 2;
static __u32 *version, the_version = 1;
static __u64 random_state;
static unsigned long checked, written, bad;
static char *buf;

static int open_file(int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		die_errno("%s", path);
	return fd;
}

static char *map_file(int fd, int prot)
{
	char *map = mmap(NULL, pages * PAGE_SIZE, prot, MAP_SHARED, fd, first * PAGE_SIZE);

	if (map == MAP_FAILED)
		die_errno("mmap of %s", path);
	return map;
}

static void complain(const char *what, unsigned long nr, ssize_t got)
{
	if (bad++ < 10)
		printf("%s of page %lu: %zd, %m\n", what, nr, got);
}

static void check_pages(const char *at, unsigned long nr, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		if (!content_check(&content, at + i * PAGE_SIZE, first + nr + i, version[nr + i]))
			bad++;
	checked += count;
}

static void read_pages(int fd, unsigned long nr, unsigned long count)
{
	ssize_t got = pread(fd, buf, count * PAGE_SIZE, (first + nr) * PAGE_SIZE);

	if (got != (ssize_t)(count * PAGE_SIZE))
		complain("read", nr, got);
	else
		check_pages(buf, nr, count);
}

/* Each page once, in the order of @how. */
static void check_all(enum how how)
{
	int fd = open_file(O_RDONLY | (how == DIRECT ? O_DIRECT : 0));
	unsigned long i, count;
	char *map;

	if (how == MAPPED) {
		map = map_file(fd, PROT_READ);
		for (i = 0; i < pages; i++)
			check_pages(map + i * PAGE_SIZE, i, 1);
		munmap(map, pages * PAGE_SIZE);
	} else if (how == RANDOM) {
		for (i = 0; i < pages; i++)
			read_pages(fd, random_next(&random_state) % pages, 1);
	} else {
		for (i = 0; i < pages; i += count) {
			count = pages - i < AT_ONCE ? pages - i : AT_ONCE;
			read_pages(fd, i, count);
		}
	}
	close(fd);
}

static void write_pages(int fd, unsigned long nr, unsigned long count)
{
	unsigned long i;
	ssize_t put;

	for (i = 0; i < count; i++)
		content_fill(&content, buf + i * PAGE_SIZE, first + nr + i, version[nr + i]);
	put = pwrite(fd, buf, count * PAGE_SIZE, (first + nr) * PAGE_SIZE);
	if (put != (ssize_t)(count * PAGE_SIZE))
		complain("write", nr, put);
	written += count;
}

static void write_all(enum how how)
{
	int fd = open_file(O_RDWR | O_CREAT | (how == DIRECT ? O_DIRECT : 0));
	unsigned long i, count;
	char *map;

	if (how == MAPPED) {
		map = map_file(fd, PROT_READ | PROT_WRITE);
		for (i = 0; i < pages; i++)
			content_fill(&content, map + i * PAGE_SIZE, first + i, version[i]);
		munmap(map, pages * PAGE_SIZE);
		written += pages;
	} else {
		for (i = 0; i < pages; i += count) {
			count = pages - i < AT_ONCE ? pages - i : AT_ONCE;
			write_pages(fd, i, count);
		}
	}
	if (fsync(fd))
		complain("fsync", 0, -1);
	close(fd);
}

static void rewrite_some(enum how how)
{
	int fd = open_file(O_RDWR | (how == DIRECT ? O_DIRECT : 0));
	char *map = map_file(fd, PROT_READ | PROT_WRITE);
	unsigned long i, nr;

	for (i = 0; i < pages * percent / 100; i++) {
		nr = random_next(&random_state) % pages;
		version[nr]++;
		if (how == MAPPED) {
			content_fill(&content, map + nr * PAGE_SIZE, first + nr, version[nr]);
			written++;
		} else {
			write_pages(fd, nr, 1);
		}
	}
	munmap(map, pages * PAGE_SIZE);
	close(fd);
}

static void run(void)
{
	static const enum how writes[] = { LOOP, DIRECT, MAPPED };
	static const enum how reads[] = { LOOP, RANDOM, LOOP, MAPPED };
	unsigned long i;

	write_all(LOOP);
	for (i = 0; i < passes; i++) {
		check_all(reads[i % ARRAY_SIZE(reads)]);
		rewrite_some(writes[i % ARRAY_SIZE(writes)]);
	}
	check_all(LOOP);
}

static enum how how_of(const char *name)
{
	enum how how;

	if (!strcmp(name, "buffered"))
		return LOOP;
	for (how = 0; how < HOWS; how++)
		if (!strcmp(name, how_name[how]))
			return how;
	die("'%s': loop, random, buffered, direct or mapped is meant", name);
}

static enum how parse(int argc, char **argv)
{
	enum how how = LOOP;
	int c;

	while ((c = getopt(argc, argv, "v:p:n:w:o:s:x:")) != -1) {
		switch (c) {
		case 'v':
			the_version = parse_number(optarg);
			break;
		case 'p':
			how = how_of(optarg);
			break;
		case 'n':
			passes = parse_number(optarg);
			break;
		case 'w':
			percent = parse_number(optarg);
			break;
		case 'o':
			first = parse_number(optarg);
			break;
		case 's':
			content.seed = parse_number(optarg);
			break;
		case 'x':
			content.mix = mix_parse(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (optind != argc - 3)
		die("usage: pagefile [OPTION]... write|check|run FILE PAGES");
	return how;
}

int main(int argc, char **argv)
{
	enum how how = parse(argc, argv);
	const char *verb = argv[optind];
	unsigned long i;

	path = argv[optind + 1];
	pages = parse_number(argv[optind + 2]);
	random_state = content.seed;
	version = calloc(pages, sizeof(*version));
	buf = aligned_alloc(PAGE_SIZE, AT_ONCE * PAGE_SIZE);
	if (!version || !buf)
		die("no memory");
	for (i = 0; i < pages; i++)
		version[i] = the_version;
	if (!strcmp(verb, "write")) {
		write_all(how);
	} else if (!strcmp(verb, "check")) {
		for (i = 0; i < passes; i++)
			check_all(how);
	} else if (!strcmp(verb, "run")) {
		run();
	} else {
		die("'%s': write, check or run is meant", verb);
	}
	printf("pagefile: %s: %lu pages written, %lu checked, %lu bad\n", verb, written, checked,
	       bad);
	return bad ? 1 : 0;
}
