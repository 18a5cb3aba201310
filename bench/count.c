/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into the command: counts who allocates memory and fetches an algorithm.
 *
 * libcrypto's own allocations are its own: it makes one for each digest.  At the end "mallocs
 * fetches" goes to the descriptor that BENCH_COUNT names.
 */
#include <dlfcn.h>
#include <link.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's, which is where its malloc() is too: dlsym() would itself allocate. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static unsigned long mallocs, fetches;
static uintptr_t crypto_begin, crypto_end;

static void count(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (at < crypto_begin || at >= crypto_end)
		__atomic_fetch_add(&mallocs, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t n)
{
	count(__builtin_return_address(0));
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	count(__builtin_return_address(0));
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	count(__builtin_return_address(0));
	return __libc_realloc(p, n);
}

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *lib, const char *name, const char *properties)
{
	static EVP_MD *(*real)(OSSL_LIB_CTX *, const char *, const char *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_MD_fetch");
	__atomic_fetch_add(&fetches, 1, __ATOMIC_RELAXED);
	return real(lib, name, properties);
}

static int find_crypto(struct dl_phdr_info *info, size_t size, void *user)
{
	if (!info->dlpi_name || !strstr(info->dlpi_name, "/libcrypto.so"))
		return 0;
	crypto_begin = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_LOAD && info->dlpi_addr + h->p_vaddr + h->p_memsz > crypto_end)
			crypto_end = info->dlpi_addr + h->p_vaddr + h->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(find_crypto, NULL);
}

__attribute__((destructor)) static void end(void)
{
	const char *to = getenv("BENCH_COUNT");

	if (to)
		dprintf(atoi(to), "%lu %lu\n", mallocs, fetches);
}
