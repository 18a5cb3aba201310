/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events of dstack, in whatever log they are carried: data is what their digest covers.
 * That is type (32 bits, little-endian) ":" name ":" payload, or, of version 2, the object
 * {name, payload, type} as RFC 8785 writes it.  (Dstack-TEE/dstack, cc-eventlog)
 */
#include "format/describe.h"
#include "format/tcg2.h"
#include "util/cleanup.h"
#include "util/json_in.h"
#include "util/text.h"

#define V1_HEAD 5

static bool is_v1(const struct tsmmr_event *e)
{
	return e->data.n > V1_HEAD && get_le32(e->data.p) == e->type && e->data.p[4] == ':';
}

bool dstack_is_event(const struct tsmmr_event *e)
{
	return !event_type_is_named(e) && (e->type == DSTACK_EVENT || is_v1(e));
}

#define SHOWN_MAX 8192

static void say_text(struct describe *d, const char *key, struct span s)
{
	BUF_LOCAL(b, 512);

	text_utf8(&b, span_head(s, SHOWN_MAX));
	buf_add(d->text, b.p, b.n);
	if (s.n > SHOWN_MAX)
		describe_more(d);
	json_strn(d->details, key, b.p, b.n);
	d->text->failed |= b.failed;
}

static bool has_blank(struct span s)
{
	return s.n && memchr(s.p, ' ', s.n);
}

static bool is_hex(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && strchr("0123456789abcdef", s.p[n]))
		n++;
	return s.n && n == s.n;
}

/* A name that holds a colon ends at it: which of them was meant, the digest does not say. */
static void say_v1(struct span s, struct describe *d)
{
	const uint8_t *colon = memchr(s.p, ':', s.n);
	struct span name = span_of(s.p, colon ? (size_t)(colon - s.p) : s.n);
	struct span payload = span_of(name.p + name.n, s.n - name.n);

	if (payload.n) {
		payload.p++;
		payload.n--;
	}
	say_text(d, "event", name);
	if (payload.n)
		buf_char(d->text, ' ');
	/* Another name and payload, or bytes, would read as these do. */
	d->cut |= has_blank(name) || is_hex(payload);
	if (text_is_ascii(payload))
		text_utf8(d->text, span_head(payload, SHOWN_MAX));
	else
		buf_hex(d->text, payload.p, payload.n < SHOWN_MAX ? payload.n : SHOWN_MAX);
	if (payload.n > SHOWN_MAX)
		describe_more(d);
	json_hex(d->details, "payload", payload.p, payload.n);
}

static int is_other(void *user, const char *key)
{
	return strcmp(key, "name") != 0 && strcmp(key, "payload") != 0;
}

static bool say_v2(struct span s, struct describe *d)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	struct span name = { 0 }, payload = { 0 };

	if (json_in_object(s, s.n, &o, NULL) < 0 || json_in_str(o, "name", &name, NULL) <= 0 ||
	    json_in_str(o, "payload", &payload, NULL) <= 0)
		return false;
	say_text(d, "event", name);
	if (payload.n)
		buf_char(d->text, ' ');
	say_text(d, "payload", payload);
	/* What is not said is measured too. */
	d->cut |= has_blank(name) || json_in_each(o, is_other, NULL) != 0;
	return true;
}

int dstack_describe(const struct tsmmr_event *e, struct describe *d)
{
	if (is_v1(e))
		say_v1(span_of(e->data.p + V1_HEAD, e->data.n - V1_HEAD), d);
	else if (!say_v2(e->data, d))
		say_text(d, "string", e->data);
	return d->text->failed || d->details->b->failed ? TSMMR_E_NOMEM : 0;
}
