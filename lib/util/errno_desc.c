/* SPDX-License-Identifier: BSD-2-Clause */
/* What an errno means, as the C library says it untranslated (glibc 2.32 and later). */
#include <string.h>

#include "util/error.h"

const char *errno_text(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "an error without a name";
}
