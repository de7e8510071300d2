// SPDX-License-Identifier: GPL-2.0-only
/* asks: is an open block device a file?   expect: v6.9 */
#include <linux/blkdev.h>

struct block_device *probe(const char *path, void *holder);
struct block_device *probe(const char *path, void *holder)
{
	struct file *file = bdev_file_open_by_path(path, BLK_OPEN_READ, holder, NULL);

	if (IS_ERR(file))
		return NULL;
	bdev_fput(file);
	return file_bdev(file);
}
