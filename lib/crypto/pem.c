/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of PEM, one after the other. */
#include "crypto/pem.h"

#include <assert.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/twice.h"

/* DER begins with a SEQUENCE, and may hold any text. */
bool pem_is(struct span s)
{
	static const char begin[] = "-----BEGIN ";

	return s.n && s.p[0] != 0x30 && memmem(s.p, s.n, begin, sizeof(begin) - 1);
}

void pem_done(struct pem *pem)
{
	OPENSSL_free(pem->owned);
	pem->owned = NULL;
}

/*
 * PEM_read_bio() only: its typed sisters would ask a terminal for the password of a block
 * that says it is encrypted.
 */
static int next(struct pem *pem)
{
	char *name = NULL, *header = NULL;
	BIO *bio;
	uint8_t *der = NULL;
	long n = 0;
	int r = 0;

	assert(pem->left.n <= PEM_BYTES_MAX);
	pem_done(pem);
	bio = BIO_new_mem_buf(pem->left.p, (int)pem->left.n);
	if (!bio)
		return TSMMR_E_NOMEM;
	if (PEM_read_bio(bio, &name, &header, &der, &n) == 1)
		r = header[0] || (strcmp(name, PEM_STRING_X509) != 0 &&
				  strcmp(name, PEM_STRING_X509_CRL) != 0 &&
				  strcmp(name, PEM_STRING_PUBLIC) != 0) ?
			    TSMMR_E_MALFORMED :
			    1;
	else if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = TSMMR_E_MALFORMED;
	if (r > 0) {
		size_t left = (size_t)BIO_pending(bio);

		pem->owned = der;
		pem->der = span_of(der, (size_t)n);
		pem->left = span_of(pem->left.p + pem->left.n - left, left);
		der = NULL;
	}
	OPENSSL_free(der);
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	return r;
}

int pem_next(struct pem *pem)
{
	int r = next(pem);

	return refuses(r) ? sure(next(pem)) : r;
}
