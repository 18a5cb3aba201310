/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a list of registers or of gaps. */
#include "fuzz.h"

#include <string.h>

/* What asks for it comes to nothing, or cannot be asked. */
static void check_policy(const struct tsmmr_report *report, const char *list,
			 int (*set)(struct tsmmr_policy *policy, const char *list,
				    struct tsmmr_error *err))
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *judged;
	struct tsmmr_policy *policy;
	int r;

	PROMISE(tsmmr_policy_new(fuzz_ctx(), &policy, &err) == 0);
	r = set(policy, list, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
	} else {
		PROMISE(tsmmr_report_judge(report, policy, &judged, &err) == 0);
		PROMISE(tsmmr_report_verdict(judged) == TSMMR_VERDICT_INCOMPLETE);
		tsmmr_report_free(judged);
		PROMISE(set(policy, list, &err) == TSMMR_E_ARG); /* it is in use */
	}
	tsmmr_policy_free(policy);
}

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
	PROMISE(tsmmr_report_new(fuzz_ctx(), NULL, 0, NULL, NULL, &report, &err) == 0);
	check_policy(report, text, tsmmr_policy_require);
	check_policy(report, text, tsmmr_policy_allow);
	check_policy(report, text, tsmmr_policy_must_check);
	r = tsmmr_report_select(report, text, &selected, &err);
	PROMISE(r == TSMMR_E_ARG || r == TSMMR_E_NOTFOUND);
	tsmmr_report_free(report);
	free(text);
	return 0;
}
