// SPDX-License-Identifier: GPL-2.0-only
/* The very same packing of messages as in ramster.ko, which is not loaded beside this. */
#include "ramster/msg.c"
