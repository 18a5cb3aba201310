/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows a name in a policy means. */
#include "report/report.h"

#define PROVIDER_BYTES 64

/* Evidence is of no tree, but of the platform whose registers such trees show. */
static bool is_of(const struct tsmmr_reg *reg, struct span provider)
{
	const char *own = reg->provider ? reg->provider : reg->platform->name;
	char buf[PROVIDER_BYTES];

	if (reg->provider || reg->platform->users)
		return span_eq(provider, own, strlen(own));
	if (!provider.n || provider.n >= sizeof(buf))
		return false;
	memcpy(buf, provider.p, provider.n);
	buf[provider.n] = '\0';
	return platform_is_shown_by(reg->platform, buf);
}

/* "tdx_guest/rtmr0" */
static bool is_provided(const struct tsmmr_reg *reg, struct span name)
{
	const char *own = reg->desc->name;
	const uint8_t *slash = name.n ? memchr(name.p, '/', name.n) : NULL;

	return slash && is_of(reg, span_of(name.p, (size_t)(slash - name.p))) &&
	       span_eq(span_of(slash + 1, (size_t)(name.p + name.n - slash) - 1), own, strlen(own));
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
