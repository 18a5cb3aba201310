/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IMA's binary lists, binary_runtime_measurements and those of one bank:
 *
 *	u32 register | digest | u32 length, template's name | u32 length, data
 *
 * The digest is SHA-1, or as wide as the bank, which the list does not say; a record of
 * template "ima" has 20 bytes, u32 length and name for its data.  Numbers are the
 * machine's own, little-endian with ima_canonical_fmt.  (security/integrity/ima/ima_fs.c,
 * ima_measurements_show())
 */
#include "format/ima.h"

#include "format/cel.h"
#include "util/cleanup.h"
#include "util/error.h"

#define LOOK_BYTES (64u << 10) /* by which the bank is recognised */
#define LOOK_RECORDS 16
#define INDEX_MAX 32 /* of no register that has a list, but a probe must stop somewhere */

struct ima_state {
	const struct hash_alg *alg;
	bool said_unknown;
	uint8_t legacy[IMA_LEGACY_SIZE];
};

static enum ima_surety look_at_legacy(struct cursor *c, struct ima_record *rec, uint8_t *legacy)
{
	struct span digest, name;
	uint32_t n;

	if (!cur_take(c, IMA_LEGACY_DIGEST, &digest) || !cur_le32(c, &n))
		return IMA_CUT;
	if (n > IMA_NAME_MAX)
		return IMA_NOT;
	if (!cur_take(c, n, &name))
		return IMA_CUT;
	ima_legacy_data(legacy, digest.p, name);
	rec->data = span_of(legacy, IMA_LEGACY_SIZE);
	return IMA_SHAPE;
}

/* A record with a digest of that size, in bytes that may end before it. */
static enum ima_surety look_at_record(struct cursor *c, size_t size, struct ima_record *rec,
				      uint8_t *legacy)
{
	uint32_t n;

	*rec = (struct ima_record){ 0 };
	if (cur_le32(c, &rec->index) && rec->index >= INDEX_MAX)
		return IMA_NOT;
	if (!cur_take(c, size, &rec->digest) || !cur_le32(c, &n))
		return IMA_CUT;
	if (!n || n > IMA_NAME_MAX)
		return IMA_NOT;
	if (!cur_take(c, n, &rec->name))
		return cur_empty(c) || ima_name_is_sane(cur_rest(c)) ? IMA_CUT : IMA_NOT;
	if (!ima_name_is_sane(rec->name))
		return IMA_NOT;
	if (ima_is_legacy(rec->name))
		return look_at_legacy(c, rec, legacy);
	if (!cur_le32(c, &n))
		return IMA_CUT;
	if (n > EVENT_BYTES_DEFAULT)
		return IMA_NOT;
	return cur_take(c, n, &rec->data) ? IMA_SHAPE : IMA_CUT;
}

struct guess {
	enum ima_surety surety;
	uint16_t alg;
	bool known; /* the first record's template */
};

/* The same for records one after the other, until one proves the algorithm. */
static int try_size(struct cursor c, size_t size, struct hashers *set, struct guess *ret)
{
	uint8_t legacy[IMA_LEGACY_SIZE];
	struct ima_record rec;
	struct ima_template t;

	for (size_t i = 0; i < LOOK_RECORDS; i++) {
		enum ima_surety surety = look_at_record(&c, size, &rec, legacy);
		int r;

		if (i == 0)
			*ret = (struct guess){ surety, ima_usual_alg(size),
					       surety && ima_template(rec.name, &t) };
		if (surety != IMA_SHAPE)
			return 0;
		r = ima_prove_alg(set, rec.digest, rec.data, &ret->alg);
		if (r < 0)
			return r;
		if (r) {
			ret->surety = IMA_PROVEN;
			return 0;
		}
	}
	return 0;
}

static int guess_alg(struct crypto crypto, const uint8_t *p, size_t n, struct guess *ret)
{
	static const uint8_t sizes[] = { 20, 32, 48, 64 };
	_cleanup_(hashers_done) struct hashers set = { .crypto = crypto };

	*ret = (struct guess){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct guess g;
		int r = try_size(cur_over(p, n), sizes[i], &set, &g);

		if (r < 0)
			return r;
		if (g.surety > ret->surety)
			*ret = g;
	}
	return 0;
}

static uint32_t get_be32(const uint8_t *p)
{
	return __builtin_bswap32(get_le32(p));
}

/* Written by a big-endian machine without ima_canonical_fmt, which also hashed it so. */
static bool is_big_endian(const uint8_t *p, size_t n)
{
	for (size_t size = 20; n >= 4 + size + 4 && size <= TSMMR_HASH_SIZE_MAX; size += 4) {
		const uint8_t *name = p + 4 + size + 4;
		uint32_t len = get_be32(name - 4);
		struct ima_template t;

		if (len <= n - 4 - size - 4 && get_be32(p) < INDEX_MAX &&
		    ima_name_is_sane(span_of(name, len)) && ima_template(span_of(name, len), &t))
			return true;
	}
	return false;
}

static int settle(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct ima_state *st = s->state;
	struct source *src = &s->source;
	struct guess g;
	size_t n;
	int r = ima_look(s, err, LOOK_BYTES);

	if (r < 0)
		return r;
	n = src->n < LOOK_BYTES ? src->n : LOOK_BYTES;
	if (guess_alg(s->crypto, src->p, n, &g) < 0)
		return fail_nomem(err);
	if (!g.surety && is_big_endian(src->p, n))
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, src->offset,
				   "a big-endian IMA list, written without ima_canonical_fmt");
	return ima_settle_alg(s, err, g.surety, g.alg, &st->alg);
}

static int need(struct tsmmr_stream *s, struct tsmmr_error *err, uint64_t n)
{
	return stream_need(s, err, n, n, "a record");
}

/* Of template "ima": rec's data is assembled from what follows at. */
static int read_legacy(struct tsmmr_stream *s, struct tsmmr_error *err, size_t at,
		       struct ima_record *rec, size_t *ret_size)
{
	struct ima_state *st = s->state;
	struct source *src = &s->source;
	uint32_t n;
	int r = need(s, err, at + IMA_LEGACY_DIGEST + 4);

	if (r < 0)
		return r;
	n = get_le32(src->p + at + IMA_LEGACY_DIGEST);
	if (n > IMA_NAME_MAX)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "a name of %u bytes: template ima has up to 255", n);
	*ret_size = at + IMA_LEGACY_DIGEST + 4 + n;
	r = need(s, err, *ret_size);
	if (r < 0)
		return r;
	ima_legacy_data(st->legacy, src->p + at, span_of(src->p + *ret_size - n, n));
	rec->data = span_of(st->legacy, IMA_LEGACY_SIZE);
	return 0;
}

static int read_record(struct tsmmr_stream *s, struct tsmmr_error *err, struct ima_record *rec,
		       size_t *ret_size)
{
	const size_t digest_n = ((struct ima_state *)s->state)->alg->size;
	struct source *src = &s->source;
	size_t at = 4 + digest_n + 4;
	uint32_t name_n, data_n;
	bool legacy;
	int r = need(s, err, at);

	if (r < 0)
		return r;
	name_n = get_le32(src->p + at - 4);
	if (!name_n || name_n > IMA_NAME_MAX)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "a template's name of %u bytes", name_n);
	r = need(s, err, at + name_n + 4);
	if (r < 0)
		return r;
	if (!ima_name_is_sane(span_of(src->p + at, name_n)))
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "a template's name that is not printable");
	legacy = ima_is_legacy(span_of(src->p + at, name_n));
	if (legacy) {
		r = read_legacy(s, err, at + name_n, rec, ret_size);
	} else {
		data_n = get_le32(src->p + at + name_n);
		r = stream_need(s, err, at + name_n + 4 + (uint64_t)data_n,
				at + name_n + 4 + s->limits.event_bytes, "a record");
		*ret_size = at + name_n + 4 + data_n;
		rec->data = span_of(src->p + at + name_n + 4, data_n);
	}
	rec->offset = src->offset;
	rec->index = get_le32(src->p);
	rec->digest = span_of(src->p + 4, digest_n);
	rec->name = span_of(src->p + at, name_n);
	return r;
}

static int ima_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct ima_state *st = s->state;
	struct source *src = &s->source;
	struct ima_record rec = { 0 };
	size_t size = 0;
	int r;

	r = src->n ? 1 : stream_more(s, err, 1);
	if (r <= 0)
		return r;
	if (!st->alg) {
		r = settle(s, err);
		if (r < 0)
			return r;
	}
	r = read_record(s, err, &rec, &size);
	if (r < 0)
		return r;
	source_skip(src, size);
	r = ima_event(s, err, &rec, st->alg, &st->said_unknown, e);
	return r < 0 ? r : 1;
}

static int ima_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct guess g;

	if (guess_alg(crypto, p, n, &g) < 0)
		return 0;
	switch (g.surety) {
	case IMA_PROVEN:
		return 90;
	case IMA_SHAPE:
		return g.known ? 70 : 30;
	case IMA_CUT:
		return g.known ? 50 : 0;
	default:
		return is_big_endian(p, n) ? 45 : 0;
	}
}

const struct format format_ima = {
	.id = TSMMR_FORMAT_IMA,
	.name = "ima",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.may_reg = true,
	.asserts_nothing = true,
	.state_size = sizeof(struct ima_state),
	.probe = ima_probe,
	.next = ima_next,
};
