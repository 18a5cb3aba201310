/* SPDX-License-Identifier: BSD-2-Clause */
/* dlvsym LIBRARY MAP: every symbol@node of the map resolves in the built library. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	char line[256], node[64] = "", word[128];
	unsigned found = 0, bad = 0;
	void *lib;
	FILE *map;

	if (argc != 3)
		return 2;
	lib = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	map = fopen(argv[2], "r");
	if (!lib || !map) {
		fprintf(stderr, "%s\n", lib ? argv[2] : dlerror());
		return 2;
	}

	while (fgets(line, sizeof(line), map)) {
		if (sscanf(line, "%63[A-Z0-9_.] {", node) == 1 && strchr(line, '{'))
			continue;
		if (sscanf(line, " %127[a-z0-9_];", word) != 1 || strncmp(word, "tsmmr_", 6))
			continue;
		found++;
		if (!dlvsym(lib, word, node)) {
			fprintf(stderr, "%s@%s is not in %s\n", word, node, argv[1]);
			bad++;
		}
	}
	fclose(map);

	/* And nothing of the inside can be seen. */
	if (dlsym(lib, "stream_new") || dlsym(lib, "replay_new") || dlsym(lib, "hash_by_id")) {
		fprintf(stderr, "internal symbols are visible\n");
		bad++;
	}
	dlclose(lib);
	printf("%u symbols\n", found);
	return bad || found < 50;
}
