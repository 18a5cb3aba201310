/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR of any form in the deterministic one. */
#include "util/cbor_plain.h"

#include <stdlib.h>

#include "util/cbor_out.h"

/* Each costs more memory than its bytes do. */
#define PAIRS_MAX (1u << 16)

static int put_item(struct cbor_in *in, struct buf *out, unsigned int depth);

static int bad(struct cbor_in *in, int code, const char *why)
{
	in->why = why;
	return code;
}

static int put_array(struct cbor_in *in, uint64_t left, struct buf *out, unsigned int depth)
{
	_cleanup_(buf_done) struct buf items = { 0 };
	uint64_t n = 0;
	int r;

	while ((r = cbor_in_more(in, &left)) > 0) {
		r = put_item(in, &items, depth);
		if (r < 0)
			return r;
		n++;
	}
	cbor_out_array(out, n);
	buf_add(out, items.p, items.n);
	out->failed |= items.failed;
	return r;
}

/* Encoded, its value after its key, from at on in what holds them all. */
struct pair {
	const uint8_t *p;
	size_t at, key, n;
};

/* By the bytes of their keys, which as encoded items are never one the head of another. */
static int compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int r = memcmp(x->p, y->p, x->key < y->key ? x->key : y->key);

	return r ? r : (x->key > y->key) - (x->key < y->key);
}

static int sort_pairs(struct cbor_in *in, const struct buf *pairs, const struct buf *all,
		      struct buf *out)
{
	struct pair *list = (struct pair *)pairs->p;
	size_t n = pairs->n / sizeof(*list);

	for (size_t i = 0; i < n; i++)
		list[i].p = all->p + list[i].at;
	if (n)
		qsort(list, n, sizeof(*list), compare);
	cbor_out_map(out, n);
	for (size_t i = 0; i < n; i++) {
		if (i && compare(&list[i - 1], &list[i]) == 0)
			return bad(in, TSMMR_E_MALFORMED, "CBOR: a map key that is there twice");
		buf_add(out, list[i].p, list[i].n);
	}
	return 0;
}

static int put_map(struct cbor_in *in, uint64_t left, struct buf *out, unsigned int depth)
{
	_cleanup_(buf_done) struct buf all = { 0 }, pairs = { 0 };
	int r;

	while ((r = cbor_in_more(in, &left)) > 0) {
		struct pair pair = { .at = all.n };

		r = put_item(in, &all, depth);
		pair.key = all.n - pair.at;
		if (r == 0)
			r = put_item(in, &all, depth);
		if (r < 0)
			return r;
		pair.n = all.n - pair.at;
		if (pairs.n / sizeof(pair) == PAIRS_MAX)
			return bad(in, TSMMR_E_LIMIT, "CBOR: a map of too many members");
		buf_add(&pairs, &pair, sizeof(pair));
	}
	if (r < 0)
		return r;
	if (all.failed || pairs.failed)
		return bad(in, TSMMR_E_NOMEM, "out of memory");
	return sort_pairs(in, &pairs, &all, out);
}

static int put_item(struct cbor_in *in, struct buf *out, unsigned int depth)
{
	const uint8_t *from = in->c.p;
	struct cbor_item item;
	int r = cbor_in_next(in, &item);

	if (r < 0)
		return r;
	switch (item.kind) {
	case CBOR_UINT:
		cbor_out_uint(out, item.value);
		return 0;
	case CBOR_NINT:
		cbor_out_nint(out, item.value);
		return 0;
	case CBOR_BYTES:
		cbor_out_bytes(out, item.bytes);
		return 0;
	case CBOR_TEXT:
		cbor_out_text(out, item.bytes.p, item.bytes.n);
		return 0;
	case CBOR_ARRAY:
	case CBOR_MAP:
	case CBOR_TAG:
		break;
	default:
		buf_add(out, from, (size_t)(in->c.p - from));
		return 0;
	}

	if (!depth)
		return bad(in, TSMMR_E_LIMIT, "CBOR is nested too deeply");
	if (item.kind == CBOR_ARRAY)
		return put_array(in, item.value, out, depth - 1);
	if (item.kind == CBOR_MAP)
		return put_map(in, item.value, out, depth - 1);
	cbor_out_tag(out, item.value);
	return put_item(in, out, depth - 1);
}

int cbor_plain(struct cbor_in *in, struct buf *out)
{
	struct cbor_arena arena;
	struct cbor_in all;
	struct span s;
	int r = cbor_in_skip(in, &s);

	if (r < 0)
		return r;
	if (cbor_arena_new(s, &arena) < 0)
		return bad(in, TSMMR_E_NOMEM, "out of memory");
	all = cbor_in_span(span_of(arena.p, arena.n));
	all.arena = &arena;
	r = put_item(&all, out, CBOR_DEPTH_MAX);
	free(arena.p);
	if (r == 0 && out->failed)
		r = bad(&all, TSMMR_E_NOMEM, "out of memory");
	if (r < 0) {
		in->c.p = s.p;
		in->why = all.why;
	}
	return r;
}
