// SPDX-License-Identifier: GPL-2.0-only
/* What a load does: "name=number name=number"; a name that nobody knows is a mistake. */
#include "internal.h"

#include <linux/stddef.h>
#include <linux/string.h>

static const struct {
	const char	*name;
	size_t		offset;
	u32		missing;	/* value if it is not given */
	u32		least;
	u32		most;
} options[] = {
#define OPTION(_name, _missing, _least, _most) {			\
	.name = #_name, .offset = offsetof(struct ct_config, _name),	\
	.missing = (_missing), .least = (_least), .most = (_most) }
	OPTION(to, CT_ALL, 0, CT_ALL),
	OPTION(requests, 0, 0, U32_MAX),
	OPTION(ms, 0, 0, 3600000),
	OPTION(threads, 1, 1, 64),
	OPTION(window, 8, 1, 4096),
	OPTION(type, 0, 0, U16_MAX),
	OPTION(size, CT_ANY, 0, CT_ANY),
	OPTION(min, 0, 0, CLUSTER_DATA_MAX),
	OPTION(max, 4096, 0, CLUSTER_DATA_MAX),
	OPTION(body, CT_ANY, 0, CT_ANY),
	OPTION(room, CT_ANY, 0, CT_ANY),
	OPTION(bulk_percent, 0, 0, 100),
	OPTION(keys, 4, 0, 64),
	OPTION(timeout_ms, 20000, 1, CLUSTER_TIMEOUT_MAX_MS),
	OPTION(sleep_ms, 0, 0, 60000),
	OPTION(pause_ms, 0, 0, 60000),
	OPTION(seed, 1, 0, U32_MAX),
	OPTION(now, 0, 0, 1),
	OPTION(irqoff, 0, 0, 1),
	OPTION(chain, 0, 0, 1),
	OPTION(fresh, 0, 0, 1),
	OPTION(stale, 0, 0, 1),
	OPTION(lossy, 0, 0, 1),
#undef OPTION
};

static u32 *value_of(struct ct_config *config, unsigned int option)
{
	return (void *)config + options[option].offset;
}

static int parse_word(struct ct_config *config, char *word)
{
	char *text = strchr(word, '=');
	unsigned int i;
	u32 value;

	if (!text)
		return -EINVAL;
	*text++ = '\0';
	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, word))
			break;
	if (i == ARRAY_SIZE(options) || kstrtou32(text, 0, &value))
		return -EINVAL;
	if (value < options[i].least || value > options[i].most)
		return -ERANGE;
	*value_of(config, i) = value;
	return 0;
}

/* Order is kept for who submits in order: a thread, or all of them under a lock. */
static bool order_is_known(const struct ct_config *config)
{
	u32 keys = config->keys ?: config->window;

	if (config->irqoff && config->keys)
		return true;
	if (config->chain && config->keys)
		return false;
	return keys * config->threads <= CT_KEYS;
}

static int check(const struct ct_config *config)
{
	if (!config->requests && !config->ms)
		return -EINVAL;
	if (!order_is_known(config))
		return -EINVAL;
	if (config->now && config->irqoff)
		return -EINVAL;
	if (config->fresh && !config->keys)
		return -EINVAL;
	if (config->size != CT_ANY && config->size > CLUSTER_DATA_MAX)
		return -ERANGE;
	if (config->body != CT_ANY && config->body > CLUSTER_BODY_MAX)
		return -ERANGE;
	return config->min > config->max ? -EINVAL : 0;
}

int ct_config_parse(struct ct_config *config, char *line)
{
	unsigned int i;
	char *word;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		*value_of(config, i) = options[i].missing;
	line = strim(line);
	while ((word = strsep(&line, " "))) {
		int err = *word ? parse_word(config, word) : 0;

		if (err) {
			pr_err("a load has no %s of this value\n", word);
			return err;
		}
	}
	return check(config);
}
