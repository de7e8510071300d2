// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm-zcache without bios: the table line, generations, records against a simple model, the
 * ring, and what the policy makes of loops, scans and hot sets.
 */
#include "test.h"

#include "mod_dm.h"

/* ---- options ---------------------------------------------------------------- */

#define RAM_PAGES	131072UL

static int parse(struct options *opts, const char *line)
{
	char buf[256], *argv[16], *save, *word;
	const char *error = NULL;
	unsigned int argc = 0;
	int err;

	options_default(opts, RAM_PAGES);
	snprintf(buf, sizeof(buf), "%s", line);
	for (word = strtok_r(buf, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	err = options_parse(opts, argc, argv, &error);
	CHECK(!err == !error);
	return err;
}

static void options_taken(void)
{
	struct options opts;
	char line[256];

	CHECK_EQ(parse(&opts, ""), 0);
	CHECK(!opts.verify && !opts.fifo && !opts.max_pages);
	CHECK_EQ(opts.records, RAM_PAGES);
	CHECK_EQ(opts.stage_pages, RAM_PAGES / 32);
	CHECK_EQ(opts.evict_copy_max, 16);
	CHECK_EQ(options_show(&opts, line, sizeof(line)), 0);

	CHECK_EQ(parse(&opts, "stage_pages=65536 evict_copy_max=512"), 0);
	CHECK_EQ(opts.stage_pages, 65536);
	CHECK_EQ(opts.evict_copy_max, 512);

	CHECK_EQ(parse(&opts, "verify=1 policy=fifo max_pages=16 records=1024"), 0);
	CHECK(opts.verify && opts.fifo);
	CHECK_EQ(opts.max_pages, 16);
	CHECK_EQ(opts.records, 1024);
	options_show(&opts, line, sizeof(line));
	CHECK(!strcmp(line, " max_pages=16 records=1024 verify=1 policy=fifo"));
	/* What is shown is read again as it was, and too little room is no harm. */
	CHECK_EQ(parse(&opts, line), 0);
	CHECK_EQ(options_show(&opts, line, 10), 9);

	CHECK_EQ(parse(&opts, "max_pages=0 verify=0 policy=2q"), 0);
	CHECK(!opts.verify && !opts.fifo && !opts.max_pages);

	/* A machine of a terabyte gets no table that the kernel would not give. */
	options_default(&opts, 1UL << 28);
	CHECK_EQ(opts.records, 33554432);
}

static void options_refused(void)
{
	static const struct bad {
		const char	*line;
		int		err;
	} bad[] = {
		{ "nonsense=1", -EINVAL }, { "nonsense", -EINVAL }, { "=", -EINVAL },
		{ "verify", -EINVAL }, { "verify=", -EINVAL }, { "verify=2", -EINVAL },
		{ "verify=yes", -EINVAL }, { "verif=1", -EINVAL }, { "verifyy=1", -EINVAL },
		{ "verify=1 verify=1", -EINVAL }, { "max_pages=16 max_pages=17", -EINVAL },
		{ "max_pages=15", -ERANGE }, { "max_pages=-1", -EINVAL },
		{ "max_pages=4294967296", -EINVAL }, { "max_pages=0x20", -EINVAL },
		{ "records=0", -ERANGE }, { "records=1023", -ERANGE },
		{ "records=33554433", -ERANGE }, { "stage_pages=15", -ERANGE },
		{ "stage_pages=65537", -ERANGE }, { "evict_copy_max=0", -ERANGE },
		{ "evict_copy_max=513", -ERANGE }, { "evict_copy_max=16x", -EINVAL },
		{ "policy=", -EINVAL }, { "policy=lru", -EINVAL }, { "policy=2q,fifo", -EINVAL },
	};
	struct options opts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(parse(&opts, bad[i].line), bad[i].err);
}

/* ---- generations --------------------------------------------------------------- */

static void generations(void)
{
	struct generations gens;
	u64 sum, other;

	CHECK_EQ(generation_init(&gens, 100, 50), 0);
	CHECK_EQ(gens.mask, COUNTS_MIN - 1);
	sum = generation_sum(&gens, 10, 20);
	other = generation_sum(&gens, 30, 20);
	generation_begin(&gens, 29, 1);
	CHECK(!generation_is_quiet(generation_now(&gens, 29)));
	CHECK(generation_is_quiet(generation_now(&gens, 30)));
	generation_end(&gens, 29, 1);
	CHECK(generation_is_quiet(generation_now(&gens, 29)));
	CHECK(generation_sum(&gens, 10, 20) != sum);
	CHECK_EQ(generation_sum(&gens, 30, 20), other);
	/* Blocks that share a counter are taken for each other, never the other way. */
	sum = generation_now(&gens, 5);
	generation_begin(&gens, 5 + COUNTS_MIN, 1);
	CHECK(generation_now(&gens, 5) != sum);
	/* A long range and a drop are for all blocks. */
	sum = generation_now(&gens, 77);
	generation_begin(&gens, 1000000, COUNTS_MIN + 1);
	CHECK(!generation_is_quiet(generation_now(&gens, 77)));
	generation_end(&gens, 1000000, COUNTS_MIN + 1);
	CHECK(generation_is_quiet(generation_now(&gens, 77)));
	CHECK(generation_now(&gens, 77) != sum);
	sum = generation_sum(&gens, 0, 100);
	generation_bump_all(&gens);
	CHECK(generation_sum(&gens, 0, 100) != sum);
	generation_exit(&gens);
}

/* Equal sums mean that nothing has changed, whatever the order of bumps. */
static void sums(void)
{
	unsigned int step, steps = test_effort(20000);
	struct generations gens;
	struct rng rng;

	rng_init(&rng, 1);
	CHECK_EQ(generation_init(&gens, 64, 64), 0);
	for (step = 0; step < steps; step++) {
		u64 first = rng_below(&rng, 60), count = 1 + rng_below(&rng, 4);
		u64 sum = generation_sum(&gens, first, count);
		u64 at = rng_below(&rng, 60), nr = rng_below(&rng, 4);
		bool hit = at < first + count && first < at + nr;

		if (rng_below(&rng, 2))
			generation_begin(&gens, at, nr);
		else
			generation_end(&gens, at, nr);
		CHECK_EQ(generation_sum(&gens, first, count) != sum, hit && nr);
	}
	generation_exit(&gens);
}

/* ---- records -------------------------------------------------------------------- */

static struct record record_of(unsigned long mapping, u32 index, u64 block)
{
	return (struct record){
		.mapping = mapping, .index = index, .block = block,
		.generation = 7 * block, .hash = 11 * block,
	};
}

static void one_record(void)
{
	struct record r = record_of(0x1000, 5, 9), got;
	struct record_table table;

	CHECK_EQ(sizeof(struct record), 40);
	CHECK_EQ(record_init(&table, 1024), 0);
	CHECK(!record_take(&table, 0x1000, 5, &got));
	record_add(&table, &r);
	CHECK(!record_take(&table, 0x1000, 6, &got));
	CHECK(!record_take(&table, 0x2000, 5, &got));
	/* The newest of two wins, and there is only one. */
	r.block = 10;
	record_add(&table, &r);
	CHECK_EQ(atomic_long_read(&table.count), 1);
	CHECK(record_take(&table, 0x1000, 5, &got));
	CHECK_EQ(got.block, 10);
	CHECK(!record_take(&table, 0x1000, 5, &got));
	CHECK_EQ(atomic_long_read(&table.count), 0);
	record_exit(&table);
}

static void pending(void)
{
	struct record r = record_of(0x1000, 5, 9), got;
	struct record_table table;

	CHECK_EQ(record_init(&table, 1024), 0);
	r.flags = RECORD_PENDING;
	r.generation = 40 * GENERATION_STEP + 1;
	/* Nobody wrote meanwhile. */
	record_add(&table, &r);
	CHECK(record_confirm(&table, 0x1000, 5, 9, r.generation));
	CHECK(!record_confirm(&table, 0x1000, 5, 9, r.generation));
	CHECK(record_take(&table, 0x1000, 5, &got));
	CHECK_EQ(got.generation, 41 * GENERATION_STEP);
	CHECK_EQ(got.flags, 0);
	/* Somebody did. */
	record_add(&table, &r);
	CHECK(!record_confirm(&table, 0x1000, 5, 9, r.generation + GENERATION_STEP));
	CHECK(!record_take(&table, 0x1000, 5, &got));
	/* Somebody still does. */
	r.generation++;
	record_add(&table, &r);
	CHECK(!record_confirm(&table, 0x1000, 5, 9, r.generation));
	CHECK(!record_take(&table, 0x1000, 5, &got));
	/* It is of another block: not ours to confirm. */
	record_add(&table, &r);
	CHECK(!record_confirm(&table, 0x1000, 5, 8, r.generation));
	CHECK(record_take(&table, 0x1000, 5, &got));
	CHECK_EQ(got.flags, RECORD_PENDING);
	record_exit(&table);
}

static void holes(void)
{
	struct record r = record_of(0x1000, 0, 1);
	struct record_table table;
	unsigned int i;

	CHECK_EQ(record_init(&table, 1024), 0);
	r.flags = RECORD_HOLE;
	for (i = 0; i < 100; i++) {
		r.index = i;
		record_add(&table, &r);
	}
	CHECK_EQ(atomic_long_read(&table.holes), 100);
	record_add(&table, &r);
	CHECK_EQ(atomic_long_read(&table.holes), 100);
	CHECK(record_del(&table, 0x1000, 3));
	r.flags = 0;
	r.index = 4;
	record_add(&table, &r);
	CHECK_EQ(atomic_long_read(&table.holes), 98);
	record_clear(&table);
	CHECK_EQ(atomic_long_read(&table.holes), 0);
	CHECK_EQ(atomic_long_read(&table.count), 0);
	record_exit(&table);
}

/* Whatever is found is what was stored last; with few pages nothing is lost. */
static void records_random(void)
{
	enum { MAPPINGS = 8, INDICES = 64 };
	static u64 model[MAPPINGS][INDICES];
	unsigned int step, steps = test_effort(100000), lost = 0, present = 0;
	struct record_table table;
	struct rng rng;

	rng_init(&rng, 2);
	memset(model, 0, sizeof(model));
	CHECK_EQ(record_init(&table, 4 * MAPPINGS * INDICES), 0);
	for (step = 1; step <= steps; step++) {
		u32 m = rng_below(&rng, MAPPINGS), index = rng_below(&rng, INDICES);
		unsigned long mapping = 0xffff888000000040UL + 0x3c0 * m;
		struct record r = record_of(mapping, index, step), got;

		if (rng_below(&rng, 3)) {
			record_add(&table, &r);
			model[m][index] = step;
			continue;
		}
		if (record_take(&table, mapping, index, &got)) {
			CHECK_EQ(got.block, model[m][index]);
			CHECK_EQ(got.hash, 11 * model[m][index]);
			present++;
		} else {
			lost += !!model[m][index];
		}
		model[m][index] = 0;
	}
	/* A full bucket may lose one, rarely. */
	CHECK(lost < present / 20 + 1);
	record_exit(&table);
}

/* ---- ring ------------------------------------------------------------------------- */

static void ring_round(void)
{
	struct ring_entry *entries[17];
	struct ring ring;
	unsigned int i;
	u64 mark;

	CHECK_EQ(ring_init(&ring, 16), 0);
	for (i = 0; i < 16; i++) {
		entries[i] = ring_claim(&ring);
		CHECK(entries[i] && entries[i]->page);
		entries[i]->block = i;
	}
	CHECK(!ring_claim(&ring));
	CHECK(!ring_next(&ring));
	/* In the order of queueing; the first one has to wake a worker. */
	for (i = 0; i < 16; i++)
		CHECK_EQ(ring_queue(&ring, entries[15 - i]), i == 0);
	mark = ring_mark(&ring);
	for (i = 0; i < 16; i++) {
		struct ring_entry *entry = ring_next(&ring);

		CHECK_EQ(entry->block, 15 - i);
		CHECK(!ring_done(&ring, mark, 4));
		ring_release(&ring, entry);
	}
	CHECK(ring_done(&ring, mark, 4));
	CHECK(!ring_next(&ring));
	/* More came since: not before as many are done as may be under way at once. */
	for (i = 0; i < 5; i++)
		ring_queue(&ring, ring_claim(&ring));
	CHECK(!ring_done(&ring, mark, 4));
	for (i = 0; i < 4; i++)
		ring_release(&ring, ring_next(&ring));
	CHECK(ring_done(&ring, mark, 4));
	CHECK_EQ(ring.busy, 1);
	ring_release(&ring, ring_next(&ring));
	ring_exit(&ring);
}

/* A failed allocation leaves nothing behind: the harness counts what is alive. */
static void no_memory(void)
{
	struct record_table table;
	struct generations gens;
	struct policy policy;
	struct ring ring;
	long n;

	for (n = 1; n <= 18; n++) {
		shim_fail_at(n);
		if (!ring_init(&ring, 16))
			ring_exit(&ring);
	}
	shim_fail_at(1);
	CHECK_EQ(record_init(&table, 1024), -ENOMEM);
	shim_fail_at(1);
	CHECK_EQ(generation_init(&gens, 10, 10), -ENOMEM);
	shim_fail_at(1);
	CHECK_EQ(policy_init(&policy, 1024, false, 0, 1024), -ENOMEM);
	shim_fail_at(0);
}

/* ---- policy --------------------------------------------------------------------------- */

/*
 * A page cache (LRU) above a store that drops the oldest and that hits leave: what the
 * policy makes of a sequence of blocks.
 */
#define SIM_BLOCKS	4096

struct sim {
	struct policy	policy;
	unsigned long	cache, store;		/* sizes */
	u64		used[SIM_BLOCKS];	/* in the page cache: last use; else 0 */
	u32		flags[SIM_BLOCKS];	/* of the record, while there */
	u64		put[SIM_BLOCKS];	/* in the store: when put; else 0 */
	unsigned long	cached, held, holes;
	u64		now;
	unsigned long	hits, misses;
};

/* The block for which @at is smallest, and not zero. */
static u32 oldest(const u64 *at)
{
	u32 i, best = SIM_BLOCKS;

	for (i = 0; i < SIM_BLOCKS; i++)
		if (at[i] && (best == SIM_BLOCKS || at[i] < at[best]))
			best = i;
	return best;
}

static void sim_put(struct sim *sim, u32 block, enum policy_verdict verdict)
{
	bool room = sim->held < sim->store;

	if (verdict == POLICY_REJECT)
		return;
	if (!room && verdict == POLICY_STORE) {
		sim->put[oldest(sim->put)] = 0;
		sim->held--;
	}
	if (room || verdict == POLICY_STORE) {
		sim->put[block] = ++sim->now;
		sim->held++;
	}
	if (!room && verdict == POLICY_IF_ROOM)
		policy_full(&sim->policy, sim->held, false);
	policy_result(&sim->policy, sim->flags[block], room || verdict == POLICY_STORE,
		      verdict == POLICY_IF_ROOM, sim->held);
}

static void sim_evict(struct sim *sim)
{
	u32 block = oldest(sim->used), flags = sim->flags[block];
	enum policy_verdict verdict;

	sim->used[block] = 0;
	sim->cached--;
	if (flags & RECORD_HOLE)
		sim->holes--;
	verdict = policy_judge(&sim->policy, flags, false, sim->held, sim->holes);
	policy_evicted(&sim->policy, block, flags);
	sim_put(sim, block, verdict);
}

static void sim_read(struct sim *sim, u32 block)
{
	if (sim->used[block]) {
		sim->used[block] = ++sim->now;
		return;
	}
	sim->flags[block] = 0;
	if (sim->put[block]) {
		sim->put[block] = 0;
		sim->held--;
		sim->hits++;
		sim->holes++;
		sim->flags[block] = RECORD_HOLE | policy_asked(&sim->policy, block, true);
	} else {
		sim->misses++;
		sim->flags[block] = policy_asked(&sim->policy, block, false);
	}
	if (sim->cached == sim->cache)
		sim_evict(sim);
	sim->used[block] = ++sim->now;
	sim->cached++;
}

static struct sim *sim_start(bool fifo)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	sim->cache = 128;
	sim->store = 512;
	CHECK_EQ(policy_init(&sim->policy, SIM_BLOCKS, fifo, 0, sim->store / 2), 0);
	return sim;
}

/* Ends it; returns hits in per mille of what the page cache did not have. */
static unsigned long sim_end(struct sim *sim)
{
	unsigned long permille = sim->hits * 1000 / (sim->hits + sim->misses);

	policy_exit(&sim->policy);
	free(sim);
	return permille;
}

static unsigned long loop(bool fifo, u32 length)
{
	struct sim *sim = sim_start(fifo);
	unsigned int round, block;

	for (round = 0; round < 12; round++) {
		if (round == 2)
			sim->hits = sim->misses = 0;
		for (block = 0; block < length; block++)
			sim_read(sim, block);
	}
	return sim_end(sim);
}

/*
 * Loops: what fits is all found; of what does not fit, about what the store can hold of
 * that part of it which is not in the page cache.
 */
static void policy_loops(void)
{
	CHECK(loop(false, 600) > 990);
	CHECK(loop(true, 600) > 990);
	/* First-in-first-out drops each page just before it is needed. */
	CHECK_EQ(loop(true, 700), 0);
	CHECK(loop(false, 700) > 820);
	CHECK(loop(false, 1000) > 530);
	CHECK(loop(false, 2000) > 240);
}

static unsigned long hot_and_scan(bool fifo)
{
	struct sim *sim = sim_start(fifo);
	unsigned long hits = 0, misses = 0;
	u32 step, scan = 0;
	struct rng rng;

	rng_init(&rng, 3);
	for (step = 0; step < 40000; step++) {
		unsigned long before = sim->hits, missed = sim->misses;

		/* 400 blocks at random, and between them a scan that never comes back soon. */
		if (step % 2) {
			sim_read(sim, rng_below(&rng, 400));
			if (step > 10000) {
				hits += sim->hits - before;
				misses += sim->misses - missed;
			}
		} else {
			sim_read(sim, 400 + scan++ % (SIM_BLOCKS - 400));
		}
	}
	sim_end(sim);
	return hits * 1000 / (hits + misses);
}

/* A hot set beside a long scan stays, better than first-in-first-out keeps it. */
static void policy_scan(void)
{
	CHECK(hot_and_scan(false) > 900);
	CHECK(hot_and_scan(false) > hot_and_scan(true));
}

/* When the work changes, the old pages go. */
static void policy_change(void)
{
	struct sim *sim = sim_start(false);
	unsigned int round, block;

	for (round = 0; round < 5; round++)
		for (block = 0; block < 500; block++)
			sim_read(sim, block);
	for (round = 0; round < 10; round++) {
		if (round == 8)
			sim->hits = sim->misses = 0;
		for (block = 1000; block < 1500; block++)
			sim_read(sim, block);
	}
	CHECK(sim_end(sim) > 900);
}

/* Memory that became free while nothing went is found, by few who try. */
static void policy_retry(void)
{
	struct policy policy;
	unsigned int i, tries = 0;

	CHECK_EQ(policy_init(&policy, 4096, false, 0, 4096), 0);
	policy_full(&policy, 1600, true);
	for (i = 0; i < 1600; i++) {
		if (policy_judge(&policy, 0, false, 1600, 0) == POLICY_IF_ROOM) {
			policy_full(&policy, 1600, true);
			tries++;
		}
		policy_evicted(&policy, i, 0);
	}
	CHECK(tries >= 4 && tries <= 8);
	/* Once it is found, no one else is turned away. */
	for (i = 0; i < 300; i++)
		policy_evicted(&policy, i, 0);
	for (i = 0; i < 300; i++)
		CHECK_EQ(policy_judge(&policy, 0, false, 1600 + i, 0), POLICY_IF_ROOM);
	policy_exit(&policy);
}

/* How many must go from a full store of @held before one more is tried. */
static unsigned int gone_before_a_try(unsigned int held)
{
	struct policy policy;
	unsigned int gone = 0;

	CHECK_EQ(policy_init(&policy, 65536, false, 0, 65536), 0);
	policy_full(&policy, held, false);
	while (policy_judge(&policy, 0, false, held - gone, 0) != POLICY_IF_ROOM)
		gone++;
	policy_exit(&policy);
	return gone;
}

/* What is kept in runs is read with one move of the disk's arm for each. */
static void policy_runs(void)
{
	CHECK_EQ(gone_before_a_try(40000), 1024);
	CHECK_EQ(gone_before_a_try(1600), 100);
}

/*
 * As many holes as are likely to be filled by who left them are kept; the others are not, or
 * the store would be empty as far as its pages are in the page cache.
 */
static void policy_keep(void)
{
	struct policy policy;

	CHECK_EQ(policy_init(&policy, 65536, false, 0, 1000), 0);
	/* Who has come back is hit, who is new is not. */
	atomic_long_set(&policy.yield[0].puts, 1000);
	atomic_long_set(&policy.yield[1].puts, 1000);
	atomic_long_set(&policy.yield[1].hits, 1000);
	/* The limit is not known yet. */
	CHECK_EQ(policy_judge(&policy, 0, false, 15999, 8000), POLICY_IF_ROOM);
	policy_result(&policy, 0, false, true, 16000);
	CHECK_EQ(policy.capacity, 16000);
	CHECK_EQ(policy_judge(&policy, 0, false, 15999, 0), POLICY_IF_ROOM);
	CHECK_EQ(policy_judge(&policy, 0, false, 15500, 500), POLICY_REJECT);
	CHECK_EQ(policy_judge(&policy, 0, false, 14000, 8000), POLICY_REJECT);
	CHECK_EQ(policy_judge(&policy, 0, false, 13999, 8000), POLICY_IF_ROOM);
	/* In a loop who is new is hit as often, and has the holes. */
	atomic_long_set(&policy.yield[0].hits, 1000);
	CHECK_EQ(policy_judge(&policy, 0, false, 15500, 500), POLICY_IF_ROOM);
	policy_exit(&policy);
}

/* The block is evicted, @age others after it, and then it is asked for: what it is. */
static u32 asked_after(struct policy *policy, u64 block, u32 flags, u32 age)
{
	policy_evicted(policy, block, flags);
	atomic_set(&policy->now, atomic_read(&policy->now) + age);
	return policy_asked(policy, block, true);
}

/* Who was near once may drop others, until he stays away for long; who never was may not. */
static void policy_hot(void)
{
	struct policy policy;
	u32 flags;

	CHECK_EQ(policy_init(&policy, 65536, false, 0, 1000), 0);
	policy_full(&policy, 1000, false);
	flags = asked_after(&policy, 7, 0, 1500);
	CHECK_EQ(flags, RECORD_FAR);
	CHECK_EQ(policy_judge(&policy, RECORD_HOLE | flags, false, 1000, 0), POLICY_REJECT);
	flags = asked_after(&policy, 7, 0, 900);
	CHECK_EQ(flags, RECORD_NEAR | RECORD_HOT);
	flags = asked_after(&policy, 7, flags, 1500);
	CHECK_EQ(flags, RECORD_FAR | RECORD_HOT);
	flags = asked_after(&policy, 7, flags, 7900);
	CHECK_EQ(flags, RECORD_HOT);
	CHECK_EQ(policy_judge(&policy, RECORD_HOLE | flags, false, 1000, 0), POLICY_STORE);
	CHECK_EQ(policy_judge(&policy, flags, false, 1000, 0), POLICY_REJECT);
	flags = asked_after(&policy, 7, flags, 8100);
	CHECK_EQ(flags, 0);
	policy_exit(&policy);
}

/* Of ghosts that fall together, who is hot stays for longer. */
static void policy_ghosts(void)
{
	struct policy policy;
	unsigned int i, hot = 0, cold = 0;

	CHECK_EQ(policy_init(&policy, 1024, false, 0, 1024), 0);
	for (i = 0; i < 200; i++)
		policy_evicted(&policy, i, i % 2 ? RECORD_HOT : 0);
	for (i = 1000; i < 3000; i++)
		policy_evicted(&policy, i, 0);
	for (i = 0; i < 200; i++) {
		if (policy_asked(&policy, i, true))
			*(i % 2 ? &hot : &cold) += 1;
	}
	CHECK(hot >= 90);
	CHECK(cold <= 40);
	policy_exit(&policy);
}

static void policy_limit(void)
{
	struct policy policy;

	CHECK_EQ(policy_init(&policy, 1024, false, 100, 100), 0);
	CHECK_EQ(policy_judge(&policy, 0, false, 99, 0), POLICY_IF_ROOM);
	CHECK_EQ(policy_judge(&policy, 0, false, 100, 0), POLICY_REJECT);
	CHECK_EQ(policy_judge(&policy, RECORD_HOLE, false, 100, 0), POLICY_REJECT);
	CHECK_EQ(policy_judge(&policy, RECORD_HOLE | RECORD_HOT, false, 100, 0), POLICY_STORE);
	CHECK_EQ(policy_judge(&policy, RECORD_FAR, false, 100, 0), POLICY_REJECT);
	CHECK_EQ(policy_judge(&policy, RECORD_FAR, true, 100, 0), POLICY_STORE);
	policy_exit(&policy);
}

int main(void)
{
	test_plan(19);
	RUN_BARE(options_taken);
	RUN_BARE(options_refused);
	RUN_BARE(generations);
	RUN_BARE(sums);
	RUN_BARE(one_record);
	RUN_BARE(pending);
	RUN_BARE(holes);
	RUN_BARE(records_random);
	RUN_BARE(ring_round);
	RUN_BARE(no_memory);
	RUN_BARE(policy_loops);
	RUN_BARE(policy_scan);
	RUN_BARE(policy_change);
	RUN_BARE(policy_limit);
	RUN_BARE(policy_retry);
	RUN_BARE(policy_runs);
	RUN_BARE(policy_keep);
	RUN_BARE(policy_hot);
	RUN_BARE(policy_ghosts);
	return test_end();
}
