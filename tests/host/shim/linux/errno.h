/* SPDX-License-Identifier: GPL-2.0-only */
/* Also found by the C library, which wants the numbers and nothing else. */
#include <asm/errno.h>
