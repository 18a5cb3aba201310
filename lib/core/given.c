/* SPDX-License-Identifier: BSD-2-Clause */
/* Register sets by hand: the values are the question, and nobody vouches for them. */
#include "core/regs.h"

#include "core/values.h"
#include "crypto/hash.h"
#include "util/error.h"

#define SHOWN 64

struct reader {
	const struct platform *const *table;
	size_t n_table;
	struct tsmmr_regs *regs;
};

static int shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

const struct reg_desc *value_desc(const struct platform *p, const struct value *v)
{
	if (v->platform && v->platform != p)
		return NULL;
	for (size_t i = 0; i < p->n_regs; i++) {
		const struct reg_desc *d = &p->regs[i];

		if (span_eq(v->name, d->name, strlen(d->name)) ||
		    (d->role && span_eq(v->name, d->role, strlen(d->role))))
			return d;
	}
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
				    shown(v->alg), (const char *)v->alg.p);
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

	/* Where the length decides, SHA-1 and SHA-2 come before what else has it. */
	for (size_t i = 0; !alg && hash_by_index(i); i++)
		if (hash_by_index(i)->size == n)
			alg = hash_by_index(i);
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

/*
 * Which register is meant?  A name that two platforms have is the first one's, for a TPM
 * and an enclave both have PCRs.  A role is on several, and then none of them is meant.
 */
static int resolve(const struct reader *rd, const struct value *v, const char *where,
		   struct tsmmr_reg *reg, struct tsmmr_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < rd->n_table; i++) {
		const struct reg_desc *desc = value_desc(rd->table[i], v);

		if (!desc || (n && span_eq(v->name, desc->name, strlen(desc->name))))
			continue;
		reg->platform = rd->table[i];
		reg->desc = desc;
		n++;
	}
	if (n > 1)
		return fail(err, TSMMR_E_ARG,
			    "%s: \"%.*s\" is a register of several platforms: "
			    "say which",
			    where, shown(v->name), (const char *)v->name.p);
	if (!n)
		return fail(err, TSMMR_E_ARG, "%s: no register%s%s is called \"%.*s\"", where,
			    v->platform ? " of " : "", v->platform ? v->platform->name : "",
			    shown(v->name), (const char *)v->name.p);
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
	struct tsmmr_reg *all = reallocarray(regs->regs, regs->n + 1, sizeof(*all));

	if (!all)
		return fail_nomem(err);
	regs->regs = all;
	regs->cap = regs->n + 1;
	all[regs->n++] = *reg;
	return 0;
}

static int take_value(void *user, const struct value *v, const char *where, struct tsmmr_error *err)
{
	const struct reader *rd = user;
	struct tsmmr_reg reg = { .trust = TSMMR_TRUST_GIVEN,
				 .has_value = true,
				 .named_bank = v->alg.n > 0 };
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	struct span hex = v->hex;
	struct tsmmr_reg *same = NULL;
	size_t n;
	int r = resolve(rd, v, where, &reg, err);

	for (size_t i = 0; r == 0; i++) {
		const struct tsmmr_reg *found;

		r = value_next(&hex, bytes, sizeof(bytes), &n);
		if (r == 0)
			break;
		if (r < 0)
			return fail(err, TSMMR_E_ARG, "%s: the value of %s is not hex, or too long",
				    where, reg.desc->name);
		r = value_bank(v, where, reg.desc, n, &reg.alg, err);
		if (r < 0)
			return r;
		reg.size = (uint32_t)n;
		if (same && same->alg != reg.alg)
			return fail(err, TSMMR_E_ARG, "%s: values of %s in two banks", where,
				    reg.desc->name);
		if (same) {
			r = add_other(same, bytes, err);
			continue;
		}
		memcpy(reg.value, bytes, n);
		reg.flags = reg.desc->flags | TSMMR_REG_READABLE;
		found = regs_find(rd->regs, reg.platform, reg.desc, reg.alg);
		if (found && (found->n_others || memcmp(found->value, bytes, n) != 0))
			return fail(err, TSMMR_E_ARG,
				    "%s: %s is given twice, with different values", where,
				    reg.desc->name);
		if (!found)
			r = append(rd->regs, &reg, err);
		same = &rd->regs->regs[found ? found - rd->regs->regs : (ptrdiff_t)rd->regs->n - 1];
	}
	return r;
}

int regs_from_values(const struct platform *platform, const struct platform *const *table,
		     size_t n_table, struct span text, const struct tsmmr_regs *base,
		     struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct reader rd = { .table = table, .n_table = n_table };
	int r;

	if ((base ? regs_copy(base, 0, &regs) : regs_new(0, &regs)) < 0)
		return fail_nomem(err);
	rd.regs = regs;
	r = values_read(platform, table, n_table, text, take_value, &rd, err);
	if (r < 0)
		return r;

	*ret = take_ptr(regs);
	return 0;
}
