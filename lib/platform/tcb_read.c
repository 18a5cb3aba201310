/* SPDX-License-Identifier: BSD-2-Clause */
/* TCB Info and QE Identity, from JSON. */
#include "platform/tcb.h"

#include <stdlib.h>
#include <strings.h>

#include "util/date.h"
#include "util/error.h"
#include "util/grow.h"
#include "util/hex.h"
#include "util/json_in.h"

#define VALUES_MAX (1u << 16)
#define LEVELS_MAX 1024
#define MODULES_MAX 64
#define ADVISORIES_MAX 4096
#define ADVISORY_BYTES_MAX 64

struct tcb_doc *tcb_doc_ref(struct tcb_doc *doc)
{
	users_add(&doc->users);
	return doc;
}

void tcb_doc_free(struct tcb_doc *doc)
{
	if (!doc || !users_drop(&doc->users))
		return;
	free(doc->modules);
	free(doc->all_levels);
	free(doc->advisories);
	buf_done(&doc->names);
	free(doc->bytes);
	free(doc);
}

struct span tcb_advisory(const struct tcb_doc *doc, size_t i)
{
	return span_of(doc->names.p + doc->advisories[i].at, doc->advisories[i].n);
}

static int lacks(struct tsmmr_error *err, const char *key)
{
	return fail(err, TSMMR_E_MALFORMED, "collateral without \"%s\"", key);
}

static int need_text(struct json_object *o, const char *key, struct span *ret,
		     struct tsmmr_error *err)
{
	int r = json_in_str(o, key, ret, err);

	return r == 0 ? lacks(err, key) : r < 0 ? r : 0;
}

/* Exactly n bytes, written as hex in either case. */
static int need_hex(struct json_object *o, const char *key, uint8_t *to, size_t n,
		    struct tsmmr_error *err)
{
	struct span s;
	int r = need_text(o, key, &s, err);

	if (r < 0)
		return r;
	if (s.n != 2 * n || hex_decode(to, n, (const char *)s.p, s.n) != (ssize_t)n)
		return fail(err, TSMMR_E_MALFORMED, "collateral: \"%s\" is not %zu bytes of hex",
			    key, n);
	return 0;
}

static int need_u64(struct json_object *o, const char *key, uint64_t max, uint64_t *ret,
		    struct tsmmr_error *err)
{
	int r = json_in_u64(o, key, ret, err);

	if (r <= 0)
		return r == 0 ? lacks(err, key) : r;
	return *ret > max ? fail(err, TSMMR_E_MALFORMED, "collateral: \"%s\" is too large", key) :
			    0;
}

static int need_u16(struct json_object *o, const char *key, uint16_t *ret, struct tsmmr_error *err)
{
	uint64_t v = 0;
	int r = need_u64(o, key, UINT16_MAX, &v, err);

	*ret = (uint16_t)v;
	return r;
}

static int need_date(struct json_object *o, const char *key, uint64_t *ret, struct tsmmr_error *err)
{
	struct span s;
	int r = need_text(o, key, &s, err);

	if (r < 0)
		return r;
	return date_read(s, ret) ?
		       0 :
		       fail(err, TSMMR_E_MALFORMED, "collateral: \"%s\" is no date in UTC", key);
}

static int need_child(struct json_object *o, const char *key, struct json_object **ret,
		      struct tsmmr_error *err)
{
	int r = json_in_child(o, key, ret, err);

	return r == 0 ? lacks(err, key) : r < 0 ? r : 0;
}

static int need_array(struct json_object *o, const char *key, struct json_object **ret,
		      struct tsmmr_error *err)
{
	int r = json_in_array(o, key, ret, err);

	return r == 0 ? lacks(err, key) : r < 0 ? r : 0;
}

/* An identifier of the sort "INTEL-SA-00615": what would end a list of them is none. */
static bool is_advisory(struct span s)
{
	if (!s.n || s.n > ADVISORY_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ',')
			return false;
	return true;
}

static int read_advisories(struct tcb_doc *doc, struct json_object *o, struct tcb_level *level,
			   struct tsmmr_error *err)
{
	struct json_object *array;
	int r = json_in_array(o, "advisoryIDs", &array, err);
	struct span s;

	level->advisory = doc->n_advisories;
	if (r <= 0)
		return r;
	while ((r = json_in_item_str(array, level->n_advisories, &s, err)) > 0) {
		struct tcb_name *all = doc->advisories;

		if (!is_advisory(s))
			return fail(err, TSMMR_E_MALFORMED, "collateral: no name of an advisory");
		if (doc->n_advisories == ADVISORIES_MAX)
			return fail(err, TSMMR_E_LIMIT, "collateral of more than %d advisories",
				    ADVISORIES_MAX);
		all = grown(all, doc->n_advisories, &doc->cap_advisories, sizeof(*all));
		if (!all)
			return fail_nomem(err);
		doc->advisories = all;
		all[doc->n_advisories++] = (struct tcb_name){ doc->names.n, (uint8_t)s.n };
		level->n_advisories++;
		buf_add(&doc->names, s.p, s.n);
	}
	return r;
}

/* 16 of them: fewer or more are not compared with what there is. */
static int read_components(struct json_object *o, const char *key, uint8_t to[TCB_COMPONENTS],
			   struct tsmmr_error *err)
{
	struct json_object *array, *item;
	int r = need_array(o, key, &array, err);

	if (r == 0 && json_in_length(array) != TCB_COMPONENTS)
		return fail(err, TSMMR_E_MALFORMED, "collateral: \"%s\" has not %d components", key,
			    TCB_COMPONENTS);
	for (size_t i = 0; r == 0 && i < TCB_COMPONENTS; i++) {
		uint64_t svn = 0;

		r = json_in_item(array, i, &item, err);
		if (r > 0)
			r = need_u64(item, "svn", UINT8_MAX, &svn, err);
		to[i] = (uint8_t)svn;
	}
	return r;
}

/* What it is of: a platform's parts, or one number. */
static int read_tcb(const struct tcb_doc *doc, struct json_object *tcb, bool of_platform,
		    struct tcb_level *level, struct tsmmr_error *err)
{
	int r;

	if (!of_platform)
		return need_u16(tcb, "isvsvn", &level->svn, err);
	r = read_components(tcb, "sgxtcbcomponents", level->sgx, err);
	if (r == 0 && doc->tdx)
		r = read_components(tcb, "tdxtcbcomponents", level->tdx, err);
	return r < 0 ? r : need_u16(tcb, "pcesvn", &level->svn, err);
}

/* Of a module and of an enclave there are fewer words.  (Quote Verification Library, its parsers)
 */
static bool may_say(bool of_platform, uint8_t word)
{
	return of_platform ?
		       word <= TCB_REVOKED :
		       word == TCB_UP_TO_DATE || word == TCB_OUT_OF_DATE || word == TCB_REVOKED;
}

static int read_level(struct tcb_doc *doc, struct json_object *o, bool of_platform,
		      struct tsmmr_error *err)
{
	struct tcb_level level = { .svn = 0 }, *all = doc->all_levels;
	struct json_object *tcb;
	struct span word;
	int r = need_child(o, "tcb", &tcb, err);

	if (r == 0)
		r = read_tcb(doc, tcb, of_platform, &level, err);
	if (r == 0)
		r = need_date(o, "tcbDate", &level.date, err);
	if (r == 0)
		r = need_text(o, "tcbStatus", &word, err);
	if (r == 0)
		r = read_advisories(doc, o, &level, err);
	if (r < 0)
		return r;
	level.word = (uint8_t)tcb_word_of(word);
	if (!may_say(of_platform, level.word))
		return fail(err, TSMMR_E_UNSUPPORTED, "collateral: a status that is not known");
	if (doc->n_all_levels == LEVELS_MAX)
		return fail(err, TSMMR_E_LIMIT, "collateral of more than %d levels", LEVELS_MAX);
	all = grown(all, doc->n_all_levels, &doc->cap_levels, sizeof(*all));
	if (!all)
		return fail_nomem(err);
	doc->all_levels = all;
	all[doc->n_all_levels++] = level;
	return 0;
}

/* The highest first, whatever order they came in. */
static int compare_levels(const void *x, const void *y)
{
	const struct tcb_level *a = x, *b = y;
	int d = memcmp(b->sgx, a->sgx, sizeof(a->sgx));

	if (d == 0)
		d = (b->svn > a->svn) - (b->svn < a->svn);
	return d ? d : memcmp(b->tdx, a->tdx, sizeof(a->tdx));
}

static int read_levels(struct tcb_doc *doc, struct json_object *o, bool of_platform,
		       struct tcb_levels *ret, struct tsmmr_error *err)
{
	struct json_object *array, *item;
	int r = need_array(o, "tcbLevels", &array, err);

	if (r < 0)
		return r;
	*ret = (struct tcb_levels){ .at = doc->n_all_levels };
	for (size_t i = 0; (r = json_in_item(array, i, &item, err)) > 0; i++) {
		r = read_level(doc, item, of_platform, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	ret->n = doc->n_all_levels - ret->at;
	if (!ret->n)
		return fail(err, TSMMR_E_MALFORMED, "collateral of no level");
	qsort(doc->all_levels + ret->at, ret->n, sizeof(*doc->all_levels), compare_levels);
	/* Which of two would count? */
	for (size_t i = 1; i < ret->n; i++)
		if (compare_levels(&doc->all_levels[ret->at + i - 1],
				   &doc->all_levels[ret->at + i]) == 0)
			return fail(err, TSMMR_E_MALFORMED, "collateral: a level twice");
	return 0;
}

static int read_maker(struct json_object *o, const char *mask, size_t n_signer, size_t n_attributes,
		      struct tcb_maker *ret, struct tsmmr_error *err)
{
	int r = need_hex(o, "mrsigner", ret->mrsigner, n_signer, err);

	if (r == 0)
		r = need_hex(o, "attributes", ret->attributes, n_attributes, err);
	return r < 0 ? r : need_hex(o, mask, ret->mask, n_attributes, err);
}

static int read_module(struct tcb_doc *doc, struct json_object *o, struct tcb_module *ret,
		       struct tsmmr_error *err)
{
	struct span id;
	int r = need_text(o, "id", &id, err);

	if (r < 0)
		return r;
	if (id.n != 6 || strncasecmp((const char *)id.p, "TDX_", 4) != 0 ||
	    hex_decode(&ret->version, 1, (const char *)id.p + 4, 2) != 1)
		return fail(err, TSMMR_E_MALFORMED, "collateral: no name of a TDX module");
	for (size_t i = 0; i < doc->n_modules; i++)
		if (doc->modules[i].version == ret->version)
			return fail(err, TSMMR_E_MALFORMED, "collateral: a TDX module twice");
	r = read_maker(o, "attributesMask", 48, 8, &ret->maker, err);
	return r < 0 ? r : read_levels(doc, o, false, &ret->levels, err);
}

static int read_modules(struct tcb_doc *doc, struct json_object *info, struct tsmmr_error *err)
{
	struct json_object *o, *array, *item;
	int r = need_child(info, "tdxModule", &o, err);

	if (r == 0)
		r = read_maker(o, "attributesMask", 48, 8, &doc->maker, err);
	if (r == 0)
		r = json_in_array(info, "tdxModuleIdentities", &array, err);
	if (r <= 0)
		return r;
	if (!json_in_length(array))
		return fail(err, TSMMR_E_MALFORMED, "collateral of no module");
	if (json_in_length(array) > MODULES_MAX)
		return fail(err, TSMMR_E_LIMIT, "collateral of more than %d modules", MODULES_MAX);
	doc->modules = calloc(json_in_length(array), sizeof(*doc->modules));
	if (!doc->modules)
		return fail_nomem(err);
	while ((r = json_in_item(array, doc->n_modules, &item, err)) > 0) {
		r = read_module(doc, item, &doc->modules[doc->n_modules], err);
		if (r < 0)
			return r;
		doc->n_modules++;
	}
	return r;
}

static int read_info(struct tcb_doc *doc, struct json_object *o, struct tsmmr_error *err)
{
	uint64_t type = 0;
	int r = need_hex(o, "fmspc", doc->fmspc, sizeof(doc->fmspc), err);

	if (r == 0)
		r = need_hex(o, "pceId", doc->pce_id, sizeof(doc->pce_id), err);
	if (r == 0)
		r = need_u64(o, "tcbType", UINT64_MAX, &type, err);
	if (r == 0 && type != 0)
		return fail(err, TSMMR_E_UNSUPPORTED, "TCB Info of type %llu",
			    (unsigned long long)type);
	if (r == 0 && doc->tdx)
		r = read_modules(doc, o, err);
	return r < 0 ? r : read_levels(doc, o, true, &doc->levels, err);
}

static int read_qe(struct tcb_doc *doc, struct json_object *o, struct tsmmr_error *err)
{
	int r = read_maker(o, "attributesMask", 32, 16, &doc->maker, err);

	if (r == 0)
		r = need_hex(o, "miscselect", doc->miscselect, 4, err);
	if (r == 0)
		r = need_hex(o, "miscselectMask", doc->miscselect_mask, 4, err);
	if (r == 0)
		r = need_u16(o, "isvprodid", &doc->product, err);
	return r < 0 ? r : read_levels(doc, o, false, &doc->levels, err);
}

/* Of which technology, by the names that either kind of document has for it. */
static int read_id(struct tcb_doc *doc, struct json_object *o, struct tsmmr_error *err)
{
	static const struct {
		const char *name;
		bool is_qe, tdx;
	} ids[] = {
		{ "SGX", false, false },
		{ "TDX", false, true },
		{ "QE", true, false },
		{ "TD_QE", true, true },
	};
	struct span id;
	int r = need_text(o, "id", &id, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ids); i++)
		if (ids[i].is_qe == doc->is_qe && span_eq(id, ids[i].name, strlen(ids[i].name))) {
			doc->tdx = ids[i].tdx;
			return 0;
		}
	return r < 0 ? r : fail(err, TSMMR_E_UNSUPPORTED, "collateral of another kind of enclave");
}

static int read_doc(struct tcb_doc *doc, struct json_object *o, struct tsmmr_error *err)
{
	uint64_t version = 0;
	int r = need_u64(o, "version", UINT64_MAX, &version, err);

	if (r == 0 && version != (doc->is_qe ? 2 : 3))
		return fail(err, TSMMR_E_UNSUPPORTED, "%s of version %llu",
			    doc->is_qe ? "QE Identity" : "TCB Info", (unsigned long long)version);
	if (r == 0)
		r = read_id(doc, o, err);
	if (r == 0)
		r = need_date(o, "issueDate", &doc->issued, err);
	if (r == 0)
		r = need_date(o, "nextUpdate", &doc->next, err);
	if (r == 0 && doc->next < doc->issued)
		r = fail(err, TSMMR_E_MALFORMED, "collateral that ends before it is issued");
	if (r == 0)
		r = need_u64(o, "tcbEvaluationDataNumber", UINT32_MAX, &doc->evaluation, err);
	if (r == 0)
		r = doc->is_qe ? read_qe(doc, o, err) : read_info(doc, o, err);
	if (r == 0 && doc->names.failed)
		r = fail_nomem(err);
	return r;
}

/* By which the cache finds who signed it. */
static int set_id(struct crypto crypto, struct tcb_doc *doc)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	int r = hasher_init(&h, crypto, hash_by_id(TSMMR_HASH_SHA256));

	if (r < 0)
		return r;
	return hasher_start(&h) < 0 || hasher_update(&h, doc->bytes, doc->n_bytes) < 0 ||
			       hasher_update(&h, doc->signature, sizeof(doc->signature)) < 0 ||
			       hasher_final(&h, doc->id) < 0 ?
		       TSMMR_E_NOMEM :
		       0;
}

static int make(struct json_object *o, bool is_qe, struct span signed_bytes, struct span signature,
		struct tcb_doc **ret, struct tsmmr_error *err)
{
	_cleanup_(tcb_doc_free) struct tcb_doc *doc = calloc(1, sizeof(*doc));
	int r;

	if (!doc)
		return fail_nomem(err);
	doc->users = 1;
	doc->is_qe = is_qe;
	if (hex_decode(doc->signature, sizeof(doc->signature), (const char *)signature.p,
		       signature.n) != sizeof(doc->signature))
		return fail(err, TSMMR_E_MALFORMED,
			    "collateral: its signature is not 64 bytes of hex");
	r = read_doc(doc, o, err);
	if (r < 0)
		return r;
	doc->bytes = malloc(signed_bytes.n);
	if (!doc->bytes)
		return fail_nomem(err);
	memcpy(doc->bytes, signed_bytes.p, signed_bytes.n);
	doc->n_bytes = signed_bytes.n;
	*ret = take_ptr(doc);
	return 0;
}

int tcb_doc_read(struct crypto crypto, struct span s, struct tcb_doc **ret, struct tsmmr_error *err)
{
	static const char *const keys[] = { "tcbInfo", "enclaveIdentity" };
	_cleanup_(json_in_free) struct json_object *all = NULL;
	_cleanup_(tcb_doc_free) struct tcb_doc *doc = NULL;
	struct json_object *o = NULL;
	struct span signature, raw;
	int r;

	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_tail(s, 1);
	r = json_in_large(s, TCB_DOC_BYTES_MAX, VALUES_MAX, &all, err);
	for (int i = 0; r == 0 && i < 2; i++) {
		r = json_in_child(all, keys[i], &o, err);
		if (r <= 0)
			continue;
		r = need_text(all, "signature", &signature, err);
		if (r < 0)
			return r;
		if (!json_in_raw(s, keys[i], &raw))
			return lacks(err, keys[i]);
		r = make(o, i == 1, raw, signature, &doc, err);
		if (r < 0)
			return r;
		r = set_id(crypto, doc);
		if (r < 0)
			return fail_low(err, r);
		*ret = take_ptr(doc);
		return 0;
	}
	return r < 0 ? r : fail(err, TSMMR_E_FORMAT, "neither TCB Info nor QE Identity");
}
