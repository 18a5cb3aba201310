/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical event logs, read: from a record of any encoding to an event. */
#include "crypto/hash.h"
#include "core/index.h"
#include "core/names.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "format/text.h"
#include "util/error.h"

const char cel_text_line[CEL_SIGNATURE_SIZE] = "TSMMR text line";
const char cel_torn_text[CEL_SIGNATURE_SIZE] = "TSMMR torn text";

#define PCR_MAX 0x00ffffffu  /* CEL 1.1: TPMI_DH_PCR as an integer */
#define NV_FIRST 0x20000000u /* … and an NV index without its handle's type */
#define NV_LAST 0x20ffffffu

int cel_add_digest(struct cel_record *rec, uint64_t alg, struct span value, const char **ret_why)
{
	const struct hash_alg *known = alg <= UINT16_MAX ? hash_by_id((int)alg) : NULL;

	*ret_why = "no hash algorithm has that number";
	if (!alg || alg > UINT16_MAX)
		return TSMMR_E_MALFORMED;
	/* Two would fold two extensions into one record. */
	*ret_why = "two digests of one algorithm in a record";
	for (size_t i = 0; i < rec->n_digests; i++)
		if (rec->digests[i].alg == alg)
			return TSMMR_E_MALFORMED;
	*ret_why = "more than 16 digests";
	if (rec->n_digests == EVENT_DIGESTS_MAX)
		return TSMMR_E_MALFORMED;
	*ret_why = "a digest of the wrong size";
	if (!value.n || value.n > TSMMR_HASH_SIZE_MAX || (known && known->size != value.n))
		return TSMMR_E_MALFORMED;

	rec->digests[rec->n_digests++] = (struct digest){ (uint16_t)alg, value };
	return 0;
}

int cel_tolerate(struct tsmmr_stream *s, enum finding_id id, uint64_t offset, const char *text)
{
	struct cel_reader *rd = s->state;

	if (rd->reported[id])
		return 0;
	rd->reported[id] = true;
	return stream_finding(s, id, offset, "%s", text);
}

/* Whose numbers they are; a log has one kind, NV indices apart. */
static int place(struct tsmmr_stream *s, struct tsmmr_error *err, const struct cel_record *rec,
		 struct tsmmr_event *e)
{
	static const char *const names[] = {
		[CEL_PCR] = "pcr",
		[CEL_CC_MR] = "MrIndex",
		[CEL_RTMR] = "rtmr",
	};
	struct cel_reader *rd = s->state;
	int space = s->platform->cel_space;
	int wanted = rec->kind == CEL_CC_MR ? TSMMR_SPACE_CC_MR :
		     rec->kind == CEL_RTMR  ? TSMMR_SPACE_RTMR :
					      space;

	e->index = rec->index;
	e->space = TSMMR_SPACE_NV;
	if (rec->kind == CEL_NV)
		return rec->index >= NV_FIRST && rec->index <= NV_LAST ?
			       0 :
			       cel_tolerate(s, F_CEL_INDEX_RANGE, e->offset,
					    "an NV index outside CEL's range");

	if (rd->any && rd->kind != rec->kind)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "records numbered by %s among others numbered by %s",
				   names[rec->kind], names[rd->kind]);
	rd->any = true;
	rd->kind = (uint8_t)rec->kind;
	e->space = (uint8_t)wanted;
	if (index_convert(0, wanted, s->platform->space) == NOT_A_REGISTER ||
	    (rec->kind == CEL_RTMR && space != TSMMR_SPACE_RTMR))
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "numbered by %s: not a log about %s registers", names[rec->kind],
				   s->platform->name);
	if (rec->kind == CEL_CC_MR)
		return cel_tolerate(s, F_CEL_CC_MR, e->offset, "numbered by MrIndex");
	if (rec->kind == CEL_RTMR)
		return cel_tolerate(s, F_CEL_RTMR_MEMBER, e->offset, "numbered by rtmr");
	return rec->index <= PCR_MAX ? 0 :
				       cel_tolerate(s, F_CEL_INDEX_RANGE, e->offset,
						    "a number that no PCR can have");
}

/* CEL 1.1 §4.2.2: per index, from 0, by one, measured or not. */
static int count(struct tsmmr_stream *s, const struct cel_record *rec, uint64_t offset)
{
	struct cel_reader *rd = s->state;
	uint64_t due;

	if (!rec->has_recnum)
		return cel_tolerate(s, F_CEL_RECNUM_MISSING, offset, "records without a number");
	if (rec->kind == CEL_NV || rec->index >= STREAM_INDEX_MAX)
		return 0;
	due = rd->next[rec->index];
	rd->next[rec->index] = rec->recnum + 1;
	return rec->recnum == due ? 0 :
				    cel_tolerate(s, F_CEL_RECNUM_ORDER, offset,
						 "record numbers do not follow each other");
}

static const struct hash_alg *bank_of(const struct tsmmr_event *e)
{
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct hash_alg *alg = hash_by_id(e->digests[i].alg);

		if (alg)
			return alg;
	}
	return NULL;
}

static struct span after_signature(struct span data)
{
	return span_of(data.p + CEL_SIGNATURE_SIZE, data.n - CEL_SIGNATURE_SIZE);
}

/*
 * Whose is an EV_ACTION?  Firmware has some, in PCR 0 to 7 (so in RTMR 0 and 1), among its
 * other records.  All others are lines of a text log, which strictly give their digest.
 */
static bool may_be_firmwares(const struct cel_reader *rd, const struct tsmmr_event *e, uint64_t bit)
{
	uint32_t number = event_number(e);

	if (!rd->firmware || rd->firmware_end || rd->lines & bit)
		return false;
	if (e->platform->space == TSMMR_SPACE_PCR)
		return number < 8;
	return e->platform->space == TSMMR_SPACE_CC_MR && number <= 2;
}

/* Lines of text logs, which leave as EV_ACTION or, not measured, with our signature. */
static int look_for_text(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct cel_reader *rd = s->state;
	const struct hash_alg *alg = bank_of(e);
	uint32_t number = event_number(e);
	uint64_t bit = number < STREAM_INDEX_MAX ? UINT64_C(1) << number : 0;
	enum text_line kind;
	int r = 0;

	if (!alg || e->mark)
		return 0;
	if (e->type == EV_ACTION) {
		r = text_mark(e, true, !(rd->texts & bit), rd->asserted, &kind);
		rd->texts |= bit;
		if (kind != LINE_RECORD)
			rd->lines |= bit;
		if (!e->mark && !may_be_firmwares(rd, e, bit))
			e->mark = MARK_LINE;
	} else if (e->type == EV_NO_ACTION &&
		   span_starts(e->data, cel_text_line, CEL_SIGNATURE_SIZE)) {
		r = text_mark_aside(e, after_signature(e->data), alg, true, rd->asserted, &kind);
	}
	if (r < 0)
		return stream_finding(s,
				      e->measured ? F_TEXT_SYNC_MALFORMED : F_TEXT_HINT_MALFORMED,
				      e->offset, "a line that asserts no %s value", alg->name);
	return 0;
}

static bool is_firmwares(const struct tsmmr_event *e)
{
	return e->type >= EV_EFI_EVENT_BASE || e->type == EV_SEPARATOR ||
	       e->type == EV_S_CRTM_VERSION || e->type == EV_S_CRTM_CONTENTS ||
	       e->type == EV_POST_CODE;
}

static int read_pcclient(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e)
{
	struct cel_reader *rd = s->state;
	uint32_t number = event_number(e);
	int r;

	tcg_meaning(e);
	rd->firmware |= is_firmwares(e);
	if (e->type == EV_NO_ACTION && span_starts(e->data, cel_index_map, CEL_SIGNATURE_SIZE)) {
		e->mark = MARK_INDEX_MAP;
		r = cel_map_read(s, err, e);
		if (r < 0)
			return r;
	}
	if (e->type == EV_NO_ACTION && span_starts(e->data, cel_torn_text, CEL_SIGNATURE_SIZE))
		e->mark = MARK_TORN;
	if (!rd->firmware && !rd->texts)
		rd->labels |= spec_id_is_coreboots(e);
	if (rd->labels && !(number < STREAM_INDEX_MAX && rd->lines >> number & 1))
		tcg_mark_label(e);
	if (e->type == EV_EVENT_TAG && e->data.n >= 8 && get_le32(e->data.p) == CEL_TAG_OFF_LOG)
		e->mark = MARK_OFF_LOG;
	/* As dstack's records of the firmware are carried, which lack what was measured. */
	if (e->type != EV_ACTION)
		tcg_without_data(e);
	r = e->space == TSMMR_SPACE_NV ? 0 : tcg_check(s, err, e);
	return r < 0 ? r : look_for_text(s, e);
}

/* Everything but what firmware writes is measured, if it is not said not to be. */
static int read_content(struct tsmmr_stream *s, struct tsmmr_error *err, struct tsmmr_event *e)
{
	int r = 0;

	if (e->content == TSMMR_CONTENT_PCCLIENT_STD)
		return read_pcclient(s, err, e);
	if (e->content == CEL_CONTENT_LIBCEL_SYSTEMD && e->raw == RAW_BYTES) {
		e->content = TSMMR_CONTENT_SYSTEMD;
		r = cel_tolerate(s, F_CEL_CONTENT_11, e->offset, "content type 11");
	}
	if (e->content == CEL_CONTENT_COS && e->data.n && e->raw == RAW_BYTES)
		e->type = e->data.p[0];
	if (e->content == TSMMR_CONTENT_CEL && e->type == CEL_FIRMWARE_END) {
		struct cel_reader *rd = s->state;

		rd->firmware_end = true;
	}
	e->class = cel_class(e->content);
	e->measured = e->content != TSMMR_CONTENT_CEL ||
		      (e->type != CEL_VERSION && e->type != CEL_FIRMWARE_END);
	if (e->content == TSMMR_CONTENT_IMA_TEMPLATE) {
		e->class = &ima_class;
		ima_finish(e);
	} else if (e->content == TSMMR_CONTENT_NONE) {
		r = cel_tolerate(s, F_CEL_CONTENT_MISSING, e->offset, "records without content");
	} else if (!content_name((int)e->content)) {
		r = cel_tolerate(s, F_CEL_CONTENT_UNKNOWN, e->offset,
				 "content of a type that CEL does not have");
	}
	if (r < 0 || e->space == TSMMR_SPACE_NV || event_number(e) < s->platform->n_index)
		return r;
	if (!e->measured)
		return cel_tolerate(s, F_TCG_INDEX_NOT_A_REGISTER, e->offset,
				    "an unmeasured record of a number that no register has");
	return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
			   "register number %u is out of range: %s has %u registers", e->index,
			   s->platform->name, s->platform->n_index);
}

int cel_read(struct tsmmr_stream *s, struct tsmmr_error *err, const struct cel_record *rec,
	     uint64_t offset, struct tsmmr_event *e)
{
	int r;

	memcpy(s->digests, rec->digests, rec->n_digests * sizeof(*s->digests));
	*e = (struct tsmmr_event){
		.offset = offset,
		.platform = s->platform,
		.content = rec->content,
		.type = rec->type,
		.raw = rec->raw,
		.n_digests = rec->n_digests,
		.digests = s->digests,
		.name = rec->name,
		.data = rec->data,
		.aside = rec->aside,
	};
	cel_unwrap(e);
	r = place(s, err, rec, e);
	if (r == 0)
		r = count(s, rec, offset);
	if (r == 0)
		r = read_content(s, err, e);
	for (size_t i = 0; r == 0 && i < e->n_digests; i++)
		if (!hash_by_id(e->digests[i].alg))
			r = cel_tolerate(s, F_DIGEST_UNKNOWN_ALG, offset,
					 "digests of an algorithm that cannot be replayed");
	if (r == 0 && e->measured && e->space == TSMMR_SPACE_NV)
		r = cel_tolerate(s, F_CEL_NV_NOT_REPLAYED, offset, "an NV index is extended");
	if (r == 0 && e->measured && s->platform->users && e->space != TSMMR_SPACE_NV &&
	    !event_reg(e))
		return stream_fail(s, err, TSMMR_E_MALFORMED, offset,
				   "no record says which register of %s number %u is",
				   s->platform->name, e->index);
	if (r < 0 || e->n_digests)
		return r;
	if (e->measured)
		return stream_fail(s, err, TSMMR_E_MALFORMED, offset,
				   "a measured record without a digest");
	return cel_tolerate(s, F_CEL_DIGESTS_EMPTY, offset, "unmeasured records without a digest");
}
