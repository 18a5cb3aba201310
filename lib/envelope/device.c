/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What devices put in front of evidence, and programs kept: the answers of /dev/sev-guest and
 * /dev/tdx_guest, the buffer of TDX's GetQuote and the message in it, TPM2B_ATTEST's size.
 */
#include "envelope/envelope.h"

#include "util/error.h"

enum {
	SEV_HEADER = 32, /* status, report_size, 24 reserved bytes */
	SEV_REPORT = 1184,
	TDX_HEADER = 24,
	TDX_IN_FLIGHT = -1,
	TDX_REPORT_DATA = 64,
	TDX_REPORT = 1024,
	TDX_AT_REPORT_DATA = 128, /* in REPORTMACSTRUCT */
	TDX_REPORT_TYPE = 0x81,
	QGS_HEADER = 24,
	QGS_GET_QUOTE_RESP = 1,
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

/*
 * What Intel's quote generation service answers, with its size in front or not; before kernels
 * had configfs-tsm, that was what the buffer held: version 1, type, size, error, sizes of id
 * and quote.  (Intel SGX DCAP, QuoteGeneration/quote_wrapper/qgs_msg_lib/inc/qgs_msg_lib.h)
 */
static int open_qgs(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	uint32_t n_id, n_quote;

	if (s.n > 4 && s.n - 4 == ((uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 |
				   (uint32_t)s.p[2] << 8 | s.p[3]))
		s = span_of(s.p + 4, s.n - 4);
	if (s.n < QGS_HEADER || get_le16(s.p) != 1 || get_le32(s.p + 4) != QGS_GET_QUOTE_RESP ||
	    get_le32(s.p + 8) != s.n)
		return TSMMR_E_FORMAT;
	n_id = get_le32(s.p + 16);
	n_quote = get_le32(s.p + 20);
	if (get_le32(s.p + 12))
		return fail(err, TSMMR_E_MALFORMED,
			    "the quote generation service answered with error 0x%x",
			    get_le32(s.p + 12));
	if (n_id > s.n - QGS_HEADER || n_quote != s.n - QGS_HEADER - n_id || !n_quote)
		return TSMMR_E_FORMAT;
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + QGS_HEADER + n_id, n_quote), err);
}

const struct envelope_kind qgs_kind = {
	.name = "qgs-message",
	.open = open_qgs,
};

/* struct tdx_report_req: the report data that was asked for, the TDREPORT that has it. */
static int open_tdx_req(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	if (s.n != TDX_REPORT_DATA + TDX_REPORT || s.p[TDX_REPORT_DATA] != TDX_REPORT_TYPE ||
	    memcmp(s.p, s.p + TDX_REPORT_DATA + TDX_AT_REPORT_DATA, TDX_REPORT_DATA) != 0)
		return TSMMR_E_FORMAT;
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + TDX_REPORT_DATA, TDX_REPORT), err);
}

const struct envelope_kind tdx_report_req_kind = {
	.name = "tdx-guest",
	.open = open_tdx_req,
};

/* A size, and TPMS_ATTEST of a quote.  (TPM 2.0 Library, part 2, 10.12.13) */
static int open_tpm2b(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	if (s.n < 2 || (size_t)(s.p[0] << 8 | s.p[1]) != s.n - 2 ||
	    !is_tpm_quote(span_of(s.p + 2, s.n - 2)))
		return TSMMR_E_FORMAT;
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(s.p + 2, s.n - 2), err);
}

const struct envelope_kind tpm2b_attest_kind = {
	.name = "tpm2b-attest",
	.open = open_tpm2b,
};
