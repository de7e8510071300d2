/* SPDX-License-Identifier: GPL-2.0-only */
/* The key of a cluster, as text. */
#ifndef TOOLS_KEY_H
#define TOOLS_KEY_H

#include "tool.h"

#define KEY_BYTES	32
#define KEY_CHARS	44	/* of base64 */

char *key_wrong(const char *text);
char *key_read(const char *file, char **why);
void key_free(char *key);
enum end cmd_key(int argc, char **argv);

#endif /* TOOLS_KEY_H */
