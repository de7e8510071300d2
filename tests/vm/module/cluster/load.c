// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load: threads that submit requests, and what becomes of each of them.
 *
 *   load     runs one, described by what is written, see struct ct_config; fails with
 *            EBADMSG if something happened that must not, with EIO if a request was not
 *            replied to, with ENODATA if there was none
 *   start    the same in the background
 *   end      waits for it, and fails as above; 1: nothing more is submitted
 *
 * A request that was submitted ends exactly once, or the load has failed.
 */
#include "internal.h"

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* How long after its time-out a request is given up: an error. */
#define MISSING_MS	30000

/* How long after a node has gone down its last request may end: an error. */
#define DOWN_MS		5000

/* Pause of a thread that can submit nothing. */
#define REJECTED_MS	10

/**
 * struct ct_thread - one that submits
 * @load:	its load
 * @task:	itself
 * @index:	which one it is
 * @to:		number of the node
 * @node:	the node, if it is not looked up again
 * @key_base:	first of its keys
 * @numbers:	last one of each key, not bulk and bulk
 * @over:	it has submitted its last, and all have ended
 * @wait:	for a free item
 * @lock:	for the rest
 * @free:	items that can be used
 * @under_way:	items that are not free
 * @made:	items so far
 */
struct ct_thread {
	struct ct_load		*load;
	struct task_struct	*task;
	unsigned int		index;
	unsigned int		to;
	struct cluster_node	*node;
	u32			key_base;
	u32			(*numbers)[2];
	struct completion	over;
	wait_queue_head_t	wait;
	spinlock_t		lock;	/* order 3 */
	struct list_head	free;
	unsigned int		under_way;
	unsigned int		made;
};

/**
 * struct ct_load - a load that runs
 * @config:	what it does
 * @run:	random, so that numbers of two loads are told apart
 * @stop:	nothing more is submitted
 * @missing:	requests that have not ended: all of it must stay
 * @left:	requests to be submitted
 * @deadline:	jiffies, for submitting
 * @numbers:	for all threads, if they use the same keys
 * @threads:	config.threads of them
 */
struct ct_load {
	struct ct_config	config;
	u32			run;
	bool			stop;
	bool			missing;
	atomic_t		left;
	unsigned long		deadline;
	u32			numbers[CT_KEYS][2];
	struct ct_thread	threads[];
};

static DEFINE_MUTEX(load_mutex);	/* order 1: load */
static DEFINE_SPINLOCK(order_lock);	/* order 2: numbers that threads share */
static struct ct_load *load;

/* Not the load's: nodes go down at any time. */
static atomic_t under_way[CLUSTER_NODES_MAX];

static bool is_over(const struct ct_load *load)
{
	return READ_ONCE(load->stop) ||
	       (load->config.ms && time_after(jiffies, load->deadline));
}

/* Whether one more is to be submitted. */
static bool take_one(struct ct_load *load)
{
	if (is_over(load))
		return false;
	return !load->config.requests || atomic_dec_if_positive(&load->left) >= 0;
}

/* -- submitting ------------------------------------------------------------------------ */

static int submit_in_order(struct ct_thread *thread, struct cluster_node *node,
			   struct ct_item *item)
{
	const struct ct_config *config = &thread->load->config;
	u32 *number = &thread->numbers[item->key][item->request.bulk];
	unsigned long flags;
	int err;

	if (!config->irqoff) {
		item->head.number = cpu_to_le32(++*number);
		return config->now ? cluster_submit_now(node, &item->request) :
				     cluster_submit(node, &item->request);
	}
	spin_lock_irqsave(&order_lock, flags);
	item->head.number = cpu_to_le32(++*number);
	err = cluster_submit(node, &item->request);
	spin_unlock_irqrestore(&order_lock, flags);
	return err;
}

static int submit_to(struct ct_thread *thread, struct cluster_node *node, struct ct_item *item)
{
	int err;

	item->node = thread->to;
	item->since = ktime_get_ns();
	atomic_inc(&under_way[thread->to]);
	atomic_set(&item->state, CT_SUBMITTED);
	/* If it succeeds the item may be gone already. */
	err = submit_in_order(thread, node, item);
	if (!err) {
		ct_result_inc(submitted);
		return 0;
	}
	if (atomic_cmpxchg(&item->state, CT_SUBMITTED, CT_FREE) != CT_SUBMITTED) {
		ct_result_inc(twice);
		ct_failed("a request has ended that was not submitted");
	}
	atomic_dec(&under_way[thread->to]);
	return err;
}

/* Return: 0; else @item is still the caller's. */
static int submit(struct ct_thread *thread, struct ct_item *item)
{
	struct ct_load *load = thread->load;
	struct cluster_node *node = thread->node ?: cluster_node_get(thread->to);
	int err = -ENOTCONN;

	ct_item_fill(item, &load->config, load->run, thread->key_base);
	if (node)
		err = submit_to(thread, node, item);
	if (node && !thread->node)
		cluster_node_put(node);
	if (!err)
		return 0;
	ct_result_inc(rejected);
	if (err != -ENOTCONN && err != -ESHUTDOWN)
		ct_failed("submitting to node %u: %d", thread->to, err);
	if (load->config.lossy)
		atomic_inc(&load->left);
	else
		WRITE_ONCE(load->stop, true);
	return err;
}

/* -- items ----------------------------------------------------------------------------- */

static void request_done(struct cluster_request *request, const struct cluster_reply *reply);

static struct ct_item *make_item(struct ct_thread *thread, unsigned int own)
{
	const struct ct_config *config = &thread->load->config;
	u64 seed = (u64)config->seed << 32 | thread->index << 24 | thread->made++;
	struct ct_item *item = ct_item_alloc(config, seed, own);

	if (item) {
		item->thread = thread;
		item->request.done = request_done;
	}
	return item;
}

/* The last thing that is done with @item: the thread may end, and free itself. */
static void give_back(struct ct_thread *thread, struct ct_item *item)
{
	unsigned long flags;

	if (thread->load->config.fresh) {
		kvfree(item);
		item = NULL;
	}
	spin_lock_irqsave(&thread->lock, flags);
	if (item)
		list_add_tail(&item->list, &thread->free);
	thread->under_way--;
	wake_up(&thread->wait);
	spin_unlock_irqrestore(&thread->lock, flags);
}

/* Whether there is room for one more; @item: one to be used, NULL: there is none yet. */
static bool take_item(struct ct_thread *thread, struct ct_item **item)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&thread->lock, flags);
	room = thread->under_way < thread->load->config.window;
	if (room) {
		*item = list_first_entry_or_null(&thread->free, struct ct_item, list);
		if (*item)
			list_del(&(*item)->list);
		thread->under_way++;
	}
	spin_unlock_irqrestore(&thread->lock, flags);
	return room;
}

static bool all_ended(struct ct_thread *thread)
{
	unsigned long flags;
	bool ended;

	spin_lock_irqsave(&thread->lock, flags);
	ended = !thread->under_way;
	spin_unlock_irqrestore(&thread->lock, flags);
	return ended;
}

/* -- the end of a request --------------------------------------------------------------- */

static void count_error(const struct ct_item *item, const struct cluster_reply *reply)
{
	switch (reply->error) {
	case -ETIMEDOUT:
		ct_result_inc(timed_out);
		break;
	case -ENOTCONN:
		ct_result_inc(lost);
		break;
	case -ECANCELED:
		ct_result_inc(canceled);
		break;
	case -ENOMEM:
		ct_result_inc(no_memory);
		return;
	case -EOPNOTSUPP:
		ct_result_inc(unknown);
		return;
	case -EMSGSIZE:
		ct_result_inc(too_big);
		return;
	case -ESHUTDOWN:
		ct_result_inc(stopping);
		return;
	default:
		ct_result_inc(odd);
		ct_failed("a request of type %u has ended with %d", item->request.type,
			  reply->error);
		return;
	}
	if (reply->sent)
		ct_result_inc(sent_unsure);
}

static void count_end(const struct ct_item *item, const struct cluster_reply *reply)
{
	ct_result_inc(done);
	if (!reply->error && reply->result == CT_REORDERED && item->request.type == CT_SINK)
		ct_result_inc(reordered);
	else if (ct_item_check(item, reply))
		ct_result_inc(wrong);
	else if (reply->error)
		count_error(item, reply);
	else
		ct_result_inc(ok);
	if (!reply->error)
		ct_result_time(item->request.bulk, ktime_get_ns() - item->since);
}

static void request_done(struct cluster_request *request, const struct cluster_reply *reply)
{
	struct ct_item *item = container_of(request, struct ct_item, request);
	struct ct_thread *thread = item->thread;

	ct_check_context("end of a request");
	if (atomic_cmpxchg(&item->state, CT_SUBMITTED, CT_FREE) != CT_SUBMITTED) {
		ct_result_inc(twice);
		ct_failed("a request has ended that was not submitted, or twice");
		return;
	}
	count_end(item, reply);
	atomic_dec(&under_way[item->node]);
	if (thread->load->config.chain && take_one(thread->load) && !submit(thread, item))
		return;
	give_back(thread, item);
}

/* Nothing may be under way to a node of which the user is told that it is down. */
void ct_load_node_down(unsigned int number)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(DOWN_MS);

	/* Somebody may be about to learn that nothing can be submitted any more. */
	while (atomic_read(&under_way[number])) {
		if (time_after(jiffies, deadline)) {
			ct_failed("node %u is down, but %d requests to it are under way", number,
				  atomic_read(&under_way[number]));
			return;
		}
		usleep_range(200, 400);
	}
}

/* -- threads --------------------------------------------------------------------------- */

static void submit_all(struct ct_thread *thread)
{
	struct ct_load *load = thread->load;
	struct ct_item *item;

	while (!is_over(load)) {
		int err;

		/* Wakes up in time for the end of the load. */
		if (!wait_event_idle_timeout(thread->wait, take_item(thread, &item), HZ / 10))
			continue;
		if (!item)
			item = make_item(thread, thread->made);
		if (!item || !take_one(load)) {
			give_back(thread, item);
			return;
		}
		err = submit(thread, item);
		if (err) {
			give_back(thread, item);
			msleep(REJECTED_MS);
		}
		if (load->config.pause_ms)
			msleep(load->config.pause_ms);
	}
}

static int run_thread(void *arg)
{
	struct ct_thread *thread = arg;
	u32 ms = thread->load->config.timeout_ms + MISSING_MS;

	submit_all(thread);
	if (!wait_event_idle_timeout(thread->wait, all_ended(thread), msecs_to_jiffies(ms))) {
		ct_result_inc(missing);
		WRITE_ONCE(thread->load->missing, true);
		ct_failed("%u requests have never ended", thread->under_way);
	}
	complete(&thread->over);
	wait_event_idle(thread->wait, kthread_should_stop());
	return 0;
}

/* -- the load -------------------------------------------------------------------------- */

/* The other nodes, one after the other. */
static int target_of(const struct ct_config *config, unsigned int index)
{
	DECLARE_BITMAP(map, CLUSTER_NODES_MAX);
	unsigned int number, nr;

	if (config->to != CT_ALL)
		return config->to < CLUSTER_NODES_MAX ? config->to : -ENOENT;
	cluster_node_map(map);
	if (cluster_node_local() >= 0)
		clear_bit(cluster_node_local(), map);
	nr = bitmap_weight(map, CLUSTER_NODES_MAX);
	if (!nr)
		return -ENOENT;
	index %= nr;
	for_each_set_bit(number, map, CLUSTER_NODES_MAX)
		if (!index--)
			break;
	return number;
}

static int init_thread(struct ct_load *load, unsigned int index)
{
	struct ct_thread *thread = &load->threads[index];
	const struct ct_config *config = &load->config;
	u32 keys = config->keys ?: config->window;
	bool shared = config->irqoff && config->keys;
	int to = target_of(config, index);

	if (to < 0)
		return to;
	thread->load = load;
	thread->index = index;
	thread->to = to;
	thread->key_base = shared ? 0 : index * keys;
	thread->numbers = &load->numbers[thread->key_base];
	init_completion(&thread->over);
	init_waitqueue_head(&thread->wait);
	spin_lock_init(&thread->lock);
	INIT_LIST_HEAD(&thread->free);
	if (config->stale) {
		thread->node = cluster_node_get(to);
		if (!thread->node)
			return -ENOENT;
	}
	thread->task = kthread_create(run_thread, thread, "cluster_test/%u", index);
	return PTR_ERR_OR_ZERO(thread->task);
}

/* One that was never woken up does nothing. */
static void destroy_thread(struct ct_thread *thread)
{
	struct ct_item *item, *next;

	if (!IS_ERR_OR_NULL(thread->task))
		kthread_stop(thread->task);
	list_for_each_entry_safe(item, next, &thread->free, list)
		kvfree(item);
	if (thread->node)
		cluster_node_put(thread->node);
}

static void destroy(struct ct_load *load)
{
	unsigned int i;

	/* What has not ended uses all of it, and code of ours. */
	if (load->missing) {
		__module_get(THIS_MODULE);
		return;
	}
	for (i = 0; i < load->config.threads && load->threads[i].load; i++)
		destroy_thread(&load->threads[i]);
	kvfree(load);
}

static struct ct_load *create(char *line)
{
	struct ct_config config;
	struct ct_load *load;
	unsigned int i;
	int err;

	err = ct_config_parse(&config, line);
	if (err)
		return ERR_PTR(err);
	load = kvzalloc(struct_size(load, threads, config.threads), GFP_KERNEL);
	if (!load)
		return ERR_PTR(-ENOMEM);
	load->config = config;
	load->run = get_random_u32();
	atomic_set(&load->left, config.requests);
	load->deadline = jiffies + msecs_to_jiffies(config.ms);
	for (i = 0; i < config.threads; i++) {
		err = init_thread(load, i);
		if (err) {
			destroy(load);
			return ERR_PTR(err);
		}
	}
	return load;
}

static int start(char *line)
{
	struct ct_load *new;
	unsigned int i;
	int err = -EBUSY;

	mutex_lock(&load_mutex);
	if (load)
		goto out;
	new = create(line);
	err = PTR_ERR_OR_ZERO(new);
	if (err)
		goto out;
	load = new;
	ct_results_begin();
	for (i = 0; i < load->config.threads; i++)
		wake_up_process(load->threads[i].task);
out:
	mutex_unlock(&load_mutex);
	return err;
}

static int verdict(const struct ct_load *load)
{
	if (ct_result(wrong) || ct_result(twice) || ct_result(missing) || ct_result(reordered) ||
	    ct_result(odd) || ct_result(done) != ct_result(submitted))
		return -EBADMSG;
	if (!load->config.lossy && (ct_result(rejected) || ct_result(ok) != ct_result(done)))
		return -EIO;
	return ct_result(done) ? 0 : -ENODATA;
}

/* The writer may be killed: nobody waits for the load then. */
static int wait_for_all(struct ct_load *load)
{
	unsigned int i;

	for (i = 0; i < load->config.threads; i++)
		if (wait_for_completion_killable(&load->threads[i].over))
			return -EINTR;
	return 0;
}

static int end(bool now)
{
	int err = -ENOENT;

	mutex_lock(&load_mutex);
	if (!load)
		goto out;
	if (now)
		WRITE_ONCE(load->stop, true);
	err = wait_for_all(load);
	if (err)
		goto out;
	ct_results_end();
	err = verdict(load);
	destroy(load);
	load = NULL;
out:
	mutex_unlock(&load_mutex);
	return err;
}

static ssize_t write_line(const char __user *from, size_t size, bool wait)
{
	char *line;
	int err;

	if (size >= PAGE_SIZE)
		return -EINVAL;
	line = memdup_user_nul(from, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = start(line);
	kfree(line);
	if (!err && wait)
		err = end(false);
	return err ?: size;
}

static ssize_t load_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	return write_line(from, size, true);
}

static const struct file_operations load_fops = {
	.owner	= THIS_MODULE,
	.write	= load_write,
};

static ssize_t start_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	return write_line(from, size, false);
}

static const struct file_operations start_fops = {
	.owner	= THIS_MODULE,
	.write	= start_write,
};

static int set_end(void *unused, u64 now)
{
	return end(now);
}
DEFINE_DEBUGFS_ATTRIBUTE(end_fops, NULL, set_end, "%llu\n");

void ct_load_init(struct dentry *dir)
{
	debugfs_create_file("load", 0200, dir, NULL, &load_fops);
	debugfs_create_file("start", 0200, dir, NULL, &start_fops);
	debugfs_create_file_unsafe("end", 0200, dir, NULL, &end_fops);
}

void ct_load_exit(void)
{
	end(true);
}
