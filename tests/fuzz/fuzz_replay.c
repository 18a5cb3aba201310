/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any log replayed: what the report says is compared with a fold that knows only
 * value = H(value || digest), and with the registers' own values and others.
 */
#include "logs.h"

#include <openssl/evp.h>

#define FOLDED_MAX 64

struct folded {
	char name[64];
	int hash;
	uint64_t n; /* measured events with a digest in this bank */
	size_t size;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

static struct {
	struct folded all[FOLDED_MAX];
	size_t n;
	bool simple; /* no record means anything but an extension by its digest */
} model;

static const EVP_MD *md_of(int hash)
{
	static const struct {
		int hash;
		const char *name;
	} names[] = {
		{ TSMMR_HASH_SHA1, "SHA1" },         { TSMMR_HASH_SHA256, "SHA256" },
		{ TSMMR_HASH_SHA384, "SHA384" },     { TSMMR_HASH_SHA512, "SHA512" },
		{ TSMMR_HASH_SM3_256, "SM3" },       { TSMMR_HASH_SHA3_256, "SHA3-256" },
		{ TSMMR_HASH_SHA3_384, "SHA3-384" }, { TSMMR_HASH_SHA3_512, "SHA3-512" },
	};
	static EVP_MD *mds[sizeof(names) / sizeof(names[0])];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].hash == hash)
			return mds[i] ? mds[i] : (mds[i] = EVP_MD_fetch(NULL, names[i].name, NULL));
	return NULL;
}

static void fold(struct folded *f, const uint8_t *digest, size_t n)
{
	static EVP_MD_CTX *ctx;

	if (!ctx)
		ctx = EVP_MD_CTX_new();
	PROMISE(EVP_DigestInit_ex(ctx, md_of(f->hash), NULL) &&
		EVP_DigestUpdate(ctx, f->value, f->size) && EVP_DigestUpdate(ctx, digest, n) &&
		EVP_DigestFinal_ex(ctx, f->value, NULL));
}

static struct folded *find(const char *name, int hash)
{
	for (size_t i = 0; i < model.n; i++)
		if (model.all[i].hash == hash && !strcmp(model.all[i].name, name))
			return &model.all[i];
	return NULL;
}

/* Where a register starts is the library's word, which the anchor names. */
static bool start(const struct tsmmr_report *report, size_t i, struct folded *f)
{
	const char *anchor = tsmmr_report_anchor(report, i);

	if (!anchor)
		return false;
	memset(f->value, strcmp(anchor, "reset-value") ? 0 : 0xff, f->size);
	if (strncmp(anchor, "locality-", 9) != 0)
		return !strcmp(anchor, "zero") || !strcmp(anchor, "reset-value");
	f->value[f->size - 1] = (uint8_t)(anchor[9] - '0');
	return !strcmp(f->name, "pcr0");
}

static bool is_simple(const struct tsmmr_event *e)
{
	uint64_t content = tsmmr_event_content(e);
	const uint8_t *data;
	size_t n;

	PROMISE(tsmmr_event_data(e, &data, &n) == 0);
	/* Banks that the data of IMA gives. */
	if (content == TSMMR_CONTENT_IMA_TEMPLATE || content == TSMMR_CONTENT_IMA_TLV)
		return false;
	/* Lines that assert a value, or bring others in. */
	return !n || (!memmem(data, n, "SYNC", 4) && !memmem(data, n, ".EXTEND", 7) &&
		      !memmem(data, n, " extend ", 8));
}

/* Which registers there are, by what the events say. */
static void gather(const struct tsmmr_log *log)
{
	int format = tsmmr_log_format(log);

	model.n = 0;
	/* Steps of a launch are no extensions; a torn record may stand for one. */
	model.simple = format != TSMMR_FORMAT_EIF && format != TSMMR_FORMAT_REALM &&
		       format != TSMMR_FORMAT_SYSTEMD && format != TSMMR_FORMAT_CEL_JSON;
	for (size_t i = 0; i < tsmmr_log_count(log) && model.simple; i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);
		const char *name = tsmmr_event_register(e);
		int hash;

		model.simple = is_simple(e);
		for (size_t k = 0; name && tsmmr_event_is_measured(e) && model.n < FOLDED_MAX &&
				   tsmmr_event_digest(e, k, &hash, NULL, NULL) == 0;
		     k++) {
			struct folded *f = &model.all[model.n];

			if (!md_of(hash) || find(name, hash) || strlen(name) >= sizeof(f->name))
				continue;
			*f = (struct folded){ .hash = hash, .size = (size_t)tsmmr_hash_size(hash) };
			memcpy(f->name, name, strlen(name) + 1);
			model.n++;
		}
	}
	model.simple &= model.n < FOLDED_MAX;
}

static void fold_log(const struct tsmmr_log *log, struct folded *f)
{
	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);
		const char *name = tsmmr_event_register(e);
		const uint8_t *digest;
		bool has = false;
		size_t n;
		int hash;

		if (!name || strcmp(name, f->name) || !tsmmr_event_is_measured(e))
			continue;
		for (size_t k = 0; !has && tsmmr_event_digest(e, k, &hash, &digest, &n) == 0; k++)
			has = hash == f->hash;
		if (has)
			fold(f, digest, n);
		f->n += has;
	}
}

/* The report's registers are the fold's, each with its events and its value. */
static void check_fold(const struct tsmmr_log *log, const struct tsmmr_report *report)
{
	size_t found = 0;

	gather(log);
	for (size_t i = 0; i < tsmmr_report_count(report) && model.simple; i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		struct folded *f = find(tsmmr_reg_name(reg), tsmmr_reg_hash(reg));
		const uint8_t *value;
		size_t n;

		if (!tsmmr_report_event_count(report, i))
			continue;
		PROMISE(f && !f->n);
		found++;
		if (!start(report, i, f))
			continue;
		fold_log(log, f);
		PROMISE(tsmmr_report_event_count(report, i) == f->n);
		PROMISE(tsmmr_report_replayed(report, i, &value, &n) == 0);
		PROMISE(n == f->size && !memcmp(value, f->value, n));
	}
	PROMISE(!model.simple || found == model.n);
}

/* A CC register has one bank; the log may claim another, or a virtual one. */
static bool may_be_refused(const struct tsmmr_report *replay)
{
	for (size_t i = 0; i < tsmmr_report_count(replay); i++)
		if (tsmmr_reg_space(tsmmr_report_reg(replay, i)) == TSMMR_SPACE_CC_MR)
			return true;
	return false;
}

/* Its own values never contradict it; one other never verifies. */
static void check_values(struct tsmmr_log *log, const struct tsmmr_report *replay, bool change)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	uint8_t *json;
	size_t n;
	int r;

	PROMISE(tsmmr_report_export_replay_json(replay, &json, &n, &err) == 0);
	change = change && fuzz_change_value((char *)json, n);
	r = tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (char *)json,
				   n, &regs, &err);
	fuzz_take_json(json, n);
	if (r < 0) {
		PROMISE(r == TSMMR_E_ARG && may_be_refused(replay));
		return;
	}
	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, regs, NULL, &report, &err) == 0);
	PROMISE(change ? tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED :
			 tsmmr_report_verdict(report) != TSMMR_VERDICT_MISMATCH);
	PROMISE(tsmmr_report_export_verify_json(report, NULL, &log, 1, &json, &n, &err) == 0);
	fuzz_take_json(json, n);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *log = fuzz_log(data, size);
	struct tsmmr_report *report;
	char text[200];

	if (!log)
		return 0;
	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, NULL, NULL, &report, &err) == 0);
	PROMISE(tsmmr_report_verdict(report) == TSMMR_VERDICT_INCOMPLETE);
	PROMISE(tsmmr_report_summary(report, text, sizeof(text)) > 0);
	for (size_t i = 0; i < tsmmr_report_finding_count(report); i++) {
		const char *said = tsmmr_finding_text(tsmmr_report_finding(report, i));

		fuzz_check_text(said, strlen(said));
	}
	check_fold(log, report);
	if (tsmmr_report_count(report)) {
		check_values(log, report, false);
		check_values(log, report, true);
	}
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	return 0;
}
