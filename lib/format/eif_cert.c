/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificate in the signature section of an enclave image: CBOR, an array of maps
 * { "signing_certificate": PEM, "signature": COSE_Sign1 }, whose bytes are arrays of small
 * numbers, as serde writes a Vec<u8>.  (aws-nitro-enclaves-image-format, src/defs)
 */
#include "format/eif_cert.h"

#include <tsmmr/types.h>

#include "util/armour.h"
#include "util/buf.h"
#include "util/cbor_in.h"
#include "util/cleanup.h"

/* Bytes, as an array of numbers or as what they are. */
static int take_bytes(struct cbor_in *in, struct buf *ret)
{
	struct cbor_item item;
	uint64_t byte;
	int r = cbor_in_next(in, &item);

	if (r < 0)
		return r;
	if (item.kind == CBOR_BYTES) {
		buf_add(ret, item.bytes.p, item.bytes.n);
		return 0;
	}
	if (item.kind != CBOR_ARRAY)
		return TSMMR_E_MALFORMED;
	while ((r = cbor_in_more(in, &item.value)) > 0) {
		r = cbor_in_uint(in, &byte);
		if (r < 0 || byte > 0xff)
			return r < 0 ? r : TSMMR_E_MALFORMED;
		buf_char(ret, (char)byte);
	}
	return r;
}

/* The PEM of the first element's certificate. */
static int find_pem(struct span section, struct buf *ret)
{
	static const char key[] = "signing_certificate";
	struct cbor_in in = cbor_in_span(section);
	uint64_t n, pairs;
	struct span name;
	int r = cbor_in_array(&in, &n);

	if (r == 0)
		r = cbor_in_more(&in, &n) > 0 ? cbor_in_map(&in, &pairs) : TSMMR_E_MALFORMED;
	if (r < 0)
		return r;
	while ((r = cbor_in_more(&in, &pairs)) > 0) {
		r = cbor_in_text(&in, &name);
		if (r < 0)
			return r;
		if (!span_eq(name, key, sizeof(key) - 1))
			r = cbor_in_skip(&in, NULL);
		else if (ret->n)
			r = TSMMR_E_MALFORMED;
		else
			r = take_bytes(&in, ret);
		if (r < 0)
			return r;
	}
	while (r == 0 && (r = cbor_in_more(&in, &n)) > 0)
		r = cbor_in_skip(&in, NULL);
	if (r < 0)
		return r;
	return (ret->n || ret->failed) && cur_empty(&in.c) ? 0 : TSMMR_E_MALFORMED;
}

/* What is between the lines of a PEM certificate, the first one there is. */
static bool pem_body(struct span pem, struct span *ret)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const uint8_t *from = memmem(pem.p, pem.n, begin, sizeof(begin) - 1);
	const uint8_t *to;

	if (!from)
		return false;
	from += sizeof(begin) - 1;
	to = memmem(from, (size_t)(pem.p + pem.n - from), end, sizeof(end) - 1);
	if (!to)
		return false;
	*ret = span_of(from, (size_t)(to - from));
	return true;
}

/* One SEQUENCE and nothing after it: what is hashed is the certificate, and no more. */
static bool is_one_sequence(const uint8_t *p, size_t n)
{
	size_t len = 0, head = 2;

	if (n < 2 || p[0] != 0x30)
		return false;
	if (p[1] < 0x80)
		return n - 2 == p[1];
	if (p[1] == 0x80 || p[1] > 0x84 || n < 2u + (p[1] & 0x7f))
		return false;
	for (unsigned i = 0; i < (p[1] & 0x7fu); i++)
		len = len << 8 | p[head++];
	return n - head == len;
}

int eif_certificate(struct span section, uint8_t **ret, size_t *ret_n, const char **why)
{
	_cleanup_(buf_done) struct buf pem = { 0 };
	_cleanup_(free) uint8_t *der = NULL;
	struct span body;
	size_t n;
	int r = find_pem(section, &pem);

	*why = "the signature section has no certificate";
	if (r < 0)
		return r;
	if (pem.failed)
		return TSMMR_E_NOMEM;
	*why = "the signing certificate is not PEM";
	if (!pem_body(span_of(pem.p, pem.n), &body))
		return TSMMR_E_MALFORMED;
	r = armour_strip(body, &der, &n);
	if (r == 0)
		r = TSMMR_E_MALFORMED;
	if (r < 0)
		return r;
	*why = "the signing certificate is not one DER sequence";
	if (!is_one_sequence(der, n))
		return TSMMR_E_MALFORMED;

	*ret = take_ptr(der);
	*ret_n = n;
	return 0;
}
