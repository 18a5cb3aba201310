/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows a name in a policy means. */
#include "report/report.h"

/* "tdx_guest/rtmr0" */
static bool is_provided(const struct tsmmr_reg *reg, struct span name)
{
	const char *provider = reg->provider ? reg->provider : "";
	size_t n = strlen(provider);

	return n && span_starts(name, provider, n) && name.n > n && name.p[n] == '/' &&
	       span_eq(span_of(name.p + n + 1, name.n - n - 1), reg->desc->name,
		       strlen(reg->desc->name));
}

bool row_is(const struct row *row, struct span name)
{
	const struct reg_desc *d = row->reg.desc;

	return span_eq(name, d->name, strlen(d->name)) || is_provided(&row->reg, name) ||
	       (d->role && span_eq(name, d->role, strlen(d->role)));
}

bool row_fits(const struct row *row, const struct select_item *item)
{
	const struct tsmmr_reg *reg = &row->reg;

	return select_item_matches(item, reg->desc->name, reg->desc->role, reg->alg) ||
	       (!item->ranged && (!item->alg || item->alg == reg->alg) &&
		is_provided(reg, item->name));
}

bool row_selected(const struct row *row, struct span list)
{
	struct select_item item;

	while (select_next(&list, &item, NULL) > 0)
		if (row_fits(row, &item))
			return true;
	return false;
}

bool row_refers(const struct row *row, const struct reference *ref)
{
	/* A register of no table need not say which hash its value is of. */
	bool bank = ref->alg == row->reg.alg || (!row->reg.alg && row->reg.platform->users);

	return bank && ref->size == row->reg.size &&
	       (!ref->platform || ref->platform == row->reg.platform) &&
	       row_is(row, span_of(ref->name, strlen(ref->name)));
}
