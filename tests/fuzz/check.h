/* SPDX-License-Identifier: BSD-2-Clause */
/* What all text and JSON of the library must be. */
#pragma once

#include <string.h>

#include <json-c/json.h>

#include "fuzz.h"

/* Valid UTF-8, one line, nothing that moves a cursor. */
static inline void fuzz_check_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];
		size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		PROMISE(c >= 0x20 && c != 0x7f && (c < 0x80 || (c >= 0xc2 && c <= 0xf4)));
		PROMISE(n - i > more);
		PROMISE(!(c == 0xc2 && (uint8_t)text[i + 1] < 0xa0)); /* C1 controls */
		while (more--)
			PROMISE(((uint8_t)text[++i] & 0xc0) == 0x80);
	}
}

/* One object in one line, as another reader sees it; and frees it. */
static inline void fuzz_take_json(uint8_t *json, size_t n)
{
	static struct json_tokener *reader;
	struct json_object *o;

	if (!reader) {
		reader = json_tokener_new_ex(64);
		PROMISE(reader);
		json_tokener_set_flags(reader, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	}
	fuzz_check_text((char *)json, n);
	json_tokener_reset(reader);
	o = json_tokener_parse_ex(reader, (char *)json, (int)n);
	PROMISE(o && json_object_is_type(o, json_type_object));
	PROMISE(json_tokener_get_parse_end(reader) == n && !json[n]);
	json_object_put(o);
	tsmmr_free(json);
}
