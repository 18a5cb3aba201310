/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow by one. */
#pragma once

#include <stdlib.h>

/*
 * An array of n, which has room for *cap, with room for one more: all itself, or where it is now,
 * and *cap with it.  NULL: no memory, and all is as it was.
 */
static inline void *grown(void *all, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 16;

	if (n < *cap)
		return all;
	all = reallocarray(all, more, size);
	if (all)
		*cap = more;
	return all;
}
