/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR values beside a quote, in the shapes that tools write them. */
#include "platform/tpm_quote.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "platform/platforms.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"
#include "values/values.h"

#define VALUES_MAX (8 * TPM_PCRS) /* every bank whose size is known */

struct pcr_reader {
	struct tsmmr_regs *regs;
	struct tsmmr_error *err;
};

static int value_add(const struct pcr_reader *rd, uint16_t alg_id, uint64_t pcr, struct span value)
{
	const struct hash_alg *alg = hash_by_id(alg_id);
	const struct reg_desc *desc;

	if (!alg)
		return fail(rd->err, TSMMR_E_UNSUPPORTED, "PCR values of bank 0x%04x", alg_id);
	if (pcr >= TPM_PCRS)
		return fail(rd->err, TSMMR_E_UNSUPPORTED, "PCR values: there is no PCR %llu",
			    (unsigned long long)pcr);
	desc = platform_by_index(&platform_tpm, (uint32_t)pcr);
	if (value.n != alg->size)
		return fail(rd->err, TSMMR_E_MALFORMED, "PCR values: %s:%s has %u bytes, not %zu",
			    desc->name, alg->name, alg->size, value.n);
	if (regs_find(rd->regs, &platform_tpm, desc, alg_id) || rd->regs->n == VALUES_MAX)
		return fail(rd->err, TSMMR_E_MALFORMED, "PCR values: %s:%s is there twice",
			    desc->name, alg->name);

	regs_value_add(rd->regs, &platform_tpm, desc, alg_id, value);
	return 0;
}

static int hex_add(const struct pcr_reader *rd, uint16_t alg, uint64_t pcr, struct span hex)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	ssize_t n = hex_decode(value, sizeof(value), (const char *)hex.p, hex.n);

	if (n < 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "PCR values: PCR %llu is not hex",
			    (unsigned long long)pcr);
	return value_add(rd, alg, pcr, span_of(value, (size_t)n));
}

/* {"sha256": {"0": "hex", …}, …} */
static int read_json(const struct pcr_reader *rd, struct json_object *o)
{
	for (size_t i = 0; hash_by_index(i); i++) {
		const struct hash_alg *alg = hash_by_index(i);
		struct json_object *bank;
		int r = json_in_child(o, alg->name, &bank, rd->err);

		for (unsigned int pcr = 0; r > 0 && pcr < TPM_PCRS; pcr++) {
			struct span hex;
			char key[4];

			snprintf(key, sizeof(key), "%u", pcr);
			r = json_in_str(bank, key, &hex, rd->err);
			if (r > 0)
				r = hex_add(rd, alg->id, pcr, hex);
			r = r < 0 ? r : 1;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static struct span trim(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* "sha256:" begins a bank, "0 : 0xHEX" is a value.  *alg is the bank we are in. */
static int read_line(const struct pcr_reader *rd, struct span line, uint16_t *alg)
{
	const uint8_t *colon = memchr(line.p, ':', line.n);
	struct span key = trim(span_of(line.p, colon ? (size_t)(colon - line.p) : 0)), value;
	const struct hash_alg *named = hash_by_name(key);
	uint64_t pcr = 0;

	if (!colon)
		return fail(rd->err, TSMMR_E_FORMAT, "no PCR values");
	value = trim(span_of(colon + 1, line.n - (size_t)(colon - line.p) - 1));
	if (!value.n && (named || span_eq(key, "pcrs", 4))) {
		*alg = named ? named->id : TSMMR_HASH_NONE;
		return 0;
	}

	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] < '0' || key.p[i] > '9' || key.n > 2)
			return fail(rd->err, TSMMR_E_FORMAT, "no PCR values");
		pcr = pcr * 10 + (uint64_t)(key.p[i] - '0');
	}
	if (!key.n || !*alg)
		return fail(rd->err, TSMMR_E_FORMAT, "no PCR values");
	return hex_add(rd, *alg, pcr, value);
}

/* What tpm2_pcrread prints. */
static int read_text(const struct pcr_reader *rd, struct span s)
{
	uint16_t alg = TSMMR_HASH_NONE;
	int r = 0;

	while (r == 0 && s.n) {
		const uint8_t *newline = memchr(s.p, '\n', s.n);
		struct span line = span_of(s.p, newline ? (size_t)(newline - s.p) : s.n);
		size_t used = line.n + (newline ? 1 : 0);

		line = trim(line);
		if (line.n)
			r = read_line(rd, line, &alg);
		s = span_of(s.p + used, s.n - used);
	}
	return r;
}

enum {
	TOOLS_SELECT_SIZE = 8, /* TPMS_PCR_SELECTION in memory */
	TOOLS_DIGESTS = 8,
	TOOLS_DIGEST_SIZE = 66, /* TPM2B_DIGEST in memory */
	TOOLS_LIST_SIZE = 4 + TOOLS_DIGESTS * TOOLS_DIGEST_SIZE,
};

static bool read_tools_select(struct cursor *c, struct tpm_select *ret)
{
	struct span all;
	uint32_t n;

	if (!cur_le32(c, &n) || n == 0 || n > TPM_BANKS_MAX ||
	    !cur_take(c, TPM_BANKS_MAX * TOOLS_SELECT_SIZE, &all))
		return false;
	for (ret->n = 0; ret->n < n; ret->n++) {
		const uint8_t *p = all.p + ret->n * TOOLS_SELECT_SIZE;

		ret->banks[ret->n].alg = get_le16(p);
		ret->banks[ret->n].pcrs = get_le32(p + 3);
		if (p[2] > 4 || (p[2] < 4 && ret->banks[ret->n].pcrs >> (8 * p[2])))
			return false;
	}
	return true;
}

/* Values one after the other: bare, or in the tools' lists. */
struct values {
	struct cursor c;
	bool lists;
	const uint8_t *slot; /* in the list we are in */
	uint32_t left;       /* of its values */
};

static bool next_value(struct values *v, uint16_t alg, struct span *ret)
{
	const struct hash_alg *known = hash_by_id(alg);
	struct span list;

	if (!v->lists)
		return known && cur_take(&v->c, known->size, ret);
	while (!v->left) {
		if (!cur_take(&v->c, TOOLS_LIST_SIZE, &list))
			return false;
		v->left = get_le32(list.p);
		v->slot = list.p + 4;
		if (v->left > TOOLS_DIGESTS)
			return false;
	}

	*ret = span_of(v->slot + 2, get_le16(v->slot));
	v->slot += TOOLS_DIGEST_SIZE;
	v->left--;
	return ret->n <= TOOLS_DIGEST_SIZE - 2;
}

/* In the order of the selection: its banks as listed, PCRs from the lowest. */
static int read_selected(const struct pcr_reader *rd, struct values *v,
			 const struct tpm_select *select)
{
	for (size_t b = 0; b < select->n; b++)
		for (unsigned int pcr = 0; pcr < 32; pcr++) {
			struct span value;
			int r;

			if (!(select->banks[b].pcrs >> pcr & 1))
				continue;
			if (!next_value(v, select->banks[b].alg, &value))
				return fail(rd->err, TSMMR_E_TRUNCATED,
					    "PCR values end before PCR %u", pcr);
			r = value_add(rd, select->banks[b].alg, pcr, value);
			if (r < 0)
				return r;
		}
	if (v->left || !cur_empty(&v->c))
		return fail(rd->err, TSMMR_E_MALFORMED, "PCR values: more than are selected");
	return 0;
}

/*
 * What tpm2_quote --pcr writes: the selection and lists of eight digests, as they are in
 * a little-endian machine's memory.  (tpm2-tools, format "serialized")
 */
static int read_tools(const struct pcr_reader *rd, struct span s)
{
	struct values v = { .c = cur_span(s), .lists = true };
	struct tpm_select select = { .n = 0 };
	uint32_t n_lists;

	if (!read_tools_select(&v.c, &select) || !cur_le32(&v.c, &n_lists) || n_lists == 0 ||
	    cur_left(&v.c) % TOOLS_LIST_SIZE || cur_left(&v.c) / TOOLS_LIST_SIZE != n_lists)
		return TSMMR_E_FORMAT;
	return read_selected(rd, &v, &select);
}

/* Our own JSON says what it is; other JSON has banks. */
static int read_object(const struct pcr_reader *rd, struct span s)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	struct span schema;
	int r = json_in_object(s, JSON_IN_BYTES, &o, rd->err);

	if (r == 0)
		r = json_in_str(o, "schema", &schema, rd->err);
	if (r < 0)
		return r;
	return r ? TSMMR_E_FORMAT : read_json(rd, o);
}

static int read_any(const struct pcr_reader *rd, struct span s, const struct tpm_select *select)
{
	size_t bare = 0;
	int r;

	if (span_starts(s, "{", 1))
		return read_object(rd, s);
	r = read_tools(rd, s);
	if (r != TSMMR_E_FORMAT)
		return r;

	for (size_t b = 0; select && b < select->n; b++) {
		const struct hash_alg *alg = hash_by_id(select->banks[b].alg);

		bare += (alg ? alg->size : 0u) *
			(unsigned int)__builtin_popcount(select->banks[b].pcrs);
	}
	if (bare && s.n == bare)
		return read_selected(rd, &(struct values){ .c = cur_span(s) }, select);
	return read_text(rd, s);
}

int tpm_pcrs_read(struct span s, const struct tpm_select *select, struct tsmmr_regs **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	const struct platform *const table[] = { &platform_tpm };
	const struct values_of of = {
		.platform = &platform_tpm,
		.table = table,
		.n_table = ARRAY_SIZE(table),
	};
	struct pcr_reader rd = { .err = err };
	int r;

	if (regs_new(VALUES_MAX, &regs) < 0)
		return fail_nomem(err);
	regs->n = 0;
	rd.regs = regs;
	r = read_any(&rd, s, select);
	if (r == TSMMR_E_FORMAT)
		return regs_from_values(&of, s, NULL, ret, err);
	if (r == 0)
		*ret = take_ptr(regs);
	return r;
}

bool tpm_is_pcrs(struct span s)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;

	return tpm_pcrs_read(s, NULL, &regs, NULL) == 0 && regs->n > 0;
}
