// SPDX-License-Identifier: GPL-2.0-only
/* Lines over time, as SVG that needs nothing but itself. */
#include "chart.h"

#include <string.h>

#define LEFT	90
#define RIGHT	16
#define TOP	34
#define BOTTOM	26
#define GRID	4

struct scale {
	double	t0, t1, most;
	int	top;
};

static double value_of(const struct samples *samples, size_t at, size_t field)
{
	return samples->values[at * samples->fields + field];
}

/* The next 1, 2 or 5 of some power of ten, or of two for bytes. */
static double round_up(double value, bool bytes)
{
	static const double steps[] = { 1, 2, 4, 5, 8, 10 };
	double power = 1, base = bytes ? 2 : 10;

	if (value <= 0)
		return bytes ? PAGE_BYTES : 1;
	while (power * base <= value)
		power *= base;
	while (power > value)
		power /= base;
	if (bytes)
		return power * 2;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (power * steps[i] >= value)
			return power * steps[i];
	}
	return power * 10;
}

static double x_of(const struct scale *scale, double t)
{
	double span = scale->t1 - scale->t0;

	return LEFT + (span > 0 ? (t - scale->t0) / span : 0) * (CHART_WIDTH - LEFT - RIGHT);
}

static double y_of(const struct scale *scale, double value)
{
	return scale->top + TOP + (1 - value / scale->most) * (CHART_HEIGHT - TOP - BOTTOM);
}

static void label(double value, const char *unit, char buf[32])
{
	char number[16];

	if (text_is(unit, "B"))
		snprintf(buf, 32, "%s", human_bytes((uint64_t)value, number));
	else if (value < 10)
		snprintf(buf, 32, "%.4g%s", value, unit);
	else
		snprintf(buf, 32, "%s%s", human_count((uint64_t)value, number), unit);
}

static void put_grid(const struct chart *chart, const struct scale *scale, FILE *to)
{
	char text[32];

	for (int i = 0; i <= GRID; i++) {
		double value = scale->most * i / GRID, y = y_of(scale, value);

		label(value, chart->unit, text);
		fprintf(to, "<line x1=\"%d\" x2=\"%d\" ", LEFT, CHART_WIDTH - RIGHT);
		fprintf(to, "y1=\"%.1f\" y2=\"%.1f\" stroke=\"#d8dee4\"/>\n", y, y);
		fprintf(to, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			LEFT - 8, y + 4, text);
	}
	for (int i = 0; i <= GRID; i++) {
		double t = scale->t0 + (scale->t1 - scale->t0) * i / GRID;

		fprintf(to, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.4g s</text>\n",
			x_of(scale, t), scale->top + CHART_HEIGHT - 8, t);
	}
}

static void put_line(const struct series *series, const struct samples *samples,
		     const struct scale *scale, FILE *to)
{
	fprintf(to, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" points=\"",
		series->colour);
	for (size_t i = 0; i < samples->count; i++)
		fprintf(to, "%s%.1f,%.1f", i ? " " : "", x_of(scale, value_of(samples, i, 0)),
			y_of(scale, value_of(samples, i, series->field)));
	fputs("\"/>\n", to);
}

/* One picture, from @top on, for between <svg> and </svg>. */
void chart_svg(const struct chart *chart, const struct samples *samples, int top, FILE *to)
{
	struct scale scale = { .top = top };
	double most = 0;
	int x = CHART_WIDTH - RIGHT;

	for (size_t i = 0; i < samples->count; i++) {
		for (size_t s = 0; s < chart->count; s++) {
			double value = value_of(samples, i, chart->series[s].field);

			most = value > most ? value : most;
		}
	}
	scale.most = round_up(most, text_is(chart->unit, "B"));
	if (samples->count) {
		scale.t0 = value_of(samples, 0, 0);
		scale.t1 = value_of(samples, samples->count - 1, 0);
	}
	fprintf(to, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\" font-size=\"14\">%s</text>\n",
		LEFT, top + 18, chart->title);
	for (size_t s = chart->count; s--;) {
		x -= 14 + 7 * strlen(chart->series[s].name);
		fprintf(to, "<text x=\"%d\" y=\"%d\" fill=\"%s\" font-weight=\"bold\">%s</text>\n",
			x, top + 18, chart->series[s].colour, chart->series[s].name);
	}
	put_grid(chart, &scale, to);
	for (size_t s = 0; s < chart->count; s++)
		put_line(&chart->series[s], samples, &scale, to);
}
