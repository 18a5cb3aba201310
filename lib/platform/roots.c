/* SPDX-License-Identifier: BSD-2-Clause */
/* Trust roots: vendors', which are trusted only where the caller names them, and the caller's. */
#include "platform/roots.h"

#include <string.h>

#include "platform/tpm_quote.h"
#include "util/cleanup.h"
#include "util/error.h"

/* clang-format off */
const struct vendor_root vendor_roots[] = {
	{ "intel-sgx", "intel",
	  { 0x44, 0xa0, 0x19, 0x6b, 0x2b, 0x99, 0xf8, 0x89, 0xb8, 0xe1, 0x49, 0xe9, 0x5b, 0x80,
	    0x7a, 0x35, 0x0e, 0x74, 0x24, 0x96, 0x43, 0x99, 0xe8, 0x85, 0xa7, 0xcb, 0xb8, 0xcc,
	    0xfa, 0xb6, 0x74, 0xd3 },
	  SIGNS_TDX,
	  "Intel SGX Root CA, as in quotes; certificates.trustedservices.intel.com" },
	{ "amd-milan", "amd",
	  { 0x69, 0xd0, 0x63, 0xb4, 0x53, 0x44, 0xd2, 0x6a, 0x2e, 0x94, 0xe1, 0xf4, 0x21, 0x0d,
	    0xe4, 0x9e, 0xf5, 0x55, 0x30, 0x82, 0x87, 0xd4, 0xc1, 0x74, 0x44, 0x5c, 0x95, 0x63,
	    0x9a, 0x54, 0x0b, 0xcd },
	  SIGNS_SNP, "ARK-Milan, as in kdsintf.amd.com/vcek/v1/Milan/cert_chain" },
	{ "amd-genoa", "amd",
	  { 0x4c, 0x65, 0x98, 0xd1, 0x9c, 0x18, 0x71, 0x9c, 0x5d, 0xfd, 0x4a, 0x7d, 0x33, 0x5f,
	    0x67, 0x4e, 0x5b, 0xfe, 0x1d, 0x8f, 0x80, 0x0c, 0xea, 0x2c, 0xf2, 0x70, 0xc1, 0x0d,
	    0x10, 0x3d, 0xb2, 0xf1 },
	  SIGNS_SNP, "ARK-Genoa, as in kdsintf.amd.com/vcek/v1/Genoa/cert_chain" },
	{ "amd-turin", "amd",
	  { 0x1f, 0x08, 0x41, 0x61, 0xa4, 0x4b, 0xb6, 0xd9, 0x37, 0x78, 0xa9, 0x04, 0x87, 0x7d,
	    0x48, 0x19, 0xca, 0xfa, 0x5d, 0x05, 0xef, 0x41, 0x93, 0xb2, 0xde, 0xd9, 0xdd, 0x9c,
	    0x73, 0xdd, 0x3f, 0x6a },
	  SIGNS_SNP, "ARK-Turin, as in kdsintf.amd.com/vcek/v1/Turin/cert_chain" },
	{ "aws-nitro", "aws",
	  { 0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46, 0x31, 0x95, 0xd6,
	    0x06, 0x31, 0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17, 0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6,
	    0x8f, 0x79, 0xbb, 0x5b },
	  SIGNS_NITRO, "aws.nitro-enclaves G1, as in documents; AWS Nitro Enclaves user guide" },
};
/* clang-format on */
const size_t n_vendor_roots = ARRAY_SIZE(vendor_roots);

/* A vendor's root stays that, however it was pinned: for that vendor's evidence. */
static void recognize(struct trust *trust)
{
	for (size_t i = 0; i < trust->n_pins; i++)
		for (size_t k = 0; k < n_vendor_roots; k++) {
			struct pin *pin = &trust->pins[i];

			if (memcmp(pin->sha256, vendor_roots[k].sha256, 32) != 0)
				continue;
			pin->kinds = vendor_roots[k].kinds;
			pin->name = vendor_roots[k].name;
		}
}

int roots_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err)
{
	int r = trust_add_sha256(trust, sha256, err);

	recognize(trust);
	return r;
}

int roots_add(struct trust *trust, const char *name, struct tsmmr_error *err)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_vendor_roots; i++) {
		const struct vendor_root *root = &vendor_roots[i];

		if (strcmp(name, root->name) != 0 && strcmp(name, root->group) != 0)
			continue;
		any = true;
		r = roots_add_sha256(trust, root->sha256, err);
	}
	return any ? r : fail(err, TSMMR_E_NOTFOUND, "no vendor's root is called that");
}

int roots_add_bytes(struct trust *trust, struct span s, struct tsmmr_error *err)
{
	_cleanup_(tpm_key_done) struct tpm_key key = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) };
	int r;

	if (!tpm_is_public(trust->crypto, s)) {
		r = trust_add(trust, s, err);
		recognize(trust);
		/* What is neither may have a name, as a key of TPM 1.2. */
		if (r == TSMMR_E_MALFORMED &&
		    tpm_key_read(trust->crypto, s, "trust root", &key, &why) == TSMMR_E_UNSUPPORTED)
			r = fail(err, TSMMR_E_UNSUPPORTED, "%s", why.message);
		return r;
	}
	r = tpm_key_read(trust->crypto, s, "trust root", &key, err);
	if (r < 0)
		return r;
	if (!tpm_key_attests(&key))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "a TPM's public key, and not one that it keeps for its own "
				   "statements");
	r = trust_add_key(trust, &key.key, SIGNS_TPM, true);
	return r < 0 ? fail_low(err, r) : 0;
}
