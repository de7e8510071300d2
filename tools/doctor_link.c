// SPDX-License-Identifier: GPL-2.0-only
/* Whether other nodes can be reached, and will be understood. */
#include "doctor.h"
#include "fs.h"
#include "key.h"
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS	2000

/* IP and ICMP headers before the data of a ping. */
#define PING_HEADER(ipv6) ((ipv6) ? 48 : 28)

void doctor_key(struct doctor *doctor)
{
	char *why, *key;

	if (!doctor->conf || !doctor->conf->cluster_line)
		return;
	if (doctor->conf->insecure) {
		wrong(doctor, "'ramster key generate', copy the key to all nodes, key_file = " KEY_FILE,
		      "insecure = yes: whoever reaches the port can read and change all pages");
		return;
	}
	key = key_read(doctor->conf->key_file, &why);
	if (key)
		fine("%s is a key, and only root can read it", doctor->conf->key_file);
	else
		wrong(doctor, NULL, "%s", why);
	free(why);
	key_free(key);
}

/* The interface that has our address, from `ip -brief address`; for free(). */
static char *interface_of(const char *address)
{
	char *text = RUN_OUTPUT(RUN_IP, "-brief", "address", "show");
	char *rest = text, *line, *wanted = text_of(" %s/", address), *found = NULL;

	while (text && !found && (line = strsep(&rest, "\n"))) {
		if (strstr(line, wanted)) {
			/* What stands behind @ is beneath it. */
			line[strcspn(line, " @")] = '\0';
			found = need(strdup(line));
		}
	}
	free(wanted);
	free(text);
	return found;
}

void doctor_interface(struct doctor *doctor)
{
	char *name;
	uint64_t mtu;

	if (!doctor->self || !doctor->self->address)
		return;
	name = interface_of(doctor->self->address);
	if (!name) {
		wrong(doctor, "give this machine the address, or correct [node] in the configuration",
		      "no interface has the address %s of node %s", doctor->self->address,
		      doctor->self->name);
		return;
	}
	if (fs_exists("/sys/class/net/%s/tun_flags", name))
		wrong(doctor, "take an interface that the kernel alone serves: Ethernet, or WireGuard",
		      "%s is served by a program (tun): when that program is swapped out, nothing comes back",
		      name);
	if (!fs_read_u64(&mtu, "/sys/class/net/%s/mtu", name)) {
		if (mtu < 1500)
			doubt(doctor, "1500 at least; with 9000 on all nodes and switches a page is one packet",
			      "the MTU of %s is %llu", name, (unsigned long long)mtu);
		else
			fine("%s has the address %s, MTU %llu", name, doctor->self->address,
			     (unsigned long long)mtu);
	}
	free(name);
}

/* Enough to ask the right question; only a connection gives the answer. */
void doctor_firewall(struct doctor *doctor)
{
	char *rules, port[24];

	if (!doctor->self)
		return;
	rules = RUN_OUTPUT(RUN_NFT, "list", "ruleset");
	snprintf(port, sizeof(port), "%llu", (unsigned long long)doctor->self->port);
	if (rules && strstr(rules, "hook input") && !strstr(rules, port) &&
	    (strstr(rules, "policy drop") || strstr(rules, "reject") || strstr(rules, " drop")))
		doubt(doctor, "let it in from the other nodes: nft add rule inet filter input ip saddr { ADDRESSES } tcp dport PORT accept",
		      "a firewall drops packets and has no rule for port %s", port);
	else if (rules)
		fine("no firewall of this machine is in the way");
	free(rules);
}

/* 0, or why nobody answers at a port. */
static int try_connect(const struct node_conf *node)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} to;
	struct pollfd wait = { .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof(err);

	memset(&to, 0, sizeof(to));
	to.any.sa_family = node->ipv6 ? AF_INET6 : AF_INET;
	to.four.sin_port = htons(node->port);
	if (node->ipv6)
		inet_pton(AF_INET6, node->address, &to.six.sin6_addr);
	else
		inet_pton(AF_INET, node->address, &to.four.sin_addr);
	wait.fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (wait.fd < 0)
		return -errno;
	if (connect(wait.fd, &to.any, node->ipv6 ? sizeof(to.six) : sizeof(to.four)) &&
	    errno != EINPROGRESS)
		err = errno;
	else if (poll(&wait, 1, CONNECT_MS) != 1)
		err = ETIMEDOUT;
	else if (getsockopt(wait.fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;
	close(wait.fd);
	return -err;
}

static void check_path(struct doctor *doctor, const struct node_conf *node)
{
	char *name = interface_of(doctor->self->address), size[24];
	uint64_t mtu;

	if (name && !fs_read_u64(&mtu, "/sys/class/net/%s/mtu", name) && mtu > 1000) {
		char *small = RUN_OUTPUT(RUN_PING, "-c", "1", "-W", "1", node->address);

		snprintf(size, sizeof(size), "%llu",
			 (unsigned long long)(mtu - PING_HEADER(node->ipv6)));
		/* Who does not answer at all says nothing of sizes. */
		if (small) {
			char *large = RUN_OUTPUT(RUN_PING, "-M", "do", "-s", size, "-c", "1",
						 "-W", "1", node->address);

			if (!large)
				wrong(doctor, "the same MTU on all nodes, and at least that in all switches between",
				      "packets of %llu bytes, the MTU of %s, do not reach node %s",
				      (unsigned long long)mtu, name, node->name);
			free(large);
		}
		free(small);
	}
	free(name);
}

static bool link_is_up(const struct doctor *doctor, const struct node_conf *node)
{
	const struct peer *peer = snapshot_peer(doctor->snap, node->num);

	return peer && (text_is(peer->state, "ready") || text_is(peer->link, "up"));
}

/* The last thing that the kernel said of why there is no link to a node, or NULL. */
static const char *logged(const struct doctor *doctor, const struct node_conf *node)
{
	char *mark = text_of("node %llu (%s): ", (unsigned long long)node->num, node->name);
	const char *at = doctor->log, *last = NULL;

	while (at && (at = strstr(at, mark))) {
		at += strlen(mark);
		last = at;
	}
	free(mark);
	return last && (strncmp(last, "no link: ", 9) == 0) ? last + 9 : NULL;
}

static const char *cure_of(const char *reason)
{
	static const struct {
		const char *reason, *cure;
	} cures[] = {
		{ "the keys differ", "copy the same key to both nodes: 'ramster down', 'ramster up'" },
		{ "another version", "install releases of the same wire protocol on both; the CHANGELOG names it" },
		{ "another cluster", "write the same name in [cluster] on both nodes" },
		{ "the numbers", "write the same [node] sections on both nodes" },
		{ "only one of the nodes is insecure", "give both the same key" },
		{ "time-outs differ", "write the same idle_timeout_ms and keepalive_delay_ms on both nodes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cures); i++) {
		if (!strncmp(reason, cures[i].reason, strlen(cures[i].reason)))
			return cures[i].cure;
	}
	return "see what the log of the other node says";
}

static void check_peer(struct doctor *doctor, const struct node_conf *node)
{
	const char *reason = logged(doctor, node);
	int err;

	if (link_is_up(doctor, node)) {
		fine("node %s: there is a link", node->name);
		return;
	}
	if (reason) {
		wrong(doctor, cure_of(reason), "node %s: no link: %.*s", node->name,
		      (int)strcspn(reason, "\n("), reason);
		return;
	}
	err = try_connect(node);
	if (!err)
		doubt(doctor, "if it stays so: are keys, numbers and names the same there?",
		      "node %s answers at %s port %llu, and there is no link yet", node->name,
		      node->address, (unsigned long long)node->port);
	else if (err == -ECONNREFUSED)
		wrong(doctor, "'ramster up' there; or its firewall refuses the port",
		      "node %s: nobody listens at %s port %llu", node->name, node->address,
		      (unsigned long long)node->port);
	else
		wrong(doctor, "is it on? does its firewall let the port in? is the address right?",
		      "node %s: %s port %llu: %s", node->name, node->address,
		      (unsigned long long)node->port, strerror(-err));
	if (!err || err == -ECONNREFUSED)
		check_path(doctor, node);
}

void doctor_peers(struct doctor *doctor)
{
	const struct config *conf = doctor->conf;

	for (size_t i = 0; doctor->self && i < conf->node_count; i++) {
		if (&conf->nodes[i] != doctor->self)
			check_peer(doctor, &conf->nodes[i]);
	}
}

/* Time-outs are counted in ticks, so a wrong clock harms only those who read logs. */
void doctor_clock(struct doctor *doctor)
{
	char *source = fs_read("/sys/devices/system/clocksource/clocksource0/current_clocksource");
	char *synced = RUN_OUTPUT(RUN_TIMEDATECTL, "show", "--property=NTPSynchronized", "--value");

	if (text_is(source, "hpet") || text_is(source, "acpi_pm"))
		doubt(doctor, "find out why the kernel does not trust the TSC (dmesg)",
		      "the clock source is %s, which is slow to read", source);
	if (synced && !strncmp(synced, "no", 2))
		doubt(doctor, "apt install systemd-timesyncd; pages are safe all the same, logs are hard to compare",
		      "the clock is not synchronised");
	else if (synced)
		fine("the clock is synchronised");
	free(synced);
	free(source);
}
