// SPDX-License-Identifier: GPL-2.0-only
/* asks: does a block device name its mapping itself?   expect: v6.11 */
#include <linux/blk_types.h>
struct address_space *probe(struct block_device *bdev);
struct address_space *probe(struct block_device *bdev) { return bdev->bd_mapping; }
