// SPDX-License-Identifier: GPL-2.0-only
/*
 * stale - page-cache pages that are not what the disk below holds
 *
 *	stale [-c] [-w] alias FILE OTHER PAGES
 *		OTHER, on another disk, is mapped; its pages are written to FILE by direct I/O, and
 *		changed afterwards: the kernel sees one page in two places.
 *	stale check FILE PAGES
 *		whether FILE still is what was written to it then
 *	stale tail FILE PAGES
 *		FILE gets PAGES pages, and 1000 bytes; behind its end bytes are written, as only
 *		who maps it can
 *	stale tailcheck FILE PAGES
 *		whether it is that, and zeroes are behind its end
 *	stale short FILE PAGES
 *		FILE has had PAGES pages, and is cut in the middle of the last
 *	stale shortcheck FILE PAGES
 *
 * -w: while the other file's pages are on their way to their own disk, which should be slow.
 * -c: the pages are changed to what xxh64 takes for the same, see collide.c.
 *
 * Exit status 1: the check failed.
 */
#define _GNU_SOURCE
#include "collide.h"
#include "content.h"
#include "util.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REST	1000UL	/* bytes in the last page */

/* Half random: what does not compress at all would not be kept. */
static const struct content content = { .seed = 5, .mix = { .half = 100 } };
static bool colliding, writing;
static unsigned long pages;

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		die_errno("%s", path);
	return fd;
}

static char *map_file(int fd, unsigned long count)
{
	char *map = mmap(NULL, count * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die_errno("mmap");
	return map;
}

static void write_page(int fd, const void *page, unsigned long nr)
{
	if (pwrite(fd, page, PAGE_SIZE, nr * PAGE_SIZE) != PAGE_SIZE)
		die_errno("page %lu", nr);
}

static void set_size(int fd, unsigned long bytes)
{
	if (ftruncate(fd, bytes))
		die_errno("ftruncate");
}

static void change(void *page, unsigned long nr)
{
	__u64 before;

	if (!colliding) {
		content_fill(&content, page, nr, 2);
		return;
	}
	before = xxh64(page, PAGE_SIZE, nr);
	collide(page);
	if (xxh64(page, PAGE_SIZE, nr) != before)
		die("xxh64 tells page %lu from the other", nr);
}

static int alias(const char *path, const char *other)
{
	int file = open_file(path, O_RDWR | O_CREAT | O_DIRECT);
	int fd = open_file(other, O_RDWR | O_CREAT | O_TRUNC);
	unsigned long i;
	char *map;

	set_size(fd, pages * PAGE_SIZE);
	map = map_file(fd, pages);
	for (i = 0; i < pages; i++)
		content_fill(&content, map + i * PAGE_SIZE, i, 1);
	if (writing) {
		if (sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE))
			die_errno("sync_file_range");
	} else if (fsync(fd)) {
		die_errno("fsync");
	}
	for (i = 0; i < pages; i++)
		write_page(file, map + i * PAGE_SIZE, i);
	if (fsync(file) || fsync(fd))
		die_errno("fsync");
	for (i = 0; i < pages; i++)
		change(map + i * PAGE_SIZE, i);
	if (msync(map, pages * PAGE_SIZE, MS_SYNC))
		die_errno("msync");
	munmap(map, pages * PAGE_SIZE);
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		die_errno("fadvise");
	close(fd);
	close(file);
	return 0;
}

static unsigned long check(int fd)
{
	unsigned long i, bad = 0;
	char page[PAGE_SIZE];

	for (i = 0; i < pages; i++)
		if (pread(fd, page, PAGE_SIZE, i * PAGE_SIZE) != PAGE_SIZE ||
		    !content_check(&content, page, i, 1))
			bad++;
	return bad;
}

static void write_pages(int fd)
{
	char page[PAGE_SIZE];
	unsigned long i;

	for (i = 0; i < pages; i++) {
		content_fill(&content, page, i, 1);
		write_page(fd, page, i);
	}
}

static int tail(const char *path)
{
	int fd = open_file(path, O_RDWR | O_CREAT | O_TRUNC);
	char page[PAGE_SIZE], *map;

	write_pages(fd);
	content_fill(&content, page, pages, 1);
	if (pwrite(fd, page, REST, pages * PAGE_SIZE) != (ssize_t)REST)
		die_errno("%s", path);
	map = map_file(fd, pages + 1);
	memset(map + pages * PAGE_SIZE + REST, 0xee, PAGE_SIZE - REST);
	if (msync(map, (pages + 1) * PAGE_SIZE, MS_SYNC))
		die_errno("msync");
	munmap(map, (pages + 1) * PAGE_SIZE);
	close(fd);
	return 0;
}

/* What was there before stays on some disks, behind the end. */
static int cut_short(const char *path)
{
	int fd = open_file(path, O_RDWR | O_CREAT | O_TRUNC);
	char page[PAGE_SIZE];

	write_pages(fd);
	content_fill(&content, page, pages, 1);
	write_page(fd, page, pages);
	if (fsync(fd))
		die_errno("fsync");
	set_size(fd, pages * PAGE_SIZE + REST);
	close(fd);
	return 0;
}

static int check_tail(const char *path)
{
	char page[PAGE_SIZE], wanted[PAGE_SIZE];
	int fd = open_file(path, O_RDWR);
	unsigned long bad = check(fd), i;
	const char *last;
	ssize_t got;

	got = pread(fd, page, PAGE_SIZE, pages * PAGE_SIZE);
	content_fill(&content, wanted, pages, 1);
	if (got != (ssize_t)REST || memcmp(page, wanted, REST)) {
		printf("%s: the last page is wrong: %zd bytes, %m\n", path, got);
		bad++;
	}
	last = map_file(fd, pages + 1) + pages * PAGE_SIZE;
	if (got == (ssize_t)REST) {
		for (i = REST; i < PAGE_SIZE && !last[i]; i++)
			;
		if (i < PAGE_SIZE) {
			printf("%s: byte %lu behind the end is %02x\n", path, i - REST,
			       (__u8)last[i]);
			bad++;
		}
	}
	return bad ? 1 : 0;
}

static int check_file(const char *path)
{
	int fd = open_file(path, O_RDONLY);
	unsigned long bad = check(fd);

	printf("stale: %lu pages, %lu bad\n", pages, bad);
	return bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *verb, *path;
	int c;

	while ((c = getopt(argc, argv, "cw")) != -1) {
		if (c == 'c')
			colliding = true;
		else if (c == 'w')
			writing = true;
		else
			exit(2);
	}
	argv += optind;
	argc -= optind;
	if (argc < 3)
		die("usage: stale [-c] [-w] VERB FILE [OTHER] PAGES, see the head of stale.c");
	verb = argv[0];
	path = argv[1];
	pages = parse_number(argv[argc - 1]);
	if (!strcmp(verb, "alias") && argc == 4)
		return alias(path, argv[2]);
	if (!strcmp(verb, "check"))
		return check_file(path);
	if (!strcmp(verb, "tail"))
		return tail(path);
	if (!strcmp(verb, "short"))
		return cut_short(path);
	if (!strcmp(verb, "tailcheck") || !strcmp(verb, "shortcheck"))
		return check_tail(path);
	die("'%s' is nothing it can do", verb);
}
