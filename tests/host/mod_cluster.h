/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the cluster needs no socket, unmodified, so that a test reaches its statics. */
#include "../../cluster/wire.c"
#ifdef WITH_CRYPTO
#include "../../cluster/noise.c"
#include "../../cluster/seal.c"
#endif
