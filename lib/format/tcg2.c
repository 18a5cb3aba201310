/* SPDX-License-Identifier: BSD-2-Clause */
/* TCG crypto-agile logs: of a TPM (PFP 1.06 §10) and, numbered otherwise, of a CCEL. */
#include "format/tcg2.h"

#include <assert.h>

#include "crypto/hash.h"
#include "core/index.h"
#include "format/uefi.h"
#include "util/cleanup.h"
#include "util/error.h"

#define RECORD_HEAD 12 /* TCG_PCR_EVENT2 up to its digests */

const struct event_class tcg_class = {
	.type_name = tcg_type_name,
	.rules = tcg_rules,
	.n_rules = &tcg_n_rules,
	.describe = tcg_describe,
	.n_lost = TCG_N_LOST,
	.lost = tcg_lost,
};

struct tcg2_state {
	bool started;
	bool undeclared; /* a digest was stepped over, which was reported */
	bool labels;     /* the header is coreboot's */
	bool plain;      /* the last event was next_plain()'s: the next may begin with it */
	size_t head;     /* of a record with a digest of each of algs, up to its data; or 0 */
	uint32_t n_algs;
	struct spec_alg algs[SPEC_ALGS_MAX];
};

static bool all_bytes(const uint8_t *p, size_t n, uint8_t byte)
{
	return n == 0 || (p[0] == byte && memcmp(p, p + 1, n - 1) == 0);
}

/*
 * Firmware fills the rest of the table with 0xFF or 0x00.  Anything else there could be
 * events that are meant to be overlooked.
 */
static int skip_padding(struct tsmmr_stream *s, struct tsmmr_error *err, uint8_t byte)
{
	struct source *src = &s->source;
	bool reported = false;
	int r;

	for (;;) {
		if (!src->n) {
			r = stream_more(s, err, 1);
			if (r <= 0)
				return r < 0 ? r : 1;
		}
		if (!reported && !all_bytes(src->p, src->n, byte)) {
			size_t i = 0;

			while (src->p[i] == byte)
				i++;
			reported = true;
			r = stream_finding(
				s, F_TCG2_DATA_AFTER_END, src->offset + i,
				"the log has ended, yet bytes other than padding follow");
			if (r < 0)
				return r;
		}
		source_skip(src, src->n);
	}
}

int tcg_at_end(struct tsmmr_stream *s, struct tsmmr_error *err, size_t head)
{
	struct source *src = &s->source;
	size_t mark;
	int r;

	/* Of most records one byte says that they are no padding. */
	if (source_sees(src, head) && src->p[0] != 0xff && (src->p[0] || src->p[8]))
		return 0;
	if (src->n < head || src->max_bytes) {
		r = stream_more(s, err, head);
		if (r < 0)
			return r;
	}
	if (!src->n)
		return 1;

	/*
	 * No index and type are all ones, so 8 bytes decide; all zero could be PCR 0 and
	 * EV_PREBOOT_CERT, but not with no digest and no data as well.
	 */
	mark = src->p[0] == 0xff ? 8 : head;
	if (mark > src->n)
		mark = src->n;
	if ((src->p[0] == 0xff || src->p[0] == 0) && all_bytes(src->p, mark, src->p[0])) {
		/* A disk's empty sectors are no machine that measured nothing. */
		if (!s->n_events)
			return stream_fail(s, err, TSMMR_E_FORMAT, src->offset,
					   "no record at the start, but padding of 0x%02x",
					   src->p[0]);
		return skip_padding(s, err, src->p[0]);
	}
	if (src->n < head)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, src->offset,
				   "log ends inside a record: %zu bytes left", src->n);
	return 0;
}

/* 0x00…00 in place of a digest: what a record that extends nothing should have. */
static bool digests_zero(const struct tsmmr_event *e)
{
	for (size_t i = 0; i < e->n_digests; i++)
		if (!all_bytes(e->digests[i].value.p, e->digests[i].value.n, 0))
			return false;
	return true;
}

static void mark(struct tsmmr_event *e)
{
	struct tcg_tagged tag;

	if (e->type == EV_NO_ACTION) {
		/* coreboot pads the event, so 17 bytes are the least.  (PFP §10.4.5.3) */
		if (e->data.n >= 17 && span_starts(e->data, "StartupLocality", 16)) {
			e->mark = MARK_LOCALITY;
			e->mark_value = e->data.p[16];
		}
	} else if (e->type == EV_SEPARATOR) {
		e->mark = MARK_SEPARATOR;
		e->mark_value = span_eq(e->data, "\1\0\0\0", 4);
	} else if (e->type == EV_EFI_HCRTM_EVENT) {
		e->mark = MARK_HCRTM;
	} else if (e->type == EV_EVENT_TAG && e->data.n >= 4 && get_le32(e->data.p) == TAG_AAEL) {
		e->mark = MARK_AAEL;
		if (tcg_tagged(e->data, &tag) && !tag.rest.n)
			e->mark_value = (uint8_t)(tag.data.p - e->data.p);
	}
}

bool tcg_extends_nothing(uint32_t type, uint32_t index)
{
	return type == EV_NO_ACTION ||
	       (index == TXT_NO_PCR && (type == EVTYPE_PCRMAPPING || type == EVTYPE_HASH_START));
}

void tcg_meaning(struct tsmmr_event *e)
{
	e->class = &tcg_class;
	e->content = TSMMR_CONTENT_PCCLIENT_STD;
	e->measured = e->space == TSMMR_SPACE_NV ? e->type != EV_NO_ACTION :
						   !tcg_extends_nothing(e->type, e->index);
	if (!e->mark)
		mark(e);
}

/*
 * coreboot measures a file and logs its name, as EV_ACTION, which no digest covers; only
 * firmware's registers have such records.  (coreboot, security/tpm/tspi)
 */
void tcg_mark_label(struct tsmmr_event *e)
{
	static const char *const labels[] = { "FMAP: ", "CBFS: ", "VBOOT: " };

	if (e->type != EV_ACTION || e->mark || e->space != TSMMR_SPACE_PCR || e->index > 7)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (span_starts(e->data, labels[i], strlen(labels[i])))
			e->mark = MARK_LABEL;
}

int tcg_finish(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e)
{
	e->space = (uint8_t)s->platform->space;
	tcg_meaning(e);
	return tcg_check(s, err, e);
}

int tcg_check(struct tsmmr_stream *s, struct tsmmr_error *err, const struct tsmmr_event *e)
{
	const struct platform *p = s->platform;
	uint32_t number = index_convert(e->index, e->space, p->space);
	int r = 0;

	if (e->measured && number >= p->n_index)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "register number %u is out of range: %s has %u registers",
				   e->index, p->name, p->n_index);
	if (number >= p->n_index)
		r = stream_finding(s, F_TCG_INDEX_NOT_A_REGISTER, e->offset,
				   "an unmeasured record has register number 0x%x", e->index);
	if (r == 0 && e->type == EV_NO_ACTION && e->mark != MARK_HEADER && !digests_zero(e))
		r = stream_finding(s, F_TCG_NO_ACTION_DIGEST, e->offset,
				   "EV_NO_ACTION with a digest: nothing was extended");
	if (r == 0 && e->measured && p->space == TSMMR_SPACE_CC_MR && number == 0)
		r = stream_finding(s, F_CCEL_EXTENDS_LAUNCH, e->offset,
				   "MR index 0 is the launch register: no guest can extend it");
	return r;
}

/* Bytes of the record that has been made visible, as spans and numbers. */
static uint32_t le32_at(const struct source *src, size_t at)
{
	assert(src->n >= 4 && at <= src->n - 4);
	return get_le32(src->p + at);
}

int tcg_read_old(struct tsmmr_stream *s, struct tsmmr_error *err, const char *what,
		 struct tsmmr_event *e)
{
	struct source *src = &s->source;
	uint32_t size;
	int r;

	r = stream_need(s, err, TCG_OLD_HEAD, TCG_OLD_HEAD, what);
	if (r < 0)
		return r;
	size = le32_at(src, 28);
	r = stream_need(s, err, TCG_OLD_HEAD + (uint64_t)size, TCG_OLD_HEAD + s->limits.event_bytes,
			what);
	if (r < 0)
		return r;

	s->digests[0] = (struct digest){ TSMMR_HASH_SHA1, span_of(src->p + 8, 20) };
	*e = (struct tsmmr_event){
		.offset = src->offset,
		.index = le32_at(src, 0),
		.type = le32_at(src, 4),
		.n_digests = 1,
		.digests = s->digests,
		.data = span_of(src->p + TCG_OLD_HEAD, size),
	};
	return 0;
}

int tcg_read_header(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e,
		    struct spec_id *ret)
{
	const char *why;
	int r = tcg_read_old(s, err, "the header record", e);

	if (r < 0)
		return r;
	e->mark = MARK_HEADER;
	r = e->type == EV_NO_ACTION ? spec_id_parse(e->data, ret, &why) : TSMMR_E_FORMAT;
	if (r == TSMMR_E_FORMAT)
		return stream_fail(s, err, r, e->offset, "no Spec ID event at the start");
	if (r < 0)
		return stream_fail(s, err, r, e->offset + TCG_OLD_HEAD, "%s", why);
	return 0;
}

static int read_header(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tcg2_state *st = s->state;
	struct spec_id id;
	int r = tcg_read_header(s, err, e, &id);

	if (r < 0)
		return r;
	st->n_algs = id.n_algs;
	memcpy(st->algs, id.algs, sizeof(st->algs));
	st->started = true;
	st->labels = spec_id_is_coreboots(e);
	st->head = RECORD_HEAD + 4;
	for (uint32_t i = 0; i < id.n_algs; i++)
		st->head += 2 + (size_t)id.algs[i].size;

	if (id.zero_signature)
		r = stream_finding(s, F_TCG2_SPECID_ZERO_SIGNATURE, e->offset,
				   "Spec ID event without a signature");
	if (r == 0 && id.rest.n)
		r = stream_finding(s, F_TCG2_SPECID_TRAILING, e->offset,
				   "%zu bytes after the Spec ID event", id.rest.n);
	if (r == 0 && !digests_zero(e))
		r = stream_finding(s, F_TCG2_HEADER_DIGEST, e->offset,
				   "the header record has a digest");
	for (uint32_t i = 0; r == 0 && i < id.n_algs; i++)
		if (!hash_by_id(id.algs[i].id))
			r = stream_finding(s, F_DIGEST_UNKNOWN_ALG, e->offset,
					   "digests of algorithm 0x%04x cannot be replayed",
					   id.algs[i].id);
	return r;
}

/*
 * The Spec ID event declared each algorithm's size, so a digest we cannot compute can be
 * stepped over.  (PFP §10.4.5.1)  Some firmware writes digests of a bank that it does not
 * declare: what was extended there nobody says, so it is stepped over and no bank.
 */
static int find_alg(struct tsmmr_stream *s, struct tsmmr_error *err, size_t at, uint16_t id,
		    struct spec_alg *ret)
{
	struct tcg2_state *st = s->state;
	const struct spec_alg *alg = spec_alg_find(st->algs, st->n_algs, id);
	const struct hash_alg *known = alg ? NULL : hash_by_id(id);

	if (!alg && !known)
		return stream_fail(s, err, TSMMR_E_MALFORMED, s->source.offset + at,
				   "digest algorithm 0x%04x is not in the Spec ID event", id);
	*ret = alg ? *alg : (struct spec_alg){ id, known->size };
	if (alg || st->undeclared)
		return 0;
	st->undeclared = true;
	return stream_finding(s, F_TCG2_DIGEST_UNDECLARED, s->source.offset + at,
			      "digests of %s, which is not in the Spec ID event, are not replayed",
			      known->name);
}

/* TPMT_HA at *at, which moves past it. */
static int read_digest(struct tsmmr_stream *s, struct tsmmr_error *err, size_t *at,
		       struct spec_alg *ret)
{
	int r = stream_need(s, err, *at + 2, SIZE_MAX, "a digest's algorithm");

	if (r == 0)
		r = find_alg(s, err, *at, get_le16(s->source.p + *at), ret);
	if (r == 0)
		r = stream_need(s, err, *at + 2 + ret->size, SIZE_MAX, "a digest");
	if (r < 0)
		return r;
	*at += 2 + (size_t)ret->size;
	return 0;
}

/* All digests of a record; spans are set by the caller once nothing moves any more. */
static int read_digests(struct tsmmr_stream *s, struct tsmmr_error *err, uint32_t count,
			struct spec_alg *ret, size_t *at)
{
	uint64_t start = s->source.offset;

	for (uint32_t i = 0; i < count; i++) {
		size_t begin = *at;
		int r = read_digest(s, err, at, &ret[i]);

		if (r < 0)
			return r;
		/* Two of one algorithm would fold two extensions into one record. */
		if (spec_alg_find(ret, i, ret[i].id))
			return stream_fail(s, err, TSMMR_E_MALFORMED, start + begin,
					   "two digests of algorithm 0x%04x in one record",
					   ret[i].id);
	}
	return 0;
}

/* Those that the Spec ID event declares, from the bytes at p. */
static void set_digests(struct tsmmr_stream *s, const struct spec_alg *algs, uint32_t count,
			const uint8_t *p, struct tsmmr_event *e)
{
	const struct tcg2_state *st = s->state;

	e->digests = s->digests;
	for (uint32_t i = 0; i < count; i++) {
		if (spec_alg_find(st->algs, st->n_algs, algs[i].id))
			s->digests[e->n_digests++] =
				(struct digest){ algs[i].id, span_of(p + 2, algs[i].size) };
		p += 2 + (size_t)algs[i].size;
	}
}

static int read_record(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct spec_alg algs[SPEC_ALGS_MAX];
	struct source *src = &s->source;
	size_t at = RECORD_HEAD;
	uint32_t index = le32_at(src, 0);
	uint32_t type = le32_at(src, 4);
	uint32_t count = le32_at(src, 8);
	bool measured = !tcg_extends_nothing(type, index);
	uint32_t size;
	int r;

	if (count > SPEC_ALGS_MAX || (!count && measured))
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + 8,
				   "record with %u digests", count);
	r = read_digests(s, err, count, algs, &at);
	if (r < 0)
		return r;

	r = stream_need(s, err, at + 4, SIZE_MAX, "a record");
	if (r < 0)
		return r;
	size = le32_at(src, at);
	r = stream_need(s, err, at + 4 + (uint64_t)size, at + 4 + s->limits.event_bytes,
			"a record");
	if (r < 0)
		return r;

	/* Nothing moves any more: the spans hold until the next call. */
	*e = (struct tsmmr_event){
		.offset = src->offset,
		.index = index,
		.type = type,
		.data = span_of(src->p + at + 4, size),
	};
	set_digests(s, algs, count, src->p + RECORD_HEAD, e);
	if (!e->n_digests && measured)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + 8,
				   "no digest of the record is of an algorithm in the Spec ID "
				   "event");
	source_skip(src, at + 4 + size);
	return 0;
}

/* Is it an extension, of a register that there is, which means nothing else?  Most are. */
static bool is_plain(const struct platform *p, uint32_t type, uint32_t index)
{
	return index < p->n_index && (index || p->space != TSMMR_SPACE_CC_MR) &&
	       !tcg_extends_nothing(type, index) && type != EV_SEPARATOR && type != EV_EVENT_TAG &&
	       type != EV_EFI_HCRTM_EVENT;
}

/* What is the same in every plain event of a log. */
static _rare_ void begin_plain(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct tcg2_state *st = s->state;

	event_clear(e);
	e->class = &tcg_class;
	e->content = TSMMR_CONTENT_PCCLIENT_STD;
	e->space = (uint8_t)s->platform->space;
	e->measured = true;
	e->n_digests = (uint8_t)st->n_algs;
	e->digests = s->digests;
	for (uint32_t i = 0; i < st->n_algs; i++) {
		s->digests[i].alg = st->algs[i].id;
		s->digests[i].value.n = st->algs[i].size;
	}
	st->plain = true;
}

/*
 * The record as most are: all of it is visible, it has the digests that the Spec ID event
 * declares, in its order, and it is plain.  False, and no event, for any other, padding among
 * them: next_other() says what of it.
 */
static bool next_plain(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct tcg2_state *st = s->state;
	struct source *src = &s->source;
	const uint8_t *p = src->p, *digest;
	uint32_t size;

	if (!st->head || st->labels || !source_sees(src, st->head) ||
	    get_le32(p + 8) != st->n_algs || !is_plain(s->platform, get_le32(p + 4), get_le32(p)))
		return false;
	size = get_le32(p + st->head - 4);
	if (size > src->n - st->head || size > s->limits.event_bytes)
		return false;
	digest = p + RECORD_HEAD;
	for (uint32_t i = 0; i < st->n_algs; i++) {
		if (get_le16(digest) != st->algs[i].id)
			return false;
		s->digests[i].value.p = digest + 2;
		digest += 2 + (size_t)st->algs[i].size;
	}

	if (!st->plain)
		begin_plain(s, e);
	e->offset = src->offset;
	e->index = get_le32(p);
	e->type = get_le32(p + 4);
	e->data = span_of(p + st->head, size);
	source_skip(src, st->head + size);
	return true;
}

static _rare_ int next_other(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tcg2_state *st = s->state;
	int r;

	st->plain = false;
	if (!st->started) {
		r = read_header(s, e, err);
		if (r == 0)
			source_skip(&s->source, TCG_OLD_HEAD + e->data.n);
	} else {
		r = tcg_at_end(s, err, RECORD_HEAD);
		if (r != 0)
			return r < 0 ? r : 0;
		r = read_record(s, e, err);
	}
	if (r == 0)
		r = tcg_finish(s, err, e);
	if (r == 0 && st->labels)
		tcg_mark_label(e);
	return r < 0 ? r : 1;
}

static int tcg2_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	return next_plain(s, e) ? 1 : next_other(s, e, err);
}

/* What the records of a log's first bytes say about their numbering. */
struct numbering {
	bool pcr;      /* some measured number only a PCR has */
	bool app_only; /* no measured number but 4 */
};

static bool walk_record(struct cursor *c, const struct spec_id *id, uint32_t *ret_index,
			uint32_t *ret_type)
{
	uint32_t count, size;

	if (!cur_le32(c, ret_index) || !cur_le32(c, ret_type) || !cur_le32(c, &count) ||
	    count > SPEC_ALGS_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct hash_alg *known;
		const struct spec_alg *alg;
		uint16_t alg_id;

		if (!cur_le16(c, &alg_id))
			return false;
		alg = spec_alg_find(id->algs, id->n_algs, alg_id);
		known = hash_by_id(alg_id);
		if ((!alg && !known) || !cur_skip(c, alg ? alg->size : known->size))
			return false;
	}
	return cur_le32(c, &size) && cur_skip(c, size);
}

static struct numbering look_at_records(struct cursor c, const struct spec_id *id)
{
	struct numbering n = { .app_only = true };
	uint32_t index, type;

	while (walk_record(&c, id, &index, &type)) {
		/* Zero padding looks like this. */
		if (index == 0 && type == EV_PREBOOT_CERT)
			break;
		if (tcg_extends_nothing(type, index) || index == UINT32_MAX)
			continue;
		/* No guest extends MR 0, and there are four more.  (UEFI 2.10 §38.4.1) */
		n.pcr |= index == 0 || index > 4;
		n.app_only &= index == 4;
	}
	return n;
}

/*
 * Is it a Spec ID log, and numbered by CC MR?  The layout is the same; what differs is
 * that TDVF writes its header under index 1, that the bank is the register's own, and
 * that a TPM log begins with PCR 0.
 */
static int bid(const uint8_t *p, size_t n, bool *ret_cc)
{
	struct cursor c = cur_over(p, n);
	struct numbering numbers;
	uint32_t index, type, size;
	struct spec_id id;
	struct span data;
	const char *why;

	if (!cur_le32(&c, &index) || !cur_le32(&c, &type) || type != EV_NO_ACTION ||
	    !cur_skip(&c, 20) || !cur_le32(&c, &size))
		return 0;
	if (!cur_take(&c, size, &data))
		data = cur_rest(&c);
	switch (spec_id_parse(data, &id, &why)) {
	case 0:
		break;
	case TSMMR_E_MALFORMED:
	case TSMMR_E_UNSUPPORTED:
		/* Broken, but ours, if it says so: the decoder reports why. */
		*ret_cc = index == 1;
		return span_starts(data, "Spec ID Event03", 16) ? 90 : 0;
	default:
		return 0;
	}

	numbers = look_at_records(c, &id);
	*ret_cc = index == 1 ||
		  (!numbers.pcr && id.n_algs == 1 &&
		   (id.algs[0].id == TSMMR_HASH_SHA384 || id.algs[0].id == TSMMR_HASH_SM3_256)) ||
		  (!numbers.pcr && id.zero_signature && numbers.app_only);
	return id.zero_signature ? 60 : 90;
}

static int tcg2_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	bool cc = false;
	int score = bid(p, n, &cc);

	return cc ? 0 : score;
}

static int ccel_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	bool cc = false;
	int score = bid(p, n, &cc);

	return cc ? score : 0;
}

const struct format format_tcg2 = {
	.id = TSMMR_FORMAT_TCG2,
	.name = "tcg2",
	.default_platform = TSMMR_PLATFORM_TPM,
	.own_digests = true,
	.state_size = sizeof(struct tcg2_state),
	.probe = tcg2_probe,
	.next = tcg2_next,
};

/* UEFI 2.10 §38.4: the records of tcg2, MrIndex in place of the PCR number. */
const struct format format_ccel = {
	.id = TSMMR_FORMAT_CCEL,
	.name = "ccel",
	.default_platform = TSMMR_PLATFORM_TDX,
	.own_digests = true,
	.state_size = sizeof(struct tcg2_state),
	.probe = ccel_probe,
	.next = tcg2_next,
};

/*
 * The attestation agent's own file (CoCo guest-components, attestation-agent): records
 * of tcg2 with no header before them, each an EV_EVENT_TAG of the agent.  The algorithms
 * are those that this library knows.
 */
static int agent_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct tcg2_state *st = s->state;
	const struct hash_alg *alg;

	while ((alg = hash_by_index(st->n_algs))) {
		assert(st->n_algs < SPEC_ALGS_MAX);
		st->algs[st->n_algs++] = (struct spec_alg){ alg->id, alg->size };
	}
	st->started = true;
	return 0;
}

static int agent_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct cursor c = cur_over(p, n);
	uint32_t index, type, count, size, tag;
	const struct hash_alg *alg;
	uint16_t id;

	if (!cur_le32(&c, &index) || index > 23 || !cur_le32(&c, &type) || type != EV_EVENT_TAG ||
	    !cur_le32(&c, &count) || !count || count > SPEC_ALGS_MAX)
		return 0;
	while (count--) {
		alg = cur_le16(&c, &id) ? hash_by_id(id) : NULL;
		if (!alg || !cur_skip(&c, alg->size))
			return 0;
	}
	return cur_le32(&c, &size) && cur_le32(&c, &tag) && tag == TAG_AAEL ? 85 : 0;
}

const struct format format_aael_records = {
	.id = TSMMR_FORMAT_AAEL,
	.name = "aael",
	.default_platform = TSMMR_PLATFORM_TDX,
	.any_platform = true,
	.state_size = sizeof(struct tcg2_state),
	.probe = agent_probe,
	.open = agent_open,
	.next = tcg2_next,
};
