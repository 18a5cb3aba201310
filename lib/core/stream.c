/* SPDX-License-Identifier: BSD-2-Clause */
/* Events pulled one at a time: what every format needs around its decoder. */
#include "core/stream.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/hints.h"
#include "core/separator.h"
#include "crypto/hash.h"
#include "util/error.h"

static int note_armour(struct tsmmr_stream *s, const struct source *source, struct tsmmr_error *err)
{
	const struct finding_desc *desc = &finding_descs[F_INPUT_ARMOURED];

	if (!source->armour)
		return 0;
	if (s->flags & TSMMR_CTX_STRICT)
		return fail(err, TSMMR_E_MALFORMED, "%s: a log in %s", desc->id, source->armour);
	if (findings_add(&s->findings, F_INPUT_ARMOURED, 0, TSMMR_NONE, TSMMR_NONE,
			 "%s around the log was removed; offsets are those of the bytes inside",
			 source->armour) < 0)
		return fail_nomem(err);
	return 0;
}

int stream_new(const struct tsmmr_ctx *ctx, const struct stream_of *of, const struct source *source,
	       struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	const struct format *format = of->format;
	_cleanup_(stream_free) struct tsmmr_stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail_nomem(err);
	s->owned_fd = -1;
	s->platform = platform_ref(of->platform);
	s->reg = of->reg;
	s->reg_alg = of->alg;
	s->chosen = of->chosen;
	s->limits = ctx->limits;
	if (!s->limits.event_bytes)
		s->limits.event_bytes = EVENT_BYTES_DEFAULT;
	s->findings.each = ctx->limits.findings;
	s->flags = ctx->flags;
	s->crypto = ctx->crypto;
	if (of->launch)
		s->launch = of->launch->is;
	s->error.size = sizeof(s->error);
	s->state = calloc(1, format->state_size ? format->state_size : 1);
	s->temporary = ctx->temporary ? strdup(ctx->temporary) : NULL;
	if (!s->state || stream_set_name(s, "-") < 0 || !s->temporary != !ctx->temporary)
		return fail_nomem(err);
	s->format = s->decoder = format;
	s->may_hint = format->needs_reg; /* only text logs have hints */
	if (format->open) {
		r = format->open(s, err);
		if (r < 0)
			return r;
	}

	r = note_armour(s, source, err);
	if (r < 0)
		return r;
	s->holds = of->launch ? launch_use(of->launch) : NULL;
	s->source = *source;
	*ret = take_ptr(s);
	return 0;
}

void stream_free(struct tsmmr_stream *s)
{
	if (!s)
		return;
	if (s->decoder && s->decoder->close)
		s->decoder->close(s);
	source_done(&s->source);
	if (s->owned_fd >= 0)
		s->close_fd(s->owned_fd);
	findings_done(&s->findings);
	platform_unref(s->platform);
	launch_free(s->holds);
	free(s->state);
	free(s->name);
	free(s->temporary);
	free(s);
}

void streams_free(struct tsmmr_stream **all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		stream_free(all[i]);
		all[i] = NULL;
	}
}

int stream_set_name(struct tsmmr_stream *s, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return TSMMR_E_NOMEM;
	free(s->name);
	s->name = copy;
	return 0;
}

int stream_finding(struct tsmmr_stream *s, enum finding_id id, uint64_t offset, const char *format,
		   ...)
{
	char text[sizeof(((struct tsmmr_finding *)NULL)->text)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (s->flags & TSMMR_CTX_STRICT && finding_descs[id].tolerance)
		return stream_fail(s, &s->error, TSMMR_E_MALFORMED, offset, "%s: %s",
				   finding_descs[id].id, text);
	return findings_add(&s->findings, id, 0, s->n_events, offset, "%s", text);
}

int stream_fail(struct tsmmr_stream *s, struct tsmmr_error *err, int code, uint64_t offset,
		const char *format, ...)
{
	char text[sizeof(err->message)];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return fail_at(err, code, s->n_events, offset, "%s%s%s%s", text,
		       s->source.armour ? " (offset in what the " : "",
		       s->source.armour ? s->source.armour : "", s->source.armour ? " holds)" : "");
}

/* Fails as source_need() did, with that code. */
static int unread(struct tsmmr_stream *s, struct tsmmr_error *err, int code)
{
	const struct source *src = &s->source;

	if (code == TSMMR_E_LIMIT)
		return stream_fail(s, err, code, src->offset, "log is over the limit of %llu bytes",
				   (unsigned long long)src->max_bytes);
	if (code == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (code == TSMMR_E_TRUNCATED)
		return stream_fail(s, err, code, src->offset,
				   "log became shorter while it was read");
	if (code == TSMMR_E_MALFORMED)
		return stream_fail(s, err, code, src->offset, "%s", src->why);

	stream_fail(s, err, code, src->offset, "read: %s", errno_text(src->error));
	if (error_filled(err))
		err->os_errno = src->error;
	return code;
}

int stream_more(struct tsmmr_stream *s, struct tsmmr_error *err, size_t n)
{
	int r = source_need(&s->source, n);

	return r < 0 ? unread(s, err, r) : r;
}

/* Of what is not visible yet, or may not be. */
int stream_read(struct tsmmr_stream *s, struct tsmmr_error *err, uint64_t n, uint64_t max,
		const char *what)
{
	struct source *src = &s->source;
	int r;

	/* Cut, if we can know it; otherwise too big to ask for. */
	if (src->left != TSMMR_NONE && n > src->left)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
				   "log ends inside %s: %llu bytes declared, %llu left", what,
				   (unsigned long long)n, (unsigned long long)src->left);
	if (n > max)
		return stream_fail(s, err, TSMMR_E_LIMIT, src->offset,
				   "%s of %llu bytes is over the limit", what,
				   (unsigned long long)n);

	r = stream_more(s, err, (size_t)n);
	if (r == 0)
		r = stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
				"log ends inside %s: %llu bytes declared, %zu left", what,
				(unsigned long long)n, src->n);
	return r < 0 ? r : 0;
}

/*
 * Does the firmware close this register?  PCR 0 to 7 (PFP §3.3.3.2), so what UEFI 2.10
 * §38.4.1 gathers them in: MrIndex 1 and 2, but not 3, which is for PCR 8 to 15.
 */
static bool must_close(const struct tsmmr_event *e)
{
	uint32_t number = event_number(e);

	if (e->platform->space == TSMMR_SPACE_PCR)
		return number < 8;
	return e->platform->space == TSMMR_SPACE_CC_MR && (number == 1 || number == 2);
}

/* A separator as it should be, but perhaps for its digest: that a rule looks at. */
static _rare_ int note_separator(struct tsmmr_stream *s, const struct tsmmr_event *e, uint64_t bit)
{
	int r = 0;

	/* RTMRs gather what were several PCRs: there a second one says nothing. */
	if (s->separators & bit && e->space == TSMMR_SPACE_PCR)
		r = stream_finding(s, F_TCG_SEPARATOR_TWICE, e->offset,
				   "a second separator in register %u", e->index);
	if (r == 0 && e->mark_value)
		r = stream_finding(s, F_TCG_SEPARATOR_ERROR, e->offset,
				   "error separator in register %u", e->index);
	s->separators |= bit;
	return r;
}

/*
 * A separator that was given another type, or another record over the same four bytes: a
 * boot order of two entries is one.  Either way, what follows may be the system's.
 */
static _rare_ int note_lookalike(struct tsmmr_stream *s, const struct tsmmr_event *e)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	const struct bind_rule *rule = NULL;
	int bound = event_bind_all(e, &set, &rule);

	/* Nobody can say which of the two it is, but that it is one. */
	if (lacks_algorithm(bound))
		bound = TSMMR_BINDING_UNBOUND;
	if (bound < 0)
		return bound;
	if (bound == TSMMR_BINDING_BOUND)
		return stream_finding(s, F_TCG_SEPARATOR_ALIKE, e->offset,
				      "register %u: the digest is a separator's too", e->index);
	return stream_finding(s, F_TCG_SEPARATOR_RELABELLED, e->offset,
			      "register %u: the digest is a separator's, the type is another",
			      e->index);
}

/* Counting per index, and what a separator says about the records after it. */
static int keep_books(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	uint64_t bit;
	bool alike;

	if (e->index >= STREAM_INDEX_MAX || e->space == TSMMR_SPACE_NV) {
		e->recnum = TSMMR_NONE;
		e->after_separator = TSMMR_AFTER_NO;
		return 0;
	}

	bit = UINT64_C(1) << e->index;
	e->recnum = s->recnum[e->index]++;
	if (must_close(e))
		s->must_have |= bit;
	e->after_separator = s->separators & bit ? TSMMR_AFTER_YES :
			     s->lookalikes & bit ? TSMMR_AFTER_UNKNOWN :
			     s->must_have & bit  ? AFTER_PENDING :
						   TSMMR_AFTER_NO;
	if (!e->measured || e->mark == MARK_LAUNCH)
		return 0;

	/* Other content is no firmware's, nor a line of a text log. */
	if (e->content == TSMMR_CONTENT_PCCLIENT_STD && e->mark != MARK_LINE)
		s->touched |= bit;
	alike = separator_find(e);
	if (alike)
		s->lookalikes |= bit;
	if (e->mark == MARK_SEPARATOR)
		return note_separator(s, e, bit);
	return alike ? note_lookalike(s, e) : 0;
}

/* Some record must have been the separator, and what stands before the first was before it. */
void event_settle_separators(struct tsmmr_event *e, uint64_t lookalikes)
{
	if (e->after_separator == AFTER_PENDING)
		e->after_separator =
			lookalikes >> e->index & 1 ? TSMMR_AFTER_NO : TSMMR_AFTER_UNKNOWN;
}

void stream_settle_separators(const struct tsmmr_stream *s, struct tsmmr_event *e)
{
	event_settle_separators(e, s->lookalikes);
}

/*
 * Each of PCR 0-7 has one separator (PFP §3.3.3.2).  In CC logs RTMRs share PCRs, and
 * RTMR2 often has none: there it means nothing.
 */
static int check_separators(struct tsmmr_stream *s)
{
	uint64_t lacking = s->touched & s->must_have & ~(s->separators | s->lookalikes);

	if (s->platform->space != TSMMR_SPACE_PCR)
		return 0;
	for (unsigned i = 0; i < 8; i++)
		if (lacking >> i & 1) {
			int r = findings_add(&s->findings, F_TCG_SEPARATOR_MISSING, 0, TSMMR_NONE,
					     TSMMR_NONE, "no separator in PCR %u", i);

			if (r < 0)
				return r;
		}
	return 0;
}

static int next_decoded(struct tsmmr_stream *s, const struct tsmmr_event **ret)
{
	struct tsmmr_event *e = &s->event;
	int r;

	if (s->decoder->ready)
		return s->decoder->ready(s, ret, &s->error);

	r = s->decoder->next(s, e, &s->error);
	if (r < 0)
		return r;
	if (r == 0) {
		s->n_bytes = s->source.offset;
		return check_separators(s);
	}
	if (s->limits.events && s->n_events >= s->limits.events)
		return stream_fail(s, &s->error, TSMMR_E_LIMIT, e->offset, "more than %llu events",
				   (unsigned long long)s->limits.events);

	e->record = s->n_events;
	e->platform = s->platform;
	e->crypto = s->crypto;
	r = keep_books(s, e);
	if (r < 0)
		return r;
	*ret = e;
	return 1;
}

bool stream_was_read(const struct tsmmr_stream *s)
{
	return s->n_events || s->ended;
}

int stream_next(struct tsmmr_stream *s, const struct tsmmr_event **ret, struct tsmmr_error *err)
{
	int r;

	if (!s->ended) {
		if (!s->n_events)
			s->n_opened = s->findings.n;
		r = next_decoded(s, ret);
		if (r > 0) {
			s->n_events++;
			return 1;
		}
		s->ended = true;
		if (r == TSMMR_E_NOMEM || lacks_algorithm(r))
			r = fail_low(&s->error, r);
		s->result = r;
	}

	if (s->result < 0)
		error_copy(&s->error, err);
	return s->result;
}

/* Forgets all findings but those made before the first event. */
static int forget_findings(struct tsmmr_stream *s)
{
	struct findings old = s->findings;
	struct findings opened = { .all = old.all, .n = s->n_opened, .each = old.each };
	int r;

	s->findings = (struct findings){ 0 };
	r = findings_merge(&s->findings, &opened, 0);
	findings_done(&old);
	return r;
}

#define FIRST_SEEN 256

int stream_rewind(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	int r;

	r = source_rewind(&s->source);
	if (r == TSMMR_E_UNSUPPORTED)
		return fail(err, r, "this input can be read only once");
	if (!stream_was_read(s))
		s->n_opened = s->findings.n;
	if (s->decoder->close)
		s->decoder->close(s);
	memset(s->state, 0, s->decoder->state_size);
	/* Something was visible when it was opened, too: an encoder looks at the first record. */
	if (r == 0)
		source_need(&s->source, FIRST_SEEN);
	if (r == 0 && s->decoder->open)
		r = s->decoder->open(s, err);
	if (forget_findings(s) < 0)
		r = fail_nomem(err);
	memset(s->recnum, 0, sizeof(s->recnum));
	s->separators = s->lookalikes = s->touched = s->must_have = 0;
	s->n_events = 0;
	/* Neither at its beginning nor where it was: there is nothing more to be had of it. */
	s->ended = r < 0;
	s->result = r;
	if (r < 0)
		fail(&s->error, r, "the log could not be read again");
	return r;
}

bool stream_export_twice(const struct tsmmr_stream *s, const struct encoder *enc)
{
	return enc->count || (enc->hints && s->may_hint);
}

/* With hints to look for: the first of two times, whose output nobody sees. */
static int export_once(struct tsmmr_stream *s, const struct encoder *enc, const struct export *x,
		       struct hints *look, struct buf *out,
		       int (*flush)(void *user, struct buf *out, struct tsmmr_error *err),
		       void *user, uint64_t *ret_n, struct tsmmr_error *err)
{
	void *state = calloc(1, enc->state_size ? enc->state_size : 1);
	const struct tsmmr_event *e = NULL;
	int r;

	if (!state)
		return fail_nomem(err);
	r = enc->begin(state, x, out, err);
	while (r >= 0 && (r = ctx_check(x->ctx, err)) == 0 && (r = stream_next(s, &e, err)) > 0) {
		r = enc->event(state, e, out, err);
		if (r >= 0 && look && (r = hints_event(look, e)) < 0)
			r = r == TSMMR_E_NOMEM ? fail_nomem(err) :
						 fail_at(err, r, e->record, e->offset,
							 "more .EXTEND comments are "
							 "confirmed than can be kept");
		if (r >= 0 && flush && out->n >= EXPORT_FLUSH)
			r = flush(user, out, err);
	}
	if (r >= 0)
		r = enc->end(state, out, err);
	if (r >= 0 && out->failed)
		r = fail_nomem(err);
	if (r >= 0 && flush)
		r = flush(user, out, err);
	if (r >= 0 && ret_n && enc->count)
		*ret_n = enc->count(state);
	if (enc->done)
		enc->done(state);
	free(state);
	return r;
}

static int forget(void *user, struct buf *out, struct tsmmr_error *err)
{
	out->n = 0;
	return 0;
}

int stream_export(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, const struct encoder *enc,
		  int (*flush)(void *user, struct buf *out, struct tsmmr_error *err), void *user,
		  struct buf *out, struct tsmmr_error *err)
{
	_cleanup_(findings_done) struct findings unused = { 0 };
	_cleanup_(hints_done) struct hints hints = { .set.crypto = ctx->crypto };
	struct export x = { .ctx = ctx, .stream = s, .findings = &unused };
	int r = 0;

	if (stream_export_twice(s, enc)) {
		_cleanup_(buf_done) struct buf draft = { 0 };
		bool look = enc->hints && s->may_hint;

		if (s->n_events)
			return fail(err, TSMMR_E_ARG, "events were taken from this log already");
		r = export_once(s, enc, &x, look ? &hints : NULL, &draft, forget, NULL,
				&x.n_records, err);
		if (r == 0)
			r = stream_rewind(s, err);
		x.counted = enc->count;
		if (look)
			x.hints = &hints;
	}
	x.findings = &s->findings;
	return r < 0 ? r : export_once(s, enc, &x, NULL, out, flush, user, NULL, err);
}
