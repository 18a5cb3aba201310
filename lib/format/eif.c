/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enclave images of AWS Nitro, as the log of the launch that they make.
 *
 * Layout, and what goes into which PCR: aws-nitro-enclaves-image-format, src/defs and
 * utils/eif_reader.rs.  Each of PCR 0, 1, 2 and 8 is extended once, with the SHA-384 of
 * what it is about:
 *
 *	PCR 0	kernel, command line, ramdisks: the whole image
 *	PCR 1	kernel, command line, first ramdisk
 *	PCR 2	the other ramdisks
 *	PCR 8	the certificate the image is signed with (not extended where there is none)
 *
 * So each section is a step of PCR 0, whose value after it is what the PCR would hold if
 * the image ended there; PCR 1 and 2 have one step each, when all sections were read.
 * Sections are hashed without their lengths: where the kernel ends and the command line
 * begins is not measured, so none of them is bound but the certificate.
 */
#include <stdio.h>

#include "crypto/hash.h"
#include "format/eif_cert.h"
#include "format/launch.h"
#include "util/crc32.h"
#include "util/error.h"
#include "util/text.h"

enum {
	HEADER_SIZE = 548,
	SECTION_HEADER_SIZE = 12,
	SECTIONS_MAX = 32,
	VERSION_MAX = 4,
	OFFSETS_AT = 28, /* u64 each: of section headers … */
	SIZES_AT = 284,  /* … and of what follows each */
	CRC_AT = 544,
	PCR_SIZE = 48,
};

/* The types of sections, and the steps that are none. */
enum {
	EIF_KERNEL = 1,
	EIF_CMDLINE,
	EIF_RAMDISK,
	EIF_SIGNATURE,
	EIF_METADATA,
	EIF_HEADER,
	EIF_BOOT,
	EIF_APPLICATION
};

struct eif_state {
	struct hasher image, boot, app, section;
	struct crc32 crc;
	uint32_t crc_wanted;
	uint64_t offsets[SECTIONS_MAX], sizes[SECTIONS_MAX];
	unsigned n, at; /* sections, and the next of them; n + 1: after BOOT … */
	bool started, kernel, cmdline, signature;
	unsigned ramdisks;
	uint8_t head[SECTION_HEADER_SIZE];
	uint8_t *der; /* the certificate */
	char text[64];
	uint8_t digest[PCR_SIZE], value[PCR_SIZE];
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint64_t be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static const char *eif_type_name(uint32_t type)
{
	static const char *const names[] = {
		[EIF_KERNEL] = "KERNEL",     [EIF_CMDLINE] = "CMDLINE",
		[EIF_RAMDISK] = "RAMDISK",   [EIF_SIGNATURE] = "SIGNATURE",
		[EIF_METADATA] = "METADATA", [EIF_HEADER] = "EIF_HEADER",
		[EIF_BOOT] = "BOOT",         [EIF_APPLICATION] = "APPLICATION",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

#define SHOWN_MAX 8192

static void describe_text(const struct tsmmr_event *e, struct describe *d, const char *key)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t n = e->data.n < SHOWN_MAX ? e->data.n : SHOWN_MAX;

	text_utf8(&b, span_of(e->data.p, n));
	buf_add(d->text, b.p, b.n);
	if (n < e->data.n)
		describe_more(d);
	json_strn(d->details, key, b.p, b.n);
	d->details->b->failed |= b.failed;
}

static int eif_describe(const struct tsmmr_event *e, struct describe *d)
{
	const uint8_t *p = e->data.p;

	switch (e->type) {
	case EIF_HEADER:
		buf_printf(d->text, "version %u, %u sections, %llu bytes of memory, %llu CPUs",
			   be16(p + 4), be16(p + 26), (unsigned long long)be64(p + 8),
			   (unsigned long long)be64(p + 16));
		json_u64(d->details, "version", be16(p + 4));
		json_hexnum(d->details, "flags", be16(p + 6));
		json_hexnum(d->details, "default_memory", be64(p + 8));
		json_hexnum(d->details, "default_cpus", be64(p + 16));
		return 0;
	case EIF_KERNEL:
	case EIF_RAMDISK:
		buf_printf(d->text, "%llu bytes", (unsigned long long)be64(p + 4));
		json_u64(d->details, "size", be64(p + 4));
		return 0;
	case EIF_SIGNATURE:
		buf_printf(d->text, "certificate of %zu bytes", e->data.n);
		return 0;
	default:
		describe_text(e, d,
			      e->type == EIF_CMDLINE  ? "cmdline" :
			      e->type == EIF_METADATA ? "metadata" :
							"covers");
		return 0;
	}
}

static const struct event_class eif_class = {
	.type_name = eif_type_name,
	.n_rules = &launch_n_rules,
	.describe = eif_describe,
};

static int eif_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	const struct hash_alg *sha384 = hash_by_id(TSMMR_HASH_SHA384);
	int r = hash_lacks(s->crypto, sha384);

	if (s->platform->space != TSMMR_SPACE_NITRO_PCR)
		return fail(err, TSMMR_E_ARG, "a log of format %s is not about %s registers",
			    s->format->name, s->platform->name);
	crc32_start(&st->crc);
	if (r < 0)
		return fail_low(err, r);
	if (hasher_init(&st->image, s->crypto, sha384) < 0 ||
	    hasher_init(&st->boot, s->crypto, sha384) < 0 ||
	    hasher_init(&st->app, s->crypto, sha384) < 0 ||
	    hasher_init(&st->section, s->crypto, sha384) < 0 || hasher_start(&st->image) < 0 ||
	    hasher_start(&st->boot) < 0 || hasher_start(&st->app) < 0 ||
	    launch_assume(s, LAUNCH_EIF) < 0)
		return fail_nomem(err);
	return 0;
}

static void eif_close(struct tsmmr_stream *s)
{
	struct eif_state *st = s->state;

	hasher_done(&st->image);
	hasher_done(&st->boot);
	hasher_done(&st->app);
	hasher_done(&st->section);
	free(st->der);
}

static int read_header(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	struct source *src = &s->source;
	const uint8_t *p;
	int r = stream_need(s, err, HEADER_SIZE, HEADER_SIZE, "the header");

	if (r < 0)
		return r;
	p = src->p;
	if (memcmp(p, ".eif", 4) != 0)
		return stream_fail(s, err, TSMMR_E_FORMAT, src->offset, "not an enclave image");
	if (!be16(p + 4) || be16(p + 4) > VERSION_MAX)
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, src->offset + 4,
				   "enclave images of version %u", be16(p + 4));
	st->n = be16(p + 26);
	if (st->n > SECTIONS_MAX)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + 26, "%u sections",
				   st->n);
	for (unsigned i = 0; i < st->n; i++) {
		st->offsets[i] = be64(p + OFFSETS_AT + 8 * i);
		st->sizes[i] = be64(p + SIZES_AT + 8 * i);
	}
	st->crc_wanted = (uint32_t)be16(p + CRC_AT) << 16 | be16(p + CRC_AT + 2);
	crc32_add(&st->crc, p, CRC_AT);
	st->started = true;

	*e = (struct tsmmr_event){
		.offset = src->offset,
		.type = EIF_HEADER,
		.mark = MARK_HEADER,
		.data = span_of(p, HEADER_SIZE),
	};
	source_skip(src, HEADER_SIZE);
	return 0;
}

/* What PCR n holds after its one extension by the digest of all that h was fed. */
static int pcr_after(struct eif_state *st, struct hasher *h)
{
	int r = hasher_peek(h, st->digest);

	if (r < 0)
		return r;
	memset(st->value, 0, PCR_SIZE);
	return hash_extend(&st->section, st->value, st->digest, PCR_SIZE);
}

/* A section that is too long to be shown: read through the window, hashed, and gone. */
static int pass_section(struct tsmmr_stream *s, uint64_t left, struct hasher *boot_or_app,
			struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	struct source *src = &s->source;

	while (left) {
		size_t n;
		int r = src->n && !src->max_bytes ? 0 : stream_need(s, err, 1, 1, "a section");

		if (r < 0)
			return r;
		n = left < src->n ? (size_t)left : src->n;
		if (src->max_bytes && n > src->max_bytes - src->offset)
			n = (size_t)(src->max_bytes - src->offset);
		crc32_add(&st->crc, src->p, n);
		if (hasher_update(&st->image, src->p, n) < 0 ||
		    hasher_update(boot_or_app, src->p, n) < 0 ||
		    hasher_update(&st->section, src->p, n) < 0)
			return fail_nomem(err);
		source_skip(src, n);
		left -= n;
	}
	return 0;
}

/* One section that is part of the image; e's digest is of what it has. */
static int measure_section(struct tsmmr_stream *s, struct tsmmr_event *e, uint64_t size,
			   struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	struct hasher *other = &st->boot;
	uint8_t content[PCR_SIZE];
	struct span whole = { 0 };
	int r;

	if (e->type == EIF_RAMDISK && st->ramdisks++)
		other = &st->app;
	if (e->type == EIF_CMDLINE) {
		r = stream_need(s, err, size, s->limits.event_bytes, "the command line");
		if (r < 0)
			return r;
		whole = span_of(s->source.p, (size_t)size);
	}
	if (hasher_start(&st->section) < 0)
		return fail_nomem(err);
	r = pass_section(s, size, other, err);
	if (r < 0)
		return r;
	if (hasher_final(&st->section, content) < 0 || pcr_after(st, &st->image) < 0)
		return fail_nomem(err);

	memcpy(st->digest, content, PCR_SIZE);
	e->data = e->type == EIF_CMDLINE ? whole : span_of(st->head, sizeof(st->head));
	launch_step(e, false, TSMMR_HASH_SHA384, st->value, PCR_SIZE);
	return 0;
}

/* PCR 8 is about the first signature's certificate, whatever its signature is worth. */
static int read_signature(struct tsmmr_stream *s, struct tsmmr_event *e, uint64_t size,
			  struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	const char *why = NULL;
	size_t n = 0;
	int r = stream_need(s, err, size, s->limits.event_bytes, "the signature section");

	if (r < 0)
		return r;
	r = eif_certificate(span_of(s->source.p, (size_t)size), &st->der, &n, &why);
	if (r < 0)
		return r == TSMMR_E_NOMEM ? fail_nomem(err) :
					    stream_fail(s, err, r, s->source.offset, "%s", why);
	if (hasher_start(&st->section) < 0 || hasher_update(&st->section, st->der, n) < 0 ||
	    pcr_after(st, &st->section) < 0)
		return fail_nomem(err);

	crc32_add(&st->crc, s->source.p, (size_t)size);
	source_skip(&s->source, (size_t)size);
	e->index = 8;
	e->data = span_of(st->der, n);
	launch_step(e, true, TSMMR_HASH_SHA384, st->value, PCR_SIZE);
	return 0;
}

static int read_metadata(struct tsmmr_stream *s, struct tsmmr_event *e, uint64_t size,
			 struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	int r = stream_need(s, err, size, s->limits.event_bytes, "the metadata section");

	if (r < 0)
		return r;
	crc32_add(&st->crc, s->source.p, (size_t)size);
	e->data = span_of(s->source.p, (size_t)size);
	source_skip(&s->source, (size_t)size);
	return 0;
}

/*
 * Readers differ in what they do with sections that come in another order than the
 * builder's, or twice: what was measured could not be said.
 */
static const char *out_of_order(struct eif_state *st, unsigned type)
{
	switch (type) {
	case EIF_KERNEL:
		if (st->kernel || st->cmdline || st->ramdisks)
			return "a kernel that is not first, or a second one";
		st->kernel = true;
		return NULL;
	case EIF_CMDLINE:
		if (st->cmdline || !st->kernel || st->ramdisks)
			return "a command line that does not follow the kernel";
		st->cmdline = true;
		return NULL;
	case EIF_RAMDISK:
		return st->cmdline ? NULL : "a ramdisk before kernel and command line";
	case EIF_SIGNATURE:
		if (st->signature)
			return "a second signature section";
		st->signature = true;
		return NULL;
	default:
		return type == EIF_METADATA ? NULL : "a section of an unknown type";
	}
}

static int next_section(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	struct source *src = &s->source;
	uint64_t start = src->offset, size;
	const char *why;
	unsigned type;
	int r = stream_need(s, err, SECTION_HEADER_SIZE, SECTION_HEADER_SIZE, "a section's header");

	if (r < 0)
		return r;
	memcpy(st->head, src->p, SECTION_HEADER_SIZE);
	type = be16(st->head);
	size = be64(st->head + 4);
	/* Some readers go by the table, some by the order in the file. */
	if (st->offsets[st->at] != start || st->sizes[st->at] != size)
		return stream_fail(s, err, TSMMR_E_MALFORMED, start,
				   "section %u is not where the header says", st->at);
	why = out_of_order(st, type);
	if (why)
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, start, "%s", why);
	if (src->left != TSMMR_NONE && size > src->left - SECTION_HEADER_SIZE)
		return stream_fail(s, err, TSMMR_E_TRUNCATED, start, "image ends inside section %u",
				   st->at);
	st->at++;
	crc32_add(&st->crc, st->head, SECTION_HEADER_SIZE);
	source_skip(src, SECTION_HEADER_SIZE);

	*e = (struct tsmmr_event){ .offset = start, .type = type };
	if (type == EIF_METADATA)
		return read_metadata(s, e, size, err);
	return type == EIF_SIGNATURE ? read_signature(s, e, size, err) :
				       measure_section(s, e, size, err);
}

/* The sections were read.  Is it what was built, and all of it? */
static int check_end(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	struct source *src = &s->source;
	int r;

	if (!st->cmdline || !st->ramdisks)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "no kernel, command line and ramdisk");
	r = stream_more(s, err, 1);
	if (r < 0)
		return r;
	if (r > 0)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset,
				   "bytes follow the last section");
	if (crc32_is(&st->crc) != st->crc_wanted)
		return stream_fail(s, err, TSMMR_E_MALFORMED, CRC_AT,
				   "the checksum is not that of the image");
	return 0;
}

/* PCR 1 and PCR 2, when all they are about was read. */
static int last_step(struct tsmmr_stream *s, struct tsmmr_event *e, bool boot,
		     struct tsmmr_error *err)
{
	struct eif_state *st = s->state;

	if (pcr_after(st, boot ? &st->boot : &st->app) < 0)
		return fail_nomem(err);
	if (boot)
		snprintf(st->text, sizeof(st->text), "kernel, command line, first ramdisk");
	else
		snprintf(st->text, sizeof(st->text), "%u further ramdisk%s", st->ramdisks - 1,
			 st->ramdisks == 2 ? "" : "s");
	*e = (struct tsmmr_event){
		.offset = s->source.offset,
		.type = boot ? EIF_BOOT : EIF_APPLICATION,
		.index = boot ? 1 : 2,
		.data = span_of(st->text, strlen(st->text)),
	};
	launch_step(e, false, TSMMR_HASH_SHA384, st->value, PCR_SIZE);
	return 0;
}

static int eif_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct eif_state *st = s->state;
	int r = 0;

	if (!st->started) {
		r = read_header(s, e, err);
	} else if (st->at < st->n) {
		r = next_section(s, e, err);
	} else if (st->at < st->n + 2) {
		if (st->at == st->n)
			r = check_end(s, err);
		if (r == 0)
			r = last_step(s, e, st->at == st->n, err);
		st->at++;
	} else {
		return 0;
	}
	if (r < 0)
		return r;

	e->class = &eif_class;
	e->space = (uint8_t)s->platform->space;
	if (e->mark == MARK_LAUNCH) {
		s->digests[0] = (struct digest){ TSMMR_HASH_SHA384, span_of(st->digest, PCR_SIZE) };
		e->digests = s->digests;
		e->n_digests = 1;
	}
	return 1;
}

static int eif_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	return n >= 4 && memcmp(p, ".eif", 4) == 0 ? 95 : 0;
}

const struct format format_eif = {
	.id = TSMMR_FORMAT_EIF,
	.name = "eif",
	.default_platform = TSMMR_PLATFORM_NITRO,
	.state_size = sizeof(struct eif_state),
	.probe = eif_probe,
	.open = eif_open,
	.next = eif_next,
	.close = eif_close,
};
