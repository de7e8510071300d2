// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of pages that are elsewhere, and every change of their state.
 *
 * A descriptor is made before its page is sent.  When there is no memory for it, there is
 * a reserve: moving a page is what makes memory.  Not a mempool: that poisons what it keeps,
 * and whoever still has the word of a page that is gone may look at its pins (see tmem.h).
 */
#include "internal.h"
#include "trace.h"

/* As many as the pages that may be on their way at once. */
#define RESERVE		4096

static struct kmem_cache *page_cache;
static LLIST_HEAD(reserve);		/* by t.link; who moves pages alone takes from it */
static atomic_t in_reserve;
static atomic64_t last_name;

static struct ramster_page *new_page(gfp_t gfp)
{
	struct ramster_page *rp = kmem_cache_alloc(page_cache, gfp);

	/* For memory that is new; what was a descriptor before has zero there. */
	if (rp)
		tmem_page_init_once(&rp->t);
	return rp;
}

int ramster_page_init(void)
{
	/*
	 * Type-stable, see tmem.h: of one that is free only the pins are looked at.  By itself
	 * the allocator would put its own pointer behind the object, at a cost of a quarter.
	 */
	struct kmem_cache_args args = {
		.use_freeptr_offset	= true,
		.freeptr_offset		= offsetof(struct ramster_page, word),
	};

	page_cache = kmem_cache_create("ramster_page", sizeof(struct ramster_page), &args,
				       SLAB_TYPESAFE_BY_RCU);
	if (!page_cache)
		return -ENOMEM;
	while (atomic_read(&in_reserve) < RESERVE) {
		struct ramster_page *rp = new_page(GFP_KERNEL);

		if (!rp) {
			ramster_page_exit();
			return -ENOMEM;
		}
		ramster_page_free(rp);
	}
	return 0;
}

void ramster_page_exit(void)
{
	struct ramster_page *rp, *next;

	llist_for_each_entry_safe(rp, next, llist_del_all(&reserve), t.link)
		kmem_cache_free(page_cache, rp);
	kmem_cache_destroy(page_cache);
}

/**
 * ramster_page_alloc() - a new descriptor
 *
 * Context: one caller at a time, who moves pages; does not wait for memory.
 * Return: the descriptor, nobody's; NULL: no memory, and the reserve is used up.
 */
struct ramster_page *ramster_page_alloc(void)
{
	/* Some below the watermark at which programs wait for memory: that is made here. */
	struct ramster_page *rp = new_page(GFP_NOWAIT | __GFP_HIGH | __GFP_NOWARN);
	struct llist_node *node;

	if (rp)
		return rp;
	node = llist_del_first(&reserve);
	if (!node) {
		ramster_count(failed_alloc);
		return NULL;
	}
	atomic_dec(&in_reserve);
	return container_of(node, struct ramster_page, t.link);
}

/**
 * ramster_page_free() - free a descriptor
 * @rp: nobody's
 *
 * Context: any, interrupts on or off.
 */
void ramster_page_free(struct ramster_page *rp)
{
	if (atomic_inc_return(&in_reserve) <= RESERVE) {
		llist_add(&rp->t.link, &reserve);
		return;
	}
	atomic_dec(&in_reserve);
	kmem_cache_free(page_cache, rp);
}

static struct ramster_word word_of(const struct ramster_page *rp)
{
	return ramster_word_unpack(atomic64_read(&rp->word));
}

/**
 * ramster_page_begin() - a page is going to be sent
 * @rp:		a new descriptor
 * @persistent:	kind of the page
 * @nodes:	who gets a copy, RAMSTER_NODE_NONE where there is none
 *
 * Context: any.
 * Return: the name under which it travels.
 */
u64 ramster_page_begin(struct ramster_page *rp, bool persistent, const u8 nodes[RAMSTER_COPIES_MAX])
{
	u64 number = atomic64_inc_return(&last_name);
	struct ramster_word word = {
		.name = number << 1 | (persistent ? 0 : RAMSTER_NAME_EPHEMERAL),
		.state = RAMSTER_STATE_FREE,
		.node = { nodes[0], nodes[1] },
	};
	unsigned int copy;

	/* 43 bits: a million pages a second for a hundred days. */
	atomic64_set(&rp->word, ramster_word_pack(&word));
	ramster_page_event(rp, RAMSTER_EVENT_SEND);
	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++)
		if (nodes[copy] != RAMSTER_NODE_NONE)
			atomic_long_inc(&ramster_peer(nodes[copy])->held);
	return word.name;
}

/* Take a node out of the word; false: it is not in it. */
static bool remove_node(struct ramster_word *word, u8 node)
{
	unsigned int copy;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++) {
		if (word->node[copy] == node) {
			word->node[copy] = RAMSTER_NODE_NONE;
			return true;
		}
	}
	return false;
}

/*
 * One step of the table, and a node out of the word with it, unless @gone is none.  Returns
 * whether it was made.
 */
static bool change(struct ramster_page *rp, enum ramster_event event, u8 gone)
{
	s64 old = atomic64_read(&rp->word);
	struct ramster_word word;
	enum ramster_state from;

	do {
		word = ramster_word_unpack(old);
		from = word.state;
		if (gone != RAMSTER_NODE_NONE && !remove_node(&word, gone))
			return false;
		word.state = ramster_next(from, event);
		if (word.state == RAMSTER_STATE_BAD) {
			ramster_count(bad_transitions);
			pr_err_ratelimited("page %llu: %s makes no sense when it is %s\n",
					   word.name, ramster_event_name(event),
					   ramster_state_name(from));
			return false;
		}
	} while (!atomic64_try_cmpxchg(&rp->word, &old, ramster_word_pack(&word)));
	trace_ramster_state(word.name, event, from, word.state);
	return true;
}

/**
 * ramster_page_event() - change the state of a page
 * @rp:		its descriptor
 * @event:	what happened; not RAMSTER_EVENT_COPY_GONE
 *
 * Context: any.
 * Return: false: that cannot happen in the state it is in, which is counted.
 */
bool ramster_page_event(struct ramster_page *rp, enum ramster_event event)
{
	return change(rp, event, RAMSTER_NODE_NONE);
}

u64 ramster_page_name(const struct ramster_page *rp)
{
	return word_of(rp).name;
}

enum ramster_state ramster_page_state(const struct ramster_page *rp)
{
	return word_of(rp).state;
}

/**
 * ramster_page_node() - who has a copy
 * @rp:		descriptor
 * @copy:	which, below RAMSTER_COPIES_MAX
 *
 * Context: any.
 * Return: number of the node, RAMSTER_NODE_NONE: there is no such copy.
 */
u8 ramster_page_node(const struct ramster_page *rp, unsigned int copy)
{
	return word_of(rp).node[copy];
}

/**
 * ramster_page_copies() - how many nodes have a copy
 * @rp: descriptor
 *
 * Context: any.
 */
unsigned int ramster_page_copies(const struct ramster_page *rp)
{
	struct ramster_word word = word_of(rp);
	unsigned int copy, copies = 0;

	for (copy = 0; copy < RAMSTER_COPIES_MAX; copy++)
		copies += word.node[copy] != RAMSTER_NODE_NONE;
	return copies;
}

/**
 * ramster_page_is_at() - whether a node has a copy
 * @rp:		descriptor
 * @node:	number of the node
 *
 * Context: any.
 */
bool ramster_page_is_at(const struct ramster_page *rp, u8 node)
{
	struct ramster_word word = word_of(rp);

	return word.node[0] == node || word.node[1] == node;
}

/**
 * ramster_page_copy_gone() - a node has no copy any more, or never had
 * @rp:		descriptor
 * @node:	number of the node
 *
 * Context: any.
 */
void ramster_page_copy_gone(struct ramster_page *rp, u8 node)
{
	if (change(rp, RAMSTER_EVENT_COPY_GONE, node))
		atomic_long_dec(&ramster_peer(node)->held);
}
