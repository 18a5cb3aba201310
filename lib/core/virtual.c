/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual registers: carried in the log of another register. */
#include "core/replay.h"

#include <assert.h>
#include <stdio.h>

#include "util/error.h"

/* "CARRIER/NAME": a name has at most 64 bytes, a carrier's what its tree gave it. */
#define VIRTUAL_NAME_MAX 256

void virtuals_done(struct replay *r)
{
	for (size_t i = 0; i < r->n_virtuals; i++)
		platform_unref(r->virtuals[i].platform);
	free(r->virtuals);
	r->virtuals = NULL;
	r->n_virtuals = 0;
}

static struct virtual_reg *find(struct replay *r, const struct tsmmr_event *e,
				const struct reg_desc *carrier, const struct hash_alg *alg)
{
	struct span name = span_of(e->data.p, e->name_n);

	for (size_t i = 0; i < r->n_virtuals; i++) {
		struct virtual_reg *v = &r->virtuals[i];
		const char *known;

		if (v->alg != alg ||
		    !reg_same(v->carrier_platform, v->carrier, e->platform, carrier))
			continue;
		known = v->platform->regs[0].name + strlen(carrier->name) + 1;
		if (span_eq(name, known, strlen(known)))
			return v;
	}
	return NULL;
}

/* Nobody shall read "rtmr0" and take it for a register of the hardware. */
static bool is_hardware_name(const struct tsmmr_event *e)
{
	for (size_t i = 0; i < e->platform->n_regs; i++) {
		const char *name = e->platform->regs[i].name;

		if (span_eq(span_of(e->data.p, e->name_n), name, strlen(name)))
			return true;
	}
	return false;
}

static int make(struct replay *r, const struct tsmmr_event *e, const struct reg_desc *carrier,
		const struct hash_alg *alg, uint16_t carrier_alg)
{
	char name[VIRTUAL_NAME_MAX];
	struct reg_desc desc = {
		.name = name,
		.alg = alg->id,
		.size = alg->size,
		.kind = TSMMR_KIND_RUNTIME,
	};
	struct virtual_reg *v;
	int rc;

	if (!r->virtuals)
		r->virtuals = calloc(VIRTUAL_MAX, sizeof(*r->virtuals));
	if (!r->virtuals)
		return TSMMR_E_NOMEM;
	snprintf(name, sizeof(name), "%s/%.*s", carrier->name, (int)e->name_n,
		 (const char *)e->data.p);

	v = &r->virtuals[r->n_virtuals];
	*v = (struct virtual_reg){
		.carrier_platform = e->platform,
		.carrier = carrier,
		.carrier_alg = carrier_alg,
		.alg = alg,
	};
	rc = platform_make(carrier->name, &desc, &v->platform);
	if (rc == 0)
		r->n_virtuals++;
	return rc;
}

int virtual_extend(struct replay *r, uint64_t log, const struct tsmmr_event *e, struct hasher *h,
		   uint16_t carrier_alg)
{
	const struct reg_desc *carrier = event_reg(e);
	struct virtual_reg *v;
	int rc;

	assert(e->asserted.value.n == h->alg->size && e->name_n <= e->data.n);
	if (!carrier)
		return 0;
	v = find(r, e, carrier, h->alg);
	if (!v && (r->n_virtuals == VIRTUAL_MAX || is_hardware_name(e)))
		return findings_add(&r->findings, F_VIRTUAL_REFUSED, log, e->record, e->offset,
				    "'%.*s' is no virtual register", (int)e->name_n,
				    (const char *)e->data.p);
	if (!v) {
		rc = make(r, e, carrier, h->alg, carrier_alg);
		if (rc < 0)
			return rc;
		v = &r->virtuals[r->n_virtuals - 1];
	}

	rc = hash_extend(h, v->value, e->asserted.value.p, h->alg->size);
	if (rc < 0)
		return rc;
	v->events++;
	v->logs |= UINT64_C(1) << (log & 63);
	return 0;
}
