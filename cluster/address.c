// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of nodes, from text and to text.
 *
 * An address is what tells nodes apart, so each has one spelling here: that of one
 * machine, not of a group of them, and IPv4 never in the disguise of IPv6.
 */
#include "internal.h"

#include <linux/in.h>
#include <linux/inet.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/ipv6.h>

static int parse_v4(const char *text, size_t len, struct cluster_address *address)
{
	const char *end;

	if (!in4_pton(text, len, (u8 *)&address->v4, -1, &end) || end != text + len)
		return -EINVAL;
	if (address->v4 == htonl(INADDR_ANY) || ipv4_is_multicast(address->v4) ||
	    ipv4_is_lbcast(address->v4))
		return -EADDRNOTAVAIL;
	return 0;
}

static int parse_v6(const char *text, size_t len, struct cluster_address *address)
{
	const char *end;

	if (!in6_pton(text, len, address->v6.s6_addr, -1, &end) || end != text + len)
		return -EINVAL;
	if (ipv6_addr_any(&address->v6) || ipv6_addr_v4mapped(&address->v6))
		return -EADDRNOTAVAIL;
	/* A link-local one means nothing without an interface, which is not asked for. */
	if (ipv6_addr_type(&address->v6) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return -EADDRNOTAVAIL;
	return 0;
}

/**
 * cluster_address_parse() - read an address
 * @text:	as written by a user, perhaps with a newline at its end
 * @family:	AF_INET or AF_INET6
 * @address:	set on success
 *
 * Context: any.
 * Return: 0; -EINVAL: it is none; -EADDRNOTAVAIL: it is none that a node can have.
 */
int cluster_address_parse(const char *text, unsigned short family,
			  struct cluster_address *address)
{
	struct cluster_address parsed = { .family = family };
	size_t len = strcspn(text, "\n");
	int err = -EINVAL;

	if (text[len] && text[len + 1])
		return -EINVAL;
	if (len)
		err = family == AF_INET ? parse_v4(text, len, &parsed)
					: parse_v6(text, len, &parsed);
	if (!err)
		*address = parsed;
	return err;
}

/**
 * cluster_address_equal() - whether two addresses are the same
 * @a:	one
 * @b:	the other
 *
 * Context: any.
 */
bool cluster_address_equal(const struct cluster_address *a, const struct cluster_address *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? a->v4 == b->v4 : ipv6_addr_equal(&a->v6, &b->v6);
}

/**
 * cluster_address_print() - write an address
 * @buf:	where to
 * @size:	of @buf
 * @address:	what; nothing if it has no family
 *
 * Context: any.
 * Return: number of characters.
 */
int cluster_address_print(char *buf, size_t size, const struct cluster_address *address)
{
	switch (address->family) {
	case AF_INET:
		return scnprintf(buf, size, "%pI4", &address->v4);
	case AF_INET6:
		return scnprintf(buf, size, "%pI6c", &address->v6);
	default:
		return scnprintf(buf, size, "%s", "");
	}
}
