/* SPDX-License-Identifier: GPL-2.0-only */
/* All numbers of a moment as JSON. */
#ifndef TOOLS_STATS_H
#define TOOLS_STATS_H

#include "snapshot.h"

#include <json-c/json.h>

struct json_object *stats_json(const struct snapshot *snap);

#endif /* TOOLS_STATS_H */
