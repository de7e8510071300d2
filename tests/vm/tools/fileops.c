// SPDX-License-Identifier: GPL-2.0-only
/*
 * fileops - files hold what was written to them, whatever is done to them
 *
 *	fileops [-n OPS] [-r ROUNDS] [-t THREADS] [-f FILES] [-k KIB] [-x MIX] [-s SEED]
 *		[-u UNIT] [-c COMMAND] [-d MS] [-b DEVICE] DIR
 *
 * Each thread has a folder in DIR with FILES files of up to KIB KiB, of which it has a copy in
 * memory.  In each of ROUNDS rounds it does OPS random operations: writes of three kinds, holes,
 * clones and so on, and reads of three kinds, which it compares.  Then all is read, COMMAND is
 * run, which may unmount and mount the file system, and all is read again.
 *
 * -u: the file system's block, if that is not what statfs says.  -d: every MS milliseconds
 * the kernel drops clean pages or compacts memory.  -b: the block device below is read through the
 * page cache all the while, so that clean pages of it lie beside those of files.
 *
 * Says what it has done.  Exit status 1: something was wrong.
 */
#define _GNU_SOURCE
#include "fileops.h"
#include "util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define READ_AT_ONCE	(128 << 10)
#define READ_EACH_US	3000

size_t most = 256 << 10;
size_t unit;
struct content content = { .seed = 1, .mix = { .text = 40, .half = 20, .random = 35 } };

static struct {
	unsigned long	ops;
	unsigned long	rounds;
	unsigned long	threads;
	unsigned long	files;
	unsigned long	drop_ms;
	const char	*command;
	const char	*device;
	const char	*dir;
} options = {
	.ops		= 1000,
	.rounds		= 2,
	.threads	= 2,
	.files		= 12,
};

static atomic_bool ending;
static atomic_ulong drops, device_reads;

static void poke(const char *path, char value)
{
	int fd = open(path, O_WRONLY);

	/* Not every kernel can compact memory. */
	if (fd < 0)
		return;
	if (write(fd, &value, 1) == 1)
		drops++;
	close(fd);
}

static void *drop(void *arg)
{
	__u64 random = content.seed;

	(void)arg;
	while (!ending) {
		usleep(options.drop_ms * 1000);
		if (random_next(&random) % 4)
			poke("/proc/sys/vm/drop_caches", '1' + 2 * (random_next(&random) % 2));
		else
			poke("/proc/sys/vm/compact_memory", '1');
	}
	return NULL;
}

static void *read_device(void *arg)
{
	int fd = open(options.device, O_RDONLY);
	char *buf = malloc(READ_AT_ONCE);
	__u64 random = content.seed, bytes;

	(void)arg;
	if (fd < 0 || !buf || ioctl(fd, BLKGETSIZE64, &bytes))
		die_errno("%s", options.device);
	while (!ending) {
		bool same = random_next(&random) % 2;
		off_t at = random_next(&random) % (bytes / READ_AT_ONCE) * READ_AT_ONCE;

		/* Half of them from the beginning, where the files are. */
		if (same)
			at %= 64 << 20;
		if (pread(fd, buf, READ_AT_ONCE, at) < 0)
			die_errno("%s", options.device);
		device_reads++;
		usleep(READ_EACH_US);
	}
	free(buf);
	close(fd);
	return NULL;
}

static void worker_init(struct worker *w, unsigned int nr)
{
	unsigned int i;

	*w = (struct worker){
		.files = calloc(options.files, sizeof(*w->files)), .count = options.files,
		.random = content.seed * 1000 + nr, .nr = nr,
		.done = calloc(op_kinds, sizeof(*w->done)),
		.refused = calloc(op_kinds, sizeof(*w->refused)),
	};
	if (!w->files || !w->done || !w->refused)
		die("no memory");
	for (i = 0; i < w->count; i++) {
		struct file *f = &w->files[i];

		f->bytes = aligned_alloc(PAGE_SIZE, most);
		if (!f->bytes)
			die("no memory");
		snprintf(f->path, sizeof(f->path), "%s/t%u/f%u", options.dir, nr, i);
	}
}

static void make_files(struct worker *w)
{
	char dir[128];
	unsigned int i;
	int fd;

	snprintf(dir, sizeof(dir), "%s/t%u", options.dir, w->nr);
	if (mkdir(dir, 0755))
		die_errno("%s", dir);
	for (i = 0; i < w->count; i++) {
		fd = open(w->files[i].path, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0)
			die_errno("%s", w->files[i].path);
		close(fd);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long i;

	for (i = 0; i < options.ops; i++)
		operate(w);
	return NULL;
}

static void *check_all(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	for (i = 0; i < w->count; i++)
		check_file(w, &w->files[i]);
	return NULL;
}

static void all_do(struct worker *workers, void *(*act)(void *))
{
	pthread_t thread[options.threads];
	unsigned long i;

	for (i = 0; i < options.threads; i++)
		if (pthread_create(&thread[i], NULL, act, &workers[i]))
			die("no thread");
	for (i = 0; i < options.threads; i++)
		pthread_join(thread[i], NULL);
}

/* Returns how much was wrong. */
static unsigned long report(const struct worker *workers)
{
	unsigned long i, done, refused, total = 0, checked = 0, bad = 0;
	unsigned int kind;

	printf("fileops: seed %llu:", content.seed);
	for (kind = 0; kind < op_kinds; kind++) {
		done = 0;
		refused = 0;
		for (i = 0; i < options.threads; i++) {
			done += workers[i].done[kind];
			refused += workers[i].refused[kind];
		}
		total += done;
		printf(" %s %lu", op_name(kind), done);
		if (refused)
			printf(" (%lu refused)", refused);
		printf(kind + 1 < op_kinds ? "," : "\n");
	}
	for (i = 0; i < options.threads; i++) {
		checked += workers[i].checked;
		bad += workers[i].bad;
	}
	printf("fileops: %lu operations, %lu KiB compared, %lu drops, %lu device reads, %lu bad\n",
	       total, checked >> 10, drops, device_reads, bad);
	return bad;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:r:t:f:k:x:s:u:c:d:b:")) != -1) {
		switch (c) {
		case 'n':
			options.ops = parse_number(optarg);
			break;
		case 'r':
			options.rounds = parse_number(optarg);
			break;
		case 't':
			options.threads = parse_number(optarg);
			break;
		case 'f':
			options.files = parse_number(optarg);
			break;
		case 'k':
			most = parse_number(optarg) << 10;
			break;
		case 'x':
			content.mix = mix_parse(optarg);
			break;
		case 's':
			content.seed = parse_number(optarg);
			break;
		case 'u':
			unit = parse_number(optarg);
			break;
		case 'c':
			options.command = optarg;
			break;
		case 'd':
			options.drop_ms = parse_number(optarg);
			break;
		case 'b':
			options.device = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (optind != argc - 1 || !options.threads || options.files < 2)
		die("usage: fileops [OPTION]... DIR, see the head of fileops.c");
	options.dir = argv[optind];
}

int main(int argc, char **argv)
{
	pthread_t dropper, reader;
	struct worker *workers;
	struct statfs fs;
	unsigned long i;

	parse(argc, argv);
	if (statfs(options.dir, &fs))
		die_errno("%s", options.dir);
	unit = unit ? unit : (size_t)fs.f_bsize;
	workers = calloc(options.threads, sizeof(*workers));
	if (!workers)
		die("no memory");
	for (i = 0; i < options.threads; i++) {
		worker_init(&workers[i], i);
		make_files(&workers[i]);
	}
	if ((options.drop_ms && pthread_create(&dropper, NULL, drop, NULL)) ||
	    (options.device && pthread_create(&reader, NULL, read_device, NULL)))
		die("no thread");
	for (i = 0; i < options.rounds; i++) {
		all_do(workers, work);
		all_do(workers, check_all);
		fflush(stdout);
		if (options.command && system(options.command))
			die("'%s' failed", options.command);
		all_do(workers, check_all);
	}
	ending = true;
	if (options.drop_ms)
		pthread_join(dropper, NULL);
	if (options.device)
		pthread_join(reader, NULL);
	return report(workers) ? 1 : 0;
}
