/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL-JSON by json-c alone. */
#include <json-c/json.h>
#include <string.h>

#include "sink.h"

#define RECORD_MAX 640

static void hex(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
}

static json_object *hex_string(const uint8_t *p, size_t n)
{
	char text[256];

	if (2 * n > sizeof(text))
		die(NULL, "a record is larger than was thought");
	hex(p, n, text);
	return json_object_new_string_len(text, (int)(2 * n));
}

static void add_digest(json_object *digests, const char *alg, const uint8_t *p, size_t n)
{
	json_object *digest = json_object_new_object();

	json_object_object_add(digest, "hashAlg", json_object_new_string(alg));
	json_object_object_add(digest, "digest", hex_string(p, n));
	json_object_array_add(digests, digest);
}

static json_object *object_of(const struct piece *p)
{
	json_object *record = json_object_new_object();
	json_object *digests = json_object_new_array();
	json_object *content = json_object_new_object();

	add_digest(digests, "sha256", p->sha256, 32);
	add_digest(digests, "sha384", p->sha384, 48);
	json_object_object_add(content, "event_type", json_object_new_string("EV_EFI_ACTION"));
	json_object_object_add(content, "event_data", hex_string(p->data, p->len));
	json_object_object_add(record, "recnum", json_object_new_uint64(p->recnum));
	json_object_object_add(record, "pcr", json_object_new_int((int)p->reg));
	json_object_object_add(record, "digests", digests);
	json_object_object_add(record, "content_type", json_object_new_string("pcclient_std"));
	json_object_object_add(record, "content", content);
	return record;
}

void json_objects(struct input *in, int arg, struct outcome *ret)
{
	struct sink out = sink_new(in->n, RECORD_MAX, ret);

	for (size_t i = 0; i < in->n; i++) {
		json_object *record = object_of(&in->pieces[i]);
		const char *text;
		size_t n;

		text = json_object_to_json_string_length(
			record, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
		if (!text)
			die(NULL, "json-c writes nothing");
		sink_need(&out, n + 3);
		memcpy(out.p + out.len, text, n);
		memcpy(out.p + out.len + n, ",\n", 2);
		out.len += n + 2;
		json_object_put(record);
	}
	/* The end of the array. */
	memcpy(out.p + out.len - 2, "\n]\n", 3);
	out.len++;
	sink_done(&out, TSMMR_FORMAT_CEL_JSON, ret);
}

/* One record after the other, by one tokener. */
void json_parse(struct input *in, int arg, struct outcome *ret)
{
	struct json_tokener *tok = must(json_tokener_new());
	const char *p = (const char *)in->bytes, *end = p + in->len;
	size_t n = 0;

	for (;;) {
		json_object *record;

		while (p < end && *p != '{')
			p++;
		if (p == end)
			break;
		record = json_tokener_parse_ex(tok, p, (int)(end - p));
		if (!record || !json_object_is_type(record, json_type_object))
			die(NULL, "json-c refuses record %zu", n);
		p += json_tokener_get_parse_end(tok);
		json_object_put(record);
		json_tokener_reset(tok);
		n++;
	}
	if (n < in->n)
		die(NULL, "json-c reads %zu records of %zu", n, in->n);
	json_tokener_free(tok);
}
