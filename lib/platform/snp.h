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

enum {
	SNP_REPORT_SIZE = 1184,
	SNP_SIGNED_SIZE = 0x2a0,
};

/* s is the report, perhaps with more behind it, which the caller looks at. */
int snp_report_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err);
/* What evidence_kind.authenticate does.  more: a certificate table of its own, or empty. */
int snp_report_authenticate(struct evidence_set *set, struct span report, struct span more,
			    struct tsmmr_regs *regs, struct tsmmr_error *err);

/*
 * Whoever vouches for the rest of a guest must be the one module that the guest cannot be:
 * a guest at another level may ask for reports too, with REPORT_DATA of its own.
 */
int snp_check_level(const struct tsmmr_regs *regs, const char *who, struct tsmmr_error *err);

/*
 * An SVSM signs for the manifest of its services, when that is among the parts; its vTPM's
 * key is in there.
 */
int svsm_check_manifest(struct evidence_set *set, struct tsmmr_regs *regs, struct tsmmr_error *err);
int svsm_bind(struct evidence_set *set, const struct piece *piece, struct piece *other,
	      struct tsmmr_error *err);
