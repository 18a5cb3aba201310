/* SPDX-License-Identifier: BSD-2-Clause */
/* What a launch is made of: images by role, and numbers by name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

enum image_role {
	IMAGE_FIRMWARE,
	IMAGE_KERNEL,
	IMAGE_INITRD,
	IMAGE_CMDLINE,
	IMAGE_DTB,
	IMAGE_SVSM,
	IMAGE_IGVM,
	IMAGE_EIF,
	IMAGE_ROLES
};

/* Reads n bytes from at on: the number, 0 at the end, or -errno. */
typedef long (*image_read_fn)(void *user, uint64_t at, void *to, size_t n);

struct image {
	image_read_fn read;       /* NULL: not given */
	void (*done)(void *user); /* what read was given of it */
	void *user;
	uint64_t size;
};

enum launch_number {
	LAUNCH_VCPUS,
	LAUNCH_CPU,
	LAUNCH_FEATURES,
	LAUNCH_RMM,
	LAUNCH_PASSES,
	LAUNCH_FPU,
	LAUNCH_VARS,
	LAUNCH_VMM, /* enum launch_vmm */
	LAUNCH_NUMBERS
};

enum launch_vmm { VMM_QEMU, VMM_EC2, VMM_GCE, VMMS };

struct launch {
	struct image images[IMAGE_ROLES];
	uint64_t numbers[LAUNCH_NUMBERS];
	bool given[LAUNCH_NUMBERS];
};

struct tsmmr_launch {
	unsigned users; /* atomic */
	bool used;      /* atomic: something reads it, so it never changes again */
	struct launch is;
};

int launch_new(struct tsmmr_launch **ret);
/* For one that reads it. */
struct tsmmr_launch *launch_use(const struct tsmmr_launch *launch);
void launch_free(struct tsmmr_launch *launch);
/* Takes over what image reads, in place of what had that role. */
void launch_set_image(struct launch *l, enum image_role role, const struct image *image);

/* IMAGE_ROLES where there is no such role. */
enum image_role image_role_find(const char *name);
const char *image_role_name(enum image_role role);
/* E_ARG for another name, or a value it cannot have. */
int launch_set(struct launch *l, const char *name, uint64_t value, struct tsmmr_error *err);
int launch_set_word(struct launch *l, const char *name, const char *word, struct tsmmr_error *err);
/* What the VMM is called. */
const char *launch_vmm_name(enum launch_vmm vmm);
/* The number given, or fallback. */
uint64_t launch_number(const struct launch *l, enum launch_number which, uint64_t fallback);

/*
 * All n bytes of an image, which is called name in errors; E_TRUNCATED where it ends before,
 * E_IO.
 */
int image_get(const struct image *image, const char *name, uint64_t at, void *to, size_t n,
	      struct tsmmr_error *err);
/* The same of one that was given. */
int image_read(const struct launch *l, enum image_role role, uint64_t at, void *to, size_t n,
	       struct tsmmr_error *err);

struct hasher;
/*
 * Feeds n bytes from at on to h; what lies after the image's end is zero, so the caller
 * bounds n.
 */
int image_hash(const struct launch *l, enum image_role role, uint64_t at, uint64_t n,
	       struct hasher *h, struct tsmmr_error *err);
