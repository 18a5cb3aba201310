/* SPDX-License-Identifier: BSD-2-Clause */
/* A report as JSON: tsmmr.replay/1 and tsmmr.verify/1. */
#include <stdio.h>

#include "report/explain.h"
#include "core/names.h"
#include "util/json.h"
#include "util/text.h"

/* A name the caller gave: any bytes. */
static void name_str(struct json *j, const char *key, const char *name)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf8(&b, span_of(name, strlen(name)));
	json_strn(j, key, b.p, b.n);
	j->b->failed |= b.failed;
}

void report_logs_json(struct json *j, const char *key, const struct report_data *d)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < d->n_sources; i++) {
		json_open(j, NULL, '{');
		name_str(j, "path", d->sources[i].name);
		json_str(j, "format", d->sources[i].format->name);
		json_u64(j, "events", d->source_events[i]);
		json_u64(j, "bytes", d->sources[i].n_bytes);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void row_logs(struct json *j, const struct row *row)
{
	json_open(j, "logs", '[');
	for (size_t i = 0; i < REPORT_LOGS_MAX; i++)
		if (row->logs >> i & 1)
			json_u64(j, NULL, i);
	json_close(j, ']');
}

static void row_index(struct json *j, const struct row *row)
{
	if (row->reg.desc->index == NO_INDEX || row->reg.platform->space == TSMMR_SPACE_NONE) {
		json_null(j, "index");
		json_null(j, "index_space");
	} else {
		json_u64(j, "index", row->reg.desc->index);
		json_str(j, "index_space", space_name(row->reg.platform->space));
	}
}

static const char *alg_name(const struct row *row)
{
	const struct hash_alg *alg = hash_by_id(row->reg.alg);

	return alg ? alg->name : NULL;
}

void report_row_json(struct json *j, const struct row *row)
{
	json_str(j, "name", row->name);
	row_index(j, row);
	json_str(j, "alg", alg_name(row));
}

static void findings_json(struct json *j, const struct findings *f)
{
	json_open(j, "findings", '[');
	for (size_t i = 0; i < f->n; i++) {
		const struct tsmmr_finding *one = &f->all[i];

		json_open(j, NULL, '{');
		json_str(j, "id", finding_descs[one->id].id);
		json_str(j, "severity", severity_name(finding_descs[one->id].severity));
		json_u64_or_null(j, "log", one->log);
		json_u64_or_null(j, "record", one->record);
		json_u64_or_null(j, "offset", one->offset);
		json_str(j, "text", one->text);
		json_close(j, '}');
	}
	json_close(j, ']');
}

int report_replay_json(const struct tsmmr_report *report, struct buf *out)
{
	const struct report_data *d = report->data;
	struct json j = { .b = out };
	bool one = d->n_logs > 0;

	for (size_t i = 1; i < d->n_logs; i++)
		one &= d->logs[i].platform == d->logs[0].platform;

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.replay/1");
	report_logs_json(&j, "logs", d);
	json_str(&j, "platform", one ? d->logs[0].platform->name : NULL);
	json_open(&j, "registers", '[');
	for (size_t i = 0; i < report->n; i++) {
		const struct row *row = report_row(report, i);

		if (!row->replayed)
			continue;
		json_open(&j, NULL, '{');
		report_row_json(&j, row);
		json_hex(&j, "value", row->value, row->reg.size);
		json_u64(&j, "events", row->events);
		json_str(&j, "anchor", row->anchor);
		json_str(&j, "carrier", row->is_virtual ? row->reg.platform->name : NULL);
		row_logs(&j, row);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	findings_json(&j, &d->findings);
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : 0;
}

static void row_gaps(struct json *j, const struct tsmmr_report *report, size_t row)
{
	const struct judgement *judged = &report->judged[row];

	json_open(j, "gaps", '[');
	for (size_t i = 0; i < judged->n_gaps; i++) {
		const struct tsmmr_gap *gap = &judged->gaps[i];

		json_open(j, NULL, '{');
		json_str(j, "kind", gap_names[gap->kind]);
		json_u64_or_null(j, "log", gap->log);
		json_u64_or_null(j, "record", gap->record);
		json_flag(j, "allowed", gap->allowed);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void row_explain(struct json *j, const struct answer *answer)
{
	json_open(j, "explain", '[');
	for (size_t i = 0; answer && i < answer->n; i++) {
		const struct tsmmr_hypothesis *h = &answer->all[i];

		json_open(j, NULL, '{');
		json_str(j, "id", explain_descs[h->id].id);
		json_u64_or_null(j, "log", h->log);
		json_u64_or_null(j, "record_first", h->first);
		json_u64_or_null(j, "record_last", h->last);
		json_u64_or_null(j, "offset", h->offset);
		json_flag(j, "would_match", h->would_match);
		json_str(j, "text", h->text);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void name_str_or_null(struct json *j, const char *key, const struct reason *r, int kind)
{
	if (r->what && (int)r->what_kind == kind)
		name_str(j, key, r->what);
	else
		json_null(j, key);
}

static void because_json(struct json *j, const struct tsmmr_report *report)
{
	json_open(j, "because", '[');
	for (size_t i = 0; i < report->n_reasons; i++) {
		const struct reason *r = &report->reasons[i];

		json_open(j, NULL, '{');
		json_str(j, "kind", reason_names[r->kind]);
		if (r->row != REASON_NOWHERE)
			json_str(j, "register", report->data->rows[r->row].name);
		else
			name_str_or_null(j, "register", r, WHAT_REGISTER);
		name_str_or_null(j, "claim", r, WHAT_CLAIM);
		name_str_or_null(j, "not_checked", r, WHAT_WORD);
		name_str_or_null(j, "tcb", r, WHAT_TCB);
		json_u64_or_null(j, "evidence", r->piece == REASON_NOWHERE ? TSMMR_NONE : r->piece);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void row_reference(struct json *j, const struct tsmmr_report *report, size_t row,
			  const struct judgement *judged)
{
	const struct reference *ref;
	const char *set;

	if (!judged->referred) {
		json_null(j, "reference");
		return;
	}
	json_open(j, "reference", '{');
	json_open(j, "values", '[');
	for (size_t k = 0; (ref = judge_reference(report, row, k, &set)); k++)
		json_hex(j, NULL, ref->value, ref->size);
	json_close(j, ']');
	if (judged->set)
		name_str(j, "set", judged->set->id);
	else
		json_null(j, "set");
	json_close(j, '}');
}

static void row_because(struct json *j, const struct judgement *judged)
{
	json_open(j, "because", '[');
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (judged->because >> i & 1)
			json_str(j, NULL, reason_names[i]);
	json_close(j, ']');
}

/* The registers that are proven or not together with this one. */
static void row_group(struct json *j, const struct tsmmr_report *report, const struct row *row)
{
	const struct report_data *d = report->data;

	if (!row->reg.grouped) {
		json_null(j, "group");
		return;
	}
	json_open(j, "group", '[');
	for (size_t i = 0; i < d->n_rows; i++)
		if (d->rows[i].reg.grouped && d->rows[i].reg.piece == row->reg.piece) {
			char name[sizeof(row->name) + 16];

			snprintf(name, sizeof(name), "%s:%s", d->rows[i].name,
				 alg_name(&d->rows[i]));
			name_str(j, NULL, name);
		}
	json_close(j, ']');
}

static void row_json(struct json *j, const struct tsmmr_report *report, size_t i,
		     const struct answer *answer)
{
	const struct row *row = &report->data->rows[i];
	const struct judgement *judged = &report->judged[i];
	const struct tsmmr_reg *reg = &row->reg;

	json_open(j, NULL, '{');
	json_str(j, "name", row->name);
	json_str(j, "provider", reg->provider);
	json_str(j, "carrier", row->is_virtual ? reg->platform->name : NULL);
	json_str(j, "platform", reg->platform->name);
	row_index(j, row);
	json_str(j, "alg", alg_name(row));
	json_str(j, "kind", kind_name(reg->desc->kind));
	json_str(j, "role", reg->desc->role);
	json_flag(j, "asked", judged->asked);
	json_flag(j, "required", judged->required);
	json_str(j, "status", status_name(judged->status));
	json_str(j, "trust", reg->has_value || reg->grouped ? trust_name(reg->trust) : NULL);
	row_reference(j, report, i, judged);
	json_flag(j, "accepted", judged->accepted);
	row_because(j, judged);
	json_str(j, "anchor", row->anchor[0] ? row->anchor : NULL);
	if (judged->has_value)
		json_hex(j, "expected", judged->value, reg->size);
	else
		json_null(j, "expected");
	if (row->replayed)
		json_hex(j, "replayed", row->value, reg->size);
	else
		json_null(j, "replayed");
	json_u64(j, "events", row->events);
	row_logs(j, row);
	row_group(j, report, row);
	row_gaps(j, report, i);
	row_explain(j, answer);
	json_close(j, '}');
}

static int events_json(struct json *j, const struct tsmmr_report *report,
		       struct tsmmr_log *const *logs, size_t n)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	int r = 0;

	json_open(j, "events", '[');
	for (size_t i = 0; r == 0 && i < n; i++)
		for (size_t k = 0; r == 0 && k < logs[i]->n; k++) {
			_cleanup_(buf_done) struct buf one = { 0 };

			r = event_json(&logs[i]->events[k], report->data->logs[i].first,
				       report_event_proven(report, i, k), &set, &one);
			json_raw(j, NULL, one.p, one.n);
		}
	json_close(j, ']');
	return r;
}

/* The command's exit status for this verdict: scripts and services see the same number. */
static uint64_t exit_of(int verdict)
{
	return verdict == TSMMR_VERDICT_VERIFIED ? 0 : verdict == TSMMR_VERDICT_MISMATCH ? 1 : 4;
}

int report_verify_json(const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
		       const struct tsmmr_explain *explain, struct buf *out)
{
	const struct report_data *d = report->data;
	struct json j = { .b = out };
	int r = 0;

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.verify/1");
	json_str(&j, "verdict", verdict_name(report->verdict));
	json_u64(&j, "exit", exit_of(report->verdict));
	because_json(&j, report);
	json_hex(&j, "policy", report->policy_hash, sizeof(report->policy_hash));
	json_str(&j, "launch", report->pinned ? "pinned" : "not-asked");
	json_str(&j, "fresh", report->fresh ? "yes" : "not-asked");
	report_logs_json(&j, "logs", d);
	evidence_json(&j, d->regs);
	json_open(&j, "registers", '[');
	for (size_t i = 0; i < report->n; i++)
		row_json(&j, report, report->rows[i], explain ? &explain->answers[i] : NULL);
	json_close(&j, ']');
	if (logs)
		r = events_json(&j, report, logs, n);
	findings_json(&j, &d->findings);
	json_close(&j, '}');
	if (r < 0)
		return r;
	return out->failed ? TSMMR_E_NOMEM : 0;
}
