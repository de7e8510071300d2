/* SPDX-License-Identifier: GPL-2.0-only */
/* What the model asks of C. */
#ifndef TESTS_MODEL_MODEL_H
#define TESTS_MODEL_MODEL_H

int model_step(int state, int event);
int model_number(const char *name, int otherwise);

#endif /* TESTS_MODEL_MODEL_H */
