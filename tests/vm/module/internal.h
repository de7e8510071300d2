/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zcache_test - a front end and a fake remote tier, for tests in a guest.
 *
 * Commands are lines written to debugfs zcache_test/command, "verb name=number ...", see the
 * table in main.c.  They run in the writer's context and leave "name value" lines in
 * zcache_test/result.  What must never happen is counted in zcache_test/errors and logged
 * as FAILED; a command during which that was the case fails with EBADMSG.
 *
 * Locks, outermost first:
 *   1 command_mutex    mutex          one command at a time; the table of pools
 *   2 object->lock     rwsem          the 64 keys of an object; write: all of them
 *   3 key->lock        mutex          one key of a client that does not overlap operations
 *   4 key->lock        spin           bookkeeping of a client that does (free.c)
 *   5 tier_lock        spin, irqs off the tier's pages
 * 2 and 3 are held over calls of zcache, 4 and 5 never.
 */
#ifndef RAMSTER_ZCACHE_TEST_INTERNAL_H
#define RAMSTER_ZCACHE_TEST_INTERNAL_H

#include "stats.h"
#include "zcache/zcache.h"

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* main.c */
extern atomic_t zt_errors;

#define ZT_ERRORS_SHOWN	20

/* Something that must never happen. */
#define zt_failed(fmt, ...)						\
do {									\
	if (atomic_inc_return(&zt_errors) <= ZT_ERRORS_SHOWN)		\
		pr_err("FAILED: " fmt "\n", ##__VA_ARGS__);		\
} while (0)

void zt_result(const char *name, u64 value);

/* args.c */
#define ZT_MAX_ARGS	24

struct zt_args {
	const char	*verb;
	unsigned int	nr;
	int		err;
	struct {
		const char	*name;
		u64		value;
		bool		used;
	} arg[ZT_MAX_ARGS];
};

int zt_args_parse(struct zt_args *args, char *line);
u64 zt_arg(struct zt_args *args, const char *name, u64 missing);
int zt_args_done(const struct zt_args *args);

/* content.c */

/* Good enough to choose by, and the same in every run. */
struct zt_random {
	u64	state;
};

u64 zt_mix(u64 value);
u64 zt_random(struct zt_random *random);
u32 zt_random_below(struct zt_random *random, u32 limit);
bool zt_percent(struct zt_random *random, u32 percent);

/**
 * struct zt_content - what pages look like
 * @seed:	other seeds give other pages
 * @zero:	percent of pages that are all zeroes
 * @filled:	percent of pages that are one other word
 * @noise:	percent of pages that do not compress at all
 * @text:	percent of pages of random digits: entropy coding halves them, LZO does not
 * @bytes:	bytes of noise in all other pages, behind a phrase repeated; 0: varies
 */
struct zt_content {
	u64	seed;
	u32	zero;
	u32	filled;
	u32	noise;
	u32	text;
	u32	bytes;
};

void zt_content_args(struct zt_content *content, struct zt_args *args);
void zt_content_make(const struct zt_content *content, u32 key, u32 version, void *dst);
bool zt_content_is(const struct zt_content *content, u32 key, u32 version, struct page *page,
		   void *scratch);
u32 zt_content_version(const struct zt_content *content, u32 key, struct page *page,
		       void *scratch);

/* pool.c */
#define ZT_POOLS	512
#define ZT_OBJECT_KEYS	64

struct zt_run;

struct zt_pool {
	struct zcache_pool	*zcache;
	struct zt_run		*run;		/* its client threads */
	unsigned int		nr;
	bool			persistent;
};

struct zt_pool *zt_pool(u64 nr);
int zt_pool_create(struct zt_args *args);
int zt_pool_destroy(struct zt_args *args);
void zt_pools_exit(void);

u32 zt_key_of(const struct tmem_handle *handle);
int zt_put(struct zt_pool *pool, u32 key, struct page *page);
int zt_get(struct zt_pool *pool, u32 key, struct page *page);
bool zt_flush(struct zt_pool *pool, u32 key);
unsigned long zt_flush_keys(struct zt_pool *pool, u32 first, u32 last);
int zt_put_stored(struct zt_pool *pool, u32 key, enum zcache_format format, const void *data,
		  size_t size);
int zt_read_stored(struct zt_pool *pool, u32 key,
		   int (*emit)(void *arg, const void *data, size_t size), void *arg);

/* sequence.c */
int zt_fill(struct zt_args *args);
int zt_check(struct zt_args *args);
int zt_flush_command(struct zt_args *args);

/* stored.c */
int zt_stored_sizes(struct zt_args *args);
int zt_stored_noise(struct zt_args *args);

/* lent.c */
int zt_lent_fill(struct zt_args *args);
int zt_lent_check(struct zt_args *args);
int zt_lent_refuse(struct zt_args *args);
int zt_usage(struct zt_args *args);

/* scan.c */
int zt_scan(struct zt_args *args);

/* client.c */
/**
 * struct zt_worker - a thread of a client
 * @run:	its client
 * @task:	NULL: it has ended, or is the one that verifies at the end
 * @random:	what it does next
 * @page:	for put and get
 * @scratch:	one page, to compare with
 * @count:	by enum zt_client_counter
 */
struct zt_worker {
	struct zt_run		*run;
	struct task_struct	*task;
	struct zt_random	random;
	struct page		*page;
	void			*scratch;
	u64			count[ZT_CLIENT_NR];
};

/**
 * struct zt_mode - how a client keeps book
 * @create:	make the book for run->keys keys
 * @destroy:	undo that
 * @put:	put a new version of a key
 * @get:	get a key and compare
 * @flush:	flush a key
 * @range:	flush the keys from first to last, which are of one object
 */
struct zt_mode {
	void	*(*create)(u32 keys);
	void	(*destroy)(void *book);
	void	(*put)(struct zt_worker *worker, u32 key);
	void	(*get)(struct zt_worker *worker, u32 key);
	void	(*flush)(struct zt_worker *worker, u32 key);
	void	(*range)(struct zt_worker *worker, u32 first, u32 last);
};

struct zt_run {
	struct zt_pool		*pool;
	const struct zt_mode	*mode;
	void			*book;
	struct zt_content	content;
	u32			keys;
	u32			put, get, flush;	/* of 1000 operations */
	bool			lossy;			/* pages may be lost */
	bool			failing;		/* puts may fail; only free.c cares */
	unsigned int		nr_workers;
	struct zt_worker	*workers;		/* one more than that, to verify */
};

extern const struct zt_mode zt_locked_mode;
extern const struct zt_mode zt_free_mode;

int zt_client_start(struct zt_args *args);
int zt_client_halt(struct zt_args *args);
int zt_client_stop(struct zt_args *args);
void zt_client_end(struct zt_run *run);

/* tier.c */
extern atomic_long_t zt_tier_count[ZT_TIER_NR];

#define zt_tier_inc(name)	atomic_long_inc(&zt_tier_count[ZT_TIER_##name])
#define zt_tier_dec(name)	atomic_long_dec(&zt_tier_count[ZT_TIER_##name])
#define zt_tier_read(name)	atomic_long_read(&zt_tier_count[ZT_TIER_##name])

struct zt_tier_page {
	struct tmem_page	t;
	struct list_head	all;	/* tier_lock */
	atomic_t		live;	/* one from move to release */
	u32			size;
	void			*data;
};

/**
 * struct zt_tier_config - how the tier behaves; read at any time, written by commands
 * @delay_ms:	longest time until a get is answered
 * @localize:	percent of gets after which the page comes back for good
 * @lose:	percent of gets that lose the page
 * @fail:	percent of frames whose move fails
 * @pull:	percent of the mover's rounds that bring pages back
 * @max_pages:	the mover moves none out while there are more
 * @kinds:	which it moves: 1 ephemeral, 2 persistent
 */
struct zt_tier_config {
	u32	delay_ms;
	u32	localize;
	u32	lose;
	u32	fail;
	u32	pull;
	u32	max_pages;
	u32	kinds;
};

extern struct zt_tier_config zt_tier_config;

int zt_tier_init(void);
void zt_tier_exit(void);
int zt_tier_register(struct zt_args *args);
int zt_tier_unregister(struct zt_args *args);
int zt_tier_show(struct zt_args *args);
int zt_tier_lose(struct zt_args *args);
struct zt_tier_page *zt_tier_page_make(const void *data, size_t size);
void zt_tier_page_free(struct zt_tier_page *tp);
int zt_tier_adopt(struct tmem_page *page, u64 version, struct zt_tier_page *tp,
		  enum zcache_format format);
struct zt_tier_page *zt_tier_pin_next(void);
int zt_tier_localize(struct zt_tier_page *tp);

/* mover.c */
int zt_hold_start(struct zt_args *args);
int zt_hold_show(struct zt_args *args);
int zt_hold_stop(struct zt_args *args);
void zt_hold_exit(void);

int zt_mover_start(struct zt_args *args);
int zt_mover_stop(struct zt_args *args);
void zt_mover_wake(void);
void zt_mover_exit(void);
int zt_mover_push(struct zt_args *args);
int zt_mover_pull(struct zt_args *args);

#endif /* RAMSTER_ZCACHE_TEST_INTERNAL_H */
