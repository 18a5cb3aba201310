/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that was compiled against these headers, linked with the functions that fill a
 * struct tsmmr_error which has since grown: see old_caller.py.
 */
#include <stdio.h>
#include <string.h>
#include <tsmmr/types.h>

/* Of lib/util/error.h: its own declarations, for that header belongs to the library. */
int fail_at(struct tsmmr_error *err, int code, uint64_t record, uint64_t offset, const char *format,
	    ...);

int main(void)
{
	struct {
		struct tsmmr_error err;
		unsigned char beyond[64];
	} here;
	int bad = 0;

	memset(&here, 0x5a, sizeof(here));
	here.err.size = sizeof(here.err);
	bad |= fail_at(&here.err, TSMMR_E_MALFORMED, 12, 34, "%s", "what is wrong") !=
	       TSMMR_E_MALFORMED;
	bad |= here.err.size != sizeof(here.err) || here.err.code != TSMMR_E_MALFORMED;
	bad |= here.err.record != 12 || here.err.offset != 34 || here.err.log != TSMMR_NONE;
	bad |= strcmp(here.err.message, "what is wrong") != 0;
	if (bad)
		fputs("what an old caller reads is wrong\n", stderr);
	for (size_t i = 0; i < sizeof(here.beyond); i++)
		if (here.beyond[i] != 0x5a) {
			fprintf(stderr, "byte %zu beyond the caller's struct was written\n", i);
			return 1;
		}
	return bad;
}
