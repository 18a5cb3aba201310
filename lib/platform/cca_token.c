/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm CCA attestation tokens: a platform token, and a realm token whose key it vouches for. */
#include "crypto/hash.h"
#include "platform/cca.h"
#include "platform/cose.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "util/cleanup.h"
#include "util/error.h"

static const char what[] = "CCA token";
static const char platform_what[] = "CCA platform token";
static const char realm_what[] = "CCA realm token";

/*
 * The two tokens together.  RMM 1.0 (DEN0137, "CCA attestation token") has a map with them
 * in strings, or before its last drafts as tagged items; later ones a collection of conceptual
 * message wrappers (draft-ietf-rats-msg-wrap), an array of content format and string each.
 */
#define TAG_TOKEN 399
#define TAG_COLLECTION 907
#define FORMAT_EAT_CWT 263 /* application/eat+cwt, IANA CoAP content formats */

enum { C_PLATFORM, C_REALM, C_COUNT };
static const struct cbor_member token_members[C_COUNT] = {
	[C_PLATFORM] = { 44234, "its platform token", CBOR_BYTES, MEMBER_REQUIRED | MEMBER_ANY, 0,
			 0 },
	[C_REALM] = { 44241, "its realm token", CBOR_BYTES, MEMBER_REQUIRED | MEMBER_ANY, 0, 0 },
};
static const struct cbor_member collection_members[C_COUNT] = {
	[C_PLATFORM] = { 44234, "its platform token", CBOR_ARRAY, MEMBER_REQUIRED, 2, 2 },
	[C_REALM] = { 44241, "its realm token", CBOR_ARRAY, MEMBER_REQUIRED, 2, 2 },
};

/* DEN0137, "CCA platform token claims"; draft-ffm-rats-cca-token-00 §4.2 */
enum {
	P_PROFILE,
	P_CHALLENGE,
	P_IMPLEMENTATION,
	P_INSTANCE,
	P_CONFIG,
	P_LIFECYCLE,
	P_COMPONENTS,
	P_SERVICE,
	P_HASH,
	P_COUNT
};
static const struct cbor_member platform_members[P_COUNT] = {
	[P_PROFILE] = { 265, "profile", CBOR_TEXT, MEMBER_REQUIRED, 1, UINT32_MAX },
	[P_CHALLENGE] = { 10, "challenge", CBOR_BYTES, MEMBER_REQUIRED, 32, 64 },
	[P_IMPLEMENTATION] = { 2396, "implementation id", CBOR_BYTES, MEMBER_REQUIRED, 32, 32 },
	[P_INSTANCE] = { 256, "instance id", CBOR_BYTES, MEMBER_REQUIRED, 33, 33 },
	[P_CONFIG] = { 2401, "config", CBOR_BYTES, MEMBER_REQUIRED, 1, UINT32_MAX },
	[P_LIFECYCLE] = { 2395, "lifecycle", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
	[P_COMPONENTS] = { 2399, "software components", CBOR_ARRAY, MEMBER_REQUIRED, 1,
			   UINT32_MAX },
	[P_SERVICE] = { 2400, "verification service", CBOR_TEXT, 0, 0, UINT32_MAX },
	[P_HASH] = { 2402, "hash algorithm", CBOR_TEXT, MEMBER_REQUIRED, 1, UINT32_MAX },
};

/* DEN0137, "CCA realm token claims"; draft-ffm-rats-cca-token-00 §4.3 */
enum {
	R_PROFILE,
	R_CHALLENGE,
	R_RPV,
	R_HASH,
	R_KEY,
	R_KEY_HASH,
	R_RIM,
	R_REMS,
	R_INSTANCE,
	R_MEC,
	R_COUNT
};
static const struct cbor_member realm_members[R_COUNT] = {
	[R_PROFILE] = { 265, "profile", CBOR_TEXT, 0, 1, UINT32_MAX },
	[R_CHALLENGE] = { 10, "challenge", CBOR_BYTES, MEMBER_REQUIRED, 64, 64 },
	[R_RPV] = { 44235, "personalization value", CBOR_BYTES, MEMBER_REQUIRED, CCA_RPV_SIZE,
		    CCA_RPV_SIZE },
	[R_HASH] = { 44236, "hash algorithm", CBOR_TEXT, MEMBER_REQUIRED, 1, UINT32_MAX },
	[R_KEY] = { 44237, "public key", CBOR_BYTES, MEMBER_REQUIRED, 1, 512 },
	[R_KEY_HASH] = { 44240, "hash algorithm of the key", CBOR_TEXT, MEMBER_REQUIRED, 1,
			 UINT32_MAX },
	[R_RIM] = { 44238, "RIM", CBOR_BYTES, MEMBER_REQUIRED, 32, 64 },
	[R_REMS] = { 44239, "REMs", CBOR_ARRAY, MEMBER_REQUIRED, CCA_REMS, CCA_REMS },
	[R_INSTANCE] = { 256, "instance id", CBOR_BYTES, 0, 33, 33 },
	[R_MEC] = { 44243, "memory encryption policy", CBOR_UINT, MEMBER_ANY, 0, 0 },
};

/* DEN0137, "CCA platform software components claim"; draft-ffm-rats-cca-token-00 §4.2.6 */
enum { S_TYPE, S_MEASUREMENT, S_VERSION, S_SIGNER, S_HASH, S_COUNT };
static const struct cbor_member component_members[S_COUNT] = {
	[S_TYPE] = { 1, "component type", CBOR_TEXT, 0, 0, UINT32_MAX },
	[S_MEASUREMENT] = { 2, "component measurement", CBOR_BYTES, 0, 0, UINT32_MAX },
	[S_VERSION] = { 4, "component version", CBOR_TEXT, 0, 0, UINT32_MAX },
	[S_SIGNER] = { 5, "component signer id", CBOR_BYTES, 0, 0, UINT32_MAX },
	[S_HASH] = { 6, "component hash algorithm", CBOR_TEXT, 0, 0, UINT32_MAX },
};

/* Their claims, for twice as many as platforms have; those after them make none. */
/* clang-format off */
#define COMPONENT(n)                                                    \
	{                                                               \
		[S_TYPE] = "software_component_" #n "_type",            \
		[S_MEASUREMENT] = "software_component_" #n "_measurement", \
		[S_VERSION] = "software_component_" #n "_version",      \
		[S_SIGNER] = "software_component_" #n "_signer_id",     \
		[S_HASH] = "software_component_" #n "_hash_algorithm",  \
	}
static const char *const component_claims[][S_COUNT] = {
	COMPONENT(0), COMPONENT(1), COMPONENT(2), COMPONENT(3),
	COMPONENT(4), COMPONENT(5), COMPONENT(6), COMPONENT(7),
	COMPONENT(8), COMPONENT(9), COMPONENT(10), COMPONENT(11),
	COMPONENT(12), COMPONENT(13), COMPONENT(14), COMPONENT(15),
};
/* clang-format on */

/* COSE_Key of an elliptic curve.  (RFC 9053 §7.1.1) */
enum { K_TYPE, K_CURVE, K_X, K_Y, K_COUNT };
static const struct cbor_member key_members[K_COUNT] = {
	[K_TYPE] = { 1, "key type", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
	[K_CURVE] = { -1, "curve", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
	[K_X] = { -2, "x", CBOR_BYTES, MEMBER_REQUIRED, 32, 66 },
	[K_Y] = { -3, "y", CBOR_BYTES, MEMBER_REQUIRED, 32, 66 },
};
#define KEY_TYPE_EC2 2
#define CBOR_MAJOR_MAP 5
#define CBOR_MAJOR_TAG 6

/* DEN0137, "CCA platform lifecycle claim": the low byte is the implementation's. */
#define LIFECYCLE_SECURED 0x30

struct cca_token {
	struct cbor_arena arena; /* the token, which all the rest points into */
	struct cose_sign1 platform, realm;
	struct cbor_value p[P_COUNT], r[R_COUNT];
	const struct hash_alg *hash, *key_hash; /* as the realm token names them */
	struct span rems[CCA_REMS];
	struct span rest; /* what follows the token */
	size_t unknown;   /* what is beside the two tokens */
};

static void token_free(void *state)
{
	struct cca_token *t = state;

	if (t)
		free(t->arena.p);
	free(t);
}

static int malformed(struct tsmmr_error *err, const char *who, const char *why)
{
	return fail(err, TSMMR_E_MALFORMED, "%s: %s", who, why);
}

/* "sha-256" of RFC 6234's names, as IANA registers them. */
static int read_hash(const struct cbor_value *v, const struct hash_alg **ret,
		     struct tsmmr_error *err)
{
	static const struct {
		const char *name;
		int id;
	} names[] = {
		{ "sha-256", TSMMR_HASH_SHA256 },
		{ "sha-384", TSMMR_HASH_SHA384 },
		{ "sha-512", TSMMR_HASH_SHA512 },
	};
	struct span s = v->item.bytes;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (span_eq(s, names[i].name, strlen(names[i].name))) {
			*ret = hash_by_id(names[i].id);
			return 0;
		}
	return fail(err, TSMMR_E_UNSUPPORTED, "%s: hash algorithm \"%.*s\"", realm_what,
		    s.n < 16 ? (int)s.n : 16, (const char *)s.p);
}

/* A profile of ours: the first one's name, or "tag:arm.com,YEAR:WHOSE#VERSION". */
static int check_profile(const struct cbor_value *v, const char *legacy, const char *whose,
			 const char *who, struct tsmmr_error *err)
{
	static const char tag[] = "tag:arm.com,";
	struct span s = v->item.bytes;

	if (!v->there || (legacy && span_eq(s, legacy, strlen(legacy))))
		return 0;
	if (span_starts(s, tag, sizeof(tag) - 1) && s.n > 17 &&
	    span_has_at(s, 16, whose, strlen(whose)))
		return 0;
	return fail(err, TSMMR_E_UNSUPPORTED, "%s: profile \"%.*s\"", who, s.n < 64 ? (int)s.n : 64,
		    (const char *)s.p);
}

/* One of the two tokens: its claims by members into got. */
static int read_claims(struct cbor_arena *arena, struct span s, const char *who,
		       const struct cbor_member *members, size_t n, struct cose_sign1 *cose,
		       struct cbor_value *got, struct tsmmr_error *err)
{
	struct cbor_reader in = cbor_reader(arena, s, true, who, err);
	size_t unknown;
	int r = cose_read(&in, cose);

	if (r == 0)
		r = cbor_reader_end(&in);
	if (r < 0)
		return r;
	/* Claims that a reader does not know are to be ignored.  (RFC 8392 §3) */
	in = cbor_reader(arena, cose->payload, true, who, err);
	r = cbor_map_read(&in, members, n, got, &unknown);
	return r < 0 ? r : cbor_reader_end(&in);
}

/* Claims by which what is not a whole CCA token can be named; NULL. */
static const char *name_claims(struct cbor_arena *arena, struct span claims)
{
	static const struct {
		uint64_t first, last;
		enum cbor_kind kind;
		const char *name;
	} signs[] = {
		{ 44238, 44239, CBOR_UINT, "CCA realm claims" },
		{ 2401, 2401, CBOR_UINT, "CCA platform claims" },
		{ 2394, 2394, CBOR_UINT, "PSA claims" },
		/* -75000 to -75010: draft-tschofenig-rats-psa-token before its last versions */
		{ 74999, 75009, CBOR_NINT, "PSA claims" },
	};
	struct cbor_in in = cbor_reader(arena, claims, true, what, NULL).in;
	struct cbor_item item;
	uint64_t left;

	if (cbor_in_map(&in, &left) < 0)
		return NULL;
	while (cbor_in_more(&in, &left) > 0 && cbor_in_next(&in, &item) == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
			if (item.kind == signs[i].kind && item.value >= signs[i].first &&
			    item.value <= signs[i].last)
				return signs[i].name;
		if (cbor_in_skip(&in, NULL) < 0)
			break;
	}
	return NULL;
}

static int read_platform(struct cca_token *t, struct span s, struct tsmmr_error *err)
{
	int r = read_claims(&t->arena, s, platform_what, platform_members, P_COUNT, &t->platform,
			    t->p, err);
	const char *name;

	/* A PSA token, of keys that CCA never had.  (draft-tschofenig-rats-psa-token) */
	if (r == TSMMR_E_MALFORMED && t->platform.payload.n) {
		name = name_claims(&t->arena, t->platform.payload);
		if (name && span_starts(span_of(name, strlen(name)), "PSA", 3))
			return fail(err, TSMMR_E_UNSUPPORTED, "%s: %s, not CCA's", platform_what,
				    name);
	}
	return r < 0 ? r :
		       check_profile(&t->p[P_PROFILE], "http://arm.com/CCA-SSD/1.0.0",
				     ":cca_platform#", platform_what, err);
}

static int read_rems(struct cca_token *t, struct tsmmr_error *err)
{
	const struct cbor_value *v = &t->r[R_REMS];
	struct cbor_reader in = cbor_reader(&t->arena, cur_rest(&v->rest), true, realm_what, err);

	for (size_t i = 0; i < CCA_REMS; i++) {
		struct cbor_item item;
		int r = cbor_reader_next(&in, CBOR_BYTES, "a REM", &item);

		if (r < 0)
			return r;
		if (item.bytes.n != t->r[R_RIM].item.bytes.n)
			return malformed(err, realm_what, "RIM and REMs differ in length");
		t->rems[i] = item.bytes;
	}
	return 0;
}

static int read_realm(struct cca_token *t, struct span s, struct tsmmr_error *err)
{
	size_t rim;
	int r = read_claims(&t->arena, s, realm_what, realm_members, R_COUNT, &t->realm, t->r, err);

	if (r == 0)
		r = check_profile(&t->r[R_PROFILE], NULL, ":realm#", realm_what, err);
	if (r == 0)
		r = read_hash(&t->r[R_HASH], &t->hash, err);
	if (r == 0)
		r = read_hash(&t->r[R_KEY_HASH], &t->key_hash, err);
	if (r < 0)
		return r;
	/* RMMs before 2.0 named the policy; ones after number it. */
	if (t->r[R_MEC].there && t->r[R_MEC].item.kind != CBOR_UINT &&
	    t->r[R_MEC].item.kind != CBOR_TEXT)
		return malformed(err, realm_what,
				 "memory encryption policy is of another CBOR type");
	rim = t->r[R_RIM].item.bytes.n;
	if (rim != 32 && rim != 48 && rim != 64)
		return malformed(err, realm_what, "RIM is of no hash's length");
	return read_rems(t, err);
}

/* A token, in a string or as the item that it is: COSE_Sign1 with its tag. */
static int take_token(struct cbor_reader *in, const char *name, struct span *ret)
{
	struct cbor_item item;
	int r;

	/* By its head: a string in chunks is put together once. */
	if (!cur_empty(&in->in.c) && *in->in.c.p >> 5 == CBOR_MAJOR_TAG) {
		r = cbor_in_skip(&in->in, ret);
		return r < 0 ? cbor_reader_fail(in, r) : 0;
	}
	r = cbor_reader_next(in, CBOR_BYTES, name, &item);
	if (r == 0)
		*ret = item.bytes;
	return r;
}

/* The token inside a wrapper. */
static int unwrap(struct cbor_arena *arena, const struct cbor_value *v, struct span *ret,
		  struct tsmmr_error *err)
{
	struct cbor_reader in = cbor_reader(arena, cur_rest(&v->rest), true, what, err);
	struct cbor_item item;
	int r = cbor_reader_next(&in, CBOR_UINT, "a content format", &item);

	if (r == 0 && item.value != FORMAT_EAT_CWT)
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: content format %llu, not %d", what,
			    (unsigned long long)item.value, FORMAT_EAT_CWT);
	if (r == 0)
		r = take_token(&in, "a wrapped token", ret);
	return r;
}

static int read_token(struct cca_token *t, struct tsmmr_error *err)
{
	struct span whole = span_of(t->arena.p, t->arena.n);
	struct cbor_reader rd = cbor_reader(&t->arena, whole, false, what, err);
	struct cbor_value got[C_COUNT];
	struct span parts[C_COUNT];
	struct cbor_item tag;
	bool collection;
	int r = cbor_in_next(&rd.in, &tag);

	if (r < 0 || tag.kind != CBOR_TAG ||
	    (tag.value != TAG_TOKEN && tag.value != TAG_COLLECTION))
		return fail(err, TSMMR_E_FORMAT, "not a %s", what);
	collection = tag.value == TAG_COLLECTION;
	r = cbor_map_read(&rd, collection ? collection_members : token_members, C_COUNT, got,
			  &t->unknown);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < C_COUNT; i++) {
		struct cbor_reader in = cbor_reader(&t->arena, got[i].encoding, true, what, err);

		r = collection ? unwrap(&t->arena, &got[i], &parts[i], err) :
				 take_token(&in, token_members[i].name, &parts[i]);
	}

	if (r == 0)
		r = read_platform(t, parts[C_PLATFORM], err);
	if (r == 0)
		r = read_realm(t, parts[C_REALM], err);
	return r < 0 ? r : cbor_reader_rest(&rd, &t->rest);
}

static int refuse_claims(struct cbor_arena *arena, struct span claims, bool is_signed,
			 struct tsmmr_error *err)
{
	const char *name = name_claims(arena, claims);

	return name ? fail(err, TSMMR_E_UNSUPPORTED, "%s%s, not a whole CCA token",
			   is_signed ? "signed " : "bare ", name) :
		      fail(err, TSMMR_E_FORMAT, "not a %s", what);
}

/* What a person may take for a token: refused by name, else E_FORMAT. */
static int refuse(struct cbor_arena *arena, struct tsmmr_error *err)
{
	struct span s = span_of(arena->p, arena->n);
	struct cbor_reader rd = cbor_reader(arena, s, false, what, NULL);
	struct cbor_in in = rd.in;
	struct cose_sign1 cose;
	uint64_t left;
	struct span key;

	if (cbor_in_map(&in, &left) == 0 && cbor_in_more(&in, &left) > 0 &&
	    cbor_in_text(&in, &key) == 0 && (span_eq(key, "kat", 3) || span_eq(key, "pat", 3)))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "a Parsec key attestation around a platform's token");
	return cose_read(&rd, &cose) == 0 ? refuse_claims(arena, cose.payload, true, err) :
					    refuse_claims(arena, s, false, err);
}

/* Their length says of which hash the registers are; so does the token. */
static void fill_regs(const struct cca_token *t, struct tsmmr_regs *regs)
{
	const struct reg_desc *desc = platform_cca.regs;
	struct span rim = t->r[R_RIM].item.bytes;
	uint16_t alg = rim.n == 32 ? TSMMR_HASH_SHA256 :
		       rim.n == 48 ? TSMMR_HASH_SHA384 :
				     TSMMR_HASH_SHA512;

	regs->n = 0;
	regs_value_add(regs, &platform_cca, &desc[CCA_RIM], alg, rim);
	for (size_t i = 0; i < CCA_REMS; i++)
		regs_value_add(regs, &platform_cca, &desc[CCA_REM0 + i], alg, t->rems[i]);
	regs_value_add(regs, &platform_cca, &desc[CCA_RPV], TSMMR_HASH_NONE,
		       t->r[R_RPV].item.bytes);
}

/* Each of the platform's parts: what it is, its hash, who signed it. */
static int add_components(struct cca_token *t, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	const struct cbor_value *v = &t->p[P_COMPONENTS];
	struct cbor_reader in =
		cbor_reader(&t->arena, cur_rest(&v->rest), true, platform_what, err);

	for (size_t i = 0; i < v->item.value && i < ARRAY_SIZE(component_claims); i++) {
		struct cbor_value got[S_COUNT];
		size_t unknown;
		int r = cbor_map_read(&in, component_members, S_COUNT, got, &unknown);

		if (r < 0)
			return r;
		for (size_t k = 0; k < S_COUNT; k++) {
			bool text = component_members[k].kind == CBOR_TEXT;

			if (got[k].there)
				regs_claim_add(regs, component_claims[i][k],
					       text ? CLAIM_TEXT : CLAIM_BYTES, got[k].item.bytes);
		}
	}
	return 0;
}

static void fill_info(const struct cca_token *t, struct tsmmr_regs *regs)
{
	struct evidence_info *info = &regs->evidence[0];
	const struct {
		const char *name;
		const struct cbor_value *v;
		enum claim_type type;
	} claims[] = {
		{ "challenge", &t->r[R_CHALLENGE], CLAIM_BYTES },
		{ "realm_profile", &t->r[R_PROFILE], CLAIM_TEXT },
		{ "realm_hash_algorithm", &t->r[R_HASH], CLAIM_TEXT },
		{ "realm_public_key", &t->r[R_KEY], CLAIM_BYTES },
		{ "realm_public_key_hash_algorithm", &t->r[R_KEY_HASH], CLAIM_TEXT },
		{ "realm_mec_policy", &t->r[R_MEC],
		  t->r[R_MEC].item.kind == CBOR_TEXT ? CLAIM_TEXT : CLAIM_U64_BE },
		{ "realm_instance_id", &t->r[R_INSTANCE], CLAIM_BYTES },
		{ "platform_profile", &t->p[P_PROFILE], CLAIM_TEXT },
		{ "platform_challenge", &t->p[P_CHALLENGE], CLAIM_BYTES },
		{ "implementation_id", &t->p[P_IMPLEMENTATION], CLAIM_BYTES },
		{ "instance_id", &t->p[P_INSTANCE], CLAIM_BYTES },
		{ "platform_config", &t->p[P_CONFIG], CLAIM_BYTES },
		{ "platform_hash_algorithm", &t->p[P_HASH], CLAIM_TEXT },
		{ "lifecycle", &t->p[P_LIFECYCLE], CLAIM_U64_BE },
		{ "verification_service", &t->p[P_SERVICE], CLAIM_TEXT },
	};

	regs->n_evidence = 1;
	info->kind = "cca-token";
	/* A platform whose own firmware can be debugged is no better than a Realm that can. */
	info->tells_debug = true;
	info->debug = t->p[P_LIFECYCLE].item.value >> 8 != LIFECYCLE_SECURED;
	info->report_data = t->r[R_CHALLENGE].item.bytes;
	info->nonce = info->report_data;
	regs->source = info->kind;
	evidence_not_checked(info, "signature");
	evidence_not_checked(info, "platform-token");
	evidence_not_checked(info, "software-components");
	info->trust = TSMMR_TRUST_UNSIGNED;
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		if (claims[i].v->there)
			regs_claim_add(regs, claims[i].name, claims[i].type,
				       claims[i].v->item.bytes);
}

static int note_all(const struct cca_token *t, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	size_t n = t->r[R_RIM].item.bytes.n;
	int r = 0;

	if (t->hash->size != n)
		r = findings_add(&regs->findings, F_EVIDENCE_HASH_DIFFERS, TSMMR_NONE, TSMMR_NONE,
				 TSMMR_NONE,
				 "%s: its hash algorithm is %s, and its registers have "
				 "%zu bytes",
				 realm_what, t->hash->name, n);
	if (r == 0 && t->unknown)
		r = findings_add(&regs->findings, F_EVIDENCE_UNKNOWN_MEMBER, TSMMR_NONE, TSMMR_NONE,
				 TSMMR_NONE,
				 "%s: it has more than a platform token and a realm token", what);
	if (r == 0 && !span_zero(t->rest))
		r = findings_add(&regs->findings, F_EVIDENCE_TRAILING, TSMMR_NONE, TSMMR_NONE,
				 cbor_arena_offset(&t->arena, t->rest.p), "%zu bytes follow the %s",
				 t->rest.n, what);
	return r < 0 ? fail_nomem(err) : 0;
}

static int fill(struct cca_token *t, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	if (regs_new(CCA_REGS, &regs) < 0)
		return fail_nomem(err);
	fill_regs(t, regs);
	fill_info(t, regs);
	r = add_components(t, regs, err);
	if (r == 0)
		r = note_all(t, regs, err);
	if (r < 0)
		return r;
	if (regs_take_bytes(regs, span_of(t->arena.p, t->arena.used)) < 0)
		return fail_nomem(err);
	*ret = take_ptr(regs);
	return 0;
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	struct span s = piece->bytes;
	struct cca_token *t;
	int r;

	/* A tag; what is refused by name is an array or a map. */
	if (!s.n || s.p[0] >> 5 < 4 || s.p[0] >> 5 > 6)
		return fail(err, TSMMR_E_FORMAT, "not a %s", what);
	t = calloc(1, sizeof(*t));
	r = t && cbor_arena_new(s, &t->arena) == 0 ? read_token(t, err) : fail_nomem(err);
	if (r == TSMMR_E_FORMAT)
		r = refuse(&t->arena, err);
	if (r == 0)
		r = fill(t, &piece->regs, err);
	if (r < 0) {
		token_free(t);
		return r;
	}
	piece->state = t;
	return 0;
}

/* x||y of a COSE_Key.  Curves by their numbers and sizes: RFC 9053 §7.1. */
static int read_cose_key(struct cbor_arena *arena, struct span claim, uint8_t to[2 * 66],
			 struct span *ret, struct tsmmr_error *err)
{
	static const uint8_t sizes[] = { 0, 32, 48, 66 };
	struct cbor_reader in = cbor_reader(arena, claim, true, realm_what, err);
	struct cbor_value got[K_COUNT];
	uint64_t curve;
	struct span x, y;
	size_t unknown;
	int r = cbor_map_read(&in, key_members, K_COUNT, got, &unknown);

	if (r == 0)
		r = cbor_reader_end(&in);
	if (r < 0)
		return r;
	x = got[K_X].item.bytes;
	y = got[K_Y].item.bytes;
	curve = got[K_CURVE].item.value;
	if (got[K_TYPE].item.value != KEY_TYPE_EC2 || !curve || curve >= ARRAY_SIZE(sizes) ||
	    x.n != sizes[curve] || y.n != sizes[curve])
		return malformed(err, realm_what, "a COSE_Key of no curve that is known");

	memcpy(to, x.p, x.n);
	memcpy(to + x.n, y.p, y.n);
	*ret = span_of(to, x.n + y.n);
	return 0;
}

/* The realm's key: a COSE_Key, or in the first tokens the bare point. */
static int realm_key(struct crypto crypto, struct cca_token *t, struct pubkey **ret,
		     struct tsmmr_error *err)
{
	struct span point = t->r[R_KEY].item.bytes;
	uint8_t both[2 * 66];
	int r = 0;

	if (point.p[0] >> 5 == CBOR_MAJOR_MAP)
		r = read_cose_key(&t->arena, point, both, &point, err);
	else if (point.p[0] != 0x04 || point.n % 2 == 0)
		r = malformed(err, realm_what, "a public key of no form that is known");
	if (r < 0)
		return r;
	r = pubkey_from_point(crypto, point, ret);
	return r < 0 ? fail(err, r, "%s: a public key that is no point of a curve", realm_what) : 0;
}

/* The platform's challenge is the hash of the realm's key, as that is carried. */
static int check_binding(struct crypto crypto, const struct cca_token *t, struct tsmmr_error *err)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	struct span claim = t->r[R_KEY].item.bytes, challenge = t->p[P_CHALLENGE].item.bytes;
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	int r = hasher_init(&h, crypto, t->key_hash);

	if (r < 0)
		return fail_low(err, r);
	if (hash_bytes(&h, claim.p, claim.n, digest) < 0)
		return fail_nomem(err);
	if (challenge.n != t->key_hash->size || !hash_equal(digest, challenge.p, challenge.n))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
				   "%s: its platform token is not for its realm token's key", what);
	return 0;
}

/* By the keys that came with the evidence: each must have signed it.  *ret_n: how many. */
static int check_given_keys(struct evidence_set *set, const struct cca_token *t,
			    const struct pin **ret, size_t *ret_n, struct tsmmr_error *err)
{
	const struct span *part;
	size_t i = 0;

	for (*ret_n = 0; (part = evidence_part(set, TSMMR_PART_AK, &i)); ++*ret_n) {
		_cleanup_(pubkey_free) struct pubkey *key = NULL;
		const struct pin *pin;
		int r = pubkey_from_bytes(set->crypto, *part, &key);

		if (r < 0)
			return fail(err, r, "%s: the key given for it is none", platform_what);
		r = cose_verify(&t->platform, key, platform_what, err);
		if (r < 0)
			return r;
		pin = trust_has_key(set->trust, key, SIGNS_CCA);
		*ret = pin ? pin : *ret;
	}
	return 0;
}

/* By the keys that the caller pins: one of them must have. */
static int check_pinned_keys(struct evidence_set *set, const struct cca_token *t,
			     const struct pin **ret, struct tsmmr_error *err)
{
	const struct pin *pin;
	size_t i = 0;
	bool any = false;

	while ((pin = trust_key(set->trust, SIGNS_CCA, &i))) {
		int r = cose_verify(&t->platform, pin->key, platform_what, err);

		any = true;
		if (r == TSMMR_E_UNTRUSTED)
			continue;
		if (r == 0)
			*ret = pin;
		return r;
	}
	if (any)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_ROOT,
				   "%s: signed by none of the keys that are pinned", platform_what);
	return 0;
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	struct evidence_info *info = &piece->regs->evidence[0];
	struct cca_token *t = piece->state;
	const struct pin *pin = NULL;
	size_t n_given = 0;
	int r = realm_key(set->crypto, t, &key, err);

	if (r == 0)
		r = cose_verify(&t->realm, key, realm_what, err);
	if (r == 0)
		r = check_binding(set->crypto, t, err);
	if (r < 0)
		return r;
	evidence_checked(info, "signature");

	r = check_given_keys(set, t, &pin, &n_given, err);
	if (r == 0 && !n_given)
		r = check_pinned_keys(set, t, &pin, err);
	if (r < 0 || (!n_given && !pin))
		return r;
	evidence_checked(info, "platform-token");
	evidence_signed(piece->regs);
	if (pin)
		evidence_key(piece->regs, pin);
	return 0;
}

const struct evidence_kind cca_token_kind = {
	.kinds = SIGNS_CCA,
	.decode = decode,
	.free_state = token_free,
	.authenticate = authenticate,
};
