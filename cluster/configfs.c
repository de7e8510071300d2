// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/config/ramster/<cluster>/: the one cluster.
 *
 *   idle_timeout_ms     a link without a byte for so long is dead
 *   keepalive_delay_ms  silence on a link before it is probed
 *   reconnect_delay_ms  wait between attempts to connect
 *   suspect_ms          silence of a node before it gets nothing new
 *   dead_ms             silence of a node before it is given up
 *   key                 write only: 32 bytes, 64 hexadecimal digits or base64
 *   insecure            1: start without a key
 *   node/               see configfs_node.c
 *
 * While the cluster is started only reconnect_delay_ms can be changed: all nodes must
 * agree on the others, and they do so when they connect.
 */
#include "internal.h"

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define HOUR_MS		(60 * 60 * 1000)

/* The defaults are the original's, which knew no suspicion. */
static const struct time_limits {
	const char	*name;
	unsigned int	normal;
	unsigned int	min;
} limits[CLUSTER_TIMES] = {
	[CLUSTER_IDLE]		= { "idle_timeout_ms",		30000, 1000 },
	[CLUSTER_KEEPALIVE]	= { "keepalive_delay_ms",	2000, 100 },
	[CLUSTER_RECONNECT]	= { "reconnect_delay_ms",	2000, 100 },
	[CLUSTER_SUSPECT]	= { "suspect_ms",		10000, 100 },
	[CLUSTER_DEAD]		= { "dead_ms",			60000, 1000 },
};

static const struct {
	enum cluster_time	shorter;
	enum cluster_time	longer;
} order[] = {
	{ CLUSTER_KEEPALIVE,	CLUSTER_IDLE },
	{ CLUSTER_SUSPECT,	CLUSTER_DEAD },
};

/* Whether there is one; cluster_mutex. */
static bool have_cluster;

static struct cluster *to_cluster(struct config_item *item)
{
	return container_of(to_config_group(item), struct cluster, group);
}

/* Whether the settings are fixed, and says so. */
static bool is_fixed(struct cluster *cluster, const char *what)
{
	if (!cluster_started())
		return false;
	pr_err("%s: %s cannot be changed while the cluster is started\n",
	       config_item_name(&cluster->group.cg_item), what);
	return true;
}

/* Whether a new time goes with the others. */
static bool in_order(struct cluster *cluster, enum cluster_time which, unsigned int ms)
{
	unsigned int i;

	lockdep_assert_held(&cluster_mutex);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		enum cluster_time shorter = order[i].shorter, longer = order[i].longer;

		if ((which == shorter && ms >= cluster->time_ms[longer]) ||
		    (which == longer && ms <= cluster->time_ms[shorter])) {
			pr_err("%s: %s must be less than %s\n",
			       config_item_name(&cluster->group.cg_item), limits[shorter].name,
			       limits[longer].name);
			return false;
		}
	}
	return true;
}

static ssize_t show_time(struct config_item *item, char *page, enum cluster_time which)
{
	guard(mutex)(&cluster_mutex);
	return sysfs_emit(page, "%u\n", to_cluster(item)->time_ms[which]);
}

static ssize_t store_time(struct config_item *item, const char *page, size_t count,
			  enum cluster_time which)
{
	struct cluster *cluster = to_cluster(item);
	unsigned int ms;
	int err = kstrtouint(page, 10, &ms);

	if (!err && (ms < limits[which].min || ms > HOUR_MS))
		err = -ERANGE;
	if (err) {
		pr_err("%s: %s must be %u to %u\n", config_item_name(item), limits[which].name,
		       limits[which].min, HOUR_MS);
		return err;
	}
	guard(mutex)(&cluster_mutex);
	if (which != CLUSTER_RECONNECT && is_fixed(cluster, limits[which].name))
		return -EBUSY;
	if (!in_order(cluster, which, ms))
		return -EINVAL;
	cluster->time_ms[which] = ms;
	if (which == CLUSTER_RECONNECT)
		WRITE_ONCE(cluster_self.time_ms[which], ms);
	return count;
}

#define TIME_FUNCTIONS(_name, _which)							\
static ssize_t cluster_##_name##_show(struct config_item *item, char *page)		\
{											\
	return show_time(item, page, _which);						\
}											\
											\
static ssize_t cluster_##_name##_store(struct config_item *item, const char *page,	\
				       size_t count)					\
{											\
	return store_time(item, page, count, _which);					\
}

TIME_FUNCTIONS(idle_timeout_ms, CLUSTER_IDLE)
CONFIGFS_ATTR(cluster_, idle_timeout_ms);
TIME_FUNCTIONS(keepalive_delay_ms, CLUSTER_KEEPALIVE)
CONFIGFS_ATTR(cluster_, keepalive_delay_ms);
TIME_FUNCTIONS(reconnect_delay_ms, CLUSTER_RECONNECT)
CONFIGFS_ATTR(cluster_, reconnect_delay_ms);
TIME_FUNCTIONS(suspect_ms, CLUSTER_SUSPECT)
CONFIGFS_ATTR(cluster_, suspect_ms);
TIME_FUNCTIONS(dead_ms, CLUSTER_DEAD)
CONFIGFS_ATTR(cluster_, dead_ms);

static int set_key(struct cluster *cluster, const char *text, size_t len)
{
	u8 key[CLUSTER_KEY_BYTES];
	int err = cluster_key_parse(text, len, key);

	if (err) {
		pr_err("%s: the key is %u random bytes, as 64 hexadecimal digits or as base64\n",
		       config_item_name(&cluster->group.cg_item), CLUSTER_KEY_BYTES);
	} else {
		mutex_lock(&cluster_mutex);
		if (is_fixed(cluster, "the key"))
			err = -EBUSY;
		else
			memcpy(cluster->key, key, sizeof(key));
		cluster->has_key |= !err;
		mutex_unlock(&cluster_mutex);
	}
	memzero_explicit(key, sizeof(key));
	return err;
}

static ssize_t cluster_key_store(struct config_item *item, const char *page, size_t count)
{
	int err = set_key(to_cluster(item), page, count);

	/*
	 * The page is configfs's copy of what was written.  It is not looked at after this,
	 * and would go back to the kernel as it is.
	 */
	memzero_explicit((char *)page, count);
	return err ? err : count;
}
CONFIGFS_ATTR_WO(cluster_, key);

/**
 * cluster_bool_parse() - read what is 0 or 1
 * @item:	directory, for the log
 * @what:	attribute, for the log
 * @text:	as written by a user
 * @value:	set on success
 *
 * Context: any.
 * Return: 0; -EINVAL.
 */
int cluster_bool_parse(struct config_item *item, const char *what, const char *text,
		       bool *value)
{
	int err = kstrtobool(text, value);

	if (err)
		pr_err("%s: %s is 0 or 1\n", config_item_name(item), what);
	return err;
}

static ssize_t cluster_insecure_show(struct config_item *item, char *page)
{
	guard(mutex)(&cluster_mutex);
	return sysfs_emit(page, "%d\n", to_cluster(item)->insecure);
}

static ssize_t cluster_insecure_store(struct config_item *item, const char *page, size_t count)
{
	struct cluster *cluster = to_cluster(item);
	bool insecure;
	int err = cluster_bool_parse(item, "insecure", page, &insecure);

	if (err)
		return err;
	guard(mutex)(&cluster_mutex);
	if (is_fixed(cluster, "insecure"))
		return -EBUSY;
	cluster->insecure = insecure;
	return count;
}
CONFIGFS_ATTR(cluster_, insecure);

static struct configfs_attribute *cluster_attrs[] = {
	&cluster_attr_idle_timeout_ms,
	&cluster_attr_keepalive_delay_ms,
	&cluster_attr_reconnect_delay_ms,
	&cluster_attr_suspect_ms,
	&cluster_attr_dead_ms,
	&cluster_attr_key,
	&cluster_attr_insecure,
	NULL
};

static void cluster_release(struct config_item *item)
{
	kfree_sensitive(to_cluster(item));
}

static struct configfs_item_operations cluster_item_ops = {
	.release = cluster_release,
};

static const struct config_item_type cluster_type = {
	.ct_item_ops	= &cluster_item_ops,
	.ct_attrs	= cluster_attrs,
	.ct_owner	= THIS_MODULE,
};

/**
 * cluster_name_check() - whether a directory may be called so
 * @what:	"cluster" or "node", for the log
 * @name:	its name
 *
 * Names are printed and go to other machines, so they are what host names are made of.
 *
 * Context: any.
 * Return: 0; -ENAMETOOLONG; -EINVAL.
 */
int cluster_name_check(const char *what, const char *name)
{
	const char *c;

	if (strlen(name) > CLUSTER_NAME_MAX) {
		pr_err("the name of a %s has at most %u characters\n", what, CLUSTER_NAME_MAX);
		return -ENAMETOOLONG;
	}
	for (c = name; *c; c++) {
		if (isascii(*c) && (isalnum(*c) || strchr("._-", *c)))
			continue;
		pr_err("the name of a %s has only letters, digits, '.', '_' and '-'\n", what);
		return -EINVAL;
	}
	return 0;
}

static struct config_group *make_cluster(struct config_group *group, const char *name)
{
	int err = cluster_name_check("cluster", name);
	struct cluster *cluster;
	unsigned int i;

	if (err)
		return ERR_PTR(err);
	guard(mutex)(&cluster_mutex);
	if (have_cluster) {
		pr_err("%s: there is a cluster, and there can be only one\n", name);
		return ERR_PTR(-ENOSPC);
	}
	cluster = kzalloc(sizeof(*cluster), GFP_KERNEL);
	if (!cluster)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < CLUSTER_TIMES; i++)
		cluster->time_ms[i] = limits[i].normal;
	config_group_init_type_name(&cluster->group, name, &cluster_type);
	config_group_init_type_name(&cluster->nodes, "node", &cluster_nodes_type);
	configfs_add_default_group(&cluster->nodes, &cluster->group);
	have_cluster = true;
	return &cluster->group;
}

/* Comes only when there is no node in it. */
static void drop_cluster(struct config_group *group, struct config_item *item)
{
	configfs_remove_default_groups(to_config_group(item));
	mutex_lock(&cluster_mutex);
	have_cluster = false;
	mutex_unlock(&cluster_mutex);
	config_item_put(item);
}

static struct configfs_group_operations clusters_group_ops = {
	.make_group	= make_cluster,
	.drop_item	= drop_cluster,
};

static const struct config_item_type clusters_type = {
	.ct_group_ops	= &clusters_group_ops,
	.ct_owner	= THIS_MODULE,
};

static struct configfs_subsystem clusters = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "ramster",
			.ci_type	= &clusters_type,
		},
	},
};

int cluster_configfs_init(void)
{
	config_group_init(&clusters.su_group);
	mutex_init(&clusters.su_mutex);
	return configfs_register_subsystem(&clusters);
}

void cluster_configfs_exit(void)
{
	configfs_unregister_subsystem(&clusters);
}
