// SPDX-License-Identifier: GPL-2.0-only
/*
 * A configuration that may hold anything.  Each mistake has a line of the text and says
 * something; what has none keeps what the parser promises.
 */
#include "fuzz.h"

#include "config.h"
#include "param.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(what)						\
	do {							\
		if (!(what)) {					\
			fprintf(stderr, "not ok: %s\n", #what);	\
			abort();				\
		}						\
	} while (0)

struct seen {
	unsigned int	lines;
	unsigned int	mistakes;
};

static void on_mistake(void *ctx, unsigned int line, const char *what)
{
	struct seen *seen = ctx;

	CHECK(line <= seen->lines);
	CHECK(*what && !strchr(what, '\n'));
	seen->mistakes++;
}

static void check_good(const struct config *conf)
{
	bool ipv6;

	CHECK(conf->cluster_line || conf->swap_count || conf->cache_count);
	CHECK(!conf->cluster_line || (conf->cluster && conf->node_count >= 2));
	CHECK(!conf->cluster_line || !conf->key_file == conf->insecure);
	for (size_t i = 0; i < conf->node_count; i++) {
		const struct node_conf *node = &conf->nodes[i];

		CHECK(node->num <= 254 && node->port >= 1 && node->port <= 65535);
		CHECK(!name_wrong("node", node->name) && !address_wrong(node->address, &ipv6));
		CHECK(ipv6 == node->ipv6);
		for (size_t j = 0; j < i; j++)
			CHECK(conf->nodes[j].num != node->num);
	}
	for (size_t i = 0; i < conf->set_count; i++) {
		const struct set_conf *set = &conf->sets[i];

		CHECK(!param_wrong(param_find(set->module, set->name), set->value));
	}
	for (size_t i = 0; i < conf->swap_count; i++)
		CHECK(conf->swaps[i].size >= 64 << 10 && !name_wrong("swap", conf->swaps[i].name));
	for (size_t i = 0; i < conf->cache_count; i++)
		CHECK(*conf->caches[i].device == '/');
}

const char *fuzz_name(void)
{
	return "config";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	opt.root = "/nonexistent";
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .lines = 1 };
	struct config *conf;

	for (size_t i = 0; i < size; i++)
		seen.lines += data[i] == '\n';
	conf = config_parse("fuzz", (const char *)data, size, on_mistake, &seen);
	CHECK(conf->mistakes == seen.mistakes);
	if (!conf->mistakes)
		check_good(conf);
	config_free(conf);
	return 0;
}
