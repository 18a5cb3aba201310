/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the verdict is not "verified". */
#include "report/judge.h"

const char *const reason_names[REASON_COUNT] = {
	[REASON_UNTRUSTED] = "untrusted",
	[REASON_NONCE] = "nonce",
	[REASON_GAP] = "gap",
	[REASON_NOT_COVERED] = "not-covered",
	[REASON_NOTHING_ASKED] = "nothing-asked",
	[REASON_REFERENCE] = "reference",
	[REASON_CLAIM] = "claim",
	[REASON_TCB] = "tcb",
};

int judge_reason(struct tsmmr_report *report, const struct reason *one, struct span what)
{
	struct reason *all = reallocarray(report->reasons, report->n_reasons + 1, sizeof(*all));
	struct reason *added;

	if (!all)
		return TSMMR_E_NOMEM;
	report->reasons = all;
	added = &all[report->n_reasons];
	*added = *one;
	added->what = what.n ? strndup((const char *)what.p, what.n) : NULL;
	if (what.n && !added->what)
		return TSMMR_E_NOMEM;
	report->n_reasons++;
	return 0;
}
