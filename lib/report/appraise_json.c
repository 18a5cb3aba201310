/* SPDX-License-Identifier: BSD-2-Clause */
/* An appraisal as JSON, and its records as JSON and as lines of a list. */
#include "report/appraise.h"

#include "core/names.h"
#include "report/judge.h"
#include "util/text.h"

static void text_str(struct json *j, const char *key, struct span text)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf8(&b, text);
	j->b->failed |= b.failed;
	json_strn(j, key, b.p, b.n);
}

static void word_str(struct json *j, const char *key, const char *text)
{
	if (text)
		text_str(j, key, span_of(text, strlen(text)));
	else
		json_null(j, key);
}

static void reason_json(struct json *j, const char *kind, const char *reg, uint64_t evidence)
{
	json_open(j, NULL, '{');
	json_str(j, "kind", kind);
	word_str(j, "register", reg);
	json_u64_or_null(j, "evidence", evidence);
	json_close(j, '}');
}

static void because_json(struct json *j, const struct tsmmr_appraisal *a)
{
	json_open(j, "because", '[');
	for (size_t i = 0; i < a->report->n_reasons; i++) {
		const struct reason *r = &a->report->reasons[i];

		reason_json(j, reason_names[r->kind],
			    r->row != REASON_NOWHERE ? a->report->data->rows[r->row].name : r->what,
			    r->piece != REASON_NOWHERE ? r->piece : TSMMR_NONE);
	}
	for (size_t i = 0; i < a->n_reasons; i++)
		reason_json(j, a->reasons[i].kind, a->reasons[i].reg, a->reasons[i].evidence);
	json_close(j, ']');
}

static void lists_json(struct json *j, const struct tsmmr_appraisal *a)
{
	json_open(j, "lists", '[');
	for (size_t i = 0; i < a->known->n_sources; i++) {
		const struct known_source *s = a->known->sources[i];

		json_open(j, NULL, '{');
		json_str(j, "kind", s->kind->name);
		word_str(j, "name", s->name);
		word_str(j, "register", s->reg ? a->known->regs[s->reg - 1].text : NULL);
		json_flag(j, "denied", s->denied);
		json_flag(j, "any_order", s->any_order);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void row_json(struct json *j, const struct tsmmr_appraisal *a, size_t i)
{
	const struct row *row = &a->report->data->rows[i];
	const struct judgement *judged = &a->report->judged[i];
	const struct appraised_row *n = &a->rows[i];
	const struct hash_alg *alg = hash_by_id(row->reg.alg);
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	json_open(j, NULL, '{');
	json_str(j, "name", row->name);
	json_str(j, "platform", row->reg.platform->name);
	json_str(j, "alg", alg ? alg->name : NULL);
	json_str(j, "status", status_name(judged->status));
	/* What has events and was not asked about was not appraised. */
	json_flag(j, "asked", judged->asked);
	json_u64(j, "known", n->n[TSMMR_RECORD_KNOWN]);
	json_u64(j, "unknown", n->n[TSMMR_RECORD_UNKNOWN]);
	json_u64(j, "denied", n->n[TSMMR_RECORD_DENIED]);
	json_u64(j, "not_asked", n->n[TSMMR_RECORD_NOT_ASKED]);
	if (n->first_record == TSMMR_NONE) {
		json_null(j, "first_unknown");
	} else {
		json_open(j, "first_unknown", '{');
		json_u64(j, "log", n->first_log);
		json_u64(j, "record", n->first_record);
		json_close(j, '}');
	}
	r = appraisal_text(a, i, &text);
	j->b->failed |= r < 0;
	if (text.n)
		json_strn(j, "text", text.p, text.n);
	else
		json_null(j, "text");
	json_close(j, '}');
}

static void lacks_json(struct json *j, const struct tsmmr_appraisal *a)
{
	json_open(j, "lacking", '[');
	for (size_t i = 0; i < a->n_lacks && i < APPRAISAL_LACKS_MAX; i++) {
		json_open(j, NULL, '{');
		word_str(j, "list", a->lacks[i].source->name);
		word_str(j, "text", a->lacks[i].text);
		json_close(j, '}');
	}
	json_close(j, ']');
}

int appraisal_json(const struct tsmmr_appraisal *a, struct buf *out)
{
	_cleanup_(buf_done) struct buf report = { 0 };
	struct json j = { .b = out };
	int r = report_verify_json(a->report, NULL, 0, NULL, &report);

	if (r < 0)
		return r;
	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.appraisal/1");
	json_str(&j, "verdict", appraised_name(a->verdict));
	json_u64(&j, "exit",
		 a->verdict == TSMMR_APPRAISED_YES    ? 0 :
		 a->verdict == TSMMR_APPRAISED_DENIED ? 1 :
							4);
	because_json(&j, a);
	json_str(&j, "launch", appraisal_launch_word(a));
	lists_json(&j, a);
	json_open(&j, "registers", '[');
	for (size_t i = 0; i < a->report->n; i++)
		row_json(&j, a, a->report->rows[i]);
	json_close(&j, ']');
	lacks_json(&j, a);
	json_raw(&j, "report", report.p, report.n);
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : 0;
}

int appraisal_pass_json(struct tsmmr_appraisal_pass *pass, struct buf *out)
{
	BUF_LOCAL(event, 2048);
	const struct tsmmr_report_pass *at = pass->pass;
	struct json j = { .b = out };
	int r = event_json(at->event, at->data->logs[at->at].first, at->event_proven,
			   &pass->hashers, &event);

	if (r < 0 || event.failed)
		return r < 0 ? r : TSMMR_E_NOMEM;
	json_open(&j, NULL, '{');
	json_str(&j, "appraised", record_name(pass->state));
	if (!pass->name.p && !pass->source) {
		json_null(&j, "known");
	} else {
		json_open(&j, "known", '{');
		json_str(&j, "kind", pass->source ? pass->source->kind->name : "built-in");
		word_str(&j, "list", pass->source ? pass->source->name : NULL);
		text_str(&j, "name", pass->name);
		json_close(&j, '}');
	}
	json_raw(&j, "event", event.p, event.n);
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : 0;
}

/* Of several the strongest. */
static const struct digest *best_digest(const struct tsmmr_appraisal_pass *pass)
{
	const struct digest *best = &pass->digests[0];

	for (size_t i = 1; i < pass->n_digests; i++)
		if (policy_hash_rank(pass->digests[i].alg) > policy_hash_rank(best->alg))
			best = &pass->digests[i];
	return best;
}

static void add_type(struct buf *out, const struct tsmmr_event *e)
{
	const char *name = e->class && e->class->type_name ? e->class->type_name(e->type) : NULL;

	if (e->content != TSMMR_CONTENT_PCCLIENT_STD || event_type_is_named(e))
		return;
	if (name && !strncmp(name, "EV_", 3))
		buf_printf(out, " %s", name);
	else
		buf_printf(out, " 0x%08x", e->type);
}

/* What fits into a line, cut between characters. */
static struct span name_of(const struct buf *text)
{
	size_t n = text->n < KNOWN_NAME_MAX - 16 ? text->n : KNOWN_NAME_MAX - 16;

	while (n && n < text->n && (text->p[n] & 0xc0) == 0x80)
		n--;
	return span_of(text->p, n);
}

int appraisal_pass_line(struct tsmmr_appraisal_pass *pass, struct buf *out)
{
	BUF_LOCAL(text, 512);
	BUF_LOCAL(details, 1024);
	const struct tsmmr_event *e = pass->pass->event;
	const struct digest *d;
	struct span name;
	size_t before;
	bool typed;
	int r;

	if (pass->state != TSMMR_RECORD_UNKNOWN || !pass->n_digests)
		return TSMMR_E_ARG;
	d = best_digest(pass);
	buf_printf(out, "%s %s:", pass->report->data->rows[pass->set.rows[0]].name,
		   hash_by_id(d->alg)->name);
	buf_hex(out, d->value.p, d->value.n);
	before = out->n;
	add_type(out, e);
	typed = out->n != before;
	r = pass->rule ? event_describe_bound(e, pass->rule, &text, &details) :
			 event_text(e, &text);
	name = name_of(&text);
	buf_str(out, pass->rule ? " " : " (unbound) ");
	/* A word that would be read as the type, where there is none. */
	if (pass->rule && !typed && (span_starts(name, "EV_", 3) || span_starts(name, "0x", 2)))
		buf_str(out, "text ");
	buf_add(out, name.p, name.n);
	return r < 0 ? r : out->failed || text.failed ? TSMMR_E_NOMEM : 0;
}
