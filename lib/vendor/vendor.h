/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms, and of the evidence they sign. */
#pragma once

#include "core/platform.h"
#include "core/regs.h"
#include "core/stream.h"
#include "util/cursor.h"

extern const struct platform platform_tdx, platform_cca, platform_tpm;

/* What AUTO looks through, in this order. */
#define PLATFORMS_N 3
extern const struct platform *const platforms[PLATFORMS_N];

/* NULL when this library has no such platform. */
const struct platform *platform_by_id(int id);
/*
 * A register by name or role: of *platform, or where that is NULL of the first that has
 * it, which *platform then is.  NULL when there is none.
 */
const struct reg_desc *platform_find(const struct platform **platform, struct span name);
/* Is this the name, or a role, of any platform's register?  For checking --require. */
bool platform_knows(struct span name);

#define EVIDENCE_PARTS_MAX 16

struct tsmmr_evidence {
	const struct tsmmr_ctx *ctx;
	struct {
		int part;
		uint8_t *p;
		size_t n;
		bool armoured;
	} parts[EVIDENCE_PARTS_MAX];
	size_t n_parts;
	uint8_t nonce[64];
	size_t nonce_n;		/* 0: none asked for */
};

int evidence_new(const struct tsmmr_ctx *ctx, struct tsmmr_evidence **ret);
void evidence_free(struct tsmmr_evidence *ev);
DEFINE_CLEANUP(struct tsmmr_evidence *, evidence_free)
int evidence_add(struct tsmmr_evidence *ev, int part, const void *data, size_t n,
		 struct tsmmr_error *err);
/* All parts together; the checks that tsmmr_regs_from_evidence() promises. */
int evidence_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		  struct tsmmr_regs **ret, struct tsmmr_error *err);

/* One kind of evidence: a row of the table in evidence.c. */
struct evidence_kind {
	/* 0 and *ret, E_FORMAT when these bytes are something else, or why not. */
	int (*decode)(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err);
};
int tdx_report_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err);
int tdx_quote_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err);
