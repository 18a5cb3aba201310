/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a list of known values: the first byte says of which kind, and for what register. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const regs[] = { NULL, "pcr0-7", "rtmr3", "app-runtime" };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_known *known;
	int kind, r;

	if (!size)
		return 0;
	kind = (data[0] >> 4) | (data[0] & 4 ? TSMMR_LIST_DENIED : 0) |
	       (data[0] & 8 ? TSMMR_LIST_ANY_ORDER : 0);
	PROMISE(tsmmr_known_new(fuzz_ctx(), &known, &err) == 0);
	r = tsmmr_known_add(known, kind, regs[data[0] & 3], NULL, data + 1, size - 1, &err);
	if (r < 0)
		fuzz_check_error(r, &err);
	else
		PROMISE(tsmmr_known_count(known) <= size);
	tsmmr_known_free(known);
	return 0;
}
