/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of known values: made list by list, then only read. */
#include "core/known.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

#define SHOWN 64
#define RANGE_MAX 256

int known_shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

int known_new(const struct tsmmr_ctx *ctx, const struct platform *const *platforms, size_t n,
	      struct tsmmr_known **ret, struct tsmmr_error *err)
{
	_cleanup_(known_unref) struct tsmmr_known *known = calloc(1, sizeof(*known));

	if (!known)
		return fail_nomem(err);
	known->users = 1;
	known->platforms = platforms;
	known->n_platforms = n;
	known->limits = ctx->limits;
	known->crypto = ctx->crypto;
	if (getentropy(known->digests.key, sizeof(known->digests.key)) < 0)
		return fail_errno(err, "random bytes: %s", errno_text(errno));

	*ret = take_ptr(known);
	return 0;
}

struct tsmmr_known *known_ref(const struct tsmmr_known *known)
{
	/* Counting is no change that anybody can see. */
	struct tsmmr_known *k = (struct tsmmr_known *)(uintptr_t)known;

	users_add(&k->users);
	return k;
}

static void source_free(struct known_source *source)
{
	if (!source)
		return;
	if (source->kind->free)
		source->kind->free(source->data);
	free(source->name);
	free(source);
}
DEFINE_CLEANUP(struct known_source *, source_free)

void known_unref(struct tsmmr_known *known)
{
	if (!known || !users_drop(&known->users))
		return;
	for (size_t i = 0; i < known->n_sources; i++)
		source_free(known->sources[i]);
	for (size_t i = 0; i < known->n_regs; i++)
		free(known->regs[i].text);
	for (size_t i = 0; i < known->n_types; i++)
		free(known->types[i].text);
	free(known->digests.bytes);
	free(known->digests.buckets);
	free(known);
}

int known_use(struct tsmmr_known *known, struct tsmmr_error *err)
{
	__atomic_store_n(&known->used, true, __ATOMIC_RELEASE);
	return known->failed ?
		       fail(err, TSMMR_E_ARG, "a list of this set of known values was refused") :
		       0;
}

int known_fail(struct known_loader *ld, int code, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (ld->line)
		return fail_at(ld->err, code, TSMMR_NONE, ld->offset, "%s: line %llu: %s",
			       ld->source->name, (unsigned long long)ld->line, text);
	return fail_at(ld->err, code, TSMMR_NONE, ld->offset, "%s: %s", ld->source->name, text);
}

/* Why in could not be read. */
static int fail_source(struct known_loader *ld, int r)
{
	const struct source *in = ld->in;

	if (r == TSMMR_E_IO && in->error)
		return fail_os(ld->err, r, in->error, "%s: %s", ld->source->name,
			       errno_text(in->error));
	if (r == TSMMR_E_LIMIT)
		return known_fail(ld, r, "longer than %llu bytes",
				  (unsigned long long)in->max_bytes);
	return r == TSMMR_E_NOMEM ? fail_nomem(ld->err) : known_fail(ld, r, "cannot be read");
}

int known_line(struct known_loader *ld, struct span *ret)
{
	struct source *in = ld->in;
	const uint8_t *end = NULL;
	size_t looked = 0;
	int r = 1;

	ld->offset = in->offset;
	ld->line++;
	while (!end && r > 0) {
		r = source_need(in, looked + 1);
		if (r < 0)
			return fail_source(ld, r);
		if (r > 0)
			end = memchr(in->p + looked, '\n', in->n - looked);
		looked = in->n;
		if (looked > KNOWN_LINE_MAX && (!end || end - in->p > KNOWN_LINE_MAX))
			return known_fail(ld, TSMMR_E_LIMIT, "longer than %u bytes",
					  KNOWN_LINE_MAX);
	}
	if (!end && !in->n)
		return 0;
	*ret = span_of(in->p, end ? (size_t)(end - in->p) : in->n);
	if (ret->n && ret->p[ret->n - 1] == '\r')
		ret->n--;
	source_skip(in, end ? (size_t)(end - in->p) + 1 : in->n);
	return 1;
}

int known_json(struct known_loader *ld, size_t max, size_t max_values, struct json_object **ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct source *in = ld->in;
	int r = 1;

	while (r > 0 && in->n <= max) {
		r = source_need(in, in->n + 1);
		if (r < 0)
			return fail_source(ld, r);
	}
	if (in->n > max)
		return known_fail(ld, TSMMR_E_LIMIT, "longer than %zu bytes", max);
	r = json_in_large(span_of(in->p, in->n), max, max_values, ret, &err);
	if (r < 0) {
		ld->offset = err.offset == TSMMR_NONE ? 0 : err.offset;
		return r == TSMMR_E_NOMEM ? fail_nomem(ld->err) :
					    known_fail(ld, r, "%s", err.message);
	}
	return 0;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span s)
{
	while (s.n && is_blank(*s.p))
		s = span_of(s.p + 1, s.n - 1);
	return s;
}

struct span known_word(struct span *text)
{
	struct span s = skip_blanks(*text);
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]))
		n++;
	*text = skip_blanks(span_of(s.p + n, s.n - n));
	return span_of(s.p, n);
}

static int word_find(const struct known_word *all, size_t n, struct span text, uint16_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(text, all[i].text, strlen(all[i].text))) {
			*ret = (uint16_t)(i + 1);
			return 1;
		}
	return 0;
}

static bool has_reg(const struct tsmmr_known *known, struct span name)
{
	for (size_t i = 0; i < known->n_platforms; i++)
		for (size_t k = 0; k < known->platforms[i]->n_regs; k++) {
			const struct reg_desc *d = &known->platforms[i]->regs[k];

			if (span_eq(name, d->name, strlen(d->name)) ||
			    (d->role && span_eq(name, d->role, strlen(d->role))))
				return true;
		}
	return false;
}

/* Do all registers that it means exist?  PROVIDER/NAME may be anything: reports will tell. */
static bool is_reg(const struct tsmmr_known *known, const struct select_item *item)
{
	char name[SHOWN + 12];

	if (!item->ranged)
		return memchr(item->name.p, '/', item->name.n) || has_reg(known, item->name);
	if (item->last - item->first >= RANGE_MAX || item->name.n > SHOWN)
		return false;
	for (uint32_t i = item->first; i <= item->last; i++) {
		int n = snprintf(name, sizeof(name), "%.*s%u", (int)item->name.n,
				 (const char *)item->name.p, i);

		if (!has_reg(known, span_of(name, (size_t)n)))
			return false;
	}
	return true;
}

int known_reg(struct known_loader *ld, struct span name, uint16_t *ret)
{
	struct tsmmr_known *known = ld->known;
	struct known_word word = { 0 };
	struct span list;
	int r;

	if (word_find(known->regs, known->n_regs, name, ret))
		return 0;
	word.text = name.n ? strndup((const char *)name.p, name.n) : strdup("");
	if (!word.text)
		return fail_nomem(ld->err);
	list = span_of(word.text, strlen(word.text));
	r = list.n == name.n && select_next(&list, &word.item, NULL) > 0 && !list.n &&
	    !word.item.any && !word.item.alg;
	if (!r || !is_reg(known, &word.item))
		r = known_fail(ld, TSMMR_E_NOTFOUND, "no platform has a register '%.*s'",
			       known_shown(name), name.n ? (const char *)name.p : "");
	else if (known->n_regs + 1 == KNOWN_REGS_MAX)
		r = known_fail(ld, TSMMR_E_LIMIT, "more than %d names of registers",
			       KNOWN_REGS_MAX - 1);
	if (r < 0) {
		free(word.text);
		return r;
	}
	known->regs[known->n_regs++] = word;
	*ret = (uint16_t)known->n_regs;
	return 0;
}

bool known_is_type(struct span s)
{
	bool hex = s.n == 10 && span_starts(s, "0x", 2);

	for (size_t i = 2; hex && i < s.n; i++)
		hex = hex_digit((char)s.p[i]) >= 0;
	return hex || (s.n > 3 && span_starts(s, "EV_", 3));
}

int known_type(struct known_loader *ld, struct span name, uint16_t *ret)
{
	struct tsmmr_known *known = ld->known;
	char *text;

	if (!known_is_type(name))
		return known_fail(ld, TSMMR_E_MALFORMED, "'%.*s' is no event type",
				  known_shown(name), name.n ? (const char *)name.p : "");
	if (word_find(known->types, known->n_types, name, ret))
		return 0;
	if (known->n_types == KNOWN_TYPES_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "more than %d event types", KNOWN_TYPES_MAX);
	text = strndup((const char *)name.p, name.n);
	if (!text)
		return fail_nomem(ld->err);
	known->types[known->n_types++].text = text;
	*ret = (uint16_t)known->n_types;
	return 0;
}

uint16_t known_type_of(const struct tsmmr_known *known, const struct tsmmr_event *e)
{
	const char *name = e->class && e->class->type_name ? e->class->type_name(e->type) : NULL;
	char number[11];
	uint16_t found;

	if (!known->n_types || e->content != TSMMR_CONTENT_PCCLIENT_STD)
		return KNOWN_ANY;
	if (event_type_is_named(e))
		return word_find(known->types, known->n_types, e->name, &found) ? found : KNOWN_ANY;
	snprintf(number, sizeof(number), "0x%08x", e->type);
	return (name &&
		word_find(known->types, known->n_types, span_of(name, strlen(name)), &found)) ||
			       word_find(known->types, known->n_types, span_of(number, 10),
					 &found) ?
		       found :
		       KNOWN_ANY;
}

int known_add_digest(struct known_loader *ld, uint16_t reg, uint16_t type, uint16_t alg,
		     struct span digest, struct span name)
{
	struct tsmmr_known *known = ld->known;
	const uint64_t max = known->limits.events ? known->limits.events : KNOWN_DIGESTS_MAX;
	int r;

	if (name.n > KNOWN_NAME_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "a name of more than %d bytes",
				  KNOWN_NAME_MAX);
	if (known->digests.n >= max)
		return known_fail(ld, TSMMR_E_LIMIT, "more than %llu digests",
				  (unsigned long long)max);
	/* A type is not measured: whoever writes the log would deny nothing by another. */
	if (ld->source->denied)
		type = KNOWN_ANY;
	/* The list that is being read comes last. */
	r = known_digests_add(&known->digests, known->n_sources, ld->source->denied, reg, type, alg,
			      digest, name);
	if (r == TSMMR_E_LIMIT)
		return known_fail(ld, r, "more digests than can be kept");
	return r < 0 ? fail_low(ld->err, r) : 0;
}

static int load(struct known_loader *ld, const char *reg)
{
	struct tsmmr_known *known = ld->known;
	int r;

	ld->in->max_bytes = known->limits.bytes ? known->limits.bytes : FROZEN_BYTES_DEFAULT;
	if (reg) {
		r = known_reg(ld, span_of(reg, strlen(reg)), &ld->source->reg);
		if (r < 0)
			return r;
	}
	known->failed = true;
	r = ld->read ? ld->read(ld, ld->user) : ld->source->kind->load(ld);
	known->failed = r < 0;
	return r;
}

static int add(struct known_loader *ld, const struct known_kind *kind, int flags, const char *reg,
	       const char *name)
{
	_cleanup_(source_free) struct known_source *source = NULL;
	struct tsmmr_known *known = ld->known;
	struct tsmmr_error *err = ld->err;
	int r;

	if (__atomic_load_n(&known->used, __ATOMIC_ACQUIRE))
		return fail(err, TSMMR_E_ARG,
			    "known values of which an appraisal was made are final");
	if (known->failed)
		return fail(err, TSMMR_E_ARG, "a list of this set of known values was refused");
	if (known->n_sources == KNOWN_SOURCES_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d lists of known values",
			    KNOWN_SOURCES_MAX);
	source = calloc(1, sizeof(*source));
	if (!source)
		return fail_nomem(err);
	source->kind = kind;
	source->name = strdup(name ? name : kind->name);
	source->denied = flags & TSMMR_LIST_DENIED;
	source->any_order = flags & TSMMR_LIST_ANY_ORDER;
	if (!source->name)
		return fail_nomem(err);
	ld->source = source;
	r = load(ld, reg);
	if (r < 0)
		return r;

	known->wants_text |= kind->wants_text;
	known->sources[known->n_sources++] = take_ptr(source);
	return 0;
}

int known_add(struct tsmmr_known *known, const struct known_kind *kind, int flags, const char *reg,
	      const char *name, struct source *in, struct tsmmr_error *err)
{
	struct known_loader ld = { .known = known, .in = in, .err = err };

	return add(&ld, kind, flags, reg, name);
}

int known_add_image(struct tsmmr_known *known, const struct known_kind *kind, int flags,
		    const char *role, const char *name, struct image *image,
		    struct tsmmr_error *err)
{
	struct known_loader ld = { .known = known, .image = *image, .role = role, .err = err };
	struct source nothing;
	int r;

	source_mem(&nothing, NULL, 0);
	ld.in = &nothing;
	r = add(&ld, kind, flags, NULL, name);
	if (ld.image.read)
		ld.image.done(ld.image.user);
	return r;
}

int known_add_by(struct tsmmr_known *known, const struct known_kind *kind, int flags,
		 const char *name, known_load_fn read, void *user, struct tsmmr_error *err)
{
	struct source nothing;
	struct known_loader ld = {
		.known = known, .in = &nothing, .read = read, .user = user, .err = err
	};

	source_mem(&nothing, NULL, 0);
	return add(&ld, kind, flags, NULL, name);
}
