// SPDX-License-Identifier: GPL-2.0-only
/* A picture of characters, each with an ink.  What does not fit is cut off. */
#include "canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct canvas *canvas_make(int width, int height)
{
	struct canvas *canvas = need(malloc(sizeof(*canvas)));

	canvas->width = width;
	canvas->height = height;
	canvas->cells = need(calloc((size_t)width * height, sizeof(*canvas->cells)));
	for (int i = 0; i < width * height; i++)
		canvas->cells[i].c = ' ';
	return canvas;
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->cells);
	free(canvas);
}

/* Returns the column behind the text. */
int canvas_print(struct canvas *canvas, int row, int column, enum ink ink,
		 const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (int i = 0; i < len && text[i] && row < canvas->height && column + i < canvas->width;
	     i++) {
		struct cell *cell = &canvas->cells[row * canvas->width + column + i];

		cell->c = text[i];
		cell->ink = ink;
	}
	return column + len;
}

/* [####....]: something shows as soon as there is anything. */
void canvas_bar(struct canvas *canvas, int row, int column, int width, enum ink ink, char fill,
		uint64_t part, uint64_t whole)
{
	double share = whole ? (double)part / whole : 0;
	int filled = share >= 1 ? width : (int)(share * width);

	if (part && !filled)
		filled = 1;
	canvas_print(canvas, row, column, INK_DIM, "[");
	for (int i = 0; i < width; i++)
		canvas_print(canvas, row, column + 1 + i, i < filled ? ink : INK_DIM, "%c",
			     i < filled ? fill : '.');
	canvas_print(canvas, row, column + 1 + width, INK_DIM, "]");
}

static int row_length(const struct canvas *canvas, int row)
{
	int len = canvas->width;

	while (len && canvas->cells[row * canvas->width + len - 1].c == ' ')
		len--;
	return len;
}

/* Rows up to the last that has something in it. */
int canvas_used(const struct canvas *canvas)
{
	int rows = canvas->height;

	while (rows && !row_length(canvas, rows - 1))
		rows--;
	return rows;
}

void canvas_text(const struct canvas *canvas, FILE *to)
{
	for (int row = 0; row < canvas_used(canvas); row++) {
		for (int i = 0; i < row_length(canvas, row); i++)
			putc(canvas->cells[row * canvas->width + i].c, to);
		putc('\n', to);
	}
}
