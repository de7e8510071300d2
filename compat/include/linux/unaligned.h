/* SPDX-License-Identifier: GPL-2.0-only */
/* Until v6.12 the generic header was <asm/unaligned.h>. */
#ifndef RAMSTER_COMPAT_UNALIGNED_H
#define RAMSTER_COMPAT_UNALIGNED_H

#include <asm/unaligned.h>

#endif
