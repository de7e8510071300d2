// SPDX-License-Identifier: GPL-2.0-only
/* asks: may a module be a back end of frontswap, or of cleancache?   expect: always, gone in v5.17 */
#include <linux/frontswap.h>
#include <linux/cleancache.h>

#if !defined(CONFIG_FRONTSWAP) && !defined(CONFIG_CLEANCACHE)
#error "neither is in this kernel"
#endif

/* While there could be more than one back end of frontswap, its functions were exported. */
struct frontswap_ops *probe(struct frontswap_ops *swap, const struct cleancache_ops *clean);
struct frontswap_ops *probe(struct frontswap_ops *swap, const struct cleancache_ops *clean)
{
	frontswap_register_ops(swap);
	return cleancache_register_ops(clean) ? NULL : swap->next;
}
