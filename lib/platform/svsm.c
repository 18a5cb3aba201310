/* SPDX-License-Identifier: BSD-2-Clause */
/* The secure VM service module: its manifest in REPORT_DATA, its vTPM's key in the manifest. */
#include "platform/snp.h"

#include <assert.h>
#include <string.h>

#include "crypto/hash.h"
#include "platform/evidence.h"
#include "platform/tpm_quote.h"
#include "util/error.h"

enum {
	NONCE_SIZE = 64,
	GUID_SIZE = 16,
};

/*
 * Both in the byte order of UEFI.  (Secure VM Service Module for SEV-SNP Guests 58019,
 * "Attestation protocol" and "vTPM protocol")
 */
static const uint8_t services_guid[GUID_SIZE] = { /* 63849ebb-3d92-4670-a1ff-58f9c94b87bb */
						  0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46,
						  0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb
};
static const uint8_t vtpm_guid[GUID_SIZE] = { /* c476f1eb-0123-45a5-9641-b4e7dde5bfe3 */
					      0xeb, 0xf1, 0x76, 0xc4, 0x23, 0x01, 0xa5, 0x45,
					      0x96, 0x41, 0xb4, 0xe7, 0xdd, 0xe5, 0xbf, 0xe3
};

/* REPORT_DATA = SHA-512(nonce, padded to 64 bytes || manifest).  ("Attestation protocol") */
static int hash_manifest(struct crypto crypto, const uint8_t *nonce, struct span manifest,
			 uint8_t *ret)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	int r = hasher_init(&h, crypto, hash_by_id(TSMMR_HASH_SHA512));

	if (r == 0)
		r = hasher_start(&h);
	if (r == 0)
		r = hasher_update(&h, nonce, NONCE_SIZE);
	if (r == 0)
		r = hasher_update(&h, manifest.p, manifest.n);
	return r == 0 ? hasher_final(&h, ret) : r;
}

int svsm_check_manifest(struct evidence_set *set, struct snp_report *report,
			struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	struct evidence_info *info = &regs->evidence[0];
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	const struct span *manifest;
	size_t i = 0;
	int r;

	manifest = evidence_part(set, TSMMR_PART_MANIFEST, &i);
	if (!manifest)
		return 0;
	report->manifest = *manifest;
	r = snp_check_level(report, "the SVSM", err);
	if (r < 0)
		return r;
	info->nonce = span_of(NULL, 0);
	if (!set->nonce.n || set->nonce.n > NONCE_SIZE) {
		evidence_not_checked(info, "manifest");
		return 0;
	}

	_Static_assert(sizeof(info->bound_nonce) == NONCE_SIZE, "the nonce fits");
	memcpy(info->bound_nonce, set->nonce.p, set->nonce.n);
	r = hash_manifest(set->crypto, info->bound_nonce, *manifest, digest);
	if (r < 0)
		return fail_low(err, r);
	if (info->report_data.n != sizeof(digest) ||
	    !hash_equal(digest, info->report_data.p, sizeof(digest)))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
				   "SNP report: REPORT_DATA is not the hash of nonce and manifest");

	info->nonce_bound = info->nonce_matched = report->manifest_matches = true;
	if (findings_add(&regs->findings, F_EVIDENCE_BOUND, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "REPORT_DATA is the hash of the nonce and the SVSM manifest") < 0)
		return fail_nomem(err);
	return 0;
}

/*
 * The manifest of all services is a table: GUID, length, count; then GUID, offset and
 * length of each service's own.  That of the vTPM alone is its key.
 */
static int vtpm_manifest(struct span manifest, struct span *ret, struct tsmmr_error *err)
{
	struct cursor c = cur_span(manifest);
	struct span guid;
	uint32_t n;

	*ret = manifest;
	if (!span_starts(manifest, services_guid, GUID_SIZE))
		return 0;
	if (!cur_skip(&c, GUID_SIZE + 4) || !cur_le32(&c, &n))
		return fail(err, TSMMR_E_TRUNCATED, "SVSM manifest ends in its header");

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at, size;

		if (!cur_take(&c, GUID_SIZE, &guid) || !cur_le32(&c, &at) || !cur_le32(&c, &size))
			return fail(err, TSMMR_E_TRUNCATED, "SVSM manifest ends in service %u", i);
		if (memcmp(guid.p, vtpm_guid, GUID_SIZE) != 0)
			continue;
		if (at > manifest.n || size > manifest.n - at)
			return fail(err, TSMMR_E_MALFORMED,
				    "SVSM manifest: the vTPM's is not inside it");
		*ret = span_of(manifest.p + at, size);
		return 0;
	}
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
			   "SVSM manifest without a vTPM");
}

/*
 * The key in the manifest is an endorsement key, which signs nothing: only a TPM can show
 * (MakeCredential) that the quote's key lives beside it.  Where it is not known to be the
 * report's manifest, it may be any TPM's, and says nothing.
 */
int svsm_bind(struct evidence_set *set, const struct piece *piece, struct piece *other,
	      struct tsmmr_error *err)
{
	_cleanup_(tpm_key_done) struct tpm_key key = { 0 };
	const struct snp_report *report = piece->state;
	struct tsmmr_error why = { .size = sizeof(why) };
	struct span vtpm;
	int r;

	assert(piece->kind->bind == svsm_bind);
	if (!report->manifest.p || other->kind != &tpm_quote_kind)
		return 0;
	r = vtpm_manifest(report->manifest, &vtpm, err);
	if (r == 0)
		r = tpm_key_read(set->crypto, vtpm, "SVSM manifest", &key, err);
	if (r < 0)
		return r;

	if (!report->manifest_matches)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
				   "SVSM manifest: whether it is of this SNP report only the "
				   "nonce can tell, and none was given");
	/* Another signature is no failure: that key need not have made it. */
	r = tpm_quote_signed_by(other, &key, "the SVSM manifest", &why);
	if (r == TSMMR_E_NOMEM || r == TSMMR_E_UNSUPPORTED) {
		error_copy(&why, err);
		return r;
	}
	if (r == 0)
		return tpm_quote_vouch(other, "the key in the SVSM manifest signed the TPM quote",
				       err);
	evidence_not_checked(&other->regs->evidence[0], "ek-to-ak");
	return BIND_BELONGS;
}
