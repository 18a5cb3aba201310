/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log that a VMM keeps of a CCA realm's launch, which replays to the RIM.
 *
 * Records are those of tcg2, all about measurement 0, with habits of their own: tags and
 * unmeasured images have no digest, EV_NO_ACTION has one of algorithm 0, of the size of the
 * Spec ID event's.  An image's digest is of its file, to find it by; what is measured is
 * every granule of it.  (docs/measurement-log.md of veraison/cca-realm-measurements, and
 * hw/tpm/tpm_log.c of the QEMU trees with measurement-log=on)
 *
 * What each step does to the RIM is in realm_rim.c.
 */
#include "format/realm_rim.h"

#include "format/launch.h"
#include "format/tcg2.h"
#include "util/error.h"
#include "util/text.h"

enum {
	RECORD_HEAD = 12, /* TCG_PCR_EVENT2 up to its digests */
	ERRATA = 106,
	VM_VERSION_SIZE = 88, /* signature, name, version */
};

enum { TAG_REALM_CREATE = 1, TAG_INIT_RIPAS, TAG_REC_CREATE };

struct realm_state {
	struct spec_id id;
	bool started;
	unsigned steps; /* bit n: tag n was seen */
	unsigned roles; /* bit n: an image of that role was */
	struct rim rim;
	struct hashers hashers; /* of digests of files */
};

/* What an image event is about. */
struct image_event {
	struct span name;
	uint64_t base, size;
};

/* UEFI_PLATFORM_FIRMWARE_BLOB2; some writers count a NUL as part of the name. */
static bool read_image_event(struct span data, struct image_event *ret)
{
	struct cursor c = cur_span(data);
	uint8_t n;

	if (!cur_u8(&c, &n) || !cur_take(&c, n, &ret->name) || !cur_le64(&c, &ret->base) ||
	    !cur_le64(&c, &ret->size) || !cur_empty(&c))
		return false;
	if (ret->name.n && !ret->name.p[ret->name.n - 1])
		ret->name.n--;
	return true;
}

static bool is_image(uint32_t type)
{
	return type == EV_EFI_PLATFORM_FIRMWARE_BLOB2 || type == EV_POST_CODE2;
}

/* A tagged event of the VMM: its number and what it carries. */
static bool read_tag(struct span data, uint32_t *ret_tag, struct span *ret)
{
	struct cursor c = cur_span(data);
	uint32_t size;

	return cur_le32(&c, ret_tag) && cur_le32(&c, &size) && cur_take(&c, size, ret);
}

/* IMAGE_ROLES for what no --image can give. */
static enum image_role role_of(struct span name)
{
	static const struct {
		const char *name;
		enum image_role role;
	} names[] = {
		{ "FIRMWARE", IMAGE_FIRMWARE },
		{ "KERNEL", IMAGE_KERNEL },
		{ "INITRD", IMAGE_INITRD },
		{ "DTB", IMAGE_DTB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (span_eq(name, names[i].name, strlen(names[i].name)))
			return names[i].role;
	return IMAGE_ROLES;
}

static void describe_version(const struct tsmmr_event *e, struct describe *d)
{
	static const struct {
		const char *key;
		uint8_t at, size;
	} fields[] = { { "name", 16, 32 }, { "version", 48, 40 } };

	buf_str(d->text, "VM VERSION");
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *from = (const char *)e->data.p + fields[i].at;
		BUF_LOCAL(b, 512);

		text_utf8(&b, span_of(from, strnlen(from, fields[i].size)));
		buf_printf(d->text, " %.*s", (int)b.n, (const char *)b.p);
		json_strn(d->details, fields[i].key, b.p, b.n);
		d->details->b->failed |= b.failed;
	}
}

static void describe_create(struct span p, struct describe *d)
{
	static const char *const keys[] = { "s2sz",    "sve_vl",       "num_bps",
					    "num_wps", "pmu_num_ctrs", "hash_algo" };

	if (p.n < RIM_PARAMS_SIZE) {
		buf_printf(d->text, "REALM_CREATE: %zu bytes", p.n);
		return;
	}
	buf_printf(d->text, "REALM_CREATE flags 0x%llx", (unsigned long long)get_le64(p.p));
	json_hexnum(d->details, "flags", get_le64(p.p));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		buf_printf(d->text, ", %s %u", keys[i], p.p[8 + i]);
		json_u64(d->details, keys[i], p.p[8 + i]);
	}
}

static void describe_tag(const struct tsmmr_event *e, struct describe *d)
{
	struct span p = { 0 };
	uint32_t tag = 0;
	bool read = read_tag(e->data, &tag, &p);

	if (read && tag == TAG_REALM_CREATE) {
		describe_create(p, d);
	} else if (read && tag == TAG_INIT_RIPAS && p.n >= 16) {
		buf_printf(d->text, "INIT_RIPAS 0x%llx, 0x%llx bytes",
			   (unsigned long long)get_le64(p.p),
			   (unsigned long long)get_le64(p.p + 8));
		json_hexnum(d->details, "base", get_le64(p.p));
		json_hexnum(d->details, "size", get_le64(p.p + 8));
	} else if (read && tag == TAG_REC_CREATE && p.n >= RIM_REC_SIZE) {
		buf_printf(d->text, "REC_CREATE flags 0x%llx, pc 0x%llx",
			   (unsigned long long)get_le64(p.p),
			   (unsigned long long)get_le64(p.p + 8));
		json_hexnum(d->details, "flags", get_le64(p.p));
		json_hexnum(d->details, "pc", get_le64(p.p + 8));
		json_open(d->details, "gprs", '[');
		for (size_t i = 0; i < 8; i++)
			json_hexnum(d->details, NULL, get_le64(p.p + 16 + 8 * i));
		json_close(d->details, ']');
	} else {
		buf_printf(d->text, "tag 0x%x, %zu bytes", tag, e->data.n);
	}
}

static int realm_describe(const struct tsmmr_event *e, struct describe *d)
{
	struct image_event image;

	if (e->mark == MARK_HEADER)
		return tcg_describe(e, d);
	if (e->type == EV_EVENT_TAG) {
		describe_tag(e, d);
	} else if (e->type == EV_NO_ACTION && e->data.n >= VM_VERSION_SIZE) {
		describe_version(e, d);
	} else if (is_image(e->type) && read_image_event(e->data, &image)) {
		BUF_LOCAL(b, 512);

		text_utf8(&b, image.name);
		/* What has no content to be found by has no name that means anything. */
		if (e->n_digests)
			buf_printf(d->text, "%.*s 0x%llx, %llu bytes", (int)b.n, (const char *)b.p,
				   (unsigned long long)image.base, (unsigned long long)image.size);
		else
			buf_printf(d->text, "0x%llx, %llu bytes, content not measured",
				   (unsigned long long)image.base, (unsigned long long)image.size);
		json_strn(d->details, "name", b.p, b.n);
		d->details->b->failed |= b.failed;
		json_hexnum(d->details, "base", image.base);
		json_hexnum(d->details, "size", image.size);
	} else {
		buf_printf(d->text, "%zu bytes", e->data.n);
	}
	return 0;
}

/* Of an image, which granules it fills: its name is not measured, nor is where it ends in one. */
static int realm_describe_step(const struct tsmmr_event *e, struct describe *d)
{
	const uint64_t mask = RIM_GRANULE - 1;
	struct image_event image;
	uint64_t base, end;

	if (!is_image(e->type) || !read_image_event(e->data, &image))
		return realm_describe(e, d);
	base = image.base & ~mask;
	end = (image.base + image.size + mask) & ~mask;
	buf_printf(d->text, "0x%llx, %llu bytes%s", (unsigned long long)base,
		   (unsigned long long)(end - base), e->n_digests ? "" : ", content not measured");
	json_hexnum(d->details, "base", base);
	json_hexnum(d->details, "size", end - base);
	return 0;
}

static const struct event_class realm_class = {
	.type_name = tcg_type_name,
	.n_rules = &launch_n_rules,
	.describe = realm_describe,
	.describe_step = realm_describe_step,
};

static int realm_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	if (s->platform->id != s->format->default_platform)
		return fail(err, TSMMR_E_ARG, "a log of format %s is not about %s registers",
			    s->format->name, s->platform->name);
	return launch_assume(s, launch_number(&s->launch, LAUNCH_RMM, 1) == 2 ? LAUNCH_REALM_2 :
										LAUNCH_REALM_1);
}

static void realm_close(struct tsmmr_stream *s)
{
	struct realm_state *st = s->state;

	rim_done(&st->rim);
	hashers_done(&st->hashers);
}

static int read_header(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	int r = tcg_read_header(s, err, e, &st->id);

	if (r < 0)
		return r;
	e->n_digests = 0; /* the SHA-1 digest of its form is of no bank of a realm */
	source_skip(&s->source, TCG_OLD_HEAD + e->data.n);
	st->started = true;
	return 0;
}

static uint16_t digest_size(const struct spec_id *id, uint16_t alg)
{
	/* Algorithm 0 stands where there is nothing to hash: the size is the first one's. */
	if (!alg)
		return id->algs[0].size;
	for (uint32_t i = 0; i < id->n_algs; i++)
		if (id->algs[i].id == alg)
			return id->algs[i].size;
	return 0;
}

/* Where each digest of the record is; *at moves past them. */
static int find_digests(struct tsmmr_stream *s, struct tsmmr_error *err, uint32_t count,
			size_t *ats, size_t *at)
{
	const struct realm_state *st = s->state;
	struct source *src = &s->source;

	for (uint32_t i = 0; i < count; i++) {
		uint16_t alg, size;
		int r = stream_need(s, err, *at + 2, SIZE_MAX, "a digest's algorithm");

		if (r < 0)
			return r;
		alg = get_le16(src->p + *at);
		size = digest_size(&st->id, alg);
		if (!size)
			return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + *at,
					   "digest algorithm 0x%04x is not in the Spec ID event",
					   alg);
		ats[i] = *at;
		*at += 2 + (size_t)size;
	}
	return 0;
}

static int read_record(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	struct source *src = &s->source;
	size_t at = RECORD_HEAD, ats[SPEC_ALGS_MAX];
	uint32_t count = get_le32(src->p + 8), size;
	int r;

	if (count > st->id.n_algs)
		return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + 8,
				   "record with %u digests", count);
	r = find_digests(s, err, count, ats, &at);
	if (r == 0)
		r = stream_need(s, err, at + 4, SIZE_MAX, "a record");
	if (r < 0)
		return r;
	size = get_le32(src->p + at);
	r = stream_need(s, err, at + 4 + (uint64_t)size, at + 4 + s->limits.event_bytes,
			"a record");
	if (r < 0)
		return r;

	/* Nothing moves any more: the spans hold until the next call. */
	*e = (struct tsmmr_event){
		.offset = src->offset,
		.index = get_le32(src->p),
		.type = get_le32(src->p + 4),
		.data = span_of(src->p + at + 4, size),
		.digests = s->digests,
	};
	for (uint32_t i = 0; i < count; i++) {
		uint16_t alg = get_le16(src->p + ats[i]);

		if (event_digest(e, alg))
			return stream_fail(s, err, TSMMR_E_MALFORMED, src->offset + ats[i],
					   "two digests of algorithm 0x%04x in one record", alg);
		s->digests[e->n_digests++] =
			(struct digest){ alg,
					 span_of(src->p + ats[i] + 2, digest_size(&st->id, alg)) };
	}
	source_skip(src, at + 4 + size);
	return 0;
}

/* All about the RIM, so that its value after this record is said with it. */
static void step(struct realm_state *st, struct tsmmr_event *e)
{
	const struct rim *rim = &st->rim;
	/* Before REALM_CREATE the log has no other word for the realm's hash than its own. */
	uint16_t alg = rim->h ? rim->h->alg->id : st->id.algs[0].id;

	launch_step(e, true, alg, rim->value, rim->known ? rim->h->alg->size : 0);
}

static int realm_create(struct tsmmr_stream *s, struct tsmmr_event *e, struct span params,
			struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	const char *why = NULL;
	int r;

	if (st->roles || st->steps)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "REALM_CREATE is not the first step");
	r = rim_create(&st->rim, s->crypto, params, &why);
	if (r < 0 && !why)
		return fail_low(err, r);
	return r < 0 ? stream_fail(s, err, r, e->offset, "%s", why) : 0;
}

static int take_tag(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	const char *why = NULL;
	struct span p;
	uint32_t tag;
	int r = 0;

	if (!read_tag(e->data, &tag, &p) || tag < TAG_REALM_CREATE || tag > TAG_REC_CREATE)
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, e->offset,
				   "a tagged event that is not a step of a realm's launch");
	e->measured = true;
	if (tag == TAG_REALM_CREATE) {
		r = realm_create(s, e, p, err);
	} else if (tag == TAG_INIT_RIPAS && launch_number(&s->launch, LAUNCH_RMM, 1) == 2) {
		e->measured = false; /* since RMM 2.0 it leaves the RIM as it is */
	} else if (tag == TAG_INIT_RIPAS) {
		r = rim_init_ripas(&st->rim, p, &why);
	} else {
		r = rim_rec_create(&st->rim, p, &e->measured, &why);
	}
	if (r < 0)
		return why                ? stream_fail(s, err, r, e->offset, "%s", why) :
		       r == TSMMR_E_NOMEM ? fail_nomem(err) :
					    r;
	st->steps |= 1u << tag;
	if (e->measured)
		step(st, e);
	return 0;
}

/* Is the image of that role the file that the event names?  1, 0, or an error. */
static int image_is(struct tsmmr_stream *s, enum image_role role, const struct image_event *image,
		    const struct digest *d, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	const struct image *file = &s->launch.images[role];
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	struct hasher *h;
	int r;

	/* Some writers round the size up to a page, and hash so much. */
	if (!file->read || file->size > image->size || image->size - file->size >= RIM_GRANULE)
		return 0;
	st->hashers.crypto = s->crypto;
	r = hashers_get(&st->hashers, d->alg, &h);
	if (r < 0)
		return r == TSMMR_E_UNSUPPORTED ? 0 : fail_low(err, r);
	if (hasher_start(h) < 0)
		return fail_nomem(err);
	r = image_hash(&s->launch, role, 0, image->size, h, err);
	if (r < 0)
		return r;
	if (hasher_final(h, value) < 0)
		return fail_nomem(err);
	return span_eq(d->value, value, h->alg->size);
}

/*
 * An image whose content went into the RIM, which therefore we need.  Its name is not
 * measured: only the file that was given for it makes it true.
 */
static int measure_image(struct tsmmr_stream *s, const struct tsmmr_event *e,
			 const struct image_event *image, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	enum image_role role = role_of(image->name);
	int r = 0;

	if (role != IMAGE_ROLES) {
		if (st->roles >> role & 1)
			return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
					   "a second %s image", image_role_name(role));
		st->roles |= 1u << role;
		r = image_is(s, role, image, &e->digests[0], err);
	}
	if (r < 0)
		return r;
	if (r > 0)
		return rim_data(&st->rim, &s->launch, role, image->base, image->size, err);

	st->rim.known = false;
	if (role != IMAGE_ROLES && s->launch.images[role].read)
		return stream_finding(s, F_IMAGE_DIFFERS, e->offset,
				      "the %s image given is not the one at 0x%llx-0x%llx",
				      image_role_name(role), (unsigned long long)image->base,
				      (unsigned long long)(image->base + image->size - 1));
	return stream_finding(s, F_IMAGE_MISSING, e->offset,
			      "%.*s was measured at 0x%llx-0x%llx, but is not given",
			      (int)(image->name.n < 32 ? image->name.n : 32),
			      (const char *)image->name.p, (unsigned long long)image->base,
			      (unsigned long long)(image->base + image->size - 1));
}

static int take_image(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	struct image_event image;
	const char *why = NULL;
	int r;

	if (!read_image_event(e->data, &image))
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset, "a malformed image event");
	if (!image.size || image.base > RIM_LAST || image.size > RIM_LAST - image.base)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "an empty image, or one beyond the last address");
	if (e->n_digests) {
		r = measure_image(s, e, &image, err);
	} else {
		st->steps |= 1; /* REALM_CREATE would come too late */
		r = rim_data_unmeasured(&st->rim, image.base, image.size, &why);
		if (why)
			r = stream_fail(s, err, r, e->offset, "%s", why);
	}
	if (r == 0)
		step(st, e);
	return r;
}

static int take_record(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	if (e->index != 0)
		return stream_fail(s, err, TSMMR_E_UNSUPPORTED, e->offset,
				   "a record about register %u in the log of a launch", e->index);
	if (e->type == EV_NO_ACTION)
		return 0;
	if (e->type == EV_EVENT_TAG)
		return take_tag(s, e, err);
	if (is_image(e->type))
		return take_image(s, e, err);
	return stream_fail(s, err, TSMMR_E_UNSUPPORTED, e->offset,
			   "an event of type 0x%x in the log of a launch", e->type);
}

/* Steps without which no realm runs. */
static int check_steps(struct tsmmr_stream *s)
{
	static const char *const names[] = { [TAG_REALM_CREATE] = "REALM_CREATE",
					     [TAG_INIT_RIPAS] = "INIT_RIPAS",
					     [TAG_REC_CREATE] = "REC_CREATE" };
	struct realm_state *st = s->state;

	for (unsigned tag = TAG_REALM_CREATE; tag <= TAG_REC_CREATE; tag++)
		if (!(st->steps >> tag & 1)) {
			int r = findings_add(&s->findings, F_LAUNCH_STEP_MISSING, 0, TSMMR_NONE,
					     TSMMR_NONE, "the log has no %s", names[tag]);

			if (r < 0)
				return r;
		}
	return 0;
}

static int realm_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct realm_state *st = s->state;
	int r;

	if (!st->started) {
		r = read_header(s, e, err);
	} else {
		r = tcg_at_end(s, err, RECORD_HEAD);
		if (r != 0)
			return r < 0 ? r : check_steps(s);
		r = read_record(s, e, err);
		if (r == 0)
			r = take_record(s, e, err);
	}
	e->class = &realm_class;
	e->space = (uint8_t)s->platform->space;
	return r < 0 ? r : 1;
}

/* Something that only such a log has. */
static bool is_distinctive(uint32_t type, struct span data)
{
	struct image_event image;
	struct span payload;
	uint32_t tag;

	switch (type) {
	case EV_NO_ACTION:
		return span_starts(data, "VM VERSION", 10);
	case EV_EVENT_TAG:
		return read_tag(data, &tag, &payload) && tag >= TAG_REALM_CREATE &&
		       tag <= TAG_REC_CREATE;
	default:
		return is_image(type) && read_image_event(data, &image) &&
		       (role_of(image.name) != IMAGE_ROLES || span_eq(image.name, "LOG", 3));
	}
}

/* A Spec ID log whose records are all about measurement 0, and of those kinds. */
static int realm_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct cursor c = cur_over(p, n);
	uint32_t index, type, count, size;
	struct span data, digest;
	struct spec_id id;
	const char *why;
	bool distinctive = false;

	if (!cur_le32(&c, &index) || !cur_le32(&c, &type) || type != EV_NO_ACTION ||
	    !cur_skip(&c, 20) || !cur_le32(&c, &size) || !cur_take(&c, size, &data) ||
	    spec_id_parse(data, &id, &why) < 0 || id.errata != ERRATA)
		return 0;
	while (cur_le32(&c, &index) && cur_le32(&c, &type) && cur_le32(&c, &count)) {
		if (!index && !type && !count)
			break;
		if (index || count > id.n_algs ||
		    (type != EV_NO_ACTION && type != EV_EVENT_TAG && !is_image(type)))
			return 0;
		while (count-- && cur_take(&c, 2, &digest))
			if (!cur_skip(&c, digest_size(&id, get_le16(digest.p))))
				break;
		if (!cur_le32(&c, &size) || !cur_take(&c, size, &data))
			break;
		distinctive |= is_distinctive(type, data);
	}
	return distinctive ? 95 : 0;
}

const struct format format_realm = {
	.id = TSMMR_FORMAT_REALM,
	.name = "realm",
	.default_platform = TSMMR_PLATFORM_CCA,
	.state_size = sizeof(struct realm_state),
	.probe = realm_probe,
	.open = realm_open,
	.next = realm_next,
	.close = realm_close,
};
