/* SPDX-License-Identifier: BSD-2-Clause */
/* keylime's runtime policies: which files IMA may have measured, by path and digest. */
#include "core/known.h"

#include "crypto/hash.h"
#include "util/error.h"
#include "util/grow.h"
#include "util/hex.h"
#include "util/json_in.h"

#define FILE_MAX (64u << 20)
#define VALUES_MAX (1u << 20) /* json-c takes a few hundred bytes for each */
#define EXCLUDES_MAX 1024
#define PATTERN_MAX 1024
#define PATH_MAX_BYTES 4096 /* a longer name is not excluded: the time is that of both lengths */
#define DIGEST_MIN 16
#define LEGACY_DIGEST 20 /* template "ima": a digest, and a name padded to 256 bytes */
#define LEGACY_SIZE (LEGACY_DIGEST + 256)

/* In bytes: the name, and the digest after it. */
struct entry {
	uint32_t at, n_name;
	uint32_t n_digest;
};

enum item_kind { ITEM_CHAR, ITEM_ANY, ITEM_STAR };

struct item {
	uint8_t kind, c;
};

struct exclude {
	char *text;
	struct item items[PATTERN_MAX];
	size_t n;
	bool whole; /* up to the name's end */
};

struct policy {
	struct buf bytes;
	struct entry *all; /* sorted */
	size_t n, cap;
	struct exclude *excludes[EXCLUDES_MAX];
	size_t n_excludes;
};

static void free_policy(void *data)
{
	struct policy *p = data;

	if (!p)
		return;
	for (size_t i = 0; i < p->n_excludes; i++) {
		free(p->excludes[i]->text);
		free(p->excludes[i]);
	}
	buf_done(&p->bytes);
	free(p->all);
	free(p);
}

/* --- paths and digests -------------------------------------------------------------------- */

static int compare(const struct policy *p, const struct entry *e, struct span name,
		   struct span digest)
{
	const uint8_t *at = p->bytes.p + e->at;
	int r = span_compare(span_of(at, e->n_name), name);

	return r ? r : span_compare(span_of(at + e->n_name, e->n_digest), digest);
}

static int compare_entries(const void *a, const void *b, void *policy)
{
	const struct policy *p = policy;
	const struct entry *e = b;
	const uint8_t *at = p->bytes.p + e->at;

	return compare(p, a, span_of(at, e->n_name), span_of(at + e->n_name, e->n_digest));
}

static const struct entry *find(const struct policy *p, struct span name, struct span digest)
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int r = compare(p, &p->all[mid], name, digest);

		if (r == 0)
			return &p->all[mid];
		if (r < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

/* "[sha256:]hex": as long as some hash, or as that one. */
static size_t read_digest(struct span text, uint8_t *ret)
{
	const uint8_t *colon = text.n ? memchr(text.p, ':', text.n) : NULL;
	const struct hash_alg *alg = NULL;
	ssize_t n;

	if (colon) {
		size_t skip = (size_t)(colon - text.p);

		alg = hash_by_name(span_of(text.p, skip));
		if (!alg)
			return 0;
		text = span_of(colon + 1, text.n - skip - 1);
	}
	n = hex_decode(ret, TSMMR_HASH_SIZE_MAX, (const char *)text.p, text.n);
	if (n < DIGEST_MIN || text.n != 2 * (size_t)n || (alg && n != alg->size))
		return 0;
	return (size_t)n;
}

static int add(struct known_loader *ld, struct policy *p, struct span name, struct span text)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	size_t n = read_digest(text, digest);
	struct entry *all;

	if (!n)
		return known_fail(ld, TSMMR_E_MALFORMED, "%.*s: '%.*s' is no digest",
				  known_shown(name), name.n ? (const char *)name.p : "",
				  known_shown(text), text.n ? (const char *)text.p : "");
	if (name.n > KNOWN_NAME_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "a path of more than %d bytes",
				  KNOWN_NAME_MAX);
	if (p->bytes.n > UINT32_MAX / 2)
		return known_fail(ld, TSMMR_E_LIMIT, "more digests than can be kept");
	all = grown(p->all, p->n, &p->cap, sizeof(*all));
	if (!all)
		return fail_nomem(ld->err);
	p->all = all;
	p->all[p->n++] = (struct entry){ (uint32_t)p->bytes.n, (uint32_t)name.n, (uint32_t)n };
	buf_add(&p->bytes, name.p, name.n);
	buf_add(&p->bytes, digest, n);
	return p->bytes.failed ? fail_nomem(ld->err) : 0;
}

/* --- excludes ----------------------------------------------------------------------------- */

/*
 * Of Python's regular expressions what takes no time: characters, \ before one that is no letter
 * or digit, "." and ".*", "^" first, "$" last, and at the end "(/.*)?", which says nothing more
 * where the name may go on.  False: something else.
 */
static bool compile(struct span s, struct exclude *x)
{
	static const char rest[] = "(/.*)?";

	if (s.n && s.p[0] == '^')
		s = span_of(s.p + 1, s.n - 1);
	if (s.n >= 6 && !memcmp(s.p + s.n - 6, rest, 6))
		s.n -= 6;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool star = c == '.' && i + 1 < s.n && s.p[i + 1] == '*';

		if (c == '$' && i + 1 == s.n) {
			x->whole = true;
			break;
		}
		if (c == '\\') {
			c = ++i < s.n ? s.p[i] : 'a';
			if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z'))
				return false;
		} else if (c != '.' && (!c || strchr("^$*+?{}[]()|", c))) {
			return false;
		} else if (c == '.') {
			x->items[x->n++] = (struct item){ star ? ITEM_STAR : ITEM_ANY, 0 };
			i += star;
			continue;
		}
		x->items[x->n++] = (struct item){ ITEM_CHAR, c };
	}
	return true;
}

static int add_exclude(struct known_loader *ld, struct policy *p, size_t i, struct span s)
{
	struct exclude *x;

	if (p->n_excludes == EXCLUDES_MAX || s.n > PATTERN_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "exclude %zu: too many, or too long", i);
	x = calloc(1, sizeof(*x));
	if (!x)
		return fail_nomem(ld->err);
	p->excludes[p->n_excludes++] = x;
	x->text = strndup(s.n ? (const char *)s.p : "", s.n);
	if (!x->text)
		return fail_nomem(ld->err);
	/* keylime's empty one fits every path. */
	if (!s.n || !compile(s, x))
		return known_fail(ld, TSMMR_E_UNSUPPORTED,
				  "exclude %zu: '%.*s': of regular expressions only characters, "
				  ". and .*",
				  i, known_shown(s), s.n ? (const char *)s.p : "");
	return 0;
}

static bool fits_one(const struct item *item, uint8_t c)
{
	return item->kind == ITEM_ANY ? c != '\n' && c < 0x80 : item->c == c;
}

/* From the name's beginning; only the last star is ever tried again. */
static bool excludes(const struct exclude *x, struct span name)
{
	size_t i = 0, at = 0, star = SIZE_MAX, again = 0;

	while (at <= name.n) {
		if (i == x->n && (!x->whole || at == name.n))
			return true;
		if (i < x->n && x->items[i].kind == ITEM_STAR) {
			star = ++i;
			again = at;
		} else if (i < x->n && at < name.n && fits_one(&x->items[i], name.p[at])) {
			i++;
			at++;
		} else if (star != SIZE_MAX && again < name.n && name.p[again] != '\n') {
			at = ++again;
			i = star;
		} else {
			return false;
		}
	}
	return false;
}

/* --- reading ------------------------------------------------------------------------------ */

struct reading {
	struct known_loader *ld;
	struct policy *policy;
	struct json_object *of;
};

static int read_path(void *user, const char *path)
{
	struct reading *rd = user;
	struct tsmmr_error err = { .size = sizeof(err) };
	struct json_object *all = NULL;
	struct span text;
	int r = json_in_array(rd->of, path, &all, &err);

	for (size_t i = 0; r > 0 && (r = json_in_item_str(all, i, &text, &err)) > 0; i++) {
		int added = add(rd->ld, rd->policy, span_of(path, strlen(path)), text);

		if (added < 0)
			return added;
	}
	return r < 0 ? known_fail(rd->ld, r, "%.64s: %s", path, err.message) : 0;
}

/* {"path": ["hex", …], …} */
static int read_paths(struct known_loader *ld, struct policy *p, struct json_object *o,
		      const char *key)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct reading rd = { ld, p, NULL };
	int r = json_in_child(o, key, &rd.of, &err);

	if (r < 0)
		return known_fail(ld, r, "%s", err.message);
	return r ? json_in_each(rd.of, read_path, &rd) : 0;
}

static int read_excludes(struct known_loader *ld, struct policy *p, struct json_object *o)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct json_object *all = NULL;
	struct span text;
	int r = json_in_array(o, "excludes", &all, &err);

	for (size_t i = 0; r > 0 && (r = json_in_item_str(all, i, &text, &err)) > 0; i++) {
		int added = add_exclude(ld, p, i, text);

		if (added < 0)
			return added;
	}
	return r < 0 ? known_fail(ld, r, "excludes: %s", err.message) : 0;
}

/*
 * Signatures ("verification-keys"), keyrings that are ignored and device mapper's policy are
 * passed over: they could only make more records known.
 */
static int read_json(struct known_loader *ld, struct policy *p)
{
	/* "hashes" is what they were called first. */
	static const char *const kinds[] = { "digests", "hashes", "keyrings", "ima-buf" };
	_cleanup_(json_in_free) struct json_object *o = NULL;
	int r = known_json(ld, FILE_MAX, VALUES_MAX, &o);

	if (r < 0)
		return r;
	if (!json_in_has(o, "digests") && !json_in_has(o, "hashes"))
		return known_fail(ld, TSMMR_E_MALFORMED, "no \"digests\"");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
		r = read_paths(ld, p, o, kinds[i]);
	return r < 0 ? r : read_excludes(ld, p, o);
}

/* The oldest form: lines "HEX PATH". */
static int read_lines(struct known_loader *ld, struct policy *p)
{
	struct span line;
	int r;

	while ((r = known_line(ld, &line)) > 0) {
		size_t n = 0, skip;

		if (!line.n || *line.p == '#')
			continue;
		while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
			n++;
		for (skip = n; skip < line.n && (line.p[skip] == ' ' || line.p[skip] == '\t');)
			skip++;
		if (skip == line.n)
			return known_fail(ld, TSMMR_E_MALFORMED, "not a digest and a path");
		r = add(ld, p, span_of(line.p + skip, line.n - skip), span_of(line.p, n));
		if (r < 0)
			return r;
	}
	ld->line = 0;
	return r;
}

static int load(struct known_loader *ld)
{
	struct policy *p;
	int r;

	if (ld->source->denied)
		return known_fail(ld, TSMMR_E_ARG, "a policy says what may be");
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail_nomem(ld->err);
	ld->source->data = p;
	r = source_need(ld->in, 1);
	r = r > 0 && *ld->in->p == '{' ? read_json(ld, p) : read_lines(ld, p);
	if (r == 0 && !p->n && !p->n_excludes)
		return known_fail(ld, TSMMR_E_MALFORMED, "no digest in it");
	if (r == 0 && p->n)
		qsort_r(p->all, p->n, sizeof(*p->all), compare_entries, p);
	return r;
}

/* --- matching ----------------------------------------------------------------------------- */

/*
 * What was measured, and its name.  No digest covers the template's name, so what the fields
 * are is told by their form: first "sha256:" NUL digest, then a name that ends with a NUL, as in
 * each of Linux' own templates.
 */
static bool subject(struct span data, struct span *ret_name, struct span *ret_digest)
{
	struct cursor c = cur_span(data);
	struct span digest, name;
	const uint8_t *nul;
	uint32_t n;
	size_t skip;

	if (cur_le32(&c, &n) && cur_take(&c, n, &digest) && cur_le32(&c, &n) &&
	    cur_take(&c, n, &name)) {
		nul = digest.n ? memchr(digest.p, 0, digest.n) : NULL;
		skip = nul ? (size_t)(nul - digest.p) : 0;
		if (!skip || nul[-1] != ':' || !name.n || name.p[name.n - 1])
			return false;
		*ret_digest = span_of(nul + 1, digest.n - skip - 1);
		*ret_name = span_of(name.p, name.n - 1);
		return true;
	}
	if (data.n != LEGACY_SIZE)
		return false;
	*ret_digest = span_of(data.p, LEGACY_DIGEST);
	data = span_of(data.p + LEGACY_DIGEST, data.n - LEGACY_DIGEST);
	*ret_name = span_of(data.p, strnlen((const char *)data.p, data.n));
	return true;
}

static int match(const struct known_source *source, void *state, const struct known_event *e,
		 struct span *ret_name)
{
	const struct policy *p = source->data;
	const struct entry *found;
	struct span name, digest;

	(void)state;
	if (!e->bound || e->e->content != TSMMR_CONTENT_IMA_TEMPLATE ||
	    (source->reg && !e->fits[source->reg]) || !subject(e->e->data, &name, &digest))
		return 0;
	for (size_t i = 0; name.n <= PATH_MAX_BYTES && i < p->n_excludes; i++)
		if (excludes(p->excludes[i], name)) {
			*ret_name = span_of(p->excludes[i]->text, strlen(p->excludes[i]->text));
			return 1;
		}
	found = find(p, name, digest);
	if (!found)
		return 0;
	*ret_name = span_of(p->bytes.p + found->at, found->n_name);
	return 1;
}

const struct known_kind known_keylime = {
	.id = TSMMR_KNOWN_KEYLIME,
	.name = "keylime",
	.wants_text = true,
	.load = load,
	.match = match,
	.free = free_policy,
};
