// SPDX-License-Identifier: GPL-2.0-only
/* See test.h. */
#include "test.h"

#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN	1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN	1
#endif
#endif
#ifndef WITH_TSAN
#define WITH_TSAN	0
#endif

u64 test_seed;

static unsigned int tests_planned, tests_done;
static const char *skipped;

void test_failed(const char *file, int line, const char *what)
{
	fflush(stdout);
	printf("not ok %u\n# %s:%d: %s\n# SEED=%llu repeats this run\n", tests_done + 1, file, line,
	       what, test_seed);
	fflush(stdout);
	/* Threads may be at work, so no exit handlers; and a fuzzer keeps what aborts. */
	abort();
}

void test_differs(const char *file, int line, const char *what, long long is,
		  const char *other, long long should)
{
	char text[512];

	snprintf(text, sizeof(text), "%s is %lld, %s is %lld", what, is, other, should);
	test_failed(file, line, text);
}

void test_plan(unsigned int count)
{
	const char *seed = getenv("SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	test_seed = seed && *seed ? strtoull(seed, NULL, 0) :
				    (u64)now.tv_nsec << 12 ^ now.tv_sec ^ getpid();
	tests_planned = count;
	printf("1..%u\n# SEED=%llu\n", count, test_seed);
	fflush(stdout);
}

void test_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

void test_skip(const char *why)
{
	skipped = why;
}

void test_run(const char *name, void (*fn)(void), bool modules)
{
	const char *only = getenv("ONLY");
	struct timespec from, to;

	if (only && *only && strcmp(only, name)) {
		printf("ok %u - %s # SKIP ONLY=%s\n", ++tests_done, name, only);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (modules)
		CHECK_EQ(shim_start(), 0);
	fn();
	if (modules)
		shim_stop();
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("ok %u - %s (%ld ms)%s%s\n", ++tests_done, name,
	       (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000,
	       skipped ? " # SKIP " : "", skipped ? skipped : "");
	skipped = NULL;
	fflush(stdout);
}

int test_end(void)
{
	if (tests_done != tests_planned)
		shim_die("%u tests planned, %u run", tests_planned, tests_done);
	return 0;
}

unsigned int test_effort(unsigned int steps)
{
	const char *factor = getenv("EFFORT");

	if (factor && *factor)
		steps *= strtoul(factor, NULL, 0);
	return WITH_TSAN ? steps / 4 : steps;
}

void rng_init(struct rng *rng, unsigned int stream)
{
	rng->state = test_seed + stream * 0x632be59bd9b4e019ULL;
}

/* splitmix64 */
u32 rng_next(struct rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z >> 32;
}

u32 rng_below(struct rng *rng, u32 limit)
{
	return (u64)rng_next(rng) * limit >> 32;
}

static u64 word_of(u64 id, size_t nr)
{
	return (id + 1) * 0x9e3779b97f4a7c15ULL ^ (nr + 1) * 0xc2b2ae3d27d4eb4fULL;
}

void fill_bytes(void *to, size_t len, u64 id)
{
	char *at = to;
	size_t nr, part;

	for (nr = 0; len; nr++, at += part, len -= part) {
		u64 word = word_of(id, nr);

		part = min_t(size_t, len, sizeof(word));
		memcpy(at, &word, part);
	}
}

bool bytes_are(const void *from, size_t len, u64 id)
{
	const char *at = from;
	size_t nr, part;

	for (nr = 0; len; nr++, at += part, len -= part) {
		u64 word = word_of(id, nr);

		part = min_t(size_t, len, sizeof(word));
		if (memcmp(at, &word, part))
			return false;
	}
	return true;
}
