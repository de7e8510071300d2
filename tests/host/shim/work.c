// SPDX-License-Identifier: GPL-2.0-only
/* Shim: work queues of one thread each, completions, lock-free lists, debugfs. */
#include "custom.h"

#include <stdarg.h>

struct workqueue_struct {
	pthread_t		thread;
	pthread_mutex_t		mutex;
	pthread_cond_t		changed;
	struct work_struct	*first, **last;
	struct work_struct	*running;
	unsigned int		flushers;
	bool			stop;
};

static bool work_held;		/* atomic */

static void *worker(void *arg)
{
	struct workqueue_struct *q = arg;

	pthread_mutex_lock(&q->mutex);
	for (;;) {
		struct work_struct *work = q->first;

		if (!work && q->stop)
			break;
		if (!work || (READ_ONCE(work_held) && !q->flushers && !q->stop)) {
			pthread_cond_wait(&q->changed, &q->mutex);
			continue;
		}
		q->first = work->next;
		if (!q->first)
			q->last = &q->first;
		/* From here on it may be queued again. */
		work->pending = false;
		q->running = work;
		pthread_mutex_unlock(&q->mutex);
		shim_chaos();
		work->func(work);
		/* The work may have freed itself: only its address is used. */
		pthread_mutex_lock(&q->mutex);
		q->running = NULL;
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->mutex);
	return NULL;
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	struct workqueue_struct *q = shim_alloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->changed, NULL);
	q->last = &q->first;
	if (pthread_create(&q->thread, NULL, worker, q))
		shim_die("no thread for work queue %s, flags %x, %d", name, flags, max);
	return q;
}

void destroy_workqueue(struct workqueue_struct *q)
{
	pthread_mutex_lock(&q->mutex);
	q->stop = true;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->mutex);
	pthread_join(q->thread, NULL);
	shim_free(q);
}

bool queue_work(struct workqueue_struct *q, struct work_struct *work)
{
	bool queued = false;

	shim_chaos();
	pthread_mutex_lock(&q->mutex);
	if (!work->pending) {
		work->pending = queued = true;
		__atomic_store_n(&work->queue, q, __ATOMIC_RELAXED);
		work->next = NULL;
		*q->last = work;
		q->last = &work->next;
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->mutex);
	return queued;
}

bool flush_work(struct work_struct *work)
{
	struct workqueue_struct *q = __atomic_load_n(&work->queue, __ATOMIC_RELAXED);
	bool waited = false;

	might_sleep();
	if (!q)
		return false;
	pthread_mutex_lock(&q->mutex);
	q->flushers++;
	pthread_cond_broadcast(&q->changed);
	while (work->pending || q->running == work) {
		waited = true;
		pthread_cond_wait(&q->changed, &q->mutex);
	}
	q->flushers--;
	pthread_mutex_unlock(&q->mutex);
	return waited;
}

void shim_work_hold(bool hold)
{
	WRITE_ONCE(work_held, hold);
}

void init_completion(struct completion *c)
{
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->cond, NULL);
	c->done = 0;
}

void complete(struct completion *c)
{
	pthread_mutex_lock(&c->mutex);
	c->done++;
	pthread_cond_signal(&c->cond);
	pthread_mutex_unlock(&c->mutex);
}

void wait_for_completion(struct completion *c)
{
	might_sleep();
	pthread_mutex_lock(&c->mutex);
	while (!c->done)
		pthread_cond_wait(&c->cond, &c->mutex);
	c->done--;
	pthread_mutex_unlock(&c->mutex);
}

bool llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first, __ATOMIC_RELAXED);

	shim_chaos();
	do {
		node->next = first;
	} while (!__atomic_compare_exchange_n(&head->first, &first, node, false,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return !first;
}

/* ---- debugfs: one flat list of files ----------------------------------------------- */

struct dentry {
	const char			*name;
	struct dentry			*parent, *next;
	void				*data;
	const struct file_operations	*fops;
};

static struct dentry *files;

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	struct dentry *dir = shim_alloc_sure(sizeof(*dir));

	dir->name = name;
	dir->parent = parent;
	return dir;
}

void debugfs_create_file(const char *name, unsigned int mode, struct dentry *parent, void *data,
			 const struct file_operations *fops)
{
	struct dentry *file = shim_alloc_sure(sizeof(*file));

	if (mode != 0444)
		shim_die("debugfs file %s is not read-only", name);
	file->name = name;
	file->parent = parent;
	file->data = data;
	file->fops = fops;
	file->next = files;
	files = file;
}

void debugfs_remove_recursive(struct dentry *dir)
{
	struct dentry **link = &files, *file;

	while ((file = *link)) {
		if (file->parent != dir) {
			link = &file->next;
			continue;
		}
		*link = file->next;
		shim_free(file);
	}
	shim_free(dir);
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *unused), void *data)
{
	struct seq_file *m = shim_alloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->private = data;
	m->show = show;
	file->private_data = m;
	return 0;
}

int single_release(struct inode *inode, struct file *file)
{
	(void)inode;
	shim_free(file->private_data);
	return 0;
}

ssize_t seq_read(struct file *file, char *buf, size_t len, long long *pos)
{
	struct seq_file *m = file->private_data;

	*pos = m->show(m, NULL);
	return snprintf(buf, len, "%s", m->buf);
}

long long seq_lseek(struct file *file, long long offset, int whence)
{
	(void)file;
	return whence ? -EINVAL : offset;
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->buf, sizeof(m->buf), fmt, args);
	va_end(args);
}

long long shim_stat(const char *dir, const char *name)
{
	struct dentry *d;
	struct inode inode;
	struct file file;
	long long pos = 0;
	char buf[64];

	for (d = files; d; d = d->next)
		if (!strcmp(d->name, name) && !strcmp(d->parent->name, dir))
			break;
	if (!d)
		shim_die("no statistic %s/%s", dir, name);
	inode.i_private = d->data;
	if (d->fops->open(&inode, &file))
		shim_die("statistic %s/%s does not open", dir, name);
	if (d->fops->read(&file, buf, sizeof(buf), &pos) <= 0)
		shim_die("statistic %s/%s is empty", dir, name);
	d->fops->release(&inode, &file);
	return strtoll(buf, NULL, 10);
}
