// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ramster down`: all pages of this machine come home, those of others go back, and nothing is
 * left of the cluster; with --swapoff nothing of swap and modules either.  Whatever could lose
 * a page is refused before the first step.
 *
 * --shutdown is for a machine that goes down: its programs are gone or about to, so a page that
 * cannot be had does not matter, and time does.
 */
#include "cache.h"
#include "fs.h"
#include "module.h"
#include "swap.h"
#include "updown.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A stored page of unknown size takes half a frame. */
#define GUESS_BYTES	(PAGE_BYTES / 2)

/* Of a page that its lender does not give, when nobody is left to wait for it. */
#define HURRY_MS	"1000"

struct down {
	struct snapshot	*snap;
	struct deadline	until;
	uint64_t	seconds;
	bool		swapoff;
	bool		force;
	bool		shutdown;
};

static uint64_t bytes_to_come(const struct snapshot *snap)
{
	uint64_t pages = snap->value[NR_zcache_pers_zpages];
	uint64_t mean = pages ? snap->value[NR_zcache_pers_zbytes] / pages : 0;

	return snapshot_away(snap) * (mean ?: GUESS_BYTES);
}

static enum end refused(const struct down *down)
{
	const struct snapshot *snap = down->snap;
	const struct peer *peer = snapshot_unreachable(snap);
	char away[16], there[16];
	enum end end = END_OK;

	if (peer)
		return fail(END_REFUSED, "node %llu (%s) is %s and has %llu pages of this machine; start it, or give them up with --force",
			    (unsigned long long)peer->num,
			    cluster_name_of(&snap->cluster, peer->num), peer->state,
			    (unsigned long long)peer->copies);
	if (bytes_to_come(snap) > snap->mem_available)
		return fail(END_REFUSED, "%s of pages have to come home, and %s of memory are free; end programs, add swap, or use --force",
			    human_bytes(bytes_to_come(snap), away),
			    human_bytes(snap->mem_available, there));
	for (size_t i = 0; i < snap->swap_count && !end && down->swapoff; i++)
		end = swap_refused(snap, &snap->swaps[i]);
	return end;
}

static uint64_t pages_away(void *unused)
{
	uint64_t pers = 0, eph = 0;

	(void)unused;
	fs_read_u64(&pers, "/sys/kernel/ramster/remote_pers_pages");
	fs_read_u64(&eph, "/sys/kernel/ramster/remote_eph_pages");
	return pers + eph;
}

static void set_leave_timeout(uint64_t seconds)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)seconds);
	fs_write(text, "/sys/module/ramster/parameters/leave_timeout");
}

/*
 * The kernel gives up leaving after some time without progress: not later than we do.  Returns
 * what it was, 0 if it may stay as it is.
 */
static uint64_t bound_leaving(const struct down *down)
{
	uint64_t now;

	if (!down->seconds ||
	    fs_read_u64(&now, "/sys/module/ramster/parameters/leave_timeout") ||
	    now <= down->seconds)
		return 0;
	set_leave_timeout(down->seconds);
	return now;
}

/* The write returns when all is home: a child waits for it.  0, -errno or -ETIME. */
static int leave(const struct down *down)
{
	uint64_t before;
	int status, err;
	pid_t pid;

	if (opt.dry_run)
		return fs_write("0", "/sys/kernel/ramster/enabled");
	before = bound_leaving(down);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		err = -fs_write("0", "/sys/kernel/ramster/enabled");
		_exit(err < 128 ? err : EIO);
	}
	if (pid < 0)
		return -errno;
	status = watch(pid, down->until, "pages home", pages_away, NULL);
	/* The module goes on. */
	if (status && before)
		set_leave_timeout(before);
	if (status == -ETIME)
		return -ETIME;
	return status < 0 ? -EIO : -status;
}

static enum end bring_home(const struct down *down)
{
	char *enabled = fs_read("/sys/kernel/ramster/enabled");
	bool joined = text_is(enabled, "1");
	uint64_t left;
	int err;

	free(enabled);
	if (!joined)
		return END_OK;
	err = leave(down);
	left = pages_away(NULL);
	if (err == -ETIME)
		return fail(END_LATE, "not all came home in %llu s: %llu pages are still elsewhere; this machine is still in the cluster",
			    (unsigned long long)down->seconds, (unsigned long long)left);
	if (err == -EBUSY)
		return fail(END_REFUSED, "%llu pages could not come home, or others do not take theirs back; this machine is still in the cluster. 'ramster status' and 'dmesg' say more",
			    (unsigned long long)left);
	return err ? fail(END_FAILED, "leaving failed: %s", strerror(-err)) : END_OK;
}

static enum end remove_devices(const struct down *down)
{
	const struct snapshot *snap = down->snap;
	enum end end = END_OK;
	size_t count;
	char **caches = cache_names(&count);

	for (size_t i = 0; i < count && !end; i++)
		end = cache_remove(caches[i]);
	cache_names_free(caches);
	for (size_t i = 0; i < snap->swap_count && !end; i++)
		end = swap_remove(&snap->swaps[i], down->until);
	return end;
}

/* With --force the module is told to leave what it cannot have. */
static enum end take_down(const struct down *down)
{
	static const char *const upper[] = { "ramster", "ramster_cluster", NULL };
	static const char *const lower[] = { "dm_zcache", "zcache", "tmem_zbud", "tmem", NULL };
	enum end end = bring_home(down);

	if (!end)
		end = cluster_stop();
	if (!end)
		end = module_unload(upper);
	if (end || !down->swapoff)
		return end;
	end = remove_devices(down);
	return end ? end : module_unload(lower);
}

/*
 * Pages that only an unreachable node has are given up first: swap is emptied while they still
 * are answered for, so that only the programs that need them are hit.
 */
static enum end force_down(const struct down *down)
{
	const struct peer *peer = snapshot_unreachable(down->snap);
	enum end end;

	if (!peer)
		return take_down(down);
	warning("giving up %llu pages on node %llu (%s): programs that need them will be killed",
		(unsigned long long)peer->copies, (unsigned long long)peer->num,
		cluster_name_of(&down->snap->cluster, peer->num));
	if (fs_exists("/sys/module/ramster/parameters/get_limit_ms"))
		fs_write(HURRY_MS, "/sys/module/ramster/parameters/get_limit_ms");
	end = remove_devices(down);
	return end ? end : take_down(down);
}

/*
 * What systemd still swaps off, by itself and without a limit, shall not wait for pages that
 * nobody gives: without its node a page is lost, and that is known at once.
 */
static void abandon_unreachable(const struct snapshot *snap)
{
	if (fs_exists("/sys/module/ramster/parameters/get_limit_ms"))
		fs_write(HURRY_MS, "/sys/module/ramster/parameters/get_limit_ms");
	if (!snapshot_unreachable(snap))
		return;
	for (size_t i = 0; i < snap->peer_count; i++) {
		const struct peer *peer = &snap->peers[i];
		const char *name = cluster_name_of(&snap->cluster, peer->num);

		if (!peer->copies || text_is(peer->state, "ready"))
			continue;
		warning("node %llu (%s) is %s: its %llu pages of this machine are given up",
			(unsigned long long)peer->num, name, peer->state,
			(unsigned long long)peer->copies);
		if (cluster_node(&snap->cluster, name))
			cluster_node_remove(snap->cluster.name, name);
	}
}

/* Never for longer than it was given, and never a reason not to shut down. */
static enum end shut_down(struct down *down)
{
	enum end end = snapshot_unreachable(down->snap) ? END_REFUSED : bring_home(down);

	if (!end) {
		cluster_stop();
		return END_OK;
	}
	/* A node that was there may be silent by now. */
	snapshot_free(down->snap);
	snapshot_take(down->snap);
	abandon_unreachable(down->snap);
	return END_OK;
}

/* What the file says, where there is a good one; a machine without can be taken down too. */
static void configured(bool *swapoff, uint64_t *seconds)
{
	char *text = opt.config ? NULL : fs_read(CONFIG_FILE);
	struct config *conf = NULL;
	enum end end;

	if (text || opt.config)
		conf = config_load(&end);
	if (conf) {
		*swapoff = conf->down_swapoff;
		*seconds = conf->down_timeout;
	}
	config_free(conf);
	free(text);
}

enum end cmd_down(int argc, char **argv)
{
	struct down down = { 0 };
	const char *timeout = NULL;
	bool off = false, keep = false;
	const struct arg args[] = {
		{ "config", &opt.config, NULL }, { "timeout", &timeout, NULL },
		{ "swapoff", NULL, &off }, { "keep-swap", NULL, &keep },
		{ "force", NULL, &down.force }, { "shutdown", NULL, &down.shutdown },
	};
	uint64_t seconds;
	enum end end;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	if (off && keep)
		return fail(END_USAGE, "down: --swapoff and --keep-swap exclude each other");
	if (timeout && parse_u64(timeout, &seconds))
		return fail(END_USAGE, "down: --timeout is a number of seconds, not '%s'", timeout);
	configured(&down.swapoff, &down.seconds);
	down.swapoff = (down.swapoff || off) && !keep;
	down.seconds = timeout ? seconds : down.seconds;
	down.until = deadline_in(down.seconds);
	down.snap = need(malloc(sizeof(*down.snap)));
	snapshot_take(down.snap);
	if (down.shutdown)
		end = shut_down(&down);
	else if (down.force)
		end = force_down(&down);
	else
		end = refused(&down) ?: take_down(&down);
	if (!end && !opt.dry_run)
		say("down%s", down.swapoff ? ", and nothing is left" : "");
	snapshot_free(down.snap);
	free(down.snap);
	return end;
}
