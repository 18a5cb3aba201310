/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of whatever form as lines: for saying what was taken. */
#include "util/error.h"
#include "values/reader.h"

struct writer {
	const struct values_of *of;
	struct buf *out;
};

/* Whose register it is says the line where the file said it. */
static int write_value(void *user, const struct value *v, const char *where,
		       struct tsmmr_error *err)
{
	const struct writer *w = user;
	const char *platform = v->platform && !w->of->platform ? v->platform->name : NULL;
	_cleanup_(buf_done) struct buf values = { 0 };
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	uint16_t id = TSMMR_HASH_NONE;
	const struct hash_alg *alg;
	struct span hex = v->hex;
	size_t n;
	int r;

	while ((r = value_next(&hex, bytes, sizeof(bytes), &n)) > 0) {
		r = value_fit(w->of, v, where, n, &id, err);
		if (r < 0)
			return r;
		buf_char(&values, values.n ? ',' : '=');
		buf_hex(&values, bytes, n);
	}
	if (r < 0)
		return fail(err, TSMMR_E_ARG, "%s: the value of %.*s is not hex, or too long",
			    where, values_shown(v->name), (const char *)v->name.p);
	if (values.failed)
		return fail_nomem(err);

	/* A bank that its length says is not named, lest it be asked for by name. */
	alg = v->alg.n ? hash_by_id(id) : NULL;
	if (v->dumped && alg && value_hash_of(alg->size) == alg)
		alg = NULL;
	buf_printf(w->out, "%s%s%.*s%s%s", platform ? platform : "", platform ? "/" : "",
		   (int)v->name.n, (const char *)v->name.p, alg ? ":" : "", alg ? alg->name : "");
	buf_add(w->out, values.p, values.n);
	buf_char(w->out, '\n');
	return 0;
}

int values_to_lines(const struct values_of *of, struct span text, struct buf *out, int *ret_format,
		    struct tsmmr_error *err)
{
	struct writer w = { of, out };
	int r = values_read(of, text, write_value, &w, ret_format, err);

	return r == 0 && out->failed ? fail_nomem(err) : r;
}
