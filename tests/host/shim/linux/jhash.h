/* SPDX-License-Identifier: GPL-2.0-only */
#include "../custom.h"

/* Any function of its input will do: few buckets, so that many names share one. */
static inline u32 jhash2(const u32 *words, u32 len, u32 start)
{
	while (len--)
		start = start * 31 + *words++;
	return start & 3;
}
