/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include "../custom.h"

void get_random_bytes_wait(void *buf, size_t len);
u64 get_random_u64(void);

#endif
