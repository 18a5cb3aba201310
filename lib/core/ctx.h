/* SPDX-License-Identifier: BSD-2-Clause */
/* The context: what a caller says once and every call goes by. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "util/error.h"

struct limits {
	uint64_t bytes, events, event_bytes; /* 0: none, or these: */
	uint64_t explain;                    /* 0: EXPLAIN_BUDGET */
	uint64_t findings;                   /* 0: FINDING_EACH */
	uint64_t lock_ms;                    /* 0: LOCK_MS_DEFAULT */
};

#define EVENT_BYTES_DEFAULT (16u << 20)
#define EVENT_BYTES_MAX (UINT64_C(1) << 30)
#define FROZEN_BYTES_DEFAULT (256u << 20)
/* Many times what an append takes on a slow disk, and many appenders. */
#define LOCK_MS_DEFAULT 30000

struct cert_cache;
struct collateral;
struct tsmmr_regs;
struct trust;

struct tsmmr_ctx {
	unsigned users; /* atomic */
	char *root;
	char *log_dir;   /* of our own logs, below root; NULL: the default */
	char *temporary; /* where files without a name are made; NULL: /tmp */
	char *tcti;      /* what reaches the TPM; NULL: the kernel's, below root */
	uint32_t flags;
	struct crypto crypto;
	struct limits limits;
	bool cancelled;             /* atomic */
	struct tsmmr_regs *initial; /* start values by hand, or NULL */
	tsmmr_trace_fn trace;       /* who listens, or NULL */
	void *trace_user;
	struct trust *trust;           /* whom evidence must lead to; NULL: nobody was named */
	struct collateral *collateral; /* what vendors say of platforms; NULL: nothing was given */
	uint64_t collateral_grace;     /* seconds for which it holds after its end */
	struct cert_cache *certs;      /* that were read with crypto; shared with copies */
};

static inline bool ctx_is_cancelled(const struct tsmmr_ctx *ctx)
{
	return __atomic_load_n(&ctx->cancelled, __ATOMIC_RELAXED);
}

static inline uint64_t ctx_lock_ms(const struct tsmmr_ctx *ctx)
{
	return ctx->limits.lock_ms ? ctx->limits.lock_ms : LOCK_MS_DEFAULT;
}

/* 0, or E_CANCELLED. */
static inline int ctx_check(const struct tsmmr_ctx *ctx, struct tsmmr_error *err)
{
	return ctx_is_cancelled(ctx) ? fail(err, TSMMR_E_CANCELLED, "cancelled") : 0;
}
