// SPDX-License-Identifier: GPL-2.0-only
/* asks: is the state of BLAKE2s called struct blake2s_ctx?   expect: v6.19 */
#include <crypto/blake2s.h>
void probe(struct blake2s_ctx *ctx);
void probe(struct blake2s_ctx *ctx)
{
	blake2s_init(ctx, BLAKE2S_HASH_SIZE);
}
