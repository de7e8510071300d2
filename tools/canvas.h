/* SPDX-License-Identifier: GPL-2.0-only */
/* A picture of characters: for a terminal, as text, or as SVG. */
#ifndef TOOLS_CANVAS_H
#define TOOLS_CANVAS_H

#include "tool.h"

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_WARN, INK_BAD, INK_HERE, INK_AWAY,
	   INK_LENT, INKS };

struct cell {
	char		c;
	unsigned char	ink;
};

struct canvas {
	int		width;
	int		height;
	struct cell	*cells;
};

struct canvas *canvas_make(int width, int height);
void canvas_free(struct canvas *canvas);
PRINTF(5, 6) int canvas_print(struct canvas *canvas, int row, int column, enum ink ink,
			      const char *format, ...);
void canvas_bar(struct canvas *canvas, int row, int column, int width, enum ink ink, char fill,
		uint64_t part, uint64_t whole);
int canvas_used(const struct canvas *canvas);
void canvas_text(const struct canvas *canvas, FILE *to);

/* svg.c */
void canvas_svg(const struct canvas *canvas, FILE *to);

#endif /* TOOLS_CANVAS_H */
