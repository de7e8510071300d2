// SPDX-License-Identifier: GPL-2.0-only
/* asks: nothing; every kernel must compile this, else the toolchain is broken.   expect: always */
#include <linux/module.h>

int probe(struct module *mod);
int probe(struct module *mod)
{
	return try_module_get(mod);
}
