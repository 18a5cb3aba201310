/* SPDX-License-Identifier: BSD-2-Clause */
/* AWS Nitro: registers of enclaves, attestation documents of these and of NitroTPMs. */
#include "platform/cose.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "util/cleanup.h"
#include "util/error.h"

#define PCR_SIZE 48
#define N_PCRS 32
#define N_TPM_PCRS 24

/*
 * The hypervisor locks 0 to 15 before the enclave runs.  The others are its own, and in a
 * document only once it has locked them.  (AWS Nitro Enclaves user guide, "Cryptographic
 * attestation", where each PCR of the launch is; nsm-api, Request::Attestation)
 */
#define LAUNCH(n, role)                                                                 \
	{                                                                               \
		"pcr" #n, role, n, TSMMR_HASH_SHA384, PCR_SIZE, TSMMR_KIND_LAUNCH, 0, 0 \
	}
#define RUNTIME(n, role)                                                                     \
	{                                                                                    \
		"pcr" #n, role, n, TSMMR_HASH_SHA384, PCR_SIZE, TSMMR_KIND_RUNTIME, 0,       \
			TSMMR_REG_EXTENSIBLE | TSMMR_REG_LOCKABLE | TSMMR_REG_LOCK_TO_ATTEST \
	}

/* clang-format off */
static const struct reg_desc nitro_regs[N_PCRS] = {
	LAUNCH(0, "initial-vm-state"),	/* the whole image file */
	LAUNCH(1, "boot"),		/* kernel, command line, first ramdisk */
	LAUNCH(2, "app-image"),		/* the other ramdisks */
	LAUNCH(3, "host-config"),	/* role of the parent instance */
	LAUNCH(4, "host-config"),	/* its id */
	LAUNCH(5, NULL),
	LAUNCH(6, NULL),
	LAUNCH(7, NULL),
	LAUNCH(8, "image-signer"),	/* certificate of the image file */
	LAUNCH(9, NULL),
	LAUNCH(10, NULL),
	LAUNCH(11, NULL),
	LAUNCH(12, NULL),
	LAUNCH(13, NULL),
	LAUNCH(14, NULL),
	LAUNCH(15, NULL),
	RUNTIME(16, "app-runtime"),	/* the first of an application's own */
	RUNTIME(17, NULL),
	RUNTIME(18, NULL),
	RUNTIME(19, NULL),
	RUNTIME(20, NULL),
	RUNTIME(21, NULL),
	RUNTIME(22, NULL),
	RUNTIME(23, NULL),
	RUNTIME(24, NULL),
	RUNTIME(25, NULL),
	RUNTIME(26, NULL),
	RUNTIME(27, NULL),
	RUNTIME(28, NULL),
	RUNTIME(29, NULL),
	RUNTIME(30, NULL),
	RUNTIME(31, NULL),
};
/* clang-format on */

const struct platform platform_nitro = {
	.id = TSMMR_PLATFORM_NITRO,
	.name = "nitro",
	.regs = nitro_regs,
	.n_regs = ARRAY_SIZE(nitro_regs),
	.input = INPUT_RAW,
	.space = TSMMR_SPACE_NITRO_PCR,
	.n_index = N_PCRS,
	.cel_space = TSMMR_SPACE_NITRO_PCR,
	.providers = { "nsm" },
};

static const char what[] = "Nitro document";

#define PAYLOAD_MAX 16384
#define CERT_MAX 1024
#define CABUNDLE_MAX (CERTS_MAX - 1)
#define TIMESTAMP_MAX UINT64_C(253402300799999) /* the year 9999, in milliseconds */
#define ALG_NONE (-1)                           /* what an emulated device puts there */

/*
 * Members and their limits: AWS, attestation_process.md, "Attestation document
 * specification".  user_data and nonce have 512 bytes in its text and 1024 in its CDDL; a
 * member that holds nothing is null in what enclaves get.  An instance with a NitroTPM gets
 * the same with the TPM's PCRs in place of the enclave's.  (AWS, EC2 user guide, "Validate
 * a NitroTPM Attestation Document")
 */
enum {
	MODULE_ID,
	DIGEST,
	TIMESTAMP,
	PCRS,
	CERTIFICATE,
	CABUNDLE,
	PUBLIC_KEY,
	USER_DATA,
	NONCE,
	TPM_PCRS,
	N_MEMBERS
};
static const struct cbor_member members[N_MEMBERS] = {
	[MODULE_ID] = { 0, "module_id", CBOR_TEXT, MEMBER_REQUIRED, 1, UINT32_MAX },
	[DIGEST] = { 0, "digest", CBOR_TEXT, MEMBER_REQUIRED, 1, UINT32_MAX },
	[TIMESTAMP] = { 0, "timestamp", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
	[PCRS] = { 0, "pcrs", CBOR_MAP, 0, 0, N_PCRS },
	[CERTIFICATE] = { 0, "certificate", CBOR_BYTES, MEMBER_REQUIRED, 1, CERT_MAX },
	[CABUNDLE] = { 0, "cabundle", CBOR_ARRAY, MEMBER_REQUIRED, 1, CABUNDLE_MAX },
	[PUBLIC_KEY] = { 0, "public_key", CBOR_BYTES, MEMBER_NULLABLE, 1, 1024 },
	[USER_DATA] = { 0, "user_data", CBOR_BYTES, MEMBER_NULLABLE, 0, 1024 },
	[NONCE] = { 0, "nonce", CBOR_BYTES, MEMBER_NULLABLE, 0, 1024 },
	[TPM_PCRS] = { 0, "nitrotpm_pcrs", CBOR_MAP, 0, 0, N_TPM_PCRS },
};

struct nitro_document {
	struct cbor_arena arena; /* the document, which all the rest points into */
	struct cose_sign1 cose;
	struct cbor_value got[N_MEMBERS];
	size_t unknown;
	struct span pcrs[N_PCRS]; /* n is 0 where it has none */
	struct span rest;         /* what follows the document */
	bool wrapped;             /* in the device's answer */
	bool tpm;                 /* of a NitroTPM */
};

static void document_free(void *state)
{
	struct nitro_document *doc = state;

	if (doc)
		free(doc->arena.p);
	free(doc);
}

/* A reader over what a container holds. */
static struct cbor_reader within(struct nitro_document *doc, size_t member, struct tsmmr_error *err)
{
	return cbor_reader(&doc->arena, cur_rest(&doc->got[member].rest), true, what, err);
}

static int read_pcrs(struct nitro_document *doc, struct tsmmr_error *err)
{
	size_t member = doc->tpm ? TPM_PCRS : PCRS, most = doc->tpm ? N_TPM_PCRS : N_PCRS;
	struct cbor_reader in = within(doc, member, err);

	for (uint64_t i = 0; i < doc->got[member].item.value; i++) {
		size_t at = cbor_reader_offset(&in);
		struct cbor_item number, value;
		int r = cbor_reader_next(&in, CBOR_UINT, "a PCR's number", &number);

		if (r == 0)
			r = cbor_reader_next(&in, CBOR_BYTES, "a PCR", &value);
		if (r < 0)
			return r;
		if (number.value >= most || doc->pcrs[number.value].n)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at, "%s: PCR %llu %s",
				       what, (unsigned long long)number.value,
				       number.value < most ? "is there twice" : "does not exist");
		if (value.bytes.n != PCR_SIZE)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
				       "%s: PCR %llu has %zu bytes, not %d", what,
				       (unsigned long long)number.value, value.bytes.n, PCR_SIZE);
		doc->pcrs[number.value] = value.bytes;
	}
	return 0;
}

static int check_members(struct nitro_document *doc, struct tsmmr_error *err)
{
	const struct cbor_value *got = doc->got;
	struct span digest = got[DIGEST].item.bytes;

	doc->tpm = got[TPM_PCRS].there;
	if (doc->tpm && got[PCRS].there)
		return fail(err, TSMMR_E_MALFORMED, "%s: both pcrs and nitrotpm_pcrs", what);
	if (!doc->tpm && !got[PCRS].there)
		return fail(err, TSMMR_E_MALFORMED, "%s: pcrs is missing", what);
	if (!span_eq(digest, "SHA384", 6))
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: PCRs of \"%.*s\", not SHA384", what,
			    digest.n < 16 ? (int)digest.n : 16, (const char *)digest.p);
	if (!got[TIMESTAMP].item.value || got[TIMESTAMP].item.value > TIMESTAMP_MAX)
		return fail(err, TSMMR_E_MALFORMED, "%s: timestamp is out of range", what);
	return 0;
}

static int read_payload(struct nitro_document *doc, struct tsmmr_error *err)
{
	struct cbor_reader in = cbor_reader(&doc->arena, doc->cose.payload, true, what, err);
	int r;

	if (doc->cose.payload.n > PAYLOAD_MAX)
		return fail(err, TSMMR_E_MALFORMED, "%s: a payload of %zu bytes, more than %d",
			    what, doc->cose.payload.n, PAYLOAD_MAX);
	r = cbor_map_read(&in, members, N_MEMBERS, doc->got, &doc->unknown);
	if (r == 0)
		r = cbor_reader_end(&in);
	if (r == 0)
		r = check_members(doc, err);
	return r < 0 ? r : read_pcrs(doc, err);
}

/* Has the map that is next such a key, as far as it is there? */
static bool has_key(struct cbor_reader *rd, struct span want)
{
	struct cbor_item key;
	uint64_t left;

	if (cbor_in_map(&rd->in, &left) < 0)
		return false;
	while (cbor_in_more(&rd->in, &left) > 0 && cbor_in_next(&rd->in, &key) == 0) {
		if (key.kind == CBOR_TEXT && span_eq(key.bytes, want.p, want.n))
			return true;
		if (cbor_in_skip(&rd->in, NULL) < 0)
			break;
	}
	return false;
}

/*
 * Is it a document, whole or cut?  Other COSE_Sign1 are laid out the same; a document has
 * its module's id, and that in one piece where it is cut.
 */
static bool is_document(struct cbor_arena *arena, struct span s)
{
	static const char id[] = "module_id";
	struct cbor_reader rd = cbor_reader(arena, s, false, what, NULL);
	struct cose_sign1 cose;
	struct cbor_item item;

	if (cbor_in_next(&rd.in, &item) < 0 || (item.kind != CBOR_ARRAY && item.kind != CBOR_TAG))
		return false;
	if (memmem(s.p, s.n, id, sizeof(id) - 1))
		return true;
	rd = cbor_reader(arena, s, false, what, NULL);
	if (cose_read(&rd, &cose) < 0)
		return false;
	rd = cbor_reader(arena, cose.payload, true, what, NULL);
	return has_key(&rd, span_of(id, sizeof(id) - 1));
}

/* The device's own answer has the document in it.  (nsm-api, Response::Attestation) */
static bool unwrap(struct cbor_arena *arena, struct span *s)
{
	static const struct cbor_member fields[] = {
		{ 0, "document", CBOR_BYTES, MEMBER_REQUIRED, 1, UINT32_MAX },
	};
	struct cbor_reader rd = cbor_reader(arena, *s, false, what, NULL);
	struct cbor_value document;
	size_t unknown;
	struct span name;
	uint64_t left;

	if (cbor_in_map(&rd.in, &left) < 0 || cbor_in_more(&rd.in, &left) != 1 ||
	    cbor_in_text(&rd.in, &name) < 0 || !span_eq(name, "Attestation", 11) ||
	    cbor_map_read(&rd, fields, 1, &document, &unknown) < 0 || unknown ||
	    cbor_in_more(&rd.in, &left) != 0 || !cur_empty(&rd.in.c))
		return false;
	*s = document.item.bytes;
	return true;
}

static int read_document(struct span s, struct nitro_document *ret, struct tsmmr_error *err)
{
	struct cbor_reader rd;
	int r;

	/* An array, a tag before it, or a map around it. */
	if (!s.n || s.p[0] >> 5 < 4 || s.p[0] >> 5 > 6)
		return fail(err, TSMMR_E_FORMAT, "not a %s", what);
	if (cbor_arena_new(s, &ret->arena) < 0)
		return fail_nomem(err);
	s = span_of(ret->arena.p, s.n);
	ret->wrapped = unwrap(&ret->arena, &s);
	if (!is_document(&ret->arena, s))
		return fail(err, TSMMR_E_FORMAT, "not a %s", what);
	rd = cbor_reader(&ret->arena, s, ret->wrapped, what, err);
	r = cose_read(&rd, &ret->cose);
	if (r == 0)
		r = read_payload(ret, err);
	return r < 0 ? r : cbor_reader_rest(&rd, &ret->rest);
}

/*
 * A debuggable enclave has zeros for its image.  (user guide, "Cryptographic attestation")
 * So has one whose document leaves them out: no hypervisor of AWS's does.
 */
static bool is_debug(const struct nitro_document *doc)
{
	return span_zero(doc->pcrs[0]) && span_zero(doc->pcrs[1]) && span_zero(doc->pcrs[2]);
}

/* An enclave's are locked where they are attested; a TPM's are as software left them. */
static void fill_regs(const struct nitro_document *doc, struct tsmmr_regs *regs)
{
	const struct platform *platform = doc->tpm ? &platform_tpm : &platform_nitro;

	regs->n = 0;
	for (size_t i = 0; i < N_PCRS; i++) {
		if (!doc->pcrs[i].n)
			continue;
		regs_value_add(regs, platform, &platform->regs[i], TSMMR_HASH_SHA384, doc->pcrs[i]);
		if (!doc->tpm)
			regs->regs[regs->n - 1].flags |= TSMMR_REG_LOCKED;
	}
}

static const char *kind_of(const struct nitro_document *doc)
{
	if (doc->cose.alg == ALG_NONE)
		return doc->tpm ? "nitrotpm-document-emulated" : "nitro-document-emulated";
	return doc->tpm ? "nitrotpm-document" : "nitro-document";
}

static enum claim_type type_of(size_t member)
{
	if (member == TIMESTAMP)
		return CLAIM_TIME_BE;
	return members[member].kind == CBOR_TEXT ? CLAIM_TEXT : CLAIM_BYTES;
}

static void fill_info(const struct nitro_document *doc, struct tsmmr_regs *regs)
{
	struct evidence_info *info = &regs->evidence[0];

	regs->n_evidence = 1;
	info->kind = kind_of(doc);
	/* What is signed of an instance does not say whether its host could debug it. */
	info->tells_debug = !doc->tpm || doc->cose.alg == ALG_NONE;
	info->debug = doc->cose.alg == ALG_NONE || (!doc->tpm && is_debug(doc));
	info->nonce_exact = true;
	info->nonce = doc->got[NONCE].item.bytes;
	regs->source = info->kind;
	evidence_not_checked(info, "signature");
	evidence_not_checked(info, "certificate-chain");
	evidence_not_checked(info, "revocation");
	info->trust = TSMMR_TRUST_UNSIGNED;

	for (size_t i = 0; i < N_MEMBERS; i++) {
		const struct cbor_value *v = &doc->got[i];

		if (!v->there || i == PCRS || i == TPM_PCRS || i == CABUNDLE)
			continue;
		regs_claim_add(regs, members[i].name, type_of(i), v->item.bytes);
	}
}

static int note(struct tsmmr_regs *regs, enum finding_id id, uint64_t at, const char *text,
		struct tsmmr_error *err)
{
	int r = findings_add(&regs->findings, id, TSMMR_NONE, TSMMR_NONE, at, "%s: %s", what, text);

	return r < 0 ? fail_nomem(err) : 0;
}

static int note_all(const struct nitro_document *doc, struct tsmmr_regs *regs,
		    struct tsmmr_error *err)
{
	int r = 0;

	if (doc->unknown)
		r = note(regs, F_EVIDENCE_UNKNOWN_MEMBER, TSMMR_NONE,
			 "it has members that its specification does not", err);
	if (r == 0 && doc->wrapped)
		r = note(regs, F_EVIDENCE_WRAPPED, 0, "it came in the device's answer", err);
	if (r == 0 && doc->cose.alg == ALG_NONE)
		r = note(regs, F_EVIDENCE_UNSIGNED, TSMMR_NONE, "unsigned, from an emulated device",
			 err);
	if (r == 0 && !span_zero(doc->rest))
		r = note(regs, F_EVIDENCE_TRAILING, cbor_arena_offset(&doc->arena, doc->rest.p),
			 "bytes follow it", err);
	return r;
}

static int fill(const struct nitro_document *doc, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	if (regs_new(N_PCRS, &regs) < 0)
		return fail_nomem(err);
	fill_regs(doc, regs);
	fill_info(doc, regs);
	r = note_all(doc, regs, err);
	if (r < 0)
		return r;
	if (regs_take_bytes(regs, span_of(doc->arena.p, doc->arena.used)) < 0)
		return fail_nomem(err);
	*ret = take_ptr(regs);
	return 0;
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	struct nitro_document *doc = calloc(1, sizeof(*doc));
	int r;

	if (!doc)
		return fail_nomem(err);
	r = read_document(piece->bytes, doc, err);
	if (r == 0)
		r = fill(doc, &piece->regs, err);
	if (r < 0) {
		document_free(doc);
		return r;
	}
	piece->state = doc;
	return 0;
}

/* One certificate and nothing else in its string. */
static int add_cert(struct certs *certs, struct span der, struct tsmmr_error *err)
{
	size_t before = certs->n;
	int r = certs_add(certs, der, err);

	if (r == 0 && certs->n != before + 1)
		r = fail(err, TSMMR_E_MALFORMED, "%s: two certificates in one", what);
	return r;
}

/* Its own certificate, then its issuers'. */
static int read_certs(struct nitro_document *doc, struct certs *certs, struct tsmmr_error *err)
{
	struct cbor_reader in = within(doc, CABUNDLE, err);
	int r = add_cert(certs, doc->got[CERTIFICATE].item.bytes, err);

	for (uint64_t i = 0; r == 0 && i < doc->got[CABUNDLE].item.value; i++) {
		struct cbor_item item;

		r = cbor_reader_next(&in, CBOR_BYTES, "a certificate of cabundle", &item);
		if (r == 0 && item.bytes.n > CERT_MAX)
			r = fail(err, TSMMR_E_MALFORMED, "%s: a certificate of more than %d bytes",
				 what, CERT_MAX);
		if (r == 0)
			r = add_cert(certs, item.bytes, err);
	}
	return r;
}

/* (AWS, attestation_process.md, "Attestation document validation") */
static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = certs_of(set);
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	struct nitro_document *doc = piece->state;
	struct chain chain;
	int r;

	if (doc->cose.alg == ALG_NONE)
		return 0;
	if (doc->cose.alg != COSE_ES384)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "%s: signed with COSE algorithm %lld, not ES384", what,
			    (long long)doc->cose.alg);
	r = read_certs(doc, &certs, err);
	if (r < 0)
		return r;
	r = certs_key(&certs, 0, &key);
	if (r < 0)
		return fail(err, r, "%s: its certificate has no key that this library knows", what);
	r = cose_verify(&doc->cose, key, what, err);
	if (r < 0)
		return r;
	evidence_signed(piece->regs);

	r = trust_chain(set->trust, &certs, 0, piece->kind->signer,
			doc->got[TIMESTAMP].item.value / 1000, &chain, err);
	if (r < 0)
		return r;
	evidence_chain(piece->regs, &chain);
	return 0;
}

/*
 * All keys of AWS's chains are of P-384, the root's to the enclave's own.  (AWS,
 * attestation_process.md; each document that was looked at)
 */
static const struct cert_use nitro_use = {
	.who = "the Nitro certificate",
	.kinds = SIGNS_NITRO,
	.signs = true,
	.key = PUBKEY_P384,
};

const struct evidence_kind nitro_kind = {
	.kinds = SIGNS_NITRO,
	.signer = &nitro_use,
	.root_hint = "aws-nitro",
	.decode = decode,
	.free_state = document_free,
	.authenticate = authenticate,
};
