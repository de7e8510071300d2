// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shim: the context of each thread, its locks and their order, RCU, and chaos.
 *
 * Lock order: a graph of classes.  An edge is added when a lock of one class is taken
 * while one of another is held; an edge that would close a circle aborts, whether or
 * not the two threads ever met.
 */
#include "custom.h"

#include <sched.h>
#include <unistd.h>

#define MAX_HELD	8
#define MAX_CLASSES	64

struct shim_thread {
	struct shim_thread	*next, *prev;	/* threads_mutex */
	unsigned long		rcu_epoch;	/* atomic; zero outside of read sections */
	int			rcu_depth;
	int			preempt_depth;
	int			spins;
	int			nr_held;
	struct shim_lock	*held[MAX_HELD];
	bool			irqs_off;
	bool			known;
	u64			dice;
};

static __thread struct shim_thread self;

static pthread_mutex_t threads_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct shim_thread *threads;
static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

bool shim_chaos_on;

static void thread_exit(void *arg)
{
	struct shim_thread *t = arg;

	if (t->rcu_depth || t->nr_held || t->preempt_depth || t->irqs_off)
		shim_die("a thread ends with locks, RCU, preemption or interrupts unbalanced");
	pthread_mutex_lock(&threads_mutex);
	if (t->next)
		t->next->prev = t->prev;
	if (t->prev)
		t->prev->next = t->next;
	else
		threads = t->next;
	pthread_mutex_unlock(&threads_mutex);
	t->known = false;
}

static void make_key(void)
{
	if (pthread_key_create(&thread_key, thread_exit))
		abort();
}

static struct shim_thread *me(void)
{
	static unsigned long count;

	if (likely(self.known))
		return &self;
	pthread_once(&thread_once, make_key);
	pthread_setspecific(thread_key, &self);
	pthread_mutex_lock(&threads_mutex);
	self.dice = 0x9e3779b97f4a7c15ULL * ++count;
	self.prev = NULL;
	self.next = threads;
	if (threads)
		threads->prev = &self;
	threads = &self;
	pthread_mutex_unlock(&threads_mutex);
	self.known = true;
	return &self;
}

void shim_chaos_now(void)
{
	struct shim_thread *t = me();

	t->dice ^= t->dice << 13;
	t->dice ^= t->dice >> 7;
	t->dice ^= t->dice << 17;
	if (!(t->dice & 0x7ff))
		usleep(t->dice >> 20 & 0x3f);
	else if (!(t->dice & 0x1f))
		sched_yield();
}

/* Who spins waits for another thread: with few cores it has to be let run. */
void cpu_relax(void)
{
	sched_yield();
}

/* ---- interrupts and preemption -------------------------------------------------- */

bool shim_irqs_on(void)
{
	return !me()->irqs_off;
}

void shim_irqs(bool on)
{
	me()->irqs_off = !on;
}

unsigned long shim_irq_save(void)
{
	struct shim_thread *t = me();
	bool were_off = t->irqs_off;

	t->irqs_off = true;
	return were_off;
}

void shim_irq_restore(unsigned long flags)
{
	me()->irqs_off = flags;
}

void shim_irq_disable(void)
{
	if (me()->irqs_off)
		shim_die("spin_lock_irq() with interrupts off: unlocking would turn them on");
	me()->irqs_off = true;
}

void preempt_disable(void)
{
	me()->preempt_depth++;
}

void preempt_enable(void)
{
	if (me()->preempt_depth-- <= 0)
		shim_die("preempt_enable() without preempt_disable()");
}

void shim_might_sleep(const char *file, int line)
{
	struct shim_thread *t = me();

	if (t->spins || t->irqs_off || t->preempt_depth || t->rcu_depth)
		shim_die("%s:%d sleeps: %d spin locks held, interrupts %s, preemption %s, RCU %d",
			 file, line, t->spins, t->irqs_off ? "off" : "on",
			 t->preempt_depth ? "off" : "on", t->rcu_depth);
}

/* ---- locks ------------------------------------------------------------------------ */

static pthread_mutex_t order_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned char order_edge[MAX_CLASSES][MAX_CLASSES];	/* [outer][inner] */
static struct shim_class *classes[MAX_CLASSES];
static int nr_classes = 1;

static int class_id(struct shim_class *class)
{
	int id = __atomic_load_n(&class->id, __ATOMIC_ACQUIRE);

	if (id)
		return id;
	pthread_mutex_lock(&order_mutex);
	if (!class->id) {
		if (nr_classes == MAX_CLASSES)
			shim_die("more than %d lock classes", MAX_CLASSES);
		classes[nr_classes] = class;
		__atomic_store_n(&class->id, nr_classes++, __ATOMIC_RELEASE);
	}
	id = class->id;
	pthread_mutex_unlock(&order_mutex);
	return id;
}

/* Whether @to is taken, somewhere, while @from or what is taken under it is held. */
static bool order_reaches(int from, int to, int depth)
{
	int i;

	if (from == to)
		return true;
	for (i = 1; i < nr_classes && depth; i++)
		if (READ_ONCE(order_edge[from][i]) && order_reaches(i, to, depth - 1))
			return true;
	return false;
}

static void order_check(struct shim_lock *outer, struct shim_lock *inner)
{
	int a = class_id(outer->class), b = class_id(inner->class);

	if (outer == inner)
		shim_die("%s is taken twice", inner->class->name);
	if (a == b)
		shim_die("two locks of class %s at once", inner->class->name);
	if (likely(READ_ONCE(order_edge[a][b])))
		return;
	pthread_mutex_lock(&order_mutex);
	if (order_reaches(b, a, MAX_CLASSES))
		shim_die("wrong lock order: %s is taken under %s", inner->class->name,
			 outer->class->name);
	WRITE_ONCE(order_edge[a][b], 1);
	pthread_mutex_unlock(&order_mutex);
}

void shim_lock_init(struct shim_lock *lock, struct shim_class *class)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->owner = NULL;
	lock->taken = 0;
	lock->class = class;
}

bool shim_lock_held(const struct shim_lock *lock)
{
	return READ_ONCE(lock->owner) == &self;
}

static void lock_take(struct shim_lock *lock)
{
	struct shim_thread *t = me();
	int i;

	for (i = 0; i < t->nr_held; i++)
		order_check(t->held[i], lock);
	if (t->nr_held == MAX_HELD)
		shim_die("more than %d locks held", MAX_HELD);
	shim_chaos();
	pthread_mutex_lock(&lock->mutex);
	WRITE_ONCE(lock->owner, (const void *)t);
	lock->taken++;
	t->held[t->nr_held++] = lock;
}

static void lock_release(struct shim_lock *lock)
{
	struct shim_thread *t = me();
	int i;

	if (!shim_lock_held(lock))
		shim_die("%s is unlocked by a thread that does not hold it", lock->class->name);
	for (i = 0; t->held[i] != lock; i++)
		;
	for (t->nr_held--; i < t->nr_held; i++)
		t->held[i] = t->held[i + 1];
	WRITE_ONCE(lock->owner, (const void *)NULL);
	pthread_mutex_unlock(&lock->mutex);
	shim_chaos();
}

void shim_spin_lock(spinlock_t *lock, bool irq_safe)
{
	struct shim_thread *t = me();

	if (irq_safe)
		WRITE_ONCE(lock->class->irq_safe, true);
	if (!t->irqs_off)
		WRITE_ONCE(lock->class->irqs_on, true);
	if (READ_ONCE(lock->class->irq_safe) && READ_ONCE(lock->class->irqs_on))
		shim_die("%s is taken with interrupts on, and elsewhere with irqsave",
			 lock->class->name);
	lock_take(lock);
	t->spins++;
}

void shim_spin_unlock(spinlock_t *lock)
{
	me()->spins--;
	lock_release(lock);
}

void mutex_lock(struct mutex *mutex)
{
	might_sleep();
	lock_take(&mutex->lock);
}

void mutex_unlock(struct mutex *mutex)
{
	lock_release(&mutex->lock);
}

/* ---- RCU ------------------------------------------------------------------------- */

#define RCU_BATCH	32

static pthread_mutex_t rcu_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long rcu_epoch = 1;	/* atomic, written under rcu_mutex */
static struct rcu_head *rcu_waiting;	/* newest first */
static unsigned int rcu_nr_waiting;

/*
 * The exchange meets the fetch-and-add of rcu_oldest_reader(): either that one sees
 * this reader, or this reader sees all that was unpublished before that one.
 */
void rcu_read_lock(void)
{
	struct shim_thread *t = me();

	if (t->rcu_depth++)
		return;
	__atomic_exchange_n(&t->rcu_epoch, __atomic_load_n(&rcu_epoch, __ATOMIC_ACQUIRE),
			    __ATOMIC_ACQ_REL);
	shim_chaos();
}

void rcu_read_unlock(void)
{
	struct shim_thread *t = me();

	if (t->rcu_depth <= 0)
		shim_die("rcu_read_unlock() without rcu_read_lock()");
	shim_chaos();
	if (!--t->rcu_depth)
		__atomic_store_n(&t->rcu_epoch, 0, __ATOMIC_RELEASE);
}

bool shim_rcu_held(void)
{
	return me()->rcu_depth;
}

static unsigned long rcu_oldest_reader(void)
{
	unsigned long oldest = ULONG_MAX;
	struct shim_thread *t;

	pthread_mutex_lock(&threads_mutex);
	for (t = threads; t; t = t->next) {
		unsigned long epoch = __atomic_fetch_add(&t->rcu_epoch, 0, __ATOMIC_ACQ_REL);

		if (epoch && epoch < oldest)
			oldest = epoch;
	}
	pthread_mutex_unlock(&threads_mutex);
	return oldest;
}

/* Free what no reader can know any more.  rcu_mutex is held. */
static void rcu_advance(void)
{
	struct rcu_head **link = &rcu_waiting, *head;
	unsigned long oldest;

	__atomic_store_n(&rcu_epoch, rcu_epoch + 1, __ATOMIC_RELEASE);
	oldest = rcu_oldest_reader();
	while ((head = *link)) {
		if (head->epoch < oldest) {
			*link = head->next;
			rcu_nr_waiting--;
			shim_free(head->object);
		} else {
			link = &head->next;
		}
	}
}

void shim_kfree_rcu(void *object, struct rcu_head *head)
{
	pthread_mutex_lock(&rcu_mutex);
	head->object = object;
	head->epoch = rcu_epoch;
	head->next = rcu_waiting;
	rcu_waiting = head;
	if (++rcu_nr_waiting % RCU_BATCH == 0)
		rcu_advance();
	pthread_mutex_unlock(&rcu_mutex);
}

void shim_rcu_drain(void)
{
	unsigned int tries;
	bool left = true;

	for (tries = 0; left && tries < 100000; tries++) {
		if (tries)
			usleep(50);
		pthread_mutex_lock(&rcu_mutex);
		rcu_advance();
		left = rcu_waiting;
		pthread_mutex_unlock(&rcu_mutex);
	}
	if (left)
		shim_die("a reader is in an RCU section for ever");
}
