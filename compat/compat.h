/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes an old kernel look like 7.2.
 *
 * Kbuild includes this file before the first line of every .c, after probed.h,
 * the kernel's answers to the probes.  Nobody includes it by hand and no other
 * file knows that there is more than one kernel.
 *
 * One block per API, sorted by the last kernel that needs it: to drop a kernel,
 * delete up to its line.  A block gives the newest name and signature.  What a
 * macro of the kernel can tell (#ifndef) needs no probe; everything else is asked,
 * because distributions backport and a version number then lies.
 *
 * What cannot be hidden is offered as a compat_ name, documented here: the block
 * operations submit_bio, open and release, and the disk of a bio.
 */
#ifndef RAMSTER_COMPAT_H
#define RAMSTER_COMPAT_H

/*
 * This file includes kernel headers before a .c file could say how its messages
 * begin, so that is said here, once: "tmem: ", "tmem_zbud: ", "zcache: ".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/blkdev.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/timer.h>

/* ---- last needed by 5.10 ------------------------------------------------ */

/* __counted_by(): the compiler knows nothing of it. */
#ifndef __counted_by
#define __counted_by(member)
#endif

/*
 * submit_bio: returned a cookie for polling until v5.16.  Used as:
 *	COMPAT_SUBMIT_BIO(my_submit) { ... bio ... }
 *	.submit_bio = compat_submit_bio(my_submit),
 */
#if HAVE_SUBMIT_BIO_VOID
#define COMPAT_SUBMIT_BIO(fn)	static void fn(struct bio *bio)
#define compat_submit_bio(fn)	(fn)
#else
#define COMPAT_SUBMIT_BIO(fn)						\
	static void fn(struct bio *bio);				\
	static blk_qc_t fn##_compat(struct bio *bio)			\
	{								\
		fn(bio);						\
		return BLK_QC_T_NONE;					\
	}								\
	static void fn(struct bio *bio)
#define compat_submit_bio(fn)	(fn##_compat)
#endif

/*
 * blk_alloc_disk() and what follows from it: until v5.14 the queue was made, and ended, by
 * the driver; add_disk() reported nothing; and opening was serialised by a mutex of the
 * block device, which the disk could not reach.  The queue points to it here.
 */
#if HAVE_BLK_ALLOC_QUEUE
static inline struct gendisk *__blk_alloc_disk(int node, struct lock_class_key *unused)
{
	struct gendisk *disk = alloc_disk_node(1, node);

	if (!disk)
		return NULL;
	disk->queue = blk_alloc_queue(node);
	if (disk->queue)
		return disk;
	put_disk(disk);
	return NULL;
}

static inline void compat_put_disk(struct gendisk *disk)
{
	if (disk->queue->queuedata)
		bdput(disk->queue->queuedata);
	blk_cleanup_queue(disk->queue);
	put_disk(disk);
}

static inline int compat_add_disk(struct gendisk *disk)
{
	add_disk(disk);
	disk->queue->queuedata = bdget_disk(disk, 0);
	if (disk->queue->queuedata)
		return 0;
	del_gendisk(disk);
	return -ENOMEM;
}

static inline struct mutex *compat_open_mutex(struct gendisk *disk)
{
	return &((struct block_device *)disk->queue->queuedata)->bd_mutex;
}

static inline unsigned int disk_openers(struct gendisk *disk)
{
	return ((struct block_device *)disk->queue->queuedata)->bd_openers;
}

#define put_disk(disk)		compat_put_disk(disk)
#define add_disk(disk)		compat_add_disk(disk)
#else
#define compat_open_mutex(disk)	(&(disk)->open_mutex)
#endif

/* GENHD_FL_NO_PART: until v5.17 another name. */
#ifdef GENHD_FL_NO_PART_SCAN
#define GENHD_FL_NO_PART	GENHD_FL_NO_PART_SCAN
#endif

/* bio_alloc_bioset(), bio_init(): until v5.18 the device and the operation were set afterwards. */
#if !HAVE_BIO_ALLOC_BDEV
static inline struct bio *compat_bio_alloc_bioset(struct block_device *bdev, unsigned int vecs,
						  unsigned int opf, gfp_t gfp,
						  struct bio_set *bs)
{
	struct bio *bio = bio_alloc_bioset(gfp, vecs, bs);

	if (bio) {
		bio_set_dev(bio, bdev);
		bio->bi_opf = opf;
	}
	return bio;
}

static inline void compat_bio_init(struct bio *bio, struct block_device *bdev,
				   struct bio_vec *table, unsigned short vecs, unsigned int opf)
{
	bio_init(bio, table, vecs);
	bio_set_dev(bio, bdev);
	bio->bi_opf = opf;
}

#define bio_alloc_bioset(...)	compat_bio_alloc_bioset(__VA_ARGS__)
#define bio_init(...)		compat_bio_init(__VA_ARGS__)
#endif

/* bdev_nr_sectors(): until v5.16 everyone looked into the inode. */
#if !HAVE_BDEV_NR_SECTORS
static inline sector_t bdev_nr_sectors(struct block_device *bdev)
{
	return i_size_read(bdev->bd_inode) >> SECTOR_SHIFT;
}
#endif

/* kmap_local_page(): came with v5.11.  Where all memory is mapped there is nothing to do. */
#if !HAVE_KMAP_LOCAL
#ifdef CONFIG_HIGHMEM
#error "no block for high memory before 5.11"
#endif
#define kmap_local_page(page)	page_address(page)
#define kunmap_local(addr)	((void)(addr))
#endif

/* rb_add_cached(): came with v5.12.  Ours does not say whether the node is the first. */
#if !HAVE_RB_ADD
static inline void rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
				 bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &tree->rb_root.rb_node, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, tree, first);
}
#endif

/*
 * Folios: came with v5.16.  Before, a page of the page cache is one page, or a compound one (shmem,
 * or CONFIG_READ_ONLY_THP_FOR_FS), whose head is the folio.
 */
#if !HAVE_FOLIO
struct folio {
	union {
		struct {
			unsigned long		flags;
			struct list_head	lru;
			struct address_space	*mapping;
			pgoff_t			index;
		};
		struct page page;
	};
};

static_assert(offsetof(struct folio, mapping) == offsetof(struct page, mapping));
static_assert(offsetof(struct folio, index) == offsetof(struct page, index));
static_assert(sizeof(struct folio) == sizeof(struct page));

#define folio_test_dirty(folio)		PageDirty(&(folio)->page)
#define folio_test_locked(folio)	PageLocked(&(folio)->page)
#define folio_test_slab(folio)		PageSlab(&(folio)->page)
#define folio_test_swapbacked(folio)	PageSwapBacked(&(folio)->page)
#define folio_test_swapcache(folio)	PageSwapCache(&(folio)->page)
#define folio_test_workingset(folio)	PageWorkingset(&(folio)->page)
#define folio_test_writeback(folio)	PageWriteback(&(folio)->page)
/* As the newer one: what was written before the flag was set is seen after it was read. */
#define folio_test_uptodate(folio)	PageUptodate(&(folio)->page)

static inline struct folio *page_folio(struct page *page)
{
	return (struct folio *)compound_head(page);
}

static inline struct page *folio_page(struct folio *folio, unsigned long nr)
{
	return &folio->page + nr;
}

static inline unsigned long folio_page_idx(struct folio *folio, struct page *page)
{
	return page - &folio->page;
}

static inline unsigned long folio_nr_pages(struct folio *folio)
{
	return compound_nr(&folio->page);
}

static inline int folio_ref_count(struct folio *folio)
{
	return page_ref_count(&folio->page);
}
#endif

/*
 * Tracepoints of the page cache: spoke of pages, which may be tail pages, until v5.17.  Used as:
 *	COMPAT_FILEMAP_PROBE(my_probe) { ... folio ... }
 *	COMPAT_DIRTY_PROBE(my_other_probe) { ... folio, mapping ... }
 *	tracepoint_probe_register(tp, compat_probe(my_probe), NULL)
 * and the second is of the tracepoint COMPAT_TP_DIRTY.
 */
#if HAVE_FOLIO_TRACEPOINT
#define COMPAT_TP_DIRTY		"writeback_dirty_folio"
#define COMPAT_FILEMAP_PROBE(fn)	static void fn(void *unused, struct folio *folio)
#define COMPAT_DIRTY_PROBE(fn)						\
	static void fn(void *unused, struct folio *folio, struct address_space *mapping)
#define compat_probe(fn)	(fn)
#else
#define COMPAT_TP_DIRTY		"writeback_dirty_page"
#define COMPAT_FILEMAP_PROBE(fn)					\
	static void fn(struct folio *folio);				\
	static void fn##_compat(void *unused, struct page *page)	\
	{								\
		fn(page_folio(page));					\
	}								\
	static void fn(struct folio *folio)
#define COMPAT_DIRTY_PROBE(fn)						\
	static void fn(struct folio *folio, struct address_space *mapping); \
	static void fn##_compat(void *unused, struct page *page,	\
				struct address_space *mapping)		\
	{								\
		fn(page_folio(page), mapping);				\
	}								\
	static void fn(struct folio *folio, struct address_space *mapping)
#define compat_probe(fn)	(fn##_compat)
#endif

/* zstd: until v5.16 the functions had the library's own names, and took parameters by value. */
#if !HAVE_ZSTD_API
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include <linux/zstd.h>
#pragma GCC diagnostic pop

typedef ZSTD_parameters	zstd_parameters;
typedef ZSTD_CCtx	zstd_cctx;
typedef ZSTD_DCtx	zstd_dctx;

#define zstd_get_params(level, size)	ZSTD_getParams(level, size, 0)
#define zstd_cctx_workspace_bound(par)	ZSTD_CCtxWorkspaceBound(*(par))
#define zstd_dctx_workspace_bound()	ZSTD_DCtxWorkspaceBound()
#define zstd_init_cctx(room, size)	ZSTD_initCCtx(room, size)
#define zstd_init_dctx(room, size)	ZSTD_initDCtx(room, size)
#define zstd_is_error(size)		ZSTD_isError(size)
#define zstd_compress_cctx(ctx, dst, room, src, size, params)		\
	ZSTD_compressCCtx(ctx, dst, room, src, size, *(params))
#define zstd_decompress_dctx(ctx, dst, room, src, size)			\
	ZSTD_decompressDCtx(ctx, dst, room, src, size)
#endif

/**
 * compat_bio_disk() - the disk a bio was submitted to
 * @bio: a bio as ->submit_bio receives it
 *
 * Until v5.12 a bio had no block device.
 */
static inline struct gendisk *compat_bio_disk(struct bio *bio)
{
#if HAVE_BIO_BI_BDEV
	return bio->bi_bdev->bd_disk;
#else
	return bio->bi_disk;
#endif
}

/**
 * compat_disk_mapping() - the page cache of a disk as a whole
 * @disk: somebody has it open, or it is his
 *
 * Until v5.11 a disk did not know its block device.
 */
#if HAVE_BIO_BI_BDEV
#define compat_disk_mapping(disk)	((disk)->part0->bd_mapping)
#else
static inline struct address_space *compat_disk_mapping(struct gendisk *disk)
{
	struct block_device *bdev = bdget_disk(disk, 0);
	struct address_space *mapping = bdev ? bdev->bd_inode->i_mapping : NULL;

	if (bdev)
		bdput(bdev);
	return mapping;
}
#endif

/*
 * compat_sk_no_task_frag(): keeps a socket off the page that the task is filling for
 * another one.  Until v6.2 sk_allocation decided that.
 */
#if HAVE_SK_USE_TASK_FRAG
#define compat_sk_no_task_frag(sk)	((sk)->sk_use_task_frag = false)
#else
#define compat_sk_no_task_frag(sk)	((void)(sk))
#endif

/* ---- last needed by 6.1 ------------------------------------------------- */

/* mm_account_reclaimed_pages(): until v6.4 every shrinker did it by hand. */
#if !HAVE_MM_ACCOUNT_RECLAIMED_PAGES
static inline void mm_account_reclaimed_pages(unsigned long pages)
{
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
}
#endif

/*
 * struct shrinker: until v6.7 the user embeds it, and it has no private_data.
 * Ours wraps the kernel's: reclaim enters with the kernel's, the callbacks see
 * ours.  The headers in which other structs embed a shrinker come first, above.
 */
#if !HAVE_SHRINKER_ALLOC
struct compat_shrinker {
	unsigned long (*count_objects)(struct compat_shrinker *s, struct shrink_control *sc);
	unsigned long (*scan_objects)(struct compat_shrinker *s, struct shrink_control *sc);
	long		batch;
	int		seeks;
	unsigned int	flags;
	void		*private_data;

	struct shrinker	embedded;
	bool		registered;
	const char	*name;
};

static inline unsigned long compat_shrinker_count(struct shrinker *embedded,
						  struct shrink_control *sc)
{
	struct compat_shrinker *s = container_of(embedded, struct compat_shrinker, embedded);

	return s->count_objects(s, sc);
}

static inline unsigned long compat_shrinker_scan(struct shrinker *embedded,
						 struct shrink_control *sc)
{
	struct compat_shrinker *s = container_of(embedded, struct compat_shrinker, embedded);

	return s->scan_objects(s, sc);
}

static inline struct compat_shrinker *compat_shrinker_alloc(unsigned int flags, const char *name)
{
	struct compat_shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->name = name;
	if (!s->name) {
		kfree(s);
		return NULL;
	}
	s->flags = flags;
	s->seeks = DEFAULT_SEEKS;
	return s;
}

/*
 * The newer kernel reserves everything in shrinker_alloc(), so its register
 * cannot fail.  Here it can, by memory only; then nothing is ever asked of this
 * shrinker, which is said once and is otherwise harmless.
 */
static inline void compat_shrinker_register(struct compat_shrinker *s)
{
	int err;

	s->embedded.count_objects = compat_shrinker_count;
	s->embedded.scan_objects = compat_shrinker_scan;
	s->embedded.batch = s->batch;
	s->embedded.seeks = s->seeks;
	s->embedded.flags = s->flags;
#if HAVE_REGISTER_SHRINKER_NAME
	err = register_shrinker(&s->embedded, "%s", s->name);
#else
	err = register_shrinker(&s->embedded);
#endif
	s->registered = !err;
	if (err)
		pr_warn("shrinker %s not registered: %d, memory pressure will not be seen\n",
			s->name, err);
}

static inline void compat_shrinker_free(struct compat_shrinker *s)
{
	if (!s)
		return;
	if (s->registered)
		unregister_shrinker(&s->embedded);
	kfree(s->name);
	kfree(s);
}

#define shrinker			compat_shrinker
#define shrinker_alloc(flags, ...)	\
	compat_shrinker_alloc(flags, kasprintf(GFP_KERNEL, __VA_ARGS__))
#define shrinker_register(s)		compat_shrinker_register(s)
#define shrinker_free(s)		compat_shrinker_free(s)
#endif /* !HAVE_SHRINKER_ALLOC */

/*
 * kmem_cache_create() with arguments in a struct: until v6.12 only the form with five
 * arguments.  Only what we use: where the free pointer may be, which older kernels put
 * behind the object of a type-safe cache; that costs 8 bytes an object there.
 */
#if !HAVE_KMEM_CACHE_ARGS
struct kmem_cache_args {
	unsigned int	freeptr_offset;
	bool		use_freeptr_offset;
};

static inline struct kmem_cache *compat_kmem_cache_create(const char *name, unsigned int size,
							  unsigned int align, slab_flags_t flags,
							  void (*ctor)(void *))
{
	return kmem_cache_create(name, size, align, flags, ctor);
}

static inline struct kmem_cache *compat_kmem_cache_args(const char *name, unsigned int size,
							struct kmem_cache_args *args,
							slab_flags_t flags)
{
	return kmem_cache_create(name, size, 0, flags, NULL);
}

#define COMPAT_CACHE_FORM(_1, _2, _3, _4, _5, form, ...)	form
#define kmem_cache_create(...)						\
	COMPAT_CACHE_FORM(__VA_ARGS__, compat_kmem_cache_create,	\
			  compat_kmem_cache_args)(__VA_ARGS__)
#endif

/*
 * struct queue_limits and blk_alloc_disk(): until v6.11 limits are set one by one
 * on the living queue, and features are queue flags.  The setters know how limits
 * depend on each other, so they are used; 0 means "the kernel's default" to both.
 *
 * BLK_FEAT_SYNCHRONOUS has no flag here: what swap looks for is a rw_page
 * operation, which we do not offer.  It is accepted and has no effect.
 */
#if !HAVE_BLK_QUEUE_LIMITS
#if !HAVE_BLK_ALLOC_DISK && !HAVE_BLK_ALLOC_QUEUE
#error "no block for the way this kernel allocates disks (before 5.9, or 6.9 and 6.10)"
#endif

typedef unsigned int __bitwise blk_features_t;

#define BLK_FEAT_WRITE_CACHE	((__force blk_features_t)(1u << 0))
#define BLK_FEAT_FUA		((__force blk_features_t)(1u << 1))
#define BLK_FEAT_ROTATIONAL	((__force blk_features_t)(1u << 2))
#define BLK_FEAT_STABLE_WRITES	((__force blk_features_t)(1u << 5))
#define BLK_FEAT_SYNCHRONOUS	((__force blk_features_t)(1u << 6))

struct compat_queue_limits {
	blk_features_t	features;
	unsigned int	max_hw_sectors;
	unsigned int	physical_block_size;
	unsigned int	logical_block_size;
	unsigned int	io_min;
	unsigned int	io_opt;
	unsigned int	max_hw_discard_sectors;
	unsigned int	max_write_zeroes_sectors;
	unsigned int	discard_granularity;
};

static inline void compat_apply_sizes(struct request_queue *q,
				      const struct compat_queue_limits *lim)
{
	if (lim->logical_block_size)
		blk_queue_logical_block_size(q, lim->logical_block_size);
	if (lim->physical_block_size)
		blk_queue_physical_block_size(q, lim->physical_block_size);
	if (lim->io_min)
		blk_queue_io_min(q, lim->io_min);
	if (lim->io_opt)
		blk_queue_io_opt(q, lim->io_opt);
	if (lim->max_hw_sectors)
		blk_queue_max_hw_sectors(q, lim->max_hw_sectors);
	if (lim->max_write_zeroes_sectors)
		blk_queue_max_write_zeroes_sectors(q, lim->max_write_zeroes_sectors);
	if (lim->max_hw_discard_sectors)
		blk_queue_max_discard_sectors(q, lim->max_hw_discard_sectors);
	if (lim->max_hw_discard_sectors)
		q->limits.discard_granularity = max(lim->discard_granularity,
						    q->limits.physical_block_size);
#ifdef QUEUE_FLAG_DISCARD	/* until v5.19 */
	if (lim->max_hw_discard_sectors)
		blk_queue_flag_set(QUEUE_FLAG_DISCARD, q);
#endif
}

static inline void compat_apply_features(struct request_queue *q, blk_features_t features)
{
	if (!(features & BLK_FEAT_ROTATIONAL))
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	if (features & BLK_FEAT_STABLE_WRITES)
		blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
	if (features & BLK_FEAT_WRITE_CACHE)
		blk_queue_write_cache(q, true, features & BLK_FEAT_FUA);
}

static inline struct gendisk *compat_blk_alloc_disk(const struct compat_queue_limits *lim,
						    int node, struct lock_class_key *key)
{
	static const struct compat_queue_limits defaults;
	struct gendisk *disk = __blk_alloc_disk(node, key);

	if (!disk)
		return ERR_PTR(-ENOMEM);
	if (!lim)
		lim = &defaults;
	compat_apply_sizes(disk->queue, lim);
	compat_apply_features(disk->queue, lim->features);
	return disk;
}

#define queue_limits compat_queue_limits
#undef blk_alloc_disk
#define blk_alloc_disk(lim, node)					\
({									\
	static struct lock_class_key __key;				\
									\
	compat_blk_alloc_disk(lim, node, &__key);			\
})
#endif /* !HAVE_BLK_QUEUE_LIMITS */

/*
 * open and release: took a block device and fmode_t until v6.5.  The function is
 * written in the new form after COMPAT_BDEV_OPEN(fn) or COMPAT_BDEV_RELEASE(fn):
 *
 *	COMPAT_BDEV_OPEN(swapdev_open);
 *	static int swapdev_open(struct gendisk *disk, blk_mode_t mode) { ... }
 *
 *	.open = compat_bdev_open(swapdev_open),
 */
#if HAVE_BLK_MODE_T
#define COMPAT_BDEV_OPEN(fn)	static int fn(struct gendisk *disk, blk_mode_t mode)
#define COMPAT_BDEV_RELEASE(fn)	static void fn(struct gendisk *disk)
#define compat_bdev_open(fn)	(fn)
#define compat_bdev_release(fn)	(fn)
#else
typedef fmode_t blk_mode_t;

#define BLK_OPEN_READ		FMODE_READ
#define BLK_OPEN_WRITE		FMODE_WRITE
#define BLK_OPEN_EXCL		FMODE_EXCL

#define COMPAT_BDEV_OPEN(fn)						\
	static int fn(struct gendisk *disk, blk_mode_t mode);		\
	static int fn##_compat(struct block_device *bdev, fmode_t mode)	\
	{								\
		return fn(bdev->bd_disk, mode);				\
	}								\
	static int fn(struct gendisk *disk, blk_mode_t mode)
#define COMPAT_BDEV_RELEASE(fn)						\
	static void fn(struct gendisk *disk);				\
	static void fn##_compat(struct gendisk *disk, fmode_t mode)	\
	{								\
		fn(disk);						\
	}								\
	static void fn(struct gendisk *disk)
#define compat_bdev_open(fn)	(fn##_compat)
#define compat_bdev_release(fn)	(fn##_compat)
#endif

/*
 * bdev_file_open_by_path(): until v6.9 there was no file, only the block device.  It
 * stands for the file here, which nobody looks into.  As we use it: to read and write,
 * with a holder, so exclusively; who holds it is not called back.
 */
#if !HAVE_BDEV_FILE
#define COMPAT_BDEV_MODE	(FMODE_READ | FMODE_WRITE | FMODE_EXCL)

static inline struct file *bdev_file_open_by_path(const char *path, blk_mode_t mode,
						  void *holder, const void *hops)
{
	return (struct file *)blkdev_get_by_path(path, COMPAT_BDEV_MODE, holder);
}

static inline struct block_device *file_bdev(struct file *file)
{
	return (struct block_device *)file;
}

static inline void bdev_fput(struct file *file)
{
	blkdev_put(file_bdev(file), COMPAT_BDEV_MODE);
}
#endif

/* block_device.bd_mapping: until v6.11 one went through the inode. */
#if !HAVE_BD_MAPPING
#define bd_mapping bd_inode->i_mapping
#endif

/* ---- last needed by 6.12 ------------------------------------------------ */

/* struct blake2s_ctx: was blake2s_state until v6.19.  Its functions are the same. */
#if !HAVE_BLAKE2S_CTX
#define blake2s_ctx blake2s_state
#endif

/*
 * struct sockaddr_unsized: kernel_bind() and kernel_connect() took a struct sockaddr until
 * v6.19, and looked at as many bytes as they were told.
 */
#if !HAVE_SOCKADDR_UNSIZED
#define sockaddr_unsized sockaddr
#endif

/* timer_container_of(): was from_timer() until v6.16. */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname)	\
	container_of(callback_timer, typeof(*var), timer_fieldname)
#endif

/*
 * Context analysis: Clang checks these on kernels that have it, from v7.0 on.
 * __must_hold(), __acquires() and __releases() are not touched: every kernel
 * has them, for sparse.
 */
#ifndef __guarded_by
#define __guarded_by(...)
#endif
#ifndef __pt_guarded_by
#define __pt_guarded_by(...)
#endif

#endif /* RAMSTER_COMPAT_H */
