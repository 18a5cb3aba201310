/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own JSON, of any verb that prints registers. */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"

#define NAME_BYTES 256

/* What each schema calls the value of a register. */
static const struct {
	const char *schema, *value;
} schemas[] = {
	{ "tsmmr.registers/1", "value" },
	{ "tsmmr.replay/1", "value" },
	{ "tsmmr.prediction/1", "value" },
	{ "tsmmr.verify/1", "expected" },
};

/*
 * Whose registers an object says they are: *ret, or NULL and *ret_other, the name of one that
 * only a register tree has.
 */
static int read_platform(const struct values_reader *rd, struct json_object *o,
			 const struct platform **ret, struct span *ret_other)
{
	struct span name;
	int r = json_in_str(o, "platform", &name, rd->err);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < rd->n_table; i++)
		if (span_eq(name, rd->table[i]->name, strlen(rd->table[i]->name))) {
			*ret = rd->table[i];
			*ret_other = span_of(NULL, 0);
			return 0;
		}
	*ret = NULL;
	*ret_other = name;
	return 0;
}

/* "acme/agile", as it is written in a line. */
static int give_provided(struct values_reader *rd, struct value v, struct span provider)
{
	char name[NAME_BYTES];
	int n = snprintf(name, sizeof(name), "%.*s/%.*s", (int)span_head(provider, NAME_BYTES).n,
			 (const char *)provider.p, (int)span_head(v.name, NAME_BYTES).n,
			 (const char *)v.name.p);

	if (n < 0 || n >= NAME_BYTES)
		return fail(rd->err, TSMMR_E_ARG, "%s: a name of more than %d bytes", rd->where,
			    NAME_BYTES);
	v.name = span_of(name, (size_t)n);
	return values_give(rd, v);
}

static int read_item(struct values_reader *rd, struct json_object *o, const char *value,
		     const struct platform *platform, struct span other)
{
	struct value v = { .platform = platform };
	struct span unused, provider = { 0 };
	int r;

	/* What a virtual register holds, the register says whose log it is in. */
	r = json_in_str(o, "carrier", &unused, rd->err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = read_platform(rd, o, &v.platform, &other);
	if (r == 0)
		r = values_check(rd, v.platform);
	if (r < 0)
		return r;
	r = json_in_str(o, "name", &v.name, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "%s: no name", rd->where);
	if (r > 0)
		r = json_in_str(o, "alg", &v.alg, rd->err);
	if (r >= 0)
		r = json_in_str(o, "index_space", &unused, rd->err);
	if (r >= 0)
		r = json_in_str(o, "provider", &provider, rd->err);
	if (r >= 0)
		r = json_in_str(o, value, &v.hex, rd->err);

	/* A register that nobody could read has null for a value. */
	if (r <= 0)
		return r;
	/* A name that a verb had to tell from another's has its provider already. */
	if (other.n && !memchr(v.name.p, '/', v.name.n))
		return give_provided(rd, v, provider.n ? provider : other);
	return values_give(rd, v);
}

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	return json_in_kind(o, "schema") != JSON_IN_NONE;
}

/* Keys we do not know are of later versions. */
static int read_registers(struct values_reader *rd, struct span text, struct json_object *o)
{
	const struct platform *platform = NULL;
	struct json_object *array, *item;
	struct span schema = { 0 }, other = { 0 };
	const char *value = NULL;
	int r;

	(void)text;
	r = json_in_str(o, "schema", &schema, rd->err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++)
		if (span_eq(schema, schemas[i].schema, strlen(schemas[i].schema)))
			value = schemas[i].value;
	if (!value)
		return fail(
			rd->err, TSMMR_E_UNSUPPORTED,
			"JSON of schema \"%.*s\", not tsmmr.registers/1, replay/1, prediction/1 "
			"or verify/1",
			values_shown(schema), schema.n ? (const char *)schema.p : "");

	r = read_platform(rd, o, &platform, &other);
	if (r < 0)
		return r;
	r = json_in_array(o, "registers", &array, rd->err);
	if (r == 0)
		return fail(rd->err, TSMMR_E_MALFORMED, "JSON: no \"registers\"");

	for (size_t i = 0; r > 0; i++) {
		snprintf(rd->where, sizeof(rd->where), "JSON register %zu", i);
		r = json_in_item(array, i, &item, rd->err);
		if (r > 0) {
			r = read_item(rd, item, value, platform, other);
			r = r < 0 ? r : 1;
		}
	}
	return r;
}

const struct values_format values_registers = {
	.id = TSMMR_VALUES_JSON,
	.name = "json",
	.json = true,
	.probe = probe,
	.read = read_registers,
};
