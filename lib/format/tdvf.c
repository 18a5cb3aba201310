/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launch of a TDX guest, from its firmware's metadata: what MRTD is made of.
 *
 * Intel TDX Virtual Firmware Design Guide, "TDVF metadata"; Intel TDX Module base
 * specification, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND.  MRTD is one SHA-384 over the records
 * of all these operations; so its value after a step is what it would be if the VMM
 * finalized there.
 */
#include "crypto/hash.h"
#include "format/launch.h"
#include "format/ovmf.h"
#include "util/error.h"

enum {
	GUID_SIZE = 16, /* stands before the descriptor */
	HEAD_SIZE = 16, /* "TDVF", length, version, number of sections */
	SECTION_SIZE = 32,
	SECTIONS_MAX = 64,
	ATTR_EXTEND = 1,
	ATTR_AUG = 2,
	RECORD_SIZE = 128,
	CHUNK = 256,
	MRTD_SIZE = 48,
};

/* Steps, as bits. */
enum { STEP_NONE = 0, STEP_ADD = 1, STEP_EXTEND = 2 };

struct section {
	uint32_t from, from_n; /* in the firmware */
	uint64_t to, to_n;     /* in the guest */
	uint32_t type, attr;
};

struct tdvf_state {
	struct ovmf ovmf;
	struct hasher mrtd, content;
	uint64_t at; /* of the sections */
	uint32_t n, next;
	unsigned todo; /* steps of the section that was read last */
	uint64_t pages;
	uint8_t raw[SECTION_SIZE];
	uint8_t digest[MRTD_SIZE], value[MRTD_SIZE];
};

/* e9eaf9f3-168e-44d5-a8eb-7f4d8738f6ae */
static const uint8_t tdvf_guid[GUID_SIZE] = { 0xf3, 0xf9, 0xea, 0xe9, 0x8e, 0x16, 0xd5, 0x44,
					      0xa8, 0xeb, 0x7f, 0x4d, 0x87, 0x38, 0xf6, 0xae };

static struct section section_of(const uint8_t *p)
{
	return (struct section){
		.from = get_le32(p),
		.from_n = get_le32(p + 4),
		.to = get_le64(p + 8),
		.to_n = get_le64(p + 16),
		.type = get_le32(p + 24),
		.attr = get_le32(p + 28),
	};
}

static const char *tdvf_type_name(uint32_t type)
{
	static const char *const names[] = {
		[STEP_NONE] = "MEM.PAGE.AUG",
		[STEP_ADD] = "MEM.PAGE.ADD",
		[STEP_EXTEND] = "MR.EXTEND",
		[STEP_ADD | STEP_EXTEND] = "MEM.PAGE.ADD+MR.EXTEND",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static void say_pages(const struct section *sec, struct describe *d)
{
	buf_printf(d->text, "0x%llx, %llu page%s", (unsigned long long)sec->to,
		   (unsigned long long)(sec->to_n / OVMF_PAGE), sec->to_n == OVMF_PAGE ? "" : "s");
	json_hexnum(d->details, "gpa", sec->to);
	json_hexnum(d->details, "size", sec->to_n);
}

/* What the section is called, and where its bytes come from, is not measured. */
static int tdvf_describe(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const types[] = { "BFV",     "CFV",     "TD_HOB",      "TempMem",
					     "PermMem", "Payload", "PayloadParam" };
	struct section sec;

	if (e->data.n < SECTION_SIZE)
		return 0;
	sec = section_of(e->data.p);
	json_str(d->details, "section", sec.type < ARRAY_SIZE(types) ? types[sec.type] : NULL);
	say_pages(&sec, d);
	json_u64(d->details, "firmware_offset", sec.from);
	json_u64(d->details, "firmware_size", sec.from_n);
	return 0;
}

static int tdvf_describe_step(const struct tsmmr_event *e, struct describe *d)
{
	struct section sec;

	if (e->data.n < SECTION_SIZE)
		return 0;
	sec = section_of(e->data.p);
	say_pages(&sec, d);
	return 0;
}

static const struct event_class tdvf_class = {
	.type_name = tdvf_type_name,
	.n_rules = &launch_n_rules,
	.describe = tdvf_describe,
	.describe_step = tdvf_describe_step,
};

static int tdvf_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	uint8_t head[GUID_SIZE + HEAD_SIZE];
	int r = s->launch.images[IMAGE_SVSM].read ?
			fail(err, TSMMR_E_ARG, "a TDX guest has no SVSM") :
			ovmf_open(&s->launch, IMAGE_FIRMWARE, &st->ovmf, err);

	if (r == 0)
		r = ovmf_metadata(&st->ovmf, ovmf_guid_tdx, HEAD_SIZE, &st->at, err);
	if (r < 0)
		return r;
	if (st->at < GUID_SIZE)
		return fail(err, TSMMR_E_MALFORMED,
			    "the TDVF descriptor is not within the firmware");
	r = image_read(&s->launch, IMAGE_FIRMWARE, st->at - GUID_SIZE, head, sizeof(head), err);
	if (r < 0)
		return r;
	st->n = get_le32(head + GUID_SIZE + 12);
	if (memcmp(head, tdvf_guid, GUID_SIZE) != 0 || memcmp(head + GUID_SIZE, "TDVF", 4) != 0)
		return fail(err, TSMMR_E_MALFORMED,
			    "there is no TDVF descriptor where it should be");
	if (get_le32(head + GUID_SIZE + 8) != 1 || st->n > SECTIONS_MAX)
		return fail(err, TSMMR_E_UNSUPPORTED, "TDVF descriptor of version %u, %u sections",
			    get_le32(head + GUID_SIZE + 8), st->n);
	st->at += HEAD_SIZE;
	if ((uint64_t)st->n * SECTION_SIZE > st->ovmf.size - st->at)
		return fail(err, TSMMR_E_MALFORMED,
			    "the TDVF descriptor is not within the firmware");

	r = hasher_init(&st->mrtd, s->crypto, hash_by_id(TSMMR_HASH_SHA384));
	if (r == 0)
		r = hasher_init(&st->content, s->crypto, hash_by_id(TSMMR_HASH_SHA384));
	if (r == 0)
		r = hasher_start(&st->mrtd);
	if (r == 0)
		r = launch_assume(s, launch_number(&s->launch, LAUNCH_PASSES, 1) == 2 ?
					     LAUNCH_TDX_PASSES :
					     LAUNCH_TDX);
	return r < 0 ? fail_low(err, r) : 0;
}

static void tdvf_close(struct tsmmr_stream *s)
{
	struct tdvf_state *st = s->state;

	hasher_done(&st->mrtd);
	hasher_done(&st->content);
}

static int read_section(struct tsmmr_stream *s, struct section *ret, struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	uint64_t at = st->at + (uint64_t)st->next * SECTION_SIZE;
	int r = image_read(&s->launch, IMAGE_FIRMWARE, at, st->raw, SECTION_SIZE, err);

	if (r < 0)
		return r;
	*ret = section_of(st->raw);
	if ((ret->to | ret->to_n) % OVMF_PAGE || !ret->to_n || ret->to > UINT64_MAX - ret->to_n ||
	    ret->from_n > ret->to_n || ret->from > st->ovmf.size ||
	    ret->from_n > st->ovmf.size - ret->from)
		return stream_fail(s, err, TSMMR_E_MALFORMED, at,
				   "section %u is not whole pages of what the firmware has",
				   st->next);
	if ((ret->attr & ATTR_EXTEND) && (ret->attr & ATTR_AUG))
		return stream_fail(s, err, TSMMR_E_MALFORMED, at,
				   "section %u is measured but never added", st->next);
	if (ret->attr & ATTR_AUG)
		return 0;
	st->pages += ret->to_n / OVMF_PAGE;
	if (ret->to_n / OVMF_PAGE > OVMF_PAGES_MAX || st->pages > OVMF_PAGES_MAX)
		return stream_fail(s, err, TSMMR_E_LIMIT, at, "more than %llu pages to add",
				   (unsigned long long)OVMF_PAGES_MAX);
	return 0;
}

/* The head of an operation's record: its name at 0, the address at 16. */
static int add_record(struct tdvf_state *st, const char *name, uint64_t gpa)
{
	uint8_t record[RECORD_SIZE] = { 0 };

	memcpy(record, name, strlen(name));
	for (int i = 0; i < 8; i++)
		record[16 + i] = (uint8_t)(gpa >> 8 * i);
	return hasher_update(&st->mrtd, record, sizeof(record));
}

static int extend_page(struct tsmmr_stream *s, const struct section *sec, uint64_t page,
		       struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	uint8_t bytes[CHUNK];

	for (uint64_t at = page; at < page + OVMF_PAGE; at += CHUNK) {
		uint64_t left = at < sec->from_n ? sec->from_n - at : 0;
		size_t n = left < CHUNK ? (size_t)left : CHUNK;
		int r = image_read(&s->launch, IMAGE_FIRMWARE, sec->from + at, bytes, n, err);

		if (r < 0)
			return r;
		memset(bytes + n, 0, CHUNK - n);
		if (add_record(st, "MR.EXTEND", sec->to + at) < 0 ||
		    hasher_update(&st->mrtd, bytes, CHUNK) < 0 ||
		    hasher_update(&st->content, bytes, CHUNK) < 0)
			return fail_nomem(err);
	}
	return 0;
}

static int do_steps(struct tsmmr_stream *s, const struct section *sec, unsigned steps,
		    struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;

	if (hasher_start(&st->content) < 0)
		return fail_nomem(err);
	for (uint64_t page = 0; page < sec->to_n; page += OVMF_PAGE) {
		int r = 0;

		if (steps & STEP_ADD && add_record(st, "MEM.PAGE.ADD", sec->to + page) < 0)
			return fail_nomem(err);
		if (steps & STEP_EXTEND)
			r = extend_page(s, sec, page, err);
		if (r < 0)
			return r;
	}
	if (hasher_final(&st->content, st->digest) < 0 || hasher_peek(&st->mrtd, st->value) < 0)
		return fail_nomem(err);
	return 0;
}

static int tdvf_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	bool two_passes = launch_number(&s->launch, LAUNCH_PASSES, 1) == 2;
	struct section sec = section_of(st->raw);
	unsigned steps = st->todo;
	int r = 0;

	if (!steps) {
		if (st->next == st->n)
			return 0;
		r = read_section(s, &sec, err);
		if (r < 0)
			return r;
		st->next++;
		if (!(sec.attr & ATTR_AUG))
			steps = STEP_ADD | (sec.attr & ATTR_EXTEND ? STEP_EXTEND : 0);
	}
	st->todo = two_passes && steps & STEP_ADD ? steps & STEP_EXTEND : STEP_NONE;
	steps &= ~st->todo;

	*e = (struct tsmmr_event){
		.offset = sec.from,
		.class = &tdvf_class,
		.type = steps,
		.space = (uint8_t)s->platform->space,
		.data = span_of(st->raw, SECTION_SIZE),
	};
	if (!steps)
		return 1;
	r = do_steps(s, &sec, steps, err);
	if (steps & STEP_EXTEND) {
		e->n_digests = 1;
		e->digests[0] =
			(struct digest){ TSMMR_HASH_SHA384, span_of(st->digest, MRTD_SIZE) };
	}
	launch_step(e, true, TSMMR_HASH_SHA384, st->value, MRTD_SIZE);
	return r < 0 ? r : 1;
}

const struct format format_tdx_launch = {
	.id = TSMMR_FORMAT_TDX_LAUNCH,
	.name = "tdx-launch",
	.default_platform = TSMMR_PLATFORM_TDX,
	.firmware = ovmf_guid_tdx,
	.state_size = sizeof(struct tdvf_state),
	.open = tdvf_open,
	.next = tdvf_next,
	.close = tdvf_close,
};
