/* SPDX-License-Identifier: BSD-2-Clause */
/* One event as the JSON object tsmmr.event/1. */
#include "core/event.h"
#include "crypto/hash.h"
#include <stdio.h>

#include "core/names.h"
#include "util/text.h"

/* What most events say of themselves has room in these. */
#define TEXT_ROOM 512
#define DETAILS_ROOM 1024

typedef int (*describe_fn)(const struct tsmmr_event *e, struct describe *d);

static int describe_to(const struct tsmmr_event *e, describe_fn fn, struct describe *d)
{
	int r = 0;

	json_open(d->details, NULL, '{');
	if (fn)
		r = fn(e, d);
	json_close(d->details, '}');
	if (r < 0)
		return r;
	return d->text->failed || d->details->b->failed ? TSMMR_E_NOMEM : 0;
}

static int describe(const struct tsmmr_event *e, describe_fn fn, struct buf *text,
		    struct buf *details)
{
	struct json j = { .b = details };

	return describe_to(e, fn, &(struct describe){ .text = text, .details = &j });
}

static describe_fn describe_claims(const struct tsmmr_event *e)
{
	return e->class ? e->class->describe : NULL;
}

static describe_fn describe_covered(const struct tsmmr_event *e, const struct bind_rule *rule)
{
	describe_fn own = rule == &launch_rule ? e->class->describe_step : rule->describe;

	return own ? own : describe_claims(e);
}

int event_text(const struct tsmmr_event *e, struct buf *out)
{
	BUF_LOCAL(details, DETAILS_ROOM);

	return describe(e, describe_claims(e), out, &details);
}

int event_details_json(const struct tsmmr_event *e, struct buf *out)
{
	BUF_LOCAL(text, TEXT_ROOM);

	return describe(e, describe_claims(e), &text, out);
}

int event_describe_bound(const struct tsmmr_event *e, const struct bind_rule *rule,
			 struct buf *text, struct buf *details)
{
	return describe(e, describe_covered(e, rule), text, details);
}

int event_describe_whole(const struct tsmmr_event *e, const struct bind_rule *rule,
			 struct buf *text, bool *ret_cut)
{
	BUF_LOCAL(details, DETAILS_ROOM);
	struct json j = { .b = &details };
	struct describe d = { .text = text, .details = &j, .whole = true };
	int r = describe_to(e, describe_covered(e, rule), &d);

	*ret_cut = d.cut;
	return r;
}

int event_trusted_text(const struct tsmmr_event *e, struct buf *out)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	BUF_LOCAL(details, DETAILS_ROOM);
	const struct bind_rule *rule = NULL;
	int binding = event_bind_all(e, &set, &rule);

	return binding == TSMMR_BINDING_BOUND ? event_describe_bound(e, rule, out, &details) :
	       binding < 0                    ? binding :
						0;
}

static void digests(const struct tsmmr_event *e, struct json *j)
{
	json_open(j, "digests", '{');
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct digest *d = &e->digests[i];
		const struct hash_alg *alg = hash_by_id(d->alg);
		char number[8];

		if (!alg)
			snprintf(number, sizeof(number), "0x%04X", d->alg);
		json_hex(j, alg ? alg->name : number, d->value.p, d->value.n);
	}
	json_close(j, '}');
}

/* Text of a log as a member: printable, whatever it holds. */
static void name_json(const struct tsmmr_event *e, const char *key, struct json *j)
{
	BUF_LOCAL(b, TEXT_ROOM);

	text_utf8(&b, e->name);
	json_strn(j, key, b.p, b.n);
	j->b->failed |= b.failed;
}

static void content_json(const struct tsmmr_event *e, struct json *j)
{
	if (e->content == EVENT_NAMED) {
		name_json(e, "content", j);
		json_null(j, "content_id");
		return;
	}
	json_str(j, "content", e->content <= INT32_MAX ? content_name((int)e->content) : NULL);
	json_u64(j, "content_id", e->content);
}

void event_type_json(const struct tsmmr_event *e, struct json *j)
{
	if (event_type_is_named(e)) {
		name_json(e, "type", j);
		json_null(j, "type_id");
		return;
	}
	json_str(j, "type", e->class ? e->class->type_name(e->type) : NULL);
	json_u64(j, "type_id", e->type);
}

void event_words_done(struct event_words *words)
{
	buf_done(&words->text);
	buf_done(&words->bound);
	buf_done(&words->details);
}

int event_json(const struct tsmmr_event *e, uint64_t log, int proven, struct hashers *set,
	       struct buf *out)
{
	uint8_t text[TEXT_ROOM], bound[TEXT_ROOM], details[DETAILS_ROOM];
	_cleanup_(event_words_done) struct event_words words = { BUF_ON(text), BUF_ON(bound),
								 BUF_ON(details) };

	return event_json_again(e, log, proven, set, &words, out);
}

int event_json_again(const struct tsmmr_event *e, uint64_t log, int proven, struct hashers *set,
		     struct event_words *words, struct buf *out)
{
	struct buf *text = &words->text, *bound = &words->bound, *details = &words->details;
	const struct reg_desc *reg = event_reg(e);
	const struct bind_rule *rule = NULL;
	struct json j = { .b = out };
	bool trusted;
	int binding, r;

	text->n = bound->n = details->n = 0;
	r = describe(e, describe_claims(e), text, details);
	if (r < 0)
		return r;
	binding = event_bind_all(e, set, &rule);
	if (binding < 0)
		return binding;
	trusted = proven > 0 && binding == TSMMR_BINDING_BOUND;
	if (trusted) {
		details->n = 0;
		r = event_describe_bound(e, rule, bound, details);
		if (r < 0)
			return r;
	}

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.event/1");
	json_u64(&j, "log", log + e->log);
	json_u64(&j, "record", e->record);
	if (e->recnum == TSMMR_NONE)
		json_null(&j, "recnum");
	else
		json_hexnum(&j, "recnum", e->recnum);
	json_str(&j, "register", reg ? reg->name : NULL);
	json_u64(&j, "index", e->index);
	json_str(&j, "index_space", space_name(e->space));
	content_json(e, &j);
	event_type_json(e, &j);
	digests(e, &j);
	json_flag(&j, "measured", e->measured);
	json_str(&j, "binding", binding_name(binding));
	json_str(&j, "rule", binding != TSMMR_BINDING_UNBOUND && rule ? rule->id : NULL);
	if (event_after_separator(e) == TSMMR_AFTER_UNKNOWN)
		json_null(&j, "after_separator");
	else
		json_flag(&j, "after_separator", e->after_separator == TSMMR_AFTER_YES);
	if (proven < 0)
		json_null(&j, "proven");
	else
		json_flag(&j, "proven", proven);
	if (trusted)
		json_strn(&j, "trusted_text", bound->p, bound->n);
	else
		json_null(&j, "trusted_text");
	json_hex(&j, "data", e->data.p, e->data.n);
	json_strn(&j, "text", text->p, text->n);
	json_u64(&j, "offset", e->offset);
	json_raw(&j, "details", details->p, details->n);
	json_close(&j, '}');
	return out->failed ? TSMMR_E_NOMEM : 0;
}
