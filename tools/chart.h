/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines over time, as SVG. */
#ifndef TOOLS_CHART_H
#define TOOLS_CHART_H

#include "tool.h"

struct series {
	const char	*name;
	const char	*colour;
	size_t		field;		/* of each sample */
};

struct chart {
	const char		*title;
	const char		*unit;		/* "B": bytes; else text behind a number */
	const struct series	*series;
	size_t			count;
};

/* Samples stand one after the other, @fields numbers each, the first of them the time in s. */
struct samples {
	const double	*values;
	size_t		count;
	size_t		fields;
};

#define CHART_WIDTH	900
#define CHART_HEIGHT	220

void chart_svg(const struct chart *chart, const struct samples *samples, int top, FILE *to);

#endif /* TOOLS_CHART_H */
