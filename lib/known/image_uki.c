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
 * one order is that of all versions.  .pcrsig signs the result.  Which .dtbauto and .efifw is
 * measured depends on the machine.
 */
static const char *const measured[] = {
	".linux", ".osrel", ".cmdline", ".initrd",  ".ucode",   ".splash", ".dtb",
	".uname", ".sbat",  ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw",
};

enum { SECTIONS = ARRAY_SIZE(measured) };

/* EV_IPL, EV_EVENT_TAG: systemd-stub only ever wrote the first so far. */
const struct image_rule image_rule_section_name = { "UKI_SECTION_NAME", { 0x0d }, 1 << 11, 0 };
const struct image_rule image_rule_section = { "UKI_SECTION", { 0x0d }, 1 << 11, 0 };

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
			if (strcmp(s->name, measured[k]) != 0 || (profiles ? own[k] : !!found[k]))
				continue;
			found[k] = s;
			own[k] = profiles;
		}
	}
	if (profile && profiles <= profile)
		return fail(err, TSMMR_E_NOTFOUND, "UKI: there is no profile %u", profile);
	return 0;
}

static int measure_part(const struct image_job *whole, const struct pe_section *s, unsigned order,
			struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &image_rule_section,
							  &image_rule_initrd_efi };
	static const struct image_rule *const padded[] = { &image_rule_initrd_padded };
	struct part part = { whole->image, s, { part_read, NULL, &part, s->virtual_size } };
	bool initrd = strcmp(s->name, ".initrd") == 0;
	struct image_job job = *whole;
	int r;

	job.image = &part.image;
	if (s->virtual_size > s->size && s->virtual_size - s->size > UKI_ZEROS_MAX)
		return fail(err, TSMMR_E_LIMIT, "UKI: section %s has %u bytes, and %u in memory",
			    s->name, s->size, s->virtual_size);
	r = image_begin(&job, err);
	if (r == 0)
		r = image_add(&job, s->name, strlen(s->name) + 1, err);
	if (r == 0)
		r = image_emit(&job, &image_rule_section_name, measured[order], order, err);
	if (r == 0)
		r = image_measure_whole(&job, rules, initrd ? 2 : 1, measured[order], order, 0,
					err);
	/* What firmware and the kernel measure of it, once systemd-stub has started it. */
	if (r == 0 && initrd)
		r = image_measure_whole(&job, padded, 1, measured[order], order, initrd_pad(&job),
					err);
	if (r == 0 && strcmp(s->name, ".linux") == 0)
		r = pe_measure(&job, measured[order], order, err);
	if (r == 0 && strcmp(s->name, ".cmdline") == 0)
		r = cmdline_efi(&job, measured[order], order, err);
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
	if (!found[0] || !found[0]->virtual_size)
		return fail(err, TSMMR_E_FORMAT, "not a UKI: it has no section .linux");
	r = pe_measure_read(job, pe, "", 0, err);
	for (unsigned i = 0; r == 0 && i < SECTIONS; i++)
		if (found[i] && found[i]->virtual_size)
			r = measure_part(job, found[i], i, err);
	return r;
}
