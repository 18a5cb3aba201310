/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What no replay speaks of: banks that cannot be computed, NV indices, numbers without a
 * register.  Their digests are bytes, and can be compared all the same.
 */
#include "report/diff_work.h"

#include <stdio.h>

#include "core/names.h"
#include "core/platform.h"
#include "util/error.h"

/* One more than that is nobody's log. */
#define BARE_MAX 256

struct diff_bare {
	struct row row;
	struct reg_desc desc; /* of what has none */
	uint32_t index;
	uint8_t space;
	char name[48];
};

static bool is_same(const struct diff_bare *b, const struct tsmmr_event *e)
{
	const struct reg_desc *desc = event_reg(e);

	if (desc)
		return b->row.reg.desc != &b->desc &&
		       reg_same(b->row.reg.platform, b->row.reg.desc, e->platform, desc);
	return b->row.reg.desc == &b->desc && b->space == e->space && b->index == e->index &&
	       platform_same(b->row.reg.platform, e->platform);
}

bool diff_is_of(const struct tsmmr_event *e, const struct diff_row *row)
{
	const struct row *any = diff_any(row);
	const struct reg_desc *desc = event_reg(e);

	if (!e->measured)
		return false;
	if (row->bare)
		return is_same(row->bare, e);
	return desc && reg_same(e->platform, desc, any->reg.platform, any->reg.desc);
}

static int make(const struct tsmmr_event *e, const struct digest *d, struct diff_bare **ret)
{
	const struct reg_desc *desc = event_reg(e);
	struct diff_bare *b = calloc(1, sizeof(*b));

	if (!b)
		return TSMMR_E_NOMEM;
	b->index = e->index;
	b->space = e->space;
	snprintf(b->name, sizeof(b->name), "%s-0x%x", space_name(e->space), e->index);
	b->desc = (struct reg_desc){
		.name = b->name,
		.index = e->index,
		.kind = TSMMR_KIND_RUNTIME,
	};
	b->row.reg = (struct tsmmr_reg){
		.platform = e->platform,
		.desc = desc ? desc : &b->desc,
		.alg = d->alg,
		.size = (uint32_t)d->value.n,
	};
	b->row.status = TSMMR_STATUS_NO_EVIDENCE;
	if (hash_by_id(d->alg))
		snprintf(b->row.name, sizeof(b->row.name), "%s", b->row.reg.desc->name);
	else
		snprintf(b->row.name, sizeof(b->row.name), "%s:0x%04x", b->row.reg.desc->name,
			 d->alg);
	*ret = b;
	return 0;
}

/* A row for this digest, where there is none. */
static int add(struct tsmmr_diff *diff, const struct tsmmr_event *e, const struct digest *d,
	       size_t *n_bare)
{
	struct diff_row *rows;
	struct diff_bare *b;
	int r;

	for (size_t i = 0; i < diff->n; i++)
		if (diff_any(&diff->rows[i])->reg.alg == d->alg && diff_is_of(e, &diff->rows[i]))
			return 0;
	if (++*n_bare > BARE_MAX)
		return TSMMR_E_LIMIT;
	rows = reallocarray(diff->rows, diff->n + 1, sizeof(*rows));
	if (!rows)
		return TSMMR_E_NOMEM;
	diff->rows = rows;
	r = make(e, d, &b);
	if (r < 0)
		return r;
	rows[diff->n++] = (struct diff_row){
		.rows = { &b->row, &b->row },
		.bare = b,
	};
	return 0;
}

int diff_add_bare(struct diff_work *w, int side, struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	struct tsmmr_diff *diff = w->diff;
	size_t n_bare = 0;
	int r = diff_begin(w, side, &pass, err);

	for (size_t i = 0; i < diff->n; i++)
		n_bare += diff->rows[i].bare != NULL;
	while (r == 0 && (r = diff_next(w, pass, err)) > 0) {
		const struct tsmmr_event *e = pass->event;

		r = 0;
		for (size_t k = 0; r == 0 && e->measured && k < e->n_digests; k++)
			r = add(diff, e, &e->digests[k], &n_bare);
		if (r == TSMMR_E_LIMIT)
			return fail_at(err, r, e->record, e->offset,
				       "records of more than %d indices or banks "
				       "that are not replayed",
				       BARE_MAX);
		if (r < 0)
			return fail_nomem(err);
	}
	return r;
}

void diff_bare_free(struct diff_bare *b)
{
	free(b);
}
