// SPDX-License-Identifier: GPL-2.0-only
/*
 * race VALUE FILE FILE - writes VALUE to both files at the same moment, from two processes,
 * and says how each ended, "ok" or the name of the error, in alphabetic order
 */
#define _GNU_SOURCE
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int *ready;

/* 0, or the errno. */
static int write_together(int fd, const char *value)
{
	__atomic_add_fetch(ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(ready, __ATOMIC_SEQ_CST) < 2)
		;
	return write(fd, value, strlen(value)) < 0 ? errno : 0;
}

static const char *outcome(int err)
{
	return err ? strerrorname_np(err) : "ok";
}

int main(int argc, char **argv)
{
	const char *mine, *others;
	int fd[2], i, status;
	pid_t pid;

	if (argc != 4)
		die("usage: race VALUE FILE FILE");
	for (i = 0; i < 2; i++) {
		fd[i] = open(argv[2 + i], O_WRONLY);
		if (fd[i] < 0)
			die_errno("%s", argv[2 + i]);
	}
	ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (ready == MAP_FAILED)
		die_errno("mmap");
	pid = fork();
	if (pid < 0)
		die_errno("fork");
	if (!pid)
		return write_together(fd[1], argv[1]);
	mine = outcome(write_together(fd[0], argv[1]));
	if (wait(&status) < 0 || !WIFEXITED(status))
		die("the other process was killed");
	others = outcome(WEXITSTATUS(status));
	if (strcmp(mine, others) > 0)
		printf("%s %s\n", others, mine);
	else
		printf("%s %s\n", mine, others);
	return 0;
}
