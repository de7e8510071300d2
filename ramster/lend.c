// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lending: what is done when another node asks.
 *
 * Handlers run in the receivers of links: they do not wait, for memory least of all.  What
 * cannot be had is refused, page by page.
 */
#include "internal.h"

#include <linux/mm.h>

/* Names that follow each other are in one object, as many as in one of a swap device. */
#define OBJECT_BITS	12

/* Of an attach of any version. */
#define RAMSTER_ATTACH_MAX	256

/* After so many pages of a put it is asked again whether there is room. */
#define LOOK_AFTER	16

static void place_of(u64 name, struct tmem_oid *oid, u32 *index)
{
	*oid = (struct tmem_oid){ .word = { 0, 0, name >> 1 >> OBJECT_BITS } };
	*index = name >> 1 & (BIT(OBJECT_BITS) - 1);
}

static bool is_persistent(u64 name)
{
	return !(name & RAMSTER_NAME_EPHEMERAL);
}

/**
 * ramster_lend_room() - how much would still be given
 *
 * Context: any.
 * Return: page frames.
 */
u32 ramster_lend_room(void)
{
	unsigned long floor = ramster_lend_floor_pages();
	long available = si_mem_available();
	struct zcache_usage usage;

	if (!ramster_lend(true) && !ramster_lend(false))
		return 0;
	zcache_usage(ZCACHE_LENT, &usage);
	if (available <= (long)floor || usage.pages >= usage.limit)
		return 0;
	return min3(available - floor, usage.limit - usage.pages, (unsigned long)U32_MAX);
}

/* The account, if it goes by the lease that the owner has named; else the status is set. */
static struct ramster_account *account_for(struct cluster_incoming *in, u64 lease)
{
	struct ramster_account *account = ramster_account_get(cluster_node_number(in->node));

	if (account && account->lease == lease)
		return account;
	in->result = RAMSTER_LEASE;
	if (account)
		ramster_account_put(account);
	return NULL;
}

static int bad(struct cluster_incoming *in, int err)
{
	ramster_count(bad_requests);
	in->result = err == -EPROTONOSUPPORT ? RAMSTER_OTHER_VERSION : RAMSTER_BAD;
	pr_warn_ratelimited("node %u (%s): request %u makes no sense: %d\n",
			    cluster_node_number(in->node), cluster_node_name(in->node),
			    in->type, err);
	return 0;
}

static int handle_attach(struct cluster_incoming *in)
{
	unsigned int owner = cluster_node_number(in->node);
	struct ramster_account *account;
	u64 incarnation, lease;
	int err;

	err = ramster_msg_unpack_attach(in->body, in->body_len, &incarnation, &lease);
	if (err)
		return bad(in, err);
	account = ramster_account_get(owner);
	if (account && account->incarnation == incarnation) {
		ramster_msg_attached(in->reply_body, account->lease, ramster_lend_room(),
				     atomic_long_read(&account->pages));
		in->reply_body_len = sizeof(struct ramster_wire_attached);
	} else {
		ramster_account_prepare(owner, incarnation);
		in->result = RAMSTER_LATER;
	}
	if (account)
		ramster_account_put(account);
	return 0;
}

static bool store(struct ramster_account *account, u64 name, const void *data, size_t size)
{
	bool persistent = is_persistent(name);
	struct tmem_oid oid;
	u32 index;

	if (!ramster_lend(persistent))
		return false;
	place_of(name, &oid, &index);
	if (zcache_put_stored(account->pool[persistent], &oid, index, ZCACHE_SEALED, data, size))
		return false;
	if (persistent) {
		atomic_long_inc(&account->pages);
		ramster_count(foreign_pers_puts);
	} else {
		ramster_count(foreign_eph_puts);
	}
	return true;
}

static void store_all(struct ramster_account *account, const struct ramster_pages *pages,
		      const void *data, struct ramster_wire_done *done)
{
	unsigned int nr;
	bool room = true;
	size_t size;

	for (nr = 0; nr < pages->count; nr++, data += size) {
		u64 name = ramster_msg_page(pages, nr, &size);

		if (nr % LOOK_AFTER == 0)
			room = ramster_lend_room();
		if (room && store(account, name, data, size))
			done->stored[nr / 8] |= BIT(nr % 8);
		else
			ramster_count(foreign_puts_failed);
	}
}

static void finish(struct cluster_incoming *in, const struct ramster_pages *pages)
{
	struct ramster_wire_done *done = in->reply_body;

	done->room = cpu_to_le32(ramster_lend_room());
	done->count = cpu_to_le16(pages->count);
	in->reply_body_len = sizeof(*done);
}

static int handle_put(struct cluster_incoming *in)
{
	struct ramster_account *account;
	struct ramster_pages pages;
	int err;

	err = in->data_len ? ramster_msg_unpack_pages(in->body, in->body_len, in->data_len,
						      &pages) : -EMSGSIZE;
	if (err)
		return bad(in, err);
	account = account_for(in, pages.lease);
	if (!account)
		return 0;
	memset(in->reply_body, 0, sizeof(struct ramster_wire_done));
	store_all(account, &pages, in->data, in->reply_body);
	ramster_account_put(account);
	finish(in, &pages);
	return 0;
}

static int append(void *arg, const void *data, size_t size)
{
	return cluster_reply_append(arg, data, size);
}

static int handle_get(struct cluster_incoming *in)
{
	struct ramster_account *account;
	struct tmem_oid oid;
	u64 lease, name;
	u32 index;
	int err;

	err = ramster_msg_unpack_get(in->body, in->body_len, &lease, &name);
	if (err)
		return bad(in, err);
	account = account_for(in, lease);
	if (!account)
		return 0;
	place_of(name, &oid, &index);
	err = zcache_read_stored(account->pool[is_persistent(name)], &oid, index, append, in);
	ramster_account_put(account);
	if (err == -ENOENT) {
		ramster_count(foreign_gets_absent);
		in->result = RAMSTER_ABSENT;
		return 0;
	}
	if (!err)
		ramster_count(foreign_gets);
	return err;
}

static int handle_flush(struct cluster_incoming *in)
{
	struct ramster_account *account;
	struct ramster_pages pages;
	struct tmem_oid oid;
	unsigned int nr;
	size_t size;
	u32 index;
	int err;

	err = ramster_msg_unpack_pages(in->body, in->body_len, 0, &pages);
	if (err)
		return bad(in, err);
	account = account_for(in, pages.lease);
	if (!account)
		return 0;
	for (nr = 0; nr < pages.count; nr++) {
		u64 name = ramster_msg_page(&pages, nr, &size);

		place_of(name, &oid, &index);
		if (!zcache_flush_page(account->pool[is_persistent(name)], &oid, index))
			continue;
		ramster_count(foreign_flushes);
		if (is_persistent(name))
			atomic_long_dec(&account->pages);
	}
	ramster_account_put(account);
	memset(in->reply_body, 0, sizeof(struct ramster_wire_done));
	finish(in, &pages);
	return 0;
}

static int handle_recall(struct cluster_incoming *in)
{
	u32 pages;
	int err = ramster_msg_unpack_recall(in->body, in->body_len, &pages);

	if (err)
		return bad(in, err);
	ramster_count(recalls);
	ramster_home_recall(ramster_peer(cluster_node_number(in->node)), pages);
	return 0;
}

static int handle_goodbye(struct cluster_incoming *in)
{
	u64 incarnation;
	bool later;
	int err = ramster_msg_unpack_goodbye(in->body, in->body_len, &incarnation, &later);

	if (err)
		return bad(in, err);
	ramster_account_goodbye(cluster_node_number(in->node), incarnation, later);
	return 0;
}

const struct cluster_handler ramster_handlers[] = {
	{ RAMSTER_ATTACH, RAMSTER_ATTACH_MAX, 0, handle_attach },
	{ RAMSTER_PUT, RAMSTER_PAGES_BODY_MAX, RAMSTER_PUT_BYTES, handle_put },
	{ RAMSTER_GET, sizeof(struct ramster_wire_get), 0, handle_get },
	{ RAMSTER_FLUSH, RAMSTER_PAGES_BODY_MAX, 0, handle_flush },
	{ RAMSTER_RECALL, sizeof(struct ramster_wire_recall), 0, handle_recall },
	{ RAMSTER_GOODBYE, sizeof(struct ramster_wire_goodbye), 0, handle_goodbye },
};

const unsigned int ramster_nr_handlers = ARRAY_SIZE(ramster_handlers);

static_assert(sizeof(struct ramster_wire_done) <= CLUSTER_REPLY_BODY_MAX);
static_assert(RAMSTER_PAGES_BODY_MAX <= CLUSTER_BODY_MAX);
static_assert(RAMSTER_PUT_BYTES <= CLUSTER_DATA_MAX);
