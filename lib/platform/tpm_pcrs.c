/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR values beside a quote, in the shapes that tools write them. */
#include "platform/tpm_quote.h"

#include "crypto/hash.h"
#include "platform/platforms.h"
#include "util/error.h"
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

/* Bytes as a tool keeps them; E_FORMAT for what may be text. */
static int read_bytes(const struct pcr_reader *rd, struct span s, const struct tpm_select *select)
{
	size_t bare = 0;
	int r = read_tools(rd, s);

	if (r != TSMMR_E_FORMAT)
		return r;
	for (size_t b = 0; select && b < select->n; b++) {
		const struct hash_alg *alg = hash_by_id(select->banks[b].alg);

		bare += (alg ? alg->size : 0u) *
			(unsigned int)__builtin_popcount(select->banks[b].pcrs);
	}
	return bare && s.n == bare ?
		       read_selected(rd, &(struct values){ .c = cur_span(s) }, select) :
		       TSMMR_E_FORMAT;
}

/* A value beside a quote is what the register holds, and there is one. */
static int check_text(const struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	for (size_t i = 0; i < regs->n; i++)
		if (regs->regs[i].n_others)
			return fail(err, TSMMR_E_MALFORMED, "PCR values: alternatives for %s",
				    regs->regs[i].desc->name);
	return 0;
}

static int read_text(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	const struct platform *const table[] = { &platform_tpm };
	const struct values_of of = {
		.platform = &platform_tpm,
		.table = table,
		.n_table = ARRAY_SIZE(table),
	};
	int r = regs_from_values(&of, s, &regs, err);

	/* The command line was right: it is the file that is wrong. */
	if (r == TSMMR_E_ARG && error_filled(err))
		err->code = TSMMR_E_MALFORMED;
	if (r == TSMMR_E_ARG)
		r = TSMMR_E_MALFORMED;
	if (r == 0)
		r = check_text(regs, err);
	if (r == 0)
		*ret = take_ptr(regs);
	return r;
}

int tpm_pcrs_read(struct span s, const struct tpm_select *select, struct tsmmr_regs **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct pcr_reader rd = { .err = err };
	int r;

	if (regs_new(VALUES_MAX, &regs) < 0)
		return fail_nomem(err);
	regs->n = 0;
	rd.regs = regs;
	r = read_bytes(&rd, s, select);
	if (r == TSMMR_E_FORMAT)
		return read_text(s, ret, err);
	if (r == 0)
		*ret = take_ptr(regs);
	return r;
}

bool tpm_is_pcrs(struct span s)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;

	return tpm_pcrs_read(s, NULL, &regs, NULL) == 0 && regs->n > 0;
}
