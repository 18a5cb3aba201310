/* SPDX-License-Identifier: BSD-2-Clause */
/* Scope-bound ownership: each type is freed by its own destructor. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f##_p)))

/* Makes f##_p(), which _cleanup_(f) calls with the address of the variable. */
#define DEFINE_CLEANUP(type, f)           \
	static inline void f##_p(type *p) \
	{                                 \
		f(*p);                    \
	}

static inline void free_p(void *p)
{
	free(*(void **)p);
}

/* Who shares a thing counts its users, in any thread; the one that drops the last frees it. */
static inline void users_add(unsigned *users)
{
	__atomic_add_fetch(users, 1, __ATOMIC_RELAXED);
}

static inline bool users_drop(unsigned *users)
{
	return __atomic_sub_fetch(users, 1, __ATOMIC_ACQ_REL) == 0;
}

/* Hands over: the variable is left empty, so its cleanup does nothing. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})

/*
 * What few records need stays out of line: taken into the function that all go through, its
 * variables would cost every one of them the saving of registers and a guarded stack.
 */
#define _rare_ __attribute__((noinline))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
