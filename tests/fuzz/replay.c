// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a fuzz target on the files of a folder, one line of TAP each: for compilers
 * without libFuzzer, and on every check.  Usage: replay [FILE | FOLDER]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

#define LARGEST_INPUT	65536

static int replay(const char *name)
{
	uint8_t *data = malloc(LARGEST_INPUT), *exact;
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file || !data) {
		perror(name);
		return 1;
	}
	size = fread(data, 1, LARGEST_INPUT, file);
	fclose(file);
	/* Exactly as large as it is, so that reading beyond it shows. */
	exact = malloc(size ? size : 1);
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	free(data);
	printf("# %s\n", name);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *where = argv[1];
	struct dirent **names;
	struct stat st;
	char path[4096], corpus[1024];
	int i, count, files = 0;

	if (argc < 2) {
		snprintf(corpus, sizeof(corpus), "%s/%s", CORPUS, fuzz_name());
		where = corpus;
	}
	if (LLVMFuzzerInitialize(&argc, &argv))
		return 1;
	if (!stat(where, &st) && S_ISREG(st.st_mode))
		return replay(where);
	count = scandir(where, &names, is_input, alphasort);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", where, names[i]->d_name);
		if (replay(path))
			return 1;
		printf("ok %d - %s\n", ++files, names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	printf("1..%d\n", files);
	return files ? 0 : 1;
}
