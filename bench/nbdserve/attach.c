// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach - give /dev/nbd0 a server that does not negotiate, see nbdserve.c
 *
 * usage: attach ADDRESS PORT MIB
 *
 * Returns when the device is usable; a child stays with it until `attach` without arguments
 * disconnects it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/nbd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE		"/dev/nbd0"
#define BLOCK		4096UL
#define TRIES		300

static void die(const char *what)
{
	fprintf(stderr, "attach: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int connect_to(const char *address, int port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd, one = 1, tries;

	if (inet_pton(AF_INET, address, &there.sin_addr) != 1)
		die(address);
	for (tries = 0; tries < TRIES; tries++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0)
			die("socket");
		if (!connect(fd, (struct sockaddr *)&there, sizeof(there))) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			return fd;
		}
		close(fd);
		usleep(100000);
	}
	die(address);
	return -1;
}

static int open_device(void)
{
	int dev = open(DEVICE, O_RDWR);

	if (dev < 0)
		die(DEVICE);
	return dev;
}

static void stay(int dev)
{
	ioctl(dev, NBD_DO_IT);
	ioctl(dev, NBD_CLEAR_SOCK);
	exit(0);
}

/* It gets its size when the child has begun. */
static void wait_for_size(int dev)
{
	unsigned long long bytes = 0;
	int tries;

	for (tries = 0; tries < TRIES && !bytes; tries++) {
		usleep(100000);
		if (ioctl(dev, BLKGETSIZE64, &bytes))
			die("size");
	}
	if (!bytes) {
		errno = ETIMEDOUT;
		die("size");
	}
}

int main(int argc, char **argv)
{
	int dev = open_device(), sock;

	if (argc == 1) {
		if (ioctl(dev, NBD_DISCONNECT))
			die("disconnect");
		return 0;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: attach [ADDRESS PORT MIB]\n");
		return 2;
	}
	sock = connect_to(argv[1], atoi(argv[2]));
	if (ioctl(dev, NBD_SET_BLKSIZE, BLOCK) ||
	    ioctl(dev, NBD_SET_SIZE_BLOCKS, (atol(argv[3]) << 20) / BLOCK) ||
	    ioctl(dev, NBD_SET_TIMEOUT, 30UL) || ioctl(dev, NBD_SET_SOCK, sock))
		die("set up");
	if (!fork())
		stay(dev);
	wait_for_size(dev);
	return 0;
}
