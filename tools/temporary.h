/* SPDX-License-Identifier: BSD-2-Clause */
/* Files without a name, for as long as the command runs. */
#pragma once

#include <stdio.h>

/* Where they are made: as TMPDIR says, but under other rights than the caller's. */
const char *temporary_folder(void);
/* To be closed.  NULL and errno. */
FILE *temporary_open(void);
