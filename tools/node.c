// SPDX-License-Identifier: GPL-2.0-only
/* `ramster node`: the nodes of the cluster that is up. */
#include "fs.h"
#include "snapshot.h"
#include "updown.h"

#include <stdlib.h>
#include <string.h>

static enum end told(char *why)
{
	warning("%s", why);
	free(why);
	return END_USAGE;
}

static enum end read_node(struct node_conf *node, const char *name, const char *num,
			  const char *address, const char *port)
{
	char *why = name_wrong("node", name);

	if (why)
		return told(why);
	if (!num || parse_u64(num, &node->num) || node->num > 254)
		return fail(END_USAGE, "node add: --num is a number from 0 to 254, another one for each node%s%s",
			    num ? ", not " : "", num ?: "");
	if (!address)
		return fail(END_USAGE, "node add: --address is missing");
	why = address_wrong(address, &node->ipv6);
	if (why)
		return told(why);
	if (parse_u64(port ?: "7777", &node->port) || !node->port || node->port > 65535)
		return fail(END_USAGE, "node add: --port is a number from 1 to 65535, not %s", port);
	node->name = (char *)name;
	node->address = (char *)address;
	return END_OK;
}

static enum end add(int argc, char **argv)
{
	const char *words[1], *num = NULL, *address = NULL, *port = NULL;
	const struct arg args[] = {
		{ "num", &num, NULL }, { "address", &address, NULL }, { "port", &port, NULL },
	};
	struct node_conf node = { 0 };
	struct cluster cluster;
	enum end end;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), words, 1, 1) < 0)
		return END_USAGE;
	end = read_node(&node, words[0], num, address, port);
	if (end)
		return end;
	cluster_read(&cluster);
	if (!cluster.name)
		end = fail(END_FAILED, "no cluster is up; 'ramster up' first");
	else if (cluster_node(&cluster, node.name))
		end = fail(END_FAILED, "node %s is there already", node.name);
	else
		end = cluster_node_add(cluster.name, &node);
	cluster_free(&cluster);
	if (!end && !opt.dry_run)
		say("node %s is there until the next boot. For longer, write into %s on all nodes:\n\n[node %s]\nnum = %llu\naddress = %s\nport = %llu",
		    node.name, CONFIG_FILE, node.name, (unsigned long long)node.num, node.address,
		    (unsigned long long)node.port);
	return end;
}

static enum end remove_node(int argc, char **argv)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	const char *words[1];
	bool force = false;
	const struct arg args[] = { { "force", NULL, &force } };
	const struct node *node;
	const struct peer *peer = NULL;
	enum end end = END_OK;
	uint64_t num;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), words, 1, 1) < 0) {
		free(snap);
		return END_USAGE;
	}
	snapshot_take(snap);
	node = cluster_node(&snap->cluster, words[0]);
	if (node && !parse_u64(node->num, &num))
		peer = snapshot_peer(snap, num);
	if (!node)
		end = fail(END_FAILED, "there is no node %s; see 'ramster node list'", words[0]);
	else if (node->local)
		end = fail(END_FAILED, "node %s is this machine; 'ramster down' takes it out",
			   words[0]);
	else if (peer && peer->copies && !force)
		end = fail(END_REFUSED, "node %s has %llu pages of this machine; 'ramster down' on it gives them back, --force gives them up",
			   words[0], (unsigned long long)peer->copies);
	if (!end)
		end = cluster_node_remove(snap->cluster.name, words[0]);
	snapshot_free(snap);
	free(snap);
	return end;
}

static enum end list(void)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	uint64_t num;

	snapshot_take(snap);
	if (!snap->cluster.name)
		say("no cluster is up; 'ramster up' starts one");
	else
		printf("%-4s %-16s %-24s %-6s %s\n", "NUM", "NAME", "ADDRESS", "PORT", "STATE");
	for (size_t i = 0; i < snap->cluster.count; i++) {
		const struct node *node = &snap->cluster.nodes[i];
		const struct peer *peer = parse_u64(node->num, &num) ? NULL :
					  snapshot_peer(snap, num);

		printf("%-4s %-16s %-24s %-6s %s\n", node->num, node->name, node->address,
		       node->port, node->local ? "this machine" :
				   peer && *peer->state ? peer->state : "unknown");
	}
	snapshot_free(snap);
	free(snap);
	return END_OK;
}

enum end cmd_node(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (text_is(verb, "add")) {
		argv[1] = "node add";
		return add(argc - 1, argv + 1);
	}
	if (text_is(verb, "remove")) {
		argv[1] = "node remove";
		return remove_node(argc - 1, argv + 1);
	}
	if (text_is(verb, "list") && argc == 2)
		return list();
	return fail(END_USAGE, "node: say add NAME, remove NAME or list; see 'ramster help node'");
}
