/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCR values as an array, each as hex or as numbers.  Of all 24, each has its number; fewer are
 * in the order of the quote's selection, and one after the other what its digest is of.
 * (azure-cvm-tooling, az-cvm-vtpm, struct Quote; trustee, verifier/src/az_snp_vtpm)
 */
#include "envelope/envelope.h"

#include "util/buf.h"
#include "util/error.h"
#include "util/json_in.h"

#define PCRS 24
#define OBJECT_BYTES (1u << 16)

/* As lines "pcr0:sha256=HEX"; of a length that several banks have, it is the usual one. */
static int name_value(size_t pcr, struct span value, struct buf *b, struct tsmmr_error *err)
{
	const char *bank = value.n == 20 ? "sha1" :
			   value.n == 32 ? "sha256" :
			   value.n == 48 ? "sha384" :
			   value.n == 64 ? "sha512" :
					   NULL;

	if (!bank)
		return fail(err, TSMMR_E_MALFORMED, "PCR values: PCR %zu has %zu bytes", pcr,
			    value.n);
	buf_printf(b, "pcr%zu:%s=", pcr, bank);
	buf_hex(b, value.p, value.n);
	buf_char(b, '\n');
	return 0;
}

int envelope_pcr_array(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		       struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct json_object *pcrs;
	int r = json_in_array(o, key, &pcrs, err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < json_in_length(pcrs); i++) {
		_cleanup_(free) uint8_t *p = NULL;
		size_t n;

		r = envelope_item_bytes(pcrs, i, &p, &n, err);
		if (r > 0 && json_in_length(pcrs) == PCRS)
			r = name_value(i, span_of(p, n), &b, err);
		else if (r > 0)
			buf_add(&b, p, n);
		if (r < 0)
			return r;
	}
	if (b.failed)
		return fail_nomem(err);
	if (!b.n)
		return 0;
	*ret = buf_take(&b, ret_n);
	return 1;
}

/* {"pcrs": […]}, which says no more than the array does. */
static int object_file(struct span s, uint8_t **ret, size_t *ret_n, struct tsmmr_error *err)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;

	int r = s.n > OBJECT_BYTES ? TSMMR_E_FORMAT : json_in_object(s, OBJECT_BYTES, &o, NULL);

	if (r < 0 || json_in_kind(o, "pcrs") != JSON_IN_ARRAY)
		return r == TSMMR_E_NOMEM ? fail_nomem(err) : 0;
	return envelope_pcr_array(o, "pcrs", ret, ret_n, err);
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] > '~' || (s.p[i] < ' ' && !memchr("\t\r\n", s.p[i], 3)))
			return false;
	return true;
}

int envelope_pcr_file(struct span s, uint8_t **ret, size_t *ret_n, struct tsmmr_error *err)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	_cleanup_(buf_done) struct buf b = { 0 };
	int r;

	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_of(s.p + 1, s.n - 1);
	if (s.n && s.p[0] == '{')
		return object_file(s, ret, ret_n, err);
	/* Raw values may begin like this too. */
	if (!s.n || s.p[0] != '[' || s.n > JSON_IN_BYTES / 2 || !is_text(s))
		return 0;
	/* What is parsed is an object. */
	buf_str(&b, "{\"pcrs\":");
	buf_add(&b, s.p, s.n);
	buf_char(&b, '}');
	if (b.failed)
		return fail_nomem(err);
	r = json_in_object(span_of(b.p, b.n), JSON_IN_BYTES, &o, err);
	if (r < 0)
		return r;
	return envelope_pcr_array(o, "pcrs", ret, ret_n, err);
}
