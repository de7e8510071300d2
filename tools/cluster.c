// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cluster in configfs.  What is there already is left as it is if it is as the configuration
 * says, so that `ramster up` can be called again, and adds what is missing.
 */
#include "cluster.h"
#include "fs.h"
#include "key.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *attribute(const char *cluster, const char *node, const char *name)
{
	char *text = fs_read(CLUSTERS "/%s/node/%s/%s", cluster, node, name);

	return text ?: need(strdup(""));
}

static void read_node(const char *cluster, const char *name, struct node *node)
{
	char *local = attribute(cluster, name, "local");

	node->name = need(strdup(name));
	node->address = attribute(cluster, name, "ipv4_address");
	if (!*node->address) {
		free(node->address);
		node->address = attribute(cluster, name, "ipv6_address");
	}
	node->port = attribute(cluster, name, "ipv4_port");
	node->num = attribute(cluster, name, "num");
	node->local = text_is(local, "1");
	free(local);
}

static int by_number(const void *a, const void *b)
{
	return atoi(((const struct node *)a)->num) - atoi(((const struct node *)b)->num);
}

/* The cluster that there is, its nodes by number. */
void cluster_read(struct cluster *cluster)
{
	char **clusters = fs_names(CLUSTERS), **names;
	size_t count = 0;

	memset(cluster, 0, sizeof(*cluster));
	if (*clusters) {
		cluster->name = need(strdup(*clusters));
		names = fs_names(CLUSTERS "/%s/node", *clusters);
		while (names[count])
			count++;
		cluster->nodes = need(calloc(count + 1, sizeof(*cluster->nodes)));
		for (; cluster->count < count; cluster->count++)
			read_node(*clusters, names[cluster->count],
				  &cluster->nodes[cluster->count]);
		qsort(cluster->nodes, count, sizeof(*cluster->nodes), by_number);
		fs_names_free(names);
	}
	fs_names_free(clusters);
}

void cluster_free(struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++) {
		free(cluster->nodes[i].name);
		free(cluster->nodes[i].address);
		free(cluster->nodes[i].port);
		free(cluster->nodes[i].num);
	}
	free(cluster->nodes);
	free(cluster->name);
	memset(cluster, 0, sizeof(*cluster));
}

/* This machine, or NULL: the cluster is not started. */
const struct node *cluster_local(const struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++) {
		if (cluster->nodes[i].local)
			return &cluster->nodes[i];
	}
	return NULL;
}

const struct node *cluster_node(const struct cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->count; i++) {
		if (text_is(cluster->nodes[i].name, name))
			return &cluster->nodes[i];
	}
	return NULL;
}

/* The name of the node with a number, "?" if it has none here. */
const char *cluster_name_of(const struct cluster *cluster, uint64_t num)
{
	uint64_t has;

	for (size_t i = 0; i < cluster->count; i++) {
		if (!parse_u64(cluster->nodes[i].num, &has) && has == num)
			return cluster->nodes[i].name;
	}
	return "?";
}

/* configfs, where systemd has not mounted it. */
enum end cluster_mount(void)
{
	char *mounts = fs_read("/proc/mounts");
	bool there = mounts && strstr(mounts, " /sys/kernel/config configfs ");

	free(mounts);
	if (there)
		return END_OK;
	if (RUN(RUN_MODPROBE, "configfs"))
		return fail(END_FAILED, "this kernel has no configfs (CONFIG_CONFIGFS_FS)");
	if (RUN(RUN_MOUNT, "-t", "configfs", "configfs", "/sys/kernel/config"))
		return fail(END_FAILED, "configfs cannot be mounted at /sys/kernel/config");
	return END_OK;
}

static const char *why_node(const char *attr, int err)
{
	switch (err) {
	case -EEXIST:
		return "another node has it";
	case -EADDRNOTAVAIL:
		return text_is(attr, "local") ? "no interface of this machine has its address" :
						"it is not the address of one machine";
	case -EADDRINUSE:
		return "another program listens at its address and port";
	case -EAFNOSUPPORT:
		return "this kernel has no IPv6";
	case -ENOKEY:
		return "the cluster has no key";
	case -EBUSY:
		return text_is(attr, "local") ? "another node is this machine already" :
						"the node has its number";
	default:
		return strerror(-err);
	}
}

static enum end set_node(const char *cluster, const char *node, const char *attr,
			 const char *value)
{
	int err = fs_write(value, CLUSTERS "/%s/node/%s/%s", cluster, node, attr);

	return err ? fail(END_FAILED, "node %s: %s %s: %s", node, attr, value,
			  why_node(attr, err)) : END_OK;
}

/* A directory that could not be made a node is of no use to anybody. */
enum end cluster_node_add(const char *cluster, const struct node_conf *node)
{
	char num[24], port[24];
	enum end end;
	int err = fs_mkdir(CLUSTERS "/%s/node/%s", cluster, node->name);

	if (err)
		return fail(END_FAILED, "node %s: %s", node->name, strerror(-err));
	snprintf(num, sizeof(num), "%llu", (unsigned long long)node->num);
	snprintf(port, sizeof(port), "%llu", (unsigned long long)node->port);
	end = set_node(cluster, node->name, node->ipv6 ? "ipv6_address" : "ipv4_address",
		       node->address);
	if (!end)
		end = set_node(cluster, node->name, "ipv4_port", port);
	if (!end)
		end = set_node(cluster, node->name, "num", num);
	if (end)
		fs_rmdir(CLUSTERS "/%s/node/%s", cluster, node->name);
	return end;
}

enum end cluster_node_remove(const char *cluster, const char *node)
{
	int err = fs_rmdir(CLUSTERS "/%s/node/%s", cluster, node);

	return err ? fail(END_FAILED, "node %s: %s", node, strerror(-err)) : END_OK;
}

static enum end set_cluster(const char *cluster, const char *attr, const char *value)
{
	int err = fs_write(value, CLUSTERS "/%s/%s", cluster, attr);

	return err ? fail(END_FAILED, "cluster %s: %s %s: %s; 'dmesg' may say more", cluster,
			  attr, value, strerror(-err)) : END_OK;
}

static enum end set_key(const struct config *conf)
{
	char *why, *key;
	int err;

	if (conf->insecure)
		return set_cluster(conf->cluster, "insecure", "1");
	key = key_read(conf->key_file, &why);
	if (!key) {
		warning("%s", why);
		free(why);
		return END_CONFIG;
	}
	err = fs_write_secret(key, "(the key)", CLUSTERS "/%s/key", conf->cluster);
	key_free(key);
	return err ? fail(END_FAILED, "the kernel does not take the key in %s: %s",
			  conf->key_file, strerror(-err)) : END_OK;
}

static int set_time(const struct config *conf, enum time_limit which)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)conf->times[which]);
	return fs_write(text, CLUSTERS "/%s/%s", conf->cluster, time_names[which]);
}

/*
 * Some must be less than others, also while they are being set: what is refused at first is
 * tried again when the others are as they shall be.
 */
static enum end set_times(const struct config *conf)
{
	bool refused[TIMES] = { false };
	int err;

	for (int which = 0; which < TIMES; which++)
		refused[which] = conf->times[which] && set_time(conf, which);
	for (int which = 0; which < TIMES; which++) {
		err = refused[which] ? set_time(conf, which) : 0;
		if (err)
			return fail(END_FAILED, "cluster %s: %s %llu: %s", conf->cluster,
				    time_names[which],
				    (unsigned long long)conf->times[which], strerror(-err));
	}
	return END_OK;
}

static enum end make(const struct config *conf)
{
	int err = fs_mkdir(CLUSTERS "/%s", conf->cluster);
	enum end end;

	if (err)
		return fail(END_FAILED, "cluster %s: %s", conf->cluster, strerror(-err));
	end = set_times(conf);
	if (!end)
		end = set_key(conf);
	if (end)
		fs_rmdir(CLUSTERS "/%s", conf->cluster);
	return end;
}

static bool as_wanted(const struct node *node, const struct node_conf *conf)
{
	uint64_t num, port;

	return !parse_u64(node->num, &num) && num == conf->num &&
	       !parse_u64(node->port, &port) && port == conf->port &&
	       text_is(node->address, conf->address);
}

static enum end add_nodes(const struct config *conf, const struct cluster *now)
{
	enum end end = END_OK;

	for (size_t i = 0; i < conf->node_count; i++) {
		const struct node_conf *wanted = &conf->nodes[i];
		const struct node *node = cluster_node(now, wanted->name);

		if (!node)
			end = worse(end, cluster_node_add(conf->cluster, wanted));
		else if (!as_wanted(node, wanted))
			end = worse(end, fail(END_FAILED, "node %s is there with another number, address or port; 'ramster node remove %s', then 'ramster up'",
					      node->name, node->name));
	}
	return end;
}

/* Makes and starts what the configuration says. */
enum end cluster_up(const struct config *conf)
{
	const struct node_conf *self = config_this_node(conf);
	struct cluster now;
	enum end end = END_OK;

	if (!self)
		return fail(END_CONFIG, "no node has the name of this host; rename one in %s, or write this_node = NAME in [cluster]",
			    conf->file);
	cluster_read(&now);
	if (now.name && !text_is(now.name, conf->cluster))
		end = fail(END_FAILED, "this machine is in cluster %s; 'ramster down' first",
			   now.name);
	else if (!now.name)
		end = make(conf);
	if (!end)
		end = add_nodes(conf, &now);
	if (!end && cluster_local(&now) && !text_is(cluster_local(&now)->name, self->name))
		end = fail(END_FAILED, "this machine is node %s now; 'ramster down' first",
			   cluster_local(&now)->name);
	else if (!end && !cluster_local(&now))
		end = set_node(conf->cluster, self->name, "local", "1");
	cluster_free(&now);
	return end;
}

/* Stops it and removes all of it. */
enum end cluster_stop(void)
{
	struct cluster now;
	enum end end = END_OK;
	int err;

	cluster_read(&now);
	if (!now.name)
		return END_OK;
	if (cluster_local(&now))
		end = set_node(now.name, cluster_local(&now)->name, "local", "0");
	for (size_t i = 0; !end && i < now.count; i++)
		end = cluster_node_remove(now.name, now.nodes[i].name);
	if (!end) {
		/* The folder of nodes is configfs's own. */
		if (!fs_real())
			fs_rmdir(CLUSTERS "/%s/node", now.name);
		err = fs_rmdir(CLUSTERS "/%s", now.name);
		if (err)
			end = fail(END_FAILED, "cluster %s: %s", now.name, strerror(-err));
	}
	cluster_free(&now);
	return end;
}
