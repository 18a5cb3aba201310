/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as evidence. */
#include "fuzz.h"

#include <string.h>

static const char *const claims[] = { "report_data", "td_attributes", "mr_td", "xfam", "nothing" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs;
	const uint8_t *p;
	uint8_t *json;
	size_t n;
	int r;

	PROMISE(tsmmr_evidence_new(fuzz_ctx(), &ev, &err) == 0);
	r = tsmmr_evidence_add(ev, TSMMR_PART_AUTO, data, size, &err);
	if (r == 0)
		r = tsmmr_regs_from_evidence(fuzz_ctx(), ev, &regs, &err);
	tsmmr_evidence_free(ev);
	if (r < 0) {
		fuzz_check_error(r, &err);
		return 0;
	}

	/* Nobody checked a signature, so nothing is ever more than decoded. */
	PROMISE(tsmmr_regs_trust(regs) == TSMMR_TRUST_DECODED);
	PROMISE(tsmmr_regs_evidence_kind(regs) && !tsmmr_regs_is_debug(regs));
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);

		PROMISE(tsmmr_reg_name(reg) && tsmmr_reg_value(reg, &p, &n) == 0);
		PROMISE(n == 48);
	}
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (tsmmr_regs_claim(regs, claims[i], &p, &n) == 0)
			PROMISE(p && n && n <= 64);
	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	PROMISE(n && strlen((char *)json) == n);
	tsmmr_free(json);
	tsmmr_regs_free(regs);
	return 0;
}
