/* SPDX-License-Identifier: BSD-2-Clause */
/* {"sha256": {"0": "hex", …}, …}: banks, and PCRs by number.  (keylime, and others' agents) */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"

#define PCRS_MAX 32

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	for (size_t i = 0; hash_by_index(i); i++)
		if (json_in_kind(o, hash_by_index(i)->name) == JSON_IN_OBJECT)
			return true;
	return false;
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

static int read_banks(struct values_reader *rd, struct span text, struct json_object *o)
{
	int r = 0;

	(void)text;
	for (size_t i = 0; r == 0 && hash_by_index(i); i++) {
		struct reading in = { .rd = rd, .alg = hash_by_index(i) };
		int there = json_in_child(o, in.alg->name, &in.bank, rd->err);

		r = there > 0 ? json_in_each(in.bank, read_member, &in) : there;
	}
	return r;
}

const struct values_format values_banks_json = {
	.id = TSMMR_VALUES_BANKS,
	.name = "banks",
	.json = true,
	.probe = probe,
	.read = read_banks,
};
