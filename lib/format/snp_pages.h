/* SPDX-License-Identifier: BSD-2-Clause */
/* What extends the launch digest of an SNP guest: one page after the other. */
#pragma once

#include "core/stream.h"
#include "crypto/hash.h"

enum {
	SNP_PAGE_NORMAL = 1,
	SNP_PAGE_VMSA,
	SNP_PAGE_ZERO,
	SNP_PAGE_UNMEASURED,
	SNP_PAGE_SECRETS,
	SNP_PAGE_CPUID
};

/* What a step's pages are for. */
enum snp_what {
	SNP_FIRMWARE,
	SNP_MEMORY,
	SNP_SECRETS,
	SNP_CPUID,
	SNP_CAA,
	SNP_HASHES,
	SNP_VCPU,
	SNP_SVSM,
	SNP_PAGES, /* of an IGVM file: what for is not measured */
	SNP_WHATS
};

enum { SNP_LD_SIZE = 48, SNP_DATA_SIZE = 48 };

#define SNP_VMSA_GPA UINT64_C(0xfffffffff000) /* KVM's, whatever the CPU can address */

struct snp_pages {
	struct hasher h, content;
	uint8_t ld[SNP_LD_SIZE];
	uint8_t digest[SNP_LD_SIZE]; /* of the step's content */
	uint8_t data[SNP_DATA_SIZE];
};

struct snp_step {
	uint32_t type;
	enum snp_what what;
	uint64_t gpa, pages, offset;
	bool content; /* its digest is known */
};

int snp_pages_init(struct snp_pages *p, struct crypto crypto);
void snp_pages_done(struct snp_pages *p);
/* One page more in the launch digest.  content: of a page that has one, 4096 bytes. */
int snp_fold(struct snp_pages *p, uint8_t type, uint64_t gpa, const uint8_t *content);
/* The event of what was folded. */
void snp_event(struct tsmmr_stream *s, struct snp_pages *p, struct tsmmr_event *e,
	       const struct snp_step *step);
/* What the event of virtual CPU n says of it. */
void snp_event_vcpu(struct snp_pages *p, uint32_t n, const uint8_t *vmsa);
