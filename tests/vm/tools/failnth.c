// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing again and again, and each time another of the kernel's allocations fails: the
 * first, the second, and so on until the thing is done without reaching the n-th. The kernel
 * needs CONFIG_FAULT_INJECTION; which allocations count is set in debugfs, see t/50-fail-alloc.sh.
 *
 *	failnth [-e ERRNO,...] [-o FILE] [-s STRIDE] OPERATION [-- OPERATION]
 *
 * The second operation undoes the first. After each failure the first must succeed when it is
 * tried again. Errors beside ENOMEM that may come are named with -e. With -o another process
 * has FILE open most of the time, as udev opens a new disk; undoing then waits for it.
 *
 * With -s, after the first hundred only every STRIDE-th is tried: where they are many they are
 * pages of one buffer.
 *
 * Prints "faults 12 succeeded 3 ENOMEM 9"; exits with 1 when anything else happened. Operations:
 *
 *	load FILE [PARAMETERS]	unload NAME	mkdir PATH	rmdir PATH
 *	write FILE VALUE	read FILE	swapon DEVICE	swapoff DEVICE
 *	put DEVICE BLOCK	get DEVICE BLOCK (which was put before)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <signal.h>
#include <unistd.h>

#include "util.h"

#define FAULTS_MAX	5000
#define ALL_UP_TO	100	/* see -s */
#define BLOCK_SIZE	4096
#define OPEN_US		2000	/* so long the other process has its file open */
#define TRIES		200	/* to undo something while it has */

struct operation {
	const char	*name;
	int		args;	/* at least so many */
	int		(*run)(char **args);
};

static alignas(BLOCK_SIZE) char block[BLOCK_SIZE];
static char *image;	/* the module that is loaded */
static size_t image_size;
static int fault_fd;
static bool opener;	/* there is another process */

/* -- operations: 0 or -errno ---------------------------------------------------------- */

static int op_load(char **args)
{
	return syscall(SYS_init_module, image, image_size, args[1] ? args[1] : "") ? -errno : 0;
}

static int op_unload(char **args)
{
	return syscall(SYS_delete_module, args[0], O_NONBLOCK) ? -errno : 0;
}

static int op_mkdir(char **args)
{
	return mkdir(args[0], 0755) ? -errno : 0;
}

static int op_rmdir(char **args)
{
	return rmdir(args[0]) ? -errno : 0;
}

static int op_write(char **args)
{
	int fd = open(args[0], O_WRONLY);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, args[1], strlen(args[1])) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int op_read(char **args)
{
	int fd = open(args[0], O_RDONLY);
	int err = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, block, sizeof(block));
		if (got < 0)
			err = -errno;
	} while (got > 0);
	close(fd);
	return err;
}

static int op_swapon(char **args)
{
	return swapon(args[0], 0) ? -errno : 0;
}

static int op_swapoff(char **args)
{
	return swapoff(args[0]) ? -errno : 0;
}

/* Something that compresses, but not to nothing; the number is in it. */
static void make_block(unsigned long number)
{
	unsigned long long state = number + 1;

	for (int i = 0; i < BLOCK_SIZE; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		block[i] = i % 4 ? 'a' + i % 7 : (char)(state >> 56);
	}
}

static int op_put(char **args)
{
	unsigned long number = parse_number(args[1]);
	int fd = open(args[0], O_RDWR | O_DIRECT);
	int err = 0;

	if (fd < 0)
		return -errno;
	make_block(number);
	if (pwrite(fd, block, BLOCK_SIZE, number * BLOCK_SIZE) != BLOCK_SIZE)
		err = -errno;
	close(fd);
	return err;
}

static int op_get(char **args)
{
	static alignas(BLOCK_SIZE) char got[BLOCK_SIZE];
	unsigned long number = parse_number(args[1]);
	int fd = open(args[0], O_RDONLY | O_DIRECT);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (pread(fd, got, BLOCK_SIZE, number * BLOCK_SIZE) != BLOCK_SIZE)
		err = -errno;
	close(fd);
	make_block(number);
	/* No error of the kernel, and not to be forgiven by -e. */
	if (!err && memcmp(got, block, BLOCK_SIZE))
		err = -EBADE;
	return err;
}

static const struct operation operations[] = {
	{ "load", 1, op_load },
	{ "unload", 1, op_unload },
	{ "mkdir", 1, op_mkdir },
	{ "rmdir", 1, op_rmdir },
	{ "write", 2, op_write },
	{ "read", 1, op_read },
	{ "swapon", 1, op_swapon },
	{ "swapoff", 1, op_swapoff },
	{ "put", 2, op_put },
	{ "get", 2, op_get },
};

/* -- faults --------------------------------------------------------------------------- */

static void set_fault(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fault_fd, text, len, 0) != len)
		die_errno("fail-nth");
}

/* Ends it, and tells whether it came. */
static bool fault_came(void)
{
	char text[16] = "";

	if (pread(fault_fd, text, sizeof(text) - 1, 0) <= 0)
		die_errno("fail-nth");
	set_fault(0);
	return atoi(text) == 0;
}

/* -- the loop ------------------------------------------------------------------------- */

static int counts[256];	/* by errno, 0 for success */

static bool expected(int err, const char *allowed)
{
	const char *name = strerrorname_np(err);
	const char *found = allowed;
	size_t len = strlen(name);

	if (err == 0 || err == ENOMEM)
		return true;
	while ((found = strstr(found, name))) {
		if ((found == allowed || found[-1] == ',') &&
		    (found[len] == 0 || found[len] == ','))
			return true;
		found += len;
	}
	return false;
}

static bool in_use(int err)
{
	return err == -EBUSY || err == -EAGAIN || err == -EWOULDBLOCK;
}

static void must(const struct operation *op, char **args, const char *why, int nth)
{
	int err = op->run(args);

	for (int try = 0; opener && in_use(err) && try < TRIES; try++) {
		usleep(OPEN_US / 3);
		err = op->run(args);
	}
	if (err) {
		printf("fault %d: %s %s %s: %s\n", nth, op->name, args[0], why,
		       strerrorname_np(-err));
		exit(1);
	}
}

static const struct operation *find_operation(char **args)
{
	int given = 0;

	while (args[given])
		given++;
	for (size_t i = 0; given && i < ARRAY_SIZE(operations); i++) {
		if (!strcmp(args[0], operations[i].name) && given > operations[i].args)
			return &operations[i];
	}
	die("no operation, or too few arguments: '%s'", given ? args[0] : "");
}

static void read_image(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		die_errno("%s", path);
	image_size = st.st_size;
	image = malloc(image_size);
	if (!image || read(fd, image, image_size) != st.st_size)
		die_errno("%s", path);
	close(fd);
}

static void start_opener(const char *path)
{
	opener = true;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = open(path, O_RDONLY);

		if (fd >= 0) {
			usleep(OPEN_US);
			close(fd);
		}
		usleep(OPEN_US / 10);
	}
}

static bool one_fault(const struct operation *op, char **args, const struct operation *undo,
		      char **undo_args, const char *allowed, int nth)
{
	bool came;
	int err;

	set_fault(nth);
	err = -op->run(args);
	came = fault_came();
	if (came)
		counts[err & 255]++;
	if (!expected(err, allowed) || (err && !came)) {
		printf("fault %d, which %s: %s %s failed: %s\n", nth,
		       came ? "came" : "did not come", op->name, args[0], strerrorname_np(err));
		exit(1);
	}
	if (err)
		must(op, args, "does not work after a failure", nth);
	if (undo)
		must(undo, undo_args, "cannot be undone", nth);
	return came;
}

int main(int argc, char **argv)
{
	const struct operation *op, *undo = NULL;
	char **args, **undo_args = NULL;
	const char *allowed = "";
	int nth = 1, stride = 1, tried = 0;

	for (; argc > 2 && argv[1][0] == '-'; argc -= 2, argv += 2) {
		if (!strcmp(argv[1], "-e"))
			allowed = argv[2];
		else if (!strcmp(argv[1], "-o"))
			start_opener(argv[2]);
		else if (!strcmp(argv[1], "-s"))
			stride = parse_number(argv[2]);
	}
	args = ++argv;
	for (; *argv; argv++) {
		if (!undo_args && !strcmp(*argv, "--")) {
			*argv = NULL;
			undo_args = argv + 1;
		}
	}
	op = find_operation(args);
	if (undo_args)
		undo = find_operation(undo_args);
	if (op->run == op_load)
		read_image(args[1]);
	else if (undo && undo->run == op_load)
		read_image(undo_args[1]);

	fault_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fault_fd < 0)
		die_errno("this kernel injects no faults");
	/* Our own page faults shall not be what fails. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die_errno("mlockall");
	setvbuf(stdout, NULL, _IOLBF, 0);

	args++;
	if (undo_args)
		undo_args++;
	while (one_fault(op, args, undo, undo_args, allowed, nth)) {
		tried++;
		nth += nth < ALL_UP_TO ? 1 : stride;
		if (nth > FAULTS_MAX)
			die("no end after %d faults", FAULTS_MAX);
	}
	printf("faults %d succeeded %d", tried, counts[0]);
	for (size_t err = 1; err < ARRAY_SIZE(counts); err++) {
		if (counts[err])
			printf(" %s %d", strerrorname_np(err), counts[err]);
	}
	putchar('\n');
	return 0;
}
