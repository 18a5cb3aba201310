/* SPDX-License-Identifier: BSD-2-Clause */
/* What each record of a report's logs is: known, unknown or denied. */
#include "report/appraise.h"

#include "util/error.h"
#include "util/text.h"

void appraisal_pass_free(struct tsmmr_appraisal_pass *pass)
{
	if (!pass)
		return;
	for (size_t i = 0; pass->states && i < pass->known->n_sources; i++)
		free(pass->states[i]);
	free(pass->states);
	free(pass->fits);
	hashers_done(&pass->hashers);
	buf_done(&pass->text);
	pass_free(pass->pass);
	known_unref(pass->known);
	report_free(pass->report);
	free(pass);
}

static int make_states(struct tsmmr_appraisal_pass *pass)
{
	const struct tsmmr_known *known = pass->known;

	pass->states = calloc(known->n_sources + 1, sizeof(*pass->states));
	for (size_t i = 0; pass->states && i < known->n_sources; i++) {
		const struct known_source *s = known->sources[i];
		size_t size = s->kind->state_size ?
				      s->kind->state_size(s, pass->report->data->n_rows) :
				      0;

		pass->states[i] = calloc(1, size ? size : 1);
		if (!pass->states[i])
			return TSMMR_E_NOMEM;
	}
	return pass->states ? 0 : TSMMR_E_NOMEM;
}

/* Which registers of the lists each row is. */
static int make_fits(struct tsmmr_appraisal_pass *pass)
{
	const struct tsmmr_known *known = pass->known;
	const struct report_data *d = pass->report->data;
	size_t width = known->n_regs + 1;

	pass->fits = calloc(d->n_rows + 1, width * sizeof(*pass->fits));
	if (!pass->fits)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < d->n_rows; i++)
		for (size_t k = 0; k < known->n_regs; k++)
			pass->fits[i * width + k + 1] = row_fits(&d->rows[i], &known->regs[k].item);
	return 0;
}

/* Which registers of the lists are asked about, for those that are more than one record. */
static int begin(struct tsmmr_appraisal_pass *pass)
{
	const struct tsmmr_known *known = pass->known;
	const struct report_data *d = pass->report->data;
	size_t width = known->n_regs + 1;
	_cleanup_(free) bool *asked = calloc(width, sizeof(*asked));

	if (!asked)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < d->n_rows; i++)
		for (size_t k = 0; k < width; k++)
			asked[k] |= pass->report->judged[i].asked && pass->fits[i * width + k];
	for (size_t i = 0; i < known->n_sources; i++)
		if (known->sources[i]->kind->begin)
			known->sources[i]->kind->begin(known->sources[i], pass->states[i], asked);
	return 0;
}

int appraisal_pass_new(const struct tsmmr_report *report, struct tsmmr_known *known,
		       struct tsmmr_stream *const *streams, size_t n,
		       struct tsmmr_appraisal_pass **ret, struct tsmmr_error *err)
{
	_cleanup_(appraisal_pass_free) struct tsmmr_appraisal_pass *pass = NULL;
	int r = known_use(known, err);

	if (r < 0)
		return r;
	pass = calloc(1, sizeof(*pass));
	if (!pass)
		return fail_nomem(err);
	pass->report = report_ref(report);
	pass->hashers.crypto = report->data->crypto;
	pass->known = known_ref(known);
	if (make_states(pass) < 0 || make_fits(pass) < 0 || begin(pass) < 0)
		return fail_nomem(err);
	r = pass_new(report, streams, n, &pass->pass, err);
	if (r < 0)
		return r;

	*ret = take_ptr(pass);
	return 0;
}

/*
 * The event's digest in the bank of a row; one that the log lacks and the data gives, too.  Where
 * SHA-1's were extended into the bank, it is that one: what the log says of the bank never was.
 */
static int digest_of(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e, size_t i,
		     struct digest *ret)
{
	const struct row *row = &pass->report->data->rows[pass->set.rows[i]];
	uint16_t alg = row->reg.alg;
	const struct digest *there = row->padded ? event_padded(e, alg) : NULL;
	struct hasher *h;
	int r;

	if (!there)
		there = event_digest(e, alg);
	if (there) {
		*ret = *there;
		return 1;
	}
	if (!e->class || !e->class->derive)
		return 0;
	r = hashers_get(&pass->hashers, alg, &h);
	if (r == 0 && !(pass->derived_rows >> i & 1))
		r = e->class->derive(e, h, pass->derived[i]);
	if (r < 0)
		return r == TSMMR_E_MALFORMED ? 0 : r;
	pass->derived_rows |= UINT32_C(1) << i;
	*ret = (struct digest){ alg, span_of(pass->derived[i], h->alg->size) };
	return 1;
}

/* May a digest of that hash prove anything, and was it not found in another bank? */
static bool is_new_proof(const struct tsmmr_appraisal_pass *pass, uint16_t alg)
{
	if (policy_hash_rank(alg) < policy_hash_rank(pass->report->policy->min_hash))
		return false;
	for (size_t i = 0; i < pass->n_digests; i++)
		if (pass->digests[i].alg == alg)
			return false;
	return true;
}

/* Those of a bank that counts, in a row that is verified: they are what was extended. */
static int find_proving(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	pass->n_digests = 0;
	for (uint16_t i = 0; i < pass->set.n; i++) {
		const struct row *row = &pass->report->data->rows[pass->set.rows[i]];
		struct digest *d = &pass->digests[pass->n_digests];
		int r;

		if (!report_row_proven(pass->report, pass->set.rows[i]) ||
		    !is_new_proof(pass, row->reg.alg))
			continue;
		r = digest_of(pass, e, i, d);
		if (r < 0)
			return r;
		pass->n_digests += r > 0 && is_new_proof(pass, d->alg);
	}
	return 0;
}

static bool is_asked(const struct tsmmr_appraisal_pass *pass)
{
	for (uint16_t i = 0; i < pass->set.n; i++)
		if (pass->report->judged[pass->set.rows[i]].asked)
			return true;
	return false;
}

static int find_rule(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	const struct bind_rule *rule = NULL;
	int r = event_bind_all(e, &pass->hashers, &rule);

	pass->rule = r == TSMMR_BINDING_BOUND ? rule : NULL;
	return r < 0 ? r : 0;
}

/* What the digests cover, where they cover it. */
static int find_text(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	int r = find_rule(pass, e);

	if (r < 0 || !pass->rule)
		return r;
	return event_describe_whole(e, pass->rule, &pass->text, &pass->cut);
}

/* Firmware's own words that say nothing of what is started.  (PFP 1.06 §10.4.4, table 17) */
static bool is_plain_action(const struct tsmmr_event *e)
{
	static const char *const actions[] = {
		"Calling EFI Application from Boot Option",
		"Returning from EFI Application from Boot Option",
		"Exit Boot Services Invocation",
		"Exit Boot Services Returned with Failure",
		"Exit Boot Services Returned with Success",
	};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (span_eq(e->data, actions[i], strlen(actions[i])))
			return true;
	return false;
}

/*
 * All bits alike: what reports no error.  (PFP 1.06 §10.4.1, EV_SEPARATOR)  The type is not
 * measured, so that any text may be called a separator.
 */
static bool is_plain_separator(const struct tsmmr_event *e)
{
	return span_eq(e->data, "\0\0\0", 4) || span_eq(e->data, "\xff\xff\xff\xff", 4);
}

/* Registers that firmware extends until it hands over.  (PFP 1.06 §3.3.4; UEFI 2.10 §38.4.1) */
static bool is_of_firmware(const struct tsmmr_event *e)
{
	const struct reg_desc *reg = event_reg(e);

	if (e->platform->space == TSMMR_SPACE_PCR)
		return reg->index < 8;
	return reg->role && (!strcmp(reg->role, "firmware-config") || !strcmp(reg->role, "boot"));
}

/* A step of a launch that was computed from an image, which the caller has chosen. */
static bool is_of_image(const struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	const struct report_data *d = pass->report->data;
	size_t source = d->logs[pass->pass->at].first + e->log;

	return event_reg(e)->kind == TSMMR_KIND_LAUNCH && source < d->n_sources &&
	       d->sources[source].chosen;
}

/* Known by itself: bound, and constant. */
static const char *built_in(const struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	if (is_of_image(pass, e))
		return "image";
	if (!pass->rule || !is_of_firmware(e) || e->content != TSMMR_CONTENT_PCCLIENT_STD)
		return NULL;
	if (e->mark == MARK_SEPARATOR)
		return is_plain_separator(e) ? "separator" : NULL;
	return !strcmp(pass->rule->id, "EFI_ACTION") && is_plain_action(e) ? "EFI action" : NULL;
}

/* What other kinds of lists say, which see every record whatever is known of it. */
static int ask_kinds(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e, bool denied,
		     const struct known_event *seen)
{
	const struct tsmmr_known *known = pass->known;

	for (size_t i = 0; i < known->n_sources; i++) {
		const struct known_source *s = known->sources[i];
		struct span name = { 0 };
		int r;

		if (!s->kind->match || s->denied != denied)
			continue;
		r = s->kind->match(s, pass->states[i], seen, &name);
		if (r < 0)
			return r;
		if (r && !pass->source) {
			pass->source = s->kind->source_of ? s->kind->source_of(pass->states[i]) : s;
			pass->name = name;
		}
	}
	return 0;
}

/* Any digest of the record, in any bank, whoever vouches for it. */
static int find_denied(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e,
		       const bool *fits, uint16_t type)
{
	struct digest d;

	for (uint16_t i = 0; i < pass->set.n && !pass->source; i++) {
		int r = digest_of(pass, e, i, &d);

		if (r < 0 && !lacks_algorithm(r))
			return r;
		if (r > 0)
			known_find(pass->known, fits, type, &d, true, &pass->source, &pass->name);
	}
	return ask_kinds(pass, e, true,
			 &(struct known_event){ .e = e,
						.type = type,
						.fits = fits,
						.slot = pass->set.rows[0],
						.digests = e->digests,
						.n_digests = e->n_digests,
						.bound = pass->rule,
						.text = span_of(pass->text.p, pass->text.n),
						.cut = pass->cut });
}

static int find_known(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e,
		      const bool *fits, uint16_t type)
{
	const char *word;
	int r = 0;

	for (size_t i = 0; i < pass->n_digests && !pass->source; i++)
		known_find(pass->known, fits, type, &pass->digests[i], false, &pass->source,
			   &pass->name);
	r = ask_kinds(pass, e, false,
		      &(struct known_event){ .e = e,
					     .type = type,
					     .fits = fits,
					     .slot = pass->set.rows[0],
					     .digests = pass->digests,
					     .n_digests = pass->n_digests,
					     .bound = pass->rule && pass->n_digests,
					     .text = span_of(pass->text.p, pass->text.n),
					     .cut = pass->cut });
	if (r < 0)
		return r;
	pass->state = TSMMR_RECORD_UNKNOWN;
	if (!pass->n_digests) {
		/* Nothing that is said of it is proven. */
		pass->source = NULL;
		return 0;
	}
	/* Who wants the text has looked before. */
	if (!pass->source && !pass->known->wants_text)
		r = find_rule(pass, e);
	word = pass->source || r < 0 ? NULL : built_in(pass, e);
	if (word)
		pass->name = span_of(word, strlen(word));
	if (pass->source || word)
		pass->state = TSMMR_RECORD_KNOWN;
	return r;
}

static int look_at(struct tsmmr_appraisal_pass *pass, const struct tsmmr_event *e)
{
	const struct report_data *d = pass->report->data;
	uint16_t type = known_type_of(pass->known, e);
	const bool *fits;
	int r;

	pass->set = report_rows_of(d, e);
	if (!pass->set.n)
		return 0;
	fits = pass->fits + pass->set.rows[0] * (pass->known->n_regs + 1);
	r = find_proving(pass, e);
	if (r == 0 && pass->known->wants_text)
		r = find_text(pass, e);
	if (r == 0)
		r = find_denied(pass, e, fits, type);
	if (r < 0)
		return r;
	if (pass->source)
		pass->state = TSMMR_RECORD_DENIED;
	if (pass->source || !is_asked(pass))
		return 0;
	return find_known(pass, e, fits, type);
}

int appraisal_pass_next(struct tsmmr_appraisal_pass *pass, struct tsmmr_error *err)
{
	int r = pass_next(pass->pass, err);

	pass->state = TSMMR_RECORD_NOT_ASKED;
	pass->source = NULL;
	pass->name = span_of(NULL, 0);
	pass->rule = NULL;
	pass->text.n = 0;
	pass->cut = false;
	pass->set.n = 0;
	pass->derived_rows = 0;
	if (r <= 0)
		return r;
	r = look_at(pass, pass->pass->event);
	if (r == 0 && pass->text.failed)
		r = TSMMR_E_NOMEM;
	if (r == 0)
		return 1;
	/* Whoever goes on must not miss one. */
	pass->pass->result = fail_low(&pass->pass->error, r);
	error_copy(&pass->pass->error, err);
	return pass->pass->result;
}
