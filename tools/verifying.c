/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and logs, read and judged: what verify, explain, appraise and predict begin with. */
#include "verifying.h"

#include <string.h>
#include <unistd.h>

#include "expecting.h"
#include "fail.h"
#include "options.h"
#include "reporting.h"
#include "scope.h"
#include "selecting.h"

/* How often a machine that goes on measuring is read again. */
#define ATTEMPTS 5
#define MOMENT_US 20000

static void reading_close_p(struct reading *now)
{
	tsmmr_report_free(now->report);
	tsmmr_policy_free(now->policy);
	inputs_close(&now->in);
	tsmmr_regs_free(now->regs);
}

bool verifying_twice(const struct options *o)
{
	return o->events || o->page || (o->verb->bit & (V_EXPLAIN | V_APPRAISE | V_PREDICT));
}

int verifying_exit(int verdict)
{
	return verdict == TSMMR_VERDICT_VERIFIED ? EXIT_DONE :
	       verdict == TSMMR_VERDICT_MISMATCH ? EXIT_MISMATCH :
						   EXIT_INCOMPLETE;
}

/* What is to be shown, and the answer. */
static int judge(struct options *o, struct reading *now)
{
	int r = select_report(o, &now->report);

	now->verdict = tsmmr_report_verdict(now->report);
	return r;
}

/* The logs, and what they say of registers that were read before. */
static int read_logs(struct options *o, struct reading *now)
{
	bool frozen = o->whole;
	int r;

	o->twice = verifying_twice(o);
	r = inputs_open(o, &now->in);
	if (r)
		return r;
	frozen |= o->twice && inputs_have_known(&now->in);
	return reporting_make(o, &now->in, now->regs, now->policy, frozen, &now->report);
}

/* Reads the logs once more, for registers that were read again. */
static int read_again(struct options *o, struct reading *now, struct tsmmr_regs *regs)
{
	int r;

	tsmmr_report_free(now->report);
	inputs_close(&now->in);
	tsmmr_regs_free(now->regs);
	now->report = NULL;
	now->regs = regs;
	r = read_logs(o, now);
	return r ? r : judge(o, now);
}

/* Does a log go on after what its register holds? */
static bool has_tail(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const char *gap;

		for (size_t k = 0; (gap = tsmmr_gap_word(tsmmr_report_gap(report, i, k))); k++)
			if (!strcmp(gap, "unquoted-tail"))
				return true;
	}
	return false;
}

/*
 * The machine may go on measuring while we read: a log then holds more than the registers
 * held a moment ago.  So unless all is well the registers are read again, and when one has
 * changed this reading says nothing and is repeated.  When none has, it is repeated after a
 * moment, once or while a log is ahead: some write the log before they extend.  The log of a
 * register that never stands still stays ahead: that is incomplete, not tampering.
 *
 * tsmmr_report_new_live() does more, but reads the logs itself and keeps none: here others may
 * be given, and what is printed names them and has their events.
 */
static int settle(struct options *o, struct reading *now)
{
	int r = 0;

	for (int attempt = 1; !r && now->verdict != TSMMR_VERDICT_VERIFIED; attempt++) {
		struct tsmmr_regs *after = NULL;
		bool same;

		r = regset_load(o, now->machine, &after);
		same = regset_same(now->regs, after);
		if (!r && attempt < ATTEMPTS && (!same || attempt == 1 || has_tail(now->report))) {
			usleep(same ? MOMENT_US : 0);
			r = read_again(o, now, after);
			continue;
		}
		if (!r && !same)
			regset_warn_changed(o, now->regs, after);
		tsmmr_regs_free(after);
		break;
	}
	return r;
}

static void give_hint(struct options *o, const struct reading *now)
{
	if (now->machine)
		hint(o, "this machine shows no registers: give --evidence or --expect");
	else
		hint(o, "nothing says what the registers hold: give --evidence or --expect, or"
			" --live when the log is of this machine");
}

int verifying_run(struct options *o, int (*print)(struct options *o, const struct reading *now))
{
	__attribute__((cleanup(reading_close_p))) struct reading now = {
		.verdict = TSMMR_VERDICT_INCOMPLETE,
	};
	int r;

	/* The machine's registers say nothing about a log from elsewhere. */
	if (o->live)
		now.machine = MACHINE_YES;
	else if (!o->evidence.n && inputs_are_known(o))
		now.machine = MACHINE_IF_ANY;

	/* Each is tried whatever became of the others, for the worst decides. */
	regset_load(o, now.machine, &now.regs);
	expecting_policy(o, now.machine || o->evidence.n, now.regs, &now.policy);
	if (now.policy)
		read_logs(o, &now);
	if (failed(o))
		return failed(o);

	r = judge(o, &now);
	if (!r && now.machine && now.regs && !inputs_have_stdin(&now.in))
		r = settle(o, &now);
	if (!r)
		r = print(o, &now);
	if (!now.regs && (!r || o->verb->bit == V_APPRAISE))
		give_hint(o, &now);
	if (r)
		return r;
	return verifying_exit(now.verdict);
}

/* All that was read, judged under another policy. */
static int judge_again(struct options *o, struct reading *now, const struct tsmmr_report *all,
		       const struct tsmmr_policy *policy)
{
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_report *report;
	int r;

	if (tsmmr_report_judge(all, policy, &report, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	tsmmr_report_free(now->report);
	now->report = report;
	r = judge(o, now);
	return r ? r : o->judge(o, now);
}

int verifying_line(struct options *o, int (*ask_more)(struct options *o, bool *ret_any))
{
	__attribute__((cleanup(reading_close_p))) struct reading now = { .machine = MACHINE_NO };
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *more = NULL;
	_cleanup_(tsmmr_report_free) struct tsmmr_report *all = NULL;
	bool any = false;
	int r;

	regset_load(o, now.machine, &now.regs);
	expecting_policy(o, true, now.regs, &now.policy);
	ask_more(o, &any);
	if (any)
		expecting_policy(o, true, now.regs, &more);
	if (now.policy)
		read_logs(o, &now);
	if (failed(o))
		return failed(o);

	all = tsmmr_report_ref(now.report);
	r = judge(o, &now);
	if (!r)
		r = o->judge(o, &now);
	return r || !any ? r : judge_again(o, &now, all, more);
}
