// SPDX-License-Identifier: GPL-2.0-only
/* One request of a load: what is sent, and whether the reply is what it must be. */
#include "internal.h"

#include <linux/mm.h>
#include <linux/string.h>

/* So many bytes data may be away from a word. */
#define SHIFT_MAX	7

/* Where parts of a link begin to be others: the reply's body, a page. */
static const u32 body_sizes[] = {
	0, 1, 31, CLUSTER_REPLY_BODY_MAX, CLUSTER_REPLY_BODY_MAX + 1, CLUSTER_BODY_MAX
};

static u32 longest_data(const struct ct_config *config)
{
	return config->size == CT_ANY ? config->max : config->size;
}

struct ct_item *ct_item_alloc(const struct ct_config *config, u64 seed, u32 own)
{
	struct ct_item *item;

	item = kvzalloc(sizeof(*item) + longest_data(config) + SHIFT_MAX, GFP_KERNEL);
	if (!item)
		return NULL;
	item->random.state = ct_mix(seed);
	item->own = own;
	return item;
}

static u32 data_size(struct ct_item *item, const struct ct_config *config)
{
	if (config->size != CT_ANY)
		return config->size;
	return config->min + ct_random_below(&item->random, config->max - config->min + 1);
}

static void fill_head(struct ct_item *item, const struct ct_config *config, u32 run)
{
	struct ct_body *head = &item->head;

	head->seed = cpu_to_le64(item->seed);
	head->length = cpu_to_le32(item->length);
	head->sleep_ms = cpu_to_le32(config->sleep_ms);
	head->run = cpu_to_le32(run);
	head->key = cpu_to_le32(item->request.key);
	head->bulk = cpu_to_le32(item->request.bulk);
	item->request.body = head;
	item->request.body_len = sizeof(*head);
}

static void fill_body(struct ct_item *item, const struct ct_config *config)
{
	u32 len = config->body;

	if (len == CT_ANY)
		len = body_sizes[ct_random_below(&item->random, ARRAY_SIZE(body_sizes))];
	ct_content_make(item->seed, 0, item->body, len);
	item->request.body = len ? item->body : NULL;
	item->request.body_len = len;
}

static void fill_data(struct ct_item *item)
{
	u8 *data = item->data + ct_random_below(&item->random, SHIFT_MAX + 1);

	ct_content_make(item->seed, 0, data, item->length);
	item->request.data = data;
	item->request.data_len = item->length;
}

static u32 reply_room(struct ct_item *item, const struct ct_config *config)
{
	u16 type = item->request.type;

	if (config->room != CT_ANY)
		return config->room;
	if (type == CT_SOURCE)
		return item->length;
	if (type != CT_ECHO)
		return 0;
	if (ct_random_below(&item->random, 4))
		return item->length;
	return ct_random_below(&item->random, item->length + 1);
}

/* All but the number, which belongs to the submission. */
void ct_item_fill(struct ct_item *item, const struct ct_config *config, u32 run, u32 key_base)
{
	struct cluster_request *request = &item->request;

	request->type = config->type ?: CT_ECHO + ct_random_below(&item->random, 3);
	request->bulk = ct_random_below(&item->random, 100) < config->bulk_percent;
	item->key = config->keys ? ct_random_below(&item->random, config->keys) : item->own;
	request->key = key_base + item->key;
	request->timeout_ms = config->timeout_ms;
	item->seed = ct_random(&item->random);
	item->length = data_size(item, config);
	request->data = NULL;
	request->data_len = 0;
	if (request->type == CT_ECHO)
		fill_body(item, config);
	else
		fill_head(item, config, run);
	if (request->type != CT_SOURCE && item->length)
		fill_data(item);
	request->reply_room = reply_room(item, config);
}

static const char *wrong_echo(const struct ct_item *item, const struct cluster_reply *reply)
{
	const struct cluster_request *request = &item->request;

	if (reply->result != ct_echo_result(request->body_len, request->data_len))
		return "result";
	if (reply->body_len != min_t(u32, request->body_len, CLUSTER_REPLY_BODY_MAX))
		return "length of the body";
	if (reply->data_len != min(request->data_len, request->reply_room))
		return "length of the data";
	if (!ct_content_is(item->seed, reply->body, reply->body_len))
		return "body";
	if (!ct_content_is(item->seed, reply->data, reply->data_len))
		return "data";
	return NULL;
}

static const char *wrong_reply(const struct ct_item *item, const struct cluster_reply *reply)
{
	u32 wanted = item->request.type == CT_SOURCE ? item->length : 0;

	if (reply->error)
		return reply->result || reply->body_len || reply->data_len ?
		       "an error with contents" : NULL;
	if (!reply->sent)
		return "a reply to what was not sent";
	if (item->request.type == CT_ECHO)
		return wrong_echo(item, reply);
	if (reply->result)
		return "the other node says that it was";
	if (reply->body_len)
		return "a body nobody gave it";
	if (reply->data_len != wanted)
		return "length of the data";
	if (!ct_content_is(item->seed, reply->data, reply->data_len))
		return "data";
	return NULL;
}

/* Return: -EBADMSG: it is not what must come. */
int ct_item_check(const struct ct_item *item, const struct cluster_reply *reply)
{
	const char *what = wrong_reply(item, reply);

	if (!what)
		return 0;
	ct_failed("reply of node %u to a request of type %u, body %u, data %u: wrong: %s",
		  item->node, item->request.type, item->request.body_len, item->length, what);
	return -EBADMSG;
}
