/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of a table line. */
#ifndef RAMSTER_DM_ZCACHE_OPTIONS_H
#define RAMSTER_DM_ZCACHE_OPTIONS_H

#include <linux/types.h>

/**
 * struct options - what a table line asks for
 * @verify:		compare with the disk
 * @fifo:		policy=fifo
 * @max_pages:		most pages held; 0: as many as the store takes
 * @records:		most pages remembered
 * @stage_pages:	pages of the ring
 * @evict_copy_max:	most pages copied of one folio
 * @given:		bit n: number n of the option table was on the line
 */
struct options {
	bool		verify;
	bool		fifo;
	u32		max_pages;
	u32		records;
	u32		stage_pages;
	u32		evict_copy_max;
	unsigned int	given;
};

void options_default(struct options *opts, unsigned long ram_pages);
int options_parse(struct options *opts, unsigned int argc, char **argv, const char **error);
size_t options_show(const struct options *opts, char *buf, size_t size);

#endif /* RAMSTER_DM_ZCACHE_OPTIONS_H */
