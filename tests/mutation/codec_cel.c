/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL's CBOR and TLV, read a second time.  (TCG CEL 1.1 §5.1, §5.2) */
#include "mutation.h"

#include <string.h>

#define EV_NO_ACTION 3
#define NV_FIRST 0x20000000u /* no PCR has such a number, an NV index has */

/*
 * Records are numbered as the registers' platform does.  What a log of ours begins with says
 * when CEL's own numbers are others: ordinals of RTMRs and REMs, counted from 0 and not 1.
 */
void cel_settle(struct mlog *log)
{
	static const char *const maps[] = { "TSMMR index map\0tdx rtmr",
					    "TSMMR index map\0cca rem" };
	const struct rec *first = log->recs;

	log->shift = 0;
	for (size_t i = 0; log->n && !log->cc_mr && i < 2; i++) {
		size_t n = 16 + strlen(maps[i] + 16);

		if (first->content == CONTENT_PCCLIENT && first->type == EV_NO_ACTION &&
		    first->data.n == n && !memcmp(first->data.p, maps[i], n))
			log->shift = 1;
	}
	log->n_algs = 0;
	for (size_t i = 0; i < log->n; i++) {
		struct rec *r = &log->recs[i];

		if (r->index < NV_FIRST)
			r->index += log->shift;
		r->measured = (r->content != CONTENT_PCCLIENT || r->type != EV_NO_ACTION) &&
			      (r->content != CONTENT_CEL || r->type == 0 || r->type > 2);
		for (size_t k = 0; k < r->n; k++) {
			size_t a = 0;

			while (a < log->n_algs && log->algs[a] != r->algs[k])
				a++;
			if (a == log->n_algs && a < DIGESTS_MAX) {
				log->algs[a] = r->algs[k];
				log->sizes[log->n_algs++] = (uint16_t)r->digests[k].n;
			}
		}
	}
}

uint32_t cel_number(const struct mlog *log, const struct rec *r, bool *ret_nv)
{
	uint32_t number = r->index < NV_FIRST ? r->index - log->shift : r->index;

	*ret_nv = number >= NV_FIRST;
	return number;
}

uint64_t cel_recnum(const struct mlog *log, size_t at)
{
	uint64_t n = 0;

	for (size_t i = 0; i < at; i++)
		n += log->recs[i].index == log->recs[at].index;
	return n;
}

/* --- CBOR -------------------------------------------------------------------------------- */

enum { UINT, NINT, BSTR, TSTR, ARRAY, MAP, TAG, SIMPLE };
#define OPEN UINT64_MAX /* items until a break */

static bool head(struct bytes *b, unsigned *major, uint64_t *ret)
{
	struct bytes s;
	unsigned info;

	if (!take(b, 1, &s))
		return false;
	*major = s.p[0] >> 5;
	info = s.p[0] & 31;
	*ret = info;
	if (info == 31)
		*ret = OPEN;
	else if (info >= 28)
		return false;
	else if (info >= 24) {
		if (!take(b, UINT64_C(1) << (info - 24), &s))
			return false;
		*ret = number_be(s);
	}
	return true;
}

static bool is_break(struct bytes *b)
{
	return b->n && b->p[0] == 0xff && take(b, 1, &(struct bytes){ NULL, 0 });
}

static bool item(struct bytes *b, unsigned depth, struct bytes *ret)
{
	struct bytes start = *b, skipped;
	unsigned major;
	uint64_t n;

	if (depth > 8 || !head(b, &major, &n))
		return false;
	if (n == OPEN || major == ARRAY || major == MAP || major == TAG) {
		uint64_t left = n == OPEN ? n : major == TAG ? 1 : major == MAP ? 2 * n : n;

		for (; left; left -= left != OPEN) {
			if (left == OPEN && is_break(b))
				break;
			if (!item(b, depth + 1, &skipped))
				return false;
		}
	} else if ((major == BSTR || major == TSTR) && !take(b, n, &skipped)) {
		return false;
	}
	*ret = (struct bytes){ start.p, start.n - b->n };
	return true;
}

static bool get_uint(struct bytes b, uint64_t *ret)
{
	unsigned major;

	return head(&b, &major, ret) && major == UINT;
}

static bool get_string(struct bytes b, struct bytes *ret)
{
	unsigned major;
	uint64_t n;

	return head(&b, &major, &n) && (major == BSTR || major == TSTR) && take(&b, n, ret);
}

/* The values of a map's keys 0 to 10; those that are not there stay empty. */
static bool get_map(struct bytes b, struct bytes values[11])
{
	unsigned major;
	uint64_t n, key;
	struct bytes k;

	memset(values, 0, 11 * sizeof(*values));
	if (!head(&b, &major, &n) || major != MAP)
		return false;
	for (; n; n -= n != OPEN) {
		if (n == OPEN && is_break(&b))
			break;
		if (!item(&b, 1, &k) || !get_uint(k, &key) || key > 10 ||
		    !item(&b, 1, &values[key]))
			return false;
	}
	return true;
}

static bool get_digests(struct bytes b, struct rec *r)
{
	struct bytes one, values[11];
	unsigned major;
	uint64_t n, alg;

	if (!head(&b, &major, &n) || major != ARRAY)
		return false;
	for (r->n = 0; n; n -= n != OPEN) {
		if (n == OPEN && is_break(&b))
			break;
		if (r->n == DIGESTS_MAX || !item(&b, 1, &one) || !get_map(one, values) ||
		    !get_uint(values[0], &alg) || !get_string(values[1], &r->digests[r->n]))
			return false;
		r->algs[r->n++] = (uint16_t)alg;
	}
	return true;
}

static bool get_content(struct bytes b, struct rec *r)
{
	struct bytes values[11];
	uint64_t type;

	switch (r->content) {
	case CONTENT_CEL:
	case CONTENT_PCCLIENT:
		if (!get_map(b, values) || !get_uint(values[0], &type))
			return false;
		r->type = (uint32_t)type;
		r->data = values[1];
		return r->content == CONTENT_CEL || get_string(values[1], &r->data);
	case CONTENT_IMA_TEMPLATE:
		return get_map(b, values) && get_string(values[0], &r->name) &&
		       get_string(values[1], &r->data);
	case CONTENT_IMA_TLV:
	case CONTENT_SYSTEMD:
		return get_string(b, &r->data);
	default:
		r->data = b;
		return true;
	}
}

static bool parse_cbor(struct bytes b, struct mlog *log)
{
	struct bytes one, v[11];
	unsigned major;
	uint64_t n;

	log->n = 0;
	log->cc_mr = false;
	if (!head(&b, &major, &n) || major != ARRAY)
		return false;
	for (; n; n -= n != OPEN) {
		struct rec r = { .index = 0 };
		uint64_t index, content;

		if (n == OPEN && is_break(&b))
			break;
		if (!item(&b, 1, &one) || !get_map(one, v) || !get_digests(v[3], &r) ||
		    !get_uint(v[1].n ? v[1] : v[2], &index) || !get_uint(v[9], &content))
			return false;
		r.index = v[1].n && index < NV_FIRST ? (uint32_t)index : (uint32_t)index | NV_FIRST;
		r.content = (uint32_t)content;
		if (!get_content(v[10], &r))
			return false;
		mlog_insert(log, log->n, &r);
	}
	log->tail = b;
	cel_settle(log);
	return true;
}

static void put_head(struct out *o, unsigned major, uint64_t n)
{
	uint8_t b[9] = { (uint8_t)(major << 5) };
	unsigned info = n < 24 ? 0 : n <= 0xff ? 1 : n <= 0xffff ? 2 : n <= UINT32_MAX ? 4 : 8;

	b[0] |= (uint8_t)(!info ? n : info == 1 ? 24 : info == 2 ? 25 : info == 4 ? 26 : 27);
	for (unsigned i = 0; i < info; i++)
		b[1 + i] = (uint8_t)(n >> 8 * (info - 1 - i));
	out_add(o, b, 1 + info);
}

static void put_key(struct out *o, unsigned key, uint64_t value)
{
	put_head(o, UINT, key);
	put_head(o, UINT, value);
}

static void put_string(struct out *o, unsigned major, struct bytes s)
{
	put_head(o, major, s.n);
	out_add(o, s.p, s.n);
}

static void put_content(struct out *o, const struct rec *r)
{
	switch (r->content) {
	case CONTENT_CEL:
	case CONTENT_PCCLIENT:
		put_head(o, MAP, r->content == CONTENT_CEL && !r->data.n ? 1 : 2);
		put_key(o, 0, r->type);
		if (r->content == CONTENT_PCCLIENT || r->data.n)
			put_head(o, UINT, 1);
		if (r->content == CONTENT_PCCLIENT)
			put_string(o, BSTR, r->data);
		else
			out_add(o, r->data.p, r->data.n);
		break;
	case CONTENT_IMA_TEMPLATE:
		put_head(o, MAP, 2);
		put_head(o, UINT, 0);
		put_string(o, TSTR, r->name);
		put_head(o, UINT, 1);
		put_string(o, BSTR, r->data);
		break;
	case CONTENT_IMA_TLV:
	case CONTENT_SYSTEMD:
		put_string(o, BSTR, r->data);
		break;
	default:
		out_add(o, r->data.p, r->data.n);
	}
}

static void write_cbor(const struct mlog *log, struct out *o)
{
	put_head(o, ARRAY, log->n);
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];
		bool nv;
		uint32_t number = cel_number(log, r, &nv);

		put_head(o, MAP, 5);
		put_key(o, 0, cel_recnum(log, i));
		put_key(o, nv ? 2 : 1, number);
		put_head(o, UINT, 3);
		put_head(o, ARRAY, r->n);
		for (size_t k = 0; k < r->n; k++) {
			put_head(o, MAP, 2);
			put_key(o, 0, r->algs[k]);
			put_head(o, UINT, 1);
			put_string(o, BSTR, r->digests[k]);
		}
		put_key(o, 9, r->content);
		put_head(o, UINT, 10);
		put_content(o, r);
	}
	out_add(o, log->tail.p, log->tail.n);
}

/* --- TLV --------------------------------------------------------------------------------- */

enum { TLV_RECNUM, TLV_PCR, TLV_NV, TLV_DIGESTS, TLV_CC_MR = 108 };

static bool tlv(struct bytes *b, uint8_t *type, struct bytes *ret)
{
	struct bytes t, n;

	if (!take(b, 1, &t) || !take(b, 4, &n) || !take(b, number_be(n), ret))
		return false;
	*type = t.p[0];
	return true;
}

static bool tlv_content(struct bytes b, struct rec *r)
{
	struct bytes first;
	uint8_t type;

	r->data = b;
	if (r->content == CONTENT_CEL) {
		if (!tlv(&b, &type, &r->data) || b.n)
			return false;
		r->type = type;
	} else if (r->content == CONTENT_PCCLIENT || r->content == CONTENT_IMA_TEMPLATE) {
		if (!tlv(&b, &type, &first) || type != 0 || !tlv(&b, &type, &r->data) ||
		    type != 1 || b.n)
			return false;
		r->name = r->content == CONTENT_PCCLIENT ? r->name : first;
		r->type = r->content == CONTENT_PCCLIENT ? (uint32_t)number_be(first) : 0;
	}
	return true;
}

static bool parse_tlv(struct bytes b, struct mlog *log)
{
	log->n = 0;
	log->cc_mr = false;
	log->tail = (struct bytes){ NULL, 0 };
	while (b.n) {
		struct bytes recnum, index, digests, content;
		struct rec r = { .index = 0 };
		uint8_t type, kind, digests_type, alg;

		if (!tlv(&b, &type, &recnum) || type != TLV_RECNUM || !tlv(&b, &kind, &index) ||
		    !tlv(&b, &digests_type, &digests) || digests_type != TLV_DIGESTS ||
		    !tlv(&b, &type, &content))
			return false;
		if (kind != TLV_PCR && kind != TLV_NV && kind != TLV_CC_MR)
			return false;
		log->cc_mr |= kind == TLV_CC_MR;
		r.index = (uint32_t)number_be(index) | (kind == TLV_NV ? NV_FIRST : 0);
		r.content = type;
		while (digests.n) {
			if (r.n == DIGESTS_MAX || !tlv(&digests, &alg, &r.digests[r.n]))
				return false;
			r.algs[r.n++] = alg;
		}
		if (!tlv_content(content, &r))
			return false;
		mlog_insert(log, log->n, &r);
	}
	cel_settle(log);
	return true;
}

static void put_be(struct out *o, uint64_t v, unsigned n)
{
	while (n--)
		out_add(o, &(uint8_t){ (uint8_t)(v >> 8 * n) }, 1);
}

static void put_tlv(struct out *o, uint8_t type, struct bytes value)
{
	out_add(o, &type, 1);
	put_be(o, value.n, 4);
	out_add(o, value.p, value.n);
}

static void put_tlv_number(struct out *o, uint8_t type, uint64_t v, unsigned n)
{
	out_add(o, &type, 1);
	put_be(o, n, 4);
	put_be(o, v, n);
}

static void put_tlv_content(struct out *o, const struct rec *r)
{
	bool typed = r->content == CONTENT_PCCLIENT, named = r->content == CONTENT_IMA_TEMPLATE;
	uint8_t content = (uint8_t)r->content;

	out_add(o, &content, 1);
	if (r->content == CONTENT_CEL) {
		put_be(o, 5 + r->data.n, 4);
		put_tlv(o, (uint8_t)r->type, r->data);
		return;
	}
	put_be(o, r->data.n + (typed ? 14 : named ? 10 + r->name.n : 0), 4);
	if (typed)
		put_tlv_number(o, 0, r->type, 4);
	if (named)
		put_tlv(o, 0, r->name);
	if (typed || named)
		put_tlv(o, 1, r->data);
	else
		out_add(o, r->data.p, r->data.n);
}

static void write_tlv(const struct mlog *log, struct out *o)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];
		bool nv;
		uint32_t number = cel_number(log, r, &nv);
		uint8_t type = TLV_DIGESTS;
		size_t n = 0;

		put_tlv_number(o, TLV_RECNUM, cel_recnum(log, i), 8);
		put_tlv_number(o,
			       nv         ? TLV_NV :
			       log->cc_mr ? TLV_CC_MR :
					    TLV_PCR,
			       number, number < 256 ? 1 : 4);
		for (size_t k = 0; k < r->n; k++)
			n += 5 + r->digests[k].n;
		out_add(o, &type, 1);
		put_be(o, n, 4);
		for (size_t k = 0; k < r->n; k++)
			put_tlv(o, (uint8_t)r->algs[k], r->digests[k]);
		put_tlv_content(o, r);
	}
	out_add(o, log->tail.p, log->tail.n);
}

const struct codec codec_cel_cbor = {
	.name = "cel-cbor",
	.cel = true,
	.parse = parse_cbor,
	.write = write_cbor,
};
const struct codec codec_cel_tlv = {
	.name = "cel-tlv",
	.cel = true,
	.parse = parse_tlv,
	.write = write_tlv,
};
