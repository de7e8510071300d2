// SPDX-License-Identifier: GPL-2.0-only
/*
 * poke FILE VALUE - writes VALUE in one piece and says "ok", or the name of the error
 *
 * A shell's echo says no more than "I/O error".
 */
#define _GNU_SOURCE
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3)
		die("usage: poke FILE VALUE");
	fd = open(argv[1], O_WRONLY);
	if (fd < 0 || write(fd, argv[2], strlen(argv[2])) < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}
	puts("ok");
	return 0;
}
