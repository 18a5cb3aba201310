/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launch of an SNP guest from its firmware: what MEASUREMENT is made of.
 *
 * Which pages, in which order: the firmware itself; the sections that its metadata lists
 * (edk2, OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm), the hashes of kernel, initrd and
 * command line among them (QEMU, target/i386/sev.c); one VMSA for each virtual CPU.  What
 * VMMs do otherwise is in snp_vmms.
 *
 * An SVSM lies below the firmware and its variables; the metadata is its own then, and so
 * is the place where CPUs begin (coconut-svsm's QEMU before IGVM, commit 0e64fb84).
 */
#include "crypto/hash.h"
#include "format/launch.h"
#include "format/ovmf.h"
#include "format/snp_pages.h"
#include "format/snp_vmsa.h"
#include "util/error.h"

enum { SEC_MEM = 1, SEC_SECRETS = 2, SEC_CPUID = 3, SEC_SVSM_CAA = 4, SEC_KERNEL_HASHES = 0x10 };

enum {
	HEAD_SIZE = 16, /* "ASEV", length, version, number of sections */
	SECTION_SIZE = 12,
	SECTIONS_MAX = 64,
};

#define GIB_4 UINT64_C(0x100000000)

struct snp_state {
	struct ovmf ovmf; /* the firmware, or the SVSM */
	const struct snp_vmm *vmm;
	struct snp_pages pages;
	struct hasher sha256;
	uint64_t base; /* what is below it is free */
	uint64_t at;   /* of the sections */
	uint32_t n, next;
	uint64_t n_pages;
	bool firmware_done, svsm_done, hashes_done, cpuid_turn, no_vcpus;
	uint64_t vcpu; /* the next of them */
	uint8_t page[OVMF_PAGE];
};

/* 00f771de-1a7e-4fcb-890e-68c77e2fb44e: u32, where other CPUs than the first begin */
static const uint8_t reset_guid[16] = { 0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f,
					0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e };
/* a789a612-0597-4c4b-a49f-cbb1fe9d1ddd: u32, where an SVSM begins, from its first byte */
static const uint8_t svsm_guid[16] = { 0x12, 0xa6, 0x89, 0xa7, 0x97, 0x05, 0x4b, 0x4c,
				       0xa4, 0x9f, 0xcb, 0xb1, 0xfe, 0x9d, 0x1d, 0xdd };
/* 7255371f-3a3b-4b04-927b-1da6efa8d454: u32 base and u32 size of the table of hashes */
static const uint8_t hashes_guid[16] = { 0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b,
					 0x92, 0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4, 0x54 };

/* The table in that place, and its entries in QEMU's order. */
enum { ENTRY_SIZE = 16 + 2 + 32, TABLE_SIZE = 16 + 2 + 3 * ENTRY_SIZE, TABLE_ROOM = 176 };
static const uint8_t table_guid[16] = { 0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c,
					0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21 };
/* clang-format off */
static const struct {
	enum image_role role;
	uint8_t guid[16];
} entries[] = {
	{ IMAGE_CMDLINE, { 0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c,
			   0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36, 0xab, 0x2a } },
	{ IMAGE_INITRD, { 0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b,
			  0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69, 0x78, 0x1d } },
	{ IMAGE_KERNEL, { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
			  0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b } },
};
/* clang-format on */

static int check_images(const struct launch *l, const struct snp_vmm *vmm, struct tsmmr_error *err)
{
	bool kernel = l->images[IMAGE_KERNEL].read, svsm = l->images[IMAGE_SVSM].read;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (l->images[entries[i].role].read && !kernel)
			return fail(err, TSMMR_E_ARG, "%s image without a kernel image",
				    image_role_name(entries[i].role));
	if ((kernel || svsm) && !vmm->direct)
		return fail(err, TSMMR_E_ARG, "%s launches no %s from outside",
			    launch_vmm_name((enum launch_vmm)(vmm - snp_vmms)),
			    svsm ? "SVSM" : "kernel");
	if (kernel && svsm)
		return fail(err, TSMMR_E_ARG, "a kernel beside an SVSM");
	return 0;
}

/* Whole pages, below what is there already. */
static int check_size(struct snp_state *st, uint64_t size, const char *what,
		      struct tsmmr_error *err)
{
	if (!size || size % OVMF_PAGE || size > st->base)
		return fail(err, TSMMR_E_MALFORMED, "%s that is not whole pages below 4 GiB", what);
	st->base -= size;
	return 0;
}

static int check_sizes(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	const struct launch *l = &s->launch;
	struct snp_state *st = s->state;
	int r;

	st->base = GIB_4;
	r = check_size(st, l->images[IMAGE_FIRMWARE].size, "firmware", err);
	if (r < 0 || !l->images[IMAGE_SVSM].read)
		return r;
	if (launch_number(l, LAUNCH_VARS, 0))
		r = check_size(st, l->numbers[LAUNCH_VARS], "a store of variables", err);
	return r < 0 ? r : check_size(st, l->images[IMAGE_SVSM].size, "an SVSM", err);
}

static int read_metadata(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint8_t head[HEAD_SIZE];
	int r = ovmf_metadata(&st->ovmf, ovmf_guid_snp, HEAD_SIZE, &st->at, err);

	if (r == 0)
		r = image_read(&s->launch, st->ovmf.role, st->at, head, sizeof(head), err);
	if (r < 0)
		return r;
	st->n = get_le32(head + 12);
	if (memcmp(head, "ASEV", 4) != 0)
		return fail(err, TSMMR_E_MALFORMED, "there is no SEV metadata where it should be");
	if (get_le32(head + 8) != 1 || st->n > SECTIONS_MAX)
		return fail(err, TSMMR_E_UNSUPPORTED, "SEV metadata of version %u, %u sections",
			    get_le32(head + 8), st->n);
	st->at += HEAD_SIZE;
	if ((uint64_t)st->n * SECTION_SIZE > st->ovmf.size - st->at)
		return fail(err, TSMMR_E_MALFORMED, "the SEV metadata is not within the %s",
			    image_role_name(st->ovmf.role));
	return 0;
}

static int snp_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	bool svsm = s->launch.images[IMAGE_SVSM].read;
	int r;

	st->vmm = &snp_vmms[launch_number(&s->launch, LAUNCH_VMM, VMM_QEMU)];
	r = check_images(&s->launch, st->vmm, err);
	if (r == 0 && svsm && !s->launch.images[IMAGE_FIRMWARE].read)
		r = fail(err, TSMMR_E_ARG, "an SVSM without a firmware image");
	if (r == 0)
		r = ovmf_open(&s->launch, svsm ? IMAGE_SVSM : IMAGE_FIRMWARE, &st->ovmf, err);
	if (r == 0)
		r = read_metadata(s, err);
	if (r == 0)
		r = check_sizes(s, err);
	if (r < 0)
		return r;
	r = snp_pages_init(&st->pages, s->crypto);
	if (r == 0)
		r = hasher_init(&st->sha256, s->crypto, hash_by_id(TSMMR_HASH_SHA256));
	if (r == 0)
		r = launch_assume(s, svsm ? LAUNCH_SNP_SVSM : st->vmm->assumed);
	return r < 0 ? fail_low(err, r) : 0;
}

static void snp_close(struct tsmmr_stream *s)
{
	struct snp_state *st = s->state;

	snp_pages_done(&st->pages);
	hasher_done(&st->sha256);
}

static int fold_image(struct tsmmr_stream *s, struct tsmmr_event *e, enum image_role role,
		      uint64_t gpa, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	struct snp_pages *p = &st->pages;
	uint64_t size = s->launch.images[role].size;

	if (hasher_start(&p->content) < 0)
		return fail_nomem(err);
	for (uint64_t at = 0; at < size; at += OVMF_PAGE) {
		int r = image_read(&s->launch, role, at, st->page, OVMF_PAGE, err);

		if (r < 0)
			return r;
		if (hasher_update(&p->content, st->page, OVMF_PAGE) < 0 ||
		    snp_fold(p, SNP_PAGE_NORMAL, gpa + at, st->page) < 0)
			return fail_nomem(err);
	}
	if (hasher_final(&p->content, p->digest) < 0)
		return fail_nomem(err);
	snp_event(s, p, e,
		  &(struct snp_step){ .type = SNP_PAGE_NORMAL,
				      .what = role == IMAGE_SVSM ? SNP_SVSM : SNP_FIRMWARE,
				      .gpa = gpa,
				      .pages = size / OVMF_PAGE,
				      .content = true });
	return 0;
}

/* SHA-256 of an image, as it stands in the table: the command line with its NUL. */
static int hash_entry(struct tsmmr_stream *s, enum image_role role, uint8_t *ret,
		      struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint64_t n = s->launch.images[role].read ? s->launch.images[role].size : 0;
	int r;

	if (hasher_start(&st->sha256) < 0)
		return fail_nomem(err);
	r = image_hash(&s->launch, role, 0, n + (role == IMAGE_CMDLINE), &st->sha256, err);
	if (r < 0)
		return r;
	return hasher_final(&st->sha256, ret) < 0 ? fail_nomem(err) : 0;
}

/* Of the section that was read last. */
static uint64_t section_at(const struct snp_state *st)
{
	return st->at + (uint64_t)(st->next - 1) * SECTION_SIZE;
}

static int fold_hashes(struct tsmmr_stream *s, struct tsmmr_event *e, uint64_t gpa,
		       struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	struct span place;
	uint8_t *p;

	if (!ovmf_find(&st->ovmf, hashes_guid, &place) || place.n < 4 ||
	    get_le32(place.p) / OVMF_PAGE != gpa / OVMF_PAGE ||
	    get_le32(place.p) % OVMF_PAGE > OVMF_PAGE - TABLE_ROOM)
		return stream_fail(s, err, TSMMR_E_MALFORMED, st->at,
				   "the page for hashes has no room for their table");
	memset(st->page, 0, OVMF_PAGE);
	p = st->page + get_le32(place.p) % OVMF_PAGE;
	memcpy(p, table_guid, 16);
	put_le(p + 16, TABLE_SIZE, 2);
	p += 18;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++, p += ENTRY_SIZE) {
		int r = hash_entry(s, entries[i].role, p + 18, err);

		if (r < 0)
			return r;
		memcpy(p, entries[i].guid, 16);
		put_le(p + 16, ENTRY_SIZE, 2);
	}
	st->hashes_done = true;
	if (hash_bytes(&st->pages.h, st->page, OVMF_PAGE, st->pages.digest) < 0 ||
	    snp_fold(&st->pages, SNP_PAGE_NORMAL, gpa, st->page) < 0)
		return fail_nomem(err);
	snp_event(s, &st->pages, e,
		  &(struct snp_step){ SNP_PAGE_NORMAL, SNP_HASHES, gpa, 1, section_at(st), true });
	return 0;
}

/* What becomes of each type of section; 0: what the VMM makes of memory. */
static const struct kind {
	uint32_t section;
	uint8_t type;
	enum snp_what what;
	bool one_page;
} kinds[] = {
	{ SEC_MEM, 0, SNP_MEMORY, false },
	{ SEC_SECRETS, SNP_PAGE_SECRETS, SNP_SECRETS, true },
	{ SEC_CPUID, SNP_PAGE_CPUID, SNP_CPUID, true },
	{ SEC_SVSM_CAA, SNP_PAGE_ZERO, SNP_CAA, false },
	{ SEC_KERNEL_HASHES, SNP_PAGE_ZERO, SNP_HASHES, true },
};

static int read_section(struct tsmmr_stream *s, const struct kind **ret, uint32_t *ret_gpa,
			uint32_t *ret_size, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint64_t at = st->at + (uint64_t)st->next * SECTION_SIZE;
	uint8_t raw[SECTION_SIZE];
	uint32_t gpa, size;
	size_t i = 0;
	int r = image_read(&s->launch, st->ovmf.role, at, raw, sizeof(raw), err);

	if (r < 0)
		return r;
	gpa = get_le32(raw);
	size = get_le32(raw + 4);
	while (i < ARRAY_SIZE(kinds) && kinds[i].section != get_le32(raw + 8))
		i++;
	if (i == ARRAY_SIZE(kinds))
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, at, "a section of type 0x%x",
				   get_le32(raw + 8));
	if ((gpa | size) % OVMF_PAGE || !size || (kinds[i].one_page && size != OVMF_PAGE))
		return stream_fail(s, err, TSMMR_E_MALFORMED, at, "a section of 0x%x bytes at 0x%x",
				   size, gpa);
	st->n_pages += size / OVMF_PAGE;
	if (st->n_pages > OVMF_PAGES_MAX)
		return stream_fail(s, err, TSMMR_E_LIMIT, at, "more than %llu pages to add",
				   (unsigned long long)OVMF_PAGES_MAX);
	st->next++;
	*ret = &kinds[i];
	*ret_gpa = gpa;
	*ret_size = size;
	return 0;
}

static int fold_section(struct tsmmr_stream *s, struct tsmmr_event *e, const struct kind *kind,
			uint32_t gpa, uint32_t size, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint8_t type = kind->type ? kind->type : st->vmm->memory;

	if (kind->what == SNP_HASHES && s->launch.images[IMAGE_KERNEL].read)
		return fold_hashes(s, e, gpa, err);
	for (uint64_t page = 0; page < size; page += OVMF_PAGE)
		if (snp_fold(&st->pages, type, gpa + page, NULL) < 0)
			return fail_nomem(err);
	snp_event(s, &st->pages, e,
		  &(struct snp_step){ type, kind->what, gpa, size / OVMF_PAGE, section_at(st),
				      false });
	return 0;
}

/* 1 and the event of the next section whose turn it is, 0 after the last. */
static int next_section(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	const struct kind *kind = NULL;
	uint32_t gpa = 0, size = 0;
	int r;

	for (;;) {
		if (st->next == st->n) {
			if (st->cpuid_turn || !st->vmm->cpuid_last)
				return 0;
			st->cpuid_turn = true;
			st->next = 0;
			st->n_pages = 0;
			continue;
		}
		r = read_section(s, &kind, &gpa, &size, err);
		if (r < 0)
			return r;
		if (!st->vmm->cpuid_last || st->cpuid_turn == (kind->what == SNP_CPUID))
			break;
	}
	r = fold_section(s, e, kind, gpa, size, err);
	return r < 0 ? r : 1;
}

/* How many there are is in no image, and neither is what they look like. */
static int no_vcpus(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct snp_state *st = s->state;

	st->no_vcpus = true;
	snp_event(s, &st->pages, e,
		  &(struct snp_step){ SNP_PAGE_VMSA, SNP_VCPU, SNP_VMSA_GPA, 1, st->ovmf.size,
				      false });
	e->asserted.value.n = 0;
	return stream_finding(s, F_IMAGE_MISSING, e->offset,
			      "the state of the virtual CPUs was measured: %s not given",
			      st->vmm->rdx ? "vcpus is" : "vcpus and cpu are");
}

/* Where the next virtual CPU begins. */
static int find_entry(struct tsmmr_stream *s, uint32_t *ret, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	bool svsm = st->ovmf.role == IMAGE_SVSM;
	struct span entry;

	if (!svsm && !st->vcpu) {
		*ret = SNP_BSP_EIP;
		return 0;
	}
	if (!ovmf_find(&st->ovmf, svsm ? svsm_guid : reset_guid, &entry) || entry.n < 4)
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->ovmf.size,
				   svsm ? "an SVSM that does not say where it begins" :
					  "firmware for one virtual CPU, and there are more");
	*ret = get_le32(entry.p) + (svsm ? (uint32_t)st->base : 0);
	return 0;
}

static int fold_vcpu(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	bool svsm = st->ovmf.role == IMAGE_SVSM;
	struct snp_cpu cpu = {
		.vmm = st->vmm,
		.rdx = st->vmm->rdx ? st->vmm->rdx :
				      (uint32_t)launch_number(&s->launch, LAUNCH_CPU, 0),
		.features = launch_number(&s->launch, LAUNCH_FEATURES, 1),
		.fpu = st->vmm->fpu && launch_number(&s->launch, LAUNCH_FPU, !svsm),
		.flat = svsm,
	};
	int r = find_entry(s, &cpu.eip, err);

	if (r < 0)
		return r;
	snp_vmsa(st->page, &cpu);
	if (hash_bytes(&st->pages.h, st->page, OVMF_PAGE, st->pages.digest) < 0 ||
	    snp_fold(&st->pages, SNP_PAGE_VMSA, SNP_VMSA_GPA, st->page) < 0)
		return fail_nomem(err);
	snp_event_vcpu(&st->pages, (uint32_t)st->vcpu++, st->page);
	snp_event(s, &st->pages, e,
		  &(struct snp_step){ SNP_PAGE_VMSA, SNP_VCPU, SNP_VMSA_GPA, 1, st->ovmf.size,
				      true });
	return 0;
}

static int next_vcpu(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	const struct launch *l = &s->launch;
	bool given = l->given[LAUNCH_VCPUS] && (l->given[LAUNCH_CPU] || st->vmm->rdx);
	int r;

	if (given ? st->vcpu == l->numbers[LAUNCH_VCPUS] : st->no_vcpus)
		return 0;
	r = given ? fold_vcpu(s, e, err) : no_vcpus(s, e);
	return r < 0 ? r : 1;
}

/* 1 and the event of firmware or SVSM, 0 after them. */
static int next_image(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	const struct image *images = s->launch.images;
	int r = 0;

	if (!st->firmware_done) {
		st->firmware_done = true;
		r = fold_image(s, e, IMAGE_FIRMWARE, GIB_4 - images[IMAGE_FIRMWARE].size, err);
	} else if (images[IMAGE_SVSM].read && !st->svsm_done) {
		st->svsm_done = true;
		r = fold_image(s, e, IMAGE_SVSM, st->base, err);
	} else {
		return 0;
	}
	return r < 0 ? r : 1;
}

static int snp_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	int r = next_image(s, e, err);

	if (r == 0)
		r = next_section(s, e, err);
	if (r == 0 && s->launch.images[IMAGE_KERNEL].read && !st->hashes_done)
		r = stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->at,
				"the firmware has no page for the hashes of a kernel");
	if (r == 0)
		r = next_vcpu(s, e, err);
	return r;
}

const struct format format_snp_launch = {
	.id = TSMMR_FORMAT_SNP_LAUNCH,
	.name = "snp-launch",
	.default_platform = TSMMR_PLATFORM_SNP,
	.firmware = ovmf_guid_snp,
	.state_size = sizeof(struct snp_state),
	.open = snp_open,
	.next = snp_next,
	.close = snp_close,
};
