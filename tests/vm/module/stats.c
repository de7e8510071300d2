// SPDX-License-Identifier: GPL-2.0-only
/* Names of the counters. */
#include "stats.h"

#define ZT_NAME(name, help) #name,

const char *const zt_client_names[ZT_CLIENT_NR] = {
	ZT_CLIENT_COUNTERS(ZT_NAME)
};

const char *const zt_tier_names[ZT_TIER_NR] = {
	ZT_TIER_COUNTERS(ZT_NAME)
};
