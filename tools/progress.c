// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work that takes long is done by a child: then there is somebody to show how far it is, and to
 * end at the deadline, which the kernel knows nothing of.
 */
#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BAR_CHARS	30
#define LOOK_MS		50

/* How often a line is printed to what is no terminal. */
#define LINE_MS		5000

uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* 0: there is none. */
struct deadline deadline_in(uint64_t seconds)
{
	return (struct deadline){ seconds != 0, clock_ms() + seconds * 1000 };
}

bool deadline_over(struct deadline until)
{
	return until.limited && clock_ms() >= until.at_ms;
}

void progress_begin(struct progress *progress, const char *what, uint64_t all)
{
	*progress = (struct progress){ .what = what, .all = all, .began_ms = clock_ms() };
	progress->shown_ms = progress->began_ms;
}

static void print_bar(const struct progress *progress, uint64_t done, uint64_t left)
{
	unsigned int filled = progress->all ? done * BAR_CHARS / progress->all : BAR_CHARS;
	uint64_t ms = clock_ms() - progress->began_ms;
	char bar[BAR_CHARS + 1], rest[48] = "";

	memset(bar, '.', BAR_CHARS);
	memset(bar, '#', filled);
	bar[BAR_CHARS] = '\0';
	if (done && ms > 500)
		snprintf(rest, sizeof(rest), ", %llu/s, %llu s left",
			 (unsigned long long)(done * 1000 / ms),
			 (unsigned long long)(left * ms / done / 1000));
	fprintf(stderr, "\r[%s] %3u %% %llu of %llu %s%s\033[K", bar,
		(unsigned int)(progress->all ? done * 100 / progress->all : 100),
		(unsigned long long)done, (unsigned long long)progress->all, progress->what, rest);
	fflush(stderr);
}

/* It may become more while it is being done. */
void progress_show(struct progress *progress, uint64_t left)
{
	uint64_t now = clock_ms(), done;

	if (opt.quiet)
		return;
	if (left > progress->all)
		progress->all = left;
	done = progress->all - left;
	if (isatty(STDERR_FILENO)) {
		print_bar(progress, done, left);
	} else if (now - progress->shown_ms >= LINE_MS) {
		fprintf(stderr, "%llu of %llu %s\n", (unsigned long long)done,
			(unsigned long long)progress->all, progress->what);
		progress->shown_ms = now;
	}
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown && isatty(STDERR_FILENO))
		fputc('\n', stderr);
}

/*
 * Waits for a child, and shows what is left.  Its exit status; -1: it was killed; -ETIME: the
 * deadline was first, and the child was asked to end, which it does when the kernel lets it.
 */
int watch(pid_t pid, struct deadline until, const char *what, left_fn left, void *ctx)
{
	struct progress progress;
	int status;

	if (pid < 0)
		return -1;
	progress_begin(&progress, what, left(ctx));
	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			break;
		if (ended < 0 && errno != EINTR)
			return -1;
		if (deadline_over(until)) {
			kill(pid, SIGTERM);
			progress_end(&progress);
			return -ETIME;
		}
		if (clock_ms() - progress.began_ms > 200)
			progress_show(&progress, left(ctx));
		poll(NULL, 0, LOOK_MS);
	}
	if (progress.shown)
		progress_show(&progress, left(ctx));
	progress_end(&progress);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
