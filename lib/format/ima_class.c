/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IMA's events: templates and their fields, what a digest covers, what is shown.
 *
 * A digest is the hash over the template's data as it is stored, each field after its
 * length; for the template "ima" over 276 bytes without lengths.  (security/integrity/ima,
 * ima_calc_field_array_hash_tfm())
 */
#include <assert.h>

#include "core/hypothesis.h"
#include "core/index.h"
#include "format/cel.h"
#include "format/ima.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/text.h"

enum { IMA_RECORD = 0, IMA_VIOLATION = 1 };

/* ima_template.c, supported_fields */
/* clang-format off */
static const struct ima_field fields[] = {
	{ "d", IMA_DIGEST },
	{ "n", IMA_STRING },
	{ "d-ng", IMA_DIGEST_ALG },
	{ "d-ngv2", IMA_DIGEST_ALG },
	{ "n-ng", IMA_STRING },
	{ "sig", IMA_HEX },
	{ "buf", IMA_HEX },
	{ "d-modsig", IMA_DIGEST_ALG },
	{ "modsig", IMA_HEX },
	{ "evmsig", IMA_HEX },
	{ "iuid", IMA_U32 },
	{ "igid", IMA_U32 },
	{ "imode", IMA_U16 },
	{ "xattrnames", IMA_STRING },
	{ "xattrlengths", IMA_HEX },
	{ "xattrvalues", IMA_HEX },
};
/* clang-format on */

/* ima_template.c, builtin_templates */
static const struct {
	const char *name, *format;
} templates[] = {
	{ "ima", "d|n" },
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode" },
};

static const struct ima_field *find_field(struct span id)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (span_eq(id, fields[i].id, strlen(fields[i].id)))
			return &fields[i];
	return NULL;
}

bool ima_template(struct span name, struct ima_template *ret)
{
	struct span rest = name;

	for (size_t i = 0; i < ARRAY_SIZE(templates); i++)
		if (span_eq(name, templates[i].name, strlen(templates[i].name)))
			rest = span_of(templates[i].format, strlen(templates[i].format));

	ret->n = 0;
	for (;;) {
		const uint8_t *bar = rest.n ? memchr(rest.p, '|', rest.n) : NULL;
		size_t n = bar ? (size_t)(bar - rest.p) : rest.n;
		const struct ima_field *field = find_field(span_of(rest.p, n));

		if (!field || ret->n == IMA_FIELDS_MAX)
			return false;
		ret->fields[ret->n++] = field;
		if (!bar)
			return true;
		rest = span_of(bar + 1, rest.n - n - 1);
	}
}

bool ima_name_is_sane(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return name.n && name.n <= IMA_NAME_MAX;
}

bool ima_all_bytes(struct span s, uint8_t byte)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != byte)
			return false;
	return true;
}

void ima_legacy_data(uint8_t *to, const uint8_t *digest, struct span name)
{
	assert(name.n <= IMA_NAME_MAX);
	memcpy(to, digest, IMA_LEGACY_DIGEST);
	memset(to + IMA_LEGACY_DIGEST, 0, IMA_LEGACY_SIZE - IMA_LEGACY_DIGEST);
	memcpy(to + IMA_LEGACY_DIGEST, name.p, name.n);
}

static size_t split_legacy(struct span data, struct span *values)
{
	const uint8_t *name = data.p + IMA_LEGACY_DIGEST;

	assert(data.n == IMA_LEGACY_SIZE);
	values[0] = span_of(data.p, IMA_LEGACY_DIGEST);
	values[1] = span_of(name, strnlen((const char *)name, IMA_NAME_MAX + 1));
	return 2;
}

/* Each behind its length: how many, or 0 when that is not what the data is. */
static size_t split_fields(struct span data, struct span *values)
{
	struct cursor c = cur_span(data);
	size_t n = 0;

	while (!cur_empty(&c)) {
		uint32_t len;

		if (n == IMA_FIELDS_MAX || !cur_le32(&c, &len) || !cur_take(&c, len, &values[n]))
			return 0;
		n++;
	}
	return n;
}

/* The fields' values: how many, or 0 when the data is not of that template's shape. */
static size_t split(const struct tsmmr_event *e, struct ima_template *t, struct span *values)
{
	bool known = ima_template(e->name, t);
	size_t n;

	if (ima_is_legacy(e->name))
		return e->data.n == IMA_LEGACY_SIZE ? split_legacy(e->data, values) : 0;
	n = split_fields(e->data, values);
	for (size_t i = 0; !known && i < n; i++)
		t->fields[i] = NULL;
	return !known || n == t->n ? n : 0;
}

/* "sha256:" NUL digest; *ret_text is what precedes the last colon. */
static bool split_digest(struct span value, struct span *ret_text, struct span *ret_digest)
{
	const uint8_t *nul = value.n ? memchr(value.p, 0, value.n) : NULL;
	size_t n = nul ? (size_t)(nul - value.p) : 0;

	if (!n || value.p[n - 1] != ':')
		return false;
	*ret_text = span_of(value.p, n - 1);
	*ret_digest = span_of(nul + 1, value.n - n - 1);
	return true;
}

/* "sha256", or after the kind of digest: "verity:sha256". */
static const struct hash_alg *digest_alg(struct span text)
{
	const uint8_t *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	size_t skip = colon ? (size_t)(colon + 1 - text.p) : 0;

	return hash_by_name(span_of(text.p + skip, text.n - skip));
}

static struct span string_of(struct span value)
{
	if (value.n && !value.p[value.n - 1])
		value.n--;
	return value;
}

/* The digest and the name of what was measured. */
static bool subject(const struct tsmmr_event *e, struct span *ret_name, struct digest *ret)
{
	struct span values[IMA_FIELDS_MAX], text;
	struct ima_template t;
	size_t n = split(e, &t, values);
	const struct hash_alg *alg;

	if (n < 2 || !t.fields[0] || !t.fields[1] || t.fields[1]->form != IMA_STRING)
		return false;
	*ret_name = string_of(values[1]);
	if (t.fields[0]->form == IMA_DIGEST) {
		alg = hash_by_id(TSMMR_HASH_SHA1);
		ret->value = values[0];
	} else if (t.fields[0]->form == IMA_DIGEST_ALG &&
		   split_digest(values[0], &text, &ret->value)) {
		alg = digest_alg(text);
	} else {
		return false;
	}
	if (!alg || ret->value.n != alg->size)
		return false;
	ret->alg = alg->id;
	return true;
}

void ima_finish(struct tsmmr_event *e)
{
	static const char aggregate[] = "boot_aggregate";
	bool violation = e->n_digests;
	struct digest digest;
	struct span name;

	for (size_t i = 0; i < e->n_digests; i++)
		violation &= ima_all_bytes(e->digests[i].value, 0xff);
	e->type = violation ? IMA_VIOLATION : IMA_RECORD;

	/* All zero: the machine had no TPM. */
	if (violation || !subject(e, &name, &digest) ||
	    !span_eq(name, aggregate, sizeof(aggregate) - 1) || ima_all_bytes(digest.value, 0))
		return;
	e->mark = MARK_AGGREGATE;
	e->asserted = digest;
}

static const char *type_name(uint32_t type)
{
	return type == IMA_VIOLATION ? "violation" : "record";
}

/* Where the data could not be rebuilt from text, there is none. */
static bool has_data(const struct tsmmr_event *e)
{
	return e->data.n > 0;
}

static int feed_data(const struct tsmmr_event *e, struct hasher *h)
{
	return hasher_update(h, e->data.p, e->data.n);
}

static int describe_data(const struct tsmmr_event *e, struct describe *d);

/* A violation is extended as all ones, whatever its data: nothing binds that. */
static const struct bind_rule rules[] = {
	{ IMA_RECORD, BIND_STRICT, "IMA_TEMPLATE", "the fields, and not the template's name",
	  has_data, feed_data, describe_data },
};
static const size_t n_rules = ARRAY_SIZE(rules);

/* ima_init_digests(), ima_add_template_entry(); and ima_init_crypto() for other banks. */
static int derive(const struct tsmmr_event *e, struct hasher *h, uint8_t *ret)
{
	if (e->type == IMA_VIOLATION) {
		memset(ret, 0xff, h->alg->size);
		return 0;
	}
	return has_data(e) ? hash_bytes(h, e->data.p, e->data.n, ret) : TSMMR_E_MALFORMED;
}

enum { VARIANT_DATA, VARIANT_OTHER, N_VARIANTS };

/*
 * What the record may have been extended as: what is listed as a violation as the record its
 * data is, or as the zeros it is listed with; and a record as a violation, so as ones.
 */
static int variant(const struct tsmmr_event *e, size_t i, struct hasher *h, const uint8_t *before,
		   uint8_t *ret, int *ret_id)
{
	bool violation = e->type == IMA_VIOLATION;
	int r;

	(void)before;
	assert(i < N_VARIANTS);
	if (i == VARIANT_DATA) {
		*ret_id = X_DIGEST_CHANGED;
		if (!violation || !has_data(e))
			return 0;
		r = hash_bytes(h, e->data.p, e->data.n, ret);
		return r < 0 ? r : 1;
	}
	*ret_id = violation ? X_VIOLATION_AS_ZEROS : X_VIOLATION_HIDDEN;
	memset(ret, violation ? 0 : 0xff, h->alg->size);
	return 1;
}

#define SHOWN_MAX 8192

static void put_string(struct buf *b, struct span s)
{
	text_utf8(b, span_of(s.p, s.n < SHOWN_MAX ? s.n : SHOWN_MAX));
	if (s.n > SHOWN_MAX)
		buf_str(b, "…");
}

/* A value as the ASCII list has it.  False when it has not its field's form. */
static bool put_value(const struct ima_field *field, struct span value, struct buf *b)
{
	struct span text;

	switch (field->form) {
	case IMA_DIGEST_ALG:
		if (!value.n)
			return true;
		if (!split_digest(value, &text, &value))
			return false;
		put_string(b, text);
		buf_char(b, ':');
		buf_hex(b, value.p, value.n);
		return true;
	case IMA_STRING:
		put_string(b, string_of(value));
		return true;
	case IMA_U16:
	case IMA_U32:
		if (value.n != (field->form == IMA_U16 ? 2 : 4))
			return !value.n;
		buf_u64(b, field->form == IMA_U16 ? get_le16(value.p) : get_le32(value.p));
		return true;
	default:
		buf_hex(b, value.p, value.n);
		return true;
	}
}

/* Into the line for people go what was measured and its name; the rest are details. */
static bool in_text(const struct ima_field *field, size_t i)
{
	return i < 2 && (field->form == IMA_STRING || field->form == IMA_DIGEST_ALG ||
			 field->form == IMA_DIGEST);
}

static int describe(const struct tsmmr_event *e, struct describe *d)
{
	struct span values[IMA_FIELDS_MAX];
	struct ima_template t;
	BUF_LOCAL(b, 512);
	uint32_t seen = 0;
	size_t n;

	if (e->type == IMA_VIOLATION)
		buf_str(d->text, "violation: ");
	/* A made-up name must not become text. */
	if (ima_template(e->name, &t))
		put_string(d->text, e->name);
	else
		buf_str(d->text, "unknown template");
	put_string(&b, e->name);
	json_strn(d->details, "template", b.p, b.n);
	n = split(e, &t, values);
	for (size_t i = 0; i < n; i++) {
		const struct ima_field *field = t.fields[i];
		uint32_t bit = field ? UINT32_C(1) << (field - fields) : 0;

		b.n = 0;
		/* Known by name only once, or the object had a key twice. */
		if (!field || seen & bit || !put_value(field, values[i], &b))
			continue;
		seen |= bit;
		json_strn(d->details, field->id, b.p, b.n);
		if (in_text(field, i)) {
			buf_char(d->text, ' ');
			buf_add(d->text, b.p, b.n);
		}
	}
	d->text->failed |= b.failed;
	return 0;
}

/* A field by its form alone: a digest that names its algorithm, a string, or bytes. */
static void put_by_form(struct span value, size_t i, struct buf *b)
{
	struct span text, digest;

	if (i == 0 && split_digest(value, &text, &digest)) {
		put_string(b, text);
		buf_char(b, ':');
		buf_hex(b, digest.p, digest.n);
	} else if (i == 1) {
		put_string(b, string_of(value));
	} else {
		buf_hex(b, value.p, value.n);
	}
}

/*
 * No digest covers a template's name, and so what the fields mean is not known: only how
 * many bytes each has.  In every template of Linux' own the first two are what was
 * measured and its name.
 */
static int describe_data(const struct tsmmr_event *e, struct describe *d)
{
	BUF_LOCAL(b, 512);
	struct span values[IMA_FIELDS_MAX];
	size_t n = split_fields(e->data, values);

	if (!n && e->data.n == IMA_LEGACY_SIZE)
		n = split_legacy(e->data, values);
	json_open(d->details, "fields", '[');
	for (size_t i = 0; i < n; i++) {
		b.n = 0;
		put_by_form(values[i], i, &b);
		json_strn(d->details, NULL, b.p, b.n);
		if (i < 2) {
			buf_str(d->text, i ? " " : "");
			buf_add(d->text, b.p, b.n);
			d->cut |= values[i].n > SHOWN_MAX;
		}
	}
	json_close(d->details, ']');
	d->text->failed |= b.failed;
	return 0;
}

const struct event_class ima_class = {
	.type_name = type_name,
	.rules = rules,
	.n_rules = &n_rules,
	.describe = describe,
	.derive = derive,
	.n_variants = N_VARIANTS,
	.variant = variant,
};

uint16_t ima_usual_alg(size_t size)
{
	const struct hash_alg *alg;

	for (size_t i = 0; (alg = hash_by_index(i)); i++)
		if (alg->size == size)
			return alg->id;
	return TSMMR_HASH_NONE;
}

int ima_prove_alg(struct hashers *set, struct span digest, struct span data, uint16_t *ret_alg)
{
	const struct hash_alg *alg;

	for (size_t i = 0; (alg = hash_by_index(i)); i++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];
		struct hasher *h;
		int r;

		if (alg->size != digest.n)
			continue;
		r = hashers_get(set, alg->id, &h);
		/* Of no consequence if another proves it; ima_settle_alg() asks again. */
		if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
			continue;
		if (r == 0)
			r = hash_bytes(h, data.p, data.n, value);
		if (r < 0)
			return r;
		if (hash_equal(value, digest.p, digest.n)) {
			*ret_alg = alg->id;
			return 1;
		}
	}
	return 0;
}

int ima_look(struct tsmmr_stream *s, struct tsmmr_error *err, size_t n)
{
	int r = source_need(&s->source, n);

	/* Over the limit: an error when its record is due, for what comes before may be read. */
	return r == TSMMR_E_LIMIT ? 0 : stream_more(s, err, n);
}

int ima_settle_alg(struct tsmmr_stream *s, struct tsmmr_error *err, enum ima_surety surety,
		   uint16_t guessed, const struct hash_alg **ret)
{
	const struct hash_alg *found = hash_by_id(guessed);
	const struct hash_alg *given = hash_by_id(s->reg_alg);

	/* A list of another bank says what was extended in that one too, if it is surely one. */
	if (surety == IMA_PROVEN)
		given = NULL;
	if (given && surety >= IMA_SHAPE && found->size != given->size)
		return stream_fail(s, err, TSMMR_E_MALFORMED, s->source.offset,
				   "the list's digests have %u bytes, and %s has %u", found->size,
				   given->name, given->size);
	/* What cannot be computed might be what was hashed with. */
	for (size_t i = 0; !given && surety < IMA_PROVEN && found && hash_by_index(i); i++) {
		int r = hash_by_index(i)->size == found->size ?
				hash_lacks(s->crypto, hash_by_index(i)) :
				0;

		if (r < 0)
			return fail_low(err, r);
	}
	*ret = given ? given : surety ? found : hash_by_id(TSMMR_HASH_SHA1);
	return 0;
}

#define IMA_PCR 10 /* CONFIG_IMA_MEASURE_PCR_IDX */

/*
 * A list of a register that is no PCR is the kernel's own all the same, and its records say
 * PCR 10: they are of the register that was given with it.  Others would be of another one.
 */
static int take_given(struct tsmmr_stream *s, struct tsmmr_error *err, const struct ima_record *rec,
		      struct tsmmr_event *e)
{
	if (rec->index != IMA_PCR && event_number(e) != s->reg->index)
		return stream_fail(s, err, TSMMR_E_MALFORMED, rec->offset,
				   "a record of register number %u in the list of %s", rec->index,
				   s->reg->name);
	e->index = s->reg->index;
	e->space = (uint8_t)s->platform->space;
	return 0;
}

int ima_event(struct tsmmr_stream *s, struct tsmmr_error *err, const struct ima_record *rec,
	      const struct hash_alg *alg, bool *said_unknown, struct tsmmr_event *e)
{
	static const uint8_t ones[] = { [0 ... TSMMR_HASH_SIZE_MAX - 1] = 0xff };
	const struct platform *p = s->platform;
	struct ima_template t;

	/* ima_add_template_entry(): a violation is listed as zeros and extended as ones. */
	s->digests[0] =
		(struct digest){ alg->id, ima_all_bytes(rec->digest, 0) ? span_of(ones, alg->size) :
									  rec->digest };
	*e = (struct tsmmr_event){
		.offset = rec->offset,
		.platform = p,
		.class = &ima_class,
		.content = TSMMR_CONTENT_IMA_TEMPLATE,
		.index = rec->index,
		.space = (uint8_t)p->cel_space,
		.measured = true,
		.n_digests = 1,
		.digests = s->digests,
		.name = rec->name,
		.data = rec->data,
	};
	if (s->reg && p->space != TSMMR_SPACE_PCR) {
		int r = take_given(s, err, rec, e);

		if (r < 0)
			return r;
	}
	if (event_number(e) >= p->n_index)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "register number %u is out of range: %s has no such register%s",
				   e->index, p->name,
				   p->space == TSMMR_SPACE_PCR ?
					   "" :
					   "; say which it is, as in ima,REGISTER=FILE");
	ima_finish(e);
	if (*said_unknown || ima_template(rec->name, &t))
		return 0;
	*said_unknown = true;
	return stream_finding(s, F_IMA_TEMPLATE_UNKNOWN, e->offset, "template '%.*s'",
			      (int)rec->name.n, (const char *)rec->name.p);
}
