// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reserve: page frames and descriptors that swap-out may use when the kernel
 * has none to give.
 *
 * Swap-out runs because memory is short, and the memory it frees comes only when a
 * whole bio is done: a 2 MiB folio of incompressible pages needs 512 page frames
 * before it returns any.  So each live device adds that many to the target, plus
 * some per CPU.  What is freed fills the reserve first; a worker does the rest.
 */
#include "internal.h"
#include "trace.h"

#include <linux/list.h>

#define REFILL_RETRY	msecs_to_jiffies(20)
/* A little below the watermark at which programs stop and wait for us. */
#define REFILL_GFP	(GFP_NOIO | __GFP_HIGH | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

static DEFINE_MUTEX(reserve_mutex);		/* order 2a: changing the target */
static DEFINE_SPINLOCK(reserve_lock);		/* order 11: everything below */
static LIST_HEAD(reserve_pages);		/* by page->lru, which is ours */
static struct zcache_page *reserve_descs;	/* by zcache_page.next */
static struct zcache_reserve_info info;
static unsigned int desc_count;

static void refill(struct work_struct *work);
static DECLARE_DELAYED_WORK(refill_work, refill);

/**
 * zcache_reserve_give_page() - keep a page frame if the reserve is short
 * @page: the caller's; the reserve's if it is kept
 *
 * Context: any, interrupts on or off.
 * Return: whether it is kept.
 */
bool zcache_reserve_give_page(struct page *page)
{
	unsigned long flags;
	bool keep;

	/* Mostly it is full; a stale look only delays the refill. */
	if (READ_ONCE(info.pages) >= READ_ONCE(info.target))
		return false;
	spin_lock_irqsave(&reserve_lock, flags);
	keep = info.pages < info.target;
	if (keep) {
		list_add(&page->lru, &reserve_pages);
		WRITE_ONCE(info.pages, info.pages + 1);
	}
	spin_unlock_irqrestore(&reserve_lock, flags);
	return keep;
}

/**
 * zcache_reserve_give_desc() - keep a descriptor if the reserve is short
 * @zpage: nobody's; the reserve's if it is kept
 *
 * Context: any, interrupts on or off.
 * Return: whether it is kept.
 */
bool zcache_reserve_give_desc(struct zcache_page *zpage)
{
	unsigned long flags;
	bool keep;

	if (READ_ONCE(desc_count) >= READ_ONCE(info.target))
		return false;
	spin_lock_irqsave(&reserve_lock, flags);
	keep = desc_count < info.target;
	if (keep) {
		zpage->next = reserve_descs;
		reserve_descs = zpage;
		WRITE_ONCE(desc_count, desc_count + 1);
	}
	spin_unlock_irqrestore(&reserve_lock, flags);
	return keep;
}

/**
 * zcache_reserve_take_page() - take a page frame
 *
 * Context: any.
 * Return: a page; NULL: the reserve is empty.
 */
struct page *zcache_reserve_take_page(void)
{
	unsigned int left, target;
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&reserve_lock, flags);
	page = list_first_entry_or_null(&reserve_pages, struct page, lru);
	if (page) {
		list_del(&page->lru);
		WRITE_ONCE(info.pages, info.pages - 1);
		info.low = min(info.low, info.pages);
	}
	left = info.pages;
	target = info.target;
	spin_unlock_irqrestore(&reserve_lock, flags);

	if (!page)
		zcache_count(reserve_short);
	trace_zcache_reserve(left, target);
	if (target)
		queue_delayed_work(zcache_wq, &refill_work, 0);
	return page;
}

/**
 * zcache_reserve_take_desc() - take a descriptor
 *
 * Context: any.
 * Return: a descriptor that is nobody's; NULL: the reserve is empty.
 */
struct zcache_page *zcache_reserve_take_desc(void)
{
	struct zcache_page *zpage;
	unsigned long flags;
	bool kick;

	spin_lock_irqsave(&reserve_lock, flags);
	zpage = reserve_descs;
	if (zpage) {
		reserve_descs = zpage->next;
		WRITE_ONCE(desc_count, desc_count - 1);
	}
	kick = info.target;
	spin_unlock_irqrestore(&reserve_lock, flags);
	if (kick)
		queue_delayed_work(zcache_wq, &refill_work, 0);
	return zpage;
}

/**
 * zcache_room_coming() - whether a put that has found no room should be tried again
 *
 * It has found the reserve empty, too, and a worker fills it if there is to be one.
 * That it is short no more just means that the worker was quick.
 *
 * Context: any.
 */
bool zcache_room_coming(void)
{
	return READ_ONCE(info.target);
}

/* Fill up to the target; false if memory ran out. */
static bool fill(gfp_t gfp)
{
	while (READ_ONCE(info.pages) < READ_ONCE(info.target)) {
		struct page *page = alloc_page(gfp);

		if (!page)
			return false;
		zcache_count(frames_allocated);
		if (!zcache_reserve_give_page(page)) {
			__free_page(page);
			zcache_count(frames_freed);
		}
		cond_resched();
	}
	while (READ_ONCE(desc_count) < READ_ONCE(info.target)) {
		struct zcache_page *zpage = zcache_page_new(gfp);

		if (!zpage)
			return false;
		zcache_page_free(zpage);	/* which gives it to us first */
		cond_resched();
	}
	return zbud_refill_frames(gfp);
}

static void refill(struct work_struct *work)
{
	if (!fill(REFILL_GFP))
		queue_delayed_work(zcache_wq, &refill_work, REFILL_RETRY);
}

/* Give back what is above the target. */
static void trim(void)
{
	for (;;) {
		struct zcache_page *zpage = NULL;
		struct page *page = NULL;

		spin_lock_irq(&reserve_lock);
		if (info.pages > info.target) {
			page = list_first_entry(&reserve_pages, struct page, lru);
			list_del(&page->lru);
			WRITE_ONCE(info.pages, info.pages - 1);
		}
		if (desc_count > info.target) {
			zpage = reserve_descs;
			reserve_descs = zpage->next;
			WRITE_ONCE(desc_count, desc_count - 1);
		}
		spin_unlock_irq(&reserve_lock);
		if (!page && !zpage)
			return;
		if (page) {
			__free_page(page);
			zcache_count(frames_freed);
		}
		if (zpage)
			zcache_page_free(zpage);
	}
}

static unsigned int change_target(int pages)
{
	unsigned int target;

	lockdep_assert_held(&reserve_mutex);
	spin_lock_irq(&reserve_lock);
	target = info.target + pages;
	WRITE_ONCE(info.target, target);
	spin_unlock_irq(&reserve_lock);
	return target;
}

static void shrink_by(unsigned int pages)
{
	unsigned int target = change_target(-(int)pages);

	trim();
	spin_lock_irq(&reserve_lock);
	info.low = min(info.low, info.target);
	spin_unlock_irq(&reserve_lock);
	/* Shrinking needs no memory. */
	if (zbud_reserve_frames(target))
		pr_warn("frame reserve not reduced\n");
}

static int grow_by(unsigned int pages)
{
	unsigned int target = change_target(pages);

	if (!fill(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL) ||
	    zbud_reserve_frames(target)) {
		shrink_by(pages);
		return -ENOMEM;
	}
	spin_lock_irq(&reserve_lock);
	info.low = info.pages;
	spin_unlock_irq(&reserve_lock);
	return 0;
}

/**
 * zcache_reserve_add() - make the reserve larger, and fill it
 * @pages: by how many page frames, and descriptors
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: the reserve is as it was.
 */
int zcache_reserve_add(unsigned int pages)
{
	int err;

	mutex_lock(&reserve_mutex);
	err = grow_by(pages);
	mutex_unlock(&reserve_mutex);
	return err;
}
EXPORT_SYMBOL_GPL(zcache_reserve_add);

/**
 * zcache_reserve_sub() - undo zcache_reserve_add()
 * @pages: by how many page frames
 *
 * Context: may sleep.
 */
void zcache_reserve_sub(unsigned int pages)
{
	mutex_lock(&reserve_mutex);
	shrink_by(pages);
	mutex_unlock(&reserve_mutex);
}
EXPORT_SYMBOL_GPL(zcache_reserve_sub);

/**
 * zcache_reserve_info() - state of the reserve, for statistics
 * @out: filled in
 *
 * Context: process context.
 */
void zcache_reserve_info(struct zcache_reserve_info *out)
{
	spin_lock_irq(&reserve_lock);
	*out = info;
	spin_unlock_irq(&reserve_lock);
}

void zcache_reserve_exit(void)
{
	cancel_delayed_work_sync(&refill_work);
	trim();
}
