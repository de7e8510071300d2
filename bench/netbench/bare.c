// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP socket and nothing else: what a link is compared with.  Messages have the sizes of
 * the operation, known to both sides, so there is neither header nor allocation.
 *
 * Where many are under way, who receives acknowledges every half window, so that who sends
 * need not stop.  The same socket tells the server what comes next.
 */
#include "internal.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define PATIENCE	(60 * HZ)
#define ACK_EVERY	(NETBENCH_WINDOW / 2)

enum order {
	ORDER_RUN,	/* the client does an operation */
	ORDER_CPU,	/* say how much processor time you had */
	ORDER_END,
};

/* Both machines run the same kernel, so it is sent as it is. */
struct order_message {
	u32	order;
	u32	kind;
	u32	request;
	u32	reply;
	u32	count;
	u32	verify;
};

static struct socket *bare;
static void *buffer;

static int send_some(const void *from, size_t len, bool more)
{
	struct kvec part = { .iov_base = (void *)from, .iov_len = len };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0) };
	int sent = kernel_sendmsg(bare, &msg, &part, 1, len);

	if (sent < 0)
		return sent;
	return sent == len ? 0 : -EIO;
}

static int send_all(const void *from, size_t len)
{
	return send_some(from, len, false);
}

static int receive_all(void *to, size_t len)
{
	struct kvec part = { .iov_base = to, .iov_len = len };
	struct msghdr msg = {};
	int got = kernel_recvmsg(bare, &msg, &part, 1, len, MSG_WAITALL);

	if (got < 0)
		return got;
	return got == len ? 0 : -EIO;
}

static int receive_message(u32 nr, u32 len, bool verify)
{
	int err = receive_all(buffer, len);

	if (!err && verify && memcmp(buffer, netbench_contents(nr), len)) {
		pr_err("netbench: message %u has the wrong contents\n", nr);
		return -EBADMSG;
	}
	return err;
}

static int ask_round_trips(struct netbench_pass *pass)
{
	const struct netbench_op *op = pass->op;
	int err = 0;
	u64 start;
	u32 nr;

	for (nr = 0; nr < op->count && !err; nr++) {
		start = bench_cycles();
		err = send_all(netbench_contents(nr), op->request);
		if (!err)
			err = receive_message(nr, op->reply, pass->verify);
		pass->times[nr] = bench_cycles() - start;
	}
	return err;
}

static int answer_round_trips(const struct netbench_op *op, bool verify)
{
	int err = 0;
	u32 nr;

	for (nr = 0; nr < op->count && !err; nr++) {
		err = receive_message(nr, op->request, verify);
		if (!err)
			err = send_all(netbench_contents(nr), op->reply);
	}
	return err;
}

static int send_stream(u32 count, u32 len, u32 ack_len)
{
	u32 nr, acknowledged = 0;
	int err = 0;

	for (nr = 0; nr < count && !err; nr++) {
		if (nr == acknowledged + NETBENCH_WINDOW) {
			err = receive_all(buffer, ack_len);
			acknowledged += ACK_EVERY;
		}
		if (!err)
			err = send_some(netbench_contents(nr), len, (nr + 1) % ACK_EVERY);
	}
	for (; acknowledged < count && !err; acknowledged += ACK_EVERY)
		err = receive_all(buffer, ack_len);
	return err;
}

static int receive_stream(u32 count, u32 len, u32 ack_len, bool verify)
{
	int err = 0;
	u32 nr;

	for (nr = 0; nr < count && !err; nr++) {
		err = receive_message(nr, len, verify);
		if (!err && (nr + 1) % ACK_EVERY == 0)
			err = send_all(netbench_contents(nr), ack_len);
	}
	return err;
}

static int order(enum order what, const struct netbench_pass *pass)
{
	struct order_message message = { .order = what };

	if (pass) {
		message.kind = pass->op->kind;
		message.request = pass->op->request;
		message.reply = pass->op->reply;
		message.count = pass->op->count;
		message.verify = pass->verify;
	}
	return send_all(&message, sizeof(message));
}

/**
 * netbench_bare_run() - a pass of the client
 * @pass:	what to do; the results are set
 *
 * Return: 0 or -errno.
 */
int netbench_bare_run(struct netbench_pass *pass)
{
	const struct netbench_op *op = pass->op;
	struct bench_wall start;
	int err = order(ORDER_RUN, pass);

	if (err)
		return err;
	start = bench_now();
	switch (op->kind) {
	case NETBENCH_ROUND_TRIP:
		err = ask_round_trips(pass);
		break;
	case NETBENCH_PUSH:
		err = send_stream(op->count, op->request, op->reply);
		break;
	case NETBENCH_PULL:
		err = receive_stream(op->count, op->reply, op->request, pass->verify);
		break;
	case NETBENCH_LOCAL:
		err = -EINVAL;
		break;
	}
	pass->wall = bench_since(&start);
	return err;
}

static int serve_pass(const struct order_message *what)
{
	struct netbench_op op = {
		.request = what->request, .reply = what->reply, .count = what->count,
	};

	if (op.request > NETBENCH_LARGEST || op.reply > NETBENCH_LARGEST)
		return -EPROTO;
	switch (what->kind) {
	case NETBENCH_ROUND_TRIP:
		return answer_round_trips(&op, what->verify);
	case NETBENCH_PUSH:
		return receive_stream(op.count, op.request, op.reply, what->verify);
	case NETBENCH_PULL:
		return send_stream(op.count, op.reply, op.request);
	default:
		return -EPROTO;
	}
}

static int serve_orders(void)
{
	struct order_message message;
	u64 cpu;
	int err;

	for (;;) {
		err = receive_all(&message, sizeof(message));
		if (err || message.order == ORDER_END)
			return err;
		if (message.order == ORDER_CPU) {
			cpu = netbench_cpu_ns();
			err = send_all(&cpu, sizeof(cpu));
		} else {
			err = serve_pass(&message);
		}
		if (err)
			return err;
	}
}

/**
 * netbench_bare_peer_cpu() - processor time of the server
 * @ns:	set to it
 *
 * Return: 0 or -errno.
 */
int netbench_bare_peer_cpu(u64 *ns)
{
	int err = order(ORDER_CPU, NULL);

	return err ?: receive_all(ns, sizeof(*ns));
}

/* With the one buffer that everything is received into. */
static int adopt(struct socket *sock)
{
	bare = sock;
	tcp_sock_set_nodelay(sock->sk);
	sock->sk->sk_rcvtimeo = PATIENCE;
	sock->sk->sk_sndtimeo = PATIENCE;
	buffer = vmalloc(NETBENCH_LARGEST);
	return buffer ? 0 : -ENOMEM;
}

static int make_socket(struct socket **sock)
{
	return sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
}

static int accept_one(struct socket *listener, u16 port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct socket *sock;
	int err;

	sock_set_reuseaddr(listener->sk);
	listener->sk->sk_rcvtimeo = PATIENCE;
	err = kernel_bind(listener, (struct sockaddr *)&here, sizeof(here));
	if (!err)
		err = kernel_listen(listener, 1);
	if (!err)
		err = kernel_accept(listener, &sock, 0);
	return err ?: adopt(sock);
}

static void drop(void)
{
	if (bare)
		sock_release(bare);
	vfree(buffer);
}

/**
 * netbench_bare_serve() - wait for a client, and do what it wants until it has enough
 * @port:	where
 *
 * Return: 0 or -errno.
 */
int netbench_bare_serve(u16 port)
{
	struct socket *listener;
	int err = make_socket(&listener);

	if (err)
		return err;
	err = accept_one(listener, port);
	sock_release(listener);
	if (!err)
		err = serve_orders();
	drop();
	return err;
}

/**
 * netbench_bare_connect() - to a server that may not be there yet
 * @address:	of the server
 * @port:	likewise
 *
 * Return: 0 or -errno; netbench_bare_close() is due in any case.
 */
int netbench_bare_connect(const char *address, u16 port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(port) };
	unsigned long end = jiffies + PATIENCE;
	struct socket *sock;
	int err;

	if (!in4_pton(address, -1, (u8 *)&there.sin_addr, -1, NULL))
		return -EINVAL;
	do {
		err = make_socket(&sock);
		if (err)
			return err;
		err = kernel_connect(sock, (struct sockaddr *)&there, sizeof(there), 0);
		if (!err)
			return adopt(sock);
		sock_release(sock);
		msleep(50);
	} while (time_before(jiffies, end));
	return err;
}

/**
 * netbench_bare_close() - tell the server, if there is one, and forget the socket
 *
 * Return: 0 or -errno.
 */
int netbench_bare_close(void)
{
	int err = bare ? order(ORDER_END, NULL) : 0;

	drop();
	return err;
}
