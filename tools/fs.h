/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files of /sys, /proc, /etc, below opt.root.  Paths are formats. */
#ifndef TOOLS_FS_H
#define TOOLS_FS_H

#include "tool.h"

bool fs_real(void);
PRINTF(1, 2) char *fs_path(const char *format, ...);
PRINTF(1, 2) bool fs_exists(const char *format, ...);
PRINTF(2, 3) char *fs_read_bytes(size_t *len, const char *format, ...);
PRINTF(1, 2) char *fs_read(const char *format, ...);
PRINTF(2, 3) int fs_read_u64(uint64_t *value, const char *format, ...);
PRINTF(2, 3) int fs_write(const char *value, const char *format, ...);
PRINTF(3, 4) int fs_write_secret(const char *value, const char *shown, const char *format, ...);
PRINTF(1, 2) int fs_mkdir(const char *format, ...);
PRINTF(1, 2) int fs_rmdir(const char *format, ...);

/* Names in a folder, sorted as numbers and text; ends with NULL. */
PRINTF(1, 2) char **fs_names(const char *format, ...);
void fs_names_free(char **names);

#endif /* TOOLS_FS_H */
