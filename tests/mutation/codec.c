/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats, read a second time: what the library says is held against this. */
#include "mutation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <tsmmr/types.h>

#define EV_NO_ACTION 3
#define EV_EFI_HCRTM_EVENT 0x80000010

void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(2);
}

uint8_t *file_read(const char *path, size_t *ret_n)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	uint8_t *p;

	if (!f || fstat(fileno(f), &st) < 0)
		die(path, strerror(errno));
	*ret_n = (size_t)st.st_size;
	p = malloc(*ret_n + 1);
	if (!p || fread(p, 1, *ret_n, f) != *ret_n)
		die(path, "cannot be read");
	fclose(f);
	return p;
}

void out_add(struct out *o, const void *p, size_t n)
{
	if (o->cap - o->n < n) {
		o->cap = 2 * (o->cap + n);
		o->p = realloc(o->p, o->cap);
		if (!o->p)
			abort();
	}
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

void out_le32(struct out *o, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	out_add(o, b, 4);
}

static void out_le16(struct out *o, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	out_add(o, b, 2);
}

bool take(struct bytes *b, uint64_t n, struct bytes *ret)
{
	if (n > b->n)
		return false;
	*ret = (struct bytes){ b->p, (size_t)n };
	b->p += n;
	b->n -= (size_t)n;
	return true;
}

bool take_le32(struct bytes *b, uint32_t *ret)
{
	struct bytes s;

	if (!take(b, 4, &s))
		return false;
	*ret = (uint32_t)s.p[0] | (uint32_t)s.p[1] << 8 | (uint32_t)s.p[2] << 16 |
	       (uint32_t)s.p[3] << 24;
	return true;
}

uint64_t number_be(struct bytes b)
{
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

static bool take_le16(struct bytes *b, uint16_t *ret)
{
	struct bytes s;

	if (!take(b, 2, &s))
		return false;
	*ret = (uint16_t)(s.p[0] | s.p[1] << 8);
	return true;
}

struct rec *mlog_insert(struct mlog *log, size_t at, const struct rec *rec)
{
	if (log->n == log->cap) {
		log->cap = 2 * log->cap + 16;
		log->recs = realloc(log->recs, log->cap * sizeof(*log->recs));
		if (!log->recs)
			abort();
	}
	memmove(log->recs + at + 1, log->recs + at, (log->n - at) * sizeof(*log->recs));
	log->n++;
	log->recs[at] = *rec;
	return &log->recs[at];
}

void mlog_remove(struct mlog *log, size_t at, size_t n)
{
	log->n -= n;
	memmove(log->recs + at, log->recs + at + n, (log->n - at) * sizeof(*log->recs));
}

void mlog_copy(const struct mlog *from, struct mlog *to)
{
	struct rec *recs = to->recs;
	uint8_t *own = to->own;
	size_t cap = to->cap;

	if (cap < from->n + 64) {
		cap = from->n + 64;
		recs = realloc(recs, cap * sizeof(*recs));
		if (!recs)
			abort();
	}
	*to = *from;
	to->recs = recs;
	to->cap = cap;
	to->own = own;
	if (from->n)
		memcpy(recs, from->recs, from->n * sizeof(*recs));
}

void mlog_done(struct mlog *log)
{
	free(log->recs);
	free(log->own);
	*log = (struct mlog){ .n = 0 };
}

static bool uniform(struct bytes b, size_t n)
{
	if (n > b.n)
		n = b.n;
	if (n && b.p[0] != 0 && b.p[0] != 0xff)
		return false;
	for (size_t i = 1; i < n; i++)
		if (b.p[i] != b.p[0])
			return false;
	return true;
}

/* The log is over where there is nothing, or a record that can only be padding. */
static bool at_end(struct bytes b, size_t head)
{
	return !b.n || uniform(b, b.p[0] == 0xff ? 8 : head);
}

/* Of the algorithms that have a number everywhere: TCG Algorithm Registry 1.34, table 3. */
static uint16_t known_size(uint16_t alg)
{
	switch (alg) {
	case 0x04:
		return 20;
	case 0x0b:
	case 0x12:
	case 0x27:
		return 32;
	case 0x0c:
	case 0x28:
		return 48;
	case 0x0d:
	case 0x29:
		return 64;
	}
	return 0;
}

static bool parse_tcg2_record(struct bytes *b, struct mlog *log, struct rec *r)
{
	uint32_t count, size;

	*r = (struct rec){ .index = 0 };
	if (!take_le32(b, &r->index) || !take_le32(b, &r->type) || !take_le32(b, &count) ||
	    count > DIGESTS_MAX)
		return false;
	r->measured = r->type != EV_NO_ACTION;
	for (uint32_t i = 0; i < count; i++) {
		uint16_t alg, size_of;
		size_t k = 0;

		if (!take_le16(b, &alg))
			return false;
		while (k < log->n_algs && log->algs[k] != alg)
			k++;
		/* What the header does not declare is no bank: passed by its size. */
		size_of = k < log->n_algs ? log->sizes[k] : known_size(alg);
		if ((k == log->n_algs && !size_of) || !take(b, size_of, &r->digests[r->n]))
			return false;
		r->algs[r->n] = alg;
		r->n += k < log->n_algs;
		log->undeclared |= k == log->n_algs;
	}
	return take_le32(b, &size) && take(b, size, &r->data);
}

/* TCG PC Client PFP 1.06 §10.2 and §10.4.5.1. */
static bool parse_tcg2(struct bytes b, struct mlog *log)
{
	struct bytes start = b, skipped, id;
	uint32_t size, count;
	struct rec r;

	if (!take(&b, 28, &skipped) || !take_le32(&b, &size) || !take(&b, size, &id) ||
	    !take(&id, 24, &skipped) || !take_le32(&id, &count) || count > DIGESTS_MAX)
		return false;
	for (log->n_algs = 0; log->n_algs < count; log->n_algs++)
		if (!take_le16(&id, &log->algs[log->n_algs]) ||
		    !take_le16(&id, &log->sizes[log->n_algs]))
			return false;
	log->head = (struct bytes){ start.p, start.n - b.n };
	log->n = 0;
	while (!at_end(b, 12)) {
		if (!parse_tcg2_record(&b, log, &r))
			return false;
		mlog_insert(log, log->n, &r);
	}
	log->tail = b;
	return true;
}

static void write_tcg2(const struct mlog *log, struct out *o)
{
	out_add(o, log->head.p, log->head.n);
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];

		out_le32(o, r->index);
		out_le32(o, r->type);
		out_le32(o, r->n);
		for (size_t k = 0; k < r->n; k++) {
			out_le16(o, r->algs[k]);
			out_add(o, r->digests[k].p, r->digests[k].n);
		}
		out_le32(o, (uint32_t)r->data.n);
		out_add(o, r->data.p, r->data.n);
	}
	out_add(o, log->tail.p, log->tail.n);
}

static bool parse_tcg1(struct bytes b, struct mlog *log)
{
	log->n = 0;
	log->n_algs = 1;
	log->algs[0] = TSMMR_HASH_SHA1;
	log->sizes[0] = 20;
	while (!at_end(b, 32)) {
		struct rec r = { .n = 1, .algs = { TSMMR_HASH_SHA1 } };
		uint32_t size;

		if (!take_le32(&b, &r.index) || !take_le32(&b, &r.type) ||
		    !take(&b, 20, &r.digests[0]) || !take_le32(&b, &size) ||
		    !take(&b, size, &r.data))
			return false;
		r.measured = r.type != EV_NO_ACTION;
		mlog_insert(log, log->n, &r);
	}
	log->tail = b;
	return true;
}

static void write_tcg1(const struct mlog *log, struct out *o)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];

		out_le32(o, r->index);
		out_le32(o, r->type);
		out_add(o, r->digests[0].p, r->digests[0].n);
		out_le32(o, (uint32_t)r->data.n);
		out_add(o, r->data.p, r->data.n);
	}
	out_add(o, log->tail.p, log->tail.n);
}

/* The kernel's RFC, patch 2/3: a line is a record unless it is empty or begins with '#'. */
static bool parse_lines(struct bytes b, struct mlog *log)
{
	log->n = 0;
	log->no_newline = b.n && b.p[b.n - 1] != '\n';
	while (b.n) {
		const uint8_t *newline = memchr(b.p, '\n', b.n);
		struct rec r = { .index = 0 };

		take(&b, newline ? (uint64_t)(newline - b.p) : b.n, &r.data);
		r.measured = r.data.n && r.data.p[0] != '#';
		mlog_insert(log, log->n, &r);
		if (newline)
			take(&b, 1, &(struct bytes){ NULL, 0 });
	}
	return true;
}

static void write_lines(const struct mlog *log, struct out *o)
{
	for (size_t i = 0; i < log->n; i++) {
		out_add(o, log->recs[i].data.p, log->recs[i].data.n);
		if (i + 1 < log->n || !log->no_newline)
			out_add(o, "\n", 1);
	}
}

static const struct codec tcg2 = { .name = "tcg2", .parse = parse_tcg2, .write = write_tcg2 };
static const struct codec tcg1 = {
	.name = "tcg1",
	.one_digest = true,
	.parse = parse_tcg1,
	.write = write_tcg1,
};
static const struct codec lines = {
	.name = "lines",
	.lines = true,
	.parse = parse_lines,
	.write = write_lines,
};

const struct codec *codec_of(int format)
{
	switch (format) {
	case TSMMR_FORMAT_TCG2:
	case TSMMR_FORMAT_CCEL:
		return &tcg2;
	case TSMMR_FORMAT_TCG1:
		return &tcg1;
	case TSMMR_FORMAT_TEXT:
	case TSMMR_FORMAT_AAEL:
		return &lines;
	case TSMMR_FORMAT_CEL_CBOR:
		return &codec_cel_cbor;
	case TSMMR_FORMAT_CEL_JSON:
		return &codec_cel_json;
	case TSMMR_FORMAT_CEL_TLV:
		return &codec_cel_tlv;
	case TSMMR_FORMAT_IMA:
		return &codec_ima;
	}
	return NULL;
}

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * FNV_PRIME;
	return (h ^ n ^ 0x9d) * FNV_PRIME;
}

static bool all_are(struct bytes b, uint8_t byte)
{
	size_t i = 0;

	while (i < b.n && b.p[i] == byte)
		i++;
	return i == b.n;
}

/* A violation's data is not measured.  It is listed as zeros, and extended as ones. */
static bool is_violation(const struct mlog *log, const struct rec *r)
{
	bool ones = true;

	for (size_t i = 0; i < r->n; i++)
		ones &= all_are(r->digests[i], 0xff);
	return ones || (!log->codec->cel && all_are(r->digests[0], 0));
}

static const EVP_MD *md_of(uint16_t alg)
{
	switch (alg) {
	case TSMMR_HASH_SHA1:
		return EVP_sha1();
	case TSMMR_HASH_SHA256:
		return EVP_sha256();
	case TSMMR_HASH_SHA384:
		return EVP_sha384();
	case TSMMR_HASH_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

/*
 * In a bank that the record has no digest of: Linux hashes an IMA template for each, before
 * 5.8 it filled up the SHA-1 digest.  Of template "ima" not what a list has is hashed, but the
 * digest and the name, which is filled up to 256 bytes.
 */
static uint64_t mix_derived(const struct mlog *log, const struct rec *r, uint16_t alg, uint64_t h)
{
	bool legacy = !log->codec->cel && r->name.n == 3 && !memcmp(r->name.p, "ima", 3);
	uint8_t value[EVP_MAX_MD_SIZE] = { 0 }, whole[276] = { 0 };
	const EVP_MD *md = md_of(alg);
	struct bytes data = r->data;
	unsigned n;

	if (!md)
		return mix(h, "", 0);
	n = (unsigned)EVP_MD_get_size(md);
	if (is_violation(log, r)) {
		memset(value, 0xff, n);
	} else if (log->padded) {
		memcpy(value, r->digests[0].p, r->digests[0].n);
	} else {
		if (legacy && data.n >= 24 && data.n <= 24 + 255) {
			memcpy(whole, data.p, 20);
			memcpy(whole + 20, data.p + 24, data.n - 24);
			data = (struct bytes){ whole, sizeof(whole) };
		}
		if (EVP_Digest(data.p, data.n, value, &n, md, NULL) != 1)
			abort();
	}
	return mix(h, value, n);
}

uint64_t mlog_sequence(const struct mlog *log, uint32_t index, uint16_t alg)
{
	uint64_t h = mix(FNV_BASIS, &log->shift, sizeof(log->shift));

	for (size_t i = 0; i < log->n; i++) {
		const struct rec *r = &log->recs[i];
		bool found = false;

		if (!r->measured || (!log->codec->lines && r->index != index))
			continue;
		if (log->codec->lines) {
			h = mix(h, r->data.p, r->data.n);
			continue;
		}
		for (size_t k = 0; k < r->n; k++)
			if (r->algs[k] == alg) {
				h = mix(h, r->digests[k].p, r->digests[k].n);
				found = true;
			}
		/* Something happened that this bank does not tell. */
		if (!found && r->n && r->content == CONTENT_IMA_TEMPLATE)
			h = mix_derived(log, r, alg, h);
		else if (!found)
			h = mix(h, "", 0);
	}
	return h;
}

uint64_t mlog_start(const struct mlog *log)
{
	static const char locality[] = "StartupLocality";
	uint64_t h = FNV_BASIS;
	size_t before = 0;

	for (size_t i = 0; !log->codec->lines && i < log->n; i++) {
		const struct rec *r = &log->recs[i];

		if ((!r->measured && r->data.n >= 17 && !memcmp(r->data.p, locality, 16)) ||
		    r->type == EV_EFI_HCRTM_EVENT) {
			h = mix(h, &before, sizeof(before));
			h = mix(h, r->data.p, r->data.n);
			h = mix(h, &r->index, sizeof(r->index));
			h = mix(h, &r->type, sizeof(r->type));
		}
		before += r->measured && r->index == 0;
	}
	return h;
}
