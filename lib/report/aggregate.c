/* SPDX-License-Identifier: BSD-2-Clause */
/* IMA's boot aggregate, compared with the firmware's log. */
#include "report/report.h"

/*
 * The hash over PCR 0 to last, one after the other.  E_NOTFOUND when there is no log of
 * the firmware's in that bank.  (security/integrity/ima, ima_calc_boot_aggregate_tfm())
 */
static int hash_pcrs(const struct replay *r, const struct aggregate *a, struct hasher *h,
		     unsigned last, uint8_t *ret)
{
	bool any = false, earlier;
	int rc = hasher_start(h);

	for (uint32_t i = 0; rc == 0 && i <= last; i++) {
		_cleanup_(slot_free) struct slot *none = NULL;
		const struct reg_desc *desc = platform_by_index(a->platform, i);
		const struct slot *slot = desc ? replay_slot(r, a->platform, desc, a->alg) : NULL;

		any |= slot && slot->by_firmware;
		if (!desc)
			return TSMMR_E_NOTFOUND;
		if (!slot) {
			rc = replay_initial(r, a->platform, desc, h->alg, &none);
			if (rc < 0)
				return rc;
			slot = none;
		}
		rc = hasher_update(h, candidates_best(slot, &earlier)->value, h->alg->size);
	}
	if (rc == 0)
		rc = hasher_final(h, ret);
	return rc == 0 && !any ? TSMMR_E_NOTFOUND : rc;
}

/* PCR 8 and 9 were added for other banks than SHA-1's in Linux 5.8, and backported. */
static const unsigned lasts[] = { 7, 9 };

static int check(const struct replay *r, const struct aggregate *a, struct hasher *h,
		 bool *ret_agrees)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(lasts); i++) {
		int rc = hash_pcrs(r, a, h, lasts[i], value);

		if (rc < 0)
			return rc;
		if (hash_equal(value, a->value, h->alg->size)) {
			*ret_agrees = true;
			return 0;
		}
	}
	*ret_agrees = false;
	return 0;
}

int aggregates_check(const struct replay *r, struct findings *findings)
{
	for (size_t i = 0; i < r->n_aggregates; i++) {
		const struct aggregate *a = &r->aggregates[i];
		const struct hash_alg *alg = hash_by_id(a->alg);
		_cleanup_(hasher_done) struct hasher h = { 0 };
		bool agrees = true;
		int rc = hasher_init(&h, r->ctx->crypto, alg);

		if (rc == 0 && a->platform->space == TSMMR_SPACE_PCR)
			rc = check(r, a, &h, &agrees);
		if (rc == 0 && !agrees)
			rc = findings_add(findings, F_IMA_AGGREGATE_DIFFERS, a->at.log,
					  a->at.record, a->offset,
					  "boot_aggregate is not what the firmware's log replays "
					  "to in the %s bank",
					  alg->name);
		if (rc == TSMMR_E_NOMEM)
			return rc;
	}
	return 0;
}

int aggregate_follow(const struct replay *was, const struct replay *will,
		     const struct tsmmr_event *e, uint8_t *ret)
{
	const struct aggregate a = { .platform = e->platform, .alg = e->asserted.alg };
	const struct hash_alg *alg = hash_by_id(a.alg);
	_cleanup_(hasher_done) struct hasher h = { 0 };
	int rc = alg && a.platform->space == TSMMR_SPACE_PCR ?
			 hasher_init(&h, was->ctx->crypto, alg) :
			 TSMMR_E_NOTFOUND;

	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(lasts); i++) {
		rc = hash_pcrs(was, &a, &h, lasts[i], ret);
		if (rc == 0 && span_eq(e->asserted.value, ret, alg->size)) {
			rc = hash_pcrs(will, &a, &h, lasts[i], ret);
			return rc < 0 ? rc : 1;
		}
	}
	return rc == TSMMR_E_NOTFOUND ? 0 : rc;
}

int aggregate_differs(const struct replay *was, const struct replay *will,
		      const struct platform *platform, uint16_t alg)
{
	const struct aggregate a = { .platform = platform, .alg = alg };
	const struct hash_alg *found = hash_by_id(alg);
	_cleanup_(hasher_done) struct hasher h = { 0 };
	uint8_t before[TSMMR_HASH_SIZE_MAX], after[TSMMR_HASH_SIZE_MAX];
	int rc = found && platform->space == TSMMR_SPACE_PCR ?
			 hasher_init(&h, was->ctx->crypto, found) :
			 TSMMR_E_NOTFOUND;

	if (rc == 0)
		rc = hash_pcrs(was, &a, &h, lasts[ARRAY_SIZE(lasts) - 1], before);
	if (rc == 0)
		rc = hash_pcrs(will, &a, &h, lasts[ARRAY_SIZE(lasts) - 1], after);
	if (rc < 0)
		return rc == TSMMR_E_NOTFOUND ? 0 : rc;
	return !hash_equal(before, after, found->size);
}
