/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/nitro.c: registers, attestation documents, and every refusal. */
#include "cose.h"

#include "values/values.h"

#define MODULE "i-0123456789abcdef0-enc0123456789abcde"
#define NONCE "00112233445566778899aabbccddeeff"
#define MADE UINT64_C(1767268800) /* tests/gen/mkcose.py */

static struct bytes doc, tagged, debug, tpm, wrong_ca, root, emulated;

static int load(void **state)
{
	doc = read_data("cose/nitro.cbor");
	tagged = read_data("cose/nitro-tagged.cbor");
	debug = read_data("cose/nitro-debug.cbor");
	tpm = read_data("cose/nitro-tpm.cbor");
	wrong_ca = read_data("cose/nitro-wrong-ca.cbor");
	root = read_data("cose/nitro-root.pem");
	emulated = read_data("nsm/nitro-enclave/attest-locked.cbor");
	return 0;
}

static int unload(void **state)
{
	struct bytes *all[] = { &doc, &tagged, &debug, &tpm, &wrong_ca, &root, &emulated };

	for (size_t i = 0; i < N_OF(all); i++)
		bytes_done(all[i]);
	return 0;
}

static void registers(void **state)
{
	static const char *const roles[] = {
		[0] = "initial-vm-state",
		[1] = "boot",
		[2] = "app-image",
		[3] = "host-config",
		[4] = "host-config",
		[8] = "image-signer",
		[31] = NULL,
	};

	assert_ptr_equal(platform_by_id(TSMMR_PLATFORM_NITRO), &platform_nitro);
	assert_int_equal(platform_nitro.space, TSMMR_SPACE_NITRO_PCR);
	assert_int_equal(platform_nitro.n_regs, 32);
	for (uint32_t i = 0; i < 32; i++) {
		const struct reg_desc *d = platform_by_index(&platform_nitro, i);
		char name[8];

		assert_non_null(d);
		snprintf(name, sizeof(name), "pcr%u", i);
		assert_string_equal(d->name, name);
		assert_int_equal(d->alg, TSMMR_HASH_SHA384);
		assert_int_equal(d->size, 48);
		assert_int_equal(d->initial, 0);
		assert_int_equal(d->kind, i < 16 ? TSMMR_KIND_LAUNCH : TSMMR_KIND_RUNTIME);
		assert_int_equal(d->flags, i < 16 ? 0 :
						    TSMMR_REG_EXTENSIBLE | TSMMR_REG_LOCKABLE |
							    TSMMR_REG_LOCK_TO_ATTEST);
		if (i == 16)
			assert_string_equal(d->role, "app-runtime");
		else if (i < 16 && roles[i])
			assert_string_equal(d->role, roles[i]);
		else
			assert_null(d->role);
	}
	assert_null(platform_by_index(&platform_nitro, 32));
	assert_true(platform_knows(span_of("pcr31", 5)));
}

/* (nsm-api; PCR 3 and 4: AWS, "Cryptographic attestation") */
static void extends_raw_data_of_any_length(void **state)
{
	static const char role[] = "arn:aws:iam::123456789012:role/example";
	static const char instance[] = "i-0123456789abcdef0";
	struct tsmmr_regs *regs = cose_read_as(&doc, (struct beside){ 0 });
	uint8_t pcr3[48] = { 0 }, pcr4[48] = { 0 };
	uint8_t both[48 + 4000];
	_cleanup_(hasher_done) struct hasher h = { 0 };

	extended(TSMMR_HASH_SHA384, pcr3, role, strlen(role));
	extended(TSMMR_HASH_SHA384, pcr4, instance, strlen(instance));
	assert_memory_equal(reg_named(regs, "pcr3")->value, pcr3, 48);
	assert_memory_equal(reg_named(regs, "pcr4")->value, pcr4, 48);
	regs_free(regs);

	/* Longer than any digest. */
	memset(both, 0, 48);
	memset(both + 48, 0x5a, sizeof(both) - 48);
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	assert_int_equal(hash_bytes(&h, both, sizeof(both), pcr4), 0);
	memset(pcr3, 0, sizeof(pcr3));
	extended(TSMMR_HASH_SHA384, pcr3, both + 48, sizeof(both) - 48);
	assert_memory_equal(pcr3, pcr4, 48);

	assert_true(platform_takes(&platform_nitro, 0, 48));
	assert_true(platform_takes(&platform_nitro, 4000, 48));
	assert_false(platform_takes(&platform_tpm, 47, 48));
	assert_true(platform_takes(&platform_tpm, 48, 48));
}

static void reads_a_document(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&doc, (struct beside){ .nonce = NONCE });
	const struct evidence_info *info = &regs->evidence[0];
	const struct claim *c;

	assert_int_equal(regs->n_evidence, 1);
	assert_string_equal(info->kind, "nitro-document");
	assert_int_equal(info->trust, TSMMR_TRUST_SIGNED);
	assert_false(info->debug || info->has_root);
	assert_true(info->nonce_matched);
	assert_false(has_word(regs, "signature"));
	assert_true(has_word(regs, "certificate-chain"));
	assert_true(has_word(regs, "revocation"));
	assert_int_equal(regs->findings.n, 0);

	/* 0 to 15 and what was locked besides; the rest is not in a document. */
	assert_int_equal(regs->n, 17);
	assert_null(reg_named(regs, "pcr17"));
	for (size_t i = 0; i < regs->n; i++) {
		assert_true(regs->regs[i].flags & TSMMR_REG_LOCKED);
		assert_int_equal(regs->regs[i].trust, TSMMR_TRUST_SIGNED);
	}
	c = regs_claim_find(regs, "module_id");
	assert_bytes(c->value.p, c->value.n, MODULE, strlen(MODULE));
	c = regs_claim_find(regs, "timestamp");
	assert_bytes(c->value.p, c->value.n, "\0\0\x01\x9b\x79\x6d\xd6\x7b", 8);
	assert_null(regs_claim_find(regs, "user_data"));
	regs_free(regs);
}

static void reads_one_with_a_tag(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&tagged, (struct beside){ .root = &root });
	const struct claim *c = regs_claim_find(regs, "user_data");

	assert_int_equal(regs->n, 17);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_bytes(c->value.p, c->value.n, "data", 4);
	assert_true(has_finding(regs, F_EVIDENCE_UNKNOWN_MEMBER));
	regs_free(regs);
	cose_refused(&tagged, (struct beside){ .flags = TSMMR_CTX_STRICT }, TSMMR_E_MALFORMED,
		     "EVIDENCE_UNKNOWN_MEMBER");
}

/* Any well-formed CBOR (RFC 8949 §3): the same registers and claims, signed as they are. */
static void reads_any_encoding(void **state)
{
	static const struct {
		const char *file;
		const struct bytes *plain;
	} cases[] = {
		{ "cose/nitro-open.cbor", &doc },
		{ "cose/nitro-loose.cbor", &tagged },
		{ "cose/nitro-answer.cbor", &doc },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = read_data(cases[i].file);
		struct tsmmr_regs *plain = cose_read_as(cases[i].plain, (struct beside){ 0 });
		struct tsmmr_regs *regs =
			cose_read_as(&b, (struct beside){ .root = &root, .nonce = NONCE });

		assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
		assert_true(regs->evidence[0].nonce_matched);
		assert_int_equal(regs->n, 17);
		for (size_t k = 0; k < regs->n; k++)
			assert_memory_equal(regs->regs[k].value, plain->regs[k].value, 48);
		assert_int_equal(regs->evidence[0].n_claims, plain->evidence[0].n_claims);
		for (size_t k = 0; k < regs->evidence[0].n_claims; k++) {
			const struct claim *want = &plain->evidence[0].claims[k];
			const struct claim *c = regs_claim_find(regs, want->name);

			/* Of one module and key, and signed another time. */
			assert_non_null(c);
			assert_true(span_eq(c->value, want->value.p, want->value.n));
		}
		assert_int_equal(has_finding(regs, F_EVIDENCE_WRAPPED), i == 2);
		regs_free(plain);
		regs_free(regs);
		cose_flip_all(&b, (struct beside){ .root = &root }, 7);
		bytes_done(&b);
	}
}

/* A break that is missing or one too many, within the payload and around it. */
static void counts_breaks(void **state)
{
	struct bytes b = read_data("cose/nitro-loose.cbor"), more;
	size_t at;

	/* The array's, which is the file's last byte. */
	assert_int_equal(b.p[b.n - 1], 0xff);
	b.n--;
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_TRUNCATED, "before a break");
	b.n++;
	b.p[b.n - 1] = 0;
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_MALFORMED, "has 4 items");
	bytes_done(&b);

	/* The payload's: left out of its string, 59 hi lo bf …; one more than its nine members
	 * need. */
	b = read_data("cose/nitro-open.cbor");
	at = bytes_find(&b, "\xbf\x69module_id", 11);
	b.p[at - 1]--;
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_MALFORMED, "a break with nothing to end");
	b.p[at - 1]++;
	b.p[at] = 0xa9;
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_MALFORMED, "bytes after its end");
	bytes_done(&b);

	/* One more after the document is no part of it. */
	b = read_data("cose/nitro-loose.cbor");
	more = (struct bytes){ malloc(b.n + 1), b.n + 1 };
	assert_non_null(more.p);
	memcpy(more.p, b.p, b.n);
	more.p[b.n] = 0xff;
	cose_refused(&more, (struct beside){ 0 }, TSMMR_E_MALFORMED, "a break after its end");
	bytes_done(&more);
	bytes_done(&b);
}

/* Unlike where a field has one size, a longer nonce is another one. */
static void the_nonce_is_exact(void **state)
{
	cose_refused(&doc, (struct beside){ .nonce = "00" }, TSMMR_E_UNTRUSTED, "nonce");
	cose_refused(&doc, (struct beside){ .nonce = NONCE "00" }, TSMMR_E_UNTRUSTED, "nonce");
	cose_refused(&doc, (struct beside){ .nonce = "00112233445566778899aabbccddeefe" },
		     TSMMR_E_UNTRUSTED, "nonce");
}

static void authenticates_to_a_pinned_root(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&doc, (struct beside){ .root = &root });
	const struct evidence_info *info = &regs->evidence[0];

	assert_int_equal(info->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_true(info->has_root && info->has_time);
	assert_int_equal(info->time, MADE);
	assert_false(has_word(regs, "signature") || has_word(regs, "certificate-chain"));
	for (size_t i = 0; i < regs->n; i++)
		assert_int_equal(regs->regs[i].trust, TSMMR_TRUST_AUTHENTICATED);
	regs_free(regs);

	/* The time that is given comes before the document's. */
	regs = cose_read_as(&doc, (struct beside){ .root = &root, .time = MADE + 7000 });
	assert_int_equal(regs->evidence[0].time, MADE + 7000);
	regs_free(regs);
	cose_refused(&doc, (struct beside){ .root = &root, .time = MADE + 8000 }, TSMMR_E_UNTRUSTED,
		     "Nitro certificate");
	cose_refused(&doc, (struct beside){ .root = &root, .time = MADE - 4000 }, TSMMR_E_UNTRUSTED,
		     "Nitro certificate");
}

static void names_do_not_make_a_chain(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&wrong_ca, (struct beside){ 0 });

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_SIGNED);
	regs_free(regs);
	cose_refused(&wrong_ca, (struct beside){ .root = &root }, TSMMR_E_UNTRUSTED,
		     "Nitro certificate");
}

static void refuses_debug_unless_told(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&debug, (struct beside){ .root = &root });

	check_debuggable(regs);
	assert_true(regs->evidence[0].debug);
	assert_true(has_finding(regs, F_EVIDENCE_DEBUG));
	assert_true(span_zero(span_of(reg_named(regs, "pcr0")->value, 48)));
	assert_false(span_zero(span_of(reg_named(regs, "pcr4")->value, 48)));
	regs_free(regs);
}

/* QEMU's device, its answer around the document: nobody signed it. */
static void what_is_emulated_proves_nothing(void **state)
{
	static const char *const others[] = {
		"nsm/attest-1024.cbor", "nsm/attest-after.cbor",
		"nsm/attest-before.cbor", /* no PCR is locked */
	};
	struct bytes bare = { emulated.p + 26, emulated.n - 26 };
	struct tsmmr_regs *regs;

	cose_refused(&emulated, (struct beside){ .root = &root }, TSMMR_E_UNTRUSTED, "trust root");
	regs = cose_read_as(&bare, (struct beside){ 0 });
	check_debuggable(regs);
	regs_free(regs);

	regs = cose_read_as(&emulated, (struct beside){ 0 });
	check_debuggable(regs);
	assert_string_equal(regs->evidence[0].kind, "nitro-document-emulated");
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_UNSIGNED);
	assert_true(regs->evidence[0].debug);
	assert_true(has_word(regs, "signature"));
	assert_true(has_finding(regs, F_EVIDENCE_UNSIGNED));
	assert_true(has_finding(regs, F_EVIDENCE_WRAPPED));
	assert_int_equal(regs->n, 16);
	for (size_t i = 0; i < regs->n; i++)
		assert_int_equal(regs->regs[i].trust, TSMMR_TRUST_UNSIGNED);
	regs_free(regs);

	for (size_t i = 0; i < N_OF(others); i++) {
		bare = read_data(others[i]);
		regs = cose_read_as(&bare, (struct beside){ 0 });
		check_debuggable(regs);
		regs_free(regs);
		bytes_done(&bare);
	}

	/* An enclave's document with its algorithm struck out is no better. */
	bare = bytes_copy(&doc);
	bare.p[4] = 0x20;
	assert_int_equal(bare.p[3], 0x01);
	cose_refused(&bare, (struct beside){ 0 }, TSMMR_E_MALFORMED, "bytes after its end");
	bytes_done(&bare);
}

/* (AWS, EC2 user guide, "NitroTPM Attestation Document contents") */
static void reads_a_nitro_tpm(void **state)
{
	struct tsmmr_regs *regs =
		cose_read_as(&tpm, (struct beside){ .root = &root, .nonce = NONCE });
	const struct evidence_info *info = &regs->evidence[0];

	assert_string_equal(info->kind, "nitrotpm-document");
	assert_int_equal(info->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_false(info->tells_debug || info->debug);
	assert_true(info->nonce_matched);
	assert_int_equal(regs->n, 24);
	assert_int_equal(regs->findings.n, 0);
	for (size_t i = 0; i < regs->n; i++) {
		assert_ptr_equal(regs->regs[i].platform, &platform_tpm);
		assert_int_equal(regs->regs[i].alg, TSMMR_HASH_SHA384);
		assert_false(regs->regs[i].flags & TSMMR_REG_LOCKED);
		assert_int_equal(!!(regs->regs[i].flags & TSMMR_REG_RESETTABLE),
				 i == 16 || i == 23);
	}
	/* tests/data/expect.tsv, good-tcg2-sha384.bin */
	check_value(regs, "pcr4", TSMMR_HASH_SHA384,
		    "70bc457e087464760a8927d6312248dc117663410914ff8b1e42fd5dc91e16f5"
		    "fe3f15ca64372d3e47af8b4c53b01df9");
	assert_non_null(regs_claim_find(regs, "module_id"));
	assert_bytes(regs_claim_find(regs, "user_data")->value.p, 4, "data", 4);
	assert_null(regs_claim_find(regs, "nitrotpm_pcrs"));
	regs_free(regs);
	cose_flip_all(&tpm, (struct beside){ .root = &root }, 13);
}

static void refuses_a_nitro_tpm_that_cannot_be(void **state)
{
	/* clang-format off */
	static const struct {
		const char *find;
		size_t n, at;
		uint8_t value;
		const char *why;
	} cases[] = {
		{ "nitrotpm_pcrs", 13, 0, 'm', "pcrs is missing" },
		{ "\x17\x58\x30", 3, 0, 0x16, "PCR 22 is there twice" },
		{ "\x00\x58\x30", 3, 0, 0x01, "PCR 1 is there twice" },
		{ "\x01\x58\x30", 3, 0, 0xff, "a break with nothing to end" },
		{ "\x05\x58\x30", 3, 2, 0x2f, "" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = bytes_copy(&tpm);

		b.p[bytes_find(&b, cases[i].find, cases[i].n) + cases[i].at] = cases[i].value;
		cose_refused(&b, (struct beside){ 0 }, TSMMR_E_MALFORMED, cases[i].why);
		bytes_done(&b);
	}
}

static void every_byte_is_signed(void **state)
{
	cose_flip_all(&doc, (struct beside){ .root = &root }, 1);
}

static void every_cut_is_named(void **state)
{
	cose_cut_all(&doc, 21); /* to the end of "module_id" */
}

/* Bytes of the document changed where the text or bytes stand: what is said of that. */
static void refuses_what_cannot_be(void **state)
{
	/* clang-format off */
	static const struct {
		const char *find;
		size_t n, at;		/* which byte after the beginning of that */
		uint8_t value;
		int code;
		const char *why;
	} cases[] = {
		{ "SHA384", 6, 3, '5', TSMMR_E_UNSUPPORTED, "\"SHA584\"" },
		{ "module_id", 9, 0, 'n', TSMMR_E_UNSUPPORTED, "CBOR evidence" },
		{ "digest", 6, 0, 'm', TSMMR_E_MALFORMED, "digest is missing" },
		{ "pcrs", 4, 0, 'q', TSMMR_E_MALFORMED, "pcrs is missing" },
		{ "\x05\x58\x30", 3, 1, 0x78, TSMMR_E_MALFORMED, "a PCR is of another" },
		{ "pcrs\xb1", 5, 5, 0x01, TSMMR_E_MALFORMED, "PCR 1 is there twice" },
		{ "\x0f\x58\x30", 3, 0, 0x17, TSMMR_E_UNTRUSTED, "signature" },
		{ "\x0f\x58\x30", 3, 2, 0x2f, TSMMR_E_MALFORMED, "" },
		{ "\x10\x58\x30", 3, 0, 0x37, TSMMR_E_MALFORMED, "a PCR's number" },
		{ "timestamp", 9, 9, 0x3b, TSMMR_E_MALFORMED, "timestamp is of another" },
		{ "timestamp", 9, 10, 0x01, TSMMR_E_MALFORMED, "timestamp is out of range" },
		{ "public_key", 10, 10, 0x60, TSMMR_E_MALFORMED, "public_key is of another" },
		{ "user_data", 9, 9, 0xf5, TSMMR_E_MALFORMED, "user_data is of another" },
		{ "cabundle", 8, 8, 0x80, TSMMR_E_MALFORMED, "cabundle has a size" },
		{ "\x84\x44\xa1\x01", 4, 0, 0x85, TSMMR_E_MALFORMED, "has 4 items" },
		{ "\x84\x44\xa1\x01", 4, 0, 0x83, TSMMR_E_MALFORMED, "has 4 items" },
		{ "\x84\x44\xa1\x01", 4, 1, 0x64, TSMMR_E_MALFORMED, "UTF-8" },
		{ "\x84\x44\xa1\x01", 4, 3, 0x02, TSMMR_E_MALFORMED, "another CBOR type" },
		{ "\x84\x44\xa1\x01", 4, 3, 0x03, TSMMR_E_UNSUPPORTED, "COSE algorithm 0" },
		{ "\x84\x44\xa1\x01", 4, 5, 0x23, TSMMR_E_UNSUPPORTED, "COSE algorithm -36" },
		{ "\x84\x44\xa1\x01", 4, 6, 0xf6, TSMMR_E_MALFORMED, "should be a map" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = bytes_copy(&doc);

		b.p[bytes_find(&b, cases[i].find, cases[i].n) + cases[i].at] = cases[i].value;
		cose_refused(&b, (struct beside){ 0 }, cases[i].code, cases[i].why);
		bytes_done(&b);
	}
}

/* {1: -35, 2: [4]}: who does not know parameter 4 must refuse.  (RFC 9052 §3.1) */
static void refuses_critical_parameters(void **state)
{
	static const uint8_t head[] = { 0x84, 0x47, 0xa2, 0x01, 0x38, 0x22, 0x02, 0x81, 0x04 };
	struct bytes b = { malloc(doc.n + 3), doc.n + 3 };

	assert_non_null(b.p);
	memcpy(b.p, head, sizeof(head));
	memcpy(b.p + sizeof(head), doc.p + 6, doc.n - 6);
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_UNSUPPORTED, "critical");
	bytes_done(&b);
}

static void notes_what_follows(void **state)
{
	struct bytes b = { calloc(1, doc.n + 100), doc.n + 100 };
	struct tsmmr_regs *regs;

	assert_non_null(b.p);
	memcpy(b.p, doc.p, doc.n);
	regs = cose_read_as(&b, (struct beside){ .root = &root });
	assert_int_equal(regs->findings.n, 0);
	regs_free(regs);
	b.p[b.n - 1] = 1;
	regs = cose_read_as(&b, (struct beside){ .root = &root });
	assert_true(has_finding(regs, F_EVIDENCE_TRAILING));
	assert_int_equal(regs->findings.all[0].offset, doc.n);
	regs_free(regs);
	cose_refused(&b, (struct beside){ .flags = TSMMR_CTX_STRICT }, TSMMR_E_MALFORMED,
		     "EVIDENCE_TRAILING");
	bytes_done(&b);
}

static const struct platform *meant(const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	const struct platform *platform;
	struct tsmmr_regs *regs = NULL;
	const struct values_of of = { .table = platforms, .n_table = n_platforms };

	if (regs_from_values(&of, span_of(text, strlen(text)), &regs, &err) < 0)
		fail_msg("%s", err.message);
	platform = regs->regs[0].platform;
	regs_free(regs);
	return platform;
}

/* A TPM's and an enclave's PCRs share their names: the evidence says whose is meant. */
static void names_mean_what_the_evidence_has(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&doc, (struct beside){ 0 });
	struct tsmmr_report *report;
	struct tsmmr_policy *policy;
	struct tsmmr_ctx *ctx;
	char text[128] = "pcr8=";

	tohex(reg_named(regs, "pcr8")->value, 48, text + 5);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	policy = policy_lenient(ctx);
	assert_code(tsmmr_policy_expect_text(policy, 0, text, strlen(text), NULL), 0);
	assert_code(tsmmr_report_new(ctx, NULL, 0, regs, policy, &report, NULL), 0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);

	assert_ptr_equal(meant(text), &platform_tpm);
	memcpy(text, "pcr31", 5);
	text[5] = '=';
	tohex(reg_named(regs, "pcr8")->value, 48, text + 6);
	assert_ptr_equal(meant(text), &platform_nitro);
	regs_free(regs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(extends_raw_data_of_any_length),
		cmocka_unit_test(reads_a_document),
		cmocka_unit_test(reads_one_with_a_tag),
		cmocka_unit_test(reads_any_encoding),
		cmocka_unit_test(counts_breaks),
		cmocka_unit_test(the_nonce_is_exact),
		cmocka_unit_test(authenticates_to_a_pinned_root),
		cmocka_unit_test(names_do_not_make_a_chain),
		cmocka_unit_test(refuses_debug_unless_told),
		cmocka_unit_test(what_is_emulated_proves_nothing),
		cmocka_unit_test(reads_a_nitro_tpm),
		cmocka_unit_test(refuses_a_nitro_tpm_that_cannot_be),
		cmocka_unit_test(every_byte_is_signed),
		cmocka_unit_test(every_cut_is_named),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(refuses_critical_parameters),
		cmocka_unit_test(notes_what_follows),
		cmocka_unit_test(names_mean_what_the_evidence_has),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
