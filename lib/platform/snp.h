/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of SEV-SNP, and those that wrap its reports, share. */
#pragma once

#include "platform/parts.h"

enum snp_reg {
	SNP_MEASUREMENT,
	SNP_HOST_DATA,
	SNP_ID_KEY_DIGEST,
	SNP_AUTHOR_KEY_DIGEST,
	SNP_REPORT_DATA,
	SNP_REGS
};

#define SNP_REPORT_SIZE 1184

/* A report as it was read: views of its bytes. */
struct snp_report {
	struct span signed_bytes, signature;
	struct span reported_tcb, chip_id;
	uint32_t vmpl;
	uint8_t signer;        /* SIGNING_KEY: 0 for the VCEK, 1 for the VLEK */
	bool is_turin;         /* or later */
	bool has_reserved;     /* bytes after its signature that are not zeros */
	struct span rest;      /* what follows the report */
	struct span manifest;  /* that authenticate() found beside it; p is NULL: none */
	bool manifest_matches; /* REPORT_DATA is of it */
};

/* s is the report, perhaps with more after it: *report points into s. */
int snp_report_decode(struct span s, struct snp_report *report, struct tsmmr_regs **ret,
		      struct tsmmr_error *err);
/* What VCEK and VLEK must be. */
extern const struct cert_use snp_signer;
/* What evidence_kind.authenticate does.  A table of certificates may follow the report. */
int snp_report_authenticate(struct evidence_set *set, struct snp_report *report,
			    struct tsmmr_regs *regs, struct tsmmr_error *err);

/*
 * What vouches for the rest of a guest must be the one module that the guest cannot be: a
 * guest at another level may ask for reports too, with REPORT_DATA of its own.
 */
int snp_check_level(const struct snp_report *report, const char *who, struct tsmmr_error *err);

/*
 * An SVSM signs for the manifest of its services, when that is among the parts; its vTPM's
 * key is in there.
 */
int svsm_check_manifest(struct evidence_set *set, struct snp_report *report,
			struct tsmmr_regs *regs, struct tsmmr_error *err);
/* What evidence_kind.bind does, for a piece of snp_report_kind. */
int svsm_bind(struct evidence_set *set, const struct piece *piece, struct piece *other,
	      struct tsmmr_error *err);
