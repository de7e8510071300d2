// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients and pools of the store: the local kernel is one client, each machine that
 * stores pages here is another, made with its first pool.
 */
#include "internal.h"

#include <linux/list.h>

struct client {
	struct list_head	clients;
	struct tmem_client	*tmem;
	unsigned int		pools;
	u16			id;
};

static DEFINE_MUTEX(clients_mutex);	/* order 4: the list, client.pools */
static LIST_HEAD(clients);

static void release(struct tmem_pool *tmem, struct tmem_page *page, enum tmem_where where)
{
	struct zcache_pool *pool = tmem_pool_host(tmem);
	struct zcache_page *zpage = container_of(page, struct zcache_page, t);
	u8 host = tmem_page_host(page);

	zcache_pool_add(pool, -1);
	/* Not by @where: see ZCACHE_HOST_OURS. */
	if (!(host & ZCACHE_HOST_OURS)) {
		zcache_copies_count(pool, TMEM_REMOTE, -1);
		zcache_remote_release(tmem, page);
	} else if (zcache_host_backed(host)) {
		zcache_backing_release(zpage);
	} else {
		zcache_copies_count(pool, TMEM_LOCAL, -1);
		zcache_page_release(zpage, zcache_pool_kind(pool));
	}
}

/* No owner: pools do not keep us loaded, we destroy ours when we are unloaded. */
static const struct tmem_ops page_ops = {
	.release	= release,
};

static struct client *client_get(u16 id)
{
	struct client *client;

	lockdep_assert_held(&clients_mutex);
	list_for_each_entry(client, &clients, clients)
		if (client->id == id)
			goto found;

	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->id = id;
	client->tmem = tmem_client_create(id);
	if (IS_ERR(client->tmem)) {
		struct client *err = ERR_CAST(client->tmem);

		kfree(client);
		return err;
	}
	list_add(&client->clients, &clients);
found:
	client->pools++;
	return client;
}

static void client_put(struct client *client)
{
	lockdep_assert_held(&clients_mutex);
	if (--client->pools)
		return;
	list_del(&client->clients);
	tmem_client_destroy(client->tmem);
	kfree(client);
}

/**
 * zcache_pool_create() - make a pool in the store
 * @client:	TMEM_LOCAL_CLIENT or the number of the machine whose pages it holds
 * @persistent:	kind of the pool
 *
 * Context: may sleep.
 * Return: the pool; -ENOMEM, -EBUSY (too many pools), -ENODEV (unloading).
 */
struct zcache_pool *zcache_pool_create(u16 client, bool persistent)
{
	struct zcache_pool *pool;
	struct client *owner;
	int err;

	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->persistent = persistent;
	pool->client = client;
	pool->ours = client == TMEM_LOCAL_CLIENT;

	mutex_lock(&clients_mutex);
	owner = client_get(client);
	if (IS_ERR(owner)) {
		err = PTR_ERR(owner);
		goto out_unlock;
	}
	pool->tmem = tmem_pool_create(owner->tmem, persistent ? TMEM_POOL_PERSISTENT : 0,
				      &page_ops, pool);
	if (IS_ERR(pool->tmem)) {
		err = PTR_ERR(pool->tmem);
		goto out_put_client;
	}
	mutex_unlock(&clients_mutex);
	return pool;

out_put_client:
	client_put(owner);
out_unlock:
	mutex_unlock(&clients_mutex);
	kfree(pool);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(zcache_pool_create);

/**
 * zcache_pool_stays() - pages of a pool never move to a remote tier
 * @pool: new, nothing was put in it
 *
 * For who cannot be told that a page is lost.
 *
 * Context: any.
 */
void zcache_pool_stays(struct zcache_pool *pool)
{
	pool->stays = true;
}
EXPORT_SYMBOL_GPL(zcache_pool_stays);

/**
 * zcache_pool_destroy() - flush all pages of a pool and free it
 * @pool: nobody uses it any more
 *
 * Context: may sleep.
 */
void zcache_pool_destroy(struct zcache_pool *pool)
{
	struct client *client;

	tmem_pool_destroy(pool->tmem);
	mutex_lock(&clients_mutex);
	list_for_each_entry(client, &clients, clients) {
		if (client->id == pool->client) {
			client_put(client);
			break;
		}
	}
	mutex_unlock(&clients_mutex);
	kfree(pool);
}
EXPORT_SYMBOL_GPL(zcache_pool_destroy);

/**
 * zcache_pool_pages() - how many pages an ephemeral pool has, wherever they are
 * @pool: ephemeral
 *
 * Context: any.
 */
unsigned long zcache_pool_pages(const struct zcache_pool *pool)
{
	long pages = atomic_long_read(&pool->pages);

	return max(pages, 0L);
}
EXPORT_SYMBOL_GPL(zcache_pool_pages);

/**
 * zcache_pool_reserve() - allocate the index of an object ahead of its puts
 * @pool:	the pool
 * @oid:	the object
 * @last:	highest index used without memory
 *
 * Context: may sleep; see tmem_pool_reserve().
 * Return: 0; -EEXIST, -ENOMEM, -EBUSY: the caller gives up the pool.
 */
int zcache_pool_reserve(struct zcache_pool *pool, const struct tmem_oid *oid, u32 last)
{
	return tmem_pool_reserve(pool->tmem, oid, last);
}
EXPORT_SYMBOL_GPL(zcache_pool_reserve);
