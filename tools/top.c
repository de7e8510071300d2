// SPDX-License-Identifier: GPL-2.0-only
/* `ramster top`: the frame again and again, on a terminal, as text, or once as a picture. */
#include "frame.h"
#include "updown.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_COLUMNS	100
#define BATCH_ROWS	320

struct top {
	struct snapshot	*now;
	struct snapshot	*before;
	bool		two;		/* .before is of use */
	int		delay_ms;
};

static void top_begin(struct top *top, int delay_ms)
{
	top->now = need(calloc(1, sizeof(*top->now)));
	top->before = need(calloc(1, sizeof(*top->before)));
	top->two = false;
	top->delay_ms = delay_ms;
	snapshot_take(top->now);
}

static void top_next(struct top *top)
{
	struct snapshot *old = top->before;

	snapshot_free(old);
	top->before = top->now;
	top->now = old;
	top->two = true;
	snapshot_take(top->now);
}

static void top_end(struct top *top)
{
	snapshot_free(top->now);
	snapshot_free(top->before);
	free(top->now);
	free(top->before);
}

static struct canvas *draw(const struct top *top, int columns, int rows)
{
	struct canvas *canvas = canvas_make(columns, rows);

	frame_draw(canvas, top->now, top->two ? top->before : NULL);
	return canvas;
}

/* @count frames, 0: until somebody ends it. */
static void batch(struct top *top, uint64_t count)
{
	for (uint64_t i = 0; !count || i < count; i++) {
		struct canvas *canvas;

		if (i) {
			poll(NULL, 0, top->delay_ms);
			top_next(top);
			putchar('\n');
		}
		canvas = draw(top, BATCH_COLUMNS, BATCH_ROWS);
		canvas_text(canvas, stdout);
		canvas_free(canvas);
		if (fflush(stdout))
			return;
	}
}

static enum end picture(struct top *top, const char *file)
{
	struct canvas *canvas = draw(top, BATCH_COLUMNS, BATCH_ROWS);
	FILE *to = fopen(file, "w");
	enum end end = END_OK;

	if (to)
		canvas_svg(canvas, to);
	if (!to || fclose(to))
		end = fail(END_FAILED, "%s: %s", file, strerror(errno));
	canvas_free(canvas);
	return end;
}

static void set_inks(void)
{
	static const short colours[INKS] = {
		[INK_PLAIN] = -1, [INK_BOLD] = -1, [INK_DIM] = -1,
		[INK_GOOD] = COLOR_GREEN, [INK_WARN] = COLOR_YELLOW, [INK_BAD] = COLOR_RED,
		[INK_HERE] = COLOR_BLUE, [INK_AWAY] = COLOR_MAGENTA, [INK_LENT] = COLOR_CYAN,
	};

	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	for (short i = 0; i < INKS; i++)
		init_pair(i + 1, colours[i], -1);
}

static void show(const struct canvas *canvas)
{
	erase();
	for (int row = 0; row < canvas->height; row++) {
		for (int i = 0; i < canvas->width; i++) {
			const struct cell *cell = &canvas->cells[row * canvas->width + i];
			int look = has_colors() ? COLOR_PAIR(cell->ink + 1) : 0;

			if (cell->c == ' ')
				continue;
			if (cell->ink == INK_BOLD)
				look |= A_BOLD;
			else if (cell->ink == INK_DIM)
				look |= A_DIM;
			mvaddch(row, i, (unsigned char)cell->c | look);
		}
	}
	refresh();
}

/* Until q is pressed.  A changed size of the terminal is a key, too. */
static enum end live(struct top *top)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	int key = 0;

	if (!screen)
		return fail(END_FAILED, "top: this terminal cannot do it; use --batch");
	set_term(screen);
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	timeout(top->delay_ms);
	set_inks();
	while (key != 'q' && key != 'Q' && key != 27) {
		struct canvas *canvas = draw(top, COLS > 0 ? COLS : 80, LINES > 1 ? LINES - 1 : 24);

		canvas_print(canvas, canvas->height - 1, canvas->width - 8, INK_DIM, "q: quit");
		show(canvas);
		canvas_free(canvas);
		key = getch();
		top_next(top);
	}
	endwin();
	delscreen(screen);
	return END_OK;
}

enum end cmd_top(int argc, char **argv)
{
	const char *count_text = NULL, *delay_text = NULL, *svg = NULL;
	bool once = false, batched = false;
	const struct arg args[] = {
		{ "once", NULL, &once }, { "batch", NULL, &batched },
		{ "count", &count_text, NULL }, { "delay", &delay_text, NULL },
		{ "svg", &svg, NULL },
	};
	uint64_t count = 0, delay = 2;
	enum end end = END_OK;
	struct top top;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	if (count_text && (parse_u64(count_text, &count) || !count))
		return fail(END_USAGE, "top: --count is a number from 1 on, not '%s'", count_text);
	if (delay_text && (parse_u64(delay_text, &delay) || !delay || delay > 3600))
		return fail(END_USAGE, "top: --delay is a number of seconds from 1 to 3600, not '%s'",
			    delay_text);
	if (!once && !batched && !svg && !isatty(STDOUT_FILENO))
		return fail(END_USAGE, "top: the output is no terminal; use --once or --batch");
	top_begin(&top, delay * 1000);
	if (svg)
		end = picture(&top, svg);
	else if (once || batched)
		batch(&top, once ? 1 : count);
	else
		end = live(&top);
	top_end(&top);
	return end;
}
