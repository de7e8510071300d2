// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compressors: LZO always, lzo-rle, lz4 and zstd where the kernel has them.
 *
 * Scratch memory is per CPU and guarded by a mutex, so that compression can be
 * preempted; the mutex is practically never contended.  A compressor gets its
 * scratch memory on all CPUs when it is first selected and keeps it until unload,
 * because pages in its format may be stored.
 */
#include "internal.h"

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/lz4.h>
#include <linux/lzo.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <linux/zstd.h>

/**
 * struct compressor - one algorithm
 * @name:		as the user writes it
 * @format:		what its output is stored as
 * @scratch_size:	bytes of scratch memory per CPU
 * @prepare:		makes new scratch memory fit for use; NULL: nothing to do
 * @compress:		returns the size, 0 if it failed; @dst has room for the worst case
 * @decompress:		returns 0 if exactly one page came out; never writes beyond it
 * @decompress_scratch:	@decompress needs the scratch memory too
 */
struct compressor {
	const char		*name;
	enum zcache_format	format;
	size_t			(*scratch_size)(void);
	int			(*prepare)(void *scratch);
	size_t			(*compress)(const void *src, void *dst, void *scratch);
	int			(*decompress)(const void *src, size_t size, void *dst,
					      void *scratch);
	bool			decompress_scratch;
};

/* Largest of the worst cases: LZO's. */
#define DST_SIZE	lzo1x_worst_compress(PAGE_SIZE)

static size_t lzo_scratch_size(void)
{
	return LZO1X_1_MEM_COMPRESS;
}

static size_t lzo_compress(const void *src, void *dst, void *scratch)
{
	size_t size = DST_SIZE;

	return lzo1x_1_compress(src, PAGE_SIZE, dst, &size, scratch) == LZO_E_OK ? size : 0;
}

static size_t lzo_rle_compress(const void *src, void *dst, void *scratch)
{
	size_t size = DST_SIZE;

	return lzorle1x_1_compress(src, PAGE_SIZE, dst, &size, scratch) == LZO_E_OK ? size : 0;
}

static int lzo_decompress(const void *src, size_t size, void *dst, void *scratch)
{
	size_t out = PAGE_SIZE;
	int err = lzo1x_decompress_safe(src, size, dst, &out);

	return err == LZO_E_OK && out == PAGE_SIZE ? 0 : -EIO;
}

#if IS_ENABLED(CONFIG_LZ4_COMPRESS) && IS_ENABLED(CONFIG_LZ4_DECOMPRESS)
static size_t lz4_scratch_size(void)
{
	return LZ4_MEM_COMPRESS;
}

static size_t lz4_compress(const void *src, void *dst, void *scratch)
{
	int size = LZ4_compress_default(src, dst, PAGE_SIZE, DST_SIZE, scratch);

	return size > 0 ? size : 0;
}

static int lz4_decompress(const void *src, size_t size, void *dst, void *scratch)
{
	return LZ4_decompress_safe(src, dst, size, PAGE_SIZE) == PAGE_SIZE ? 0 : -EIO;
}
#endif

#if IS_ENABLED(CONFIG_ZSTD_COMPRESS) && IS_ENABLED(CONFIG_ZSTD_DECOMPRESS)
/* zstd's own default, as the kernel's crypto API uses it. */
#define ZSTD_LEVEL	3

/*
 * Contexts are made once and used for page after page: making one takes as long as
 * decompressing two pages.  Their memory is behind this.
 */
struct zstd_scratch {
	zstd_parameters	params;
	zstd_cctx	*cctx;
	zstd_dctx	*dctx;
};

#define ZSTD_ALIGN(size)	ALIGN(size, L1_CACHE_BYTES)

static size_t zstd_cctx_size(const zstd_parameters *params)
{
	return ZSTD_ALIGN(zstd_cctx_workspace_bound(&params->cParams));
}

static size_t zstd_scratch_size(void)
{
	zstd_parameters params = zstd_get_params(ZSTD_LEVEL, PAGE_SIZE);

	return ZSTD_ALIGN(sizeof(struct zstd_scratch)) + zstd_cctx_size(&params) +
	       zstd_dctx_workspace_bound();
}

static int zstd_prepare(void *scratch)
{
	char *room = scratch + ZSTD_ALIGN(sizeof(struct zstd_scratch));
	struct zstd_scratch *zstd = scratch;
	size_t size;

	zstd->params = zstd_get_params(ZSTD_LEVEL, PAGE_SIZE);
	size = zstd_cctx_size(&zstd->params);
	zstd->cctx = zstd_init_cctx(room, size);
	zstd->dctx = zstd_init_dctx(room + size, zstd_dctx_workspace_bound());
	return zstd->cctx && zstd->dctx ? 0 : -EINVAL;
}

static size_t zstd_compress(const void *src, void *dst, void *scratch)
{
	struct zstd_scratch *zstd = scratch;
	size_t size = zstd_compress_cctx(zstd->cctx, dst, DST_SIZE, src, PAGE_SIZE,
					 &zstd->params);

	return zstd_is_error(size) ? 0 : size;
}

static int zstd_decompress(const void *src, size_t size, void *dst, void *scratch)
{
	struct zstd_scratch *zstd = scratch;

	return zstd_decompress_dctx(zstd->dctx, dst, PAGE_SIZE, src, size) == PAGE_SIZE ? 0 : -EIO;
}
#endif

/* By format; a hole is a compressor that this kernel does not have. */
static const struct compressor compressors[ZCACHE_COMPRESSORS] = {
	[ZCACHE_LZO - ZCACHE_LZO] = {
		.name		= "lzo",
		.format		= ZCACHE_LZO,
		.scratch_size	= lzo_scratch_size,
		.compress	= lzo_compress,
		.decompress	= lzo_decompress,
	},
	[ZCACHE_LZO_RLE - ZCACHE_LZO] = {
		.name		= "lzo-rle",
		.format		= ZCACHE_LZO_RLE,
		.scratch_size	= lzo_scratch_size,
		.compress	= lzo_rle_compress,
		.decompress	= lzo_decompress,
	},
#if IS_ENABLED(CONFIG_LZ4_COMPRESS) && IS_ENABLED(CONFIG_LZ4_DECOMPRESS)
	[ZCACHE_LZ4 - ZCACHE_LZO] = {
		.name		= "lz4",
		.format		= ZCACHE_LZ4,
		.scratch_size	= lz4_scratch_size,
		.compress	= lz4_compress,
		.decompress	= lz4_decompress,
	},
#endif
#if IS_ENABLED(CONFIG_ZSTD_COMPRESS) && IS_ENABLED(CONFIG_ZSTD_DECOMPRESS)
	[ZCACHE_ZSTD - ZCACHE_LZO] = {
		.name		= "zstd",
		.format		= ZCACHE_ZSTD,
		.scratch_size	= zstd_scratch_size,
		.prepare	= zstd_prepare,
		.compress	= zstd_compress,
		.decompress	= zstd_decompress,
		.decompress_scratch = true,
	},
#endif
};

static DEFINE_MUTEX(comp_mutex);		/* order 6: enabled, and changes of scratch[] */
static bool enabled[ZCACHE_COMPRESSORS];
static bool ready;				/* comp_mutex: streams exist */
static struct zcache_stream __percpu *streams;
static enum cpuhp_state cpuhp_state;

/* What new pages are compressed with, per kind; written under comp_mutex. */
static const struct compressor *selected[] = {
	[ZBUD_EPHEMERAL]	= &compressors[0],
	[ZBUD_PERSISTENT]	= &compressors[0],
};

static const struct compressor *by_format(enum zcache_format format)
{
	if (format < ZCACHE_LZO || format > ZCACHE_ZSTD ||
	    !compressors[format - ZCACHE_LZO].name)
		return NULL;
	return &compressors[format - ZCACHE_LZO];
}

/**
 * zcache_format_known() - whether pages of a format can be read here
 * @format: any number
 *
 * Context: any.
 */
bool zcache_format_known(enum zcache_format format)
{
	return format == ZCACHE_FILLED || format == ZCACHE_RAW || by_format(format);
}

/**
 * zcache_format_needs_stream() - whether zcache_decompress() needs a stream
 * @format: a known format
 *
 * Context: any.
 */
bool zcache_format_needs_stream(enum zcache_format format)
{
	const struct compressor *comp = by_format(format);

	return comp && comp->decompress_scratch;
}

/**
 * zcache_stream_lock() - get this CPU's scratch memory
 *
 * The task may move to another CPU meanwhile, the memory stays its own.  Nothing
 * that waits for memory may be done before zcache_stream_unlock().
 *
 * Context: may sleep.
 */
struct zcache_stream *zcache_stream_lock(void)
{
	for (;;) {
		struct zcache_stream *stream = raw_cpu_ptr(streams);

		if (!mutex_trylock(&stream->lock)) {
			zcache_count(stream_waits);
			mutex_lock(&stream->lock);
		}
		if (likely(stream->buf))
			return stream;
		/* That CPU went away between the two; we are on another one now. */
		mutex_unlock(&stream->lock);
	}
}

void zcache_stream_unlock(struct zcache_stream *stream)
{
	mutex_unlock(&stream->lock);
}

/**
 * zcache_compress() - compress a page into stream->buf
 * @stream:	locked
 * @persistent:	whose compressor
 * @src:	one page
 * @format:	set to the compressor's
 *
 * Context: may be preempted, does not sleep.
 * Return: the size, which may be above a page; 0 if the compressor failed.
 */
size_t zcache_compress(struct zcache_stream *stream, bool persistent, const void *src,
		       enum zcache_format *format)
{
	const struct compressor *comp = READ_ONCE(selected[zcache_own_kind(persistent)]);

	lockdep_assert_held(&stream->lock);
	*format = comp->format;
	return comp->compress(src, stream->buf, stream->scratch[comp - compressors]);
}

/**
 * zcache_decompress() - bring a page back
 * @stream:	locked, or NULL if !zcache_format_needs_stream()
 * @format:	how it was stored; not ZCACHE_FILLED
 * @src:	the stored bytes, not trusted
 * @size:	how many
 * @dst:	one page
 *
 * Context: may be preempted, does not sleep.
 * Return: 0; -EIO: the bytes are not a page in that format.
 */
int zcache_decompress(struct zcache_stream *stream, enum zcache_format format,
		      const void *src, size_t size, void *dst)
{
	const struct compressor *comp;

	if (format == ZCACHE_RAW) {
		if (size != PAGE_SIZE)
			return -EIO;
		memcpy(dst, src, PAGE_SIZE);
		return 0;
	}
	comp = by_format(format);
	if (!comp)
		return -EIO;
	return comp->decompress(src, size, dst,
				stream ? stream->scratch[comp - compressors] : NULL);
}

static void stream_free(struct zcache_stream *stream)
{
	unsigned int i;

	mutex_lock(&stream->lock);
	for (i = 0; i < ZCACHE_COMPRESSORS; i++) {
		kvfree(stream->scratch[i]);
		stream->scratch[i] = NULL;
	}
	kfree(stream->bounce);
	stream->bounce = NULL;
	kfree(stream->buf);
	stream->buf = NULL;
	mutex_unlock(&stream->lock);
}

/* Outside stream->lock: we may wait for memory, and a put that makes room waits for it. */
static int stream_enable(struct zcache_stream *stream, unsigned int nr, int cpu)
{
	void *scratch;

	lockdep_assert_held(&comp_mutex);
	if (stream->scratch[nr])
		return 0;
	scratch = kvmalloc_node(compressors[nr].scratch_size(), GFP_KERNEL, cpu_to_node(cpu));
	if (!scratch)
		return -ENOMEM;
	if (compressors[nr].prepare) {
		int err = compressors[nr].prepare(scratch);

		if (err) {
			kvfree(scratch);
			return err;
		}
	}
	mutex_lock(&stream->lock);
	stream->scratch[nr] = scratch;
	mutex_unlock(&stream->lock);
	return 0;
}

static int stream_make(struct zcache_stream *stream, int cpu)
{
	int node = cpu_to_node(cpu), err = 0;
	void *buf, *bounce;
	unsigned int i;

	for (i = 0; i < ZCACHE_COMPRESSORS && !err; i++)
		if (enabled[i])
			err = stream_enable(stream, i, cpu);
	buf = kmalloc_node(DST_SIZE, GFP_KERNEL, node);
	bounce = kmalloc_node(PAGE_SIZE, GFP_KERNEL, node);
	if (err || !buf || !bounce) {
		kfree(buf);
		kfree(bounce);
		return -ENOMEM;
	}
	/* From here on it can be found. */
	mutex_lock(&stream->lock);
	stream->bounce = bounce;
	stream->buf = buf;
	mutex_unlock(&stream->lock);
	return 0;
}

/* Does nothing for a CPU that has its stream: see prepare_online(). */
static int cpu_prepare(unsigned int cpu)
{
	struct zcache_stream *stream = per_cpu_ptr(streams, cpu);
	int err = 0;

	mutex_lock(&comp_mutex);
	if (!stream->buf)
		err = stream_make(stream, cpu);
	mutex_unlock(&comp_mutex);
	if (err)
		stream_free(stream);
	return err;
}

static int cpu_dead(unsigned int cpu)
{
	stream_free(per_cpu_ptr(streams, cpu));
	return 0;
}

/*
 * Old kernels (5.10 has it still) do not call what prepares a CPU, in a state that they
 * choose themselves, for those that are online already.
 */
static int prepare_online(void)
{
	int cpu, err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = cpu_prepare(cpu);
		if (err)
			break;
	}
	cpus_read_unlock();
	return err;
}

/* Give a compressor its scratch memory on all CPUs.  cpus_read_lock() held. */
static int enable(unsigned int nr)
{
	int cpu, err = 0;

	lockdep_assert_held(&comp_mutex);
	for_each_online_cpu(cpu) {
		err = stream_enable(per_cpu_ptr(streams, cpu), nr, cpu);
		if (err)
			return err;	/* what was given is kept, harmless */
	}
	enabled[nr] = true;
	return 0;
}

static int select_compressor(enum zbud_kind kind, const char *name)
{
	unsigned int nr;
	int err = 0;

	for (nr = 0; nr < ZCACHE_COMPRESSORS; nr++)
		if (compressors[nr].name && sysfs_streq(name, compressors[nr].name))
			break;
	if (nr == ZCACHE_COMPRESSORS) {
		pr_err("unknown compressor '%s', or not in this kernel\n", name);
		return -EINVAL;
	}
	cpus_read_lock();
	mutex_lock(&comp_mutex);
	/* On the command line the streams do not exist yet; init enables it then. */
	if (ready)
		err = enable(nr);
	if (!err)
		WRITE_ONCE(selected[kind], &compressors[nr]);
	mutex_unlock(&comp_mutex);
	cpus_read_unlock();
	return err;
}

static int set_compressor(const char *val, const struct kernel_param *kp)
{
	return select_compressor((unsigned long)kp->arg, val);
}

static int get_compressor(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", READ_ONCE(selected[(unsigned long)kp->arg])->name);
}

static const struct kernel_param_ops compressor_ops = {
	.set	= set_compressor,
	.get	= get_compressor,
};

module_param_cb(pers_compressor, &compressor_ops, (void *)ZBUD_PERSISTENT, 0644);
MODULE_PARM_DESC(pers_compressor, "compressor for new persistent pages: lzo, lzo-rle, lz4, zstd");
module_param_cb(eph_compressor, &compressor_ops, (void *)ZBUD_EPHEMERAL, 0644);
MODULE_PARM_DESC(eph_compressor, "compressor for new ephemeral pages: lzo, lzo-rle, lz4, zstd");

/* Names of the compressors there are, in one line. */
ssize_t zcache_compressors_show(char *buf)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < ZCACHE_COMPRESSORS; i++)
		if (compressors[i].name)
			len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "",
					     compressors[i].name);
	return len + sysfs_emit_at(buf, len, "\n");
}

int zcache_compress_init(void)
{
	int cpu, state, err;

	streams = alloc_percpu(struct zcache_stream);
	if (!streams)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		mutex_init(&per_cpu_ptr(streams, cpu)->lock);

	mutex_lock(&comp_mutex);
	enabled[selected[ZBUD_EPHEMERAL] - compressors] = true;
	enabled[selected[ZBUD_PERSISTENT] - compressors] = true;
	mutex_unlock(&comp_mutex);

	state = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "ramster/zcache:prepare",
				  cpu_prepare, cpu_dead);
	if (state < 0) {
		free_percpu(streams);
		return state;
	}
	cpuhp_state = state;
	err = prepare_online();
	if (err) {
		zcache_compress_exit();
		return err;
	}

	/* One may have been chosen through sysfs since, before it could be enabled. */
	cpus_read_lock();
	mutex_lock(&comp_mutex);
	err = enable(selected[ZBUD_EPHEMERAL] - compressors);
	if (!err)
		err = enable(selected[ZBUD_PERSISTENT] - compressors);
	ready = !err;
	mutex_unlock(&comp_mutex);
	cpus_read_unlock();
	if (err)
		zcache_compress_exit();
	return err;
}

void zcache_compress_exit(void)
{
	mutex_lock(&comp_mutex);
	ready = false;
	mutex_unlock(&comp_mutex);
	cpuhp_remove_state(cpuhp_state);
	free_percpu(streams);
}
