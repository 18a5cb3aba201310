/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy makes of a replay: a status for each register, and the verdict. */
#pragma once

#include "report/policy.h"
#include "report/report.h"

/* Makes report->judged, reasons and verdict from report->data and report->policy. */
int judge_report(struct tsmmr_report *report, struct tsmmr_error *err);
/* Is evidence that nobody has asked anything of good for this policy?  E_UNTRUSTED. */
int judge_evidence(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
		   struct tsmmr_error *err);
