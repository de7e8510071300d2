/* SPDX-License-Identifier: GPL-2.0-only */
#include "../custom.h"

typedef unsigned long pgoff_t;

struct cleancache_filekey {
	u32 u[6];
};
