/* SPDX-License-Identifier: GPL-2.0-only */
/* Swap devices: made, used, emptied and removed. */
#ifndef TOOLS_SWAP_H
#define TOOLS_SWAP_H

#include "progress.h"
#include "snapshot.h"

#define SWAP_FOLDERS	"/sys/kernel/config/zcache"

enum end swap_make(const struct swap_conf *conf);
enum end swap_remove(const struct swap *swap, struct deadline until);
enum end swap_refused(const struct snapshot *snap, const struct swap *swap);
enum end swap_off(const char *device, struct deadline until);
enum end swap_on(const char *device, uint64_t priority);
enum end cmd_swap(int argc, char **argv);
enum end cmd_drain(int argc, char **argv);

#endif /* TOOLS_SWAP_H */
