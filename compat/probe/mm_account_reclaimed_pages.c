// SPDX-License-Identifier: GPL-2.0-only
/* asks: can a shrinker say how many pages it has freed itself?   expect: v6.4 */
#include <linux/swap.h>

void probe(unsigned long pages);
void probe(unsigned long pages)
{
	mm_account_reclaimed_pages(pages);
}
