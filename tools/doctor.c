// SPDX-License-Identifier: GPL-2.0-only
/*
 * `ramster doctor`: looks at all that is known to go wrong, and says what to do about it.  It
 * changes nothing.  One function for each thing; what it cannot see it leaves out.
 */
#include "doctor.h"
#include "fs.h"
#include "run.h"
#include "updown.h"

#include <stdarg.h>
#include <stdlib.h>

static void tell(const char *verdict, const char *advice, const char *format, va_list args)
{
	printf("%-8s", verdict);
	vprintf(format, args);
	putchar('\n');
	if (advice)
		printf("%-8s> %s\n", "", advice);
}

void fine(const char *format, ...)
{
	va_list args;

	if (opt.quiet)
		return;
	va_start(args, format);
	tell("ok", NULL, format, args);
	va_end(args);
}

/* Works, but perhaps not as it should. */
void doubt(struct doctor *doctor, const char *advice, const char *format, ...)
{
	va_list args;

	doctor->warnings++;
	va_start(args, format);
	tell("warning", advice, format, args);
	va_end(args);
}

/* Does not work, or puts pages in danger. */
void wrong(struct doctor *doctor, const char *advice, const char *format, ...)
{
	va_list args;

	doctor->wrong++;
	va_start(args, format);
	tell("wrong", advice, format, args);
	va_end(args);
}

static void check_config(struct doctor *doctor)
{
	const struct config *conf = doctor->conf;

	if (!conf) {
		wrong(doctor, "mend it; 'ramster check' shows the mistakes alone",
		      "the configuration is of no use");
		return;
	}
	fine("%s has no mistakes", conf->file);
	if (!conf->cluster_line)
		return;
	doctor->self = config_this_node(conf);
	if (!doctor->self)
		wrong(doctor, "name a node like this host, or write this_node = NAME in [cluster]",
		      "no node of the configuration is this machine");
}

static void check_configfs(struct doctor *doctor)
{
	if (!fs_exists("/sys/kernel/config"))
		doubt(doctor, "modprobe configfs; 'ramster up' does it",
		      "configfs is not there yet");
	else
		fine("configfs is there");
}

typedef void (*check_fn)(struct doctor *doctor);

static const check_fn checks[] = {
	check_config, doctor_modules, doctor_kernel_options, doctor_secure_boot, check_configfs,
	doctor_key, doctor_copies, doctor_sizes, doctor_swap, doctor_zswap, doctor_interface,
	doctor_firewall, doctor_peers, doctor_clock,
};

enum end cmd_doctor(int argc, char **argv)
{
	const struct arg args[] = { { "config", &opt.config, NULL } };
	struct doctor doctor = { 0 };
	struct config *conf;
	enum end end;

	if (args_parse(argc, argv, args, ARRAY_SIZE(args), NULL, 0, 0) < 0)
		return END_USAGE;
	conf = config_load(&end);
	doctor.conf = conf;
	doctor.snap = need(malloc(sizeof(*doctor.snap)));
	snapshot_take(doctor.snap);
	doctor.log = RUN_OUTPUT(RUN_DMESG, "--notime");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](&doctor);
	printf("\n%u wrong, %u warning%s\n", doctor.wrong, doctor.warnings,
	       doctor.warnings == 1 ? "" : "s");
	free(doctor.log);
	snapshot_free(doctor.snap);
	free(doctor.snap);
	config_free(conf);
	return doctor.wrong ? END_FAILED : END_OK;
}
