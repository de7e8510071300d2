// SPDX-License-Identifier: GPL-2.0-only
/* asks: is a bio allocated for a block device and an operation?   expect: v5.18 */
#include <linux/bio.h>

struct bio *probe(struct block_device *bdev, struct bio_set *bs);
struct bio *probe(struct block_device *bdev, struct bio_set *bs)
{
	return bio_alloc_bioset(bdev, 1, REQ_OP_READ, GFP_NOIO, bs);
}
