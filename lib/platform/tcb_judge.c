/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A platform's parts against the levels that Intel publishes.  The rules are those of Intel's
 * Quote Verification Library: Verifiers/QuoteVerifier.cpp, Checks/EvaluateTcb.cpp and
 * Checks/TDRelaunchCheck.cpp.
 */
#include "platform/tcb.h"

#include <string.h>

#include "util/error.h"

/* REPORTBODY of an SGX enclave.  (Intel SDM volume 3D, table "Layout of REPORT") */
enum {
	QE_MISCSELECT = 16,
	QE_ATTRIBUTES = 48,
	QE_MRSIGNER = 128,
	QE_PRODUCT = 256,
	QE_SVN = 258,
};

#define UNRELATED(err, ...) \
	fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_COLLATERAL, __VA_ARGS__)

static bool is_masked(const uint8_t *value, const uint8_t *mask, const uint8_t *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((value[i] & mask[i]) != wanted[i])
			return false;
	return true;
}

static bool reaches(const uint8_t *svn, const uint8_t *level, size_t from)
{
	for (size_t i = from; i < TCB_COMPONENTS; i++)
		if (svn[i] < level[i])
			return false;
	return true;
}

static struct tcb_part part_of(const struct tcb_level *level)
{
	return (struct tcb_part){ level ? (enum tcb_word)level->word : TCB_NOT_SUPPORTED, level };
}

/* The highest that it reaches.  A module with a version has levels of its own for its SVN. */
static struct tcb_part judge_platform(const struct tcb_platform *p, const struct tcb_doc *info,
				      const uint8_t *tdx)
{
	for (size_t i = 0; i < info->levels.n; i++) {
		const struct tcb_level *level = &info->all_levels[info->levels.at + i];

		if (reaches(p->sgx, level->sgx, 0) && p->pce_svn >= level->svn &&
		    reaches(tdx, level->tdx, tdx[1] ? 2 : 0))
			return part_of(level);
	}
	return part_of(NULL);
}

/* The highest that a number reaches. */
static struct tcb_part judge_svn(const struct tcb_doc *doc, const struct tcb_levels *levels,
				 uint16_t svn)
{
	for (size_t i = 0; i < levels->n; i++)
		if (svn >= doc->all_levels[levels->at + i].svn)
			return part_of(&doc->all_levels[levels->at + i]);
	return part_of(NULL);
}

static const struct tcb_module *module_of(const struct tcb_doc *info, uint8_t version)
{
	for (size_t i = 0; i < info->n_modules; i++)
		if (info->modules[i].version == version)
			return &info->modules[i];
	return NULL;
}

static int check_module(const struct tcb_platform *p, const struct tcb_maker *maker,
			struct tsmmr_error *err)
{
	static const uint8_t none[8];

	if (memcmp(p->module_signer, maker->mrsigner, 48) != 0)
		return UNRELATED(err, "TCB Info: the TDX module has another signer");
	if (memcmp(p->module_attributes, none, sizeof(none)) != 0 ||
	    !is_masked(p->module_attributes, maker->mask, maker->attributes, 8))
		return UNRELATED(err, "TCB Info: the TDX module has other attributes");
	return 0;
}

/* (Intel TDX DCAP Quoting Library API, A.3.4: the first bytes of TEE_TCB_SVN are its own) */
static int judge_module(const struct tcb_platform *p, const struct tcb_doc *info,
			const uint8_t *tdx, struct tcb_part *ret, struct tsmmr_error *err)
{
	const struct tcb_module *module = tdx[1] ? module_of(info, tdx[1]) : NULL;
	int r;

	/* Newer than the document: nobody says what it is worth. */
	*ret = (struct tcb_part){ tdx[1] && !module ? TCB_NOT_SUPPORTED : TCB_NONE, NULL };
	if (tdx[1] && !module)
		return 0;
	r = check_module(p, module ? &module->maker : &info->maker, err);
	if (r == 0 && module)
		*ret = judge_svn(info, &module->levels, tdx[0]);
	return r;
}

static int judge_qe(const struct tcb_platform *p, const struct tcb_doc *qe, struct tcb_part *ret,
		    struct tsmmr_error *err)
{
	const uint8_t *report = p->qe_report;

	if (memcmp(report + QE_MRSIGNER, qe->maker.mrsigner, 32) != 0 ||
	    get_le16(report + QE_PRODUCT) != qe->product)
		return UNRELATED(err, "QE Identity: the quoting enclave is another");
	if (!is_masked(report + QE_MISCSELECT, qe->miscselect_mask, qe->miscselect, 4) ||
	    !is_masked(report + QE_ATTRIBUTES, qe->maker.mask, qe->maker.attributes, 16))
		return UNRELATED(err, "QE Identity: the quoting enclave has other attributes");
	*ret = judge_svn(qe, &qe->levels, get_le16(report + QE_SVN));
	return 0;
}

static bool needs_configuration(enum tcb_word word)
{
	return word == TCB_CONFIGURATION_NEEDED ||
	       word == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       word == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool is_out_of_date(enum tcb_word word)
{
	return word == TCB_OUT_OF_DATE || word == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* One more part beside what there is.  (convergeTcbStatuses) */
static enum tcb_word converge(enum tcb_word all, enum tcb_word part)
{
	if (all == TCB_NOT_SUPPORTED || part == TCB_NOT_SUPPORTED)
		return TCB_NOT_SUPPORTED;
	if (all == TCB_REVOKED || part == TCB_REVOKED)
		return TCB_REVOKED;
	if (part == TCB_NONE || !is_out_of_date(part) || is_out_of_date(all))
		return all;
	return needs_configuration(all) ? TCB_OUT_OF_DATE_CONFIGURATION_NEEDED : TCB_OUT_OF_DATE;
}

/*
 * Would a new start of the guest help?  What is loaded now is good enough, and what it was started
 * with is not.  (TDRelaunchCheck)
 */
static int judge_relaunch(const struct tcb_platform *p, const struct tcb_doc *info,
			  struct tcb_result *ret, struct tsmmr_error *err)
{
	struct tcb_part platform, module;
	enum tcb_word now;
	int r;

	if (!p->current || !is_out_of_date(ret->word))
		return 0;
	platform = judge_platform(p, info, p->current);
	r = judge_module(p, info, p->current, &module, err);
	if (r < 0)
		return r;
	now = converge(converge(platform.word, module.word), ret->qe.word);
	if (is_out_of_date(now) || now == TCB_REVOKED || now == TCB_NOT_SUPPORTED)
		return 0;
	ret->word = needs_configuration(now) || needs_configuration(ret->word) ?
			    TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
			    TCB_RELAUNCH_ADVISED;
	return 0;
}

/* One of several, of which none is lost: there is room for more than Intel has at a time. */
static int add_advisories(struct tcb_result *ret, const struct tcb_doc *doc,
			  const struct tcb_level *level, struct tsmmr_error *err)
{
	for (size_t i = 0; level && i < level->n_advisories; i++) {
		struct span s = tcb_advisory(doc, level->advisory + i);
		size_t k = 0;

		while (k < ret->n_advisories && !span_eq(ret->advisories[k], s.p, s.n))
			k++;
		if (k < ret->n_advisories)
			continue;
		if (k == TCB_ADVISORIES_MAX)
			return fail(err, TSMMR_E_LIMIT, "more than %d advisories of one platform",
				    TCB_ADVISORIES_MAX);
		ret->advisories[ret->n_advisories++] = s;
	}
	return 0;
}

static uint64_t earlier(uint64_t date, const struct tcb_part *part)
{
	if (part->word == TCB_NONE)
		return date;
	return date == TSMMR_NONE || !part->level ? TSMMR_NONE :
	       part->level->date < date           ? part->level->date :
						    date;
}

int tcb_judge(const struct tcb_platform *p, const struct tcb_doc *info, const struct tcb_doc *qe,
	      struct tcb_result *ret, struct tsmmr_error *err)
{
	int r;

	*ret = (struct tcb_result){ .word = TCB_NONE };
	if (!info->tdx || !qe->tdx)
		return UNRELATED(err, "collateral of SGX, where a guest of TDX is asked about");
	if (memcmp(info->fmspc, p->fmspc, sizeof(p->fmspc)) != 0 ||
	    memcmp(info->pce_id, p->pce_id, sizeof(p->pce_id)) != 0)
		return UNRELATED(err, "TCB Info: of another sort of platform");
	r = judge_module(p, info, p->tdx, &ret->module, err);
	if (r == 0)
		r = judge_qe(p, qe, &ret->qe, err);
	if (r < 0)
		return r;
	ret->platform = judge_platform(p, info, p->tdx);
	ret->word = converge(converge(ret->platform.word, ret->module.word), ret->qe.word);
	ret->date = ret->platform.level ? ret->platform.level->date : TSMMR_NONE;
	ret->date = earlier(earlier(ret->date, &ret->module), &ret->qe);
	/* Where nothing matches there is no level whose advisories would be the platform's. */
	if (ret->word == TCB_NOT_SUPPORTED)
		return 0;
	r = add_advisories(ret, info, ret->platform.level, err);
	if (r == 0)
		r = add_advisories(ret, info, ret->module.level, err);
	if (r == 0)
		r = add_advisories(ret, qe, ret->qe.level, err);
	return r < 0 ? r : judge_relaunch(p, info, ret, err);
}
