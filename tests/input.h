/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs of a format, a platform and a register that are known, for tests that say so at each. */
#pragma once

#include <tsmmr/tsmmr.h>

static inline int input_as(int format, int platform, const char *reg, struct tsmmr_input **ret,
			   struct tsmmr_error *err)
{
	struct tsmmr_input *input = NULL;
	int r = tsmmr_input_new(&input, err);

	if (r == 0)
		r = tsmmr_input_set_format(input, format, err);
	if (r == 0)
		r = tsmmr_input_set_platform(input, platform, err);
	if (r == 0)
		r = tsmmr_input_set_register(input, reg, err);
	if (r < 0)
		tsmmr_input_free(input);
	else
		*ret = input;
	return r;
}

static inline int open_mem_as(const struct tsmmr_ctx *ctx, int format, int platform,
			      const char *reg, const void *data, size_t len,
			      struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	struct tsmmr_input *input = NULL;
	int r = input_as(format, platform, reg, &input, err);

	if (r == 0)
		r = tsmmr_stream_open_mem(ctx, input, data, len, ret, err);
	tsmmr_input_free(input);
	return r;
}

static inline int open_fd_as(const struct tsmmr_ctx *ctx, int format, int platform, const char *reg,
			     int fd, struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	struct tsmmr_input *input = NULL;
	int r = input_as(format, platform, reg, &input, err);

	if (r == 0)
		r = tsmmr_stream_open_fd(ctx, input, fd, ret, err);
	tsmmr_input_free(input);
	return r;
}

static inline int parse_as(const struct tsmmr_ctx *ctx, int format, int platform, const char *reg,
			   const void *data, size_t len, struct tsmmr_log **ret,
			   struct tsmmr_error *err)
{
	struct tsmmr_input *input = NULL;
	int r = input_as(format, platform, reg, &input, err);

	if (r == 0)
		r = tsmmr_log_parse(ctx, input, data, len, ret, err);
	tsmmr_input_free(input);
	return r;
}

static inline int parse_borrow_as(const struct tsmmr_ctx *ctx, int format, int platform,
				  const char *reg, const void *data, size_t len,
				  struct tsmmr_log **ret, struct tsmmr_error *err)
{
	struct tsmmr_input *input = NULL;
	int r = input_as(format, platform, reg, &input, err);

	if (r == 0)
		r = tsmmr_log_parse_borrow(ctx, input, data, len, ret, err);
	tsmmr_input_free(input);
	return r;
}
