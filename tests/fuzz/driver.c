/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main() for a fuzz target without an engine: runs it over the files and folders given, after
 * --readers as they are and once for each reader of logs.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static size_t n_files;
static bool readers;

/* Exactly as large as it is, so that a sanitizer sees a read behind its end. */
static int run_with(int reader, FILE *f, size_t n)
{
	size_t head = reader ? 1 : 0;
	uint8_t *data = malloc(head + n ? head + n : 1);

	rewind(f);
	if (!data || fread(data + head, 1, n, f) != n) {
		free(data);
		return -1;
	}
	if (head)
		data[0] = (uint8_t)reader;
	LLVMFuzzerTestOneInput(data, head + n);
	free(data);
	return 0;
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	int r;

	if (!f || fstat(fileno(f), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return -1;
	}
	r = run_with(0, f, (size_t)st.st_size);
	for (int i = READER_FIRST + 1; i < 0x100 && readers && r == 0; i++)
		r = run_with(i, f, (size_t)st.st_size);
	if (r < 0)
		fprintf(stderr, "%s: cannot be read\n", path);
	fclose(f);
	n_files++;
	return r;
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
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--readers"))
			readers = true;
		else
			bad |= run(argv[i]);
	}
	tsmmr_ctx_free(fuzz_ctx());
	printf("%zu files\n", n_files);
	return bad || !n_files;
}
