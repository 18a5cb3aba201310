/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a list of registers or of gaps. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "rtmr0", "pcr10", "mrtd", "4294967295" };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report, *selected;
	char *text = malloc(size + 1);
	int r, first = 0;

	PROMISE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;

	/* A bad list is bad for every register. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		r = tsmmr_select_matches(text, names[i], "boot", TSMMR_HASH_SHA384, &err);
		PROMISE(r == 0 || r == 1 || r == TSMMR_E_ARG);
		if (r < 0)
			fuzz_check_error(r, &err);
		PROMISE(!i || (r < 0) == (first < 0));
		first = r;
	}

	/* Nothing proves anything here, whatever is required or allowed. */
	PROMISE(tsmmr_report_new(fuzz_ctx(), NULL, 0, NULL, &report, &err) == 0);
	r = tsmmr_report_verdict_for(report, text, NULL, &err);
	PROMISE(r < 0 && r != TSMMR_E_MISMATCH);
	r = tsmmr_report_verdict_for(report, NULL, text, &err);
	PROMISE(r < 0 && r != TSMMR_E_MISMATCH);
	r = tsmmr_report_select(report, text, &selected, &err);
	PROMISE(r == TSMMR_E_ARG || r == TSMMR_E_NOTFOUND);
	tsmmr_report_free(report);
	free(text);
	return 0;
}
