/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocol buffers, read a field at a time.  (protobuf.dev, "Encoding") */
#pragma once

#include <tsmmr/types.h>

#include "util/buf.h"
#include "util/cursor.h"
#include "util/json_in.h"

enum { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

struct pb_field {
	uint32_t number;
	uint8_t wire;
	uint64_t value;    /* of a varint or a fixed number */
	struct span bytes; /* of PB_BYTES: a text, bytes or a message */
};

/* 1, or -1 where it is none. */
static inline int pb_varint(struct cursor *c, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (!cur_u8(c, &byte) || (shift == 63 && byte > 1))
			return -1;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return 1;
		}
	}
	return -1;
}

/* The next field of a message: 1, 0 at its end, -1 where it is none (groups are none). */
static inline int pb_next(struct cursor *c, struct pb_field *ret)
{
	uint64_t key, n;
	uint32_t word;

	*ret = (struct pb_field){ .number = 0 };
	if (cur_empty(c))
		return 0;
	if (pb_varint(c, &key) < 0 || key >> 3 == 0 || key >> 32)
		return -1;
	ret->number = (uint32_t)(key >> 3);
	ret->wire = key & 7;
	switch (ret->wire) {
	case PB_VARINT:
		return pb_varint(c, &ret->value);
	case PB_FIXED64:
		return cur_le64(c, &ret->value) ? 1 : -1;
	case PB_BYTES:
		return pb_varint(c, &n) > 0 && cur_take(c, n, &ret->bytes) ? 1 : -1;
	case PB_FIXED32:
		if (!cur_le32(c, &word))
			return -1;
		ret->value = word;
		return 1;
	default:
		return -1;
	}
}

/* The last field of that number that has bytes; false where there is none. */
bool pb_find(struct span s, uint32_t number, struct span *ret);

/* ---- messages whose members are known, for what is not in the encoding alone ---- */

enum pb_type {
	PB_NUMBER,
	PB_HASH, /* a number that also has a name: tpm.HashAlgo */
	PB_DATA,
	PB_MESSAGE,
	PB_PCRS, /* map<uint32, bytes>: messages but in JSON */
};

struct pb_member {
	const char *name; /* as the text format has it: "ak_pub" */
	uint8_t number;
	uint8_t type;
	bool many;
	/*
	 * Where the structure that the message was made of has it; size is 0: nowhere, and a
	 * number's is at most 8.
	 */
	uint16_t at, size;
	uint8_t count; /* so many of them there, one after the other; 0: one */
	const struct pb_message *message;
};

struct pb_message {
	const struct pb_member *members;
	size_t n;
};

extern const struct pb_message pb_attestation, pb_svsm_attestation, pb_snp_attestation;
extern const struct pb_message pb_snp_report, pb_tdx_quote, pb_tdx_header, pb_tdx_body,
	pb_tdx_body_15, pb_qe_report;

/* Has o a member of this kind by that name, or by the other that JSON has for it? */
bool pb_json_is(struct json_object *o, const char *name, enum json_in_kind kind);
/*
 * The message in its encoding, from JSON (protobuf.dev, "ProtoJSON") and from the text format.
 * Members that are not known are left out.  0; E_MALFORMED, which err says, E_NOMEM.  Text of
 * which the first member is not known is E_FORMAT, without a word.
 */
int pb_from_json(struct json_object *o, const struct pb_message *m, struct buf *ret,
		 struct tsmmr_error *err);
int pb_from_text(struct span s, const struct pb_message *m, struct buf *ret,
		 struct tsmmr_error *err);
/*
 * The members of message s put where their structure has them, at to.  A number that is not there
 * is 0, as is one in the encoding; bytes must be.  0, or E_MALFORMED.
 */
int pb_pack(struct span s, const struct pb_message *m, uint8_t *to, struct tsmmr_error *err);
