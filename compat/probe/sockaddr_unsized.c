// SPDX-License-Identifier: GPL-2.0-only
/* asks: is an address of unknown length a struct sockaddr_unsized?   expect: v6.19 */
#include <linux/net.h>

int probe(struct socket *sock, struct sockaddr_unsized *address);
int probe(struct socket *sock, struct sockaddr_unsized *address)
{
	return kernel_bind(sock, address, sizeof(struct sockaddr_storage));
}
