/* SPDX-License-Identifier: BSD-2-Clause */
/* Records whose data was left out. */
#include "crypto/hash.h"
#include "format/tcg2.h"

static const size_t no_rules;

static int describe_nothing(const struct tsmmr_event *e, struct describe *d)
{
	(void)e;
	buf_str(d->text, "without its data");
	return d->text->failed ? TSMMR_E_NOMEM : 0;
}

static const struct event_class without_class = {
	.type_name = tcg_type_name,
	.n_rules = &no_rules,
	.describe = describe_nothing,
	.n_lost = TCG_N_LOST,
	.lost = tcg_lost,
};

/* 1 when the first digest is that of 00000000, else 0 or an error. */
static int is_separator(struct crypto crypto, const struct tsmmr_event *e, struct span data)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	const struct digest *d = e->digests;
	const struct hash_alg *alg = e->n_digests ? hash_by_id(d->alg) : NULL;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r;

	if (!alg || alg->size != d->value.n)
		return 0;
	r = hasher_init(&h, crypto, alg);
	if (r == 0)
		r = hash_bytes(&h, data.p, data.n, value);
	return r < 0 ? r : hash_equal(value, d->value.p, alg->size);
}

int tcg_without_data(struct crypto crypto, struct tsmmr_event *e)
{
	static const uint8_t zeros[4];
	struct span separator = span_of(zeros, sizeof(zeros));
	int r;

	if (e->data.n || !e->measured)
		return 0;
	r = e->type == EV_SEPARATOR ? is_separator(crypto, e, separator) : 0;
	if (r < 0)
		return r;
	if (r) {
		e->data = separator;
		return 0;
	}
	e->class = &without_class;
	/* Where an event's type alone says what it does, it still does. */
	if (e->mark == MARK_SEPARATOR)
		e->mark = MARK_NONE;
	return 0;
}
