/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence of this machine, and the log of what it covers.
 *
 * The evidence comes first.  append.c writes a log ahead of its register, so what is
 * collected afterwards has every record that the evidence covers, and perhaps more: those
 * are cut off again, each register's at the last record after which replay gives the value
 * in the evidence.  Nothing has to stand still meanwhile.
 */
#include <assert.h>

#include "core/log.h"
#include "core/trace.h"
#include "live/live.h"
#include "live/open.h"
#include "sys/nsm.h"
#include "sys/report.h"
#include "sys/tpm.h"
#include "util/error.h"
#include "platform/evidence.h"
#include "platform/platforms.h"

/*
 * The service whose key an SVSM vouches for.  (Secure VM Service Module for SEV-SNP Guests
 * 58019, "vTPM protocol")
 */
static const char vtpm_service[] = "c476f1eb-0123-45a5-9641-b4e7dde5bfe3";

/* Where the evidence comes from. */
struct attester {
	const struct platform *platform;
	/* What is asked; a TPM alone, or beside the report of its SVSM. */
	bool nsm;                   /* the device */
	bool report;                /* configfs-tsm's … */
	bool services;              /* … of an SVSM */
	const struct tree_reg *pcr; /* a TPM's */
};

static bool has_nsm(const struct tsmmr_tree *tree)
{
	for (size_t i = 0; i < tree->scan.n; i++)
		if (tree->scan.regs[i].layout == TREE_NSM)
			return true;
	return false;
}

/* A bank that keeps logs, of the first TPM, which is of that platform; NULL: of any. */
static const struct tree_reg *find_pcr(const struct tsmmr_tree *tree, const struct platform *wanted)
{
	for (size_t i = 0; i < tree->scan.n; i++) {
		const struct tree_reg *reg = &tree->scan.regs[i];

		if (reg_is_tpm(reg) && !reg->follows &&
		    (!wanted || platform_by_provider(reg->provider) == wanted))
			return reg;
	}
	return NULL;
}

static int find_attester(const struct tsmmr_tree *tree, const struct platform *wanted,
			 struct attester *ret, struct tsmmr_error *err)
{
	char provider[64] = NSM_PROVIDER;
	int r = 0;

	*ret = (struct attester){ .platform = wanted };
	/* A TPM is not confidential computing: only who asks for it gets its word. */
	ret->pcr = wanted ? find_pcr(tree, wanted) : NULL;
	if (ret->pcr)
		return 0;
	if (wanted && platform_is_shown_by(wanted, TPM_PROVIDER))
		return fail(err, TSMMR_E_NOTFOUND, "this machine shows no TPM to ask for a quote");
	ret->nsm = has_nsm(tree);
	if (!ret->nsm)
		r = tsm_report_probe(tree->ctx->root, provider, sizeof(provider), &ret->services,
				     err);
	if (r < 0)
		return r;
	ret->report = !ret->nsm;
	/* Its vTPM is the machine's, and without commands to it there is the report alone. */
	if (ret->services)
		ret->pcr = find_pcr(tree, NULL);
	if (ret->pcr && !(ret->pcr->write_path && ret->pcr->writable_now))
		ret->pcr = NULL;
	ret->platform = ret->nsm ? platform_by_provider(provider) : platform_by_reports(provider);
	return ret->platform ? 0 :
			       fail(err, TSMMR_E_UNSUPPORTED,
				    "reports of %s are not understood by this version", provider);
}

/* One with none has to be asked in a way that this version does not know. */
static bool can_ask(const struct platform *p)
{
	return p->reports || platform_is_shown_by(p, NSM_PROVIDER) ||
	       platform_is_shown_by(p, TPM_PROVIDER);
}

static int add_part(struct tsmmr_evidence *ev, int part, const struct buf *b,
		    struct tsmmr_error *err)
{
	return b->n ? evidence_add(ev, part, b->p, b->n, err) : 0;
}

static struct span nonce_of(const struct tsmmr_attest *what)
{
	return span_of(what->nonce, what->nonce_n);
}

static int refuse_carried(const struct tsmmr_attest *what, struct tsmmr_error *err)
{
	for (int i = 0; i < CARRIED_NAMES; i++)
		if (what->carried[i].is_set)
			return fail(err, TSMMR_E_ARG,
				    "only a Nitro document carries user data and a key");
	return 0;
}

static int refuse_vmpl(const struct tsmmr_attest *what, struct tsmmr_error *err)
{
	return what->vmpl < 0 ? 0 :
				fail(err, TSMMR_E_UNSUPPORTED, "only an SEV-SNP report has a VMPL");
}

/* The field is of 64 bytes everywhere; CCA would take 32, and pads with zeros itself. */
static int take_report(const struct tsmmr_tree *tree, const struct attester *from,
		       const struct tsmmr_attest *what, struct tsmmr_evidence *ev,
		       struct tsmmr_error *err)
{
	_cleanup_(tsm_report_done) struct tsm_report report = { .provider = "" };
	uint8_t field[TSM_INBLOB_MAX] = { 0 };
	const struct tsm_request request = {
		.inblob = span_of(field, sizeof(field)),
		.privlevel = what->vmpl,
		.service_provider = from->services ? "svsm" : NULL,
		.service_guid = from->services ? vtpm_service : NULL,
	};
	int r;

	r = refuse_carried(what, err);
	if (r < 0)
		return r;
	memcpy(field, what->nonce, what->nonce_n);
	r = tsm_report_take(tree->ctx->root, &request, &report, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_QUOTE, &report.out, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_CERTS, &report.aux, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_MANIFEST, &report.manifest, err);
	return r;
}

static int take_document(const struct tsmmr_tree *tree, const struct tsmmr_attest *what,
			 struct tsmmr_evidence *ev, struct tsmmr_error *err)
{
	_cleanup_(nsm_close) struct nsm *nsm = NULL;
	_cleanup_(buf_done) struct buf document = { 0 };
	int r = refuse_vmpl(what, err);

	if (r == 0)
		r = nsm_open(tree->ctx->root, &nsm, err);
	if (r == 0)
		r = nsm_attest(nsm, attest_carried(what, CARRIED_USER_DATA), nonce_of(what),
			       attest_carried(what, CARRIED_PUBLIC_KEY), &document, err);
	return r < 0 ? r : add_part(ev, TSMMR_PART_QUOTE, &document, err);
}

static int take_quote(const struct tsmmr_tree *tree, const struct attester *from,
		      const struct tsmmr_attest *what, struct tsmmr_evidence *ev,
		      struct tsmmr_error *err)
{
	_cleanup_(tpm_evidence_done) struct tpm_evidence quote = { .attest = { 0 } };
	_cleanup_(tpm_close) struct tpm *tpm = NULL;
	const struct tree_reg *pcr = from->pcr;
	int r;

	r = refuse_carried(what, err);
	if (r == 0 && !from->report)
		r = refuse_vmpl(what, err);
	if (r == 0)
		r = reg_open_tpm(tree->ctx->root, pcr, &tpm, err);
	if (r == 0)
		r = tpm_quote(tpm, tree->ctx->crypto, pcr->hash, nonce_of(what), &quote, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_QUOTE, &quote.attest, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_SIG, &quote.sig, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_PCRS, &quote.pcrs, err);
	if (r == 0)
		r = add_part(ev, TSMMR_PART_AK, &quote.ak, err);
	return r;
}

/* A verifier judges the evidence; here it only has to be understood. */
static int understand(const struct tsmmr_ctx *ctx, struct tsmmr_evidence *ev, struct span nonce,
		      struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	memcpy(ev->nonce, nonce.p, nonce.n);
	ev->nonce_n = nonce.n;
	return evidence_regs(ctx, ev, ret, err);
}

/* A log that nothing else has to outlive. */
static int own(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log, struct tsmmr_log **ret,
	       struct tsmmr_error *err)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;

	if (stream_over_log(log, &s) < 0)
		return fail_nomem(err);
	return log_from_stream(ctx, s, span_of(NULL, 0), ret, err);
}

static int covered_log(const struct tsmmr_ctx *ctx, const struct platform *platform,
		       const struct tsmmr_regs *regs, struct tsmmr_log **ret,
		       struct tsmmr_error *err)
{
	_cleanup_(parts_done) struct parts parts = { .n = 0 };
	_cleanup_(log_free) struct tsmmr_log *merged = NULL;
	int r = parts_open_any(ctx, platform->id, &parts, err);

	if (r == 0)
		r = log_merge(ctx, (struct tsmmr_log *const *)parts.logs, parts.n, &merged, err);
	/* A machine that has measured nothing has an empty log. */
	if (r == 0 && !merged->platform)
		merged->platform = platform;
	if (r == 0)
		r = logs_trim(ctx, regs, &merged, 1, err);
	return r < 0 ? r : own(ctx, merged, ret, err);
}

int tree_attest(const struct tsmmr_tree *tree, const struct tsmmr_attest *what,
		struct tsmmr_evidence **ret_evidence, struct tsmmr_log **ret_log,
		struct tsmmr_error *err)
{
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	const struct platform *wanted;
	struct attester from;
	int r = open_platform(what->platform, &wanted, err);

	assert(what->nonce_n && what->nonce_n <= TSM_INBLOB_MAX);
	if (r < 0)
		return r;
	if (wanted && !can_ask(wanted))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "evidence of %s cannot be asked for by this version", wanted->name);
	r = find_attester(tree, wanted, &from, err);
	if (r < 0)
		return r;
	if (wanted && wanted != from.platform)
		return fail(err, TSMMR_E_NOTFOUND, "this machine gives evidence of %s, not of %s",
			    from.platform->name, wanted->name);
	trace(tree->ctx, TSMMR_TRACE_INFO, "evidence of %s, from %s%s", from.platform->name,
	      from.nsm    ? "the Nitro module" :
	      from.report ? "configfs-tsm" :
			    "the TPM",
	      from.report && from.pcr ? " and the TPM" : "");
	if (evidence_new(tree->ctx->crypto, &ev) < 0)
		return fail_nomem(err);
	r = from.nsm    ? take_document(tree, what, ev, err) :
	    from.report ? take_report(tree, &from, what, ev, err) :
			  0;
	if (r == 0 && from.pcr)
		r = take_quote(tree, &from, what, ev, err);
	if (r == 0)
		r = understand(tree->ctx, ev, nonce_of(what), &regs, err);
	if (r == 0 && ret_log)
		r = covered_log(tree->ctx,
				from.pcr ? platform_by_provider(from.pcr->provider) : from.platform,
				regs, ret_log, err);
	if (r < 0)
		return r;

	*ret_evidence = take_ptr(ev);
	return 0;
}
