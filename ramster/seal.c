// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page is sealed with before it leaves: ChaCha20-Poly1305 (RFC 8439) under a key
 * that never leaves this machine and is drawn anew at each start.
 *
 * The nonce is the page's name, which is never used twice with a key.  The seal vouches
 * for the handle, the version, the format and the size: who has the bytes can neither
 * read or change them nor give those of another page, nor those of an older version.
 */
#include "seal.h"

#include <crypto/chacha20poly1305.h>
#include <linux/build_bug.h>
#include <linux/random.h>
#include <linux/string.h>

static_assert(RAMSTER_SEAL_BYTES == CHACHA20POLY1305_AUTHTAG_SIZE);

static u8 seal_key[CHACHA20POLY1305_KEY_SIZE];
static u64 incarnation;

/**
 * ramster_seal_start() - draw the key, and the number that says that it is another one
 *
 * With it names may begin anew.
 *
 * Context: may sleep; no page of ours is elsewhere.
 */
void ramster_seal_start(void)
{
	get_random_bytes_wait(seal_key, sizeof(seal_key));
	do {
		incarnation = get_random_u64();
	} while (!incarnation);
}

/**
 * ramster_seal_incarnation() - what others know the present key by
 *
 * Context: any.
 * Return: not 0.
 */
u64 ramster_seal_incarnation(void)
{
	return incarnation;
}

/**
 * ramster_seal_end() - forget the key
 *
 * Context: any; no page of ours is elsewhere.
 */
void ramster_seal_end(void)
{
	memzero_explicit(seal_key, sizeof(seal_key));
}

/**
 * ramster_seal_id_of() - what the seal of a page vouches for
 * @id:		filled in
 * @page:	descriptor, pinned
 * @name:	under which it travels
 * @format:	of its bytes
 *
 * Context: any.
 */
void ramster_seal_id_of(struct ramster_seal_id *id, const struct tmem_page *page, u64 name,
			enum zcache_format format)
{
	tmem_page_handle(page, &id->handle);
	id->version = tmem_page_version(page);
	id->name = name;
	id->format = format;
}

/* Associated data: all that is known of the page but its bytes. */
static void pack(const struct ramster_seal_id *id, size_t size, u8 buf[TMEM_XHANDLE_BYTES])
{
	const struct tmem_xhandle xh = {
		.handle = id->handle,
		.version = id->version,
		.tag = id->name,
		.size = size,
		.flags = id->format,
	};

	tmem_xhandle_pack(&xh, buf);
}

/**
 * ramster_seal() - seal the bytes of a page
 * @id:		what the seal vouches for
 * @to:		room for @size + RAMSTER_SEAL_BYTES
 * @from:	the bytes
 * @size:	how many
 *
 * Context: any that may use the CPU for some microseconds.
 */
void ramster_seal(const struct ramster_seal_id *id, void *to, const void *from, size_t size)
{
	u8 ad[TMEM_XHANDLE_BYTES];

	pack(id, size, ad);
	chacha20poly1305_encrypt(to, from, size, ad, sizeof(ad), id->name, seal_key);
}

/**
 * ramster_open() - check and open what ramster_seal() has made
 * @id:		what the seal must vouch for
 * @to:		room for @sealed_size - RAMSTER_SEAL_BYTES
 * @from:	the sealed bytes
 * @sealed_size: how many, at most RAMSTER_SEALED_MAX
 *
 * Context: as ramster_seal().
 * Return: whether they are what was sealed.
 */
bool ramster_open(const struct ramster_seal_id *id, void *to, const void *from,
		  size_t sealed_size)
{
	u8 ad[TMEM_XHANDLE_BYTES];

	if (sealed_size <= RAMSTER_SEAL_BYTES || sealed_size > RAMSTER_SEALED_MAX)
		return false;
	pack(id, sealed_size - RAMSTER_SEAL_BYTES, ad);
	return chacha20poly1305_decrypt(to, from, sealed_size, ad, sizeof(ad), id->name,
					seal_key);
}
