// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small files of /sys, /proc, /etc.  Below another root (RAMSTER_ROOT, for tests) there is no
 * kernel that makes the files of a folder and removes them with it, so that is done here.
 */
#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGEST_FILE	1048576

/* The root that the kernel looks at. */
bool fs_real(void)
{
	return !*opt.root;
}

static char *path_of(const char *format, va_list args)
{
	char *plain, *path;

	if (vasprintf(&plain, format, args) < 0)
		plain = NULL;
	path = text_of("%s%s", opt.root, (char *)need(plain));
	free(plain);
	return path;
}

#define PATH_FROM(path, format)			\
	do {					\
		va_list args_;			\
						\
		va_start(args_, format);	\
		path = path_of(format, args_);	\
		va_end(args_);			\
	} while (0)

char *fs_path(const char *format, ...)
{
	char *path;

	PATH_FROM(path, format);
	return path;
}

bool fs_exists(const char *format, ...)
{
	bool exists;
	char *path;

	PATH_FROM(path, format);
	exists = !access(path, F_OK);
	free(path);
	return exists;
}

static char *read_all(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0, room = 0;
	char *text = NULL;
	ssize_t got;

	if (fd < 0)
		return NULL;
	do {
		if (room - used < 2) {
			room += 4096;
			text = need(realloc(text, room));
		}
		got = read(fd, text + used, room - used - 1);
		used += got > 0 ? got : 0;
	} while (got > 0 && used < LARGEST_FILE);
	if (got < 0) {
		int err = errno;

		free(text);
		close(fd);
		errno = err;
		return NULL;
	}
	close(fd);
	while (used && text[used - 1] == '\n')
		used--;
	text[used] = '\0';
	*len = used;
	return text;
}

/* What is in a file, which may hold anything, without the newlines at its end. */
char *fs_read_bytes(size_t *len, const char *format, ...)
{
	char *path, *text;
	int err;

	PATH_FROM(path, format);
	text = read_all(path, len);
	err = errno;
	free(path);
	errno = err;
	return text;
}

/* What is in a file, without the newline at its end; NULL and errno. */
char *fs_read(const char *format, ...)
{
	char *path, *text;
	size_t len;
	int err;

	PATH_FROM(path, format);
	text = read_all(path, &len);
	err = errno;
	free(path);
	errno = err;
	return text;
}

int fs_read_u64(uint64_t *value, const char *format, ...)
{
	char *path, *text;
	size_t len;
	int err = 0;

	PATH_FROM(path, format);
	text = read_all(path, &len);
	if (!text)
		err = -errno;
	else
		err = parse_u64(text, value);
	free(path);
	free(text);
	return err;
}

/* All of it in one write: the kernel acts on each. */
static int write_all(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | (fs_real() ? 0 : O_CREAT | O_TRUNC), 0644);
	size_t len = strlen(value);
	char *line;
	ssize_t put;
	int err = 0;

	if (fd < 0)
		return -errno;
	line = text_of("%s\n", value);
	put = write(fd, line, len + 1);
	if (put < 0)
		err = -errno;
	else if ((size_t)put != len + 1)
		err = -EIO;
	explicit_bzero(line, len);
	free(line);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int put(const char *path, const char *value, const char *shown)
{
	if (!opt.dry_run)
		return write_all(path, value);
	printf("would write '%s' to %s\n", shown, path + strlen(opt.root));
	return 0;
}

/* 0 or -errno, as the kernel took it. */
int fs_write(const char *value, const char *format, ...)
{
	char *path;
	int err;

	PATH_FROM(path, format);
	err = put(path, value, value);
	free(path);
	return err;
}

int fs_write_secret(const char *value, const char *shown, const char *format, ...)
{
	char *path;
	int err;

	PATH_FROM(path, format);
	err = put(path, value, shown);
	free(path);
	return err;
}

/* What a kernel would put into a new folder is the work of a program of the test. */
static void play_kernel(const char *path)
{
	char *program = text_of("%s/sbin/kernel", opt.root);
	pid_t pid = access(program, X_OK) ? -1 : fork();

	if (!pid) {
		execl(program, "kernel", path, NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	free(program);
}

/* As configfs does it: with what is above it, outside a kernel. */
static int make(char *path)
{
	int err;

	if (fs_real())
		return mkdir(path, 0755) ? -errno : 0;
	for (char *at = path + strlen(opt.root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	err = mkdir(path, 0755) ? -errno : 0;
	if (!err)
		play_kernel(path);
	return err;
}

int fs_mkdir(const char *format, ...)
{
	char *path;
	int err = 0;

	PATH_FROM(path, format);
	if (opt.dry_run)
		printf("would make %s\n", path + strlen(opt.root));
	else
		err = make(path);
	free(path);
	return err;
}

/* Attributes go with their folder; outside a kernel somebody has to remove them. */
static void empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0))
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

int fs_rmdir(const char *format, ...)
{
	char *path;
	int err = 0;

	PATH_FROM(path, format);
	if (opt.dry_run) {
		printf("would remove %s\n", path + strlen(opt.root));
	} else {
		if (!fs_real())
			empty(path);
		if (rmdir(path))
			err = -errno;
	}
	free(path);
	return err;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Never NULL: a folder that is not there has no names. */
char **fs_names(const char *format, ...)
{
	struct dirent **entries = NULL;
	char **names, *path;
	int count;

	PATH_FROM(path, format);
	count = scandir(path, &entries, visible, versionsort);
	free(path);
	names = need(calloc((count > 0 ? count : 0) + 1, sizeof(*names)));
	for (int i = 0; i < count; i++) {
		names[i] = need(strdup(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return names;
}

void fs_names_free(char **names)
{
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
}
