// SPDX-License-Identifier: GPL-2.0-only
/* asks: are there guards for mutexes, spin locks and RCU?   expect: v6.5 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

void probe(struct mutex *mutex, spinlock_t *lock);
void probe(struct mutex *mutex, spinlock_t *lock)
{
	guard(mutex)(mutex);
	scoped_guard(spinlock_irqsave, lock) {
		guard(rcu)();
	}
}
