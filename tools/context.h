/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's context, set up as the command line says. */
#pragma once

struct options;
struct tsmmr_ctx;

/*
 * A context with that root (NULL: "/").  0, or the exit status of what was reported; *ret is
 * then set as far as that went, and the caller's to free in any case.
 */
int context_new(struct options *o, const char *root, struct tsmmr_ctx **ret);
