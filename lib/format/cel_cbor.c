/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CEL-CBOR (CEL 1.1 §5.2): an array of maps with integer keys, or the same maps one after
 * another (RFC 8742), encoded deterministically (RFC 8949 §4.2.1).  A record in another
 * form is first put into that one, and is a finding.
 */
#include "format/cel.h"
#include "format/format.h"
#include "format/tcg2.h"
#include "util/cbor_in.h"
#include "util/cbor_out.h"
#include "util/cbor_plain.h"
#include "util/error.h"

enum { RECNUM = 0, PCR = 1, NV_INDEX = 2, DIGESTS = 3, CONTENT_TYPE = 9, CONTENT = 10 };
#define HAVE(key) (1u << (key))

#define HEAD_MAX 9               /* of the array */
#define RECORD_FIRST 4096        /* tried at first; most records are smaller */
#define RECORD_EXTRA (64u << 10) /* what a record is longer than its event's data */

struct cbor_state {
	struct cel_reader reader;
	bool started, sequence;
	uint64_t left;         /* records of the array */
	uint8_t management[8]; /* data of a management record, as we have it */
	bool unknown_member, name_as_type, name_spelling, type_name, other_form;
	struct buf plain; /* a record that was in another form */
};
_Static_assert(offsetof(struct cbor_state, reader) == 0, "where cel_read() looks for it");

/* The next key of a map, which must be greater than the one before. */
static int next_key(struct cbor_in *in, uint64_t *key, bool first)
{
	const uint8_t *at = in->c.p;
	uint64_t new;
	int r = cbor_in_uint(in, &new);

	if (r == 0 && !first && new <= *key) {
		in->c.p = at;
		in->form = new < *key;
		in->why = "CBOR: map keys that do not ascend, or are given twice";
		r = TSMMR_E_MALFORMED;
	}
	if (r == 0)
		*key = new;
	return r;
}

static int refuse(struct cbor_in *in, const char *why)
{
	in->why = why;
	return TSMMR_E_MALFORMED;
}

/* A map of exactly the keys 0 and 1, or of 0 alone where one is allowed. */
static int pair_open(struct cbor_in *in, uint64_t *ret_pairs)
{
	uint64_t key = 0;
	int r = cbor_in_map(in, ret_pairs);

	if (r == 0 && (*ret_pairs < 1 || *ret_pairs > 2))
		r = refuse(in, "a map with members that CEL does not define");
	if (r == 0)
		r = next_key(in, &key, true);
	if (r == 0 && key != 0)
		r = refuse(in, "a map without its member 0");
	return r;
}

static int pair_second(struct cbor_in *in)
{
	uint64_t key = 0;
	int r = next_key(in, &key, true);

	return r == 0 && key != 1 ? refuse(in, "a map without its member 1") : r;
}

static int read_digests(struct cbor_in *in, struct cel_record *rec)
{
	uint64_t n, pairs, alg;
	struct span value;
	int r = cbor_in_array(in, &n);

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		r = pair_open(in, &pairs);
		if (r == 0)
			r = cbor_in_uint(in, &alg);
		if (r == 0 && pairs != 2)
			r = refuse(in, "a digest without its algorithm or its value");
		if (r == 0)
			r = pair_second(in);
		if (r == 0)
			r = cbor_in_bytes(in, &value);
		if (r == 0)
			r = cel_add_digest(rec, alg, value, &in->why);
	}
	return r;
}

/* A number; for what the table has no number for, CEL allows a name. */
static int read_event_type(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	const uint8_t *at = in->c.p;
	struct span name;
	uint64_t type;
	bool exact;
	int r;

	if (cbor_in_is_text(in) && cbor_in_text(in, &name) == 0) {
		if (cel_type_of(name, &rec->type, &exact)) {
			st->name_as_type = true;
			st->name_spelling |= !exact;
			return 0;
		}
		if (!name.n || cel_number_of(name, &type))
			return refuse(in, "an event type that is a number in text");
		st->type_name = true;
		rec->type = CEL_TYPE_NAMED;
		rec->name = name;
		return 0;
	}
	in->c.p = at;
	r = cbor_in_uint(in, &type);
	if (r == TSMMR_E_MALFORMED)
		in->why = "an event type that is neither a number nor a name";
	if (r < 0)
		return r;
	if (type > UINT32_MAX)
		return refuse(in, "an event type of more than 32 bits");
	rec->type = (uint32_t)type;
	return 0;
}

static int read_two(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	uint64_t pairs;
	int r = pair_open(in, &pairs);

	if (r == 0 && pairs != 2)
		r = refuse(in, "content with a member missing");
	if (r == 0)
		r = rec->content == TSMMR_CONTENT_IMA_TEMPLATE ? cbor_in_text(in, &rec->name) :
								 read_event_type(in, st, rec);
	if (r == 0)
		r = pair_second(in);
	return r < 0 ? r : cbor_in_bytes(in, &rec->data);
}

/* { 0: type, 1: value }; its data is what our events have, the same in all encodings. */
static int read_value(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	uint64_t a = 0, b = 0, pairs;
	size_t n;
	int r;

	if (rec->type == CEL_VERSION) {
		r = pair_open(in, &pairs);
		if (r == 0)
			r = cbor_in_uint(in, &a);
		if (r == 0)
			r = pairs == 2 ? pair_second(in) : refuse(in, "a version without minor");
		if (r == 0)
			r = cbor_in_uint(in, &b);
		if (r == 0 && (a > UINT16_MAX || b > UINT16_MAX))
			r = refuse(in, "a version of more than 16 bits");
		n = 4;
		cel_put_be(st->management, 2, a);
		cel_put_be(st->management + 2, 2, b);
	} else {
		r = cbor_in_uint(in, &a);
		n = rec->type == CEL_TIMESTAMP ? 8 : 1;
		if (r == 0 && n == 1 && a >= CEL_STATES_N)
			r = refuse(in, "a state transition that CEL does not have");
		cel_put_be(st->management, n, a);
	}
	rec->data = span_of(st->management, n);
	return r;
}

static int read_management(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	uint64_t pairs, type;
	int r = pair_open(in, &pairs);

	if (r == 0)
		r = cbor_in_uint(in, &type);
	if (r < 0)
		return r;
	if (type > UINT32_MAX || !cel_management_name((uint32_t)type))
		return refuse(in, "a management record of a type that CEL does not have");
	rec->type = (uint32_t)type;
	if ((rec->type == CEL_FIRMWARE_END) != (pairs == 1))
		return refuse(in, "a management record with an extra or a missing value");
	if (pairs == 1)
		return 0;
	r = pair_second(in);
	return r < 0 ? r : read_value(in, st, rec);
}

static int read_content(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	const uint8_t *at = in->c.p;

	switch (rec->content) {
	case TSMMR_CONTENT_CEL:
		return read_management(in, st, rec);
	case TSMMR_CONTENT_PCCLIENT_STD:
	case TSMMR_CONTENT_IMA_TEMPLATE:
		return read_two(in, st, rec);
	case TSMMR_CONTENT_IMA_TLV:
	case TSMMR_CONTENT_SYSTEMD:
		return cbor_in_bytes(in, &rec->data);
	default:
		/* Carried as it is. */
		if (cbor_in_bytes(in, &rec->data) == 0)
			return 0;
		in->c.p = at;
		rec->raw = RAW_CBOR;
		return cbor_in_skip(in, &rec->data);
	}
}

/* A number; by text only what the table has no number for. */
static int read_content_type(struct cbor_in *in, struct cel_record *rec)
{
	const uint8_t *at = in->c.p;
	struct span name;
	bool exact;
	uint64_t v;
	int r;

	if (cbor_in_is_text(in) && cbor_in_text(in, &name) == 0) {
		if (!name.n || cel_number_of(name, &v) ||
		    cel_content_of(name, &rec->content, &exact))
			return refuse(in, "a content type in text that has a number");
		rec->content = CEL_CONTENT_NAMED;
		rec->name = name;
		return 0;
	}
	in->c.p = at;
	r = cbor_in_uint(in, &v);
	if (r < 0)
		return r;
	if (v < TSMMR_CONTENT_CEL || v >= CEL_CONTENT_NAMED)
		return refuse(in, "a content type that CEL does not have");
	rec->content = (uint32_t)v;
	return 0;
}

static int read_member(struct cbor_in *in, struct cbor_state *st, uint64_t key,
		       struct cel_record *rec)
{
	uint64_t v = 0;
	int r;

	switch (key) {
	case RECNUM:
		rec->has_recnum = true;
		return cbor_in_uint(in, &rec->recnum);
	case PCR:
	case NV_INDEX:
		r = cbor_in_uint(in, &v);
		if (r == 0 && v > UINT32_MAX)
			return refuse(in, "a number of more than 32 bits");
		rec->index = (uint32_t)v;
		rec->kind = key == NV_INDEX ? CEL_NV : rec->kind;
		return r;
	case CONTENT_TYPE:
		return read_content_type(in, rec);
	case DIGESTS:
		return read_digests(in, rec);
	case CONTENT:
		return read_content(in, st, rec);
	default:
		st->unknown_member = true;
		return cbor_in_skip(in, NULL);
	}
}

static int read_plain(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	const unsigned needed = HAVE(RECNUM) | HAVE(DIGESTS) | HAVE(CONTENT_TYPE) | HAVE(CONTENT);
	unsigned have = 0;
	uint64_t pairs, key = 0;
	int r = cbor_in_map(in, &pairs);

	cel_record_clear(rec);
	st->unknown_member = st->name_as_type = st->name_spelling = st->type_name = false;
	for (uint64_t i = 0; r == 0 && i < pairs; i++) {
		r = next_key(in, &key, i == 0);
		if (r == 0 && key == CONTENT && !(have & HAVE(CONTENT_TYPE))) {
			in->form = i + 1 < pairs; /* the type may follow */
			r = refuse(in, "content without its type");
		}
		if (r == 0)
			r = read_member(in, st, key, rec);
		if (key <= CONTENT)
			have |= HAVE(key);
	}
	if (r < 0)
		return r;
	if ((have & needed) != needed)
		return refuse(in, "a record with a member missing");
	if (!(have & HAVE(PCR)) == !(have & HAVE(NV_INDEX)))
		return refuse(in, "a record must have either a PCR or an NV index");
	return 0;
}

/* A record in any form: one that is not deterministic is made so, and read again. */
static int read_record(struct cbor_in *in, struct cbor_state *st, struct cel_record *rec)
{
	struct cbor_in raw = cbor_in_span(cur_rest(&in->c)), plain;
	int r;

	in->deterministic = true;
	st->other_form = false;
	r = read_plain(in, st, rec);
	if (r == 0 || !in->form)
		return r;
	st->other_form = true;
	st->plain.n = 0;
	r = cbor_plain(&raw, &st->plain);
	in->c.p = raw.c.p;
	in->why = raw.why;
	if (r < 0)
		return r;

	plain = cbor_in_span(span_of(st->plain.p, st->plain.n));
	plain.deterministic = true;
	r = read_plain(&plain, st, rec);
	if (r < 0)
		in->c.p = raw.c.start;
	in->why = plain.why;
	return r;
}

/* What the decoder noticed, reported once the record is known to be one. */
static int tolerate_all(struct tsmmr_stream *s, struct cbor_state *st, uint64_t offset)
{
	int r = 0;

	if (st->unknown_member)
		r = cel_tolerate(s, F_CEL_MEMBER_UNKNOWN, offset,
				 "a member that CEL does not define");
	if (r == 0 && st->name_as_type)
		r = cel_tolerate(s, F_CEL_NUMBER_AS_TEXT, offset, "an event type by name");
	if (r == 0 && st->type_name)
		r = cel_tolerate(s, F_CEL_EVENT_TYPE_NAME, offset,
				 "an event type by a name that CEL does not have");
	if (r == 0 && st->name_spelling)
		r = cel_tolerate(s, F_CEL_NAME_SPELLING, offset,
				 "an event type's name in another case");
	if (r == 0 && st->other_form)
		r = cel_tolerate(s, F_CEL_CBOR_FORM, offset, "a record that is not deterministic");
	return r;
}

/*
 * A record's length is known only when it has been read: what is visible is tried, and
 * when that ends too early, twice as much.
 */
static int next_record(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct cbor_state *st = s->state;
	struct source *src = &s->source;
	uint64_t most = s->limits.event_bytes + RECORD_EXTRA;
	size_t want = RECORD_FIRST;
	struct cel_record rec;
	struct cbor_in in;
	int r;

	for (;;) {
		r = src->n < want || src->max_bytes ? stream_more(s, err, want) : 0;
		if (r < 0)
			return r;
		in = cbor_in_span(span_of(src->p, src->n));
		r = read_record(&in, st, &rec);
		if (r != TSMMR_E_TRUNCATED || (src->eof && want >= src->n))
			break;
		if (src->n >= most)
			return stream_fail(s, err, TSMMR_E_LIMIT, src->offset,
					   "a record of more than %llu bytes",
					   (unsigned long long)most);
		want = 2 * src->n;
	}
	if (r < 0)
		return stream_fail(s, err, r, src->offset + cur_offset(&in.c), "%s", in.why);
	if (rec.data.n > s->limits.event_bytes)
		return stream_fail(s, err, TSMMR_E_LIMIT, src->offset,
				   "event data of %zu bytes is over the limit", rec.data.n);

	r = cel_read(s, err, &rec, src->offset, e);
	if (r == 0)
		r = tolerate_all(s, st, e->offset);
	source_skip(src, cur_offset(&in.c));
	return r < 0 ? r : 1;
}

static int read_head(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct cbor_state *st = s->state;
	struct source *src = &s->source;
	struct cbor_in in;
	uint8_t first;
	bool form;
	int r;

	st->started = true;
	r = stream_more(s, err, HEAD_MAX);
	if (r < 0)
		return r;
	first = src->n ? src->p[0] >> 5 : 0;
	st->sequence = first == 5;
	/* Of no records, a sequence has no bytes. */
	st->sequence |= !src->n;
	if (st->sequence)
		return 0;
	/* The count is only believed as far as records come. */
	if (first != 4)
		return stream_fail(s, err, TSMMR_E_MALFORMED, 0,
				   "neither an array nor a sequence of records");
	in = cbor_in_span(span_of(src->p, src->n));
	in.deterministic = true;
	r = cbor_in_count(&in, &st->left);
	form = r < 0 && in.form;
	if (form) {
		in.deterministic = false;
		r = cbor_in_count(&in, &st->left);
	}
	if (r < 0)
		return stream_fail(s, err, r, 0, "%s", in.why);
	if (form)
		r = cel_tolerate(s, F_CEL_CBOR_FORM, 0, "an array that is not deterministic");
	if (r < 0)
		return r;
	source_skip(src, cur_offset(&in.c));
	return 0;
}

/* Takes the break of an array that did not say how many records it has, if that is next. */
static int at_break(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct cbor_state *st = s->state;
	struct source *src = &s->source;
	struct cbor_in in;
	int r = src->n ? 0 : stream_more(s, err, 1);

	if (r < 0)
		return r;
	in = cbor_in_span(span_of(src->p, src->n));
	r = cbor_in_more(&in, &st->left);
	if (r < 0)
		return stream_fail(s, err, r, src->offset, "%s", in.why);
	source_skip(src, cur_offset(&in.c));
	return 0;
}

static int cbor_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct cbor_state *st = s->state;
	struct source *src = &s->source;
	int r = st->started ? 0 : read_head(s, err);

	if (r < 0)
		return r;
	if (st->left == CBOR_UNTIL_BREAK) {
		r = at_break(s, err);
		if (r < 0)
			return r;
	}
	if (st->sequence || !st->left) {
		r = src->n ? 1 : stream_more(s, err, 1);
		if (r <= 0)
			return r;
		if (!st->sequence)
			return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
					   "bytes after the end of the log");
	} else if (st->left != CBOR_UNTIL_BREAK) {
		st->left--;
	}
	return next_record(s, e, err);
}

/* The first record, where it is all there; *ret_starts where one begins. */
static int first_record(struct cbor_state *st, struct span s, struct cel_record *rec,
			bool *ret_starts)
{
	struct cbor_in in = cbor_in_span(s), head;
	uint64_t count, pairs, recnum;

	*ret_starts = false;
	if (s.n && s.p[0] >> 5 == 4 && (cbor_in_count(&in, &count) < 0 || !count))
		return TSMMR_E_FORMAT;
	head = in;
	/* { 0: recnum, 1 or 2: … } begins no other log. */
	*ret_starts = cbor_in_map(&head, &pairs) == 0 &&
		      (pairs == CBOR_UNTIL_BREAK || (pairs >= 5 && pairs < 24)) &&
		      cbor_in_uint(&head, &recnum) == 0 && recnum == RECNUM &&
		      cbor_in_uint(&head, &recnum) == 0 && cbor_in_uint(&head, &recnum) == 0 &&
		      (recnum == PCR || recnum == NV_INDEX);
	return read_record(&in, st, rec);
}

static void state_free(struct cbor_state *st)
{
	if (st)
		buf_done(&st->plain);
	free(st);
}
DEFINE_CLEANUP(struct cbor_state *, state_free)

static int cbor_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	_cleanup_(state_free) struct cbor_state *st = calloc(1, sizeof(*st));
	struct cel_record rec;
	bool starts;

	if (!st)
		return 0;
	/* An empty array is an empty log, where there is nothing else. */
	if (whole && ((n == 1 && p[0] == 0x80) || (n == 2 && p[0] == 0x9f && p[1] == 0xff)))
		return 60;
	return first_record(st, span_of(p, n), &rec, &starts) == 0 ? 95 : starts ? 85 : 0;
}

static size_t cbor_claims(const uint8_t *p, size_t n, char ret[CLAIM_MAX])
{
	_cleanup_(state_free) struct cbor_state *st = calloc(1, sizeof(*st));
	struct cel_record rec;
	bool starts;

	if (!st)
		return 0;
	return first_record(st, span_of(p, n), &rec, &starts) == 0 ? cel_claims(&rec, ret) : 0;
}

static void cbor_close(struct tsmmr_stream *s)
{
	struct cbor_state *st = s->state;

	buf_done(&st->plain);
}

#define KEY CBOR_MAJOR_UINT

/* The heads of each, besides the bytes of its strings. */
#define HEADS_MAX 16 /* of a digest, or of data and what is before it */
#define RECORD_HEADS (8 * CBOR_HEAD_MAX + HEADS_MAX) /* up to the bytes of its data */
#define CONTENT_HEADS (5 * CBOR_HEAD_MAX)

static void put_management(const struct cel_record *rec, struct buf *out)
{
	bool value = rec->type != CEL_FIRMWARE_END;

	cbor_out_map(out, value ? 2 : 1);
	cbor_out_uint(out, 0);
	cbor_out_uint(out, rec->type);
	if (!value)
		return;
	cbor_out_uint(out, 1);
	if (rec->type != CEL_VERSION) {
		cbor_out_uint(out, cel_get_be(rec->data));
		return;
	}
	cbor_out_map(out, 2);
	cbor_out_uint(out, 0);
	cbor_out_uint(out, cel_get_be(span_of(rec->data.p, 2)));
	cbor_out_uint(out, 1);
	cbor_out_uint(out, cel_get_be(span_of(rec->data.p + 2, 2)));
}

/* Of a template, and of an event that has a name: { 0: name, 1: data } */
static void put_named(const struct cel_record *rec, struct buf *out)
{
	uint8_t *to = buf_room(out, CONTENT_HEADS + rec->name.n + rec->data.n);

	if (!to)
		return;
	to = cbor_put(to, CBOR_MAJOR_MAP, 2);
	to = cbor_put(to, KEY, 0);
	to = cbor_put_string(to, CBOR_MAJOR_TEXT, rec->name);
	to = cbor_put(to, KEY, 1);
	to = cbor_put_string(to, CBOR_MAJOR_BYTES, rec->data);
	out->n = (size_t)(to - out->p);
}

/* Of any type, where the record is no plain one of the firmware's. */
static void put_content(const struct cel_record *rec, struct buf *out)
{
	cbor_out_uint(out, CONTENT_TYPE);
	if (rec->content == CEL_CONTENT_NAMED)
		cbor_out_text(out, rec->name.p, rec->name.n);
	else
		cbor_out_uint(out, rec->content);
	cbor_out_uint(out, CONTENT);
	switch (rec->content) {
	case TSMMR_CONTENT_CEL:
		put_management(rec, out);
		return;
	case TSMMR_CONTENT_PCCLIENT_STD:
	case TSMMR_CONTENT_IMA_TEMPLATE:
		put_named(rec, out);
		return;
	default:
		if (rec->raw == RAW_CBOR) {
			buf_add(out, rec->data.p, rec->data.n);
			return;
		}
		cbor_out_bytes(out, rec->data);
	}
}

/* ---- what firmware's records are of ---- */

/* Heads before a value of which a log has few: made once, and copied then. */
struct heads {
	uint64_t of; /* 0: not made yet */
	uint64_t n;
	uint8_t bytes[HEADS_MAX];
};

#define TYPES 16 /* those with the same last four bits take turns */

struct cbor_writer {
	struct cel_writer writer;
	struct heads types[TYPES];
	/* Of events with digests as the last one's. */
	struct {
		uint64_t number;
		size_t room;
		struct heads digests[2];
	} last;
};
_Static_assert(offsetof(struct cbor_writer, writer) == 0, "what cel_write_event() gets");

/* All of it, as long as it may be: that is no call. */
static inline uint8_t *put_heads(uint8_t *to, const struct heads *h)
{
	memcpy(to, h->bytes, sizeof(h->bytes));
	return to + h->n;
}

static void heads_made(struct heads *h, uint64_t of, const uint8_t *end)
{
	h->of = of;
	h->n = (uint64_t)(end - h->bytes);
}

static uint8_t *put_before_digest(uint8_t *to, const struct digest *d)
{
	to = cbor_put(to, CBOR_MAJOR_MAP, 2);
	to = cbor_put(to, KEY, 0);
	to = cbor_put(to, CBOR_MAJOR_UINT, d->alg);
	to = cbor_put(to, KEY, 1);
	return cbor_put(to, CBOR_MAJOR_BYTES, d->value.n);
}

static _rare_ void make_before_data(struct heads *h, uint64_t of, uint32_t type)
{
	uint8_t *to = cbor_put(h->bytes, KEY, CONTENT_TYPE);

	to = cbor_put(to, CBOR_MAJOR_UINT, TSMMR_CONTENT_PCCLIENT_STD);
	to = cbor_put(to, KEY, CONTENT);
	to = cbor_put(to, CBOR_MAJOR_MAP, 2);
	to = cbor_put(to, KEY, 0);
	to = cbor_put(to, CBOR_MAJOR_UINT, type);
	heads_made(h, of, cbor_put(to, KEY, 1));
}

static inline uint8_t *put_before_data(uint8_t *to, struct cbor_writer *cw, uint32_t type)
{
	struct heads *h = &cw->types[type % TYPES];
	uint64_t of = (uint64_t)type + 1;

	if (h->of != of)
		make_before_data(h, of, type);
	return put_heads(to, h);
}

static inline uint8_t *put_before_digests(uint8_t *to, uint64_t recnum, uint64_t key,
					  uint64_t index, uint64_t n)
{
	to = cbor_put(to, CBOR_MAJOR_MAP, 5);
	to = cbor_put(to, KEY, RECNUM);
	to = cbor_put(to, CBOR_MAJOR_UINT, recnum);
	to = cbor_put(to, KEY, key);
	to = cbor_put(to, CBOR_MAJOR_UINT, index);
	to = cbor_put(to, KEY, DIGESTS);
	return cbor_put(to, CBOR_MAJOR_ARRAY, n);
}

static _rare_ void prepare(struct cbor_writer *cw, const struct tsmmr_event *e)
{
	cw->last.number = cw->writer.last.number;
	cw->last.room = RECORD_HEADS;
	for (size_t i = 0; i < e->n_digests; i++) {
		struct heads *h = &cw->last.digests[i];

		heads_made(h, 1, put_before_digest(h->bytes, &e->digests[i]));
		cw->last.room += HEADS_MAX + e->digests[i].value.n;
	}
}

static int put_event(struct cel_writer *w, const struct tsmmr_event *e, uint64_t recnum,
		     struct buf *out, struct tsmmr_error *err)
{
	struct cbor_writer *cw = (struct cbor_writer *)w;
	uint8_t *to;

	if (cw->last.number != w->last.number)
		prepare(cw, e);
	to = buf_room(out, cw->last.room + e->data.n);
	if (!to)
		return 0; /* out says so */
	to = put_before_digests(to, recnum, PCR, e->index, e->n_digests);
	for (size_t i = 0; i < e->n_digests; i++)
		to = put_digest(put_heads(to, &cw->last.digests[i]), e->digests[i].value);
	to = put_before_data(to, cw, e->type);
	to = cbor_put_string(to, CBOR_MAJOR_BYTES, e->data);
	out->n = (size_t)(to - out->p);
	return 0;
}

static int put_record(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
		      struct tsmmr_error *err)
{
	struct cbor_writer *cw = (struct cbor_writer *)w;
	bool firmwares = rec->content == TSMMR_CONTENT_PCCLIENT_STD && !rec->name.n;
	size_t room = RECORD_HEADS + cel_digests_size(rec, HEADS_MAX);
	uint8_t *to = buf_room(out, firmwares ? room + rec->data.n : room);

	if (!to)
		return 0; /* out says so */
	to = put_before_digests(to, rec->recnum, rec->kind == CEL_NV ? NV_INDEX : PCR, rec->index,
				rec->n_digests);
	for (size_t i = 0; i < rec->n_digests; i++)
		to = put_digest(put_before_digest(to, &rec->digests[i]), rec->digests[i].value);
	if (firmwares) {
		to = put_before_data(to, cw, rec->type);
		to = cbor_put_string(to, CBOR_MAJOR_BYTES, rec->data);
	}
	out->n = (size_t)(to - out->p);
	if (!firmwares)
		put_content(rec, out);
	return 0;
}

/* For the number of records alone, which an array begins with. */
static int put_nothing(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
		       struct tsmmr_error *err)
{
	return 0;
}

static int put_no_event(struct cel_writer *w, const struct tsmmr_event *e, uint64_t recnum,
			struct buf *out, struct tsmmr_error *err)
{
	return 0;
}

static int begin(struct cel_writer *w, const struct export *x, bool counts, struct buf *out,
		 struct tsmmr_error *err)
{
	w->named = true;
	w->raw = RAW_CBOR;
	w->put = counts ? put_nothing : put_record;
	w->put_event = counts ? put_no_event : put_event;
	return cel_write_begin(w, x, out, err);
}

static int sequence_begin(void *state, const struct export *x, struct buf *out,
			  struct tsmmr_error *err)
{
	return begin(state, x, false, out, err);
}

static int array_begin(void *state, const struct export *x, struct buf *out,
		       struct tsmmr_error *err)
{
	cbor_out_array(out, x->n_records);
	return begin(state, x, !x->counted, out, err);
}

static int cbor_event(void *state, const struct tsmmr_event *e, struct buf *out,
		      struct tsmmr_error *err)
{
	return cel_write_event(state, e, out, err);
}

/* The file may have been written to between the two readings. */
static int array_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	struct cel_writer *w = state;

	if (w->x->counted && w->n != w->x->n_records)
		return fail(err, TSMMR_E_IO, "the log changed while it was read");
	return cel_write_end(w, err);
}

static int sequence_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	return cel_write_end(state, err);
}

static void cbor_done(void *state)
{
	cel_write_done(state);
}

static uint64_t cbor_count(const void *state)
{
	const struct cel_writer *w = state;

	return w->n;
}

static const struct encoder array_encoder = {
	.state_size = sizeof(struct cbor_writer),
	.hints = true,
	.count = cbor_count,
	.begin = array_begin,
	.event = cbor_event,
	.end = array_end,
	.done = cbor_done,
};

static const struct encoder sequence_encoder = {
	.state_size = sizeof(struct cbor_writer),
	.begin = sequence_begin,
	.event = cbor_event,
	.end = sequence_end,
	.done = cbor_done,
};

const struct format format_cel_cbor = {
	.id = TSMMR_FORMAT_CEL_CBOR,
	.name = "cel-cbor",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.state_size = sizeof(struct cbor_state),
	.probe = cbor_probe,
	.claims = cbor_claims,
	.next = cbor_next,
	.close = cbor_close,
	.encoder = &array_encoder,
};

/* The decoder above reads both. */
const struct format format_cel_cbor_seq = {
	.id = TSMMR_FORMAT_CEL_CBOR_SEQ,
	.name = "cel-cbor-seq",
	.encoder = &sequence_encoder,
};
