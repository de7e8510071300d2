/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seal of a page that leaves its machine.  Compiles in user space.
 */
#ifndef RAMSTER_SEAL_H
#define RAMSTER_SEAL_H

#include "msg.h"
#include "zcache/zcache.h"

/**
 * struct ramster_seal_id - what the seal of a page vouches for
 * @handle:	whose bytes they are
 * @version:	of the page
 * @name:	under which they travel; the nonce
 * @format:	how the bytes are to be read
 */
struct ramster_seal_id {
	struct tmem_handle	handle;
	u64			version;
	u64			name;
	enum zcache_format	format;
};

void ramster_seal_start(void);
u64 ramster_seal_incarnation(void);
void ramster_seal_end(void);
void ramster_seal_id_of(struct ramster_seal_id *id, const struct tmem_page *page, u64 name,
			enum zcache_format format);
void ramster_seal(const struct ramster_seal_id *id, void *to, const void *from, size_t size);
bool __must_check ramster_open(const struct ramster_seal_id *id, void *to, const void *from,
			       size_t sealed_size);

#endif /* RAMSTER_SEAL_H */
