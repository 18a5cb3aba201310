/* SPDX-License-Identifier: BSD-2-Clause */
/* A TDX platform's TCB, and revocation, by the collateral that was given. */
#include "platform/tdx.h"

#include "crypto/cache.h"
#include "crypto/hash.h"
#include "platform/evidence.h"
#include "platform/pck.h"
#include "platform/revocation.h"
#include "util/date.h"
#include "util/error.h"
#include "util/hex.h"

/* A TD quote's body.  (Intel TDX DCAP Quoting Library API, A.3.2) */
enum {
	BODY_TCB_SVN = 0,
	BODY_MRSIGNERSEAM = 64,
	BODY_SEAMATTRIBUTES = 112,
	BODY_TCB_SVN_2 = 584,
	BODY_TD15_SIZE = 648,
};

#define SETS 2

/* What is at hand, and what it is asked about. */
struct check {
	struct evidence_set *set;
	const struct collateral *sets[SETS];
	size_t n;
	uint64_t time, grace;
	const struct certs *certs; /* of the quote, and what came beside it */
	const struct chain *chain; /* … of the first of them, which is for this: */
	const struct cert_use *use;
	size_t signer; /* 1 + the one that was found to be whom we ask for; or 0 */
	struct revocation revocation;
	uint64_t until;     /* the earliest end of the documents that were used */
	struct buf missing; /* what there is none of that holds */
};

/* Each of Intel's authorities has a list of its own. */
static const struct lists_use lists = { .other = LISTS_AMD };

static int check_revoked(struct check *c, const struct chain *chain, const char *who,
			 struct tsmmr_error *err)
{
	struct lists_use use = lists;

	use.who = who;
	return revocation_check(c->set, chain, &use, &c->revocation, err);
}

/* Only whom Intel made for it signs collateral: a PCK signs what its machine's owner likes. */
static bool is_signer(const struct certs *certs, size_t i)
{
	static const char name[] = "Intel SGX TCB Signing";
	struct span subject, extension;

	return certs_subject(certs, i, &subject) && span_eq(subject, name, sizeof(name) - 1) &&
	       !certs_extension(certs, i, PCK_EXTENSION, &extension);
}

/* All that may be part of a chain: what came with collateral, and with the quote. */
static int gather(const struct check *c, struct certs *certs, struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n; i++)
		r = certs_add_all(certs, &c->sets[i]->certs, err);
	return r < 0 ? r : certs_add_all(certs, c->certs, err);
}

/* Did the key of certificate i sign it?  1, 0, E_NOMEM … */
static int is_signed_by(const struct check *c, const struct tcb_doc *doc, const struct certs *certs,
			size_t i)
{
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	uint8_t its[32];
	int r = certs_sha256(certs, i, its);

	if (r < 0)
		return r;
	if (c->set->cache && cert_cache_is_link(c->set->cache, doc->id, its))
		return 1;
	r = certs_key(certs, i, &key);
	if (r == 0)
		r = sign_verify(key, SIGN_ECDSA, TSMMR_HASH_SHA256,
				span_of(doc->bytes, doc->n_bytes),
				span_of(doc->signature, sizeof(doc->signature)));
	if (r < 0)
		return r == TSMMR_E_UNTRUSTED || r == TSMMR_E_MALFORMED ? 0 : r;
	if (c->set->cache)
		cert_cache_add_link(c->set->cache, doc->id, its);
	return 1;
}

/* Does the quote's chain lead there, too, perhaps above what else of it is pinned? */
static int check_root(const struct check *c, const struct chain *chain, const char *who,
		      struct tsmmr_error *err)
{
	struct trust only = *c->set->trust;
	struct chain unused;
	int r;

	if (!chain->pin || !memcmp(chain->root, c->chain->root, sizeof(chain->root)))
		return 0;
	only.pins += chain->pin - only.pins;
	only.n_pins = 1;
	r = trust_chain(&only, c->certs, 0, c->use, c->time, &unused, NULL);
	return r == TSMMR_E_UNTRUSTED ?
		       fail_detail(err, r, TSMMR_DETAIL_ROOT,
				   "%s: it leads to another root than the quote's", who) :
	       r < 0 ? fail_low(err, r) :
		       0;
}

/*
 * Does certificate i lead to where the quote's does?  The root made it itself: whoever certifies
 * machines by the million does not speak for Intel.  (Quote Verification Library, TCBSigningChain)
 */
static int check_signer(const struct check *c, const struct certs *certs, size_t i,
			const struct cert_use *use, struct chain *ret, struct tsmmr_error *err)
{
	int r = trust_chain(c->set->trust, certs, i, use, c->time, ret, err);

	if (r == 0)
		r = check_root(c, ret, use->who, err);
	return r == 0 && ret->n > 2 ?
		       fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "%s: the root did not make its certificate", use->who) :
		       r;
}

/*
 * One and the same key may have several certificates.  Some may be no longer valid; but a key of
 * which one is revoked signs nothing.
 */
static int check_signed(struct check *c, const struct tcb_doc *doc, const struct certs *certs,
			struct tsmmr_error *err)
{
	const struct cert_use use = {
		.who = doc->is_qe ? "QE Identity: its signer" : "TCB Info: its signer",
		.kinds = SIGNS_TDX,
		.signs = true,
	};
	size_t good = 0, bad = 0;
	bool wrong = false;
	struct chain chain;
	int r;

	if (c->signer && is_signed_by(c, doc, certs, c->signer - 1) > 0)
		return 0;
	for (size_t i = 0; i < certs->n; i++) {
		if (!is_signer(certs, i))
			continue;
		r = is_signed_by(c, doc, certs, i);
		wrong |= r == 0;
		if (r == 0)
			continue;
		if (r > 0)
			r = check_signer(c, certs, i, &use, &chain, NULL);
		if (r == TSMMR_E_UNTRUSTED) {
			bad = i + 1;
			continue;
		}
		if (r == 0)
			r = check_revoked(c, &chain, use.who, err);
		if (r < 0)
			return r == TSMMR_E_UNTRUSTED ? r : fail_low(err, r);
		good = i + 1;
	}
	c->signer = good;
	if (good)
		return 0;
	if (bad)
		return check_signer(c, certs, bad - 1, &use, &chain, err);
	return wrong ? fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "%s did not sign it", use.who) :
		       fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN_MISSING,
				   "%s: its certificate is missing: give certs=", use.who);
}

static int find(const struct check *c, const uint8_t *fmspc, const struct tcb_doc **ret,
		struct tsmmr_error *err)
{
	*ret = collateral_find(c->sets, c->n, fmspc, c->time, c->grace);
	if (*ret || !fmspc)
		return 0;
	/* What was given for a fleet need not be about all of it. */
	for (size_t i = 0; i < c->set->own.n_docs; i++)
		if (!c->set->own.docs[i]->is_qe)
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_COLLATERAL,
					   "TCB Info: of another sort of platform");
	return 0;
}

/* What was found, as claims: all of them are text or numbers, one after the other. */
struct said {
	struct buf bytes;
	struct {
		const char *name;
		enum claim_type type;
		size_t at, n;
	} all[16];
	size_t n;
};

static void say(struct said *said, const char *name, enum claim_type type, const void *p, size_t n)
{
	if (!n)
		return;
	said->all[said->n].name = name;
	said->all[said->n].type = type;
	said->all[said->n].at = said->bytes.n;
	said->all[said->n++].n = n;
	buf_add(&said->bytes, p, n);
}

static void say_text(struct said *said, const char *name, const char *text)
{
	say(said, name, CLAIM_TEXT, text, strlen(text));
}

static void say_date(struct said *said, const char *name, uint64_t date)
{
	char text[DATE_TEXT];

	if (date_text(date, text))
		say_text(said, name, text);
}

static void say_advisories(struct said *said, const struct tcb_result *result)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < result->n_advisories; i++) {
		if (i)
			buf_char(&b, ',');
		buf_add(&b, result->advisories[i].p, result->advisories[i].n);
	}
	said->bytes.failed |= b.failed;
	say(said, "tcb_advisories", CLAIM_TEXT, b.p, b.n);
}

static int add_claims(struct tsmmr_regs *regs, const struct said *said, struct tsmmr_error *err)
{
	struct span bytes;

	if (said->bytes.failed ||
	    regs_add_bytes(regs, span_of(said->bytes.p, said->bytes.n), &bytes) < 0)
		return fail_nomem(err);
	for (size_t i = 0; i < said->n; i++)
		regs_claim_add(regs, said->all[i].name, said->all[i].type,
			       span_of(bytes.p + said->all[i].at, said->all[i].n));
	return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void say_result(struct said *said, const struct tcb_result *result, uint64_t evaluation)
{
	uint8_t number[4];

	for (size_t i = 0; i < sizeof(number); i++)
		number[i] = (uint8_t)(evaluation >> 8 * i);
	say_text(said, "tcb_status", tcb_word_name(result->word));
	say_text(said, "tcb_platform_status", tcb_word_name(result->platform.word));
	say_text(said, "tcb_module_status", tcb_word_name(result->module.word));
	say_text(said, "tcb_qe_status", tcb_word_name(result->qe.word));
	say_text(said, "tcb_current_status", tcb_word_name(result->current));
	if (result->date != TSMMR_NONE)
		say_date(said, "tcb_date", result->date);
	say_advisories(said, result);
	say(said, "tcb_evaluation", CLAIM_U64_LE, number, sizeof(number));
}

static int put_down(struct check *c, struct tsmmr_regs *regs, const struct tcb_doc *info,
		    const struct tcb_doc *qe, const struct tcb_result *result,
		    struct tsmmr_error *err)
{
	struct evidence_info *to = &regs->evidence[0];
	struct said said = { .n = 0 };
	int r;

	to->tcb.word = (uint8_t)result->word;
	to->tcb.advised = result->advised;
	to->tcb.evaluation = least(info->evaluation, qe->evaluation);
	to->tcb.holds = collateral_holds(info, c->time, c->grace) &&
			collateral_holds(qe, c->time, c->grace);
	/* What no longer holds is nothing that anybody may ask about. */
	if (to->tcb.holds) {
		evidence_checked(to, "tcb-status");
		evidence_checked(to, "qe-identity");
		say_result(&said, result, to->tcb.evaluation);
	}
	r = add_claims(regs, &said, err);
	buf_done(&said.bytes);
	return r;
}

static void take_platform(struct tcb_platform *p, const struct pck *pck, struct span body,
			  struct span qe_report)
{
	*p = (struct tcb_platform){
		.pce_svn = get_le16(pck->pce_svn),
		.tdx = body.p + BODY_TCB_SVN,
		.current = body.n == BODY_TD15_SIZE ? body.p + BODY_TCB_SVN_2 : NULL,
		.module_signer = body.p + BODY_MRSIGNERSEAM,
		.module_attributes = body.p + BODY_SEAMATTRIBUTES,
		.qe_report = qe_report.p,
	};
	memcpy(p->fmspc, pck->fmspc, sizeof(p->fmspc));
	memcpy(p->pce_id, pck->pce_id, sizeof(p->pce_id));
	memcpy(p->sgx, pck->components, sizeof(p->sgx));
}

/* What has to be given yet, or again. */
static void note_missing(struct check *c, const struct tcb_platform *p, const struct tcb_doc *info,
			 const struct tcb_doc *qe)
{
	char fmspc[2 * sizeof(p->fmspc)];

	hex_encode(fmspc, p->fmspc, sizeof(p->fmspc));
	if (!info || !collateral_holds(info, c->time, c->grace))
		collateral_missing(&c->missing, "tcb-info", span_of(fmspc, sizeof(fmspc)));
	if (!qe || !collateral_holds(qe, c->time, c->grace))
		collateral_missing(&c->missing, "qe-identity", span_of(NULL, 0));
	if (info && qe)
		c->until = least(info->next, qe->next);
}

static int check_docs(struct check *c, struct tsmmr_regs *regs, const struct tcb_platform *p,
		      struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = certs_of(c->set);
	const struct tcb_doc *info = NULL, *qe = NULL;
	struct tcb_result result;
	int r = find(c, p->fmspc, &info, err);

	if (r < 0)
		return r;
	r = find(c, NULL, &qe, err);
	if (r < 0)
		return r;
	note_missing(c, p, info, qe);
	if (!info || !qe)
		return 0;
	certs.unbounded = true;
	r = gather(c, &certs, err);
	if (r == 0)
		r = check_signed(c, info, &certs, err);
	if (r == 0)
		r = check_signed(c, qe, &certs, err);
	if (r == 0)
		r = tcb_judge(p, info, qe, &result, err);
	if (r == 0 && result.word == TCB_REVOKED)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_REVOKED,
				   "TCB Info: the platform's TCB is revoked");
	return r < 0 ? r : put_down(c, regs, info, qe, &result, err);
}

static int check_all(struct check *c, struct piece *piece, struct span body, struct span qe_report,
		     const struct chain *chain, struct tsmmr_error *err)
{
	struct evidence_info *info = &piece->regs->evidence[0];
	struct tcb_platform p;
	struct pck pck;
	int r = check_revoked(c, chain, "TDX quote", err);

	if (r == 0 && info->tcb.asked && pck_read(c->certs, &pck)) {
		take_platform(&p, &pck, body, qe_report);
		r = check_docs(c, piece->regs, &p, err);
	}
	if (r < 0)
		return r;
	if (revocation_known(&c->revocation))
		evidence_checked(info, "revocation");
	if (!info->tcb.asked && !info->tcb.asked_crl)
		return 0;
	collateral_missing_lists(&c->missing, &c->revocation);
	return collateral_claims(piece->regs, least(c->until, c->revocation.until), &c->missing,
				 err);
}

/* Of evidence of TDX it alone has somebody who signs it. */
static bool is_quote(const struct piece *piece)
{
	return piece->kind->kinds == SIGNS_TDX && piece->kind->signer;
}

void tdx_tcb_ask(struct evidence_set *set, struct piece *piece)
{
	struct evidence_info *info = &piece->regs->evidence[0];

	info->tcb.asked = set->own.n_docs || (set->shared && set->shared->n_docs);
	info->tcb.asked_crl = revocation_asked(set, &lists);
	if (is_quote(piece))
		evidence_collateral(set);
	else if (info->tcb.asked_crl)
		evidence_not_checked(info, "revocation");
}

void tdx_tcb_ask_report(struct evidence_set *set, struct piece *piece)
{
	for (size_t i = 0; i < set->n_pieces; i++)
		if (is_quote(&set->pieces[i]))
			return;
	tdx_tcb_ask(set, piece);
}

int tdx_tcb_check(struct evidence_set *set, struct piece *piece, struct span body,
		  struct span qe_report, const struct certs *certs, const struct chain *chain,
		  struct tsmmr_error *err)
{
	struct check c = {
		.set = set,
		.sets = { &set->own, set->shared },
		.n = set->shared ? 2 : 1,
		.time = chain->time,
		.grace = set->grace,
		.certs = certs,
		.chain = chain,
		.use = piece->kind->signer,
		.revocation = { .until = TSMMR_NONE },
		.until = TSMMR_NONE,
	};
	int r = check_all(&c, piece, body, qe_report, chain, err);

	buf_done(&c.missing);
	return r;
}
