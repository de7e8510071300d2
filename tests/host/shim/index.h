/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shim: the XArray and the resizable hash table, as far as they are used.
 *
 * The array is a radix tree of our own.  What it has in common with the kernel's, and
 * what tests depend on, is when it needs memory and when it lets go of it:
 *
 *  - index 0 alone needs no node; everything else needs one per level of 6 bits;
 *  - a node goes when nothing is in it; a zero entry is something;
 *  - a root of which only the first slot is used goes as well;
 *  - a store that fails half way leaves the nodes it made, until xa_destroy().
 */
#ifndef SHIM_INDEX_H
#define SHIM_INDEX_H

#define XA_CHUNK_SHIFT		6
#define XA_CHUNK_SIZE		(1UL << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK		(XA_CHUNK_SIZE - 1)
#define XA_FLAGS_ALLOC		0x1
#define XA_FLAGS_LOCK_IRQ	0x2

/* Low bits 10b are the array's own: small ones are marks, the others nodes. */
#define XA_ZERO_ENTRY		((void *)(257UL << 2 | 2))

struct shim_xnode;

struct xarray {
	spinlock_t	xa_lock;
	unsigned int	flags;
	void		*head;		/* an entry for index 0, or a node */
};

struct xa_state {
	struct xarray		*xa;
	unsigned long		xa_index;
	int			err;
	struct shim_xnode	*spare;
};

struct shim_limit {
	u32 min, max;
};

#define XA_LIMIT(a, b)		((struct shim_limit){ a, b })
#define DEFINE_XARRAY(name)	struct xarray name = { .xa_lock = SHIM_LOCK_UNLOCKED(name) }
#define xa_init_flags(array, f)					\
({								\
	spin_lock_init(&(array)->xa_lock);			\
	(array)->flags = (f);					\
	(array)->head = NULL;					\
})

#define xa_is_zero(entry)	((entry) == XA_ZERO_ENTRY)
#define xa_empty(xa)		(!READ_ONCE((xa)->head))
#define xa_lock_irq(xa)		spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa)	spin_unlock_irq(&(xa)->xa_lock)

#define XA_PRESENT	0

void *xa_load(struct xarray *xa, unsigned long index);
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, unsigned int filter);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
		    unsigned int filter);
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
int xa_reserve_irq(struct xarray *xa, unsigned long index, gfp_t gfp);
int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct shim_limit limit, gfp_t gfp);
void xa_destroy(struct xarray *xa);

#define XA_STATE(name, array, index) \
	struct xa_state name = { .xa = (array), .xa_index = (index) }
#define xas_lock_irqsave(xas, flags)	spin_lock_irqsave(&(xas)->xa->xa_lock, flags)
#define xas_unlock_irqrestore(xas, flags) spin_unlock_irqrestore(&(xas)->xa->xa_lock, flags)
#define xas_error(xas)			((xas)->err)

void *xas_load(struct xa_state *xas);
void *xas_store(struct xa_state *xas, void *entry);
bool xas_nomem(struct xa_state *xas, gfp_t gfp);
void *shim_xas_from(struct xa_state *xas, unsigned long index, unsigned long max);

#define xas_retry(xas, entry)	((void)(xas), (void)(entry), false)	/* nobody moves nodes */
#define xas_for_each(xas, entry, max)						\
	for (entry = shim_xas_from(xas, (xas)->xa_index, max); entry;		\
	     entry = shim_xas_from(xas, (xas)->xa_index + 1, max))

/* How many nodes an array has, for tests. */
unsigned int shim_xa_nodes(const struct xarray *xa);

/* ---- tree: of any shape, as nobody here depends on its height ---------------------------- */

struct rb_node {
	struct rb_node *parent, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT				((struct rb_root){ NULL })
#define rb_entry(ptr, type, member)	container_of(ptr, type, member)
#define rb_insert_color(node, root)	((void)(node), (void)(root))

void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link);
void rb_erase(struct rb_node *node, struct rb_root *root);
struct rb_node *rb_prev(const struct rb_node *node);

/* ---- hash table --------------------------------------------------------------------- */

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable_params {
	u16	key_len;
	u16	key_offset;
	u16	head_offset;
	bool	automatic_shrinking;
};

#define SHIM_BUCKETS	256

struct rhashtable {
	struct rhash_head		**buckets;
	const struct rhashtable_params	*params;
	pthread_mutex_t			mutex;		/* writers */
	bool				going;		/* being destroyed */
};

int rhashtable_init(struct rhashtable *ht, const struct rhashtable_params *params);
void rhashtable_free_and_destroy(struct rhashtable *ht, void (*fn)(void *object, void *arg),
				 void *arg);

void *shim_rht_lookup(struct rhashtable *ht, const void *key);
void *shim_rht_insert(struct rhashtable *ht, struct rhash_head *node);
int shim_rht_remove(struct rhashtable *ht, struct rhash_head *node);

#define rhashtable_lookup(ht, key, params)	shim_rht_lookup(ht, key)
#define rhashtable_lookup_get_insert_fast(ht, node, params)	shim_rht_insert(ht, node)
#define rhashtable_remove_fast(ht, node, params)	shim_rht_remove(ht, node)

#endif /* SHIM_INDEX_H */
