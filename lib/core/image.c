/* SPDX-License-Identifier: BSD-2-Clause */
/* What a launch is made of: images by role, and numbers by name. */
#include "core/image.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/error.h"

static const char *const roles[IMAGE_ROLES] = {
	[IMAGE_FIRMWARE] = "firmware", [IMAGE_KERNEL] = "kernel", [IMAGE_INITRD] = "initrd",
	[IMAGE_CMDLINE] = "cmdline",   [IMAGE_DTB] = "dtb",       [IMAGE_SVSM] = "svsm",
	[IMAGE_IGVM] = "igvm",         [IMAGE_EIF] = "eif",
};

static const char *const vmms[VMMS] = {
	[VMM_QEMU] = "qemu",
	[VMM_EC2] = "ec2",
	[VMM_GCE] = "gce",
};

static const struct {
	const char *name;
	uint64_t first, last;
	const char *const *words; /* what first to last are called; NULL: numbers */
} numbers[LAUNCH_NUMBERS] = {
	[LAUNCH_VCPUS] = { "vcpus", 1, 4096, NULL },
	[LAUNCH_CPU] = { "cpu", 0, UINT32_MAX, NULL },
	[LAUNCH_FEATURES] = { "features", 0, UINT64_MAX, NULL },
	[LAUNCH_RMM] = { "rmm", 1, 2, NULL },
	[LAUNCH_PASSES] = { "passes", 1, 2, NULL },
	[LAUNCH_FPU] = { "fpu", 0, 1, NULL },
	[LAUNCH_VARS] = { "vars", 0, UINT32_MAX, NULL },
	[LAUNCH_VMM] = { "vmm", 0, VMMS - 1, vmms },
};

int launch_new(struct tsmmr_launch **ret)
{
	struct tsmmr_launch *launch = calloc(1, sizeof(*launch));

	if (!launch)
		return TSMMR_E_NOMEM;
	launch->users = 1;
	*ret = launch;
	return 0;
}

struct tsmmr_launch *launch_use(const struct tsmmr_launch *launch)
{
	/* Counting is no change that anybody can see. */
	struct tsmmr_launch *l = (struct tsmmr_launch *)(uintptr_t)launch;

	__atomic_store_n(&l->used, true, __ATOMIC_RELEASE);
	users_add(&l->users);
	return l;
}

void launch_set_image(struct launch *l, enum image_role role, const struct image *image)
{
	if (l->images[role].read)
		l->images[role].done(l->images[role].user);
	l->images[role] = *image;
}

void launch_free(struct tsmmr_launch *launch)
{
	if (!launch || !users_drop(&launch->users))
		return;
	for (enum image_role role = 0; role < IMAGE_ROLES; role++)
		launch_set_image(&launch->is, role, &(struct image){ 0 });
	free(launch);
}

enum image_role image_role_find(const char *name)
{
	int i = 0;

	while (i < IMAGE_ROLES && strcmp(name, roles[i]) != 0)
		i++;
	return (enum image_role)i;
}

const char *image_role_name(enum image_role role)
{
	return roles[role];
}

static int set(struct launch *l, size_t i, uint64_t value)
{
	l->numbers[i] = value;
	l->given[i] = true;
	return 0;
}

/* Which number or word that is; fails where there is none. */
static int find(const char *name, bool words, size_t *ret, struct tsmmr_error *err)
{
	for (size_t i = 0; i < LAUNCH_NUMBERS; i++) {
		if (strcmp(name, numbers[i].name) != 0)
			continue;
		if (words != !!numbers[i].words)
			return fail(err, TSMMR_E_ARG, "%s is a %s", name,
				    words ? "number" : "word");
		*ret = i;
		return 0;
	}
	return fail(err, TSMMR_E_ARG, "nothing about a launch is called '%s'", name);
}

int launch_set(struct launch *l, const char *name, uint64_t value, struct tsmmr_error *err)
{
	size_t i = 0;
	int r = find(name, false, &i, err);

	if (r < 0)
		return r;
	if (value < numbers[i].first || value > numbers[i].last)
		return fail(err, TSMMR_E_ARG, "%s is not %llu to %llu", name,
			    (unsigned long long)numbers[i].first,
			    (unsigned long long)numbers[i].last);
	return set(l, i, value);
}

int launch_set_word(struct launch *l, const char *name, const char *word, struct tsmmr_error *err)
{
	size_t i = 0;
	int r = find(name, true, &i, err);

	if (r < 0)
		return r;
	for (uint64_t v = numbers[i].first; v <= numbers[i].last; v++)
		if (strcmp(word, numbers[i].words[v]) == 0)
			return set(l, i, v);
	return fail(err, TSMMR_E_ARG, "no %s is called '%s'", name, word);
}

const char *launch_vmm_name(enum launch_vmm vmm)
{
	return vmms[vmm];
}

uint64_t launch_number(const struct launch *l, enum launch_number which, uint64_t fallback)
{
	return l->given[which] ? l->numbers[which] : fallback;
}

int image_get(const struct image *image, const char *name, uint64_t at, void *to, size_t n,
	      struct tsmmr_error *err)
{
	uint8_t *p = to;

	assert(!n || image->read);
	while (n) {
		long got = image->read(image->user, at, p, n);

		if (got < 0) {
			errno = (int)-got;
			return fail_errno(err, "%s image: %s", name, errno_text(errno));
		}
		if (!got)
			return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, at, "%s image ends here",
				       name);
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int image_read(const struct launch *l, enum image_role role, uint64_t at, void *to, size_t n,
	       struct tsmmr_error *err)
{
	return image_get(&l->images[role], roles[role], at, to, n, err);
}

int image_hash(const struct launch *l, enum image_role role, uint64_t at, uint64_t n,
	       struct hasher *h, struct tsmmr_error *err)
{
	uint64_t size = l->images[role].size;
	uint8_t page[2048];

	while (n) {
		size_t part = n < sizeof(page) ? (size_t)n : sizeof(page);
		uint64_t left = at < size ? size - at : 0;
		size_t have = left < part ? (size_t)left : part;
		int r = image_read(l, role, at, page, have, err);

		if (r < 0)
			return r;
		memset(page + have, 0, part - have);
		if (hasher_update(h, page, part) < 0)
			return fail_nomem(err);
		at += part;
		n -= part;
	}
	return 0;
}
