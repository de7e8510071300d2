/* SPDX-License-Identifier: GPL-2.0-only */
/* What `ramster top` shows of two moments. */
#ifndef TOOLS_FRAME_H
#define TOOLS_FRAME_H

#include "canvas.h"
#include "snapshot.h"

void frame_draw(struct canvas *canvas, const struct snapshot *now,
		const struct snapshot *before);
double frame_latency_ms(const struct peer *now, const struct peer *before);

#endif /* TOOLS_FRAME_H */
