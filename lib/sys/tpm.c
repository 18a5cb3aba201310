/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's commands through tpm2-tss.  (TPM 2.0 Library, part 3; TCG TSS 2.0 ESAPI) */
#include "sys/tpm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "crypto/hash.h"
#include "sys/file.h"
#include "sys/signals.h"
#include "util/error.h"

#define QUOTE_TRIES_MAX 8 /* while others extend all the time */

static_assert(TPM_BANKS == TPM2_NUM_PCR_BANKS, "room for all that a TPM may list");

struct tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	struct signals signals; /* a TCTI may write to a socket */
};

static void esys_free_p(void *p)
{
	Esys_Free(*(void **)p);
}

static int fail_rc(struct tsmmr_error *err, int code, const char *what, TSS2_RC rc)
{
	return fail(err, code, "TPM: %s: %s", what, Tss2_RC_Decode(rc));
}

bool tpm_is_built_in(void)
{
	return true;
}

/*
 * A device by a descriptor that was opened below root without following links; the TCTI
 * opens it again, so ours must not have it open: the kernel's driver may take one at a time.
 */
static TSS2_RC open_device(const char *root, const char *path, TSS2_TCTI_CONTEXT **ret)
{
	char conf[64];
	int fd = file_open_below(root, path, O_PATH);
	TSS2_RC rc;

	if (fd < 0)
		return TSS2_TCTI_RC_NOT_SUPPORTED;
	snprintf(conf, sizeof(conf), "device:/proc/self/fd/%d", fd);
	rc = Tss2_TctiLdr_Initialize(conf, ret);
	file_close(fd);
	return rc;
}

int tpm_open(const char *root, const char *where, struct tpm **ret, struct tsmmr_error *err)
{
	_cleanup_(tpm_close) struct tpm *tpm = calloc(1, sizeof(*tpm));
	bool device = *where == '/';
	TSS2_RC rc;

	if (!tpm)
		return fail_nomem(err);
	signals_hold_of_writes(&tpm->signals);
	errno = 0;
	rc = device ? open_device(root, where, &tpm->tcti) :
		      Tss2_TctiLdr_Initialize(where, &tpm->tcti);
	if (rc && device && errno)
		return fail_os(err, errno == ENOENT ? TSMMR_E_NOTFOUND : TSMMR_E_IO, errno,
			       "%s%s: %s", root, where, errno_text(errno));
	if (!rc)
		rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc)
		return fail(err, TSMMR_E_IO, "%s%s: %s", device ? root : "", where,
			    Tss2_RC_Decode(rc));
	*ret = take_ptr(tpm);
	return 0;
}

void tpm_close(struct tpm *tpm)
{
	if (!tpm)
		return;
	Esys_Finalize(&tpm->esys);
	Tss2_TctiLdr_Finalize(&tpm->tcti);
	signals_release(&tpm->signals);
	free(tpm);
}

static uint32_t pcrs_of(const TPMS_PCR_SELECTION *s)
{
	uint32_t pcrs = 0;

	for (unsigned int i = 0; i < s->sizeofSelect && i < 4; i++)
		pcrs |= (uint32_t)s->pcrSelect[i] << (8 * i);
	return pcrs;
}

int tpm_banks_read(struct tpm *tpm, struct tpm_banks *ret, struct tsmmr_error *err)
{
	__attribute__((cleanup(esys_free_p))) TPMS_CAPABILITY_DATA *cap = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_PCRS, 0, 1, &more, &cap);
	const TPML_PCR_SELECTION *list;

	if (rc)
		return fail_rc(err, TSMMR_E_IO, "its banks", rc);
	list = &cap->data.assignedPCR;
	ret->n = 0;
	for (uint32_t i = 0; i < list->count && i < TPM_BANKS; i++) {
		const struct tpm_bank bank = {
			.alg = list->pcrSelections[i].hash,
			.pcrs = pcrs_of(&list->pcrSelections[i]),
		};

		/* One without PCRs is known to the TPM, and not allocated. */
		if (bank.pcrs)
			ret->all[ret->n++] = bank;
	}
	return 0;
}

/* The bytes of a bit map of PCRs: three at least.  (PC Client Platform TPM Profile, 4.6.1) */
static void select_pcrs(TPML_PCR_SELECTION *ret, uint16_t alg, uint32_t pcrs)
{
	*ret = (TPML_PCR_SELECTION){ .count = 1 };
	ret->pcrSelections[0].hash = alg;
	ret->pcrSelections[0].sizeofSelect = pcrs >> 24 ? 4 : 3;
	for (unsigned int i = 0; i < 4; i++)
		ret->pcrSelections[0].pcrSelect[i] = (BYTE)(pcrs >> (8 * i));
}

int tpm_pcr_read(struct tpm *tpm, uint16_t alg, uint32_t pcr, uint8_t *ret, size_t size,
		 struct tsmmr_error *err)
{
	__attribute__((cleanup(esys_free_p))) TPML_PCR_SELECTION *got = NULL;
	__attribute__((cleanup(esys_free_p))) TPML_DIGEST *values = NULL;
	const struct hash_alg *known = hash_by_id(alg);
	TPML_PCR_SELECTION wanted;
	TSS2_RC rc;

	select_pcrs(&wanted, alg, 1u << pcr);
	rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, NULL, &got,
			   &values);
	if (rc)
		return fail_rc(err, TSMMR_E_IO, "reading a PCR", rc);
	if (values->count != 1)
		return fail(err, TSMMR_E_NOTFOUND, "TPM: PCR %u is not in that bank", pcr);
	if (!known || values->digests[0].size != known->size || known->size > size)
		return fail(err, TSMMR_E_MALFORMED, "TPM: PCR %u has %u bytes", pcr,
			    values->digests[0].size);
	memcpy(ret, values->digests[0].buffer, values->digests[0].size);
	return values->digests[0].size;
}

/*
 * A TPM that answers with an error has done nothing (part 1, "Command Processing"), unless
 * it failed altogether; that nothing was answered says nothing.
 */
static int extend_failed(TSS2_RC rc, uint32_t pcr, struct tsmmr_error *err)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;
	char what[32];

	snprintf(what, sizeof(what), "extending PCR %u", pcr);
	if ((layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER) ||
	    (rc & ~TSS2_RC_LAYER_MASK) == TPM2_RC_FAILURE)
		return fail(err, TSMMR_E_INDOUBT, "TPM: %s: %s, and perhaps extended all the same",
			    what, Tss2_RC_Decode(rc));
	return fail_rc(err,
		       (rc & ~TSS2_RC_LAYER_MASK) == TPM2_RC_LOCALITY ? TSMMR_E_LOCKED : TSMMR_E_IO,
		       what, rc);
}

int tpm_pcr_extend(struct tpm *tpm, uint32_t pcr, const struct tpm_digest *digests, size_t n,
		   struct tsmmr_error *err)
{
	TPML_DIGEST_VALUES list = { .count = (uint32_t)n };
	struct signals signals;
	TSS2_RC rc;

	assert(n && n <= TPM_BANKS && pcr < 32);
	for (size_t i = 0; i < n; i++) {
		assert(digests[i].value.n <= sizeof(list.digests[i].digest));
		list.digests[i].hashAlg = digests[i].alg;
		memcpy(&list.digests[i].digest, digests[i].value.p, digests[i].value.n);
	}
	/* An ESYS_TR of a PCR is its number. */
	signals_hold(&signals);
	rc = Esys_PCR_Extend(tpm->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			     ESYS_TR_NONE, &list);
	signals_release(&signals);
	return rc ? extend_failed(rc, pcr, err) : 0;
}

/* A quote */

void tpm_evidence_done(struct tpm_evidence *e)
{
	buf_done(&e->attest);
	buf_done(&e->sig);
	buf_done(&e->pcrs);
	buf_done(&e->ak);
}

/* A restricted key signs nothing but what the TPM says itself.  (part 1, "Restricted keys") */
#define AK_ATTRIBUTES                                                               \
	(TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_FIXEDTPM | \
	 TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH)

/* Never changed: another template is another key, and verifiers have pinned this one's. */
static const TPMT_PUBLIC ak_templates[] = {
	{
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = AK_ATTRIBUTES,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { TPM2_ALG_ECDSA, { .ecdsa.hashAlg = TPM2_ALG_SHA256 } },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
	{
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = AK_ATTRIBUTES,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { TPM2_ALG_RSASSA, { .rsassa.hashAlg = TPM2_ALG_SHA256 } },
			.keyBits = 2048,
		},
	},
};

static TSS2_RC make_ak(struct tpm *tpm, const TPMT_PUBLIC *template, ESYS_TR *ret,
		       TPM2B_PUBLIC **ret_public)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { .size = 0 };
	const TPM2B_PUBLIC public = { .publicArea = *template };
	const TPM2B_DATA outside = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };

	return Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, &sensitive, &public, &outside, &no_pcrs, ret,
				  ret_public, NULL, NULL, NULL);
}

/* Every PCR of the bank as it is now: the text for people, and the hash over all. */
static int read_values(struct tpm *tpm, const struct tpm_bank *bank, struct hasher *h,
		       struct buf *text, struct tsmmr_error *err)
{
	const struct hash_alg *alg = hash_by_id(bank->alg);
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r = hasher_start(h);

	text->n = 0;
	if (r < 0)
		return fail_low(err, r);
	for (uint32_t pcr = 0; pcr < 32; pcr++) {
		if (!(bank->pcrs >> pcr & 1))
			continue;
		r = tpm_pcr_read(tpm, bank->alg, pcr, value, sizeof(value), err);
		if (r < 0)
			return r;
		buf_printf(text, "pcr%u:%s=", pcr, alg->name);
		buf_hex(text, value, (size_t)r);
		buf_char(text, '\n');
		if (hasher_update(h, value, (size_t)r) < 0)
			return fail_nomem(err);
	}
	return text->failed ? fail_nomem(err) : 0;
}

/* Is it the digest of what was read?  PCRs may have been extended between. */
static bool is_of(const TPM2B_ATTEST *quoted, struct hasher *h)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	TPMS_ATTEST attest;
	size_t at = 0;

	return Tss2_MU_TPMS_ATTEST_Unmarshal(quoted->attestationData, quoted->size, &at, &attest) ==
		       TSS2_RC_SUCCESS &&
	       hasher_final(h, digest) == 0 &&
	       attest.attested.quote.pcrDigest.size == h->alg->size &&
	       hash_equal(attest.attested.quote.pcrDigest.buffer, digest, h->alg->size);
}

static int take_signature(const TPMT_SIGNATURE *signature, struct buf *ret, struct tsmmr_error *err)
{
	uint8_t bytes[sizeof(*signature)];
	size_t n = 0;
	TSS2_RC rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes), &n);

	if (rc)
		return fail_rc(err, TSMMR_E_MALFORMED, "its signature", rc);
	buf_add(ret, bytes, n);
	return ret->failed ? fail_nomem(err) : 0;
}

static int quote_once(struct tpm *tpm, ESYS_TR ak, const struct tpm_bank *bank,
		      const TPM2B_DATA *nonce, struct hasher *h, struct tpm_evidence *e,
		      struct tsmmr_error *err)
{
	__attribute__((cleanup(esys_free_p))) TPM2B_ATTEST *quoted = NULL;
	__attribute__((cleanup(esys_free_p))) TPMT_SIGNATURE *signature = NULL;
	const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPML_PCR_SELECTION select;
	TSS2_RC rc;
	int r = read_values(tpm, bank, h, &e->pcrs, err);

	if (r < 0)
		return r;
	select_pcrs(&select, bank->alg, bank->pcrs);
	rc = Esys_Quote(tpm->esys, ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, nonce, &scheme,
			&select, &quoted, &signature);
	if (rc)
		return fail_rc(err, TSMMR_E_IO, "a quote", rc);
	if (!is_of(quoted, h))
		return 0;
	buf_add(&e->attest, quoted->attestationData, quoted->size);
	if (e->attest.failed)
		return fail_nomem(err);
	r = take_signature(signature, &e->sig, err);
	return r < 0 ? r : 1;
}

static int quote_with(struct tpm *tpm, struct crypto crypto, ESYS_TR ak,
		      const struct tpm_bank *bank, struct span nonce, struct tpm_evidence *e,
		      struct tsmmr_error *err)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	TPM2B_DATA data = { .size = (UINT16)nonce.n };
	int r = hasher_init(&h, crypto,
			    hash_by_id(TPM2_ALG_SHA256)); /* of both templates' schemes */

	if (r < 0)
		return fail_low(err, r);
	if (nonce.n > sizeof(data.buffer))
		return fail(err, TSMMR_E_ARG, "TPM: a nonce of %zu bytes", nonce.n);
	memcpy(data.buffer, nonce.p, nonce.n);
	for (int i = 0; r == 0 && i < QUOTE_TRIES_MAX; i++)
		r = quote_once(tpm, ak, bank, &data, &h, e, err);
	if (r == 0)
		return fail(err, TSMMR_E_IO, "TPM: its PCRs do not stand still");
	return r < 0 ? r : 0;
}

static const struct tpm_bank *find_bank(const struct tpm_banks *banks, const char *name)
{
	const struct hash_alg *alg = hash_by_name(span_of(name, strlen(name)));

	for (size_t i = 0; alg && i < banks->n; i++)
		if (banks->all[i].alg == alg->id)
			return &banks->all[i];
	return NULL;
}

int tpm_quote(struct tpm *tpm, struct crypto crypto, const char *name, struct span nonce,
	      struct tpm_evidence *ret, struct tsmmr_error *err)
{
	__attribute__((cleanup(esys_free_p))) TPM2B_PUBLIC *public = NULL;
	uint8_t bytes[sizeof(*public)];
	ESYS_TR ak = ESYS_TR_NONE;
	size_t n = 0;
	TSS2_RC rc = TSS2_RC_SUCCESS;
	const struct tpm_bank *bank;
	struct tpm_banks banks;
	int r = tpm_banks_read(tpm, &banks, err);

	if (r < 0)
		return r;
	bank = find_bank(&banks, name);
	if (!bank)
		return fail(err, TSMMR_E_NOTFOUND, "TPM: no bank %s", name);
	for (size_t i = 0; i < ARRAY_SIZE(ak_templates) && !public; i++) {
		rc = make_ak(tpm, &ak_templates[i], &ak, &public);
		/* Only what says that it has no such key: another one is not the one pinned. */
		if (rc && (rc & (TPM2_RC_FMT1 | TPM2_RC_P)) != (TPM2_RC_FMT1 | TPM2_RC_P))
			break;
	}
	if (!public)
		return fail_rc(err, TSMMR_E_IO, "making an attestation key", rc);
	r = quote_with(tpm, crypto, ak, bank, nonce, ret, err);
	Esys_FlushContext(tpm->esys, ak);
	if (r < 0)
		return r;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes, sizeof(bytes), &n);
	if (rc)
		return fail_rc(err, TSMMR_E_MALFORMED, "its attestation key", rc);
	buf_add(&ret->ak, bytes, n);
	return ret->ak.failed ? fail_nomem(err) : 0;
}
