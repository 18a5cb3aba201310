/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launch of an SNP guest by QEMU, from its firmware: what MEASUREMENT is made of.
 *
 * SEV Secure Nested Paging Firmware ABI specification (AMD 56860), SNP_LAUNCH_UPDATE, "page
 * info": each page extends the launch digest by a block of 112 bytes with the digest before
 * it at 0, the hash of its content at 48 and its address at 104.  Which pages, in which order:
 * the firmware itself; the sections that its metadata lists (edk2,
 * OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm), the hashes of kernel, initrd and command
 * line among them (QEMU, target/i386/sev.c); one VMSA for each virtual CPU.
 */
#include "crypto/hash.h"
#include "format/launch.h"
#include "format/ovmf.h"
#include "format/snp_vmsa.h"
#include "util/error.h"

enum { PAGE_NORMAL = 1, PAGE_VMSA, PAGE_ZERO, PAGE_UNMEASURED, PAGE_SECRETS, PAGE_CPUID };
enum { SEC_MEM = 1, SEC_SECRETS = 2, SEC_CPUID = 3, SEC_SVSM_CAA = 4, SEC_KERNEL_HASHES = 0x10 };
enum { WHAT_FIRMWARE, WHAT_MEMORY, WHAT_SECRETS, WHAT_CPUID, WHAT_CAA, WHAT_HASHES, WHAT_VCPU };

enum {
	HEAD_SIZE = 16, /* "ASEV", length, version, number of sections */
	SECTION_SIZE = 12,
	SECTIONS_MAX = 64,
	INFO_SIZE = 112,
	LD_SIZE = 48,
	/* What an event's data is made of. */
	DATA_GPA = 0,   /* u64 */
	DATA_PAGES = 8, /* u64 */
	DATA_WHAT = 16, /* u32 */
	DATA_VCPU = 20, /* u32, of a VMSA; then entry point and CPU, u32, features, u64 */
	DATA_SIZE = 40,
};

#define VMSA_GPA UINT64_C(0xfffffffff000)
#define GIB_4 UINT64_C(0x100000000)

struct snp_state {
	struct ovmf ovmf;
	struct hasher h, content, sha256;
	uint64_t at; /* of the sections */
	uint32_t n, next;
	uint64_t pages;
	bool firmware_done, hashes_done, no_vcpus;
	uint64_t vcpu; /* the next of them */
	uint8_t ld[LD_SIZE], digest[LD_SIZE], data[DATA_SIZE];
	uint8_t page[OVMF_PAGE];
};

/* 00f771de-1a7e-4fcb-890e-68c77e2fb44e: u32, where other CPUs than the first begin */
static const uint8_t reset_guid[16] = { 0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f,
					0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e };
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

static void put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static const char *snp_type_name(uint32_t type)
{
	static const char *const names[] = {
		[PAGE_NORMAL] = "PAGE_NORMAL",   [PAGE_VMSA] = "PAGE_VMSA",
		[PAGE_ZERO] = "PAGE_ZERO",       [PAGE_UNMEASURED] = "PAGE_UNMEASURED",
		[PAGE_SECRETS] = "PAGE_SECRETS", [PAGE_CPUID] = "PAGE_CPUID",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static int snp_describe(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const whats[] = {
		[WHAT_FIRMWARE] = "firmware",
		[WHAT_MEMORY] = "memory",
		[WHAT_SECRETS] = "secrets",
		[WHAT_CPUID] = "CPUID table",
		[WHAT_CAA] = "SVSM calling area",
		[WHAT_HASHES] = "hashes of kernel, initrd, cmdline",
		[WHAT_VCPU] = "vCPU",
	};
	const uint8_t *p = e->data.p;
	uint32_t what;

	if (e->data.n < DATA_SIZE)
		return 0;
	what = get_le32(p + DATA_WHAT);
	buf_str(d->text, what < ARRAY_SIZE(whats) ? whats[what] : "?");
	if (what == WHAT_VCPU) {
		buf_printf(d->text, " %u, entry 0x%x, CPU 0x%x, features 0x%llx",
			   get_le32(p + DATA_VCPU), get_le32(p + DATA_VCPU + 4),
			   get_le32(p + DATA_VCPU + 8),
			   (unsigned long long)get_le64(p + DATA_VCPU + 12));
		json_u64(d->details, "vcpu", get_le32(p + DATA_VCPU));
		json_hexnum(d->details, "entry", get_le32(p + DATA_VCPU + 4));
		json_hexnum(d->details, "cpu", get_le32(p + DATA_VCPU + 8));
		json_hexnum(d->details, "features", get_le64(p + DATA_VCPU + 12));
	} else {
		buf_printf(d->text, " 0x%llx, %llu page%s", (unsigned long long)get_le64(p),
			   (unsigned long long)get_le64(p + DATA_PAGES),
			   get_le64(p + DATA_PAGES) == 1 ? "" : "s");
	}
	json_hexnum(d->details, "gpa", get_le64(p + DATA_GPA));
	json_u64(d->details, "pages", get_le64(p + DATA_PAGES));
	return 0;
}

static const struct event_class snp_class = {
	.type_name = snp_type_name,
	.n_rules = &launch_n_rules,
	.describe = snp_describe,
};

static int check_images(const struct launch *l, struct tsmmr_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (l->images[entries[i].role].read && !l->images[IMAGE_KERNEL].read)
			return fail(err, TSMMR_E_ARG, "%s image without a kernel image",
				    image_role_name(entries[i].role));
	return 0;
}

static int read_metadata(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint8_t head[HEAD_SIZE];
	int r = ovmf_metadata(&st->ovmf, ovmf_guid_snp, HEAD_SIZE, &st->at, err);

	if (r == 0)
		r = image_read(&s->launch, IMAGE_FIRMWARE, st->at, head, sizeof(head), err);
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
		return fail(err, TSMMR_E_MALFORMED, "the SEV metadata is not within the firmware");
	if (!st->ovmf.size || st->ovmf.size % OVMF_PAGE || st->ovmf.size > GIB_4)
		return fail(err, TSMMR_E_MALFORMED, "firmware that is not whole pages below 4 GiB");
	return 0;
}

static int snp_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	int r = check_images(&s->launch, err);

	if (r == 0)
		r = ovmf_open(&s->launch, &st->ovmf, err);
	if (r == 0)
		r = read_metadata(s, err);
	if (r < 0)
		return r;
	r = hasher_init(&st->h, hash_by_id(TSMMR_HASH_SHA384));
	if (r == 0)
		r = hasher_init(&st->content, hash_by_id(TSMMR_HASH_SHA384));
	if (r == 0)
		r = hasher_init(&st->sha256, hash_by_id(TSMMR_HASH_SHA256));
	return r < 0 ? fail_low(err, r) : 0;
}

static void snp_close(struct tsmmr_stream *s)
{
	struct snp_state *st = s->state;

	hasher_done(&st->h);
	hasher_done(&st->content);
	hasher_done(&st->sha256);
}

/* One page more in the launch digest.  content: of a page that has one, 4096 bytes. */
static int fold(struct snp_state *st, uint8_t type, uint64_t gpa, const uint8_t *content)
{
	uint8_t info[INFO_SIZE] = { 0 };
	int r = content ? hash_bytes(&st->h, content, OVMF_PAGE, info + 48) : 0;

	memcpy(info, st->ld, LD_SIZE);
	put(info + 96, INFO_SIZE, 2);
	info[98] = type;
	put(info + 104, gpa, 8);
	return r < 0 ? r : hash_bytes(&st->h, info, INFO_SIZE, st->ld);
}

/* The event of what was folded; with content where its digest is in st. */
static void make_event(struct tsmmr_stream *s, struct tsmmr_event *e, uint32_t type, uint64_t gpa,
		       uint64_t pages, uint32_t what, bool content)
{
	struct snp_state *st = s->state;

	put(st->data + DATA_GPA, gpa, 8);
	put(st->data + DATA_PAGES, pages, 8);
	put(st->data + DATA_WHAT, what, 4);
	*e = (struct tsmmr_event){
		.offset = what == WHAT_FIRMWARE ? 0 :
			  what == WHAT_VCPU     ? st->ovmf.size :
						  st->at + (uint64_t)(st->next - 1) * SECTION_SIZE,
		.class = &snp_class,
		.type = type,
		.space = (uint8_t)s->platform->space,
		.data = span_of(st->data, DATA_SIZE),
		.n_digests = content,
		.digests[0] = { TSMMR_HASH_SHA384, span_of(st->digest, LD_SIZE) },
	};
	launch_step(e, true, TSMMR_HASH_SHA384, st->ld, LD_SIZE);
}

static int fold_firmware(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint64_t gpa = GIB_4 - st->ovmf.size;

	st->firmware_done = true;
	if (hasher_start(&st->content) < 0)
		return fail_nomem(err);
	for (uint64_t at = 0; at < st->ovmf.size; at += OVMF_PAGE) {
		int r = image_read(&s->launch, IMAGE_FIRMWARE, at, st->page, OVMF_PAGE, err);

		if (r < 0)
			return r;
		if (hasher_update(&st->content, st->page, OVMF_PAGE) < 0 ||
		    fold(st, PAGE_NORMAL, gpa + at, st->page) < 0)
			return fail_nomem(err);
	}
	if (hasher_final(&st->content, st->digest) < 0)
		return fail_nomem(err);
	make_event(s, e, PAGE_NORMAL, gpa, st->ovmf.size / OVMF_PAGE, WHAT_FIRMWARE, true);
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
	put(p + 16, TABLE_SIZE, 2);
	p += 18;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++, p += ENTRY_SIZE) {
		int r = hash_entry(s, entries[i].role, p + 18, err);

		if (r < 0)
			return r;
		memcpy(p, entries[i].guid, 16);
		put(p + 16, ENTRY_SIZE, 2);
	}
	st->hashes_done = true;
	if (hash_bytes(&st->h, st->page, OVMF_PAGE, st->digest) < 0 ||
	    fold(st, PAGE_NORMAL, gpa, st->page) < 0)
		return fail_nomem(err);
	make_event(s, e, PAGE_NORMAL, gpa, 1, WHAT_HASHES, true);
	return 0;
}

/* What QEMU makes of each type of section. */
static const struct kind {
	uint32_t section;
	uint8_t type, what;
	bool one_page;
} kinds[] = {
	{ SEC_MEM, PAGE_ZERO, WHAT_MEMORY, false },
	{ SEC_SECRETS, PAGE_SECRETS, WHAT_SECRETS, true },
	{ SEC_CPUID, PAGE_CPUID, WHAT_CPUID, true },
	{ SEC_SVSM_CAA, PAGE_ZERO, WHAT_CAA, false },
	{ SEC_KERNEL_HASHES, PAGE_ZERO, WHAT_HASHES, true },
};

static int read_section(struct tsmmr_stream *s, const struct kind **ret, uint32_t *ret_gpa,
			uint32_t *ret_size, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint64_t at = st->at + (uint64_t)st->next * SECTION_SIZE;
	uint8_t raw[SECTION_SIZE];
	uint32_t gpa, size;
	size_t i = 0;
	int r = image_read(&s->launch, IMAGE_FIRMWARE, at, raw, sizeof(raw), err);

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
	st->pages += size / OVMF_PAGE;
	if (st->pages > OVMF_PAGES_MAX)
		return stream_fail(s, err, TSMMR_E_LIMIT, at, "more than %llu pages to add",
				   (unsigned long long)OVMF_PAGES_MAX);
	st->next++;
	*ret = &kinds[i];
	*ret_gpa = gpa;
	*ret_size = size;
	return 0;
}

static int fold_section(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	const struct kind *kind = NULL;
	uint32_t gpa = 0, size = 0;
	int r = read_section(s, &kind, &gpa, &size, err);

	if (r < 0)
		return r;
	if (kind->what == WHAT_HASHES && s->launch.images[IMAGE_KERNEL].read)
		return fold_hashes(s, e, gpa, err);
	for (uint64_t page = 0; page < size; page += OVMF_PAGE)
		if (fold(st, kind->type, gpa + page, NULL) < 0)
			return fail_nomem(err);
	make_event(s, e, kind->type, gpa, size / OVMF_PAGE, kind->what, false);
	return 0;
}

/* How many there are is in no image, and neither is what they look like. */
static int no_vcpus(struct tsmmr_stream *s, struct tsmmr_event *e)
{
	struct snp_state *st = s->state;

	st->no_vcpus = true;
	make_event(s, e, PAGE_VMSA, VMSA_GPA, 1, WHAT_VCPU, false);
	e->asserted.value.n = 0;
	return stream_finding(
		s, F_IMAGE_MISSING, e->offset,
		"the state of the virtual CPUs was measured: vcpus and cpu are not given");
}

static int fold_vcpu(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	uint32_t cpu = (uint32_t)launch_number(&s->launch, LAUNCH_CPU, 0);
	uint64_t features = launch_number(&s->launch, LAUNCH_FEATURES, 1);
	uint32_t eip = SNP_BSP_EIP;
	struct span reset;

	if (st->vcpu) {
		if (!ovmf_find(&st->ovmf, reset_guid, &reset) || reset.n < 4)
			return stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->ovmf.size,
					   "firmware for one virtual CPU, and there are more");
		eip = get_le32(reset.p);
	}
	snp_vmsa(st->page, eip, cpu, features);
	if (hash_bytes(&st->h, st->page, OVMF_PAGE, st->digest) < 0 ||
	    fold(st, PAGE_VMSA, VMSA_GPA, st->page) < 0)
		return fail_nomem(err);
	put(st->data + DATA_VCPU, st->vcpu++, 4);
	put(st->data + DATA_VCPU + 4, eip, 4);
	put(st->data + DATA_VCPU + 8, cpu, 4);
	put(st->data + DATA_VCPU + 12, features, 8);
	make_event(s, e, PAGE_VMSA, VMSA_GPA, 1, WHAT_VCPU, true);
	return 0;
}

static int snp_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct snp_state *st = s->state;
	const struct launch *l = &s->launch;
	int r;

	if (!st->firmware_done) {
		r = fold_firmware(s, e, err);
	} else if (st->next < st->n) {
		r = fold_section(s, e, err);
	} else if (l->images[IMAGE_KERNEL].read && !st->hashes_done) {
		r = stream_fail(s, err, TSMMR_E_UNSUPPORTED, st->at,
				"the firmware has no page for the hashes of a kernel");
	} else if (!l->given[LAUNCH_VCPUS] || !l->given[LAUNCH_CPU]) {
		if (st->no_vcpus)
			return 0;
		r = no_vcpus(s, e);
	} else {
		if (st->vcpu == l->numbers[LAUNCH_VCPUS])
			return 0;
		r = fold_vcpu(s, e, err);
	}
	return r < 0 ? r : 1;
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
