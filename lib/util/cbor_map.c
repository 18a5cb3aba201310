/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR maps whose keys a format defines, read by a table, with errors that say where. */
#include "util/cbor_map.h"

#include <assert.h>

struct cbor_reader cbor_reader(struct span whole, struct span part, bool inside, const char *what,
			       struct tsmmr_error *err)
{
	struct cursor c = cur_span(part);

	assert(!part.n || (whole.p <= part.p && part.p + part.n <= whole.p + whole.n));
	c.start = whole.p;
	return (struct cbor_reader){ .in.c = c, .what = what, .inside = inside, .err = err };
}

int cbor_reader_fail(const struct cbor_reader *rd, int r)
{
	if (r == TSMMR_E_TRUNCATED && rd->inside)
		r = TSMMR_E_MALFORMED;
	return fail_at(rd->err, r, TSMMR_NONE, cur_offset(&rd->in.c), "%s: %s", rd->what,
		       rd->in.why);
}

static int bad(const struct cbor_reader *rd, const struct cursor *at, const char *name,
	       const char *why)
{
	return fail_at(rd->err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(at), "%s: %s %s",
		       rd->what, name, why);
}

int cbor_reader_next(struct cbor_reader *rd, enum cbor_kind kind, const char *name,
		     struct cbor_item *ret)
{
	const struct cursor at = rd->in.c;
	int r = cbor_in_next(&rd->in, ret);

	if (r < 0)
		return cbor_reader_fail(rd, r);
	return ret->kind == kind ? 0 : bad(rd, &at, name, "is of another CBOR type");
}

int cbor_reader_end(const struct cbor_reader *rd)
{
	return cur_empty(&rd->in.c) ? 0 : bad(rd, &rd->in.c, "has", "bytes after its end");
}

static bool is_key(const struct cbor_member *m, const struct cbor_item *key)
{
	if (!m->key)
		return key->kind == CBOR_TEXT && span_eq(key->bytes, m->name, strlen(m->name));
	return m->key > 0 ? key->kind == CBOR_UINT && key->value == (uint64_t)m->key :
			    key->kind == CBOR_NINT && key->value == (uint64_t)(-1 - m->key);
}

static int read_value(struct cbor_reader *rd, const struct cbor_member *m, struct cbor_value *ret)
{
	const struct cursor at = rd->in.c;
	struct cbor_item item;
	bool sized;
	int r = cbor_in_next(&rd->in, &item);

	if (r < 0)
		return cbor_reader_fail(rd, r);
	sized = item.kind >= CBOR_BYTES && item.kind <= CBOR_MAP;
	if (item.kind == CBOR_NULL && m->how & MEMBER_NULLABLE)
		return 0;
	if (item.kind != m->kind)
		return bad(rd, &at, m->name, "is of another CBOR type");
	if (sized && (item.value < m->min || item.value > m->max))
		return bad(rd, &at, m->name, "has a size it cannot have");

	*ret = (struct cbor_value){ true, item, rd->in.c };
	/* What is in a container is the caller's to read; here it is stepped over. */
	rd->in.c = at;
	r = cbor_in_skip(&rd->in, NULL);
	return r < 0 ? cbor_reader_fail(rd, r) : 0;
}

static int read_member(struct cbor_reader *rd, const struct cbor_member *members, size_t n,
		       struct cbor_value *ret, uint64_t *seen, size_t *unknown)
{
	const struct cursor at = rd->in.c;
	struct cbor_item key;
	int r = cbor_in_next(&rd->in, &key);

	if (r < 0)
		return cbor_reader_fail(rd, r);
	if (key.kind != CBOR_UINT && key.kind != CBOR_NINT && key.kind != CBOR_TEXT)
		return bad(rd, &at, "a map key", "is neither a number nor text");

	for (size_t i = 0; i < n; i++) {
		if (!is_key(&members[i], &key))
			continue;
		if (*seen >> i & 1)
			return bad(rd, &at, members[i].name, "is there twice");
		*seen |= UINT64_C(1) << i;
		return read_value(rd, &members[i], &ret[i]);
	}

	++*unknown;
	r = cbor_in_skip(&rd->in, NULL);
	return r < 0 ? cbor_reader_fail(rd, r) : 0;
}

int cbor_map_read(struct cbor_reader *rd, const struct cbor_member *members, size_t n,
		  struct cbor_value *ret, size_t *ret_unknown)
{
	const struct cursor at = rd->in.c;
	struct cbor_item map;
	uint64_t seen = 0;
	int r = cbor_reader_next(rd, CBOR_MAP, "what should be a map", &map);

	assert(n <= CBOR_MEMBERS_MAX);
	if (r < 0)
		return r;
	if (map.value > CBOR_MEMBERS_MAX)
		return fail_at(rd->err, TSMMR_E_LIMIT, TSMMR_NONE, cur_offset(&at),
			       "%s: a map with more than %d members", rd->what, CBOR_MEMBERS_MAX);

	if (n)
		memset(ret, 0, n * sizeof(*ret));
	*ret_unknown = 0;
	for (uint64_t i = 0; i < map.value; i++) {
		r = read_member(rd, members, n, ret, &seen, ret_unknown);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < n; i++)
		if (members[i].how & MEMBER_REQUIRED && !(seen >> i & 1))
			return bad(rd, &at, members[i].name, "is missing");
	return 0;
}
