// SPDX-License-Identifier: GPL-2.0-only
/* asks: is zstd called by its kernel names, with parameters by pointer?   expect: v5.16 */
#include <linux/zstd.h>

size_t probe(void *mem, void *dst, size_t dst_len, const void *src, size_t src_len);
size_t probe(void *mem, void *dst, size_t dst_len, const void *src, size_t src_len)
{
	zstd_parameters params = zstd_get_params(1, src_len);
	size_t bound = zstd_cctx_workspace_bound(&params.cParams);
	zstd_cctx *cctx = zstd_init_cctx(mem, bound);
	size_t len = zstd_compress_cctx(cctx, dst, dst_len, src, src_len, &params);
	zstd_dctx *dctx = zstd_init_dctx(mem, zstd_dctx_workspace_bound());

	if (zstd_is_error(len))
		return 0;
	return zstd_decompress_dctx(dctx, dst, dst_len, src, src_len);
}
