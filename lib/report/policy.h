/* SPDX-License-Identifier: BSD-2-Clause */
/* What a caller asks of a report, and what is good enough for an answer. */
#pragma once

#include <stdbool.h>

#include <tsmmr/policy.h>

#include "core/platform.h"
#include "core/replay.h"
#include "core/select.h"
#include "crypto/hash.h"

/*
 * A value that a register must have.  Several of one name are alternatives, where the same text
 * said them.
 */
struct reference {
	char *name;                      /* a register's, a role, or PROVIDER/NAME */
	const struct platform *platform; /* whose, or NULL: any that has the name */
	uint16_t alg;                    /* TSMMR_HASH_NONE: that of a register without a bank */
	bool named_bank;                 /* the caller said which bank */
	size_t text;                     /* the first of its text, from 1; 0: said one by one */
	uint8_t size;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

/* One of these must hold as a whole. */
struct reference_set {
	char *id;
	struct reference *all;
	size_t n;
};

/*
 * A claim that the evidence must make, or of which it must make no less.  Text can be read in
 * several ways, and what the claim is decides which was meant.
 */
struct claim_ask {
	char *name, *text;     /* text: as it was written, or NULL */
	uint8_t *value, *mask; /* mask NULL: every bit.  With at_least: byte by byte */
	size_t n;
	bool at_least, is_number;
	uint64_t number, number_mask;
};

struct tsmmr_policy {
	unsigned users; /* atomic */
	bool used;      /* atomic: a report was made under it, so it never changes again */
	struct crypto crypto;
	const struct platform *const *platforms;
	size_t n_platforms;

	struct buf require, allow, must_check; /* lists, joined by commas */
	uint8_t min_trust;
	uint16_t min_hash;
	bool allow_debug;
	/* Of a platform's TCB: bit n for enum tcb_word n; advisories, joined by commas. */
	uint32_t accept_tcb;
	struct buf accept_advisories;
	uint64_t min_evaluation;
	enum { NONCE_UNDECIDED, NONCE_NONE, NONCE_DEMANDED } nonce_rule;
	uint8_t nonce[64];
	size_t nonce_n;

	struct reference *references;
	size_t n_references;
	struct reference_set *sets;
	size_t n_sets;
	struct claim_ask *claims;
	size_t n_claims;
	bool may_lack; /* banks that cannot be computed are the caller's to compare */
};

/* The safe default.  The table is what register names are looked up in. */
int policy_new(struct crypto crypto, const struct platform *const *platforms, size_t n,
	       struct tsmmr_policy **ret);
struct tsmmr_policy *policy_ref(const struct tsmmr_policy *policy);
void policy_unref(struct tsmmr_policy *policy);
DEFINE_CLEANUP(struct tsmmr_policy *, policy_unref)

/* Each: E_ARG (also for a policy in use), E_NOTFOUND for a name that no platform has, E_NOMEM. */
int policy_require(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *err);
int policy_allow(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *err);
int policy_must_check(struct tsmmr_policy *policy, const char *words, struct tsmmr_error *err);
int policy_set_min_trust(struct tsmmr_policy *policy, int trust, struct tsmmr_error *err);
int policy_set_min_hash(struct tsmmr_policy *policy, int alg, struct tsmmr_error *err);
int policy_allow_debug(struct tsmmr_policy *policy, struct tsmmr_error *err);
int policy_accept_tcb(struct tsmmr_policy *policy, const char *words, struct tsmmr_error *err);
int policy_accept_advisories(struct tsmmr_policy *policy, const char *ids, struct tsmmr_error *err);
int policy_set_min_evaluation(struct tsmmr_policy *policy, uint64_t least, struct tsmmr_error *err);
int policy_set_nonce(struct tsmmr_policy *policy, struct span nonce, struct tsmmr_error *err);
int policy_set_no_nonce(struct tsmmr_policy *policy, struct tsmmr_error *err);
int policy_expect(struct tsmmr_policy *policy, const char *name, int alg, struct span value,
		  struct tsmmr_error *err);
int policy_expect_text(struct tsmmr_policy *policy, const struct platform *platform,
		       struct span text, struct tsmmr_error *err);
int policy_expect_set(struct tsmmr_policy *policy, const char *id, const struct platform *platform,
		      struct span text, struct tsmmr_error *err);
int policy_expect_claim(struct tsmmr_policy *policy, const char *name, struct span value,
			const uint8_t *mask, struct tsmmr_error *err);
int policy_at_least(struct tsmmr_policy *policy, const char *name, uint64_t least,
		    struct tsmmr_error *err);
/* A copy of what is asked of a claim. */
int policy_ask_claim(struct tsmmr_policy *policy, const struct claim_ask *ask,
		     struct tsmmr_error *err);
int policy_parse(struct tsmmr_policy *policy, struct span text, struct tsmmr_error *err);

/* SHA-256 of what it asks, however it was said. */
int policy_hash(const struct tsmmr_policy *policy, uint8_t ret[32]);

/* Lists of a policy, which have been checked. */
static inline struct span policy_list(const struct buf *list)
{
	return span_of(list->p, list->n);
}

/* 0 for what is no hash; sha1 is the weakest, then by length. */
unsigned policy_hash_rank(int alg);
