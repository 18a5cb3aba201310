/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as JSON: tsmmr.diff/1. */
#include "report/diff.h"
#include "core/names.h"
#include "util/error.h"
#include "util/json.h"

static const char *const kinds[] = {
	[TSMMR_EDIT_ONLY_A] = "only-a",
	[TSMMR_EDIT_ONLY_B] = "only-b",
	[TSMMR_EDIT_MOVED] = "moved",
	[TSMMR_EDIT_TEXT] = "text",
};

static int place_json(struct json *j, const char *key, const struct diff_event *at, uint16_t alg)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const struct tsmmr_event *e = at ? at->e : NULL;
	const struct digest *d;
	int r;

	if (!e) {
		json_null(j, key);
		return 0;
	}
	r = event_text(e, &text);
	if (r < 0)
		return r;
	d = event_digest(e, alg);
	json_open(j, key, '{');
	json_u64(j, "log", at->log);
	json_u64(j, "record", e->record);
	json_u64(j, "offset", e->offset);
	event_type_json(e, j);
	json_hex(j, "digest", d->value.p, d->value.n);
	json_strn(j, "text", text.p, text.n);
	json_close(j, '}');
	return 0;
}

static void side_json(struct json *j, const char *key, const struct diff_row *row, int side)
{
	const struct row *of = row->rows[side];

	json_open(j, key, '{');
	json_u64(j, "events", row->n_records[side]);
	if (of && of->replayed)
		json_hex(j, "replayed", of->value, of->reg.size);
	else
		json_null(j, "replayed");
	if (of && of->reg.has_value)
		json_hex(j, "value", of->reg.value, of->reg.size);
	else
		json_null(j, "value");
	json_str(j, "status", of ? status_name(of->status) : NULL);
	json_close(j, '}');
}

static void row_begin_json(struct json *j, const struct diff_row *row)
{
	const struct row *any = diff_any(row);
	const struct hash_alg *alg = hash_by_id(any->reg.alg);

	json_open(j, NULL, '{');
	json_str(j, "name", any->name);
	json_str(j, "alg", alg ? alg->name : NULL);
	json_flag(j, "same", row->same);
	json_flag(j, "shortest", row->exact);
	side_json(j, "a", row, SIDE_A);
	side_json(j, "b", row, SIDE_B);
	json_open(j, "differences", '[');
}

static int edit_json(struct json *j, const struct tsmmr_diff *diff, const struct diff_row *row,
		     size_t k)
{
	uint16_t alg = diff_any(row)->reg.alg;
	int r;

	json_open(j, NULL, '{');
	json_str(j, "kind", kinds[diff_edit_kind(&row->edits[k])]);
	r = place_json(j, "a", diff_event(diff, row, k, SIDE_A), alg);
	if (r == 0)
		r = place_json(j, "b", diff_event(diff, row, k, SIDE_B), alg);
	json_close(j, '}');
	return r;
}

static void begin_json(struct json *j, const struct tsmmr_diff *diff)
{
	json_open(j, NULL, '{');
	json_str(j, "schema", "tsmmr.diff/1");
	json_flag(j, "same", diff_is_same(diff) && diff_is_compared(diff));
	for (int side = 0; side < SIDES; side++)
		report_logs_json(j, side ? "logs_b" : "logs_a", diff->reports[side]->data);
	json_open(j, "registers", '[');
}

/* What is written next. */
enum { AT_BEGIN, AT_ROW, AT_EDIT, AT_END };

/* One piece more; into out, for it may not be diff that is written to. */
static int step(const struct tsmmr_diff *diff, struct diff_json *state, struct buf *out)
{
	struct json j = { .b = out, .comma = state->comma };
	const struct diff_row *row = &diff->rows[state->row];
	int r = 0;

	if (state->at == AT_BEGIN) {
		begin_json(&j, diff);
		state->at = AT_ROW;
	} else if (state->at == AT_ROW && state->row < diff->n) {
		row_begin_json(&j, row);
		state->at = AT_EDIT;
		state->edit = 0;
	} else if (state->at == AT_EDIT && state->edit < row->n) {
		r = edit_json(&j, diff, row, state->edit++);
	} else if (state->at == AT_EDIT) {
		json_close(&j, ']');
		json_close(&j, '}');
		state->at = AT_ROW;
		state->row++;
	} else {
		json_close(&j, ']');
		json_close(&j, '}');
		state->at = AT_END;
	}
	state->comma = j.comma;
	return out->failed ? TSMMR_E_NOMEM : r;
}

int diff_json(const struct tsmmr_diff *diff, struct buf *out)
{
	struct diff_json state = { .at = AT_BEGIN };
	int r = 0;

	while (r == 0 && state.at != AT_END)
		r = step(diff, &state, out);
	return r;
}

int diff_next_json(struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	struct diff_json *state = &diff->json;
	int r = 0;

	state->out.n = 0;
	while (r == 0 && state->at != AT_END && state->out.n < EXPORT_FLUSH) {
		if (state->at == AT_EDIT && state->edit < diff->rows[state->row].n)
			r = diff_reread(diff, state->row, state->edit, err);
		if (r < 0)
			break;
		r = step(diff, state, &state->out);
		if (r < 0)
			fail_low(err, r);
	}
	if (r == 0 && state->out.n)
		return 1;
	buf_done(&state->out);
	*state = (struct diff_json){ .at = AT_BEGIN };
	return r;
}
