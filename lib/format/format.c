/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of formats. */
#include "format/format.h"

#include "format/cel.h"
#include "format/launch.h"
#include "format/tcg2.h"
#include "util/cleanup.h"

static const struct format *const formats[] = {
	&format_ccel,     &format_tcg2,         &format_tcg1,      &format_text,
	&format_aael,     &format_aael_records, &format_ima,       &format_ima_ascii,
	&format_cel_cbor, &format_cel_cbor_seq, &format_cel_json,  &format_cel_tlv,
	&format_systemd,  &format_jsonl,        &format_tpm2_yaml, &format_eif,
	&format_realm,    &format_dstack,
};

const struct format *format_by_id(int id)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i]->id == id)
			return formats[i];
	return NULL;
}

const struct format *format_launch(int id)
{
	static const struct format *const launches[] = { &format_tdx_launch, &format_snp_launch,
							 &format_igvm };

	for (size_t i = 0; i < ARRAY_SIZE(launches); i++)
		if (launches[i]->id == id)
			return launches[i];
	return NULL;
}

size_t format_dialects(int id)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		n += formats[i]->id == id;
	return n;
}

const struct format *format_probe(int id, struct crypto crypto, const uint8_t *p, size_t n,
				  bool whole)
{
	const struct format *best = NULL;
	int best_bid = 0;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int bid;

		if (id != TSMMR_FORMAT_AUTO && formats[i]->id != id)
			continue;
		bid = formats[i]->probe ? formats[i]->probe(crypto, p, n, whole) : 0;
		if (bid > best_bid) {
			best_bid = bid;
			best = formats[i];
		}
	}
	return best;
}

/* Also of formats this library cannot read yet: a name is not a promise. */
static const char *const names[] = {
	[TSMMR_FORMAT_AUTO] = "auto",
	[TSMMR_FORMAT_TCG2] = "tcg2",
	[TSMMR_FORMAT_TCG1] = "tcg1",
	[TSMMR_FORMAT_CCEL] = "ccel",
	[TSMMR_FORMAT_TEXT] = "text",
	[TSMMR_FORMAT_AAEL] = "aael",
	[TSMMR_FORMAT_IMA] = "ima",
	[TSMMR_FORMAT_IMA_ASCII] = "ima-ascii",
	[TSMMR_FORMAT_CEL_CBOR] = "cel-cbor",
	[TSMMR_FORMAT_CEL_JSON] = "cel-json",
	[TSMMR_FORMAT_CEL_TLV] = "cel-tlv",
	[TSMMR_FORMAT_SYSTEMD] = "systemd",
	[TSMMR_FORMAT_CEL_CBOR_SEQ] = "cel-cbor-seq",
	[TSMMR_FORMAT_JSONL] = "jsonl",
	[TSMMR_FORMAT_TPM2_YAML] = "tpm2-yaml",
	[TSMMR_FORMAT_EIF] = "eif",
	[TSMMR_FORMAT_REALM] = "realm",
	[TSMMR_FORMAT_SNP_LAUNCH] = "snp-launch",
	[TSMMR_FORMAT_TDX_LAUNCH] = "tdx-launch",
	[TSMMR_FORMAT_DSTACK] = "dstack",
	[TSMMR_FORMAT_MERGED] = "merged",
	[TSMMR_FORMAT_IGVM] = "igvm",
};

const char *format_name(int id)
{
	return id >= 0 && (size_t)id < ARRAY_SIZE(names) ? names[id] : NULL;
}
