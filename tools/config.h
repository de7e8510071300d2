/* SPDX-License-Identifier: GPL-2.0-only */
/* /etc/ramster/ramster.conf as the rest of the command sees it. */
#ifndef TOOLS_CONFIG_H
#define TOOLS_CONFIG_H

#include "tool.h"

#define NAME_MAX_CHARS	64
#define NODES_MAX	255
#define NUMBER_NONE	UINT64_MAX

enum time_limit { TIME_IDLE, TIME_KEEPALIVE, TIME_RECONNECT, TIME_SUSPECT, TIME_DEAD, TIMES };

extern const char *const time_names[TIMES];

/* All texts are malloced, or NULL: not given.  Lines are where a thing begins. */
struct node_conf {
	unsigned int	line;
	char		*name;
	char		*address;
	bool		ipv6;
	uint64_t	num;		/* NUMBER_NONE: not given */
	uint64_t	port;		/* 0: not given */
};

struct set_conf {
	unsigned int	line;
	char		*module;
	char		*name;
	char		*value;
};

struct swap_conf {
	unsigned int	line;
	char		*name;
	uint64_t	size;
	uint64_t	priority;	/* NUMBER_NONE: the kernel chooses */
	char		*backing;
	bool		sync;
};

struct cache_conf {
	unsigned int	line;
	char		*name;
	char		*device;
	char		*options;	/* name=value ..., as the target takes them */
};

struct config {
	const char		*file;
	unsigned int		mistakes;
	unsigned int		cluster_line;	/* 0: no cluster */
	char			*cluster;
	char			*key_file;
	bool			insecure;
	char			*this_node;
	unsigned int		this_node_line;
	uint64_t		times[TIMES];	/* 0: not given */
	struct node_conf	*nodes;
	size_t			node_count;
	struct set_conf		*sets;
	size_t			set_count;
	struct swap_conf	*swaps;
	size_t			swap_count;
	struct cache_conf	*caches;
	size_t			cache_count;
	bool			down_swapoff;
	uint64_t		down_timeout;	/* seconds; 0: as long as it takes */
};

/* Is told each mistake; NULL prints FILE:LINE: WHAT. */
typedef void (*config_sink)(void *ctx, unsigned int line, const char *what);

struct config *config_parse(const char *file, const char *text, size_t len,
			    config_sink sink, void *ctx);
struct config *config_load(enum end *end);
void config_free(struct config *conf);
const struct node_conf *config_this_node(const struct config *conf);
const char *config_set(const struct config *conf, const char *module, const char *name);

/* config_check.c: what only shows when all of it is known */
struct config_report {
	struct config	*conf;
	config_sink	sink;
	void		*ctx;
};

PRINTF(3, 4) void config_wrong(struct config_report *report, unsigned int line,
			       const char *format, ...);
void config_check(struct config_report *report);

/* value.c: what a value may be; NULL, or why it may not be that */
char *name_wrong(const char *what, const char *name);
char *address_wrong(const char *text, bool *ipv6);

#endif /* TOOLS_CONFIG_H */
