/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's word on a platform's TCB: which versions of its parts it holds good, signed, for a time.
 * (Intel SGX and TDX Provisioning Certification Service API v4: TCB Info, QE Identity)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "core/tcb.h"
#include "crypto/hash.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/cursor.h"

#define TCB_COMPONENTS 16
#define TCB_DOC_BYTES_MAX (256u << 10) /* real ones have 7 KB */

struct tcb_level {
	uint8_t sgx[TCB_COMPONENTS], tdx[TCB_COMPONENTS];
	uint16_t svn;    /* PCESVN; of a module or an enclave its ISVSVN */
	uint8_t word;    /* enum tcb_word */
	uint64_t date;   /* seconds since 1970 */
	size_t advisory; /* the first, in the document's */
	size_t n_advisories;
};

struct tcb_levels {
	size_t at, n; /* in the document's */
};

/* Who made a TDX module, or an enclave. */
struct tcb_maker {
	uint8_t mrsigner[48];             /* of an enclave the first 32 */
	uint8_t attributes[16], mask[16]; /* of a module the first 8 */
};

struct tcb_module {
	uint8_t version;
	struct tcb_maker maker;
	struct tcb_levels levels;
};

/* A TCB Info, or a QE Identity. */
struct tcb_doc {
	unsigned users; /* atomic */
	bool is_qe, tdx;
	uint8_t fmspc[6], pce_id[2];
	uint64_t issued, next;  /* it holds from … to, both included; seconds since 1970 */
	uint64_t evaluation;    /* tcbEvaluationDataNumber */
	struct tcb_maker maker; /* of the module that has no version, or of the enclave */
	uint8_t miscselect[4], miscselect_mask[4];
	uint16_t product;
	struct tcb_module *modules;
	size_t n_modules;
	struct tcb_levels levels;
	struct tcb_level *all_levels;
	size_t n_all_levels, cap_levels;
	struct tcb_name {
		size_t at;
		uint8_t n;
	} * advisories;
	size_t n_advisories, cap_advisories;
	struct buf names; /* what advisories point into */
	uint8_t *bytes;   /* what is signed, exactly as it came */
	size_t n_bytes;
	uint8_t signature[64];
	uint8_t id[32]; /* SHA-256 of both: all that it depends on who signed it */
};

/*
 * Reads a response of the service: an object of the document and its signature.  E_FORMAT where
 * s is neither kind; E_MALFORMED, E_LIMIT, E_UNSUPPORTED (a version we do not know), E_NOMEM.
 */
int tcb_doc_read(struct crypto crypto, struct span s, struct tcb_doc **ret,
		 struct tsmmr_error *err);
struct tcb_doc *tcb_doc_ref(struct tcb_doc *doc);
void tcb_doc_free(struct tcb_doc *doc); /* drops a reference; may be NULL */
DEFINE_CLEANUP(struct tcb_doc *, tcb_doc_free)
struct span tcb_advisory(const struct tcb_doc *doc, size_t i);

/* What of a quote is held against it; the spans point into the quote. */
struct tcb_platform {
	uint8_t fmspc[6], pce_id[2];
	uint8_t sgx[TCB_COMPONENTS]; /* of the PCK certificate */
	uint16_t pce_svn;
	const uint8_t *tdx;     /* TEE_TCB_SVN, 16 bytes */
	const uint8_t *current; /* TEE_TCB_SVN_2, of a body that has it; or NULL */
	const uint8_t *module_signer, *module_attributes; /* MRSIGNERSEAM, SEAMATTRIBUTES */
	const uint8_t *qe_report;                         /* of SGX, 384 bytes */
};

#define TCB_ADVISORIES_MAX 64

struct tcb_part {
	enum tcb_word word;
	const struct tcb_level *level; /* NULL: none matches, or there are none */
};

struct tcb_result {
	enum tcb_word word; /* of all together */
	struct tcb_part platform, module, qe;
	enum tcb_word current; /* of what is loaded now; NONE: the quote does not say */
	bool advised;          /* whatever is not up to date has an advisory of its own */
	uint64_t date;         /* the earliest of their levels'; TSMMR_NONE where one has none */
	struct span advisories[TCB_ADVISORIES_MAX]; /* each once, into the documents */
	size_t n_advisories;
};

/*
 * By Intel's own rules (Quote Verification Library, QuoteVerifier and EvaluateTcb), of
 * which tsmmr-trust(7) says where others have other ones.  Whether the documents are signed, and
 * hold now, is the caller's to ask.  0; E_UNTRUSTED: one of them is of another
 * platform, another maker's module or enclave.
 */
int tcb_judge(const struct tcb_platform *p, const struct tcb_doc *info, const struct tcb_doc *qe,
	      struct tcb_result *ret, struct tsmmr_error *err);
