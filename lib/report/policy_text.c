/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy as lines of options, as the command line has them. */
#include "report/policy.h"

#include <errno.h>
#include <stdio.h>

#include "core/names.h"
#include "util/error.h"
#include "util/hex.h"

#define TEXT_BYTES_MAX (1u << 20)
#define LINE_MAX_BYTES (64u << 10)

static int take_min_trust(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	for (int i = TSMMR_TRUST_UNSIGNED; trust_name(i); i++)
		if (!strcmp(value, trust_name(i)))
			return policy_set_min_trust(policy, i, err);
	return fail(err, TSMMR_E_ARG, "'%s' is not unsigned, signed or authenticated", value);
}

static int take_min_hash(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	const struct hash_alg *alg = hash_by_name(span_of(value, strlen(value)));

	return alg ? policy_set_min_hash(policy, alg->id, err) :
		     fail(err, TSMMR_E_ARG, "no hash algorithm '%s'", value);
}

static int take_debug(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	return *value ? fail(err, TSMMR_E_ARG, "takes no value") : policy_allow_debug(policy, err);
}

static int take_nonce(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	uint8_t nonce[64];
	ssize_t n = hex_decode(nonce, sizeof(nonce), value, strlen(value));

	return n > 0 ? policy_set_nonce(policy, span_of(nonce, (size_t)n), err) :
		       fail(err, TSMMR_E_ARG, "not 1 to 64 bytes of hexadecimal");
}

/* Decimal, or hexadecimal after 0x; "05" is no octal.  All of text, which has n bytes. */
static bool take_number(const char *text, size_t n, uint64_t *ret)
{
	bool hex = n > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!n || (text[hex ? 2 : 0] == '-' || text[hex ? 2 : 0] == '+' || text[0] == ' '))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, hex ? 16 : 10);
	return !errno && end == text + n;
}

/* "claim.NAME=VALUE[/MASK]": a number, or bytes in hexadecimal, or else text, slashes and all. */
static int take_claim(struct tsmmr_policy *policy, const char *text, bool at_least,
		      struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *value = NULL;
	_cleanup_(free) uint8_t *mask = NULL;
	const char *equals = strchr(text, '='), *slash;
	char name[128];
	struct claim_ask ask = { .name = name, .at_least = at_least, .number_mask = UINT64_MAX };
	ssize_t n;
	size_t len;

	if (strncmp(text, "claim.", 6) != 0 || !equals || !equals[1] ||
	    equals - text - 6 >= (ptrdiff_t)sizeof(name))
		return fail(err, TSMMR_E_ARG, "not claim.NAME=VALUE%s", at_least ? "" : "[/MASK]");
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text - 6), text + 6);
	text = equals + 1;
	slash = at_least ? NULL : strchr(text, '/');
	len = slash ? (size_t)(slash - text) : strlen(text);
	value = malloc(strlen(text));
	mask = malloc(strlen(text));
	if (!value || !mask)
		return fail_nomem(err);

	ask.is_number = take_number(text, len, &ask.number);
	n = hex_decode(value, len, text, len);
	if (slash && !ask.is_number && n <= 0)
		slash = NULL;
	if (n > 0) {
		ask.value = value;
		ask.n = (size_t)n;
	}
	if (!slash && !at_least)
		ask.text = (char *)(uintptr_t)text;
	if (slash) {
		ask.is_number &= take_number(slash + 1, strlen(slash + 1), &ask.number_mask);
		if (n > 0 && hex_decode(mask, strlen(slash), slash + 1, strlen(slash + 1)) == n)
			ask.mask = mask;
		else
			ask.value = NULL;
	}
	if (!ask.is_number && !ask.value && !ask.text)
		return fail(err, TSMMR_E_ARG, "the value of claim.%s is no number and not hex%s",
			    name, slash ? ", or its mask is not as long" : "");
	if (!ask.value)
		ask.n = 0;
	return policy_ask_claim(policy, &ask, err);
}

static int take_at_least(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	return take_claim(policy, value, true, err);
}

static int take_min_evaluation(struct tsmmr_policy *policy, const char *value,
			       struct tsmmr_error *err)
{
	uint64_t least;

	return take_number(value, strlen(value), &least) ?
		       policy_set_min_evaluation(policy, least, err) :
		       fail(err, TSMMR_E_ARG, "not a number");
}

static int take_expect(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err)
{
	if (!strncmp(value, "claim.", 6))
		return take_claim(policy, value, false, err);
	return policy_expect_text(policy, NULL, span_of(value, strlen(value)), err);
}

/* clang-format off */
static const struct {
	const char *name;
	int (*take)(struct tsmmr_policy *policy, const char *value, struct tsmmr_error *err);
} options[] = {
	{ "require",     policy_require },
	{ "allow",       policy_allow },
	{ "must-check",  policy_must_check },
	{ "accept-tcb",  policy_accept_tcb },
	{ "accept-advisory", policy_accept_advisories },
	{ "min-tcb-evaluation", take_min_evaluation },
	{ "min-trust",   take_min_trust },
	{ "min-hash",    take_min_hash },
	{ "allow-debug", take_debug },
	{ "nonce",       take_nonce },
	{ "expect",      take_expect },
	{ "at-least",    take_at_least },
};
/* clang-format on */

/* line has no newline and ends in NUL. */
static int take_line(struct tsmmr_policy *policy, char *line, size_t number,
		     struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	size_t n;
	char *value;
	int r = TSMMR_E_ARG;

	line += strspn(line, " \t\r");
	if (!*line || *line == '#')
		return 0;
	for (n = strlen(line); n && strchr(" \t\r", line[n - 1]); n--)
		line[n - 1] = '\0';
	line += !strncmp(line, "--", 2) ? 2 : 0;
	n = strcspn(line, " \t=");
	value = line + n;
	if (*value)
		*value++ = '\0';
	value += strspn(value, " \t");

	if (*value == '@')
		return fail(err, TSMMR_E_ARG, "line %zu: a file is the caller's to read", number);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(line, options[i].name)) {
			r = options[i].take(policy, value, &why);
			return r < 0 ? fail(err, r, "line %zu: %s: %s", number, line, why.message) :
				       0;
		}
	return fail(err, r, "line %zu: '%.64s' is nothing that a policy decides", number, line);
}

int policy_parse(struct tsmmr_policy *policy, struct span text, struct tsmmr_error *err)
{
	size_t number = 0;
	int r = 0;

	if (text.n > TEXT_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "a policy of %zu bytes, more than %u", text.n,
			    TEXT_BYTES_MAX);
	while (r == 0 && text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		_cleanup_(free) char *line =
			n <= LINE_MAX_BYTES ? strndup((const char *)text.p, n) : NULL;

		if (!line)
			return n <= LINE_MAX_BYTES ?
				       fail_nomem(err) :
				       fail(err, TSMMR_E_LIMIT, "line %zu: too long", number + 1);
		if (strlen(line) != n)
			return fail(err, TSMMR_E_ARG, "line %zu: not text", number + 1);
		r = take_line(policy, line, ++number, err);
		n += end ? 1 : 0;
		text = span_of(text.p + n, text.n - n);
	}
	return r;
}
