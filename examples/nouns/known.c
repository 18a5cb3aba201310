/* SPDX-License-Identifier: BSD-2-Clause */
/* What records may be: two files of the operating system, in one register. */
#include <stdio.h>
#include <string.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	static const char sums[] =
		"65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068  vmlinuz\n"
		"9f4ba32c16b3c1c8cf1a0b5b46ee9d3a3a0f9b0c8e1e7d6dd9fdb6a06e9f0f3a  initrd.img\n";
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_known *known = NULL;
	struct tsmmr_ctx *ctx = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_known_new(ctx, &known, &err)) < 0 ||
	    (r = tsmmr_known_add(known, TSMMR_KNOWN_SUMS, "pcr9", "release.sums", sums,
				 strlen(sums), &err)) < 0)
		fprintf(stderr, "%s\n", err.message);
	else
		printf("%zu digests\n", tsmmr_known_count(known));

	tsmmr_known_free(known);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
