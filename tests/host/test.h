/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP, and random numbers that can be had again: SEED=... repeats a run.
 *
 * A failed CHECK ends the program at once: what comes after it would not mean much,
 * and the sanitizers do the same.
 */
#ifndef TESTS_HOST_TEST_H
#define TESTS_HOST_TEST_H

#include "shim/custom.h"

#define CHECK(cond)							\
do {									\
	if (unlikely(!(cond)))						\
		test_failed(__FILE__, __LINE__, #cond);			\
} while (0)

#define CHECK_EQ(a, b)							\
do {									\
	long long a_ = (long long)(a), b_ = (long long)(b);		\
									\
	if (unlikely(a_ != b_))						\
		test_differs(__FILE__, __LINE__, #a, a_, #b, b_);	\
} while (0)

void test_failed(const char *file, int line, const char *what) __attribute__((noreturn));
void test_differs(const char *file, int line, const char *what, long long is,
		  const char *other, long long should) __attribute__((noreturn));

/*
 * One line of TAP per test function; RUN starts and stops the modules around it.
 * ONLY=name in the environment skips all others.
 */
void test_plan(unsigned int count);
void test_skip_all(const char *why) __attribute__((noreturn));
void test_run(const char *name, void (*fn)(void), bool modules);
void test_skip(const char *why);	/* by the test function itself, before it returns */
int test_end(void);

#define RUN(fn)		test_run(#fn, fn, true)
#define RUN_BARE(fn)	test_run(#fn, fn, false)

/* How much work a randomised test does, as a number chosen for a build without TSan. */
unsigned int test_effort(unsigned int steps);

/* Random numbers: one state per thread of a test, all derived from the seed. */
struct rng {
	u64 state;
};

extern u64 test_seed;
void rng_init(struct rng *rng, unsigned int stream);
u32 rng_next(struct rng *rng);
u32 rng_below(struct rng *rng, u32 limit);

/* Bytes that follow from a number, to be told apart from those of any other. */
void fill_bytes(void *to, size_t len, u64 id);
bool bytes_are(const void *from, size_t len, u64 id);

#endif /* TESTS_HOST_TEST_H */
