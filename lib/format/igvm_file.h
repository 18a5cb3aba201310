/* SPDX-License-Identifier: BSD-2-Clause */
/* IGVM files: their headers, one after the other. */
#pragma once

#include "core/image.h"

enum {
	IGVM_SUPPORTED_PLATFORM = 0x001,
	IGVM_RELOCATABLE_REGION = 0x102,
	IGVM_PAGE_TABLE_RELOCATION = 0x103,
	IGVM_PARAMETER_AREA = 0x301,
	IGVM_PAGE_DATA = 0x302,
	IGVM_PARAMETER_INSERT = 0x303,
	IGVM_VP_CONTEXT = 0x304,
	IGVM_SNP_ID_BLOCK = 0x30b,
};

enum { IGVM_PAGE = 4096, IGVM_BODY_MAX = 64 };

struct igvm_header {
	uint32_t type, mask; /* mask: of the platforms it is for */
	uint64_t offset;
	uint8_t body[IGVM_BODY_MAX]; /* so much of it as it has */
};

struct igvm {
	uint64_t at, end;  /* headers that are left; after them come data */
	uint32_t section;  /* of the last one */
	uint32_t snp, tdx; /* bit of the platform; 0: the file is not for it */
};

/* Checks the file and reads the platforms it is for.  E_FORMAT: no IGVM file. */
int igvm_open(const struct launch *l, struct igvm *ret, struct tsmmr_error *err);
/* 1 and the next header, 0 after the last. */
int igvm_next(const struct launch *l, struct igvm *f, struct igvm_header *ret,
	      struct tsmmr_error *err);
/* The bit of the platform whose launches are of that format, or 0. */
uint32_t igvm_mask(const struct igvm *f, int launch);
