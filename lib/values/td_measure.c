/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * {"mrtd": "…", "rtmr0": "…", …}: dstack-mr, tdx-measure, and what decodes quotes to JSON with
 * "mr_td" and "rt_mr0".  A key that looks like a register's is one, or is known not to be.
 */
#include "values/reader.h"

#include <stdio.h>

#include "util/error.h"

#define NAME_BYTES 32 /* more than any register's name: one that is cut is none */

/* Digests of dstack's own over registers and more, which no register holds. */
static const char *const others[] = {
	"mraggregated",
	"mrimage",
	"mrkeyprovider",
	"mrsystem",
};

static bool is_other(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(name, others[i]))
			return true;
	return false;
}

static bool is_register(const struct values_reader *rd, const char *name)
{
	struct value v = { .name = span_of(name, strlen(name)) };

	for (size_t i = 0; i < rd->n_table; i++)
		if (value_desc(rd->table[i], &v))
			return true;
	return false;
}

struct reading {
	struct values_reader *rd;
	struct json_object *o;
};

static int read_member(void *user, const char *key)
{
	struct reading *in = user;
	struct values_reader *rd = in->rd;
	char name[NAME_BYTES];
	struct span hex;
	int r;

	values_plain_name(key, name, sizeof(name));
	if (!values_is_like_register(key) || is_other(name))
		return 0;
	snprintf(rd->where, sizeof(rd->where), "JSON: \"%.64s\"", key);
	if (!is_register(rd, name))
		return fail(rd->err, TSMMR_E_MALFORMED, "%s is no register that is known",
			    rd->where);
	r = json_in_str(in->o, key, &hex, rd->err);
	return r > 0 ? values_give(rd, (struct value){ .name = span_of(name, strlen(name)),
						       .hex = hex }) :
		       r;
}

static int see_member(void *user, const char *key)
{
	(void)user;
	return values_is_like_register(key);
}

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	return json_in_each(o, see_member, NULL);
}

static int read_members(struct values_reader *rd, struct span text, struct json_object *o)
{
	struct reading in = { .rd = rd, .o = o };

	(void)text;
	return json_in_each(o, read_member, &in);
}

const struct values_format values_td_measure = {
	.id = TSMMR_VALUES_TDX_MEASURE,
	.name = "tdx-measure",
	.json = true,
	.probe = probe,
	.read = read_members,
};
