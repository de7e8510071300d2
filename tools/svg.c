// SPDX-License-Identifier: GPL-2.0-only
/* A picture of characters as SVG, as a terminal with a dark background would show it. */
#include "canvas.h"

#define CHAR_WIDTH	8.4
#define ROW_HEIGHT	19
#define MARGIN		12

static const char *const colours[INKS] = {
	[INK_PLAIN] = "#d0d0d0", [INK_BOLD] = "#ffffff", [INK_DIM] = "#808080",
	[INK_GOOD] = "#6cc644", [INK_WARN] = "#e3b341", [INK_BAD] = "#f85149",
	[INK_HERE] = "#58a6ff", [INK_AWAY] = "#bc8cff", [INK_LENT] = "#39c5cf",
};

static void put_char(char c, FILE *to)
{
	if (c == '<')
		fputs("&lt;", to);
	else if (c == '>')
		fputs("&gt;", to);
	else if (c == '&')
		fputs("&amp;", to);
	else
		putc(c, to);
}

/* Characters of one ink stand together, each at its place whatever the font. */
static void put_row(const struct canvas *canvas, int row, FILE *to)
{
	const struct cell *cells = &canvas->cells[row * canvas->width];
	int begin = 0, end;

	for (; begin < canvas->width; begin = end) {
		end = begin + 1;
		if (cells[begin].c == ' ')
			continue;
		while (end < canvas->width && cells[end].ink == cells[begin].ink &&
		       (cells[end].c != ' ' || (end + 1 < canvas->width &&
						cells[end + 1].c != ' ')))
			end++;
		while (cells[end - 1].c == ' ')
			end--;
		fprintf(to, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\" textLength=\"%.1f\"%s>",
			MARGIN + begin * CHAR_WIDTH, MARGIN + row * ROW_HEIGHT + 14,
			colours[cells[begin].ink], (end - begin) * CHAR_WIDTH,
			cells[begin].ink == INK_BOLD ? " font-weight=\"bold\"" : "");
		for (int i = begin; i < end; i++)
			put_char(cells[i].c, to);
		fputs("</text>\n", to);
	}
}

void canvas_svg(const struct canvas *canvas, FILE *to)
{
	int rows = canvas_used(canvas);
	double width = 2 * MARGIN + canvas->width * CHAR_WIDTH;
	int height = 2 * MARGIN + rows * ROW_HEIGHT;

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" ", to);
	fprintf(to, "width=\"%.0f\" height=\"%d\" viewBox=\"0 0 %.0f %d\">\n", width, height,
		width, height);
	fprintf(to, "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#16191d\"/>\n");
	fputs("<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" ", to);
	fputs("xml:space=\"preserve\">\n", to);
	for (int row = 0; row < rows; row++)
		put_row(canvas, row, to);
	fputs("</g>\n</svg>\n", to);
}
