/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence from the kernel's configfs-tsm report tree. */
#pragma once

#include <stdbool.h>

#include <tsmmr/types.h>

#include "util/buf.h"
#include "util/cursor.h"

#define TSM_INBLOB_MAX 64 /* TSM_REPORT_INBLOB_MAX of include/linux/tsm.h */

struct tsm_request {
	struct span inblob;           /* 1 to 64 bytes */
	int privlevel;                /* -1: the provider's own */
	const char *service_provider; /* "svsm", or NULL: the platform itself attests */
	const char *service_guid;     /* NULL: all services */
};

struct tsm_report {
	char provider[64]; /* "tdx_guest" */
	struct buf out;
	struct buf aux;      /* empty where there is none: certificates (SNP) */
	struct buf manifest; /* empty where there is none: of SVSM services */
};

void tsm_report_done(struct tsm_report *report);
static inline void tsm_report_done_p(struct tsm_report *report)
{
	tsm_report_done(report);
}

/*
 * A report over the request: everything of it of one generation, which is ours alone.  What
 * others spoil (a signal, a busy platform, somebody who writes to our directory) is tried
 * again a few times; the directory is gone afterwards in any case.
 *
 * E_NOTFOUND (no such tree, or no provider for it), E_UNSUPPORTED (the provider has no
 * privilege levels or services), E_ARG (inblob), E_IO, E_LIMIT (over 16 MiB), E_MALFORMED,
 * E_NOMEM.
 */
int tsm_report_take(const char *root, const struct tsm_request *request, struct tsm_report *ret,
		    struct tsmmr_error *err);
/* Is there such a tree at all, with a provider or without?  1, 0, or E_IO. */
int tsm_report_exists(const char *root, struct tsmmr_error *err);
/* The provider's name, and whether it offers services (of an SVSM): as tsm_report_take(). */
int tsm_report_probe(const char *root, char *ret_provider, size_t size, bool *ret_services,
		     struct tsmmr_error *err);
