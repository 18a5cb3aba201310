/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists people write: registers and gaps. */
#include "core/select.h"

#include "crypto/hash.h"
#include "util/error.h"

/* How much of an item a message quotes. */
#define SHOWN 64

static int shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

/* Takes what is before the next comma off list.  An empty item is an error, wherever. */
static int item_take(struct span *list, struct span *ret, struct tsmmr_error *err)
{
	const uint8_t *comma;
	struct span item;

	if (!list->n)
		return 0;

	comma = memchr(list->p, ',', list->n);
	item = span_of(list->p, comma ? (size_t)(comma - list->p) : list->n);
	if (!item.n)
		return fail(err, TSMMR_E_ARG, "an empty item in a list");
	if (comma && item.n + 1 == list->n)
		return fail(err, TSMMR_E_ARG, "nothing after \"%.*s,\" in a list", shown(item),
			    (const char *)item.p);

	*list = comma ? span_of(comma + 1, list->n - item.n - 1) : span_of(NULL, 0);
	*ret = item;
	return 1;
}

/* Names and roles are made of these; PROVIDER/NAME has a slash, systemd's have dots. */
static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '/';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool all_name_chars(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_name_char(s.p[i]))
			return false;
	return s.n > 0;
}

static bool all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* "rtmr10" into "rtmr" and "10"; false when either would be empty. */
static bool split_number(struct span s, struct span *ret_name, struct span *ret_number)
{
	size_t n = s.n;

	while (n && is_digit(s.p[n - 1]))
		n--;
	if (n == 0 || n == s.n)
		return false;

	*ret_name = span_of(s.p, n);
	*ret_number = span_of(s.p + n, s.n - n);
	return true;
}

static bool parse_u32(struct span digits, uint32_t *ret)
{
	uint64_t v = 0;

	if (!all_digits(digits))
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		v = v * 10 + (uint64_t)(digits.p[i] - '0');
		if (v > UINT32_MAX)
			return false;
	}

	*ret = (uint32_t)v;
	return true;
}

/*
 * "rtmr0-2" or "rtmr0-rtmr2", from its last hyphen.  1; 0 for a name that only has a
 * hyphen in it, as roles do; E_ARG.
 */
static int parse_range(struct span s, struct select_item *ret, struct tsmmr_error *err)
{
	struct span left, right, name, from;
	size_t at = s.n;

	while (at && s.p[at - 1] != '-')
		at--;
	if (!at)
		return 0;

	left = span_of(s.p, at - 1);
	right = span_of(s.p + at, s.n - at);
	if (!split_number(left, &name, &from))
		return 0;
	if (span_starts(right, name.p, name.n))
		right = span_of(right.p + name.n, right.n - name.n);
	if (!all_digits(right))
		return 0;

	ret->name = name;
	ret->ranged = true;
	if (!parse_u32(from, &ret->first) || !parse_u32(right, &ret->last))
		return fail(err, TSMMR_E_ARG, "\"%.*s\": number too large", shown(s),
			    (const char *)s.p);
	if (ret->first > ret->last)
		return fail(err, TSMMR_E_ARG, "\"%.*s\": a range runs upwards", shown(s),
			    (const char *)s.p);
	return 1;
}

int select_next(struct span *list, struct select_item *ret, struct tsmmr_error *err)
{
	struct select_item item = { 0 };
	const struct hash_alg *alg;
	struct span text = { 0 }, name, rest;
	const uint8_t *colon;
	int r;

	rest = *list;
	r = item_take(&rest, &text, err);
	if (r <= 0)
		return r;

	colon = memchr(text.p, ':', text.n);
	name = span_of(text.p, colon ? (size_t)(colon - text.p) : text.n);
	if (colon) {
		alg = hash_by_name(span_of(colon + 1, text.n - name.n - 1));
		if (!alg)
			return fail(err, TSMMR_E_ARG, "\"%.*s\": no such hash algorithm",
				    shown(text), (const char *)text.p);
		item.alg = alg->id;
	}

	item.any = span_eq(name, "*", 1);
	if (!item.any && !all_name_chars(name))
		return fail(err, TSMMR_E_ARG, "\"%.*s\" is not a register name", shown(text),
			    (const char *)text.p);

	item.name = name;
	r = item.any ? 0 : parse_range(name, &item, err);
	if (r < 0)
		return r;

	*list = rest;
	*ret = item;
	return 1;
}

static bool name_matches(const struct select_item *item, const char *name)
{
	struct span whole, stem, digits;
	uint32_t number;

	if (!name)
		return false;
	whole = span_of(name, strlen(name));
	if (!item->ranged)
		return span_eq(item->name, whole.p, whole.n);

	return split_number(whole, &stem, &digits) && span_eq(item->name, stem.p, stem.n) &&
	       parse_u32(digits, &number) && number >= item->first && number <= item->last;
}

bool select_item_matches(const struct select_item *item, const char *name, const char *role,
			 int alg)
{
	if (item->alg && item->alg != alg)
		return false;
	return item->any || name_matches(item, name) || name_matches(item, role);
}

int select_matches(const char *list, const char *name, const char *role, int alg,
		   struct tsmmr_error *err)
{
	struct span rest = span_of(list, strlen(list));
	struct select_item item;
	bool found = false;
	int r;

	/* To its end even after a match: a bad list is bad for every register. */
	while ((r = select_next(&rest, &item, err)) > 0)
		found |= select_item_matches(&item, name, role, alg);
	return r < 0 ? r : found;
}

int allow_next(struct span *list, struct allow_item *ret, struct tsmmr_error *err)
{
	struct allow_item item = { 0 };
	struct span text = { 0 }, rest;
	size_t at;
	int r;

	rest = *list;
	r = item_take(&rest, &text, err);
	if (r <= 0)
		return r;

	/* The last colon, for a register may come with its bank: "pcr0:sha256:no-log". */
	at = text.n;
	while (at && text.p[at - 1] != ':')
		at--;
	if (at)
		item.reg = span_of(text.p, at - 1);
	item.gap = span_of(text.p + at, text.n - at);
	if (!item.gap.n || (at && !item.reg.n))
		return fail(err, TSMMR_E_ARG, "\"%.*s\" is not [REG:]GAP", shown(text),
			    (const char *)text.p);

	*list = rest;
	*ret = item;
	return 1;
}
