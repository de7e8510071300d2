/* SPDX-License-Identifier: GPL-2.0-only */
#include "../custom.h"

#define copy_highpage(to, from)	memcpy(page_address(to), page_address(from), PAGE_SIZE)
