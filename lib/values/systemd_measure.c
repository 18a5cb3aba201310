/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What systemd-measure calculate --json prints: {"sha256": [{"phase": "…", "pcr": 11,
 * "hash": "…"}, …], …}.  A kernel passes through its phases, so the values of one PCR are
 * alternatives; of a file for one phase (--phase=) there is but one.  (systemd-measure(1))
 */
#include "values/reader.h"

#include <stdio.h>

#include "util/buf.h"
#include "util/error.h"

#define PCRS_MAX 24

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	return values_has_bank(o, JSON_IN_ARRAY);
}

/* One item of a bank: 1, and its PCR and value. */
static int read_item(struct values_reader *rd, struct json_object *array, size_t i,
		     const struct hash_alg *alg, uint64_t *ret_pcr, struct span *ret_hex)
{
	struct json_object *item;
	int r = json_in_item(array, i, &item, rd->err);

	snprintf(rd->where, sizeof(rd->where), "JSON: %s, item %zu", alg->name, i);
	if (r <= 0)
		return r;
	/* A signed policy is over a value, and does not say which. */
	if (json_in_kind(item, "pol") != JSON_IN_NONE)
		return fail(rd->err, TSMMR_E_UNSUPPORTED,
			    "%s: a signed PCR policy has no value of a PCR: "
			    "systemd-measure calculate prints them",
			    rd->where);
	r = json_in_u64(item, "pcr", ret_pcr, rd->err);
	if (r > 0)
		r = json_in_str(item, "hash", ret_hex, rd->err);
	if (r == 0 || (r > 0 && (*ret_pcr >= PCRS_MAX || !ret_hex->n)))
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: not a PCR and its hash", rd->where);
	return r;
}

/* All values of one PCR, as the alternatives of one line. */
static int read_pcr(struct values_reader *rd, struct json_object *array, uint32_t pcr,
		    const struct hash_alg *alg)
{
	_cleanup_(buf_done) struct buf all = { 0 };
	uint64_t which = 0;
	struct span hex;
	int r = 1;

	for (size_t i = 0; r > 0; i++) {
		r = read_item(rd, array, i, alg, &which, &hex);
		if (r <= 0 || which != pcr)
			continue;
		if (all.n)
			buf_char(&all, ',');
		buf_add(&all, hex.p, hex.n);
	}
	if (r < 0 || (!all.n && !all.failed))
		return r;
	if (all.failed)
		return fail_nomem(rd->err);
	return values_give_pcr(rd, pcr, alg, span_of(all.p, all.n));
}

static int read_bank(struct values_reader *rd, struct json_object *o, const char *key,
		     const struct hash_alg *alg)
{
	struct json_object *array;
	int there = json_in_array(o, key, &array, rd->err), r = there < 0 ? there : 0;

	for (uint32_t pcr = 0; there > 0 && r == 0 && pcr < PCRS_MAX; pcr++)
		r = read_pcr(rd, array, pcr, alg);
	return r;
}

static int read_banks(struct values_reader *rd, struct span text, struct json_object *o)
{
	(void)text;
	return values_each_bank(rd, o, read_bank);
}

const struct values_format values_systemd_measure = {
	.id = TSMMR_VALUES_SYSTEMD_MEASURE,
	.name = "systemd-measure",
	.json = true,
	.probe = probe,
	.read = read_banks,
};
