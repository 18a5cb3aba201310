/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of --batch: one JSON object, which says what to look at and what more to ask. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_VALUES_MAX 16 /* of one key; as many parts as a piece of evidence may have */
#define LINE_ID_MAX 256    /* bytes of an id */

/* Strings of the line, decoded in it, each with a NUL at its end. */
struct line_values {
	char *all[LINE_VALUES_MAX];
	size_t n;
};

struct line {
	char id[LINE_ID_MAX + 1]; /* of a string what it says, of an integer its digits */
	enum line_id { ID_NONE, ID_INTEGER, ID_STRING } id_kind;
	struct line_values log_path, log_base64, evidence_path, evidence_base64;
	struct line_values nonce, expect, require;
	int code;        /* what is wrong with it: 0, E_MALFORMED or E_ARG … */
	char error[160]; /* … in words */
};

/*
 * Reads the object in text, which is changed and must live as long as ret.  A syntax error is
 * E_MALFORMED; a key that is not known or there twice, or a value that is none for it, E_ARG.
 * ret->id is what was seen of it in either case.  Returns ret->code.
 */
int line_parse(char *text, size_t len, struct line *ret);

/*
 * Decodes base64 or base64url, padded or not, where it stands.  false: it is neither.
 */
bool line_base64(char *text, uint8_t **ret, size_t *ret_len);
