/* SPDX-License-Identifier: BSD-2-Clause */
/* Envelopes: which kind it is. */
#include "envelope/envelope.h"

#include <assert.h>

#include "util/json_in.h"

/* From its first letter on, where it is a JSON object as far as that says. */
static bool is_json(struct span s, struct span *ret)
{
	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_of(s.p + 1, s.n - 1);
	*ret = s;
	return s.n && s.p[0] == '{';
}

int envelope_open(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(envelope_done) struct envelope env = { .n = 0 };
	_cleanup_(json_in_free) struct json_object *o = NULL;
	int r = TSMMR_E_FORMAT;

	if (is_json(s, &env.text))
		r = json_in_large(s, ENVELOPE_BYTES, ENVELOPE_VALUES, &o, err);
	if (r < 0 && r != TSMMR_E_FORMAT)
		return r;

	r = TSMMR_E_FORMAT;
	for (size_t i = 0; r == TSMMR_E_FORMAT && i < n_envelope_kinds; i++) {
		const struct envelope_kind *kind = envelope_kinds[i];

		env.kind = kind->name;
		env.left_out = NULL;
		if (o && kind->open_json)
			r = kind->open_json(o, &env, err);
		else if (kind->open)
			r = kind->open(s, &env, err);
		assert(r != TSMMR_E_FORMAT || !env.n);
	}
	if (r < 0)
		return r;

	env.text = span_of(NULL, 0);
	*ret = env;
	env.n = 0;
	return 0;
}
