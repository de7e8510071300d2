// SPDX-License-Identifier: GPL-2.0-only
/* asks: nothing; no kernel may compile this, else failures go unnoticed.   expect: never */
#include <linux/module.h>

int probe(struct module *mod);
int probe(struct module *mod)
{
	return ramster_no_kernel_has_this(mod);
}
