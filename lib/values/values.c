/* SPDX-License-Identifier: BSD-2-Clause */
/* Register values in the forms that people and programs write them. */
#include "values/values.h"

#include "util/armour.h"
#include "util/error.h"
#include "values/reader.h"

#define TEXT_BYTES_MAX (1u << 20)

const char *values_name(int id)
{
	for (size_t i = 0; i < n_values_formats; i++)
		if (values_formats[i]->id == id)
			return values_formats[i]->name;
	return id == TSMMR_VALUES_AUTO ? "auto" : NULL;
}

/*
 * The row that is asked for, or the first whose looks the text has.  JSON of another form has none
 * of the keys that a reader looks for: it would be a set of nothing.
 */
static const struct values_format *choose(int id, struct span text, struct json_object *o)
{
	for (size_t i = 0; i < n_values_formats; i++) {
		const struct values_format *f = values_formats[i];

		if (f->json == (o != NULL) && (!id || f->id == id) &&
		    ((id && !o) || f->probe(text, o)))
			return f;
	}
	return NULL;
}

static int read_json(struct values_reader *rd, int id, struct span body,
		     const struct values_format **ret)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	int r = json_in_object(body, JSON_IN_BYTES, &o, rd->err);

	if (r < 0)
		return r;
	*ret = choose(id, body, o);
	if (!*ret && id)
		return fail(rd->err, TSMMR_E_MALFORMED, "JSON, not what %s prints",
			    values_name(id));
	if (!*ret)
		return fail(rd->err, TSMMR_E_UNSUPPORTED,
			    "JSON without a schema, and none of a program that is known");
	return (*ret)->read(rd, body, o);
}

int values_read(const struct values_of *of, struct span text, value_take take, void *user,
		int *ret_format, struct tsmmr_error *err)
{
	struct values_reader rd = {
		.platform = of->platform,
		.table = of->table,
		.n_table = of->n_table,
		.take = take,
		.user = user,
		.err = err,
	};
	const struct values_format *format = NULL;
	struct span body;
	int r;

	if (text.n > TEXT_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "register values of %zu bytes, more than %u",
			    text.n, TEXT_BYTES_MAX);
	text = span_unmarked(text);
	body = values_trim(text);
	/* An array of one, as nitro-cli describe-enclaves prints it. */
	if (body.n > 1 && body.p[0] == '[' && body.p[body.n - 1] == ']') {
		struct span one = values_trim(span_of(body.p + 1, body.n - 2));

		body = span_starts(one, "{", 1) ? one : body;
	}
	if (span_starts(body, "{", 1)) {
		r = read_json(&rd, of->format, body, &format);
	} else {
		format = choose(of->format, text, NULL);
		r = format ? format->read(&rd, text, NULL) :
			     fail(err, TSMMR_E_MALFORMED, "not the JSON that %s prints",
				  values_name(of->format));
	}
	if (r == 0 && ret_format)
		*ret_format = format->id;
	return r;
}
