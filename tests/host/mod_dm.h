/* SPDX-License-Identifier: GPL-2.0-only */
/* What of dm-zcache needs no bio, unmodified, so that a test reaches its statics. */
#include "../../zcache/dm/record.c"
#include "../../zcache/dm/generation.c"
#include "../../zcache/dm/policy.c"
#include "../../zcache/dm/options.c"
#include "../../zcache/dm/ring.c"
