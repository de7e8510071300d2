// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads /etc/ramster/ramster.conf.  Each kind of section has a table of the keys it knows, with
 * what stores the value; all mistakes are told, each with its line and what to do.
 */
#include "config.h"
#include "fs.h"
#include "ini.h"
#include "param.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_LEAST	(64ULL << 10)
#define SIZE_MOST	(16ULL << 40)

const char *const time_names[TIMES] = {
	[TIME_IDLE] = "idle_timeout_ms", [TIME_KEEPALIVE] = "keepalive_delay_ms",
	[TIME_RECONNECT] = "reconnect_delay_ms", [TIME_SUSPECT] = "suspect_ms",
	[TIME_DEAD] = "dead_ms",
};

enum kind { IN_NOTHING, IN_CLUSTER, IN_NODE, IN_MODULE, IN_SWAP, IN_CACHE, IN_DOWN, KINDS };

struct parse {
	struct config_report	report;
	struct config		*conf;
	enum kind		in;
	char			*module;	/* of IN_MODULE */
	unsigned int		seen[16];	/* line of each key of this section */
};

enum type { TEXT, PATH, FLAG, NUMBER, SIZE, ADDRESS, OPTIONS };

struct key {
	const char	*name;
	enum type	type;
	size_t		offset;
	uint64_t	least, most;
};

#define IN(_struct, _member) offsetof(struct _struct, _member)

static const struct key cluster_keys[] = {
	{ "name", TEXT, IN(config, cluster), 0, 0 },
	{ "key_file", PATH, IN(config, key_file), 0, 0 },
	{ "insecure", FLAG, IN(config, insecure), 0, 0 },
	{ "this_node", TEXT, IN(config, this_node), 0, 0 },
	{ "idle_timeout_ms", NUMBER, IN(config, times[TIME_IDLE]), 1000, 3600000 },
	{ "keepalive_delay_ms", NUMBER, IN(config, times[TIME_KEEPALIVE]), 100, 3600000 },
	{ "reconnect_delay_ms", NUMBER, IN(config, times[TIME_RECONNECT]), 100, 3600000 },
	{ "suspect_ms", NUMBER, IN(config, times[TIME_SUSPECT]), 100, 3600000 },
	{ "dead_ms", NUMBER, IN(config, times[TIME_DEAD]), 1000, 3600000 },
};

static const struct key node_keys[] = {
	{ "num", NUMBER, IN(node_conf, num), 0, 254 },
	{ "address", ADDRESS, IN(node_conf, address), 0, 0 },
	{ "port", NUMBER, IN(node_conf, port), 1, 65535 },
};

static const struct key swap_keys[] = {
	{ "size", SIZE, IN(swap_conf, size), SIZE_LEAST, SIZE_MOST },
	{ "priority", NUMBER, IN(swap_conf, priority), 0, 32767 },
	{ "backing", PATH, IN(swap_conf, backing), 0, 0 },
	{ "sync", FLAG, IN(swap_conf, sync), 0, 0 },
};

static const struct key cache_keys[] = {
	{ "device", PATH, IN(cache_conf, device), 0, 0 },
	{ "options", OPTIONS, IN(cache_conf, options), 0, 0 },
};

static const struct key down_keys[] = {
	{ "swapoff", FLAG, IN(config, down_swapoff), 0, 0 },
	{ "timeout", NUMBER, IN(config, down_timeout), 0, 86400 },
};

#define KEYS(_keys) { _keys, ARRAY_SIZE(_keys) }

static const struct {
	const struct key	*keys;
	size_t			count;
} keys_of[KINDS] = {
	[IN_CLUSTER] = KEYS(cluster_keys), [IN_NODE] = KEYS(node_keys),
	[IN_SWAP] = KEYS(swap_keys), [IN_CACHE] = KEYS(cache_keys), [IN_DOWN] = KEYS(down_keys),
};

static const char *const kinds[KINDS] = {
	[IN_NOTHING] = "", [IN_CLUSTER] = "cluster", [IN_NODE] = "node",
	[IN_MODULE] = "module", [IN_SWAP] = "swap", [IN_CACHE] = "cache", [IN_DOWN] = "down",
};

static void print_wrong(const struct config *conf, unsigned int line, const char *what)
{
	fflush(stdout);
	if (line)
		fprintf(stderr, "%s:%u: %s\n", conf->file, line, what);
	else
		fprintf(stderr, "%s: %s\n", conf->file, what);
}

/* Counts a mistake and tells it. */
void config_wrong(struct config_report *report, unsigned int line, const char *format, ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		what = NULL;
	va_end(args);
	need(what);
	report->conf->mistakes++;
	if (report->sink)
		report->sink(report->ctx, line, what);
	else
		print_wrong(report->conf, line, what);
	free(what);
}

/* Tells @why, which may be NULL for nothing, and frees it. */
static bool refused(struct parse *parse, unsigned int line, char *why)
{
	if (!why)
		return false;
	config_wrong(&parse->report, line, "%s", why);
	free(why);
	return true;
}

/* One more element at the end, of zeroes. */
static void *grow(void *array, size_t *count, size_t bytes)
{
	char *bigger = need(reallocarray(array, *count + 1, bytes));

	memset(bigger + *count * bytes, 0, bytes);
	++*count;
	return bigger;
}

#define GROW(array, count) (array = grow(array, &(count), sizeof(*(array))), &(array)[(count) - 1])

/* ---- sections ------------------------------------------------------------------------ */

static void begin_node(struct parse *parse, unsigned int line, const char *name)
{
	struct config *conf = parse->conf;
	struct node_conf *node;

	if (refused(parse, line, name_wrong("node", name)))
		return;
	for (size_t i = 0; i < conf->node_count; i++) {
		if (text_is(conf->nodes[i].name, name))
			config_wrong(&parse->report, line, "node %s is there already, in line %u; give each its own name",
				     name, conf->nodes[i].line);
	}
	node = GROW(conf->nodes, conf->node_count);
	node->line = line;
	node->name = need(strdup(name));
	node->num = NUMBER_NONE;
	parse->in = IN_NODE;
}

static void begin_swap(struct parse *parse, unsigned int line, const char *name)
{
	struct config *conf = parse->conf;
	struct swap_conf *swap;

	if (refused(parse, line, name_wrong("swap", name)))
		return;
	for (size_t i = 0; i < conf->swap_count; i++) {
		if (text_is(conf->swaps[i].name, name))
			config_wrong(&parse->report, line, "swap %s is there already, in line %u; give each its own name",
				     name, conf->swaps[i].line);
	}
	swap = GROW(conf->swaps, conf->swap_count);
	swap->line = line;
	swap->name = need(strdup(name));
	swap->priority = NUMBER_NONE;
	parse->in = IN_SWAP;
}

static void begin_cache(struct parse *parse, unsigned int line, const char *name)
{
	struct config *conf = parse->conf;
	struct cache_conf *cache;

	if (refused(parse, line, name_wrong("cache", name)))
		return;
	for (size_t i = 0; i < conf->cache_count; i++) {
		if (text_is(conf->caches[i].name, name))
			config_wrong(&parse->report, line, "cache %s is there already, in line %u; give each its own name",
				     name, conf->caches[i].line);
	}
	cache = GROW(conf->caches, conf->cache_count);
	cache->line = line;
	cache->name = need(strdup(name));
	parse->in = IN_CACHE;
}

static void begin_module(struct parse *parse, unsigned int line, const char *name)
{
	if (!param_module(name)) {
		config_wrong(&parse->report, line, "there is no module '%s' to set; write zcache, ramster or ramster_cluster",
			     name);
		return;
	}
	free(parse->module);
	parse->module = need(strdup(name));
	parse->in = IN_MODULE;
}

static void begin_alone(struct parse *parse, unsigned int line, enum kind kind, const char *name)
{
	struct config *conf = parse->conf;

	if (*name) {
		config_wrong(&parse->report, line, "[%s] has no name here; %s", kinds[kind],
			     kind == IN_CLUSTER ? "write 'name = ...' below it" : "leave it out");
		return;
	}
	if (kind == IN_CLUSTER && conf->cluster_line) {
		config_wrong(&parse->report, line, "there is a [cluster] already, in line %u; a machine is in one only",
			     conf->cluster_line);
		return;
	}
	if (kind == IN_CLUSTER)
		conf->cluster_line = line;
	parse->in = kind;
}

static void on_section(void *ctx, unsigned int line, const char *kind, const char *name)
{
	struct parse *parse = ctx;
	const char *near;

	/* Until it is known to be a good one: its keys would be complained about again. */
	parse->in = IN_NOTHING;
	memset(parse->seen, 0, sizeof(parse->seen));
	if (text_is(kind, "node")) {
		begin_node(parse, line, name);
	} else if (text_is(kind, "swap")) {
		begin_swap(parse, line, name);
	} else if (text_is(kind, "cache")) {
		begin_cache(parse, line, name);
	} else if (text_is(kind, "module")) {
		begin_module(parse, line, name);
	} else if (text_is(kind, "cluster")) {
		begin_alone(parse, line, IN_CLUSTER, name);
	} else if (text_is(kind, "down")) {
		begin_alone(parse, line, IN_DOWN, name);
	} else {
		near = text_nearest(kind, kinds + 1, KINDS - 1);
		config_wrong(&parse->report, line, near ? "unknown section [%s]; did you mean [%s]?" :
			     "unknown section [%s]; there are cluster, node, module, swap, cache and down%s",
			     kind, near ?: "");
	}
}

/* ---- values -------------------------------------------------------------------------- */

static void *section_base(struct parse *parse)
{
	struct config *conf = parse->conf;

	switch (parse->in) {
	case IN_NODE:
		return &conf->nodes[conf->node_count - 1];
	case IN_SWAP:
		return &conf->swaps[conf->swap_count - 1];
	case IN_CACHE:
		return &conf->caches[conf->cache_count - 1];
	default:
		return conf;
	}
}

static char *number_wrong(const struct key *key, const char *value, uint64_t *number)
{
	if (parse_u64(value, number) || *number < key->least || *number > key->most)
		return text_of("%s is a number from %llu to %llu, not '%s'", key->name,
			       (unsigned long long)key->least, (unsigned long long)key->most,
			       value);
	return NULL;
}

static char *size_wrong(const struct key *key, const char *value, uint64_t *bytes)
{
	if (parse_size(value, bytes))
		return text_of("%s is a size such as 512M, 4G or 1T, not '%s'", key->name, value);
	if (*bytes < key->least || *bytes > key->most)
		return text_of("%s is 64K to 16T, not '%s'", key->name, value);
	return NULL;
}

/* Words of the form name=value, which go to the kernel as they are. */
static char *options_wrong(const char *value)
{
	char *copy = need(strdup(value)), *rest = copy, *word, *why = NULL;

	while (!why && (word = strsep(&rest, " \t"))) {
		const char *equals = strchr(word, '=');

		if (*word && (!equals || equals == word || !equals[1]))
			why = text_of("options are name=value, with blanks between, not '%s'", word);
	}
	free(copy);
	return why;
}

static char *store(struct parse *parse, const struct key *key, const char *value)
{
	char *base = section_base(parse);
	void *where = base + key->offset;
	char *why = NULL;
	uint64_t number;

	if (!*value)
		return text_of("%s has no value; leave the line out for the default", key->name);
	switch (key->type) {
	case NUMBER:
	case SIZE:
		why = key->type == SIZE ? size_wrong(key, value, &number) :
					  number_wrong(key, value, &number);
		if (!why)
			memcpy(where, &number, sizeof(number));
		return why;
	case FLAG:
		return parse_bool(value, where) ?
			text_of("%s is yes or no, not '%s'", key->name, value) : NULL;
	case ADDRESS:
		why = address_wrong(value, &((struct node_conf *)base)->ipv6);
		break;
	case PATH:
		if (*value != '/')
			why = text_of("%s is a path from / on, not '%s'", key->name, value);
		break;
	case OPTIONS:
		why = options_wrong(value);
		break;
	case TEXT:
		why = name_wrong(text_is(key->name, "name") ? "cluster" : "node", value);
		break;
	}
	if (!why)
		*(char **)where = need(strdup(value));
	return why;
}

static void set_param(struct parse *parse, unsigned int line, const char *name, const char *value)
{
	const struct param *param = param_find(parse->module, name);
	const char *near = param_nearest(parse->module, name);
	struct config *conf = parse->conf;
	struct set_conf *set;

	if (!param) {
		config_wrong(&parse->report, line, near ? "module %s has no parameter '%s'; did you mean '%s'?" :
			     "module %s has no parameter '%s'; see ramster.conf(5)%s",
			     parse->module, name, near ?: "");
		return;
	}
	if (refused(parse, line, param_wrong(param, value)))
		return;
	for (size_t i = 0; i < conf->set_count; i++) {
		if (text_is(conf->sets[i].module, parse->module) &&
		    text_is(conf->sets[i].name, name)) {
			config_wrong(&parse->report, line, "%s is set already, in line %u; leave one of them out",
				     name, conf->sets[i].line);
			return;
		}
	}
	set = GROW(conf->sets, conf->set_count);
	set->line = line;
	set->module = need(strdup(parse->module));
	set->name = need(strdup(name));
	set->value = need(strdup(value));
}

static void unknown_key(struct parse *parse, unsigned int line, const char *key)
{
	const struct key *keys = keys_of[parse->in].keys;
	const char *names[ARRAY_SIZE(cluster_keys)], *near;
	size_t count = keys_of[parse->in].count;

	for (size_t i = 0; i < count; i++)
		names[i] = keys[i].name;
	near = text_nearest(key, names, count);
	config_wrong(&parse->report, line, near ? "[%s] has no '%s'; did you mean '%s'?" :
		     "[%s] has no '%s'; see ramster.conf(5)%s", kinds[parse->in], key, near ?: "");
}

static void on_value(void *ctx, unsigned int line, const char *name, const char *value)
{
	struct parse *parse = ctx;
	const struct key *keys = keys_of[parse->in].keys;

	if (parse->in == IN_MODULE) {
		set_param(parse, line, name, value);
		return;
	}
	if (parse->in == IN_NOTHING) {
		/* After a bad section there is nothing more to say. */
		if (!parse->conf->mistakes)
			config_wrong(&parse->report, line, "'%s' stands before the first section; write [cluster], [node NAME], [swap NAME] ... above it",
				     name);
		return;
	}
	for (size_t i = 0; i < keys_of[parse->in].count; i++) {
		if (!text_is(keys[i].name, name))
			continue;
		if (parse->seen[i]) {
			config_wrong(&parse->report, line, "%s is set already, in line %u; leave one of them out",
				     name, parse->seen[i]);
			return;
		}
		parse->seen[i] = line;
		if (text_is(name, "this_node"))
			parse->conf->this_node_line = line;
		refused(parse, line, store(parse, &keys[i], value));
		return;
	}
	unknown_key(parse, line, name);
}

static void on_wrong(void *ctx, unsigned int line, const char *what)
{
	struct parse *parse = ctx;

	config_wrong(&parse->report, line, "%s", what);
}

/* ---- the whole ----------------------------------------------------------------------- */

/* Never NULL; .mistakes says whether it is of use. */
struct config *config_parse(const char *file, const char *text, size_t len,
			    config_sink sink, void *ctx)
{
	static const struct ini_ops ops = { on_section, on_value, on_wrong };
	struct config *conf = need(calloc(1, sizeof(*conf)));
	struct parse parse = { .report = { conf, sink, ctx }, .conf = conf };

	conf->file = file;
	ini_parse(text, len, &ops, &parse);
	free(parse.module);
	config_check(&parse.report);
	return conf;
}

/* The file of --config, or the usual one.  NULL: it was said why, and *end tells how to end. */
struct config *config_load(enum end *end)
{
	const char *file = opt.config ?: CONFIG_FILE, *root = opt.root;
	struct config *conf;
	size_t len;
	char *text;

	/* What is named by hand is where the user says. */
	if (opt.config)
		opt.root = "";
	text = fs_read_bytes(&len, "%s", file);
	opt.root = root;
	if (!text) {
		*end = fail(END_CONFIG, "cannot read %s: %s; there is a sample in /usr/share/doc/ramster-tools",
			    file, strerror(errno));
		return NULL;
	}
	conf = config_parse(file, text, len, NULL, NULL);
	free(text);
	if (!conf->mistakes) {
		*end = END_OK;
		return conf;
	}
	*end = fail(END_CONFIG, "%s has %u mistake%s; nothing was done", file, conf->mistakes,
		    conf->mistakes == 1 ? "" : "s");
	config_free(conf);
	return NULL;
}

void config_free(struct config *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->node_count; i++) {
		free(conf->nodes[i].name);
		free(conf->nodes[i].address);
	}
	for (size_t i = 0; i < conf->set_count; i++) {
		free(conf->sets[i].module);
		free(conf->sets[i].name);
		free(conf->sets[i].value);
	}
	for (size_t i = 0; i < conf->swap_count; i++) {
		free(conf->swaps[i].name);
		free(conf->swaps[i].backing);
	}
	for (size_t i = 0; i < conf->cache_count; i++) {
		free(conf->caches[i].name);
		free(conf->caches[i].device);
		free(conf->caches[i].options);
	}
	free(conf->nodes);
	free(conf->sets);
	free(conf->swaps);
	free(conf->caches);
	free(conf->cluster);
	free(conf->key_file);
	free(conf->this_node);
	free(conf);
}

/* This machine: the node of that name, or the one named like the host. */
const struct node_conf *config_this_node(const struct config *conf)
{
	char host[NAME_MAX_CHARS + 1] = "", *given = NULL;
	const struct node_conf *found = NULL;

	if (!conf->this_node) {
		given = fs_read("/proc/sys/kernel/hostname");
		snprintf(host, sizeof(host), "%s", given ?: "");
		free(given);
	}
	for (size_t i = 0; i < conf->node_count; i++) {
		if (text_is(conf->nodes[i].name, conf->this_node ?: host))
			found = &conf->nodes[i];
	}
	return found;
}

/* What the file says of a parameter, or NULL. */
const char *config_set(const struct config *conf, const char *module, const char *name)
{
	for (size_t i = 0; i < conf->set_count; i++) {
		if (text_is(conf->sets[i].module, module) && text_is(conf->sets[i].name, name))
			return conf->sets[i].value;
	}
	return NULL;
}
