// SPDX-License-Identifier: GPL-2.0-only
/* asks: does the page cache say which folios come and go?   expect: v5.17 */
#include <trace/events/filemap.h>

void probe(struct folio *folio);
void probe(struct folio *folio)
{
	trace_mm_filemap_delete_from_page_cache(folio);
}
