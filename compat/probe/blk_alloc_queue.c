// SPDX-License-Identifier: GPL-2.0-only
/* asks: are a disk and its queue allocated one by one?   expect: v5.9, gone in v5.14 */
#include <linux/blkdev.h>

struct gendisk *probe(void);
struct gendisk *probe(void)
{
	struct gendisk *disk = alloc_disk(1);

	disk->queue = blk_alloc_queue(NUMA_NO_NODE);
	return disk;
}
