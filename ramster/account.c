// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts: what we keep for each owner, in pools of its own that are made on demand.
 *
 * An account belongs to one incarnation of its owner, who says which it is over a link that
 * proves who it is.  Another one: the pages are of no use to anybody, and are dropped; so
 * they are when the owner says goodbye.  Silence drops nothing, unless it lasts longer than
 * orphan_timeout.  What is dropped ends the lease, and the owner learns that when it
 * attaches again.
 */
#include "internal.h"

#include <linux/jiffies.h>
#include <linux/random.h>

/* How often somebody looks for owners that have been away for long. */
#define LOOK_EVERY	(10 * HZ)

/**
 * struct place - of an account
 * @account:	or NULL; accounts_lock
 * @incarnation: of the owner, as it said last; accounts_lock
 * @linked:	whether there is a link; accounts_lock
 * @ends:	the owner needs nothing any more when there is none; accounts_lock
 * @since:	when that changed, jiffies; accounts_lock
 * @prepare:	makes an account for that incarnation
 * @number:	of the owner
 */
struct place {
	struct ramster_account	*account;
	u64			incarnation;
	bool			linked;
	bool			ends;
	unsigned long		since;
	struct work_struct	prepare;
	u8			number;
};

static DEFINE_SPINLOCK(accounts_lock);	/* order 3: places */
static struct place *places;

/* May wait for memory, so nothing that makes memory may wait for it. */
static struct workqueue_struct *slow_wq;

static void look_for_orphans(struct work_struct *work);
static DECLARE_DELAYED_WORK(orphan_work, look_for_orphans);

static void free_account(struct ramster_account *account)
{
	unsigned int kind;

	for (kind = 0; kind < ARRAY_SIZE(account->pool); kind++)
		if (account->pool[kind])
			zcache_pool_destroy(account->pool[kind]);
	kfree(account);
}

static void free_work(struct work_struct *work)
{
	free_account(container_of(work, struct ramster_account, free_work));
}

/**
 * ramster_account_put() - end of the use of an account
 * @account: from ramster_account_get()
 *
 * Context: any.
 */
void ramster_account_put(struct ramster_account *account)
{
	if (refcount_dec_and_test(&account->refs))
		queue_work(slow_wq, &account->free_work);
}

/**
 * ramster_account_get() - the account of a node that has asked something
 * @owner: number of the node
 *
 * Context: any.
 * Return: the account, for ramster_account_put(); NULL: there is none.
 */
struct ramster_account *ramster_account_get(unsigned int owner)
{
	struct ramster_account *account;

	spin_lock(&accounts_lock);
	account = places[owner].account;
	if (account)
		refcount_inc(&account->refs);
	spin_unlock(&accounts_lock);
	return account;
}

static struct ramster_account *make_account(u8 owner, u64 incarnation)
{
	struct ramster_account *account = kzalloc(sizeof(*account), GFP_KERNEL);
	unsigned int kind;

	if (!account)
		return NULL;
	refcount_set(&account->refs, 1);
	INIT_WORK(&account->free_work, free_work);
	account->owner = owner;
	account->incarnation = incarnation;
	while (!account->lease)
		account->lease = get_random_u64();
	for (kind = 0; kind < ARRAY_SIZE(account->pool); kind++) {
		struct zcache_pool *pool = zcache_pool_create(owner, kind);

		if (IS_ERR(pool)) {
			free_account(account);
			return NULL;
		}
		account->pool[kind] = pool;
	}
	return account;
}

/* Nobody finds it any more: its pages go with the last who uses it. */
static void end_lease(struct ramster_account *account)
{
	ramster_count_add(foreign_leases, -1);
	ramster_count(foreign_leases_ended);
	ramster_account_put(account);
}

/* What was there loses its pages when the lock is dropped: end_lease(), if it is not NULL. */
static struct ramster_account *take_out(struct place *place)
{
	struct ramster_account *account = place->account;

	lockdep_assert_held(&accounts_lock);
	place->account = NULL;
	place->ends = false;
	return account;
}

/* Put an account in a place, or none; the one before loses its pages. */
static void exchange(struct place *place, struct ramster_account *account)
{
	struct ramster_account *old;

	spin_lock(&accounts_lock);
	old = take_out(place);
	place->account = account;
	spin_unlock(&accounts_lock);
	if (account)
		ramster_count_add(foreign_leases, 1);
	if (old)
		end_lease(old);
}

static void prepare(struct work_struct *work)
{
	struct place *place = container_of(work, struct place, prepare);
	struct ramster_account *account;
	u64 incarnation;
	bool there;

	spin_lock(&accounts_lock);
	incarnation = place->incarnation;
	there = place->account && place->account->incarnation == incarnation;
	spin_unlock(&accounts_lock);
	if (there)
		return;
	account = make_account(place->number, incarnation);
	if (account)
		exchange(place, account);
	else
		pr_warn_ratelimited("no memory to lend any to node %u\n", place->number);
}

/**
 * ramster_account_prepare() - make an account, in a moment
 * @owner:	number of the node
 * @incarnation: of the owner; what an earlier one had is dropped
 *
 * Context: any.
 */
void ramster_account_prepare(unsigned int owner, u64 incarnation)
{
	struct place *place = &places[owner];

	spin_lock(&accounts_lock);
	place->incarnation = incarnation;
	spin_unlock(&accounts_lock);
	queue_work(slow_wq, &place->prepare);
}

/**
 * ramster_account_linked() - there is a link to a node, or there is none any more
 * @owner:	number of the node
 * @linked:	whether there is
 *
 * Context: any.
 */
void ramster_account_linked(unsigned int owner, bool linked)
{
	struct place *place = &places[owner];
	struct ramster_account *ended = NULL;

	spin_lock(&accounts_lock);
	if (place->ends && !linked)
		ended = take_out(place);
	place->linked = linked;
	place->since = jiffies;
	spin_unlock(&accounts_lock);
	if (ended)
		end_lease(ended);
}

/**
 * ramster_account_goodbye() - an owner does not need its pages any more
 * @owner:	number of the node
 * @incarnation: of the owner
 * @later:	only when there is no link to it any more
 *
 * Context: any.
 */
void ramster_account_goodbye(unsigned int owner, u64 incarnation, bool later)
{
	struct place *place = &places[owner];
	struct ramster_account *ended = NULL;

	spin_lock(&accounts_lock);
	if (place->account && place->account->incarnation == incarnation) {
		if (later)
			place->ends = true;
		else
			ended = take_out(place);
	}
	spin_unlock(&accounts_lock);
	if (ended)
		end_lease(ended);
}

static void look_for_orphans(struct work_struct *work)
{
	unsigned long timeout = ramster_orphan_timeout_s() * HZ;
	struct ramster_account *orphan;
	unsigned int number;

	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct place *place = &places[number];

		/* In one step: when there is a link again, the owner believes what it is told. */
		spin_lock(&accounts_lock);
		orphan = NULL;
		if (!place->linked && time_after(jiffies, place->since + timeout))
			orphan = take_out(place);
		spin_unlock(&accounts_lock);
		if (!orphan)
			continue;
		pr_warn("node %u has been away for %u s: what it had here is dropped\n", number,
			ramster_orphan_timeout_s());
		end_lease(orphan);
	}
	queue_delayed_work(slow_wq, &orphan_work, LOOK_EVERY);
}

/**
 * ramster_account_drop() - drop what a node has here, on an administrator's order
 * @owner: number of the node
 *
 * Context: any.
 * Return: 0; -ENOENT: it has nothing; -EBUSY: it is there, and needs its pages.
 */
int ramster_account_drop(unsigned int owner)
{
	struct ramster_account *account = NULL;
	struct place *place = &places[owner];
	int err = 0;

	spin_lock(&accounts_lock);
	if (!place->account)
		err = -ENOENT;
	else if (place->linked)
		err = -EBUSY;
	else
		account = take_out(place);
	spin_unlock(&accounts_lock);
	if (account) {
		pr_warn("node %u: the %ld pages that it has here are dropped by order\n", owner,
			atomic_long_read(&account->pages));
		end_lease(account);
	}
	return err;
}

/**
 * ramster_accounts_show() - a line for each owner that has a lease here
 * @buf:	one page
 * @len:	bytes in it so far
 *
 * Context: may sleep.
 * Return: bytes in it.
 */
int ramster_accounts_show(char *buf, int len)
{
	unsigned int number;

	spin_lock(&accounts_lock);
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		const struct ramster_account *account = places[number].account;

		if (account)
			len += sysfs_emit_at(buf, len, "%u %ld\n", number,
					     atomic_long_read(&account->pages));
	}
	spin_unlock(&accounts_lock);
	return len;
}

/**
 * ramster_accounts_largest() - the owner that has most here, and can be asked
 * @owner: set to its number
 *
 * Context: any.
 * Return: how many persistent pages it has, 0: nobody has any.
 */
long ramster_accounts_largest(unsigned int *owner)
{
	unsigned int number;
	long most = 0;

	spin_lock(&accounts_lock);
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		const struct place *place = &places[number];
		long pages = place->account ? atomic_long_read(&place->account->pages) : 0;

		if (place->linked && pages > most) {
			most = pages;
			*owner = number;
		}
	}
	spin_unlock(&accounts_lock);
	return most;
}

/**
 * ramster_accounts_start() - owners may come
 *
 * Context: may sleep.
 */
void ramster_accounts_start(void)
{
	queue_delayed_work(slow_wq, &orphan_work, LOOK_EVERY);
}

/**
 * ramster_accounts_drop() - drop all pages of others
 *
 * Context: may sleep; the cluster has no user any more.
 */
void ramster_accounts_drop(void)
{
	unsigned int number;

	cancel_delayed_work_sync(&orphan_work);
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		struct ramster_account *account;

		cancel_work_sync(&places[number].prepare);
		/* An administrator's order may take it out as well: whoever does, ends it. */
		spin_lock(&accounts_lock);
		account = take_out(&places[number]);
		spin_unlock(&accounts_lock);
		if (!account)
			continue;
		if (atomic_long_read(&account->pages))
			pr_warn("node %u is away: the %ld pages that it has here are dropped\n",
				number, atomic_long_read(&account->pages));
		end_lease(account);
	}
	flush_workqueue(slow_wq);
}

int ramster_accounts_init(void)
{
	unsigned int number;

	places = kvcalloc(CLUSTER_NODES_MAX, sizeof(*places), GFP_KERNEL);
	if (!places)
		return -ENOMEM;
	slow_wq = alloc_workqueue("ramster_slow", WQ_UNBOUND, 0);
	if (!slow_wq) {
		kvfree(places);
		return -ENOMEM;
	}
	for (number = 0; number < CLUSTER_NODES_MAX; number++) {
		places[number].number = number;
		INIT_WORK(&places[number].prepare, prepare);
	}
	return 0;
}

void ramster_accounts_exit(void)
{
	destroy_workqueue(slow_wq);
	kvfree(places);
}
