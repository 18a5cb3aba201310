/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as JSON: tsmmr.diff/1. */
#include "report/diff.h"
#include "core/names.h"
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

static int row_json(struct json *j, const struct tsmmr_diff *diff, const struct diff_row *row)
{
	const struct row *any = diff_any(row);
	const struct hash_alg *alg = hash_by_id(any->reg.alg);
	int r = 0;

	json_open(j, NULL, '{');
	json_str(j, "name", any->name);
	json_str(j, "alg", alg ? alg->name : NULL);
	json_flag(j, "same", row->same);
	json_flag(j, "shortest", row->exact);
	side_json(j, "a", row, SIDE_A);
	side_json(j, "b", row, SIDE_B);
	json_open(j, "differences", '[');
	for (size_t i = 0; r == 0 && i < row->n; i++) {
		json_open(j, NULL, '{');
		json_str(j, "kind", kinds[diff_edit_kind(&row->edits[i])]);
		r = place_json(j, "a", diff_event(diff, row, i, SIDE_A), any->reg.alg);
		if (r == 0)
			r = place_json(j, "b", diff_event(diff, row, i, SIDE_B), any->reg.alg);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
	return r;
}

int diff_json(const struct tsmmr_diff *diff, struct buf *out)
{
	struct json j = { .b = out };
	int r = 0;

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.diff/1");
	json_flag(&j, "same", diff_is_same(diff) && diff_is_compared(diff));
	for (int side = 0; side < SIDES; side++)
		report_logs_json(&j, side ? "logs_b" : "logs_a", diff->reports[side]->data);
	json_open(&j, "registers", '[');
	for (size_t i = 0; r == 0 && i < diff->n; i++)
		r = row_json(&j, diff, &diff->rows[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : r;
}
