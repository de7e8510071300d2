// SPDX-License-Identifier: GPL-2.0-only
/*
 * blkcheck - a block device does what it is told, whatever it is told
 *
 *	blkcheck [-n OPS] [-t THREADS] [-k BLOCKS] [-o WRITES,READS,DISCARDS,ZEROOUTS]
 *		 [-x MIX] [-s SEED] [-b] [-m] [-u] [-H] DEVICE
 *
 * Each thread has its part of the device and does OPS random operations in it, of 1 to
 * BLOCKS blocks of 4 KiB; what it reads is compared with what it knows to be there.  In the
 * end all is read.  What was discarded or zeroed reads as zeroes; so must the device be
 * when we begin.
 *
 * I/O is direct.  -b: buffered, with the cache dropped now and then.  -m: now this, now that.
 * -u: from memory that is aligned to 512 bytes and in pieces, so that a block lies in two
 * pages.  -H: from huge pages, so that a bio has few but long segments.
 *
 * Says what it has done.  Exit status 1: something was wrong.
 */
#define _GNU_SOURCE
#include "content.h"
#include "util.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define HUGE		(2UL << 20)
#define SECTOR		512
#define MAX_PIECES	16
#define DROP_EACH	64	/* operations, with -b */

enum blk_op { WRITE, READ, DISCARD, ZEROOUT, OPS };

static const char *const op_name[OPS] = { "write", "read", "discard", "zero-out" };

struct worker {
	pthread_t	thread;
	__u64		random;
	unsigned long	first;		/* block of the device */
	unsigned long	blocks;
	__u32		*version;	/* by block from first on; 0: zeroes */
	__u32		last_version;
	char		*buf;
	struct iovec	piece[MAX_PIECES];
	unsigned int	pieces;
	unsigned long	done[OPS];
	unsigned long	checked;
	unsigned long	bad;
};

static struct {
	unsigned long	ops;
	unsigned long	threads;
	unsigned long	most;		/* blocks of an operation */
	unsigned int	weight[OPS];
	bool		buffered;
	bool		mixed;
	bool		unaligned;
	bool		huge;
	struct content	content;
} options = {
	.ops		= 1000,
	.threads	= 1,
	.most		= 64,
	.weight		= { 50, 35, 10, 5 },
	.content	= { .seed = 1, .mix = { .text = 50, .half = 20, .random = 15 } },
};

/* Of the device; the other is that of buffered I/O, with -m. */
static int fd, buffered_fd;

static unsigned long below(struct worker *w, unsigned long limit)
{
	return random_next(&w->random) % limit;
}

static int choose_fd(struct worker *w)
{
	return options.mixed && below(w, 2) ? buffered_fd : fd;
}

/* Where the blocks of an operation are in memory: in one piece, or in several. */
static void choose_pieces(struct worker *w, unsigned long count)
{
	char *at = w->buf;

	w->pieces = 0;
	while (count) {
		unsigned long some = count;

		if (options.unaligned) {
			at += SECTOR * (1 + below(w, PAGE_SIZE / SECTOR - 1));
			if (w->pieces < MAX_PIECES - 1)
				some = 1 + below(w, count);
		}
		w->piece[w->pieces++] = (struct iovec){
			.iov_base = at, .iov_len = some * PAGE_SIZE
		};
		at += some * PAGE_SIZE;
		count -= some;
	}
}

/* Memory of block @nr of the operation. */
static void *block_at(struct worker *w, unsigned long nr)
{
	struct iovec *piece = w->piece;

	while (nr >= piece->iov_len / PAGE_SIZE)
		nr -= piece++->iov_len / PAGE_SIZE;
	return (char *)piece->iov_base + nr * PAGE_SIZE;
}

static void complain(struct worker *w, enum blk_op op, unsigned long nr, unsigned long count,
		     ssize_t got)
{
	printf("%s of %lu blocks from %lu on: ", op_name[op], count, w->first + nr);
	if (got < 0)
		printf("%m\n");
	else
		printf("%zd bytes\n", got);
	w->bad++;
}

static void set_version(struct worker *w, unsigned long nr, unsigned long count, __u32 version)
{
	while (count--)
		w->version[nr++] = version;
}

static void write_blocks(struct worker *w, unsigned long nr, unsigned long count)
{
	unsigned long i;
	ssize_t put;

	set_version(w, nr, count, ++w->last_version);
	choose_pieces(w, count);
	for (i = 0; i < count; i++)
		content_fill(&options.content, block_at(w, i), w->first + nr + i,
			     w->last_version);
	put = pwritev(choose_fd(w), w->piece, w->pieces, (w->first + nr) * PAGE_SIZE);
	if (put != (ssize_t)(count * PAGE_SIZE))
		complain(w, WRITE, nr, count, put);
}

static void read_blocks(struct worker *w, unsigned long nr, unsigned long count)
{
	unsigned long i;
	ssize_t got;

	choose_pieces(w, count);
	got = preadv(choose_fd(w), w->piece, w->pieces, (w->first + nr) * PAGE_SIZE);
	if (got != (ssize_t)(count * PAGE_SIZE)) {
		complain(w, READ, nr, count, got);
		return;
	}
	for (i = 0; i < count; i++)
		if (!content_check(&options.content, block_at(w, i), w->first + nr + i,
				   w->version[nr + i]))
			w->bad++;
	w->checked += count;
}

static void clear_blocks(struct worker *w, enum blk_op op, unsigned long nr, unsigned long count)
{
	__u64 range[2] = { (w->first + nr) * PAGE_SIZE, count * PAGE_SIZE };

	set_version(w, nr, count, 0);
	if (ioctl(fd, op == DISCARD ? BLKDISCARD : BLKZEROOUT, range))
		complain(w, op, nr, count, -1);
}

static enum blk_op choose_op(struct worker *w)
{
	unsigned int sum = 0, left;
	enum blk_op op;

	for (op = 0; op < OPS; op++)
		sum += options.weight[op];
	left = below(w, sum);
	for (op = 0; left >= options.weight[op]; op++)
		left -= options.weight[op];
	return op;
}

static void operate(struct worker *w)
{
	enum blk_op op = choose_op(w);
	unsigned long most = options.most < w->blocks ? options.most : w->blocks;
	/* Single blocks are what swap is mostly made of. */
	unsigned long count = below(w, 2) ? 1 : 1 + below(w, most);
	unsigned long nr = below(w, w->blocks - count + 1);

	if (op == WRITE)
		write_blocks(w, nr, count);
	else if (op == READ)
		read_blocks(w, nr, count);
	else
		clear_blocks(w, op, nr, count);
	w->done[op]++;
}

/* Written back and forgotten: the next read asks the device. */
static void drop_cache(struct worker *w)
{
	unsigned long start = w->first * PAGE_SIZE, length = w->blocks * PAGE_SIZE;

	if (fsync(buffered_fd) ||
	    posix_fadvise(buffered_fd, start, length, POSIX_FADV_DONTNEED)) {
		printf("cache not dropped: %m\n");
		w->bad++;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long i, count;

	for (i = 0; i < options.ops; i++) {
		operate(w);
		if (buffered_fd >= 0 && i % DROP_EACH == 0)
			drop_cache(w);
	}
	if (buffered_fd >= 0)
		drop_cache(w);
	for (i = 0; i < w->blocks; i += count) {
		count = options.most < w->blocks - i ? options.most : w->blocks - i;
		read_blocks(w, i, count);
	}
	return NULL;
}

static void worker_init(struct worker *w, unsigned long nr, unsigned long blocks)
{
	unsigned long room = options.most * PAGE_SIZE;

	if (options.unaligned)
		room += MAX_PIECES * PAGE_SIZE;
	room = (room + HUGE - 1) & ~(HUGE - 1);
	w->random = options.content.seed + nr + 1;
	w->blocks = blocks;
	w->first = nr * blocks;
	w->version = calloc(blocks, sizeof(*w->version));
	w->buf = aligned_alloc(HUGE, room);
	if (!w->version || !w->buf)
		die("no memory");
	if (options.huge && madvise(w->buf, room, MADV_HUGEPAGE))
		die_errno("no huge pages");
}

static void parse_weights(const char *arg)
{
	unsigned int *w = options.weight;
	char junk;

	if (sscanf(arg, "%u,%u,%u,%u%c", &w[WRITE], &w[READ], &w[DISCARD], &w[ZEROOUT],
		   &junk) != 4 || !(w[WRITE] + w[READ] + w[DISCARD] + w[ZEROOUT]))
		die("'%s': WRITES,READS,DISCARDS,ZEROOUTS are meant", arg);
}

static const char *parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:t:k:o:x:s:bmuH")) != -1) {
		switch (c) {
		case 'n':
			options.ops = parse_number(optarg);
			break;
		case 't':
			options.threads = parse_number(optarg);
			break;
		case 'k':
			options.most = parse_number(optarg);
			break;
		case 'o':
			parse_weights(optarg);
			break;
		case 'x':
			options.content.mix = mix_parse(optarg);
			break;
		case 's':
			options.content.seed = parse_number(optarg);
			break;
		case 'b':
			options.buffered = true;
			break;
		case 'm':
			options.mixed = true;
			break;
		case 'u':
			options.unaligned = true;
			break;
		case 'H':
			options.huge = true;
			break;
		default:
			exit(2);
		}
	}
	if (optind != argc - 1 || !options.threads || !options.most)
		die("usage: blkcheck [OPTION]... DEVICE, see the head of blkcheck.c");
	return argv[optind];
}

int main(int argc, char **argv)
{
	const char *device = parse(argc, argv);
	unsigned long i, checked = 0, bad = 0, done[OPS] = { 0 };
	struct worker *workers;
	__u64 bytes;
	enum blk_op op;

	fd = open(device, O_RDWR | O_EXCL | (options.buffered ? 0 : O_DIRECT));
	buffered_fd = options.buffered ? fd : options.mixed ? open(device, O_RDWR) : -1;
	if (fd < 0 || (options.mixed && buffered_fd < 0) || ioctl(fd, BLKGETSIZE64, &bytes))
		die_errno("%s", device);
	if (bytes / PAGE_SIZE < options.threads)
		die("%s is too small", device);
	workers = calloc(options.threads, sizeof(*workers));
	if (!workers)
		die("no memory");
	for (i = 0; i < options.threads; i++) {
		worker_init(&workers[i], i, bytes / PAGE_SIZE / options.threads);
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	}
	for (i = 0; i < options.threads; i++) {
		pthread_join(workers[i].thread, NULL);
		for (op = 0; op < OPS; op++)
			done[op] += workers[i].done[op];
		checked += workers[i].checked;
		bad += workers[i].bad;
	}
	/* What the kernel writes back when we close it is not seen to fail by anybody. */
	if (buffered_fd >= 0 && fsync(buffered_fd)) {
		printf("fsync: %m\n");
		bad++;
	}
	printf("blkcheck: seed %llu: ", options.content.seed);
	for (op = 0; op < OPS; op++)
		printf("%lu %ss, ", done[op], op_name[op]);
	printf("%lu blocks checked, %lu bad\n", checked, bad);
	return bad ? 1 : 0;
}
