/* SPDX-License-Identifier: BSD-2-Clause */
/* What an errno means, in the locale "C", whose texts are static. */
#include <locale.h>
#include <string.h>

#include "util/error.h"

const char *errno_text(int error)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	const char *text = c ? strerror_l(error, c) : "no memory to say which error";

	if (c)
		freelocale(c);
	return text;
}
