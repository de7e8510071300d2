/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of the system that we call. */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "tool.h"

#include <sys/types.h>

enum program {
	RUN_MODPROBE, RUN_MKSWAP, RUN_SWAPON, RUN_SWAPOFF, RUN_DMSETUP, RUN_MOUNT,
	RUN_NFT, RUN_IP, RUN_DMESG, RUN_PING, RUN_MODINFO, RUN_TIMEDATECTL, RUN_MOKUTIL,
	RUN_PROGRAMS
};

/* Arguments end with NULL, as of execv; the program itself is not among them. */
int run(enum program program, const char *const *args);
pid_t run_begin(enum program program, const char *const *args);
int run_end(pid_t pid);
char *run_output(enum program program, const char *const *args);

#define RUN(program, ...) run(program, (const char *const[]){ __VA_ARGS__, NULL })
#define RUN_OUTPUT(program, ...) run_output(program, (const char *const[]){ __VA_ARGS__, NULL })

#endif /* TOOLS_RUN_H */
