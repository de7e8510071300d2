/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two pages that xxh64 cannot tell apart, whatever its seed.
 */
#ifndef RAMSTER_VM_COLLIDE_H
#define RAMSTER_VM_COLLIDE_H

#include <linux/types.h>
#include <stddef.h>

/* The hash, for lengths that are multiples of 32. */
__u64 xxh64(const void *data, size_t length, __u64 seed);

/* Changes two words of a page; its xxh64 stays the same. */
void collide(void *page);

#endif /* RAMSTER_VM_COLLIDE_H */
