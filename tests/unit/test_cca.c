/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/cca.c and platform/cca_token.c: registers, tokens, and every refusal. */
#include "cose.h"

#include "core/replay.h"
#include "platform/cca.h"

static struct bytes token, collection, p256, debug, other, cpak, cpak256;

static int load(void **state)
{
	token = read_data("cose/cca-399.cbor");
	collection = read_data("cose/cca-907.cbor");
	p256 = read_data("cose/cca-p256.cbor");
	debug = read_data("cose/cca-debug.cbor");
	other = read_data("cose/cca-other-realm.cbor");
	cpak = read_data("cose/cca-cpak.pem");
	cpak256 = read_data("cose/cca-cpak-p256.pem");
	return 0;
}

static int unload(void **state)
{
	struct bytes *all[] = { &token, &collection, &p256, &debug, &other, &cpak, &cpak256 };

	for (size_t i = 0; i < N_OF(all); i++)
		bytes_done(all[i]);
	return 0;
}

static void registers(void **state)
{
	static const struct {
		const char *name, *role;
		int64_t index;
		int kind;
	} want[] = {
		{ "rim", "initial-vm-state", 0, TSMMR_KIND_LAUNCH },
		{ "rem0", "firmware-config", 1, TSMMR_KIND_RUNTIME },
		{ "rem1", "boot", 2, TSMMR_KIND_RUNTIME },
		{ "rem2", "os-runtime", 3, TSMMR_KIND_RUNTIME },
		{ "rem3", "app-runtime", 4, TSMMR_KIND_RUNTIME },
		{ "rpv", "host-config", NO_INDEX, TSMMR_KIND_CONFIG },
	};

	assert_int_equal(platform_cca.n_regs, N_OF(want));
	for (size_t i = 0; i < N_OF(want); i++) {
		const struct reg_desc *d = &platform_cca.regs[i];

		assert_string_equal(d->name, want[i].name);
		assert_string_equal(d->role, want[i].role);
		assert_int_equal(d->index, want[i].index);
		assert_int_equal(d->kind, want[i].kind);
		assert_int_equal(d->alg, TSMMR_HASH_NONE);
		assert_int_equal(d->size, want[i].kind == TSMMR_KIND_CONFIG ? 64 : 0);
		assert_int_equal(d->initial, 0);
		assert_int_equal(!!(d->flags & TSMMR_REG_EXTENSIBLE),
				 want[i].kind == TSMMR_KIND_RUNTIME);
	}
}

/* 32 bytes 0x11 and the numbers from 0 on: what the vectors below are windows of. */
static const uint8_t *window(size_t at)
{
	static uint8_t all[72];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = i < 32 ? 0x11 : (uint8_t)(i - 32);
	return all + at;
}

/*
 * Values that an RMM gave for SHA-256: kvm-unit-tests, arm/realm-attest.c, where slot n is
 * extended n times, and two CPUs extend one slot in turns, 0 or 1.
 */
static void extends_values_as_they_are(void **state)
{
	static const char *const slots[] = {
		"8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8",
		"58323bdf7a91f68e80c7c87fda1e226c8be7eea9ef64a521db2c09a7d7019205",
		"66e33b99494df4ddbc7a617aa1567bf8963f0af31eabdd1637b0fbe0718266ce",
		"975e9f647990a151d25b73755094eb5490bb1ef83b2cb83b6f24f38607e05813",
		"689986649beba2e44d07bbb3a1d92d07767f8619b85f14481f384b8751dc1031",
		"ee8fb3e9c8a5be4f12904a52b9c862d18a4431f7567d96da977a9e96ae6a7843",
	};
	static const struct {
		const char *order, *value;
	} turns[] = {
		{ "000111", "b1be0425bbbc049f984ffbdeaa00c9bc4143db16bb2a5f4b8b36ae3ffe2423a4" },
		{ "010101", "6832c6af8c8677094ab9a19ebb2b4235f8de9a98377b3e82590bc4ad1d0128ca" },
		{ "111000", "4df6c77437664c6a4032940117a2e63da8003eb78924f40414a8a1d1cd5bc360" },
	};
	uint8_t want[32];

	for (size_t i = 0; i < N_OF(slots); i++) {
		uint8_t rem[32] = { 0 };

		for (size_t k = 0; k <= i; k++)
			extended(TSMMR_HASH_SHA256, rem, window(8 * i), 32);
		unhex(slots[i], want, sizeof(want));
		assert_memory_equal(rem, want, 32);
	}
	for (size_t i = 0; i < N_OF(turns); i++) {
		uint8_t rem[32] = { 0 };
		size_t at[2] = { 0, 24 };

		for (const char *c = turns[i].order; *c; c++) {
			extended(TSMMR_HASH_SHA256, rem, window(at[*c - '0']), 32);
			at[*c - '0'] += 8;
		}
		unhex(turns[i].value, want, sizeof(want));
		assert_memory_equal(rem, want, 32);
	}
}

/* A record whose value is no digest: of a length that the platform takes, and of others. */
static int replayed(const struct platform *platform, size_t n, uint8_t *ret)
{
	const struct tsmmr_ctx ctx = { 0 };
	_cleanup_(replay_free) struct replay *r = NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_event e = {
		.platform = platform,
		.index = 4,
		.space = (uint8_t)platform->space,
		.measured = true,
		.n_digests = 1,
	};
	_cleanup_(free) uint8_t *exact = malloc(n ? n : 1);
	bool earlier;
	int rc = 0;

	assert_non_null(exact);
	memset(exact, 0x5a, n);
	e.digests = &(const struct digest){ TSMMR_HASH_SHA256, span_of(exact, n) };
	assert_int_equal(replay_new(&ctx, NULL, &r), 0);
	/* Where there are several registers, extensions may wait for each other. */
	r->may_wait = true;
	for (e.index = 1; rc == 0 && e.index <= 4; e.index++)
		rc = replay_event(r, 0, &e, &err);
	if (rc == 0)
		rc = replay_settle(r);
	if (rc == 0)
		memcpy(ret,
		       candidates_best(replay_slot(r, platform, platform_by_index(platform, 4),
						   TSMMR_HASH_SHA256),
				       &earlier)
			       ->value,
		       32);
	return rc;
}

static void replays_raw_values(void **state)
{
	static const size_t sizes[] = { 0, 1, 31, 32, 33, 64 };
	uint8_t fill[64], value[32];

	memset(fill, 0x5a, sizeof(fill));
	for (size_t i = 0; i < N_OF(sizes); i++) {
		uint8_t want[32] = { 0 };

		extended(TSMMR_HASH_SHA256, want, fill, sizes[i]);
		assert_int_equal(replayed(&platform_cca, sizes[i], value), 0);
		assert_memory_equal(value, want, 32);
	}
	assert_code(replayed(&platform_cca, 65, value), TSMMR_E_INTERNAL);
	assert_int_equal(replayed(&platform_nitro, 5000, value), 0);
	assert_code(replayed(&platform_tpm, 31, value), TSMMR_E_INTERNAL);
	assert_code(replayed(&platform_tdx, 33, value), TSMMR_E_INTERNAL);
	assert_int_equal(replayed(&platform_tpm, 32, value), 0);
}

static void reads_a_token(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&token, (struct beside){ .nonce = "c0ffee" });
	const struct evidence_info *info = &regs->evidence[0];

	assert_string_equal(info->kind, "cca-token");
	/* The platform's signature is one that nobody could check. */
	assert_int_equal(info->trust, TSMMR_TRUST_UNSIGNED);
	assert_false(info->debug || info->has_root);
	assert_true(info->nonce_matched);
	assert_false(has_word(regs, "signature"));
	assert_true(has_word(regs, "platform-token"));
	assert_int_equal(regs->findings.n, 0);
	assert_int_equal(regs->n, 6);
	check_value(regs, "rem0", TSMMR_HASH_SHA256,
		    "8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8");
	check_value(regs, "rem3", TSMMR_HASH_SHA256,
		    "0000000000000000000000000000000000000000000000000000000000000000");
	assert_int_equal(reg_named(regs, "rpv")->alg, TSMMR_HASH_NONE);
	assert_int_equal(reg_named(regs, "rpv")->size, 64);
	assert_memory_equal(reg_named(regs, "rpv")->value, "a Realm of", 10);
	assert_int_equal(regs_claim_find(regs, "realm_public_key")->value.n, 97);
	assert_int_equal(regs_claim_find(regs, "implementation_id")->value.n, 32);
	assert_null(regs_claim_find(regs, "realm_profile"));
	regs_free(regs);
	cose_refused(&token, (struct beside){ .nonce = "c0ffef" }, TSMMR_E_UNTRUSTED, "nonce");
}

static void reads_every_form(void **state)
{
	static const struct {
		const struct bytes *b, *key;
		uint16_t alg;
		const char *profile;
		size_t n_key;
	} cases[] = {
		{ &token, &cpak, TSMMR_HASH_SHA256, NULL, 97 },
		{ &collection, &cpak, TSMMR_HASH_SHA512, "tag:arm.com,2024:realm#2.0.0", 107 },
		{ &p256, &cpak256, TSMMR_HASH_SHA384, "tag:arm.com,2023:realm#1.0.0", 75 },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_regs *regs =
			cose_read_as(cases[i].b, (struct beside){ .root = cases[i].key });
		const struct claim *profile = regs_claim_find(regs, "realm_profile");

		assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
		assert_true(regs->evidence[0].has_root);
		assert_false(has_word(regs, "signature") || has_word(regs, "platform-token"));
		assert_int_equal(reg_named(regs, "rim")->alg, cases[i].alg);
		assert_int_equal(reg_named(regs, "rim")->size, hash_by_id(cases[i].alg)->size);
		assert_int_equal(regs_claim_find(regs, "realm_public_key")->value.n,
				 cases[i].n_key);
		assert_int_equal(!!profile, !!cases[i].profile);
		if (profile)
			assert_bytes(profile->value.p, profile->value.n, cases[i].profile,
				     strlen(cases[i].profile));
		assert_int_equal(regs->findings.n, 0);
		regs_free(regs);
	}
}

/* A key that comes with the evidence checks a signature; only a pinned one makes trust. */
static void the_platform_key(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&token, (struct beside){ .ak = &cpak });

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_SIGNED);
	assert_false(has_word(regs, "platform-token"));
	regs_free(regs);

	regs = cose_read_as(&token, (struct beside){ .ak = &cpak, .root = &cpak });
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	regs_free(regs);

	cose_refused(&token, (struct beside){ .ak = &cpak256 }, TSMMR_E_UNTRUSTED, "curve");
	cose_refused(&p256, (struct beside){ .ak = &cpak }, TSMMR_E_UNTRUSTED, "curve");
	cose_refused(&token, (struct beside){ .ak = &cpak, .root = &cpak256 }, TSMMR_E_UNTRUSTED,
		     "trust root");
	cose_refused(&token, (struct beside){ .root = &cpak256 }, TSMMR_E_UNTRUSTED,
		     "none of the keys");
	cose_refused(&token, (struct beside){ .ak = &token }, TSMMR_E_MALFORMED, "is none");
}

static void both_tokens_are_of_one_realm(void **state)
{
	cose_refused(&other, (struct beside){ 0 }, TSMMR_E_UNTRUSTED, "realm token's key");
	cose_refused(&other, (struct beside){ .root = &cpak }, TSMMR_E_UNTRUSTED,
		     "realm token's key");
}

static void refuses_debug_unless_told(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&debug, (struct beside){ .root = &cpak });

	check_debuggable(regs);
	assert_true(regs->evidence[0].debug);
	assert_true(has_finding(regs, F_EVIDENCE_DEBUG));
	regs_free(regs);
}

static void every_byte_is_signed(void **state)
{
	cose_flip_all(&token, (struct beside){ .root = &cpak }, 1);
	cose_flip_all(&collection, (struct beside){ .root = &cpak }, 5);
}

static void every_cut_is_named(void **state)
{
	cose_cut_all(&token, 4);
	cose_cut_all(&collection, 4);
}

static void says_whose_signature_is_wrong(void **state)
{
	struct bytes b = bytes_copy(&token);

	b.p[b.n - 1] ^= 1;
	cose_refused(&b, (struct beside){ 0 }, TSMMR_E_UNTRUSTED, "CCA realm token: its signature");
	b.p[b.n - 1] ^= 1;
	b.p[bytes_find(&b, "https://verifier", 16)] ^= 1;
	cose_refused(&b, (struct beside){ .ak = &cpak }, TSMMR_E_UNTRUSTED,
		     "CCA platform token: its signature");
	bytes_done(&b);
}

/* Any well-formed CBOR (RFC 8949 §3): the same registers and claims, signed as they are. */
static void reads_any_encoding(void **state)
{
	struct bytes loose = read_data("cose/cca-loose.cbor");
	struct tsmmr_regs *plain = cose_read_as(&collection, (struct beside){ 0 });
	struct tsmmr_regs *regs = cose_read_as(&loose, (struct beside){ .root = &cpak });
	uint64_t number = 0, wanted = 1;

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(regs->n, plain->n);
	for (size_t i = 0; i < regs->n; i++)
		assert_memory_equal(regs->regs[i].value, plain->regs[i].value, 64);
	assert_int_equal(regs->evidence[0].n_claims, plain->evidence[0].n_claims);
	for (size_t i = 0; i < regs->evidence[0].n_claims; i++) {
		const struct claim *want = &plain->evidence[0].claims[i];
		const struct claim *c = &regs->evidence[0].claims[i];

		/* The key is written in another way, and the challenge is the hash of that. */
		assert_string_equal(c->name, want->name);
		if (!strcmp(c->name, "lifecycle") || !strcmp(c->name, "realm_mec_policy")) {
			assert_true(claim_u64(c, &number) && claim_u64(want, &wanted));
			assert_int_equal(number, wanted);
		} else if (strcmp(c->name, "realm_public_key") &&
			   strcmp(c->name, "platform_challenge"))
			assert_true(span_eq(c->value, want->value.p, want->value.n));
	}
	regs_free(plain);
	regs_free(regs);
	cose_flip_all(&loose, (struct beside){ .root = &cpak }, 7);

	loose.n--;
	cose_refused(&loose, (struct beside){ 0 }, TSMMR_E_TRUNCATED, "before a break");
	loose.n++;
	bytes_done(&loose);
}

/* A bound of ours, beyond any platform's: the rest makes no claims, and is signed as well. */
static void sixteen_components_make_claims(void **state)
{
	struct bytes many = read_data("cose/cca-many.cbor");
	struct tsmmr_regs *regs = cose_read_as(&many, (struct beside){ .root = &cpak });
	const struct claim *last = regs_claim_find(regs, "software_component_15_type");

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_non_null(last);
	assert_true(span_eq(last->value, "part 15", 7));
	assert_non_null(regs_claim_find(regs, "software_component_15_measurement"));
	assert_null(regs_claim_find(regs, "software_component_16_type"));
	assert_non_null(regs_claim_find(regs, "verification_service"));
	regs_free(regs);
	many.p[bytes_find(&many, "part 17", 7) + 5] ^= 1;
	cose_refused(&many, (struct beside){ .ak = &cpak }, TSMMR_E_UNTRUSTED,
		     "CCA platform token: its signature");
	bytes_done(&many);
}

static uint64_t number_of(const struct tsmmr_regs *regs, const char *name)
{
	const struct claim *c = regs_claim_find(regs, name);
	uint64_t v = 0;

	if (!c || !claim_u64(c, &v))
		fail_msg("%s is no number", name);
	return v;
}

static void check_text(const struct tsmmr_regs *regs, const char *name, const char *text)
{
	const struct claim *c = regs_claim_find(regs, name);

	if (!c || c->type != CLAIM_TEXT || !span_eq(c->value, text, strlen(text)))
		fail_msg("%s is not %s", name, text);
}

/* Tokens as items with their tags, and a policy by name: RMMs and TF-M before 2024. */
static void reads_older_tokens(void **state)
{
	struct bytes items = read_data("cose/cca-items.cbor");
	struct tsmmr_regs *regs = cose_read_as(&items, (struct beside){ .root = &cpak });
	size_t at;

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(regs->n, 6);
	check_text(regs, "realm_mec_policy", "shared");
	regs_free(regs);
	cose_flip_all(&items, (struct beside){ .root = &cpak }, 7);

	/* Neither: an array without its tag would be one, and is not what they made. */
	at = bytes_find(&items, "\x19\xac\xca\xd2", 4);
	items.p[at + 3] = 0xf6;
	cose_refused(&items, (struct beside){ 0 }, TSMMR_E_MALFORMED, "");
	bytes_done(&items);
}

static void notes_what_is_beside_the_tokens(void **state)
{
	struct bytes more = read_data("cose/cca-more.cbor"), psa = read_data("cose/cca-psa.cbor");
	struct tsmmr_regs *regs = cose_read_as(&more, (struct beside){ .root = &cpak });

	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_true(has_finding(regs, F_EVIDENCE_UNKNOWN_MEMBER));
	regs_free(regs);
	cose_refused(&more, (struct beside){ .flags = TSMMR_CTX_STRICT }, TSMMR_E_MALFORMED,
		     "EVIDENCE_UNKNOWN_MEMBER");
	cose_refused(&psa, (struct beside){ 0 }, TSMMR_E_UNSUPPORTED, "PSA claims, not CCA's");
	bytes_done(&more);
	bytes_done(&psa);
}

/* (tests/gen/mkcose.py, cca_platform()) */
static void decodes_claims(void **state)
{
	struct tsmmr_regs *regs = cose_read_as(&collection, (struct beside){ .root = &cpak });
	const struct claim *signer = regs_claim_find(regs, "software_component_1_signer_id");

	assert_int_equal(number_of(regs, "lifecycle"), 0x3003);
	assert_int_equal(number_of(regs, "realm_mec_policy"), 1);
	check_text(regs, "platform_hash_algorithm", "sha-256");
	check_text(regs, "realm_public_key_hash_algorithm", "sha-512");
	check_text(regs, "software_component_0_type", "BL1");
	check_text(regs, "software_component_0_hash_algorithm", "sha-256");
	check_text(regs, "software_component_1_type", "RMM");
	check_text(regs, "software_component_1_version", "1.0");
	assert_int_equal(signer->value.n, 32);
	assert_int_equal(signer->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_null(regs_claim_find(regs, "software_component_0_version"));
	assert_null(regs_claim_find(regs, "software_component_2_type"));
	regs_free(regs);
}

static void refuses_what_cannot_be(void **state)
{
	/* clang-format off */
	static const struct {
		const struct bytes *b;
		const char *find;
		size_t n, at;
		uint8_t value;
		int code;
		const char *why;
	} cases[] = {
		{ &token, "\xd9\x01\x8f", 3, 2, 0x90, TSMMR_E_UNSUPPORTED, "CBOR evidence" },
		{ &token, "\x19\xac\xca", 3, 2, 0xcb, TSMMR_E_MALFORMED, "platform token is missing" },
		{ &token, "\x19\xac\xd1", 3, 2, 0xca, TSMMR_E_MALFORMED, "platform token is there twice" },
		/* claims: 10 challenge, 44235 rpv, 44236 hash, 44238 rim, 44239 rems */
		{ &token, "\x0a\x58\x40\xc0", 4, 0, 0x0b, TSMMR_E_MALFORMED, "challenge is missing" },
		{ &token, "\x19\xac\xcb", 3, 2, 0xf0, TSMMR_E_MALFORMED, "personalization value is missing" },
		{ &token, "\x19\xac\xcc\x67sha-256", 11, 10, '7', TSMMR_E_UNSUPPORTED, "\"sha-257\"" },
		{ &token, "\x19\xac\xce", 3, 2, 0xf0, TSMMR_E_MALFORMED, "RIM is missing" },
		{ &token, "\x19\xac\xcf\x84", 4, 2, 0xf0, TSMMR_E_MALFORMED, "REMs is missing" },
		{ &token, "\x19\xac\xcd\x58\x61\x04", 6, 5, 0x02, TSMMR_E_MALFORMED, "no form" },
		{ &token, "\x19\xac\xcd\x58\x61\x04", 6, 6, 0xff, TSMMR_E_MALFORMED, "no point" },
		{ &token, "http://arm.com", 14, 13, 'n', TSMMR_E_UNSUPPORTED, "profile \"http://arm.con" },
		{ &token, "\x19\x09\x5b\x19\x30\x03", 6, 3, 0x39, TSMMR_E_MALFORMED, "lifecycle" },
		{ &collection, "\x82\x19\x01\x07", 4, 3, 0x08, TSMMR_E_UNSUPPORTED, "content format 264" },
		{ &collection, "2024:realm#", 11, 5, 's', TSMMR_E_UNSUPPORTED, "2024:sealm" },
		{ &collection, "\xa4\x01\x02\x20\x02", 5, 4, 0x01, TSMMR_E_MALFORMED, "COSE_Key" },
		{ &collection, "\xa4\x01\x02\x20\x02", 5, 2, 0x01, TSMMR_E_MALFORMED, "COSE_Key" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = bytes_copy(cases[i].b);

		b.p[bytes_find(&b, cases[i].find, cases[i].n) + cases[i].at] = cases[i].value;
		cose_refused(&b, (struct beside){ 0 }, cases[i].code, cases[i].why);
		bytes_done(&b);
	}
}

/* The hash that it names and the length of its registers: the length is what there is. */
static void notes_another_hash(void **state)
{
	struct bytes b = read_data("cose/cca-other-hash.cbor");
	struct tsmmr_regs *regs = cose_read_as(&b, (struct beside){ .root = &cpak });

	assert_int_equal(reg_named(regs, "rem3")->alg, TSMMR_HASH_SHA512);
	assert_int_equal(reg_named(regs, "rem3")->size, 64);
	assert_true(has_finding(regs, F_EVIDENCE_HASH_DIFFERS));
	regs_free(regs);
	cose_refused(&b, (struct beside){ .flags = TSMMR_CTX_STRICT }, TSMMR_E_MALFORMED,
		     "EVIDENCE_HASH_DIFFERS");
	bytes_done(&b);
}

static void names_what_is_no_token(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t bytes[32];
		size_t n;
		const char *why;
	} cases[] = {
		/* {44238: 0, …}, {2401: 0}, {-75001: 0}, {"kat": 0, "pat": 0} */
		{ { 0xa2, 0x0a, 0x00, 0x19, 0xac, 0xce, 0x00 }, 7, "bare CCA realm claims" },
		{ { 0xa1, 0x19, 0x09, 0x61, 0x00 }, 5, "bare CCA platform claims" },
		{ { 0xa1, 0x3a, 0x00, 0x01, 0x24, 0xf8, 0x00 }, 7, "bare PSA claims" },
		{ { 0xa2, 0x63, 'k', 'a', 't', 0x00, 0x63, 'p', 'a', 't', 0x00 }, 11, "Parsec" },
		/* 18([h'', {}, h'a119096100', h'']) */
		{ { 0xd2, 0x84, 0x40, 0xa0, 0x45, 0xa1, 0x19, 0x09, 0x61, 0x00, 0x40 }, 11,
		  "signed CCA platform claims" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = { malloc(cases[i].n), cases[i].n };

		assert_non_null(b.p);
		memcpy(b.p, cases[i].bytes, b.n);
		cose_refused(&b, (struct beside){ 0 }, TSMMR_E_UNSUPPORTED, cases[i].why);
		bytes_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(extends_values_as_they_are),
		cmocka_unit_test(replays_raw_values),
		cmocka_unit_test(reads_a_token),
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(reads_any_encoding),
		cmocka_unit_test(sixteen_components_make_claims),
		cmocka_unit_test(reads_older_tokens),
		cmocka_unit_test(notes_what_is_beside_the_tokens),
		cmocka_unit_test(decodes_claims),
		cmocka_unit_test(the_platform_key),
		cmocka_unit_test(both_tokens_are_of_one_realm),
		cmocka_unit_test(refuses_debug_unless_told),
		cmocka_unit_test(every_byte_is_signed),
		cmocka_unit_test(every_cut_is_named),
		cmocka_unit_test(says_whose_signature_is_wrong),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(notes_another_hash),
		cmocka_unit_test(names_what_is_no_token),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
