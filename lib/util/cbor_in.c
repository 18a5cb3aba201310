/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR from an attacker, by libcbor's stream decoder: heads only, nothing allocated. */
#include "util/cbor_in.h"

#include <cbor.h>

#include "util/text.h"

/* libcbor before 0.9 counts in size_t. */
#if CBOR_MAJOR_VERSION == 0 && CBOR_MINOR_VERSION < 9
typedef size_t cbor_count;
#else
typedef uint64_t cbor_count;
#endif

struct met {
	struct cbor_item item;
	const char *refused;
};

static void number(void *user, enum cbor_kind kind, uint64_t value)
{
	struct met *met = user;

	met->item.kind = kind;
	met->item.value = value;
}

static void string(void *user, enum cbor_kind kind, cbor_data p, uint64_t n)
{
	struct met *met = user;

	number(user, kind, n);
	met->item.bytes = span_of(p, (size_t)n);
}

static void refused(void *user, const char *why)
{
	struct met *met = user;

	met->refused = why;
}

/* clang-format off */
static void on_uint8(void *user, uint8_t v) { number(user, CBOR_UINT, v); }
static void on_uint16(void *user, uint16_t v) { number(user, CBOR_UINT, v); }
static void on_uint32(void *user, uint32_t v) { number(user, CBOR_UINT, v); }
static void on_uint64(void *user, uint64_t v) { number(user, CBOR_UINT, v); }
static void on_nint8(void *user, uint8_t v) { number(user, CBOR_NINT, v); }
static void on_nint16(void *user, uint16_t v) { number(user, CBOR_NINT, v); }
static void on_nint32(void *user, uint32_t v) { number(user, CBOR_NINT, v); }
static void on_nint64(void *user, uint64_t v) { number(user, CBOR_NINT, v); }
static void on_bytes(void *user, cbor_data p, cbor_count n) { string(user, CBOR_BYTES, p, n); }
static void on_text(void *user, cbor_data p, cbor_count n) { string(user, CBOR_TEXT, p, n); }
static void on_array(void *user, cbor_count n) { number(user, CBOR_ARRAY, n); }
static void on_map(void *user, cbor_count n) { number(user, CBOR_MAP, n); }
static void on_tag(void *user, uint64_t v) { number(user, CBOR_TAG, v); }
static void on_bool(void *user, bool v) { number(user, v ? CBOR_TRUE : CBOR_FALSE, 0); }
static void on_null(void *user) { number(user, CBOR_NULL, 0); }
static void on_undefined(void *user) { refused(user, "CBOR: undefined"); }
static void on_float(void *user, float v) { refused(user, "CBOR: a floating-point number"); }
static void on_double(void *user, double v) { refused(user, "CBOR: a floating-point number"); }
static void on_indefinite(void *user) { refused(user, "CBOR: indefinite length"); }
static void on_break(void *user) { refused(user, "CBOR: a break with nothing to end"); }
/* clang-format on */

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_nint8,
	.negint16 = on_nint16,
	.negint32 = on_nint32,
	.negint64 = on_nint64,
	.byte_string = on_bytes,
	.byte_string_start = on_indefinite,
	.string = on_text,
	.string_start = on_indefinite,
	.array_start = on_array,
	.indef_array_start = on_indefinite,
	.map_start = on_map,
	.indef_map_start = on_indefinite,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_undefined,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = on_break,
};

static int bad(struct cbor_in *in, int code, const char *why)
{
	in->why = why;
	return code;
}

static size_t shortest_head(uint64_t value)
{
	return value < 24          ? 1 :
	       value <= UINT8_MAX  ? 2 :
	       value <= UINT16_MAX ? 3 :
	       value <= UINT32_MAX ? 5 :
				     9;
}

static int decode(struct cbor_in *in, struct met *ret, size_t *ret_read)
{
	struct met met = { .item.kind = CBOR_NULL };
	size_t left = cur_left(&in->c);
	struct cbor_decoder_result r;

	if (!left)
		return bad(in, TSMMR_E_TRUNCATED, "CBOR ends too early");
	r = cbor_stream_decode(in->c.p, left, &callbacks, &met);
	if (r.status == CBOR_DECODER_NEDATA)
		return bad(in, TSMMR_E_TRUNCATED, "CBOR ends inside an item");
	if (r.status != CBOR_DECODER_FINISHED)
		return bad(in, TSMMR_E_MALFORMED, "not CBOR");
	if (met.refused)
		return bad(in, TSMMR_E_MALFORMED, met.refused);

	met.item.shortest = r.read - met.item.bytes.n == shortest_head(met.item.value);
	*ret = met;
	*ret_read = r.read;
	return 0;
}

int cbor_in_next(struct cbor_in *in, struct cbor_item *ret)
{
	struct met met;
	size_t left, read;
	int r = decode(in, &met, &read);

	if (r < 0)
		return r;
	/* What is declared takes a byte each at least, so it cannot be more than is left. */
	left = cur_left(&in->c) - read;
	if ((met.item.kind == CBOR_ARRAY && met.item.value > left) ||
	    (met.item.kind == CBOR_MAP && met.item.value > left / 2) ||
	    (met.item.kind == CBOR_TAG && !left))
		return bad(in, TSMMR_E_TRUNCATED, "CBOR declares more items than there are bytes");
	if (met.item.kind == CBOR_TEXT && !text_is_utf8(met.item.bytes))
		return bad(in, TSMMR_E_MALFORMED, "CBOR text is not UTF-8");

	cur_skip(&in->c, read);
	*ret = met.item;
	return 0;
}

static int expect(struct cbor_in *in, enum cbor_kind kind, const char *why, struct cbor_item *ret)
{
	const uint8_t *at = in->c.p;
	int r = cbor_in_next(in, ret);

	if (r < 0)
		return r;
	if (ret->kind != kind || !ret->shortest) {
		in->c.p = at;
		return bad(in, TSMMR_E_MALFORMED,
			   ret->kind != kind ? why : "CBOR: not the shortest encoding");
	}
	return 0;
}

int cbor_in_uint(struct cbor_in *in, uint64_t *ret)
{
	struct cbor_item item;
	int r = expect(in, CBOR_UINT, "CBOR: an unsigned integer was expected", &item);

	if (r == 0)
		*ret = item.value;
	return r;
}

int cbor_in_bytes(struct cbor_in *in, struct span *ret)
{
	struct cbor_item item;
	int r = expect(in, CBOR_BYTES, "CBOR: a byte string was expected", &item);

	if (r == 0)
		*ret = item.bytes;
	return r;
}

int cbor_in_text(struct cbor_in *in, struct span *ret)
{
	struct cbor_item item;
	int r = expect(in, CBOR_TEXT, "CBOR: a text string was expected", &item);

	if (r == 0)
		*ret = item.bytes;
	return r;
}

int cbor_in_array(struct cbor_in *in, uint64_t *ret_n)
{
	struct cbor_item item;
	int r = expect(in, CBOR_ARRAY, "CBOR: an array was expected", &item);

	if (r == 0)
		*ret_n = item.value;
	return r;
}

int cbor_in_count(struct cbor_in *in, uint64_t *ret_n)
{
	struct met met;
	size_t read;
	int r = decode(in, &met, &read);

	if (r < 0)
		return r;
	if (met.item.kind != CBOR_ARRAY || !met.item.shortest)
		return bad(in, TSMMR_E_MALFORMED, "CBOR: an array was expected");
	cur_skip(&in->c, read);
	*ret_n = met.item.value;
	return 0;
}

int cbor_in_map(struct cbor_in *in, uint64_t *ret_pairs)
{
	struct cbor_item item;
	int r = expect(in, CBOR_MAP, "CBOR: a map was expected", &item);

	if (r == 0)
		*ret_pairs = item.value;
	return r;
}

int cbor_in_skip(struct cbor_in *in, struct span *ret)
{
	uint64_t due[CBOR_DEPTH_MAX] = { 1 }; /* items still to come, level by level */
	const uint8_t *begin = in->c.p;
	size_t level = 0;

	for (;;) {
		struct cbor_item item;
		uint64_t inside;
		int r;

		while (level && !due[level])
			level--;
		if (!due[level])
			break;
		r = cbor_in_next(in, &item);
		if (r < 0) {
			in->c.p = begin;
			return r;
		}
		due[level]--;

		inside = item.kind == CBOR_ARRAY ? item.value :
			 item.kind == CBOR_MAP   ? 2 * item.value :
						   item.kind == CBOR_TAG;
		if (inside && level + 1 == CBOR_DEPTH_MAX) {
			in->c.p = begin;
			return bad(in, TSMMR_E_LIMIT, "CBOR is nested too deeply");
		}
		if (inside)
			due[++level] = inside;
	}

	if (ret)
		*ret = span_of(begin, (size_t)(in->c.p - begin));
	return 0;
}
