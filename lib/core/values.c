/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers by hand: lines NAME[:ALG]=HEX, or our own JSON. */
#include "core/regs.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

#define TEXT_BYTES_MAX (1u << 20)
#define SHOWN 64

struct reader {
	const struct platform *platform; /* of every name, or NULL */
	const struct platform *const *table;
	size_t n_table;
	const struct tsmmr_regs *base; /* or NULL */
	struct tsmmr_regs *given;      /* what was read so far */
	char where[32];                /* for messages: "line 3" */
	struct tsmmr_error *err;
};

/* One value, as text or JSON says it. */
struct value {
	const struct platform *platform; /* NULL: take it from the name */
	struct span name;
	struct span alg; /* empty: not said */
	struct span hex;
};

static int shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct span before(struct span s, const uint8_t *end)
{
	return span_of(s.p, (size_t)(end - s.p));
}

static struct span after(struct span s, const uint8_t *at)
{
	return span_of(at + 1, s.n - (size_t)(at - s.p) - 1);
}

static const struct reg_desc *desc_by_name(const struct platform *p, struct span name)
{
	for (size_t i = 0; i < p->n_regs; i++)
		if (span_eq(name, p->regs[i].name, strlen(p->regs[i].name)))
			return &p->regs[i];
	return NULL;
}

/*
 * Which register is meant?  Of a name that two platforms have the first one's, or where
 * the platform is not said the one that the base has: a TPM and an enclave both have PCRs.
 */
static int resolve(const struct reader *rd, const struct value *v, struct tsmmr_reg *reg)
{
	reg->desc = NULL;
	for (size_t i = 0; i < rd->n_table; i++) {
		const struct reg_desc *desc = desc_by_name(rd->table[i], v->name);

		if (!desc || (v->platform && v->platform != rd->table[i]))
			continue;
		if (reg->desc && !regs_find(rd->base, rd->table[i], desc, TSMMR_HASH_NONE))
			continue;
		reg->platform = rd->table[i];
		reg->desc = desc;
	}
	if (!reg->desc)
		return fail(rd->err, TSMMR_E_ARG, "%s: no register%s%s is called \"%.*s\"",
			    rd->where, v->platform ? " of " : "",
			    v->platform ? v->platform->name : "", shown(v->name),
			    (const char *)v->name.p);
	return 0;
}

/*
 * The bank, and that the length fits it.  Where a PCR's is not said the length decides,
 * and SHA-1 and SHA-2 come before what else has that length.
 */
static int choose_bank(const struct reader *rd, const struct value *v, size_t n,
		       struct tsmmr_reg *reg)
{
	const struct reg_desc *desc = reg->desc;
	const struct hash_alg *alg = NULL;

	if (v->alg.n) {
		alg = hash_by_name(v->alg);
		if (!alg)
			return fail(rd->err, TSMMR_E_ARG, "%s: no hash algorithm \"%.*s\"",
				    rd->where, shown(v->alg), (const char *)v->alg.p);
	}

	if (desc->size) {
		const struct hash_alg *own = hash_by_id(desc->alg);

		if (alg && alg != own)
			return fail(rd->err, TSMMR_E_ARG, "%s: %s has %s, not %s", rd->where,
				    desc->name, own ? own->name : "no hash", alg->name);
		if (n != desc->size)
			return fail(rd->err, TSMMR_E_ARG, "%s: %s has %u bytes, not %zu", rd->where,
				    desc->name, desc->size, n);
		reg->alg = desc->alg;
		reg->size = desc->size;
		return 0;
	}

	for (size_t i = 0; !alg && hash_by_index(i); i++)
		if (hash_by_index(i)->size == n)
			alg = hash_by_index(i);
	if (!alg)
		return fail(rd->err, TSMMR_E_ARG,
			    "%s: no bank of %s has %zu bytes; sha1 has 20, sha256 32, sha384 48, "
			    "sha512 64",
			    rd->where, desc->name, n);
	if (n != alg->size)
		return fail(rd->err, TSMMR_E_ARG, "%s: %s:%s has %u bytes, not %zu", rd->where,
			    desc->name, alg->name, alg->size, n);
	reg->alg = alg->id;
	reg->size = alg->size;
	return 0;
}

static struct tsmmr_reg *reg_append(struct tsmmr_regs *regs, const struct tsmmr_reg *reg)
{
	struct tsmmr_reg *all = reallocarray(regs->regs, regs->n + 1, sizeof(*all));

	if (!all)
		return NULL;
	regs->regs = all;
	regs->cap = regs->n + 1;
	all[regs->n] = *reg;
	return &all[regs->n++];
}

static int value_add(const struct reader *rd, const struct value *v)
{
	struct tsmmr_reg reg = { .trust = TSMMR_TRUST_GIVEN, .has_value = true, .by_hand = true };
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	const struct tsmmr_reg *same;
	ssize_t n;
	int r;

	r = resolve(rd, v, &reg);
	if (r < 0)
		return r;
	n = hex_decode(bytes, sizeof(bytes), (const char *)v->hex.p, v->hex.n);
	if (n < 0)
		return fail(rd->err, TSMMR_E_ARG, "%s: the value of %s is not hex, or too long",
			    rd->where, reg.desc->name);
	r = choose_bank(rd, v, (size_t)n, &reg);
	if (r < 0)
		return r;
	memcpy(reg.value, bytes, reg.size);
	reg.flags = reg.desc->flags | TSMMR_REG_READABLE;

	same = regs_find(rd->given, reg.platform, reg.desc, reg.alg);
	if (same && memcmp(same->value, reg.value, reg.size) != 0)
		return fail(rd->err, TSMMR_E_ARG, "%s: %s is given twice, with different values",
			    rd->where, reg.desc->name);
	if (!same && !reg_append(rd->given, &reg))
		return fail_nomem(rd->err);
	return 0;
}

static int read_line(const struct reader *rd, struct span line)
{
	struct value v = { .platform = rd->platform };
	const uint8_t *comment = line.n ? memchr(line.p, '#', line.n) : NULL;
	const uint8_t *equals, *colon;

	line = trim(comment ? before(line, comment) : line);
	if (!line.n)
		return 0;

	equals = memchr(line.p, '=', line.n);
	if (!equals)
		return fail(rd->err, TSMMR_E_ARG, "%s: not NAME[:ALG]=HEX", rd->where);
	v.name = trim(before(line, equals));
	v.hex = trim(after(line, equals));

	colon = v.name.n ? memchr(v.name.p, ':', v.name.n) : NULL;
	if (colon) {
		v.alg = after(v.name, colon);
		v.name = before(v.name, colon);
		if (!v.alg.n)
			return fail(rd->err, TSMMR_E_ARG, "%s: no hash algorithm after the colon",
				    rd->where);
	}
	return value_add(rd, &v);
}

static int read_lines(struct reader *rd, struct span text)
{
	for (size_t number = 1; text.n; number++) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		int r;

		snprintf(rd->where, sizeof(rd->where), "line %zu", number);
		r = read_line(rd, end ? before(text, end) : text);
		if (r < 0)
			return r;
		text = end ? after(text, end) : span_of(NULL, 0);
	}
	return 0;
}

/* The platform that a JSON object names, if it does. */
static int read_platform(const struct reader *rd, struct json_object *o,
			 const struct platform **ret)
{
	struct span name;
	int r = json_in_str(o, "platform", &name, rd->err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < rd->n_table; i++)
		if (span_eq(name, rd->table[i]->name, strlen(rd->table[i]->name))) {
			*ret = rd->table[i];
			return 0;
		}
	return fail(rd->err, TSMMR_E_UNSUPPORTED, "%s: platform \"%.*s\" is not supported yet",
		    rd->where, shown(name), (const char *)name.p);
}

static int read_item(const struct reader *rd, struct json_object *o,
		     const struct platform *platform)
{
	struct value v = { .platform = platform };
	struct span unused;
	int r;

	r = read_platform(rd, o, &v.platform);
	if (r < 0)
		return r;
	if (rd->platform && v.platform && v.platform != rd->platform)
		return fail(rd->err, TSMMR_E_ARG, "%s is of %s, not %s", rd->where,
			    v.platform->name, rd->platform->name);
	if (rd->platform)
		v.platform = rd->platform;

	r = json_in_str(o, "name", &v.name, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: no name", rd->where);
	if (r > 0)
		r = json_in_str(o, "alg", &v.alg, rd->err);
	if (r >= 0)
		r = json_in_str(o, "index_space", &unused, rd->err);
	if (r >= 0)
		r = json_in_str(o, "value", &v.hex, rd->err);

	/* A register that nobody could read has null for a value. */
	return r > 0 ? value_add(rd, &v) : r;
}

/* What `registers` and `replay` print.  Keys we do not know are of later versions. */
static int read_json(struct reader *rd, struct span text)
{
	static const char *const schemas[] = { "tsmmr.registers/1", "tsmmr.replay/1" };
	_cleanup_(json_in_free) struct json_object *o = NULL;
	const struct platform *platform = NULL;
	struct json_object *array, *item;
	struct span schema = { 0 };
	bool known = false;
	int r;

	snprintf(rd->where, sizeof(rd->where), "JSON");
	r = json_in_object(text, JSON_IN_BYTES, &o, rd->err);
	if (r < 0)
		return r;
	r = json_in_str(o, "schema", &schema, rd->err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++)
		known |= span_eq(schema, schemas[i], strlen(schemas[i]));
	if (!known)
		return fail(rd->err, TSMMR_E_UNSUPPORTED,
			    "JSON of schema \"%.*s\", not tsmmr.registers/1 or tsmmr.replay/1",
			    shown(schema), schema.n ? (const char *)schema.p : "");

	r = read_platform(rd, o, &platform);
	if (r < 0)
		return r;
	r = json_in_array(o, "registers", &array, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "JSON: no \"registers\"");

	for (size_t i = 0; r > 0; i++) {
		snprintf(rd->where, sizeof(rd->where), "JSON register %zu", i);
		r = json_in_item(array, i, &item, rd->err);
		if (r > 0) {
			r = read_item(rd, item, platform);
			r = r < 0 ? r : 1;
		}
	}
	return r;
}

/*
 * What is given becomes what the register must be.  Where two references differ at least
 * one is wrong about the register; keep that one.
 */
static void refer(struct tsmmr_reg *reg, const struct tsmmr_reg *given)
{
	reg->by_hand = true;
	if (!reg->has_value) {
		memcpy(reg->value, given->value, reg->size);
		reg->has_value = true;
		reg->trust = TSMMR_TRUST_GIVEN;
	}
	if (reg->has_reference && !hash_equal(reg->reference, reg->value, reg->size))
		return;
	memcpy(reg->reference, given->value, reg->size);
	reg->has_reference = true;
}

static int join(const struct tsmmr_regs *base, const struct tsmmr_regs *given,
		struct tsmmr_regs **ret)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r = regs_copy(base, given->n, &regs);

	if (r < 0)
		return r;
	for (size_t i = 0; i < given->n; i++) {
		const struct tsmmr_reg *reg = &given->regs[i];
		const struct tsmmr_reg *own = regs_find(base, reg->platform, reg->desc, reg->alg);

		if (own)
			refer(&regs->regs[own - base->regs], reg);
		else
			regs->regs[regs->n++] = *reg;
	}

	*ret = take_ptr(regs);
	return 0;
}

int regs_from_values(const struct platform *platform, const struct platform *const *table,
		     size_t n_table, struct span text, const struct tsmmr_regs *base,
		     struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *given = NULL;
	struct reader rd = {
		.platform = platform,
		.table = table,
		.n_table = n_table,
		.base = base,
		.err = err,
	};
	struct span body = trim(text);
	int r;

	if (text.n > TEXT_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "register values of %zu bytes, more than %u",
			    text.n, TEXT_BYTES_MAX);
	if (regs_new(0, &given) < 0)
		return fail_nomem(err);
	rd.given = given;

	r = span_starts(body, "{", 1) ? read_json(&rd, body) : read_lines(&rd, text);
	if (r < 0)
		return r;
	if (base)
		return join(base, given, ret) < 0 ? fail_nomem(err) : 0;

	*ret = take_ptr(given);
	return 0;
}
