/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own lines: NAME[:ALG]=HEX[,HEX…], as `tsmmr-replay registers` prints them. */
#include "values/reader.h"

#include "util/error.h"

static struct span before(struct span s, const uint8_t *end)
{
	return span_of(s.p, (size_t)(end - s.p));
}

static struct span after(struct span s, const uint8_t *at)
{
	return span_of(at + 1, s.n - (size_t)(at - s.p) - 1);
}

static int read_line(struct values_reader *rd, struct span line)
{
	const uint8_t *comment = line.n ? memchr(line.p, '#', line.n) : NULL;
	const uint8_t *equals, *colon;
	struct value v = { .platform = NULL };
	struct span whole;

	line = values_trim(comment ? before(line, comment) : line);
	if (!line.n)
		return 0;

	equals = memchr(line.p, '=', line.n);
	if (!equals)
		return fail(rd->err, TSMMR_E_ARG, "%s: not NAME[:ALG]=HEX", rd->where);
	v.name = values_trim(before(line, equals));
	v.hex = values_trim(after(line, equals));
	whole = v.name;

	colon = v.name.n ? memchr(v.name.p, ':', v.name.n) : NULL;
	if (colon) {
		v.alg = after(v.name, colon);
		v.name = before(v.name, colon);
		if (!v.alg.n)
			return fail(rd->err, TSMMR_E_ARG, "%s: no hash algorithm after the colon",
				    rd->where);
	}
	value_settle(rd, &v, whole);
	return values_give(rd, v);
}

static bool probe(struct span text, struct json_object *o)
{
	(void)text;
	(void)o;
	return true;
}

static int read_lines(struct values_reader *rd, struct span text, struct json_object *o)
{
	struct span line;
	int r = 0;

	(void)o;
	while (r == 0 && values_line(rd, &text, &line))
		r = read_line(rd, line);
	return r;
}

const struct values_format values_lines = {
	.id = TSMMR_VALUES_LINES,
	.name = "lines",
	.probe = probe,
	.read = read_lines,
};
