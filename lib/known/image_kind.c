/* SPDX-License-Identifier: BSD-2-Clause */
/* Known values: a file, by the digests by which it is measured in its role. */
#include "core/known.h"

#include "known/image.h"
#include "util/error.h"

#define MEASURES_MAX 256

struct measure {
	const struct image_rule *rule;
	const char *part;
	uint8_t n;
	struct {
		uint16_t alg;
		uint8_t size, value[TSMMR_HASH_SIZE_MAX];
	} digests[HASHERS_MAX];
};

struct known_file {
	struct image image; /* of firmware, of which events name the parts; else without read */
	struct crypto crypto;
	struct measure *all;
	size_t n;
};

static void free_file(void *data)
{
	struct known_file *f = data;

	if (f && f->image.read)
		f->image.done(f->image.user);
	if (f)
		free(f->all);
	free(f);
}

static int take(void *user, const struct image_measure *m, struct tsmmr_error *err)
{
	struct known_file *f = user;
	struct measure *all = f->n < MEASURES_MAX ? reallocarray(f->all, f->n + 1, sizeof(*all)) :
						    NULL,
		       *new;

	if (!all)
		return fail_nomem(err);
	f->all = all;
	new = &all[f->n++];
	*new = (struct measure){ m->rule, m->part, (uint8_t)m->n_digests, { { 0 } } };
	for (size_t i = 0; i < m->n_digests; i++) {
		new->digests[i].alg = m->digests[i].alg;
		new->digests[i].size = (uint8_t)m->digests[i].value.n;
		memcpy(new->digests[i].value, m->digests[i].value.p, m->digests[i].value.n);
	}
	return 0;
}

/* Every hash that a bank may have and the crypto library has. */
static int all_hashes(struct hashers *set)
{
	const struct hash_alg *alg;

	for (size_t i = 0; (alg = hash_by_index(i)); i++) {
		struct hasher *unused;
		int r = hashers_get(set, alg->id, &unused);

		if (r < 0 && !lacks_algorithm(r))
			return r;
	}
	return 0;
}

static int load(struct known_loader *ld)
{
	struct known_file *f = calloc(1, sizeof(*f));
	_cleanup_(hashers_done) struct hashers set = { .crypto = ld->known->crypto };
	const struct image_job job = { &ld->image, &set, 0, take, f };
	int r;

	if (!f)
		return fail_nomem(ld->err);
	ld->source->data = f;
	if (!ld->role)
		return known_fail(ld, TSMMR_E_ARG, "an image needs a role");
	f->crypto = ld->known->crypto;
	r = all_hashes(&set);
	if (r < 0)
		return fail_low(ld->err, r);
	r = image_measures(ld->role, &job, ld->err);
	if (r < 0 || f->n)
		return r;
	f->image = ld->image;
	ld->image = (struct image){ 0 };
	return 0;
}

/* Of a denied file the type says nothing: it is not measured. */
static bool is_measure(const struct measure *m, const struct known_event *e, bool denied)
{
	if (!denied && !image_rule_fits(m->rule, e->e))
		return false;
	for (size_t i = 0; i < e->n_digests; i++)
		for (size_t k = 0; k < m->n; k++)
			if (m->digests[k].alg == e->digests[i].alg &&
			    m->digests[k].size == e->digests[i].value.n &&
			    hash_equal(m->digests[k].value, e->digests[i].value.p,
				       m->digests[k].size))
				return true;
	return false;
}

/* Is it what the firmware has where the event says? */
static int match_firmware(const struct known_file *f, const struct known_event *e)
{
	for (size_t i = 0; i < e->n_digests; i++) {
		const struct hash_alg *alg = hash_by_id(e->digests[i].alg);
		_cleanup_(hasher_done) struct hasher h = { 0 };
		uint8_t value[TSMMR_HASH_SIZE_MAX];
		int r = alg && image_names_firmware(e->e) ? hasher_init(&h, f->crypto, alg) :
							    TSMMR_E_UNSUPPORTED;

		if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
			continue;
		if (r == 0)
			r = image_derive(&f->image, e->e, &h, value, NULL);
		if (r < 0)
			return r;
		if (r && e->digests[i].value.n == alg->size &&
		    hash_equal(value, e->digests[i].value.p, alg->size))
			return 1;
	}
	return 0;
}

static int match(const struct known_source *source, void *state, const struct known_event *e,
		 struct span *ret_name)
{
	const struct known_file *f = source->data;
	int r = 0;

	(void)state;
	if (source->reg && !e->fits[source->reg])
		return 0;
	*ret_name = span_of(NULL, 0);
	if (f->image.read) {
		r = match_firmware(f, e);
		if (r > 0)
			*ret_name = span_of("FIRMWARE", 8);
	}
	for (size_t i = 0; r == 0 && i < f->n; i++)
		if (is_measure(&f->all[i], e, source->denied)) {
			const char *name = *f->all[i].part ? f->all[i].part : f->all[i].rule->id;

			*ret_name = span_of(name, strlen(name));
			r = 1;
		}
	return r;
}

const struct known_kind known_image = {
	.id = TSMMR_KNOWN_IMAGE,
	.name = "image",
	.load = load,
	.match = match,
	.free = free_file,
};
