/* SPDX-License-Identifier: BSD-2-Clause */
/* The Spec ID event, which heads a crypto-agile log. */
#include <assert.h>

#include "crypto/hash.h"
#include "format/tcg2.h"

const struct spec_alg *spec_alg_find(const struct spec_alg *algs, uint32_t n, uint16_t id)
{
	for (uint32_t i = 0; i < n; i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

/* One entry of the algorithm list; the reason when it cannot be. */
static const char *read_alg(struct cursor *c, struct spec_id *id)
{
	const struct hash_alg *known;
	struct spec_alg alg;

	if (!cur_le16(c, &alg.id) || !cur_le16(c, &alg.size))
		return "algorithm list passes the end of the event";
	if (spec_alg_find(id->algs, id->n_algs, alg.id))
		return "algorithm listed twice";
	if (!alg.size)
		return "algorithm with empty digests";
	known = hash_by_id(alg.id);
	if (known && known->size != alg.size)
		return "wrong digest size for a known algorithm";

	assert(id->n_algs < SPEC_ALGS_MAX);
	id->algs[id->n_algs++] = alg;
	return NULL;
}

/* TCG_EfiSpecIDEvent (PFP 1.06 §10.4.5.1).  All bounds come from the event's size. */
int spec_id_parse(struct span data, struct spec_id *ret, const char **ret_why)
{
	static const uint8_t zero[16];
	struct cursor c = cur_span(data);
	struct spec_id id = { 0 };
	struct span signature;
	uint32_t count;
	uint8_t vendor;

	if (!cur_take(&c, 16, &signature))
		return TSMMR_E_FORMAT;
	id.zero_signature = span_eq(signature, zero, 16);
	if (!id.zero_signature && !span_eq(signature, "Spec ID Event03", 16))
		return TSMMR_E_FORMAT;

	*ret_why = "Spec ID event is too short";
	if (!cur_le32(&c, &id.platform_class) || !cur_u8(&c, &id.version_minor) ||
	    !cur_u8(&c, &id.version_major) || !cur_u8(&c, &id.errata) ||
	    !cur_u8(&c, &id.uintn_size) || !cur_le32(&c, &count))
		return id.zero_signature ? TSMMR_E_FORMAT : TSMMR_E_MALFORMED;
	*ret_why = "no algorithms";
	if (count == 0)
		return TSMMR_E_MALFORMED;
	*ret_why = "more than 16 algorithms";
	if (count > SPEC_ALGS_MAX)
		return TSMMR_E_UNSUPPORTED;
	for (uint32_t i = 0; i < count; i++) {
		const char *why = read_alg(&c, &id);

		if (why) {
			*ret_why = why;
			return TSMMR_E_MALFORMED;
		}
	}
	*ret_why = "vendor information passes the end of the event";
	if (!cur_u8(&c, &vendor) || !cur_take(&c, vendor, &id.vendor_info))
		return TSMMR_E_MALFORMED;
	id.rest = cur_rest(&c);

	*ret = id;
	return 0;
}

/*
 * coreboot's vendor information begins with a zero byte and a version of two, and then says
 * "CBT1" or "CBT2".  The SHA-1 kind of Spec ID event has it where the other has its
 * algorithms.  (coreboot, commonlib/bsd/tpm1_log_serialized.h and tpm2_…; PFP §10.4.5.1)
 */
bool spec_id_is_coreboots(const struct tsmmr_event *e)
{
	struct cursor c = cur_span(e->data);
	struct spec_id id = { 0 };
	const char *why;
	uint8_t n;

	if (e->type != EV_NO_ACTION)
		return false;
	if (span_starts(e->data, "Spec ID Event00", 16)) {
		if (!cur_skip(&c, 24) || !cur_u8(&c, &n) || !cur_take(&c, n, &id.vendor_info))
			return false;
	} else if (spec_id_parse(e->data, &id, &why) < 0) {
		return false;
	}
	return id.vendor_info.n >= 7 && !memcmp(id.vendor_info.p + 3, "CBT", 3);
}
