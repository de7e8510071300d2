/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shim, second drawer: small types and helpers of the kernel that any program could
 * have, written anew with the kernel's names.
 */
#ifndef SHIM_DUP_H
#define SHIM_DUP_H

#include <asm/errno.h>
#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "stubs.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef unsigned int gfp_t;

#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		(~0ULL)
#define BITS_PER_LONG	((unsigned int)(8 * sizeof(long)))

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define offset_in_page(x)	((unsigned long)(x) & (PAGE_SIZE - 1))

#define BIT(nr)			(1UL << (nr))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define min_t(type, a, b)	({ type a_ = (a), b_ = (b); a_ < b_ ? a_ : b_; })
#define max_t(type, a, b)	({ type a_ = (a), b_ = (b); a_ > b_ ? a_ : b_; })
#define min(a, b)		min_t(typeof(a), a, b)
#define max(a, b)		max_t(typeof(a), a, b)
#define clamp(x, lo, hi)	min_t(typeof(x), max_t(typeof(x), x, lo), hi)
#define min3(a, b, c)		min_t(typeof(a), a, min_t(typeof(a), b, c))

#define swap(a, b)		({ typeof(a) a_ = (a); (a) = (b); (b) = a_; })

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define ilog2(n)		((unsigned int)(63 - __builtin_clzll(n)))
#define roundup_pow_of_two(n)	(1UL << ((n) > 1 ? ilog2((n) - 1) + 1 : 0))
#define hash_64(v, bits)	((u64)(v) * 0x61C8864680B583EBULL >> (64 - (bits)))
#define hash_long(v, bits)	hash_64(v, bits)

#define scnprintf(buf, size, ...)					\
({									\
	size_t room_ = (size);						\
	size_t len_ = room_ ? (size_t)snprintf(buf, room_, __VA_ARGS__) : 0; \
									\
	len_ < room_ ? len_ : room_ ? room_ - 1 : 0;			\
})

static inline int kstrtou32(const char *text, unsigned int base, u32 *value)
{
	unsigned long long n;
	char *end;

	/* Only what begins with a digit: no blank, no sign but one plus. */
	if (*text == '+')
		text++;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	n = strtoull(text, &end, base);
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	if (n > U32_MAX)
		return -ERANGE;
	*value = n;
	return 0;
}

/* Error pointers: the last page of the address space. */
#define IS_ERR(ptr)	((unsigned long)(ptr) >= -4095UL)
#define ERR_PTR(err)	((void *)(long)(err))
#define PTR_ERR(ptr)	((long)(ptr))

/* Bytes in a fixed order, whatever the order of the machine. */
static inline u64 shim_get_le(const u8 *from, int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

static inline void shim_put_le(u64 value, u8 *to, int bytes)
{
	for (; bytes--; value >>= 8)
		*to++ = value & 0xff;
}

#define get_unaligned_le16(p)		((u16)shim_get_le(p, 2))
#define get_unaligned_le32(p)		((u32)shim_get_le(p, 4))
#define get_unaligned_le64(p)		shim_get_le(p, 8)
#define put_unaligned_le16(v, p)	shim_put_le(v, p, 2)
#define put_unaligned_le32(v, p)	shim_put_le(v, p, 4)
#define put_unaligned_le64(v, p)	shim_put_le(v, p, 8)

/* The kernel keeps the compiler from leaving it out. */
static inline void memzero_explicit(void *from, size_t len)
{
	memset(from, 0, len);
	__asm__ volatile("" : : "r"(from) : "memory");
}

/* Bitmaps, one bit at a time: they are short here. */
#define DECLARE_BITMAP(name, bits)	unsigned long name[DIV_ROUND_UP(bits, 8 * sizeof(long))]

static inline void __set_bit(unsigned int nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] |= 1UL << nr % BITS_PER_LONG;
}

static inline void __clear_bit(unsigned int nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] &= ~(1UL << nr % BITS_PER_LONG);
}

static inline bool test_bit(unsigned int nr, const unsigned long *map)
{
	return map[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;
}

static inline unsigned long find_next_bit(const unsigned long *map, unsigned long size,
					  unsigned long from)
{
	while (from < size && !test_bit(from, map))
		from = map[from / BITS_PER_LONG] ? from + 1 :
						   (from / BITS_PER_LONG + 1) * BITS_PER_LONG;
	return from < size ? from : size;
}

static inline unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long nr = size;

	while (nr--)
		if (test_bit(nr, map))
			return nr;
	return size;
}

/* Doubly linked rings.  A node that is on no ring points to itself. */
struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)		struct list_head name = { &name, &name }
#define INIT_LIST_HEAD(head)	((head)->next = (head)->prev = (head))

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void shim_list_insert(struct list_head *node, struct list_head *after)
{
	struct list_head *before = after->next;

	assert(before->prev == after);	/* a corrupt ring */
	node->prev = after;
	node->next = before;
	after->next = node;
	before->prev = node;
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	shim_list_insert(node, head);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	shim_list_insert(node, head->prev);
}

static inline void list_del(struct list_head *node)
{
	assert(node->next->prev == node && node->prev->next == node);
	node->next->prev = node->prev;
	node->prev->next = node->next;
	node->next = node->prev = NULL;	/* a second use faults */
}

static inline void list_del_init(struct list_head *node)
{
	if (node->next == node)
		return;
	list_del(node);
	INIT_LIST_HEAD(node);
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	list_del(node);
	list_add_tail(node, head);
}

#define list_first_entry(head, type, member)	container_of((head)->next, type, member)
#define list_for_each_entry(pos, head, member)					\
	for (pos = container_of((head)->next, typeof(*pos), member);		\
	     &pos->member != (head);						\
	     pos = container_of(pos->member.next, typeof(*pos), member))

#define list_first_entry_or_null(head, type, member)				\
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_for_each_entry_safe(pos, n, head, member)				\
	for (pos = container_of((head)->next, typeof(*pos), member),		\
	     n = container_of(pos->member.next, typeof(*pos), member);		\
	     &pos->member != (head);						\
	     pos = n, n = container_of(n->member.next, typeof(*n), member))

/* A page frame; its bytes are aligned and have red zones around them. */
struct page {
	void *bytes;
};

#define page_address(page)	((page)->bytes)

static inline void *memchr_inv(const void *from, int byte, size_t len)
{
	const u8 *at = from;

	for (; len; len--, at++)
		if (*at != (u8)byte)
			return (void *)at;
	return NULL;
}

/* Not in constant time, which the kernel's is. */
static inline int hex2bin(u8 *to, const char *from, size_t len)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *high, *low;

	for (; len; len--, to++, from += 2) {
		high = memchr(digits, from[0], 32);
		low = memchr(digits, from[1], 32);
		if (!high || !low)
			return -EINVAL;
		*to = (high - digits) % 16 << 4 | (low - digits) % 16;
	}
	return 0;
}

#endif /* SHIM_DUP_H */
