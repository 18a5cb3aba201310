/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine that measures, and an adversary who writes its logs: two sides kept apart. */
#pragma once

#include "testing.h"

#include <openssl/evp.h>

#define EV_NO_ACTION 3
#define EV_SEPARATOR 4
#define EV_S_CRTM_VERSION 8
#define EV_IPL 13
#define EV_EFI_VARIABLE_BOOT 0x80000002u
#define EV_EFI_ACTION 0x80000007u
#define EV_EFI_BLOB 0x80000008u
#define EV_EFI_HCRTM_EVENT 0x80000010u

#define LOGS_MAX 3
#define HW_MAX 16

/* A register as the hardware has it. */
struct hw {
	char name[32];
	int alg;
	uint8_t value[64];
	bool asked; /* its value is given to the verifier */
};

struct world {
	struct tsmmr_ctx *ctx;
	int platform, format[LOGS_MAX];
	const char *about[LOGS_MAX]; /* the register of a text log */
	int algs[4];
	size_t n_algs;
	struct maker log[LOGS_MAX];
	size_t n_logs;
	struct hw hw[HW_MAX];
	size_t n_hw;
	/* what came of it */
	struct tsmmr_log *parsed[LOGS_MAX];
	struct tsmmr_regs *regs;
	struct tsmmr_policy *policy; /* the verifier's; NULL: the default */
	struct tsmmr_report *report;
	struct tsmmr_error err;
};

static inline const EVP_MD *md_of(int alg)
{
	return alg == TSMMR_HASH_SHA1   ? EVP_sha1() :
	       alg == TSMMR_HASH_SHA256 ? EVP_sha256() :
					  EVP_sha384();
}

static inline size_t hash(int alg, const void *p, size_t n, uint8_t *to)
{
	unsigned size;

	assert_int_equal(EVP_Digest(p, n, to, &size, md_of(alg), NULL), 1);
	return size;
}

/* --- the machine -------------------------------------------------------------------------- */

static inline struct hw *hw_find(struct world *w, const char *name, int alg)
{
	struct hw *hw;

	for (size_t i = 0; i < w->n_hw; i++)
		if (!strcmp(w->hw[i].name, name) && w->hw[i].alg == alg)
			return &w->hw[i];
	assert_true(w->n_hw < HW_MAX);
	hw = &w->hw[w->n_hw++];
	*hw = (struct hw){ .alg = alg, .asked = true };
	snprintf(hw->name, sizeof(hw->name), "%s", name);
	return hw;
}

static inline void hw_extend(struct world *w, const char *name, int alg, const uint8_t *digest)
{
	struct hw *hw = hw_find(w, name, alg);
	size_t size = (size_t)tsmmr_hash_size(alg);
	uint8_t both[128];

	memcpy(both, hw->value, size);
	memcpy(both + size, digest, size);
	hash(alg, both, 2 * size, hw->value);
}

static inline const char *name_of(const struct world *w, uint32_t index)
{
	static char name[16];

	if (w->platform == TSMMR_PLATFORM_TPM)
		snprintf(name, sizeof(name), "pcr%u", index);
	else
		snprintf(name, sizeof(name), "rtmr%u", index - 1);
	return name;
}

/* --- the log ------------------------------------------------------------------------------ */

static inline struct world *world_new(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->ctx = *state;
	return w;
}

/* A firmware log with these banks. */
static inline void begin_log(struct world *w, int platform, size_t n_algs, const int *algs)
{
	struct maker *m = &w->log[w->n_logs++];

	w->platform = platform;
	w->format[w->n_logs - 1] =
		platform == TSMMR_PLATFORM_TPM ? TSMMR_FORMAT_TCG2 : TSMMR_FORMAT_CCEL;
	w->n_algs = n_algs;
	memcpy(w->algs, algs, n_algs * sizeof(*algs));
	mk_le(m, platform == TSMMR_PLATFORM_TPM ? 0 : 1, 4);
	mk_le(m, EV_NO_ACTION, 4);
	mk_fill(m, 0, 20);
	mk_le(m, 16 + 8 + 4 + 4 * n_algs + 1, 4);
	mk_add(m, "Spec ID Event03", 16);
	mk_le(m, 0, 4);
	mk_add(m, "\0\2\0\2", 4);
	mk_le(m, n_algs, 4);
	for (size_t i = 0; i < n_algs; i++) {
		mk_le(m, (uint64_t)algs[i], 2);
		mk_le(m, (uint64_t)tsmmr_hash_size(algs[i]), 2);
	}
	mk_le(m, 0, 1);
}

static inline void begin_tpm(struct world *w)
{
	begin_log(w, TSMMR_PLATFORM_TPM, 1, (const int[]){ TSMMR_HASH_SHA256 });
}

static inline void begin_ccel(struct world *w)
{
	begin_log(w, TSMMR_PLATFORM_TDX, 1, (const int[]){ TSMMR_HASH_SHA384 });
}

static inline void begin_text(struct world *w, const char *reg)
{
	w->format[w->n_logs] = TSMMR_FORMAT_TEXT;
	w->about[w->n_logs++] = reg;
	w->platform = TSMMR_PLATFORM_TDX;
}

static inline struct maker *last_log(struct world *w)
{
	return &w->log[w->n_logs - 1];
}

/* A record that says digests are of measured, with other data beside them. */
static inline void claim(struct world *w, uint32_t index, uint32_t type, const char *measured,
			 const void *data, size_t n)
{
	struct maker *m = last_log(w);
	uint8_t digest[64];

	mk_le(m, index, 4);
	mk_le(m, type, 4);
	mk_le(m, w->n_algs, 4);
	for (size_t i = 0; i < w->n_algs; i++) {
		mk_le(m, (uint64_t)w->algs[i], 2);
		mk_add(m, digest, hash(w->algs[i], measured, strlen(measured), digest));
	}
	mk_le(m, n, 4);
	mk_add(m, data, n);
}

/* The machine extends; nobody logs it. */
static inline void extend(struct world *w, uint32_t index, const char *measured)
{
	uint8_t digest[64];

	for (size_t i = 0; i < w->n_algs; i++) {
		hash(w->algs[i], measured, strlen(measured), digest);
		hw_extend(w, name_of(w, index), w->algs[i], digest);
	}
}

/* As it should be: extended, and logged with what was measured. */
static inline void measure(struct world *w, uint32_t index, uint32_t type, const char *what)
{
	extend(w, index, what);
	claim(w, index, type, what, what, strlen(what));
}

static inline void no_action(struct world *w, uint32_t index, const void *data, size_t n)
{
	claim(w, index, EV_NO_ACTION, "anything", data, n);
}

static inline void locality(struct world *w, uint8_t value)
{
	uint8_t data[17] = "StartupLocality";

	data[16] = value;
	no_action(w, 0, data, sizeof(data));
}

/* A line of a text log, extended or only written. */
static inline void line(struct world *w, const char *text)
{
	mk_add(last_log(w), text, strlen(text));
	mk_add(last_log(w), "\n", 1);
}

static inline void extend_text(struct world *w, const char *text)
{
	uint8_t digest[64];

	hash(TSMMR_HASH_SHA384, text, strlen(text), digest);
	hw_extend(w, w->about[w->n_logs - 1], TSMMR_HASH_SHA384, digest);
}

static inline void record(struct world *w, const char *text)
{
	extend_text(w, text);
	line(w, text);
}

/* "SYNC sha384/…" of what the register has now, or of bytes of one kind. */
static inline const char *sync_of(struct world *w, int fill)
{
	static char text[128];
	uint8_t value[48];

	memcpy(value, hw_find(w, w->about[w->n_logs - 1], TSMMR_HASH_SHA384)->value, 48);
	if (fill >= 0)
		memset(value, fill, 48);
	strcpy(text, "SYNC sha384/");
	tohex(value, 48, text + strlen(text));
	return text;
}

/* --- the verifier ------------------------------------------------------------------------- */

static inline void forget(struct world *w)
{
	tsmmr_report_free(w->report);
	tsmmr_regs_free(w->regs);
	for (size_t i = 0; i < w->n_logs; i++)
		tsmmr_log_free(w->parsed[i]);
	memset(w->parsed, 0, sizeof(w->parsed));
	w->report = NULL;
	w->regs = NULL;
}

static inline void world_free(struct world *w)
{
	forget(w);
	tsmmr_policy_free(w->policy);
	free(w);
}

static inline struct tsmmr_regs *values_of(struct world *w)
{
	struct tsmmr_regs *regs;
	char text[4096] = "";

	for (size_t i = 0; i < w->n_hw; i++) {
		char *end = text + strlen(text);

		if (!w->hw[i].asked)
			continue;
		end += sprintf(end, "%s:%s=", w->hw[i].name,
			       tsmmr_name(TSMMR_NAMES_HASH, w->hw[i].alg));
		tohex(w->hw[i].value, (size_t)tsmmr_hash_size(w->hw[i].alg), end);
		strcat(text, "\n");
	}
	if (tsmmr_regs_from_values(w->ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, text,
				   strlen(text), &regs, &w->err) < 0)
		fail_msg("%s", w->err.message);
	return regs;
}

/* 0, or the code with which a log was refused. */
static inline int read_logs(struct world *w)
{
	w->err = (struct tsmmr_error)ERROR_INIT;
	for (size_t i = 0; i < w->n_logs; i++) {
		int r = parse_as(w->ctx, w->format[i], w->about[i] ? 0 : w->platform, w->about[i],
				 w->log[i].bytes, w->log[i].n, &w->parsed[i], &w->err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The verdict. */
static inline int verify(struct world *w)
{
	forget(w);
	if (read_logs(w) < 0)
		fail_msg("%s", w->err.message);
	w->regs = values_of(w);
	assert_code(tsmmr_report_new(w->ctx, (struct tsmmr_log *const *)w->parsed, w->n_logs,
				     w->regs, w->policy, &w->report, &w->err),
		    0);
	return tsmmr_report_verdict(w->report);
}

/* alg 0: the bank that there is a value for, else any. */
static inline size_t row_of(struct world *w, const char *name, int alg)
{
	size_t n = tsmmr_report_count(w->report), found = n;

	for (size_t i = n; i-- > 0;)
		if (!strcmp(tsmmr_reg_name(tsmmr_report_reg(w->report, i)), name) &&
		    (alg ? tsmmr_reg_hash(tsmmr_report_reg(w->report, i)) == alg :
			   found == n ||
				     tsmmr_report_status(w->report, i) != TSMMR_STATUS_NO_EVIDENCE))
			found = i;
	if (found == n)
		fail_msg("no %s in the report", name);
	return found;
}

static inline int status_of(struct world *w, const char *name)
{
	return tsmmr_report_status(w->report, row_of(w, name, 0));
}

/* All gaps of a register, as "a b". */
static inline const char *gaps_of(struct world *w, const char *name)
{
	static char gaps[256];
	const char *gap;

	gaps[0] = 0;
	for (size_t i = 0;
	     (gap = tsmmr_gap_word(tsmmr_report_gap(w->report, row_of(w, name, 0), i))); i++) {
		if (i)
			strcat(gaps, " ");
		strcat(gaps, gap);
	}
	return gaps;
}

static inline const char *anchor_of(struct world *w, const char *name)
{
	return tsmmr_report_anchor(w->report, row_of(w, name, 0));
}

static inline bool found(struct world *w, const char *finding)
{
	for (size_t i = 0; i < tsmmr_report_finding_count(w->report); i++) {
		const char *id;

		id = tsmmr_finding_id(tsmmr_report_finding(w->report, i));
		if (!strcmp(id, finding))
			return true;
	}
	return false;
}

#define VERIFIED TSMMR_STATUS_VERIFIED
#define UNTOUCHED TSMMR_STATUS_UNTOUCHED
#define NO_EVIDENCE TSMMR_STATUS_NO_EVIDENCE
#define INCOMPLETE TSMMR_STATUS_INCOMPLETE
#define MISMATCH TSMMR_STATUS_MISMATCH
