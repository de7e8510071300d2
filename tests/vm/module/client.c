// SPDX-License-Identifier: GPL-2.0-only
/* A client: threads that do random things to the keys of one pool, and check the results. */
#include "internal.h"

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/rwsem.h>

#define MAX_WORKERS	16
#define MAX_KEYS	1000000

/* How often a thread sleeps, so that others get the CPU between its locks too. */
#define OPS_PER_NAP	128

static void random_range(struct zt_worker *worker, u32 key)
{
	u32 end = min(round_down(key, ZT_OBJECT_KEYS) + ZT_OBJECT_KEYS, worker->run->keys);

	worker->run->mode->range(worker, key, key + zt_random_below(&worker->random, end - key));
}

static void random_operation(struct zt_worker *worker)
{
	struct zt_run *run = worker->run;
	u32 key = zt_random_below(&worker->random, run->keys);
	u32 choice = zt_random_below(&worker->random, 1000);

	if (choice < run->put)
		run->mode->put(worker, key);
	else if (choice < run->put + run->get)
		run->mode->get(worker, key);
	else if (choice < run->put + run->get + run->flush)
		run->mode->flush(worker, key);
	else
		random_range(worker, key);
}

static int work(void *arg)
{
	struct zt_worker *worker = arg;
	unsigned int ops = 0;

	while (!kthread_should_stop()) {
		random_operation(worker);
		if (++ops % OPS_PER_NAP == 0)
			usleep_range(100, 1000);
		cond_resched();
	}
	return 0;
}

static void free_run(struct zt_run *run)
{
	unsigned int i;

	for (i = 0; i <= run->nr_workers; i++) {
		kfree(run->workers[i].scratch);
		if (run->workers[i].page)
			__free_page(run->workers[i].page);
	}
	if (run->book)
		run->mode->destroy(run->book);
	kfree(run->workers);
	kfree(run);
}

static struct zt_run *alloc_run(const struct zt_run *model)
{
	struct zt_run *run = kmemdup(model, sizeof(*model), GFP_KERNEL);
	unsigned int i;

	if (!run)
		return NULL;
	run->workers = kcalloc(run->nr_workers + 1, sizeof(*run->workers), GFP_KERNEL);
	if (!run->workers) {
		kfree(run);
		return NULL;
	}
	run->book = run->mode->create(run->keys);
	for (i = 0; i <= run->nr_workers; i++) {
		struct zt_worker *worker = &run->workers[i];

		worker->run = run;
		worker->random.state = zt_mix(run->content.seed + i);
		worker->page = alloc_page(GFP_KERNEL);
		worker->scratch = kmalloc(PAGE_SIZE, GFP_KERNEL);
		if (!run->book || !worker->page || !worker->scratch) {
			free_run(run);
			return NULL;
		}
	}
	return run;
}

static void stop_workers(struct zt_run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr_workers; i++) {
		if (run->workers[i].task)
			kthread_stop(run->workers[i].task);
		run->workers[i].task = NULL;
	}
}

static int start_workers(struct zt_run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr_workers; i++) {
		struct task_struct *task;

		task = kthread_run(work, &run->workers[i], "zt%u/%u", run->pool->nr, i);
		if (IS_ERR(task)) {
			stop_workers(run);
			return PTR_ERR(task);
		}
		run->workers[i].task = task;
	}
	return 0;
}

static int start(const struct zt_run *model)
{
	struct zt_run *run = alloc_run(model);
	int err;

	if (!run)
		return -ENOMEM;
	err = start_workers(run);
	if (err)
		free_run(run);
	else
		run->pool->run = run;
	return err;
}

/*
 * start pool=0 threads=4 keys=4096 put=400 get=450 flush=140 free=0 lossy=0 failing=0 and the
 * contents: of 1000 operations that many are of each kind, the rest are flushes of ranges.
 * The pool must be empty.
 */
int zt_client_start(struct zt_args *args)
{
	struct zt_run run = {
		.pool		= zt_pool(zt_arg(args, "pool", 0)),
		.nr_workers	= zt_arg(args, "threads", 4),
		.keys		= zt_arg(args, "keys", 4096),
		.put		= zt_arg(args, "put", 400),
		.get		= zt_arg(args, "get", 450),
		.flush		= zt_arg(args, "flush", 140),
		.lossy		= zt_arg(args, "lossy", 0),
		.failing	= zt_arg(args, "failing", 0),
	};
	int err;

	run.mode = zt_arg(args, "free", 0) ? &zt_free_mode : &zt_locked_mode;
	zt_content_args(&run.content, args);
	err = zt_args_done(args);
	if (err)
		return err;
	if (IS_ERR(run.pool))
		return PTR_ERR(run.pool);
	if (run.pool->run)
		return -EBUSY;
	/* Zero pages do not tell which version they are. */
	if (!run.nr_workers || run.nr_workers > MAX_WORKERS || !run.keys ||
	    run.keys > MAX_KEYS || (run.mode == &zt_free_mode && run.content.zero))
		return -EINVAL;
	return start(&run);
}

void zt_client_end(struct zt_run *run)
{
	stop_workers(run);
	run->pool->run = NULL;
	free_run(run);
}

static void show_counts(const struct zt_run *run)
{
	unsigned int counter, i;

	for (counter = 0; counter < ZT_CLIENT_NR; counter++) {
		u64 sum = 0;

		for (i = 0; i < run->nr_workers; i++)
			sum += run->workers[i].count[counter];
		zt_result(zt_client_names[counter], sum);
	}
}

/* halt pool=0 pools=1: ends the threads of all, so that none slows down a later stop */
int zt_client_halt(struct zt_args *args)
{
	u64 nr = zt_arg(args, "pool", 0);
	u64 end = nr + zt_arg(args, "pools", 1);
	int err = zt_args_done(args);

	for (; !err && nr < end; nr++) {
		struct zt_pool *pool = zt_pool(nr);

		if (IS_ERR(pool) || !pool->run)
			return -ENOENT;
		stop_workers(pool->run);
	}
	return err;
}

/* stop pool=0: ends the threads and gets every key once more */
int zt_client_stop(struct zt_args *args)
{
	struct zt_pool *pool = zt_pool(zt_arg(args, "pool", 0));
	int err = zt_args_done(args);
	struct zt_worker *verifier;
	struct zt_run *run;
	u32 key;

	if (err)
		return err;
	if (IS_ERR(pool) || !pool->run)
		return -ENOENT;
	run = pool->run;
	stop_workers(run);
	show_counts(run);
	verifier = &run->workers[run->nr_workers];
	for (key = 0; key < run->keys; key++) {
		run->mode->get(verifier, key);
		cond_resched();
	}
	zt_result("verified", verifier->count[ZT_hits]);
	pool->run = NULL;
	free_run(run);
	return 0;
}
