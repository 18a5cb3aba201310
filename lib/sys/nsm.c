/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/nsm: the Nitro Secure Module of an AWS enclave, one request and one response a call. */
#include "sys/nsm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/signals.h"
#include "util/cbor_map.h"
#include "util/cbor_out.h"
#include "util/error.h"

/* A driver that answers EINTR for ever must not keep us for ever. */
#define EXCHANGE_TRIES_MAX 8

/* include/uapi/linux/nsm.h, spelled out for systems whose headers have it not. */
struct nsm_iovec {
	uint64_t addr, len;
};

struct nsm_raw {
	struct nsm_iovec request, response;
};

#define NSM_IOCTL_RAW _IOWR(0x0a, 0x0, struct nsm_raw)

/*
 * The room for the response is always all that the driver gives: it cuts a response that
 * does not fit and says nothing.  (drivers/misc/nsm.c)
 */
static int exchange_device(struct nsm *nsm, struct span request, size_t *ret_n)
{
	struct nsm_raw raw = {
		.request = { (uintptr_t)request.p, request.n },
		.response = { (uintptr_t)nsm->response, NSM_RESPONSE_MAX },
	};
	struct signals signals;
	int r;

	signals_hold(&signals);
	r = ioctl(nsm->fd, NSM_IOCTL_RAW, &raw);
	signals_release(&signals);
	if (r < 0)
		return -errno;
	if (raw.response.len > NSM_RESPONSE_MAX)
		return -EIO;
	*ret_n = (size_t)raw.response.len;
	return 0;
}

int nsm_open(const char *root, struct nsm **ret, struct tsmmr_error *err)
{
	_cleanup_(nsm_close) struct nsm *nsm = calloc(1, sizeof(*nsm));

	if (!nsm)
		return fail_nomem(err);
	nsm->exchange = exchange_device;
	nsm->fd = file_open_below(root, NSM_PATH, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (nsm->fd < 0 &&
	    (errno == ENOENT || errno == ENOTDIR || errno == ENXIO || errno == ENODEV))
		return fail(err, TSMMR_E_NOTFOUND, "%s%s: no such device", root, NSM_PATH);
	if (nsm->fd < 0)
		return fail_errno(err, "%s%s: %s", root, NSM_PATH, errno_text(errno));

	*ret = take_ptr(nsm);
	return 0;
}

void nsm_close(struct nsm *nsm)
{
	if (!nsm)
		return;
	if (nsm->fd >= 0)
		close(nsm->fd);
	free(nsm);
}

/* Requests.  (nsm-api, as serde_cbor writes it: a name, or a name and its fields) */

static void put_text(struct buf *b, const char *text)
{
	cbor_out_text(b, text, strlen(text));
}

static void put_name(struct buf *b, const char *name, uint64_t n_fields)
{
	cbor_out_map(b, 1);
	put_text(b, name);
	cbor_out_map(b, n_fields);
}

static void put_uint(struct buf *b, const char *key, uint64_t value)
{
	put_text(b, key);
	cbor_out_uint(b, value);
}

static void put_bytes(struct buf *b, const char *key, struct span value)
{
	put_text(b, key);
	if (value.p)
		cbor_out_bytes(b, value);
	else
		cbor_out_null(b);
}

/* Responses */

/* "Error" and one of these.  (nsm-api, ErrorCode) */
static const struct {
	const char *name;
	int code;
	const char *text;
} errors[] = {
	{ "InvalidArgument", TSMMR_E_ARG, "an argument it does not take" },
	{ "InvalidIndex", TSMMR_E_NOTFOUND, "it has no such PCR" },
	{ "InvalidResponse", TSMMR_E_IO, "it has no proper response" },
	{ "ReadOnlyIndex", TSMMR_E_LOCKED, "the PCR is locked" },
	{ "InvalidOperation", TSMMR_E_UNSUPPORTED, "it does not do that" },
	{ "BufferTooSmall", TSMMR_E_LIMIT, "the response does not fit" },
	{ "InputTooLarge", TSMMR_E_LIMIT, "the request is too large" },
	{ "InternalError", TSMMR_E_IO, "it failed" },
};

static int fail_named(struct cbor_in *in, uint64_t left, const char *op, struct tsmmr_error *err)
{
	struct span name;

	if (cbor_in_text(in, &name) < 0 || cbor_in_more(in, &left) != 0 || !cur_empty(&in->c))
		return fail(err, TSMMR_E_MALFORMED, "%s: %s: an error without a name", NSM_PATH,
			    op);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (!span_eq(name, errors[i].name, strlen(errors[i].name)))
			continue;
		fail(err, errors[i].code, "%s: %s: %s (%s)", NSM_PATH, op, errors[i].text,
		     errors[i].name);
		if (error_filled(err) && errors[i].code == TSMMR_E_IO)
			err->os_errno = EREMOTEIO;
		return errors[i].code;
	}
	return fail(err, TSMMR_E_MALFORMED, "%s: %s: error '%.*s', which we do not know", NSM_PATH,
		    op, name.n > 64 ? 64 : (int)name.n, (const char *)name.p);
}

/* r: how reading it failed; not below 0 where it is good CBOR and something else than it should. */
static int malformed(const struct cbor_in *in, int r, const char *op, struct tsmmr_error *err)
{
	return fail_at(err, r == TSMMR_E_TRUNCATED ? r : TSMMR_E_MALFORMED, TSMMR_NONE,
		       cbor_arena_offset(in->arena, in->c.p), "%s: response to %s: %s", NSM_PATH,
		       op, r < 0 && in->why ? in->why : "not as it should be");
}

/* What is around the fields of a response: the operation's name alone, or a map of it to them. */
struct response {
	struct cbor_in in; /* at the fields, or the end */
	uint64_t left;     /* of that map's members */
};

/* One request, and the response up to its fields. */
static int call(struct nsm *nsm, const char *op, const struct buf *request, bool once,
		struct response *ret, struct tsmmr_error *err)
{
	struct cbor_item item;
	struct span name;
	size_t n = 0;
	int r;

	if (request->failed)
		return fail_nomem(err);
	if (request->n > NSM_REQUEST_MAX)
		return fail(err, TSMMR_E_ARG, "%s: a request of %zu bytes, and %d are the most", op,
			    request->n, NSM_REQUEST_MAX);
	for (int i = 0; i < EXCHANGE_TRIES_MAX; i++) {
		r = nsm->exchange(nsm, span_of(request->p, request->n), &n);
		if (r != -EINTR || once)
			break;
	}
	if (r < 0) {
		errno = -r;
		return fail_errno(err, "%s: %s: %s", NSM_PATH, op, errno_text(errno));
	}

	nsm->arena = (struct cbor_arena){ nsm->response, n, n, sizeof(nsm->response) };
	*ret = (struct response){ .in = cbor_in_span(span_of(nsm->response, n)) };
	ret->in.arena = &nsm->arena;
	r = cbor_in_next(&ret->in, &item);
	name = item.bytes;
	if (r == 0 && item.kind == CBOR_MAP) {
		ret->left = item.value;
		r = cbor_in_more(&ret->in, &ret->left);
		r = r > 0 ? cbor_in_text(&ret->in, &name) : r < 0 ? r : 1;
	} else if (r == 0 && item.kind != CBOR_TEXT) {
		r = 1;
	}
	if (r)
		return malformed(&ret->in, r, op, err);
	if (item.kind == CBOR_MAP && span_eq(name, "Error", 5))
		return fail_named(&ret->in, ret->left, op, err);
	return span_eq(name, op, strlen(op)) ? 0 : malformed(&ret->in, 1, op, err);
}

/* The end of the map around the fields, and of the response. */
static int finish(struct response *res, const char *op, struct tsmmr_error *err)
{
	int r = cbor_in_more(&res->in, &res->left);

	if (r == 0)
		r = !cur_empty(&res->in.c);
	return r ? malformed(&res->in, r, op, err) : 0;
}

/*
 * A map with these members, in any order, and the end of the response; what else there is
 * does not matter.  However it is refused, the module answered, and perhaps did as it was told.
 */
static int take_fields(struct response *res, const char *op, const struct cbor_member *members,
		       size_t n, struct cbor_value *ret, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	struct cbor_reader rd = { .in = res->in, .what = op, .err = &why };
	size_t unknown;
	int r = cbor_map_read(&rd, members, n, ret, &unknown);

	if (r < 0)
		return fail_at(err, r == TSMMR_E_TRUNCATED ? r : TSMMR_E_MALFORMED, TSMMR_NONE,
			       why.offset, "%s: response to %s", NSM_PATH, why.message);
	res->in = rd.in;
	return finish(res, op, err);
}

/* The numbers of an array, as bits. */
static int take_bits(const struct response *res, const struct cbor_value *v, const char *op,
		     uint64_t *bits, struct tsmmr_error *err)
{
	struct cbor_in in = { .c = v->rest, .arena = res->in.arena };
	uint64_t bit;
	int r = 0;

	*bits = 0;
	for (uint64_t i = 0; r == 0 && i < v->item.value; i++) {
		r = cbor_in_uint(&in, &bit);
		if (r == 0 && bit >= NSM_PCRS_MAX)
			r = 1;
		if (r == 0)
			*bits |= UINT64_C(1) << bit;
	}
	return r ? malformed(&in, r, op, err) : 0;
}

/* Operations */

int nsm_describe(struct nsm *nsm, struct nsm_description *ret, struct tsmmr_error *err)
{
	static const char op[] = "DescribeNSM";
	_cleanup_(buf_done) struct buf request = { 0 };
	struct nsm_description d = { 0 };
	enum { MAJOR, MINOR, PATCH, ID, PCRS, LOCKED, DIGEST, N };
	static const struct cbor_member members[N] = {
		[MAJOR] = { 0, "version_major", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
		[MINOR] = { 0, "version_minor", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
		[PATCH] = { 0, "version_patch", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
		[ID] = { 0, "module_id", CBOR_TEXT, MEMBER_REQUIRED, 0, sizeof(d.module_id) - 1 },
		[PCRS] = { 0, "max_pcrs", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
		[LOCKED] = { 0, "locked_pcrs", CBOR_ARRAY, MEMBER_REQUIRED, 0, UINT32_MAX },
		[DIGEST] = { 0, "digest", CBOR_TEXT, MEMBER_REQUIRED, 0, UINT32_MAX },
	};
	struct cbor_value got[N];
	const struct span *digest = &got[DIGEST].item.bytes, *id = &got[ID].item.bytes;
	struct response res;
	int r;

	put_text(&request, op);
	r = call(nsm, op, &request, false, &res, err);
	if (r == 0)
		r = take_fields(&res, op, members, N, got, err);
	if (r == 0)
		r = take_bits(&res, &got[LOCKED], op, &d.locked, err);
	if (r < 0)
		return r;
	if (!span_eq(*digest, "SHA384", 6) || got[PCRS].item.value > NSM_PCRS_MAX)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "%s: %llu PCRs of %.*s: only up to %d of "
			    "SHA384 are understood",
			    NSM_PATH, (unsigned long long)got[PCRS].item.value,
			    digest->n > 32 ? 32 : (int)digest->n, (const char *)digest->p,
			    NSM_PCRS_MAX);

	d.major = got[MAJOR].item.value;
	d.minor = got[MINOR].item.value;
	d.patch = got[PATCH].item.value;
	d.n_pcrs = (uint32_t)got[PCRS].item.value;
	memcpy(d.module_id, id->p, id->n);
	*ret = d;
	return 0;
}

/* The value of a PCR, as DescribePCR and ExtendPCR give it. */
#define PCR_MEMBER                                                                 \
	{                                                                          \
		0, "data", CBOR_BYTES, MEMBER_REQUIRED, NSM_PCR_SIZE, NSM_PCR_SIZE \
	}

int nsm_describe_pcr(struct nsm *nsm, uint32_t index, uint8_t *ret_value, bool *ret_locked,
		     struct tsmmr_error *err)
{
	static const char op[] = "DescribePCR";
	_cleanup_(buf_done) struct buf request = { 0 };
	static const struct cbor_member members[] = {
		PCR_MEMBER,
		{ 0, "lock", CBOR_TRUE, MEMBER_REQUIRED | MEMBER_ANY, 0, 0 },
	};
	struct cbor_value got[2];
	struct response res;
	int r;

	put_name(&request, op, 1);
	put_uint(&request, "index", index);
	r = call(nsm, op, &request, false, &res, err);
	if (r == 0)
		r = take_fields(&res, op, members, 2, got, err);
	if (r == 0 && got[1].item.kind != CBOR_TRUE && got[1].item.kind != CBOR_FALSE)
		r = malformed(&res.in, 1, op, err);
	if (r < 0)
		return r;
	memcpy(ret_value, got[0].item.bytes.p, NSM_PCR_SIZE);
	if (ret_locked)
		*ret_locked = got[1].item.kind == CBOR_TRUE;
	return 0;
}

/* Is it certain, from how an operation failed, that nothing has happened? */
static bool nothing_done(const struct tsmmr_error *why)
{
	switch (why->code) {
	case TSMMR_E_IO:
		/* Said by the driver before it asks the module.  (drivers/misc/nsm.c) */
		return why->os_errno == EFAULT || why->os_errno == EINVAL ||
		       why->os_errno == EMSGSIZE || why->os_errno == ENOTTY ||
		       why->os_errno == EBADF || why->os_errno == ENODEV ||
		       why->os_errno == ENOMEM || why->os_errno == EACCES || why->os_errno == EPERM;
	case TSMMR_E_MALFORMED:
	case TSMMR_E_TRUNCATED:
		return false;
	default:
		return true;
	}
}

static int conclude(const struct tsmmr_error *why, const char *what, struct tsmmr_error *err)
{
	if (!nothing_done(why))
		return fail_os(err, TSMMR_E_INDOUBT, why->os_errno, "%s: perhaps %s all the same",
			       why->message, what);
	errno = why->os_errno;
	return why->code == TSMMR_E_IO ? fail_errno(err, "%s", why->message) :
					 fail(err, why->code, "%s", why->message);
}

int nsm_extend_pcr(struct nsm *nsm, uint32_t index, struct span data, uint8_t *ret_value,
		   struct tsmmr_error *err)
{
	static const char op[] = "ExtendPCR";
	_cleanup_(buf_done) struct buf request = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) };
	static const struct cbor_member member = PCR_MEMBER;
	struct cbor_value got;
	struct response res;
	int r;

	put_name(&request, op, 2);
	put_uint(&request, "index", index);
	put_text(&request, "data");
	cbor_out_bytes(&request, data);
	r = call(nsm, op, &request, true, &res, &why);
	if (r == 0)
		r = take_fields(&res, op, &member, 1, &got, &why);
	if (r < 0)
		return conclude(&why, "extended", err);
	if (ret_value)
		memcpy(ret_value, got.item.bytes.p, NSM_PCR_SIZE);
	return 0;
}

static int lock(struct nsm *nsm, const char *op, const char *key, uint32_t value,
		struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf request = { 0 };
	struct tsmmr_error why = { .size = sizeof(why) };
	struct response res;
	int r;

	put_name(&request, op, 1);
	put_uint(&request, key, value);
	r = call(nsm, op, &request, true, &res, &why);
	if (r == 0)
		r = finish(&res, op, &why);
	return r < 0 ? conclude(&why, "locked", err) : 0;
}

int nsm_lock_pcr(struct nsm *nsm, uint32_t index, struct tsmmr_error *err)
{
	return lock(nsm, "LockPCR", "index", index, err);
}

int nsm_lock_pcrs(struct nsm *nsm, uint32_t range, struct tsmmr_error *err)
{
	return lock(nsm, "LockPCRs", "range", range, err);
}

int nsm_attest(struct nsm *nsm, struct span user_data, struct span nonce, struct span public_key,
	       struct buf *ret_document, struct tsmmr_error *err)
{
	static const char op[] = "Attestation";
	_cleanup_(buf_done) struct buf request = { 0 };
	static const struct cbor_member member = { 0, "document", CBOR_BYTES, MEMBER_REQUIRED,
						   0, UINT32_MAX };
	struct cbor_value got;
	struct response res;
	int r;

	if (nonce.n > NSM_NONCE_MAX || user_data.n > NSM_USER_DATA_MAX ||
	    public_key.n > NSM_PUBLIC_KEY_MAX)
		return fail(err, TSMMR_E_ARG,
			    "a Nitro document carries a nonce and user data of "
			    "at most %d bytes and a public key of at most %d",
			    NSM_NONCE_MAX, NSM_PUBLIC_KEY_MAX);
	put_name(&request, op, 3);
	put_bytes(&request, "user_data", user_data);
	put_bytes(&request, "nonce", nonce);
	put_bytes(&request, "public_key", public_key);
	r = call(nsm, op, &request, false, &res, err);
	if (r == 0)
		r = take_fields(&res, op, &member, 1, &got, err);
	if (r < 0)
		return r;
	buf_add(ret_document, got.item.bytes.p, got.item.bytes.n);
	return ret_document->failed ? fail_nomem(err) : 0;
}
