/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launch of a TDX guest, from its firmware's metadata.
 * (Intel TDX Virtual Firmware Design Guide, "TDVF metadata")
 */
#include "crypto/hash.h"
#include "format/launch.h"
#include "format/ovmf.h"
#include "format/tdx_mrtd.h"
#include "util/error.h"

enum {
	GUID_SIZE = 16, /* stands before the descriptor */
	HEAD_SIZE = 16, /* "TDVF", length, version, number of sections */
	SECTIONS_MAX = 64,
	ATTR_EXTEND = 1,
	ATTR_AUG = 2,
};

struct tdvf_state {
	struct ovmf ovmf;
	struct mrtd mrtd;
	uint64_t at; /* of the sections */
	uint32_t n, next;
	unsigned todo; /* steps of the section that was read last */
	uint64_t pages;
};

/* e9eaf9f3-168e-44d5-a8eb-7f4d8738f6ae */
static const uint8_t tdvf_guid[GUID_SIZE] = { 0xf3, 0xf9, 0xea, 0xe9, 0x8e, 0x16, 0xd5, 0x44,
					      0xa8, 0xeb, 0x7f, 0x4d, 0x87, 0x38, 0xf6, 0xae };

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
	if ((uint64_t)st->n * TDX_SECTION_SIZE > st->ovmf.size - st->at)
		return fail(err, TSMMR_E_MALFORMED,
			    "the TDVF descriptor is not within the firmware");

	r = mrtd_init(&st->mrtd, s->crypto);
	if (r == 0)
		r = launch_assume(s, launch_number(&s->launch, LAUNCH_PASSES, 1) == 2 ?
					     LAUNCH_TDX_PASSES :
					     LAUNCH_TDX);
	return r < 0 ? fail_low(err, r) : 0;
}

static void tdvf_close(struct tsmmr_stream *s)
{
	struct tdvf_state *st = s->state;

	mrtd_done(&st->mrtd);
}

static int read_section(struct tsmmr_stream *s, struct tdx_section *ret, struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	uint64_t at = st->at + (uint64_t)st->next * TDX_SECTION_SIZE;
	int r = image_read(&s->launch, IMAGE_FIRMWARE, at, st->mrtd.raw, TDX_SECTION_SIZE, err);

	if (r < 0)
		return r;
	*ret = tdx_section_of(st->mrtd.raw);
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

static int extend_page(struct tsmmr_stream *s, const struct tdx_section *sec, uint64_t page,
		       struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	uint8_t bytes[MRTD_CHUNK];

	for (uint64_t at = page; at < page + OVMF_PAGE; at += MRTD_CHUNK) {
		uint64_t left = at < sec->from_n ? sec->from_n - at : 0;
		size_t n = left < MRTD_CHUNK ? (size_t)left : MRTD_CHUNK;
		int r = image_read(&s->launch, IMAGE_FIRMWARE, sec->from + at, bytes, n, err);

		if (r < 0)
			return r;
		memset(bytes + n, 0, MRTD_CHUNK - n);
		if (mrtd_extend(&st->mrtd, sec->to + at, bytes) < 0)
			return fail_nomem(err);
	}
	return 0;
}

static int do_steps(struct tsmmr_stream *s, const struct tdx_section *sec, unsigned steps,
		    struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;

	if (mrtd_begin(&st->mrtd) < 0)
		return fail_nomem(err);
	for (uint64_t page = 0; page < sec->to_n; page += OVMF_PAGE) {
		int r = 0;

		if (steps & MRTD_ADD && mrtd_add(&st->mrtd, sec->to + page) < 0)
			return fail_nomem(err);
		if (steps & MRTD_EXTEND)
			r = extend_page(s, sec, page, err);
		if (r < 0)
			return r;
	}
	if (mrtd_end(&st->mrtd) < 0)
		return fail_nomem(err);
	return 0;
}

static int tdvf_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct tdvf_state *st = s->state;
	bool two_passes = launch_number(&s->launch, LAUNCH_PASSES, 1) == 2;
	struct tdx_section sec = tdx_section_of(st->mrtd.raw);
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
			steps = MRTD_ADD | (sec.attr & ATTR_EXTEND ? MRTD_EXTEND : 0);
	}
	st->todo = two_passes && steps & MRTD_ADD ? steps & MRTD_EXTEND : MRTD_NONE;
	steps &= ~st->todo;

	if (steps)
		r = do_steps(s, &sec, steps, err);
	mrtd_event(s, &st->mrtd, e, steps);
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
