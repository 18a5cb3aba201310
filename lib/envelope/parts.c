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

int envelope_add_member(struct envelope *env, int part, const char *member, struct span s,
			struct tsmmr_error *err)
{
	return take_copy(env, (struct envelope_part){ .part = part, .member = member }, s, err);
}

int envelope_add_log(struct envelope *env, int format, const char *reg, struct span s,
		     struct tsmmr_error *err)
{
	const struct envelope_part part = { .part = ENVELOPE_LOG, .format = format, .reg = reg };

	return take_copy(env, part, s, err);
}

/* What is in a text: 1, 0 where it is empty. */
static int text_bytes(struct span text, const char *what, uint8_t **ret, size_t *ret_n,
		      struct tsmmr_error *err)
{
	int r;

	if (!text.n)
		return 0;
	r = armour_strip(text, ret, ret_n);
	if (r < 0)
		return fail_nomem(err);
	return r ? 1 : fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is neither hex nor base64", what);
}

int envelope_bytes(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		   struct tsmmr_error *err)
{
	struct span text;
	int r;

	if (json_in_kind(o, key) == JSON_IN_ARRAY)
		return json_in_octets(o, key, ret, ret_n, err);
	r = json_in_str(o, key, &text, err);
	return r <= 0 ? r : text_bytes(text, key, ret, ret_n, err);
}

int envelope_item_bytes(struct json_object *array, size_t i, uint8_t **ret, size_t *ret_n,
			struct tsmmr_error *err)
{
	struct span text;
	int r;

	if (json_in_item_kind(array, i) == JSON_IN_ARRAY)
		r = json_in_item_octets(array, i, ret, ret_n, err);
	else
		r = json_in_item_str(array, i, &text, err);
	if (r > 0 && json_in_item_kind(array, i) == JSON_IN_STR)
		r = text_bytes(text, "array", ret, ret_n, err);
	return r ? r : fail(err, TSMMR_E_MALFORMED, "JSON: item %zu is empty", i);
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

static bool is_pem(struct span s)
{
	static const char begin[] = "-----BEGIN ";

	return span_starts(s, begin, sizeof(begin) - 1);
}

/* The certificates in a member that is a text or an array of numbers. */
static int add_cert(struct envelope *env, struct json_object *o, const char *key,
		    struct tsmmr_error *err)
{
	struct span text;
	int r;

	if (json_in_kind(o, key) == JSON_IN_STR) {
		r = json_in_str(o, key, &text, err);
		if (r > 0 && is_pem(text))
			return envelope_add(env, TSMMR_PART_CERTS, text, err);
	}
	r = envelope_add_bytes(env, o, key, TSMMR_PART_CERTS, err);
	return r < 0 ? r : 0;
}

static int add_cert_item(struct envelope *env, struct json_object *array, size_t i,
			 struct tsmmr_error *err)
{
	struct envelope_part one = { .part = TSMMR_PART_CERTS };
	struct json_object *o;
	struct span text;
	int r;

	if (json_in_item_kind(array, i) == JSON_IN_OBJECT) {
		r = json_in_item(array, i, &o, err);
		return r < 0 ? r : add_cert(env, o, "data", err);
	}
	if (json_in_item_kind(array, i) == JSON_IN_STR) {
		r = json_in_item_str(array, i, &text, err);
		if (r > 0 && is_pem(text))
			return envelope_add(env, TSMMR_PART_CERTS, text, err);
	}
	r = envelope_item_bytes(array, i, &one.p, &one.n, err);
	return r < 0 ? r : take(env, &one, err);
}

int envelope_need_bytes(struct envelope *env, struct json_object *o, const char *key,
			struct tsmmr_error *err)
{
	int r = envelope_add_bytes(env, o, key, TSMMR_PART_QUOTE, err);

	if (r == 0)
		return fail(err, TSMMR_E_MALFORMED, "the %s in it is empty", key);
	return r < 0 ? r : 0;
}

int envelope_add_certs(struct envelope *env, struct json_object *o, const char *key,
		       struct tsmmr_error *err)
{
	struct json_object *array;
	int r = 0;

	if (json_in_kind(o, key) == JSON_IN_NONE)
		return 0;
	if (json_in_kind(o, key) != JSON_IN_ARRAY)
		return add_cert(env, o, key, err);
	r = json_in_array(o, key, &array, err);
	if (r > 0 && json_in_item_kind(array, 0) == JSON_IN_INT)
		return add_cert(env, o, key, err);
	for (size_t i = 0; r >= 0 && i < json_in_length(array); i++)
		r = add_cert_item(env, array, i, err);
	return r < 0 ? r : 0;
}
