/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole of tmem, unmodified, so that a test reaches its statics. */
#include "../../tmem/xhandle.c"
#include "../../tmem/stats.c"
#include "../../tmem/page.c"
#include "../../tmem/object.c"
#include "../../tmem/ops.c"
#include "../../tmem/scan.c"
#include "../../tmem/pool.c"
#include "../../tmem/main.c"
