/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a record of JSON begins and ends: in an array, on a line, or after a separator. */
#include "format/json_frame.h"

#include <assert.h>

#include "util/armour.h"
#include "util/json_in.h"

#define RECORD_FIRST 4096
#define RECORD_SEPARATOR 0x1e /* RFC 7464 */

static bool is_between(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == RECORD_SEPARATOR;
}

int json_frame_skip_mark(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct source *src = &s->source;
	int r = stream_more(s, err, 3);

	if (r < 0)
		return r;
	source_skip(src, src->n - span_unmarked(span_of(src->p, src->n)).n);
	return 0;
}

/* Blanks, and RFC 7464's record separators. */
static int skip_blanks(struct tsmmr_stream *s, struct json_frame *f, struct tsmmr_error *err)
{
	struct source *src = &s->source;

	f->separated = false;
	for (;;) {
		size_t n = 0;
		int r;

		while (n < src->n && is_between(src->p[n]))
			f->separated |= src->p[n++] == RECORD_SEPARATOR;
		source_skip(src, n);
		if (src->n)
			return 0;
		r = stream_more(s, err, 1);
		if (r <= 0)
			return r;
	}
}

/*
 * No text of JSON has the separator in it, so what reaches up to one was torn; a reader goes on
 * there.  (RFC 7464 §2.3)
 */
static bool is_torn(const struct source *src, const struct json_frame *f, size_t extent,
		    size_t *ret)
{
	const uint8_t *next =
		f->separated && !f->array ? memchr(src->p, RECORD_SEPARATOR, src->n) : NULL;

	if (!next || (extent && extent <= (size_t)(next - src->p)))
		return false;
	*ret = (size_t)(next - src->p);
	return true;
}

int json_frame_object(struct tsmmr_stream *s, struct json_frame *f, struct tsmmr_error *err,
		      uint64_t most, size_t *ret)
{
	struct source *src = &s->source;
	size_t want = RECORD_FIRST;

	assert(src->n);
	for (;;) {
		bool object = src->p[0] == '{';
		int r, more;

		more = src->n < want || src->max_bytes ? stream_more(s, err, want) : 0;
		if (more < 0)
			return more;
		f->scan.n = 0;
		r = object ? json_scan(span_of(src->p, src->n), JSON_IN_VALUES, &f->scan) : 0;
		*ret = f->scan.n;
		if (r < 0)
			return stream_fail(s, err, r, src->offset, "JSON: nested too deeply");
		if (is_torn(src, f, *ret, ret))
			return 0;
		if (*ret)
			return 1;
		if (!object && (src->eof || !f->separated || f->array || src->n > most))
			return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
					   "JSON: no record here");
		if (src->eof)
			return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
					   "the log ends inside a record");
		if (src->n > most)
			return stream_fail(s, err, TSMMR_E_LIMIT, src->offset,
					   "a record of more than %llu bytes",
					   (unsigned long long)most);
		want = 2 * src->n;
	}
}

int json_frame_end(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct json_frame f = { 0 };
	int r = skip_blanks(s, &f, err);

	if (r < 0 || !s->source.n)
		return r;
	return stream_fail(s, err, TSMMR_E_MALFORMED, s->source.offset,
			   "bytes after the end of the log");
}

int json_frame_seek(struct tsmmr_stream *s, struct json_frame *f, struct tsmmr_error *err)
{
	struct source *src = &s->source;
	int r = f->started ? 0 : json_frame_skip_mark(s, err);

	if (r == 0)
		r = skip_blanks(s, f, err);
	if (r < 0)
		return r;
	if (!f->started) {
		f->started = f->first = true;
		f->array = src->n && src->p[0] == '[';
		if (f->array) {
			source_skip(src, 1);
			r = skip_blanks(s, f, err);
		}
		if (r < 0)
			return r;
	}
	if (!f->array)
		return src->n > 0;
	if (!src->n)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
				   "the log ends inside its array");
	if (src->p[0] == ']') {
		source_skip(src, 1);
		return json_frame_end(s, err);
	}
	if (!f->first) {
		if (src->p[0] != ',')
			return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
					   "JSON: no comma between two records");
		source_skip(src, 1);
		r = skip_blanks(s, f, err);
		if (r == 0 && !src->n)
			return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
					   "the log ends inside its array");
	}
	f->first = false;
	return r < 0 ? r : 1;
}

bool json_frame_first(struct span log, struct span *ret)
{
	struct cursor c = cur_span(span_unmarked(log));
	size_t n;

	while (!cur_empty(&c) && (is_between(*c.p) || *c.p == '['))
		c.p++;
	if (json_in_extent(cur_rest(&c), &n) < 0 || !n)
		return false;
	*ret = span_of(c.p, n);
	return true;
}

bool json_frame_is_empty(struct span log)
{
	size_t brackets = 0;

	log = span_unmarked(log);
	for (size_t i = 0; i < log.n; i++) {
		if (memchr(" \t\r\n", log.p[i], 4))
			continue;
		if (brackets == 2 || log.p[i] != "[]"[brackets])
			return false;
		brackets++;
	}
	return brackets == 2;
}

bool json_frame_mentions(struct span s, const char *word)
{
	return s.n && memmem(s.p, s.n, word, strlen(word));
}

bool json_frame_begins(struct span log)
{
	log = span_unmarked(log);
	return log.n && (log.p[0] == '[' || log.p[0] == '{' || log.p[0] == RECORD_SEPARATOR);
}
