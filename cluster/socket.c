// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP sockets of the kernel.
 *
 * Pages leave through them while memory is short, so nothing here waits for memory that
 * only the sending would make free: what a socket allocates it may take from the kernel's
 * reserves (SOCK_MEMALLOC, and the sender's PF_MEMALLOC), and it allocates without
 * starting I/O.  The same is done by nbd and nvme-tcp.
 *
 * No callbacks are replaced: threads wait in the socket, and shutting it down ends that.
 */
#include "internal.h"
#include "socket.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/* Connections that nobody has accepted yet; the kernel's usual limit for small servers. */
#define BACKLOG		128

/*
 * What TCP takes beyond what is on its way, before it says that there is no room.  Its buffer
 * grows to megabytes, and nothing overtakes what is in there: on a slow network a read would
 * wait for all puts.  As much as a message in bulk, so that there is always one to send.
 */
#define UNSENT_BYTES	SZ_64K

/* Not connected; cluster_mutex. */
static struct socket *holder;

/* A socket address with its length; what the kernel's functions take it as is in compat.h. */
struct endpoint {
	struct sockaddr_storage	storage;
	int			len;
};

static struct sockaddr_unsized *raw(struct endpoint *endpoint)
{
	return (struct sockaddr_unsized *)&endpoint->storage;
}

static void make_endpoint(struct endpoint *to, const struct cluster_address *from, u16 port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to->storage;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to->storage;

	memset(to, 0, sizeof(*to));
	if (from->family == AF_INET6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_addr = from->v6;
		v6->sin6_port = htons(port);
		to->len = sizeof(*v6);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = from->v4;
		v4->sin_port = htons(port);
		to->len = sizeof(*v4);
	}
}

static int address_of_peer(struct socket *sock, struct cluster_address *address)
{
	struct sockaddr_storage storage = {};
	int len = kernel_getpeername(sock, (struct sockaddr *)&storage);

	memset(address, 0, sizeof(*address));
	if (len < 0)
		return len;
	address->family = storage.ss_family;
	if (storage.ss_family == AF_INET6)
		address->v6 = ((struct sockaddr_in6 *)&storage)->sin6_addr;
	else
		address->v4 = ((struct sockaddr_in *)&storage)->sin_addr.s_addr;
	return 0;
}

static int create(const struct cluster_address *address, u16 port, struct socket **sock)
{
	struct endpoint local;
	int err = sock_create_kern(&init_net, address->family, SOCK_STREAM, IPPROTO_TCP, sock);

	if (err)
		return err;
	(*sock)->sk->sk_allocation = GFP_NOIO;
	if (port)
		sock_set_reuseaddr((*sock)->sk);
	if (address->family == AF_INET6)
		ip6_sock_set_v6only((*sock)->sk);
	make_endpoint(&local, address, port);
	err = kernel_bind(*sock, raw(&local), local.len);
	if (err) {
		sock_release(*sock);
		*sock = NULL;
	}
	return err;
}

/* What each connection gets as soon as it is one. */
static void tune(struct socket *sock)
{
	struct sock *sk = sock->sk;

	sk->sk_allocation = GFP_NOIO;
	compat_sk_no_task_frag(sk);
	tcp_sock_set_nodelay(sk);
	WRITE_ONCE(tcp_sk(sk)->notsent_lowat, UNSENT_BYTES);
}

/**
 * cluster_socket_start() - be ready for sockets that may use the reserves of memory
 *
 * The kernel changes code when the first one comes and when the last one goes.  One that
 * does nothing stays, so that connections which come and go do not have it do so.
 *
 * Context: may sleep, cluster_mutex held.
 * Return: 0; an error of the kernel.
 */
int cluster_socket_start(void)
{
	int err;

	lockdep_assert_held(&cluster_mutex);
	err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &holder);
	if (!err)
		sk_set_memalloc(holder->sk);
	return err;
}

/**
 * cluster_socket_stop() - the end of cluster_socket_start()
 *
 * Context: may sleep, cluster_mutex held.
 */
void cluster_socket_stop(void)
{
	lockdep_assert_held(&cluster_mutex);
	cluster_socket_close(holder);
}

/**
 * cluster_socket_listen() - be reachable
 * @address:	of this machine
 * @port:	its port
 * @sock:	set on success, for cluster_socket_close()
 *
 * Context: may sleep.
 * Return: 0; -EADDRNOTAVAIL: it is not an address of this machine; -EADDRINUSE; others.
 */
int cluster_socket_listen(const struct cluster_address *address, u16 port, struct socket **sock)
{
	int err = create(address, port, sock);

	if (err)
		return err;
	err = kernel_listen(*sock, BACKLOG);
	if (err) {
		sock_release(*sock);
		*sock = NULL;
	}
	return err;
}

/**
 * cluster_socket_accept() - wait for somebody who connects
 * @listener:	from cluster_socket_listen()
 * @sock:	set on success, for cluster_socket_close()
 * @from:	address he has, set on success
 *
 * Context: may sleep.
 * Return: 0; -EINVAL: @listener was shut down; others.
 */
int cluster_socket_accept(struct socket *listener, struct socket **sock,
			  struct cluster_address *from)
{
	int err = kernel_accept(listener, sock, 0);

	if (err)
		return err;
	tune(*sock);
	err = address_of_peer(*sock, from);
	if (err)
		cluster_socket_close(*sock);
	return err;
}

/**
 * cluster_socket_create() - make a socket to connect with
 * @from:	address of this machine, which the other one knows it by
 * @sock:	set on success, for cluster_socket_close()
 *
 * Context: may sleep.
 * Return: 0; an error of the kernel.
 */
int cluster_socket_create(const struct cluster_address *from, struct socket **sock)
{
	int err = create(from, 0, sock);

	if (!err)
		tune(*sock);
	return err;
}

/**
 * cluster_socket_connect() - connect
 * @sock:	from cluster_socket_create()
 * @to:		where
 * @port:	its port
 * @timeout_ms:	for that
 *
 * Context: may sleep; ends early when @sock is shut down.
 * Return: 0; -EAFNOSUPPORT: one address is IPv4, the other IPv6; -ETIMEDOUT; others.
 */
int cluster_socket_connect(struct socket *sock, const struct cluster_address *to, u16 port,
			   unsigned int timeout_ms)
{
	struct endpoint peer;
	int err;

	if (sock->sk->sk_family != to->family)
		return -EAFNOSUPPORT;
	make_endpoint(&peer, to, port);
	sock->sk->sk_sndtimeo = msecs_to_jiffies(timeout_ms);
	err = kernel_connect(sock, raw(&peer), peer.len, 0);
	return err == -EINPROGRESS ? -ETIMEDOUT : err;
}

static int send_some(struct socket *sock, const void *buf, size_t len, bool wait)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT) };
	struct kvec vec = { .iov_base = (void *)buf, .iov_len = len };
	int sent = kernel_sendmsg(sock, &msg, &vec, 1, len);

	return sent ? sent : -EPIPE;
}

/**
 * cluster_socket_send() - hand bytes to TCP, which copies them, from the reserves of memory if
 * there is no other
 * @sock:	connected
 * @buf:	the bytes
 * @len:	how many, not 0
 * @wait:	until TCP has room for some
 *
 * Context: may sleep.
 * Return: how many were taken, above 0; -EAGAIN: none, and not @wait; or another error,
 * after which nothing can be sent.
 */
int cluster_socket_send(struct socket *sock, const void *buf, size_t len, bool wait)
{
	unsigned int noreclaim = memalloc_noreclaim_save();
	int sent = send_some(sock, buf, len, wait);

	memalloc_noreclaim_restore(noreclaim);
	return sent;
}

/**
 * cluster_socket_receive() - wait for bytes
 * @sock:	connected
 * @buf:	where to
 * @len:	at most so many, not 0
 *
 * Context: may sleep; ends early when @sock is shut down.
 * Return: how many came, above 0; -ECONNRESET: the connection was closed; -EAGAIN: the
 * time for this is over; or another error.
 */
int cluster_socket_receive(struct socket *sock, void *buf, size_t len)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	int got = kernel_recvmsg(sock, &msg, &vec, 1, len, 0);

	return got ? got : -ECONNRESET;
}

/**
 * cluster_socket_send_all() - hand all bytes to TCP
 * @sock:	connected
 * @buf:	the bytes
 * @len:	how many
 * @reserves:	from the reserves of memory, if there is no other
 *
 * Context: may sleep.
 * Return: 0, or the error of cluster_socket_send().
 */
int cluster_socket_send_all(struct socket *sock, const void *buf, size_t len, bool reserves)
{
	while (len) {
		int sent = reserves ? cluster_socket_send(sock, buf, len, true) :
				      send_some(sock, buf, len, true);

		if (sent < 0)
			return sent;
		buf += sent;
		len -= sent;
	}
	return 0;
}

/**
 * cluster_socket_receive_all() - wait for all of some bytes
 * @sock:	connected
 * @buf:	where to
 * @len:	how many
 * @deadline:	in jiffies, for all of them together
 *
 * Context: may sleep; ends early when @sock is shut down.
 * Return: 0; -ETIMEDOUT; or an error of cluster_socket_receive().
 */
int cluster_socket_receive_all(struct socket *sock, void *buf, size_t len, unsigned long deadline)
{
	while (len) {
		long left = deadline - jiffies;
		int got;

		if (left <= 0)
			return -ETIMEDOUT;
		sock->sk->sk_rcvtimeo = left;
		got = cluster_socket_receive(sock, buf, len);
		if (got == -EAGAIN)
			return -ETIMEDOUT;
		if (got < 0)
			return got;
		buf += got;
		len -= got;
	}
	return 0;
}

/**
 * cluster_socket_trust() - let a socket use the reserves of memory, and take its time
 * @sock:	connected to somebody who has proved who he is
 *
 * Context: may sleep; by the only receiver.
 */
void cluster_socket_trust(struct socket *sock)
{
	/* It sets a flag beside others that change when packets come. */
	lock_sock(sock->sk);
	sk_set_memalloc(sock->sk);
	release_sock(sock->sk);
	sock->sk->sk_sndtimeo = MAX_SCHEDULE_TIMEOUT;
	sock->sk->sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
}

/**
 * cluster_socket_shutdown() - end what waits in a socket, now and later
 * @sock:	any, stays valid meanwhile
 *
 * Context: may sleep.
 */
void cluster_socket_shutdown(struct socket *sock)
{
	kernel_sock_shutdown(sock, SHUT_RDWR);
}

/**
 * cluster_socket_close() - give a socket back
 * @sock:	nobody else uses it
 *
 * What sk_clear_memalloc() does is not done: packets that the reserves were used for may be on
 * their way into the socket, and __sk_backlog_rcv() stops the machine when one comes to a
 * socket that may not have any.  Only what was counted by sk_set_memalloc() is taken back.
 *
 * Context: may sleep.
 */
void cluster_socket_close(struct socket *sock)
{
	bool memalloc = sock_flag(sock->sk, SOCK_MEMALLOC);

	sock_release(sock);
	if (memalloc)
		static_branch_dec(&memalloc_socks_key);
}
