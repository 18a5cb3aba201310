/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CEL-TLV: type (one byte), length (four bytes, big-endian), value; records one after the
 * other.  Written are the integers' usual widths, 8 for recnum, 1 for an index below 256,
 * 4 for the rest; libcel writes as few bytes as there are, others 4.
 */
#include "core/log.h"
#include "format/cel.h"
#include "format/format.h"
#include "util/error.h"
#include "util/put.h"

enum { TLV_RECNUM = 0, TLV_PCR = 1, TLV_NV_INDEX = 2, TLV_DIGESTS = 3 };

#define HEAD 5
#define RECNUM_WIDTH 8
#define TYPE_WIDTH 4
/* What a record is longer than its content: three heads, numbers and digests. */
#define RECORD_EXTRA (64u << 10)

struct tlv_state {
	struct cel_reader reader;
	uint8_t management[8];
	/* Noticed in the record that is read. */
	bool width, own_code;
};
_Static_assert(offsetof(struct tlv_state, reader) == 0, "where cel_read() looks for it");

struct tlv {
	uint8_t type;
	struct span value;
};

static bool take(struct cursor *c, struct tlv *ret)
{
	struct span head;
	uint32_t n;

	if (!cur_take(c, HEAD, &head))
		return false;
	n = (uint32_t)cel_get_be(span_of(head.p + 1, 4));
	ret->type = head.p[0];
	return cur_take(c, n, &ret->value);
}

/* Of up to 8 bytes, of which zero needs none; usual is the width that most writers give it. */
static bool number(struct tlv_state *st, struct span s, size_t usual, uint64_t *ret)
{
	if (s.n > 8)
		return false;
	st->width |= s.n != usual || !s.n;
	*ret = cel_get_be(s);
	return true;
}

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return TSMMR_E_MALFORMED;
}

static int read_index(struct tlv_state *st, const struct tlv *t, struct cel_record *rec,
		      const char **why)
{
	uint64_t v;

	switch (t->type) {
	case TLV_PCR:
		rec->kind = CEL_PCR;
		break;
	case TLV_NV_INDEX:
		rec->kind = CEL_NV;
		break;
	case CEL_TLV_CC_MR:
		rec->kind = CEL_CC_MR;
		break;
	default:
		return refuse(why, "no register after the record number");
	}
	if (!number(st, t->value, t->type == TLV_NV_INDEX ? 4 : 1, &v) || v > UINT32_MAX)
		return refuse(why, "an invalid register number");
	rec->index = (uint32_t)v;
	return 0;
}

/* TPM_ALG_ID's low byte stands for the algorithm. */
static int read_digests(const struct tlv *t, struct cel_record *rec, const char **why)
{
	struct cursor c = cur_span(t->value);
	struct tlv digest;

	if (t->type != TLV_DIGESTS)
		return refuse(why, "no digests after the register number");
	while (!cur_empty(&c)) {
		int r;

		if (!take(&c, &digest))
			return refuse(why, "a digest passes the end of the digests");
		r = cel_add_digest(rec, digest.type, digest.value, why);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Two fields, 0 and 1, and nothing else. */
static int read_two(struct span content, struct tlv *first, struct tlv *second, const char **why)
{
	struct cursor c = cur_span(content);

	if (!take(&c, first) || first->type != 0 || !take(&c, second) || second->type != 1 ||
	    !cur_empty(&c))
		return refuse(why, "content without the two fields of its type");
	return 0;
}

/* A management record; whooo/eventlogs gives two of them their numbers in hexadecimal. */
static int read_management(struct tlv_state *st, struct span content, struct cel_record *rec,
			   const char **why)
{
	struct cursor c = cur_span(content);
	struct tlv t, major, minor;
	uint64_t a = 0, b = 0;
	size_t n;
	int r;

	rec->data = span_of(NULL, 0);
	if (!take(&c, &t))
		return refuse(why, "a management record without its type");
	if (!cur_empty(&c))
		return refuse(why, "several management records in one");
	st->own_code |= t.type == 0x80 || t.type == 0x81;
	rec->type = t.type == 0x80 ? CEL_TIMESTAMP : t.type == 0x81 ? CEL_STATE_TRANS : t.type;
	switch (rec->type) {
	case CEL_VERSION:
		r = read_two(t.value, &major, &minor, why);
		if (r < 0)
			return r;
		if (!number(st, major.value, major.value.n, &a) || a > UINT16_MAX ||
		    !number(st, minor.value, minor.value.n, &b) || b > UINT16_MAX)
			return refuse(why, "an invalid version");
		n = 4;
		cel_put_be(st->management, 2, a);
		cel_put_be(st->management + 2, 2, b);
		break;
	case CEL_FIRMWARE_END:
		return t.value.n ? refuse(why, "firmware_end with a value") : 0;
	case CEL_TIMESTAMP:
	case CEL_STATE_TRANS:
		n = rec->type == CEL_TIMESTAMP ? 8 : 1;
		if (!number(st, t.value, t.value.n, &a) || (n == 1 && a >= CEL_STATES_N))
			return refuse(why, "a management record with an invalid value");
		cel_put_be(st->management, n, a);
		break;
	default:
		return refuse(why, "a management record of a type that CEL does not have");
	}
	rec->data = span_of(st->management, n);
	return 0;
}

static int read_content(struct tlv_state *st, const struct tlv *t, struct cel_record *rec,
			const char **why)
{
	struct tlv first, second;
	uint64_t type;
	int r;

	rec->content = t->type;
	rec->data = t->value;
	switch (t->type) {
	case TSMMR_CONTENT_CEL:
		return read_management(st, t->value, rec, why);
	case TSMMR_CONTENT_PCCLIENT_STD:
	case TSMMR_CONTENT_IMA_TEMPLATE:
		r = read_two(t->value, &first, &second, why);
		if (r < 0)
			return r;
		rec->data = second.value;
		rec->name = first.value;
		if (t->type == TSMMR_CONTENT_IMA_TEMPLATE)
			return 0;
		rec->name = span_of(NULL, 0);
		if (!number(st, first.value, TYPE_WIDTH, &type) || type > UINT32_MAX)
			return refuse(why, "an invalid event type");
		rec->type = (uint32_t)type;
		return 0;
	default:
		return t->type < TSMMR_CONTENT_CEL || t->type == CEL_TLV_CC_MR ?
			       refuse(why, "no content after the digests") :
			       0;
	}
}

/* A whole record.  E_TRUNCATED: what there is could be the beginning of one. */
static int read_record(struct cursor *c, struct tlv_state *st, struct cel_record *rec,
		       const char **why)
{
	struct tlv t;
	int r;

	*why = "the log ends inside a record";
	cel_record_clear(rec);
	rec->has_recnum = true;
	st->width = st->own_code = false;
	if (!cur_empty(c) && *c->p != TLV_RECNUM)
		return refuse(why, "no record number where a record begins");
	if (!take(c, &t))
		return TSMMR_E_TRUNCATED;
	if (!number(st, t.value, RECNUM_WIDTH, &rec->recnum))
		return refuse(why, "an invalid record number");
	if (!take(c, &t))
		return TSMMR_E_TRUNCATED;
	r = read_index(st, &t, rec, why);
	if (r < 0)
		return r;
	if (!take(c, &t))
		return TSMMR_E_TRUNCATED;
	r = read_digests(&t, rec, why);
	if (r < 0)
		return r;
	*why = "the log ends inside a record";
	if (!take(c, &t))
		return TSMMR_E_TRUNCATED;
	return read_content(st, &t, rec, why);
}

/*
 * The next head is made visible, then what it declares; so what is asked of the source is
 * never more than a record that may be.
 */
static int see_record(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct source *src = &s->source;
	uint64_t most = s->limits.event_bytes + RECORD_EXTRA, at = 0;

	for (int i = 0; i < 4; i++) {
		const uint8_t *p;
		int r = stream_need(s, err, at + HEAD, most, "a record");

		if (r < 0)
			return r;
		p = src->p + at;
		at += HEAD + cel_get_be(span_of(p + 1, 4));
		r = stream_need(s, err, at, most, "a record");
		if (r < 0)
			return r;
	}
	return 0;
}

static int tolerate_all(struct tsmmr_stream *s, const struct tlv_state *st, uint64_t offset)
{
	int r = 0;

	if (st->width)
		r = cel_tolerate(s, F_CEL_TLV_WIDTH, offset, "an integer of unusual width");
	if (r == 0 && st->own_code)
		r = cel_tolerate(s, F_CEL_MANAGEMENT_FORM, offset,
				 "a management type in hexadecimal");
	return r;
}

static int tlv_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tlv_state *st = s->state;
	struct source *src = &s->source;
	struct cel_record rec;
	struct cursor c;
	const char *why;
	int r = src->n ? 1 : stream_more(s, err, 1);

	if (r <= 0)
		return r;
	if (*src->p != TLV_RECNUM)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "no record number where a record begins");
	r = see_record(s, err);
	if (r < 0)
		return r;
	c = cur_over(src->p, src->n);
	r = read_record(&c, st, &rec, &why);
	if (r < 0)
		return stream_fail(s, err, r, src->offset + cur_offset(&c), "%s", why);

	r = cel_read(s, err, &rec, src->offset, e);
	if (r == 0)
		r = tolerate_all(s, st, e->offset);
	source_skip(src, cur_offset(&c));
	return r < 0 ? r : 1;
}

static int first_record(const uint8_t *p, size_t n, struct cel_record *rec)
{
	_cleanup_(free) struct tlv_state *st = calloc(1, sizeof(*st));
	struct cursor c = cur_over(p, n);
	const char *why;

	return st ? read_record(&c, st, rec, &why) : TSMMR_E_NOMEM;
}

/* Two numbers of sane widths, one after the other, begin no other log that we know. */
static int tlv_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct cursor c = cur_over(p, n);
	struct cel_record rec;
	struct tlv recnum, index;

	if (first_record(p, n, &rec) == 0)
		return 88;
	return take(&c, &recnum) && recnum.type == TLV_RECNUM && recnum.value.n &&
			       recnum.value.n <= 8 && take(&c, &index) && index.value.n &&
			       index.value.n <= 8 &&
			       (index.type == TLV_PCR || index.type == TLV_NV_INDEX ||
				index.type == CEL_TLV_CC_MR) ?
		       70 :
		       0;
}

static size_t tlv_claims(const uint8_t *p, size_t n, char ret[CLAIM_MAX])
{
	struct cel_record rec;

	return first_record(p, n, &rec) == 0 ? cel_claims(&rec, ret) : 0;
}

static uint8_t *put_head(uint8_t *to, uint8_t type, uint64_t n)
{
	*to = type;
	cel_put_be(to + 1, 4, n);
	return to + HEAD;
}

static uint8_t *put_value(uint8_t *to, uint8_t type, struct span s)
{
	return put_span(put_head(to, type, s.n), s);
}

static uint8_t *put_number(uint8_t *to, uint8_t type, size_t width, uint64_t v)
{
	to = put_head(to, type, width);
	cel_put_be(to, width, v);
	return to + width;
}

/* A number without the zeros before it, but for one that is zero. */
static struct span shortest(const uint8_t *p, size_t n)
{
	while (n > 1 && !*p) {
		p++;
		n--;
	}
	return span_of(p, n);
}

/* Its data is as our events have it; here a number has no bytes more than it needs. */
static uint8_t *put_management(uint8_t *to, const struct cel_record *rec)
{
	const uint8_t *p = rec->data.p;
	struct span value = rec->data;

	if (rec->type == CEL_VERSION) {
		struct span major = shortest(p, 2), minor = shortest(p + 2, 2);
		size_t n = 2 * HEAD + major.n + minor.n;

		to = put_head(to, TSMMR_CONTENT_CEL, HEAD + n);
		to = put_head(to, CEL_VERSION, n);
		to = put_value(to, 0, major);
		return put_value(to, 1, minor);
	}
	if (value.n)
		value = shortest(p, value.n);
	to = put_head(to, TSMMR_CONTENT_CEL, HEAD + value.n);
	return put_value(to, (uint8_t)rec->type, value);
}

static uint8_t *put_content(uint8_t *to, const struct cel_record *rec)
{
	switch (rec->content) {
	case TSMMR_CONTENT_CEL:
		return put_management(to, rec);
	case TSMMR_CONTENT_PCCLIENT_STD:
		to = put_head(to, TSMMR_CONTENT_PCCLIENT_STD, 2 * HEAD + TYPE_WIDTH + rec->data.n);
		to = put_number(to, 0, TYPE_WIDTH, rec->type);
		return put_value(to, 1, rec->data);
	case TSMMR_CONTENT_IMA_TEMPLATE:
		to = put_head(to, TSMMR_CONTENT_IMA_TEMPLATE, 2 * HEAD + rec->name.n + rec->data.n);
		to = put_value(to, 0, rec->name);
		return put_value(to, 1, rec->data);
	default:
		return put_value(to, (uint8_t)rec->content, rec->data);
	}
}

/* Its numbers have one byte. */
static int check_numbers(const struct cel_record *rec, struct tsmmr_error *err)
{
	for (size_t i = 0; i < rec->n_digests; i++)
		if (rec->digests[i].alg > UINT8_MAX)
			return fail(err, TSMMR_E_UNSUPPORTED,
				    "hash algorithm 0x%04x has no number in CEL-TLV",
				    rec->digests[i].alg);
	if (rec->content > UINT8_MAX || rec->content == CEL_TLV_CC_MR)
		return fail(err, TSMMR_E_UNSUPPORTED, "content type %u has no number in CEL-TLV",
			    rec->content);
	return 0;
}

/* Recnum, index, digests, and content in three heads; a number has eight bytes at most. */
#define RECORD_HEADS (6 * (HEAD + 8))

static int put_record(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
		      struct tsmmr_error *err)
{
	size_t n = cel_digests_size(rec, HEAD);
	uint8_t *to = buf_room(out, RECORD_HEADS + n + rec->name.n + rec->data.n);
	int r = check_numbers(rec, err);

	if (r < 0 || !to)
		return r; /* no room: out says so */
	to = put_number(to, TLV_RECNUM, RECNUM_WIDTH, rec->recnum);
	if (rec->kind == CEL_NV)
		to = put_number(to, TLV_NV_INDEX, 4, rec->index);
	else
		to = put_number(to, rec->kind == CEL_CC_MR ? CEL_TLV_CC_MR : TLV_PCR, 1,
				rec->index);
	to = put_head(to, TLV_DIGESTS, n);
	for (size_t i = 0; i < rec->n_digests; i++)
		to = put_value(to, (uint8_t)rec->digests[i].alg, rec->digests[i].value);
	out->n = (size_t)(put_content(to, rec) - out->p);
	return 0;
}

static int put_event(struct cel_writer *w, const struct tsmmr_event *e, uint64_t recnum,
		     struct buf *out, struct tsmmr_error *err)
{
	struct cel_record rec;

	cel_record_clear(&rec);
	rec.recnum = recnum;
	rec.kind = w->cc_mr ? CEL_CC_MR : CEL_PCR;
	rec.index = e->index;
	rec.content = TSMMR_CONTENT_PCCLIENT_STD;
	rec.type = e->type;
	rec.data = e->data;
	rec.n_digests = e->n_digests;
	/* A call of memcpy() would take longer. */
	rec.digests[0] = e->digests[0];
	if (e->n_digests == 2)
		rec.digests[1] = e->digests[1];
	return put_record(w, &rec, out, err);
}

/* Does the log that is read, where it is of this form, number by MrIndex? */
static bool read_by_mr(const struct tsmmr_stream *s)
{
	struct cursor c = cur_over(s->source.p, s->source.n);
	struct tlv recnum, index;

	if (s->format != &format_cel_tlv)
		return false;
	if (s->decoder != s->format) {
		const struct tsmmr_log *log = s->log;

		return log->n && log->events[0].space == TSMMR_SPACE_CC_MR;
	}
	return take(&c, &recnum) && take(&c, &index) && index.type == CEL_TLV_CC_MR;
}

static int tlv_begin(void *state, const struct export *x, struct buf *out, struct tsmmr_error *err)
{
	struct cel_writer *w = state;

	w->cc_mr = x->stream->platform->space == TSMMR_SPACE_CC_MR &&
		   !(x->ctx->flags & TSMMR_CTX_TLV_PCR) &&
		   (x->ctx->flags & TSMMR_CTX_TLV_CC_MR || read_by_mr(x->stream));
	w->put = put_record;
	w->put_event = put_event;
	return cel_write_begin(w, x, out, err);
}

static int tlv_event(void *state, const struct tsmmr_event *e, struct buf *out,
		     struct tsmmr_error *err)
{
	return cel_write_event(state, e, out, err);
}

static int tlv_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	return cel_write_end(state, err);
}

static void tlv_done(void *state)
{
	cel_write_done(state);
}

static const struct encoder encoder = {
	.state_size = sizeof(struct cel_writer),
	.hints = true,
	.begin = tlv_begin,
	.event = tlv_event,
	.end = tlv_end,
	.done = tlv_done,
};

const struct format format_cel_tlv = {
	.id = TSMMR_FORMAT_CEL_TLV,
	.name = "cel-tlv",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.state_size = sizeof(struct tlv_state),
	.probe = tlv_probe,
	.claims = tlv_claims,
	.next = tlv_next,
	.encoder = &encoder,
};
