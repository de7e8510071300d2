/* SPDX-License-Identifier: GPL-2.0-only */
/* The key of the cluster, from text. */
#ifndef RAMSTER_CLUSTER_KEY_H
#define RAMSTER_CLUSTER_KEY_H

#include <linux/types.h>

#define CLUSTER_KEY_BYTES	32

int cluster_key_parse(const char *text, size_t len, u8 *key);

#endif /* RAMSTER_CLUSTER_KEY_H */
