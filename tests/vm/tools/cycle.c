// SPDX-License-Identifier: GPL-2.0-only
/*
 * cycle - loads modules, swaps, and unloads them, over and over
 *
 *	cycle COUNT DEVICE PARAMETERS MODULE.ko...
 *
 * PARAMETERS are those of the last module, with which DEVICE appears.  In each round it is
 * made swap, some pages go there and come back, and everything is undone.  This is what
 * modprobe, mkswap, swapon, swapoff and rmmod do, without the time that starting them takes.
 *
 * Exit status 1: something failed, or a page was not what it should be.
 */
#define _GNU_SOURCE
#include "content.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES		64

#define fail(...)					\
	do {						\
		printf(__VA_ARGS__);			\
		printf(": %s\n", strerror(errno));	\
		exit(1);				\
	} while (0)

/* What mkswap writes; see union swap_header in the kernel. */
struct swap_header {
	char	boot[1024];
	__u32	version;
	__u32	last_page;
	char	unused[PAGE_SIZE - 1024 - 2 * sizeof(__u32) - 10];
	char	magic[10];
};

static const struct content content = {
	.seed = 7, .mix = { .text = 50, .half = 20, .random = 15 },
};

static void load(const char *file, const char *parameters)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		fail("loading %s", file);
	close(fd);
}

static void unload(const char *file)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(basename(file), "."), basename(file));
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		fail("unloading %s", name);
}

static void make_swap(const char *device)
{
	struct swap_header header = { .version = 1 };
	int fd = open(device, O_RDWR | O_EXCL | O_CLOEXEC);
	__u64 bytes;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		fail("%s", device);
	header.last_page = bytes / PAGE_SIZE - 1;
	memcpy(header.magic, "SWAPSPACE2", sizeof(header.magic));
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header) || fsync(fd))
		fail("writing the header");
	close(fd);
}

/* Sends pages of ours out, and looks whether they come back as they were. */
static void use_swap(__u32 round)
{
	char *memory = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char resident[PAGES];
	unsigned int i, out = 0;

	if (memory == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < PAGES; i++)
		content_fill(&content, memory + i * PAGE_SIZE, i, round);
	if (madvise(memory, PAGES * PAGE_SIZE, MADV_PAGEOUT) ||
	    mincore(memory, PAGES * PAGE_SIZE, resident))
		fail("paging out");
	for (i = 0; i < PAGES; i++)
		out += !(resident[i] & 1);
	if (out < PAGES / 2) {
		printf("round %u: only %u pages went out\n", round, out);
		exit(1);
	}
	for (i = 0; i < PAGES; i++)
		if (!content_check(&content, memory + i * PAGE_SIZE, i, round))
			exit(1);
	munmap(memory, PAGES * PAGE_SIZE);
}

int main(int argc, char **argv)
{
	const char *device, *parameters;
	unsigned long rounds, round;
	int i;

	if (argc < 5)
		die("usage: cycle COUNT DEVICE PARAMETERS MODULE.ko...");
	rounds = parse_number(argv[1]);
	device = argv[2];
	parameters = argv[3];
	for (round = 1; round <= rounds; round++) {
		for (i = 4; i < argc; i++)
			load(argv[i], i == argc - 1 ? parameters : "");
		make_swap(device);
		if (swapon(device, 0))
			fail("swapon");
		use_swap(round);
		if (swapoff(device))
			fail("swapoff");
		for (i = argc - 1; i >= 4; i--)
			unload(argv[i]);
	}
	printf("%lu rounds\n", rounds);
	return 0;
}
