/* SPDX-License-Identifier: BSD-2-Clause */
/* main() for a fuzz target without an engine: runs it over the files and folders given. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static size_t n_files;

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return -1;
	}
	/* Exactly as large as it is, so that a sanitizer sees a read behind its end. */
	n = (size_t)st.st_size;
	data = malloc(n ? n : 1);
	if (!data || fread(data, 1, n, f) != n) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(data);
		fclose(f);
		return -1;
	}
	fclose(f);

	LLVMFuzzerTestOneInput(data, n);
	n_files++;
	free(data);
	return 0;
}

static int run(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int n, bad = 0;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return run_file(path);

	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char below[4096];

		snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			bad |= run(below);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0;

	LLVMFuzzerTestOneInput(NULL, 0);
	for (int i = 1; i < argc; i++)
		bad |= run(argv[i]);
	tsmmr_ctx_free(fuzz_ctx());
	printf("%zu files\n", n_files);
	return bad || !n_files;
}
