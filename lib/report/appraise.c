/* SPDX-License-Identifier: BSD-2-Clause */
/* Is what a report's logs say what is wanted? */
#include "report/appraise.h"

#include "core/names.h"
#include "report/judge.h"
#include "util/error.h"
#include "util/text.h"

/* What a register must be for that says by which firmware the guest was launched. */
#define LAUNCH_ROLE "initial-vm-state"

#define LIKE_MAX 160 /* bytes of what an unknown record says */

static const char *const verdicts[] = {
	[TSMMR_APPRAISED_NONE] = "none",
	[TSMMR_APPRAISED_YES] = "appraised",
	[TSMMR_APPRAISED_INCOMPLETE] = "incomplete",
	[TSMMR_APPRAISED_DENIED] = "mismatch",
};

const char *appraised_name(int verdict)
{
	return verdicts[verdict];
}

const char *const appraisal_reasons[APPRAISAL_REASONS] = {
	[APPRAISAL_IS_DENIED] = "denied",
	[APPRAISAL_IS_UNKNOWN] = "unknown",
	[APPRAISAL_IS_LACKING] = "lacking",
};

static const char *const records[] = {
	[TSMMR_RECORD_NOT_ASKED] = "not-asked",
	[TSMMR_RECORD_KNOWN] = "known",
	[TSMMR_RECORD_UNKNOWN] = "unknown",
	[TSMMR_RECORD_DENIED] = "denied",
};

const char *record_name(int state)
{
	return records[state];
}

const char *appraisal_launch_word(const struct tsmmr_appraisal *a)
{
	static const char *const words[] = { [LAUNCH_NONE] = "none",
					     [LAUNCH_PINNED] = "pinned",
					     [LAUNCH_ALLOWED] = "allowed",
					     [LAUNCH_UNKNOWN] = "unknown" };

	return words[a->launch];
}

void appraisal_free(struct tsmmr_appraisal *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_lacks && i < APPRAISAL_LACKS_MAX; i++)
		free(a->lacks[i].text);
	free(a->reasons);
	for (size_t i = 0; a->rows && i < a->report->data->n_rows; i++)
		free(a->rows[i].first);
	free(a->rows);
	known_unref(a->known);
	report_free(a->report);
	free(a);
}

/* "EV_IPL: grub_cmd: boot", of what a record says of itself. */
static int describe(struct appraised_row *row, const struct tsmmr_appraisal_pass *pass)
{
	const struct tsmmr_event *e = pass->pass->event;
	const char *type = e->content == TSMMR_CONTENT_PCCLIENT_STD && e->class ?
				   e->class->type_name(e->type) :
				   NULL;
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	buf_printf(&text, "%s%s", type ? type : "", type ? ": " : "");
	r = event_text(e, &text);
	if (r == 0 && !text.failed)
		row->first = text.n ? strndup((const char *)text.p,
					      text.n < LIKE_MAX ? text.n : LIKE_MAX) :
				      strdup("");
	if (!row->first)
		return r < 0 ? r : TSMMR_E_NOMEM;
	text_sanitize(row->first);
	row->first_bound = pass->rule;
	row->first_proven = pass->n_digests > 0;
	return 0;
}

static int count(struct tsmmr_appraisal *a, const struct tsmmr_appraisal_pass *pass)
{
	const struct tsmmr_report_pass *at = pass->pass;
	int r = 0;

	for (uint16_t i = 0; r == 0 && i < pass->set.n; i++) {
		struct appraised_row *row = &a->rows[pass->set.rows[i]];
		bool asked = a->report->judged[pass->set.rows[i]].asked;
		int state = asked || pass->state == TSMMR_RECORD_DENIED ? pass->state :
									  TSMMR_RECORD_NOT_ASKED;

		row->n[state]++;
		if (state == TSMMR_RECORD_UNKNOWN && row->first_record == TSMMR_NONE) {
			row->first_log = at->data->logs[at->at].first + at->event->log;
			row->first_record = at->event->record;
			r = describe(row, pass);
		}
	}
	return r;
}

static int add_lack(void *user, const struct known_source *source, const char *text)
{
	struct tsmmr_appraisal *a = user;

	if (a->n_lacks < APPRAISAL_LACKS_MAX) {
		struct lack *lack = &a->lacks[a->n_lacks];

		lack->text = strdup(text);
		if (!lack->text)
			return TSMMR_E_NOMEM;
		text_sanitize(lack->text);
		lack->source = source;
	}
	a->n_lacks++;
	return 0;
}

/* What lists demand, once all was seen. */
static int find_lacks(struct tsmmr_appraisal *a, const struct tsmmr_appraisal_pass *pass)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->known->n_sources; i++) {
		const struct known_source *s = a->known->sources[i];

		if (s->kind->end && !s->denied)
			r = s->kind->end(s, pass->states[i], add_lack, a);
	}
	return r;
}

static int add_reason(struct tsmmr_appraisal *a, const char *kind, const struct row *row,
		      const char *reg)
{
	struct appraisal_reason *all = reallocarray(a->reasons, a->n_reasons + 1, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	a->reasons = all;
	all[a->n_reasons++] = (struct appraisal_reason){
		.kind = kind,
		.reg = row ? row->name : reg,
		.evidence = row && row->reg.piece ? row->reg.piece - 1u : TSMMR_NONE,
	};
	return 0;
}

/* Asked about, and what somebody wants: by a reference, or all of its records are known. */
static bool is_pinned(const struct tsmmr_appraisal *a, size_t i)
{
	const struct judgement *j = &a->report->judged[i];

	return j->asked && j->accepted && !a->rows[i].n[TSMMR_RECORD_DENIED] &&
	       (j->status == TSMMR_STATUS_EQUAL ||
		(j->status == TSMMR_STATUS_VERIFIED &&
		 (j->referred ||
		  (a->rows[i].n[TSMMR_RECORD_KNOWN] && !a->rows[i].n[TSMMR_RECORD_UNKNOWN]))));
}

static bool says_firmware(const struct reg_desc *desc)
{
	return desc->kind == TSMMR_KIND_LAUNCH && desc->role && !strcmp(desc->role, LAUNCH_ROLE);
}

/* The register of a platform that says what was launched: is it what is wanted? */
static int check_launch_of(struct tsmmr_appraisal *a, const struct platform *platform,
			   const struct reg_desc *desc)
{
	const struct report_data *d = a->report->data;
	const struct row *found = NULL;
	bool pinned = false;

	/* That of one piece of evidence says nothing of another's guest. */
	for (size_t i = 0; i < d->n_rows; i++) {
		if (d->rows[i].reg.platform != platform || d->rows[i].reg.desc != desc)
			continue;
		if (is_pinned(a, i))
			pinned = true;
		else
			found = &d->rows[i];
	}
	if (pinned && !found) {
		if (a->launch == LAUNCH_NONE)
			a->launch = LAUNCH_PINNED;
		return 0;
	}
	if (judge_allows_gap(a->report->policy, found, GAP_LAUNCH_UNKNOWN)) {
		if (a->launch != LAUNCH_UNKNOWN)
			a->launch = LAUNCH_ALLOWED;
		return 0;
	}
	a->launch = LAUNCH_UNKNOWN;
	return add_reason(a, reason_names[REASON_GAP], found, desc->name);
}

/* Once for each platform that the report is about. */
static int check_launch(struct tsmmr_appraisal *a)
{
	const struct report_data *d = a->report->data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_rows; i++) {
		const struct platform *platform = d->rows[i].reg.platform;
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = d->rows[k].reg.platform == platform;
		for (size_t k = 0; r == 0 && !seen && k < platform->n_regs; k++)
			if (says_firmware(&platform->regs[k]))
				r = check_launch_of(a, platform, &platform->regs[k]);
	}
	return r;
}

static int check_rows(struct tsmmr_appraisal *a, int state, int reason, bool *ret_any)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->report->data->n_rows; i++) {
		if (!a->rows[i].n[state])
			continue;
		*ret_any = true;
		r = add_reason(a, appraisal_reasons[reason], &a->report->data->rows[i], NULL);
	}
	return r;
}

static int judge(struct tsmmr_appraisal *a)
{
	int verdict = a->report->verdict;
	bool denied = false, unknown = false, any = false;
	int r = check_rows(a, TSMMR_RECORD_DENIED, APPRAISAL_IS_DENIED, &denied);

	if (r == 0)
		r = check_launch(a);
	if (r == 0)
		r = check_rows(a, TSMMR_RECORD_UNKNOWN, APPRAISAL_IS_UNKNOWN, &unknown);
	if (r == 0 && a->n_lacks)
		r = add_reason(a, appraisal_reasons[APPRAISAL_IS_LACKING], NULL, NULL);
	for (size_t i = 0; i < a->report->data->n_rows; i++)
		any |= a->rows[i].n[TSMMR_RECORD_KNOWN] > 0;
	if (r == 0 && !any && !denied && !unknown)
		r = add_reason(a, reason_names[REASON_NOTHING_ASKED], NULL, NULL);
	if (denied || verdict == TSMMR_VERDICT_MISMATCH)
		a->verdict = TSMMR_APPRAISED_DENIED;
	else if (verdict == TSMMR_VERDICT_VERIFIED && !a->n_reasons)
		a->verdict = TSMMR_APPRAISED_YES;
	else
		a->verdict = TSMMR_APPRAISED_INCOMPLETE;
	return r;
}

int appraisal_new(const struct tsmmr_report *report, struct tsmmr_known *known,
		  struct tsmmr_stream *const *streams, size_t n, struct tsmmr_appraisal **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(appraisal_pass_free) struct tsmmr_appraisal_pass *pass = NULL;
	_cleanup_(appraisal_free) struct tsmmr_appraisal *a = NULL;
	int r = appraisal_pass_new(report, known, streams, n, &pass, err);

	if (r < 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail_nomem(err);
	a->report = report_ref(report);
	a->known = known_ref(known);
	a->rows = calloc(report->data->n_rows + 1, sizeof(*a->rows));
	if (!a->rows)
		return fail_nomem(err);
	for (size_t i = 0; i < report->data->n_rows; i++)
		a->rows[i].first_log = a->rows[i].first_record = TSMMR_NONE;

	while ((r = appraisal_pass_next(pass, err)) > 0) {
		r = count(a, pass);
		if (r < 0)
			return fail_low(err, r);
	}
	if (r < 0)
		return r;
	r = find_lacks(a, pass);
	if (r == 0)
		r = judge(a);
	if (r < 0)
		return fail_low(err, r);

	*ret = take_ptr(a);
	return 0;
}

int appraisal_new_logs(const struct tsmmr_report *report, struct tsmmr_known *known,
		       struct tsmmr_log *const *logs, size_t n, struct tsmmr_appraisal **ret,
		       struct tsmmr_error *err)
{
	struct tsmmr_stream *streams[REPORT_LOGS_MAX];
	int r;

	if (n > REPORT_LOGS_MAX)
		return fail(err, TSMMR_E_ARG, "more logs than a report has");
	if (streams_over_logs(logs, n, streams) < 0)
		return fail_nomem(err);
	r = appraisal_new(report, known, streams, n, ret, err);
	streams_free(streams, n);
	return r;
}

int appraisal_text(const struct tsmmr_appraisal *a, size_t i, struct buf *out)
{
	const struct appraised_row *row = &a->rows[i];
	uint64_t unknown = row->n[TSMMR_RECORD_UNKNOWN], all = unknown;

	if (!unknown)
		return 0;
	all += row->n[TSMMR_RECORD_KNOWN] + row->n[TSMMR_RECORD_DENIED];
	buf_printf(out, "%s: %llu of %llu record%s %s not known, from record %llu on, %s",
		   a->report->data->rows[i].name, (unsigned long long)unknown,
		   (unsigned long long)all, all == 1 ? "" : "s", unknown == 1 ? "is" : "are",
		   (unsigned long long)row->first_record, row->first);
	if (!row->first_proven && a->report->data->rows[i].padded)
		buf_str(out, ". What was extended are SHA-1 digests, padded, and the policy takes "
			     "none: nothing in the register can be known.");
	else if (!row->first_proven)
		buf_str(out, ". Nothing of the register is verified, and so nothing in it can be "
			     "known, whatever lists say.");
	else if (row->first_bound)
		buf_str(out,
			". Its digest in a list (sums, log) makes it known, or a rule over that "
			"text.");
	else
		buf_str(out,
			", which its digest does not cover. Its digest in a list makes it "
			"known: that of what was measured (sums), or of a boot that is known to "
			"be good (log).");
	return out->failed ? TSMMR_E_NOMEM : 0;
}

/* " rtmr0 (17) pcr7:sha256 (30)" */
static void add_counts(struct buf *out, const struct tsmmr_appraisal *a, int state)
{
	for (size_t i = 0; i < a->report->data->n_rows; i++) {
		const struct row *row = &a->report->data->rows[i];
		const struct hash_alg *alg = row->many_banks ? hash_by_id(row->reg.alg) : NULL;

		if (a->rows[i].n[state])
			buf_printf(out, " %s%s%s (%llu)", row->name, alg ? ":" : "",
				   alg ? alg->name : "", (unsigned long long)a->rows[i].n[state]);
	}
}

/* Asked about in another bank, or told already. */
static bool is_other_bank(const struct tsmmr_appraisal *a, size_t at)
{
	const struct row *rows = a->report->data->rows, *row = &rows[at];

	for (size_t i = 0; i < a->report->data->n_rows; i++)
		if ((a->report->judged[i].asked || i < at) && rows[i].reg.piece == row->reg.piece &&
		    reg_same(rows[i].reg.platform, rows[i].reg.desc, row->reg.platform,
			     row->reg.desc))
			return true;
	return false;
}

/* Registers that have records, none of which was appraised in any bank. */
static void add_not_asked(struct buf *out, const struct tsmmr_appraisal *a)
{
	bool first = true;

	for (size_t i = 0; i < a->report->data->n_rows; i++) {
		const struct row *row = &a->report->data->rows[i];

		if (!a->rows[i].n[TSMMR_RECORD_NOT_ASKED] || is_other_bank(a, i))
			continue;
		buf_printf(out, "%s %s (%llu)", first ? " · not appraised:" : "", row->name,
			   (unsigned long long)a->rows[i].n[TSMMR_RECORD_NOT_ASKED]);
		first = false;
	}
}

static bool has(const struct tsmmr_appraisal *a, int state)
{
	for (size_t i = 0; i < a->report->data->n_rows; i++)
		if (a->rows[i].n[state])
			return true;
	return false;
}

int appraisal_summary(const struct tsmmr_appraisal *a, struct buf *out)
{
	static const struct {
		int state;
		const char *word;
	} said[] = { { TSMMR_RECORD_DENIED, "denied:" },
		     { TSMMR_RECORD_UNKNOWN, "unknown:" },
		     { TSMMR_RECORD_KNOWN, "known:" } };
	bool first = true;

	buf_str(out, a->verdict == TSMMR_APPRAISED_YES    ? "appraised: " :
		     a->verdict == TSMMR_APPRAISED_DENIED ? "MISMATCH: " :
							    "NOT APPRAISED: ");
	if (a->report->verdict != TSMMR_VERDICT_VERIFIED)
		buf_printf(out, "%s · ", verdict_name(a->report->verdict));
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		if (!has(a, said[i].state))
			continue;
		buf_printf(out, "%s%s", first ? "" : " · ", said[i].word);
		add_counts(out, a, said[i].state);
		first = false;
	}
	if (first)
		buf_str(out, "no record was asked about");
	add_not_asked(out, a);
	if (a->n_lacks)
		buf_printf(out, " · lacking: %zu", a->n_lacks);
	buf_printf(out, " · launch: %s", appraisal_launch_word(a));
	return out->failed ? TSMMR_E_NOMEM : 0;
}
