// SPDX-License-Identifier: GPL-2.0-only
/* Names and addresses that the kernel would refuse, refused with words. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Of a cluster, a node or a device: a folder will have it. */
char *name_wrong(const char *what, const char *name)
{
	if (!*name)
		return text_of("the %s has no name", what);
	if (strlen(name) > NAME_MAX_CHARS)
		return text_of("the name of a %s has at most %d characters", what, NAME_MAX_CHARS);
	if (strspn(name, NAME_CHARS) != strlen(name) || text_is(name, ".") || text_is(name, ".."))
		return text_of("'%s' is no name of a %s; use letters, digits, '.', '_' and '-'",
			       name, what);
	return NULL;
}

static char *ipv4_wrong(const char *text, const struct in_addr *addr)
{
	uint32_t host = ntohl(addr->s_addr);

	if (!host || host == INADDR_BROADCAST || IN_MULTICAST(host))
		return text_of("%s is not the address of one machine", text);
	return NULL;
}

static char *ipv6_wrong(const char *text, const struct in6_addr *addr)
{
	if (IN6_IS_ADDR_V4MAPPED(addr))
		return text_of("%s is an IPv4 address; write it as one", text);
	if (IN6_IS_ADDR_LINKLOCAL(addr))
		return text_of("%s is link-local and says nothing without an interface; give the node another one",
			       text);
	if (IN6_IS_ADDR_UNSPECIFIED(addr) || IN6_IS_ADDR_MULTICAST(addr))
		return text_of("%s is not the address of one machine", text);
	return NULL;
}

char *address_wrong(const char *text, bool *ipv6)
{
	struct in6_addr six;
	struct in_addr four;

	*ipv6 = false;
	if (inet_pton(AF_INET, text, &four) == 1)
		return ipv4_wrong(text, &four);
	*ipv6 = true;
	if (inet_pton(AF_INET6, text, &six) == 1)
		return ipv6_wrong(text, &six);
	return text_of("'%s' is no IP address; names of hosts are not looked up, write 10.0.0.1 or fd00::1",
		       text);
}
