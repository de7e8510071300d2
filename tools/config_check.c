// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with a configuration as a whole: what is missing, and what does not fit. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

/* Ours of what is not given, for comparing. */
static const uint64_t time_defaults[TIMES] = {
	[TIME_IDLE] = 30000, [TIME_KEEPALIVE] = 2000, [TIME_RECONNECT] = 2000,
	[TIME_SUSPECT] = 10000, [TIME_DEAD] = 60000,
};

static uint64_t time_of(const struct config *conf, enum time_limit which)
{
	return conf->times[which] ?: time_defaults[which];
}

static void less(struct config_report *report, enum time_limit a, enum time_limit b)
{
	struct config *conf = report->conf;

	if (time_of(conf, a) >= time_of(conf, b))
		config_wrong(report, conf->cluster_line, "%s (%llu) must be less than %s (%llu)",
			     time_names[a], (unsigned long long)time_of(conf, a),
			     time_names[b], (unsigned long long)time_of(conf, b));
}

static void check_cluster(struct config_report *report)
{
	struct config *conf = report->conf;
	unsigned int line = conf->cluster_line;

	if (!conf->cluster)
		config_wrong(report, line, "[cluster] has no name; write 'name = ...', the same on all nodes");
	if (conf->key_file && conf->insecure)
		config_wrong(report, line, "[cluster] has a key_file and insecure = yes; one of them is a mistake");
	if (!conf->key_file && !conf->insecure)
		config_wrong(report, line, "[cluster] has no key_file; make one with 'ramster key generate' and copy it to all nodes");
	less(report, TIME_KEEPALIVE, TIME_IDLE);
	less(report, TIME_SUSPECT, TIME_DEAD);
	if (conf->node_count < 2)
		config_wrong(report, line, "a cluster has two nodes at least; write a [node NAME] for each machine, this one too");
	if (conf->this_node && conf->node_count && !config_this_node(conf))
		config_wrong(report, conf->this_node_line, "this_node is '%s', and there is no [node %s]",
			     conf->this_node, conf->this_node);
}

static void check_node(struct config_report *report, const struct node_conf *node)
{
	if (node->num == NUMBER_NONE)
		config_wrong(report, node->line, "node %s has no num; write 'num = 0' to 254, another one for each node",
			     node->name);
	if (!node->address)
		config_wrong(report, node->line, "node %s has no address; write 'address = 10.0.0.1'",
			     node->name);
	if (!node->port)
		config_wrong(report, node->line, "node %s has no port; write 'port = 7777'",
			     node->name);
}

static void check_pair(struct config_report *report, const struct node_conf *a,
		       const struct node_conf *b)
{
	if (b->num != NUMBER_NONE && a->num == b->num)
		config_wrong(report, b->line, "node %s has the number of node %s in line %u; give each its own",
			     b->name, a->name, a->line);
	if (!a->address || !b->address)
		return;
	if (text_is(a->address, b->address))
		config_wrong(report, b->line, "node %s has the address of node %s in line %u; each is another machine",
			     b->name, a->name, a->line);
	if (a->ipv6 != b->ipv6)
		config_wrong(report, b->line, "node %s has an IPv%d address and node %s an IPv%d one; links need the same family",
			     b->name, b->ipv6 ? 6 : 4, a->name, a->ipv6 ? 6 : 4);
}

static void check_nodes(struct config_report *report)
{
	struct config *conf = report->conf;

	if (conf->node_count > NODES_MAX) {
		config_wrong(report, conf->nodes[NODES_MAX].line, "more than %d nodes", NODES_MAX);
		return;
	}
	for (size_t i = 0; i < conf->node_count; i++) {
		check_node(report, &conf->nodes[i]);
		for (size_t j = 0; j < i; j++)
			check_pair(report, &conf->nodes[j], &conf->nodes[i]);
	}
	if (conf->node_count && !conf->cluster_line)
		config_wrong(report, conf->nodes[0].line, "there are nodes and no [cluster]; write one, with a name");
}

static void check_swaps(struct config_report *report)
{
	struct config *conf = report->conf;

	for (size_t i = 0; i < conf->swap_count; i++) {
		const struct swap_conf *swap = &conf->swaps[i];

		if (!swap->size)
			config_wrong(report, swap->line, "swap %s has no size; write 'size = 4G'",
				     swap->name);
		if (swap->sync && swap->backing)
			config_wrong(report, swap->line, "swap %s has sync and a backing device; a device with one cannot answer at once",
				     swap->name);
		for (size_t j = 0; j < i && swap->backing; j++) {
			if (text_is(conf->swaps[j].backing, swap->backing))
				config_wrong(report, swap->line, "swap %s has the backing device of swap %s in line %u; each needs its own",
					     swap->name, conf->swaps[j].name, conf->swaps[j].line);
		}
	}
}

static void check_caches(struct config_report *report)
{
	struct config *conf = report->conf;

	for (size_t i = 0; i < conf->cache_count; i++) {
		const struct cache_conf *cache = &conf->caches[i];

		if (!cache->device)
			config_wrong(report, cache->line, "cache %s has no device; write 'device = /dev/...', what is to be cached",
				     cache->name);
		for (size_t j = 0; j < i && cache->device; j++) {
			if (text_is(conf->caches[j].device, cache->device))
				config_wrong(report, cache->line, "cache %s has the device of cache %s in line %u; a device has one cache",
					     cache->name, conf->caches[j].name,
					     conf->caches[j].line);
		}
	}
}

static unsigned int set_line(const struct config *conf, const char *module, const char *name)
{
	for (size_t i = 0; i < conf->set_count; i++) {
		if (text_is(conf->sets[i].module, module) && text_is(conf->sets[i].name, name))
			return conf->sets[i].line;
	}
	return 0;
}

static uint64_t number_set(const struct config *conf, const char *name, uint64_t otherwise)
{
	const char *text = config_set(conf, "ramster", name);
	uint64_t number;

	return text && !parse_u64(text, &number) ? number : otherwise;
}

static void check_params(struct config_report *report)
{
	struct config *conf = report->conf;
	uint64_t high = number_set(conf, "move_high_percent", 80);
	uint64_t low = number_set(conf, "move_low_percent", high < 70 ? high : 70);

	if (low > high)
		config_wrong(report, set_line(conf, "ramster", "move_low_percent"),
			     "move_low_percent (%llu) is above move_high_percent (%llu); pages begin to move at the high one",
			     (unsigned long long)low, (unsigned long long)high);
	for (size_t i = 0; i < conf->set_count && !conf->cluster_line; i++) {
		if (!text_is(conf->sets[i].module, "zcache")) {
			config_wrong(report, conf->sets[i].line, "%s is of module %s, which is used with a [cluster] only, and there is none",
				     conf->sets[i].name, conf->sets[i].module);
			return;
		}
	}
}

/* Tells what is missing or does not fit. */
void config_check(struct config_report *report)
{
	struct config *conf = report->conf;

	if (conf->cluster_line)
		check_cluster(report);
	check_nodes(report);
	check_swaps(report);
	check_caches(report);
	check_params(report);
	if (!conf->mistakes && !conf->cluster_line && !conf->swap_count && !conf->cache_count)
		config_wrong(report, 0, "there is nothing in it to set up; write a [cluster], a [swap NAME] or a [cache NAME]");
}
