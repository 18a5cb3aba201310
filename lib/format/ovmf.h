/* SPDX-License-Identifier: BSD-2-Clause */
/* What UEFI firmware for confidential guests says about itself, at its end. */
#pragma once

#include "core/image.h"
#include "util/cursor.h"

#define OVMF_PAGE 4096u
/* Pages of a launch whose number the firmware's metadata chooses. */
#define OVMF_PAGES_MAX (UINT64_C(1) << 18)
#define OVMF_TABLE_MAX 4096

struct ovmf {
	enum image_role role;
	uint64_t size; /* of the image */
	size_t n;
	uint8_t table[OVMF_TABLE_MAX]; /* entries of the GUID table, without its footer */
};

/* E_ARG where that image is not given, E_FORMAT where it has no table, or as image_read(). */
int ovmf_open(const struct launch *l, enum image_role role, struct ovmf *ret,
	      struct tsmmr_error *err);
/* The data of an entry; the GUID's bytes are as stored. */
bool ovmf_find(const struct ovmf *o, const uint8_t *guid, struct span *ret);
/*
 * Where the metadata is whose distance from the end an entry gives: head bytes of it
 * are there.  E_FORMAT: no such entry; E_MALFORMED.
 */
int ovmf_metadata(const struct ovmf *o, const uint8_t *guid, uint64_t head, uint64_t *ret,
		  struct tsmmr_error *err);

extern const uint8_t ovmf_guid_snp[16], ovmf_guid_tdx[16];
