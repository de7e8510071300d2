// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim itself: a check that never fires proves nothing.  Each mistake here is made
 * in a child, which must not survive it.
 */
#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static spinlock_t outer, inner, twin_a, twin_b, plain;
static struct kmem_cache *cache;
static DEFINE_MUTEX(mutex);

static void init_twin(spinlock_t *lock)
{
	spin_lock_init(lock);
}

static int add_locks(void)
{
	spin_lock_init(&outer);
	spin_lock_init(&inner);
	spin_lock_init(&plain);
	init_twin(&twin_a);
	init_twin(&twin_b);
	cache = kmem_cache_create("test", 32, 0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}

static void remove_locks(void)
{
	kmem_cache_destroy(cache);
}

module_init(add_locks);
module_exit(remove_locks);

static void mutex_under_spin(void)
{
	spin_lock(&plain);
	mutex_lock(&mutex);
}

static void sleep_under_spin(void)
{
	spin_lock(&plain);
	kfree(kzalloc(8, GFP_KERNEL));
}

static void sleep_with_irqs_off(void)
{
	shim_irqs(false);
	might_sleep();
}

static void sleep_without_preemption(void)
{
	preempt_disable();
	cond_resched();
}

static void sleep_under_rcu(void)
{
	rcu_read_lock();
	kfree(kzalloc(8, GFP_KERNEL));
}

static void wrong_order(void)
{
	spin_lock(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&outer);
	spin_lock(&inner);
	spin_lock(&outer);
}

static void wrong_order_by_three(void)
{
	spin_lock(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock(&outer);
	spin_lock(&inner);
	spin_lock(&plain);
	spin_unlock(&plain);
	spin_unlock(&inner);
	spin_lock(&plain);
	spin_lock(&outer);
}

static void two_of_a_class(void)
{
	spin_lock(&twin_a);
	spin_lock(&twin_b);
}

static void irqs_on_and_off(void)
{
	unsigned long flags;

	spin_lock_irqsave(&plain, flags);
	spin_unlock_irqrestore(&plain, flags);
	spin_lock(&plain);
}

static void irq_lock_with_irqs_off(void)
{
	shim_irqs(false);
	spin_lock_irq(&plain);
}

static void not_the_owner(void)
{
	spin_unlock(&plain);
}

static void not_held(void)
{
	lockdep_assert_held(&plain);
}

static void count_below_zero(void)
{
	refcount_t r;

	refcount_set(&r, 1);
	if (refcount_dec_and_test(&r) && refcount_dec_and_test(&r))
		return;
}

static void leak(void)
{
	if (kzalloc(8, GFP_KERNEL))
		shim_stop();
}

static void leak_in_cache(void)
{
	if (kmem_cache_alloc(cache, GFP_KERNEL))
		shim_stop();
}

static void warning(void)
{
	WARN_ON_ONCE(1);
	shim_stop();
}

static void (*const mistakes[])(void) = {
	mutex_under_spin, sleep_under_spin, sleep_with_irqs_off, sleep_without_preemption,
	sleep_under_rcu, wrong_order, wrong_order_by_three, two_of_a_class, irqs_on_and_off,
	irq_lock_with_irqs_off, not_the_owner, not_held, count_below_zero, leak, leak_in_cache,
	warning,
};

static void mistakes_abort(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		int status;
		pid_t child = fork();

		if (!child) {
			/* What it says is expected: it would only frighten. */
			if (!freopen("/dev/null", "w", stderr))
				_exit(2);
			signal(SIGABRT, SIG_DFL);
			mistakes[i]();
			_exit(0);
		}
		CHECK(child > 0);
		CHECK_EQ(waitpid(child, &status, 0), child);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
			printf("# mistake %u was not noticed\n", i);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void failing_allocations(void)
{
	void *ptr[4];
	int n, i;

	for (n = 1; n <= 4; n++) {
		shim_fail_at(n);
		for (i = 0; i < 4; i++) {
			ptr[i] = kzalloc(8, GFP_KERNEL);
			CHECK(!ptr[i] == (i == n - 1));
		}
		CHECK(shim_failed());
		for (i = 0; i < 4; i++)
			kfree(ptr[i]);
	}
	shim_fail_at(-2);
	ptr[0] = kzalloc(8, GFP_KERNEL);
	ptr[1] = kzalloc(8, GFP_KERNEL);
	CHECK(ptr[0] && !ptr[1] && !kzalloc(8, GFP_KERNEL));
	shim_fail_at(0);
	kfree(ptr[0]);
}

/* Freed only when the reader who might know it is gone. */
static void rcu_waits_for_readers(void)
{
	struct thing {
		struct rcu_head rcu;
	} *thing = kzalloc(sizeof(*thing), GFP_KERNEL);
	long live = shim_live();
	int i;

	rcu_read_lock();
	kfree_rcu(thing, rcu);
	for (i = 0; i < 200; i++) {
		struct thing *other = shim_alloc_sure(sizeof(*other));

		kfree_rcu(other, rcu);
	}
	CHECK_EQ(shim_live(), live + 200);
	rcu_read_unlock();
	shim_rcu_drain();
	CHECK_EQ(shim_live(), live - 1);
}

/* The array against a plain one, with all that tmem relies on. */
static void xarray_like_an_array(void)
{
	static void *plain_array[5000];
	struct xarray xa;
	struct rng rng;
	unsigned int i;

	rng_init(&rng, 0);
	xa_init_flags(&xa, 0);
	memset(plain_array, 0, sizeof(plain_array));
	for (i = 0; i < 40000; i++) {
		u32 index = rng_below(&rng, 1 << rng_below(&rng, 13)) % 5000;
		void *entry = rng_below(&rng, 3) ? (void *)(i * 4UL + 4) : NULL;

		CHECK(xa_store(&xa, index, entry, GFP_KERNEL) == plain_array[index]);
		plain_array[index] = entry;
		index = rng_below(&rng, 5000);
		CHECK(xa_load(&xa, index) == plain_array[index]);
	}
	for (i = 0; i < 5000; i++)
		CHECK(xa_erase(&xa, i) == plain_array[i]);
	CHECK(xa_empty(&xa));
	CHECK_EQ(shim_xa_nodes(&xa), 0);
}

static void xarray_nodes(void)
{
	struct xarray xa;

	xa_init_flags(&xa, 0);
	xa_store(&xa, 0, &xa, GFP_KERNEL);
	CHECK_EQ(shim_xa_nodes(&xa), 0);
	xa_store(&xa, 5, &xa, GFP_KERNEL);
	CHECK_EQ(shim_xa_nodes(&xa), 1);
	xa_store(&xa, 64, &xa, GFP_KERNEL);
	CHECK_EQ(shim_xa_nodes(&xa), 3);
	xa_erase(&xa, 64);
	CHECK_EQ(shim_xa_nodes(&xa), 1);
	xa_erase(&xa, 5);
	CHECK_EQ(shim_xa_nodes(&xa), 0);
	CHECK(xa_load(&xa, 0) == &xa);
	/* Memory for the first node of three only: two stay behind. */
	shim_fail_at(-3);
	CHECK(IS_ERR(xa_store(&xa, U32_MAX, &xa, GFP_NOWAIT)));
	shim_fail_at(0);
	CHECK(xa_load(&xa, 0) == &xa);
	CHECK(shim_xa_nodes(&xa) > 0);
	xa_destroy(&xa);
	CHECK_EQ(shim_xa_nodes(&xa), 0);
}

int main(void)
{
	test_plan(5);
	RUN(mistakes_abort);
	RUN(failing_allocations);
	RUN(rcu_waits_for_readers);
	RUN(xarray_like_an_array);
	RUN(xarray_nodes);
	return test_end();
}
