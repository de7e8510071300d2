// SPDX-License-Identifier: GPL-2.0-only
/* Whether this kernel can have our modules, and what of its own is in the way. */
#include "doctor.h"
#include "fs.h"
#include "module.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define DKMS_KEY	"/var/lib/dkms/mok.pub"

static const char *const modules[] = { "tmem", "tmem_zbud", "zcache", "ramster_cluster",
				       "ramster" };

static char *release(void)
{
	return fs_read("/proc/sys/kernel/osrelease") ?: need(strdup("?"));
}

/* A line of modules.dep begins with the path of a module, perhaps compressed. */
static bool installed(const char *deps, const char *module)
{
	char *name = text_of("/%s.ko", module);
	const char *at = strstr(deps, name);
	bool found = false;

	for (; at && !found; at = strstr(at + 1, name)) {
		const char *line = at;

		while (line > deps && line[-1] != '\n')
			line--;
		found = strcspn(line, ":") > (size_t)(at - line);
	}
	free(name);
	return found;
}

void doctor_modules(struct doctor *doctor)
{
	char *kernel = release(), *deps = fs_read("/lib/modules/%s/modules.dep", kernel);
	const char *missing = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(modules) && !missing; i++) {
		if (!module_loaded(modules[i]) && (!deps || !installed(deps, modules[i])))
			missing = modules[i];
	}
	if (missing)
		wrong(doctor, "apt install ramster-dkms and the linux-headers of this kernel; 'dkms status' shows what was built",
		      "module %s is not there for kernel %s", missing, kernel);
	else
		fine("the modules are there for kernel %s", kernel);
	free(deps);
	free(kernel);
}

static bool option_set(const char *config, const char *option)
{
	char *yes = text_of("CONFIG_%s=", option);
	const char *at = strstr(config, yes);
	bool set = at && (at == config || at[-1] == '\n');

	free(yes);
	return set;
}

void doctor_kernel_options(struct doctor *doctor)
{
	static const char *const needed[] = { "MODULES", "SWAP", "CONFIGFS_FS", "INET",
					      "LZO_COMPRESS", "LZO_DECOMPRESS" };
	char *kernel = release(), *config = fs_read("/boot/config-%s", kernel);
	bool good = true;

	if (config) {
		for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
			if (option_set(config, needed[i]))
				continue;
			wrong(doctor, "take a kernel of your distribution",
			      "kernel %s lacks CONFIG_%s", kernel, needed[i]);
			good = false;
		}
		if (good)
			fine("the kernel has what is needed");
	}
	free(config);
	free(kernel);
}

/* The last byte of the variable; its first four are attributes. */
static bool secure_boot(void)
{
	char *path = fs_path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	FILE *file = fopen(path, "r");
	unsigned char bytes[5] = { 0 };

	free(path);
	if (!file)
		return false;
	if (fread(bytes, 1, sizeof(bytes), file) != sizeof(bytes))
		bytes[4] = 0;
	fclose(file);
	return bytes[4] == 1;
}

/* It says so, and ends well, only if the key is not there. */
static bool key_unknown(void)
{
	char *said = RUN_OUTPUT(RUN_MOKUTIL, "--test-key", DKMS_KEY);
	bool unknown = said && strstr(said, "not enrolled");

	free(said);
	return unknown;
}

void doctor_secure_boot(struct doctor *doctor)
{
	char *signer;

	if (!secure_boot() || module_loaded("zcache"))
		return;
	signer = RUN_OUTPUT(RUN_MODINFO, "-F", "signer", "zcache");
	if (!signer || !*signer || *signer == '\n')
		wrong(doctor, "let DKMS build and sign them: apt install ramster-dkms, or dkms install --force; then mokutil --import " DKMS_KEY,
		      "Secure Boot is on and the modules are not signed: the kernel will not load them");
	else if (key_unknown())
		wrong(doctor, "mokutil --import " DKMS_KEY ", reboot, and confirm it on the blue screen",
		      "Secure Boot is on and the firmware does not know the key that signed the modules: the kernel will not load them");
	else
		fine("Secure Boot is on, and the modules are signed by %.*s",
		     (int)strcspn(signer, "\n"), signer);
	free(signer);
}

void doctor_zswap(struct doctor *doctor)
{
	char *enabled = fs_read("/sys/module/zswap/parameters/enabled");

	if (text_is(enabled, "Y"))
		doubt(doctor, "echo N >/sys/module/zswap/parameters/enabled, and zswap.enabled=0 on the kernel command line",
		      "zswap is on: it compresses pages before us and keeps the good ones");
	else
		fine("zswap is not in front of us");
	free(enabled);
}
