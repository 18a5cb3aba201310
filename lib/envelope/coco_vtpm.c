/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Confidential Containers' evidence with a TPM's quote in it: of Azure's confidential VMs, in
 * each of its versions, and of a TPM alone.  (attester/src/{az_snp_vtpm,az_tdx_vtpm,tpm};
 * trustee, verifier/src/{az_snp_vtpm,az_tdx_vtpm}/compat.rs)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

static int add_pcrs(struct json_object *quote, struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *p = NULL;
	size_t n;
	int r = envelope_pcr_array(quote, "pcrs", &p, &n, err);

	return r > 0 ? envelope_add(ret, TSMMR_PART_PCRS, span_of(p, n), err) : r;
}

/* {"message", "signature", "pcrs"}: numbers, hex, or base64. */
static int add_bare_quote(struct json_object *quote, struct envelope *ret, struct tsmmr_error *err)
{
	int r = envelope_need_bytes(ret, quote, "message", err);

	if (r == 0)
		r = envelope_add_bytes(ret, quote, "signature", TSMMR_PART_SIG, err);
	return r < 0 ? r : add_pcrs(quote, ret, err);
}

static int add_quote(struct json_object *o, const char *key, struct envelope *ret,
		     struct tsmmr_error *err)
{
	struct json_object *quote;
	int r = json_in_child(o, key, &quote, err);

	return r < 0 ? r : add_bare_quote(quote, ret, err);
}

/* Without a version the members were called "quote" and "report", and the VCEK was PEM. */
static int open_az_snp(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	bool first = json_in_kind(o, "quote") == JSON_IN_OBJECT;
	const char *report = first ? "report" : "hcl_report";
	int r;

	if (!json_in_has(o, "vcek") || json_in_kind(o, report) == JSON_IN_NONE ||
	    (!first && json_in_kind(o, "tpm_quote") != JSON_IN_OBJECT))
		return TSMMR_E_FORMAT;
	r = add_quote(o, first ? "quote" : "tpm_quote", ret, err);
	if (r == 0)
		r = envelope_need_bytes(ret, o, report, err);
	return r < 0 ? r : envelope_add_certs(ret, o, "vcek", err);
}

const struct envelope_kind coco_az_snp_kind = {
	.name = "coco-az-snp-vtpm",
	.open_json = open_az_snp,
};

static int open_az_tdx(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	int r;

	if (json_in_kind(o, "tpm_quote") != JSON_IN_OBJECT ||
	    json_in_kind(o, "hcl_report") == JSON_IN_NONE ||
	    json_in_kind(o, "td_quote") == JSON_IN_NONE)
		return TSMMR_E_FORMAT;
	r = add_quote(o, "tpm_quote", ret, err);
	if (r == 0)
		r = envelope_need_bytes(ret, o, "hcl_report", err);
	return r < 0 ? r : envelope_need_bytes(ret, o, "td_quote", err);
}

const struct envelope_kind coco_az_tdx_kind = {
	.name = "coco-az-tdx-vtpm",
	.open_json = open_az_tdx,
};

static int open_tpm(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	int r;

	if (json_in_kind(o, "tpm_quote") != JSON_IN_OBJECT || !json_in_has(o, "ak_public"))
		return TSMMR_E_FORMAT;
	r = add_quote(o, "tpm_quote", ret, err);
	if (r == 0)
		r = envelope_add_bytes(ret, o, "ak_public", TSMMR_PART_AK, err);
	return r < 0 ? r : 0;
}

const struct envelope_kind coco_tpm_kind = {
	.name = "coco-tpm",
	.open_json = open_tpm,
};

/* That quote alone, in JSON, or as the crate bincode writes it: 64-bit counts before all. */
static int open_quote(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const members[] = { "message", "signature", "pcrs" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (json_in_kind(o, members[i]) == JSON_IN_NONE)
			return TSMMR_E_FORMAT;
	return add_bare_quote(o, ret, err);
}

static bool take_counted(struct cursor *c, uint64_t size, struct span *ret)
{
	uint64_t n;

	return cur_le64(c, &n) && n && n <= cur_left(c) / size && cur_take(c, n * size, ret);
}

static int open_bincode(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	struct span sig, message, pcrs;
	int r;

	if (!take_counted(&c, 1, &sig) || !take_counted(&c, 1, &message) ||
	    !take_counted(&c, 32, &pcrs) || !cur_empty(&c) || !is_tpm_quote(message))
		return TSMMR_E_FORMAT;
	r = envelope_add(ret, TSMMR_PART_QUOTE, message, err);
	if (r == 0)
		r = envelope_add(ret, TSMMR_PART_SIG, sig, err);
	return r < 0 ? r : envelope_add(ret, TSMMR_PART_PCRS, pcrs, err);
}

const struct envelope_kind vtpm_quote_kind = {
	.name = "vtpm-quote",
	.open = open_bincode,
	.open_json = open_quote,
};
