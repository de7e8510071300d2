// SPDX-License-Identifier: GPL-2.0-only
/* The scan for remote pages: what it sees, how often, and what it misses. */
#include "internal.h"

#include <linux/bitmap.h>

#define BATCH_MAX	64

/* The pages that must be seen: those of one pool, by key. */
struct watched {
	struct zt_pool	*pool;
	u64		first, count;
	unsigned long	*seen;
};

struct tally {
	u64	pages;		/* seen in all */
	u64	found;		/* of those watched */
	u64	twice;
};

static void look(const struct tmem_page *page, struct watched *watched, struct tally *tally)
{
	struct tmem_handle handle;
	u32 key;

	tally->pages++;
	if (tmem_pool_host(tmem_page_pool(page)) != watched->pool->zcache)
		return;
	tmem_page_handle(page, &handle);
	key = zt_key_of(&handle);
	if (key < watched->first || key >= watched->first + watched->count)
		return;
	if (__test_and_set_bit(key - watched->first, watched->seen))
		tally->twice++;
	else
		tally->found++;
}

static void scan_once(bool persistent, unsigned int batch, struct watched *watched,
		      struct tally *tally)
{
	struct zcache_scan scan = { .persistent = persistent };
	struct tmem_page *pages[BATCH_MAX];
	unsigned int i, nr;

	bitmap_zero(watched->seen, watched->count);
	while ((nr = zcache_remote_scan(&scan, pages, batch))) {
		for (i = 0; i < nr; i++) {
			look(pages[i], watched, tally);
			tmem_page_unpin(pages[i], TMEM_REMOTE);
		}
	}
}

/*
 * scan persistent=1 batch=16 rounds=1 pool=0 first=0 count=0: all remote pages, so many times;
 * of those of the pool with these keys how many were found, and how many more than once
 */
int zt_scan(struct zt_args *args)
{
	bool persistent = zt_arg(args, "persistent", 1);
	u64 batch = zt_arg(args, "batch", 16), rounds = zt_arg(args, "rounds", 1);
	struct watched watched = {
		.pool	= zt_pool(zt_arg(args, "pool", 0)),
		.first	= zt_arg(args, "first", 0),
		.count	= zt_arg(args, "count", 0),
	};
	int err = zt_args_done(args);
	struct tally tally = {};

	if (IS_ERR(watched.pool))
		return PTR_ERR(watched.pool);
	if (!batch || batch > BATCH_MAX || watched.count > U16_MAX)
		return -EINVAL;
	if (err)
		return err;
	watched.seen = bitmap_zalloc(watched.count + 1, GFP_KERNEL);
	if (!watched.seen)
		return -ENOMEM;
	while (rounds--)
		scan_once(persistent, batch, &watched, &tally);
	bitmap_free(watched.seen);
	zt_result("pages", tally.pages);
	zt_result("found", tally.found);
	zt_result("twice", tally.twice);
	return 0;
}
