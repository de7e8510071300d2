// SPDX-License-Identifier: GPL-2.0-only
/*
 * nodechurn DIR WORKERS ROUNDS SEED - makes, sets, starts, stops and removes nodes in DIR,
 * the directory "node" of a cluster that has a key, from many processes at once
 *
 * All use the same few names, numbers and addresses, so most is refused.  Fails when
 * something ends with an error that no collision explains.  Says how much was not refused.
 */
#define _GNU_SOURCE
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMES	6

enum action { MAKE, REMOVE, ADDRESS, PORT, NUMBER, LOCAL, READ, ACTIONS };

static const char *const names[ACTIONS] = {
	"made", "removed", "addresses", "ports", "numbers", "locals", "read"
};

static unsigned long *done;	/* by action, of all workers */
static const char *top;
static uint32_t state;

static uint32_t pick(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* 0, or the errno. */
static int poke(const char *dir, const char *file, const char *value)
{
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	if (write(fd, value, strlen(value)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int peek(const char *dir, const char *file)
{
	char path[256], text[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	if (read(fd, text, sizeof(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int act(enum action action)
{
	char dir[128], text[32];

	snprintf(dir, sizeof(dir), "%s/d%u", top, pick(NAMES));
	switch (action) {
	case MAKE:
		return mkdir(dir, 0755) ? errno : 0;
	case REMOVE:
		return rmdir(dir) ? errno : 0;
	case ADDRESS:
		if (pick(3)) {
			snprintf(text, sizeof(text), "10.0.0.%u", pick(NAMES) + 1);
			return poke(dir, "ipv4_address", text);
		}
		snprintf(text, sizeof(text), "fd00::%u", pick(NAMES) + 1);
		return poke(dir, "ipv6_address", text);
	case PORT:
		return poke(dir, "ipv4_port", "7777");
	case NUMBER:
		snprintf(text, sizeof(text), "%u", pick(NAMES));
		return poke(dir, "num", text);
	case LOCAL:
		return poke(dir, "local", pick(4) ? "1" : "0");
	default:
		return peek(dir, pick(2) ? "num" : "ipv4_address");
	}
}

/* EEXIST: taken.  EBUSY: fixed, or another is local.  EINVAL: something is missing. */
static bool collision(enum action action, int err)
{
	if (err == ENOENT)
		return action != MAKE;
	if (action == MAKE)
		return err == EEXIST;
	return action != REMOVE && (err == EEXIST || err == EBUSY || err == EINVAL);
}

static int work(unsigned long rounds)
{
	while (rounds--) {
		/* Making a node takes four steps, so removing one is rare. */
		enum action action = pick(4) ? pick(ACTIONS) : ADDRESS + pick(4);
		int err;

		if (action == REMOVE && pick(3))
			continue;
		err = act(action);
		if (!err) {
			__atomic_add_fetch(&done[action], 1, __ATOMIC_RELAXED);
		} else if (!collision(action, err)) {
			printf("%s: %s\n", names[action], strerrorname_np(err));
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int status, failed = 0;
	unsigned long i;

	if (argc != 5)
		die("usage: nodechurn DIR WORKERS ROUNDS SEED");
	top = argv[1];
	done = mmap(NULL, ACTIONS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		die("no memory");
	for (i = 0; i < strtoul(argv[2], NULL, 0); i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			state = strtoul(argv[4], NULL, 0) * 1000 + i + 1;
			exit(work(strtoul(argv[3], NULL, 0)));
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	for (i = 0; i < ACTIONS; i++)
		printf("%s %lu\n", names[i], done[i]);
	return failed ? 1 : 0;
}
