// SPDX-License-Identifier: GPL-2.0-only
/* asks: do the block operations open and release know nothing of fmode_t?   expect: v6.5 */
#include <linux/blkdev.h>

static int probe_open(struct gendisk *disk, blk_mode_t mode)
{
	return mode & BLK_OPEN_WRITE ? 0 : -EROFS;
}

static void probe_release(struct gendisk *disk)
{
}

extern const struct block_device_operations probe;
const struct block_device_operations probe = {
	.open = probe_open,
	.release = probe_release,
};
