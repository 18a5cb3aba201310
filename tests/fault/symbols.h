/* SPDX-License-Identifier: BSD-2-Clause */
/* What the linker's --wrap calls a function of the C library, and the one put in its place. */
#pragma once

#include <sys/types.h> /* says which C library it is */

/* With 64-bit offsets glibc has other names for some: those the library is linked to. */
#if defined(__GLIBC__) && defined(__USE_FILE_OFFSET64)
#define LFS(name) name##64
#else
#define LFS(name) name
#endif
#define PASTE(a, b) a##b
#define REAL(name) PASTE(__real_, name)
#define WRAPPED(name) PASTE(__wrap_, name)
