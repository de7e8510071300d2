// SPDX-License-Identifier: GPL-2.0-only
/* asks: is there one call for a disk and its queue, without limits?   expect: v5.14, gone in v6.9 */
#include <linux/blkdev.h>

struct gendisk *probe(void);
struct gendisk *probe(void)
{
	return blk_alloc_disk(NUMA_NO_NODE);
}
