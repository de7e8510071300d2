// SPDX-License-Identifier: GPL-2.0-only
/* Whether copies, sizes and priorities are what somebody can have meant. */
#include "doctor.h"
#include "fs.h"

#include <stdlib.h>
#include <string.h>

/* What pages take compressed, in percent, when one has to guess. */
#define RATIO_PERCENT	40

/* A parameter: as it is, else as it is configured, else the default. */
static uint64_t param(const struct doctor *doctor, const char *module, const char *name,
		      uint64_t otherwise)
{
	const char *text = doctor->conf ? config_set(doctor->conf, module, name) : NULL;
	uint64_t value;

	if (!fs_read_u64(&value, "/sys/module/%s/parameters/%s", module, name))
		return value;
	return text && !parse_u64(text, &value) ? value : otherwise;
}

static bool single_copy(const struct doctor *doctor)
{
	const char *set = doctor->conf ? config_set(doctor->conf, "ramster", "single_copy") : NULL;
	char *now = fs_read("/sys/module/ramster/parameters/single_copy");
	bool single = false;

	if (now)
		parse_bool(now, &single);
	else if (set)
		parse_bool(set, &single);
	free(now);
	return single;
}

/* Whether each swap device has a second place for its pages. */
static bool backed(const struct doctor *doctor)
{
	const struct config *conf = doctor->conf;

	for (size_t i = 0; i < conf->swap_count; i++) {
		if (!conf->swaps[i].backing)
			return false;
	}
	return conf->swap_count;
}

void doctor_copies(struct doctor *doctor)
{
	size_t others;

	if (!doctor->conf || !doctor->conf->cluster_line)
		return;
	others = doctor->conf->node_count - 1;
	if (single_copy(doctor))
		doubt(doctor, others < 2 ? "fine for what may be killed; a third node and single_copy = no lose nothing" :
		      "single_copy = no keeps each page on two other nodes",
		      "pages have one copy: when the node that has a page dies, so does each program that needs it");
	else if (others < 2 && backed(doctor))
		fine("pages are on the backing device, and a clean copy on the other node: none is lost");
	else if (others < 2)
		doubt(doctor, "add a third node, or a backing device; or accept one copy: [module ramster] single_copy = yes",
		      "pages want two other nodes, and there is one: none will ever move");
	else
		fine("pages have two copies: no single node that dies loses a page");
}

void doctor_sizes(struct doctor *doctor)
{
	uint64_t total = doctor->snap->mem_total;
	uint64_t pers = param(doctor, "zcache", "pers_max_percent", 75);
	uint64_t lent = param(doctor, "zcache", "lent_max_percent", 50);
	uint64_t floor = param(doctor, "ramster", "lend_floor_mib", 64) << 20;
	bool good = true;
	char a[16], b[16];

	if (!total)
		return;
	if (doctor->conf && doctor->conf->cluster_line && pers + lent > 130) {
		doubt(doctor, "lower pers_max_percent or lent_max_percent in [module zcache]",
		      "%llu %% of memory for pages of ours and %llu %% for those of others leave nothing to work with",
		      (unsigned long long)pers, (unsigned long long)lent);
		good = false;
	}
	if (floor >= total) {
		wrong(doctor, "lower lend_floor_mib in [module ramster]",
		      "lend_floor_mib (%s) is more than there is (%s): nothing will be lent",
		      human_bytes(floor, a), human_bytes(total, b));
		good = false;
	}
	for (size_t i = 0; doctor->conf && i < doctor->conf->swap_count; i++) {
		const struct swap_conf *swap = &doctor->conf->swaps[i];
		uint64_t taken = swap->size / 100 * RATIO_PERCENT;

		if (swap->backing || doctor->conf->cluster_line || taken <= total / 100 * pers)
			continue;
		doubt(doctor, "make it smaller, or give it a backing device: when the store is full, writes fail",
		      "swap %s (%s) will not fit into the %llu %% of %s that pages may take",
		      swap->name, human_bytes(swap->size, a), (unsigned long long)pers,
		      human_bytes(total, b));
		good = false;
	}
	if (good)
		fine("sizes and limits fit %s of memory", human_bytes(total, a));
}

static void check_sysctl(struct doctor *doctor)
{
	uint64_t value;

	if (!fs_read_u64(&value, "/proc/sys/vm/page-cluster") && value)
		doubt(doctor, "sysctl vm.page-cluster=0",
		      "vm.page-cluster is %llu: each read brings %u pages, which is made for disks",
		      (unsigned long long)value, 1U << (value < 16 ? value : 16));
	if (!fs_read_u64(&value, "/proc/sys/vm/swappiness") && value < 60)
		doubt(doctor, "sysctl vm.swappiness=100 or more",
		      "vm.swappiness is %llu: made for slow swap, so files are dropped first",
		      (unsigned long long)value);
}

void doctor_swap(struct doctor *doctor)
{
	const struct snapshot *snap = doctor->snap;
	bool good = snap->swap_count != 0;

	for (size_t i = 0; i < snap->swap_count; i++) {
		const struct swap *swap = &snap->swaps[i];

		if (!swap->active) {
			doubt(doctor, "swapon it, or 'ramster swap remove' it",
			      "/dev/%s is not swapped to", swap->device);
			good = false;
		} else if (snap->best_other_priority >= swap->priority) {
			doubt(doctor, "give ours a higher one: priority = 100 in its [swap NAME]",
			      "/dev/%s has priority %lld, another swap device %lld: it is used first",
			      swap->device, (long long)swap->priority,
			      (long long)snap->best_other_priority);
			good = false;
		}
	}
	if (snap->value[NR_ramster_pages_lost])
		wrong(doctor, "end the programs that needed them; 'ramster status' shows which node is away",
		      "%llu pages are lost",
		      (unsigned long long)snap->value[NR_ramster_pages_lost]);
	if (good)
		fine("swap devices are used before others");
	check_sysctl(doctor);
}
