/* SPDX-License-Identifier: BSD-2-Clause */
/* IMA's binary lists, read a second time.  (security/integrity/ima/ima_fs.c) */
#include "mutation.h"

#include <string.h>

#include <tsmmr/types.h>

static const struct {
	uint16_t alg, size;
} banks[] = {
	{ TSMMR_HASH_SHA1, 20 },
	{ TSMMR_HASH_SHA256, 32 },
	{ TSMMR_HASH_SHA384, 48 },
	{ TSMMR_HASH_SHA512, 64 },
};

/* Of template "ima", the digest and a name, as they stand. */
static bool legacy(struct bytes *b, struct bytes *ret)
{
	struct bytes start = *b, skipped;
	uint32_t n;

	if (!take(b, 20, &skipped) || !take_le32(b, &n) || n > 255 || !take(b, n, &skipped))
		return false;
	*ret = (struct bytes){ start.p, start.n - b->n };
	return true;
}

static bool is_legacy(struct bytes name)
{
	return name.n == 3 && !memcmp(name.p, "ima", 3);
}

static bool parse_records(struct bytes b, size_t bank, struct mlog *log)
{
	log->n = 0;
	log->n_algs = 1;
	log->algs[0] = banks[bank].alg;
	log->sizes[0] = banks[bank].size;
	while (b.n) {
		struct rec r = { .content = CONTENT_IMA_TEMPLATE, .measured = true, .n = 1 };
		uint32_t n;

		r.algs[0] = banks[bank].alg;
		if (!take_le32(&b, &r.index) || !take(&b, banks[bank].size, &r.digests[0]) ||
		    !take_le32(&b, &n) || !n || n > 255 || !take(&b, n, &r.name))
			return false;
		if (is_legacy(r.name) ? !legacy(&b, &r.data) :
					!take_le32(&b, &n) || !take(&b, n, &r.data))
			return false;
		mlog_insert(log, log->n, &r);
	}
	return true;
}

/* The list does not say how wide its digests are: it has only one width that fits. */
static bool parse_ima(struct bytes b, struct mlog *log)
{
	for (size_t i = 0; i < sizeof(banks) / sizeof(banks[0]); i++)
		if (parse_records(b, i, log))
			return true;
	return false;
}

static void write_ima(const struct mlog *log, struct out *o)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];

		out_le32(o, r->index);
		out_add(o, r->digests[0].p, r->digests[0].n);
		out_le32(o, (uint32_t)r->name.n);
		out_add(o, r->name.p, r->name.n);
		if (!is_legacy(r->name))
			out_le32(o, (uint32_t)r->data.n);
		out_add(o, r->data.p, r->data.n);
	}
}

const struct codec codec_ima = {
	.name = "ima",
	.one_digest = true,
	.all_measured = true,
	.parse = parse_ima,
	.write = write_ima,
};
