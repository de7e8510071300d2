// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the other node: credit for them, slots for their replies, handlers.
 *
 * All memory that replies need is there before the credit for the requests is granted: a
 * slot for each, and pages for the data that the other node asked room for.  So a reply
 * can always be queued, and the receiver waits for nothing.  Credit is granted anew with
 * the message that carries the reply, when the slot is free.
 */
#include "internal.h"

#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A node that sends full pages over a link of 1 Gbit/s in 2 ms has some 64 under way. */
static unsigned int credit_requests = 128;
static unsigned int credit_pages = 64;

/* Of the parameters: room for one reply of any length, and for some that bulk may not use. */
#define CREDIT_REQUESTS_MIN	(2 * CLUSTER_URGENT_CREDIT)
#define CREDIT_REQUESTS_MAX	CLUSTER_TAGS
#define CREDIT_PAGES_MIN	CLUSTER_REPLY_PAGES_MAX
#define CREDIT_PAGES_MAX	4096

static int set_number(const char *text, const struct kernel_param *kp, unsigned int min,
		      unsigned int max)
{
	unsigned int value;
	int err = kstrtouint(text, 0, &value);

	if (!err && (value < min || value > max))
		err = -ERANGE;
	if (err) {
		pr_err("%s must be %u to %u\n", kp->name, min, max);
		return err;
	}
	WRITE_ONCE(*(unsigned int *)kp->arg, value);
	return 0;
}

static int set_requests(const char *text, const struct kernel_param *kp)
{
	return set_number(text, kp, CREDIT_REQUESTS_MIN, CREDIT_REQUESTS_MAX);
}

static const struct kernel_param_ops requests_ops = {
	.set = set_requests, .get = param_get_uint,
};
module_param_cb(credit_requests, &requests_ops, &credit_requests, 0644);
MODULE_PARM_DESC(credit_requests, "requests that each other node may have under way here");

static int set_pages(const char *text, const struct kernel_param *kp)
{
	return set_number(text, kp, CREDIT_PAGES_MIN, CREDIT_PAGES_MAX);
}

static const struct kernel_param_ops pages_ops = {
	.set = set_pages, .get = param_get_uint,
};
module_param_cb(credit_pages, &pages_ops, &credit_pages, 0644);
MODULE_PARM_DESC(credit_pages, "and 4 KiB of data in the replies to them");

static void give_back_pages(struct cluster_slot *slot)
{
	while (slot->nr_pages)
		list_add(&slot->pages[--slot->nr_pages]->lru, &slot->link->free_pages);
}

/* As it was at first, whatever the last session had under way. */
static void reset_reserve(struct cluster_link *link)
{
	unsigned int i;

	INIT_LIST_HEAD(&link->free_slots);
	for (i = 0; i < link->reserved_requests; i++) {
		give_back_pages(&link->slots[i]);
		list_add_tail(&link->slots[i].list, &link->free_slots);
	}
}

static void free_reserve(struct cluster_link *link)
{
	struct page *page, *next;

	reset_reserve(link);
	list_for_each_entry_safe(page, next, &link->free_pages, lru) {
		list_del(&page->lru);
		__free_page(page);
		cluster_gauge_dec(reply_pages);
	}
	INIT_LIST_HEAD(&link->free_slots);
	kvfree(link->slots);
	link->slots = NULL;
}

static int make_reserve(struct cluster_link *link, unsigned int requests, unsigned int pages)
{
	unsigned int i;

	link->slots = kvcalloc(requests, sizeof(*link->slots), GFP_KERNEL);
	if (!link->slots)
		return -ENOMEM;
	link->reserved_requests = requests;
	link->reserved_pages = pages;
	for (i = 0; i < requests; i++)
		link->slots[i].link = link;
	for (i = 0; i < pages; i++) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_NOWARN);

		if (!page) {
			free_reserve(link);
			return -ENOMEM;
		}
		list_add(&page->lru, &link->free_pages);
		cluster_gauge_inc(reply_pages);
	}
	return 0;
}

/**
 * cluster_serve_begin() - get the reserve of a new session
 * @link: no session uses its reserve
 *
 * That of the last session is used again unless it is to be of another size: a link that was
 * lost while there is no memory must come back without any.
 *
 * Context: may sleep; nobody else works on the session.
 * Return: 0; -ENOMEM.
 */
int cluster_serve_begin(struct cluster_link *link)
{
	unsigned int requests = READ_ONCE(credit_requests), pages = READ_ONCE(credit_pages);
	int err = 0;

	if (link->slots && (link->reserved_requests != requests || link->reserved_pages != pages))
		free_reserve(link);
	if (!link->slots)
		err = make_reserve(link, requests, pages);
	if (err)
		return err;
	reset_reserve(link);
	link->grant_requests = requests;
	link->grant_bytes = pages * CLUSTER_REPLY_PAGE;
	link->owed_requests = 0;
	link->owed_bytes = 0;
	return 0;
}

/**
 * cluster_serve_forget() - drop the replies that a lane has not sent
 * @lane: leaves, nobody sends for it any more
 *
 * Context: the link's lock held.
 */
void cluster_serve_forget(struct cluster_lane *lane)
{
	struct cluster_slot *slot, *next;

	lockdep_assert_held(&lane->link->lock);
	list_for_each_entry_safe(slot, next, &lane->replies, list) {
		list_del(&slot->list);
		cluster_slot_free(slot);
	}
}

/**
 * cluster_serve_free() - give the reserve back
 * @link: stopped, without a session
 *
 * Context: may sleep.
 */
void cluster_serve_free(struct cluster_link *link)
{
	if (link->slots)
		free_reserve(link);
}

/**
 * cluster_credit_take() - let a message carry the credit that is due
 * @link:	the link
 * @msg:	the next message
 *
 * Context: the link's lock held.
 */
void cluster_credit_take(struct cluster_link *link, struct cluster_msg *msg)
{
	lockdep_assert_held(&link->lock);
	msg->credit_requests = link->grant_requests;
	msg->credit_bytes = link->grant_bytes;
	link->owed_requests += link->grant_requests;
	link->owed_bytes += link->grant_bytes;
	link->grant_requests = 0;
	link->grant_bytes = 0;
}

/**
 * cluster_slot_grant() - a slot will be free before the next message goes out
 * @slot: about to be copied
 *
 * Context: the link's lock held.
 */
void cluster_slot_grant(struct cluster_slot *slot)
{
	lockdep_assert_held(&slot->link->lock);
	slot->link->grant_requests++;
	slot->link->grant_bytes += cluster_reply_cost(slot->reply_room);
}

/**
 * cluster_slot_copy() - copy the data of a reply
 * @slot:	the caller has it
 * @to:		room for its data_len
 *
 * Context: any.
 */
void cluster_slot_copy(const struct cluster_slot *slot, void *to)
{
	u32 done;

	for (done = 0; done < slot->data_len; done += CLUSTER_REPLY_PAGE)
		memcpy_from_page(to + done, slot->pages[done / CLUSTER_REPLY_PAGE], 0,
				 min_t(u32, slot->data_len - done, CLUSTER_REPLY_PAGE));
}

/**
 * cluster_slot_free() - a slot can be used again
 * @slot: the caller has it
 *
 * Context: the link's lock held.
 */
void cluster_slot_free(struct cluster_slot *slot)
{
	lockdep_assert_held(&slot->link->lock);
	give_back_pages(slot);
	list_add(&slot->list, &slot->link->free_slots);
}

static struct page *take_page(struct cluster_link *link)
{
	struct page *page;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	page = list_first_entry_or_null(&link->free_pages, struct page, lru);
	if (page)
		list_del(&page->lru);
	spin_unlock_irqrestore(&link->lock, flags);
	return page;
}

/**
 * cluster_reply_append() - add data to the reply
 * @in:		as the handler got it
 * @from:	the data
 * @len:	bytes of them
 *
 * Context: by the handler.  Does not sleep.
 * Return: 0; -EMSGSIZE: the other node has not asked for so much.  The reply then says so,
 * whatever the handler returns.
 */
int cluster_reply_append(struct cluster_incoming *in, const void *from, u32 len)
{
	struct cluster_slot *slot = in->slot;

	if (len > slot->reply_room - slot->data_len) {
		slot->overflow = true;
		return -EMSGSIZE;
	}
	while (len) {
		u32 offset = slot->data_len % CLUSTER_REPLY_PAGE;
		u32 part = min_t(u32, len, CLUSTER_REPLY_PAGE - offset);

		if (!offset) {
			struct page *page = take_page(slot->link);

			/* Cannot be: there is a page for all that credit was granted for. */
			if (!page) {
				slot->overflow = true;
				return -EMSGSIZE;
			}
			slot->pages[slot->nr_pages++] = page;
		}
		memcpy_to_page(slot->pages[slot->nr_pages - 1], offset, from, part);
		slot->data_len += part;
		from += part;
		len -= part;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(cluster_reply_append);

/* A slot for a request, if the other node has the credit that it spends. */
static struct cluster_slot *take_slot(struct cluster_link *link, const struct cluster_msg *msg)
{
	u32 bytes = cluster_reply_cost(msg->reply_room);
	struct cluster_slot *slot = NULL;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->owed_requests && link->owed_bytes >= bytes)
		slot = list_first_entry_or_null(&link->free_slots, struct cluster_slot, list);
	if (slot) {
		link->owed_requests--;
		link->owed_bytes -= bytes;
		list_del(&slot->list);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	if (slot) {
		slot->nr_pages = 0;
		slot->reply_room = msg->reply_room;
		slot->data_len = 0;
		slot->body_len = 0;
		slot->tag = msg->tag;
		slot->generation = msg->generation;
		slot->result = 0;
		slot->overflow = false;
	}
	return slot;
}

static enum cluster_status status_of(const struct cluster_slot *slot, int err)
{
	if (slot->overflow)
		return CLUSTER_STATUS_TOOBIG;
	switch (err) {
	case 0:
		return CLUSTER_STATUS_OK;
	case -EOPNOTSUPP:
		return CLUSTER_STATUS_NOHANDLER;
	case -EMSGSIZE:
		return CLUSTER_STATUS_TOOBIG;
	case -ESHUTDOWN:
		return CLUSTER_STATUS_STOPPING;
	default:
		return CLUSTER_STATUS_NOSPACE;
	}
}

/**
 * cluster_serve_request() - have a request of the other node done, and queue the reply
 * @lane:	on which it came
 * @msg:	the request
 *
 * Context: may sleep; by the receiver of @lane.
 * Return: 0; -EPROTO: there was no credit for it.
 */
int cluster_serve_request(struct cluster_lane *lane, const struct cluster_msg *msg)
{
	struct cluster_link *link = lane->link;
	struct cluster_incoming in;
	struct cluster_slot *slot;
	unsigned long flags;
	int err;

	slot = take_slot(link, msg);
	if (!slot)
		return -EPROTO;
	in = (struct cluster_incoming){
		.node = cluster_link_node(link), .type = msg->type,
		.body = msg->body, .body_len = msg->body_len,
		.data = msg->data, .data_len = msg->data_len,
		.reply_room = msg->reply_room, .reply_body = slot->body, .slot = slot,
	};
	err = cluster_user_handle(&in);
	slot->status = status_of(slot, err);
	spin_lock_irqsave(&link->lock, flags);
	if (slot->status == CLUSTER_STATUS_OK) {
		slot->result = in.result;
		slot->body_len = min_t(u32, in.reply_body_len, CLUSTER_REPLY_BODY_MAX);
	} else {
		give_back_pages(slot);
		slot->data_len = 0;
	}
	list_add_tail(&slot->list, &lane->replies);
	spin_unlock_irqrestore(&link->lock, flags);
	cluster_count(requests_served);
	return 0;
}
