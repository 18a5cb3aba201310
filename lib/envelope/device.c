/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What devices put in front of evidence, and programs kept: the answer of /dev/sev-guest, the
 * buffer of TDX's GetQuote, the size that TPM2B_ATTEST has.
 */
#include "envelope/envelope.h"

#include "util/error.h"

enum {
	SEV_HEADER = 32, /* status, report_size, 24 reserved bytes */
	SEV_REPORT = 1184,
	TDX_HEADER = 24,
	TDX_IN_FLIGHT = -1,
};

/*
 * struct snp_report_resp has MSG_REPORT_RSP in it, and zeros to 4000 bytes.  (SEV-SNP ABI
 * specification 56860, table "MSG_REPORT_RSP Message Structure"; linux, uapi/linux/sev-guest.h)
 */
static int open_sev(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	uint32_t size;

	if (s.n < SEV_HEADER + SEV_REPORT || !span_zero(span_of(s.p + 8, SEV_HEADER - 8)))
		return TSMMR_E_FORMAT;
	size = get_le32(s.p + 4);
	if (get_le32(s.p) && !size && span_zero(span_of(s.p + 8, s.n - 8)))
		return fail(err, TSMMR_E_MALFORMED,
			    "the answer of /dev/sev-guest has status 0x%x and no report",
			    get_le32(s.p));
	if (size < SEV_REPORT || size > s.n - SEV_HEADER ||
	    !span_zero(span_of(s.p + SEV_HEADER + size, s.n - SEV_HEADER - size)) || get_le32(s.p))
		return TSMMR_E_FORMAT;
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + SEV_HEADER, size), err);
}

const struct envelope_kind sev_guest_kind = {
	.name = "sev-guest",
	.open = open_sev,
};

/*
 * struct tdx_quote_buf: version 1, status, in_len, out_len, the quote.  (Intel TDX GHCI,
 * "TDG.VP.VMCALL<GetQuote>"; linux, drivers/virt/coco/tdx-guest/tdx-guest.c)
 */
static int open_tdx_buf(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	uint32_t size;

	if (s.n < TDX_HEADER || get_le64(s.p) != 1)
		return TSMMR_E_FORMAT;
	size = get_le32(s.p + 20);
	if (size > s.n - TDX_HEADER || get_le32(s.p + 16) > s.n)
		return TSMMR_E_FORMAT;
	if (get_le64(s.p + 8) || !size)
		return fail(err, TSMMR_E_MALFORMED, "the buffer of a TDX quote has %s",
			    get_le64(s.p + 8) == (uint64_t)TDX_IN_FLIGHT ? "no quote yet" :
									   "an error and no quote");
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + TDX_HEADER, size), err);
}

const struct envelope_kind tdx_quote_buf_kind = {
	.name = "tdx-quote-buffer",
	.open = open_tdx_buf,
};

/* A size, and TPMS_ATTEST of a quote.  (TPM 2.0 Library, part 2, 10.12.13) */
static int open_tpm2b(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	static const uint8_t magic[] = { 0xff, 'T', 'C', 'G', 0x80, 0x18 };

	if (s.n < 2 + sizeof(magic) || (size_t)(s.p[0] << 8 | s.p[1]) != s.n - 2 ||
	    !span_starts(span_of(s.p + 2, s.n - 2), magic, sizeof(magic)))
		return TSMMR_E_FORMAT;
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + 2, s.n - 2), err);
}

const struct envelope_kind tpm2b_attest_kind = {
	.name = "tpm2b-attest",
	.open = open_tpm2b,
};
