// SPDX-License-Identifier: GPL-2.0-only
/* Shim: XArray and hash table, see index.h. */
#include "custom.h"

#define MAX_SHIFT	(32 / XA_CHUNK_SHIFT * XA_CHUNK_SHIFT)	/* enough for 32-bit indices */

struct shim_xnode {
	struct shim_xnode	*parent;
	struct rcu_head		rcu;
	unsigned char		shift;
	unsigned char		offset;		/* in the parent */
	unsigned short		count;		/* slots that are not empty */
	void			*slot[XA_CHUNK_SIZE];
};

static bool is_node(const void *entry)
{
	return ((unsigned long)entry & 3) == 2 && (unsigned long)entry > 4096;
}

static struct shim_xnode *to_node(const void *entry)
{
	return (struct shim_xnode *)((unsigned long)entry - 2);
}

static void *from_node(struct shim_xnode *node)
{
	return (void *)((unsigned long)node + 2);
}

static void *read_slot(void **slot)
{
	return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

static void write_slot(void **slot, void *entry)
{
	__atomic_store_n(slot, entry, __ATOMIC_RELEASE);
}

static unsigned int slot_of(const struct shim_xnode *node, unsigned long index)
{
	return index >> node->shift & XA_CHUNK_MASK;
}

/* Whether @index is above all that a tree with this root can have. */
static bool beyond(const struct shim_xnode *root, unsigned long index)
{
	return index >> root->shift >= XA_CHUNK_SIZE;
}

/*
 * The entry at @index; *@shift is set to how many indices, as a power of two, are as
 * empty as this one if there is none.  Readers are in an RCU section or have the lock.
 */
static void *lookup(struct xarray *xa, unsigned long index, unsigned int *shift)
{
	void *entry = read_slot(&xa->head);
	struct shim_xnode *node;

	*shift = MAX_SHIFT + XA_CHUNK_SHIFT;
	if (!is_node(entry)) {
		*shift = index ? MAX_SHIFT + XA_CHUNK_SHIFT : 0;
		return index ? NULL : entry;
	}
	node = to_node(entry);
	if (beyond(node, index))
		return NULL;
	for (;;) {
		*shift = node->shift;
		entry = read_slot(&node->slot[slot_of(node, index)]);
		if (!is_node(entry))
			return entry;
		node = to_node(entry);
	}
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	unsigned int shift;
	void *entry;

	rcu_read_lock();
	entry = lookup(xa, index, &shift);
	rcu_read_unlock();
	shim_chaos();
	return xa_is_zero(entry) ? NULL : entry;
}

void *xas_load(struct xa_state *xas)
{
	unsigned int shift;

	if (!shim_rcu_held())
		lockdep_assert_held(&xas->xa->xa_lock);
	return lookup(xas->xa, xas->xa_index, &shift);
}

/* The first entry from @index up to @max; the state is left there. */
void *shim_xas_from(struct xa_state *xas, unsigned long index, unsigned long max)
{
	if (!shim_rcu_held())
		lockdep_assert_held(&xas->xa->xa_lock);
	while (index <= max) {
		unsigned int shift;
		void *entry = lookup(xas->xa, index, &shift);

		xas->xa_index = index;
		if (entry)
			return entry;
		index = ((index >> shift) + 1) << shift;
	}
	return NULL;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, unsigned int filter)
{
	struct xa_state xas = { .xa = xa };
	void *entry;

	(void)filter;
	rcu_read_lock();
	do {
		entry = shim_xas_from(&xas, *index, max);
		if (entry)
			*index = xas.xa_index;
	} while (xa_is_zero(entry) && ++*index);
	rcu_read_unlock();
	return entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
		    unsigned int filter)
{
	++*index;
	return xa_find(xa, index, max, filter);
}

/* ---- storing -------------------------------------------------------------------------- */

static struct shim_xnode *new_node(struct xa_state *xas, struct shim_xnode *parent,
				   unsigned int shift, unsigned int offset)
{
	struct shim_xnode *node = xas->spare;

	xas->spare = NULL;
	if (!node)
		node = shim_alloc(sizeof(*node), GFP_NOWAIT);
	if (!node) {
		xas->err = -ENOMEM;
		return NULL;
	}
	node->parent = parent;
	node->shift = shift;
	node->offset = offset;
	return node;
}

static void free_node(struct shim_xnode *node)
{
	shim_kfree_rcu(node, &node->rcu);
}

/* Make the tree high enough for the index; @root: even index 0 wants a node. */
static bool grow(struct xa_state *xas, bool root)
{
	struct xarray *xa = xas->xa;
	struct shim_xnode *node;
	unsigned int shift = 0;
	void *head = xa->head;

	if (!head) {
		while (xas->xa_index >> shift >= XA_CHUNK_SIZE)
			shift += XA_CHUNK_SHIFT;
		if (!xas->xa_index && !root)
			return true;
		node = new_node(xas, NULL, shift, 0);
		if (node)
			write_slot(&xa->head, from_node(node));
		return node;
	}
	while (is_node(head) ? beyond(to_node(head), xas->xa_index) : xas->xa_index || root) {
		shift = is_node(head) ? to_node(head)->shift + XA_CHUNK_SHIFT : 0;
		node = new_node(xas, NULL, shift, 0);
		if (!node)
			return false;
		node->count = 1;
		node->slot[0] = head;
		if (is_node(head))
			to_node(head)->parent = node;
		head = from_node(node);
		write_slot(&xa->head, head);
	}
	return true;
}

/* The lowest node for the index, made if need be; NULL: the head is the slot. */
static struct shim_xnode *leaf(struct xa_state *xas, bool make)
{
	void *head = xas->xa->head;
	struct shim_xnode *node, *child;

	if (!is_node(head))
		return NULL;
	for (node = to_node(head); node->shift; node = child) {
		unsigned int offset = slot_of(node, xas->xa_index);

		if (node->slot[offset]) {
			child = to_node(node->slot[offset]);
			continue;
		}
		child = make ? new_node(xas, node, node->shift - XA_CHUNK_SHIFT, offset) : NULL;
		if (!child)
			return NULL;
		node->count++;
		write_slot(&node->slot[offset], from_node(child));
	}
	return node;
}

/* Take nodes out that have become empty, and a root that only leads on. */
static void trim(struct xarray *xa, struct shim_xnode *node)
{
	while (!node->count) {
		struct shim_xnode *parent = node->parent;

		if (parent) {
			write_slot(&parent->slot[node->offset], NULL);
			parent->count--;
		} else {
			write_slot(&xa->head, NULL);
		}
		free_node(node);
		if (!parent)
			return;
		node = parent;
	}
	if (node->parent)
		return;
	while (node->count == 1 && node->slot[0]) {
		void *only = node->slot[0];

		write_slot(&xa->head, only);
		free_node(node);
		if (!is_node(only))
			return;
		node = to_node(only);
		node->parent = NULL;
	}
}

void *xas_store(struct xa_state *xas, void *entry)
{
	struct shim_xnode *node;
	void **slot, *old;

	lockdep_assert_held(&xas->xa->xa_lock);
	if (xas->err)
		return NULL;
	if (!entry && !xas_load(xas))
		return NULL;
	if (entry && !grow(xas, xa_is_zero(entry)))
		return NULL;
	node = leaf(xas, entry);
	if (xas->err)
		return NULL;
	slot = node ? &node->slot[slot_of(node, xas->xa_index)] : &xas->xa->head;
	old = *slot;
	write_slot(slot, entry);
	shim_chaos();
	if (node && !entry != !old) {
		node->count += entry ? 1 : -1;
		if (!entry)
			trim(xas->xa, node);
	}
	return old;
}

bool xas_nomem(struct xa_state *xas, gfp_t gfp)
{
	if (xas->err != -ENOMEM) {
		shim_free(xas->spare);
		xas->spare = NULL;
		return false;
	}
	xas->spare = shim_alloc(sizeof(*xas->spare), gfp);
	if (!xas->spare)
		return false;
	xas->err = 0;
	return true;
}

/* ---- the simple interface, which locks by itself ----------------------------------------- */

/* Store if the slot has nothing, not even a zero entry; -EBUSY if it has. */
static int insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp, bool irq)
{
	XA_STATE(xas, xa, index);
	int err;

	if (gfp & GFP_WAITS)
		might_sleep();
	do {
		if (irq)
			xa_lock_irq(xa);
		else
			spin_lock(&xa->xa_lock);
		err = -EBUSY;
		if (!xas_load(&xas)) {
			xas_store(&xas, entry);
			err = xas_error(&xas);
		}
		if (irq)
			xa_unlock_irq(xa);
		else
			spin_unlock(&xa->xa_lock);
	} while (xas_nomem(&xas, gfp));
	return err;
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	return insert(xa, index, entry, gfp, false);
}

int xa_reserve_irq(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	int err = insert(xa, index, XA_ZERO_ENTRY, gfp, true);

	return err == -EBUSY ? 0 : err;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *old;

	if (gfp & GFP_WAITS)
		might_sleep();
	do {
		spin_lock(&xa->xa_lock);
		old = xas_store(&xas, entry);
		spin_unlock(&xa->xa_lock);
	} while (xas_nomem(&xas, gfp));
	return xas_error(&xas) ? ERR_PTR(xas_error(&xas)) : old;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = xa_store(xa, index, NULL, GFP_NOWAIT);

	return xa_is_zero(old) ? NULL : old;
}

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct shim_limit limit, gfp_t gfp)
{
	unsigned long index = limit.min;
	int err = -EBUSY;

	for (; index <= limit.max && err == -EBUSY; index++)
		err = insert(xa, index, entry ? entry : XA_ZERO_ENTRY, gfp, false);
	if (!err)
		*id = index - 1;
	return err;
}

static void free_tree(void *entry)
{
	unsigned int i;

	if (!is_node(entry))
		return;
	for (i = 0; i < XA_CHUNK_SIZE && to_node(entry)->shift; i++)
		free_tree(to_node(entry)->slot[i]);
	free_node(to_node(entry));
}

void xa_destroy(struct xarray *xa)
{
	unsigned long flags;
	void *head;

	flags = shim_irq_save();
	spin_lock(&xa->xa_lock);
	head = xa->head;
	write_slot(&xa->head, NULL);
	spin_unlock(&xa->xa_lock);
	shim_irq_restore(flags);
	free_tree(head);
}

static unsigned int count_tree(void *entry)
{
	unsigned int i, count = 1;

	if (!is_node(entry))
		return 0;
	for (i = 0; i < XA_CHUNK_SIZE && to_node(entry)->shift; i++)
		count += count_tree(to_node(entry)->slot[i]);
	return count;
}

unsigned int shim_xa_nodes(const struct xarray *xa)
{
	return count_tree(xa->head);
}

/* ---- tree ---------------------------------------------------------------------------------- */

void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	*node = (struct rb_node){ .parent = parent };
	*link = node;
}

static void put_in_place(struct rb_root *root, struct rb_node *old, struct rb_node *node)
{
	if (!old->parent)
		root->rb_node = node;
	else if (old->parent->rb_left == old)
		old->parent->rb_left = node;
	else
		old->parent->rb_right = node;
	if (node)
		node->parent = old->parent;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *last = node->rb_left;

	if (!node->rb_left || !node->rb_right) {
		put_in_place(root, node, node->rb_left ? node->rb_left : node->rb_right);
		return;
	}
	/* The right half below the end of the left half. */
	while (last->rb_right)
		last = last->rb_right;
	last->rb_right = node->rb_right;
	node->rb_right->parent = last;
	put_in_place(root, node, node->rb_left);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *prev = node->rb_left;

	if (prev) {
		while (prev->rb_right)
			prev = prev->rb_right;
		return prev;
	}
	while (node->parent && node->parent->rb_left == node)
		node = node->parent;
	return node->parent;
}

/* ---- hash table ---------------------------------------------------------------------------- */

static struct rhash_head **bucket(struct rhashtable *ht, const u8 *key)
{
	unsigned int hash = 2166136261u, i;

	for (i = 0; i < ht->params->key_len; i++)
		hash = (hash ^ key[i]) * 16777619u;
	return &ht->buckets[(hash ^ hash >> 15) % SHIM_BUCKETS];
}

static void *object_of(struct rhashtable *ht, struct rhash_head *node)
{
	return (char *)node - ht->params->head_offset;
}

static const u8 *key_of(struct rhashtable *ht, struct rhash_head *node)
{
	return (const u8 *)object_of(ht, node) + ht->params->key_offset;
}

int rhashtable_init(struct rhashtable *ht, const struct rhashtable_params *params)
{
	ht->params = params;
	pthread_mutex_init(&ht->mutex, NULL);
	ht->going = false;
	ht->buckets = shim_alloc(SHIM_BUCKETS * sizeof(*ht->buckets), GFP_KERNEL);
	return ht->buckets ? 0 : -ENOMEM;
}

void *shim_rht_lookup(struct rhashtable *ht, const void *key)
{
	struct rhash_head *node;
	void *found = NULL;

	if (!shim_rcu_held())
		shim_die("rhashtable_lookup() outside of an RCU section");
	for (node = __atomic_load_n(bucket(ht, key), __ATOMIC_ACQUIRE); node && !found;
	     node = __atomic_load_n(&node->next, __ATOMIC_ACQUIRE))
		if (!memcmp(key_of(ht, node), key, ht->params->key_len))
			found = object_of(ht, node);
	shim_chaos();
	return found;
}

/* Writers: bucket locks of the kernel's want interrupts on. */
static void ht_lock(struct rhashtable *ht)
{
	lockdep_assert_irqs_enabled();
	pthread_mutex_lock(&ht->mutex);
	if (ht->going)
		shim_die("a hash table is changed while it is being destroyed");
}

/* Returns NULL if inserted, else what is there; an insertion may need memory. */
void *shim_rht_insert(struct rhashtable *ht, struct rhash_head *node)
{
	const u8 *key = key_of(ht, node);
	struct rhash_head **head = bucket(ht, key);
	void *old;

	if (shim_alloc_fails(GFP_NOWAIT))
		return ERR_PTR(-EBUSY);
	rcu_read_lock();
	ht_lock(ht);
	old = shim_rht_lookup(ht, key);
	if (!old) {
		__atomic_store_n(&node->next, *head, __ATOMIC_RELAXED);
		__atomic_store_n(head, node, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&ht->mutex);
	rcu_read_unlock();
	return old;
}

int shim_rht_remove(struct rhashtable *ht, struct rhash_head *node)
{
	struct rhash_head **link;
	int err = -ENOENT;

	shim_chaos();
	ht_lock(ht);
	for (link = bucket(ht, key_of(ht, node)); *link && err; link = &(*link)->next) {
		if (*link != node)
			continue;
		/* Readers who are at @node still find the way on. */
		__atomic_store_n(link, node->next, __ATOMIC_RELEASE);
		err = 0;
		break;
	}
	pthread_mutex_unlock(&ht->mutex);
	return err;
}

void rhashtable_free_and_destroy(struct rhashtable *ht, void (*fn)(void *object, void *arg),
				 void *arg)
{
	struct rhash_head *node, *next;
	unsigned int i;

	might_sleep();
	pthread_mutex_lock(&ht->mutex);
	ht->going = true;
	pthread_mutex_unlock(&ht->mutex);
	for (i = 0; i < SHIM_BUCKETS; i++) {
		for (node = ht->buckets[i]; node; node = next) {
			next = node->next;
			fn(object_of(ht, node), arg);
			shim_chaos();
		}
	}
	shim_free(ht->buckets);
	ht->buckets = NULL;
}
