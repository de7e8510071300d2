// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagetool - pages to measure density with
 *
 *	pagetool heap PID FILE PAGES	what a process has in its anonymous memory, less
 *					what is all zero
 *	pagetool halves FILE PAGES	pages half random, half zero
 *	pagetool punch DEVICE SEED	discard single blocks, half of all, at random
 *	pagetool compare FILE DEVICE [SEED]
 *					is FILE on DEVICE; with SEED: after punch
 *
 * heap, halves and punch say how many pages it were.
 */
#include "content.h"
#include "util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags, 0644);

	if (fd < 0)
		die_errno("%s", name);
	return fd;
}

static bool is_zero(const void *page)
{
	static const char zeroes[PAGE_SIZE];

	return !memcmp(page, zeroes, PAGE_SIZE);
}

static void put_page(int fd, const void *page)
{
	if (write(fd, page, PAGE_SIZE) != PAGE_SIZE)
		die_errno("write");
}

static unsigned long dump_area(int memory, int out, unsigned long start, unsigned long end,
			       unsigned long left)
{
	unsigned long count = 0;
	char page[PAGE_SIZE];

	for (; start < end && count < left; start += PAGE_SIZE) {
		if (pread(memory, page, PAGE_SIZE, start) != PAGE_SIZE || is_zero(page))
			continue;
		put_page(out, page);
		count++;
	}
	return count;
}

static unsigned long heap(const char *pid, const char *file, unsigned long pages)
{
	unsigned long start, end, inode, count = 0;
	char path[64], line[512], perms[8];
	int memory, out;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	memory = open_file(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		die_errno("%s", path);
	out = open_file(file, O_WRONLY | O_CREAT | O_TRUNC);
	while (count < pages && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s %*s %*s %lu", &start, &end, perms, &inode) == 4 &&
		    !strcmp(perms, "rw-p") && !inode)
			count += dump_area(memory, out, start, end, pages - count);
	}
	fclose(maps);
	close(memory);
	close(out);
	return count;
}

static unsigned long halves(const char *file, unsigned long pages)
{
	const struct content content = { .seed = 3, .mix = { .half = 100 } };
	int out = open_file(file, O_WRONLY | O_CREAT | O_TRUNC);
	char page[PAGE_SIZE];
	unsigned long i;

	for (i = 0; i < pages; i++) {
		content_fill(&content, page, i, 1);
		put_page(out, page);
	}
	close(out);
	return pages;
}

static bool is_punched(__u64 seed, unsigned long nr)
{
	__u64 state = seed ^ (__u64)nr << 20;

	return random_next(&state) & 1;
}

static unsigned long punch(const char *device, __u64 seed)
{
	int fd = open_file(device, O_RDWR);
	unsigned long i, count = 0;
	__u64 bytes;

	if (ioctl(fd, BLKGETSIZE64, &bytes))
		die_errno("%s", device);
	for (i = 0; i < bytes / PAGE_SIZE; i++) {
		__u64 range[2] = { i * PAGE_SIZE, PAGE_SIZE };

		if (!is_punched(seed, i))
			continue;
		if (ioctl(fd, BLKDISCARD, range))
			die_errno("discard of block %lu", i);
		count++;
	}
	close(fd);
	return count;
}

static unsigned long compare(const char *file, const char *device, const char *seed)
{
	int in = open_file(file, O_RDONLY), fd = open_file(device, O_RDONLY);
	char wanted[PAGE_SIZE], got[PAGE_SIZE];
	unsigned long nr;

	for (nr = 0; read(in, wanted, PAGE_SIZE) == PAGE_SIZE; nr++) {
		if (read(fd, got, PAGE_SIZE) != PAGE_SIZE)
			die_errno("%s: block %lu", device, nr);
		if (seed && is_punched(parse_number(seed), nr))
			memset(wanted, 0, PAGE_SIZE);
		if (memcmp(wanted, got, PAGE_SIZE)) {
			printf("block %lu differs\n", nr);
			exit(1);
		}
	}
	close(fd);
	close(in);
	return nr;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long pages;

	if (!strcmp(what, "heap") && argc == 5)
		pages = heap(argv[2], argv[3], parse_number(argv[4]));
	else if (!strcmp(what, "halves") && argc == 4)
		pages = halves(argv[2], parse_number(argv[3]));
	else if (!strcmp(what, "punch") && argc == 4)
		pages = punch(argv[2], parse_number(argv[3]));
	else if (!strcmp(what, "compare") && (argc == 4 || argc == 5))
		pages = compare(argv[2], argv[3], argv[4]);
	else
		die("usage: pagetool heap|halves|punch|compare ..., see the head of pagetool.c");
	printf("%lu\n", pages);
	return 0;
}
