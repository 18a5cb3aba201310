/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by role: what is measured of each. */
#include "known/image.h"

#include "util/error.h"

/* EV_IPL: GRUB, "Measured Boot": every file that it reads. */
static const struct image_rule grub_file = { "GRUB_FILE", { 0x0d }, 1 << 9, 0 };
/* EV_EVENT_TAG: systemd-stub, DEVICETREE_ADDON_EVENT_TAG_ID. */
static const struct image_rule dtb_addon = { "STUB_DTB_ADDON", { 0x06 }, 1 << 12, 0 };

static int pe_measures(const struct image_job *job, struct tsmmr_error *err)
{
	return pe_measure(job, "", 0, err);
}

/* GRUB reads it as a file, firmware runs it as an image, where it is one. */
static int kernel_measures(const struct image_job *job, struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &grub_file };
	bool is_pe;
	int r = pe_looks(job->image, &is_pe, err);

	if (r == 0)
		r = image_measure_whole(job, rules, ARRAY_SIZE(rules), "", 0, 0, err);
	return r == 0 && is_pe ? pe_measures(job, err) : r;
}

static int initrd_measures(const struct image_job *job, struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &grub_file, &image_rule_initrd_efi };
	static const struct image_rule *const padded[] = { &image_rule_initrd_padded };
	int r = image_measure_whole(job, rules, ARRAY_SIZE(rules), "", 0, 0, err);

	return r < 0 ? r : image_measure_whole(job, padded, 1, "", 0, initrd_pad(job), err);
}

static int dtb_measures(const struct image_job *job, struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &grub_file, &dtb_addon };

	return image_measure_whole(job, rules, ARRAY_SIZE(rules), "", 0, 0, err);
}

static int file_measures(const struct image_job *job, struct tsmmr_error *err)
{
	static const struct image_rule *const rules[] = { &image_rule_file };

	return image_measure_whole(job, rules, ARRAY_SIZE(rules), "", 0, 0, err);
}

static int firmware_measures(const struct image_job *job, struct tsmmr_error *err)
{
	(void)job;
	(void)err;
	return 0;
}

static const struct {
	const char *role;
	int (*measures)(const struct image_job *job, struct tsmmr_error *err);
} roles[] = {
	{ "pe", pe_measures },         { "uki", uki_measures },
	{ "kernel", kernel_measures }, { "initrd", initrd_measures },
	{ "dtb", dtb_measures },       { "cmdline", cmdline_measures },
	{ "file", file_measures },     { "firmware", firmware_measures },
};

const char *image_role(size_t i)
{
	return i < ARRAY_SIZE(roles) ? roles[i].role : NULL;
}

int image_measures(const char *role, const struct image_job *job, struct tsmmr_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (strcmp(role, roles[i].role) == 0)
			return roles[i].measures(job, err);
	return fail(err, TSMMR_E_ARG, "no image has the role '%s'", role);
}
