/* SPDX-License-Identifier: BSD-2-Clause */
/* Which register a value is of, and in which bank. */
#include "util/error.h"
#include "util/hex.h"
#include "values/reader.h"

bool value_split(struct span name, char provider[VALUE_NAME_BYTES], struct span *ret)
{
	const uint8_t *slash = name.n ? memchr(name.p, '/', name.n) : NULL;
	size_t n = slash ? (size_t)(slash - name.p) : 0;

	*ret = name;
	if (!n || n >= VALUE_NAME_BYTES || n + 1 == name.n)
		return false;
	memcpy(provider, name.p, n);
	provider[n] = '\0';
	*ret = span_of(slash + 1, name.n - n - 1);
	return true;
}

const struct reg_desc *value_desc(const struct platform *p, const struct value *v)
{
	char provider[VALUE_NAME_BYTES];
	struct span name;

	if (v->platform && v->platform != p)
		return NULL;
	if (value_split(v->name, provider, &name) && !platform_is_shown_by(p, provider))
		return NULL;
	for (size_t i = 0; i < p->n_regs; i++) {
		const struct reg_desc *d = &p->regs[i];

		if (span_eq(name, d->name, strlen(d->name)) ||
		    (d->role && span_eq(name, d->role, strlen(d->role))))
			return d;
	}
	return NULL;
}

static bool is_register(const struct values_of *of, struct span name)
{
	const struct value v = { .name = name, .platform = of->platform };

	for (size_t i = 0; i < of->n_table; i++)
		if (value_desc(of->table[i], &v))
			return true;
	return false;
}

bool value_is_carried(const struct values_of *of, struct span name)
{
	char carrier[VALUE_NAME_BYTES];
	struct span rest;

	return value_split(name, carrier, &rest) &&
	       is_register(of, span_of(carrier, strlen(carrier)));
}

bool value_is_made(const struct values_of *of, const struct value *v)
{
	char provider[VALUE_NAME_BYTES];
	struct span name;

	if (v->platform || value_is_carried(of, v->name) || !value_split(v->name, provider, &name))
		return false;
	for (size_t i = 0; i < of->n_table; i++)
		if (platform_is_shown_by(of->table[i], provider))
			return false;
	return true;
}

const struct hash_alg *value_hash_of(size_t n)
{
	for (size_t i = 0; hash_by_index(i); i++)
		if (hash_by_index(i)->size == n)
			return hash_by_index(i);
	return NULL;
}

int value_bank(const struct value *v, const char *where, const struct reg_desc *desc, size_t n,
	       uint16_t *ret_alg, struct tsmmr_error *err)
{
	const struct hash_alg *own = hash_by_id(desc->alg), *alg = NULL;

	if (v->alg.n) {
		alg = hash_by_name(v->alg);
		if (!alg)
			return fail(err, TSMMR_E_ARG, "%s: no hash algorithm \"%.*s\"", where,
				    values_shown(v->alg), (const char *)v->alg.p);
	}
	if (desc->size) {
		if (alg && alg != own)
			return fail(err, TSMMR_E_ARG, "%s: %s has %s, not %s", where, desc->name,
				    own ? own->name : "no hash", alg->name);
		if (n != desc->size)
			return fail(err, TSMMR_E_ARG, "%s: %s has %u bytes, not %zu", where,
				    desc->name, desc->size, n);
		*ret_alg = desc->alg;
		return 0;
	}

	if (!alg)
		alg = value_hash_of(n);
	if (!alg)
		return fail(err, TSMMR_E_ARG,
			    "%s: no bank of %s has %zu bytes; sha1 has 20, sha256 32, sha384 48, "
			    "sha512 64",
			    where, desc->name, n);
	if (n != alg->size)
		return fail(err, TSMMR_E_ARG, "%s: %s:%s has %u bytes, not %zu", where, desc->name,
			    alg->name, alg->size, n);
	*ret_alg = alg->id;
	return 0;
}

static int fail_unknown(const struct value *v, const char *where, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_ARG, "%s: no register%s%s is called \"%.*s\"", where,
		    v->platform ? " of " : "", v->platform ? v->platform->name : "",
		    values_shown(v->name), (const char *)v->name.p);
}

int value_fit(const struct values_of *of, const struct value *v, const char *where, size_t n,
	      uint16_t *ret_alg, struct tsmmr_error *err)
{
	static const struct reg_desc any = { .name = "a register" };
	int r = TSMMR_E_NOTFOUND;

	for (size_t i = 0; r < 0 && i < of->n_table; i++) {
		const struct reg_desc *desc = value_desc(of->table[i], v);

		/* Of two that refuse it the first says why. */
		if (desc)
			r = value_bank(v, where, desc, n, ret_alg,
				       r == TSMMR_E_NOTFOUND ? err : NULL);
	}
	if (r != TSMMR_E_NOTFOUND || !v->name.n || !memchr(v->name.p, '/', v->name.n))
		return r == TSMMR_E_NOTFOUND ? fail_unknown(v, where, err) : r;
	if (!v->alg.n && !value_hash_of(n) && value_is_made(of, v)) {
		*ret_alg = TSMMR_HASH_NONE;
		return 0;
	}
	return value_bank(v, where, &any, n, ret_alg, err);
}

int value_next(struct span *hex, uint8_t *bytes, size_t size, size_t *ret_n)
{
	const uint8_t *comma = hex->n ? memchr(hex->p, ',', hex->n) : NULL;
	size_t until = comma ? (size_t)(comma - hex->p) : hex->n;
	struct span one = values_trim(span_of(hex->p, until));
	ssize_t n;

	if (!hex->p)
		return 0;
	n = one.n ? hex_decode(bytes, size, (const char *)one.p, one.n) : -1;
	if (n <= 0)
		return TSMMR_E_ARG;
	*hex = comma ? span_of(comma + 1, hex->n - until - 1) : span_of(NULL, 0);
	*ret_n = (size_t)n;
	return 1;
}

void value_settle(const struct values_reader *rd, struct value *v, struct span whole)
{
	const struct values_of of = { .table = rd->table, .n_table = rd->n_table };
	const struct hash_alg *alg = v->alg.n ? hash_by_name(v->alg) : NULL;
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	struct span hex = v->hex;
	size_t n;

	if (!v->alg.n || !value_is_made(&of, v) ||
	    (alg && value_next(&hex, bytes, sizeof(bytes), &n) > 0 && n == alg->size))
		return;
	v->name = whole;
	v->alg = span_of(NULL, 0);
}
