/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR maps whose keys a format defines, read by a table, with errors that say where. */
#pragma once

#include "util/cbor_in.h"
#include "util/error.h"

/* A reader that fails by itself, naming what it reads and the offset in the whole. */
struct cbor_reader {
	struct cbor_in in;
	const char *what; /* "Nitro document" */
	bool inside;      /* of a string: running out is then not the file's end */
	struct tsmmr_error *err;
};

/* Over part, which is the whole that was handed in, or (inside) a string of it. */
struct cbor_reader cbor_reader(struct cbor_arena *arena, struct span part, bool inside,
			       const char *what, struct tsmmr_error *err);
/* Fails as in.why says, after r of a cbor_in function. */
int cbor_reader_fail(const struct cbor_reader *rd, int r);
/* The offset of what is next, in the bytes that were handed in. */
size_t cbor_reader_offset(const struct cbor_reader *rd);
/* The next item, which must be of that kind. */
int cbor_reader_next(struct cbor_reader *rd, enum cbor_kind kind, const char *name,
		     struct cbor_item *ret);
/* E_MALFORMED unless all is read. */
int cbor_reader_end(const struct cbor_reader *rd);
/* The bytes after what was read; E_MALFORMED where they begin with a break that ends nothing. */
int cbor_reader_rest(const struct cbor_reader *rd, struct span *ret);

/* ANY: of what kind it is, and of what size, is for the caller to look at. */
enum { MEMBER_REQUIRED = 1, MEMBER_NULLABLE = 2, MEMBER_ANY = 4 };

/* One member that a map may have. */
struct cbor_member {
	int64_t key; /* 0: the name is the key */
	const char *name;
	enum cbor_kind kind;
	uint8_t how;       /* MEMBER_* */
	uint32_t min, max; /* bytes of a string, items of an array or pairs of a map */
};

struct cbor_value {
	bool there;            /* and not null */
	struct cbor_item item; /* of a container value is how many it holds, however it says so */
	struct span encoding;  /* all of it, as it is written */
	struct cursor rest;    /* from after its head */
};

#define CBOR_MEMBERS_MAX 64 /* known or not, of one map */

/*
 * Reads the map that is next: ret[i] is members[i], of which there are at most
 * CBOR_MEMBERS_MAX.  Other members are skipped and counted.  E_MALFORMED for one that is
 * there twice, known or not, or of another kind or size.
 */
int cbor_map_read(struct cbor_reader *rd, const struct cbor_member *members, size_t n,
		  struct cbor_value *ret, size_t *ret_unknown);
