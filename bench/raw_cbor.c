/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL-CBOR by libcbor alone. */
#include <cbor.h>
#include <string.h>

#include "sink.h"

/* Keys of CEL 1.1, section 5.2 */
enum key { RECNUM = 0, PCR = 1, DIGESTS = 3, CONTENT_TYPE = 9, CONTENT = 10 };

#define RECORD_MAX 256

static void put_uint(struct sink *out, uint64_t v)
{
	out->len += cbor_encode_uint(v, out->p + out->len, out->cap - out->len);
}

static void put_map(struct sink *out, size_t n)
{
	out->len += cbor_encode_map_start(n, out->p + out->len, out->cap - out->len);
}

static void put_array(struct sink *out, size_t n)
{
	out->len += cbor_encode_array_start(n, out->p + out->len, out->cap - out->len);
}

static void put_bytes(struct sink *out, const uint8_t *bytes, size_t n)
{
	out->len += cbor_encode_bytestring_start(n, out->p + out->len, out->cap - out->len);
	memcpy(out->p + out->len, bytes, n);
	out->len += n;
}

static void put_digest(struct sink *out, int alg, const uint8_t *p, size_t n)
{
	put_map(out, 2);
	put_uint(out, 0);
	put_uint(out, (uint64_t)alg);
	put_uint(out, 1);
	put_bytes(out, p, n);
}

static void put_record(struct sink *out, const struct piece *p)
{
	put_map(out, 5);
	put_uint(out, RECNUM);
	put_uint(out, p->recnum);
	put_uint(out, PCR);
	put_uint(out, p->reg);
	put_uint(out, DIGESTS);
	put_array(out, 2);
	put_digest(out, TSMMR_HASH_SHA256, p->sha256, 32);
	put_digest(out, TSMMR_HASH_SHA384, p->sha384, 48);
	put_uint(out, CONTENT_TYPE);
	put_uint(out, TSMMR_CONTENT_PCCLIENT_STD);
	put_uint(out, CONTENT);
	put_map(out, 2);
	put_uint(out, 0);
	put_uint(out, 0x80000007);
	put_uint(out, 1);
	put_bytes(out, p->data, p->len);
}

void cbor_heads(struct input *in, int arg, struct outcome *ret)
{
	struct sink out = sink_new(in->n, RECORD_MAX, ret);

	for (size_t i = 0; i < in->n; i++) {
		sink_need(&out, RECORD_MAX);
		put_record(&out, &in->pieces[i]);
	}
	sink_done(&out, TSMMR_FORMAT_CEL_CBOR_SEQ, ret);
}

static cbor_item_t *number(uint64_t v)
{
	return v <= 0xff   ? cbor_build_uint8((uint8_t)v) :
	       v <= 0xffff ? cbor_build_uint16((uint16_t)v) :
			     cbor_build_uint32((uint32_t)v);
}

static void add(cbor_item_t *map, uint64_t key, cbor_item_t *value)
{
	struct cbor_pair pair = { cbor_move(number(key)), cbor_move(value) };

	if (!cbor_map_add(map, pair))
		die(NULL, "libcbor: no map");
}

static void add_digest(cbor_item_t *digests, int alg, const uint8_t *p, size_t n)
{
	cbor_item_t *digest = must(cbor_new_definite_map(2));

	add(digest, 0, number((uint64_t)alg));
	add(digest, 1, cbor_build_bytestring(p, n));
	if (!cbor_array_push(digests, cbor_move(digest)))
		die(NULL, "libcbor: no array");
}

static cbor_item_t *item_of(const struct piece *p)
{
	cbor_item_t *record = must(cbor_new_definite_map(5));
	cbor_item_t *digests = must(cbor_new_definite_array(2));
	cbor_item_t *content = must(cbor_new_definite_map(2));

	add_digest(digests, TSMMR_HASH_SHA256, p->sha256, 32);
	add_digest(digests, TSMMR_HASH_SHA384, p->sha384, 48);
	add(content, 0, number(0x80000007));
	add(content, 1, cbor_build_bytestring(p->data, p->len));
	add(record, RECNUM, number(p->recnum));
	add(record, PCR, number(p->reg));
	add(record, DIGESTS, digests);
	add(record, CONTENT_TYPE, number(TSMMR_CONTENT_PCCLIENT_STD));
	add(record, CONTENT, content);
	return record;
}

void cbor_items(struct input *in, int arg, struct outcome *ret)
{
	struct sink out = sink_new(in->n, RECORD_MAX, ret);

	for (size_t i = 0; i < in->n; i++) {
		cbor_item_t *record = item_of(&in->pieces[i]);

		sink_need(&out, RECORD_MAX);
		out.len += cbor_serialize(record, out.p + out.len, out.cap - out.len);
		cbor_decref(&record);
	}
	sink_done(&out, TSMMR_FORMAT_CEL_CBOR_SEQ, ret);
}

void cbor_stream(struct input *in, int arg, struct outcome *ret)
{
	for (size_t at = 0; at < in->len;) {
		struct cbor_decoder_result r = cbor_stream_decode(in->bytes + at, in->len - at,
								  &cbor_empty_callbacks, NULL);

		if (r.status != CBOR_DECODER_FINISHED)
			die(NULL, "libcbor refuses byte %zu", at);
		at += r.read;
	}
}
