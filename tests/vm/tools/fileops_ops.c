// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be done to a file.  Each operation does the same to the file and to what is known of
 * it; one that a file system does not have leaves both alone.
 */
#define _GNU_SOURCE
#include "fileops.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_SAID	10

unsigned long below(struct worker *w, unsigned long limit)
{
	return limit ? random_next(&w->random) % limit : 0;
}

void wrong(struct worker *w, const struct file *f, const char *fmt, ...)
{
	static atomic_uint said;
	va_list args;

	w->bad++;
	if (atomic_fetch_add(&said, 1) >= MOST_SAID)
		return;
	va_start(args, fmt);
	printf("%s: ", f->path);
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

static int open_file(struct worker *w, const struct file *f, int flags)
{
	int fd = open(f->path, flags, 0644);

	if (fd < 0)
		wrong(w, f, "open: %m");
	return fd;
}

static size_t round_down(size_t value)
{
	return value - value % unit;
}

static size_t round_up(size_t value)
{
	return round_down(value + unit - 1);
}

/* A range of what is there; half of them whole blocks. */
static size_t choose_range(struct worker *w, size_t size, size_t *at)
{
	size_t length = 1 + below(w, below(w, 4) ? 64 << 10 : 4096);

	*at = below(w, size);
	if (below(w, 2)) {
		*at = round_down(*at);
		length = round_up(length);
	}
	return *at + length > size ? size - *at : length;
}

/* New bytes; no page of them is ever made twice. */
static void make_bytes(struct worker *w, char *to, size_t length)
{
	char page[PAGE_SIZE];
	size_t some;

	for (; length; to += some, length -= some) {
		some = length < PAGE_SIZE ? length : PAGE_SIZE;
		content_fill(&content, page, ++w->serial, w->nr + 1);
		memcpy(to, page, some);
	}
}

/* Zeroes appear between the old end and the new one. */
static void grow(struct file *f, size_t size)
{
	if (size > f->size) {
		memset(f->bytes + f->size, 0, size - f->size);
		f->size = size;
	}
}

/* As they are in the model: the model knows them first. */
static bool write_out(struct worker *w, struct file *f, size_t at, size_t length, int flags)
{
	int fd = open_file(w, f, O_WRONLY | flags);
	ssize_t put;

	if (fd < 0)
		return true;
	put = pwrite(fd, f->bytes + at, length, at);
	if (put != (ssize_t)length)
		wrong(w, f, "write %zu at %zu: %zd, %m", length, at, put);
	close(fd);
	return true;
}

static bool op_write(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, most, &at);

	/* Mostly near the end of what is there, or in it. */
	if (at > f->size && below(w, 4))
		at = f->size;
	if (at + length > most)
		length = most - at;
	if (!length)
		return true;
	grow(f, at + length);
	make_bytes(w, f->bytes + at, length);
	return write_out(w, f, at, length, 0);
}

static bool op_write_direct(struct worker *w, struct file *f)
{
	size_t at = round_down(below(w, f->size + 1));
	size_t length = unit * (1 + below(w, (64 << 10) / unit));

	if (at + length > most)
		length = round_down(most - at);
	if (!length)
		return true;
	grow(f, at + length);
	make_bytes(w, f->bytes + at, length);
	return write_out(w, f, at, length, O_DIRECT);
}

static bool op_write_mapped(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, f->size, &at);
	char *map;
	int fd;

	if (!f->size)
		return true;
	fd = open_file(w, f, O_RDWR);
	if (fd < 0)
		return true;
	map = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED) {
		wrong(w, f, "mmap: %m");
		return true;
	}
	make_bytes(w, f->bytes + at, length);
	memcpy(map + at, f->bytes + at, length);
	if (below(w, 2) && msync(map, f->size, below(w, 2) ? MS_SYNC : MS_ASYNC))
		wrong(w, f, "msync: %m");
	/* Written once more while the first may be on its way to the disk. */
	if (below(w, 2)) {
		make_bytes(w, f->bytes + at, length);
		memcpy(map + at, f->bytes + at, length);
	}
	munmap(map, f->size);
	return true;
}

static bool op_truncate(struct worker *w, struct file *f)
{
	size_t size = below(w, 3) ? below(w, f->size + 1) : below(w, most + 1);

	if (!below(w, 4))
		size = round_down(size);
	if (truncate(f->path, size))
		wrong(w, f, "truncate to %zu: %m", size);
	grow(f, size);
	f->size = size;
	return true;
}

/* Whether it was done; what the file system does not have was not. */
static bool allocate(struct worker *w, struct file *f, int mode, size_t at, size_t length)
{
	int fd = open_file(w, f, O_RDWR), ret;

	if (fd < 0)
		return false;
	ret = fallocate(fd, mode, at, length);
	close(fd);
	if (ret && errno != EOPNOTSUPP && errno != EINVAL)
		wrong(w, f, "fallocate %#x %zu at %zu: %m", mode, length, at);
	return !ret;
}

static bool op_punch(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, f->size, &at);

	if (!length)
		return true;
	if (!allocate(w, f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, length))
		return false;
	memset(f->bytes + at, 0, length);
	return true;
}

static bool op_zero(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, f->size, &at);

	if (!length)
		return true;
	if (!allocate(w, f, FALLOC_FL_ZERO_RANGE, at, length))
		return false;
	memset(f->bytes + at, 0, length);
	return true;
}

static bool op_allocate(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, most, &at);

	if (!allocate(w, f, 0, at, length))
		return false;
	grow(f, at + length);
	return true;
}

static bool op_collapse(struct worker *w, struct file *f)
{
	size_t at = round_down(below(w, f->size + 1));
	size_t length = unit * (1 + below(w, 8));

	if (at + length >= f->size)
		return true;
	if (!allocate(w, f, FALLOC_FL_COLLAPSE_RANGE, at, length))
		return false;
	memmove(f->bytes + at, f->bytes + at + length, f->size - at - length);
	f->size -= length;
	return true;
}

static bool op_insert(struct worker *w, struct file *f)
{
	size_t at = round_down(below(w, f->size + 1));
	size_t length = unit * (1 + below(w, 8));

	if (at >= f->size || f->size + length > most)
		return true;
	if (!allocate(w, f, FALLOC_FL_INSERT_RANGE, at, length))
		return false;
	memmove(f->bytes + at + length, f->bytes + at, f->size - at);
	memset(f->bytes + at, 0, length);
	f->size += length;
	return true;
}

/* Another file of this worker. */
static struct file *another(struct worker *w, const struct file *f)
{
	unsigned int nr = below(w, w->count - 1);

	return &w->files[nr >= f - w->files ? nr + 1 : nr];
}

/* Two ranges of whole blocks, one of each file, @at is the second. */
static size_t choose_blocks(struct worker *w, const struct file *from, const struct file *to,
			    size_t *from_at, size_t *at)
{
	size_t length = unit * (1 + below(w, (64 << 10) / unit));

	*from_at = round_down(below(w, from->size + 1));
	*at = round_down(below(w, to->size + 1));
	if (*from_at + length > from->size)
		length = round_down(from->size - *from_at);
	if (*at + length > most)
		length = round_down(most - *at);
	return length;
}

static bool op_clone(struct worker *w, struct file *f)
{
	struct file_clone_range range;
	struct file *from = another(w, f);
	size_t from_at, at, length = choose_blocks(w, from, f, &from_at, &at);
	int fd, ret;

	if (!length)
		return true;
	fd = open_file(w, f, O_RDWR);
	range.src_fd = open_file(w, from, O_RDONLY);
	range.src_offset = from_at;
	range.src_length = length;
	range.dest_offset = at;
	ret = ioctl(fd, FICLONERANGE, &range);
	if (ret && errno != EOPNOTSUPP && errno != ENOTTY && errno != EINVAL)
		wrong(w, f, "clone %zu at %zu: %m", length, at);
	close(range.src_fd);
	close(fd);
	if (ret)
		return false;
	grow(f, at + length);
	memcpy(f->bytes + at, from->bytes + from_at, length);
	return true;
}

/* What is the same is made one; before, it is made the same. */
static bool op_dedupe(struct worker *w, struct file *f)
{
	struct {
		struct file_dedupe_range	range;
		struct file_dedupe_range_info	info;
	} dedupe = { .range.dest_count = 1 };
	struct file *from = another(w, f);
	size_t from_at, at, length = choose_blocks(w, from, f, &from_at, &at);
	int fd, ret;

	if (!length)
		return true;
	grow(f, at + length);
	memcpy(f->bytes + at, from->bytes + from_at, length);
	write_out(w, f, at, length, 0);
	fd = open_file(w, from, O_RDONLY);
	dedupe.range.src_offset = from_at;
	dedupe.range.src_length = length;
	dedupe.info.dest_fd = open_file(w, f, O_RDWR);
	dedupe.info.dest_offset = at;
	ret = ioctl(fd, FIDEDUPERANGE, &dedupe);
	close(dedupe.info.dest_fd);
	close(fd);
	if (ret || dedupe.info.status < 0)
		return false;
	if (dedupe.info.status == FILE_DEDUPE_RANGE_DIFFERS)
		wrong(w, f, "dedupe %zu at %zu: said to differ", length, at);
	return true;
}

static bool op_copy(struct worker *w, struct file *f)
{
	struct file *from = another(w, f);
	size_t from_at, at, length = choose_blocks(w, from, f, &from_at, &at);
	loff_t in, out;
	ssize_t put = 0;
	int fd, to;

	in = from_at;
	out = at;
	fd = open_file(w, from, O_RDONLY);
	to = open_file(w, f, O_WRONLY);
	if (length)
		put = copy_file_range(fd, &in, to, &out, length, 0);
	close(to);
	close(fd);
	if (put < 0)
		return false;
	grow(f, at + put);
	memcpy(f->bytes + at, from->bytes + from_at, put);
	return true;
}

static bool op_rename(struct worker *w, struct file *f)
{
	struct file *to = another(w, f);
	char *bytes = f->bytes;

	/* The other one is gone by that, and made anew. */
	if (rename(f->path, to->path)) {
		wrong(w, f, "rename: %m");
		return true;
	}
	f->bytes = to->bytes;
	to->bytes = bytes;
	to->size = f->size;
	f->size = 0;
	close(open_file(w, f, O_WRONLY | O_CREAT | O_EXCL));
	return true;
}

static bool op_recreate(struct worker *w, struct file *f)
{
	size_t length = 1 + below(w, most);

	if (unlink(f->path)) {
		wrong(w, f, "unlink: %m");
		return true;
	}
	close(open_file(w, f, O_WRONLY | O_CREAT | O_EXCL));
	f->size = length;
	make_bytes(w, f->bytes, length);
	return write_out(w, f, 0, length, 0);
}

static bool op_sync(struct worker *w, struct file *f)
{
	int fd = open_file(w, f, O_RDWR);

	if (below(w, 2) ? fsync(fd) : fdatasync(fd))
		wrong(w, f, "sync: %m");
	close(fd);
	return true;
}

/* Written back and dropped: this is what makes pages leave. */
static bool op_forget(struct worker *w, struct file *f)
{
	size_t at = 0, length = 0;
	int fd = open_file(w, f, O_RDWR);

	if (below(w, 4))
		length = choose_range(w, f->size, &at);
	if (sync_file_range(fd, at, length, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
			    SYNC_FILE_RANGE_WAIT_AFTER) ||
	    posix_fadvise(fd, at, length, POSIX_FADV_DONTNEED))
		wrong(w, f, "not dropped: %m");
	close(fd);
	return true;
}

static void compare(struct worker *w, struct file *f, const char *got, size_t at, size_t length)
{
	size_t i = 0, k;

	w->checked += length;
	if (!memcmp(got, f->bytes + at, length))
		return;
	while (got[i] == f->bytes[at + i])
		i++;
	for (k = length; got[k - 1] == f->bytes[at + k - 1]; k--)
		;
	wrong(w, f, "size %zu, read %zu at %zu: from byte %zu to %zu: %02x, not %02x", f->size,
	      length, at, at + i, at + k - 1, (__u8)got[i], (__u8)f->bytes[at + i]);
}

static void read_range(struct worker *w, struct file *f, size_t at, size_t length, int flags)
{
	/* A direct read is of whole blocks, and ends where the file does. */
	size_t room = round_up(length);
	char *buf = aligned_alloc(PAGE_SIZE, (room + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
	int fd = open_file(w, f, O_RDONLY | flags);
	ssize_t got;

	if (!buf)
		die("no memory");
	got = pread(fd, buf, flags ? room : length, at);
	if (got < (ssize_t)length)
		wrong(w, f, "read %zu at %zu of %zu: %zd, %m", length, at, f->size, got);
	else
		compare(w, f, buf, at, length);
	close(fd);
	free(buf);
}

static bool op_read(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, f->size, &at);

	if (f->size)
		read_range(w, f, at, length, 0);
	return true;
}

static bool op_read_direct(struct worker *w, struct file *f)
{
	size_t at, length = choose_range(w, f->size, &at);

	if (f->size)
		read_range(w, f, round_down(at), length + at % unit, O_DIRECT);
	return true;
}

static bool op_read_mapped(struct worker *w, struct file *f)
{
	int fd = open_file(w, f, O_RDONLY);
	char *map;

	if (f->size) {
		map = mmap(NULL, f->size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED) {
			wrong(w, f, "mmap: %m");
		} else {
			compare(w, f, map, 0, f->size);
			munmap(map, f->size);
		}
	}
	close(fd);
	return true;
}

void check_file(struct worker *w, struct file *f)
{
	struct stat stat_buf;

	if (stat(f->path, &stat_buf) || stat_buf.st_size != (off_t)f->size)
		wrong(w, f, "size is %zu, not %zu", (size_t)stat_buf.st_size, f->size);
	else if (f->size)
		read_range(w, f, 0, f->size, 0);
}

static const struct op {
	const char	*name;
	bool		(*act)(struct worker *w, struct file *f);
	unsigned int	weight;
} ops[] = {
	{ "write", op_write, 16 },
	{ "direct write", op_write_direct, 8 },
	{ "mapped write", op_write_mapped, 8 },
	{ "truncate", op_truncate, 4 },
	{ "punch hole", op_punch, 4 },
	{ "zero range", op_zero, 2 },
	{ "allocate", op_allocate, 1 },
	{ "collapse range", op_collapse, 2 },
	{ "insert range", op_insert, 2 },
	{ "clone", op_clone, 3 },
	{ "dedupe", op_dedupe, 2 },
	{ "copy", op_copy, 2 },
	{ "rename", op_rename, 2 },
	{ "recreate", op_recreate, 2 },
	{ "sync", op_sync, 3 },
	{ "forget", op_forget, 14 },
	{ "read", op_read, 14 },
	{ "direct read", op_read_direct, 5 },
	{ "mapped read", op_read_mapped, 6 },
};

const unsigned int op_kinds = ARRAY_SIZE(ops);

const char *op_name(unsigned int kind)
{
	return ops[kind].name;
}

void operate(struct worker *w)
{
	struct file *f = &w->files[below(w, w->count)];
	unsigned int sum = 0, left, kind;

	for (kind = 0; kind < op_kinds; kind++)
		sum += ops[kind].weight;
	left = below(w, sum);
	for (kind = 0; left >= ops[kind].weight; kind++)
		left -= ops[kind].weight;
	if (ops[kind].act(w, f))
		w->done[kind]++;
	else
		w->refused[kind]++;
}
