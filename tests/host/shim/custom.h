/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shim, third drawer: what behaves, and can be observed.
 *
 * It knows, per thread, which locks are held and whether interrupts and preemption
 * are on, and aborts on what a kernel with lockdep would complain about: sleeping in
 * an atomic context, a wrong lock order, two locks of one class, a lock taken with
 * interrupts on here and off there.  Allocations can be made to fail; everything that
 * was allocated and is not freed at the end is a failure of the test.
 */
#ifndef SHIM_CUSTOM_H
#define SHIM_CUSTOM_H

#include <pthread.h>

#include "dup.h"

/* ---- atomics: the exact orders, so that ThreadSanitizer can judge them --------- */

typedef struct { int counter; } atomic_t;
typedef struct { long long counter; } atomic64_t;
typedef struct { long counter; } atomic_long_t;
typedef struct { int counter; } refcount_t;

#define READ_ONCE(x)			__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)		__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define smp_store_release(p, v)		__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)

#define atomic_read(v)			__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_set(v, n)		__atomic_store_n(&(v)->counter, n, __ATOMIC_RELAXED)
#define atomic_set_release(v, n)	__atomic_store_n(&(v)->counter, n, __ATOMIC_RELEASE)
#define atomic_sub_return(n, v)		__atomic_sub_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST)
#define atomic64_read(v)		__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_inc_return(v)		__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST)
#define atomic64_set(v, n)		atomic_set(v, n)
#define atomic64_add(n, v)						\
	((void)__atomic_add_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST))
#define atomic_long_read(v)		atomic_read(v)
#define atomic_long_set(v, n)		atomic_set(v, n)
#define atomic_long_inc(v)		((void)atomic_inc_return(v))
#define atomic_long_dec(v)		((void)atomic_sub_return(1, v))
#define smp_mb__after_atomic()		((void)0)	/* they are full barriers here */
#define atomic64_inc_return(v)		__atomic_add_fetch(&(v)->counter, 1, __ATOMIC_SEQ_CST)

/* ThreadSanitizer knows no fences. */
static inline void smp_mb(void)
{
	static int fence;

	__atomic_fetch_add(&fence, 0, __ATOMIC_SEQ_CST);
}

static inline bool atomic_try_cmpxchg_acquire(atomic_t *v, int *old, int new)
{
	return __atomic_compare_exchange_n(&v->counter, old, new, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Reference counters: from zero nothing comes back, and nothing goes below it. */
void refcount_set(refcount_t *r, int n);
void refcount_inc(refcount_t *r);
bool refcount_inc_not_zero(refcount_t *r);
void refcount_dec(refcount_t *r);
bool refcount_dec_and_test(refcount_t *r);

/* ---- reports -------------------------------------------------------------------- */

void shim_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void shim_warn(const char *what, const char *file, int line);
void shim_pr_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Warnings and errors so far; taking the number also forgives them. */
unsigned int shim_take_warnings(void);

#define WARN_ON_ONCE(cond)					\
({								\
	bool warn_ = (cond);					\
								\
	if (unlikely(warn_))					\
		shim_warn(#cond, __FILE__, __LINE__);		\
	warn_;							\
})
#define pr_err(...)		shim_pr_err(__VA_ARGS__)

/* ---- context of the calling thread ---------------------------------------------- */

void shim_irqs(bool on);		/* for tests that call from foreign contexts */
bool shim_irqs_on(void);
void preempt_disable(void);
void preempt_enable(void);
void shim_might_sleep(const char *file, int line);
void cpu_relax(void);

#define might_sleep()	shim_might_sleep(__FILE__, __LINE__)
#define msleep(ms)	cond_resched()
#define cond_resched()	({ might_sleep(); shim_chaos(); })
#define lockdep_assert_irqs_enabled() \
	((void)(shim_irqs_on() || (shim_die("%s: interrupts are off", __func__), 0)))

/* Chaos: threads stop for a moment at every place where another may come in. */
extern bool shim_chaos_on;		/* atomic */
void shim_chaos_now(void);

static inline void shim_chaos(void)
{
	if (unlikely(READ_ONCE(shim_chaos_on)))
		shim_chaos_now();
}

/* ---- locks ---------------------------------------------------------------------- */

/* All locks initialised in one place are one class. */
struct shim_class {
	const char	*name;
	int		id;		/* zero until first taken */
	bool		irq_safe;	/* somewhere its lock turns interrupts off ... */
	bool		irqs_on;	/* ... somewhere it was taken with interrupts on */
};

struct shim_lock {
	pthread_mutex_t		mutex;
	const void		*owner;
	struct shim_class	*class;
	unsigned long		taken;	/* how often; guarded by the lock itself */
};

typedef struct shim_lock spinlock_t;

struct mutex {
	struct shim_lock	lock;
};

#define SHIM_STR_(x)	#x
#define SHIM_STR(x)	SHIM_STR_(x)
#define SHIM_CLASS(what) \
	{ .name = #what " (" __FILE__ ":" SHIM_STR(__LINE__) ")" }
#define SHIM_LOCK_UNLOCKED(what) \
	{ .mutex = PTHREAD_MUTEX_INITIALIZER, .class = &(struct shim_class)SHIM_CLASS(what) }

void shim_lock_init(struct shim_lock *lock, struct shim_class *class);
void shim_spin_lock(spinlock_t *lock, bool irq_safe);
void shim_spin_unlock(spinlock_t *lock);
bool shim_lock_held(const struct shim_lock *lock);
unsigned long shim_irq_save(void);
void shim_irq_restore(unsigned long flags);
void shim_irq_disable(void);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#define spin_lock_init(l)					\
({								\
	static struct shim_class class_ = SHIM_CLASS(l);	\
								\
	shim_lock_init(l, &class_);				\
})
#define spin_lock(l)			shim_spin_lock(l, false)
#define spin_unlock(l)			shim_spin_unlock(l)
#define spin_lock_irqsave(l, flags)	((flags) = shim_irq_save(), shim_spin_lock(l, true))
#define spin_unlock_irqrestore(l, flags) (shim_spin_unlock(l), shim_irq_restore(flags))
#define spin_lock_irq(l)		(shim_irq_disable(), shim_spin_lock(l, true))
#define spin_unlock_irq(l)		(shim_spin_unlock(l), shim_irqs(true))
#define lockdep_assert_held(l) \
	((void)(shim_lock_held(l) || (shim_die("%s: %s is not held", __func__, #l), 0)))

#define DEFINE_MUTEX(name)	struct mutex name = { .lock = SHIM_LOCK_UNLOCKED(name) }

/* ---- memory --------------------------------------------------------------------- */

void *shim_alloc(size_t size, gfp_t gfp);
void *shim_alloc_sure(size_t size);
void shim_free(const void *ptr);

#define kzalloc(size, gfp)	shim_alloc(size, gfp)
#define kvzalloc(size, gfp)	shim_alloc(size, gfp)
#define kvcalloc(n, size, gfp)	shim_alloc((size_t)(n) * (size), gfp)
#define kfree(ptr)		shim_free(ptr)
#define kvfree(ptr)		shim_free(ptr)

/* Whether an allocation that may fail does; every one asks. */
bool shim_alloc_fails(gfp_t gfp);
/* The @n-th allocation from now on fails, once.  0: none.  Negative: all from -n on. */
void shim_fail_at(long n);
bool shim_failed(void);			/* whether that has happened */
void shim_fail_permille(unsigned int permille);
/* Called after every allocation that did not fail. */
extern void (*shim_alloc_hook)(void);
long shim_live(void);			/* objects allocated and not freed */

struct kmem_cache;
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *object));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *ptr);

/* A reserve of objects, taken from when the cache has no more. */
/* Whoever sizes up the reserve looks at the two numbers, as the kernel's does. */
typedef struct mempool {
	int			min_nr, curr_nr;
	pthread_mutex_t		mutex;
	struct kmem_cache	*cache;
	void			**objects;
} mempool_t;
mempool_t *mempool_create_slab_pool(int count, struct kmem_cache *cache);
void mempool_destroy(mempool_t *pool);
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
void mempool_free(void *ptr, mempool_t *pool);
int mempool_resize(mempool_t *pool, int count);

struct page *shim_page_alloc(void);
void shim_page_free(struct page *page);

#define alloc_page(gfp)		shim_page_alloc()
#define __free_page(page)	shim_page_free(page)

/* Per-CPU memory of a machine with one CPU; additions are atomic as they would be there. */
#define __alloc_percpu(size, align)	shim_alloc(size, GFP_KERNEL)
#define free_percpu(ptr)		shim_free(ptr)
#define per_cpu_ptr(ptr, cpu)		((void)(cpu), (ptr))
#define for_each_possible_cpu(cpu)	for (cpu = 0; cpu < 1; cpu++)
#define this_cpu_add(var, n)		((void)__atomic_fetch_add(&(var), n, __ATOMIC_RELAXED))
#define this_cpu_inc(var)		this_cpu_add(var, 1)
#define this_cpu_dec(var)		this_cpu_add(var, -1)

/* ---- RCU: by epochs; freed memory is really freed, so that use after it shows ---- */

struct rcu_head {
	struct rcu_head	*next;
	void		*object;
	unsigned long	epoch;
};

void rcu_read_lock(void);
void rcu_read_unlock(void);
bool shim_rcu_held(void);
void shim_kfree_rcu(void *object, struct rcu_head *head);
void shim_rcu_drain(void);		/* wait for the readers there are, free all */

#define kfree_rcu(ptr, field)	shim_kfree_rcu(ptr, &(ptr)->field)

/* ---- work, lists without locks, completions --------------------------------------- */

struct work_struct {
	void			(*func)(struct work_struct *work);
	struct work_struct	*next;
	struct workqueue_struct	*queue;		/* where it was queued last */
	bool			pending;
};

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max);
void destroy_workqueue(struct workqueue_struct *queue);
bool queue_work(struct workqueue_struct *queue, struct work_struct *work);
bool flush_work(struct work_struct *work);
void shim_work_hold(bool hold);		/* work waits until it is flushed, or let go */

#define INIT_WORK(work, fn)	(*(work) = (struct work_struct){ .func = (fn) })

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

bool llist_add(struct llist_node *node, struct llist_head *head);

#define init_llist_head(head)	((head)->first = NULL)
#define llist_del_all(head)	__atomic_exchange_n(&(head)->first, NULL, __ATOMIC_ACQ_REL)
#define shim_llist_entry(node, pos, member) \
	((node) ? container_of(node, typeof(*(pos)), member) : NULL)
#define llist_for_each_entry_safe(pos, n, node, member)				\
	for (pos = shim_llist_entry(node, pos, member);				\
	     pos && (n = shim_llist_entry(pos->member.next, pos, member), true); \
	     pos = n)

struct completion {
	pthread_mutex_t	mutex;
	pthread_cond_t	cond;
	unsigned int	done;
};

void init_completion(struct completion *c);
void complete(struct completion *c);
void wait_for_completion(struct completion *c);

/* ---- modules, debugfs -------------------------------------------------------------- */

struct module {
	int	users;
	bool	going;
};

#define THIS_MODULE	((struct module *)NULL)

bool try_module_get(struct module *module);
void module_put(struct module *module);

int shim_add_module(int (*init)(void), void (*exit)(void));

#define module_init(fn)							\
	static void __attribute__((constructor)) fn##_shim(void)	\
	{								\
		shim_add_module(fn, NULL);				\
	}
#define module_exit(fn)							\
	static void __attribute__((constructor)) fn##_shim(void)	\
	{								\
		shim_add_module(NULL, fn);				\
	}

struct inode {
	void	*i_private;
};

struct file {
	void	*private_data;
};

struct seq_file {
	void	*private;
	int	(*show)(struct seq_file *m, void *unused);
	char	buf[64];
};

struct file_operations {
	struct module	*owner;
	int		(*open)(struct inode *inode, struct file *file);
	ssize_t		(*read)(struct file *file, char *buf, size_t len, long long *pos);
	long long	(*llseek)(struct file *file, long long offset, int whence);
	int		(*release)(struct inode *inode, struct file *file);
};

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
void debugfs_create_file(const char *name, unsigned int mode, struct dentry *parent, void *data,
			 const struct file_operations *fops);
void debugfs_remove_recursive(struct dentry *dir);
int single_open(struct file *file, int (*show)(struct seq_file *m, void *unused), void *data);
int single_release(struct inode *inode, struct file *file);
ssize_t seq_read(struct file *file, char *buf, size_t len, long long *pos);
long long seq_lseek(struct file *file, long long offset, int whence);
void seq_printf(struct seq_file *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The number in debugfs file DIR/NAME. */
long long shim_stat(const char *dir, const char *name);

/* ---- the life of a test ------------------------------------------------------------ */

int shim_start(void);			/* run every module's init */
void shim_stop(void);			/* exit them, and die of anything left behind */

#include "index.h"

#endif /* SHIM_CUSTOM_H */
