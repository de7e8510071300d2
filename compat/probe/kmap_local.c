// SPDX-License-Identifier: GPL-2.0-only
/* asks: can pages be mapped for a while without disabling preemption?   expect: v5.11 */
#include <linux/highmem.h>

void probe(struct page *page);
void probe(struct page *page)
{
	kunmap_local(kmap_local_page(page));
}
