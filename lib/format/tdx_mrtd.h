/* SPDX-License-Identifier: BSD-2-Clause */
/* What MRTD is made of: pages that are added, and those of them that are measured. */
#pragma once

#include "core/stream.h"
#include "crypto/hash.h"

enum { MRTD_SIZE = 48, MRTD_CHUNK = 256, TDX_SECTION_SIZE = 32 };

/* Steps, as bits. */
enum { MRTD_NONE = 0, MRTD_ADD = 1, MRTD_EXTEND = 2 };

/* What sections are called, which is not measured: those of TDVF, and of IGVM. */
enum { TDX_PAGE_DATA = 7, TDX_PARAMETERS };

/* As in the metadata of firmware. */
struct tdx_section {
	uint32_t from, from_n; /* in the file */
	uint64_t to, to_n;     /* in the guest */
	uint32_t type, attr;
};

struct mrtd {
	struct hasher h, content;
	uint8_t raw[TDX_SECTION_SIZE];
	uint8_t digest[MRTD_SIZE], value[MRTD_SIZE];
};

struct tdx_section tdx_section_of(const uint8_t *raw);
int mrtd_init(struct mrtd *m, struct crypto crypto);
void mrtd_done(struct mrtd *m);
/* A step begins: what is measured is hashed for its event's digest. */
int mrtd_begin(struct mrtd *m);
int mrtd_add(struct mrtd *m, uint64_t gpa);
/* chunk has MRTD_CHUNK bytes. */
int mrtd_extend(struct mrtd *m, uint64_t gpa, const uint8_t *chunk);
int mrtd_end(struct mrtd *m);
/* The event of the section in m->raw, of which these steps were done. */
void mrtd_event(struct tsmmr_stream *s, struct mrtd *m, struct tsmmr_event *e, unsigned steps);
