/* SPDX-License-Identifier: BSD-2-Clause */
/* A prediction as JSON: tsmmr.prediction/1. */
#include "report/predict.h"

#include "util/json.h"
#include "util/text.h"

static void say(struct json *j, const char *key, const char *text)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf8(&b, span_of(text, strlen(text)));
	json_strn(j, key, b.p, b.n);
	j->b->failed |= b.failed;
}

static void say_steps(struct json *j, const struct tsmmr_prediction *p)
{
	static const char *const kinds[] = {
		[PREDICT_FILE] = "file", [PREDICT_TEXT] = "text", [PREDICT_DROP] = "drop"
	};

	json_open(j, "steps", '[');
	for (size_t i = 0; i < p->n_steps; i++) {
		json_open(j, NULL, '{');
		json_str(j, "kind", kinds[p->steps[i].kind]);
		say(j, "what", p->steps[i].what);
		json_u64(j, "count", p->steps[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
}

int predict_json(const struct tsmmr_prediction *p, struct buf *out)
{
	struct json j = { .b = out };

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.prediction/1");
	report_logs_json(&j, "logs", p->was->data);
	say_steps(&j, p);
	json_open(&j, "registers", '[');
	for (size_t i = 0; i < p->will->n; i++) {
		const struct row *row = report_row(p->will, i);

		if (!row->replayed)
			continue;
		json_open(&j, NULL, '{');
		report_row_json(&j, row);
		json_str(&j, "platform", row->reg.platform->name);
		json_str(&j, "carrier", row->is_virtual ? row->reg.platform->name : NULL);
		json_hex(&j, "value", row->value, row->reg.size);
		json_u64(&j, "events", row->events);
		json_flag(&j, "changed", predict_is_changed(p, i));
		json_flag(&j, "vouched", predict_is_vouched(p, i));
		json_flag(&j, "followed", predict_is_followed(p, i));
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_open(&j, "not_followed", '[');
	for (size_t i = 0; i < p->n_notes; i++) {
		json_open(&j, NULL, '{');
		json_u64_or_null(&j, "log", p->notes[i].log);
		json_u64_or_null(&j, "record", p->notes[i].record);
		say(&j, "text", p->notes[i].text);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : 0;
}
