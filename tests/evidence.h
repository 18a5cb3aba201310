/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence in parts, put together from tests/data and spoilt one byte at a time. */
#pragma once

#include "testing.h"

#include "crypto/hash.h"
#include "platform/evidence.h"

struct given {
	int part;
	struct bytes b;
};

/* What one verification is made of. */
struct scene {
	struct given parts[EVIDENCE_PARTS_MAX];
	size_t n;
	const char *root;  /* a file of tests/data, or NULL */
	const char *nonce; /* text, or NULL */
	uint32_t flags;
};

static inline void scene_add(struct scene *s, int part, const char *file)
{
	s->parts[s->n++] = (struct given){ part, read_data(file) };
}

static inline void scene_done(struct scene *s)
{
	for (size_t i = 0; i < s->n; i++)
		bytes_done(&s->parts[i].b);
	s->n = 0;
}

/* From copies of exactly their size, so that a checker sees a read beyond. */
static inline int scene_regs(const struct scene *s, struct tsmmr_regs **ret,
			     struct tsmmr_error *err)
{
	struct trust trust = { .n_pins = 0 };
	struct tsmmr_ctx ctx = { .flags = s->flags, .trust = &trust };
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	struct bytes root = { NULL, 0 };
	int r = 0;

	if (s->root) {
		root = read_data(s->root);
		assert_int_equal(trust_add(&trust, span_of(root.p, root.n), err), 0);
		bytes_done(&root);
	}
	assert_int_equal(evidence_new(CRYPTO_DEFAULT, &ev), 0);
	for (size_t i = 0; r == 0 && i < s->n; i++) {
		const struct bytes *b = &s->parts[i].b;

		r = evidence_add(ev, s->parts[i].part, b->p, b->n, err);
	}
	if (s->nonce) {
		ev->nonce_n = strlen(s->nonce);
		memcpy(ev->nonce, s->nonce, ev->nonce_n);
	}
	if (r == 0)
		r = evidence_regs(&ctx, ev, ret, err);
	trust_done(&trust);
	return r;
}

static inline struct tsmmr_regs *scene_ok(const struct scene *s)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (scene_regs(s, &regs, &err) < 0)
		fail_msg("%s", err.message);
	/* What went well leaves the caller's error alone. */
	assert_int_equal(err.code, 0);
	return regs;
}

static inline void scene_refused(const struct scene *s, int code, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	int r = scene_regs(s, &regs, &err);

	if (r != code || !strstr(err.message, why))
		fail_msg("%d: %s (wanted %d: %s)", r, r < 0 ? err.message : "no error", code, why);
}

/* The hashes that a TDREPORT has of its two other parts, made to fit what they are now. */
static inline void rehash(uint8_t *report)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	assert_int_equal(hash_bytes(&h, report + 256, 239, report + 32), 0);
	assert_int_equal(hash_bytes(&h, report + 512, 512, report + 80), 0);
}

static inline bool is_unchecked(const struct evidence_info *info, const char *word)
{
	for (size_t i = 0; i < NOT_CHECKED_MAX && info->not_checked[i]; i++)
		if (!strcmp(info->not_checked[i], word))
			return true;
	return false;
}

static inline const struct evidence_info *piece_of(const struct tsmmr_regs *regs, const char *kind)
{
	for (size_t i = 0; i < regs->n_evidence; i++)
		if (!strcmp(regs->evidence[i].kind, kind))
			return &regs->evidence[i];
	fail_msg("no evidence of kind %s", kind);
	return NULL;
}

static inline bool has_finding(const struct tsmmr_regs *regs, enum finding_id id, const char *text)
{
	for (size_t i = 0; i < regs->findings.n; i++)
		if (regs->findings.all[i].id == id && strstr(regs->findings.all[i].text, text))
			return true;
	return false;
}

static inline const struct tsmmr_reg *reg_of(const struct tsmmr_regs *regs, const char *name,
					     uint16_t alg)
{
	for (size_t i = 0; i < regs->n; i++)
		if (!strcmp(regs->regs[i].desc->name, name) && regs->regs[i].alg == alg)
			return &regs->regs[i];
	fail_msg("no %s", name);
	return NULL;
}
