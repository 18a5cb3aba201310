/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence that is COSE: what the tests of CCA tokens and Nitro documents share. */
#pragma once

#include "testing.h"

#include "crypto/hash.h"
#include "platform/evidence.h"
#include "platform/platforms.h"

/* What is handed in beside the evidence itself. */
struct beside {
	uint32_t flags;
	const char *nonce;        /* hex */
	const struct bytes *root; /* pinned */
	const struct bytes *ak;
	uint64_t time; /* 0: not said */
};

/* From a copy of exactly n bytes, so that a checker sees a read beyond. */
static inline int cose_regs(const void *p, size_t n, const struct beside *with,
			    struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	struct trust trust = { .time = with->time, .has_time = with->time != 0 };
	struct tsmmr_ctx ctx = { .flags = with->flags, .trust = &trust };
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	_cleanup_(free) uint8_t *exact = malloc(n ? n : 1);
	int r;

	assert_non_null(exact);
	if (n)
		memcpy(exact, p, n);
	if (with->root)
		assert_int_equal(trust_add(&trust, span_of(with->root->p, with->root->n), err), 0);
	assert_int_equal(evidence_new(CRYPTO_DEFAULT, &ev), 0);
	r = evidence_add(ev, TSMMR_PART_AUTO, exact, n, err);
	if (r == 0 && with->ak)
		r = evidence_add(ev, TSMMR_PART_AK, with->ak->p, with->ak->n, err);
	if (r == 0 && with->nonce)
		ev->nonce_n = unhex(with->nonce, ev->nonce, sizeof(ev->nonce));
	if (r == 0)
		r = evidence_regs(&ctx, ev, ret, err);
	trust_done(&trust);
	return r;
}

static inline struct tsmmr_regs *cose_read_as(const struct bytes *b, struct beside with)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (cose_regs(b->p, b->n, &with, &regs, &err) < 0)
		fail_msg("%s", err.message);
	return regs;
}

static inline void cose_refused(const struct bytes *b, struct beside with, int code,
				const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	int r = cose_regs(b->p, b->n, &with, &regs, &err);

	if (r != code || !strstr(err.message, why))
		fail_msg("%d: %s (wanted %d: %s)", r, err.message, code, why);
	assert_null(regs);
}

static inline struct bytes bytes_copy(const struct bytes *b)
{
	struct bytes to = { malloc(b->n), b->n };

	assert_non_null(to.p);
	memcpy(to.p, b->p, b->n);
	return to;
}

/* Where a piece of text or bytes first is in b. */
static inline size_t bytes_find(const struct bytes *b, const void *what, size_t n)
{
	const uint8_t *at = memmem(b->p, b->n, what, n);

	assert_non_null(at);
	return (size_t)(at - b->p);
}

static inline const struct tsmmr_reg *reg_named(const struct tsmmr_regs *regs, const char *name)
{
	for (size_t i = 0; i < regs->n; i++)
		if (strcmp(regs->regs[i].desc->name, name) == 0)
			return &regs->regs[i];
	return NULL;
}

static inline void check_value(const struct tsmmr_regs *regs, const char *name, uint16_t alg,
			       const char *hex)
{
	const struct tsmmr_reg *reg = reg_named(regs, name);
	uint8_t want[64];

	if (!reg)
		fail_msg("no %s", name);
	assert_int_equal(reg->alg, alg);
	assert_true(reg->has_value);
	assert_bytes(reg->value, reg->size, want, unhex(hex, want, sizeof(want)));
}

static inline bool has_word(const struct tsmmr_regs *regs, const char *word)
{
	for (size_t i = 0; i < NOT_CHECKED_MAX; i++) {
		const char *w = regs->evidence[0].not_checked[i];

		if (w && strcmp(w, word) == 0)
			return true;
	}
	return false;
}

static inline bool has_finding(const struct tsmmr_regs *regs, enum finding_id id)
{
	for (size_t i = 0; i < regs->findings.n; i++)
		if (regs->findings.all[i].id == id)
			return true;
	return false;
}

/* A change of one bit in every byte, or every few, is refused: trust never survives it. */
static inline void cose_flip_all(const struct bytes *b, struct beside with, size_t step)
{
	struct bytes spoilt = bytes_copy(b);

	for (size_t i = 0; i < b->n; i += slow() ? 151 : step) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;

		spoilt.p[i] ^= (uint8_t)(1 << i % 8);
		if (cose_regs(spoilt.p, spoilt.n, &with, &regs, &err) == 0)
			fail_msg("byte %zu may be changed", i);
		assert_null(regs);
		spoilt.p[i] = b->p[i];
	}
	bytes_done(&spoilt);
}

/* No beginning of it passes; one that can be recognized is reported as cut. */
static inline void cose_cut_all(const struct bytes *b, size_t known)
{
	const struct beside nothing = { 0 };

	for (size_t n = 0; n < b->n; n += slow() ? 23 : 1) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;
		int r = cose_regs(b->p, n, &nothing, &regs, &err);

		assert_null(regs);
		if (r != TSMMR_E_TRUNCATED && n >= known)
			fail_msg("cut to %zu: %d: %s", n, r, err.message);
		if (n < known)
			assert_true(r < 0);
	}
}

/* Extends value, which is of alg, as the hardware does. */
static inline void extended(int alg, uint8_t *value, const void *p, size_t n)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(alg)), 0);
	assert_int_equal(hash_extend(&h, value, p, n), 0);
}
