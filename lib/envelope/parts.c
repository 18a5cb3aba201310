/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of envelope put their parts together with. */
#include "envelope/envelope.h"

#include "util/armour.h"
#include "util/error.h"
#include "util/json_in.h"

void envelope_done(struct envelope *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->parts[i].p);
	env->n = 0;
}

static int take(struct envelope *env, const struct envelope_part *part, struct tsmmr_error *err)
{
	if (env->n == ENVELOPE_PARTS_MAX) {
		free(part->p);
		return fail(err, TSMMR_E_LIMIT, "more than %d parts in one envelope",
			    ENVELOPE_PARTS_MAX);
	}
	env->parts[env->n++] = *part;
	return 0;
}

static int take_copy(struct envelope *env, struct envelope_part part, struct span s,
		     struct tsmmr_error *err)
{
	part.n = s.n;
	part.p = malloc(s.n ? s.n : 1);
	if (!part.p)
		return fail_nomem(err);
	if (s.n)
		memcpy(part.p, s.p, s.n);
	return take(env, &part, err);
}

int envelope_add(struct envelope *env, int part, struct span s, struct tsmmr_error *err)
{
	return take_copy(env, (struct envelope_part){ .part = part }, s, err);
}

int envelope_add_log(struct envelope *env, int format, const char *reg, struct span s,
		     struct tsmmr_error *err)
{
	const struct envelope_part part = { .part = ENVELOPE_LOG, .format = format, .reg = reg };

	return take_copy(env, part, s, err);
}

int envelope_bytes(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		   struct tsmmr_error *err)
{
	struct span text = { .n = 0 };
	int r;

	if (json_in_kind(o, key) == JSON_IN_ARRAY)
		return json_in_octets(o, key, ret, ret_n, err);
	r = json_in_str(o, key, &text, err);
	if (r <= 0 || !text.n)
		return r < 0 ? r : 0;
	r = armour_strip(text, ret, ret_n);
	if (r < 0)
		return fail_nomem(err);
	return r ? 1 : fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is neither hex nor base64", key);
}

int envelope_add_bytes(struct envelope *env, struct json_object *o, const char *key, int part,
		       struct tsmmr_error *err)
{
	struct envelope_part one = { .part = part };
	int r = envelope_bytes(o, key, &one.p, &one.n, err);

	if (r <= 0)
		return r;
	r = take(env, &one, err);
	return r < 0 ? r : 1;
}
