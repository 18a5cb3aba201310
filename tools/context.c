/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's context, set up as the command line says. */
#include "context.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "image.h"
#include "options.h"
#include "sandbox.h"
#include "scope.h"
#include "temporary.h"
#include "verifying.h"

/* The library's root is the same wherever the process goes. */
static int set_root(struct options *o, struct tsmmr_ctx *ctx, const char *root)
{
	struct tsmmr_error err = NO_ERROR;
	char *real = realpath(root, NULL);
	int r = 0;

	if (!real)
		return fail_errno(o, root, TSMMR_NONE, "cannot read");
	if (tsmmr_ctx_set_root(ctx, real, &err) < 0)
		r = fail_error(o, "--root", TSMMR_NONE, &err);
	free(real);
	return r;
}

/* Will nobody ask a report for its events? */
static bool reads_once(const struct options *o)
{
	return (o->verb->bit & (V_REPLAY | V_VERIFY)) && !verifying_twice(o);
}

/* Will nobody see what a register is replayed to that no value was given for? */
static bool asks_for_expected(const struct options *o)
{
	return o->verb->bit & V_VERIFY && reads_once(o) && !o->json && !o->verbose;
}

int context_new(struct options *o, const char *root, struct tsmmr_ctx **ret)
{
	const struct {
		int limit;
		uint64_t value;
		const char *option;
	} limits[] = {
		{ TSMMR_LIMIT_BYTES, o->max_bytes, "--max-bytes" },
		{ TSMMR_LIMIT_EVENTS, o->max_events, "--max-events" },
		{ TSMMR_LIMIT_EVENT_BYTES, o->max_event_bytes, "--max-event-bytes" },
		{ TSMMR_LIMIT_LOCK_MS, o->lock_wait, "--lock-wait" },
	};
	uint32_t flags = (o->strict ? TSMMR_CTX_STRICT : 0) | o->tlv_index |
			 (reads_once(o) ? TSMMR_CTX_NO_PASS : 0) |
			 (asks_for_expected(o) ? TSMMR_CTX_EXPECTED_ONLY : 0);
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_ctx *ctx;
	int r;

	/*
	 * Filling OpenSSL's table of ciphers by their old names is half of its start, and nothing
	 * here is enciphered.  It holds for the whole process: this is the process' to say.
	 */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
	if (tsmmr_ctx_new(flags, &ctx, NULL) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	*ret = ctx;
	if (root) {
		r = set_root(o, ctx, root);
		if (r)
			return r;
	}
	if (o->log_dir) {
		r = tsmmr_ctx_set_log_dir(ctx, o->log_dir, NULL);
		if (r < 0)
			return fail(o, r, "--log-dir: cannot be '%s'", o->log_dir);
	}
	if (tsmmr_ctx_set_temporary(ctx, temporary_folder(), NULL) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (o->tcti) {
		r = tsmmr_ctx_set_tcti(ctx, o->tcti, NULL);
		if (r < 0)
			return fail(o, r, "--tcti: cannot be '%s'", o->tcti);
	}
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].value &&
		    tsmmr_ctx_set_limit(ctx, limits[i].limit, limits[i].value, NULL) < 0)
			return fail_usage(o, "%s: too large", limits[i].option);
	for (size_t i = 0; i < o->initial.n; i++)
		if (tsmmr_ctx_set_initial(ctx, o->platform, o->initial.all[i], &err) < 0)
			return fail_error(o, "--initial", TSMMR_NONE, &err);
	r = sandbox_enter(o, ctx);
	return r ? r : images_set(o);
}
