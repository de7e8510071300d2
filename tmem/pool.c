// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients and their pools.
 *
 * A front end in this kernel holds the pool it created and passes the pointer; a
 * machine elsewhere names <client, pool> by number, which tmem_pool_find() turns
 * into a reference.
 */
#include "internal.h"

#include <linux/module.h>

static DEFINE_MUTEX(tmem_mutex);	/* order 1: clients, and client->pools */
static DEFINE_XARRAY(tmem_clients);

/**
 * tmem_client_create() - make a client known
 * @id: TMEM_LOCAL_CLIENT or a node number
 *
 * Context: may sleep.
 * Return: the client; -EEXIST if there is one of that number, -ENOMEM.
 */
struct tmem_client *tmem_client_create(u16 id)
{
	struct tmem_client *client;
	int err;

	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client)
		return ERR_PTR(-ENOMEM);
	client->id = id;
	xa_init_flags(&client->pools, XA_FLAGS_ALLOC);

	mutex_lock(&tmem_mutex);
	err = xa_insert(&tmem_clients, id, client, GFP_KERNEL);
	mutex_unlock(&tmem_mutex);
	if (err) {
		kfree(client);
		return ERR_PTR(err == -EBUSY ? -EEXIST : err);
	}
	tmem_gauge_inc(client_count);
	return client;
}
EXPORT_SYMBOL_GPL(tmem_client_create);

/**
 * tmem_client_destroy() - forget a client
 * @client: has no pools any more
 *
 * Context: may sleep.
 */
void tmem_client_destroy(struct tmem_client *client)
{
	WARN_ON_ONCE(!xa_empty(&client->pools));
	mutex_lock(&tmem_mutex);
	xa_erase(&tmem_clients, client->id);
	mutex_unlock(&tmem_mutex);
	xa_destroy(&client->pools);
	tmem_gauge_dec(client_count);
	kfree_rcu(client, rcu);
}
EXPORT_SYMBOL_GPL(tmem_client_destroy);

static int pool_publish(struct tmem_client *client, struct tmem_pool *pool)
{
	u32 id;
	int err;

	mutex_lock(&tmem_mutex);
	/* Reserve the number first: who finds the pool must find it complete. */
	err = xa_alloc(&client->pools, &id, NULL, XA_LIMIT(0, U16_MAX), GFP_KERNEL);
	if (!err) {
		pool->id = id;
		refcount_set(&pool->users, 1);
		xa_store(&client->pools, id, pool, GFP_KERNEL);
	}
	mutex_unlock(&tmem_mutex);
	return err;
}

/**
 * tmem_pool_create() - make a pool
 * @client:	whose pool it is; stays until the pool is destroyed
 * @flags:	TMEM_POOL_*
 * @ops:	what to do with pages; the owning module is pinned
 * @host:	for the host, see tmem_pool_host()
 *
 * Context: may sleep.
 * Return: the pool; -EINVAL (unknown flag, no release operation), -ENODEV (the
 * host's module is going), -EBUSY (the client has 65536 pools), -ENOMEM.
 */
struct tmem_pool *tmem_pool_create(struct tmem_client *client, u32 flags,
				   const struct tmem_ops *ops, void *host)
{
	struct tmem_pool *pool;
	int err;

	if ((flags & ~TMEM_POOL_PERSISTENT) || !ops->release)
		return ERR_PTR(-EINVAL);
	if (!try_module_get(ops->owner))
		return ERR_PTR(-ENODEV);

	err = -ENOMEM;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		goto out_put_module;
	pool->ops = ops;
	pool->host = host;
	pool->client = client;
	pool->flags = flags;
	init_completion(&pool->unused);

	err = tmem_objects_init(pool);
	if (err)
		goto out_free_pool;
	err = pool_publish(client, pool);
	if (err)
		goto out_destroy_objects;
	tmem_gauge_inc(pool_count);
	return pool;

out_destroy_objects:
	tmem_objects_destroy(pool);
out_free_pool:
	kfree(pool);
out_put_module:
	module_put(ops->owner);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(tmem_pool_create);

/**
 * tmem_pool_destroy() - flush every page of a pool and free it
 * @pool: nobody uses the pointer any more; look-ups by number are waited for
 *
 * Waits for pins of its pages as well, so the caller must hold none.
 *
 * Context: may sleep.
 */
void tmem_pool_destroy(struct tmem_pool *pool)
{
	struct module *owner = pool->ops->owner;

	might_sleep();
	mutex_lock(&tmem_mutex);
	xa_erase(&pool->client->pools, pool->id);
	mutex_unlock(&tmem_mutex);

	tmem_pool_put(pool);
	wait_for_completion(&pool->unused);
	tmem_objects_destroy(pool);
	tmem_gauge_dec(pool_count);
	kfree_rcu(pool, rcu);
	module_put(owner);
}
EXPORT_SYMBOL_GPL(tmem_pool_destroy);

/**
 * tmem_pool_find() - look a pool up by its numbers
 * @client_id:	client number
 * @id:		pool number within the client
 *
 * Context: any.
 * Return: the pool with a reference for tmem_pool_put(), NULL if there is none.
 */
struct tmem_pool *tmem_pool_find(u16 client_id, u16 id)
{
	struct tmem_client *client;
	struct tmem_pool *pool = NULL;

	rcu_read_lock();
	client = xa_load(&tmem_clients, client_id);
	if (client)
		pool = xa_load(&client->pools, id);
	if (pool && !refcount_inc_not_zero(&pool->users))
		pool = NULL;
	rcu_read_unlock();
	return pool;
}
EXPORT_SYMBOL_GPL(tmem_pool_find);

/**
 * tmem_pool_next() - the pools of a client, one after the other
 * @client_id:	client number
 * @from:	lowest pool number wanted
 *
 * Context: any.
 * Return: the pool with the lowest number from there on, with a reference for
 * tmem_pool_put(); NULL if there is none.
 */
struct tmem_pool *tmem_pool_next(u16 client_id, u32 from)
{
	unsigned long id = from;
	struct tmem_client *client;
	struct tmem_pool *pool = NULL;

	rcu_read_lock();
	client = xa_load(&tmem_clients, client_id);
	if (client)
		pool = xa_find(&client->pools, &id, U16_MAX, XA_PRESENT);
	while (pool && !refcount_inc_not_zero(&pool->users))
		pool = xa_find_after(&client->pools, &id, U16_MAX, XA_PRESENT);
	rcu_read_unlock();
	return pool;
}
EXPORT_SYMBOL_GPL(tmem_pool_next);

/**
 * tmem_pool_put() - give back a reference of tmem_pool_find() or tmem_pool_next()
 * @pool: not to be used any more
 *
 * Context: any.
 */
void tmem_pool_put(struct tmem_pool *pool)
{
	if (refcount_dec_and_test(&pool->users))
		complete(&pool->unused);
}
EXPORT_SYMBOL_GPL(tmem_pool_put);

/**
 * tmem_pool_id() - number of a pool within its client
 * @pool: the pool
 */
u16 tmem_pool_id(const struct tmem_pool *pool)
{
	return pool->id;
}
EXPORT_SYMBOL_GPL(tmem_pool_id);

/**
 * tmem_pool_flags() - TMEM_POOL_* it was created with
 * @pool: the pool
 */
u32 tmem_pool_flags(const struct tmem_pool *pool)
{
	return pool->flags;
}
EXPORT_SYMBOL_GPL(tmem_pool_flags);

/**
 * tmem_pool_host() - the host's pointer given at creation
 * @pool: the pool
 */
void *tmem_pool_host(const struct tmem_pool *pool)
{
	return pool->host;
}
EXPORT_SYMBOL_GPL(tmem_pool_host);
