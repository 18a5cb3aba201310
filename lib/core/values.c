/* SPDX-License-Identifier: BSD-2-Clause */
/* Register values as text: lines NAME[:ALG]=HEX[,HEX…], or our own JSON. */
#include "core/values.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

#define TEXT_BYTES_MAX (1u << 20)
#define SHOWN 64

struct reader {
	const struct platform *platform; /* of every name, or NULL */
	const struct platform *const *table;
	size_t n_table;
	value_take take;
	void *user;
	char where[32]; /* for messages: "line 3" */
	struct tsmmr_error *err;
};

static int shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct span before(struct span s, const uint8_t *end)
{
	return span_of(s.p, (size_t)(end - s.p));
}

static struct span after(struct span s, const uint8_t *at)
{
	return span_of(at + 1, s.n - (size_t)(at - s.p) - 1);
}

static int read_line(const struct reader *rd, struct span line)
{
	struct value v = { .platform = rd->platform };
	const uint8_t *comment = line.n ? memchr(line.p, '#', line.n) : NULL;
	const uint8_t *equals, *colon;

	line = trim(comment ? before(line, comment) : line);
	if (!line.n)
		return 0;

	equals = memchr(line.p, '=', line.n);
	if (!equals)
		return fail(rd->err, TSMMR_E_ARG, "%s: not NAME[:ALG]=HEX", rd->where);
	v.name = trim(before(line, equals));
	v.hex = trim(after(line, equals));

	colon = v.name.n ? memchr(v.name.p, ':', v.name.n) : NULL;
	if (colon) {
		v.alg = after(v.name, colon);
		v.name = before(v.name, colon);
		if (!v.alg.n)
			return fail(rd->err, TSMMR_E_ARG, "%s: no hash algorithm after the colon",
				    rd->where);
	}
	return rd->take(rd->user, &v, rd->where, rd->err);
}

static int read_lines(struct reader *rd, struct span text)
{
	for (size_t number = 1; text.n; number++) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		int r;

		snprintf(rd->where, sizeof(rd->where), "line %zu", number);
		r = read_line(rd, end ? before(text, end) : text);
		if (r < 0)
			return r;
		text = end ? after(text, end) : span_of(NULL, 0);
	}
	return 0;
}

/* The platform that a JSON object names, if it does. */
static int read_platform(const struct reader *rd, struct json_object *o,
			 const struct platform **ret)
{
	struct span name;
	int r = json_in_str(o, "platform", &name, rd->err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < rd->n_table; i++)
		if (span_eq(name, rd->table[i]->name, strlen(rd->table[i]->name))) {
			*ret = rd->table[i];
			return 0;
		}
	return fail(rd->err, TSMMR_E_UNSUPPORTED, "%s: platform \"%.*s\" is not supported yet",
		    rd->where, shown(name), (const char *)name.p);
}

static int read_item(const struct reader *rd, struct json_object *o,
		     const struct platform *platform)
{
	struct value v = { .platform = platform };
	struct span unused;
	int r;

	r = read_platform(rd, o, &v.platform);
	if (r < 0)
		return r;
	if (rd->platform && v.platform && v.platform != rd->platform)
		return fail(rd->err, TSMMR_E_ARG, "%s is of %s, not %s", rd->where,
			    v.platform->name, rd->platform->name);
	if (rd->platform)
		v.platform = rd->platform;

	r = json_in_str(o, "name", &v.name, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: no name", rd->where);
	if (r > 0)
		r = json_in_str(o, "alg", &v.alg, rd->err);
	if (r >= 0)
		r = json_in_str(o, "index_space", &unused, rd->err);
	if (r >= 0)
		r = json_in_str(o, "value", &v.hex, rd->err);

	/* A register that nobody could read has null for a value. */
	return r > 0 ? rd->take(rd->user, &v, rd->where, rd->err) : r;
}

/* What `registers` and `replay` print.  Keys we do not know are of later versions. */
static int read_json(struct reader *rd, struct span text)
{
	static const char *const schemas[] = { "tsmmr.registers/1", "tsmmr.replay/1" };
	_cleanup_(json_in_free) struct json_object *o = NULL;
	const struct platform *platform = NULL;
	struct json_object *array, *item;
	struct span schema = { 0 };
	bool known = false;
	int r;

	snprintf(rd->where, sizeof(rd->where), "JSON");
	r = json_in_object(text, JSON_IN_BYTES, &o, rd->err);
	if (r < 0)
		return r;
	r = json_in_str(o, "schema", &schema, rd->err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++)
		known |= span_eq(schema, schemas[i], strlen(schemas[i]));
	if (!known)
		return fail(rd->err, TSMMR_E_UNSUPPORTED,
			    "JSON of schema \"%.*s\", not tsmmr.registers/1 or tsmmr.replay/1",
			    shown(schema), schema.n ? (const char *)schema.p : "");

	r = read_platform(rd, o, &platform);
	if (r < 0)
		return r;
	r = json_in_array(o, "registers", &array, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "JSON: no \"registers\"");

	for (size_t i = 0; r > 0; i++) {
		snprintf(rd->where, sizeof(rd->where), "JSON register %zu", i);
		r = json_in_item(array, i, &item, rd->err);
		if (r > 0) {
			r = read_item(rd, item, platform);
			r = r < 0 ? r : 1;
		}
	}
	return r;
}

int values_read(const struct platform *platform, const struct platform *const *table,
		size_t n_table, struct span text, value_take take, void *user,
		struct tsmmr_error *err)
{
	struct reader rd = {
		.platform = platform,
		.table = table,
		.n_table = n_table,
		.take = take,
		.user = user,
		.err = err,
	};
	struct span body = trim(text);

	if (text.n > TEXT_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "register values of %zu bytes, more than %u",
			    text.n, TEXT_BYTES_MAX);
	return span_starts(body, "{", 1) ? read_json(&rd, body) : read_lines(&rd, text);
}

int value_next(struct span *hex, uint8_t *bytes, size_t size, size_t *ret_n)
{
	const uint8_t *comma = hex->n ? memchr(hex->p, ',', hex->n) : NULL;
	struct span one = trim(comma ? before(*hex, comma) : *hex);
	ssize_t n;

	if (!hex->p)
		return 0;
	n = one.n ? hex_decode(bytes, size, (const char *)one.p, one.n) : -1;
	if (n <= 0)
		return TSMMR_E_ARG;
	*hex = comma ? after(*hex, comma) : span_of(NULL, 0);
	*ret_n = (size_t)n;
	return 1;
}
