/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that takes long: how far it is, and when it has to end. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include "tool.h"

#include <sys/types.h>

struct deadline {
	bool		limited;
	uint64_t	at_ms;
};

struct progress {
	const char	*what;		/* "pages home" */
	uint64_t	all;
	uint64_t	began_ms;
	uint64_t	shown_ms;
	bool		shown;
};

uint64_t clock_ms(void);
struct deadline deadline_in(uint64_t seconds);
bool deadline_over(struct deadline until);
void progress_begin(struct progress *progress, const char *what, uint64_t all);
void progress_show(struct progress *progress, uint64_t left);
void progress_end(struct progress *progress);
/* What is left of the work that a child does; is called again and again. */
typedef uint64_t (*left_fn)(void *ctx);
int watch(pid_t pid, struct deadline until, const char *what, left_fn left, void *ctx);

#endif /* TOOLS_PROGRESS_H */
