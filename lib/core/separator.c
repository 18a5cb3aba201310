/* SPDX-License-Identifier: BSD-2-Clause */
/* Separators by their digests. */
#include "core/separator.h"

#include "util/error.h"

static int compute(struct separators *s, uint16_t id)
{
	static const uint8_t of[SEPARATOR_VALUES][4] = {
		{ 0, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff },
		{ 1, 0, 0, 0 },
	};
	_cleanup_(hasher_done) struct hasher h = { 0 };
	const struct hash_alg *alg = hash_by_id(id);
	struct separators_of *new = &s->of[s->n];
	int r = alg ? hasher_init(&h, s->crypto, alg) : TSMMR_E_UNSUPPORTED;

	for (size_t i = 0; r == 0 && i < SEPARATOR_VALUES; i++)
		r = hash_bytes(&h, of[i], sizeof(of[i]), new->values[i]);
	if (r < 0)
		return r;
	new->alg = id;
	new->size = alg->size;
	s->n++;
	return 0;
}

int separator_find(struct separators *s, const struct tsmmr_event *e)
{
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct digest *d = &e->digests[i];
		const struct separators_of *of;
		/* Records have their digests in one order, mostly. */
		size_t k = i < s->n && s->of[i].alg == d->alg ? i : 0;

		while (k < s->n && s->of[k].alg != d->alg)
			k++;
		of = &s->of[k];
		if (k == s->n) {
			int r = k < EVENT_DIGESTS_MAX ? compute(s, d->alg) : TSMMR_E_UNSUPPORTED;

			if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
				continue; /* then no bank of it can be verified either */
			if (r < 0)
				return r;
		}
		/* Of most records the first byte says that they are none. */
		for (unsigned v = 0; d->value.n == of->size && v < SEPARATOR_VALUES; v++)
			if (of->values[v][0] == d->value.p[0] &&
			    !memcmp(of->values[v], d->value.p, of->size))
				return 1;
	}
	return 0;
}
