/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launch of a TDX or an SNP guest from an IGVM file: MRTD and MEASUREMENT from the file
 * alone.  (Microsoft, crate igvm_defs: IGVM_VHS_PAGE_DATA, _PARAMETER_AREA,
 * _PARAMETER_INSERT, _VP_CONTEXT, _SNP_ID_BLOCK)
 *
 * What is measured is pages of data, in the file's order; a page without data is one of
 * zeros, not a zero page of the platform's.  Parameters are the VMM's, so they are added
 * and not measured.  Pages that follow each other and are of one kind are one event.
 */
#include "format/igvm_file.h"
#include "format/launch.h"
#include "format/ovmf.h"
#include "format/snp_pages.h"
#include "format/tdx_mrtd.h"
#include "util/error.h"

enum {
	AREAS_MAX = 64,
	FLAG_2MB = 1,
	FLAG_UNMEASURED = 2,
	FLAG_SHARED = 4,
	DATA_NORMAL = 0,
	DATA_SECRETS = 1,
	DATA_CPUID = 2,
	DATA_CPUID_XF = 3,
};

/* What kind of pages. */
enum { IS_DATA, IS_UNMEASURED, IS_PARAMETERS, IS_SECRETS, IS_CPUID };

static const struct {
	uint8_t snp;
	enum snp_what what;
	uint32_t tdx; /* what it is called in the log of MRTD */
} kinds[] = {
	[IS_DATA] = { SNP_PAGE_NORMAL, SNP_PAGES, TDX_PAGE_DATA },
	[IS_UNMEASURED] = { SNP_PAGE_UNMEASURED, SNP_PAGES, TDX_PAGE_DATA },
	[IS_PARAMETERS] = { SNP_PAGE_UNMEASURED, SNP_PAGES, TDX_PARAMETERS },
	[IS_SECRETS] = { SNP_PAGE_SECRETS, SNP_SECRETS, 0 },
	[IS_CPUID] = { SNP_PAGE_CPUID, SNP_CPUID, 0 },
};

struct area {
	uint32_t index;
	bool inserted;
	uint64_t size;
};

/* Pages of one kind that follow each other. */
struct run {
	int kind;
	uint64_t gpa, pages, offset;
};

struct igvm_state {
	struct igvm file;
	struct igvm_header next; /* while it is there */
	bool there;
	uint32_t mask;
	bool tdx;
	struct snp_pages snp;
	struct mrtd mrtd;
	uint64_t pages;
	uint32_t vcpus;
	struct area areas[AREAS_MAX];
	size_t n_areas;
	bool id_block;
	uint8_t ld[SNP_LD_SIZE];
	uint64_t id_at;
	uint8_t page[IGVM_PAGE];
};

static int check_images(const struct launch *l, struct tsmmr_error *err)
{
	for (enum image_role role = 0; role < IMAGE_ROLES; role++)
		if (l->images[role].read && role != IMAGE_IGVM)
			return fail(err, TSMMR_E_ARG, "%s image beside an IGVM file",
				    image_role_name(role));
	return 0;
}

static int igvm_start(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	int r = check_images(&s->launch, err);

	if (r == 0)
		r = igvm_open(&s->launch, &st->file, err);
	if (r < 0)
		return r;
	st->tdx = s->platform->launch == TSMMR_FORMAT_TDX_LAUNCH;
	st->mask = igvm_mask(&st->file, s->platform->launch);
	if (!st->mask)
		return fail(err, TSMMR_E_ARG, "the IGVM file is not for %s", s->platform->name);
	r = st->tdx ? mrtd_init(&st->mrtd, s->crypto) : snp_pages_init(&st->snp, s->crypto);
	if (r == 0)
		r = launch_assume(s, st->tdx ? LAUNCH_TDX_IGVM : LAUNCH_SNP_IGVM);
	return r < 0 ? fail_low(err, r) : 0;
}

static void igvm_close(struct tsmmr_stream *s)
{
	struct igvm_state *st = s->state;

	snp_pages_done(&st->snp);
	mrtd_done(&st->mrtd);
}

/* 1 and the next header for this platform in st->next, 0 after the last. */
static int peek(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	int r = 1;

	while (!st->there && (r = igvm_next(&s->launch, &st->file, &st->next, err)) > 0)
		st->there = st->next.mask & st->mask;
	return r;
}

/* A page of data: that of the file, or of zeros. */
static int read_page(struct tsmmr_stream *s, uint32_t from, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	uint64_t size = s->launch.images[IMAGE_IGVM].size;

	if (!from) {
		memset(st->page, 0, IGVM_PAGE);
		return 0;
	}
	if (from < st->file.end || from > size || size - from < IGVM_PAGE)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				   "a page that is not in the data of the IGVM file");
	return image_read(&s->launch, IMAGE_IGVM, from, st->page, IGVM_PAGE, err);
}

/* One page more; what it holds is in st->page where that is measured. */
static int add_page(struct igvm_state *st, int kind, uint64_t gpa)
{
	bool measured = kind == IS_DATA;
	int r;

	if (!st->tdx) {
		r = snp_fold(&st->snp, kinds[kind].snp, gpa, measured ? st->page : NULL);
		return r < 0 || !measured ? r :
					    hasher_update(&st->snp.content, st->page, IGVM_PAGE);
	}
	r = mrtd_add(&st->mrtd, gpa);
	for (size_t at = 0; r == 0 && measured && at < IGVM_PAGE; at += MRTD_CHUNK)
		r = mrtd_extend(&st->mrtd, gpa + at, st->page + at);
	return r;
}

static int count_pages(struct tsmmr_stream *s, uint64_t gpa, uint64_t n, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;

	if (gpa % IGVM_PAGE || gpa > UINT64_MAX - IGVM_PAGE * n)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				   "pages at 0x%llx, where none can be", (unsigned long long)gpa);
	st->pages += n;
	if (st->pages > OVMF_PAGES_MAX)
		return stream_fail(s, err, TSMMR_E_LIMIT, st->next.offset,
				   "more than %llu pages to add",
				   (unsigned long long)OVMF_PAGES_MAX);
	return 0;
}

static int begin_run(struct igvm_state *st)
{
	return st->tdx ? mrtd_begin(&st->mrtd) : hasher_start(&st->snp.content);
}

static int end_run(struct tsmmr_stream *s, const struct run *run, struct tsmmr_event *e)
{
	struct igvm_state *st = s->state;
	bool measured = run->kind == IS_DATA;
	uint8_t *raw = st->mrtd.raw;
	int r;

	if (!st->tdx) {
		r = hasher_final(&st->snp.content, st->snp.digest);
		snp_event(s, &st->snp, e,
			  &(struct snp_step){ kinds[run->kind].snp, kinds[run->kind].what, run->gpa,
					      run->pages, run->offset, measured });
		return r;
	}
	r = mrtd_end(&st->mrtd);
	memset(raw, 0, TDX_SECTION_SIZE);
	put_le(raw + 8, run->gpa, 8);
	put_le(raw + 16, run->pages * IGVM_PAGE, 8);
	put_le(raw + 24, kinds[run->kind].tdx, 4);
	put_le(raw + 28, measured, 4);
	mrtd_event(s, &st->mrtd, e, MRTD_ADD | (measured ? MRTD_EXTEND : 0));
	e->offset = run->offset;
	return r;
}

/* What is done with the page of data that is next; it may be nothing: -1. */
static int page_kind(struct tsmmr_stream *s, int *ret, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	const uint8_t *p = st->next.body;
	uint32_t flags = get_le32(p + 16);
	uint16_t type = get_le16(p + 20);

	if (flags & FLAG_2MB || flags > (FLAG_2MB | FLAG_UNMEASURED | FLAG_SHARED) ||
	    type > DATA_CPUID_XF || (st->tdx && type) || get_le16(p + 22))
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->next.offset,
				   "page data of flags 0x%x, type %u", flags, type);
	*ret = flags & FLAG_SHARED     ? -1 :
	       type == DATA_SECRETS    ? IS_SECRETS :
	       type >= DATA_CPUID      ? IS_CPUID :
	       flags & FLAG_UNMEASURED ? IS_UNMEASURED :
					 IS_DATA;
	return 0;
}

/* The page of data that is next joins the run, where there is none begins it. */
static int take_page(struct tsmmr_stream *s, struct run *run, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	uint64_t gpa = get_le64(st->next.body);
	int kind, r = page_kind(s, &kind, err);

	if (r < 0)
		return r;
	if (kind < 0) {
		st->there = false;
		return 1;
	}
	if (run->pages && (kind != run->kind || gpa != run->gpa + run->pages * IGVM_PAGE))
		return 0;
	r = count_pages(s, gpa, 1, err);
	if (r == 0 && kind == IS_DATA)
		r = read_page(s, get_le32(st->next.body + 12), err);
	if (r < 0)
		return r;
	if (!run->pages) {
		*run = (struct run){ kind, gpa, 0, st->next.offset };
		r = begin_run(st);
	}
	if (r < 0 || add_page(st, kind, gpa) < 0)
		return fail_nomem(err);
	run->pages++;
	st->there = false;
	return 1;
}

/* Pages of data, as many as are one event: 1, or 0 where none of them is added. */
static int take_pages(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	struct run run = { 0 };
	int r;

	do {
		r = take_page(s, &run, err);
		if (r > 0)
			r = peek(s, err);
	} while (r > 0 && st->next.type == IGVM_PAGE_DATA);
	if (r < 0 || !run.pages)
		return r < 0 ? r : 0;
	return end_run(s, &run, e) < 0 ? fail_nomem(err) : 1;
}

static int take_area(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	uint64_t size = get_le64(st->next.body);
	uint32_t index = get_le32(st->next.body + 8);

	for (size_t i = 0; i < st->n_areas; i++)
		if (st->areas[i].index == index)
			return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
					   "parameter area %u twice", index);
	if (!size || size % IGVM_PAGE)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				   "a parameter area of %llu bytes", (unsigned long long)size);
	if (st->n_areas == AREAS_MAX || size / IGVM_PAGE > OVMF_PAGES_MAX)
		return stream_fail(s, err, TSMMR_E_LIMIT, st->next.offset,
				   "more parameter areas, or larger ones, than any file has");
	st->areas[st->n_areas++] = (struct area){ index, false, size };
	return 0;
}

static int take_insert(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	uint64_t gpa = get_le64(st->next.body);
	uint32_t index = get_le32(st->next.body + 12);
	struct run run = { IS_PARAMETERS, gpa, 0, st->next.offset };
	size_t i = 0;
	int r;

	while (i < st->n_areas && (st->areas[i].index != index || st->areas[i].inserted))
		i++;
	if (i == st->n_areas)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				   "parameter area %u is not there to be inserted", index);
	st->areas[i].inserted = true;
	r = count_pages(s, gpa, st->areas[i].size / IGVM_PAGE, err);
	if (r < 0)
		return r;
	r = begin_run(st);
	for (; r == 0 && run.pages < st->areas[i].size / IGVM_PAGE; run.pages++)
		r = add_page(st, IS_PARAMETERS, gpa + run.pages * IGVM_PAGE);
	return r < 0 || end_run(s, &run, e) < 0 ? fail_nomem(err) : 1;
}

static int take_context(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	uint64_t gpa = get_le64(st->next.body);
	uint32_t from = get_le32(st->next.body + 12);
	int r;

	if (st->tdx)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				   "a TDX guest's virtual CPUs start as the architecture says");
	r = count_pages(s, gpa, 1, err);
	if (r == 0)
		r = from ? read_page(s, from, err) :
			   stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset,
				       "a virtual CPU without its state");
	if (r < 0)
		return r;
	if (hash_bytes(&st->snp.h, st->page, IGVM_PAGE, st->snp.digest) < 0 ||
	    snp_fold(&st->snp, SNP_PAGE_VMSA, gpa, st->page) < 0)
		return fail_nomem(err);
	snp_event_vcpu(&st->snp, st->vcpus++, st->page); /* its index is not measured */
	snp_event(s, &st->snp, e,
		  &(struct snp_step){ SNP_PAGE_VMSA, SNP_VCPU, gpa, 1, st->next.offset, true });
	return 1;
}

static int take_id_block(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;

	if (st->id_block)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->next.offset, "a second ID block");
	st->id_block = true;
	st->id_at = st->next.offset;
	memcpy(st->ld, st->next.body + 8, SNP_LD_SIZE);
	return 0;
}

/* 1 and an event, 0 where the header that was next made none. */
static int take_header(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;

	if (st->next.type == IGVM_PAGE_DATA)
		return take_pages(s, e, err);
	st->there = false;
	switch (st->next.type) {
	case IGVM_PARAMETER_AREA:
		return take_area(s, err);
	case IGVM_PARAMETER_INSERT:
		return take_insert(s, e, err);
	case IGVM_VP_CONTEXT:
		return take_context(s, e, err);
	case IGVM_SNP_ID_BLOCK:
		return st->tdx ? 0 : take_id_block(s, err);
	case IGVM_RELOCATABLE_REGION:
	case IGVM_PAGE_TABLE_RELOCATION:
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->next.offset,
				   "an IGVM file whose pages the VMM may move");
	default:
		return 0;
	}
}

static int igvm_event(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct igvm_state *st = s->state;
	int r;

	while ((r = peek(s, err)) > 0) {
		r = take_header(s, e, err);
		if (r)
			return r;
	}
	if (r == 0 && st->id_block && memcmp(st->ld, st->snp.ld, SNP_LD_SIZE) != 0)
		r = findings_add(&s->findings, F_LAUNCH_ID_BLOCK, 0, TSMMR_NONE, st->id_at,
				 "the ID block is for another MEASUREMENT than the file gives");
	return r;
}

const struct format format_igvm = {
	.id = TSMMR_FORMAT_IGVM,
	.name = "igvm",
	.default_platform = TSMMR_PLATFORM_SNP,
	.state_size = sizeof(struct igvm_state),
	.open = igvm_start,
	.next = igvm_event,
	.close = igvm_close,
};
