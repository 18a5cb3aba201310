/* SPDX-License-Identifier: BSD-2-Clause */
/* Three numbers as "1.2.3". */
#pragma once

#define VERSION_STRINGIFY(x) #x
#define VERSION_TEXT(a, b, c) VERSION_STRINGIFY(a) "." VERSION_STRINGIFY(b) "." VERSION_STRINGIFY(c)
