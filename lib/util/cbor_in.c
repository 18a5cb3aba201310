/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR from an attacker (RFC 8949), item by item; nothing is allocated but the arena. */
#include "util/cbor_in.h"

#include <stdlib.h>

#include "util/cbor.h"
#include "util/text.h"

#define ARENA_ROOM_MAX (1u << 20)
#define BREAK 0xff

static int bad(struct cbor_in *in, int code, const char *why)
{
	in->why = why;
	return code;
}

/* ---- strings in chunks ---- */

/* Stands before each string that was put together. */
struct joined {
	size_t from; /* offset of its first byte's source in the bytes that were handed in */
	size_t n;
};

/*
 * Strings lie in strings: a token in a wrapper, its payload, a claim of that, a key in the
 * claim.  Each of these may come in chunks, and is never longer than all of the bytes.
 */
int cbor_arena_new(struct span s, struct cbor_arena *ret)
{
	size_t room = s.n < ARENA_ROOM_MAX / 4 ? 256 + 4 * s.n : ARENA_ROOM_MAX;
	uint8_t *p = malloc(s.n + room + 1);

	if (!p)
		return TSMMR_E_NOMEM;
	if (s.n)
		memcpy(p, s.p, s.n);
	*ret = (struct cbor_arena){ .p = p, .n = s.n, .used = s.n, .size = s.n + room };
	return 0;
}

size_t cbor_arena_offset(const struct cbor_arena *arena, const uint8_t *p)
{
	size_t at = (size_t)(p - arena->p), next = arena->n;
	struct joined joined = { .from = at };

	if (at <= arena->n)
		return at;
	while (next < at) {
		memcpy(&joined, arena->p + next, sizeof(joined));
		next += sizeof(joined) + joined.n;
	}
	return joined.from;
}

static bool arena_add(struct cbor_arena *arena, const void *p, size_t n)
{
	if (n > arena->size - arena->used)
		return false;
	if (n)
		memcpy(arena->p + arena->used, p, n);
	arena->used += n;
	return true;
}

/* ---- heads ---- */

#define INFO_INDEFINITE 31

struct head {
	uint8_t major, info;
	uint64_t arg;
	size_t n; /* its bytes */
};

/* (RFC 8949 §3) */
static int read_head(struct cbor_in *in, struct head *ret)
{
	struct cursor c = in->c;
	struct head head = { 0 };
	struct span arg;
	uint8_t first;
	size_t n;

	if (!cur_u8(&c, &first))
		return bad(in, TSMMR_E_TRUNCATED, "CBOR ends too early");
	head.major = first >> 5;
	head.info = first & 31;
	if (head.info > 27 && (head.info != INFO_INDEFINITE || head.major <= CBOR_MAJOR_NINT ||
			       head.major == CBOR_MAJOR_TAG))
		return bad(in, TSMMR_E_MALFORMED, "not CBOR");
	n = head.info < 24 || head.info > 27 ? 0 : (size_t)1 << (head.info - 24);
	if (!cur_take(&c, n, &arg))
		return bad(in, TSMMR_E_TRUNCATED, "CBOR ends inside an item");
	head.arg = n || head.info == INFO_INDEFINITE ? 0 : head.info;
	for (size_t i = 0; i < n; i++)
		head.arg = head.arg << 8 | arg.p[i];
	head.n = 1 + n;
	/* Those of one byte have no second way to be written.  (§3.3) */
	if (head.major == CBOR_MAJOR_SIMPLE && head.info == 24 && head.arg < 32)
		return bad(in, TSMMR_E_MALFORMED, "not CBOR");
	*ret = head;
	return 0;
}

static bool is_shortest(const struct head *head)
{
	uint64_t v = head->arg;
	size_t n = v < 24 ? 1 : v <= UINT8_MAX ? 2 : v <= UINT16_MAX ? 3 : v <= UINT32_MAX ? 5 : 9;

	return head->major == CBOR_MAJOR_SIMPLE || head->n == n;
}

/* What is declared takes a byte each at least, so it cannot be more than is left. */
static int check_count(struct cbor_in *in, const struct head *head)
{
	size_t left = cur_left(&in->c) - head->n;
	uint64_t most = head->major == CBOR_MAJOR_MAP ? left / 2 : left;

	if (head->major == CBOR_MAJOR_TAG ? left > 0 : head->arg <= most)
		return 0;
	return bad(in, TSMMR_E_TRUNCATED,
		   head->major <= CBOR_MAJOR_TEXT ?
			   "CBOR ends inside an item" :
			   "CBOR declares more items than there are bytes");
}

/* The bytes of a string whose head is next; both are taken. */
static int take_string(struct cbor_in *in, const struct head *head, struct span *ret)
{
	const struct cursor at = in->c;
	int r = check_count(in, head);

	if (r < 0)
		return r;
	cur_skip(&in->c, head->n);
	cur_take(&in->c, head->arg, ret);
	if (head->major == CBOR_MAJOR_BYTES || text_is_utf8(*ret))
		return 0;
	in->c = at;
	return bad(in, TSMMR_E_MALFORMED, "CBOR text is not UTF-8");
}

/* Strings of the same kind and definite length up to a break, into to unless that is NULL. */
static int take_chunks(struct cbor_in *in, uint8_t major, struct cbor_arena *to)
{
	cur_skip(&in->c, 1);
	for (;;) {
		struct head head;
		struct span chunk;
		int r = read_head(in, &head);

		if (r < 0)
			return r;
		if (head.major == CBOR_MAJOR_SIMPLE && head.info == INFO_INDEFINITE) {
			cur_skip(&in->c, 1);
			return 0;
		}
		if (head.major != major || head.info == INFO_INDEFINITE)
			return bad(in, TSMMR_E_MALFORMED, "CBOR: a chunk of another type");
		r = take_string(in, &head, &chunk);
		if (r < 0)
			return r;
		if (to && !arena_add(to, chunk.p, chunk.n))
			return bad(in, TSMMR_E_LIMIT, "CBOR: too much in chunks");
	}
}

static int join_chunks(struct cbor_in *in, uint8_t major, struct span *ret)
{
	struct cbor_arena *arena = in->arena;
	struct joined joined = { 0 };
	size_t was, start;
	int r;

	if (!arena)
		return bad(in, TSMMR_E_MALFORMED, "CBOR: a string in chunks");
	was = arena->used;
	joined.from = cbor_arena_offset(arena, in->c.p);
	if (!arena_add(arena, &joined, sizeof(joined)))
		return bad(in, TSMMR_E_LIMIT, "CBOR: too much in chunks");
	start = arena->used;
	r = take_chunks(in, major, arena);
	if (r < 0) {
		arena->used = was;
		return r;
	}
	joined.n = arena->used - start;
	memcpy(arena->p + was, &joined, sizeof(joined));
	*ret = span_of(arena->p + start, joined.n);
	return 0;
}

/* ---- items ---- */

static enum cbor_kind kind_of(const struct head *head)
{
	if (head->major < CBOR_MAJOR_SIMPLE)
		return (enum cbor_kind)head->major;
	return head->info == 20 ? CBOR_FALSE :
	       head->info == 21 ? CBOR_TRUE :
	       head->info == 22 ? CBOR_NULL :
				  CBOR_OTHER;
}

static bool is_string(uint8_t major)
{
	return major == CBOR_MAJOR_BYTES || major == CBOR_MAJOR_TEXT;
}

/* What deterministic encoding does not allow, and a break where none can be. */
static int check_head(struct cbor_in *in, const struct head *head)
{
	bool indefinite = head->info == INFO_INDEFINITE;

	if (head->major == CBOR_MAJOR_SIMPLE && indefinite)
		return bad(in, TSMMR_E_MALFORMED, "CBOR: a break with nothing to end");
	if (!in->deterministic || (!indefinite && is_shortest(head)))
		return 0;
	in->form = true;
	return bad(in, TSMMR_E_MALFORMED,
		   indefinite ? "CBOR: indefinite length" : "CBOR: not the shortest encoding");
}

/* Of a string the bytes are in ret only if they are wanted. */
static int next(struct cbor_in *in, bool wanted, struct cbor_item *ret)
{
	const struct cursor at = in->c;
	struct cbor_item item;
	struct head head;
	int r = read_head(in, &head);

	if (r == 0)
		r = check_head(in, &head);
	if (r < 0)
		return r;
	item.kind = kind_of(&head);
	item.value = item.kind >= CBOR_FALSE && item.kind <= CBOR_NULL ? 0 : head.arg;
	item.bytes = span_of(NULL, 0);
	/* A head of one byte is the number: the major type of these is 0. */
	if (head.major == CBOR_MAJOR_UINT)
		item.bytes = head.n > 1 ? span_of(at.p + 1, head.n - 1) : span_of(at.p, 1);
	if (is_string(head.major)) {
		if (head.info != INFO_INDEFINITE)
			r = take_string(in, &head, &item.bytes);
		else if (wanted)
			r = join_chunks(in, head.major, &item.bytes);
		else
			r = take_chunks(in, head.major, NULL);
		item.value = item.bytes.n;
	} else if (head.info == INFO_INDEFINITE) {
		item.value = CBOR_UNTIL_BREAK;
		cur_skip(&in->c, head.n);
	} else {
		if (head.major >= CBOR_MAJOR_ARRAY && head.major <= CBOR_MAJOR_TAG)
			r = check_count(in, &head);
		if (r == 0)
			cur_skip(&in->c, head.n);
	}
	if (r < 0) {
		in->c = at;
		return r;
	}
	*ret = item;
	return 0;
}

int cbor_in_next(struct cbor_in *in, struct cbor_item *ret)
{
	return next(in, true, ret);
}

static int expect(struct cbor_in *in, enum cbor_kind kind, const char *why, struct cbor_item *ret)
{
	const struct cursor at = in->c;
	int r = cbor_in_next(in, ret);

	if (r < 0 || ret->kind == kind)
		return r;
	in->c = at;
	return bad(in, TSMMR_E_MALFORMED, why);
}

/*
 * The head of an item of that type where it is the shortest and all there, as nearly all are: its
 * length, or 0, and cbor_in_next() is to say what is next.
 */
static inline size_t quick_head(const struct cbor_in *in, uint8_t major, uint64_t *ret)
{
	static const uint64_t least[] = { 24, UINT64_C(1) << 8, UINT64_C(1) << 16,
					  UINT64_C(1) << 32 };
	const uint8_t *p = in->c.p;
	size_t left = cur_left(&in->c), n;
	uint64_t v = 0;
	uint8_t info;

	if (!left || p[0] >> 5 != major)
		return 0;
	info = p[0] & 31;
	if (info < 24) {
		*ret = info;
		return 1;
	}
	n = (size_t)1 << (info & 3);
	if (info > 27 || left <= n)
		return 0;
	for (size_t i = 1; i <= n; i++)
		v = v << 8 | p[i];
	if (v < least[info & 3])
		return 0;
	*ret = v;
	return 1 + n;
}

int cbor_in_uint(struct cbor_in *in, uint64_t *ret)
{
	size_t head = quick_head(in, CBOR_MAJOR_UINT, ret);
	struct cbor_item item;
	int r;

	if (head) {
		in->c.p += head;
		return 0;
	}
	r = expect(in, CBOR_UINT, "CBOR: an unsigned integer was expected", &item);
	if (r == 0)
		*ret = item.value;
	return r;
}

/* A string of definite length, which is all there. */
static bool quick_string(struct cbor_in *in, uint8_t major, struct span *ret)
{
	uint64_t n;
	size_t head = quick_head(in, major, &n);
	struct span s;

	if (!head || n > cur_left(&in->c) - head)
		return false;
	s = span_of(in->c.p + head, (size_t)n);
	if (major == CBOR_MAJOR_TEXT && !text_is_utf8(s))
		return false;
	in->c.p += head + s.n;
	*ret = s;
	return true;
}

int cbor_in_bytes(struct cbor_in *in, struct span *ret)
{
	struct cbor_item item;
	int r;

	if (quick_string(in, CBOR_MAJOR_BYTES, ret))
		return 0;
	r = expect(in, CBOR_BYTES, "CBOR: a byte string was expected", &item);
	if (r == 0)
		*ret = item.bytes;
	return r;
}

int cbor_in_text(struct cbor_in *in, struct span *ret)
{
	struct cbor_item item;
	int r;

	if (quick_string(in, CBOR_MAJOR_TEXT, ret))
		return 0;
	r = expect(in, CBOR_TEXT, "CBOR: a text string was expected", &item);
	if (r == 0)
		*ret = item.bytes;
	return r;
}

/* A container whose items may all be there. */
static bool quick_container(struct cbor_in *in, uint8_t major, uint64_t *ret)
{
	uint64_t n;
	size_t head = quick_head(in, major, &n), left = cur_left(&in->c) - head;

	if (!head || n > (major == CBOR_MAJOR_MAP ? left / 2 : left))
		return false;
	in->c.p += head;
	*ret = n;
	return true;
}

int cbor_in_array(struct cbor_in *in, uint64_t *ret_n)
{
	struct cbor_item item;
	int r;

	if (quick_container(in, CBOR_MAJOR_ARRAY, ret_n))
		return 0;
	r = expect(in, CBOR_ARRAY, "CBOR: an array was expected", &item);
	if (r == 0)
		*ret_n = item.value;
	return r;
}

int cbor_in_map(struct cbor_in *in, uint64_t *ret_pairs)
{
	struct cbor_item item;
	int r;

	if (quick_container(in, CBOR_MAJOR_MAP, ret_pairs))
		return 0;
	r = expect(in, CBOR_MAP, "CBOR: a map was expected", &item);
	if (r == 0)
		*ret_pairs = item.value;
	return r;
}

bool cbor_in_is_text(const struct cbor_in *in)
{
	return !cur_empty(&in->c) && *in->c.p >> 5 == CBOR_MAJOR_TEXT;
}

int cbor_in_more(struct cbor_in *in, uint64_t *left)
{
	if (*left != CBOR_UNTIL_BREAK) {
		if (!*left)
			return 0;
		--*left;
		return 1;
	}
	if (cur_empty(&in->c))
		return bad(in, TSMMR_E_TRUNCATED, "CBOR ends before a break");
	if (*in->c.p != BREAK)
		return 1;
	cur_skip(&in->c, 1);
	*left = 0;
	return 0;
}

int cbor_in_count(struct cbor_in *in, uint64_t *ret_n)
{
	struct head head;
	int r = read_head(in, &head);

	if (r == 0)
		r = check_head(in, &head);
	if (r < 0)
		return r;
	if (head.major != CBOR_MAJOR_ARRAY)
		return bad(in, TSMMR_E_MALFORMED, "CBOR: an array was expected");
	cur_skip(&in->c, head.n);
	*ret_n = head.info == INFO_INDEFINITE ? CBOR_UNTIL_BREAK : head.arg;
	/* Of so many there are never all: one less makes no other log, and is no other word. */
	if (head.info != INFO_INDEFINITE && head.arg == CBOR_UNTIL_BREAK)
		--*ret_n;
	return 0;
}

/* A container that is being skipped. */
struct level {
	uint64_t left;
	bool map, at_value; /* the item before was a key */
};

/* Is another item due in it?  Pairs are counted at their keys. */
static int level_more(struct cbor_in *in, struct level *level)
{
	if (level->map && level->at_value) {
		level->at_value = false;
		return 1;
	}
	level->at_value = level->map;
	return cbor_in_more(in, &level->left);
}

static int skip_all(struct cbor_in *in)
{
	struct level levels[CBOR_DEPTH_MAX] = { { .left = 1 } };
	size_t n = 1;

	while (n) {
		struct cbor_item item;
		int r = level_more(in, &levels[n - 1]);

		if (r == 0) {
			n--;
			continue;
		}
		if (r > 0)
			r = next(in, false, &item);
		if (r < 0)
			return r;
		if (item.kind != CBOR_ARRAY && item.kind != CBOR_MAP && item.kind != CBOR_TAG)
			continue;
		if (item.kind != CBOR_TAG && !item.value)
			continue;
		if (n == CBOR_DEPTH_MAX)
			return bad(in, TSMMR_E_LIMIT, "CBOR is nested too deeply");
		levels[n++] = (struct level){
			.left = item.kind == CBOR_TAG ? 1 : item.value,
			.map = item.kind == CBOR_MAP,
		};
	}
	return 0;
}

int cbor_in_skip(struct cbor_in *in, struct span *ret)
{
	const struct cursor at = in->c;
	int r = skip_all(in);

	if (r < 0) {
		in->c = at;
		return r;
	}
	if (ret)
		*ret = span_of(at.p, (size_t)(in->c.p - at.p));
	return 0;
}
