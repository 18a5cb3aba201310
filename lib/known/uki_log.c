/* SPDX-License-Identifier: BSD-2-Clause */
/* A unified kernel image as a log: what it is measured as, whatever the machine. */
#include "known/uki_log.h"

#include "known/image.h"
#include "util/error.h"

enum {
	EV_NO_ACTION = 0x03,
	EV_IPL = 0x0d,
	EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003,
	PCR_BOOT = 4,
	PCR_UKI = 11,
	LOAD_EVENT_SIZE = 32, /* UEFI_IMAGE_LOAD_EVENT without a path (PFP 1.06 §10.2.3) */
};

static const uint16_t banks[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256, TSMMR_HASH_SHA384,
				  TSMMR_HASH_SHA512 };

struct writer {
	struct buf *out;
	unsigned dtbs; /* of which the machine chooses */
};

/* PFP 1.06 §10.4.5: the first record says which digests the others have. */
static void add_header(struct buf *out)
{
	static const char signature[16] = "Spec ID Event03";
	static const uint8_t no_digest[20];

	buf_le(out, 0, 4);
	buf_le(out, EV_NO_ACTION, 4);
	buf_add(out, no_digest, sizeof(no_digest));
	buf_le(out, 29 + 4 * ARRAY_SIZE(banks), 4);
	buf_add(out, signature, sizeof(signature));
	buf_le(out, 0, 4);      /* platform class */
	buf_le(out, 2 << 8, 4); /* version 2.0, errata 0, a byte each; words of 64 bits */
	out->p[out->n - 1] = 2;
	buf_le(out, ARRAY_SIZE(banks), 4);
	for (size_t i = 0; i < ARRAY_SIZE(banks); i++) {
		buf_le(out, banks[i], 2);
		buf_le(out, hash_by_id(banks[i])->size, 2);
	}
	buf_le(out, 0, 1);
}

static void add_head(struct buf *out, uint32_t pcr, uint32_t type)
{
	buf_le(out, pcr, 4);
	buf_le(out, type, 4);
	buf_le(out, ARRAY_SIZE(banks), 4);
}

static void add_digests(struct buf *out, const struct image_measure *m)
{
	for (size_t i = 0; i < m->n_digests; i++) {
		buf_le(out, m->digests[i].alg, 2);
		buf_add(out, m->digests[i].value.p, m->digests[i].value.n);
	}
}

static int add_measure(void *user, const struct image_measure *m, struct tsmmr_error *err)
{
	static const uint8_t load_event[LOAD_EVENT_SIZE];
	struct buf *out = user;
	size_t n = strlen(m->part) + 1;

	if (m->rule == &image_rule_pe) {
		add_head(out, PCR_BOOT, EV_EFI_BOOT_SERVICES_APPLICATION);
		add_digests(out, m);
		buf_le(out, sizeof(load_event), 4);
		buf_add(out, load_event, sizeof(load_event));
	} else if (m->rule == &image_rule_section || m->rule == &image_rule_section_name) {
		if (strcmp(m->part, ".dtbauto") == 0 || strcmp(m->part, ".efifw") == 0)
			return fail(err, TSMMR_E_UNSUPPORTED,
				    "UKI: which section %s is measured depends on the machine",
				    m->part);
		add_head(out, PCR_UKI, EV_IPL);
		add_digests(out, m);
		buf_le(out, 2 * n, 4);
		for (size_t i = 0; i < n; i++)
			buf_le(out, (uint8_t)m->part[i], 2);
	}
	return 0;
}

/* systemd-pcrphase(8): the word, without a NUL. */
static int add_phase(const struct image_job *job, struct span word, struct tsmmr_error *err)
{
	struct buf *out = job->user;
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	if (!word.n)
		return fail(err, TSMMR_E_ARG, "a phase without a name");
	add_head(out, PCR_UKI, EV_IPL);
	for (size_t i = 0; i < ARRAY_SIZE(banks); i++) {
		struct hasher *h;
		int r = hashers_get(job->hashes, banks[i], &h);

		if (r == 0)
			r = hash_bytes(h, word.p, word.n, value);
		if (r < 0)
			return fail_low(err, r);
		buf_le(out, banks[i], 2);
		buf_add(out, value, h->alg->size);
	}
	buf_le(out, word.n, 4);
	buf_add(out, word.p, word.n);
	return 0;
}

int uki_log(const struct image *image, struct crypto crypto, unsigned profile, const char *phases,
	    struct buf *out, struct tsmmr_error *err)
{
	_cleanup_(hashers_done) struct hashers set = { .crypto = crypto };
	struct image_job job = { image, &set, profile, add_measure, out };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(banks); i++) {
		struct hasher *unused;

		r = hashers_get(&set, banks[i], &unused);
	}
	if (r < 0)
		return fail_low(err, r);
	add_header(out);
	r = image_measures("uki", &job, err);
	while (r == 0 && phases) {
		size_t n = strcspn(phases, ":");

		r = add_phase(&job, span_of(phases, n), err);
		phases = phases[n] ? phases + n + 1 : NULL;
	}
	return r == 0 && out->failed ? fail_nomem(err) : r;
}
