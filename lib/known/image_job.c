/* SPDX-License-Identifier: BSD-2-Clause */
/* A measure of a file in the making; and which event it may be of. */
#include "known/image.h"

#include "core/index.h"
#include "util/error.h"

enum {
	EV_EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008,
	EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000a,
	VOLUME_HEAD = 56,
};

const struct image_rule image_rule_file = { "FILE", { 0 }, 0, 0 };
/*
 * EV_EVENT_TAG: INITRD_EVENT_TAG_ID.  systemd-stub pads to four bytes where it joins initrds.
 */
const struct image_rule image_rule_initrd_efi = { "EFI_INITRD", { 0x06 }, 1 << 9, TAG_INITRD };
const struct image_rule image_rule_initrd_padded = {
	"EFI_INITRD_PADDED", { 0x06 }, 1 << 9, TAG_INITRD
};

int image_begin(const struct image_job *job, struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < job->hashes->n; i++)
		r = hasher_start(&job->hashes->all[i]);
	return r < 0 ? fail_low(err, r) : 0;
}

int image_add(const struct image_job *job, const void *p, size_t n, struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < job->hashes->n; i++)
		r = hasher_update(&job->hashes->all[i], p, n);
	return r < 0 ? fail_low(err, r) : 0;
}

int image_add_range(const struct image_job *job, uint64_t at, uint64_t n, struct tsmmr_error *err)
{
	uint8_t bytes[2048];
	int r = 0;

	while (r == 0 && n) {
		size_t part = n < sizeof(bytes) ? (size_t)n : sizeof(bytes);

		r = image_get(job->image, "measured", at, bytes, part, err);
		if (r == 0)
			r = image_add(job, bytes, part, err);
		at += part;
		n -= part;
	}
	return r;
}

int image_emit_all(const struct image_job *job, const struct image_rule *const *rules, size_t n,
		   const char *part, unsigned order, struct tsmmr_error *err)
{
	uint8_t values[ARRAY_SIZE(job->hashes->all)][TSMMR_HASH_SIZE_MAX];
	struct digest digests[ARRAY_SIZE(job->hashes->all)];
	struct image_measure m = { .part = part, .order = order, .digests = digests };
	int r = 0;

	for (; r == 0 && m.n_digests < job->hashes->n; m.n_digests++) {
		struct hasher *h = &job->hashes->all[m.n_digests];

		r = hasher_final(h, values[m.n_digests]);
		digests[m.n_digests] =
			(struct digest){ h->alg->id, span_of(values[m.n_digests], h->alg->size) };
	}
	if (r < 0)
		return fail_low(err, r);
	for (size_t i = 0; r == 0 && i < n; i++) {
		m.rule = rules[i];
		r = job->sink(job->user, &m, err);
	}
	return r;
}

int image_emit(const struct image_job *job, const struct image_rule *rule, const char *part,
	       unsigned order, struct tsmmr_error *err)
{
	return image_emit_all(job, &rule, 1, part, order, err);
}

int image_measure_whole(const struct image_job *job, const struct image_rule *const *rules,
			size_t n, const char *part, unsigned order, size_t pad,
			struct tsmmr_error *err)
{
	static const uint8_t zeros[16];
	int r = image_begin(job, err);

	if (r == 0)
		r = image_add_range(job, 0, job->image->size, err);
	if (r == 0)
		r = image_add(job, zeros, pad, err);
	return r < 0 ? r : image_emit_all(job, rules, n, part, order, err);
}

bool image_rule_fits(const struct image_rule *rule, const struct tsmmr_event *e)
{
	bool typed = !rule->types[0], here = !rule->pcrs;
	struct cursor c = cur_span(e->data);
	uint32_t tag = 0;

	for (size_t i = 0; i < IMAGE_TYPES_MAX && rule->types[i]; i++)
		typed |= e->content == TSMMR_CONTENT_PCCLIENT_STD && e->type == rule->types[i];
	for (uint32_t pcr = 0; pcr < 24; pcr++)
		here |= rule->pcrs >> pcr & 1 &&
			index_convert(pcr, TSMMR_SPACE_PCR, e->space) == e->index;
	return typed && here && (!rule->tag || (cur_le32(&c, &tag) && tag == rule->tag));
}

/*
 * UEFI_PLATFORM_FIRMWARE_BLOB: base and length; of the second form after a counted description
 * (PFP 1.06 §10.2.5).
 */
static bool firmware_blob(const struct tsmmr_event *e, uint64_t *ret_base, uint64_t *ret_n)
{
	struct cursor c = cur_span(e->data);
	uint8_t n;

	if (e->content != TSMMR_CONTENT_PCCLIENT_STD ||
	    (e->type != EV_EFI_PLATFORM_FIRMWARE_BLOB && e->type != EV_EFI_PLATFORM_FIRMWARE_BLOB2))
		return false;
	if (e->type == EV_EFI_PLATFORM_FIRMWARE_BLOB2 && (!cur_u8(&c, &n) || !cur_skip(&c, n)))
		return false;
	return cur_le64(&c, ret_base) && cur_le64(&c, ret_n) && cur_empty(&c) && *ret_n;
}

bool image_names_firmware(const struct tsmmr_event *e)
{
	uint64_t base, n;

	return firmware_blob(e, &base, &n);
}

/*
 * Where n bytes at an address are in the firmware: on a PC its last byte is that of the first
 * 4 GiB, on QEMU's Arm machine its first one is at 0 (ArmVirtQemu.fdf, BaseAddress).
 */
static bool find_address(const struct image *firmware, uint64_t address, uint64_t n,
			 uint64_t *ret_at)
{
	uint64_t end = UINT64_C(1) << 32, size = firmware->size, at = address;

	if (size > end)
		return false;
	if (at >= size && at >= end - size)
		at -= end - size;
	*ret_at = at;
	return at < size && n <= size - at;
}

/*
 * Is a volume there, and that long?  Else any bytes of an image would be known, a single zero too,
 * which is what "no secure boot" is measured as.  (PI 1.8, volume 3, 3.2.1:
 * EFI_FIRMWARE_VOLUME_HEADER)
 */
static int is_volume(const struct image *firmware, uint64_t at, uint64_t n, struct tsmmr_error *err)
{
	uint8_t head[VOLUME_HEAD];
	int r = n < sizeof(head) ? 0 : image_get(firmware, "a volume", at, head, sizeof(head), err);

	return r < 0 ? r :
		       n >= sizeof(head) && get_le64(head + 32) == n &&
			       !memcmp(head + 40, "_FVH", 4);
}

int image_derive(const struct image *firmware, const struct tsmmr_event *e, struct hasher *h,
		 uint8_t *ret, struct tsmmr_error *err)
{
	uint64_t base, n, at;
	struct hashers one = { .all = { *h }, .n = 1 };
	const struct image_job job = { .image = firmware, .hashes = &one };
	int r;

	if (!firmware_blob(e, &base, &n) || !find_address(firmware, base, n, &at))
		return 0;
	r = is_volume(firmware, at, n, err);
	if (r <= 0)
		return r;
	r = image_begin(&job, err);
	if (r == 0)
		r = image_add_range(&job, at, n, err);
	if (r < 0)
		return r;
	r = hasher_final(h, ret);
	return r < 0 ? fail_low(err, r) : 1;
}
