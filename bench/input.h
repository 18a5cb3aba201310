/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs that the benchmark makes for itself, in memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tsmmr/tsmmr.h>

enum input_kind {
	TEXT_384,  /* lines of 99 bytes and a newline, of an RTMR */
	TEXT_256,  /* the same, of a realm's REM */
	TCG2_ONE,  /* EV_EFI_ACTION with one SHA-384 digest, 143 bytes, over PCR 0 to 7 */
	TCG2_TWO,  /* the same with SHA-256 as well, 177 bytes */
	CCEL,      /* as TCG2_ONE, over RTMR0 to RTMR2 */
	IMA,       /* ima-ng, 143 bytes */
	IMA_ASCII, /* the same as text */
	AS_JSON,   /* TCG2_TWO in CEL-JSON … */
	AS_CBOR,   /* … as a sequence of CEL-CBOR … */
	AS_TLV,    /* … and in CEL-TLV */
	INPUT_COUNT
};

/* A record as the raw loops take it: found, so that they do their one job and nothing else. */
struct piece {
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
	struct piece *pieces; /* n of them; NULL of what is AS_… */
	int fd;               /* of a file with these bytes and no name; -1: not made yet */
};

/* A log of that kind with n records: a new one, … */
struct input input_make(enum input_kind kind, size_t n);
void input_done(struct input *in);
/* … and one that stays until another is asked for. */
struct input *input_get(enum input_kind kind, size_t n);
void input_drop(void);

bool input_is_called(const char *name, enum input_kind *ret);
int input_fd(struct input *in);
/* The file has no name of its own, but one in /proc that any process may open. */
void input_path(struct input *in, char *ret, size_t size);
size_t input_registers(const struct input *in);
size_t input_first(const struct input *in);              /* the number of the first of them … */
const char *input_register_name(const struct input *in); /* … and their name, up to the number */
int input_platform(const struct input *in);
/* How the command is told what it is. */
const char *const *input_words(const struct input *in);

/* A stream over it. */
struct tsmmr_stream *input_open(const struct input *in);
struct tsmmr_stream *input_open_fd(struct input *in);
const struct tsmmr_ctx *context(void);
/* From now on it is one without code of the library's own for digests, or with it, as at first. */
void context_openssl_only(bool only);

/* Makes the bytes and pieces of a list of IMA's.  (input_ima.c) */
void put_ima(struct input *in);
void put_ima_ascii(struct input *in);
/* For what makes one. */
void put(struct input *in, const void *p, size_t n);
void put_le(struct input *in, uint64_t v, int bytes);
const uint8_t *here(const struct input *in); /* where the next byte will be */
