/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR maps whose keys a format defines, read by a table, with errors that say where. */
#include "util/cbor_map.h"

#include <assert.h>

struct cbor_reader cbor_reader(struct cbor_arena *arena, struct span part, bool inside,
			       const char *what, struct tsmmr_error *err)
{
	assert(!part.n || (arena->p <= part.p && part.p + part.n <= arena->p + arena->used));
	return (struct cbor_reader){
		.in = { .c = cur_span(part), .arena = arena },
		.what = what,
		.inside = inside,
		.err = err,
	};
}

static size_t offset(const struct cbor_reader *rd, const struct cursor *at)
{
	return at->p ? cbor_arena_offset(rd->in.arena, at->p) : 0;
}

size_t cbor_reader_offset(const struct cbor_reader *rd)
{
	return offset(rd, &rd->in.c);
}

int cbor_reader_fail(const struct cbor_reader *rd, int r)
{
	if (r == TSMMR_E_TRUNCATED && rd->inside)
		r = TSMMR_E_MALFORMED;
	return fail_at(rd->err, r, TSMMR_NONE, cbor_reader_offset(rd), "%s: %s", rd->what,
		       rd->in.why);
}

static int bad(const struct cbor_reader *rd, const struct cursor *at, const char *name,
	       const char *why)
{
	return fail_at(rd->err, TSMMR_E_MALFORMED, TSMMR_NONE, offset(rd, at), "%s: %s %s",
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

int cbor_reader_rest(const struct cbor_reader *rd, struct span *ret)
{
	const struct span rest = cur_rest(&rd->in.c);

	/* (RFC 8949 §3.2.1) */
	if (rest.n && rest.p[0] == 0xff)
		return bad(rd, &rd->in.c, "has", "a break after its end");
	*ret = rest;
	return 0;
}

static bool is_key(const struct cbor_member *m, const struct cbor_item *key)
{
	if (!m->key)
		return key->kind == CBOR_TEXT && span_eq(key->bytes, m->name, strlen(m->name));
	return m->key > 0 ? key->kind == CBOR_UINT && key->value == (uint64_t)m->key :
			    key->kind == CBOR_NINT && key->value == (uint64_t)(-1 - m->key);
}

/* Which of n members has this key?  n: none. */
static size_t member_of(const struct cbor_member *members, size_t n, const struct cbor_item *key)
{
	size_t i = 0;

	while (i < n && !is_key(&members[i], key))
		i++;
	return i;
}

/* How many items or pairs a container holds, whose head has just been read. */
static int count(struct cbor_reader *rd, struct cbor_item *item)
{
	struct cbor_in in = rd->in;
	uint64_t left = item->value, n = 0;
	int r;

	if (left != CBOR_UNTIL_BREAK)
		return 0;
	while ((r = cbor_in_more(&in, &left)) > 0) {
		r = cbor_in_skip(&in, NULL);
		if (r == 0 && item->kind == CBOR_MAP)
			r = cbor_in_skip(&in, NULL);
		if (r < 0)
			break;
		n++;
	}
	if (r < 0) {
		rd->in = in;
		return cbor_reader_fail(rd, r);
	}
	item->value = n;
	return 0;
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
	if (item.kind != m->kind && !(m->how & MEMBER_ANY))
		return bad(rd, &at, m->name, "is of another CBOR type");
	r = sized ? count(rd, &item) : 0;
	if (r < 0)
		return r;
	if (sized && !(m->how & MEMBER_ANY) && (item.value < m->min || item.value > m->max))
		return bad(rd, &at, m->name, "has a size it cannot have");

	*ret = (struct cbor_value){ .there = true, .item = item, .rest = rd->in.c };
	/* What is in a container is the caller's to read; here it is stepped over. */
	rd->in.c = at;
	r = cbor_in_skip(&rd->in, &ret->encoding);
	return r < 0 ? cbor_reader_fail(rd, r) : 0;
}

/* The keys that a map has had, for one that is there twice is no map.  (RFC 8949 §5.6) */
struct keys {
	struct cbor_item all[CBOR_MEMBERS_MAX];
	size_t n;
};

static bool had(struct keys *keys, const struct cbor_item *new)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct cbor_item *key = &keys->all[i];

		if (key->kind == new->kind && key->value == new->value &&
		    (key->kind != CBOR_TEXT || span_eq(key->bytes, new->bytes.p, new->bytes.n)))
			return true;
	}
	keys->all[keys->n++] = *new;
	return false;
}

static int read_member(struct cbor_reader *rd, const struct cbor_member *members, size_t n,
		       struct keys *keys, struct cbor_value *ret, uint64_t *seen, size_t *unknown)
{
	const struct cursor at = rd->in.c;
	struct cbor_item key;
	size_t i;
	int r;

	if (keys->n == CBOR_MEMBERS_MAX)
		return fail_at(rd->err, TSMMR_E_LIMIT, TSMMR_NONE, offset(rd, &at),
			       "%s: a map with more than %d members", rd->what, CBOR_MEMBERS_MAX);
	r = cbor_in_next(&rd->in, &key);
	if (r < 0)
		return cbor_reader_fail(rd, r);
	if (key.kind != CBOR_UINT && key.kind != CBOR_NINT && key.kind != CBOR_TEXT)
		return bad(rd, &at, "a map key", "is neither a number nor text");
	i = member_of(members, n, &key);
	if (had(keys, &key))
		return bad(rd, &at, i < n ? members[i].name : "a member", "is there twice");
	if (i < n) {
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
	struct keys keys = { .n = 0 };
	struct cbor_item map;
	uint64_t seen = 0;
	int r = cbor_reader_next(rd, CBOR_MAP, "what should be a map", &map);

	assert(n <= CBOR_MEMBERS_MAX);
	if (r < 0)
		return r;
	if (n)
		memset(ret, 0, n * sizeof(*ret));
	*ret_unknown = 0;
	while ((r = cbor_in_more(&rd->in, &map.value)) > 0) {
		r = read_member(rd, members, n, &keys, ret, &seen, ret_unknown);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return cbor_reader_fail(rd, r);
	for (size_t i = 0; i < n; i++)
		if (members[i].how & MEMBER_REQUIRED && !(seen >> i & 1))
			return bad(rd, &at, members[i].name, "is missing");
	return 0;
}
