/* SPDX-License-Identifier: BSD-2-Clause */
/* Register sets by hand: the values are the question, and nobody vouches for them. */
#include "crypto/hash.h"
#include "util/error.h"
#include "values/reader.h"

struct reader {
	const struct values_of *of;
	struct tsmmr_regs *regs;
};

/* Of a tree whose provider no table has: what its file says is all there is to know. */
static int make_register(const struct value *v, const char *where, struct tsmmr_reg *reg,
			 struct tsmmr_error *err)
{
	struct reg_desc desc = { .kind = TSMMR_KIND_RUNTIME, .index = NO_INDEX };
	char provider[VALUE_NAME_BYTES], name[VALUE_NAME_BYTES];
	const struct hash_alg *alg = v->alg.n ? hash_by_name(v->alg) : NULL;
	struct span rest;

	value_split(v->name, provider, &rest);
	if (rest.n >= sizeof(name))
		return fail(err, TSMMR_E_ARG, "%s: not the name of a register", where);
	memcpy(name, rest.p, rest.n);
	name[rest.n] = '\0';
	desc.name = name;
	if (alg) {
		desc.alg = alg->id;
		desc.size = alg->size;
	}
	if (platform_make(provider, &desc, &reg->platform) < 0)
		return fail_nomem(err);
	reg->desc = &reg->platform->regs[0];
	return 0;
}

/* Is it a role, which another register of the platform has too? */
static bool is_shared(const struct value *v, const struct tsmmr_reg *reg)
{
	const struct reg_desc *d = reg->desc;
	size_t n = 0;

	for (size_t i = 0; d->role && i < reg->platform->n_regs; i++)
		n += reg->platform->regs[i].role && !strcmp(reg->platform->regs[i].role, d->role);
	return n > 1 && v->name.n >= strlen(d->role) &&
	       !memcmp(v->name.p + v->name.n - strlen(d->role), d->role, strlen(d->role));
}

static int fail_shared(const struct value *v, const char *where, const struct tsmmr_reg *reg,
		       struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf names = { 0 };

	for (size_t i = 0; i < reg->platform->n_regs; i++) {
		const struct reg_desc *d = &reg->platform->regs[i];

		if (d->role && !strcmp(d->role, reg->desc->role))
			buf_printf(&names, "%s%s", names.n ? ", " : "", d->name);
	}
	return fail(err, TSMMR_E_ARG, "%s: \"%.*s\" may be %.*s of %s: say which", where,
		    values_shown(v->name), (const char *)v->name.p, (int)names.n,
		    names.n ? (const char *)names.p : "", reg->platform->name);
}

/*
 * Which register is meant?  A name that two platforms have is the first one's, for a TPM
 * and an enclave both have PCRs.  A role is on several, and then none of them is meant.
 * Of one that is made *reg has a reference.
 */
static int resolve(const struct reader *rd, const struct value *v, const char *where,
		   struct tsmmr_reg *reg, struct tsmmr_error *err)
{
	size_t n = 0;

	if (value_is_made(rd->of, v))
		return make_register(v, where, reg, err);
	for (size_t i = 0; i < rd->of->n_table; i++) {
		const struct reg_desc *desc = value_desc(rd->of->table[i], v);

		if (!desc || (n && span_eq(v->name, desc->name, strlen(desc->name))))
			continue;
		reg->platform = rd->of->table[i];
		reg->desc = desc;
		n++;
	}
	if (n == 1 && is_shared(v, reg))
		return fail_shared(v, where, reg, err);
	if (n > 1)
		return fail(err, TSMMR_E_ARG,
			    "%s: \"%.*s\" is a register of several platforms: "
			    "say which",
			    where, values_shown(v->name), (const char *)v->name.p);
	if (!n)
		return fail(err, TSMMR_E_ARG, "%s: no register%s%s is called \"%.*s\"", where,
			    v->platform ? " of " : "", v->platform ? v->platform->name : "",
			    values_shown(v->name), (const char *)v->name.p);
	return 0;
}

/* Takes one value more that the register may have. */
static int add_other(struct tsmmr_reg *reg, const uint8_t *value, struct tsmmr_error *err)
{
	uint8_t(*others)[64] = reallocarray(reg->others, reg->n_others + 1, sizeof(*others));

	if (!others)
		return fail_nomem(err);
	reg->others = others;
	memcpy(others[reg->n_others++], value, reg->size);
	return 0;
}

static int append(struct tsmmr_regs *regs, const struct tsmmr_reg *reg, struct tsmmr_error *err)
{
	struct tsmmr_reg *all;

	if (regs->n >= REGS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d registers by hand", REGS_MAX);
	all = reallocarray(regs->regs, regs->n + 1, sizeof(*all));
	if (!all)
		return fail_nomem(err);
	regs->regs = all;
	regs->cap = regs->n + 1;
	all[regs->n] = *reg;
	platform_ref(all[regs->n++].platform);
	return 0;
}

/* A register of no table, which said no hash, has one of none that its length does not say. */
static int bank_of(const struct value *v, const char *where, struct tsmmr_reg *reg, size_t n,
		   struct tsmmr_error *err)
{
	if (reg->platform->users && !v->alg.n) {
		reg->alg = TSMMR_HASH_NONE;
		return n <= sizeof(reg->value) ? 0 :
						 fail(err, TSMMR_E_ARG, "%s: %s: %zu bytes", where,
						      reg->desc->name, n);
	}
	return value_bank(v, where, reg->desc, n, &reg->alg, err);
}

/* Value number i of a register that is in the set already: is it what it has there? */
static bool is_again(const struct tsmmr_reg *reg, size_t i, const struct tsmmr_reg *one)
{
	return i <= reg->n_others && reg->size == one->size &&
	       memcmp(i ? reg->others[i - 1] : reg->value, one->value, one->size) == 0;
}

/* The one register that all values of a line are of. */
struct line {
	struct tsmmr_reg *reg; /* in the set, or NULL before the first value */
	bool there;            /* before this line */
	size_t n;
};

static int take_one(const struct reader *rd, struct line *line, const struct tsmmr_reg *one,
		    const uint8_t *bytes, struct tsmmr_error *err)
{
	const struct tsmmr_reg *found;
	int r;

	if (line->n && !line->there)
		return add_other(line->reg, bytes, err);
	if (!line->n) {
		found = regs_find(rd->regs, one->platform, one->desc, one->alg);
		line->there = found != NULL;
		r = found ? 0 : append(rd->regs, one, err);
		if (r < 0)
			return r;
		line->reg = found ? &rd->regs->regs[found - rd->regs->regs] :
				    &rd->regs->regs[rd->regs->n - 1];
	}
	return !line->there || is_again(line->reg, line->n, one) ? 0 : TSMMR_E_MISMATCH;
}

static int take_all(const struct reader *rd, const struct value *v, const char *where,
		    struct tsmmr_reg *reg, struct tsmmr_error *err)
{
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	struct line line = { .reg = NULL };
	struct span hex = v->hex;
	size_t n;
	int r;

	for (; (r = value_next(&hex, bytes, sizeof(bytes), &n)) > 0; line.n++) {
		r = bank_of(v, where, reg, n, err);
		if (r < 0)
			return r;
		if (line.n && (line.reg->alg != reg->alg || line.reg->size != n))
			return fail(err, TSMMR_E_ARG, "%s: values of %s in two banks", where,
				    reg->desc->name);
		reg->size = (uint32_t)n;
		memcpy(reg->value, bytes, n);
		reg->flags = reg->desc->flags | TSMMR_REG_READABLE;
		r = take_one(rd, &line, reg, bytes, err);
		if (r == TSMMR_E_MISMATCH)
			break;
		if (r < 0)
			return r;
	}
	if (r == TSMMR_E_MISMATCH || (r == 0 && line.there && line.n != line.reg->n_others + 1))
		return fail(err, TSMMR_E_ARG, "%s: %s is given twice, with different values", where,
			    reg->desc->name);
	return r < 0 ? fail(err, TSMMR_E_ARG, "%s: the value of %s is not hex, or too long", where,
			    reg->desc->name) :
		       0;
}

static int take_value(void *user, const struct value *v, const char *where, struct tsmmr_error *err)
{
	const struct reader *rd = user;
	struct tsmmr_reg reg = { .trust = TSMMR_TRUST_GIVEN,
				 .has_value = true,
				 .named_bank = v->alg.n > 0 && !v->dumped };
	int r = resolve(rd, v, where, &reg, err);

	if (r == 0)
		r = take_all(rd, v, where, &reg, err);
	platform_unref(reg.platform);
	return r;
}

int regs_from_values(const struct values_of *of, struct span text, struct tsmmr_regs **ret,
		     struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct reader rd = { .of = of };
	int r;

	if (regs_new(0, &regs) < 0)
		return fail_nomem(err);
	rd.regs = regs;
	r = values_read(of, text, take_value, &rd, NULL, err);
	if (r < 0)
		return r;

	*ret = take_ptr(regs);
	return 0;
}
