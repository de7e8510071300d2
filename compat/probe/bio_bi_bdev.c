// SPDX-License-Identifier: GPL-2.0-only
/* asks: does a bio point to its block device, not to its disk?   expect: v5.12 */
#include <linux/blk_types.h>

struct block_device *probe(struct bio *bio);
struct block_device *probe(struct bio *bio)
{
	return bio->bi_bdev;
}
