/* SPDX-License-Identifier: BSD-2-Clause */
/* What a format is: how its bytes become events, and events its bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

struct buf;
struct findings;
struct hints;
struct tsmmr_ctx;
struct tsmmr_error;
struct tsmmr_event;
struct tsmmr_stream;

/* What an encoder knows of the log that it writes. */
struct export
{
	const struct tsmmr_ctx *ctx;
	const struct tsmmr_stream *stream;
	struct findings *findings; /* for what has to be left out */
	struct hints *hints;       /* which of them are true; NULL: nobody looked */
	uint64_t n_records;        /* how many it will write, for one that asks, … */
	bool counted;              /* … and that is known */
};

/* Writing events: each call appends to out, which the caller empties in between. */
struct encoder {
	size_t state_size; /* zeroed at first */
	bool hints;        /* wants to know which hints are true */
	/* NULL, or: how many records have been written.  Then all is written twice. */
	uint64_t (*count)(const void *state);
	int (*begin)(void *state, const struct export *x, struct buf *out, struct tsmmr_error *err);
	int (*event)(void *state, const struct tsmmr_event *e, struct buf *out,
		     struct tsmmr_error *err);
	int (*end)(void *state, struct buf *out, struct tsmmr_error *err);
	void (*done)(void *state); /* after end, or instead of it; may be NULL */
};

#define CLAIM_MAX 160

/* A format: a name, a probe, a decoder.  One const descriptor per file in format/. */
struct format {
	int id;
	const char *name;
	int default_platform; /* AUTO where the register's name says which */
	bool any_platform;    /* numbered as the platform's firmware log, whichever it is */
	bool needs_reg;       /* the log is about one register and does not say which */
	bool may_reg;         /* a register says the bank, and the platform, of all records */
	bool asserts_nothing; /* no record of it says what a register holds */
	bool own_digests; /* it is replayed by the digests of its records, and by nothing else */
	/*
	 * Whose registers the first n bytes say they number: "tdx rtmr", or "rtmr" for the
	 * first platform with such numbers; "acme/agile:sha256", the first register of a
	 * platform that no table has.  Its length; 0: they do not say.  NULL: never.
	 */
	size_t (*claims)(const uint8_t *p, size_t n, char ret[CLAIM_MAX]);
	size_t state_size; /* of the decoder's own state, zeroed at first */
	/*
	 * How sure the first n bytes make us, 0 (not ours) to 100; whole says that there
	 * are no more.  May be NULL: never found by probing.
	 */
	int (*probe)(struct crypto crypto, const uint8_t *p, size_t n, bool whole);
	/* 1 and *e filled, 0 at the end, < 0.  record, recnum, platform are stream.c's. */
	int (*next)(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err);
	/*
	 * In place of next, where there are events that lack nothing: 1 and the next of them, 0
	 * at the end, < 0.  stream.c neither numbers nor checks them.
	 */
	int (*ready)(struct tsmmr_stream *s, const struct tsmmr_event **ret,
		     struct tsmmr_error *err);
	/* Before the first next, and after the last; both may be NULL. */
	int (*open)(struct tsmmr_stream *s, struct tsmmr_error *err);
	void (*close)(struct tsmmr_stream *s);
	const struct encoder *encoder; /* NULL: cannot be written */
	/* Of the log of a launch: the GUID under which firmware for it describes itself. */
	const uint8_t *firmware;
};
