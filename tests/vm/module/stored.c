// SPDX-License-Identifier: GPL-2.0-only
/* Pages that come compressed, from a machine that need not be trusted. */
#include "internal.h"

#include <linux/string.h>

/* Whether a size can be right, said without asking the store. */
static bool size_plausible(enum zcache_format format, size_t size)
{
	switch (format) {
	case ZCACHE_FILLED:
		return size == sizeof(unsigned long);
	case ZCACHE_RAW:
		return size == PAGE_SIZE;
	case ZCACHE_SEALED:
		return false;	/* see lent.c */
	default:
		/* A slot table of 48 bytes is the least that shares a frame with it. */
		return size && size <= PAGE_SIZE - 48;
	}
}

static void try_size(struct zt_pool *pool, unsigned int format, size_t size, const void *data,
		     struct page *page)
{
	int err = zt_put_stored(pool, 0, format, data, size);

	if (format < ZCACHE_FORMATS && size_plausible(format, size)) {
		/* Whether the kernel has that compressor is not known here. */
		if (err && err != -EINVAL)
			zt_failed("format %u, %zu bytes: %d", format, size, err);
		zt_flush(pool, 0);
		return;
	}
	if (err != -EINVAL)
		zt_failed("format %u, %zu bytes must be invalid, not %d", format, size, err);
	err = zcache_decode(format, data, size, page);
	if (err != -EIO)
		zt_failed("format %u, %zu bytes must not decode: %d", format, size, err);
}

/* stored_sizes pool=0: every format there may be, with good and bad sizes */
int zt_stored_sizes(struct zt_args *args)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 47, 4047, 4048, 4049, 4095, 4096, 4097 };
	struct zt_pool *pool = zt_pool(zt_arg(args, "pool", 0));
	int err = zt_args_done(args);
	unsigned int format, i;
	struct page *page;
	void *data;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	page = alloc_page(GFP_KERNEL);
	data = kzalloc(2 * PAGE_SIZE, GFP_KERNEL);
	if (!err && (!page || !data))
		err = -ENOMEM;
	for (format = 0; !err && format < 256; format++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			try_size(pool, format, sizes[i], data, page);
	kfree(data);
	if (page)
		__free_page(page);
	return err;
}

struct outcome {
	u64	refused;
	u64	garbage;	/* stored, a get gave EIO */
	u64	pages;		/* stored, and it happened to be a page */
};

static void try_noise(struct zt_pool *pool, struct zt_random *random, void *data,
		      struct page *page, struct outcome *outcome)
{
	unsigned int format = ZCACHE_LZO + zt_random_below(random, ZCACHE_ZSTD - ZCACHE_LZO + 1);
	u32 size = 1 + zt_random_below(random, PAGE_SIZE - 48), i;
	u8 *bytes = data;
	int err;

	/* Small numbers are what compressed data begins with. */
	for (i = 0; i < size; i++)
		bytes[i] = zt_random(random) >> zt_random_below(random, 8);
	err = zt_put_stored(pool, 0, format, data, size);
	if (err == -EINVAL) {
		outcome->refused++;
		return;
	}
	if (err) {
		zt_failed("noise of format %u not stored: %d", format, err);
		return;
	}
	err = zt_get(pool, 0, page);
	if (err == -EIO)
		outcome->garbage++;
	else if (!err)
		outcome->pages++;
	else
		zt_failed("get of noise: %d", err);
	zt_flush(pool, 0);
}

/* stored_noise pool=0 count=100 seed=1: no bytes do harm, whatever they are said to be */
int zt_stored_noise(struct zt_args *args)
{
	struct zt_pool *pool = zt_pool(zt_arg(args, "pool", 0));
	struct zt_random random = { .state = zt_arg(args, "seed", 1) };
	u64 count = zt_arg(args, "count", 100);
	int err = zt_args_done(args);
	struct outcome outcome = {};
	struct page *page;
	void *data;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	page = alloc_page(GFP_KERNEL);
	data = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!err && (!page || !data))
		err = -ENOMEM;
	for (; !err && count; count--) {
		try_noise(pool, &random, data, page, &outcome);
		cond_resched();
	}
	zt_result("refused", outcome.refused);
	zt_result("garbage", outcome.garbage);
	zt_result("pages", outcome.pages);
	kfree(data);
	if (page)
		__free_page(page);
	return err;
}
