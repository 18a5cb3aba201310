/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL's JSON, read a second time.  (TCG CEL 1.1 §5.3) */
#include "mutation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NV_FIRST 0x20000000u
#define TYPE_NAMED 0x40000000u /* by a name of which nothing depends here */

static const struct name {
	const char *name;
	uint32_t number;
} algs[] = {
	{ "sha1", 4 }, { "sha256", 0xb }, { "sha384", 0xc }, { "sha512", 0xd },
	{ "sm3_256", 0x12 }, { "sha3_256", 0x27 }, { "sha3_384", 0x28 }, { "sha3_512", 0x29 },
}, contents[] = {
	{ "cel", 4 }, { "pcclient_std", 5 }, { "ima_template", 7 }, { "ima_tlv", 8 },
	{ "systemd", 9 },
}, types[] = {
	{ "EV_NO_ACTION", 3 }, { "EV_EFI_HCRTM_EVENT", 0x80000010 },
}, managements[] = {
	{ "cel_version", 1 }, { "firmware_end", 2 }, { "cel_timestamp", 80 },
	{ "state_trans", 81 },
};
#define N(table) (sizeof(table) / sizeof((table)[0]))

static bool is(struct bytes s, const char *text)
{
	return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static void skip_space(struct bytes *b)
{
	while (b->n && memchr(" \t\r\n", b->p[0], 4))
		take(b, 1, &(struct bytes){ NULL, 0 });
}

/* The next character, when it is that one. */
static bool next(struct bytes *b, char c)
{
	skip_space(b);
	return b->n && b->p[0] == c && take(b, 1, &(struct bytes){ NULL, 0 });
}

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* \u of what is not ASCII becomes another byte: such a string is none that matters here. */
static bool string(struct mlog *log, struct bytes *b, struct bytes *ret)
{
	uint8_t *to = log->own + log->own_n;
	size_t n = 0, i = 0;

	if (!next(b, '"'))
		return false;
	for (; i < b->n && b->p[i] != '"'; i++) {
		uint8_t c = b->p[i];

		if (c == '\\' && ++i < b->n) {
			const char *plain = memchr("nrtbf", b->p[i], 5);

			c = plain ? (uint8_t) "\n\r\t\b\f"[plain - "nrtbf"] : b->p[i];
			if (b->p[i] == 'u') {
				c = 0;
				for (int k = 0; k < 4 && i + 1 < b->n; k++)
					c = (uint8_t)(c << 4 | (nibble(b->p[++i]) & 15));
			}
		}
		to[n++] = c;
	}
	log->own_n += n;
	*ret = (struct bytes){ to, n };
	return take(b, i, &(struct bytes){ NULL, 0 }) && next(b, '"');
}

/* Any value, as it stands. */
static bool value(struct bytes *b, struct bytes *ret)
{
	struct bytes start;
	size_t depth = 0, i = 0;
	bool quoted = false;

	skip_space(b);
	start = *b;
	for (; i < b->n; i++) {
		uint8_t c = b->p[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (!depth)
				break;
			depth--;
		} else if (!depth && (c == ',' || memchr(" \t\r\n", c, 4))) {
			break;
		}
	}
	return i && i <= b->n && take(b, i, &(struct bytes){ NULL, 0 }) &&
	       (*ret = (struct bytes){ start.p, i }, true);
}

/* The next member of an object that is open; *more: there was one. */
static bool member(struct mlog *log, struct bytes *b, bool *first, bool *more, struct bytes *key,
		   struct bytes *ret)
{
	*more = false;
	if (next(b, '}'))
		return true;
	if (!*first && !next(b, ','))
		return false;
	*first = false;
	*more = true;
	return string(log, b, key) && next(b, ':') && value(b, ret);
}

static bool text_of(struct mlog *log, struct bytes raw, struct bytes *ret)
{
	return string(log, &raw, ret);
}

static bool hex_of(struct mlog *log, struct bytes raw, struct bytes *ret)
{
	struct bytes s;
	uint8_t *to;

	if (!text_of(log, raw, &s) || s.n % 2)
		return false;
	to = log->own + (s.p - log->own);
	for (size_t i = 0; i < s.n; i += 2) {
		int high = nibble(s.p[i]), low = nibble(s.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i / 2] = (uint8_t)(high << 4 | low);
	}
	*ret = (struct bytes){ to, s.n / 2 };
	return true;
}

static bool digits(struct bytes s, uint64_t *ret)
{
	char text[32];
	char *end;

	if (!s.n || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	*ret = strtoull(text, &end, s.n > 2 && (text[1] | 32) == 'x' ? 16 : 10);
	return end == text + s.n;
}

/* A number, or a name in the table, or one that is not in it. */
static bool number_of(struct mlog *log, struct bytes raw, const struct name *table, size_t n,
		      struct bytes *ret_name, uint32_t *ret)
{
	uint64_t v;
	uint32_t h = 5381;

	*ret_name = (struct bytes){ NULL, 0 };
	if (digits(raw, &v)) {
		*ret = (uint32_t)v;
		return true;
	}
	if (!text_of(log, raw, ret_name))
		return false;
	for (size_t i = 0; i < n; i++)
		/* Some write ev_, and SHA256. */
		if (ret_name->n == strlen(table[i].name) &&
		    !strncasecmp((const char *)ret_name->p, table[i].name, ret_name->n)) {
			*ret = table[i].number;
			return true;
		}
	if (digits(*ret_name, &v)) {
		*ret = (uint32_t)v;
		return true;
	}
	for (size_t i = 0; i < ret_name->n; i++)
		h = h * 33 + ret_name->p[i];
	*ret = TYPE_NAMED | (h & (TYPE_NAMED - 1));
	return true;
}

static bool get_digests(struct mlog *log, struct bytes b, struct rec *r)
{
	struct bytes key, v, name;
	uint32_t alg;

	if (!next(&b, '['))
		return false;
	while (!next(&b, ']')) {
		bool first = true, more = true;

		if ((r->n && !next(&b, ',')) || r->n == DIGESTS_MAX || !next(&b, '{'))
			return false;
		while (more) {
			if (!member(log, &b, &first, &more, &key, &v))
				return false;
			if (more && is(key, "hashAlg")) {
				if (!number_of(log, v, algs, N(algs), &name, &alg))
					return false;
				r->algs[r->n] = (uint16_t)alg;
			} else if (more && is(key, "digest") &&
				   !hex_of(log, v, &r->digests[r->n])) {
				return false;
			}
		}
		r->n++;
	}
	return true;
}

static bool get_content(struct mlog *log, struct bytes b, struct rec *r)
{
	bool first = true, more = true;
	struct bytes key, v;

	r->data = b;
	if (r->content == CONTENT_IMA_TLV || r->content == CONTENT_SYSTEMD)
		return hex_of(log, b, &r->data);
	if (r->content != CONTENT_CEL && r->content != CONTENT_PCCLIENT &&
	    r->content != CONTENT_IMA_TEMPLATE)
		return true;
	r->data.n = 0;
	if (!next(&b, '{'))
		return false;
	while (more) {
		bool good = member(log, &b, &first, &more, &key, &v);

		if (good && more && is(key, "event_type"))
			good = number_of(log, v, types, N(types), &r->name, &r->type);
		else if (good && more && is(key, "type"))
			good = number_of(log, v, managements, N(managements), &r->name, &r->type);
		else if (good && more && is(key, "data"))
			r->data = v;
		else if (good && more && is(key, "template_name"))
			good = text_of(log, v, &r->name);
		else if (good && more && (is(key, "event_data") || is(key, "template_data")))
			good = hex_of(log, v, &r->data);
		if (!good)
			return false;
	}
	return true;
}

static bool get_record(struct mlog *log, struct bytes *b, struct rec *r)
{
	struct bytes key, v, content = { NULL, 0 }, name;
	bool first = true, more = true;
	uint64_t n;

	if (!next(b, '{'))
		return false;
	while (more) {
		bool good = member(log, b, &first, &more, &key, &v);

		if (good && more && (is(key, "pcr") || is(key, "nv_index"))) {
			good = digits(v, &n);
			r->index = (uint32_t)n | (key.p[0] == 'n' ? NV_FIRST : 0);
		} else if (good && more && is(key, "digests")) {
			good = get_digests(log, v, r);
		} else if (good && more && is(key, "content_type")) {
			good = number_of(log, v, contents, N(contents), &name, &r->content);
		} else if (good && more && is(key, "content")) {
			content = v;
		}
		if (!good)
			return false;
	}
	/* Without content it has a digest all the same, and is of no type. */
	if (!content.n) {
		r->content = 0;
		return true;
	}
	return get_content(log, content, r);
}

static bool parse_json(struct bytes b, struct mlog *log)
{
	log->n = 0;
	log->cc_mr = false;
	/* What is decoded is shorter than what it is decoded from; names are, twice. */
	log->own_n = 0;
	log->own = realloc(log->own, 2 * b.n + 1);
	if (!log->own)
		abort();
	if (!next(&b, '['))
		return false;
	while (!next(&b, ']')) {
		struct rec r = { .index = 0 };

		if ((log->n && !next(&b, ',')) || !get_record(log, &b, &r))
			return false;
		mlog_insert(log, log->n, &r);
	}
	log->tail = b;
	cel_settle(log);
	return true;
}

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	out_add(o, text, (size_t)vsnprintf(text, sizeof(text), format, args));
	va_end(args);
}

static void put_hex(struct out *o, const char *key, struct bytes s)
{
	put(o, "\"%s\":\"", key);
	for (size_t i = 0; i < s.n; i++)
		put(o, "%02x", s.p[i]);
	put(o, "\"");
}

static void put_named(struct out *o, const char *key, uint32_t number, const struct name *table,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].number == number) {
			put(o, "\"%s\":\"%s\"", key, table[i].name);
			return;
		}
	put(o, "\"%s\":%u", key, number);
}

static void put_bytes(struct out *o, const char *key, struct bytes s)
{
	put(o, "\"%s\":\"", key);
	out_add(o, s.p, s.n);
	put(o, "\"");
}

static void put_content(struct out *o, const struct rec *r)
{
	switch (r->content) {
	case CONTENT_CEL:
		put(o, ",\"content\":{");
		put_named(o, "type", r->type, managements, N(managements));
		if (r->data.n) {
			put(o, ",\"data\":");
			out_add(o, r->data.p, r->data.n);
		}
		break;
	case CONTENT_PCCLIENT:
		put(o, ",\"content\":{");
		if (r->type & TYPE_NAMED && r->name.n)
			put_bytes(o, "event_type", r->name);
		else
			put_named(o, "event_type", r->type, types, N(types));
		put(o, ",");
		put_hex(o, "event_data", r->data);
		break;
	case CONTENT_IMA_TEMPLATE:
		put(o, ",\"content\":{");
		put_bytes(o, "template_name", r->name);
		put(o, ",");
		put_hex(o, "template_data", r->data);
		break;
	case CONTENT_IMA_TLV:
	case CONTENT_SYSTEMD:
		put(o, ",");
		put_hex(o, "content", r->data);
		put(o, "}");
		return;
	default:
		put(o, ",\"content\":");
		out_add(o, r->data.p, r->data.n);
		put(o, "}");
		return;
	}
	put(o, "}}");
}

static void write_json(const struct mlog *log, struct out *o)
{
	put(o, "[");
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];
		bool nv;
		uint32_t number = cel_number(log, r, &nv);

		put(o, "%s{\"recnum\":%llu,\"%s\":%u,\"digests\":[", i ? ",\n" : "\n",
		    (unsigned long long)cel_recnum(log, i), nv ? "nv_index" : "pcr", number);
		for (size_t k = 0; k < r->n; k++) {
			put(o, "%s{", k ? "," : "");
			put_named(o, "hashAlg", r->algs[k], algs, N(algs));
			put(o, ",");
			put_hex(o, "digest", r->digests[k]);
			put(o, "}");
		}
		put(o, "],");
		put_named(o, "content_type", r->content, contents, N(contents));
		put_content(o, r);
	}
	put(o, log->n ? "\n]" : "]");
	out_add(o, log->tail.p, log->tail.n);
}

const struct codec codec_cel_json = {
	.name = "cel-json",
	.cel = true,
	.parse = parse_json,
	.write = write_json,
};
