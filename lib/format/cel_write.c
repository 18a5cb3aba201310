/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical event logs, written: from an event to records of any encoding. */
#include <assert.h>
#include <stdio.h>

#include "crypto/hash.h"
#include "core/index.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "util/error.h"
#include "util/text.h"

static bool is_runtime(const struct tsmmr_event *e)
{
	return e->content == TSMMR_CONTENT_TEXT || e->content == TSMMR_CONTENT_IMA_TEMPLATE ||
	       e->content == TSMMR_CONTENT_SYSTEMD;
}

/* Records of one NV index are counted as those of a PCR are. */
static uint64_t *counter_of(struct cel_writer *w, const struct cel_record *rec)
{
	assert(rec->kind == CEL_NV || rec->index < STREAM_INDEX_MAX);
	if (rec->kind != CEL_NV)
		return &w->recnum[rec->index];
	for (size_t i = 0; i < w->n_nv; i++)
		if (w->nv[i].index == rec->index)
			return &w->nv[i].n;
	if (w->n_nv == CEL_NV_MAX)
		return NULL;
	w->nv[w->n_nv].index = rec->index;
	w->nv[w->n_nv].n = 0;
	return &w->nv[w->n_nv++].n;
}

/* Some architectures extend what is no digest; CEL's readers take it for one. */
static int check_digests(const struct digest *digests, size_t n, struct tsmmr_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct hash_alg *alg = hash_by_id(digests[i].alg);

		if (alg && alg->size != digests[i].value.n)
			return fail(err, TSMMR_E_UNSUPPORTED,
				    "CEL has no record for an extension that is not by a "
				    "digest");
	}
	return 0;
}

static int put(struct cel_writer *w, struct cel_record *rec, struct buf *out,
	       struct tsmmr_error *err)
{
	int r = check_digests(rec->digests, rec->n_digests, err);
	uint64_t *counter = r < 0 ? NULL : counter_of(w, rec);

	if (r < 0)
		return r;
	if (!counter)
		return fail(err, TSMMR_E_LIMIT, "more than %d NV indices", CEL_NV_MAX);
	rec->has_recnum = true;
	rec->recnum = (*counter)++;
	w->n++;
	return w->put(w, rec, out, err);
}

/*
 * What a record has that extends nothing: zeros.  In the bank of the register that the log
 * is about, for others in the one that every TPM has.
 */
static void zero_digest(const struct cel_writer *w, uint16_t id, struct cel_record *rec)
{
	static const uint8_t zeros[TSMMR_HASH_SIZE_MAX];
	const struct tsmmr_stream *s = w->x->stream;
	const struct hash_alg *alg;

	if (!id && s->platform && s->platform->users && rec->index < w->n_regs)
		id = w->regs[rec->index]->alg;
	if (!id)
		id = s->reg_alg;
	for (size_t i = 0; !id && s->platform && i < s->platform->n_regs; i++)
		if (s->platform->regs[i].kind == TSMMR_KIND_RUNTIME)
			id = s->platform->regs[i].alg;
	alg = hash_by_id(id);
	if (!alg)
		alg = hash_by_id(TSMMR_HASH_SHA256);
	rec->digests[0] = (struct digest){ alg->id, span_of(zeros, alg->size) };
	rec->n_digests = 1;
}

/* A record about the log itself, in the first register. */
static int put_own(struct cel_writer *w, uint32_t content, uint32_t type, struct span data,
		   struct buf *out, struct tsmmr_error *err)
{
	struct cel_record rec = {
		.kind = w->cc_mr ? CEL_CC_MR : CEL_PCR,
		.index = w->cc_mr,
		.content = content,
		.type = type,
		.data = data,
	};

	zero_digest(w, 0, &rec);
	return put(w, &rec, out, err);
}

/* What a number means, in a record of that number. */
static int put_map(struct cel_writer *w, uint32_t index, const struct reg_desc *desc,
		   struct buf *out, struct tsmmr_error *err)
{
	const struct platform *p = w->x->stream->platform;
	struct cel_record rec = {
		.index = index,
		.content = TSMMR_CONTENT_PCCLIENT_STD,
		.type = EV_NO_ACTION,
	};

	w->scratch.n = 0;
	buf_add(&w->scratch, cel_index_map, CEL_SIGNATURE_SIZE);
	if (!cel_map_text(p, desc, &w->scratch))
		return fail(err, TSMMR_E_UNSUPPORTED, "CEL has no way to say which register %s is",
			    desc->name);
	if (w->scratch.failed)
		return fail_nomem(err);
	rec.data = span_of(w->scratch.p, w->scratch.n);
	zero_digest(w, desc ? desc->alg : 0, &rec);
	return put(w, &rec, out, err);
}

/* The number of a register that no table has: they are numbered as they come, and named then. */
static int number_of(struct cel_writer *w, const struct reg_desc *desc, struct buf *out,
		     struct tsmmr_error *err, uint32_t *ret)
{
	size_t i = 0;

	while (i < w->n_regs && strcmp(w->regs[i]->name, desc->name) != 0)
		i++;
	*ret = (uint32_t)i;
	if (i < w->n_regs)
		return 0;
	if (i == STREAM_INDEX_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d registers", STREAM_INDEX_MAX);
	w->regs[w->n_regs++] = desc;
	return put_map(w, *ret, desc, out, err);
}

/*
 * Where the numbers are no PCRs', the first record says whose they are: CEL has no field
 * for it.  A log of ours that was merged begins with CEL's version.
 */
int cel_write_begin(struct cel_writer *w, const struct export *x, struct buf *out,
		    struct tsmmr_error *err)
{
	static const uint8_t version[] = { 0, 1, 0, 1 };
	const struct platform *p = x->stream->platform;
	uint32_t first;
	int r = 0;

	w->x = x;
	w->space = (uint8_t)(w->cc_mr ? TSMMR_SPACE_CC_MR : p->cel_space);
	w->set.crypto = x->ctx->crypto;
	if (p->users)
		r = number_of(w, &p->regs[0], out, err, &first);
	else if (p->space == TSMMR_SPACE_NONE)
		return fail(err, TSMMR_E_UNSUPPORTED, "CEL has no numbers for the registers of %s",
			    p->name);
	else if (p->space != TSMMR_SPACE_PCR && !w->cc_mr)
		r = put_map(w, 0, NULL, out, err);
	w->said_version = x->stream->format->id == TSMMR_FORMAT_MERGED;
	w->plain = p->users || w->said_version ? NULL : p;
	if (r == 0 && w->said_version)
		r = put_own(w, TSMMR_CONTENT_CEL, CEL_VERSION, span_of(version, sizeof(version)),
			    out, err);
	return r;
}

/* What stands in the log already, or could not: 1 when there is nothing to write. */
static int settle_index(struct cel_writer *w, const struct tsmmr_event *e, struct cel_record *rec,
			struct buf *out, struct tsmmr_error *err)
{
	const struct platform *p = w->x->stream->platform;
	const struct reg_desc *desc = p->users ? event_reg(e) : NULL;

	if (!platform_same(e->platform, p))
		return fail_at(err, TSMMR_E_UNSUPPORTED, e->record, e->offset,
			       "a record about %s registers in a log about %s registers",
			       e->platform->name, p->name);
	if (desc && e->space != TSMMR_SPACE_NV)
		return number_of(w, desc, out, err, &rec->index);
	rec->kind = e->space == TSMMR_SPACE_NV ? CEL_NV : w->cc_mr ? CEL_CC_MR : CEL_PCR;
	rec->index = rec->kind == CEL_NV ? e->index : index_convert(e->index, e->space, w->space);
	if (rec->kind == CEL_NV || rec->index < STREAM_INDEX_MAX)
		return 0;
	if (e->measured)
		return fail_at(err, TSMMR_E_UNSUPPORTED, e->record, e->offset,
			       "CEL has no number for a register that was extended: 0x%x of %s",
			       e->index, p->name);
	w->not_indexed++;
	return 1;
}

static int add_bank(struct cel_writer *w, const struct tsmmr_event *e, uint16_t alg,
		    struct cel_record *rec)
{
	size_t i = rec->n_digests;
	struct hasher *h;
	int r;

	for (size_t k = 0; k < rec->n_digests; k++)
		if (rec->digests[k].alg == alg)
			return 0;
	if (i == EVENT_DIGESTS_MAX)
		return 0;
	r = hashers_get(&w->set, alg, &h);
	if (r == 0)
		r = e->class->derive(e, h, w->derived[i]);
	if (r == TSMMR_E_UNSUPPORTED || r == TSMMR_E_MALFORMED)
		return 0;
	if (r < 0)
		return r;
	rec->digests[rec->n_digests++] =
		(struct digest){ alg, span_of(w->derived[i], h->alg->size) };
	return 0;
}

/*
 * IMA's records say what was extended in other banks too: in those that the firmware's log
 * has, in the one that was asked for, and in the only one that a register has.
 */
static int add_banks(struct cel_writer *w, const struct tsmmr_event *e, struct cel_record *rec)
{
	const struct reg_desc *reg = event_reg(e);
	uint16_t asked = w->x->stream->reg_alg;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n_banks; i++)
		r = add_bank(w, e, w->banks[i], rec);
	if (r == 0 && asked)
		r = add_bank(w, e, asked, rec);
	if (r == 0 && reg && reg->alg)
		r = add_bank(w, e, reg->alg, rec);
	for (size_t i = 0; r == 0 && reg && reg->alg && i < rec->n_digests; i++)
		if (rec->digests[i].alg == reg->alg) {
			rec->digests[0] = rec->digests[i];
			rec->n_digests = 1;
		}
	return r;
}

static void note_banks(struct cel_writer *w, const struct tsmmr_event *e)
{
	for (size_t i = 0; e->measured && i < e->n_digests; i++) {
		size_t k = 0;

		while (k < w->n_banks && w->banks[k] != e->digests[i].alg)
			k++;
		if (k == w->n_banks && k < EVENT_DIGESTS_MAX)
			w->banks[w->n_banks++] = e->digests[i].alg;
	}
}

/* "signature line", or the tagged event, in the scratch buffer. */
static struct span wrapped(struct cel_writer *w, const void *head, size_t n, struct span line)
{
	w->scratch.n = 0;
	buf_add(&w->scratch, head, n);
	buf_add(&w->scratch, line.p, line.n);
	return span_of(w->scratch.p, w->scratch.n);
}

/*
 * A line that was measured is an EV_ACTION, whose digest is that of its text by the PFP's
 * own rule.  One that was not is an EV_NO_ACTION of ours; but an extension off the log
 * that the log confirms is a record as others see it, with what was extended.
 */
static void from_text(struct cel_writer *w, const struct tsmmr_event *e, struct cel_record *rec)
{
	uint8_t tag[8];

	rec->content = TSMMR_CONTENT_PCCLIENT_STD;
	if (e->measured) {
		rec->type = EV_ACTION;
		return;
	}
	if (e->mark == MARK_HINT && w->x->hints && hints_confirmed(w->x->hints, e)) {
		put_le(tag, CEL_TAG_OFF_LOG, 4);
		put_le(tag + 4, e->data.n, 4);
		rec->type = EV_EVENT_TAG;
		rec->digests[0] = e->asserted;
		rec->n_digests = 1;
		rec->data = wrapped(w, tag, sizeof(tag), e->data);
		return;
	}
	w->unconfirmed += e->mark == MARK_HINT;
	rec->type = EV_NO_ACTION;
	zero_digest(w, e->asserted.alg, rec);
	rec->data = wrapped(w, cel_text_line, CEL_SIGNATURE_SIZE, e->data);
}

/* firmware_end stands once, where firmware's records end and others' begin. */
static int mark_boundary(struct cel_writer *w, const struct tsmmr_event *e, struct buf *out,
			 struct tsmmr_error *err)
{
	if (!w->said_version)
		return 0;
	if (!is_runtime(e)) {
		w->firmware |= e->content == TSMMR_CONTENT_PCCLIENT_STD;
		return 0;
	}
	if (!w->firmware || w->firmware_end)
		return 0;
	w->firmware_end = true;
	return put_own(w, TSMMR_CONTENT_CEL, CEL_FIRMWARE_END, span_of(NULL, 0), out, err);
}

/* Said by us already, or once is enough. */
static bool is_repeated(struct cel_writer *w, const struct tsmmr_event *e)
{
	bool end = e->content == TSMMR_CONTENT_CEL && e->type == CEL_FIRMWARE_END;

	if (e->mark == MARK_INDEX_MAP)
		return true;
	if (!w->said_version)
		return false;
	if (end && w->firmware_end)
		return true;
	w->firmware_end |= end;
	return e->content == TSMMR_CONTENT_CEL && e->type == CEL_VERSION;
}

/* What the encoding has no form for. */
static int settle_form(struct cel_writer *w, struct cel_record *rec)
{
	bool named = rec->content == CEL_CONTENT_NAMED ||
		     (rec->content == TSMMR_CONTENT_PCCLIENT_STD && rec->name.n);
	bool name = named && !w->named;

	if (!name && (rec->raw == RAW_BYTES || rec->raw == w->raw))
		return 0;
	if (name && rec->name.n > UINT16_MAX)
		return TSMMR_E_UNSUPPORTED;
	w->opaque++;
	cel_wrap(&w->scratch, name, rec);
	return 0;
}

/* Firmware's, with its own number and digests, as most are: there is nothing to settle. */
static inline bool is_plain(const struct cel_writer *w, const struct tsmmr_event *e)
{
	return e->content == TSMMR_CONTENT_PCCLIENT_STD && e->platform == w->plain &&
	       e->space == w->space && e->index < STREAM_INDEX_MAX &&
	       (e->n_digests == 1 || e->n_digests == 2) && !e->name.n && !e->aside.n &&
	       e->raw == RAW_BYTES && e->mark != MARK_INDEX_MAP && e->mark != MARK_LAUNCH;
}

static inline bool is_as_last(const struct cel_writer *w, const struct tsmmr_event *e)
{
	const struct digest *d = e->digests;

	return e->n_digests == w->last.n && e->measured == w->last.measured &&
	       d[0].alg == w->last.algs[0] && d[0].value.n == w->last.sizes[0] &&
	       (e->n_digests == 1 ||
		(d[1].alg == w->last.algs[1] && d[1].value.n == w->last.sizes[1]));
}

static _rare_ int note_digests(struct cel_writer *w, const struct tsmmr_event *e,
			       struct tsmmr_error *err)
{
	int r = check_digests(e->digests, e->n_digests, err);

	if (r < 0)
		return r;
	note_banks(w, e);
	w->last.number++;
	w->last.n = e->n_digests;
	w->last.measured = e->measured;
	for (size_t i = 0; i < e->n_digests; i++) {
		w->last.algs[i] = e->digests[i].alg;
		w->last.sizes[i] = e->digests[i].value.n;
	}
	return 0;
}

static inline int write_plain(struct cel_writer *w, const struct tsmmr_event *e, struct buf *out,
			      struct tsmmr_error *err)
{
	int r = is_as_last(w, e) ? 0 : note_digests(w, e, err);

	if (r < 0)
		return r;
	w->n++;
	return w->put_event(w, e, w->recnum[e->index]++, out, err);
}

static int write_any(struct cel_writer *w, const struct tsmmr_event *e, struct buf *out,
		     struct tsmmr_error *err)
{
	struct cel_record rec;
	int r;

	if (is_repeated(w, e))
		return 0;
	if (e->mark == MARK_LAUNCH)
		return fail_at(err, TSMMR_E_UNSUPPORTED, e->record, e->offset,
			       "CEL has no record for a step of a launch, which is no extension");
	if (!text_is_utf8(e->name))
		return fail_at(err, TSMMR_E_UNSUPPORTED, e->record, e->offset,
			       "a template's name is not text");
	cel_record_clear(&rec);
	rec.content = e->content;
	rec.type = e->content == CEL_CONTENT_COS ? 0 : e->type;
	rec.raw = e->raw;
	rec.name = e->name;
	rec.data = e->data;
	rec.n_digests = e->n_digests;
	if (e->n_digests)
		memcpy(rec.digests, e->digests, e->n_digests * sizeof(*e->digests));
	r = settle_index(w, e, &rec, out, err);
	if (r)
		return r < 0 ? r : 0;
	r = mark_boundary(w, e, out, err);
	if (r < 0)
		return r;
	w->asides += e->aside.n > 0;
	if (e->content == TSMMR_CONTENT_TEXT) {
		from_text(w, e, &rec);
	} else if (e->content == TSMMR_CONTENT_PCCLIENT_STD) {
		note_banks(w, e);
	} else if (e->class && e->class->derive) {
		r = add_banks(w, e, &rec);
	} else if (e->content == TSMMR_CONTENT_NONE) {
		/* CEL has no record without content; this type may have any digest. */
		rec.content = TSMMR_CONTENT_PCCLIENT_STD;
		rec.type = EV_COMPACT_HASH;
	}
	if (r == 0)
		r = settle_form(w, &rec);
	if (r == 0 && w->scratch.failed)
		r = TSMMR_E_NOMEM;
	if (r < 0)
		return r == TSMMR_E_NOMEM ?
			       fail_nomem(err) :
			       fail_at(err, r, e->record, e->offset, "record cannot be written");
	if (!rec.n_digests)
		zero_digest(w, 0, &rec);
	return put(w, &rec, out, err);
}

int cel_write_event(struct cel_writer *w, const struct tsmmr_event *e, struct buf *out,
		    struct tsmmr_error *err)
{
	assert(w->put); /* cel_write_begin() was called */
	return is_plain(w, e) ? write_plain(w, e, out, err) : write_any(w, e, out, err);
}

static int report(struct cel_writer *w, enum finding_id id, uint64_t n, const char *what,
		  struct tsmmr_error *err)
{
	if (n && findings_add(w->x->findings, id, 0, TSMMR_NONE, TSMMR_NONE, "%llu %s",
			      (unsigned long long)n, what) < 0)
		return fail_nomem(err);
	return 0;
}

int cel_write_end(struct cel_writer *w, struct tsmmr_error *err)
{
	int r = report(w, F_CEL_NOT_INDEXED, w->not_indexed,
		       "unmeasured records that CEL has no number for, left out", err);

	if (r == 0)
		r = report(w, F_CEL_ASIDE_DROPPED, w->asides,
			   "records said more than what was measured, left out", err);
	if (r == 0)
		r = report(w, F_CEL_HINT_UNCONFIRMED, w->unconfirmed,
			   ".EXTEND comments that no SYNC confirms, written as comments", err);
	if (r == 0)
		r = report(w, F_CEL_CONTENT_OPAQUE, w->opaque,
			   "records of unknown content, written as byte strings", err);
	return r;
}

void cel_write_done(struct cel_writer *w)
{
	hashers_done(&w->set);
	buf_done(&w->scratch);
}
