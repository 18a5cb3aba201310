/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unified kernel images: a PE image that carries the kernel, its initrd, its command line …, and
 * systemd-stub, which measures them.  (UAPI Group, "Unified Kernel Image (UKI)"; systemd's
 * TPM2_PCR_MEASUREMENTS, PCR 11)
 */
#include "known/image.h"

#include "util/cleanup.h"
#include "util/error.h"

/* Zeros after a section, where it is larger in memory than in the file. */
#define UKI_ZEROS_MAX (UINT64_C(64) << 20)

/*
 * In the order in which systemd-stub measures them (its uki.h): sections were only ever added, so
 * one order is that of all versions.  Which .dtbauto and .efifw is measured depends on the machine.
 * The last, which signs the result, is not measured.
 */
static const char *const names[] = {
	".linux", ".osrel",   ".cmdline", ".initrd",  ".ucode", ".splash", ".dtb",    ".uname",
	".sbat",  ".pcrpkey", ".profile", ".dtbauto", ".hwids", ".efifw",  ".pcrsig",
};

enum {
	LINUX = 0,
	OSREL = 1,
	INITRD = 3,
	UCODE = 4,
	PCRPKEY = 9,
	PROFILE = 10,
	PCRSIG = 14,
	SECTIONS = ARRAY_SIZE(names)
};

/*
 * Sections that the kernel gets once more, each in an archive after the initrd, in this order
 * (systemd's stub.c): since 252 the first two, since 257 all.
 */
static const struct {
	uint8_t section;
	const char *file;
} archived[] = {
	{ PCRSIG, "tpm2-pcr-signature.json" },
	{ PCRPKEY, "tpm2-pcr-public-key.pem" },
	{ OSREL, "os-release" },
	{ PROFILE, "profile" },
};

enum { ARCHIVED_252 = 2, ARCHIVED = ARRAY_SIZE(archived) };

/* EV_IPL, EV_EVENT_TAG: systemd-stub only ever wrote the first so far. */
const struct image_rule image_rule_section_name = { "UKI_SECTION_NAME", { 0x0d }, 1 << 11, 0 };
const struct image_rule image_rule_section = { "UKI_SECTION", { 0x0d }, 1 << 11, 0 };
/* EV_EVENT_TAG: what the kernel gets of the image alone, by those versions. */
static const struct image_rule stub_252 = { "STUB_INITRD_252", { 0x06 }, 1 << 9, TAG_INITRD };
static const struct image_rule stub_257 = { "STUB_INITRD", { 0x06 }, 1 << 9, TAG_INITRD };

/* A section as it is in memory: what the file has of it, then zeros. */
struct part {
	const struct image *whole;
	const struct pe_section *section;
	struct image image;
};

static long part_read(void *user, uint64_t at, void *to, size_t n)
{
	const struct part *p = user;
	const struct pe_section *s = p->section;
	uint64_t size = p->image.size, filled = s->size < size ? s->size : size;

	if (at >= size)
		return 0;
	if (n > size - at)
		n = (size_t)(size - at);
	if (at < filled) {
		if (n > filled - at)
			n = (size_t)(filled - at);
		return p->whole->read(p->whole->user, s->at + at, to, n);
	}
	memset(to, 0, n);
	return (long)n;
}

/*
 * The sections of a profile: those before the first .profile, which all have, and in their place
 * those from its own .profile to the next.  The first of a name counts.  (systemd's pe.c)
 */
static int find_sections(const struct pe *pe, unsigned profile,
			 const struct pe_section *found[SECTIONS], struct tsmmr_error *err)
{
	bool own[SECTIONS] = { 0 };
	unsigned profiles = 0;

	for (size_t i = 0; i < pe->n; i++) {
		const struct pe_section *s = &pe->sections[i];

		profiles += strcmp(s->name, ".profile") == 0;
		if (profiles && profiles - 1 != profile)
			continue;
		for (size_t k = 0; k < SECTIONS; k++) {
			if (strcmp(s->name, names[k]) != 0 || (profiles ? own[k] : !!found[k]))
				continue;
			found[k] = s;
			own[k] = profiles;
		}
	}
	if (profile && profiles <= profile)
		return fail(err, TSMMR_E_NOTFOUND, "UKI: there is no profile %u", profile);
	return 0;
}

static struct part part_of(const struct image *whole, const struct pe_section *s)
{
	return (struct part){ whole, s, { part_read, NULL, NULL, s->virtual_size } };
}

static int check_zeros(const struct pe_section *s, struct tsmmr_error *err)
{
	if (s->virtual_size <= s->size || s->virtual_size - s->size <= UKI_ZEROS_MAX)
		return 0;
	return fail(err, TSMMR_E_LIMIT, "UKI: section %s has %u bytes, and %u in memory", s->name,
		    s->size, s->virtual_size);
}

/* With what brings it to four bytes, where others follow or precede it. */
static int add_part(const struct image_job *whole, const struct pe_section *s, bool alone,
		    struct tsmmr_error *err)
{
	static const uint8_t zeros[INITRD_ALIGN];
	struct part part = part_of(whole->image, s);
	struct image_job job = *whole;
	int r = check_zeros(s, err);

	part.image.user = &part;
	job.image = &part.image;
	if (r == 0)
		r = image_add_range(&job, 0, part.image.size, err);
	return r < 0 || alone ? r : image_add(&job, zeros, initrd_pad(&job), err);
}

/* The head of a file in an archive, as systemd's cpio.c fills in what the kernel reads. */
static void add_entry(struct buf *out, unsigned inode, unsigned mode, uint32_t size,
		      const char *folder, const char *file)
{
	size_t n = strlen(folder) + strlen(file) + 1;

	buf_printf(out, "070701%08x%08x%08x%08x%08x%08x%08x", inode, mode, 0, 0, 1, 0, size);
	buf_printf(out, "%08x%08x%08x%08x%08x%08x%s%s", 0, 0, 0, 0, (unsigned)n, 0, folder, file);
	do
		buf_char(out, '\0');
	while (out->n % INITRD_ALIGN);
}

static int add_archive(const struct image_job *job, const struct pe_section *s, const char *file,
		       struct tsmmr_error *err)
{
	static const char end[] = "070701"
				  "00000000000000000000000000000000"
				  "00000001"
				  "000000000000000000000000000000000000000000000000"
				  "0000000B"
				  "00000000"
				  "TRAILER!!!\0\0\0"; /* and the NUL of a string */
	_cleanup_(buf_done) struct buf head = { 0 };
	int r;

	add_entry(&head, 1, 040555, 0, ".extra", "");
	add_entry(&head, 2, 0100444, s->virtual_size, ".extra/", file);
	r = head.failed ? fail_nomem(err) : image_add(job, head.p, head.n, err);
	if (r == 0)
		r = add_part(job, s, false, err);
	return r < 0 ? r : image_add(job, end, sizeof(end), err);
}

/* What the kernel gets, where nothing beside the image adds to it; n is how many are archived. */
static int measure_initrd(const struct image_job *job, const struct pe_section *const *found,
			  size_t n, const struct image_rule *rule, struct tsmmr_error *err)
{
	static const uint8_t first[] = { UCODE, INITRD };
	size_t parts = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		parts += found[first[i]] != NULL;
	for (size_t i = 0; i < n; i++)
		parts += found[archived[i].section] != NULL;
	if (!parts)
		return 0;
	r = image_begin(job, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(first); i++)
		if (found[first[i]])
			r = add_part(job, found[first[i]], parts == 1, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (found[archived[i].section])
			r = add_archive(job, found[archived[i].section], archived[i].file, err);
	return r < 0 ? r : image_emit(job, rule, names[INITRD], INITRD, err);
}

static int measure_part(const struct image_job *whole, const struct pe_section *s, unsigned order,
			struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &image_rule_section,
							  &image_rule_initrd_efi };
	static const struct image_rule *const padded[] = { &image_rule_initrd_padded };
	struct part part = part_of(whole->image, s);
	struct image_job job = *whole;
	int r = check_zeros(s, err);

	part.image.user = &part;
	job.image = &part.image;
	if (r == 0)
		r = image_begin(&job, err);
	if (r == 0)
		r = image_add(&job, s->name, strlen(s->name) + 1, err);
	if (r == 0)
		r = image_emit(&job, &image_rule_section_name, names[order], order, err);
	if (r == 0)
		r = image_measure_whole(&job, rules, order == INITRD ? 2 : 1, names[order], order,
					0, err);
	/* What firmware and the kernel measure of it, once systemd-stub has started it. */
	if (r == 0 && order == INITRD)
		r = image_measure_whole(&job, padded, 1, names[order], order, initrd_pad(&job),
					err);
	if (r == 0 && order == LINUX)
		r = pe_measure(&job, names[order], order, err);
	if (r == 0 && strcmp(s->name, ".cmdline") == 0)
		r = cmdline_efi(&job, names[order], order, err);
	return r;
}

int uki_measures(const struct image_job *job, struct tsmmr_error *err)
{
	const struct pe_section *found[SECTIONS] = { 0 };
	_cleanup_(free) struct pe *pe = malloc(sizeof(*pe));
	int r = pe ? pe_read(job->image, pe, err) : fail_nomem(err);

	if (r == 0)
		r = find_sections(pe, job->profile, found, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < SECTIONS; i++)
		if (found[i] && !found[i]->virtual_size)
			found[i] = NULL;
	if (!found[LINUX])
		return fail(err, TSMMR_E_FORMAT, "not a UKI: it has no section .linux");
	r = pe_measure_read(job, pe, "", 0, err);
	for (unsigned i = 0; r == 0 && i < PCRSIG; i++)
		if (found[i])
			r = measure_part(job, found[i], i, err);
	if (r == 0)
		r = measure_initrd(job, found, ARCHIVED_252, &stub_252, err);
	return r < 0 ? r : measure_initrd(job, found, ARCHIVED, &stub_257, err);
}
