/* SPDX-License-Identifier: BSD-2-Clause */
/* {"sha256": {"0": "hex", …}, …}: banks, and PCRs by number.  (keylime, and others' agents) */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"

#define PCRS_MAX 32

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	return values_has_bank(o, JSON_IN_OBJECT);
}

struct reading {
	struct values_reader *rd;
	struct json_object *bank;
	const struct hash_alg *alg;
};

static int read_member(void *user, const char *key)
{
	const struct reading *in = user;
	struct values_reader *rd = in->rd;
	uint32_t pcr = values_number(span_of(key, strlen(key)), PCRS_MAX);
	struct span hex;
	int r;

	snprintf(rd->where, sizeof(rd->where), "JSON: %s \"%.32s\"", in->alg->name, key);
	if (pcr == PCRS_MAX)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s is no PCR", rd->where);
	r = json_in_str(in->bank, key, &hex, rd->err);
	return r > 0 ? values_give_pcr(rd, pcr, in->alg, hex) : r;
}

static int read_bank(struct values_reader *rd, struct json_object *o, const char *key,
		     const struct hash_alg *alg)
{
	struct reading in = { .rd = rd, .alg = alg };
	int r = json_in_child(o, key, &in.bank, rd->err);

	return r > 0 ? json_in_each(in.bank, read_member, &in) : r;
}

static int read_banks(struct values_reader *rd, struct span text, struct json_object *o)
{
	(void)text;
	return values_each_bank(rd, o, read_bank);
}

const struct values_format values_banks_json = {
	.id = TSMMR_VALUES_BANKS,
	.name = "banks",
	.json = true,
	.probe = probe,
	.read = read_banks,
};
