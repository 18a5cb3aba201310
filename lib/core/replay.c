/* SPDX-License-Identifier: BSD-2-Clause */
/* Folding events into registers. */
#include "core/replay.h"

#include "core/index.h"
#include "core/regs.h"
#include "util/error.h"
#include "util/grow.h"

const char *const gap_names[GAP_COUNT] = {
	[GAP_NO_LOG] = "no-log",
	[GAP_UNANCHORED] = "unanchored",
	[GAP_MISSING_HEAD] = "missing-head",
	[GAP_OFF_LOG_EXTEND] = "off-log-extend",
	[GAP_UNLOGGED] = "unlogged",
	[GAP_UNQUOTED_TAIL] = "unquoted-tail",
	[GAP_DATA_MISMATCH] = "data-mismatch",
	[GAP_MISSING_IMAGE] = "missing-image",
	[GAP_UNREADABLE] = "unreadable",
	[GAP_LAUNCH_UNKNOWN] = "launch-unknown",
	[GAP_UNTRUSTED] = "untrusted",
	[GAP_WEAK_HASH] = "weak-hash",
	[GAP_NO_CRYPTO] = "no-crypto",
};

const char *const anchor_names[ANCHOR_COUNT] = {
	[ANCHOR_ZERO] = "zero",
	[ANCHOR_RESET] = "reset-value",
	[ANCHOR_LOCALITY] = "locality", /* its number follows */
	[ANCHOR_GIVEN] = "given",
	[ANCHOR_FIRMWARE_LOG] = "firmware-log",
	[ANCHOR_SYNC] = "sync-unanchored",
};

int replay_new(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs, struct replay **ret)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return TSMMR_E_NOMEM;
	r->ctx = ctx;
	r->findings.each = ctx->limits.findings;
	r->regs = regs;
	*ret = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n_banks; i++)
		hasher_done(&r->banks[i]);
	for (size_t i = 0; i < r->n_all; i++)
		for (size_t b = 0; b < REPLAY_BANKS_MAX; b++)
			slot_free(r->all[i].slots[b]);
	free(r->all);
	virtuals_done(r);
	waiting_done(r);
	findings_done(&r->findings);
	free(r);
}

/* One that was looked for before, or NULL. */
static struct replayed *last_register(struct replay *r, const struct tsmmr_event *e)
{
	size_t k = e->index % REPLAY_LAST;

	return r->last[k].platform == e->platform && r->last[k].index == e->index &&
			       r->last[k].space == e->space ?
		       &r->all[r->last[k].at] :
		       NULL;
}

static void note_register(struct replay *r, const struct tsmmr_event *e, size_t at)
{
	size_t k = e->index % REPLAY_LAST;

	if (e->platform->users)
		return;
	r->last[k].platform = e->platform;
	r->last[k].index = e->index;
	r->last[k].space = e->space;
	r->last[k].at = at;
}

/* The number of a platform's registers is bounded, and so is this. */
static struct replayed *register_of(struct replay *r, const struct tsmmr_event *e)
{
	struct replayed *new = last_register(r, e);

	if (new)
		return new;
	for (size_t i = 0; i < r->n_all; i++)
		if (event_has_reg(e, r->all[i].platform, r->all[i].desc, r->all[i].index)) {
			note_register(r, e, i);
			return &r->all[i];
		}

	new = grown(r->all, r->n_all, &r->cap_all, sizeof(*new));
	if (!new)
		return NULL;
	r->all = new;
	new += r->n_all++;
	*new = (struct replayed){
		.platform = e->platform, /* its stream's or log's, which outlive this */
		.desc = event_reg(e),
		.index = event_number(e),
	};
	return new;
}

#define NO_BANK (-500) /* no error code */

/* The bank of an algorithm, NO_BANK when nobody knows it, or an error (E_LACKS - …). */
static int bank_of(struct replay *r, uint16_t alg)
{
	const struct hash_alg *known;
	int b;

	for (size_t i = 0; i < r->n_banks; i++)
		if (r->banks[i].alg->id == alg)
			return (int)i;

	known = hash_by_id(alg);
	if (!known || r->n_banks == REPLAY_BANKS_MAX)
		return NO_BANK;
	for (size_t i = 0; i < ALGORITHM_HASHES; i++)
		if (r->lacking >> i & 1 && hash_by_index(i) == known)
			return E_LACKS - (int)i;
	b = hasher_init(&r->banks[r->n_banks], r->ctx->crypto, known);
	return b < 0 ? b : (int)r->n_banks++;
}

/*
 * An event in a bank that cannot be computed: what its register is there, nobody will know.
 * Whether anybody asks is found out later.  0, or the code that is no such bank's.
 */
static int skip_bank(struct replay *r, struct replayed *reg, uint64_t log,
		     const struct tsmmr_event *e, int code)
{
	uint32_t bit;

	if (code == NO_BANK)
		return 0;
	if (!lacks_algorithm(code))
		return code;
	bit = UINT32_C(1) << (E_LACKS - code);
	if (reg)
		reg->lacking |= bit;
	if (r->lacking & bit)
		return 0;
	r->lacking |= bit;
	return findings_add(&r->findings, F_DIGEST_NO_CRYPTO, log, e->record, e->offset,
			    "%s digests cannot be computed: the crypto library does not provide "
			    "them",
			    hash_by_index((size_t)(E_LACKS - code))->name);
}

int replay_lacks(const struct replay *r, const struct platform *platform,
		 const struct reg_desc *desc, uint16_t alg)
{
	for (size_t i = 0; i < r->n_all; i++) {
		const struct replayed *reg = &r->all[i];

		if (!reg->lacking || !reg->desc ||
		    !reg_same(reg->platform, reg->desc, platform, desc))
			continue;
		for (size_t k = 0; k < ALGORITHM_HASHES; k++)
			if (reg->lacking >> k & 1 && (!alg || hash_by_index(k)->id == alg))
				return E_LACKS - (int)k;
	}
	return 0;
}

/*
 * The value a register starts with: by hand, by locality (PFP §3.3.2: PCR 0 starts with
 * the startup locality in its last byte, 4 after an H-CRTM), or as its architecture says.
 */
static int start_value(const struct replay *r, const struct replayed *reg,
		       const struct hash_alg *alg, struct slot *slot)
{
	const struct tsmmr_reg *given = NULL;
	uint8_t byte = reg->desc ? reg->desc->initial : 0;

	if (r->ctx->initial && reg->desc)
		given = regs_find(r->ctx->initial, reg->platform, reg->desc, alg->id);
	if (given && given->has_value && given->size == alg->size) {
		slot->anchor = ANCHOR_GIVEN;
		memcpy(slot->initial, given->value, alg->size);
	} else {
		slot->anchor = byte ? ANCHOR_RESET : ANCHOR_ZERO;
		memset(slot->initial, byte, alg->size);
		if (reg->locality) {
			slot->anchor = ANCHOR_LOCALITY;
			slot->locality = reg->locality;
			slot->initial[alg->size - 1] = reg->locality;
		}
	}
	return candidates_start(slot);
}

int replay_initial(const struct replay *r, const struct platform *platform,
		   const struct reg_desc *desc, const struct hash_alg *alg, struct slot **ret)
{
	struct replayed reg = { .platform = platform, .desc = desc };
	_cleanup_(slot_free) struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return TSMMR_E_NOMEM;

	for (size_t i = 0; i < r->n_all; i++)
		if (r->all[i].desc && reg_same(r->all[i].platform, r->all[i].desc, platform, desc))
			reg.locality = r->all[i].locality;
	if (start_value(r, &reg, alg, slot) < 0)
		return TSMMR_E_NOMEM;
	*ret = take_ptr(slot);
	return 0;
}

const struct slot *replay_slot(const struct replay *r, const struct platform *platform,
			       const struct reg_desc *desc, uint16_t alg)
{
	for (size_t i = 0; i < r->n_all; i++) {
		if (!r->all[i].desc ||
		    !reg_same(r->all[i].platform, r->all[i].desc, platform, desc))
			continue;
		for (size_t b = 0; b < r->n_banks; b++)
			if (r->banks[b].alg->id == alg)
				return r->all[i].slots[b];
	}
	return NULL;
}

static struct slot *slot_new(const struct replay *r, const struct replayed *reg,
			     const struct hash_alg *alg)
{
	_cleanup_(slot_free) struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return NULL;
	if (r->regs && reg->desc)
		slot->expected = regs_find(r->regs, reg->platform, reg->desc, alg->id);
	slot->idle = r->expected_only && !slot->expected && !reg->platform->users;
	if (slot->expected && !slot->expected->has_value)
		slot->expected = NULL;
	if (start_value(r, reg, alg, slot) < 0)
		return NULL;
	return take_ptr(slot);
}

static int note_missing(struct replay *r, struct slot *slot, const struct hash_alg *alg,
			uint64_t log, const struct tsmmr_event *e)
{
	if (!slot->missing_digest) {
		slot->missing_digest = true;
		slot->missing_at =
			(struct tsmmr_gap){ .kind = GAP_UNLOGGED, .log = log, .record = e->record };
	}
	return findings_add(&r->findings, F_DIGEST_MISSING, log, e->record, e->offset,
			    "no %s digest in a record of a register that has others", alg->name);
}

/* The slot of a register in a bank; NULL when out of memory. */
static struct slot *slot_of(struct replay *r, struct replayed *reg, size_t bank)
{
	struct slot *slot = reg->slots[bank];

	if (slot)
		return slot;
	reg->settled = 0;
	slot = reg->slots[bank] = slot_new(r, reg, r->banks[bank].alg);
	if (slot && reg->torn) {
		candidates_torn(slot, (struct place){ reg->torn_at.log, reg->torn_at.record });
		slot->torn = true;
		slot->torn_at = reg->torn_at;
	}
	for (size_t i = 0; slot && !slot->torn && i < r->n_torn; i++)
		if (platform_same(r->torn[i].platform, reg->platform)) {
			slot->torn = true;
			slot->torn_at = r->torn[i].at;
		}
	return slot;
}

/*
 * A record that was not written to its end: whether it was extended, and what it was, is not
 * known.  Nor is it what its register holds after it, but that the final value says so; of
 * any register, where it does not say of which.
 */
static int torn(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	bool known = event_number(e) < e->platform->n_index;
	struct tsmmr_gap at = { .kind = GAP_UNLOGGED, .log = log, .record = e->record };
	struct replayed *reg = known ? register_of(r, e) : NULL;

	if (known && !reg)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < r->n_all; i++)
		for (size_t b = 0; b < REPLAY_BANKS_MAX; b++) {
			struct slot *slot = r->all[i].slots[b];

			if (!slot || (known ? &r->all[i] != reg :
					      !platform_same(r->all[i].platform, e->platform)))
				continue;
			if (known)
				candidates_torn(slot, (struct place){ log, e->record });
			if (!slot->torn)
				slot->torn_at = at;
			slot->torn = true;
		}
	if (reg && !reg->torn) {
		reg->torn = true;
		reg->torn_at = at;
	}
	for (size_t i = 0; !known && i < r->n_torn; i++)
		if (platform_same(r->torn[i].platform, e->platform))
			return 0;
	if (!known && r->n_torn < REPLAY_TORN_MAX) {
		r->torn[r->n_torn].platform = e->platform;
		r->torn[r->n_torn++].at = at;
	}
	return 0;
}

/* What a SYNC line says about the value before it. */
static int assert_value(struct replay *r, struct slot *slot, size_t size, bool first, uint64_t log,
			const struct tsmmr_event *e)
{
	bool differs;
	int rc = candidates_assert(slot, size, e->asserted.value.p, first,
				   (struct place){ log, e->record }, &differs);

	if (rc < 0 || !differs || slot->events == slot->n_head)
		return rc;
	return findings_add(
		&r->findings, first ? F_JOIN_DIFFERS : F_TEXT_SYNC_DIFFERS, log, e->record,
		e->offset,
		first ? "this log begins at another value than the logs before it replay to" :
			"SYNC asserts another value than the log replays to");
}

/* The agent's records can stand in the firmware's log and in a log of their own. */
static int note_agent(struct slot *slot, size_t size, bool first, uint64_t log)
{
	bool earlier;

	if (!slot->agent_seen) {
		slot->agent_seen = true;
		slot->agent_log = log;
		memcpy(slot->before_agent, candidates_best(slot, &earlier)->value, size);
	} else if (first && log != slot->agent_log) {
		return candidates_restart(slot, size, log);
	}
	return 0;
}

/* What such a kernel extended, or NULL. */
static const uint8_t *padded(const struct tsmmr_event *e, const struct hasher *h, uint8_t *buf)
{
	const struct digest *sha1 = event_padded(e, h->alg->id);

	if (!sha1)
		return NULL;
	memset(buf, 0, h->alg->size);
	memcpy(buf, sha1->value.p, sha1->value.n);
	return buf;
}

/* Text beside a digest that should give it: strictly, or as a rule. */
static int check_digest(struct replay *r, struct slot *slot, struct hasher *h, uint64_t log,
			const struct tsmmr_event *e)
{
	const struct bind_rule *rule = NULL;
	int bound = event_bind(e, h, &rule);

	if (bound < 0)
		return bound;
	if (bound != TSMMR_BINDING_MISMATCH)
		return 0;
	if (rule->strength != BIND_STRICT) {
		if (r->text_differs)
			return 0; /* in another bank: one text is one */
		r->text_differs = true;
		r->texts_differ++;
		return findings_add(&r->findings, F_TEXT_DIFFERS, log, e->record, e->offset,
				    "the event's text does not give its %s digest (%s)",
				    h->alg->name, rule->id);
	}

	if (!slot->data_mismatch) {
		slot->data_mismatch = true;
		slot->mismatch_at = (struct tsmmr_gap){ .kind = GAP_DATA_MISMATCH,
							.log = log,
							.record = e->record };
	}
	return findings_add(&r->findings, F_DATA_MISMATCH, log, e->record, e->offset,
			    "the event's data does not give its %s digest (%s)", h->alg->name,
			    rule->id);
}

/*
 * Whether data gives what some reading extended in this bank: its digest, or SHA-1's,
 * padded.  Checked only where it can matter.
 */
static int check_binding(struct replay *r, struct slot *slot, struct hasher *h, uint64_t log,
			 const struct tsmmr_event *e)
{
	const struct digest *own = event_digest(e, h->alg->id);
	uint8_t buf[TSMMR_HASH_SIZE_MAX];
	const uint8_t *pad = padded(e, h, buf);
	int bank = NO_BANK, rc = 0;

	if (own && !(pad && hash_equal(own->value.p, pad, h->alg->size)))
		rc = check_digest(r, slot, h, log, e);
	if (rc < 0 || (own && !pad))
		return rc;
	/* Computed from the data, it would always agree with it: the log's own must. */
	if (pad)
		bank = bank_of(r, TSMMR_HASH_SHA1);
	for (size_t i = 0; !pad && bank < 0 && i < e->n_digests; i++)
		bank = bank_of(r, e->digests[i].alg);
	if (bank < 0)
		return bank == NO_BANK ? 0 : bank;
	return check_digest(r, slot, &r->banks[bank], log, e);
}

/* At once, or when others are extended too; of what nobody asks for, never. */
static int fold_in(struct replay *r, size_t bank, struct slot *slot, struct span input,
		   const uint8_t *padded, struct place at)
{
	struct hasher *h = &r->banks[bank];
	int rc;

	if (slot->idle)
		return 0;
	if (!padded && input.n == h->alg->size && waiting_may(r, bank, slot))
		return waiting_add(r, bank, slot, input, at);
	rc = waiting_none(r, bank, slot);
	return rc < 0 ? rc : candidates_extend(slot, h, input, padded, at);
}

/* What every record does to a slot: it takes input, and what is beside it is looked at. */
static int take(struct replay *r, const struct replayed *reg, size_t bank, uint64_t log,
		const struct tsmmr_event *e, struct span input, const uint8_t *padded)
{
	struct slot *slot = reg->slots[bank];
	int rc = fold_in(r, bank, slot, input, padded, (struct place){ log, e->record });

	if (rc < 0)
		return rc;
	slot->events++;
	slot->by_firmware |= e->content == TSMMR_CONTENT_PCCLIENT_STD;
	slot->logs |= UINT64_C(1) << (log & 63);
	slot->last_log = log;
	/* What a virtual register must be is known only once its carrier was replayed. */
	if (!slot->expected && !reg->platform->users)
		return 0;
	return event_strength(e) > BIND_TRY ? check_binding(r, slot, &r->banks[bank], log, e) : 0;
}

static int extend(struct replay *r, struct replayed *reg, size_t bank, uint64_t log,
		  const struct tsmmr_event *e, struct span input)
{
	struct hasher *h = &r->banks[bank];
	uint8_t buf[TSMMR_HASH_SIZE_MAX];
	bool new = !reg->slots[bank];
	struct slot *slot = slot_of(r, reg, bank);
	bool first;
	int rc = 0;

	if (!slot)
		return TSMMR_E_NOMEM;
	if (new && reg->events > 1)
		rc = note_missing(r, slot, h->alg, log, e);
	first = !slot->events || slot->last_log != log;
	if (first) {
		reg->settled = 0;
		slot->in_head = true;
		slot->n_head = 0;
	}
	if (rc == 0 && e->mark == MARK_SYNC && e->asserted.alg == h->alg->id)
		rc = assert_value(r, slot, h->alg->size, slot->in_head, log, e);
	slot->in_head &= e->mark == MARK_SYNC && e->asserted.alg != h->alg->id;
	slot->n_head += slot->in_head;
	if (rc == 0 && e->mark == MARK_AAEL)
		rc = note_agent(slot, h->alg->size, first, log);
	if (rc < 0)
		return rc;

	if (e->mark == MARK_OFF_LOG)
		candidates_off_log(slot, (struct place){ log, e->record });
	return take(r, reg, bank, log, e, input,
		    r->one_reading && !reg->platform->users ? NULL : padded(e, h, buf));
}

/* A comment says that something was extended without a record.  Perhaps it was. */
static int hint(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	struct replayed *reg = register_of(r, e);
	int bank = bank_of(r, e->asserted.alg);
	struct slot *slot;

	if (!reg)
		return TSMMR_E_NOMEM;
	if (bank < 0)
		return skip_bank(r, NULL, log, e, bank);
	slot = slot_of(r, reg, (size_t)bank);
	if (!slot)
		return TSMMR_E_NOMEM;
	return candidates_hint(slot, &r->banks[bank], e->asserted.value.p,
			       (struct place){ log, e->record });
}

/* Semantics, rule 14: before PCR 0 is extended, once, and only what a TPM can have. */
static int startup_locality(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	struct replayed *pcr0;
	const char *why = NULL;

	if (e->space != TSMMR_SPACE_PCR || e->index != 0)
		why = "it is not in PCR 0";
	else if (e->mark_value != 0 && e->mark_value != 3 && e->mark_value != 4)
		why = "there is no such locality";
	if (!why) {
		pcr0 = register_of(r, e);
		if (!pcr0)
			return TSMMR_E_NOMEM;
		if (pcr0->events)
			why = "PCR 0 has been extended before";
		else if (pcr0->locality_seen)
			why = "there was one before";
		pcr0->locality_seen = true;
		if (!why && !pcr0->hcrtm)
			pcr0->locality = e->mark_value;
	}
	if (!why)
		return 0;
	return findings_add(&r->findings, F_TCG_LOCALITY_IGNORED, log, e->record, e->offset,
			    "startup locality %u ignored: %s", e->mark_value, why);
}

static int hcrtm(struct replay *r, struct replayed *reg, uint64_t log, const struct tsmmr_event *e)
{
	if (e->space != TSMMR_SPACE_PCR || e->index != 0)
		return 0;
	if (reg->events)
		return findings_add(&r->findings, F_TCG_HCRTM_IGNORED, log, e->record, e->offset,
				    "H-CRTM ignored: PCR 0 has been extended before");
	reg->hcrtm = true;
	reg->locality = 4;
	return 0;
}

/* Is anybody interested in the value of a register without a digest in that bank? */
static bool wants_bank(const struct replay *r, const struct replayed *reg,
		       const struct hash_alg *alg)
{
	if (reg->desc && reg->desc->alg)
		return reg->desc->alg == alg->id;
	/* Those that a TPM of today can have, but for one that few have. */
	if (!r->regs)
		return alg->id == TSMMR_HASH_SHA1 || alg->id == TSMMR_HASH_SHA256 ||
		       alg->id == TSMMR_HASH_SHA384 || alg->id == TSMMR_HASH_SHA512;
	return reg->desc && regs_find(r->regs, reg->platform, reg->desc, alg->id);
}

/* An event whose data says what was extended in banks that the log says nothing of. */
static int derive(struct replay *r, struct replayed *reg, uint64_t log, const struct tsmmr_event *e,
		  uint32_t *seen)
{
	const struct hash_alg *alg;

	for (size_t i = 0; (alg = hash_by_index(i)); i++) {
		uint8_t digest[TSMMR_HASH_SIZE_MAX];
		int bank, rc;

		if (event_digest(e, alg->id) || !wants_bank(r, reg, alg))
			continue;
		bank = bank_of(r, alg->id);
		if (bank < 0) {
			rc = skip_bank(r, reg, log, e, bank);
			if (rc < 0)
				return rc;
			continue;
		}
		rc = e->class->derive(e, &r->banks[bank], digest);
		if (rc == TSMMR_E_MALFORMED)
			continue;
		if (rc == 0)
			rc = extend(r, reg, (size_t)bank, log, e, span_of(digest, alg->size));
		if (rc < 0)
			return rc;
		*seen |= UINT32_C(1) << bank;
	}
	return 0;
}

/* Kept to be compared when all logs have been read.  (aggregate.c) */
static void note_aggregate(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	struct aggregate *a;

	if (r->n_aggregates == AGGREGATES_MAX)
		return;
	a = &r->aggregates[r->n_aggregates++];
	*a = (struct aggregate){
		e->platform, { log, e->record }, e->offset, e->asserted.alg, { 0 }
	};
	memcpy(a->value, e->asserted.value.p, e->asserted.value.n);
}

/*
 * What a step does to a launch register is the architecture's own formula, and no extension:
 * the decoder says what the register is then.  A launch happens once, in one log, so what another
 * log says of the same register contradicts it.
 */
static int launch(struct replay *r, struct replayed *reg, uint64_t log, const struct tsmmr_event *e)
{
	int bank = bank_of(r, e->asserted.alg);
	struct slot *slot;
	int rc;

	if (bank < 0)
		return skip_bank(r, reg, log, e, bank);
	slot = slot_of(r, reg, (size_t)bank);
	if (!slot)
		return TSMMR_E_NOMEM;
	if (slot->events && (!slot->launched || slot->last_log != log) && !slot->not_alone) {
		slot->not_alone = true;
		rc = findings_add(&r->findings, F_LAUNCH_TWICE, log, e->record, e->offset,
				  "another log is about this launch register too");
		if (rc < 0)
			return rc;
	}
	if (!e->asserted.value.n && !slot->no_value) {
		slot->no_value = true;
		slot->no_value_at = (struct tsmmr_gap){ .kind = GAP_MISSING_IMAGE,
							.log = log,
							.record = e->record };
	}
	slot->launched = true;
	reg->settled = 0;
	slot->events++;
	slot->logs |= UINT64_C(1) << (log & 63);
	slot->last_log = log;
	if (e->asserted.value.n == r->banks[bank].alg->size)
		candidates_set(slot, e->asserted.value.p, e->asserted.value.n,
			       (struct place){ log, e->record });
	return 0;
}

/* In how many banks all of a register's records in this log have had digests; or 0. */
static size_t settle(const struct replay *r, struct replayed *reg, uint64_t log)
{
	size_t n = 0;

	while (n < r->n_banks && reg->slots[n])
		n++;
	for (size_t b = 0; b < r->n_banks; b++) {
		const struct slot *slot = reg->slots[b];

		if (b < n ? !slot->events || slot->last_log != log || slot->in_head : !!slot)
			return 0;
	}
	reg->settled_log = log;
	return reg->settled = n;
}

/*
 * Is it a record as most are: one digest for each bank of a register that has had others of the
 * log before?  Then nothing about it is new.
 */
static struct replayed *plain_register(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	struct replayed *reg = last_register(r, e);
	size_t n;

	if (!reg || !e->measured || e->mark != MARK_NONE || (e->class && e->class->derive))
		return NULL;
	n = reg->settled && reg->settled_log == log ? reg->settled : settle(r, reg, log);
	if (!n || e->n_digests != n)
		return NULL;
	for (size_t b = 0; b < n; b++) {
		const struct hash_alg *alg = r->banks[b].alg;
		const struct digest *d = &e->digests[b];

		if (d->alg != alg->id || d->value.n != alg->size)
			return NULL;
	}
	return reg;
}

static int fold_plain(struct replay *r, struct replayed *reg, uint64_t log,
		      const struct tsmmr_event *e)
{
	int rc = 0;

	reg->events++;
	r->text_differs = false;
	for (size_t b = 0; rc == 0 && b < e->n_digests; b++)
		rc = take(r, reg, b, log, e, e->digests[b].value, NULL);
	return rc;
}

/* Of what looks at values, or at what their readings have: nothing must wait then. */
static bool looks_at_values(const struct tsmmr_event *e)
{
	return e->mark != MARK_NONE && e->mark != MARK_SEPARATOR && e->mark != MARK_LABEL &&
	       e->mark != MARK_LINE && e->mark != MARK_HEADER;
}

static int fold(struct replay *r, uint64_t log, const struct tsmmr_event *e)
{
	struct replayed *reg = plain_register(r, log, e);
	uint32_t seen = 0;
	int rc;

	if (reg)
		return fold_plain(r, reg, log, e);

	rc = looks_at_values(e) ? replay_settle(r) : 0;
	if (rc < 0)
		return rc;
	if (e->mark == MARK_TORN && e->space != TSMMR_SPACE_NV)
		return torn(r, log, e);
	if (event_number(e) == NOT_A_REGISTER)
		return 0;
	if (e->mark == MARK_LOCALITY)
		return startup_locality(r, log, e);
	if (e->mark == MARK_HINT)
		return hint(r, log, e);
	if (!e->measured)
		return 0;
	if (e->mark == MARK_AGGREGATE)
		note_aggregate(r, log, e);

	reg = register_of(r, e);
	if (!reg)
		return TSMMR_E_NOMEM;
	if (e->mark == MARK_HCRTM) {
		rc = hcrtm(r, reg, log, e);
		if (rc < 0)
			return rc;
	}

	reg->events++;
	r->text_differs = false;
	if (e->mark == MARK_LAUNCH)
		return launch(r, reg, log, e);
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct digest *d = &e->digests[i];
		int bank;

		/* A list of another bank than the register has: what was extended is derived. */
		if (e->class && e->class->derive && reg->desc && reg->desc->alg &&
		    reg->desc->alg != d->alg)
			continue;
		bank = bank_of(r, d->alg);
		if (bank < 0) {
			rc = skip_bank(r, reg, log, e, bank);
			if (rc < 0)
				return rc;
			continue;
		}
		/* Folding two extensions into one record would hide an event. */
		if (seen >> bank & 1 ||
		    !platform_takes(e->platform, d->value.n, r->banks[bank].alg->size))
			return TSMMR_E_INTERNAL;
		seen |= UINT32_C(1) << bank;
		rc = extend(r, reg, (size_t)bank, log, e, d->value);
		if (rc < 0)
			return rc;
	}
	if (e->class && e->class->derive && e->n_digests) {
		rc = derive(r, reg, log, e, &seen);
		if (rc < 0)
			return rc;
	}

	if (e->mark == MARK_VIRTUAL) {
		int bank = bank_of(r, e->asserted.alg);

		rc = bank < 0 ? skip_bank(r, NULL, log, e, bank) :
				virtual_extend(r, log, e, &r->banks[bank], e->digests[0].alg);
		if (rc < 0)
			return rc;
	}

	for (size_t b = 0; b < r->n_banks; b++)
		if (reg->slots[b] && !(seen >> b & 1)) {
			rc = note_missing(r, reg->slots[b], r->banks[b].alg, log, e);
			if (rc < 0)
				return rc;
		}
	return 0;
}

int replay_event(struct replay *r, uint64_t log, const struct tsmmr_event *e,
		 struct tsmmr_error *err)
{
	/* Of a merged log, which of those it was made of. */
	int rc = fold(r, log + e->log, e);

	if (rc == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (rc < 0)
		return fail_at(err, rc, e->record, e->offset, "record cannot be replayed");
	return 0;
}
