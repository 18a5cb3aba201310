/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IMA's lists as text, ascii_runtime_measurements and those of one bank:
 *
 *	register digest template field field…
 *
 * with one blank between, and nothing for an empty field.  What was hashed is put together
 * again from the fields.  (security/integrity/ima, ima_ascii_measurements_show() and
 * ima_show_template_data_ascii())
 */
#include "format/cel.h"
#include "format/ima.h"
#include "format/text.h"
#include "util/cleanup.h"
#include "util/error.h"

#define LOOK_BYTES (64u << 10) /* by which the bank is recognised */
#define LOOK_RECORDS 16

struct ima_text_state {
	const struct hash_alg *alg;
	bool said_unknown;
	struct hashers set;
	struct buf data; /* of the record, used again and again */
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	bool returns; /* lines end in a carriage return as well */
};

/* Up to the next blank, which goes too; false after the last word. */
static bool take_word(struct span *rest, struct span *ret)
{
	const uint8_t *blank;

	if (!rest->p)
		return false;
	blank = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
	if (blank) {
		*ret = span_of(rest->p, (size_t)(blank - rest->p));
		*rest = span_of(blank + 1, rest->n - ret->n - 1);
	} else {
		*ret = *rest;
		*rest = span_of(NULL, 0);
	}
	return true;
}

/* Lower-case hex, as the kernel writes it. */
static bool unhex(struct span s, uint8_t *to)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
						   -1;

		if (digit < 0)
			return false;
		to[i / 2] = (uint8_t)(i % 2 ? to[i / 2] | digit : digit << 4);
	}
	return s.n % 2 == 0;
}

static bool read_number(struct span s, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
		if (v > max)
			return false;
	}
	*ret = (uint32_t)v;
	return s.n > 0;
}

/* Register, digest and template; what is wrong with them, or NULL. */
static const char *read_head(struct span line, struct ima_record *rec, uint8_t *digest,
			     struct span *ret_fields)
{
	struct span word;

	/* "%2d" */
	if (line.n && line.p[0] == ' ')
		line = span_of(line.p + 1, line.n - 1);
	take_word(&line, &word);
	if (!read_number(word, UINT32_MAX - 1, &rec->index))
		return "a line does not begin with the number of a register";
	if (!take_word(&line, &word) || word.n > 2 * TSMMR_HASH_SIZE_MAX || !unhex(word, digest) ||
	    !ima_usual_alg(word.n / 2))
		return "a line without a digest in lower-case hex after the register";
	rec->digest = span_of(digest, word.n / 2);
	if (!take_word(&line, &rec->name) || !ima_name_is_sane(rec->name))
		return "a line without a template's name after the digest";
	*ret_fields = line;
	return NULL;
}

static bool put_hex(struct buf *b, struct span hex)
{
	uint8_t *to = hex.n ? buf_room(b, hex.n / 2 + 1) : NULL;

	if (!to)
		return !hex.n || b->failed;
	b->n += hex.n / 2;
	return unhex(hex, to);
}

/* "sha256:" is hashed with a NUL after it. */
static bool put_digest(struct buf *b, struct span text)
{
	const uint8_t *colon = memrchr(text.p, ':', text.n);
	size_t n = colon ? (size_t)(colon + 1 - text.p) : 0;

	buf_add(b, text.p, n);
	buf_char(b, 0);
	return n > 1 && put_hex(b, span_of(text.p + n, text.n - n));
}

static bool put_value(struct buf *b, enum ima_form form, struct span text)
{
	uint32_t v;

	switch (form) {
	case IMA_DIGEST_ALG:
		return put_digest(b, text);
	case IMA_STRING:
		buf_add(b, text.p, text.n);
		buf_char(b, 0);
		return true;
	case IMA_U16:
	case IMA_U32:
		if (!read_number(text, form == IMA_U16 ? UINT16_MAX : UINT32_MAX, &v))
			return false;
		buf_le(b, v, form == IMA_U16 ? 2 : 4);
		return true;
	default:
		return put_hex(b, text);
	}
}

/* A field with its length before it. */
static bool put_field(struct buf *b, enum ima_form form, struct span text)
{
	size_t at = b->n, n;

	buf_le(b, 0, 4);
	if (text.n && !put_value(b, form, text))
		return false;
	if (b->failed)
		return true;
	n = b->n - at - 4;
	put_le(b->p + at, n, 4);
	return n <= UINT32_MAX;
}

static size_t count_words(struct span fields)
{
	size_t n = fields.p != NULL;

	for (size_t i = 0; i < fields.n; i++)
		n += fields.p[i] == ' ';
	return n;
}

/* A word, and for a name also the blanks in it: old kernels did not replace them. */
static struct span take_field(struct span *rest, enum ima_form form, size_t *extra)
{
	struct span first = { 0 }, word = { 0 };

	take_word(rest, &first);
	while (form == IMA_STRING && *extra) {
		take_word(rest, &word);
		first.n = (size_t)(word.p + word.n - first.p);
		(*extra)--;
	}
	return first;
}

static const char *rebuild_legacy(struct buf *b, struct span fields)
{
	uint8_t digest[IMA_LEGACY_DIGEST];
	struct span word;
	uint8_t *to;

	if (!take_word(&fields, &word) || word.n != 2 * sizeof(digest) || !unhex(word, digest) ||
	    !fields.p)
		return "a record of template ima without a SHA-1 digest and a name";
	if (fields.n > IMA_NAME_MAX)
		return "a name of more than 255 bytes in a record of template ima";
	to = buf_room(b, IMA_LEGACY_SIZE);
	if (to) {
		ima_legacy_data(to, digest, fields);
		b->n += IMA_LEGACY_SIZE;
	}
	return NULL;
}

/* Of a template that we do not know: digests look like it, the rest may be strings. */
static void rebuild_unknown(struct buf *b, struct span fields)
{
	struct span word;

	while (take_word(&fields, &word)) {
		size_t at = b->n;

		if (!put_field(b, IMA_DIGEST_ALG, word)) {
			b->n = at;
			put_field(b, IMA_STRING, word);
		}
	}
}

/* Of a template that is known, with those fields empty whose blank is lost: a bit for each. */
static const char *rebuild_known(struct buf *b, const struct ima_template *t, struct span fields,
				 uint32_t lost)
{
	size_t words = count_words(fields) + (size_t)__builtin_popcount(lost), extra;

	b->n = 0;
	if (words < t->n)
		return "a line with fewer fields than its template";
	extra = words - t->n;
	for (size_t i = 0; i < t->n; i++) {
		enum ima_form form = t->fields[i]->form;
		struct span value = { 0 };

		if (!(lost >> i & 1))
			value = take_field(&fields, form, &extra);
		if (!put_field(b, form, value))
			return "a field that is not of its template's form";
	}
	return extra ? "a line with more fields than its template" : NULL;
}

/* What was hashed; what is wrong with the fields, or NULL. */
static const char *rebuild(struct buf *b, const struct ima_record *rec, struct span fields)
{
	struct ima_template t;

	b->n = 0;
	if (ima_is_legacy(rec->name))
		return rebuild_legacy(b, fields);
	if (ima_template(rec->name, &t))
		return rebuild_known(b, &t, fields, 0);
	rebuild_unknown(b, fields);
	return NULL;
}

#define LOST_BLANKS_MAX 3 /* of ima-modsig, whose last three fields are mostly empty */

/*
 * An editor takes blanks from the ends of lines, or makes one of two, and an empty field is
 * nothing but its blank.  Which fields were empty, the digest says: true when it does, with what
 * was hashed in b.  The last ones are the likeliest; a violation has no digest to say more.
 */
static bool rebuild_lost(struct buf *b, const struct ima_record *rec, struct span fields,
			 struct hasher *h, int *ret_error)
{
	size_t words = count_words(fields), n_lost;
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	struct ima_template t;

	if (ima_is_legacy(rec->name) || !ima_template(rec->name, &t) || words < 2 || words >= t.n ||
	    t.n - words > LOST_BLANKS_MAX)
		return false;
	n_lost = t.n - words;
	for (uint32_t lost = (UINT32_C(1) << t.n) - 1; lost > 3 && !*ret_error; lost--) {
		/* The first two are what was measured and its name. */
		if (lost & 3 || (size_t)__builtin_popcount(lost) != n_lost ||
		    rebuild_known(b, &t, fields, lost))
			continue;
		if (ima_all_bytes(rec->digest, 0))
			return true;
		*ret_error = hash_bytes(h, b->p, b->n, digest);
		if (!*ret_error && hash_equal(digest, rec->digest.p, rec->digest.n))
			return true;
	}
	return false;
}

/*
 * A file's name may end in a carriage return, but not that of a list's first record: only where
 * that line has one are those of the others an editor's.
 */
static bool has_return(struct span line)
{
	return line.n && line.p[line.n - 1] == '\r';
}

/* Which of the algorithms of the first digest's size gives one of the first digests? */
static int guess_alg(struct span s, struct hashers *set, struct buf *b, enum ima_surety *ret,
		     uint16_t *ret_alg, bool *ret_known)
{
	bool returns = false;

	*ret = IMA_NOT;
	for (size_t i = 0; s.n && i < LOOK_RECORDS; i++) {
		const uint8_t *newline = memchr(s.p, '\n', s.n);
		struct span line = span_of(s.p, newline ? (size_t)(newline - s.p) : s.n);
		size_t used = line.n + !!newline;
		uint8_t digest[TSMMR_HASH_SIZE_MAX];
		struct ima_record rec = { 0 };
		struct ima_template t;
		struct span fields;
		int r;

		returns = i ? returns : has_return(line);
		line.n -= returns && has_return(line);
		if (read_head(line, &rec, digest, &fields) ||
		    (i && rec.digest.n != hash_by_id(*ret_alg)->size))
			return 0;
		if (i == 0) {
			*ret = IMA_SHAPE;
			*ret_alg = ima_usual_alg(rec.digest.n);
			*ret_known = ima_template(rec.name, &t);
		}
		if (rebuild(b, &rec, fields))
			return 0;
		r = ima_prove_alg(set, rec.digest, span_of(b->p, b->n), ret_alg);
		if (r < 0 || b->failed)
			return TSMMR_E_NOMEM;
		if (r) {
			*ret = IMA_PROVEN;
			return 0;
		}
		s = span_of(s.p + used, s.n - used);
	}
	return 0;
}

static int settle(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct ima_text_state *st = s->state;
	struct source *src = &s->source;
	enum ima_surety surety;
	uint16_t alg = TSMMR_HASH_NONE;
	bool known = false;
	int r = ima_look(s, err, LOOK_BYTES);

	st->set.crypto = s->crypto;
	if (r < 0)
		return r;
	if (guess_alg(span_of(src->p, src->n < LOOK_BYTES ? src->n : LOOK_BYTES), &st->set,
		      &st->data, &surety, &alg, &known) < 0)
		return fail_nomem(err);
	return ima_settle_alg(s, err, surety, alg, &st->alg);
}

/* A line that lost blanks: 1 when it was read all the same, or 0. */
static int read_lost(struct tsmmr_stream *s, struct tsmmr_error *err, struct ima_record *rec,
		     struct span fields)
{
	struct ima_text_state *st = s->state;
	struct hasher *h;
	int r = hashers_get(&st->set, st->alg->id, &h), error = 0;
	bool read = r == 0 && rebuild_lost(&st->data, rec, fields, h, &error);

	if (r < 0 || error < 0)
		return fail_low(err, r < 0 ? r : error);
	if (st->data.failed)
		return fail_nomem(err);
	if (!read)
		return 0;
	rec->data = span_of(st->data.p, st->data.n);
	r = stream_finding(s, F_IMA_BLANK_LOST, rec->offset,
			   "a line that lost the blanks of its empty fields");
	return r < 0 ? r : 1;
}

/* The record of one line: its data is empty when what was hashed cannot be rebuilt. */
static int read_line(struct tsmmr_stream *s, struct tsmmr_error *err, struct span line,
		     bool complete, struct ima_record *rec)
{
	struct ima_text_state *st = s->state;
	struct ima_template t;
	struct span fields = { 0 };
	uint16_t alg = TSMMR_HASH_NONE;
	const char *why = read_head(line, rec, st->digest, &fields);
	int r;

	if (!why && rec->digest.n != st->alg->size)
		return stream_fail(s, err, TSMMR_E_MALFORMED, rec->offset,
				   "a digest of %zu bytes: %s has %u", rec->digest.n, st->alg->name,
				   st->alg->size);
	if (!why)
		why = rebuild(&st->data, rec, fields);
	if (why && fields.p) {
		r = read_lost(s, err, rec, fields);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (why)
		return stream_fail(s, err, complete ? TSMMR_E_MALFORMED : TSMMR_E_TRUNCATED,
				   rec->offset, "%s%s",
				   complete ? "" : "log ends inside a line: ", why);
	if (st->data.failed)
		return fail_nomem(err);
	rec->data = span_of(st->data.p, st->data.n);
	if (ima_template(rec->name, &t))
		return 0;
	r = ima_prove_alg(&st->set, rec->digest, rec->data, &alg);
	if (r < 0)
		return fail_nomem(err);
	if (alg != st->alg->id)
		rec->data.n = 0;
	return 0;
}

static int text_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct ima_text_state *st = s->state;
	struct source *src = &s->source;
	struct ima_record rec = { 0 };
	size_t len = 0, used = 0;
	struct span line;
	int r;

	if (!st->alg && (r = settle(s, err)) < 0)
		return r;
	r = text_find_line(s, err, &len, &used);
	if (r < 0)
		return r;
	if (!used)
		return 0;
	rec.offset = src->offset;
	line = span_of(src->p, len);
	if (!s->n_events)
		st->returns = has_return(line);
	line.n -= st->returns && has_return(line);
	r = read_line(s, err, line, used > len, &rec);
	if (r == 0)
		r = ima_event(s, err, &rec, st->alg, &st->said_unknown, e);
	if (r == 0 && st->returns && !s->n_events)
		r = stream_finding(s, F_IMA_CARRIAGE_RETURN, e->offset,
				   "lines end in a carriage return");
	if (r == 0 && used == len)
		r = stream_finding(s, F_IMA_NO_FINAL_NEWLINE, e->offset,
				   "the last line has no newline");
	source_skip(src, used);
	return r < 0 ? r : 1;
}

static void text_close(struct tsmmr_stream *s)
{
	struct ima_text_state *st = s->state;

	hashers_done(&st->set);
	buf_done(&st->data);
}

static int text_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	_cleanup_(hashers_done) struct hashers set = { .crypto = crypto };
	_cleanup_(buf_done) struct buf b = { 0 };
	enum ima_surety surety = IMA_NOT;
	bool known = false;
	uint16_t alg = TSMMR_HASH_NONE;

	if (guess_alg(span_of(p, n), &set, &b, &surety, &alg, &known) < 0 || surety == IMA_NOT)
		return 0;
	return surety == IMA_PROVEN ? 90 : known ? 70 : 40;
}

const struct format format_ima_ascii = {
	.id = TSMMR_FORMAT_IMA_ASCII,
	.name = "ima-ascii",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.may_reg = true,
	.asserts_nothing = true,
	.state_size = sizeof(struct ima_text_state),
	.probe = text_probe,
	.next = text_next,
	.close = text_close,
};
