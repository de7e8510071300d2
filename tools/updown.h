/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that change what is up, or show it. */
#ifndef TOOLS_UPDOWN_H
#define TOOLS_UPDOWN_H

#include "tool.h"

enum end cmd_up(int argc, char **argv);
enum end cmd_check(int argc, char **argv);
enum end cmd_down(int argc, char **argv);
enum end cmd_node(int argc, char **argv);
enum end cmd_status(int argc, char **argv);
enum end cmd_stats(int argc, char **argv);
enum end cmd_top(int argc, char **argv);
enum end cmd_plot(int argc, char **argv);
enum end cmd_doctor(int argc, char **argv);

#endif /* TOOLS_UPDOWN_H */
