/* SPDX-License-Identifier: BSD-2-Clause */
/* Envelopes that are named and not opened. */
#include "envelope/envelope.h"

#include "util/armour.h"
#include "util/error.h"
#include "util/json_in.h"

static int not_read(const char *what, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_UNSUPPORTED, "%s is not supported", what);
}

/* A record in JSON: ["media type", "base64url", 1].  (draft-ietf-rats-msg-wrap) */
static bool is_cmw_json(struct span s)
{
	static const char type[] = "\"application/";

	bool array = false;

	for (; s.n && memchr(" \t\r\n[", s.p[0], 5); s = span_of(s.p + 1, s.n - 1))
		array |= s.p[0] == '[';
	return array && span_starts(s, type, sizeof(type) - 1);
}

/*
 * A record in CBOR: two or three items, of which the first is a media type or a content
 * format and the second bytes; or bytes in a tag that was made of a content format
 * (0x63740101 and on).
 */
static bool is_cmw_cbor(struct span s)
{
	static const uint8_t tag[] = { 0xda, 0x63, 0x74 };
	size_t at;

	if (span_starts(s, tag, sizeof(tag)))
		return true;
	if (s.n < 4 || (s.p[0] != 0x82 && s.p[0] != 0x83))
		return false;
	if (s.p[1] >> 5 == 0)
		at = s.p[1] < 24 ? 2 : s.p[1] == 24 ? 3 : s.p[1] == 25 ? 4 : s.n;
	else if (s.p[1] >> 5 == 3 && (s.p[1] & 31) <= 24)
		at = s.p[1] == 0x78 ? 3u + s.p[2] : 2u + (s.p[1] & 31);
	else
		return false;
	return at < s.n && s.p[at] >> 5 == 2;
}

static int refuse_cmw(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	if (is_cmw_json(s) || is_cmw_cbor(s))
		return not_read("a conceptual message wrapper (CMW)", err);
	return TSMMR_E_FORMAT;
}

/* A collection, whose type has a name of its own; or the wrapper in its predecessor. */
static int refuse_cmw_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	if (json_in_kind(o, "__cmwc_t") != JSON_IN_NONE)
		return not_read("a collection of conceptual message wrappers (CMW)", err);
	return TSMMR_E_FORMAT;
}

const struct envelope_kind cmw_kind = {
	.name = "cmw",
	.open = refuse_cmw,
	.open_json = refuse_cmw_json,
};

/*
 * Extensions of certificates with evidence in them: TCG's conceptual message wrapper
 * (2.23.133.5.4.9), and Intel's quote, as Gramine writes it (1.2.840.113741.1337.6).
 */
static bool has_evidence(struct span der)
{
	static const struct {
		uint8_t n, bytes[11];
	} oids[] = {
		{ 8, { 6, 6, 0x67, 0x81, 5, 5, 4, 9 } },
		{ 11, { 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x8a, 0x39, 6 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(oids); i++)
		if (memmem(der.p, der.n, oids[i].bytes, oids[i].n))
			return true;
	return false;
}

static int refuse_ra_tls(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
	_cleanup_(free) uint8_t *der = NULL;
	const uint8_t *stop;
	size_t n = 0;

	if (span_starts(s, begin, sizeof(begin) - 1)) {
		s = span_of(s.p + sizeof(begin) - 1, s.n - (sizeof(begin) - 1));
		stop = memmem(s.p, s.n, end, sizeof(end) - 1);
		der = stop ? malloc(s.n) : NULL;
		if (stop && !der)
			return fail_nomem(err);
		if (!stop || !base64_decode(span_of(s.p, (size_t)(stop - s.p)), der, &n))
			return TSMMR_E_FORMAT;
		s = span_of(der, n);
	} else if (!span_starts(s, "\x30\x82", 2)) {
		return TSMMR_E_FORMAT;
	}
	return has_evidence(s) ? not_read("a certificate with evidence in it (RA-TLS)", err) :
				 TSMMR_E_FORMAT;
}

const struct envelope_kind ra_tls_kind = {
	.name = "ra-tls",
	.open = refuse_ra_tls,
};
