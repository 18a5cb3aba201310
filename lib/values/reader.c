/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of value files share: lines, words, and how a value is handed on. */
#include "values/reader.h"

#include <stdio.h>
#include <strings.h>

#include "util/error.h"

#define SHOWN 64
#define ALG_BYTES 16

int values_shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span values_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool values_line(struct values_reader *rd, struct span *text, struct span *ret)
{
	const uint8_t *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
	size_t n = end ? (size_t)(end - text->p) : text->n;

	if (!text->n)
		return false;
	*ret = span_of(text->p, n);
	*text = end ? span_of(end + 1, text->n - n - 1) : span_of(NULL, 0);
	snprintf(rd->where, sizeof(rd->where), "line %zu", ++rd->line);
	return true;
}

uint32_t values_number(struct span s, uint32_t limit)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return limit;
		n = n * 10 + (uint32_t)(s.p[i] - '0');
		if (n >= limit)
			return limit;
	}
	return s.n ? n : limit;
}

const struct hash_alg *values_hash(struct span name)
{
	char lower[ALG_BYTES];

	if (name.n > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) :
								  (char)name.p[i];
	return hash_by_name(span_of(lower, name.n));
}

void values_plain_name(const char *key, char *ret, size_t size)
{
	size_t n = 0;

	for (; *key && n < size - 1; key++)
		if (*key != '_')
			ret[n++] = *key >= 'A' && *key <= 'Z' ? (char)(*key | 0x20) : *key;
	ret[n] = '\0';
}

bool values_is_like_register(const char *key)
{
	char name[5];

	values_plain_name(key, name, sizeof(name));
	return !strncmp(name, "mr", 2) || !strncmp(name, "rtmr", 4) || !strncmp(name, "pcr", 3);
}

struct banks {
	struct values_reader *rd;
	struct json_object *o;
	int (*read)(struct values_reader *rd, struct json_object *o, const char *key,
		    const struct hash_alg *alg);
};

static int read_bank(void *user, const char *key)
{
	const struct banks *banks = user;
	const struct hash_alg *alg = values_hash(span_of(key, strlen(key)));

	if (alg)
		return banks->read(banks->rd, banks->o, key, alg);
	if (values_is_like_register(key) || !strncasecmp(key, "sha", 3) ||
	    !strncasecmp(key, "sm3", 3))
		return fail(banks->rd->err, TSMMR_E_MALFORMED,
			    "JSON: \"%.64s\", beside banks of PCRs, is none that is known", key);
	return 0;
}

int values_each_bank(struct values_reader *rd, struct json_object *o,
		     int (*read)(struct values_reader *rd, struct json_object *o, const char *key,
				 const struct hash_alg *alg))
{
	return json_in_each(o, read_bank, &(struct banks){ rd, o, read });
}

struct search {
	struct json_object *o;
	enum json_in_kind kind;
};

static int see_bank(void *user, const char *key)
{
	const struct search *search = user;

	return values_hash(span_of(key, strlen(key))) &&
	       json_in_kind(search->o, key) == search->kind;
}

bool values_has_bank(struct json_object *o, enum json_in_kind kind)
{
	return json_in_each(o, see_bank, &(struct search){ o, kind });
}

int values_check(const struct values_reader *rd, const struct platform *platform)
{
	return rd->platform && platform && platform != rd->platform ?
		       fail(rd->err, TSMMR_E_ARG, "%s is of %s, not %s", rd->where, platform->name,
			    rd->platform->name) :
		       0;
}

int values_give(struct values_reader *rd, struct value v)
{
	const uint8_t *slash = v.name.n ? memchr(v.name.p, '/', v.name.n) : NULL;
	size_t n = slash ? (size_t)(slash - v.name.p) : 0;

	for (size_t i = 0; slash && !v.platform && i < rd->n_table; i++)
		if (span_eq(span_of(v.name.p, n), rd->table[i]->name, strlen(rd->table[i]->name))) {
			v.platform = rd->table[i];
			v.name = span_of(slash + 1, v.name.n - n - 1);
		}
	/* JSON may say anything: lines are made of it, policies keep it, and it is printed. */
	for (size_t i = 0; i < v.name.n; i++)
		if (v.name.p[i] <= ' ' || v.name.p[i] > '~' || memchr("=#", v.name.p[i], 2))
			return fail(rd->err, TSMMR_E_ARG, "%s: not the name of a register",
				    rd->where);
	if (values_check(rd, v.platform) < 0)
		return TSMMR_E_ARG;
	if (!v.platform)
		v.platform = rd->platform;
	return rd->take(rd->user, &v, rd->where, rd->err);
}

int values_give_pcr(struct values_reader *rd, uint32_t pcr, const struct hash_alg *alg,
		    struct span hex)
{
	char name[16];
	int n = snprintf(name, sizeof(name), "pcr%u", pcr);

	return values_give(
		rd, (struct value){
			    .name = span_of(name, (size_t)n),
			    .alg = span_of(alg ? alg->name : "", alg ? strlen(alg->name) : 0),
			    .hex = hex,
			    .dumped = true,
		    });
}
