/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/nsm: the Nitro Secure Module of an AWS enclave, one request and one response a call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/buf.h"
#include "util/cbor_in.h"
#include "util/cursor.h"

#define NSM_PATH "/dev/nsm"
#define NSM_PROVIDER "nsm" /* what a scan calls it */

/* Of the kernel's driver.  (drivers/misc/nsm.c) */
#define NSM_REQUEST_MAX 0x1000
#define NSM_RESPONSE_MAX 0x3000

#define NSM_PCRS_MAX 64 /* what struct nsm_description has bits for; there are 32 */
#define NSM_PCR_SIZE 48 /* SHA-384, the only digest there is */

/* Of an Attestation request.  (Nitro Enclaves, attestation process, section 2) */
#define NSM_NONCE_MAX 512
#define NSM_USER_DATA_MAX 512
#define NSM_PUBLIC_KEY_MAX 1024

struct nsm {
	/*
	 * Gets the request answered: 0 and *ret_n bytes in response, or -errno.  The device,
	 * except in a test.
	 */
	int (*exchange)(struct nsm *nsm, struct span request, size_t *ret_n);
	int fd;
	/* The response, and room to put strings of it together that came in chunks. */
	uint8_t response[2 * NSM_RESPONSE_MAX];
	struct cbor_arena arena;
};

/* E_NOTFOUND where there is no such device below root; E_IO, E_NOMEM. */
int nsm_open(const char *root, struct nsm **ret, struct tsmmr_error *err);
void nsm_close(struct nsm *nsm);
DEFINE_CLEANUP(struct nsm *, nsm_close)

struct nsm_description {
	uint64_t major, minor, patch;
	uint32_t n_pcrs;
	uint64_t locked; /* bit n: PCR n is */
	char module_id[128];
};

/*
 * All of these: 0, or what the module says (an index it has not: E_NOTFOUND; a locked one:
 * E_LOCKED; …), E_IO, E_ARG (a request over 4096 bytes), E_MALFORMED, E_TRUNCATED,
 * E_UNSUPPORTED (a digest that is not SHA-384).
 */
int nsm_describe(struct nsm *nsm, struct nsm_description *ret, struct tsmmr_error *err);
int nsm_describe_pcr(struct nsm *nsm, uint32_t index, uint8_t *ret_value, bool *ret_locked,
		     struct tsmmr_error *err);
/*
 * PCR = SHA384(PCR || data), of any length.  ret_value (nullable) is the PCR after it.
 * E_INDOUBT where it may have been extended.  Never tried twice.
 */
int nsm_extend_pcr(struct nsm *nsm, uint32_t index, struct span data, uint8_t *ret_value,
		   struct tsmmr_error *err);
/* Until the enclave ends.  E_LOCKED when it is locked already. */
int nsm_lock_pcr(struct nsm *nsm, uint32_t index, struct tsmmr_error *err);
/* All below range, whether they are locked already or not. */
int nsm_lock_pcrs(struct nsm *nsm, uint32_t range, struct tsmmr_error *err);
/* A signed document over all locked PCRs.  A span whose p is NULL is left out. */
int nsm_attest(struct nsm *nsm, struct span user_data, struct span nonce, struct span public_key,
	       struct buf *ret_document, struct tsmmr_error *err);
