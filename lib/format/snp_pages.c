/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What extends the launch digest of an SNP guest: one page after the other.
 *
 * SEV Secure Nested Paging Firmware ABI specification (AMD 56860), SNP_LAUNCH_UPDATE, "page
 * info": each page extends the launch digest by a block of 112 bytes with the digest before
 * it at 0, the hash of its content at 48 and its address at 104.
 */
#include "format/snp_pages.h"

#include "format/launch.h"

enum {
	INFO_SIZE = 112,
	PAGE_SIZE = 4096,
	/* What an event's data is made of. */
	DATA_GPA = 0,   /* u64 */
	DATA_PAGES = 8, /* u64 */
	DATA_WHAT = 16, /* u32 */
	DATA_VCPU = 20, /* u32, of a VMSA; then of u64: */
	DATA_ENTRY = 24,
	DATA_CPU = 32,
	DATA_FEATURES = 40,
	VMSA_CS_BASE = 0x18,
	VMSA_RIP = 0x178,
	VMSA_RDX = 0x310,
	VMSA_FEATURES = 0x3b0,
};

static const char *snp_type_name(uint32_t type)
{
	static const char *const names[] = {
		[SNP_PAGE_NORMAL] = "PAGE_NORMAL",   [SNP_PAGE_VMSA] = "PAGE_VMSA",
		[SNP_PAGE_ZERO] = "PAGE_ZERO",       [SNP_PAGE_UNMEASURED] = "PAGE_UNMEASURED",
		[SNP_PAGE_SECRETS] = "PAGE_SECRETS", [SNP_PAGE_CPUID] = "PAGE_CPUID",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static int snp_describe(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const whats[] = {
		[SNP_FIRMWARE] = "firmware",
		[SNP_MEMORY] = "memory",
		[SNP_SECRETS] = "secrets",
		[SNP_CPUID] = "CPUID table",
		[SNP_CAA] = "SVSM calling area",
		[SNP_HASHES] = "hashes of kernel, initrd, cmdline",
		[SNP_VCPU] = "vCPU",
		[SNP_SVSM] = "SVSM",
		[SNP_PAGES] = "added",
	};
	const uint8_t *p = e->data.p;
	uint32_t what;

	if (e->data.n < SNP_DATA_SIZE)
		return 0;
	what = get_le32(p + DATA_WHAT);
	buf_str(d->text, what < ARRAY_SIZE(whats) ? whats[what] : "?");
	if (what == SNP_VCPU) {
		buf_printf(d->text, " %u, entry 0x%llx, CPU 0x%llx, features 0x%llx",
			   get_le32(p + DATA_VCPU), (unsigned long long)get_le64(p + DATA_ENTRY),
			   (unsigned long long)get_le64(p + DATA_CPU),
			   (unsigned long long)get_le64(p + DATA_FEATURES));
		json_u64(d->details, "vcpu", get_le32(p + DATA_VCPU));
		json_hexnum(d->details, "entry", get_le64(p + DATA_ENTRY));
		json_hexnum(d->details, "cpu", get_le64(p + DATA_CPU));
		json_hexnum(d->details, "features", get_le64(p + DATA_FEATURES));
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

int snp_pages_init(struct snp_pages *p, struct crypto crypto)
{
	int r = hasher_init(&p->h, crypto, hash_by_id(TSMMR_HASH_SHA384));

	return r < 0 ? r : hasher_init(&p->content, crypto, hash_by_id(TSMMR_HASH_SHA384));
}

void snp_pages_done(struct snp_pages *p)
{
	hasher_done(&p->h);
	hasher_done(&p->content);
}

int snp_fold(struct snp_pages *p, uint8_t type, uint64_t gpa, const uint8_t *content)
{
	uint8_t info[INFO_SIZE] = { 0 };
	int r = content ? hash_bytes(&p->h, content, PAGE_SIZE, info + 48) : 0;

	memcpy(info, p->ld, SNP_LD_SIZE);
	put_le(info + 96, INFO_SIZE, 2);
	info[98] = type;
	put_le(info + 104, gpa, 8);
	return r < 0 ? r : hash_bytes(&p->h, info, INFO_SIZE, p->ld);
}

void snp_event_vcpu(struct snp_pages *p, uint32_t n, const uint8_t *vmsa)
{
	put_le(p->data + DATA_VCPU, n, 4);
	put_le(p->data + DATA_ENTRY, get_le64(vmsa + VMSA_CS_BASE) + get_le64(vmsa + VMSA_RIP), 8);
	memcpy(p->data + DATA_CPU, vmsa + VMSA_RDX, 8);
	memcpy(p->data + DATA_FEATURES, vmsa + VMSA_FEATURES, 8);
}

void snp_event(struct tsmmr_stream *s, struct snp_pages *p, struct tsmmr_event *e,
	       const struct snp_step *step)
{
	put_le(p->data + DATA_GPA, step->gpa, 8);
	put_le(p->data + DATA_PAGES, step->pages, 8);
	put_le(p->data + DATA_WHAT, step->what, 4);
	s->digests[0] = (struct digest){ TSMMR_HASH_SHA384, span_of(p->digest, SNP_LD_SIZE) };
	*e = (struct tsmmr_event){
		.offset = step->offset,
		.class = &snp_class,
		.type = step->type,
		.space = (uint8_t)s->platform->space,
		.data = span_of(p->data, SNP_DATA_SIZE),
		.n_digests = step->content,
		.digests = s->digests,
	};
	launch_step(e, true, TSMMR_HASH_SHA384, p->ld, SNP_LD_SIZE);
}
