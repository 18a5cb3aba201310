/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * {"Measurements": {"HashAlgorithm": "Sha384 { ... }", "PCR0": "…", …}}: what nitro-cli
 * build-enclave and describe-eif print of an enclave's image, and nitro-tpm-pcr-compute of a
 * machine's.  Whose PCRs they are it does not say: those of whatever has them.
 */
#include "values/reader.h"

#include <stdio.h>
#include <strings.h>

#include "util/error.h"

#define PCRS_MAX 32

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	return json_in_kind(o, "Measurements") == JSON_IN_OBJECT;
}

/* "Sha384 { ... }" is how Rust prints a hasher. */
static int read_hash(struct values_reader *rd, struct json_object *o, const struct hash_alg **ret)
{
	struct span word;
	const uint8_t *blank;
	int r = json_in_str(o, "HashAlgorithm", &word, rd->err);

	if (r <= 0)
		return r;
	blank = word.n ? memchr(word.p, ' ', word.n) : NULL;
	*ret = values_hash(blank ? span_of(word.p, (size_t)(blank - word.p)) : word);
	return *ret ? 0 :
		      fail(rd->err, TSMMR_E_UNSUPPORTED, "JSON: HashAlgorithm \"%.*s\"",
			   values_shown(word), word.n ? (const char *)word.p : "");
}

struct reading {
	struct values_reader *rd;
	struct json_object *o;
	const struct hash_alg *alg;
};

static int read_member(void *user, const char *key)
{
	const struct reading *in = user;
	struct values_reader *rd = in->rd;
	size_t n = strlen(key);
	struct span hex;
	uint32_t pcr;
	int r;

	if (!values_is_like_register(key))
		return 0;
	pcr = n > 3 && !strncasecmp(key, "pcr", 3) ?
		      values_number(span_of(key + 3, n - 3), PCRS_MAX) :
		      PCRS_MAX;
	if (pcr == PCRS_MAX)
		return fail(rd->err, TSMMR_E_MALFORMED, "JSON: \"%.64s\" is no PCR", key);
	snprintf(rd->where, sizeof(rd->where), "JSON: Measurements.PCR%u", pcr);
	r = json_in_str(in->o, key, &hex, rd->err);
	return r > 0 ? values_give_pcr(rd, pcr, in->alg, hex) : r;
}

/* Beside the measurements nobody has any. */
static int check_member(void *user, const char *key)
{
	const struct values_reader *rd = user;

	return values_is_like_register(key) ?
		       fail(rd->err, TSMMR_E_MALFORMED,
			    "JSON: \"%.64s\" stands outside \"Measurements\"", key) :
		       0;
}

static int read_measurements(struct values_reader *rd, struct span text, struct json_object *o)
{
	struct reading in = { .rd = rd };
	int r = json_in_child(o, "Measurements", &in.o, rd->err);

	(void)text;
	if (r > 0)
		r = read_hash(rd, in.o, &in.alg);
	if (r == 0)
		r = json_in_each(o, check_member, rd);
	return r < 0 ? r : json_in_each(in.o, read_member, &in);
}

const struct values_format values_measurements = {
	.id = TSMMR_VALUES_NITRO_CLI,
	.name = "nitro-cli",
	.json = true,
	.probe = probe,
	.read = read_measurements,
};
