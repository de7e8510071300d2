/* SPDX-License-Identifier: GPL-2.0-only */
/* linux/math.h: came with v5.11; before, linux/kernel.h has its contents. */
#include <linux/kernel.h>
