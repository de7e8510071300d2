// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads that send bios, one page each, and time every one of them.
 *
 * What a bio needs is prepared, and what came back compared, while no clock runs.  User
 * Mode Linux does not preempt kernel code when its timer ticks: a thread that never
 * calls schedule() would keep RCU waiting.
 */
#include "internal.h"

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define PAGES_PER_SCHEDULE	64

struct worker {
	struct kbench_pass	*pass;
	unsigned int		first;	/* position in the order of the operation */
	unsigned int		end;
	struct page		*buffer;
	struct completion	*go;
	struct completion	done;
	int			err;
};

static bool is_write(enum kbench_op op)
{
	return op == KBENCH_SEQWRITE || op == KBENCH_RNDWRITE;
}

static bool is_read(enum kbench_op op)
{
	return op == KBENCH_SEQREAD || op == KBENCH_RNDREAD;
}

static bool is_random(enum kbench_op op)
{
	return op == KBENCH_RNDWRITE || op == KBENCH_RNDREAD || op == KBENCH_HALVE;
}

static const char *corpus_page(const struct kbench_data *data, u32 nr)
{
	return data->corpus + (size_t)nr * PAGE_SIZE;
}

static int transfer(struct worker *w, u32 slot)
{
	enum kbench_op op = w->pass->op;
	struct bio_vec bv;
	struct bio bio;
	int err;

	bio_init(&bio, w->pass->dev->bdev, &bv, 1, is_write(op) ? REQ_OP_WRITE : REQ_OP_READ);
	bio.bi_iter.bi_sector = (sector_t)slot << (PAGE_SHIFT - SECTOR_SHIFT);
	__bio_add_page(&bio, w->buffer, PAGE_SIZE, 0);
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static int discard(struct worker *w, u32 slot)
{
	struct bio bio;
	int err;

	bio_init(&bio, w->pass->dev->bdev, NULL, 0, REQ_OP_DISCARD);
	bio.bi_iter.bi_sector = (sector_t)slot << (PAGE_SHIFT - SECTOR_SHIFT);
	bio.bi_iter.bi_size = PAGE_SIZE;
	err = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return err;
}

static int compare(struct worker *w, u32 slot)
{
	const struct kbench_pass *pass = w->pass;
	const char *got = page_address(w->buffer);
	u32 holds = pass->dev->holds[slot];
	bool same;

	if (holds)
		same = !memcmp(got, corpus_page(pass->data, holds - 1), PAGE_SIZE);
	else
		same = !memchr_inv(got, 0, PAGE_SIZE);
	if (same)
		return 0;
	pr_err("kbench: wrong data in slot %u\n", slot);
	return -EIO;
}

static int one_page(struct worker *w, unsigned int at)
{
	struct kbench_pass *pass = w->pass;
	const struct kbench_data *data = pass->data;
	u32 slot = is_random(pass->op) ? data->order[at] : at;
	u32 nr = (slot + pass->salt) % data->corpus_pages;
	u64 start;
	int err;

	if (is_write(pass->op))
		memcpy(page_address(w->buffer), corpus_page(data, nr), PAGE_SIZE);
	else if (pass->verify)
		memset(page_address(w->buffer), 0x5a, PAGE_SIZE);
	start = bench_cycles();
	err = is_write(pass->op) || is_read(pass->op) ? transfer(w, slot) : discard(w, slot);
	data->times[at] = bench_cycles() - start;
	if (err)
		return err;
	if (!is_read(pass->op))
		pass->dev->holds[slot] = is_write(pass->op) ? nr + 1 : 0;
	else if (pass->verify)
		return compare(w, slot);
	return 0;
}

static int work(void *arg)
{
	struct worker *w = arg;
	unsigned int at;

	wait_for_completion(w->go);
	for (at = w->first; at < w->end && !w->err; at++) {
		w->err = one_page(w, at);
		if (at % PAGES_PER_SCHEDULE == 0)
			schedule();
	}
	/* Not complete() and return: we would return into a module that is gone. */
	kthread_complete_and_exit(&w->done, 0);
}

static int start_worker(struct worker *w)
{
	struct task_struct *task;

	w->buffer = alloc_page(GFP_KERNEL);
	if (!w->buffer)
		return -ENOMEM;
	init_completion(&w->done);
	task = kthread_run(work, w, "kbench");
	return PTR_ERR_OR_ZERO(task);
}

/* All begin together, as far as there are CPUs. */
static int run_workers(struct kbench_pass *pass, struct worker *workers, unsigned int end)
{
	DECLARE_COMPLETION_ONSTACK(go);
	unsigned int i, started;
	struct bench_wall start;
	int err = 0;

	for (i = 0; i < pass->threads && !err; i++) {
		workers[i].pass = pass;
		workers[i].go = &go;
		workers[i].first = (u64)end * i / pass->threads;
		workers[i].end = (u64)end * (i + 1) / pass->threads;
		err = start_worker(&workers[i]);
	}
	started = err ? i - 1 : i;
	for (i = 0; err && i < started; i++)
		workers[i].err = err;
	start = bench_now();
	complete_all(&go);
	for (i = 0; i < started; i++) {
		wait_for_completion(&workers[i].done);
		err = err ?: workers[i].err;
	}
	pass->wall = bench_since(&start);
	return err;
}

/**
 * kbench_run_pass() - one operation on all pages of a device
 * @pass:	which; &kbench_pass.wall and &kbench_data.times are set
 *
 * Return: 0 or what went wrong first.
 */
int kbench_run_pass(struct kbench_pass *pass)
{
	unsigned int i, end = pass->data->pages;
	struct worker *workers;
	int err;

	workers = kcalloc(pass->threads, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	if (pass->op == KBENCH_HALVE)
		end /= 2;
	err = run_workers(pass, workers, end);
	for (i = 0; i < pass->threads; i++)
		if (workers[i].buffer)
			__free_page(workers[i].buffer);
	kfree(workers);
	return err;
}
