/* SPDX-License-Identifier: BSD-2-Clause */
/* One record as it would be measured once something was replaced. */
#include <stdarg.h>
#include <stdio.h>

#include "report/predict.h"
#include "util/error.h"

/*
 * Rules over data that is a text, whatever its length: tagged events have it before them.  Of
 * other structures only as many bytes can be replaced as there were.
 */
static const struct {
	const char *rule;
	uint8_t length_at; /* 0: nowhere */
} flat[] = {
	{ "LINE", 0 },           { "GRUB_TEXT", 0 }, { "IPL", 0 },
	{ "IPL_UTF16_NUL", 0 },  { "ACTION", 0 },    { "EFI_ACTION", 0 },
	{ "SYSTEMD_STRING", 0 }, { "AAEL", 4 },      { "TAGGED_EVENT", 4 },
};

static int add_note(struct tsmmr_prediction *p, uint64_t log, uint64_t record, const char *format,
		    va_list ap) __attribute__((format(printf, 4, 0)));

static int add_note(struct tsmmr_prediction *p, uint64_t log, uint64_t record, const char *format,
		    va_list ap)
{
	struct predict_note *note = &p->notes[p->n_notes];

	if (p->n_notes == PREDICT_NOTES_MAX)
		return 0;
	if (vasprintf(&note->text, format, ap) < 0)
		return TSMMR_E_NOMEM;
	note->log = log;
	note->record = record;
	p->n_notes++;
	return 0;
}

int predict_note(struct tsmmr_prediction *p, uint64_t log, uint64_t record, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = add_note(p, log, record, format, ap);
	va_end(ap);
	return r;
}

static int add_doubt(struct tsmmr_prediction *p, const struct tsmmr_event *e)
{
	const struct reg_desc *desc = event_reg(e);
	struct predict_doubt *all;

	if (!desc)
		return 0;
	for (size_t i = 0; i < p->n_doubts; i++)
		if (reg_same(p->doubts[i].platform, p->doubts[i].desc, e->platform, desc))
			return 0;
	all = reallocarray(p->doubts, p->n_doubts + 1, sizeof(*all));
	if (!all)
		return TSMMR_E_NOMEM;
	p->doubts = all;
	all[p->n_doubts++] = (struct predict_doubt){ platform_ref(e->platform), desc };
	return 0;
}

int predict_doubt(const struct predict_edit *x, const char *format, ...)
{
	va_list ap;
	int r = add_doubt(x->p, &x->e);

	if (r < 0)
		return r;
	va_start(ap, format);
	r = add_note(x->p, x->number, x->e.record, format, ap);
	va_end(ap);
	return r;
}

static int note(const struct predict_edit *x, const struct predict_step *step, const char *why)
{
	return predict_doubt(x, "%s: %s", step->what, why);
}

/* data with after in place of before: how often it was there, or E_LIMIT. */
static int replaced(struct span data, struct span before, struct span after, uint64_t max,
		    struct buf *out)
{
	int n = 0;

	while (data.n) {
		const uint8_t *at =
			before.n <= data.n ? memmem(data.p, data.n, before.p, before.n) : NULL;
		size_t head = at ? (size_t)(at - data.p) : data.n;

		buf_add(out, data.p, head);
		if (at) {
			buf_add(out, after.p, after.n);
			head += before.n;
			n++;
		}
		if (out->n > max)
			return TSMMR_E_LIMIT;
		data = span_of(data.p + head, data.n - head);
	}
	return n;
}

/* What rule says of x's data now, in each bank.  1, 0: it does not speak of it any more. */
static int rehash(struct predict_edit *x, const struct bind_rule *rule)
{
	size_t at = (size_t)(rule - x->e.class->rules), n = 0;
	struct digest digests[EVENT_DIGESTS_MAX];
	int r;

	for (size_t i = 0; i < x->e.n_digests; i++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];
		struct digest d = x->e.digests[i];
		struct hasher *h;

		r = hashers_get(&x->p->set, d.alg, &h);
		/* A bank that nobody can compute has no digest any more. */
		if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
			continue;
		if (r == 0)
			r = event_rule_digest(&x->e, at, h, value);
		if (r <= 0)
			return r;
		d.value = span_of(value, h->alg->size);
		r = log_keep(x->log, &d.value, &x->p->budget);
		if (r < 0)
			return r;
		digests[n++] = d;
	}
	r = log_keep_digests(x->log, &x->e, digests, n, &x->p->budget);
	return r < 0 ? r : 1;
}

static bool fits_rule(const struct bind_rule *rule, struct buf *data, bool same_size)
{
	for (size_t i = 0; i < ARRAY_SIZE(flat); i++) {
		size_t at = flat[i].length_at;

		if (strcmp(flat[i].rule, rule->id) != 0)
			continue;
		if (at && data->n >= at + 4)
			put_le(data->p + at, data->n - at - 4, 4);
		return true;
	}
	return same_size;
}

/* Nothing that the kernel measures as one line of text.  (semantics, rule 1) */
static bool is_no_line(const struct bind_rule *rule, const struct buf *data)
{
	return !strcmp(rule->id, "LINE") &&
	       (!data->n || *data->p == '#' || memchr(data->p, '\n', data->n) ||
		memchr(data->p, '\r', data->n));
}

int predict_set_bytes(struct predict_edit *x, struct span before, struct span after,
		      struct tsmmr_error *err)
{
	const struct tsmmr_event was = x->e;
	const struct bind_rule *rule = NULL;
	_cleanup_(buf_done) struct buf data = { 0 };
	struct span bytes;
	int n = replaced(was.data, before, after, was.data.n + x->p->budget, &data), r;

	if (n <= 0 || data.failed)
		return n < 0 ? fail(err, n, "the text takes more memory than is allowed") :
		       n     ? fail_nomem(err) :
			       0;
	r = event_bind_all(&was, &x->p->set, &rule);
	if (r < 0)
		return fail_low(err, r);
	if (r != TSMMR_BINDING_BOUND || rule == &launch_rule ||
	    !fits_rule(rule, &data, data.n == was.data.n))
		return 0;
	if (is_no_line(rule, &data))
		return fail(err, TSMMR_E_ARG,
			    "record %llu would no longer be one line that is measured",
			    (unsigned long long)was.record);
	bytes = span_of(data.p, data.n);
	r = log_keep(x->log, &bytes, &x->p->budget);
	if (r == TSMMR_E_LIMIT)
		return fail(err, r, "the text takes more memory than is allowed");
	x->e.data = bytes;
	if (r == 0)
		r = rehash(x, rule);
	if (r < 0)
		return fail_low(err, r);
	if (!r)
		x->e = was;
	return r ? n : 0;
}

static bool same_digests(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	bool same = a->n_digests == b->n_digests;

	for (size_t i = 0; same && i < a->n_digests; i++)
		same = span_eq(a->digests[i].value, b->digests[i].value.p, b->digests[i].value.n);
	return same;
}

static struct span wide(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++)
		buf_le(out, s.p[i], 2);
	return span_of(out->p, out->n);
}

static bool is_about(const struct tsmmr_event *e, const char *reg)
{
	const struct reg_desc *desc = event_reg(e);

	return !reg || (desc && (strcmp(desc->name, reg) == 0 ||
				 (desc->role && strcmp(desc->role, reg) == 0)));
}

static int set_text(struct predict_edit *x, struct predict_step *step, struct span before,
		    struct span after, struct tsmmr_error *err)
{
	const struct tsmmr_event was = x->e;
	int r;

	if (!before.n || before.n > was.data.n ||
	    !memmem(was.data.p, was.data.n, before.p, before.n))
		return 0;
	/* What such a line says of a register, its text alone does not change. */
	r = was.mark == MARK_SYNC || was.mark == MARK_VIRTUAL ?
		    0 :
		    predict_set_bytes(x, before, after, err);
	if (r < 0)
		return r;
	if (!r)
		r = note(x, step, "the record has the text, but its digest does not say so");
	else if (!same_digests(&was, &x->e))
		step->count += (uint64_t)r;
	return r < 0 ? fail_nomem(err) : 0;
}

static int apply_text(struct predict_edit *x, struct predict_step *step, struct tsmmr_error *err)
{
	struct span before = span_of(step->before.p, step->before.n);
	struct span after = span_of(step->after.p, step->after.n);
	_cleanup_(buf_done) struct buf before16 = { 0 }, after16 = { 0 };
	int r;

	if (!is_about(&x->e, step->reg))
		return 0;
	r = set_text(x, step, before, after, err);
	before = wide(before, &before16);
	after = wide(after, &after16);
	if (before16.failed || after16.failed)
		return fail_nomem(err);
	return r < 0 ? r : set_text(x, step, before, after, err);
}

/* Its digest number i in the swap's digests, or -1. */
static int bank_of(const struct predict_swap *s, const struct digest *d)
{
	for (int i = 0; i < HASHERS_MAX; i++)
		if (s->algs[i] && s->algs[i] == d->alg && d->value.n == hash_by_id(d->alg)->size)
			return i;
	return -1;
}

/* Every digest that is of a hash that was computed, and one at least. */
static bool is_of(const struct predict_swap *s, const struct tsmmr_event *e)
{
	bool any = false;

	if (!s->has_old || !s->fits(s->rule, e))
		return false;
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct digest *d = &e->digests[i];
		int bank = bank_of(s, d);

		if (bank < 0)
			continue;
		if (!hash_equal(s->old[bank], d->value.p, d->value.n))
			return false;
		any = true;
	}
	return any;
}

static int take_new(struct predict_edit *x, const struct predict_swap *s)
{
	struct digest digests[EVENT_DIGESTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < x->e.n_digests; i++) {
		struct digest d = x->e.digests[i];
		int r, bank = bank_of(s, &d);

		if (bank < 0)
			continue;
		d.value.p = s->new[bank];
		r = log_keep(x->log, &d.value, &x->p->budget);
		if (r < 0)
			return r;
		digests[n++] = d;
	}
	return log_keep_digests(x->log, &x->e, digests, n, &x->p->budget);
}

static bool same_new(const struct predict_swap *a, const struct predict_swap *b)
{
	return a->has_new == b->has_new && memcmp(a->new, b->new, sizeof(a->new)) == 0;
}

/* The file's hash in what a record says: IMA's do.  What else it says of the file is kept. */
static int apply_whole(struct predict_edit *x, struct predict_step *step, struct predict_swap *s,
		       struct tsmmr_error *err)
{
	for (size_t i = 0; i < HASHERS_MAX; i++) {
		const struct hash_alg *alg = hash_by_id(s->algs[i]);
		struct span before = span_of(s->old[i], alg ? alg->size : 0);
		int r;

		if (!alg || before.n > x->e.data.n ||
		    !memmem(x->e.data.p, x->e.data.n, before.p, before.n))
			continue;
		r = predict_set_bytes(x, before, span_of(s->new[i], before.n), err);
		if (r < 0)
			return r;
		step->count += (uint64_t)r;
		s->done |= r > 0;
		if (!r)
			r = note(x, step,
				 "the record has the file's hash, but its digest does "
				 "not say so");
		else if (x->e.name.n && !span_eq(x->e.name, "ima-ng", 6))
			r = note(x, step,
				 "the record's template may have more of the file than "
				 "its hash, such as a signature");
		if (r < 0)
			return fail_nomem(err);
	}
	return 0;
}

static int apply_file(struct predict_edit *x, struct predict_step *step, struct tsmmr_error *err)
{
	struct predict_swap *hit = NULL, *whole = NULL;
	int r = 0;

	for (size_t i = 0; i < step->n_swaps; i++) {
		struct predict_swap *s = &step->swaps[i];

		whole = s->whole ? s : whole;
		if (s->tagged && s->fits(s->rule, &x->e) &&
		    (!s->has_old || !s->has_new || memcmp(s->old, s->new, sizeof(s->old)) != 0))
			x->other = step;
		if (!is_of(s, &x->e))
			continue;
		if (hit && !same_new(hit, s))
			r = note(x, step,
				 "the record is that of the file in two ways, which "
				 "differ for the new one");
		hit = hit ? hit : s;
	}
	if (r < 0)
		return fail_nomem(err);
	if (!hit)
		return whole ? apply_whole(x, step, whole, err) : 0;
	hit->done = x->followed = true;
	step->count++;
	x->hit = hit;
	x->gone = !hit->has_new;
	r = x->gone ? 0 : take_new(x, hit);
	return r < 0 ? fail_low(err, r) : 0;
}

/* A bank that nobody can compute has no digest any more, and its register no value. */
static int note_banks(const struct predict_edit *x, size_t n_before, struct tsmmr_error *err)
{
	if (x->gone || x->e.n_digests == n_before)
		return 0;
	return predict_note(x->p, x->number, x->e.record,
			    "it has digests in banks that cannot be computed: those are left out") <
			       0 ?
		       fail_nomem(err) :
		       0;
}

int predict_apply(struct predict_edit *x, struct predict_step *step, struct tsmmr_error *err)
{
	size_t n = x->e.n_digests;
	int r;

	x->hit = NULL;
	if (!x->e.measured && step->kind != PREDICT_DROP)
		return 0;
	/* What a step of a launch comes to is not said by its digest. */
	if (x->e.mark == MARK_LAUNCH && step->kind != PREDICT_DROP)
		return 0;
	switch (step->kind) {
	case PREDICT_FILE:
		r = apply_file(x, step, err);
		return r < 0 ? r : note_banks(x, n, err);
	case PREDICT_TEXT:
		r = apply_text(x, step, err);
		return r < 0 ? r : note_banks(x, n, err);
	case PREDICT_DROP:
		break;
	}
	if (step->log != x->number || step->record != x->e.record)
		return 0;
	if (!x->e.measured)
		return fail(err, TSMMR_E_ARG, "%s: nothing is measured by that record", step->what);
	if (x->e.mark == MARK_LAUNCH)
		return fail(err, TSMMR_E_UNSUPPORTED, "%s is a step of a launch", step->what);
	step->count++;
	x->gone = true;
	return 0;
}
