/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole of zbud, unmodified, so that a test reaches its statics. */
#include "../../zbud/stats.c"
#include "../../zbud/frame.c"
#include "../../zbud/lists.c"
#include "../../zbud/compact.c"
#include "../../zbud/repack.c"
#include "../../zbud/evict.c"
#include "../../zbud/main.c"
