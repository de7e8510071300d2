// SPDX-License-Identifier: GPL-2.0-only
/*
 * samedisk DEVICE LOWER - what DEVICE serves is what LOWER holds, byte for byte
 *
 * Reads both by direct I/O, past every page cache, in pieces of 1 to 64 blocks of 4 KiB.  Nobody
 * may write meanwhile.  Says how many blocks differ, and which first.  Exit status 1: some do.
 */
#define _GNU_SOURCE
#include "content.h"
#include "util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST		64
#define MOST_SAID	10

static int open_disk(const char *path, __u64 *bytes)
{
	int fd = open(path, O_RDONLY | O_DIRECT);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, bytes))
		die_errno("%s", path);
	return fd;
}

static void get(const char *path, int fd, char *buf, unsigned long nr, unsigned long count)
{
	ssize_t got = pread(fd, buf, count * PAGE_SIZE, nr * PAGE_SIZE);

	if (got != (ssize_t)(count * PAGE_SIZE))
		die("%s: read of %lu blocks at %lu: %zd, %m", path, count, nr, got);
}

int main(int argc, char **argv)
{
	unsigned long nr, count, i, blocks, differ = 0;
	__u64 bytes, lower_bytes, random = 1;
	char *buf, *lower_buf;
	int fd, lower;

	if (argc != 3)
		die("usage: samedisk DEVICE LOWER");
	fd = open_disk(argv[1], &bytes);
	lower = open_disk(argv[2], &lower_bytes);
	if (bytes > lower_bytes)
		die("%s is larger than %s", argv[1], argv[2]);
	buf = aligned_alloc(PAGE_SIZE, MOST * PAGE_SIZE);
	lower_buf = aligned_alloc(PAGE_SIZE, MOST * PAGE_SIZE);
	if (!buf || !lower_buf)
		die("no memory");
	blocks = bytes / PAGE_SIZE;
	for (nr = 0; nr < blocks; nr += count) {
		count = 1 + random_next(&random) % MOST;
		count = count < blocks - nr ? count : blocks - nr;
		get(argv[1], fd, buf, nr, count);
		get(argv[2], lower, lower_buf, nr, count);
		for (i = 0; i < count; i++)
			if (memcmp(buf + i * PAGE_SIZE, lower_buf + i * PAGE_SIZE, PAGE_SIZE) &&
			    differ++ < MOST_SAID)
				printf("block %lu differs\n", nr + i);
	}
	printf("samedisk: %lu blocks, %lu differ\n", blocks, differ);
	return differ ? 1 : 0;
}
