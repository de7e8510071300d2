// SPDX-License-Identifier: GPL-2.0-only
/* asks: are limits and features given when the disk is allocated?   expect: v6.11 */
#include <linux/blkdev.h>

struct gendisk *probe(void);
struct gendisk *probe(void)
{
	struct queue_limits lim = {
		.logical_block_size = 4096,
		.features = BLK_FEAT_STABLE_WRITES | BLK_FEAT_SYNCHRONOUS,
	};

	return blk_alloc_disk(&lim, NUMA_NO_NODE);
}
