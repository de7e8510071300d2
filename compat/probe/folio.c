// SPDX-License-Identifier: GPL-2.0-only
/* asks: are there folios?   expect: v5.16 */
#include <linux/mm.h>

unsigned long probe(struct page *page);
unsigned long probe(struct page *page)
{
	return folio_nr_pages(page_folio(page));
}
