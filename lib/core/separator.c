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
	int r = hasher_init(&h, s->crypto, hash_by_id(id));

	for (size_t i = 0; r == 0 && i < SEPARATOR_VALUES; i++)
		r = hash_bytes(&h, of[i], sizeof(of[i]), s->of[s->n].values[i]);
	if (r < 0)
		return r;
	s->of[s->n++].alg = id;
	return 0;
}

int separator_find(struct separators *s, const struct tsmmr_event *e)
{
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct digest *d = &e->digests[i];
		const struct hash_alg *alg = hash_by_id(d->alg);
		size_t k = 0;

		if (!alg || alg->size != d->value.n)
			continue;
		while (k < s->n && s->of[k].alg != d->alg)
			k++;
		if (k == s->n) {
			int r = k < EVENT_DIGESTS_MAX ? compute(s, d->alg) : TSMMR_E_UNSUPPORTED;

			if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
				continue; /* then no bank of it can be verified either */
			if (r < 0)
				return r;
		}
		for (unsigned v = 0; v < SEPARATOR_VALUES; v++)
			if (!memcmp(s->of[k].values[v], d->value.p, alg->size))
				return 1;
	}
	return 0;
}
