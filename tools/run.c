// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of the system that we call.  All are in one table; below another root, which tests
 * have, the ones called are those in its sbin/.  No shell is between us and them.
 */
#include "run.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX	64
#define NOT_FOUND	127

static const char *const names[RUN_PROGRAMS] = {
	[RUN_MODPROBE]	= "modprobe",	[RUN_MKSWAP]	= "mkswap",
	[RUN_SWAPON]	= "swapon",	[RUN_SWAPOFF]	= "swapoff",
	[RUN_DMSETUP]	= "dmsetup",	[RUN_MOUNT]	= "mount",
	[RUN_NFT]	= "nft",	[RUN_IP]	= "ip",
	[RUN_DMESG]	= "dmesg",	[RUN_PING]	= "ping",
	[RUN_MODINFO]	= "modinfo",	[RUN_TIMEDATECTL] = "timedatectl",
	[RUN_MOKUTIL]	= "mokutil",
};

static void show(enum program program, const char *const *args)
{
	printf("would run: %s", names[program]);
	for (; *args; args++)
		printf(" %s", *args);
	putchar('\n');
}

/* Becomes the program. */
static void become(enum program program, const char *const *args)
{
	static const char *const places[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };
	char *argv[ARGS_MAX] = { (char *)names[program] };
	char *path;

	for (int i = 0; args[i] && i < ARGS_MAX - 2; i++)
		argv[i + 1] = (char *)args[i];
	if (!fs_real()) {
		path = fs_path("/sbin/%s", names[program]);
		execv(path, argv);
	}
	for (size_t i = 0; i < ARRAY_SIZE(places) && fs_real(); i++) {
		path = text_of("%s/%s", places[i], names[program]);
		execv(path, argv);
	}
	fprintf(stderr, "ramster: cannot run %s: %s\n", names[program], strerror(errno));
	_exit(NOT_FOUND);
}

/* Starts it; -1 is said. */
pid_t run_begin(enum program program, const char *const *args)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		become(program, args);
	if (pid < 0)
		warning("cannot run %s: %s", names[program], strerror(errno));
	return pid;
}

/* Its exit status; -1: it was killed, or never was. */
int run_end(pid_t pid)
{
	int status;

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs it to its end: 0 if it was content.  What it complains about is seen. */
int run(enum program program, const char *const *args)
{
	if (opt.dry_run) {
		show(program, args);
		return 0;
	}
	return run_end(run_begin(program, args));
}

/*
 * What it prints, or NULL if it fails.  For programs that only look, which are run by a dry
 * run too; their complaints are not for the user.
 */
char *run_output(enum program program, const char *const *args)
{
	size_t room = 1 << 16, used = 0;
	char *text = need(malloc(room));
	int ends[2], null;
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		exit(fail(END_FAILED, "no pipe: %s", strerror(errno)));
	fflush(NULL);
	pid = fork();
	if (!pid) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(ends[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		become(program, args);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + used, room - used - 1)) > 0) {
		used += got;
		if (room - used < 2) {
			room *= 2;
			text = need(realloc(text, room));
		}
	}
	close(ends[0]);
	text[used] = '\0';
	if (!run_end(pid))
		return text;
	free(text);
	return NULL;
}
