/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules over the text that digests cover: lines REGISTER TYPE PATTERN [require] [once]. */
#include "core/known.h"

#include <stdio.h>

#include "util/error.h"
#include "util/grow.h"

#define RULES_MAX 4096
#define PATTERN_MAX 1024
#define TEXT_MAX (64u << 10) /* no rule looks at more: the time is that of text times pattern */

struct rule {
	uint16_t reg, type;
	bool require, once;
	char *pattern; /* a shell's: * ? [a-z] [!a-z], and no escapes, for text has those */
	size_t n;
	uint64_t line;
};

struct rules {
	struct rule *all;
	size_t n, cap;
};

static void free_rules(void *data)
{
	struct rules *rules = data;

	for (size_t i = 0; rules && i < rules->n; i++)
		free(rules->all[i].pattern);
	if (rules)
		free(rules->all);
	free(rules);
}

/* The length of the character at p, of text that is valid UTF-8. */
static size_t character(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && ((uint8_t)p[i] & 0xc0) == 0x80)
		i++;
	return i;
}

/* Does the set that begins after p[0], a '[', have c?  *ret_n is its length; 0: it has no end. */
static bool set_has(const char *p, size_t n, uint8_t c, size_t *ret_n)
{
	size_t i = 1;
	bool negated = i < n && p[i] == '!', has = false;

	i += negated;
	*ret_n = 0;
	/* Of bytes, so of ASCII. */
	for (size_t first = i; i < n && (p[i] != ']' || i == first); i++) {
		uint8_t from = (uint8_t)p[i], to = from;

		if (i + 2 < n && p[i + 1] == '-' && p[i + 2] != ']') {
			to = (uint8_t)p[i + 2];
			i += 2;
		}
		if (from >= 0x80 || to >= 0x80)
			return false;
		has |= c >= from && c <= to;
	}
	if (i >= n)
		return false;
	*ret_n = i + 1;
	return has != negated;
}

/* Does what stands first in the pattern fit the first character?  The lengths of both. */
static bool fits_one(const char *p, size_t n, const char *s, size_t left, size_t *ret_p,
		     size_t *ret_s)
{
	*ret_p = 1;
	*ret_s = 1;
	if (*p == '?') {
		*ret_s = character(s, left);
		return true;
	}
	if (*p == '[') {
		*ret_s = character(s, left);
		return set_has(p, n, (uint8_t)*s, ret_p);
	}
	return *p == *s;
}

/*
 * All of the text, without recursion: only the last star is ever tried again.  Where more text
 * comes after it: could all of that fit?
 */
static bool fits(const char *p, size_t n, const char *s, size_t left, bool more)
{
	const char *star = NULL, *again = NULL;
	size_t star_n = 0, again_left = 0, pn, sn;

	while (left) {
		if (n && *p == '*') {
			star = ++p;
			star_n = --n;
			again = s;
			again_left = left;
		} else if (n && fits_one(p, n, s, left, &pn, &sn)) {
			p += pn;
			n -= pn;
			s += sn;
			left -= sn;
		} else if (star) {
			sn = character(again, again_left);
			again += sn;
			again_left -= sn;
			s = again;
			left = again_left;
			p = star;
			n = star_n;
		} else {
			return false;
		}
	}
	while (n && *p == '*') {
		p++;
		n--;
	}
	return more || !n;
}

/* Sets that end, so that none is taken for another pattern than was meant. */
static bool is_pattern(struct span s)
{
	size_t n;

	for (size_t i = 0; i < s.n; i += n) {
		n = 1;
		if (s.p[i] == '[')
			set_has((const char *)s.p + i, s.n - i, 0, &n);
		if (!n)
			return false;
	}
	return true;
}

static struct span trim(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* One word, or from a quote to the last one of the line. */
static int take_pattern(struct known_loader *ld, struct span *text, struct span *ret)
{
	size_t end;

	if (!text->n || *text->p != '"') {
		*ret = known_word(text);
		return ret->n ? 0 : known_fail(ld, TSMMR_E_MALFORMED, "no pattern");
	}
	for (end = text->n - 1; end && text->p[end] != '"'; end--)
		;
	if (!end)
		return known_fail(ld, TSMMR_E_MALFORMED, "a quote that does not end");
	*ret = span_of(text->p + 1, end - 1);
	*text = trim(span_of(text->p + end + 1, text->n - end - 1));
	return 0;
}

static int read_flags(struct known_loader *ld, struct span text, struct rule *rule)
{
	struct span flag;

	while ((flag = known_word(&text)).n) {
		if (span_eq(flag, "require", 7))
			rule->require = true;
		else if (span_eq(flag, "once", 4))
			rule->once = true;
		else
			return known_fail(ld, TSMMR_E_MALFORMED,
					  "'%.*s' is neither require nor once; a pattern with "
					  "blanks stands in quotes",
					  known_shown(flag), (const char *)flag.p);
	}
	if (ld->source->denied && (rule->require || rule->once))
		return known_fail(ld, TSMMR_E_ARG, "what is denied is not demanded");
	return 0;
}

static int read_rule(struct known_loader *ld, struct span line, struct rule *rule)
{
	struct span rest = line, reg = known_word(&rest), type, pattern = { 0 };
	int r = known_reg(ld, reg, &rule->reg);

	if (r < 0)
		return r;
	type = known_word(&rest);
	if (!span_eq(type, "*", 1))
		r = known_type(ld, type, &rule->type);
	if (r == 0)
		r = take_pattern(ld, &rest, &pattern);
	if (r == 0)
		r = read_flags(ld, rest, rule);
	if (r < 0)
		return r;
	if (pattern.n > PATTERN_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "a pattern of more than %d bytes",
				  PATTERN_MAX);
	if (!is_pattern(pattern))
		return known_fail(ld, TSMMR_E_MALFORMED,
				  "a [ without its ], or of other than ASCII");
	rule->n = pattern.n;
	rule->line = ld->line;
	rule->pattern = malloc(pattern.n + 1);
	if (!rule->pattern)
		return fail_nomem(ld->err);
	if (pattern.n)
		memcpy(rule->pattern, pattern.p, pattern.n);
	rule->pattern[pattern.n] = '\0';
	return 0;
}

static int add_rule(struct known_loader *ld, struct rules *rules, struct span line)
{
	struct rule rule = { .type = KNOWN_ANY }, *all;
	int r;

	if (rules->n == RULES_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "more than %d rules", RULES_MAX);
	all = grown(rules->all, rules->n, &rules->cap, sizeof(*all));
	if (!all)
		return fail_nomem(ld->err);
	rules->all = all;
	r = read_rule(ld, line, &rule);
	if (r == 0)
		rules->all[rules->n++] = rule;
	return r;
}

static int load(struct known_loader *ld)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	struct span line;
	int r;

	if (!rules)
		return fail_nomem(ld->err);
	ld->source->data = rules;
	if (ld->source->reg)
		return known_fail(ld, TSMMR_E_ARG, "rules name the registers themselves");
	while ((r = known_line(ld, &line)) > 0) {
		line = trim(line);
		if (!line.n || *line.p == '#')
			continue;
		r = add_rule(ld, rules, line);
		if (r < 0)
			return r;
	}
	if (r == 0 && !rules->n) {
		ld->line = 0;
		return known_fail(ld, TSMMR_E_MALFORMED, "no rule in it");
	}
	return r;
}

/* How often each rule fitted. */
static size_t state_size(const struct known_source *source, size_t n_slots)
{
	const struct rules *rules = source->data;

	(void)n_slots;
	return rules->n * sizeof(uint64_t);
}

/*
 * As much of the text as is looked at; *ret_more: more comes after it.  Of what is no text there
 * is none for those that make it known, and for those that deny it what is said of it.
 */
static struct span seen_of(const struct known_event *e, bool denied, bool *ret_more)
{
	static const char mark[] = "…";
	const uint8_t *cut =
		e->cut && e->text.n ? memmem(e->text.p, e->text.n, mark, strlen(mark)) : NULL;
	struct span seen = e->text;

	*ret_more = cut || (e->cut && !denied) || seen.n > TEXT_MAX;
	if (cut)
		seen.n = (size_t)(cut - seen.p);
	else if (e->cut && !denied)
		seen.n = 0;
	return span_head(seen, TEXT_MAX);
}

/* Does it fit, whatever comes after it?  To deny it: may it? */
static bool rule_fits(const struct rule *rule, struct span text, bool more, bool denied)
{
	return (!more || denied || (rule->n && rule->pattern[rule->n - 1] == '*')) &&
	       fits(rule->pattern, rule->n, (const char *)text.p, text.n, more && denied);
}

/* A type is not measured: whoever writes the log would deny nothing by another. */
static int match(const struct known_source *source, void *state, const struct known_event *e,
		 struct span *ret_name)
{
	const struct rules *rules = source->data;
	uint64_t *n = state;
	struct span text;
	int known = 0;
	bool more;

	if (!e->bound)
		return 0;
	text = seen_of(e, source->denied, &more);
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->all[i];

		if (!e->fits[rule->reg] ||
		    (rule->type != KNOWN_ANY && rule->type != e->type && !source->denied) ||
		    !rule_fits(rule, text, more, source->denied))
			continue;
		n[i]++;
		if (known || (rule->once && n[i] > 1))
			continue;
		*ret_name = span_of(rule->pattern, rule->n);
		known = 1;
	}
	return known;
}

static int end(const struct known_source *source, const void *state, known_lack_fn lack, void *user)
{
	const struct rules *rules = source->data;
	const uint64_t *n = state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < rules->n; i++) {
		const struct rule *rule = &rules->all[i];
		char text[256];

		if (n[i] ? !rule->once || n[i] == 1 : !rule->require)
			continue;
		if (n[i])
			snprintf(text, sizeof(text), "line %llu: %llu times, not once: %.120s",
				 (unsigned long long)rule->line, (unsigned long long)n[i],
				 rule->pattern);
		else
			snprintf(text, sizeof(text), "line %llu: no record is: %.120s",
				 (unsigned long long)rule->line, rule->pattern);
		r = lack(user, source, text);
	}
	return r;
}

const struct known_kind known_rules = {
	.id = TSMMR_KNOWN_RULES,
	.name = "rules",
	.wants_text = true,
	.load = load,
	.state_size = state_size,
	.match = match,
	.end = end,
	.free = free_rules,
};
