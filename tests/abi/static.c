/* SPDX-License-Identifier: BSD-2-Clause */
/* A program links the archive beside functions that are called as the library's own are. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int fail(void);
int log_free(void);
int json_open(void);
int hex_decode(void);
int buf_add(void);

int fail(void)
{
	return 1;
}

int log_free(void)
{
	return 2;
}

int json_open(void)
{
	return 4;
}

int hex_decode(void)
{
	return 8;
}

int buf_add(void)
{
	return 16;
}

int main(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	static const char text[] = "SYNC sha384 \n";
	int r = tsmmr_ctx_new(0, &ctx, NULL);

	/* Through the parser, the hash and the error path: each has functions of those names. */
	if (r == 0)
		r = tsmmr_log_parse(ctx, NULL, text, sizeof(text) - 1, &log, &err);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	printf("%s\n", err.message);
	return fail() + log_free() + json_open() + hex_decode() + buf_add() == 31 && r < 0 &&
			       err.message[0] ?
		       0 :
		       1;
}
