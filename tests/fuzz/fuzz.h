/* SPDX-License-Identifier: GPL-2.0-only */
/* What libFuzzer, or replay.c in its place, calls. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Which folder of corpus/ is the target's. */
const char *fuzz_name(void);

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* TESTS_FUZZ_FUZZ_H */
