/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What MRTD is made of: pages that are added, and those of them that are measured.
 * Intel TDX Module base specification, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND.  MRTD is one
 * SHA-384 over the records of all these operations; so its value after a step is what it
 * would be if the VMM finalized there.
 */
#include "format/tdx_mrtd.h"

#include "format/launch.h"

enum { PAGE_SIZE = 4096, RECORD_SIZE = 128 };

struct tdx_section tdx_section_of(const uint8_t *raw)
{
	return (struct tdx_section){
		.from = get_le32(raw),
		.from_n = get_le32(raw + 4),
		.to = get_le64(raw + 8),
		.to_n = get_le64(raw + 16),
		.type = get_le32(raw + 24),
		.attr = get_le32(raw + 28),
	};
}

static const char *tdx_type_name(uint32_t type)
{
	static const char *const names[] = {
		[MRTD_NONE] = "MEM.PAGE.AUG",
		[MRTD_ADD] = "MEM.PAGE.ADD",
		[MRTD_EXTEND] = "MR.EXTEND",
		[MRTD_ADD | MRTD_EXTEND] = "MEM.PAGE.ADD+MR.EXTEND",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static void say_pages(const struct tdx_section *sec, struct describe *d)
{
	buf_printf(d->text, "0x%llx, %llu page%s", (unsigned long long)sec->to,
		   (unsigned long long)(sec->to_n / PAGE_SIZE), sec->to_n == PAGE_SIZE ? "" : "s");
	json_hexnum(d->details, "gpa", sec->to);
	json_hexnum(d->details, "size", sec->to_n);
}

/* What the section is called, and where its bytes come from, is not measured. */
static int tdx_describe(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const types[] = { "BFV",          "CFV",      "TD_HOB",
					     "TempMem",      "PermMem",  "Payload",
					     "PayloadParam", "PageData", "Parameters" };
	struct tdx_section sec;

	if (e->data.n < TDX_SECTION_SIZE)
		return 0;
	sec = tdx_section_of(e->data.p);
	json_str(d->details, "section", sec.type < ARRAY_SIZE(types) ? types[sec.type] : NULL);
	say_pages(&sec, d);
	json_u64(d->details, "firmware_offset", sec.from);
	json_u64(d->details, "firmware_size", sec.from_n);
	return 0;
}

static int tdx_describe_step(const struct tsmmr_event *e, struct describe *d)
{
	struct tdx_section sec;

	if (e->data.n < TDX_SECTION_SIZE)
		return 0;
	sec = tdx_section_of(e->data.p);
	say_pages(&sec, d);
	return 0;
}

static const struct event_class tdx_class = {
	.type_name = tdx_type_name,
	.n_rules = &launch_n_rules,
	.describe = tdx_describe,
	.describe_step = tdx_describe_step,
};

int mrtd_init(struct mrtd *m, struct crypto crypto)
{
	int r = hasher_init(&m->h, crypto, hash_by_id(TSMMR_HASH_SHA384));

	if (r == 0)
		r = hasher_init(&m->content, crypto, hash_by_id(TSMMR_HASH_SHA384));
	return r < 0 ? r : hasher_start(&m->h);
}

void mrtd_done(struct mrtd *m)
{
	hasher_done(&m->h);
	hasher_done(&m->content);
}

int mrtd_begin(struct mrtd *m)
{
	return hasher_start(&m->content);
}

/* The head of an operation's record: its name at 0, the address at 16. */
static int add_record(struct mrtd *m, const char *name, uint64_t gpa)
{
	uint8_t record[RECORD_SIZE] = { 0 };

	memcpy(record, name, strlen(name));
	put_le(record + 16, gpa, 8);
	return hasher_update(&m->h, record, sizeof(record));
}

int mrtd_add(struct mrtd *m, uint64_t gpa)
{
	return add_record(m, "MEM.PAGE.ADD", gpa);
}

int mrtd_extend(struct mrtd *m, uint64_t gpa, const uint8_t *chunk)
{
	int r = add_record(m, "MR.EXTEND", gpa);

	if (r == 0)
		r = hasher_update(&m->h, chunk, MRTD_CHUNK);
	return r < 0 ? r : hasher_update(&m->content, chunk, MRTD_CHUNK);
}

int mrtd_end(struct mrtd *m)
{
	int r = hasher_final(&m->content, m->digest);

	return r < 0 ? r : hasher_peek(&m->h, m->value);
}

void mrtd_event(struct tsmmr_stream *s, struct mrtd *m, struct tsmmr_event *e, unsigned steps)
{
	s->digests[0] = (struct digest){ TSMMR_HASH_SHA384, span_of(m->digest, MRTD_SIZE) };
	*e = (struct tsmmr_event){
		.offset = tdx_section_of(m->raw).from,
		.class = &tdx_class,
		.type = steps,
		.space = (uint8_t)s->platform->space,
		.data = span_of(m->raw, TDX_SECTION_SIZE),
		.n_digests = !!(steps & MRTD_EXTEND),
		.digests = s->digests,
	};
	if (steps)
		launch_step(e, true, TSMMR_HASH_SHA384, m->value, MRTD_SIZE);
}
