/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A platform's parts against the levels that Intel publishes.  The rules are those of Intel's
 * Quote Verification Library: Verifiers/QuoteVerifier.cpp, Checks/EvaluateTcb.cpp and
 * Checks/TDRelaunchCheck.cpp.
 */
#include "platform/tcb.h"

#include <string.h>

#include "util/cleanup.h"
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

/* Who made the module that the guest was started with. */
static int check_module(const struct tcb_platform *p, const struct tcb_doc *info,
			struct tsmmr_error *err)
{
	static const uint8_t none[8];
	const struct tcb_module *module = p->tdx[1] ? module_of(info, p->tdx[1]) : NULL;
	const struct tcb_maker *maker = module ? &module->maker : &info->maker;

	if (p->tdx[1] && !module)
		return 0;
	if (memcmp(p->module_signer, maker->mrsigner, 48) != 0)
		return UNRELATED(err, "TCB Info: the TDX module has another signer");
	if (memcmp(p->module_attributes, none, sizeof(none)) != 0 ||
	    !is_masked(p->module_attributes, maker->mask, maker->attributes, 8))
		return UNRELATED(err, "TCB Info: the TDX module has other attributes");
	return 0;
}

/* (Intel TDX DCAP Quoting Library API, A.3.4: the first bytes of TEE_TCB_SVN are its own) */
static struct tcb_part judge_module(const struct tcb_doc *info, const uint8_t *tdx)
{
	const struct tcb_module *module = module_of(info, tdx[1]);

	if (!tdx[1])
		return (struct tcb_part){ TCB_NONE, NULL };
	/* Newer than the document: nobody says what it is worth. */
	return module ? judge_svn(info, &module->levels, tdx[0]) : part_of(NULL);
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

/* What there is to do, of which a word is made. */
enum { HARDEN = 1, CONFIGURE = 2, UPDATE = 4 };

static const uint8_t to_do[TCB_WORDS] = {
	[TCB_SW_HARDENING_NEEDED] = HARDEN,
	[TCB_CONFIGURATION_NEEDED] = CONFIGURE,
	[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = CONFIGURE | HARDEN,
	[TCB_OUT_OF_DATE] = UPDATE,
	[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = UPDATE | CONFIGURE,
};

/*
 * One more part beside what there is: all that either has to do, and who updates hardens, too.
 * That is Intel's table.  (convergeTcbStatuses)
 */
static enum tcb_word converge(enum tcb_word all, enum tcb_word part)
{
	static const uint8_t words[] = {
		[0] = TCB_UP_TO_DATE,
		[HARDEN] = TCB_SW_HARDENING_NEEDED,
		[CONFIGURE] = TCB_CONFIGURATION_NEEDED,
		[CONFIGURE | HARDEN] = TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
		[UPDATE] = TCB_OUT_OF_DATE,
		[UPDATE | HARDEN] = TCB_OUT_OF_DATE,
		[UPDATE | CONFIGURE] = TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
		[UPDATE | CONFIGURE | HARDEN] = TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	};

	/* First, for the other word may be accepted. */
	if (all == TCB_REVOKED || part == TCB_REVOKED)
		return TCB_REVOKED;
	if (all == TCB_NOT_SUPPORTED || part == TCB_NOT_SUPPORTED)
		return TCB_NOT_SUPPORTED;
	return (enum tcb_word)words[to_do[all] | to_do[part]];
}

/*
 * What is loaded now, of a body that says so.  Would a new start of the guest help?  Yes, where
 * that is good enough, and what it was started with is not.  (TDRelaunchCheck)  Where no level is
 * reached there is no answer (TcbLevelCheck), and what is revoked is refused.
 */
static void judge_current(const struct tcb_platform *p, const struct tcb_doc *info,
			  struct tcb_result *ret)
{
	enum tcb_word now;

	if (!p->current)
		return;
	now = converge(converge(judge_platform(p, info, p->current).word,
				judge_module(info, p->current).word),
		       ret->qe.word);
	ret->current = now;
	if (now == TCB_NOT_SUPPORTED || now == TCB_REVOKED)
		ret->word = converge(ret->word, now);
	else if (to_do[ret->word] & UPDATE && !(to_do[now] & UPDATE))
		ret->word = (to_do[now] | to_do[ret->word]) & CONFIGURE ?
				    TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
				    TCB_RELAUNCH_ADVISED;
}

/* Does each part that is not up to date have an advisory that says why? */
static bool is_advised(const struct tcb_result *result)
{
	const struct tcb_part *const parts[] = { &result->platform, &result->module, &result->qe };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i]->word > TCB_UP_TO_DATE &&
		    (!parts[i]->level || !parts[i]->level->n_advisories))
			return false;
	return true;
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
	r = check_module(p, info, err);
	if (r == 0)
		r = judge_qe(p, qe, &ret->qe, err);
	if (r < 0)
		return r;
	ret->module = judge_module(info, p->tdx);
	ret->platform = judge_platform(p, info, p->tdx);
	ret->word = converge(converge(ret->platform.word, ret->module.word), ret->qe.word);
	ret->date = ret->platform.level ? ret->platform.level->date : TSMMR_NONE;
	ret->date = earlier(earlier(ret->date, &ret->module), &ret->qe);
	judge_current(p, info, ret);
	ret->advised = is_advised(ret);
	/* Where nothing matches there is no level whose advisories would be the platform's. */
	if (ret->word == TCB_NOT_SUPPORTED)
		return 0;
	r = add_advisories(ret, info, ret->platform.level, err);
	if (r == 0)
		r = add_advisories(ret, info, ret->module.level, err);
	return r < 0 ? r : add_advisories(ret, qe, ret->qe.level, err);
}
