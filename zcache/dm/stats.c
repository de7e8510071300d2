// SPDX-License-Identifier: GPL-2.0-only
/* Statistics of a target: the status line. */
#include "internal.h"

static u64 sum(const struct victim *v, unsigned int nr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(v->stats, cpu)[nr]);
	return sum;
}

/**
 * stats_show() - the status line
 * @v:		the target
 * @result:	where to
 * @maxlen:	room there
 *
 * Context: may sleep.
 * Return: bytes written.
 */
size_t stats_show(const struct victim *v, char *result, size_t maxlen)
{
	static const char * const names[] = {
#define VICTIM_NAME(name, help) #name,
		VICTIM_COUNTERS(VICTIM_NAME)
#undef VICTIM_NAME
	};
	unsigned int i;
	size_t sz = 0;

	DMEMIT("pages=%lu", victim_held(v));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		DMEMIT(" %s=%llu", names[i], sum(v, i));
		if (i == VICTIM_ST_recorded)
			DMEMIT(" records=%ld", atomic_long_read(&v->records.count));
	}
	DMEMIT(" enabled=%d", READ_ONCE(v->enabled));
	return sz;
}

/**
 * stats_reset() - begin to count anew; what is counted meanwhile may survive
 * @v: the target
 *
 * Context: may sleep.
 */
void stats_reset(struct victim *v)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(v->stats, cpu), 0, VICTIM_ST_NR * sizeof(u64));
}
