// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbdserve - a RAM disk for the NBD client of another machine
 *
 * What swap in the memory of another machine is without us.  It is served by the kernel,
 * because a system call takes 20 us in User Mode Linux: a server in user space would take
 * longer for that than for all else.  There is no negotiation: the client knows the size.
 *
 * Loading the module waits for a client, serves it until it disconnects, and then fails with
 * ECANCELED on purpose: there is nothing to unload.
 */
#include <linux/err.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/nbd.h>
#include <linux/net.h>
#include <linux/overflow.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define PATIENCE	(60 * HZ)

static unsigned short port = 7100;
module_param(port, ushort, 0444);
MODULE_PARM_DESC(port, "TCP port");

static unsigned int mib = 256;
module_param(mib, uint, 0444);
MODULE_PARM_DESC(mib, "size");

static struct socket *client;
static char *disk;
static u64 disk_bytes;

static int receive(void *to, size_t len)
{
	struct kvec part = { .iov_base = to, .iov_len = len };
	struct msghdr msg = {};
	int got = kernel_recvmsg(client, &msg, &part, 1, len, MSG_WAITALL);

	if (got < 0)
		return got;
	return got == len ? 0 : -ECONNRESET;
}

static int reply(const struct nbd_request *request, u32 error, void *data, size_t len)
{
	struct nbd_reply head = {
		.magic = cpu_to_be32(NBD_REPLY_MAGIC), .error = cpu_to_be32(error),
	};
	struct kvec parts[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = data, .iov_len = len },
	};
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	int sent;

	head.cookie = request->cookie;
	sent = kernel_sendmsg(client, &msg, parts, len ? 2 : 1, sizeof(head) + len);
	if (sent < 0)
		return sent;
	return sent == sizeof(head) + len ? 0 : -EIO;
}

/* Returns 1 when the client has enough. */
static int serve_one(void)
{
	struct nbd_request request;
	u64 from, end;
	u32 len;
	int err = receive(&request, sizeof(request));

	if (err)
		return err;
	from = be64_to_cpu(request.from);
	len = be32_to_cpu(request.len);
	if (request.magic != cpu_to_be32(NBD_REQUEST_MAGIC) ||
	    check_add_overflow(from, len, &end) || end > disk_bytes)
		return -EPROTO;
	switch (be32_to_cpu(request.type)) {
	case NBD_CMD_READ:
		return reply(&request, 0, disk + from, len);
	case NBD_CMD_WRITE:
		return receive(disk + from, len) ?: reply(&request, 0, NULL, 0);
	case NBD_CMD_DISC:
		return 1;
	default:
		return reply(&request, EINVAL, NULL, 0);
	}
}

static int serve(void)
{
	int err;

	tcp_sock_set_nodelay(client->sk);
	/* It has that of the listener, and may have nothing to swap for a while. */
	client->sk->sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
	do {
		err = serve_one();
	} while (!err);
	/* A client that is cleared breaks the connection. */
	return err == 1 || err == -ECONNRESET ? 0 : err;
}

static int accept_client(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct socket *listener;
	int err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &listener);

	if (err)
		return err;
	sock_set_reuseaddr(listener->sk);
	listener->sk->sk_rcvtimeo = PATIENCE;
	err = kernel_bind(listener, (struct sockaddr *)&here, sizeof(here));
	if (!err)
		err = kernel_listen(listener, 1);
	if (!err)
		err = kernel_accept(listener, &client, 0);
	sock_release(listener);
	return err;
}

static int __init nbdserve_init(void)
{
	int err;

	disk_bytes = (u64)mib << 20;
	disk = vzalloc(disk_bytes);
	if (!disk)
		return -ENOMEM;
	err = accept_client();
	if (!err) {
		err = serve();
		sock_release(client);
	}
	vfree(disk);
	if (err)
		pr_err("nbdserve: failed with %d\n", err);
	else
		pr_info("nbdserve: verified\n");
	return err ? err : -ECANCELED;
}

module_init(nbdserve_init);
MODULE_DESCRIPTION("A RAM disk for the NBD client of another machine");
MODULE_LICENSE("GPL");
