/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs read to their end, for random access. */
#include "input.h"

#include <sys/stat.h>

#include "options.h"
#include "scope.h"

/* "runtime (rtmr3)": there may be several, and only their events say whose they are. */
static int name_runtime(struct options *o, struct input *in)
{
	const char *reg = tsmmr_event_register(tsmmr_log_get(in->log, 0));

	if (in->known != TSMMR_LOG_RUNTIME || in->own_name || !reg)
		return 0;
	if (asprintf(&in->own_name, "%s (%s)", in->name, reg) < 0) {
		in->own_name = NULL;
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	in->name = in->own_name;
	return 0;
}

/* What a log may take is what it is long, some times over. */
#define TIMES 8
#define FROZEN_DEFAULT ((uint64_t)256 << 20) /* tsmmr/types.h, TSMMR_LIMIT_BYTES */

uint64_t inputs_bytes(const struct inputs *in)
{
	uint64_t n = 0;
	struct stat st;

	for (size_t i = 0; i < in->n; i++) {
		const struct input *one = &in->all[i];

		if (one->n_bytes)
			n += one->n_bytes;
		else if (one->fd >= 0 && fstat(one->fd, &st) == 0 && S_ISREG(st.st_mode))
			n += (uint64_t)st.st_size;
	}
	return n;
}

int inputs_context(const struct options *o, uint64_t n, struct tsmmr_ctx **ret,
		   struct tsmmr_error *err)
{
	struct tsmmr_ctx *ctx;
	int r = tsmmr_ctx_copy(o->ctx, &ctx, err);

	if (r < 0)
		return r;
	if (!o->max_bytes && n >= FROZEN_DEFAULT / TIMES && n <= UINT64_MAX / TIMES)
		r = tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, n * TIMES, err);
	if (r < 0)
		tsmmr_ctx_free(ctx);
	else
		*ret = ctx;
	return r;
}

static int freeze(struct options *o, struct input *one, struct tsmmr_error *err)
{
	const struct inputs in = { .all = one, .n = 1 };
	struct tsmmr_ctx *wide;
	int r = inputs_context(o, inputs_bytes(&in), &wide, err);

	if (r < 0)
		return r;
	r = tsmmr_log_from_stream(wide, one->stream, &one->log, err);
	tsmmr_ctx_free(wide);
	return r;
}

int inputs_freeze(struct options *o, struct inputs *in, bool *ret_long)
{
	int worst = 0;

	for (size_t i = 0; i < in->n; i++) {
		struct input *one = &in->all[i];
		struct tsmmr_error err = NO_ERROR;

		if (one->log)
			continue;
		if (freeze(o, one, &err) == 0) {
			worst = exit_first(worst, name_runtime(o, one));
			continue;
		}
		if (ret_long && err.code == TSMMR_E_LIMIT) {
			*ret_long = true;
			return worst;
		}
		worst = exit_first(worst, fail_error(o, one->name, one->number, &err));
	}
	return worst;
}

void inputs_drain(struct options *o, const struct inputs *in, uint64_t failed_log)
{
	for (size_t i = 0; i < in->n; i++) {
		struct tsmmr_error err = NO_ERROR;
		const struct tsmmr_event *event;
		int r;

		if (i == failed_log)
			continue;
		while ((r = tsmmr_stream_next(in->all[i].stream, &event, &err)) > 0)
			;
		if (r < 0)
			fail_error(o, in->all[i].name, in->all[i].number, &err);
	}
}

int inputs_keep(struct options *o, const struct input *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tsmmr_error err = NO_ERROR;

		if (!all[i].log && tsmmr_stream_keep(all[i].stream, &err) < 0)
			return fail_error(o, all[i].name, all[i].number, &err);
	}
	return 0;
}

int inputs_go_back(struct options *o, struct input *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct input *one = &all[i];
		struct tsmmr_error err = NO_ERROR;
		uint64_t bytes = one->log ? 0 : tsmmr_stream_byte_count(one->stream);

		one->n_bytes = bytes > one->n_bytes ? bytes : one->n_bytes;
		if (!one->log && tsmmr_stream_rewind(one->stream, &err) < 0)
			return fail_error(o, one->name, one->number, &err);
	}
	return 0;
}
