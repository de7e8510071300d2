// SPDX-License-Identifier: GPL-2.0-only
/*
 * A remote tier without a network: keeps the bytes in its own memory, answers gets from a
 * workqueue some time later, and now and then loses a page or gives it back.
 */
#include "internal.h"

#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* Gets in flight at least; ->get may not wait for memory. */
#define JOBS_MIN	1024

struct zt_tier_config zt_tier_config;
atomic_long_t zt_tier_count[ZT_TIER_NR];

static DEFINE_SPINLOCK(tier_lock);	/* order 5 */
static LIST_HEAD(tier_pages);		/* those moved here, longest untouched first */
static struct kmem_cache *page_cache;
static struct workqueue_struct *tier_wq;
static mempool_t *jobs;

struct job {
	struct delayed_work	work;
	struct tmem_page	*page;
	struct zcache_get	*get;
};

static struct zt_tier_page *to_tier(struct tmem_page *page)
{
	return container_of(page, struct zt_tier_page, t);
}

static void throw_dice(struct zt_random *random)
{
	static atomic64_t throws;

	random->state = zt_mix(atomic64_inc_return(&throws));
}

struct zt_tier_page *zt_tier_page_make(const void *data, size_t size)
{
	struct zt_tier_page *tp = kmem_cache_alloc(page_cache, GFP_NOIO | __GFP_NOWARN);

	if (!tp)
		return NULL;
	tp->size = size;
	tp->data = kmemdup(data, size, GFP_NOIO | __GFP_NOWARN);
	if (tp->data)
		return tp;
	kmem_cache_free(page_cache, tp);
	return NULL;
}

void zt_tier_page_free(struct zt_tier_page *tp)
{
	kfree(tp->data);
	kmem_cache_free(page_cache, tp);
}

static void unlist(struct zt_tier_page *tp)
{
	unsigned long flags;

	spin_lock_irqsave(&tier_lock, flags);
	list_del_init(&tp->all);
	spin_unlock_irqrestore(&tier_lock, flags);
	zt_tier_dec(pages);
}

/* Take over a pinned local page.  On error @tp is still the caller's. */
int zt_tier_adopt(struct tmem_page *page, u64 version, struct zt_tier_page *tp,
		  enum zcache_format format)
{
	int err;

	/* Before it can be released: that may happen before zcache_page_moved() returns. */
	atomic_set(&tp->live, 1);
	zt_tier_inc(pages);
	spin_lock_irq(&tier_lock);
	list_add_tail(&tp->all, &tier_pages);
	spin_unlock_irq(&tier_lock);

	err = zcache_page_moved(page, version, &tp->t, format);
	if (!err) {
		zt_tier_inc(moved);
		return 0;
	}
	atomic_set(&tp->live, 0);
	unlist(tp);
	zt_tier_inc(stale);
	if (err != -ESTALE)
		zt_failed("a move gave %d", err);
	return err;
}

/* The page untouched for longest, pinned; NULL if there is none. */
struct zt_tier_page *zt_tier_pin_next(void)
{
	struct zt_tier_page *tp, *found = NULL;

	spin_lock_irq(&tier_lock);
	list_for_each_entry(tp, &tier_pages, all) {
		/* One that is listed is not freed, but perhaps not indexed yet, or no more. */
		if (zcache_page_pin(&tp->t)) {
			found = tp;
			break;
		}
	}
	if (found)
		list_move_tail(&found->all, &tier_pages);
	spin_unlock_irq(&tier_lock);
	return found;
}

/* Bring a pinned page back into the store. */
int zt_tier_localize(struct zt_tier_page *tp)
{
	int err = zcache_page_localize(&tp->t, tmem_page_version(&tp->t), tmem_page_host(&tp->t),
				       tp->data, tp->size);

	if (!err)
		zt_tier_inc(localized);
	else if (err == -ESTALE)
		zt_tier_inc(localize_stale);
	else
		zt_tier_inc(localize_failed);
	return err;
}

static int fetch(struct zt_tier_page *tp, struct page *page)
{
	struct zt_random random;
	int err;

	throw_dice(&random);
	if (zt_percent(&random, READ_ONCE(zt_tier_config.lose))) {
		/* An ephemeral page has left the index already. */
		if (!tmem_lose(&tp->t, TMEM_REMOTE, tmem_page_version(&tp->t)))
			zt_tier_inc(lost);
		return -EIO;
	}
	err = zcache_decode(tmem_page_host(&tp->t), tp->data, tp->size, page);
	if (err)
		zt_failed("a page of the tier does not decode: %d", err);
	if (zt_percent(&random, READ_ONCE(zt_tier_config.localize)))
		zt_tier_localize(tp);
	return err;
}

static void answer(struct work_struct *work)
{
	struct job *job = container_of(to_delayed_work(work), struct job, work);
	struct zcache_get *get = job->get;
	int err = fetch(to_tier(job->page), get->page);

	tmem_page_unpin(job->page, TMEM_REMOTE);
	mempool_free(job, jobs);
	zt_tier_inc(answered);
	get->done(get, err);
	zt_tier_dec(in_flight);
}

static void tier_get(struct tmem_page *page, struct zcache_get *get)
{
	struct job *job = mempool_alloc(jobs, GFP_ATOMIC | __GFP_NOWARN);
	struct zt_random random;
	unsigned long delay;

	zt_tier_inc(gets);
	if (!atomic_read(&to_tier(page)->live))
		zt_failed("a get came with a page that was released");
	if (!job) {
		zt_failed("no memory for a get");
		tmem_page_unpin(page, TMEM_REMOTE);
		get->done(get, -EIO);
		return;
	}
	zt_tier_inc(in_flight);
	job->page = page;
	job->get = get;
	throw_dice(&random);
	delay = msecs_to_jiffies(zt_random_below(&random, zt_tier_config.delay_ms + 1));
	INIT_DELAYED_WORK(&job->work, answer);
	queue_delayed_work(tier_wq, &job->work, delay);
}

static void tier_release(struct tmem_pool *pool, struct tmem_page *page)
{
	struct zt_tier_page *tp = to_tier(page);

	if (atomic_xchg(&tp->live, 0) != 1) {
		zt_failed("a page was released twice");
		return;
	}
	if (atomic_read(&page->refs))
		zt_failed("a page was released with pins");
	if (irqs_disabled())
		zt_tier_inc(released_irqs_off);
	zt_tier_inc(released);
	unlist(tp);
	zt_tier_page_free(tp);
}

static void tier_pressure(bool persistent)
{
	zt_tier_inc(pressure);
	zt_mover_wake();
}

static const struct zcache_remote_ops tier_ops = {
	.owner		= THIS_MODULE,
	.api		= ZCACHE_API_VERSION,
	.get		= tier_get,
	.release	= tier_release,
	.pressure	= tier_pressure,
};

static void page_init_once(void *ptr)
{
	struct zt_tier_page *tp = ptr;

	tmem_page_init_once(&tp->t);
	INIT_LIST_HEAD(&tp->all);
	atomic_set(&tp->live, 0);
}

int zt_tier_init(void)
{
	page_cache = kmem_cache_create("zcache_test_page", sizeof(struct zt_tier_page), 0,
				       SLAB_TYPESAFE_BY_RCU, page_init_once);
	if (!page_cache)
		return -ENOMEM;
	jobs = mempool_create_kmalloc_pool(JOBS_MIN, sizeof(struct job));
	if (!jobs)
		goto out_cache;
	tier_wq = alloc_workqueue("zcache_test", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tier_wq)
		goto out_jobs;
	return 0;

out_jobs:
	mempool_destroy(jobs);
out_cache:
	kmem_cache_destroy(page_cache);
	return -ENOMEM;
}

/* The tier is not registered: being registered, it keeps the module loaded. */
void zt_tier_exit(void)
{
	destroy_workqueue(tier_wq);
	mempool_destroy(jobs);
	kmem_cache_destroy(page_cache);
	if (zt_tier_read(pages) || zt_tier_read(moved) != zt_tier_read(released))
		zt_failed("%ld pages left, %ld moved, %ld released", zt_tier_read(pages),
			  zt_tier_read(moved), zt_tier_read(released));
}

/* tier_register api=1 */
int zt_tier_register(struct zt_args *args)
{
	struct zcache_remote_ops ops = tier_ops;
	int err;

	ops.api = zt_arg(args, "api", ZCACHE_API_VERSION);
	err = zt_args_done(args);
	if (err)
		return err;
	/* With a wrong number it must be refused, so it does not matter that it is on the stack. */
	if (ops.api != ZCACHE_API_VERSION)
		return zcache_remote_register(&ops);
	return zcache_remote_register(&tier_ops);
}

/* tier_unregister: EBUSY while pages are here */
int zt_tier_unregister(struct zt_args *args)
{
	int err = zt_args_done(args);

	if (err)
		return err;
	err = zcache_remote_unregister(&tier_ops);
	if (err)
		return err;
	if (zt_tier_read(pages))
		zt_failed("unregistered with %ld pages", zt_tier_read(pages));
	/* Whoever waited for the last page may still be told so. */
	flush_workqueue(tier_wq);
	return 0;
}

/* tier: counters; with arguments of struct zt_tier_config: sets these first */
int zt_tier_show(struct zt_args *args)
{
	struct zt_tier_config config = {
		.delay_ms	= zt_arg(args, "delay_ms", zt_tier_config.delay_ms),
		.localize	= zt_arg(args, "localize", zt_tier_config.localize),
		.lose		= zt_arg(args, "lose", zt_tier_config.lose),
		.fail		= zt_arg(args, "fail", zt_tier_config.fail),
		.pull		= zt_arg(args, "pull", zt_tier_config.pull),
		.max_pages	= zt_arg(args, "max_pages", zt_tier_config.max_pages),
		.kinds		= zt_arg(args, "kinds", zt_tier_config.kinds),
	};
	int err = zt_args_done(args);
	unsigned int i;

	if (err)
		return err;
	zt_tier_config = config;
	for (i = 0; i < ZT_TIER_NR; i++)
		zt_result(zt_tier_names[i], atomic_long_read(&zt_tier_count[i]));
	return 0;
}

/* lose count=1: that many of the pages are not to be had any more, longest untouched first */
int zt_tier_lose(struct zt_args *args)
{
	u64 count = zt_arg(args, "count", 1), lost = 0;
	int err = zt_args_done(args);
	struct zt_tier_page *tp;

	while (!err && lost < count) {
		tp = zt_tier_pin_next();
		if (!tp)
			break;
		if (!tmem_lose(&tp->t, TMEM_REMOTE, tmem_page_version(&tp->t))) {
			zt_tier_inc(lost);
			lost++;
		}
		tmem_page_unpin(&tp->t, TMEM_REMOTE);
	}
	zt_result("lost", lost);
	return err;
}
