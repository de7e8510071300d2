/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP sockets of the kernel, as the swap path needs them. */
#ifndef CLUSTER_SOCKET_H
#define CLUSTER_SOCKET_H

#include <linux/types.h>

struct cluster_address;
struct socket;

int cluster_socket_start(void);
void cluster_socket_stop(void);
int cluster_socket_listen(const struct cluster_address *address, u16 port, struct socket **sock);
int cluster_socket_accept(struct socket *listener, struct socket **sock,
			  struct cluster_address *from);
int cluster_socket_create(const struct cluster_address *from, struct socket **sock);
int cluster_socket_connect(struct socket *sock, const struct cluster_address *to, u16 port,
			   unsigned int timeout_ms);
int cluster_socket_send(struct socket *sock, const void *buf, size_t len, bool wait);
int cluster_socket_receive(struct socket *sock, void *buf, size_t len);
int cluster_socket_send_all(struct socket *sock, const void *buf, size_t len, bool reserves);
int cluster_socket_receive_all(struct socket *sock, void *buf, size_t len,
			       unsigned long deadline);
void cluster_socket_trust(struct socket *sock);
void cluster_socket_shutdown(struct socket *sock);
void cluster_socket_close(struct socket *sock);

#endif /* CLUSTER_SOCKET_H */
