// SPDX-License-Identifier: GPL-2.0-only
/*
 * liar_test.ko: a node that keeps pages of others as ramster does, and lies about them.
 *
 * It is a user of the cluster that speaks ramster's messages, with a few lines of its own in
 * the place of the store.  What it was told to drop it keeps as well: so it has older
 * versions of a page to offer.  Parameters:
 *
 *   lie   what a get is answered with, see lies
 *   back  for "old": so many names ago
 *   told  result: how many gets were answered with a lie
 *   kept  result: names that are here, also those that should have been dropped
 */
#include "cluster/cluster.h"
#include "ramster/msg.h"

#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/xarray.h>

/* Owners need not be told apart: each test has one. */
#define LEASE		0x11a11a11aULL
#define ROOM		100000

struct kept {
	unsigned int	size;
	u8		bytes[];
};

static DEFINE_XARRAY(pages);		/* by name */

static const char * const lies[] = {
	"nothing",	/* the truth */
	"flip",		/* one bit, another one each time */
	"exchange",	/* the next page's bytes */
	"old",		/* those of an older page */
	"short",	/* without the last byte */
	"long",		/* and a byte more, or less if there is no room for more */
	"empty",	/* no byte at all */
	"absent",	/* there is no such page */
	"senseless",	/* a result that does not exist */
};

static unsigned int lie;
static unsigned int back;
module_param(back, uint, 0644);
static unsigned int told;
module_param(told, uint, 0644);
static unsigned int kept;
module_param(kept, uint, 0444);

static int lie_set(const char *value, const struct kernel_param *param)
{
	int found = sysfs_match_string(lies, value);

	if (found < 0)
		return found;
	WRITE_ONCE(lie, found);
	return 0;
}

static int lie_get(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%s\n", lies[READ_ONCE(lie)]);
}

static const struct kernel_param_ops lie_ops = { .set = lie_set, .get = lie_get };
module_param_cb(lie, &lie_ops, NULL, 0644);

static bool lies_by(const char *what)
{
	return !strcmp(lies[READ_ONCE(lie)], what);
}

static int handle_attach(struct cluster_incoming *in)
{
	u64 incarnation, lease;
	int err = ramster_msg_unpack_attach(in->body, in->body_len, &incarnation, &lease);

	if (err)
		return err;
	ramster_msg_attached(in->reply_body, LEASE, ROOM, kept);
	in->reply_body_len = sizeof(struct ramster_wire_attached);
	return 0;
}

static void done(struct cluster_incoming *in, unsigned int count)
{
	struct ramster_wire_done *reply = in->reply_body;

	reply->room = cpu_to_le32(ROOM);
	reply->count = cpu_to_le16(count);
	in->reply_body_len = sizeof(*reply);
}

static bool keep(u64 name, const void *data, size_t size)
{
	struct kept *page = kmalloc(struct_size(page, bytes, size), GFP_KERNEL), *old;

	if (!page)
		return false;
	page->size = size;
	memcpy(page->bytes, data, size);
	old = xa_store(&pages, name, page, GFP_KERNEL);
	if (xa_is_err(old)) {
		kfree(page);
		return false;
	}
	if (old)
		pr_err("name %llu was used twice\n", name);
	kfree(old);
	kept++;
	return true;
}

static int handle_put(struct cluster_incoming *in)
{
	struct ramster_wire_done *reply = in->reply_body;
	const void *data = in->data;
	struct ramster_pages put;
	unsigned int nr;
	size_t size;
	int err = ramster_msg_unpack_pages(in->body, in->body_len, in->data_len, &put);

	if (err)
		return err;
	memset(reply, 0, sizeof(*reply));
	for (nr = 0; nr < put.count; nr++, data += size) {
		u64 name = ramster_msg_page(&put, nr, &size);

		if (keep(name, data, size))
			reply->stored[nr / 8] |= BIT(nr % 8);
	}
	done(in, put.count);
	return 0;
}

/* Whose bytes are given for those of a name. */
static u64 given_for(u64 name)
{
	unsigned long next = name;

	if (lies_by("old"))
		return name - 2 * (u64)back;
	if (!lies_by("exchange") || xa_find_after(&pages, &next, ULONG_MAX, XA_PRESENT))
		return next;
	next = 0;
	xa_find(&pages, &next, ULONG_MAX, XA_PRESENT);
	return next;
}

static int give(struct cluster_incoming *in, const struct kept *page)
{
	static unsigned int bit;
	unsigned int size = page->size;
	u8 *copy = kmalloc(size + 1, GFP_KERNEL);
	int err = 0;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, page->bytes, size);
	if (lies_by("flip")) {
		bit = (bit + 1) % (size * 8);
		copy[bit / 8] ^= BIT(bit % 8);
	}
	if (lies_by("empty"))
		size = 0;
	else if (lies_by("short") || (lies_by("long") && size == RAMSTER_SEALED_MAX))
		size--;
	else if (lies_by("long"))
		copy[size++] = 0;
	if (size)
		err = cluster_reply_append(in, copy, size);
	kfree(copy);
	return err;
}

static int handle_get(struct cluster_incoming *in)
{
	const struct kept *page;
	u64 lease, name;
	int err = ramster_msg_unpack_get(in->body, in->body_len, &lease, &name);

	if (err)
		return err;
	if (!lies_by("nothing"))
		told++;
	page = xa_load(&pages, given_for(name));
	if (lies_by("senseless"))
		in->result = 77;
	else if (!page || lies_by("absent"))
		in->result = RAMSTER_ABSENT;
	else
		return give(in, page);
	return 0;
}

/* Says so, and keeps them. */
static int handle_flush(struct cluster_incoming *in)
{
	struct ramster_pages flushed;
	int err = ramster_msg_unpack_pages(in->body, in->body_len, 0, &flushed);

	if (err)
		return err;
	memset(in->reply_body, 0, sizeof(struct ramster_wire_done));
	done(in, flushed.count);
	return 0;
}

static int handle_goodbye(struct cluster_incoming *in)
{
	return 0;
}

static const struct cluster_handler handlers[] = {
	{ RAMSTER_ATTACH, 256, 0, handle_attach },
	{ RAMSTER_PUT, RAMSTER_PAGES_BODY_MAX, RAMSTER_PUT_BYTES, handle_put },
	{ RAMSTER_GET, sizeof(struct ramster_wire_get), 0, handle_get },
	{ RAMSTER_FLUSH, RAMSTER_PAGES_BODY_MAX, 0, handle_flush },
	{ RAMSTER_GOODBYE, sizeof(struct ramster_wire_goodbye), 0, handle_goodbye },
};

static void ignore(struct cluster_node *node)
{
}

static const struct cluster_user_ops user_ops = {
	.owner		= THIS_MODULE,
	.api		= CLUSTER_API_VERSION,
	.up		= ignore,
	.down		= ignore,
	.handlers	= handlers,
	.nr_handlers	= ARRAY_SIZE(handlers),
};

/* 1: register; 0: unregister, after which the module can be unloaded. */
static int registered_set(const char *value, const struct kernel_param *param)
{
	bool on;
	int err = kstrtobool(value, &on);

	if (err)
		return err;
	return on ? cluster_user_register(&user_ops) : cluster_user_unregister(&user_ops);
}

static const struct kernel_param_ops registered_ops = { .set = registered_set };
module_param_cb(registered, &registered_ops, NULL, 0200);

static int __init liar_init(void)
{
	return 0;
}

static void __exit liar_exit(void)
{
	unsigned long name;
	struct kept *page;

	xa_for_each(&pages, name, page)
		kfree(page);
	xa_destroy(&pages);
}

module_init(liar_init);
module_exit(liar_exit);
MODULE_DESCRIPTION("Keeps pages of other nodes and lies about them");
MODULE_LICENSE("GPL");
