/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dstack's attestation of version 1: {"version", "platform": {"kind", "data"}, "stack"} in
 * MessagePack.  (Dstack-TEE/dstack, dstack-attest, v1.rs)  What the stack says of itself,
 * nobody signed.
 */
#include "envelope/envelope.h"

#include "util/buf.h"
#include "util/error.h"
#include "util/json_in.h"
#include "util/msgpack.h"

/* PlatformEvidence */
static const struct kind {
	const char *name, *evidence, *certs, *log, *left_out;
} kinds[] = {
	{ "tdx", "quote", NULL, "event_log", NULL },
	{ "gcp-tdx", "quote", NULL, "event_log", "a TPM's quote" },
	{ "sev-snp", "report", "cert_chain", NULL, NULL },
	{ "nitro-enclave", "nsm_quote", NULL, NULL, NULL },
	{ "aws-nitro-tpm", "attestation_doc", NULL, NULL, NULL },
};

/* A table of the hypervisor's, or a certificate; there may be none. */
static int add_certs(struct envelope *ret, struct json_object *data, const char *key,
		     struct tsmmr_error *err)
{
	struct json_object *array;
	int r = json_in_array(data, key, &array, err);

	if (r <= 0 || !json_in_length(array))
		return r < 0 ? r : 0;
	return envelope_add_certs(ret, data, key, err);
}

static int add_log(struct envelope *ret, struct json_object *data, const char *key,
		   struct tsmmr_error *err)
{
	struct json_object *array;
	struct span text;
	int r = json_in_array(data, key, &array, err);

	if (r <= 0 || !json_in_length(array))
		return r < 0 ? r : 0;
	if (!json_in_text(data, key, &text))
		return fail_nomem(err);
	return envelope_add_log(ret, TSMMR_FORMAT_DSTACK, NULL, text, err);
}

static int add_parts(struct envelope *ret, const struct kind *kind, struct json_object *data,
		     struct tsmmr_error *err)
{
	int r = envelope_need_bytes(ret, data, kind->evidence, err);

	if (r == 0 && kind->certs)
		r = add_certs(ret, data, kind->certs, err);
	if (r == 0 && kind->log)
		r = add_log(ret, data, kind->log, err);
	ret->left_out = kind->left_out;
	return r;
}

/* As JSON it is the same, member by member. */
static int open_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *platform, *data;
	uint64_t version = 0;
	struct span name;

	if (json_in_kind(o, "version") != JSON_IN_INT ||
	    json_in_kind(o, "stack") != JSON_IN_OBJECT ||
	    json_in_child(o, "platform", &platform, NULL) <= 0 ||
	    json_in_str(platform, "kind", &name, NULL) <= 0 ||
	    json_in_child(platform, "data", &data, NULL) <= 0)
		return TSMMR_E_FORMAT;
	if (json_in_u64(o, "version", &version, err) < 0 || version != 1)
		return fail(err, TSMMR_E_UNSUPPORTED, "dstack's attestation of version %llu",
			    (unsigned long long)version);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (span_eq(name, kinds[i].name, strlen(kinds[i].name)))
			return add_parts(ret, &kinds[i], data, err);
	return fail(err, TSMMR_E_UNSUPPORTED, "dstack's attestation of \"%.*s\"",
		    (int)span_head(name, 32).n, (const char *)name.p);
}

/* A map, whose first key is one of the three. */
static bool is_attestation(struct span s)
{
	static const char *const begins[] = { "\xa7version", "\xa8platform", "\xa5stack" };
	size_t head;

	if (!s.n)
		return false;
	head = s.p[0] >> 4 == 8 ? 1 : s.p[0] == 0xde ? 3 : s.p[0] == 0xdf ? 5 : s.n;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (span_has_at(s, head, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static int open_msgpack(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	if (!is_attestation(s))
		return TSMMR_E_FORMAT;
	r = msgpack_to_json(s, ENVELOPE_BYTES, &text, err);
	if (r == 0)
		r = json_in_large(span_of(text.p, text.n), ENVELOPE_BYTES, ENVELOPE_VALUES, &o,
				  err);
	return r < 0 ? r : open_json(o, ret, err);
}

const struct envelope_kind dstack_v1_kind = {
	.name = "dstack-attestation",
	.open = open_msgpack,
	.open_json = open_json,
};
