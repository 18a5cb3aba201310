/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runtime logs that are lines of text.
 *
 * The kernel's: "tsm: Add RTMR event logging" (RFC, 7 September 2024, patch 2/3).  A
 * record is a line, hashed without its newline; empty lines and lines that begin with
 * '#' are not measured; "SYNC alg/hex" asserts the value before it and is measured too;
 * "# .EXTEND hex" reports an extension that has no record.
 *
 * The attestation agent's (CoCo guest-components #495) is the same but for its first
 * line, "INIT alg/hex", and for blanks, which it keeps.
 */
#include "crypto/hash.h"
#include "format/format.h"
#include "format/text.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/text.h"

/* The banks that a register of the kernel's may have.  (tsm RFC v3, TMR_DIR__ALGO_MAX) */
#define BANKS_MAX 4
/* What is looked at for the SYNC lines that a log begins with. */
#define HEAD_MAX ((size_t)4096)
/* Records that are hashed at once. */
#define AHEAD_MAX 32

/* The records that begin at these offsets, and the digests of each bank, one after the other. */
struct ahead {
	size_t n, next;
	uint64_t offsets[AHEAD_MAX];
	uint8_t digests[BANKS_MAX][AHEAD_MAX * TSMMR_HASH_SIZE_MAX];
};

struct text_state {
	struct hasher hashers[BANKS_MAX]; /* the register's own is the first */
	size_t n_banks;
	struct ahead ahead;
	uint8_t asserted[TSMMR_HASH_SIZE_MAX];
};

static const char *text_type_name(uint32_t type)
{
	static const char *const names[] = {
		[LINE_RECORD] = "record",   [LINE_SYNC] = "SYNC",    [LINE_INIT] = "INIT",
		[LINE_COMMENT] = "comment", [LINE_HINT] = ".EXTEND", [LINE_BLANK] = "blank",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

/* The digest is of the line itself, so the text is always bound. */
static int feed_line(const struct tsmmr_event *e, struct hasher *h)
{
	return hasher_update(h, e->data.p, e->data.n);
}

static const struct bind_rule text_rules[] = {
	{ LINE_RECORD, BIND_STRICT, "LINE", NULL, NULL, feed_line, NULL },
	{ LINE_SYNC, BIND_STRICT, "LINE", NULL, NULL, feed_line, NULL },
	{ LINE_INIT, BIND_STRICT, "LINE", NULL, NULL, feed_line, NULL },
};
static const size_t text_n_rules = ARRAY_SIZE(text_rules);

/* What people are shown of a line; its bytes are always there as well. */
#define SHOWN_MAX 8192

/* "domain operation content", split at the first two blanks. */
static void describe_words(struct span line, struct describe *d)
{
	static const char *const keys[] = { "domain", "operation", "content" };

	for (size_t i = 0; i < ARRAY_SIZE(keys) && line.n; i++) {
		const uint8_t *blank = i < 2 ? memchr(line.p, ' ', line.n) : NULL;
		struct span word = span_of(line.p, blank ? (size_t)(blank - line.p) : line.n);
		BUF_LOCAL(b, 512);

		text_utf8(&b, span_head(word, SHOWN_MAX));
		json_strn(d->details, keys[i], b.p, b.n);
		d->details->b->failed |= b.failed;
		line.p += word.n + (blank ? 1 : 0);
		line.n -= word.n + (blank ? 1 : 0);
	}
}

static int text_describe(const struct tsmmr_event *e, struct describe *d)
{
	text_utf8(d->text, span_head(e->data, SHOWN_MAX));
	if (e->data.n > SHOWN_MAX)
		describe_more(d);
	if (e->type == LINE_RECORD)
		describe_words(e->data, d);
	else if (e->asserted.value.n)
		json_hex(d->details, e->type == LINE_HINT ? "digest" : "value", e->asserted.value.p,
			 e->asserted.value.n);
	return 0;
}

const struct event_class text_class = {
	.type_name = text_type_name,
	.rules = text_rules,
	.n_rules = &text_n_rules,
	.describe = text_describe,
	.n_variants = TEXT_N_VARIANTS,
	.n_whole = TEXT_N_WHOLE,
	.variant = text_variant,
	.n_lost = TEXT_N_LOST,
	.lost = text_lost,
};

/*
 * Hex of exactly size bytes, and nothing else.  The kernel writes lower case; the grammar
 * (HEXDIG, RFC 5234) has both.
 */
static bool read_hex(struct span s, uint8_t *ret, size_t size)
{
	return s.n == 2 * size && hex_decode(ret, size, (const char *)s.p, s.n) == (ssize_t)size;
}

const struct hash_alg *text_assertion(struct span s, uint8_t *ret)
{
	const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	size_t n = slash ? (size_t)(slash - s.p) : 0;
	const struct hash_alg *alg = slash ? hash_by_name(span_of(s.p, n)) : NULL;

	return alg && read_hex(span_of(slash + 1, s.n - n - 1), ret, alg->size) ? alg : NULL;
}

static size_t name_length(struct span line)
{
	static const bool allowed[256] = {
		['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
		['.'] = true,         ['_'] = true,         ['-'] = true,
	};
	size_t n = 0;

	while (n < line.n && n < 64 && allowed[line.p[n]])
		n++;
	return n;
}

/*
 * "NAME extend alg/hex" extends a register that only this log carries.  (The thread of the
 * RFC: "mr_ima extend sha256/…".)  Anything else is a record like any other.
 */
static void find_virtual(struct tsmmr_event *e, uint8_t *digest)
{
	static const char word[] = " extend ";
	const struct hash_alg *alg;
	size_t name = name_length(e->data);
	struct span rest = span_tail(e->data, name);

	if (!name || !span_starts(rest, word, sizeof(word) - 1))
		return;
	alg = text_assertion(span_tail(rest, sizeof(word) - 1), digest);
	if (!alg)
		return;
	e->mark = MARK_VIRTUAL;
	e->name_n = (uint8_t)name;
	e->asserted = (struct digest){ alg->id, span_of(digest, alg->size) };
}

int text_mark_aside(struct tsmmr_event *e, struct span line, const struct hash_alg *alg, bool hints,
		    uint8_t *asserted, enum text_line *ret_kind)
{
	static const char hint[] = "# .EXTEND ";

	*ret_kind = line.n ? LINE_COMMENT : LINE_BLANK;
	if (!hints || !span_starts(line, hint, sizeof(hint) - 1))
		return 0;
	*ret_kind = LINE_HINT;
	if (!read_hex(span_tail(line, sizeof(hint) - 1), asserted, alg->size))
		return TSMMR_E_MALFORMED;
	e->mark = MARK_HINT;
	e->asserted = (struct digest){ alg->id, span_of(asserted, alg->size) };
	return 0;
}

int text_mark(struct tsmmr_event *e, bool sync, bool init, uint8_t *asserted,
	      enum text_line *ret_kind)
{
	const struct hash_alg *alg;

	*ret_kind = sync && span_starts(e->data, "SYNC ", 5) ? LINE_SYNC :
		    init && span_starts(e->data, "INIT ", 5) ? LINE_INIT :
							       LINE_RECORD;
	if (*ret_kind == LINE_RECORD) {
		find_virtual(e, asserted);
		return 0;
	}
	alg = text_assertion(span_tail(e->data, 5), asserted);
	if (!alg || !event_digest(e, alg->id))
		return TSMMR_E_MALFORMED;
	e->mark = MARK_SYNC;
	e->asserted = (struct digest){ alg->id, span_of(asserted, alg->size) };
	return 0;
}

/* A bank that is not known yet.  Of one that cannot be computed nothing can be said. */
static int add_bank(struct tsmmr_stream *s, struct span line)
{
	struct text_state *st = s->state;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	const struct hash_alg *alg = text_assertion(span_tail(line, 5), value);
	int r;

	if (!alg || st->n_banks == BANKS_MAX)
		return 0;
	for (size_t i = 0; i < st->n_banks; i++)
		if (st->hashers[i].alg == alg)
			return 0;
	r = hasher_init(&st->hashers[st->n_banks], s->crypto, alg);
	st->n_banks += r == 0;
	return r;
}

/* The line at at, and where the next one begins; false where it does not end within the head. */
static bool peek_line(struct tsmmr_stream *s, size_t at, struct span *ret, size_t *ret_next)
{
	struct source *src = &s->source;
	const uint8_t *newline;
	struct span head;

	for (;;) {
		head = span_head(span_of(src->p, src->n), HEAD_MAX);
		newline = head.n > at ? memchr(head.p + at, '\n', head.n - at) : NULL;
		if (newline)
			break;
		/* What cannot be read fails where it is read. */
		if (head.n == HEAD_MAX || source_need(src, src->n + 1) <= 0)
			return false;
	}
	*ret = span_of(head.p + at, (size_t)(newline - head.p) - at);
	*ret_next = at + ret->n + 1;
	return true;
}

/*
 * A register with several banks has a SYNC of each before its first record, and every line
 * extends them all: also the first, whose own bank is only one of them.
 */
static int find_banks(struct tsmmr_stream *s)
{
	struct span line;
	int r = 0;

	for (size_t at = 0; r == 0 && peek_line(s, at, &line, &at);) {
		if (span_starts(line, "SYNC ", 5))
			r = add_bank(s, line);
		else if (text_is_record(line))
			break;
	}
	return r;
}

/*
 * The digests of the records that the window shows, from this one on: of several at once each
 * costs less.  What does not end in the window waits until it does.
 */
static int look_ahead(struct text_state *st, const struct source *src, struct span line)
{
	struct span lines[AHEAD_MAX] = { line }, rest = span_of(src->p + line.n, src->n - line.n);
	struct ahead *ahead = &st->ahead;
	const uint8_t *newline;
	int r = 0;

	ahead->offsets[0] = src->offset;
	ahead->next = 0;
	ahead->n = 1;
	/* It begins with the newline of the line before. */
	while (rest.n > 1 && ahead->n < AHEAD_MAX) {
		rest = span_tail(rest, 1);
		newline = memchr(rest.p, '\n', rest.n);
		if (!newline)
			break;
		line = span_of(rest.p, (size_t)(newline - rest.p));
		rest = span_tail(rest, line.n);
		if (!text_is_record(line))
			continue;
		ahead->offsets[ahead->n] = src->offset + (uint64_t)(line.p - src->p);
		lines[ahead->n++] = line;
	}
	for (size_t i = 0; r == 0 && i < st->n_banks; i++)
		r = hash_many(&st->hashers[i], lines, ahead->n, ahead->digests[i]);
	return r;
}

static int measure(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct text_state *st = s->state;
	struct ahead *ahead = &st->ahead;
	int r = 0;

	if (ahead->next == ahead->n || ahead->offsets[ahead->next] != e->offset)
		r = look_ahead(st, &s->source, e->data);
	for (size_t i = 0; r == 0 && i < st->n_banks; i++) {
		const struct hash_alg *alg = st->hashers[i].alg;
		const uint8_t *digest = ahead->digests[i] + ahead->next * alg->size;

		s->digests[e->n_digests++] = (struct digest){ alg->id, span_of(digest, alg->size) };
	}
	ahead->next++;
	return r;
}

/* What kind of line it is, and what it asserts. */
static int classify(struct tsmmr_stream *s, struct tsmmr_event *e, bool agent)
{
	struct text_state *st = s->state;
	const struct hash_alg *alg = st->hashers[0].alg;
	enum text_line kind;
	int r;

	/* The agent writes INIT once, first; anyone can write one later. */
	r = e->measured ? text_mark(e, !agent, agent && !s->n_events, st->asserted, &kind) :
			  text_mark_aside(e, e->data, alg, !agent, st->asserted, &kind);
	e->type = kind;
	if (r == 0)
		return 0;
	if (kind == LINE_HINT)
		return stream_finding(s, F_TEXT_HINT_MALFORMED, e->offset,
				      "no %s digest in a .EXTEND comment", alg->name);
	return stream_finding(s, F_TEXT_SYNC_MALFORMED, e->offset,
			      "a %.4s line that asserts no %s value", e->data.p, alg->name);
}

/* What the kernel would not have stored: the file is not what it wrote. */
static int look_closer(struct tsmmr_stream *s, const struct tsmmr_event *e)
{
	struct span line = e->data;
	int r = 0;

	if (memchr(line.p, '\r', line.n))
		r = stream_finding(s, F_TEXT_CARRIAGE_RETURN, e->offset,
				   "a carriage return in a line");
	else if (line.n && (text_is_blank(line.p[0]) || text_is_blank(line.p[line.n - 1])))
		r = stream_finding(s, F_TEXT_BLANKS, e->offset, "blanks around a line");
	return r;
}

int text_find_line(struct tsmmr_stream *s, struct tsmmr_error *err, size_t *ret_len,
		   size_t *ret_used)
{
	struct source *src = &s->source;
	size_t seen = 0; /* every byte is looked at once, however the window grows */

	for (;;) {
		const uint8_t *newline =
			src->n > seen ? memchr(src->p + seen, '\n', src->n - seen) : NULL;
		size_t line = newline ? (size_t)(newline - src->p) : src->n;
		int r;

		if (line > s->limits.event_bytes)
			return stream_fail(s, err, TSMMR_E_LIMIT, src->offset,
					   "a line is over the limit of %llu bytes",
					   (unsigned long long)s->limits.event_bytes);
		if (newline || src->eof) {
			*ret_len = line;
			*ret_used = line + (newline ? 1 : 0);
			/* It may be visible and over the limit. */
			r = src->max_bytes ? stream_more(s, err, *ret_used) : 0;
			return r < 0 ? r : 0;
		}
		seen = src->n;
		r = stream_more(s, err, seen + 1);
		if (r < 0)
			return r;
	}
}

static int next_line(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err,
		     bool agent)
{
	struct source *src = &s->source;
	size_t len = 0, used = 0;
	int r;

	r = agent || s->n_events ? 0 : find_banks(s);
	if (r < 0)
		return fail_low(err, r);
	r = text_find_line(s, err, &len, &used);
	if (r < 0)
		return r;
	if (!used)
		return 0;

	event_clear(e);
	e->offset = src->offset;
	e->class = &text_class;
	e->content = TSMMR_CONTENT_TEXT;
	e->index = s->reg->index;
	e->space = (uint8_t)s->platform->space;
	e->data = span_of(src->p, len);
	e->digests = s->digests;
	e->measured = text_is_record(e->data);
	if (e->measured)
		r = measure(s, e);
	if (r == 0)
		r = classify(s, e, agent);
	if (r == 0 && !agent)
		r = look_closer(s, e);
	if (r == 0 && used == len)
		r = stream_finding(s, F_TEXT_NO_FINAL_NEWLINE, e->offset,
				   "the last line has no newline");
	source_skip(src, used);
	return r < 0 ? r : 1;
}

static int text_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct text_state *st = s->state;
	const struct hash_alg *alg;
	int r;

	if (!s->reg)
		return fail(err, TSMMR_E_ARG, "a %s log does not say which register it is about",
			    s->format->name);
	alg = hash_by_id(s->reg_alg);
	if (!alg)
		return fail(err, TSMMR_E_ARG, "%s needs a hash algorithm, as in %s:sha256",
			    s->reg->name, s->reg->name);
	r = hasher_init(&st->hashers[0], s->crypto, alg);
	st->n_banks = r == 0;
	return r < 0 ? fail_low(err, r) : 0;
}

static void text_close(struct tsmmr_stream *s)
{
	struct text_state *st = s->state;

	for (size_t i = 0; i < st->n_banks; i++)
		hasher_done(&st->hashers[i]);
}

static int text_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	return next_line(s, e, err, false);
}

static int agent_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	return next_line(s, e, err, true);
}

/* Any file could be text: we take only what begins as these logs do. */
static bool begins(const uint8_t *p, size_t n, const char *word)
{
	struct span s = span_of(p, n);
	const uint8_t *slash;

	/* Blank lines and comments may come first in the kernel's. */
	while (s.n && (s.p[0] == '\n' || s.p[0] == '#')) {
		const uint8_t *newline = memchr(s.p, '\n', s.n);

		if (!newline)
			return false;
		s = span_of(newline + 1, s.n - (size_t)(newline + 1 - s.p));
	}
	if (!span_starts(s, word, 5))
		return false;
	slash = memchr(s.p, '/', s.n < 32 ? s.n : 32);
	return slash && hash_by_name(span_of(s.p + 5, (size_t)(slash - s.p) - 5));
}

static int text_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	return begins(p, n, "SYNC ") ? 80 : 0;
}

static int agent_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	return begins(p, n, "INIT ") ? 80 : 0;
}

const struct format format_text = {
	.id = TSMMR_FORMAT_TEXT,
	.name = "text",
	.needs_reg = true,
	.state_size = sizeof(struct text_state),
	.probe = text_probe,
	.open = text_open,
	.next = text_next,
	.close = text_close,
};

const struct format format_aael = {
	.id = TSMMR_FORMAT_AAEL,
	.name = "aael",
	.needs_reg = true,
	.state_size = sizeof(struct text_state),
	.probe = agent_probe,
	.open = text_open,
	.next = agent_next,
	.close = text_close,
};
