/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/snp*.c, svsm.c, hcl.c: reports, who signed them, what they are the hash of. */
#include "evidence.h"

#define NONCE "libtsmmr TEST nonce"
#define DIR "snp-twin/"
#define TPM "tpm-twin/"
#define ROOT DIR "ark.pem"

static struct scene report_with(const char *report, const char *certs)
{
	struct scene s = { .n = 0 };

	scene_add(&s, TSMMR_PART_AUTO, report);
	if (certs)
		scene_add(&s, TSMMR_PART_AUTO, certs);
	return s;
}

static void registers_and_claims_of_each_version(void **state)
{
	const struct {
		const char *file, *kind;
		bool cpuid, mit;
	} cases[] = {
		{ DIR "report-v2.bin", "snp-report-v2", false, false },
		{ DIR "report-v3-vlek.bin", "snp-report-v3", true, false },
		{ DIR "report-v5.bin", "snp-report-v5", true, true },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = report_with(cases[i].file, NULL);
		struct tsmmr_regs *regs = scene_ok(&s);
		const struct evidence_info *info = &regs->evidence[0];
		/* clang-format off */
		const struct {
			const char *name;
			uint16_t alg;
			size_t at, n;
		} where[] = {
			{ "measurement", TSMMR_HASH_SHA384, 0x90, 48 },
			{ "host_data", TSMMR_HASH_NONE, 0xc0, 32 },
			{ "id_key_digest", TSMMR_HASH_SHA384, 0xe0, 48 },
			{ "author_key_digest", TSMMR_HASH_SHA384, 0x110, 48 },
			{ "report_data", TSMMR_HASH_NONE, 0x50, 64 },
		};
		/* clang-format on */

		assert_string_equal(info->kind, cases[i].kind);
		assert_int_equal(regs->n, N_OF(where));
		for (size_t k = 0; k < N_OF(where); k++) {
			const struct tsmmr_reg *reg = reg_of(regs, where[k].name, where[k].alg);

			assert_bytes(reg->value, reg->size, s.parts[0].b.p + where[k].at,
				     where[k].n);
			assert_int_equal(reg->trust, TSMMR_TRUST_UNSIGNED);
			assert_int_equal(reg->platform->id, TSMMR_PLATFORM_SNP);
		}
		assert_true(is_unchecked(info, "signature"));
		assert_true(is_unchecked(info, "certificate-chain"));
		assert_int_equal(get_le32(regs_claim_find(regs, "guest_svn")->value.p), 3);
		assert_int_equal(regs_claim_find(regs, "reported_tcb")->value.p[7], 211);
		assert_int_equal(!!regs_claim_find(regs, "cpuid_fam_id"), cases[i].cpuid);
		assert_int_equal(!!regs_claim_find(regs, "launch_mit_vector"), cases[i].mit);
		regs_free(regs);
		scene_done(&s);
	}
}

static void authentic_to_a_pinned_root(void **state)
{
	static const struct {
		const char *report, *certs, *more;
	} cases[] = {
		{ DIR "report-v2.bin", DIR "certs.pem", NULL },
		{ DIR "report-v5.bin", DIR "auxblob.bin", NULL },
		{ DIR "report-v5.bin", DIR "auxblob-both.bin", NULL },
		{ DIR "report-v3-vlek.bin", DIR "auxblob-both.bin", NULL },
		{ DIR "report-v5-turin.bin", DIR "cas.pem", DIR "vcek-turin.der" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = report_with(cases[i].report, cases[i].certs);
		struct tsmmr_regs *regs;

		if (cases[i].more)
			scene_add(&s, TSMMR_PART_AUTO, cases[i].more);
		regs = scene_ok(&s);
		assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_SIGNED);
		assert_false(is_unchecked(&regs->evidence[0], "signature"));
		assert_true(is_unchecked(&regs->evidence[0], "certificate-chain"));
		regs_free(regs);

		s.root = ROOT;
		s.nonce = NONCE;
		regs = scene_ok(&s);
		assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
		assert_true(regs->evidence[0].nonce_matched);
		assert_false(is_unchecked(&regs->evidence[0], "certificate-chain"));
		assert_true(is_unchecked(&regs->evidence[0], "revocation"));
		assert_true(is_unchecked(&regs->evidence[0], "tcb-status"));
		for (size_t k = 0; k < regs->n; k++)
			assert_int_equal(regs->regs[k].trust, TSMMR_TRUST_AUTHENTICATED);
		regs_free(regs);
		scene_done(&s);
	}
}

/* A GUID is written in two ways; a tool may put the table after the report. */
static void certificate_tables(void **state)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	struct scene s = report_with(DIR "report-v5.bin", DIR "auxblob.bin");
	struct bytes *table = &s.parts[1].b, *report = &s.parts[0].b;
	struct tsmmr_regs *regs;

	s.root = ROOT;
	for (size_t entry = 0; entry < 3; entry++) {
		uint8_t *guid = table->p + 24 * entry, was[8];

		memcpy(was, guid, 8);
		for (size_t i = 0; i < 8; i++)
			guid[i] = was[order[i]];
	}
	regs_free(scene_ok(&s));

	/* A host's own entry in front: the ARK, which is pinned, is not needed. */
	{
		uint8_t guid[16];

		memcpy(guid, table->p, 16);
		memset(table->p, 0x77, 16);
		s.root = NULL;
		regs = scene_ok(&s);
		assert_false(is_unchecked(&regs->evidence[0], "signature"));
		regs_free(regs);
		s.root = ROOT;
		regs_free(scene_ok(&s));
		memcpy(table->p, guid, 16);
	}

	report->p = realloc(report->p, report->n + table->n);
	assert_non_null(report->p);
	memcpy(report->p + report->n, table->p, table->n);
	report->n += table->n;
	bytes_done(table);
	s.n = 1;
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(regs->findings.n, 0);
	regs_free(regs);
	scene_done(&s);

	s = report_with(DIR "report-v5.bin", DIR "auxblob.bin");
	s.parts[1].b.p[16 + 3] = 0x7f;
	scene_refused(&s, TSMMR_E_TRUNCATED, "an entry is not in it");
	s.parts[1].b.p[16 + 3] = 0;
	s.parts[1].b.n = 3 * 24 + 23;
	s.parts[1].part = TSMMR_PART_CERTS;
	scene_refused(&s, TSMMR_E_TRUNCATED, "an entry is not in it");
	s.parts[1].b.n = 24;
	memset(s.parts[1].b.p + 16, 0, 8);
	scene_refused(&s, TSMMR_E_MALFORMED, "");
	scene_done(&s);
}

static void every_signed_byte_counts(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", DIR "certs.pem");
	struct bytes *b = &s.parts[0].b;
	size_t step = slow() ? 97 : 7;

	for (size_t at = 0; at < 0x2a0 + 144; at += step) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;

		b->p[at] ^= 0x80;
		assert_true(scene_regs(&s, &regs, &err) < 0);
		b->p[at] ^= 0x80;
	}
	b->p[0x90] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by the VCEK given");
	b->p[0x90] ^= 1;
	b->p[0x2a0] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by the VCEK given");
	scene_done(&s);
}

static void certificates_that_do_not_fit(void **state)
{
	static const struct {
		const char *leaf, *why;
		bool pinned;
	} cases[] = {
		{ DIR "vcek-other.der", "its signature is not by the VCEK given", false },
		{ DIR "vcek-tcb.der", "REPORTED_TCB has microcode 211, its certificate 212",
		  false },
		{ DIR "vcek-chip.der", "CHIP_ID is not that of its certificate", false },
		{ DIR "vcek-forged.der", "the VCEK", false },
		{ DIR "vcek-forged.der", "the VCEK", true },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = report_with(DIR "report-v5.bin", DIR "cas.pem");

		scene_add(&s, TSMMR_PART_CERTS, cases[i].leaf);
		s.root = cases[i].pinned ? ROOT : NULL;
		scene_refused(&s, TSMMR_E_UNTRUSTED, cases[i].why);
		scene_done(&s);
	}
}

/* No VLEK among them, no leaf at all, another root: never more than decoded. */
static void nothing_leads_to_the_root(void **state)
{
	static const struct {
		const char *report, *certs;
	} cases[] = {
		{ DIR "report-v3-vlek.bin", DIR "certs.pem" },
		{ DIR "report-v5.bin", DIR "cas.pem" },
		{ DIR "report-v5.bin", NULL },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = report_with(cases[i].report, cases[i].certs);
		struct tsmmr_regs *regs = scene_ok(&s);

		assert_true(is_unchecked(&regs->evidence[0], "signature"));
		regs_free(regs);
		s.root = ROOT;
		scene_refused(&s, TSMMR_E_UNTRUSTED, "give certs=");
		scene_done(&s);
	}
}

/* A host without certificates: the table's end, and nothing before it. */
static void an_empty_table_is_no_certificate(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", DIR "auxblob.bin");
	struct tsmmr_regs *regs;

	memset(s.parts[1].b.p, 0, 24);
	s.parts[1].b.n = 24;
	s.parts[1].part = TSMMR_PART_CERTS;
	regs = scene_ok(&s);
	assert_true(is_unchecked(&regs->evidence[0], "signature"));
	regs_free(regs);
	scene_done(&s);
}

static void refusals_have_reasons(void **state)
{
	struct scene s = report_with(DIR "report-v5-debug.bin", DIR "auxblob.bin");
	struct tsmmr_regs *regs;
	struct bytes *b;

	regs = scene_ok(&s);
	check_debuggable(regs);
	assert_true(has_finding(regs, F_EVIDENCE_DEBUG, ""));
	regs_free(regs);
	scene_done(&s);

	s = report_with(DIR "report-v5.bin", NULL);
	b = &s.parts[0].b;
	s.nonce = "another";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "does not carry the nonce");
	s.nonce = NULL;
	b->p[0] = 6;
	scene_refused(&s, TSMMR_E_UNSUPPORTED, "SNP report v6");
	b->p[0] = 5;
	b->p[0x34] = 0;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "nobody signed it");
	b->p[0x34] = 1;
	b->p[0x48] = 7 << 2;
	scene_refused(&s, TSMMR_E_UNSUPPORTED, "key of sort 7");
	b->p[0x48] = 0;
	b->n = 1183;
	scene_refused(&s, TSMMR_E_TRUNCATED, "ends after 1183 of 1184 bytes");
	b->n = 0x38;
	scene_refused(&s, TSMMR_E_TRUNCATED, "ends after 56 of 1184 bytes");
	b->n = 0x37;
	scene_refused(&s, TSMMR_E_FORMAT, "no evidence");
	scene_done(&s);
}

/* vTPM PCRs through the paravisor: REPORT_DATA, runtime data, key, quote, PCR digest. */
static struct scene azure(const char *hcl)
{
	struct scene s = { .n = 0 };

	scene_add(&s, TSMMR_PART_AUTO, hcl);
	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.bin");
	scene_add(&s, TSMMR_PART_SIG, TPM "quote.raw");
	scene_add(&s, TSMMR_PART_AUTO, TPM "pcrs.json");
	s.nonce = NONCE;
	return s;
}

static void hcl_binds_the_vtpm(void **state)
{
	struct scene s = azure(DIR "hcl-snp.bin");
	struct tsmmr_regs *regs;

	scene_add(&s, TSMMR_PART_AUTO, DIR "auxblob.bin");
	s.root = ROOT;
	regs = scene_ok(&s);
	assert_int_equal(regs->n, 5 + 48);
	assert_int_equal(reg_of(regs, "pcr4", TSMMR_HASH_SHA256)->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(reg_of(regs, "measurement", TSMMR_HASH_SHA384)->trust,
			 TSMMR_TRUST_AUTHENTICATED);
	assert_true(piece_of(regs, "tpm-quote")->nonce_matched);
	assert_true(piece_of(regs, "azure-hcl-snp")->nonce_matched);
	assert_true(has_finding(regs, F_EVIDENCE_BOUND, "hash of the runtime data"));
	assert_true(has_finding(regs, F_EVIDENCE_BOUND, "HCLAkPub"));
	assert_true(has_finding(regs, F_EVIDENCE_BOUND, "48 PCR values"));
	regs_free(regs);

	/* A report that the guest itself could have asked for vouches for nothing. */
	s.parts[0].b.p[32 + 0x30] = 2;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "not of the paravisor, which is VMPL 0, but of 2");
	s.parts[0].b.p[32 + 0x30] = 0;

	/* The same without certificates is unsigned, and refused where a root is pinned. */
	s.n--;
	bytes_done(&s.parts[s.n].b);
	scene_refused(&s, TSMMR_E_UNTRUSTED, "give certs=");
	s.root = NULL;
	regs = scene_ok(&s);
	assert_int_equal(reg_of(regs, "pcr4", TSMMR_HASH_SHA256)->trust, TSMMR_TRUST_SIGNED);
	assert_int_equal(piece_of(regs, "azure-hcl-snp")->trust, TSMMR_TRUST_UNSIGNED);
	assert_false(is_unchecked(piece_of(regs, "tpm-quote"), "signature"));
	regs_free(regs);

	scene_add(&s, TSMMR_PART_AUTO, TPM "ak.pem");
	regs_free(scene_ok(&s));
	bytes_done(&s.parts[4].b);
	s.parts[4].b = read_data(TPM "ak-ecc.tpmt");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by the attestation key given");
	scene_done(&s);
}

static void hcl_of_a_tdx_guest(void **state)
{
	struct scene s = azure(DIR "hcl-tdx.bin");
	struct tsmmr_regs *regs = scene_ok(&s);

	assert_string_equal(piece_of(regs, "azure-hcl-tdx")->kind, "azure-hcl-tdx");
	assert_int_equal(reg_of(regs, "mrtd", TSMMR_HASH_SHA384)->trust, TSMMR_TRUST_UNSIGNED);
	assert_int_equal(reg_of(regs, "pcr4", TSMMR_HASH_SHA256)->trust, TSMMR_TRUST_SIGNED);
	assert_true(is_unchecked(piece_of(regs, "azure-hcl-tdx"), "mac"));
	assert_false(is_unchecked(piece_of(regs, "tpm-quote"), "signature"));
	regs_free(regs);
	scene_done(&s);
}

/* From the quote to the TDREPORT in it, to what its REPORT_DATA is of, to the key, to PCRs. */
static void trust_goes_through_hcl(void **state)
{
	struct scene s = azure("adversary/hcl-forged-tcb.bin");
	const struct evidence_info *hcl;
	struct tsmmr_regs *regs;
	size_t unsigned_ones = 0;

	/* Its attributes and versions were changed, and its hashes made to fit. */
	scene_add(&s, TSMMR_PART_AUTO, "adversary/hcl-forged-tcb.quote");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "differ in td_attributes");
	memcpy(s.parts[0].b.p + 32 + 264, s.parts[4].b.p + 48, 16);
	memcpy(s.parts[0].b.p + 32 + 512, s.parts[4].b.p + 48 + 120, 8);
	rehash(s.parts[0].b.p + 32);
	s.root = "tdx-twin/root.pem";
	regs = scene_ok(&s);
	assert_int_equal(reg_of(regs, "pcr4", TSMMR_HASH_SHA256)->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(reg_of(regs, "mrtd", TSMMR_HASH_SHA384)->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(reg_of(regs, "servtd_hash", TSMMR_HASH_NONE)->trust, TSMMR_TRUST_UNSIGNED);
	hcl = piece_of(regs, "azure-hcl-tdx");
	assert_int_equal(hcl->trust, TSMMR_TRUST_UNSIGNED);
	assert_int_equal(claim_find(hcl, "runtime_data")->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(claim_find(hcl, "user_data")->trust, TSMMR_TRUST_AUTHENTICATED);
	for (size_t i = 0; i < hcl->n_claims; i++)
		unsigned_ones += hcl->claims[i].trust == TSMMR_TRUST_UNSIGNED;
	assert_int_equal(unsigned_ones, 6); /* cpu_svn, tee_tcb_svn2 and parts, mr_servicetd */
	assert_memory_equal(piece_of(regs, "tpm-quote")->root, piece_of(regs, "tdx-quote-v4")->root,
			    32);
	regs_free(regs);
	scene_done(&s);
}

/* Nothing that anybody signed: what is there is told. */
static void what_no_signature_covers(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", DIR "auxblob.bin");
	struct tsmmr_regs *regs;
	static const size_t at[] = { 0x2a0 + 144, 0x400, 1183 };

	s.root = ROOT;
	for (size_t i = 0; i < N_OF(at); i++) {
		s.parts[0].b.p[at[i]] = 1;
		regs = scene_ok(&s);
		assert_true(has_finding(regs, F_EVIDENCE_RESERVED, "snp-report-v5"));
		assert_false(has_finding(regs, F_EVIDENCE_VMPL, ""));
		regs_free(regs);
		s.flags = TSMMR_CTX_STRICT;
		scene_refused(&s, TSMMR_E_MALFORMED, "EVIDENCE_RESERVED");
		s.flags = 0;
		s.parts[0].b.p[at[i]] = 0;
	}
	regs = scene_ok(&s);
	assert_false(has_finding(regs, F_EVIDENCE_RESERVED, ""));
	regs_free(regs);
	scene_done(&s);

	s = report_with(DIR "report-v5.bin", NULL);
	s.parts[0].b.p[0x30] = 2;
	regs = scene_ok(&s);
	assert_true(has_finding(regs, F_EVIDENCE_VMPL, "at VMPL 2"));
	regs_free(regs);
	memset(s.parts[0].b.p + 0x30, 0xff, 4);
	regs = scene_ok(&s);
	assert_true(has_finding(regs, F_EVIDENCE_VMPL, "by the host"));
	regs_free(regs);
	scene_done(&s);
}

static void claims_are_typed(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", NULL);
	struct tsmmr_regs *regs = scene_ok(&s);
	const struct evidence_info *info = &regs->evidence[0];
	uint64_t v;

	assert_true(claim_u64(claim_find(info, "guest_svn"), &v));
	assert_int_equal(v, 3);
	assert_true(claim_u64(claim_find(info, "policy"), &v));
	assert_int_equal(v & 1 << 17, 1 << 17);
	assert_true(claim_u64(claim_find(info, "vmpl"), &v));
	assert_int_equal(v, 0);
	assert_false(claim_u64(claim_find(info, "reported_tcb"), &v));
	assert_false(claim_u64(claim_find(info, "chip_id"), &v));
	regs_free(regs);
	scene_done(&s);
}

static void each_link_of_hcl_counts(void **state)
{
	static const struct {
		size_t part, at;
		int code;
		const char *why;
	} cases[] = {
		{ 0, 1236 + 60, TSMMR_E_UNTRUSTED, "REPORT_DATA is not the hash of the runtime" },
		{ 0, 32 + 0x50 + 40, TSMMR_E_UNTRUSTED, "REPORT_DATA is not the hash" },
		{ 0, 1224, TSMMR_E_UNSUPPORTED, "hardware report of type" },
		{ 0, 1228, TSMMR_E_UNSUPPORTED, "with hash" },
		{ 0, 1232, TSMMR_E_MALFORMED, "runtime data of" },
		{ 0, 4, TSMMR_E_UNSUPPORTED, "Azure HCL report v" },
		{ 0, 12, TSMMR_E_UNSUPPORTED, "of request" },
		{ 1, 60, TSMMR_E_UNTRUSTED, "its signature is not by HCLAkPub" },
		{ 2, 100, TSMMR_E_UNTRUSTED, "its signature is not by HCLAkPub" },
		{ 3, 30, TSMMR_E_UNTRUSTED, "the PCR values do not give its PCR digest" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = azure(DIR "hcl-snp.bin");

		s.nonce = NULL;
		s.parts[cases[i].part].b.p[cases[i].at] ^= i == 9 ? 1 : 4;
		scene_refused(&s, cases[i].code, cases[i].why);
		scene_done(&s);
	}
}

/* A TDREPORT where an SNP report is said to be, and cut short anywhere. */
static void hcl_that_is_not_what_it_says(void **state)
{
	static const size_t ends[] = { 31, 32, 1215, 1216, 1235, 1236, 1500 };
	struct scene s = { .n = 0 };

	scene_add(&s, TSMMR_PART_AUTO, DIR "hcl-tdx.bin");
	s.parts[0].b.p[1224] = 2;
	scene_refused(&s, TSMMR_E_MALFORMED, "what it calls an SNP report is none");
	s.parts[0].b.p[1224] = 4;
	for (size_t i = 0; i < N_OF(ends); i++) {
		s.parts[0].b.n = ends[i];
		scene_refused(&s, TSMMR_E_TRUNCATED, "Azure HCL report ends in its");
	}
	scene_done(&s);
}

static struct scene svsm(const char *report, const char *manifest)
{
	struct scene s = report_with(report, DIR "auxblob.bin");

	scene_add(&s, TSMMR_PART_MANIFEST, manifest);
	s.nonce = NONCE;
	s.root = ROOT;
	return s;
}

static void svsm_manifest_in_report_data(void **state)
{
	static const char *const files[][2] = {
		{ DIR "svsm-ek.report", DIR "svsm-ek.manifest" },
		{ DIR "svsm-services.report", DIR "svsm-services.manifest" },
	};

	for (size_t i = 0; i < N_OF(files); i++) {
		struct scene s = svsm(files[i][0], files[i][1]);
		struct tsmmr_regs *regs = scene_ok(&s);

		assert_true(regs->evidence[0].nonce_matched);
		assert_true(has_finding(regs, F_EVIDENCE_BOUND, "SVSM manifest"));
		regs_free(regs);

		s.parts[0].b.p[0x30] = 1;
		scene_refused(&s, TSMMR_E_UNTRUSTED, "not of the SVSM");
		s.parts[0].b.p[0x30] = 0;
		s.nonce = NULL;
		regs = scene_ok(&s);
		assert_true(is_unchecked(&regs->evidence[0], "manifest"));
		regs_free(regs);
		s.nonce = "another";
		scene_refused(&s, TSMMR_E_UNTRUSTED, "not the hash of nonce and manifest");
		s.nonce = NONCE;
		s.parts[2].b.p[s.parts[2].b.n - 1] ^= 1;
		scene_refused(&s, TSMMR_E_UNTRUSTED, "not the hash of nonce and manifest");
		scene_done(&s);
	}
}

/* An endorsement key says nothing of the attestation key: no trust flows. */
static void svsm_does_not_vouch_for_an_ak(void **state)
{
	struct scene s = svsm(DIR "svsm-services.report", DIR "svsm-services.manifest");
	struct tsmmr_regs *regs;

	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.bin");
	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.sig");
	scene_add(&s, TSMMR_PART_AUTO, TPM "pcrs.json");
	scene_add(&s, TSMMR_PART_AUTO, TPM "ak.tpmt");
	regs = scene_ok(&s);
	assert_int_equal(piece_of(regs, "snp-report-v5")->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(piece_of(regs, "tpm-quote")->trust, TSMMR_TRUST_SIGNED);
	regs_free(regs);
	s.root = NULL;
	/* Without the nonce any TPM's key would do for the manifest: of two machines, then. */
	s.nonce = NULL;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "only the nonce can tell");
	s.nonce = NONCE;
	regs = scene_ok(&s);
	assert_true(is_unchecked(piece_of(regs, "tpm-quote"), "ek-to-ak"));
	assert_int_equal(piece_of(regs, "tpm-quote")->trust, TSMMR_TRUST_SIGNED);
	regs_free(regs);
	scene_done(&s);

	/* One whose manifest has the signing key itself does. */
	s = svsm(DIR "svsm-ak.report", DIR "svsm-ak.manifest");
	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.bin");
	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.sig");
	scene_add(&s, TSMMR_PART_AUTO, TPM "pcrs.json");
	regs = scene_ok(&s);
	assert_int_equal(piece_of(regs, "tpm-quote")->trust, TSMMR_TRUST_AUTHENTICATED);
	regs_free(regs);
	/* But not where nobody checked that the manifest is the report's. */
	s.nonce = NULL;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "only the nonce can tell");
	scene_done(&s);
}

static void strangers_are_not_joined(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", DIR "auxblob.bin");

	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.bin");
	scene_add(&s, TSMMR_PART_AUTO, TPM "quote.sig");
	scene_add(&s, TSMMR_PART_AUTO, TPM "ak.tpmt");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "nothing says that they are of one guest");
	scene_done(&s);
}

static void check_number(const struct tsmmr_regs *regs, const char *name, uint64_t want)
{
	const struct claim *c = regs_claim_find(regs, name);
	uint64_t v = 0;

	if (!c || !claim_u64(c, &v) || v != want)
		fail_msg("%s is not %llu", name, (unsigned long long)want);
}

/* (tests/gen/mksnp.py: Milan and Genoa, and Turin, have their TCB's parts in other places) */
static void decodes_claims(void **state)
{
	struct scene s = report_with(DIR "report-v5.bin", NULL);
	struct tsmmr_regs *regs = scene_ok(&s);
	struct span tcb = regs_claim_find(regs, "reported_tcb")->value;

	check_number(regs, "policy_debug", 0);
	check_number(regs, "policy_migrate_ma", 0);
	check_number(regs, "signer_signing_key", 0);
	check_number(regs, "reported_tcb_bootloader", tcb.p[0]);
	check_number(regs, "reported_tcb_tee", tcb.p[1]);
	check_number(regs, "reported_tcb_snp", tcb.p[6]);
	check_number(regs, "reported_tcb_microcode", 211);
	check_number(regs, "launch_tcb_microcode", 211);
	assert_null(regs_claim_find(regs, "reported_tcb_fmc"));
	regs_free(regs);
	scene_done(&s);

	s = report_with(DIR "report-v5-turin.bin", NULL);
	regs = scene_ok(&s);
	tcb = regs_claim_find(regs, "committed_tcb")->value;
	check_number(regs, "committed_tcb_fmc", tcb.p[0]);
	check_number(regs, "committed_tcb_bootloader", tcb.p[1]);
	check_number(regs, "committed_tcb_tee", tcb.p[2]);
	check_number(regs, "committed_tcb_snp", tcb.p[3]);
	check_number(regs, "committed_tcb_microcode", tcb.p[7]);
	regs_free(regs);
	scene_done(&s);

	s = report_with(DIR "report-v5-debug.bin", NULL);
	regs = scene_ok(&s);
	check_number(regs, "policy_debug", 1);
	check_number(regs, "policy_smt", 0);
	regs_free(regs);
	scene_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_and_claims_of_each_version),
		cmocka_unit_test(decodes_claims),
		cmocka_unit_test(authentic_to_a_pinned_root),
		cmocka_unit_test(certificate_tables),
		cmocka_unit_test(every_signed_byte_counts),
		cmocka_unit_test(certificates_that_do_not_fit),
		cmocka_unit_test(nothing_leads_to_the_root),
		cmocka_unit_test(an_empty_table_is_no_certificate),
		cmocka_unit_test(refusals_have_reasons),
		cmocka_unit_test(hcl_binds_the_vtpm),
		cmocka_unit_test(hcl_of_a_tdx_guest),
		cmocka_unit_test(trust_goes_through_hcl),
		cmocka_unit_test(what_no_signature_covers),
		cmocka_unit_test(claims_are_typed),
		cmocka_unit_test(each_link_of_hcl_counts),
		cmocka_unit_test(hcl_that_is_not_what_it_says),
		cmocka_unit_test(svsm_manifest_in_report_data),
		cmocka_unit_test(svsm_does_not_vouch_for_an_ak),
		cmocka_unit_test(strangers_are_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
