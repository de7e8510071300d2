/* SPDX-License-Identifier: GPL-2.0-only */
/* linux/hex.h: came with v6.4; before, linux/kernel.h has its contents. */
#include <linux/kernel.h>
