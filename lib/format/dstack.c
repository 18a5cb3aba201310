/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dstack's event logs (Dstack-TEE/dstack, cc-eventlog): JSON objects in an array, in a
 * string that holds one, or one a line.
 *
 * { imr, event_type, digest, event, event_payload }: imr is the number of an RTMR.  Records
 * of the firmware's log carry its event as payload, unless that was left out, and the name
 * that dstack gives them was measured by nobody.  A record of dstack's own has type
 * 0x08000001, and its digest is of type, name and payload; it may be left out, for it can
 * be computed.
 *
 * { event, payload }: what a guest keeps in /run/log/dstack/runtime_events.log, all of RTMR
 * 3.  The payload is base64; it was hex before December 2025.
 */
#include "crypto/hash.h"
#include "core/index.h"
#include "format/format.h"
#include "format/json_frame.h"
#include "format/tcg2.h"
#include "util/armour.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"
#include "util/text.h"

#define RUNTIME_RTMR 3
#define RECORD_EXTRA (64u << 10) /* by which a record exceeds its payload in hex */

/* Between the records of an array that is in a string. */
enum place { BEFORE, OPENED, RECORD, COMMA, CLOSED };

struct dstack {
	struct json_frame frame;
	struct hasher hasher;
	struct buf text;    /* of a record in a string, without its escapes */
	struct buf payload; /* decoded */
	struct buf data;    /* what the digest covers */
	struct buf aside;
	bool started, string;
	bool booted, excerpt; /* RTMR 0: what began it was seen; was not */
	enum place place;     /* in a string */
	uint64_t begins;      /* where the record in text does */
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
};

/* A record as it is written; spans are the parsed object's, payload is the state's. */
struct record {
	uint64_t imr, type, version;
	struct span digest, name, payload;
};

static int take_payload(struct dstack *st, struct json_object *o, bool runtime, struct record *rec,
			struct tsmmr_error *err)
{
	const char *key = runtime ? "payload" : "event_payload";
	struct span s = { 0 };
	bool hex = true;
	ssize_t n;
	uint8_t *p;
	int r = json_in_str(o, key, &s, err);

	if (r < 0)
		return r;
	if (!r)
		return runtime ? fail(err, TSMMR_E_MALFORMED, "\"%s\" is missing", key) : 0;
	st->payload.n = 0;
	p = buf_room(&st->payload, s.n + 1);
	if (!p)
		return fail_nomem(err);
	/* Base64 of sixteen letters that all look like hex is no accident. */
	for (size_t i = 0; i < s.n; i++)
		hex &= memchr("0123456789abcdef", s.p[i], 16) != NULL;
	if (runtime && !(hex && (s.n % 4 || s.n >= 16))) {
		size_t len = 0;

		if (s.n && !base64_decode(s, p, &len))
			return fail(err, TSMMR_E_MALFORMED, "\"%s\" is not base64", key);
		rec->payload = span_of(p, len);
		return 0;
	}
	n = s.n % 2 ? -1 : hex_decode(p, s.n + 1, (const char *)s.p, s.n);
	if (n < 0 || (size_t)n != s.n / 2)
		return fail(err, TSMMR_E_MALFORMED, "\"%s\" is not hex", key);
	rec->payload = span_of(p, (size_t)n);
	return 0;
}

/* Absent or empty: it is for us to compute. */
static int take_digest(struct dstack *st, struct json_object *o, struct record *rec,
		       struct tsmmr_error *err)
{
	const struct hash_alg *alg = st->hasher.alg;
	struct span s = { 0 };
	int r = json_in_str(o, "digest", &s, err);

	if (r < 0 || !s.n)
		return r < 0 ? r : 0;
	if (s.n != 2 * alg->size || hex_decode(st->digest, sizeof(st->digest), (const char *)s.p,
					       s.n) != (ssize_t)alg->size)
		return fail(err, TSMMR_E_MALFORMED, "\"digest\" is not a %s digest in hex",
			    alg->name);
	rec->digest = span_of(st->digest, alg->size);
	return 0;
}

static int read_record(struct dstack *st, struct json_object *o, struct record *rec,
		       struct tsmmr_error *err)
{
	bool runtime = json_in_kind(o, "imr") == JSON_IN_NONE &&
		       json_in_kind(o, "event_type") == JSON_IN_NONE;
	int r = 1;

	*rec = (struct record){ .imr = RUNTIME_RTMR, .type = DSTACK_EVENT, .version = 1 };
	if (!runtime) {
		r = json_in_u64(o, "imr", &rec->imr, err);
		if (r > 0)
			r = json_in_u64(o, "event_type", &rec->type, err);
		if (!r)
			return fail(err, TSMMR_E_MALFORMED, "no \"imr\" or no \"event_type\"");
	}
	if (r > 0)
		r = json_in_u64(o, "version", &rec->version, err);
	if (r >= 0)
		r = json_in_str(o, "event", &rec->name, err);
	if (r < 0)
		return r;
	if (!r && runtime)
		return fail(err, TSMMR_E_MALFORMED, "\"event\" is missing");
	if (rec->imr > UINT32_MAX || rec->type > UINT32_MAX)
		return fail(err, TSMMR_E_MALFORMED,
			    "\"imr\" or \"event_type\" is too big a number");
	if (rec->version != 1 && rec->version != 2)
		return fail(err, TSMMR_E_UNSUPPORTED, "dstack events of version %llu",
			    (unsigned long long)rec->version);
	r = take_payload(st, o, runtime, rec, err);
	return r < 0 ? r : take_digest(st, o, rec, err);
}

/* A string as RFC 8785 §3.2.2.2 writes it. */
static void put_string(struct buf *b, struct span s)
{
	static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		size_t k = 0;

		while (k < sizeof(shorts) - 1 && shorts[k] != (char)s.p[i])
			k += 2;
		if (k < sizeof(shorts) - 1)
			buf_printf(b, "\\%c", shorts[k + 1]);
		else if (s.p[i] < 0x20)
			buf_printf(b, "\\u%04x", s.p[i]);
		else
			buf_char(b, (char)s.p[i]);
	}
	buf_char(b, '"');
}

/* What dstack hashes: of version 2 the object {name, payload, type} after RFC 8785. */
static void put_covered(struct dstack *st, const struct record *rec)
{
	struct buf *b = &st->data;
	uint32_t type = (uint32_t)rec->type;
	uint8_t le[] = { (uint8_t)type, (uint8_t)(type >> 8), (uint8_t)(type >> 16),
			 (uint8_t)(type >> 24), ':' };

	b->n = 0;
	if (rec->version == 2) {
		buf_str(b, "{\"name\":");
		put_string(b, rec->name);
		buf_str(b, ",\"payload\":\"");
		buf_hex(b, rec->payload.p, rec->payload.n);
		buf_printf(b, "\",\"type\":%u}", type);
		return;
	}
	buf_add(b, le, sizeof(le));
	buf_add(b, rec->name.p, rec->name.n);
	buf_char(b, ':');
	buf_add(b, rec->payload.p, rec->payload.n);
}

/* A name that nobody measured, for people. */
static void put_aside(struct dstack *st, const struct record *rec)
{
	BUF_LOCAL(escaped, 512);
	struct json j = { .b = &st->aside };

	st->aside.n = 0;
	json_open(&j, NULL, '{');
	text_utf8(&escaped, rec->name);
	json_strn(&j, "event", escaped.p, escaped.n);
	json_close(&j, '}');
	st->aside.failed |= escaped.failed;
}

static int make_event(struct tsmmr_stream *s, const struct record *rec, uint64_t offset,
		      struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct dstack *st = s->state;
	bool own = rec->type == DSTACK_EVENT || (rec->imr == RUNTIME_RTMR && rec->name.n);
	struct span digest = rec->digest;
	int r = 0;

	*e = (struct tsmmr_event){
		.offset = offset,
		.index = (uint32_t)rec->imr,
		.space = TSMMR_SPACE_RTMR,
		.type = (uint32_t)rec->type,
		.data = rec->payload,
	};
	if (own) {
		put_covered(st, rec);
		if (st->data.failed)
			return fail_nomem(err);
		e->data = span_of(st->data.p, st->data.n);
		if (!digest.n) {
			r = hash_bytes(&st->hasher, e->data.p, e->data.n, st->digest);
			digest = span_of(st->digest, st->hasher.alg->size);
		}
	} else if (rec->name.n) {
		put_aside(st, rec);
		if (st->aside.failed)
			return fail_nomem(err);
		e->aside = span_of(st->aside.p, st->aside.n);
	}
	if (r < 0)
		return fail_low(err, r);
	if (e->data.n > s->limits.event_bytes)
		return stream_fail(s, err, TSMMR_E_LIMIT, e->offset,
				   "an event is over the limit of %llu bytes",
				   (unsigned long long)s->limits.event_bytes);
	tcg_meaning(e);
	if (!digest.n && e->measured)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "a record of the firmware without its digest");
	s->digests[0] = (struct digest){ st->hasher.alg->id, digest };
	e->digests = s->digests;
	e->n_digests = digest.n > 0;
	if (!own)
		tcg_without_data(e);
	if (index_convert(e->index, e->space, s->platform->space) >= s->platform->n_index)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "\"imr\" is %u: %s has no such register", e->index,
				   s->platform->name);
	return tcg_check(s, err, e);
}

/*
 * The next character of a JSON string at s.p, without its escape: how many bytes it took, 0
 * where more must be seen, -1 at what a string cannot have.  What is not ASCII stays
 * escaped, for it stands in a string again.
 */
static int unescape(struct span s, char ret[6], size_t *ret_n)
{
	static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	uint8_t code[2];

	if (!s.n || (s.p[0] == '\\' && s.n < 6 && (s.n < 2 || s.p[1] == 'u')))
		return 0;
	*ret_n = 1;
	ret[0] = (char)s.p[0];
	if (s.p[0] != '\\')
		return s.p[0] < 0x20 ? -1 : 1;
	letter = s.p[1] ? strchr(letters, s.p[1]) : NULL;
	if (letter) {
		ret[0] = means[letter - letters];
		return 2;
	}
	if (s.p[1] != 'u' || hex_decode(code, 2, (const char *)s.p + 2, 4) != 2)
		return -1;
	ret[0] = (char)code[1];
	if (code[0] || code[1] >= 0x80) {
		memcpy(ret, s.p, 6);
		*ret_n = 6;
	}
	return 6;
}

static bool step(enum place *at, char c)
{
	enum place was = *at;

	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return true;
	case '[':
		*at = OPENED;
		return was == BEFORE;
	case ',':
		*at = COMMA;
		return was == RECORD;
	case '{':
		*at = RECORD;
		return was == OPENED || was == COMMA;
	case ']':
		*at = CLOSED;
		return was == OPENED || was == RECORD;
	default:
		return false;
	}
}

/* The next character of the string: 1, 0 where the string ends. */
static int next_character(struct tsmmr_stream *s, struct tsmmr_error *err, char ret[6],
			  size_t *ret_n)
{
	struct source *src = &s->source;
	int n, r;

	while ((n = unescape(span_of(src->p, src->n), ret, ret_n)) == 0) {
		r = stream_more(s, err, src->n + 1);
		if (r < 0)
			return r;
		if (!r)
			return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
					   "the log ends inside its string");
	}
	if (n < 0)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "JSON: no character of a string");
	/* It may be visible and over the limit. */
	r = src->max_bytes ? stream_more(s, err, (size_t)n) : 0;
	if (r < 0)
		return r;
	source_skip(src, (size_t)n);
	return n > 1 || ret[0] != '"';
}

/* The record of a string's array, in st->text: 1, or 0 at the end of both. */
static int next_in_string(struct tsmmr_stream *s, uint64_t most, struct tsmmr_error *err)
{
	struct dstack *st = s->state;
	bool quoted = false, escaped = false;
	size_t depth = 0, n = 0;
	char c[6];
	int r;

	st->text.n = 0;
	while ((r = next_character(s, err, c, &n)) > 0) {
		if (!depth && !step(&st->place, c[0]))
			return stream_fail(s, err, TSMMR_E_MALFORMED, s->source.offset,
					   "JSON: no array of records in this string");
		if (!depth && c[0] != '{')
			continue;
		if (!depth)
			st->begins = s->source.offset - 1;
		buf_add(&st->text, c, n);
		if (st->text.n > most)
			return stream_fail(s, err, TSMMR_E_LIMIT, s->source.offset,
					   "a record of more than %llu bytes",
					   (unsigned long long)most);
		if (quoted) {
			quoted = escaped || c[0] != '"';
			escaped = !escaped && c[0] == '\\' && n == 1;
		} else {
			quoted = c[0] == '"';
			depth += c[0] == '{';
			depth -= c[0] == '}';
		}
		if (!depth)
			return st->text.failed ? fail_nomem(err) : 1;
	}
	if (r < 0)
		return r;
	if (st->place != CLOSED)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, s->source.offset,
				   "the log ends inside its array");
	return json_frame_end(s, err);
}

/* The text of the next record: 1, or 0 at the end.  What the source is to skip after it. */
static int next_text(struct tsmmr_stream *s, struct span *ret, size_t *ret_used,
		     struct tsmmr_error *err)
{
	struct dstack *st = s->state;
	struct source *src = &s->source;
	uint64_t most = 2 * s->limits.event_bytes + RECORD_EXTRA;
	int r;

	if (!st->started) {
		r = json_frame_skip_mark(s, err);
		if (r == 0)
			r = stream_more(s, err, 1);
		if (r < 0)
			return r;
		st->started = true;
		st->string = src->n && src->p[0] == '"';
		source_skip(src, st->string);
	}
	*ret_used = 0;
	if (st->string) {
		r = next_in_string(s, most, err);
		*ret = span_of(st->text.p, st->text.n);
		return r;
	}
	r = json_frame_seek(s, &st->frame, err);
	if (r <= 0)
		return r;
	r = json_frame_object(s, &st->frame, err, most, ret_used);
	*ret = span_of(src->p, *ret_used);
	if (r == 0)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
				   "a record that was not written to its end");
	return r;
}

/*
 * Attestations since 2026 keep three records of the firmware's log, those of the ACPI tables, and
 * nothing that was extended before and after them.  In a whole log others come first.
 * (dstack-attest, v1.rs)
 */
static bool is_excerpt(struct dstack *st, const struct record *rec)
{
	bool acpi = rec->type == EV_PLATFORM_CONFIG_FLAGS && span_eq(rec->payload, "ACPI DATA", 9);

	st->booted |= rec->imr == 0 && !acpi;
	return rec->imr == 0 && !st->booted;
}

static int dstack_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct dstack *st = s->state;

	for (;;) {
		_cleanup_(json_in_free) struct json_object *o = NULL;
		struct tsmmr_error why = { .size = sizeof(why) };
		uint64_t offset;
		struct record rec;
		struct span text;
		size_t used;
		int r = next_text(s, &text, &used, err);

		if (r <= 0)
			return r;
		offset = used ? s->source.offset : st->begins;
		r = json_in_object(text, text.n, &o, &why);
		if (r == 0)
			r = read_record(st, o, &rec, &why);
		if (r < 0)
			return stream_fail(s, err, r,
					   offset + (used && why.offset != TSMMR_NONE ? why.offset :
											0),
					   "%s", why.message);
		if (!is_excerpt(st, &rec)) {
			r = make_event(s, &rec, offset, e, err);
			source_skip(&s->source, used);
			return r < 0 ? r : 1;
		}
		source_skip(&s->source, used);
		if (!st->excerpt &&
		    stream_finding(s, F_DSTACK_EXCERPT, offset,
				   "records of the ACPI tables without those before them") < 0)
			return fail_nomem(err);
		st->excerpt = true;
	}
}

static int dstack_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct dstack *st = s->state;
	int r = hasher_init(&st->hasher, s->crypto, hash_by_id(TSMMR_HASH_SHA384));

	return r < 0 ? fail_low(err, r) : 0;
}

static void dstack_close(struct tsmmr_stream *s)
{
	struct dstack *st = s->state;

	hasher_done(&st->hasher);
	buf_done(&st->text);
	buf_done(&st->payload);
	buf_done(&st->data);
	buf_done(&st->aside);
}

static int dstack_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct span start = span_head(span_unmarked(span_of(p, n)), 4096), text;

	if (start.n && start.p[0] == '"')
		return json_frame_mentions(start, "\\\"imr\\\"") ? 90 : 0;
	if (!json_frame_begins(start))
		return 0;
	/* One record or less: a CEL may say anything in those after it. */
	if (json_frame_first(start, &text))
		start = text;
	if (json_frame_mentions(start, "\"imr\"") && json_frame_mentions(start, "\"event_type\""))
		return 90;
	return json_frame_mentions(start, "\"event\"") &&
			       json_frame_mentions(start, "\"payload\"") &&
			       !json_frame_mentions(start, "\"schema\"") ?
		       80 :
		       0;
}

const struct format format_dstack = {
	.id = TSMMR_FORMAT_DSTACK,
	.name = "dstack",
	.default_platform = TSMMR_PLATFORM_TDX,
	.state_size = sizeof(struct dstack),
	.probe = dstack_probe,
	.open = dstack_open,
	.next = dstack_next,
	.close = dstack_close,
};
