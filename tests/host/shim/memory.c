// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shim: memory that can run out and is counted, reference counters, warnings, and the
 * life of a test.
 */
#include "custom.h"

#include <stdarg.h>

#define MAX_MODULES	4

static long live;			/* atomic */
static long fail_in;			/* atomic; see shim_fail_at() */
static bool failed;
static unsigned int fail_permille;
static unsigned int warnings;		/* atomic */

void (*shim_alloc_hook)(void);

void shim_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fflush(stdout);
	fputs("# shim: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void shim_warn(const char *what, const char *file, int line)
{
	fprintf(stderr, "# WARN_ON(%s) at %s:%d\n", what, file, line);
	__atomic_fetch_add(&warnings, 1, __ATOMIC_RELAXED);
}

void shim_pr_err(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("# pr_err: ", stderr);
	vfprintf(stderr, fmt, args);
	va_end(args);
	__atomic_fetch_add(&warnings, 1, __ATOMIC_RELAXED);
}

unsigned int shim_take_warnings(void)
{
	return __atomic_exchange_n(&warnings, 0, __ATOMIC_RELAXED);
}

/* ---- allocation ------------------------------------------------------------------- */

void shim_fail_at(long n)
{
	__atomic_store_n(&fail_in, n, __ATOMIC_RELAXED);
	WRITE_ONCE(failed, false);
}

bool shim_failed(void)
{
	return READ_ONCE(failed);
}

void shim_fail_permille(unsigned int permille)
{
	fail_permille = permille;
}

static bool fails_now(void)
{
	static unsigned long count;
	long n = __atomic_load_n(&fail_in, __ATOMIC_RELAXED);

	if (fail_permille) {
		u64 dice = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);

		return (dice * 0x9e3779b97f4a7c15ULL >> 32) % 1000 < fail_permille;
	}
	if (!n)
		return false;
	if (n < 0 && n != -1) {
		__atomic_add_fetch(&fail_in, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (n == -1)
		return true;
	return __atomic_sub_fetch(&fail_in, 1, __ATOMIC_RELAXED) == 0;
}

bool shim_alloc_fails(gfp_t gfp)
{
	if (gfp & GFP_WAITS)
		might_sleep();
	if (fails_now()) {
		WRITE_ONCE(failed, true);
		return true;
	}
	return false;
}

void *shim_alloc_sure(size_t size)
{
	void *ptr = calloc(1, size);

	if (!ptr)
		abort();
	__atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
	return ptr;
}

void *shim_alloc(size_t size, gfp_t gfp)
{
	void *ptr;

	if (shim_alloc_fails(gfp))
		return NULL;
	ptr = shim_alloc_sure(size);
	if (shim_alloc_hook)
		shim_alloc_hook();
	return ptr;
}

void shim_free(const void *ptr)
{
	if (!ptr)
		return;
	__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
	free((void *)ptr);
}

long shim_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

struct kmem_cache {
	const char	*name;
	unsigned int	size;
	unsigned int	live;		/* atomic */
};

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *object))
{
	struct kmem_cache *cache = shim_alloc(sizeof(*cache), GFP_KERNEL);

	if (flags || ctor || align > 16)
		shim_die("kmem_cache_create(%s): the shim knows no such cache", name);
	if (cache) {
		cache->name = name;
		cache->size = size;
	}
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	if (cache->live)
		shim_die("cache %s is destroyed with %u objects", cache->name, cache->live);
	shim_free(cache);
}

/* Filled with rubbish: nobody may count on zeroes. */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *ptr = shim_alloc(cache->size, gfp);

	if (ptr) {
		memset(ptr, 0xa5, cache->size);
		__atomic_fetch_add(&cache->live, 1, __ATOMIC_RELAXED);
	}
	return ptr;
}

void kmem_cache_free(struct kmem_cache *cache, void *ptr)
{
	__atomic_fetch_sub(&cache->live, 1, __ATOMIC_RELAXED);
	shim_free(ptr);
}

/* ---- reserves ----------------------------------------------------------------------- */

/* Fill up to the number wanted.  The pool's mutex is held. */
static int mempool_fill(mempool_t *pool)
{
	while (pool->curr_nr < pool->min_nr) {
		void *ptr = kmem_cache_alloc(pool->cache, GFP_KERNEL);

		if (!ptr)
			return -ENOMEM;
		pool->objects[pool->curr_nr++] = ptr;
	}
	return 0;
}

int mempool_resize(mempool_t *pool, int count)
{
	void **objects, **old;
	int err;

	might_sleep();
	objects = shim_alloc(count * sizeof(void *), GFP_KERNEL);
	if (!objects)
		return -ENOMEM;
	pthread_mutex_lock(&pool->mutex);
	while (pool->curr_nr > count)
		kmem_cache_free(pool->cache, pool->objects[--pool->curr_nr]);
	old = pool->objects;
	if (pool->curr_nr)
		memcpy(objects, old, pool->curr_nr * sizeof(void *));
	pool->objects = objects;
	pool->min_nr = count;
	err = mempool_fill(pool);
	pthread_mutex_unlock(&pool->mutex);
	shim_free(old);
	return err;
}

mempool_t *mempool_create_slab_pool(int count, struct kmem_cache *cache)
{
	mempool_t *pool = shim_alloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->mutex, NULL);
	pool->cache = cache;
	if (mempool_resize(pool, count)) {
		mempool_destroy(pool);
		return NULL;
	}
	return pool;
}

void mempool_destroy(mempool_t *pool)
{
	while (pool->curr_nr)
		kmem_cache_free(pool->cache, pool->objects[--pool->curr_nr]);
	shim_free(pool->objects);
	shim_free(pool);
}

/* The kernel's waits for ever if it may sleep, so it cannot return nothing then. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *ptr = kmem_cache_alloc(pool->cache, gfp);

	if (ptr)
		return ptr;
	pthread_mutex_lock(&pool->mutex);
	if (pool->curr_nr)
		ptr = pool->objects[--pool->curr_nr];
	pthread_mutex_unlock(&pool->mutex);
	if (!ptr && gfp & GFP_WAITS)
		shim_die("mempool_alloc() would wait for ever");
	return ptr;
}

void mempool_free(void *ptr, mempool_t *pool)
{
	bool kept;

	pthread_mutex_lock(&pool->mutex);
	kept = pool->curr_nr < pool->min_nr;
	if (kept) {
		memset(ptr, 0x6b, pool->cache->size);
		pool->objects[pool->curr_nr++] = ptr;
	}
	pthread_mutex_unlock(&pool->mutex);
	if (!kept)
		kmem_cache_free(pool->cache, ptr);
}

struct page *shim_page_alloc(void)
{
	struct page *page = shim_alloc_sure(sizeof(*page));

	page->bytes = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	if (!page->bytes)
		abort();
	memset(page->bytes, 0xa5, PAGE_SIZE);
	return page;
}

void shim_page_free(struct page *page)
{
	free(page->bytes);
	shim_free(page);
}

/* ---- reference counters ------------------------------------------------------------ */

void refcount_set(refcount_t *r, int n)
{
	__atomic_store_n(&r->counter, n, __ATOMIC_RELAXED);
}

void refcount_inc(refcount_t *r)
{
	if (__atomic_fetch_add(&r->counter, 1, __ATOMIC_RELAXED) <= 0)
		shim_die("refcount_inc() from zero: use after free");
}

bool refcount_inc_not_zero(refcount_t *r)
{
	int n = __atomic_load_n(&r->counter, __ATOMIC_RELAXED);

	do {
		if (!n)
			return false;
	} while (!__atomic_compare_exchange_n(&r->counter, &n, n + 1, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

bool refcount_dec_and_test(refcount_t *r)
{
	int n;

	shim_chaos();
	n = __atomic_fetch_sub(&r->counter, 1, __ATOMIC_ACQ_REL);
	if (n <= 0)
		shim_die("refcount_dec_and_test() below zero: freed twice");
	return n == 1;
}

void refcount_dec(refcount_t *r)
{
	if (__atomic_fetch_sub(&r->counter, 1, __ATOMIC_RELEASE) <= 1)
		shim_die("refcount_dec() to zero: leaked");
}

/* ---- modules ------------------------------------------------------------------------- */

static struct {
	int	(*init)(void);
	void	(*exit)(void);
} modules[MAX_MODULES];
static int nr_modules;

int shim_add_module(int (*init)(void), void (*exit)(void))
{
	if (init)
		modules[nr_modules++].init = init;
	else
		modules[nr_modules - 1].exit = exit;
	return 0;
}

bool try_module_get(struct module *module)
{
	if (!module)
		return true;
	if (module->going)
		return false;
	module->users++;
	return true;
}

void module_put(struct module *module)
{
	if (module && module->users-- <= 0)
		shim_die("module_put() once too often");
}

/* On failure those that were up are down again, as after a failed modprobe. */
int shim_start(void)
{
	int i, err;

	for (i = 0; i < nr_modules; i++) {
		err = modules[i].init();
		if (!err)
			continue;
		while (i--)
			modules[i].exit();
		return err;
	}
	return 0;
}

void shim_stop(void)
{
	int i;

	for (i = nr_modules; i--;)
		modules[i].exit();
	shim_rcu_drain();
	if (warnings)
		shim_die("%u warnings", warnings);
	if (shim_live())
		shim_die("%ld objects were not freed", shim_live());
}
