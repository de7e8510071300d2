// SPDX-License-Identifier: GPL-2.0-only
/* asks: does the block operation submit_bio return nothing?   expect: v5.16 */
#include <linux/blkdev.h>

static void probe_submit(struct bio *bio)
{
}

extern const struct block_device_operations probe;
const struct block_device_operations probe = {
	.submit_bio = probe_submit,
};
