/* SPDX-License-Identifier: BSD-2-Clause */
/* Who signed an SNP report: VCEK or VLEK, ASK or ASVK, ARK. */
#include "platform/snp.h"

#include <string.h>

#include "platform/cert_table.h"
#include "platform/evidence.h"
#include "platform/revocation.h"
#include "util/error.h"

#define OID_AMD "1.3.6.1.4.1.3704.1."
#define OID_HWID OID_AMD "4"
#define OID_CSPID OID_AMD "5"

/*
 * Versions that the certificate's key was derived from, and where they are in TCB_VERSION.
 * (AMD VCEK certificate and KDS interface specification 57230, "VCEK certificate
 * definition"; SEV-SNP ABI specification, "TCB_VERSION")
 */
/* clang-format off */
static const struct spl {
	const char *oid;
	const char *name;
	int8_t at, at_turin;	/* -1: reserved there, or not there */
} spls[] = {
	{ OID_AMD "3.1", "boot loader",	0, 1 },
	{ OID_AMD "3.2", "TEE",		1, 2 },
	{ OID_AMD "3.3", "SNP",		6, 3 },
	{ OID_AMD "3.8", "microcode",	7, 7 },
	{ OID_AMD "3.9", "FMC",		-1, 0 },
};
/* clang-format on */

/* INTEGER 0 to 255.  (X.690 §8.3) */
static bool der_u8(struct span s, uint8_t *ret)
{
	if (s.n < 3 || s.n > 4 || s.p[0] != 0x02 || s.p[1] != s.n - 2)
		return false;
	if (s.n == 3 ? s.p[2] > 127 : s.p[2] != 0)
		return false;
	*ret = s.p[s.n - 1];
	return true;
}

/* (57230, "VCEK certificate definition": of extensions it has AMD's alone) */
const struct cert_use snp_signer = {
	.who = "the VCEK or VLEK",
	.kinds = SIGNS_SNP,
};

static int fail_cert(struct tsmmr_error *err, const char *what)
{
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN, "SNP report: %s", what);
}

static int check_tcb(const struct certs *certs, size_t leaf, const struct snp_report *report,
		     struct evidence_info *info, struct tsmmr_error *err)
{
	const uint8_t *tcb = report->reported_tcb.p;
	size_t said = 0;

	for (size_t i = 0; i < ARRAY_SIZE(spls); i++) {
		int at = report->is_turin ? spls[i].at_turin : spls[i].at;
		struct span value;
		uint8_t spl;

		if (at < 0 || !certs_extension(certs, leaf, spls[i].oid, &value))
			continue;
		if (!der_u8(value, &spl))
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
					   "SNP report: its certificate has no number for %s",
					   spls[i].name);
		if (spl != tcb[at])
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
					   "SNP report: REPORTED_TCB has %s %u, its certificate %u",
					   spls[i].name, tcb[at], spl);
		said++;
	}
	if (said < 4)
		evidence_not_checked(info, "certificate-tcb");
	return 0;
}

/* Turin's chips have an id of 8 bytes, in a field of 64.  A host may have it masked. */
static int check_chip(const struct certs *certs, size_t leaf, const struct snp_report *report,
		      struct evidence_info *info, struct tsmmr_error *err)
{
	struct span chip = report->chip_id, id;
	size_t n;

	if (!certs_extension(certs, leaf, OID_HWID, &id) || span_zero(chip)) {
		evidence_not_checked(info, "chip-id");
		return 0;
	}

	/* Bare bytes, as all certificates so far have it, or an OCTET STRING of them. */
	if ((id.n == 10 || id.n == 66) && id.p[0] == 0x04 && id.p[1] == id.n - 2)
		id = span_of(id.p + 2, id.n - 2);
	n = id.n < chip.n ? id.n : chip.n;
	if ((id.n != 8 && id.n != 64) || memcmp(id.p, chip.p, n) != 0 ||
	    !span_zero(span_tail(chip, n)))
		return fail_cert(err, "CHIP_ID is not that of its certificate");
	return 0;
}

/* A VLEK is a hosting company's, a VCEK a chip's: only one has that extension. */
static bool is_leaf(const struct certs *certs, size_t i, bool vlek)
{
	struct span unused;

	return certs_extension(certs, i, vlek ? OID_CSPID : OID_HWID, &unused);
}

/* Which certificate's key signed?  1 and *ret; 0 when there is none of that sort. */
static int find_leaf(const struct certs *certs, const struct snp_report *report, size_t *ret)
{
	int found = 0;

	for (size_t i = 0; i < certs->n; i++) {
		_cleanup_(pubkey_free) struct pubkey *key = NULL;
		int r;

		if (!is_leaf(certs, i, report->signer == 1))
			continue;
		r = certs_key(certs, i, &key);
		if (r == TSMMR_E_UNSUPPORTED || (r == 0 && pubkey_type(key) != PUBKEY_P384))
			r = TSMMR_E_UNTRUSTED;
		if (r == 0)
			r = sign_verify(key, SIGN_ECDSA_LE, TSMMR_HASH_SHA384, report->signed_bytes,
					report->signature);
		if (r == 0) {
			*ret = i;
			return 1;
		}
		if (r == TSMMR_E_NOMEM)
			return r;
		found = lacks_algorithm(r) ? r : TSMMR_E_UNTRUSTED;
	}
	return found;
}

/*
 * AMD's ARK lists what is revoked of all that it leads to, a list for each line of processors and
 * each kind of key.  (57230, "CRL")
 */
static const struct lists_use lists = {
	.who = "the VCEK or VLEK",
	.other = LISTS_INTEL,
	.by_end = true,
};

static int check_revoked(struct evidence_set *set, const struct chain *chain,
			 struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	struct evidence_info *info = &regs->evidence[0];
	struct revocation revocation = { .until = TSMMR_NONE };
	_cleanup_(buf_done) struct buf missing = { 0 };
	int r;

	if (!info->tcb.asked_crl)
		return 0;
	/* What was given for a fleet need not be about all of it. */
	if (set->own.crls.n && !crls_are_of(&set->own.crls, chain))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_COLLATERAL,
				   "revocation list: of another line of processors");
	r = revocation_check(set, chain, &lists, &revocation, err);
	if (r < 0)
		return r;
	if (revocation_known(&revocation))
		evidence_checked(info, "revocation");
	collateral_missing_lists(&missing, &revocation);
	return collateral_claims(regs, revocation.until, &missing, err);
}

/* Lists are asked for as soon as there is a report, whether or not there is somebody to ask about.
 */
static void take_lists(struct evidence_set *set, struct tsmmr_regs *regs)
{
	regs->evidence[0].tcb.asked_crl = revocation_asked(set, &lists);
	for (size_t i = 0; evidence_part(set, TSMMR_PART_CRL, &i);)
		;
}

int snp_report_authenticate(struct evidence_set *set, struct snp_report *report,
			    struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = certs_of(set);
	struct chain chain;
	size_t leaf = 0;
	int r = svsm_check_manifest(set, report, regs, err);

	take_lists(set, regs);
	if (r == 0)
		r = evidence_certs(set, cert_table_or_certs_add, &certs, err);
	if (r == 0 && cert_table_is(report->rest))
		r = cert_table_add(&certs, report->rest, err);
	if (r < 0)
		return r;
	if (report->signer > 1)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 0x48,
			       "SNP report signed by a key of sort %u", report->signer);

	r = find_leaf(&certs, report, &leaf);
	if (r == 0)
		return 0;
	if (r < 0)
		return evidence_signature(
			r,
			report->signer ? "SNP report: its signature is not by the VLEK given" :
					 "SNP report: its signature is not by the VCEK given",
			err);
	evidence_signed(regs);

	r = check_tcb(&certs, leaf, report, &regs->evidence[0], err);
	if (r == 0)
		r = check_chip(&certs, leaf, report, &regs->evidence[0], err);
	if (r == 0)
		r = trust_chain(set->trust, &certs, leaf, &snp_signer, 0, &chain, err);
	if (r < 0)
		return r;
	evidence_chain(regs, &chain);
	return check_revoked(set, &chain, regs, err);
}

/* A whole file: zeros after it come with some drivers' buffers, certificates with some tools. */
static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct snp_report report;
	int r = snp_report_decode(piece->bytes, &report, &regs, err);

	if (r < 0)
		return r;

	if (!span_zero(report.rest) && !cert_table_is(report.rest) &&
	    findings_add(&regs->findings, F_EVIDENCE_TRAILING, TSMMR_NONE, TSMMR_NONE,
			 SNP_REPORT_SIZE, "%zu bytes follow the %s", report.rest.n,
			 regs->evidence[0].kind) < 0)
		return fail_nomem(err);

	piece->state = evidence_state(&report, sizeof(report));
	if (!piece->state)
		return fail_nomem(err);
	piece->regs = take_ptr(regs);
	return 0;
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	return snp_report_authenticate(set, piece->state, piece->regs, err);
}

static int part(struct crypto crypto, struct span s)
{
	return cert_table_is(s) ? TSMMR_PART_CERTS : TSMMR_PART_AUTO;
}

const struct evidence_kind snp_report_kind = {
	.kinds = SIGNS_SNP,
	.signer = &snp_signer,
	.root_hint = "amd",
	.missing = "certs=",
	.part = part,
	.decode = decode,
	.free_state = free,
	.authenticate = authenticate,
	.bind = svsm_bind,
};
