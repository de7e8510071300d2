// SPDX-License-Identifier: GPL-2.0-only
/* Swap devices: made in configfs, used, emptied and removed. */
#include "swap.h"
#include "fs.h"
#include "module.h"
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* udev looks at what is new, and for that moment it cannot be removed. */
#define REMOVE_TRIES	50
#define REMOVE_WAIT_MS	100

/* Left free when swapped pages come back to memory. */
#define SPARE_BYTES	(32ULL << 20)

static enum end set(const char *name, const char *attr, const char *value)
{
	int err = fs_write(value, SWAP_FOLDERS "/%s/%s", name, attr);

	return err ? fail(END_FAILED, "swap %s: %s %s: %s; 'dmesg' says more", name, attr, value,
			  strerror(-err)) : END_OK;
}

enum end swap_on(const char *device, uint64_t priority)
{
	char number[24];
	int status;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)priority);
	if (priority == NUMBER_NONE)
		status = RUN(RUN_SWAPON, device);
	else
		status = RUN(RUN_SWAPON, "-p", number, device);
	return status ? fail(END_FAILED, "swapon %s failed", device) : END_OK;
}

/* Writes 0 to live until nobody looks at the device any more. */
static int go_down(const char *name)
{
	int err = -EBUSY;

	for (int i = 0; i < REMOVE_TRIES && err == -EBUSY; i++) {
		if (i)
			poll(NULL, 0, REMOVE_WAIT_MS);
		err = fs_write("0", SWAP_FOLDERS "/%s/live", name);
	}
	return err ?: fs_rmdir(SWAP_FOLDERS "/%s", name);
}

/* A device of configfs that is live. */
static enum end make(const struct swap_conf *conf)
{
	char size[24];
	int err = fs_mkdir(SWAP_FOLDERS "/%s", conf->name);
	enum end end;

	if (err)
		return fail(END_FAILED, "swap %s: %s", conf->name, strerror(-err));
	snprintf(size, sizeof(size), "%llu", (unsigned long long)conf->size);
	end = set(conf->name, "size", size);
	if (!end && conf->sync)
		end = set(conf->name, "sync", "1");
	if (!end && conf->backing)
		end = set(conf->name, "backing", conf->backing);
	if (!end)
		end = set(conf->name, "live", "1");
	if (end)
		fs_rmdir(SWAP_FOLDERS "/%s", conf->name);
	return end;
}

/* Makes a device and swaps to it. */
enum end swap_make(const struct swap_conf *conf)
{
	char *device, *path;
	enum end end;

	if (fs_exists(SWAP_FOLDERS "/%s", conf->name)) {
		say("swap %s is there already", conf->name);
		return END_OK;
	}
	end = make(conf);
	if (end)
		return end;
	device = fs_read(SWAP_FOLDERS "/%s/device", conf->name);
	if (!device || !*device) {
		free(device);
		if (!opt.dry_run)
			return fail(END_FAILED, "swap %s: the kernel does not name its device",
				    conf->name);
		device = text_of("zcacheN");
	}
	path = text_of("/dev/%s", device);
	if (RUN(RUN_MKSWAP, "-q", path))
		end = fail(END_FAILED, "mkswap %s failed", path);
	if (!end)
		end = swap_on(path, conf->priority);
	/* What is not swapped to would be taken for done the next time. */
	if (end)
		go_down(conf->name);
	else if (!opt.dry_run)
		say("swap %s: %s", conf->name, path);
	free(path);
	free(device);
	return end;
}

static uint64_t used_kib(void *device)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	uint64_t used = 0;

	snapshot_take(snap);
	for (size_t i = 0; i < snap->swap_count; i++) {
		if (text_is(snap->swaps[i].device, device))
			used = snap->swaps[i].used >> 10;
	}
	snapshot_free(snap);
	free(snap);
	return used;
}

/* Brings what is swapped to a device back to memory; shows how far it is. */
enum end swap_off(const char *device, struct deadline until)
{
	char *path = text_of("/dev/%s", device);
	const char *const args[] = { path, NULL };
	enum end end = END_OK;
	int status;

	if (opt.dry_run)
		status = run(RUN_SWAPOFF, args);
	else
		status = watch(run_begin(RUN_SWAPOFF, args), until, "KiB back in memory",
			       used_kib, (void *)device);
	if (status == -ETIME)
		end = fail(END_LATE, "%s could not be emptied in time; it is still swapped to", path);
	else if (status)
		end = fail(END_FAILED, "swapoff %s failed; it is still swapped to", path);
	free(path);
	return end;
}

/* Whether what is on a device can come back: all of it must be there, and must find room. */
enum end swap_refused(const struct snapshot *snap, const struct swap *swap)
{
	uint64_t room = snap->mem_available + snap->swap_other_free;
	uint64_t lost = snap->value[NR_ramster_pages_lost];
	const struct peer *peer = snapshot_unreachable(snap);
	char need_text[16], room_text[16];

	if (!swap->active || !swap->used)
		return END_OK;
	if (lost)
		return fail(END_REFUSED, "%llu pages are lost: swapoff of /dev/%s would have programs that need them killed. End these programs first, or use --force",
			    (unsigned long long)lost, swap->device);
	if (peer)
		return fail(END_REFUSED, "node %llu (%s) is %s and has %llu pages of this machine; start it, or give them up with --force",
			    (unsigned long long)peer->num,
			    cluster_name_of(&snap->cluster, peer->num), peer->state,
			    (unsigned long long)peer->copies);
	if (swap->used + SPARE_BYTES > room)
		return fail(END_REFUSED, "/dev/%s holds %s, and there is room for %s; end programs, add swap, or use --force",
			    swap->device, human_bytes(swap->used, need_text),
			    human_bytes(room, room_text));
	return END_OK;
}

/* A device that is not refused: emptied, and removed if it has a folder. */
enum end swap_remove(const struct swap *swap, struct deadline until)
{
	enum end end = END_OK;
	int err;

	if (swap->active)
		end = swap_off(swap->device, until);
	if (end || !*swap->name)
		return end;
	err = go_down(swap->name);
	return err ? fail(END_FAILED, "swap %s: %s; who else uses /dev/%s?", swap->name,
			  strerror(-err), swap->device) : END_OK;
}

static const struct swap *find(const struct snapshot *snap, const char *name)
{
	const char *device = strncmp(name, "/dev/", 5) ? name : name + 5;

	for (size_t i = 0; i < snap->swap_count; i++) {
		const struct swap *swap = &snap->swaps[i];

		if (text_is(swap->name, name) || text_is(swap->device, device))
			return swap;
	}
	return NULL;
}

static enum end add(int argc, char **argv)
{
	const char *words[2], *size = NULL, *priority = NULL, *backing = NULL;
	struct swap_conf conf = { .priority = NUMBER_NONE };
	const struct arg args[] = {
		{ "priority", &priority, NULL }, { "backing", &backing, NULL },
		{ "sync", NULL, &conf.sync },
	};
	enum end end;
	char *why;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), words, 2, 2) < 0)
		return END_USAGE;
	size = words[1];
	why = name_wrong("swap", words[0]);
	if (why) {
		warning("%s", why);
		free(why);
		return END_USAGE;
	}
	if (parse_size(size, &conf.size) || conf.size < 64ULL << 10 || conf.size > 16ULL << 40)
		return fail(END_USAGE, "swap add: '%s' is no size from 64K to 16T; write 512M, 4G ...",
			    size);
	if (priority && (parse_u64(priority, &conf.priority) || conf.priority > 32767))
		return fail(END_USAGE, "swap add: the priority is a number from 0 to 32767, not '%s'",
			    priority);
	if (backing && *backing != '/')
		return fail(END_USAGE, "swap add: the backing device is a path from / on, not '%s'",
			    backing);
	if (backing && conf.sync)
		return fail(END_USAGE, "swap add: a device with a backing device cannot answer at once; leave out --sync");
	conf.name = (char *)words[0];
	conf.backing = (char *)backing;
	if (fs_exists(SWAP_FOLDERS "/%s", conf.name))
		return fail(END_FAILED, "swap %s is there already; see 'ramster swap list'",
			    conf.name);
	end = cluster_mount();
	if (!end)
		end = module_load("zcache", NULL);
	return end ? end : swap_make(&conf);
}

static enum end remove_one(int argc, char **argv)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	const char *words[1], *timeout = NULL;
	const struct swap *swap;
	bool force = false;
	const struct arg args[] = { { "force", NULL, &force }, { "timeout", &timeout, NULL } };
	enum end end = END_OK;
	uint64_t seconds = 0;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), words, 1, 1) < 0) {
		free(snap);
		return END_USAGE;
	}
	if (timeout && parse_u64(timeout, &seconds)) {
		free(snap);
		return fail(END_USAGE, "swap remove: --timeout is a number of seconds, not '%s'",
			    timeout);
	}
	snapshot_take(snap);
	swap = find(snap, words[0]);
	if (!swap)
		end = fail(END_FAILED, "there is no swap device %s; see 'ramster swap list'",
			   words[0]);
	else if (!force)
		end = swap_refused(snap, swap);
	if (!end)
		end = swap_remove(swap, deadline_in(seconds));
	snapshot_free(snap);
	free(snap);
	return end;
}

static enum end list(void)
{
	struct snapshot *snap = need(malloc(sizeof(*snap)));
	char size[16], used[16], priority[24];

	snapshot_take(snap);
	if (!snap->swap_count)
		say("no swap device; 'ramster swap add NAME SIZE' makes one");
	else
		printf("%-12s %-16s %10s %10s %8s\n", "NAME", "DEVICE", "SIZE", "USED", "PRIORITY");
	for (size_t i = 0; i < snap->swap_count; i++) {
		const struct swap *swap = &snap->swaps[i];

		snprintf(priority, sizeof(priority), "%lld", (long long)swap->priority);
		printf("%-12s /dev/%-11s %10s %10s %8s\n", *swap->name ? swap->name : "-",
		       swap->device, human_bytes(swap->size, size),
		       swap->active ? human_bytes(swap->used, used) : "off",
		       swap->active ? priority : "-");
	}
	snapshot_free(snap);
	free(snap);
	return END_OK;
}

enum end cmd_swap(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (text_is(verb, "add")) {
		argv[1] = "swap add";
		return add(argc - 1, argv + 1);
	}
	if (text_is(verb, "remove")) {
		argv[1] = "swap remove";
		return remove_one(argc - 1, argv + 1);
	}
	if (text_is(verb, "list") && argc == 2)
		return list();
	return fail(END_USAGE, "swap: say add NAME SIZE, remove NAME or list; see 'ramster help swap'");
}
