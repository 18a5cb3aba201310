/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider for OpenSSL that has what the default one has, but for the algorithms whose
 * names are in $TSMMR_LACKS, with commas between: "SHA2-384,ECDSA".
 *
 *	openssl_conf = all
 *	[all]
 *	providers = providers
 *	[providers]
 *	lacking = lacking
 *	[lacking]
 *	module = …/lacking.so
 *	activate = 1
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#define OPERATIONS 32
#define ALGORITHMS 256

OSSL_provider_init_fn OSSL_provider_init;

static OSSL_LIB_CTX *inner;
static OSSL_PROVIDER *whole;
static OSSL_ALGORITHM left[OPERATIONS][ALGORITHMS];

/* names is "SHA2-384:SHA-384:…"; the first is what it is called. */
static bool is_lacking(const char *names)
{
	size_t n = strcspn(names, ":");

	for (const char *p = getenv("TSMMR_LACKS"); p && *p; p += *p == ',') {
		size_t word = strcspn(p, ",");

		if (word == n && !strncmp(p, names, n))
			return true;
		p += word;
	}
	return false;
}

static const OSSL_ALGORITHM *query(void *provctx, int operation, int *no_cache)
{
	const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole, operation, no_cache);
	size_t n = 0;

	if (!all || operation >= OPERATIONS)
		return NULL;
	for (; all->algorithm_names; all++)
		if (!is_lacking(all->algorithm_names) && n < ALGORITHMS - 1)
			left[operation][n++] = *all;
	left[operation][n].algorithm_names = NULL;
	return left[operation];
}

static void teardown(void *provctx)
{
	OSSL_PROVIDER_unload(whole);
	OSSL_LIB_CTX_free(inner);
}

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
		       const OSSL_DISPATCH **out, void **provctx)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown },
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ 0, NULL },
	};

	inner = OSSL_LIB_CTX_new();
	whole = inner ? OSSL_PROVIDER_load(inner, "default") : NULL;
	if (!whole)
		return 0;
	*out = functions;
	*provctx = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}
