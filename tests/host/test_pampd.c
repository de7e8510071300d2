// SPDX-License-Identifier: GPL-2.0-only
/* The pampd word: what is encoded comes back, and the XArray can hold it. */
#include "test.h"

#include "mod_tmem.h"

/* What the XArray keeps for itself: low bits 10b. */
static bool xarray_may_hold(const void *word)
{
	return ((unsigned long)word & 3) != 2;
}

static void check_page(struct tmem_page *page, enum tmem_where where)
{
	void *word = pampd_encode(page, where);

	CHECK(word);
	CHECK(xarray_may_hold(word));
	CHECK(!xa_is_zero(word));
	CHECK_EQ(pampd_where(word), where);
	CHECK(pampd_page(word) == page);
}

static void descriptors(void)
{
	struct tmem_page *page = malloc(sizeof(*page));
	unsigned int bit;

	check_page(page, TMEM_LOCAL);
	check_page(page, TMEM_REMOTE);
	CHECK(pampd_encode(page, TMEM_LOCAL) != pampd_encode(page, TMEM_REMOTE));
	free(page);
	/* Whatever the address; a kernel's are at the top. */
	for (bit = 3; bit < 64; bit++) {
		check_page((struct tmem_page *)(1UL << bit), TMEM_LOCAL);
		check_page((struct tmem_page *)(1UL << bit), TMEM_REMOTE);
		check_page((struct tmem_page *)(-1UL << bit), TMEM_LOCAL);
		check_page((struct tmem_page *)(-1UL << bit), TMEM_REMOTE);
	}
}

/* The words are part of what a debugger or a dump shows: fixed. */
static void exact_words(void)
{
	struct tmem_page *page = (struct tmem_page *)0xffff888012345678UL;

	CHECK_EQ((unsigned long)pampd_encode(page, TMEM_LOCAL), 0xffff888012345678UL);
	CHECK_EQ((unsigned long)pampd_encode(page, TMEM_REMOTE), 0xffff888012345679UL);
	CHECK_EQ((unsigned long)pampd_encode(NULL, TMEM_LOST), 3);
	CHECK_EQ((unsigned long)pampd_encode(NULL, TMEM_NOWHERE), 0);
	CHECK_EQ((unsigned long)pampd_encode(page, TMEM_NOWHERE), 0);
}

static void lost(void)
{
	void *word = pampd_encode(NULL, TMEM_LOST);

	CHECK(word);
	CHECK(xarray_may_hold(word));
	CHECK_EQ(pampd_where(word), TMEM_LOST);
	CHECK(!pampd_page(word));
	/* A page that is given along has nothing to do with it. */
	CHECK(pampd_encode((struct tmem_page *)0x1000, TMEM_LOST) == word);
}

static void nothing(void)
{
	CHECK_EQ(pampd_where(NULL), TMEM_NOWHERE);
	CHECK(!pampd_page(NULL));
}

/* Every word in the array is of one kind, and the kinds differ. */
static void no_two_alike(void)
{
	struct tmem_page *a = (struct tmem_page *)0x1000, *b = (struct tmem_page *)0x1008;
	void *words[] = {
		NULL, pampd_encode(NULL, TMEM_LOST),
		pampd_encode(a, TMEM_LOCAL), pampd_encode(a, TMEM_REMOTE),
		pampd_encode(b, TMEM_LOCAL), pampd_encode(b, TMEM_REMOTE),
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		for (k = 0; k < i; k++)
			CHECK(words[i] != words[k]);
}

int main(void)
{
	test_plan(5);
	RUN_BARE(descriptors);
	RUN_BARE(exact_words);
	RUN_BARE(lost);
	RUN_BARE(nothing);
	RUN_BARE(no_two_alike);
	return test_end();
}
