/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON looked over before it is parsed: where it ends, and what no parser is to see. */
#pragma once

#include <tsmmr/types.h>

#include "util/cursor.h"

#define JSON_IN_DEPTH 8

struct json_scan {
	size_t n;       /* of the object or array that s begins with; 0: it does not end in s */
	size_t members; /* written down, in all of its objects */
	size_t max_values;
	bool ascii; /* all of it: nothing needs to be escaped for json-c */
	int code;   /* 0, or of the first thing that is refused: E_MALFORMED, E_LIMIT … */
	size_t at;
	const char *why;
};

/*
 * Looks at the object or array that begins at s.p, up to its end.  0, or E_MALFORMED: it is too
 * deep.  What is refused is in *ret, for its place is of interest only where the end is there.
 */
int json_scan(struct span s, size_t max_values, struct json_scan *ret);
/* At all of s, which may be no JSON. */
void json_scan_all(struct span s, size_t max_values, struct json_scan *ret);
/* Fails as *scan says, or 0. */
int json_scan_check(const struct json_scan *scan, struct tsmmr_error *err);
