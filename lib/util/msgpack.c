/* SPDX-License-Identifier: BSD-2-Clause */
/* MessagePack in.  (msgpack/msgpack, spec.md) */
#include "util/msgpack.h"

#include "util/error.h"
#include "util/json.h"
#include "util/json_in.h"
#include "util/text.h"

enum type { NIL, FLAG, NUMBER, TEXT, BYTES, ARRAY, MAP, OTHER };

struct item {
	enum type type;
	uint64_t v; /* of a flag or a number; how many bytes, items or pairs */
	struct span bytes;
};

/* An array or a map that is open: how many items are still to come, and a pair is two. */
struct level {
	uint64_t left;
	bool map;
};

/* One, two, four or eight bytes, big-endian. */
static bool read_be(struct cursor *c, unsigned int n, uint64_t *ret)
{
	struct span s;

	if (!cur_take(c, n, &s))
		return false;
	*ret = 0;
	for (unsigned int i = 0; i < n; i++)
		*ret = *ret << 8 | s.p[i];
	return true;
}

/* First bytes with a number after them, of 1, 2, 4 and 8 bytes from shift on. */
/* clang-format off */
static const struct {
	uint8_t first, last, shift;
	enum type type;
} wide[] = {
	{ 0xc4, 0xc6, 0, BYTES },
	{ 0xcc, 0xcf, 0, NUMBER },
	{ 0xd9, 0xdb, 0, TEXT },
	{ 0xdc, 0xdd, 1, ARRAY },
	{ 0xde, 0xdf, 1, MAP },
};
/* clang-format on */

static bool read_head(struct cursor *c, uint8_t *ret_first, struct item *ret)
{
	uint8_t b;

	*ret = (struct item){ .type = OTHER };
	if (!cur_u8(c, &b))
		return false;
	*ret_first = b;
	if (b <= 0x7f)
		*ret = (struct item){ .type = NUMBER, .v = b };
	else if (b <= 0x8f)
		*ret = (struct item){ .type = MAP, .v = b & 15 };
	else if (b <= 0x9f)
		*ret = (struct item){ .type = ARRAY, .v = b & 15 };
	else if (b <= 0xbf)
		*ret = (struct item){ .type = TEXT, .v = b & 31 };
	else if (b == 0xc0)
		ret->type = NIL;
	else if (b == 0xc2 || b == 0xc3)
		*ret = (struct item){ .type = FLAG, .v = b & 1 };
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		if (b < wide[i].first || b > wide[i].last)
			continue;
		ret->type = wide[i].type;
		return read_be(c, 1u << (b - wide[i].first + wide[i].shift), &ret->v);
	}
	return true;
}

static int read_item(struct cursor *c, struct item *ret, struct tsmmr_error *err)
{
	size_t at = cur_offset(c);
	bool whole, aggregate;
	uint8_t first;

	whole = read_head(c, &first, ret);
	if (whole && ret->type == OTHER)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, at,
			       "MessagePack of type 0x%02x", first);
	aggregate = ret->type == ARRAY || ret->type == MAP;
	if (whole && (ret->type == TEXT || ret->type == BYTES))
		whole = cur_take(c, ret->v, &ret->bytes);
	/* An item has at least one byte. */
	else if (whole && aggregate)
		whole = ret->v <= cur_left(c);
	if (!whole)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, at,
			       "MessagePack ends inside a value");
	if (ret->type == TEXT && !text_is_utf8(ret->bytes))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
			       "MessagePack: a text is not UTF-8");
	return 0;
}

static void put_plain(struct json *j, const struct item *item)
{
	switch (item->type) {
	case FLAG:
		json_flag(j, NULL, item->v);
		break;
	case NUMBER:
		json_u64(j, NULL, item->v);
		break;
	case TEXT:
		json_strn(j, NULL, item->bytes.p, item->bytes.n);
		break;
	case BYTES:
		json_hex(j, NULL, item->bytes.p, item->bytes.n);
		break;
	default:
		json_null(j, NULL);
	}
}

int msgpack_to_json(struct span s, size_t max, struct buf *ret, struct tsmmr_error *err)
{
	struct level levels[JSON_IN_DEPTH];
	struct cursor c = cur_span(s);
	struct json j = { .b = ret };
	size_t depth = 0;

	do {
		struct level *top = depth ? &levels[depth - 1] : NULL;
		bool key = top && top->map && top->left % 2 == 0;
		struct item item;
		int r = read_item(&c, &item, err);

		if (r < 0)
			return r;
		if (key && item.type != TEXT)
			return fail(err, TSMMR_E_MALFORMED, "MessagePack: a key is no text");
		if (top)
			top->left--;
		if (item.type == ARRAY || item.type == MAP) {
			if (depth == ARRAY_SIZE(levels))
				return fail(err, TSMMR_E_LIMIT,
					    "MessagePack of more than %d levels", JSON_IN_DEPTH);
			json_open(&j, NULL, item.type == MAP ? '{' : '[');
			levels[depth].map = item.type == MAP;
			levels[depth++].left = item.type == MAP ? 2 * item.v : item.v;
		} else {
			put_plain(&j, &item);
		}
		if (key) {
			buf_char(ret, ':');
			j.comma = false;
		}
		for (; depth && !levels[depth - 1].left; depth--)
			json_close(&j, levels[depth - 1].map ? '}' : ']');
		if (ret->n > max)
			return fail(err, TSMMR_E_LIMIT,
				    "MessagePack of more than %zu bytes as JSON", max);
	} while (depth);

	if (ret->failed)
		return fail_nomem(err);
	return cur_empty(&c) ? 0 :
			       fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(&c),
				       "MessagePack with something after it");
}
