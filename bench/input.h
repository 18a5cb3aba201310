/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs that the benchmark makes for itself, in memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <tsmmr/tsmmr.h>

enum input_kind {
	TEXT_384, /* lines of 99 bytes and a newline, of an RTMR */
	TEXT_256, /* the same, of a realm's REM */
	TCG2_ONE, /* EV_EFI_ACTION with one SHA-384 digest, 143 bytes, over PCR 0 to 7 */
	TCG2_TWO, /* the same with SHA-256 as well, 177 bytes */
	CCEL,     /* as TCG2_ONE, over RTMR0 to RTMR2 */
	AS_JSON,  /* TCG2_TWO in CEL-JSON … */
	AS_CBOR,  /* … as a sequence of CEL-CBOR … */
	AS_TLV,   /* … and in CEL-TLV */
	INPUT_COUNT
};

/* A record as the raw loops take it: found, so that they do their one job and nothing else. */
struct piece {
	const uint8_t *at;     /* its first byte */
	const uint8_t *data;   /* what was measured … */
	const uint8_t *sha256; /* … and its digests; NULL: not in the log */
	const uint8_t *sha384;
	uint64_t recnum; /* in its register, as CEL counts */
	uint32_t len;    /* of data */
	uint32_t reg;    /* which of the values it extends */
};

#define REGISTERS_MAX 8 /* that an input extends */

struct input {
	enum input_kind kind;
	uint8_t *bytes;
	size_t len, cap;
	size_t n;             /* records, a header not counted */
	struct piece *pieces; /* n and one more, which is the end; NULL of what is AS_… */
	int fd;               /* of a file with these bytes and no name; -1: not made yet */
};

/* The log of that kind with n records.  It stays until another is asked for. */
struct input *input_get(enum input_kind kind, size_t n);
/* Its first n records, for as long as in stays. */
struct input input_head(const struct input *in, size_t n);
int input_fd(struct input *in);
size_t input_registers(const struct input *in);
size_t input_first(const struct input *in); /* the number of the first of them */
void input_drop(void);

/* A stream over it; how it is to be opened. */
struct tsmmr_stream *input_open(const struct input *in);
struct tsmmr_stream *input_open_fd(struct input *in);
const struct tsmmr_ctx *context(void);
