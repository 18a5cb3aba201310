/* SPDX-License-Identifier: BSD-2-Clause */
/* What the steps of a prediction make of each record, and what of it is followed. */
#include "report/predict.h"

#include "util/error.h"
#include "util/hex.h"

/* EV_EFI_VARIABLE_AUTHORITY */
#define AUTHORITY 0x800000e0u

/* The value that a register has in that bank, or NULL before its first record. */
static const uint8_t *value_of(const struct replay *r, const struct tsmmr_event *e, uint16_t alg)
{
	const struct reg_desc *desc = event_reg(e);
	const struct slot *slot = desc ? replay_slot(r, e->platform, desc, alg) : NULL;
	bool earlier;

	return slot ? candidates_best(slot, &earlier)->value : NULL;
}

static int not_followed(struct predict_run *run, const struct predict_edit *x,
			enum predict_loose_if when, const char *why)
{
	int r = predict_loosen(run, &x->e, when);

	return r < 0 ? r : predict_note(run->p, x->number, x->e.record, "%s", why);
}

/* "SYNC alg/hex" says what the register holds: where that was true, it is. */
static int follow_sync(struct predict_run *run, struct predict_edit *x, struct tsmmr_error *err)
{
	const struct digest *d = &x->e.asserted;
	const uint8_t *was = value_of(run->was, &x->e, d->alg);
	const uint8_t *will = value_of(run->will, &x->e, d->alg);
	char before[2 * TSMMR_HASH_SIZE_MAX], after[2 * TSMMR_HASH_SIZE_MAX];
	struct span value;
	int r;

	if (!was || !will || memcmp(was, will, d->value.n) == 0)
		return 0;
	if (!hash_equal(was, d->value.p, d->value.n))
		return not_followed(run, x, LOOSE,
				    "a SYNC line that the log before it does not lead to");
	hex_encode(before, was, d->value.n);
	hex_encode(after, will, d->value.n);
	value = span_of(will, d->value.n);
	r = log_keep(x->log, &value, &run->p->budget);
	if (r < 0)
		return fail_low(err, r);
	r = predict_set_bytes(x, span_of(before, 2 * d->value.n), span_of(after, 2 * d->value.n),
			      err);
	if (r > 0)
		x->e.asserted.value = value;
	return r == 0 ? not_followed(run, x, LOOSE, "a SYNC line that is written in another way") :
	       r < 0  ? r :
			0;
}

/* IMA's first record has a hash over the firmware's PCRs. */
static int follow_aggregate(struct predict_run *run, struct predict_edit *x,
			    struct tsmmr_error *err)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r = aggregate_follow(run->was, run->will, &x->e, value);
	struct span after = span_of(value, x->e.asserted.value.n);

	if (r < 0)
		return fail_low(err, r);
	if (!r || span_eq(after, x->e.asserted.value.p, after.n))
		return r ? 0 :
			   not_followed(run, x, LOOSE_IF_FIRMWARE_DIFFERS,
					"boot_aggregate is not what the logs lead to");
	r = predict_set_bytes(x, x->e.asserted.value, after, err);
	if (r == 0)
		return not_followed(run, x, LOOSE,
				    "boot_aggregate: the record's digest is not of its data");
	if (r > 0)
		r = log_keep(x->log, &after, &run->p->budget);
	if (r == 0)
		x->e.asserted.value = after;
	return r < 0 ? fail_low(err, r) : 0;
}

static int put(struct predict_run *run, struct predict_edit *x, uint64_t first,
	       struct tsmmr_error *err)
{
	int r = log_append(x->log, &x->e, &run->p->budget);

	if (r == TSMMR_E_LIMIT)
		return fail(err, r, "the log takes more memory than is allowed");
	return r < 0 ? fail_nomem(err) : replay_event(run->will, first, &x->e, err);
}

/* The digests of another part, in place of those of the part before it. */
static int take_added(struct predict_edit *x, const struct predict_swap *s)
{
	struct digest digests[EVENT_DIGESTS_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->e.n_digests; i++) {
		struct digest *d = &digests[i];

		*d = x->e.digests[i];
		for (size_t k = 0; r == 0 && k < HASHERS_MAX; k++)
			if (s->algs[k] == d->alg) {
				d->value.p = s->new[k];
				r = log_keep(x->log, &d->value, &x->p->budget);
			}
	}
	return r < 0 ? r : log_keep_digests(x->log, &x->e, digests, x->e.n_digests, &x->p->budget);
}

/* Records of parts that the new file has and the old one has not, after the part before them. */
static int put_added(struct predict_run *run, struct predict_edit *x,
		     const struct predict_step *step, uint64_t first, struct tsmmr_error *err)
{
	struct predict_swap *s = x->hit;

	for (s++; s < step->swaps + step->n_swaps && s->chained && !s->has_old; s++) {
		_cleanup_(buf_done) struct buf name = { 0 };
		int r = take_added(x, s);

		for (const char *c = s->part; *c; c++)
			buf_le(&name, (uint8_t)*c, 2);
		buf_le(&name, 0, 2);
		x->e.data = span_of(name.p, name.n);
		if (r == 0)
			r = name.failed ? TSMMR_E_NOMEM :
					  log_keep(x->log, &x->e.data, &run->p->budget);
		if (r < 0)
			return fail_low(err, r);
		s->done = true;
		r = put(run, x, first, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int edit_event(struct predict_run *run, struct predict_edit *x, uint64_t first,
		      struct tsmmr_error *err)
{
	const struct tsmmr_event was = x->e;
	struct predict_step *by = NULL;
	struct predict_swap *hit = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && !x->gone && i < run->p->n_steps; i++) {
		r = predict_apply(x, &run->p->steps[i], err);
		if (x->hit && x->hit->chained) {
			by = &run->p->steps[i];
			hit = x->hit;
		}
	}
	if (r == 0 && x->other && !x->followed)
		r = predict_doubt(x, "%s: the record is of another one", x->other->what);
	if (r == 0 && was.mark == MARK_SYNC)
		r = follow_sync(run, x, err);
	if (r == 0 && was.mark == MARK_AGGREGATE && was.measured)
		r = follow_aggregate(run, x, err);
	if (r == 0 && !x->gone)
		r = put(run, x, first, err);
	if (r == 0 && hit) {
		x->hit = hit;
		r = put_added(run, x, by, first, err);
	}
	run->authority |= was.content == TSMMR_CONTENT_PCCLIENT_STD && was.type == AUTHORITY;
	return r < 0 ? r : replay_event(run->was, first, &was, err);
}

/* What was to be replaced and never was; and parts of which nobody can say where they come. */
int predict_end(struct predict_run *run, struct tsmmr_error *err)
{
	bool pe = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->p->n_steps; i++) {
		const struct predict_step *step = &run->p->steps[i];

		if (!step->count)
			return fail(err, TSMMR_E_NOTFOUND,
				    step->kind == PREDICT_DROP ? "%s: there is no such record" :
				    step->kind == PREDICT_TEXT ? "%s: no record measures that" :
								 "%s: no record is of that file",
				    step->what);
		for (size_t k = 0; r == 0 && k < step->n_swaps; k++) {
			const struct predict_swap *s = &step->swaps[k];

			pe |= s->done && !s->chained && !s->whole;
			if (!s->has_old && s->has_new && !s->done)
				r = predict_note(run->p, TSMMR_NONE, TSMMR_NONE,
						 "%s: the new file will be measured as %s %s, the "
						 "old one was not",
						 step->what, s->id, s->part);
		}
	}
	if (r == 0 && pe && run->authority)
		r = predict_note(run->p, TSMMR_NONE, TSMMR_NONE,
				 "if another key signed the new file, the record of the authority "
				 "(PCR 7) differs");
	return r < 0 ? fail_nomem(err) : 0;
}

/*
 * What other registers get: records among those of others.  The first is the image's own; another
 * is of the kernel in it, where systemd-stub does not run it past the firmware's check, which is
 * what measures it.
 */
static int note_other(struct predict_run *run, const struct tsmmr_event *e)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	const struct reg_desc *desc = event_reg(e);
	struct predict_note note = { .record = e->record };

	if (!e->measured || !desc || strcmp(desc->name, run->p->only) == 0 ||
	    run->n_others == PREDICT_NOTES_MAX)
		return 0;
	buf_printf(&text, "%s gets this record%s, among others of the machine's:", desc->name,
		   run->n_others ? " too unless Secure Boot is on" : "");
	for (size_t i = 0; i < e->n_digests; i++) {
		buf_printf(&text, " %s/", hash_by_id(e->digests[i].alg)->name);
		buf_hex(&text, e->digests[i].value.p, e->digests[i].value.n);
	}
	buf_char(&text, '\0');
	if (text.failed)
		return TSMMR_E_NOMEM;
	note.text = (char *)take_ptr(text.p);
	run->others[run->n_others++] = note;
	return 0;
}

int predict_event(struct predict_run *run, struct tsmmr_log *made, uint64_t first,
		  const struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tsmmr_prediction *p = run->p;
	struct predict_edit x = { .p = p, .log = made, .e = *e };
	int r;

	x.number = first + e->log;
	p->budget = p->ctx->limits.bytes ? p->ctx->limits.bytes : FROZEN_BYTES_DEFAULT;
	r = edit_event(run, &x, first, err);
	for (size_t i = 0; r == 0 && p->only && i < made->n; i++)
		r = note_other(run, &made->events[i]);
	return r;
}
