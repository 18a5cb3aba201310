/* SPDX-License-Identifier: BSD-2-Clause */
/* What sha256sum and its like print, and lines REGISTER DIGEST [TYPE] NAME of our own. */
#include "core/known.h"

#include "crypto/hash.h"
#include "util/error.h"

#define ALG_NAME_MAX 16

struct sum {
	const struct hash_alg *alg;
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	uint16_t reg, type;
	struct span name;
};

/* Programs write SHA256, sha256 and SM3. */
static const struct hash_alg *alg_of(struct span name)
{
	char lower[ALG_NAME_MAX];

	if (name.n >= sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		lower[i] =
			(char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
	if (span_eq(span_of(lower, name.n), "sm3", 3))
		return hash_by_id(TSMMR_HASH_SM3_256);
	return hash_by_name(span_of(lower, name.n));
}

/* The bank that a digest without a name is of: that of the program which most people have. */
static const struct hash_alg *alg_of_size(size_t n)
{
	static const int ids[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256, TSMMR_HASH_SHA384,
				   TSMMR_HASH_SHA512 };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (hash_by_id(ids[i])->size == n)
			return hash_by_id(ids[i]);
	return NULL;
}

/* One more than each digit's value: a list has so many that branches are dear. */
static const uint8_t digits[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Two digits a byte and nothing else: "0x" and colons are not what such programs print. */
static bool read_hex(struct span hex, uint8_t *ret)
{
	bool all = hex.n && hex.n % 2 == 0 && hex.n / 2 <= TSMMR_HASH_SIZE_MAX;

	for (size_t i = 0; all && i < hex.n; i += 2) {
		uint8_t high = digits[hex.p[i]], low = digits[hex.p[i + 1]];

		all = high && low;
		ret[i / 2] = (uint8_t)((high - 1u) << 4 | (low - 1u));
	}
	return all;
}

/* A digest of alg, or of the one that its length says. */
static int read_digest(struct known_loader *ld, const struct hash_alg *alg, struct span hex,
		       struct sum *sum)
{
	sum->alg = alg ? alg : alg_of_size(hex.n / 2);
	if (sum->alg && hex.n == 2u * sum->alg->size && read_hex(hex, sum->digest))
		return 0;
	return known_fail(ld, TSMMR_E_MALFORMED, "'%.*s' is no digest%s%s", known_shown(hex),
			  hex.n ? (const char *)hex.p : "", alg ? " of " : "",
			  alg ? alg->name : "");
}

/* "SHA256 (NAME) = HEX": 1, or 0 for what is not like that. */
static int read_bsd(struct known_loader *ld, struct span line, struct sum *sum)
{
	static const char open[] = " (", close[] = ") = ";
	size_t at = 0, end;
	int r;

	while (at < line.n && !span_has_at(line, at, open, 2))
		at++;
	for (end = line.n; end > at && !span_has_at(line, end, close, 4); end--)
		;
	if (at >= line.n || end < at + 2)
		return 0;
	sum->alg = alg_of(span_of(line.p, at));
	if (!sum->alg)
		return known_fail(ld, TSMMR_E_MALFORMED, "'%.*s': no such hash algorithm",
				  known_shown(span_of(line.p, at)), (const char *)line.p);
	sum->name = span_of(line.p + at + 2, end - at - 2);
	r = read_digest(ld, sum->alg, span_of(line.p + end + 4, line.n - end - 4), sum);
	return r < 0 ? r : 1;
}

/* Of a list for one register. */
static int read_foreign(struct known_loader *ld, struct span line, struct sum *sum)
{
	struct span rest;
	int r;

	sum->reg = ld->source->reg;
	/* Before a name in which a newline or a backslash is escaped.  (coreutils) */
	if (line.n && line.p[0] == '\\')
		line = span_of(line.p + 1, line.n - 1);
	r = read_bsd(ld, line, sum);
	if (r)
		return r < 0 ? r : 0;
	rest = line;
	r = read_digest(ld, NULL, known_word(&rest), sum);
	if (r == 0 && rest.n && *rest.p == '*')
		rest = span_of(rest.p + 1, rest.n - 1);
	sum->name = rest;
	return r;
}

/* "[sha384:]HEX" */
static int read_named_digest(struct known_loader *ld, struct span s, struct sum *sum)
{
	const uint8_t *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
	size_t n = colon ? (size_t)(colon - s.p) : 0;
	const struct hash_alg *alg = colon ? alg_of(span_of(s.p, n)) : NULL;

	if (colon && !alg)
		return known_fail(ld, TSMMR_E_MALFORMED, "'%.*s': no such hash algorithm",
				  known_shown(span_of(s.p, n)), (const char *)s.p);
	return read_digest(ld, alg, colon ? span_of(colon + 1, s.n - n - 1) : s, sum);
}

/* Is it a line of sha256sum's? */
static bool is_foreign(struct span first)
{
	uint8_t unused[TSMMR_HASH_SIZE_MAX];

	if (first.n && first.p[0] == '\\')
		first = span_of(first.p + 1, first.n - 1);
	return alg_of(first) || (first.n >= 40 && read_hex(first, unused));
}

/* Of our own. */
static int read_own(struct known_loader *ld, struct span line, struct sum *sum)
{
	struct span rest = line, first = known_word(&rest), type;
	int r;

	if (is_foreign(first))
		return known_fail(ld, TSMMR_E_ARG,
				  "this fits every register: say which the list is of");
	r = known_reg(ld, first, &sum->reg);
	if (r == 0)
		r = read_named_digest(ld, known_word(&rest), sum);
	if (r < 0)
		return r;
	sum->name = rest;
	type = known_word(&rest);
	/* A number that is no type's is a slip: it would let any type pass. */
	if (!known_is_type(type) && !span_starts(type, "0x", 2))
		return 0;
	sum->name = rest;
	return known_type(ld, type, &sum->type);
}

static int load(struct known_loader *ld)
{
	bool any = false;
	struct span line;
	int r;

	while ((r = known_line(ld, &line)) > 0) {
		struct sum sum = { .type = KNOWN_ANY };

		if (!line.n || line.p[0] == '#')
			continue;
		r = (ld->source->reg ? read_foreign : read_own)(ld, line, &sum);
		if (r == 0)
			r = known_add_digest(ld, sum.reg, sum.type, sum.alg->id,
					     span_of(sum.digest, sum.alg->size), sum.name);
		if (r < 0)
			return r;
		any = true;
	}
	if (r == 0 && !any) {
		ld->line = 0;
		return known_fail(ld, TSMMR_E_MALFORMED, "no digest in it");
	}
	return r;
}

const struct known_kind known_sums = {
	.id = TSMMR_KNOWN_SUMS,
	.name = "sums",
	.load = load,
};
