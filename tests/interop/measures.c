/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measures ROLE FILE [PROFILE]
 *
 * Prints by what the file is measured in that role, a line each: the rule, the part, its place
 * and a digest; or the name of the error's code and its message, and exits 1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/names.h"
#include "known/image.h"
#include "sys/file.h"

static int print(void *user, const struct image_measure *m, struct tsmmr_error *err)
{
	(void)user;
	(void)err;
	for (size_t i = 0; i < m->n_digests; i++) {
		printf("%s %s %u %s ", m->rule->id, *m->part ? m->part : "-", m->order,
		       hash_by_id(m->digests[i].alg)->name);
		for (size_t k = 0; k < m->digests[i].value.n; k++)
			printf("%02x", m->digests[i].value.p[k]);
		putchar('\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const int algs[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256, TSMMR_HASH_SHA384 };
	_cleanup_(hashers_done) struct hashers set = { .n = 0 };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct image image = { 0 };
	struct image_job job = { .image = &image, .hashes = &set, .sink = print };
	struct hasher *unused;
	int fd, r;

	if (argc < 3)
		return 2;
	for (size_t i = 0; i < ARRAY_SIZE(algs); i++)
		if (hashers_get(&set, algs[i], &unused) < 0)
			return 2;
	if (argc > 3)
		job.profile = (unsigned)atoi(argv[3]);
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_image(fd, &image, &err) < 0)
		return 2;
	r = image_measures(argv[1], &job, &err);
	if (r < 0)
		printf("%s %s\n", error_name(r), err.message);
	return r < 0;
}
